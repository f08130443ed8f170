"""The page of a pump with floxuridine."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.report.citations import Citations
from glisson.report.document import Cell, Facts, Figure, HeadlineItem, Paragraph, Section, Table, table
from glisson.report.procedure_tables import left, numbers_table, value_text
from glisson.report.words import as_given, is_number, listed, number, with_unit

Value = Mapping[str, Any]


def headlines(value: Value) -> list[HeadlineItem]:
    """Dose of a day, what it is made of, cycles, content of the reservoir."""
    dose = value["dose_mg_per_day"]
    items = [
        HeadlineItem(
            number(dose, 2),
            "mg/day" if is_number(dose) else "",
            "floxuridine",
            f"{as_given(value['dose_mg_per_kg_per_day'])} mg/kg/day ({value['dose_from']}) × {with_unit(value['weight_kg'], 'kg')}",
        ),
        HeadlineItem(number(value["dose_mg_per_cycle"], 1), "mg" if is_number(dose) else "", "in the 14 days of a cycle"),
        HeadlineItem(str(len(value["calendar"])), "cycles", "planned", f"first fill {value['calendar'][0]['drug_from']}"),
    ]
    reservoir = value["reservoir"]
    if reservoir is not None:
        items.append(
            HeadlineItem(number(reservoir["drug_mg"], 1), "mg", "in the reservoir", "unit arithmetic, no rule for filling")
        )
    return items


def sections(value: Value, figures: Sequence[Figure], citations: Citations) -> list[Section]:
    """Calendar, dose beside the label and the misprint, reservoir, cited numbers."""
    rows = listed(value, "numbers")
    return [
        Section("Calendar", (*figures, _calendar(value))),
        Section("Dose", (_doses(value, rows, citations),)),
        Section("Reservoir", (_reservoir(value),)),
        Section("What is known", (numbers_table("Numbers", [r for r in rows if r["number"] not in DOSES], citations),)),
    ]


DOSES = ("dose", "label-dose", "label-hepatic-dose", "misprint")


def _calendar(value: Value) -> Table:
    rows = [
        [
            Cell(str(row["cycle"])),
            Cell(row["drug_from"] + (" (moved)" if row["moved"] else "")),
            Cell(row["drug_until"]),
            Cell(row["next_fill"]),
        ]
        for row in listed(value, "calendar")
    ]
    note = (
        f"Implantation: {value['implanted_at'] or 'cannot say'}. What the pump holds in the rest, and how what is left of the drug is "
        "taken out, is for the centre's protocol."
    )
    return table("Fills", left("Cycle", "filled with floxuridine", "floxuridine ends", "next fill"), rows, note)


def _doses(value: Value, rows: Sequence[Value], citations: Citations) -> Table:
    weight = value["weight_kg"]
    body = [
        [
            Cell("this plan", "strong"),
            Cell(f"{as_given(value['dose_mg_per_kg_per_day'])} mg/kg/d", "strong"),
            Cell(_per_day(value["dose_mg_per_kg_per_day"], weight), "strong"),
            Cell(""),
        ]
    ]
    for row in rows:
        if row["number"] not in DOSES:
            continue
        wrong = row["number"] == "misprint"
        body.append(
            [
                Cell(row["holds_for"], "bad" if wrong else ""),
                Cell(value_text(row["value"], row["unit"])),
                Cell("never" if wrong else _per_day(row["value"], weight), "bad" if wrong else ""),
                Cell(f"{citations.mark(row['source'])}, {row['place']}", "quiet"),
            ]
        )
    note = "The label's range for the hepatic artery is three to five times the protocol's dose; both are second-hand here."
    return table("Dose beside what is published", left("What", "dose", "for this weight", "source"), body, note)


def _per_day(dose: Any, weight: Any) -> str:
    if not is_number(weight):
        return "cannot say"
    many = dose if isinstance(dose, Sequence) else [dose]
    return " to ".join(number(one * weight, 1) for one in many) + " mg/day"


def _reservoir(value: Value) -> Facts | Paragraph:
    found = value["reservoir"]
    if found is None:
        return Paragraph("Reservoir: cannot say without reservoir_mL, flow_mL_per_day and the weight.")
    return Facts(
        (
            ("Reservoir and flow", f"{as_given(found['reservoir_mL'])} mL, {as_given(found['flow_mL_per_day'])} mL/day"),
            ("Concentration", f"{number(found['concentration_mg_per_mL'], 3)} mg/mL = dose of a day over flow of a day"),
            ("Drug in the whole reservoir", f"{number(found['drug_mg'], 1)} mg"),
            (
                "Lasts",
                f"{number(found['lasts_days'])} days; after 14 days {number(found['left_after_drug_days_mL'])} mL are left",
            ),
            ("Basis", "unit arithmetic (mg/day over mL/day), no published rule for filling"),
        )
    )
