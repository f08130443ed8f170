"""The page of a chemoembolization with drug-eluting beads."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.report.citations import Citations
from glisson.report.document import Block, Cell, Column, Figure, HeadlineItem, Paragraph, Section, Table, table
from glisson.report.procedure_tables import left, numbers_table
from glisson.report.words import as_given, cell, is_number, listed, number, opening, plain

Value = Mapping[str, Any]
CENTRE = "as your centre decides"


def headlines(value: Value) -> list[HeadlineItem]:
    """Dose of an embolization, load, sessions, what was given so far."""
    dose = listed(value, "chosen")[0]
    load = value["load"]
    given = value["given"]["by_drug"].get(value["drug"])
    return [
        HeadlineItem(*(_amount(dose)), f"{value['drug']} in one embolization", _origin(dose)),
        HeadlineItem(
            as_given(load["concentration_mg_per_mL"]) if load else CENTRE,
            "mg/mL" if load else "",
            "on the beads",
            f"published: {as_given(load['published_mg_per_mL'])} mg/mL" if load and load["published_mg_per_mL"] else "",
        ),
        HeadlineItem(
            str(len(value["sessions"])),
            "",
            f"sessions, {value['extent']}",
            f"first {value['sessions'][0]['day'] or 'day: cannot say'}",
        ),
        HeadlineItem(
            number(given["loaded_mg"], 0) if given else "0",
            "mg",
            f"{value['drug']} loaded so far, on record",
            f"{given['loaded_unknown']} doses not on record" if given and given["loaded_unknown"] else "",
        ),
    ]


def _amount(chosen: Value) -> tuple[str, str]:
    return (as_given(chosen["value"]), chosen["unit"]) if is_number(chosen["value"]) else (CENTRE, "")


def _origin(chosen: Value) -> str:
    return "entered" if chosen["from"] == "entered" else CENTRE if chosen["from"] == CENTRE else "published"


def sections(value: Value, figures: Sequence[Figure], citations: Citations) -> list[Section]:
    """Sessions, what was chosen by whom, beads, what was given, checklist, cited numbers."""
    found = [
        Section("Sessions", (*figures, _sessions(value))),
        Section("Chosen", (_chosen(value, citations), *_contrast(value))),
        Section("Beads", tuple(_beads(value["beads"], citations))),
    ]
    if value["given"]["embolizations"]:
        found.append(Section("Given so far", (_given(value["given"]),)))
    found.append(Section("Premedication", (_checklist(value),)))
    found.append(Section("What is known", (numbers_table("Numbers", listed(value, "numbers"), citations),)))
    return found


def _sessions(value: Value) -> Table:
    rows = [
        [
            Cell(str(row["session"])),
            cell(row["day"] or "cannot say"),
            Cell(row["lobe"]),
            _or_centre(row["dose_mg"]),
            _or_centre(row["cumulative_mg"]),
        ]
        for row in listed(value, "sessions")
    ]
    columns = [*left("Session", "day", "lobe"), Column(f"{value['drug']}", "mg"), Column("with the sessions before", "mg")]
    return table("Planned", columns, rows)


def _or_centre(amount: Any) -> Cell:
    return Cell(as_given(amount)) if is_number(amount) else Cell(CENTRE, "unknown")


def _chosen(value: Value, citations: Citations) -> Table:
    rows = []
    for row in listed(value, "chosen"):
        known = is_number(row["value"])
        origin = row["from"] if row["from"] in ("entered", CENTRE) else citations.mark(row["from"])
        rows.append(
            [
                Cell(opening(row["name"])),
                Cell(f"{as_given(row['value'])} {row['unit']}") if known else Cell(CENTRE, "unknown"),
                Cell(origin if known else "no source here states one", "quiet"),
            ]
        )
    return table("What the plan rests on", left("What", "value", "from"), rows)


def _contrast(value: Value) -> list[Block]:
    after = value["after_contrast"]
    if after is None:
        return []
    now, day = ("{} to {} mg".format(*(as_given(round(v, 2)) for v in after[key])) for key in ("now_mg", "day_mg"))
    dose = listed(value, "chosen")[0]["value"]
    words = f"Of {as_given(dose)} mg, contrast medium leaves {now} on the beads almost at once, {day} after 24 h"
    return [Paragraph(f"{words} (numbers and sources below).")]


def _beads(beads: Value, citations: Citations) -> list[Block]:
    if not beads["in_catalogue"]:
        name = beads["product"] or "no product"
        return [Paragraph(f"{name}: not in the catalogue; its label decides. In the catalogue: DC Bead, LifePearl, Tandem.")]
    sizes = ""
    if beads["size_um"]:
        sizes = f"Label {' to '.join(as_given(s) for s in beads['size_um'])} µm. "
        if beads["loaded_size_um"]:
            sizes += f"Loaded with irinotecan about {' to '.join(as_given(round(s)) for s in beads['loaded_size_um'])} µm."
    return [*([Paragraph(sizes)] if sizes else []), numbers_table(beads["name"], listed(beads, "facts"), citations)]


def _given(given: Value) -> Table:
    rows = [
        [
            Cell(row["day"] or "cannot say"),
            Cell(row["treatment"]),
            Cell(row["session"]),
            Cell(row["drug"]),
            Cell(row["lobe"] or "–"),
            cell(number(row["loaded_mg"], 0)),
            cell(number(row["delivered_mg"], 0)),
            Cell(row["endpoint"] or "–"),
        ]
        for row in listed(given, "embolizations")
    ]
    totals = plain(
        {
            drug: f"{as_given(t['loaded_mg'])} mg loaded, {as_given(t['delivered_mg'])} mg delivered"
            for drug, t in given["by_drug"].items()
        }
    )
    columns = [
        *left("Day", "treatment", "session", "drug", "lobe"),
        Column("loaded", "mg"),
        Column("delivered", "mg"),
        Column("ended by", align="left"),
    ]
    return table("On record", columns, rows, f"Together: {totals}. What is not on record is not in the sums.")


def _checklist(value: Value) -> Table:
    rows = [
        [
            Cell("☐" if row["planned"] != "no" else "–"),
            Cell(row["medication"]),
            Cell(row["planned"], "unknown" if row["planned"] == "not entered" else ""),
        ]
        for row in listed(value, "premedication")
    ]
    note = "A checklist of what the centre records, not a recommendation: no source here states a premedication."
    return table("Checklist", left("", "medication", "planned"), rows, note)
