"""Waterfall, spider and swimmer plots of many patients: symbols, hatches and dashes, so that they read in grey."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glisson.report.figures.follow_marks import LIGHT, PROGRESSION, Mark, fill_of, key, quiet_grid, save_three, spread
from glisson.report.figures.style import ACCENT, HAIRLINE, INK, PAGE_WIDTH_mm, QUIET, axes_mm, line_style, new_figure
from glisson.report.names import short_name

Three = tuple[Path, Path, Path]
MOST_NAMED = 40
"""Patients whose names stand in a picture."""
LEFT_mm, RIGHT_mm, BELOW_mm = 14.0, 6.0, 20.0

NEW = Mark("D", True, "new lesion or progression of non-targets", 4.2, PROGRESSION)
FIRST = Mark("^", True, "first response", 5.6, ACCENT)
SESSION = Mark("|", True, "session", 6.0, QUIET)
THERAPY = Mark("s", False, "another therapy", 4.6)
PD = Mark("X", True, "progression", 5.6, PROGRESSION)
DEATH = Mark("P", True, "death", 5.8, INK)
ALIVE = Mark(">", True, "under observation", 5.4, INK)


@dataclass(frozen=True)
class Bar:
    """A patient of the waterfall: best change of the sum; ``None``: why there is none stands in ``reason``."""

    patient: str
    change_fraction: float | None
    response: str
    elsewhere: bool
    reason: str = ""


@dataclass(frozen=True)
class Leg:
    """A patient of the spider: month, change from the baseline, overall response of every visit with a sum, from the baseline on."""

    patient: str
    points: tuple[tuple[float, float, str], ...]
    new_at: tuple[float, ...] = ()


@dataclass(frozen=True)
class Lane:
    """A patient of the swimmer, in months from the origin.

    Attributes:
        end: last day known.
        spans: from, to and response of each stretch between two assessments, as called at its end.
        sessions, response, progressions, therapies: months; ``None`` or empty where there is none.
        died: month of death.
        ongoing: alive and under observation at ``end``.
    """

    patient: str
    end: float
    spans: tuple[tuple[float, float, str], ...]
    sessions: tuple[float, ...] = ()
    response: float | None = None
    progressions: tuple[float, ...] = ()
    therapies: tuple[float, ...] = ()
    died: float | None = None
    ongoing: bool = False


def draw_waterfall(stem: Path, bars: Sequence[Bar], thresholds: tuple[float, float], what: str) -> Three:
    """Best change of every patient, the largest growth left; those without a sum are named below.

    Args:
        stem: of the files.
        bars: any order.
        thresholds: partial response and progression, as fractions.
        what: axis label.
    """
    known = sorted((bar for bar in bars if bar.change_fraction is not None), key=lambda bar: (-float(bar.change_fraction or 0), bar.patient))
    unknown = [bar for bar in bars if bar.change_fraction is None]
    lines = _named_unknown(unknown)
    below = BELOW_mm + 3.4 * len(lines)
    figure = new_figure(PAGE_WIDTH_mm, 74.0 + below)
    axes = axes_mm(figure, LEFT_mm, below, PAGE_WIDTH_mm - LEFT_mm - RIGHT_mm - 18.0, 70.0)
    _draw_bars(axes, known)
    for level, words in ((-thresholds[0], f"−{100 * thresholds[0]:g} %"), (thresholds[1], f"+{100 * thresholds[1]:g} %")):
        axes.axhline(100 * level, color=QUIET, linewidth=0.8, linestyle=(0, (5, 2)))
        axes.annotate(words, (1.01, 100 * level), xycoords=("axes fraction", "data"), va="center", fontsize=6.8, color=QUIET)
    axes.axhline(0, color=INK, linewidth=0.6)
    axes.set_ylabel(what)
    _name_patients(axes, [bar.patient for bar in known])
    _fills(axes, dict.fromkeys(bar.response for bar in known), [NEW] if any(bar.elsewhere for bar in known) else [])
    for number, line in enumerate(lines):
        figure.text(LEFT_mm / PAGE_WIDTH_mm, (3.0 + 3.4 * (len(lines) - 1 - number)) / (74.0 + below), line, fontsize=6.8, color=INK)
    return save_three(figure, stem)


def _draw_bars(axes: Any, bars: Sequence[Bar]) -> None:
    quiet_grid(axes)
    for place, bar in enumerate(bars):
        fill, hatch = fill_of(bar.response)
        height = 100 * float(bar.change_fraction or 0.0)
        axes.bar(place, height, width=0.82, color=fill, edgecolor=INK, linewidth=0.5, hatch=hatch)
        if bar.elsewhere:
            axes.plot([place], [max(height, 0.0)], zorder=4, clip_on=False, transform=_above(axes), **NEW.style())
    heights = [100 * float(bar.change_fraction or 0.0) for bar in bars]
    axes.set_ylim(min([-105.0, *heights]) if heights and min(heights) < -60 else min([-60.0, *heights]), max([40.0, *(h * 1.12 for h in heights)]))
    axes.set_xlim(-0.7, max(len(bars) - 0.3, 0.7))


def _above(axes: Any) -> Any:
    from matplotlib.transforms import ScaledTranslation

    return axes.transData + ScaledTranslation(0, 1.6 / 25.4, axes.figure.dpi_scale_trans)


def _named_unknown(bars: Sequence[Bar]) -> list[str]:
    """Patients without a bar, by reason, in lines that fit."""
    import textwrap

    reasons: dict[str, list[str]] = {}
    for bar in sorted(bars, key=lambda bar: bar.patient):
        reasons.setdefault(f"{bar.reason} ({bar.response})", []).append(bar.patient)
    return [line for reason, names in reasons.items() for line in textwrap.wrap(f"No bar, {reason}: {', '.join(names)}", 120)]


def _name_patients(axes: Any, names: Sequence[str]) -> None:
    if len(names) <= MOST_NAMED:
        axes.set_xticks(range(len(names)), [short_name(name, 14) for name in names], rotation=90 if len(names) > 8 else 30,
                        ha="center" if len(names) > 8 else "right", fontsize=6)  # fmt: skip
    else:
        axes.set_xticks([])
        axes.set_xlabel(f"{len(names)} patients")
    axes.tick_params(axis="x", length=0)


def _fills(axes: Any, responses: Sequence[str] | dict[str, None], marks: Sequence[Mark]) -> None:
    """Legend of fills and marks, right of the axes."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    order = [name for name in ("CR", "PR", "SD", "non-CR/non-PD", "PD", "iCR", "iPR", "iSD", "iUPD", "iCPD", "NE", "NED") if name in responses]
    patches: list[Any] = [Patch(facecolor=fill_of(n)[0], hatch=fill_of(n)[1], edgecolor=INK, linewidth=0.5, label=n) for n in order]
    patches += [Line2D([], [], **mark.style(), label=mark.says) for mark in marks]
    axes.legend(handles=patches, loc="upper right", frameon=False, fontsize=6.8, handlelength=1.6, ncols=2 if len(patches) > 6 else 1)


