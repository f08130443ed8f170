"""The page of an ablation margin."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.report.citations import Citations
from glisson.report.document import Cell, Column, Facts, Figure, HeadlineItem, Paragraph, Section, Tone, table
from glisson.report.words import as_given, cannot_say, cell, number, opening, percent, volume

Value = Mapping[str, Any]


def headlines(value: Value) -> list[HeadlineItem]:
    """Smallest margin, surface below what is asked for, tumour left."""
    lowest, required = value["whole"]["minimum_mm"], value["required_mm"]
    note = f"{as_given(required)} mm asked for: {'reached' if value['reached'] else 'not reached'}"
    unit = within(value)
    items = [HeadlineItem(number(lowest), unit, "smallest margin", note, "" if value["reached"] else "bad")]
    if value["away_from_capsule"] is not None:
        away = value["away_from_capsule"]["minimum_mm"]
        reached = value["reached_away_from_capsule"]
        tone: Tone = "bad" if reached is False else ""
        near = as_given(value["subcapsular_mm"])
        items.append(
            HeadlineItem(
                number(away),
                unit if away is not None else "",
                "away from the capsule",
                f"without the surface within {near} mm of it",
                tone,
            )
        )
    below = dict(zip(value["thresholds_mm"], value["whole"]["below_fraction"], strict=True)).get(required)
    items.append(HeadlineItem(percent(below), "%", f"of the surface below {as_given(required)} mm"))
    left = value["residual_mL"]
    items.append(
        HeadlineItem(
            volume(left), "mL", "of the tumour outside the zone", f"of {volume(value['tumour_mL'])} mL", "bad" if left > 0 else ""
        )
    )
    return items


def within(value: Value) -> str:
    """What stands behind a margin: the unit, and half the longest edge of a voxel."""
    return f"± {number(value['uncertainty_mm'])} mm"


def sections(value: Value, figures: Sequence[Figure], citations: Citations) -> list[Section]:
    """Margin map, table of shares, how it was measured."""
    mark = citations.mark(value["required_source"])
    rule = f"A margin of {as_given(value['required_mm'])} mm or more is asked for {mark}. A margin below 0 is tumour outside the zone."
    measured = Facts(
        (
            (
                "Margin",
                "distance from each point of the tumour's surface to the surface of the zone; both enclose their mask's volume",
            ),
            ("Voxels", " × ".join(as_given(round(edge, 3)) for edge in value["voxel_mm"]) + " mm (slice, row, column)"),
            (
                "Told apart",
                f"{within(value)}: half the longest edge of a voxel, within which every point of analytic spheres was found; "
                "the alignment of the scans is not in it",
            ),
            ("Capsule", _capsule(value)),
            ("Applicators", opening(value["applicators_reason"])),
        )
    )
    return [Section("Margin", (*figures, _shares(value), Paragraph(rule))), Section("How it was measured", (measured,))]


def _capsule(value: Value) -> str:
    if value["subcapsular_mm"] is None:
        return cannot_say("no liver was given")
    share, near = percent(value["subcapsular_fraction"]), as_given(value["subcapsular_mm"])
    origin = (
        "as entered"
        if value["subcapsular_from"] == "entered"
        else "the margin asked for: nearer to it no wider margin fits into the liver"
    )
    return f"{share} % of the tumour's surface lies within {near} mm of it ({origin})"


def _shares(value: Value) -> Any:
    rows = []
    near = as_given(value["subcapsular_mm"]) if value["subcapsular_mm"] is not None else ""
    for name, numbers in (
        ("whole surface", value["whole"]),
        (f"without the surface within {near} mm of the capsule", value["away_from_capsule"]),
    ):
        if numbers is None:
            continue
        cells = [cell(number(numbers["minimum_mm"])), cell(number(numbers["mean_mm"]))]
        cells += [cell(percent(part, 1)) for part in numbers["below_fraction"]]
        rows.append([Cell(name), cell(number(numbers["area_mm2"] / 100.0, 2)), *cells])
    columns = [
        Column("Surface of the tumour", align="left"),
        Column("area", "cm²"),
        Column("smallest margin", within(value)),
        Column("mean", "mm"),
        *(Column(f"below {as_given(edge)} mm", "%") for edge in value["thresholds_mm"]),
    ]
    return table("Margin over the surface", columns, rows)
