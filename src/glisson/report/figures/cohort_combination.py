"""A combination against independent action of its parts: the observed curve, the band of expectations, the single treatments."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glisson.report.figures.cohort_sheet import SMALL, Files, LINE_mm, Row, Sheet, journal, new_sheet, percent_axis, wrapped
from glisson.report.figures.follow_marks import quiet_grid, spread
from glisson.report.figures.style import ACCENT, HAIRLINE, INK, QUIET, PAGE_WIDTH_mm

BAND, HATCH = "#cfd8db", "//////"
NAME_mm = 40.0


@dataclass(frozen=True)
class CombinationPlot:
    """Curves on one grid of times; survival is a fraction and holds from its time to the next.

    Attributes:
        names: of the one treatment, the other, and the combination.
        time: ascending, the first 0.
        first, second, both: observed.
        expected: under independent action, by rank correlation; ascending.
        unit: of time.
        notes: lines below, as the answer.
    """

    names: tuple[str, str, str]
    time: tuple[float, ...]
    first: tuple[float, ...]
    second: tuple[float, ...]
    both: tuple[float, ...]
    expected: tuple[tuple[float, tuple[float, ...]], ...]
    unit: str = "time"
    notes: tuple[str, ...] = ()


@journal()
def draw_combination(stem: Path, plot: CombinationPlot) -> Files:
    """The combination as a thick line; the hatched band holds every expectation; the single treatments are thin."""
    left, top, high = 16.0, 4.0, 80.0
    wide = PAGE_WIDTH_mm - left - NAME_mm - 8.0
    said = [line for words in plot.notes for line in wrapped(words, PAGE_WIDTH_mm - 8.0, SMALL)]
    sheet = new_sheet(PAGE_WIDTH_mm, top + high + 14.0 + LINE_mm * len(said))
    axes = sheet.axes(left, top, wide, high)
    axes.set_xlim(0.0, plot.time[-1])
    axes.set_ylim(0.0, 1.02)
    quiet_grid(axes)
    percent_axis(axes, "Survival", high)
    axes.set_xlabel(plot.unit)
    low, upper = band_of(plot)
    _draw_band(axes, plot.time, low, upper)
    styles = _styles()
    for curve, style in zip((plot.first, plot.second, plot.both), styles, strict=True):
        axes.plot(plot.time, curve, drawstyle="steps-post", **style)
    ends = [plot.first[-1], plot.second[-1], plot.both[-1], (low[-1] + upper[-1]) / 2]
    _name(sheet, plot, ends, styles, (left + wide, top, high))
    for place, line in enumerate(said):
        sheet.write(4.0, top + high + 13.0 + LINE_mm * place, line, size=SMALL, color=QUIET)
    return sheet.save(stem)


def band_of(plot: CombinationPlot) -> tuple[list[float], list[float]]:
    """Lowest and highest expectation at each time."""
    columns = list(zip(*(curve for _, curve in plot.expected), strict=True))
    return [min(column) for column in columns], [max(column) for column in columns]


def _styles() -> tuple[dict[str, Any], ...]:
    return (
        {"color": QUIET, "linewidth": 1.0, "linestyle": (0, (5, 1.6)), "zorder": 3},
        {"color": QUIET, "linewidth": 1.0, "linestyle": (0, (1.2, 1.2)), "zorder": 3},
        {"color": ACCENT, "linewidth": 2.0, "linestyle": "solid", "zorder": 4},
    )


def _draw_band(axes: Any, time: Sequence[float], low: Sequence[float], high: Sequence[float]) -> None:
    axes.fill_between(time, low, high, step="post", facecolor=BAND, edgecolor="none", alpha=0.6, zorder=1)
    axes.fill_between(time, low, high, step="post", facecolor="none", edgecolor=QUIET, hatch=HATCH, linewidth=0.0, zorder=1)
    for edge in (low, high):
        axes.plot(time, edge, drawstyle="steps-post", color=INK, linewidth=0.6, zorder=2)


def _name(
    sheet: Sheet, plot: CombinationPlot, ends: Sequence[float], styles: Sequence[dict[str, Any]], box: tuple[float, float, float]
) -> None:
    """Names beside the ends of their curves, joined by a hairline."""
    from matplotlib.patches import Rectangle

    edge, top, high = box
    rhos = [rho for rho, _ in plot.expected]
    span = f"correlation {rhos[0]:g}" if len(rhos) == 1 else f"correlations {rhos[0]:g} to {rhos[-1]:g}"
    names = [*plot.names, f"expected of independent action, {span}"]
    lines = [wrapped(name, NAME_mm - 9.0, SMALL, most=3) for name in names]
    heights = [top + high * (1.02 - end) / 1.02 for end in ends]
    gap = 1.2 + LINE_mm * max(len(one) for one in lines)
    places = spread(heights, gap, top + gap / 2, top + high - gap / 2)
    for number, (height, place) in enumerate(zip(heights, places, strict=True)):
        sheet.line([edge, edge + 4.0], [height, place], color=HAIRLINE, linewidth=0.5)
        if number < len(styles):
            sheet.line([edge + 4.5, edge + 11.0], [place, place], **styles[number])
        else:
            sample = Rectangle((edge + 4.5, place - 1.4), 6.5, 2.8, facecolor=BAND, edgecolor=INK, linewidth=0.6, hatch=HATCH)
            sheet.ground.add_patch(sample)
        sheet.write_lines(edge + 12.5, place, lines[number], size=SMALL)


def combination_rows(plot: CombinationPlot) -> list[Row]:
    """The numbers behind the figure."""
    low, high = band_of(plot)
    rows: list[Row] = []
    for place, time in enumerate(plot.time):
        row: Row = {"time": time, "combination": plot.both[place], "first": plot.first[place], "second": plot.second[place],
                    "expected_low": low[place], "expected_high": high[place]}  # fmt: skip
        rows.append(row | {f"expected_{rho:g}": curve[place] for rho, curve in plot.expected})
    return rows
