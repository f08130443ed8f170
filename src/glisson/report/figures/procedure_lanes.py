"""Days in lanes: bars for times, marks for days. Shapes and hatches tell them apart without colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from glisson.report.figures.style import ACCENT, HAIRLINE, INK, QUIET, PAGE_WIDTH_mm, axes_mm, new_figure, save

ORANGE, LIGHT = "#b4521a", "#d5dbdd"
LANE_mm, LEFT_mm = 8.0, 46.0
LONGEST = 34


@dataclass(frozen=True)
class Bar:
    """From a day up to another (not included). ``kind``: "drug", "rest", "line"."""

    first: date
    last: date
    kind: str = "drug"
    words: str = ""


@dataclass(frozen=True)
class Tick:
    """A day. ``kind``: "giving", "fill", "procedure", "planned"."""

    day: date
    kind: str = "giving"
    words: str = ""


@dataclass(frozen=True)
class Lane:
    """A name and what lies in its lane."""

    name: str
    bars: tuple[Bar, ...] = ()
    ticks: tuple[Tick, ...] = ()


BARS: dict[str, dict[str, Any]] = {
    "drug": {"facecolor": ACCENT, "edgecolor": ACCENT},
    "rest": {"facecolor": "white", "edgecolor": QUIET, "hatch": "////"},
    "line": {"facecolor": LIGHT, "edgecolor": QUIET},
}
TICKS: dict[str, dict[str, Any]] = {
    "giving": {"marker": "|", "color": ACCENT, "markersize": 9, "markeredgewidth": 1.8},
    "fill": {"marker": "v", "color": ORANGE, "markersize": 6},
    "procedure": {"marker": "D", "color": ORANGE, "markersize": 5.5},
    "planned": {"marker": "D", "markerfacecolor": "white", "markeredgecolor": ORANGE, "markersize": 5.5},
}


def draw_lanes(path: Path, lanes: Sequence[Lane], *, guides: Sequence[tuple[date, str]] = ()) -> Path:
    """Lanes below each other on one axis of days; thin lines with their words at ``guides``."""
    from matplotlib.dates import date2num

    days = [d for lane in lanes for bar in lane.bars for d in (bar.first, bar.last)]
    days += [tick.day for lane in lanes for tick in lane.ticks] + [day for day, _ in guides]
    first, last = min(days) - timedelta(days=3), max(days) + timedelta(days=3)
    high = LANE_mm * len(lanes)
    figure = new_figure(PAGE_WIDTH_mm, high + 18.0 + (6.0 if guides else 0.0))
    axes = axes_mm(figure, LEFT_mm, 13.0, PAGE_WIDTH_mm - LEFT_mm - 4.0, high)
    axes.set_xlim(date2num(first), date2num(last))
    axes.set_ylim(len(lanes) - 0.5, -0.5)
    for number, lane in enumerate(lanes):
        _draw_lane(axes, number, lane)
    for day, words in guides:
        axes.axvline(date2num(day), color=QUIET, linewidth=0.6, linestyle=(0, (2, 2)), zorder=0)
        axes.annotate(
            words,
            (date2num(day), -0.5),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=6.3,
            color=QUIET,
        )
    axes.set_yticks(range(len(lanes)), [_short(lane.name) for lane in lanes])
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.spines["left"].set_visible(False)
    _days_below(axes, first, last)
    return save(figure, path)


def _draw_lane(axes: Any, number: int, lane: Lane) -> None:
    from matplotlib.dates import date2num

    axes.axhline(number, color=HAIRLINE, linewidth=0.4, zorder=0)
    for bar in lane.bars:
        start, wide = date2num(bar.first), date2num(bar.last) - date2num(bar.first)
        axes.barh(number, wide, left=start, height=0.44, linewidth=0.6, **BARS[bar.kind])
        if bar.words:
            axes.text(
                start + wide / 2,
                number,
                bar.words,
                ha="center",
                va="center",
                fontsize=6.3,
                color="white" if bar.kind == "drug" else INK,
            )
    for tick in lane.ticks:
        axes.plot([date2num(tick.day)], [number], linestyle="none", **TICKS[tick.kind])
        if tick.words:
            axes.annotate(
                tick.words, (date2num(tick.day), number), xytext=(5, 4), textcoords="offset points", fontsize=6.3, color=INK
            )


def _days_below(axes: Any, first: date, last: date) -> None:
    """A date at every so many weeks, so that none covers another."""
    from matplotlib.dates import date2num

    step = next(s for s in (7, 14, 28, 56, 112, 224, 10_000) if (last - first).days / s <= 9)
    days = [first + timedelta(days=3 + n * step) for n in range(int((last - first).days / step) + 1)]
    days = [day for day in days if day <= last]
    axes.set_xticks([date2num(day) for day in days], [f"{day:%d %b}\n{day:%Y}" for day in days])


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
