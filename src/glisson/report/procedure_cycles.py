"""The page of cycles of a regimen, systemic or into the hepatic artery."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.report.citations import Citations
from glisson.report.document import Block, Cell, Column, Figure, HeadlineItem, Paragraph, Section, Table, table
from glisson.report.procedure_tables import left, source_cell
from glisson.report.words import as_given, cell, is_number, listed, number, percent, with_unit

Value = Mapping[str, Any]
RUN = 3
"""From so many days in a row they are written as a range."""


def headlines(value: Value) -> list[HeadlineItem]:
    """Regimen, body surface, cycles, nearest procedure."""
    body, regimen, cycles = value["body"], value["regimen"], listed(value, "cycles")
    surface = body["used_surface_m2"]
    capped = f"capped from {number(body['surface_m2'], 2)} m2" if body["surface_m2"] and surface != body["surface_m2"] else ""
    into = "" if regimen["way"] == "systemic" else "into the hepatic artery"
    return [
        HeadlineItem(regimen["name"], "", "regimen", into),
        HeadlineItem(number(surface, 2), "m2" if is_number(surface) else "", "body surface", capped),
        HeadlineItem(
            str(len(cycles)), "cycles", f"of {regimen['cycle_days']} days", f"{cycles[0]['first_day']} to {cycles[-1]['ends']}"
        ),
    ]


def sections(value: Value, figures: Sequence[Figure], citations: Citations) -> list[Section]:
    """Doses with the source of each, calendar, procedures, first dose by genotype."""
    regimen = value["regimen"]
    setting = f"Written for: {regimen['setting']}." + (
        f" Premedication in the source: {regimen['premedication']}." if regimen["premedication"] else ""
    )
    found = [Section("Doses", (_doses(value, citations), Paragraph(setting))), Section("Calendar", (*figures, _calendar(value)))]
    if listed(value, "procedures"):
        found.append(Section("Beside the procedures", (_procedures(value),)))
    if listed(value, "first_dose"):
        found.append(Section("First dose by genotype and bilirubin", tuple(_first_dose(value, citations))))
    return found


def _doses(value: Value, citations: Citations) -> Table:
    rows = []
    for row in listed(value, "doses"):
        printed = (
            "–".join(as_given(v) for v in dict.fromkeys(row["printed"])) + f" {row['unit']}" if row["printed"] else "cannot say"
        )
        dose = "–".join(number(v, 0 if v >= 20 else 1) for v in dict.fromkeys(row["dose_mg"])) if row["dose_mg"] else "cannot say"
        how = " ".join(
            part
            for part in (
                row["how"],
                f"{as_given(row['hours'])} h" if row["hours"] else "",
                "first cycle only" if row["first_cycle_only"] else "",
            )
            if part
        )
        times = f"{row['times_a_day']} a day" if row["times_a_day"] > 1 else ""
        share = f"{percent(row['fraction'])} %" if row["fraction"] < 1 else "full"
        rows.append(
            [
                Cell(row["drug"], "strong"),
                Cell(how),
                Cell(run_words(row["days"])),
                Cell(times),
                cell(printed),
                Cell(share),
                cell(dose, "strong"),
                source_cell(row, citations),
            ]
        )
    columns = [
        *left("Drug", "how", "days", "doses", "in the source", "share"),
        Column("one dose", "mg"),
        Column("source", align="left"),
    ]
    body = value["body"]
    size = f"Body surface {with_unit(body['used_surface_m2'], 'm2', 2)}, weight {with_unit(body['weight_kg'], 'kg')}."
    note = f"{size} Doses are not rounded to vials or tablets."
    return table("Doses", columns, rows, note)


def run_words(days: Sequence[int]) -> str:
    """Days of a cycle in words.

    >>> run_words([1, 8, 15]), run_words([1, 2, 3, 4])
    ('1, 8, 15', '1 to 4')
    """
    whole = len(days) >= RUN and list(days) == list(range(days[0], days[-1] + 1))
    return f"{days[0]} to {days[-1]}" if whole else ", ".join(str(day) for day in days)


def _calendar(value: Value) -> Table:
    rows = [
        [Cell(str(row["cycle"])), Cell(row["first_day"] + (" (moved)" if row["moved"] else "")), Cell(row["ends"])]
        for row in listed(value, "cycles")
    ]
    return table("Cycles", left("Cycle", "day 1", "next cycle from"), rows)


def _procedures(value: Value) -> Table:
    rows = [
        [
            Cell(row["day"]),
            Cell(f"{row['kind']} {row['session'] or ''}".strip()),
            Cell("planned" if row["what"] == "planned" else "on record"),
            Cell(str(row["cycle"]) if row["cycle"] else "before"),
            _days(row["days_since_last_giving"]),
            _days(row["days_to_next_giving"]),
        ]
        for row in listed(value, "procedures")
    ]
    columns = [*left("Day", "procedure", "", "cycle"), Column("since the last giving", "d"), Column("to the next giving", "d")]
    note = "Which drug has to pause before or after which procedure is a question for the board's page (glisson weigh CASE)."
    return table("Procedures between the cycles", columns, rows, note)


def _days(days: Any) -> Cell:
    return Cell("–", "quiet") if days is None else Cell(str(days))


def _first_dose(value: Value, citations: Citations) -> list[Block]:
    rows = []
    for row in listed(value, "first_dose"):
        words = row["applies"]
        superseded = " (superseded)" if row["superseded_by"] else ""
        rows.append(
            [
                Cell(row["about"]),
                Cell(", ".join(row["drugs"])),
                Cell(f"{row['by']}{superseded}"),
                Cell(row["holds_for"]),
                Cell(row["advice"], "strong" if words == "yes" else ""),
                Cell(words, "unknown" if words == "cannot say" else ""),
                source_cell(row, citations),
            ]
        )
    note = "Sources side by side; none is chosen. 'Perhaps': the entered phenotype spans several activity scores."
    return [
        table(
            "What sources say of the first dose",
            left("By", "drug", "who", "holds for", "first dose", "this patient", "source"),
            rows,
            note,
        )
    ]
