"""Responses, best responses, endpoints and the comparison with what was stated, as tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.report.citations import Citations
from glisson.report.document import Block, Cell, Column, Paragraph, Table, Tone, table
from glisson.report.follow_course import columns_of, visits_of
from glisson.report.words import CANNOT_SAY, as_given, cannot_say, cell, is_number, listed, number, opening, percent, plain

Value = Mapping[str, Any]
TONES: dict[str, Tone] = {
    "PD": "bad", "iUPD": "bad", "iCPD": "bad", "NE": "unknown", "CR": "strong", "PR": "strong", "iCR": "strong", "iPR": "strong",
}  # fmt: skip
EVENTS = {0: "censored", 1: "event", 2: "competing event"}
ROLE_ORDER = {"target": 0, "non-target": 1, "new": 2}
DEFINITION = "definition, with every choice that was made"


def heads(*specs: str) -> tuple[Column, ...]:
    """Columns in short: "name" stands left, "#name" right; a unit after a bar.

    >>> heads("Visit", "#sum|mm")
    (Column(head='Visit', unit='', align='left'), Column(head='sum', unit='mm', align='right'))
    """
    found = []
    for spec in specs:
        name, _, unit = spec.removeprefix("#").partition("|")
        found.append(Column(name, unit, "right" if spec.startswith("#") else "left"))
    return tuple(found)


def signed(text: str) -> str:
    """With a plus where it is above 0.

    >>> signed("12.0"), signed("0.0"), signed("cannot say")
    ('+12.0', '0.0', 'cannot say')
    """
    return f"+{text}" if text[:1].isdigit() and text.strip("0.") else text


def response_cell(said: Any) -> Cell:
    """A response, loud where it is progression."""
    return Cell("–", "quiet") if said is None else Cell(str(said), TONES.get(str(said), ""))


def day_cell(value: Any) -> Cell:
    """A day, or "cannot say"."""
    return cell(str(value) if value else CANNOT_SAY)


def course_tables(value: Value, criterion: str, reader: str) -> list[Block]:
    """The visits of one criterion and reader: numbers and calls, then the rule that decided each."""
    visits = visits_of(value, criterion, reader)
    if not visits:
        return []
    ending, unit = columns_of(criterion)
    columns = heads(
        "Visit", "date", f"#sum|{unit}", "#from baseline|%", f"#smallest before|{unit}", f"#from smallest|{unit}", "#from smallest|%",
        "target", "non-target", "new lesion", "overall",
    )  # fmt: skip
    rows = [[Cell(str(v["visit"])), day_cell(v["date"]), *_numbers(v, ending), *_calls(v)] for v in visits]
    baseline = next((v[f"baseline_{ending}"] for v in visits if is_number(v.get(f"baseline_{ending}"))), None)
    note = f"Baseline sum {number(baseline)} {unit}. " if baseline is not None else "No baseline sum of targets. "
    note += "The smallest sum before counts the baseline. A dash: there is none of that kind."
    name = f"{criterion}, {reader}"
    why = heads("Visit", "overall", "which rule decided, on which lesions", "rule")
    return [table(f"Visits by {name}", columns, rows, note), Table(f"Why, {name}", why, tuple(map(_reason, visits)))]


def _reason(visit: Value) -> tuple[Cell, ...]:
    words = Cell(opening(plain(visit["words"])))
    return Cell(str(visit["visit"])), response_cell(visit["overall"]), words, Cell(str(visit["rule"]), "quiet")


def _numbers(visit: Value, ending: str) -> list[Cell]:
    if visit["target"] is None:
        return [Cell("–", "quiet")] * 5
    total, nadir = visit.get(f"sum_{ending}"), visit.get(f"nadir_{ending}")
    grown = float(total) - float(nadir) if total is not None and nadir is not None else None
    return [
        cell(number(total)),
        cell(signed(percent(visit["change_from_baseline_fraction"], 1))),
        cell(number(nadir)),
        cell(signed(number(grown))),
        cell(signed(percent(visit["change_from_nadir_fraction"], 1))) if nadir else Cell("–", "quiet"),
    ]


def _calls(visit: Value) -> list[Cell]:
    new = Cell("yes", "bad") if visit["new_lesion"] else Cell("no")
    return [response_cell(visit["target"]), response_cell(visit["non_target"]), new, response_cell(visit["overall"])]


def lesion_table(value: Value, reader: str, names: Mapping[str, str]) -> Block:
    """Every lesion with its size or state at every visit, as one reader measured it."""
    measured = [row for row in listed(value, "lesions") if row.get("reader") == reader]
    if not measured:
        return Paragraph(f"Lesions: {cannot_say('none was measured')}.")
    visits = {float(row["visit_number"]): str(row["visit"]) for row in measured}
    order = sorted(visits)
    by_lesion: dict[str, dict[float, Value]] = {}
    for row in sorted(measured, key=lambda row: (ROLE_ORDER[row["role"]], str(row["lesion"]))):
        by_lesion.setdefault(str(row["lesion"]), {})[float(row["visit_number"])] = row
    rows = []
    for name, seen in by_lesion.items():
        first = next(iter(seen.values()))
        kind = Cell(str(first["role"]) + (", node" if first["node"] else ""))
        rows.append(
            [Cell(names.get(name, name)), kind, cell(plain(first["organ"])), *(_size(seen.get(visit)) for visit in order)]
        )
    columns = heads("Lesion", "role", "organ", *(f"#{visits[visit]}" for visit in order))
    note = "Longest diameter, of a node the short axis; in brackets the viable diameter. A dash: not listed at that visit."
    return table(f"Lesions as measured by {reader} (mm)", columns, rows, note)


LOUD_STATES: dict[str, Tone] = {"not evaluable": "unknown", "unequivocal progression": "bad"}


def _size(row: Value | None) -> Cell:
    if row is None:
        return Cell("–", "quiet")
    if row["state"] not in ("measured", "too small"):
        return Cell(str(row["state"]), LOUD_STATES.get(row["state"], ""))
    size = as_given(row["diameter_mm"]) if is_number(row["diameter_mm"]) else ""
    viable = f" ({as_given(row['viable_mm'])})" if is_number(row["viable_mm"]) else ""
    small = "too small" if row["state"] == "too small" else ""
    return Cell(" ".join(part for part in (size + viable, small) if part.strip()) or CANNOT_SAY)


def best_table(value: Value) -> list[Block]:
    """Best response by every criterion and reader, with and without confirmation, and what the words mean."""
    rows = tuple(
        (
            Cell(plain(row["criterion"])), Cell(plain(row["reader"])), Cell("required" if row["confirmed"] else "not required"),
            response_cell(row["best"]), Cell(row["visit"] or "–"), Cell(row["date"] or "–"), Cell(plain(row["reason"])),
        )
        for row in listed(value, "best")
    )  # fmt: skip
    if not rows:
        return [Paragraph(f"Best response: {cannot_say('no response with its date')}.")]
    columns = heads("Criterion", "reader", "confirmation", "best", "visit", "date", "why")
    words = [("With" if rule["confirmed"] else "Without", rule["words"]) for rule in listed(value, "best_rules")]
    return [Table("Best overall response", columns, rows, " ".join(f"{how} confirmation: {said}." for how, said in words))]


def endpoint_blocks(value: Value) -> list[Block]:
    """Every endpoint with its source, then its definition."""
    found = listed(value, "endpoints")
    if not found:
        return [Paragraph(f"Endpoints: {cannot_say('deaths, sessions and contacts are not in these tables')}.")]
    columns = heads("Endpoint", "from", "day", "", "on", "#days", "#months", "decided by")
    times = table("Time to event", columns, [_endpoint(row) for row in found], "Every number belongs to its definition below.")
    return [times, definitions(found)]


def definitions(found: Sequence[Value]) -> Table:
    """The definition of every endpoint."""
    rows = tuple((Cell(str(row["endpoint"])), Cell(f"{opening(str(row['definition']))}.")) for row in found)
    return Table("Definitions", heads("Endpoint", DEFINITION), rows)


def _endpoint(row: Value) -> list[Cell]:
    event = row["event"]
    said = cell(CANNOT_SAY) if event is None else Cell(EVENTS[event], "strong" if event else "")
    return [
        Cell(str(row["endpoint"])), Cell(str(row["origin_name"])), day_cell(row["origin"]), said, day_cell(row["date"]),
        cell(number(row["days"], 0)), cell(number(row["months"], 1)), Cell(_decided_by(row["source"], None if event else row["ended_by"])),
    ]  # fmt: skip


def _decided_by(source: str | None, ended: str | None) -> str:
    """The source, and why the observation ended there where that is another thing."""
    if not source or source == ended:
        return source or ended or CANNOT_SAY
    return f"{source} ({ended})" if ended else source


def check_blocks(rows: Sequence[Value]) -> list[Block]:
    """Stated against computed responses; nothing where nothing was stated."""
    stated = [row for row in rows if row.get("stated") is not None]
    if not stated:
        return []
    lines = tuple(
        (
            Cell(str(row["visit"])), day_cell(row["date"]), Cell(str(row["reader"])), response_cell(row["stated"]),
            response_cell(row["as_read"]), _agrees(row["agrees"]), Cell(opening(str(row["reason"])) or "–"), Cell(plain(row["rows"] or [])),
        )
        for row in stated
    )  # fmt: skip
    columns = heads("Visit", "date", "reader", "stated", "computed", "agrees", "why", "rows")
    agreed = sum(row["agrees"] is True for row in stated)
    note = f"{agreed} of {len(stated)} stated responses agree with the visit's own reading. Rows are those of the measurements."
    return [Table("By visit", columns, lines, note)]


def _agrees(value: Any) -> Cell:
    return cell(CANNOT_SAY) if value is None else Cell("yes", "good") if value else Cell("no", "bad")


def rules_table(value: Value, citations: Citations) -> Table:
    """Where the standard leaves room: what was chosen, what it means, and who says so."""
    rows = tuple(
        (
            Cell(str(rule["option"])), Cell(str(rule["choice"]), "" if rule["default"] else "strong"),
            Cell("yes" if rule["default"] else "no"),
            Cell(f"{_asked(str(rule['question']))} {rule['meaning']} {citations.mark(rule['source'])}"),
        )
        for rule in listed(value, "rules")
    )  # fmt: skip
    return Table("Rules in force", heads("Option", "choice", "default", "question, what the choice means, source"), rows)


def _asked(question: str) -> str:
    return opening(question) if question.endswith("?") else f"{opening(question)}:"
