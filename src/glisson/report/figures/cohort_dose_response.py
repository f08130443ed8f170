"""Dose and response: every tumour, groups with exact intervals, and the fitted curve with its band; effect along a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glisson.errors import BadInput
from glisson.report.figures.cohort_forest_axis import ratio_ticks
from glisson.report.figures.cohort_sheet import (
    SMALL,
    Files,
    LINE_mm,
    NARROW_mm,
    Row,
    Sheet,
    axis_name,
    interval_words,
    journal,
    new_sheet,
    number,
    p_statement,
    percent_axis,
    text_mm,
    wrapped,
)
from glisson.report.figures.follow_marks import quiet_grid
from glisson.report.figures.style import ACCENT, HAIRLINE, INK, QUIET, PAGE_WIDTH_mm, halo

LANE_mm = 8.0
"""Height of the lane of those who responded, and of those who did not."""


@dataclass(frozen=True)
class DoseGroup:
    """Tumours with doses between two ends (Gy): how many, how many responded, and the share with its exact interval."""

    low_Gy: float
    high_Gy: float
    middle_Gy: float
    n: int
    responded: int
    fraction: float
    low: float
    high: float


@dataclass(frozen=True)
class DoseResponsePlot:
    """Dose against response.

    Attributes:
        doses_Gy, responded: every tumour (or patient).
        groups: may be empty.
        curve_Gy, probability, low, high: the fit on a grid; empty: there is none, and ``notes`` say why.
        d50_Gy, gamma50: with their intervals; stated where known.
    """

    doses_Gy: tuple[float, ...]
    responded: tuple[bool, ...]
    groups: tuple[DoseGroup, ...] = ()
    curve_Gy: tuple[float, ...] = ()
    probability: tuple[float, ...] = ()
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    d50_Gy: tuple[float | None, float | None, float | None] | None = None
    gamma50: tuple[float | None, float | None, float | None] | None = None
    what: str = "probability of response"
    dose: str = "mean absorbed dose of the tumour (Gy)"
    units: str = "tumours"
    notes: tuple[str, ...] = ()
    width_mm: float = PAGE_WIDTH_mm


@dataclass(frozen=True)
class SplinePlot:
    """A ratio along a number, by a restricted cubic spline.

    Attributes:
        x, ratio, low, high: on a grid; the ratio is 1 at ``reference``.
        values: of the patients, for the ticks along the axis.
        knots: of the spline.
        p_overall, p_nonlinear: stated where known.
    """

    label: str
    x: tuple[float, ...]
    ratio: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    reference: float
    values: tuple[float, ...] = ()
    knots: tuple[float, ...] = ()
    effect: str = "HR"
    p_overall: float | None = None
    p_nonlinear: float | None = None
    notes: tuple[str, ...] = ()
    width_mm: float = PAGE_WIDTH_mm


@journal()
def draw_dose_response(stem: Path, plot: DoseResponsePlot) -> Files:
    """Curve with band and groups in the plot; above it every tumour that responded, below it every one that did not.

    Raises:
        BadInput: no dose, or doses and responses of different number.
    """
    if not plot.doses_Gy or len(plot.doses_Gy) != len(plot.responded):
        raise BadInput(f"{len(plot.doses_Gy)} doses and {len(plot.responded)} responses", allowed="one response per dose")
    narrow = plot.width_mm < NARROW_mm
    said = _statements(plot)
    high = 48.0 if narrow else 62.0
    left, right = 13.0 + LINE_mm * len(axis_name(plot.what, high)), 4.0
    wide = plot.width_mm - left - right
    lines = [line for words in said for line in wrapped(words, plot.width_mm - left - right, SMALL)]
    top = 4.0 + LANE_mm
    sheet = new_sheet(plot.width_mm, top + high + LANE_mm + 14.0 + LINE_mm * len(lines))
    last = 1.04 * max([*plot.doses_Gy, *(group.high_Gy for group in plot.groups)])
    axes = sheet.axes(left, top, wide, high)
    axes.set_xlim(0.0, last)
    axes.set_ylim(-0.01, 1.01)
    quiet_grid(axes)
    percent_axis(axes, plot.what, high)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    _draw_fit(axes, plot, last)
    _draw_groups(axes, plot.groups, wide / last)
    for yes, lane_top in ((True, 3.0), (False, top + high + 1.0)):
        _draw_lane(sheet, plot, yes, (left, lane_top, wide), last)
    for k, line in enumerate(lines):
        sheet.write(left, top + high + LANE_mm + 13.0 + k * LINE_mm, line, size=SMALL, color=QUIET if k else INK)
    return sheet.save(stem)


def _statements(plot: DoseResponsePlot) -> list[str]:
    found = []
    fits = [
        ("D50", plot.d50_Gy, " Gy", 0),
        ("γ50", plot.gamma50, "", 2),
    ]
    said = [
        f"{name} {interval_words(*value, digits=digits, missing='NE')}{unit}"
        for name, value, unit, digits in fits
        if value is not None
    ]
    if said:
        found.append("; ".join(said) + " (95 % CI)")
    if plot.groups:
        found.append("squares: share in groups of dose with exact intervals; numbers: responded / all")
    return found + list(plot.notes)


def _draw_fit(axes: Any, plot: DoseResponsePlot, last: float) -> None:
    if not plot.curve_Gy:
        return
    band = [(x, a, b) for x, a, b in zip(plot.curve_Gy, plot.low, plot.high, strict=False) if a is not None and b is not None]
    if band:
        xs, lows, highs = ([row[k] for row in band] for k in range(3))
        axes.fill_between(xs, lows, highs, facecolor=ACCENT, alpha=0.08, linewidth=0, zorder=1)
        axes.fill_between(
            xs, lows, highs, facecolor="none", edgecolor=ACCENT, hatch="////////", alpha=0.22, linewidth=0.0, zorder=1
        )
        for edge in (lows, highs):
            axes.plot(xs, edge, color=ACCENT, linewidth=0.5, alpha=0.8, zorder=2)
    axes.plot(plot.curve_Gy, plot.probability, color=ACCENT, linewidth=1.5, zorder=3)
    middle = plot.d50_Gy[0] if plot.d50_Gy is not None else None
    if middle is not None and 0.0 < middle <= last:
        axes.plot([0.0, middle, middle], [0.5, 0.5, -0.01], color=QUIET, linewidth=0.7, linestyle=(0, (2, 2)), zorder=2)


def _draw_groups(axes: Any, groups: Sequence[DoseGroup], mm_per_Gy: float) -> None:
    """Squares with their intervals; a count stands above its interval, higher where the one before is too near, or below a high one."""
    ends = [-1e9, -1e9, -1e9]
    for group in sorted(groups, key=lambda group: group.middle_Gy):
        axes.plot([group.middle_Gy] * 2, [group.low, group.high], color=INK, linewidth=0.9, zorder=4)
        axes.plot([group.low_Gy, group.high_Gy], [group.fraction] * 2, color=INK, linewidth=0.5, zorder=4)
        axes.plot([group.middle_Gy], [group.fraction], marker="s", markersize=4.2, color=INK, markeredgecolor="white", zorder=5)
        words = f"{group.responded}/{group.n}"
        x, half = group.middle_Gy * mm_per_Gy, text_mm(words, SMALL) / 2 + 0.4
        above = group.high < 0.85
        level = next((k for k in range(len(ends)) if x - half >= ends[k]), 0) if above else 0
        ends[level] = max(ends[level], x + half)
        style = {"fontsize": SMALL, "color": INK, "zorder": 6, "path_effects": halo(2.4), "ha": "center"}
        axes.annotate(
            words, (group.middle_Gy, group.high if above else group.low), xytext=(0, 3 + 7.5 * level if above else -3),
            textcoords="offset points", va="bottom" if above else "top", **style,
        )  # fmt: skip


def _draw_lane(sheet: Sheet, plot: DoseResponsePlot, yes: bool, place: tuple[float, float, float], last: float) -> None:
    """Ticks of every tumour in rows that keep neighbours apart, with its name at the left."""
    left, top, wide = place
    axes = sheet.axes(left, top, wide, LANE_mm - 1.0)
    axes.set_xlim(0.0, last)
    axes.set_ylim(-0.5, 5.5)
    doses = sorted(dose for dose, one in zip(plot.doses_Gy, plot.responded, strict=True) if one is yes)
    rows = [k % 6 for k in range(len(doses))]
    axes.plot(
        doses, rows, linestyle="none", marker="o", markersize=2.6, clip_on=False, markerfacecolor=INK if yes else "white",
        markeredgecolor=INK, markeredgewidth=0.5,
    )  # fmt: skip
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(not yes)
    if yes:
        axes.set_xticks([])
    else:
        axes.set_xlabel(plot.dose)
    sheet.write_lines(
        left - 1.5, top + (LANE_mm - 1.0) / 2, ["response" if yes else "none", f"n = {len(doses)}"], across="right", size=SMALL
    )


@journal()
def draw_spline(stem: Path, plot: SplinePlot) -> Files:
    """The ratio on a logarithmic axis with its band, the reference, the knots, and the patients' values along the axis.

    Raises:
        BadInput: no curve, or ratios that are not positive.
    """
    if not plot.x or min(*plot.ratio, *plot.low) <= 0:
        raise BadInput("a curve without points or with ratios that are not positive", allowed="positive ratios on a grid")
    narrow = plot.width_mm < NARROW_mm
    ps = [p_statement(name, p) for name, p in (("overall", plot.p_overall), ("non-linearity", plot.p_nonlinear)) if p is not None]
    said = [f"reference {number(plot.reference, 1)}, {len(plot.knots)} knots" + "".join(f"; {one}" for one in ps), *plot.notes]
    lines = [line for words in said for line in wrapped(words, plot.width_mm - 20.0, SMALL)]
    wide, high = plot.width_mm - 20.0, 50.0 if narrow else 66.0
    sheet = new_sheet(plot.width_mm, high + 18.0 + LINE_mm * len(lines))
    axes = sheet.axes(16.0, 3.0, wide, high)
    axes.set_yscale("log")
    low, high_ratio = _ratio_limits(plot)
    axes.set_ylim(low, high_ratio)
    axes.set_xlim(plot.x[0], plot.x[-1])
    ticks = ratio_ticks(low, high_ratio, int(high / 7))
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    quiet_grid(axes)
    axes.fill_between(plot.x, plot.low, plot.high, facecolor=ACCENT, alpha=0.08, linewidth=0, zorder=1)
    axes.fill_between(
        plot.x, plot.low, plot.high, facecolor="none", edgecolor=ACCENT, hatch="////////", alpha=0.22, linewidth=0.0
    )
    for edge in (plot.low, plot.high):
        axes.plot(plot.x, edge, color=ACCENT, linewidth=0.5, alpha=0.8)
    axes.plot(plot.x, plot.ratio, color=ACCENT, linewidth=1.5, zorder=3)
    axes.axhline(1.0, color=INK, linewidth=0.7)
    axes.plot([plot.reference], [1.0], marker="D", markersize=4.6, markerfacecolor="white", markeredgecolor=INK, zorder=5)
    for knot in plot.knots:
        axes.axvline(knot, color=HAIRLINE, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
    axes.plot(
        plot.values, [0.02] * len(plot.values), transform=axes.get_xaxis_transform(), marker="|", markersize=5, markeredgewidth=0.5,
        color=INK, linestyle="none", zorder=4,
    )  # fmt: skip
    axes.set_xlabel(plot.label)
    axes.set_ylabel(f"{plot.effect} (95 % CI), log scale")
    for k, line in enumerate(lines):
        sheet.write(16.0, high + 16.0 + k * LINE_mm, line, size=SMALL, color=INK if k == 0 else QUIET)
    return sheet.save(stem)


def _ratio_limits(plot: SplinePlot) -> tuple[float, float]:
    """Limits that follow the curve, and its band up to a factor of 6 beyond it."""
    low = max(min(plot.low), min(plot.ratio) / 6.0)
    high = min(max(plot.high), max(plot.ratio) * 6.0)
    return min(low, 0.7) / 1.25, max(high, 1.4) * 1.1


def dose_response_rows(plot: DoseResponsePlot) -> list[Row]:
    """Groups and fit behind the figure; single tumours are shown in it, and their doses stand here without their patients."""
    names = ("part", "dose_Gy", "from_Gy", "to_Gy", "fraction", "low", "high", "n", "responded")
    rows: list[Row] = []
    for group in plot.groups:
        parts = (group.middle_Gy, group.low_Gy, group.high_Gy, group.fraction, group.low, group.high, group.n, group.responded)
        rows.append(dict(zip(names, ("group", *parts), strict=True)))
    for dose, p, low, high in zip(plot.curve_Gy, plot.probability, plot.low, plot.high, strict=True):
        rows.append(dict(zip(names, ("fit", dose, None, None, p, low, high, None, None), strict=True)))
    for dose, yes in sorted(zip(plot.doses_Gy, plot.responded, strict=True)):
        rows.append(dict(zip(names, ("single", dose, None, None, None, None, None, 1, int(yes)), strict=True)))
    return rows


def spline_rows(plot: SplinePlot) -> list[Row]:
    """The curve behind the figure."""
    grid = zip(plot.x, plot.ratio, plot.low, plot.high, strict=True)
    return [{"x": x, plot.effect: ratio, "low": low, "high": high, "reference": plot.reference} for x, ratio, low, high in grid]
