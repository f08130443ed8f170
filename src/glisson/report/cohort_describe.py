"""Who the patients of a registry are and what they were given: flow, table 1, sessions."""

from collections.abc import Sequence
from typing import Any

from glisson.report.cohort_cells import (
    EMPTY,
    INDENT,
    NOTHING,
    Value,
    aside,
    counted,
    decimals,
    group_columns,
    limits,
    middle,
    no_group,
    parts,
    refused,
    spread,
)
from glisson.report.cohort_describe_outcomes import harm_blocks, response_blocks
from glisson.report.cohort_describe_quality import quality_blocks
from glisson.report.document import Block, Cell, Column, Table, table
from glisson.report.follow_tables import heads
from glisson.report.words import number, opening

__all__ = ["flow_blocks", "harm_blocks", "quality_blocks", "response_blocks", "session_blocks", "table_one_blocks"]

Rows = list[tuple[Cell, ...]]


def flow_blocks(value: Value) -> list[Block]:
    """Steps from the registry to the analysis, and who is in each analysis."""
    if (said := refused(value, "Flow of patients")) is not None:
        return said
    rows = [_step(step) for step in value["steps"]]
    rows += [(Cell(f"{INDENT}{opening(str(one['label']))}"), Cell(str(one["patients"])), EMPTY) for one in _groups(value)]
    note = "The number of a step and those left out at it add up to the number of the step before."
    steps = Table("Flow of patients", heads("Step", "#patients", "left out"), tuple(rows), note)
    return [steps, _analysed(value)]


def _step(step: Value) -> tuple[Cell, ...]:
    out = "; ".join(f"{one['n']} {one['reason']}" for one in step["left_out"])
    if step["kept_not_known"]:
        out += f"{'; ' if out else ''}{step['kept_not_known']} kept although not known"
    return Cell(opening(str(step["label"]))), Cell(str(step["after"])), Cell(out) if out else NOTHING


def _groups(value: Value) -> list[Value]:
    """Groups that add up to those treated, the small ones and those of no group among them."""
    found = [*value["groups"], *value["small_groups"]]
    if value["no_group"] and found:
        found.append({"label": f"{value['group_variable']} not known", "patients": value["no_group"]})
    return found


def _analysed(value: Value) -> Table:
    rows: Rows = []
    for one in value["endpoints"]:
        why = "; ".join(f"{out['n']} {out['reason']}" for out in one["left_out"])
        rows.append(
            (Cell(str(one["name"])), Cell(str(one["analysed"])), Cell(f"{one['events']} events"), Cell(why) if why else NOTHING)
        )
    for one in value["windows"]:
        why = "; ".join(f"{n} {reason}" for reason, n in one["why"].items())
        name = f"Response, {one['window']}"
        rows.append(
            (Cell(name), Cell(str(one["assessed"])), Cell(f"{one['evaluable']} evaluable"), Cell(why) if why else NOTHING)
        )
    quality = value["quality"]
    missing = quality["treated"] - quality["baseline"]
    why_not = Cell(f"{missing} without a baseline questionnaire") if missing else NOTHING
    rows.append(
        (
            Cell("Quality of life"),
            Cell(str(quality["baseline"])),
            Cell(f"{quality['baseline_and_later']} with a later one"),
            why_not,
        )
    )
    columns = heads("Analysis", "#patients", "of them", "not analysed")
    return Table(f"Analysed, of {value['treated']} treated", columns, tuple(rows))


def table_one_blocks(value: Value) -> list[Block]:
    """Table 1; with many groups in several tables."""
    if (said := refused(value, "Table 1")) is not None:
        return said
    return [_table_one(value, part, first=number == 0) for number, part in enumerate(parts(value["groups"]))]


def _table_one(value: Value, part: Sequence[Value], *, first: bool) -> Table:
    compared = value["differences"] is not None and first
    names = [str(head["group"]) for head in part]
    rows: Rows = []
    for row in value["rows"]:
        rows += _described(row, names, _difference(row) if compared else None)
    columns = [Column("", "", "left"), *group_columns(part), *([Column("Std. difference")] if compared else [])]
    note = (
        "Median (quartiles) and range, or n (%) of the patients in whom the item is known; of items marked * several answers can hold. "
        f"Missing values have a row of their own. No tests: the groups were not drawn by chance.{no_group(value)}"
    )
    note += f" {value['differences']}." if compared else ""
    return table(str(value["title"]), columns, rows, note)


def _difference(row: Value) -> Cell:
    found = row["standardised_difference"]
    return NOTHING if found is None else Cell(number(found, 2))


def _described(row: Value, names: Sequence[str], difference: Cell | None) -> Rows:
    """Rows of one variable: heading or first row, its words, what is missing."""
    last = [] if difference is None else [difference]
    blank = [] if difference is None else [EMPTY]
    cells = [row["cells"][name] for name in names]
    label = opening(str(row["label"])) + (f" ({row['unit']})" if row["unit"] else "")
    if row["kind"] == "number":
        places = decimals(row["cells"]["all"])
        found: Rows = [(Cell(label, "strong"), *(middle(cell, places) for cell in cells), *last)]
        if row["cells"]["all"]["least"] != row["cells"]["all"]["most"]:
            found.append((aside("range", ""), *(spread(cell) for cell in cells), *blank))
    elif _yes_or_no(row):
        found = [(Cell(label, "strong"), *(counted(cell["words"]["yes"]) for cell in cells), *last)]
    else:
        star = " *" if row["kind"] == "choices" else ""
        found = [(Cell(label + star, "strong"), *[EMPTY] * len(cells), *last), *_words(row, cells, blank)]
    return [*found, *_missing(row, cells, blank)]