def draw_spider(stem: Path, legs: Sequence[Leg], thresholds: tuple[float, float], what: str, since: str) -> Three:
    """Change from the baseline over time, one line each; a cross where progression was called, a diamond where a lesion is new."""
    figure = new_figure(PAGE_WIDTH_mm, 92.0)
    axes = axes_mm(figure, LEFT_mm, 18.0, PAGE_WIDTH_mm - LEFT_mm - 30.0, 71.0)
    quiet_grid(axes)
    for level in (0.0, -100 * thresholds[0], 100 * thresholds[1]):
        axes.axhline(level, color=INK if level == 0 else QUIET, linewidth=0.6 if level == 0 else 0.8, linestyle="solid" if level == 0 else (0, (5, 2)))
    named = len(legs) <= len(spread([0.0] * 12, 1.0, 0.0, 20.0))
    for number, leg in enumerate(legs):
        _draw_leg(axes, leg, line_style(number) if named else {"color": LIGHT, "linewidth": 0.8})
    values = [100 * y for leg in legs for _, y, _ in leg.points]
    axes.set_ylim(min([-60.0, *values]) - 5, max([40.0, *(v * 1.06 for v in values)]))
    axes.set_xlabel(f"months from {since}")
    axes.set_ylabel(what)
    if named:
        _name_legs(axes, legs)
    key(axes, [PD, NEW], below_mm=10.5)
    return save_three(figure, stem)


def _draw_leg(axes: Any, leg: Leg, style: dict[str, Any]) -> None:
    xs, ys = [x for x, _, _ in leg.points], [100 * y for _, y, _ in leg.points]
    axes.plot(xs, ys, marker="o", markersize=2.6, zorder=2, **style)
    worse = [(x, 100 * y) for x, y, said in leg.points if said in ("PD", "iUPD", "iCPD")][:1]
    for x, y in worse:
        axes.plot([x], [y], zorder=4, **PD.style())
    for at in leg.new_at[:1]:
        height = next((100 * y for x, y, _ in leg.points if x == at), None)
        if height is not None:
            axes.plot([at], [height], zorder=5, transform=_above(axes), **NEW.style())


