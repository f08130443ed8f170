"""How the patients of a registry fared: response, harm, quality of life."""

from collections.abc import Sequence

from glisson.report.cohort_cells import (
    EMPTY,
    INDENT,
    NOTHING,
    Value,
    counted,
    group_columns,
    interval,
    mean_and_limits,
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
    columns = [Column("", "", "left"), *group_columns(part, "treated", "treated")]
    return table(title, columns, rows, note + no_group(value))


def harm_blocks(value: Value) -> list[Block]:
    """Adverse events in all and by phase, by term and grade, by group; laboratory grades apart."""
    if (said := refused(value, "Adverse events")) is not None:
        return said
    entered, laboratory = value["entered"], value["laboratory"]
    blocks: list[Block] = [_summary(value, part) for part in parts(value["groups"])]
    if entered["terms"]:
        blocks += [_terms(value, entered, "patient"), _terms(value, entered, "session"), *_by_group(value, entered)]
    else:
        blocks.append(Paragraph("No adverse event is on record, which does not say that there was none."))
    blocks.append(_fatal(entered))
    if laboratory and laboratory["terms"]:
        blocks.append(_terms(value, laboratory, "patient", "Laboratory grades above the baseline"))
    return blocks


def _summary(value: Value, part: Sequence[Value]) -> Table:
    """Patients and sessions with an event; all phases together, then each."""
    names = [str(head["group"]) for head in part]
    entered = value["entered"]
    rows = _both(entered["summary"], names, SUMMARY)
    for phase in entered["phases"]:
        rows.append((Cell(opening(str(phase["phase"])), "strong"), *[EMPTY] * (len(names) + 1)))
        some = {kind: label for kind, label in SUMMARY.items() if kind in ("any", "grade_3_or_more")}
        rows += [(Cell(f"{INDENT}{row[0].text}"), *row[1:]) for row in _both(phase["summary"], names, some)]
    columns = [Column("", "", "left"), *group_columns(part)]
    columns.insert(2, Column("Interval", "%"))
    left = "; ".join(f"{what} {n}" for what, n in entered["not_counted"].items() if n)
    kinds = value["intervals"]
    note = f"n (%). {value['note']} Intervals of all patients: {kinds['per patient']}; of sessions: {kinds['per session']}. "
    note += f"{opening(str(value['phases']))}."
    note += f" {value['groups'][0]['sessions']} sessions." + (f" Counted apart, or in part: {left}." if left else "")
    return table("Adverse events", columns, rows, note + no_group(value))


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


def quality_blocks(value: Value) -> list[Block]:
    """Completion, change of every scale at every visit, by group, and time to deterioration."""
    if (said := refused(value, "Quality of life")) is not None:
        return said
    visits = [visit["visit"] for visit in value["scales"][0]["visits"]] if value["scales"] else []
    blocks: list[Block] = [_completion(value)]
    blocks += [_change(value, place, str(visit)) for place, visit in enumerate(visits)]
    for place, visit in enumerate(visits):
        blocks += _change_by_group(value, place, str(visit))
    return [*blocks, *([_deterioration(value)] if value["scales"] else [])]


def _completion(value: Value) -> Table:
    rows: Rows = []
    for row in value["completion"]:
        shares = [
            {"count": row[name], "fraction": row[f"{name}_fraction"] if row["expected"] else None}
            for name in ("received", "complete")
        ]
        when = "cannot say" if row["months"] is None else number(row["months"], 1)
        extra = Cell(str(row["not_expected"])) if row["not_expected"] else NOTHING
        rows.append((Cell(str(row["visit"])), Cell(when), Cell(str(row["expected"])), *(counted(one) for one in shares), extra))
    columns = heads("Visit", "#usually at|months", "#due", "#received, n (%)", "#complete, n (%)", "#not due")
    note = (
        "Due: alive and under observation when the visit usually is. Complete: all 30 items. "
        f"{value['baseline']} patients have a baseline, {value['baseline_and_later']} of them a later questionnaire."
    )
    return table(f"{value['title']}: completion", columns, rows, note)


def _change(value: Value, place: int, visit: str) -> Table:
    rows: Rows = []
    for scale in value["scales"]:
        found = scale["visits"][place]["groups"]["all"]
        base = scale["baseline"]["all"]
        start = NOTHING if base["mean"] is None else Cell(f"{number(base['mean'], 1)} ({number(base['sd'], 1)})")
        calls = [counted(found[call]) for call in ("improved", "stable", "worse")]
        rows.append((_scale_name(scale), start, Cell(str(found["n"])), mean_and_limits(found["change"]), *calls))
    columns = heads(
        "Scale", "#baseline, mean (SD)", "#n", "#change, mean (CI)", "#better, n (%)", "#stable, n (%)", "#worse, n (%)"
    )
    points = value["threshold"]
    note = f"n: with a score at the baseline and at {visit}. Better or worse: by {points['points']:g} points or more ({points['source']}: "
    note += f"{points['place']}), towards well-being. ↑ high scores are good, ↓ low ones. Interval {value['interval']}. {value['note']}"
    return table(f"{value['title']}: change from the baseline at {visit}", columns, rows, note)


def _scale_name(scale: Value) -> Cell:
    return Cell(f"{opening(str(scale['name']))} {'↑' if scale['more_is_better'] else '↓'}")


def _change_by_group(value: Value, place: int, visit: str) -> list[Table]:
    found = []
    for chunk in parts(value["groups"]):
        groups = chunk[1:]
        if not groups:
            return []
        both = len(groups) <= 2
        columns = [Column("Scale", "", "left")]
        for head in groups:
            columns += [
                Column(f"{opening(str(head['label']))}, change (CI)"),
                *([Column("Worse, n of those known (%)")] if both else []),
            ]
        rows: Rows = []
        for scale in value["scales"]:
            cells: list[Cell] = []
            for head in groups:
                one = scale["visits"][place]["groups"][head["group"]]
                cells += [mean_and_limits(one["change"]), *([_of(one["worse"])] if both else [])]
            rows.append((_scale_name(scale), *cells))
        found.append(table(f"{value['title']}: change at {visit} by group", columns, rows, no_group(value).strip()))
    return found


def _of(share: Value) -> Cell:
    """Count of those known (%)."""
    if share["fraction"] is None:
        return NOTHING
    return Cell(f"{share['count']} of {share['of']} ({number(100 * share['fraction'], 1)})")


def _deterioration(value: Value) -> Table:
    rows: Rows = []
    for scale in value["scales"]:
        for head in value["groups"]:
            found = scale["deterioration"][head["group"]]
            name = _scale_name(scale) if head["group"] == "all" else Cell(f"{INDENT}{head['label']}", "quiet")
            ends = ["not reached" if found[key] is None else number(found[key], 1) for key in ("median_months", "low", "high")]
            median = ends[0] if found["median_months"] is None and found["low"] is None else f"{ends[0]} ({ends[1]} to {ends[2]})"
            rows.append(
                (name, Cell(str(found["patients"])), Cell(str(found["events"])), Cell(median) if found["patients"] else NOTHING)
            )
    definition = value["scales"][0]["deterioration"]["all"]["definition"].partition("; ")[2]
    points = value["threshold"]["points"]
    note = f"Kaplan-Meier median (CI) of the time to the first score that is worse by {points:g} points or more; {definition}. "
    note += "A change is seen on the day of a questionnaire only."
    columns = heads("Scale", "#patients", "#deteriorated", "#median (CI)|months")
    return table(f"{value['title']}: time to deterioration", columns, rows, note)