def _yes_or_no(row: Value) -> bool:
    """Whether one line says it all: nobody has a word other than yes and no."""
    words = {level["level"] for level in row["levels"]}
    others = words - {"no", "yes"}
    return {"no", "yes"} <= words and not any(row["cells"]["all"]["words"][word]["count"] for word in others)


def _words(row: Value, cells: Sequence[Value], blank: list[Cell]) -> Rows:
    """A row for every word that somebody has."""
    used = [level for level in row["levels"] if row["cells"]["all"]["words"][level["level"]]["count"]]
    return [
        (Cell(f"{INDENT}{level['label']}"), *(counted(cell["words"][level["level"]]) for cell in cells), *blank) for level in used
    ]


def _missing(row: Value, cells: Sequence[Value], blank: list[Cell]) -> Rows:
    everyone = row["cells"]["all"]
    if not everyone["missing"]:
        return []
    why = ", ".join(f"{reason} {n}" for reason, n in everyone.get("reasons", {}).items())
    return [(aside("missing", f" ({why})" if why else ""), *(Cell(str(cell["missing"]), "quiet") for cell in cells), *blank)]


def session_blocks(value: Value) -> list[Block]:
    """Sessions per patient, what was given at each session, absorbed doses."""
    if (said := refused(value, "Sessions")) is not None:
        return said
    blocks: list[Block] = [_per_patient(value, part) for part in parts(value["groups"])]
    blocks += [_sessions(value, part) for part in parts(value["groups"])] if value["rows"] else []
    return [*blocks, *([_doses(value)] if value["doses"] else [])]


def _per_patient(value: Value, part: Sequence[Value]) -> Table:
    found = [value["per_patient"][head["group"]] for head in part]
    places = decimals(value["per_patient"]["all"])
    rows: Rows = [
        (Cell("Sessions", "strong"), *(Cell(str(head["sessions"])) for head in part)),
        (Cell("Per patient, median (quartiles); mean", "strong"), *(_middle_and_mean(one, places) for one in found)),
    ]
    for count in value["per_patient"]["all"]["counts"]:
        word = "1 session" if count == "1" else f"{count} sessions"
        shares = [one["counts"].get(count, 0) for one in found]
        cells = (
            counted({"count": n, "of": one["n"], "fraction": n / one["n"] if one["n"] else None})
            for n, one in zip(shares, found, strict=True)
        )
        rows.append((Cell(f"{INDENT}{word}"), *cells))
    kinds = ", ".join(f"{kind} {count}" for kind, count in value["kinds"].items())
    note = f"Patients, n (%). Sessions by kind: {kinds}.{no_group(value)}"
    return table("Sessions per patient", [Column("", "", "left"), *group_columns(part)], rows, note)


def _middle_and_mean(found: Value, places: int) -> Cell:
    return NOTHING if found["mean"] is None else Cell(f"{middle(found, places).text}; {number(found['mean'], 2)}")


def _sessions(value: Value, part: Sequence[Value]) -> Table:
    names = [str(head["group"]) for head in part]
    rows: Rows = []
    for row in value["rows"]:
        rows += _with_interval(row, names)
    columns = [Column("", "", "left"), *group_columns(part, "sessions")]
    columns.insert(2, Column("Interval", "%"))
    note = "The unit is the session: median (quartiles) and range, or n (%) of the sessions in which the item is known; of items marked "
    note += "* several answers can hold. "
    note += f"{value['interval']}. " if value["interval"] else ""
    note += f"{opening(value['several'])}. " if value["several"] else ""
    return table("Sessions", columns, rows, note.rstrip())


def _with_interval(row: Value, names: Sequence[str]) -> Rows:
    """Rows of one variable, with the interval of all sessions behind their share."""
    plain = _described(row, names, None)
    used = _shares(row)
    found = []
    for number_of_row, cells in enumerate(plain):
        share = used.get(number_of_row)
        found.append((*cells[:2], Cell(limits(share)) if share is not None else EMPTY, *cells[2:]))
    return found


def _shares(row: Value) -> dict[int, Any]:
    """Place of a row below the variable's name to the share of all sessions that it shows."""
    if row["kind"] == "number":
        return {}
    words = row["cells"]["all"]["words"]
    if _yes_or_no(row):
        return {0: words["yes"]}
    return dict(enumerate((share for share in words.values() if share["count"]), start=1))


def _doses(value: Value) -> Table:
    rows: Rows = []
    for one in value["doses"]:
        tumour, liver = one["tumour_dose_Gy"], one["normal_liver_dose_Gy"]
        rows.append(
            (Cell(str(one["label"])), Cell(str(one["sessions"])), Cell(str(one["patients"])), middle(tumour, decimals(tumour)),
             spread(tumour), middle(liver, decimals(liver)))
        )  # fmt: skip
    columns = heads("Product", "#sessions", "#patients", "#tumour|Gy", "#range|Gy", "#normal liver|Gy")
    return table("Absorbed doses", columns, rows, "Median (quartiles) of the sessions with a dose on record.")
