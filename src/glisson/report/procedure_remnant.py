"""The page of a future liver remnant."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.report.citations import Citations
from glisson.report.document import Cell, Column, Figure, HeadlineItem, Paragraph, Section, Table, Tone, table
from glisson.report.procedure_tables import left, source_cell, value_text
from glisson.report.words import as_given, cell, is_number, listed, number, percent, with_unit

Value = Mapping[str, Any]
TONES: dict[str, Tone] = {"enough": "good", "too little": "bad", "between": "strong", "met": "good", "not met": "bad"}
NAMES = {
    "liver_mL": "liver, as drawn",
    "tumour_mL": "tumours inside it",
    "functional_mL": "liver without tumours",
    "remnant_mL": "remnant without tumours",
    "tumour_in_remnant_mL": "tumours inside the remnant",
    "remnant_outside_liver_mL": "remnant drawn outside the liver (not counted)",
    "tumour_outside_liver_mL": "tumours drawn outside the liver (not counted)",
}


def headlines(value: Value) -> list[HeadlineItem]:
    """Remnant, standardised and measured share, growth."""
    first = listed(value, "standard")[0]
    items = [
        HeadlineItem(number(value["volumes"]["remnant_mL"], 0), "mL", "remnant without tumours"),
        HeadlineItem(
            percent(first["sflr_fraction"], 1),
            "%" if is_number(first["sflr_fraction"]) else "",
            f"standardised ({first['formula']})",
            f"of {with_unit(first['standard_mL'], 'mL', 0)}",
        ),
        HeadlineItem(percent(value["measured_fraction"], 1), "%", "of the liver without tumours, measured"),
    ]
    growth = value["growth"]
    if growth is not None:
        rate = growth["kinetic_growth_fraction_per_week"]
        slow = any(cut["cut"] == "kinetic-growth" and cut["answer"] == "not met" for cut in growth["cuts"])
        items.append(
            HeadlineItem(
                percent(rate, 1), "% a week", "kinetic growth", f"{growth['days']} days after embolization", "bad" if slow else ""
            )
        )
    return items


def sections(value: Value, figures: Sequence[Figure], citations: Citations) -> list[Section]:
    """Every published minimum side by side, growth, volumes."""
    found = [Section("Against the published minima", (*figures, _states(value), _minima(value, citations)))]
    if value["growth"] is not None:
        found.append(Section("Growth after embolization", (_growth(value["growth"], citations),)))
    found.append(Section("Volumes", (_volumes(value), _standard(value, citations))))
    return found


def _states(value: Value) -> Paragraph:
    states = value["liver_states"]
    days = value["chemotherapy_days"]
    words = "; ".join(f"{name}: {answer}" for name, answer in states.items())
    said = f"{days} days of systemic treatment on record" + ("" if value["chemotherapy_days_all"] else ", not all of it")
    return Paragraph(
        f"This liver: {words} ({said}). Rules that hold for it are set in bold; sources disagree, and all are shown."
    )


def _minima(value: Value, citations: Citations) -> Table:
    rows = []
    for row in listed(value, "minima"):
        tone: Tone = "strong" if row["applies"] == "yes" else ""
        asked = value_text([row["from"], row["to"]] if row["from"] != row["to"] else row["from"], row["unit"])
        for place, reading in enumerate(row["readings"]):
            heads = (
                [Cell(row["liver"], tone), Cell(row["by"], tone), Cell(asked, tone)]
                if place == 0
                else [Cell(""), Cell(""), Cell("")]
            )
            answer = reading["answer"]
            shown = number(reading["value"], 0) if row["of"] == "body surface" else percent(reading["value"], 1)
            unit = "" if reading["value"] is None else " mL/m2" if row["of"] == "body surface" else " %"
            rows.append(
                [
                    *heads,
                    Cell(reading["against"]),
                    cell(shown + unit),
                    Cell(answer, TONES.get(answer, "unknown")),
                    Cell(row["applies"]) if place == 0 else Cell(""),
                    source_cell(row, citations) if place == 0 else Cell(""),
                ]
            )
    note = (
        "Where a rule's source, as quoted, does not say to which remnant it refers, it is read against all three. On the border a remnant "
        "is enough. "
        "The rule by Kubota goes by indocyanine green retention: between its bounds the answer is 'between'."
    )
    return table(
        "Rules for the least remnant",
        left("Liver", "by", "at least", "read against", "this remnant", "answer", "holds here", "source"),
        rows,
        note,
    )


def _growth(growth: Value, citations: Citations) -> Table:
    rows = []
    for cut in growth["cuts"]:
        per = " % a week" if cut["cut"] == "kinetic-growth" else " %"
        rows.append(
            [
                Cell(cut["holds_for"]),
                Cell(percent(cut["value"], 1) + per),
                Cell(as_given(round(100 * cut["at_least"], 6)) + per),
                Cell(cut["answer"], TONES.get(cut["answer"], "")),
                source_cell(cut, citations),
            ]
        )
    before = f"{number(growth['before_mL'], 0)} mL on {growth['before_at']}"
    after = f"{number(growth['after_mL'], 0)} mL on {growth['after_at']}"
    note = (
        f"Remnant {before}, {after}; embolization on {growth['embolized_at']}. Shares of the standard volume by {growth['formula']}. "
        "Kinetic growth: growth at the first volumetry over the weeks since the embolization."
    )
    return table("Growth", left("What", "this remnant", "at least", "answer", "source"), rows, note)


def _volumes(value: Value) -> Table:
    rows = [[Cell(NAMES[name]), cell(number(volume))] for name, volume in value["volumes"].items() if name in NAMES]
    rows.append([Cell("remnant per body surface (mL/m2)"), cell(number(value["per_surface_mL_per_m2"]))])
    rows.append(
        [
            Cell("remnant per body weight (mL/kg): arithmetic, no source here gives a limit"),
            cell(number(value["per_weight_mL_per_kg"])),
        ]
    )
    return table("Volumes", [Column("What", align="left"), Column("mL, where not said otherwise")], rows)


def _standard(value: Value, citations: Citations) -> Table:
    rows = [
        [
            Cell(row["formula"]),
            cell(number(row["standard_mL"], 0)),
            cell(percent(row["sflr_fraction"], 1)),
            source_cell(row, citations),
        ]
        for row in listed(value, "standard")
    ]
    body = value["body"]
    size = f"{with_unit(body['weight_kg'], 'kg')} and {with_unit(body['height_cm'], 'cm', 0)}"
    note = f"Body surface {with_unit(body['surface_m2'], 'm2', 2)} from {size}."
    columns = [
        Column("Formula", align="left"),
        Column("standard liver", "mL"),
        Column("standardised remnant", "%"),
        Column("source", align="left"),
    ]
    return table("Standard liver volume", columns, rows, note)
