"""Survival of matched patients at a few stated times: points with intervals, no steps, from which single deaths could be read."""

from dataclasses import dataclass
from pathlib import Path

from glisson.report.figures.cohort_sheet import SIZE, SMALL, Files, Row, Sheet, interval_words, journal, new_sheet, percent_axis
from glisson.report.figures.follow_marks import quiet_grid
from glisson.report.figures.style import ACCENT, INK, QUIET, PAGE_WIDTH_mm


@dataclass(frozen=True)
class StatedPoint:
    """Survival at one time, fractions; ``survival`` is ``None`` where it is held back or not known, and ``why`` says so."""

    time: float
    survival: float | None
    low: float | None
    high: float | None
    at_risk: int | None
    why: str = ""


@dataclass(frozen=True)
class StatedPlot:
    """Survival at stated times.

    Attributes:
        endpoint: name of the y axis, as "Overall survival".
        since: origin of time, as "first session".
        unit: of time.
    """

    endpoint: str
    points: tuple[StatedPoint, ...]
    since: str
    unit: str = "months"
    width_mm: float = PAGE_WIDTH_mm


@journal()
def draw_stated(stem: Path, plot: StatedPlot) -> Files:
    """Each time with its point, its interval and its numbers; below the axis those at risk. What is held back is said in its place."""
    left, top, high = 22.0, 4.0, 50.0
    wide = plot.width_mm - left - 22.0
    sheet = new_sheet(plot.width_mm, top + high + 22.0)
    axes = sheet.axes(left, top, wide, high)
    last = 1.08 * max(point.time for point in plot.points)
    axes.set_xlim(0.0, last)
    axes.set_ylim(0.0, 1.02)
    quiet_grid(axes)
    percent_axis(axes, plot.endpoint, high)
    axes.set_xticks([0.0, *(point.time for point in plot.points)], ["0", *(f"{point.time:g}" for point in plot.points)])
    axes.set_xlabel(f"{plot.unit} from {plot.since}")
    sheet.write(1.0, top + high + 14.5, "Number at risk", size=SMALL, bold=True)
    for point in plot.points:
        _draw_point(sheet, axes, point, left + wide * point.time / last, (top, high))
    return sheet.save(stem)


def _draw_point(sheet: Sheet, axes: object, point: StatedPoint, x: float, box: tuple[float, float]) -> None:
    top, high = box

    def y(value: float) -> float:
        return top + high * (1.02 - value) / 1.02

    below = top + high + 18.5
    sheet.write(x, below, "–" if point.at_risk is None else f"{point.at_risk}", across="center", size=SIZE)
    if point.survival is None:
        sheet.write_lines(x, top + high / 2, point.why.split(" "), across="center", size=SMALL, color=QUIET)
        return
    if point.low is not None and point.high is not None:
        sheet.line([x, x], [y(point.low), y(point.high)], linewidth=1.4, color=ACCENT)
        for end in (point.low, point.high):
            sheet.line([x - 1.2, x + 1.2], [y(end), y(end)], linewidth=1.4, color=ACCENT)
    sheet.line([x], [y(point.survival)], marker="o", markersize=5.0, color=INK, linestyle="none")
    ends = (None if end is None else 100 * end for end in (point.low, point.high))
    first, _, rest = interval_words(100 * point.survival, *ends, digits=0).partition(" (")
    lines = [f"{first} %", f"({rest}" if rest else ""]
    sheet.write_lines(x + 2.4, y(point.survival), lines, size=SMALL)


def stated_rows(plot: StatedPlot) -> list[Row]:
    """The numbers behind the figure."""
    return [
        {"time": p.time, "survival": p.survival, "low": p.low, "high": p.high, "at_risk": p.at_risk, "why": p.why}
        for p in plot.points
    ]