def _name_legs(axes: Any, legs: Sequence[Leg]) -> None:
    low, high = axes.get_ylim()
    last = [(leg, leg.points[-1]) for leg in legs if leg.points]
    places = spread([100 * point[1] for _, point in last], (high - low) * 3.4 / 71.0, low, high)
    right = axes.get_xlim()[1]
    for (leg, point), place in zip(last, places, strict=True):
        axes.annotate(short_name(leg.patient, 14), (point[0], 100 * point[1]), xytext=(right, place), textcoords="data", va="center", fontsize=6.6,
                      color=line_style(legs.index(leg))["color"], annotation_clip=False,
                      arrowprops={"arrowstyle": "-", "color": HAIRLINE, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 2})  # fmt: skip


def draw_swimmer(stem: Path, lanes: Sequence[Lane], since: str) -> Three:
    """One lane each, the longest on top: what was called between the assessments, sessions, therapies, progression, death."""
    order = sorted(lanes, key=lambda lane: (-lane.end, lane.patient))
    step = 4.6 if len(order) <= MOST_NAMED else max(1.2, 180.0 / len(order))
    high = step * len(order)
    figure = new_figure(PAGE_WIDTH_mm, high + 24.0)
    axes = axes_mm(figure, 26.0, 20.0, PAGE_WIDTH_mm - 30.0, high)
    axes.set_ylim(len(order) - 0.5, -0.5)
    axes.set_xlim(min(0.0, *(min(lane.sessions, default=0.0) for lane in order)) - 0.2 if order else 0.0, 1.04 * max((lane.end for lane in order), default=1.0))
    quiet_grid(axes, "x")
    size = min(1.0, step / 4.6)
    for row, lane in enumerate(order):
        _draw_lane(axes, row, lane, size)
    axes.set_yticks(range(len(order)) if len(order) <= MOST_NAMED else [], [short_name(o.patient, 14) for o in order] if len(order) <= MOST_NAMED else [], fontsize=6.4)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"months from {since}")
    _swimmer_key(axes, order)
    return save_three(figure, stem)


def _draw_lane(axes: Any, row: int, lane: Lane, size: float) -> None:
    axes.barh(row, lane.end, height=0.16, color=LIGHT, linewidth=0, zorder=1)
    for start, end, said in lane.spans:
        fill, hatch = fill_of(said)
        axes.barh(row, end - start, left=start, height=0.58, color=fill, hatch=hatch, edgecolor=INK, linewidth=0.4, zorder=2)
    marks = [(SESSION, lane.sessions), (THERAPY, lane.therapies), (PD, lane.progressions[:1]), (FIRST, () if lane.response is None else (lane.response,))]
    marks += [(DEATH, () if lane.died is None else (lane.died,)), (ALIVE, (lane.end,) if lane.ongoing else ())]
    for mark, places in marks:
        style = mark.style() | {"markersize": mark.size * size, "markeredgecolor": "white" if mark.filled and mark.shape not in "|x" else mark.colour}
        for at in places:
            axes.plot([at], [row], zorder=5, clip_on=False, **style)


def _swimmer_key(axes: Any, lanes: Sequence[Lane]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    said = dict.fromkeys(word for lane in lanes for _, _, word in lane.spans)
    order = [name for name in ("CR", "PR", "SD", "non-CR/non-PD", "PD", "iCR", "iPR", "iSD", "iUPD", "iCPD", "NE", "NED") if name in said]
    handles: list[Any] = [Patch(facecolor=fill_of(n)[0], hatch=fill_of(n)[1], edgecolor=INK, linewidth=0.4, label=n) for n in order]
    present = {
        SESSION: any(lane.sessions for lane in lanes), FIRST: any(lane.response is not None for lane in lanes),
        PD: any(lane.progressions for lane in lanes), THERAPY: any(lane.therapies for lane in lanes),
        DEATH: any(lane.died is not None for lane in lanes), ALIVE: any(lane.ongoing for lane in lanes),
    }  # fmt: skip
    handles += [Line2D([], [], **mark.style(), label=mark.says) for mark, there in present.items() if there]
    mm = axes.get_window_extent().height / axes.figure.dpi * 25.4
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(-0.12, -10.5 / mm), ncols=min(6, max(len(handles), 1)), frameon=False,
                fontsize=6.8, handletextpad=0.4, columnspacing=1.2, borderaxespad=0.0, handlelength=1.5)  # fmt: skip
