"""Balance before and after weighting: differences of every covariate, and how far the propensities overlap."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from glisson.errors import BadInput
from glisson.report.figures.cohort_sheet import (
    SIZE,
    SMALL,
    Files,
    LINE_mm,
    NARROW_mm,
    Row,
    fitted,
    journal,
    new_sheet,
    text_mm,
    wrapped,
)
from glisson.report.figures.follow_marks import quiet_grid
from glisson.report.figures.style import HAIRLINE, INK, QUIET, PAGE_WIDTH_mm, halo

ROW_mm, TALL_ROW_mm = 4.6, 7.0
SMALL_DIFFERENCE = 0.1
BEFORE: dict[str, Any] = {
    "marker": "o",
    "markersize": 4.8,
    "markerfacecolor": "white",
    "markeredgecolor": INK,
    "markeredgewidth": 0.9,
}
AFTER: dict[str, Any] = {
    "marker": "s",
    "markersize": 4.2,
    "markerfacecolor": INK,
    "markeredgecolor": "white",
    "markeredgewidth": 0.5,
}


@dataclass(frozen=True)
class Balance:
    """Absolute standardised difference of a covariate; ``None``: cannot say."""

    covariate: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class LovePlot:
    """Differences of all covariates, the largest before weighting on top."""

    rows: tuple[Balance, ...]
    before: str = "before weighting"
    after: str = "after weighting"
    notes: tuple[str, ...] = ()
    threshold: float = SMALL_DIFFERENCE
    width_mm: float = PAGE_WIDTH_mm


@dataclass(frozen=True)
class OverlapPlot:
    """Propensities of two groups in the same bins.

    Attributes:
        edges: of the bins, ascending, one more than there are counts.
        first, second: patients in each bin, of the group drawn upwards and of the one drawn downwards.
        first_weighted, second_weighted: sums of weights; empty: not drawn.
    """

    edges: tuple[float, ...]
    first: tuple[float, ...]
    second: tuple[float, ...]
    names: tuple[str, str]
    first_weighted: tuple[float, ...] = ()
    second_weighted: tuple[float, ...] = ()
    what: str = "propensity"
    notes: tuple[str, ...] = ()
    width_mm: float = PAGE_WIDTH_mm


@journal()
def draw_love(stem: Path, plot: LovePlot) -> Files:
    """One row per covariate: hollow circle before, filled square after, a line at the difference that counts as small.

    Raises:
        BadInput: no covariate.
    """
    if not plot.rows:
        raise BadInput("a plot of balance without covariates", allowed="at least one")
    order = sorted(plot.rows, key=lambda row: (row.before is None, -(row.before or 0.0), row.covariate))
    narrow = plot.width_mm < NARROW_mm
    room = 34.0 if narrow else 66.0
    left = 4.0 + min(room, max(text_mm(row.covariate) for row in order))
    names = [wrapped(row.covariate, room, most=2) for row in order]
    step = ROW_mm if all(len(lines) == 1 for lines in names) else TALL_ROW_mm
    wide, high = plot.width_mm - left - 6.0, step * len(order) + 2.0
    notes = [line for words in plot.notes for line in wrapped(words, plot.width_mm - 6.0, SMALL)]
    sheet = new_sheet(plot.width_mm, 8.0 + high + 12.0 + LINE_mm * len(notes))
    axes = sheet.axes(left, 8.0, wide, high)
    known = [value for row in order for value in (row.before, row.after) if value is not None]
    axes.set_xlim(0.0, 1.08 * max([0.3, *known]))
    axes.set_ylim(len(order) - 0.4, -0.6)
    quiet_grid(axes, "x")
    axes.axvline(plot.threshold, color=INK, linewidth=0.8, linestyle=(0, (4, 2)))
    for place, row in enumerate(order):
        y = 8.0 + high * (place + 0.6) / (len(order) + 0.2)
        sheet.write_lines(left - 2.0, y, names[place], across="right")
        _draw_row(axes, place, row)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("absolute standardised difference")
    x = 3.0 if narrow else left
    for words, mark in ((plot.before, BEFORE), (plot.after, AFTER)):
        sheet.line([x + 1.5], [4.0], linestyle="none", **mark)
        sheet.write(x + 4.0, 4.0, words)
        x += text_mm(words) + 9.0
    for k, line in enumerate(notes):
        sheet.write(3.0, 8.0 + high + 11.5 + k * LINE_mm, line, size=SMALL, color=QUIET)
    return sheet.save(stem)


def _draw_row(axes: Any, place: int, row: Balance) -> None:
    if row.before is not None and row.after is not None:
        axes.plot([row.before, row.after], [place, place], color=HAIRLINE, linewidth=1.0, zorder=2)
    for value, mark in ((row.before, BEFORE), (row.after, AFTER)):
        if value is not None:
            axes.plot([value], [place], linestyle="none", zorder=4, clip_on=False, **mark)
    if row.before is None and row.after is None:
        axes.text(
            0.02,
            place,
            "cannot say",
            transform=axes.get_yaxis_transform(),
            fontsize=SMALL,
            color=QUIET,
            va="center",
            path_effects=halo(3.0),
            zorder=5,
        )


@journal()
def draw_overlap(stem: Path, plot: OverlapPlot) -> Files:
    """Histograms back to back: one group upwards, the other downwards; thick outlines are the weighted ones.

    Raises:
        BadInput: counts that do not fit the edges.
    """
    if any(len(counts) != len(plot.edges) - 1 for counts in _all_counts(plot)):
        raise BadInput("counts that do not fit the edges of their bins", allowed="one count per bin")
    narrow = plot.width_mm < NARROW_mm
    notes = [line for words in plot.notes for line in wrapped(words, plot.width_mm - 6.0, SMALL)]
    wide, high = plot.width_mm - 18.0, 46.0 if narrow else 60.0
    sheet = new_sheet(plot.width_mm, 8.0 + high + 12.0 + LINE_mm * len(notes))
    axes = sheet.axes(14.0, 8.0, wide, high)
    quiet_grid(axes)
    _draw_side(axes, plot.edges, plot.first, 0)
    _draw_side(axes, plot.edges, [-n for n in plot.second], 1)
    for sign, weighted in ((1, plot.first_weighted), (-1, plot.second_weighted)):
        if weighted:
            axes.stairs([sign * n for n in weighted], plot.edges, color=INK, linewidth=1.3, zorder=4)
    axes.axhline(0, color=INK, linewidth=0.7, zorder=5)
    top = 1.22 * max([1.0, *(n for counts in _all_counts(plot) for n in counts)])
    axes.set_ylim(-top, top)
    axes.set_xlim(plot.edges[0], plot.edges[-1])
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    axes.set_ylabel("patients")
    axes.set_xlabel(plot.what)
    for k, (name, y) in enumerate(zip(plot.names, (0.96, 0.04), strict=True)):
        words = fitted(f"{'upwards' if k == 0 else 'downwards'}: {name}", wide - 4.0, SIZE)
        axes.text(0.02, y, words, transform=axes.transAxes, va="top" if k == 0 else "bottom", fontsize=SIZE, color=INK)
    if plot.first_weighted or plot.second_weighted:
        sheet.line([14.0, 20.0], [4.0, 4.0], linewidth=1.3)
        sheet.write(21.5, 4.0, "weighted")
    for k, line in enumerate(notes):
        sheet.write(3.0, 8.0 + high + 11.5 + k * LINE_mm, line, size=SMALL, color=QUIET)
    return sheet.save(stem)


def _all_counts(plot: OverlapPlot) -> list[tuple[float, ...]]:
    return [counts for counts in (plot.first, plot.second, plot.first_weighted, plot.second_weighted) if counts]


def _draw_side(axes: Any, edges: Sequence[float], counts: Sequence[float], group: int) -> None:
    colour, hatch = (("#9fb4b9", ""), ("#ffffff", "//////"))[group]
    widths = [b - a for a, b in pairwise(edges)]
    axes.bar(
        edges[:-1], counts, width=widths, align="edge", facecolor=colour, hatch=hatch, edgecolor=QUIET, linewidth=0.4, zorder=2
    )


def love_rows(plot: LovePlot) -> list[Row]:
    """The differences behind the figure."""
    return [{"covariate": row.covariate, plot.before: row.before, plot.after: row.after} for row in plot.rows]


def overlap_rows(plot: OverlapPlot) -> list[Row]:
    """The counts behind the figure."""
    rows: list[Row] = []
    for k, (low, high) in enumerate(zip(plot.edges[:-1], plot.edges[1:], strict=True)):
        row: Row = {"from": low, "to": high, plot.names[0]: plot.first[k], plot.names[1]: plot.second[k]}
        for name, counts in zip(plot.names, (plot.first_weighted, plot.second_weighted), strict=True):
            row[f"{name}, weighted"] = counts[k] if counts else None
        rows.append(row)
    return rows
