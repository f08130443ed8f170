"""How the patients of a registry fared: response and harm."""

from collections.abc import Sequence

from glisson.report.cohort_cells import (
    EMPTY,
    INDENT,
    NOTHING,
    Value,
    counted,
    group_columns,
    interval,
    no_group,
    parts,
    refused,
)
from glisson.report.document import Block, Cell, Column, Paragraph, Table, table
from glisson.report.follow_tables import heads
from glisson.report.words import number, opening

Rows = list[tuple[Cell, ...]]
RATES = {
    ("objective_response", "treated"): "Objective response, % of treated",
    ("objective_response", "evaluable"): "Objective response, % of evaluable",
    ("disease_control", "treated"): "Disease control, % of treated",
    ("disease_control", "evaluable"): "Disease control, % of evaluable",
}
SUMMARY = {"any": "Any event", "grade_3_or_more": "Grade 3 or more", "grade_5": "Grade 5", "serious": "Serious"}


def response_blocks(value: Value) -> list[Block]:
    """Calls in every window and best responses, with rates of both denominators."""
    if (said := refused(value, "Response")) is not None:
        return said
    name = f"{value['criterion']}, {value['reader']}"
    blocks: list[Block] = []
    for window in value["windows"]:
        title = f"Response at {window['window']}, {window['from_months']:g} to {window['to_months']:g} months ({name})"
        blocks += _responses(value, window["groups"], title, str(value["rule"]))
    if value["outside"]:
        out = value["outside"]
        text = f"{out['outside']} of {out['scans']} scans ({out['patients_outside']} patients) lie outside every window and count in none."
        blocks.append(Paragraph(text))
    for best in value["best"]:
        title = f"Best response, {'confirmed' if best['confirmed'] else 'confirmation not required'} ({name})"
        blocks += _responses(value, best["groups"], title, str(best["rule"]))
    return blocks


def _responses(value: Value, groups: Sequence[Value], title: str, rule: str) -> list[Table]:
    return [_response(value, part, title, rule) for part in parts(groups)]


def _response(value: Value, part: Sequence[Value], title: str, rule: str) -> Table:
    calls = dict.fromkeys(call for group in part for call in group["calls"])
    none = {"count": 0, "fraction": 0.0}
    rows: Rows = [
        (
            Cell(opening(call)),
            *(counted(group["calls"].get(call, none) if group["treated"] else {"fraction": None}) for group in part),
        )
        for call in calls
    ]
    rows.append((Cell("Evaluable", "strong"), *(Cell(str(group["evaluable"])) for group in part)))
    for (measure, denominator), label in RATES.items():
        rows.append((Cell(label, "strong"), *(interval(group[measure][denominator]) for group in part)))
    everyone = part[0]
    why = "; ".join(f"{reason} {n}" for reason, n in everyone["why_not_done"].items())
    note = f"Calls: n (% of treated). Rates: % ({value['interval']}). Evaluable: {value['denominators']['evaluable']}. {opening(rule)}."
    note += f" Not done: {why}." if why else ""
    columns = [Column("", "", "left"), *group_columns(part, "treated")]
    return table(title, columns, rows, note + no_group(value))


def harm_blocks(value: Value) -> list[Block]:
    """Adverse events in all and by phase, by term and grade, by group; laboratory grades apart."""
    if (said := refused(value, "Adverse events")) is not None:
        return said
    entered, laboratory = value["entered"], value["laboratory"]
    silent = refused(entered, "Adverse events")
    blocks: list[Block] = [*silent] if silent is not None else _entered(value, entered)
    if laboratory and laboratory["terms"]:
        blocks.append(_terms(value, laboratory, "patient", "Laboratory grades above the baseline"))
    return blocks


def _entered(value: Value, entered: Value) -> list[Block]:
    blocks: list[Block] = [_summary(value, part) for part in parts(value["groups"])]
    if entered["terms"]:
        everyone = value["groups"][0]
        blocks.append(_terms(value, entered, "patient"))
        if everyone["sessions"] != everyone["patients"]:
            blocks.append(_terms(value, entered, "session"))
        blocks += [_by_phase(value, entered), *_by_group(value, entered)]
    return [*blocks, _fatal(entered)]


def _summary(value: Value, part: Sequence[Value]) -> Table:
    """Patients and sessions with an event; all phases together, then each."""
    names = [str(head["group"]) for head in part]
    entered = value["entered"]
    rows = _both(entered["summary"], names, SUMMARY)
    for phase in entered["phases"]:
        rows += _phase(phase, names)
    columns = [Column("", "", "left"), *group_columns(part)]
    columns.insert(2, Column("Interval", "%"))
    left = "; ".join(f"{what} {n}" for what, n in entered["not_counted"].items() if n)
    kinds = value["intervals"]
    note = f"n (%). {value['note']} Intervals of all patients: {kinds['per patient']}; of sessions: {kinds['per session']}. "
    note += f"{opening(str(value['phases']))}."
    note += f" {value['groups'][0]['sessions']} sessions." + (f" Counted apart, or in part: {left}." if left else "")
    return table("Adverse events", columns, rows, note + no_group(value))


