"""Tables of survival: every endpoint by group, definitions side by side, landmarks, the next study, published arms."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.report.cohort_words import NONE, Names, long_name, months, p_value, percent, ratio, sentence
from glisson.report.document import Block, Cell, Column, Paragraph, table

Value = Mapping[str, Any]
MOST_BESIDE = 16
"""Published figures on the page beside ours."""


def interval_words(section: Value) -> str:
    """Type of the intervals, printed under every table."""
    return f"{100 * section['confidence_fraction']:g} % intervals, {section['interval']}"


def survival_blocks(section: Value, names: Names, groups: str | None) -> list[Block]:
    """One endpoint: definition, a table by group, tests, definitions side by side, sensitivity."""
    if "cannot_say" in section:
        return [Paragraph(f"Cannot say: {section['cannot_say']}.")]
    blocks: list[Block] = [Paragraph(f"{sentence(section['definition'])}.")]
    blocks.append(_incidences(section, names, groups) if section["competing"] else _curves(section, names, groups))
    if section.get("definitions"):
        blocks.append(_beside("The same idea by other definitions", section["definitions"], section))
    if section.get("sensitivity"):
        blocks.append(_beside("Sensitivity", section["sensitivity"], section))
    return blocks


def _counts(section: Value) -> str:
    said = []
    if section["no_time"]:
        said.append(f"{section['no_time']} patients without a time are in no figure")
    if section["never_at_risk"]:
        said.append(f"{section['never_at_risk']} patients were never under observation")
    for test in section["tests"]:
        said.append(f"{test['test']}: P {p_value(test['p'])}, descriptive")
    return "; ".join([interval_words(section), *said]) + "."


def _curves(section: Value, names: Names, groups: str | None) -> Block:
    times = [row["time"] for row in section["groups"][0]["at_times"]]
    mean = any(group.get("restricted_mean") for group in section["groups"])
    horizon = next((group["restricted_mean"]["horizon"] for group in section["groups"] if group.get("restricted_mean")), None)
    columns = [Column("Group", align="left"), Column("Events / n"), Column("Median", "months")]
    columns += [Column(f"{time:g} months", "%") for time in times]
    columns += [Column(f"Restricted mean to {horizon:g}", "months")] if mean else []
    rows = []
    for group in section["groups"]:
        cells = [names.group(groups, group["group"]), f"{group['events']} / {group['patients']}", months(group["median"])]
        cells += [percent(row, "survival") for row in group["at_times"]]
        found = group.get("restricted_mean")
        cells += [_mean(found) if found else NONE] if mean else []
        rows.append([Cell(text) for text in cells])
    follow = months(section["follow_up"][0])
    note = f"Median follow-up (reverse Kaplan-Meier) {follow} months. {_counts(section)}"
    return table(f"{long_name(section['name'])} by group", columns, rows, note)


def _mean(found: Value) -> str:
    ends = "" if found["low"] is None else f" ({found['low']:.1f} to {found['high']:.1f})"
    return f"{found['time']:.1f}{ends}"


def _incidences(section: Value, names: Names, groups: str | None) -> Block:
    times = [row["time"] for row in section["groups"][0]["at_times"]]
    columns = [Column("Group", align="left"), Column("What happened first", align="left"), Column("Events / n")]
    columns += [Column(f"{time:g} months", "%") for time in times]
    rows = []
    for group in section["groups"]:
        for one in group["incidence"]:
            head = names.group(groups, group["group"]) if one["cause"] == "event" else ""
            what = section["event"] if one["cause"] == "event" else "another event"
            cells = [head, what, f"{one['events']} / {group['patients']}"]
            rows.append([Cell(text) for text in (*cells, *(percent(row, "incidence") for row in one["at_times"]))])
    note = f"Cumulative incidence (Aalen-Johansen), the other event competing. {_counts(section)}"
    return table(f"{long_name(section['name'])} by group", columns, rows, note)


def _beside(title: str, lines: Sequence[Value], section: Value) -> Block:
    times = next(([row["time"] for row in line["at_times"]] for line in lines if line.get("at_times")), [])
    columns = [Column("", align="left"), Column("Events / n"), Column("Median", "months")]
    columns += [Column(f"{time:g} months", "%") for time in times]
    rows = []
    for line in lines:
        head = line.get("says") or line["name"]
        if "cannot_say" in line:
            rows.append([Cell(f"{head}: cannot say: {line['cannot_say']}")] + [Cell(NONE)] * (len(columns) - 1))
            continue
        cells = [head, f"{line['events']} / {line['patients']}", months(line.get("median"))]
        key = "incidence" if line["competing"] else "survival"
        cells += [percent(row, key) for row in line.get("at_times", [])]
        rows.append([Cell(text) for text in cells] + [Cell(NONE)] * (len(columns) - len(cells)))
    return table(title, columns, rows, f"{interval_words(section)}. Of a competing-risks definition: cumulative incidence.")


def response_effect_blocks(section: Value) -> list[Block]:
    """Landmarks, the response that changes with time, and why responders are not compared from the origin."""
    if "cannot_say" in section:
        return [Paragraph(f"Cannot say: {section['cannot_say']}.")]
    blocks: list[Block] = []
    rows = []
    for one in section["landmarks"]:
        for place, group in enumerate(one["groups"]):
            head = f"{one['months']:g} months" if place == 0 else ""
            found = ratio(one.get("ratio")) if place == 0 else "reference"
            rows.append(
                [
                    Cell(text)
                    for text in (head, group["group"], f"{group['events']} / {group['patients']}", months(group["median"]), found)
                ]
            )
    if rows:
        columns = (
            Column("Landmark", align="left"), Column("By then", align="left"), Column("Events / n"),
            Column("Median from the landmark", "months"), Column("HR"),
        )  # fmt: skip
        blocks.append(table(f"{long_name(section['name'])} by response, landmarks", columns, rows, _ended(section["landmarks"])))
    changing = section.get("time_dependent")
    if changing:
        said = f"With response as an exposure that begins on the day of its scan, the hazard ratio is {ratio(changing['ratio'])}"
        blocks.append(Paragraph(f"{said} ({section['responders']} responders, {changing['events']} events)."))
    blocks.append(Paragraph(f"Responders against others from the origin: not computed, because {section['naive']}"))
    return blocks


def _ended(landmarks: Sequence[Value]) -> str:
    said = [
        f"{one['months']:g} months: {one['progressed_before']} had progressed, {one['ended_before']} more had the event and "
        f"{one['censored_before']} were censored before"
        for one in landmarks
    ]
    return (
        "Patients alive and without progression at the landmark. "
        + "; ".join(said)
        + ". Who responds later counts as without response."
    )


def next_study_blocks(section: Value) -> list[Block]:
    """Events, patients and precision for the next study."""
    if "cannot_say" in section:
        return [Paragraph(f"Cannot say: {section['cannot_say']}.")]
    patients = (
        f", from {section['patients']} patients who come within {section['accrual_months']:.0f} months and are followed for "
        f"{section['follow_up_months']:.0f} more"
        if section.get("patients")
        else ""
    )
    said = (
        f"To tell a hazard ratio of {section['hazard_ratio']:g} from 1 with a power of {100 * section['power_fraction']:g} % at a "
        f"two-sided level of {section['alpha_fraction']:g}, two equal groups need {section['events']} events{patients}: exponential "
        "survival, with the median seen here in one group. "
    )
    power = section["power_here"]
    said += (
        "What power the events seen here would give cannot be said: there were none."
        if power is None
        else f"As many events as were seen here would give a power of {100 * power:.0f} %."
    )
    blocks: list[Block] = [Paragraph(said)]
    if section.get("precision"):
        rows = [
            [
                Cell(f"{row['time']:g} months"),
                Cell(NONE if row["survival"] is None else f"{100 * row['survival']:.0f} %"),
                Cell(NONE if row["here"] is None else f"± {100 * row['here']:.1f} %"),
                Cell(NONE if row["patients"] is None else f"{row['patients']}"),
            ]
            for row in section["precision"]
        ]
        wanted = next((row["wanted"] for row in section["precision"] if row.get("wanted")), None)
        head = f"Patients for ± {100 * wanted:g} %" if wanted else "Patients"
        columns = (Column("Time", align="left"), Column("Survival"), Column("Expected half width here"), Column(head))
        blocks.append(
            table("Precision of survival", columns, rows, "Exponential survival; accrual and follow-up as in this registry.")
        )
    return blocks


def beside_blocks(sections: Sequence[Value]) -> list[Block]:
    """Our figures beside published ones, set apart by whether they can be compared at all."""
    blocks: list[Block] = []
    for section in sections:
        if "cannot_say" in section:
            blocks.append(Paragraph(f"Cannot say: {section['cannot_say']}."))
            continue
        told = [row for row in section["rows"] if row["comparable"] != "no"]
        rows = [_beside_row(row) for row in told[:MOST_BESIDE]]
        others = len(section["rows"]) - len(told)
        more = f" {others} published figures of this kind are not comparable; they and the reasons stand in report.json."
        more += f" {len(told) - MOST_BESIDE} more of unknown comparability stand there, too." if len(told) > MOST_BESIDE else ""
        columns = (
            Column("", align="left"), Column("Line", align="left"), Column("n"), Column("Median", "months"),
            Column("Comparable", align="left"), Column("What differs or is not stated", align="left"),
        )  # fmt: skip
        blocks.append(
            table(f"Beside {long_name(section['name']).lower()}", columns, rows, section["note"] + (more if others else ""))
        )
    return blocks


def _beside_row(row: Value) -> list[Cell]:
    ours = row["comparable"] == "ours"
    head = "This registry" if ours else f"{row['study']}: {row['arm']}"
    median = {"time": row["value"], "low": row["low"], "high": row["high"]}
    middle = NONE if row["value"] is None else f"{row['value']:.1f}"
    said = middle if row["low"] is None and row["high"] is None else months(median)
    number = "" if row["n"] is None else str(row["n"])
    differs = row["differs"] or row["unknown"] or ""
    return [
        Cell(head, tone="strong" if ours else ""),
        *(Cell(text) for text in (str(row["line"]), number, said, row["comparable"], differs)),
    ]


def model_notes(section: Value) -> tuple[str, ...]:
    """What stands under a model's figure and table."""
    cox = section["cox"]
    notes = [f"{cox['events']} events in {cox['rows']} of {section['patients']} patients", section["centre_words"]]
    if cox.get("events_per_variable") is not None:
        notes.append(f"{cox['events_per_variable']:.1f} events per coefficient")
    if cox.get("concordance") is not None:
        notes.append(f"concordance {cox['concordance']:.2f}")
    if cox.get("proportional_p") is not None:
        notes.append(f"proportional hazards P {p_value(cox['proportional_p'])}")
    return tuple(notes)
