"""Pictures of a meta-analysis: studies with weights, pooled estimate and prediction interval; the funnel with its contours."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glisson.report.figures.cohort_forest import ForestCell, ForestLine, ForestPanel, draw_forest, forest_table
from glisson.report.figures.cohort_forest_axis import Estimate, estimate_of, linear_ticks, ratio_ticks
from glisson.report.figures.cohort_sheet import SMALL, Files, LINE_mm, NARROW_mm, Row, Sheet, journal, new_sheet, wrapped
from glisson.report.figures.style import ACCENT, INK, QUIET, PAGE_WIDTH_mm

Ratio = tuple[float | None, float | None, float | None]
SHADES = ((0.10, "#ffffff", "p > 0.10"), (0.05, "#e6eaeb", "0.05 < p ≤ 0.10"), (0.01, "#d0d7d9", "0.01 < p ≤ 0.05"))
BEYOND = ("#b3bec2", "p ≤ 0.01")
NORMAL = {0.10: 1.6448536269514722, 0.05: 1.959963984540054, 0.01: 2.5758293035489004}


@dataclass(frozen=True)
class MetaStudy:
    """A study: texts of the columns, its estimate on the plotted scale (a ratio, not its logarithm) and its weight."""

    study: str
    cells: tuple[str, ...]
    estimate: Ratio
    weight_fraction: float


@dataclass(frozen=True)
class MetaPooled:
    """A pooled estimate, with its prediction interval where there is one."""

    label: str
    estimate: Ratio
    prediction: tuple[float, float] | None = None


@dataclass(frozen=True)
class MetaForest:
    """A meta-analysis.

    Attributes:
        columns: heads of the studies' texts.
        pooled: one per model.
        notes: heterogeneity and method.
        ratio: logarithmic axis with no effect at 1; else linear, and ``none_at`` may be ``None``.
        percent: fractions, written in percent.
    """

    effect: str
    columns: tuple[str, ...]
    studies: tuple[MetaStudy, ...]
    pooled: tuple[MetaPooled, ...]
    notes: tuple[str, ...] = ()
    favours: tuple[str, str] = ("", "")
    ratio: bool = True
    none_at: float | None = 1.0
    percent: bool = False
    digits: int = 2
    confidence_fraction: float = 0.95


@dataclass(frozen=True)
class FunnelPoint:
    """A study on the scale of analysis (logarithm of a ratio) with its standard error; ``filled``: put in by trim and fill."""

    study: str
    effect: float
    standard_error: float
    filled: bool = False


@dataclass(frozen=True)
class FunnelPlot:
    """Studies by effect and standard error.

    Attributes:
        pooled: on the scale of analysis.
        adjusted: pooled with the filled studies.
        ratio: the axis is labelled with exp of the effect.
        contours: areas of p against no effect (0).
        notes: lines below, as Egger's test.
    """

    effect: str
    points: tuple[FunnelPoint, ...]
    pooled: float
    adjusted: float | None = None
    ratio: bool = True
    contours: bool = True
    notes: tuple[str, ...] = ()
    width_mm: float = PAGE_WIDTH_mm


def _meta(plot: MetaForest) -> tuple[tuple[str, ...], list[ForestPanel], list[ForestLine]]:
    first = plot.pooled[0].estimate[0] if plot.pooled else None
    panel = ForestPanel(
        "", plot.effect, "weight %", plot.favours, plot.ratio, plot.none_at, plot.percent, first, plot.digits,
        f"{100 * plot.confidence_fraction:g} % CI",
    )  # fmt: skip
    most = max([1e-9, *(study.weight_fraction for study in plot.studies)])
    lines = []
    for study in plot.studies:
        found = estimate_of(*study.estimate)
        cell = ForestCell(found, "" if found else "–", f"{100 * study.weight_fraction:.1f}", study.weight_fraction / most)
        lines.append(ForestLine(study.study, study.cells, (cell,)))
    for pooled in plot.pooled:
        lines.append(ForestLine(pooled.label, (), (ForestCell(estimate_of(*pooled.estimate)),), "pooled"))
        if pooled.prediction is not None and pooled.estimate[0] is not None:
            whole = Estimate(pooled.estimate[0], *pooled.prediction)
            lines.append(ForestLine("prediction interval", (), (ForestCell(whole),), "prediction", True))
    return ("study", *plot.columns), [panel], lines


@journal()
def draw_meta_forest(stem: Path, plot: MetaForest) -> Files:
    """Studies (area of the square by weight), pooled estimates as diamonds, prediction intervals as bars below them."""
    return draw_forest(*_meta(plot), plot.notes).save(stem)


def meta_forest_rows(plot: MetaForest) -> list[Row]:
    """The numbers behind the figure."""
    return forest_table(*_meta(plot))


@journal()
def draw_funnel(stem: Path, plot: FunnelPlot) -> Files:
    """Funnel with areas of p, the pseudo interval around the pooled estimate, and filled-in studies as hollow circles."""
    narrow = plot.width_mm < NARROW_mm
    left, right = 14.0, (3.0 if narrow else 40.0)
    wide, high = plot.width_mm - left - right, 62.0 if narrow else 74.0
    said = [line for words in plot.notes for line in wrapped(words, plot.width_mm - 6.0, SMALL)]
    keys = 5 if narrow else 0
    sheet = new_sheet(plot.width_mm, high + 16.0 + LINE_mm * (len(said) + 1.3 * keys))
    axes = sheet.axes(left, 3.0, wide, high)
    deepest = 1.08 * max([0.05, *(point.standard_error for point in plot.points)])
    reach = 1.08 * max([1.96 * deepest, *(abs(point.effect - plot.pooled) for point in plot.points)])
    low, high_x = plot.pooled - reach, plot.pooled + reach
    axes.set_xlim(low, high_x)
    axes.set_ylim(deepest, 0.0)
    if plot.contours:
        _draw_contours(axes, low, high_x, deepest)
    z = NORMAL[0.05]
    axes.plot(
        [plot.pooled - z * deepest, plot.pooled, plot.pooled + z * deepest], [deepest, 0.0, deepest], color=INK, linewidth=0.8,
        linestyle=(0, (4, 2)), zorder=3,
    )  # fmt: skip
    axes.axvline(plot.pooled, color=INK, linewidth=1.0, zorder=3)
    if plot.adjusted is not None:
        axes.axvline(plot.adjusted, color=ACCENT, linewidth=1.0, linestyle=(0, (1.2, 1.2)), zorder=3)
    _draw_points(axes, plot.points)
    _label_effects(axes, plot, low, high_x, wide)
    axes.set_ylabel("standard error")
    place = (left + wide + 3.0, 6.0) if not narrow else (4.0, high + 16.0)
    _funnel_key(sheet, plot, place)
    for k, line in enumerate(said):
        sheet.write(4.0, sheet.high_mm - 2.0 - LINE_mm * (len(said) - 1 - k), line, size=SMALL, color=QUIET)
    return sheet.save(stem)


def _draw_contours(axes: Any, low: float, high: float, deepest: float) -> None:
    """White where an effect is compatible with none, darker the smaller the p value."""
    axes.set_facecolor(BEYOND[0])
    for level, shade, _ in reversed(SHADES):
        z = NORMAL[level]
        axes.fill_between(
            [-z * deepest, 0.0, z * deepest], [deepest, 0.0, deepest], deepest, facecolor=shade, linewidth=0, zorder=1
        )
    axes.axvline(0.0, color=QUIET, linewidth=0.6, zorder=2)


def _draw_points(axes: Any, points: Sequence[FunnelPoint]) -> None:
    for filled in (False, True):
        chosen = [point for point in points if point.filled == filled]
        axes.plot(
            [point.effect for point in chosen], [point.standard_error for point in chosen], linestyle="none", marker="o", markersize=4.4,
            markerfacecolor="white" if filled else INK, markeredgecolor=INK, markeredgewidth=0.8, zorder=5, clip_on=False,
        )  # fmt: skip


def _label_effects(axes: Any, plot: FunnelPlot, low: float, high: float, wide_mm: float) -> None:
    most = max(3, int(wide_mm / 12.0))
    if plot.ratio:
        ticks = ratio_ticks(math.exp(low), math.exp(high), most)
        axes.set_xticks([math.log(tick) for tick in ticks], [f"{tick:g}" for tick in ticks])
        axes.set_xlabel(f"{plot.effect}, log scale")
    else:
        axes.set_xticks(linear_ticks(low, high, most))
        axes.set_xlabel(plot.effect)


def _funnel_key(sheet: Sheet, plot: FunnelPlot, place: tuple[float, float]) -> None:
    from matplotlib.patches import Rectangle

    x, y = place
    step = 1.3 * LINE_mm
    if plot.contours:
        for shade, words in [(shade, words) for _, shade, words in SHADES] + [BEYOND]:
            sheet.ground.add_patch(Rectangle((x, y - 1.2), 5.0, 2.4, facecolor=shade, edgecolor=QUIET, linewidth=0.4))
            sheet.write(x + 6.5, y, words, size=SMALL)
            y += step
    if plot.width_mm < NARROW_mm:
        x, y = place[0] + 36.0, place[1]
    marks: list[tuple[str, dict[str, Any]]] = [
        ("pooled", {"linewidth": 1.0}),
        ("95 % around it", {"linewidth": 0.8, "linestyle": (0, (4, 2))}),
    ]
    if plot.adjusted is not None:
        marks.append(("pooled with filled", {"linewidth": 1.0, "linestyle": (0, (1.2, 1.2)), "color": ACCENT}))
    for words, style in marks:
        sheet.line([x, x + 5.0], [y, y], **style)
        sheet.write(x + 6.5, y, words, size=SMALL)
        y += step
    shown = [("study", INK), ("filled by symmetry", "white")] if any(p.filled for p in plot.points) else [("study", INK)]
    for words, colour in shown:
        sheet.line([x + 2.5], [y], marker="o", markersize=4.4, markerfacecolor=colour, markeredgewidth=0.8, linestyle="none")
        sheet.write(x + 6.5, y, words, size=SMALL)
        y += step


def funnel_rows(plot: FunnelPlot) -> list[Row]:
    """The studies, and the pooled estimates, on the scale of analysis."""
    rows: list[Row] = [
        {
            "study": point.study,
            "effect": point.effect,
            "standard_error": point.standard_error,
            "filled": "yes" if point.filled else "no",
        }
        for point in plot.points
    ]
    rows.append({"study": "pooled", "effect": plot.pooled, "standard_error": None, "filled": ""})
    if plot.adjusted is not None:
        rows.append({"study": "pooled with filled", "effect": plot.adjusted, "standard_error": None, "filled": ""})
    return rows
