"""The spider: change of the sum over time, one line for every patient; dashes and symbols, so that it reads in grey."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glisson.report.figures.follow_marks import LIGHT, NEW, PD, above, key, quiet_grid, save_three, spread
from glisson.report.figures.style import HAIRLINE, INK, QUIET, PAGE_WIDTH_mm, axes_mm, line_style, new_figure
from glisson.report.names import short_name

MOST_NAMED = 12
"""Patients up to whom every line has its own dash and name."""
HIGH_mm, LABEL_mm = 71.0, 3.4
WORSE = ("PD", "iUPD", "iCPD")


@dataclass(frozen=True)
class Leg:
    """A patient.

    Attributes:
        points: month, change from the baseline and overall response of every visit with a sum, the baseline first.
        new_at: months at which a lesion was new or a non-target had progressed.
    """

    patient: str
    points: tuple[tuple[float, float, str], ...]
    new_at: tuple[float, ...] = ()


def draw_spider(
    stem: Path, legs: Sequence[Leg], thresholds: tuple[float, float], *, what: str, since: str
) -> tuple[Path, Path, Path]:
    """Change from the baseline over time; a cross at the first progression, a diamond where a lesion is new.

    Args:
        stem: of the files (SVG, PNG, PDF).
        legs: any number; up to ``MOST_NAMED`` are named.
        thresholds: partial response and progression, as fractions.
        what: label of the changes.
        since: day from which months count.
    """
    figure = new_figure(PAGE_WIDTH_mm, HIGH_mm + 21.0)
    axes = axes_mm(figure, 14.0, 18.0, PAGE_WIDTH_mm - 44.0, HIGH_mm)
    quiet_grid(axes)
    axes.axhline(0, color=INK, linewidth=0.6)
    for level in (-100 * thresholds[0], 100 * thresholds[1]):
        axes.axhline(level, color=QUIET, linewidth=0.8, linestyle=(0, (5, 2)))
    named = len(legs) <= MOST_NAMED
    for number, leg in enumerate(legs):
        _draw_leg(axes, leg, line_style(number) if named else {"color": LIGHT, "linewidth": 0.8})
    values = [100 * y for leg in legs for _, y, _ in leg.points]
    axes.set_ylim(min([-60.0, *values]) - 5, max([40.0, *(v * 1.06 for v in values)]))
    axes.set_xlabel(f"months from {since}")
    axes.set_ylabel(what)
    if named:
        _name_legs(axes, legs)
    key(axes, [PD, NEW])
    return save_three(figure, stem)


def _draw_leg(axes: Any, leg: Leg, style: dict[str, Any]) -> None:
    xs, ys = [x for x, _, _ in leg.points], [100 * y for _, y, _ in leg.points]
    axes.plot(xs, ys, marker="o", markersize=2.6, zorder=2, **style)
    for x, y in [(x, 100 * y) for x, y, said in leg.points if said in WORSE][:1]:
        axes.plot([x], [y], zorder=4, **PD.style())
    heights = dict(zip(xs, ys, strict=True))
    for x in leg.new_at[:1]:
        if x in heights:
            axes.plot([x], [heights[x]], zorder=5, transform=above(axes), **NEW.style())


def _name_legs(axes: Any, legs: Sequence[Leg]) -> None:
    low, high = axes.get_ylim()
    places = spread([100 * leg.points[-1][1] for leg in legs], (high - low) * LABEL_mm / HIGH_mm, low, high)
    right = axes.get_xlim()[1]
    for number, (leg, place) in enumerate(zip(legs, places, strict=True)):
        end = (leg.points[-1][0], 100 * leg.points[-1][1])
        line = {"arrowstyle": "-", "color": HAIRLINE, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 2}
        axes.annotate(
            short_name(leg.patient, 14), end, xytext=(right, place), textcoords="data", va="center", fontsize=6.6,
            color=line_style(number)["color"], annotation_clip=False, arrowprops=line,
        )  # fmt: skip
