"""Figures of every patient of a registry by group: waterfall, spider, swimmer; patients by a running number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from glisson.report.document import Figure
from glisson.report.figures.cohort_changes import (
    BarGroup,
    LegGroup,
    draw_cohort_spider,
    draw_cohort_waterfall,
    spider_rows,
    waterfall_rows,
)
from glisson.report.figures.cohort_sheet import by_group
from glisson.report.figures.cohort_swimmer import LaneGroup, draw_cohort_swimmer, swimmer_rows
from glisson.report.follow_plots import CohortPictures
from glisson.report.follow_write import write_numbers

MOST_DRAWN = 600
"""Patients up to whom every single one is drawn."""


@dataclass(frozen=True)
class PatientPictures:
    """What the figures of every patient show.

    Attributes:
        course: bars, legs and lanes, patients by a running number.
        group_of: name of the group of each running number.
        order: of the groups.
    """

    course: CohortPictures
    group_of: Mapping[str, str] = field(default_factory=dict)
    order: Sequence[str] = ()


def patient_figures(folder: Path, pictures: PatientPictures) -> list[Figure]:
    """Waterfall, spider and swimmer with their numbers; nothing where there are too many patients to tell one from another."""
    course = pictures.course
    if len(course.bars) > MOST_DRAWN:
        return []
    figures = []
    bars = [BarGroup(*one) for one in by_group(course.bars, pictures.group_of, pictures.order)]
    if course.bars:
        draw_cohort_waterfall(folder / "waterfall", bars, course.thresholds, "best change of the sum (%)")
        write_numbers(folder / "waterfall.csv", waterfall_rows(bars))
        said = (
            f"Best change of the sum from the baseline, up to and including the first PD ({course.who}). Fill: best response without "
            "confirmation. Numbers: waterfall.csv."
        )
        figures.append(Figure("waterfall.svg", "Best change of the sum of every patient.", said))
    legs = [LegGroup(*one) for one in by_group(course.legs, pictures.group_of, pictures.order)]
    if course.legs:
        what = "change of the sum from baseline (%)"
        draw_cohort_spider(folder / "spider", legs, course.thresholds, what=what, since=course.since)
        write_numbers(folder / "spider.csv", spider_rows(legs))
        said = f"Change of the sum over time, every visit with a sum ({course.who}). Numbers: spider.csv."
        figures.append(Figure("spider.svg", "Change of the sum of every patient over time.", said))
    lanes = [LaneGroup(*one) for one in by_group(course.lanes, pictures.group_of, pictures.order)]
    if course.lanes:
        draw_cohort_swimmer(folder / "swimmer", lanes, course.since)
        write_numbers(folder / "swimmer.csv", swimmer_rows(lanes))
        said = f"The course of every patient: response between two assessments, as called at its end ({course.who}). Numbers: swimmer.csv."
        figures.append(Figure("swimmer.svg", "The course of every patient over time.", said))
    return figures