def _phase(phase: Value, names: Sequence[str]) -> Rows:
    """Any event and severe ones of one phase; one line where nothing is on record."""
    label = Cell(opening(str(phase["phase"])), "strong")
    if not phase["summary"]["all"]["events"]:
        return [(label, Cell("none recorded", "quiet"), *[EMPTY] * len(names))]
    some = {kind: SUMMARY[kind] for kind in ("any", "grade_3_or_more")}
    rows = [(Cell(f"{INDENT}{row[0].text}"), *row[1:]) for row in _both(phase["summary"], names, some)]
    return [(label, *[EMPTY] * (len(names) + 1)), *rows]


def _both(summary: Value, names: Sequence[str], kinds: Value) -> Rows:
    rows: Rows = []
    for unit, words in (("per_patient", "patients"), ("per_session", "sessions")):
        for kind, label in kinds.items():
            shares = [summary[name][unit][kind] for name in names]
            limits = interval(shares[0]).text.partition("(")[2].rstrip(")")
            cells = [counted(share) for share in shares]
            rows.append((Cell(f"{label}, {words}"), cells[0], Cell(limits) if limits else NOTHING, *cells[1:]))
    return rows


def _terms(value: Value, part: Value, unit: str, title: str = "Adverse events") -> Table:
    """Terms by the worst grade of every patient, or of every session."""
    of = next(head for head in value["groups"] if head["group"] == "all")["patients" if unit == "patient" else "sessions"]
    ungraded = any(term["groups"]["all"][unit]["ungraded"] for term in part["terms"])
    rows: Rows = []
    for term in part["terms"]:
        found = term["groups"]["all"][unit]
        share = {"count": found["any"], "fraction": found["any"] / of if of else None}
        grades = [
            Cell(str(n), "strong" if n and grade >= 3 else "" if n else "quiet")
            for grade, n in enumerate(found["grades"], start=1)
        ]
        rows.append((Cell(str(term["term"])), *grades, *([Cell(str(found["ungraded"]))] if ungraded else []), counted(share)))
    columns = heads("Term", *(f"#{grade}" for grade in range(1, 6)), *(["#not graded"] if ungraded else []), "#any, n (%)")
    ctcae = f", CTCAE {', '.join(part['ctcae'])}" if part["ctcae"] else ""
    return table(f"{title} by worst grade of every {unit}{ctcae}", columns, rows, f"Of {of} {unit}s. Each counts once per term.")


def _by_phase(value: Value, part: Value) -> Table:
    """Terms by phase: any grade, and 3 or more, of every patient."""
    of = value["groups"][0]["patients"]
    phases = [str(phase["phase"]) for phase in part["phases"] if phase["summary"]["all"]["events"]]
    rows: Rows = []
    for term in part["terms"]:
        cells: list[Cell] = []
        for phase in phases:
            found = term["phases"][phase]
            cells += [counted({"count": found["any"], "fraction": found["any"] / of}), Cell(str(found["grade_3_or_more"]))]
        rows.append((Cell(str(term["term"])), *cells))
    columns = heads("Term", *(head for phase in phases for head in (f"#{phase}", "#grade 3 or more")))
    return table(
        "Adverse events by phase",
        columns,
        rows,
        f"Patients, n (% of {of}), each once per term and phase. {opening(str(value['phases']))}.",
    )


def _by_group(value: Value, part: Value) -> list[Table]:
    """Terms by group: any grade, and 3 or more, of every patient."""
    found = []
    for chunk in parts(value["groups"]):
        groups = chunk[1:]
        if not groups:
            return []
        rows: Rows = []
        for term in part["terms"]:
            cells: list[Cell] = []
            for group in groups:
                one = term["groups"][group["group"]]["patient"]
                of = group["patients"]
                cells += [
                    counted({"count": one[kind], "fraction": one[kind] / of})
                    for kind in ("any", "grade_3_or_more")[: _columns(groups)]
                ]
            rows.append((Cell(str(term["term"])), *cells))
        columns = [Column("Term", "", "left")]
        for head in group_columns(groups):
            columns += [head, Column("Grade 3 or more")][: _columns(groups)]
        found.append(table("Adverse events by group", columns, rows, "Patients, n (%), each once per term."))
    return found


def _columns(groups: Sequence[Value]) -> int:
    """Columns of each group: grade 3 or more has its own where there is room."""
    return 2 if len(groups) <= 2 else 1


def _fatal(part: Value) -> Block:
    told = part["serious"]
    said = f"Serious: {told['events']} events in {told['patients']} patients"
    said += f"; of {told['not said']} events of grade 3 or 4 nobody said whether they were." if told["not said"] else "."
    if not part["fatal"]:
        return Paragraph(f"No event of grade 5. {said}")
    rows = tuple(
        (
            Cell(str(one["term"])),
            Cell(number(one["day"], 0)),
            Cell(str(one["phase"] or "not known")),
            Cell(", ".join(one["relation"]) or "not said"),
        )
        for one in part["fatal"]
    )
    return Table("Events of grade 5", heads("Term", "#day after the session", "phase", "related to"), rows, said)
