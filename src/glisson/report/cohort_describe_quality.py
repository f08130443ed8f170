"""Quality of life of the patients of a registry."""

from glisson.report.cohort_cells import (
    INDENT,
    NOTHING,
    Value,
    counted,
    mean_and_limits,
    no_group,
    parts,
    refused,
    visit_name,
)
from glisson.report.document import Block, Cell, Column, Table, table
from glisson.report.follow_tables import heads
from glisson.report.words import number, opening

Rows = list[tuple[Cell, ...]]


def quality_blocks(value: Value) -> list[Block]:
    """Completion, change of every scale at every visit, by group, and time to deterioration."""
    if (said := refused(value, "Quality of life")) is not None:
        return said
    visits = [visit["visit"] for visit in value["scales"][0]["visits"]] if value["scales"] else []
    blocks: list[Block] = [_completion(value)]
    blocks += [_change(value, place, visit_name(str(visit))) for place, visit in enumerate(visits)]
    for place, visit in enumerate(visits):
        blocks += _change_by_group(value, place, visit_name(str(visit)))
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
        rows.append(
            (
                Cell(visit_name(str(row["visit"]))),
                Cell(when),
                Cell(str(row["expected"])),
                *(counted(one) for one in shares),
                extra,
            )
        )
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
    note = f"n: with a score at the baseline and at {visit}. Better or worse: by {points['points']:g} points or more towards well-being "
    note += f"or away from it ({points['source']}; no single threshold is agreed). ↑ high scores are good, ↓ low ones. "
    note += f"Intervals {value['interval']}. {value['note']}"
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
