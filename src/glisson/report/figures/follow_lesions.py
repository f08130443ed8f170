"""The lesions of one patient over time: their sum with the lines of response and progression, and each lesion below it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glisson.report.figures.follow_marks import COLOURS, DASHES, PROGRESSION, ROLES, STATES, Mark, key, quiet_grid, spread
from glisson.report.figures.style import ACCENT, HAIRLINE, INK, QUIET, PAGE_WIDTH_mm, axes_mm, halo, new_figure, save
from glisson.report.names import short_name

LEFT_mm, RIGHT_mm, BELOW_mm = 14.0, 36.0, 20.0
SUM_mm, LESIONS_mm, LANE_mm = 40.0, 58.0, 5.0
LABEL_mm = 3.6
"""Height of one line of a label."""


@dataclass(frozen=True)
class Point:
    """A lesion at a visit. ``size`` in the unit of the course; ``None``: not measured."""

    at: float
    size: float | None
    state: str


@dataclass(frozen=True)
class LesionLine:
    """One lesion: ``role`` is target, node, non-target or new."""

    name: str
    role: str
    points: tuple[Point, ...]

    @property
    def measured(self) -> bool:
        """Whether it ever had a size above 0."""
        return any(point.size for point in self.points)


@dataclass(frozen=True)
class SumPoint:
    """The sum of the targets at a visit, as a fraction of the baseline, with the overall response; ``None``: no sum."""

    at: float
    fraction: float | None
    nadir_fraction: float | None
    overall: str


@dataclass(frozen=True)
class PatientCourse:
    """What is drawn of one patient, one reader and one criterion.

    Attributes:
        visits: name and place of every visit; places are months, or the number of the visit where dates are missing.
        in_months: which of the two.
        partial_response_fraction, progression_fraction: thresholds of the criterion.
        progression_amount: and at least this much more, in units of ``baseline``; 0 for no bar.
        baseline: sum at the baseline, in its unit; ``None``: none.
        sessions: name and month of every session.
        what: size that is drawn, with its unit.
    """

    visits: tuple[tuple[str, float], ...]
    in_months: bool
    sums: tuple[SumPoint, ...]
    lesions: tuple[LesionLine, ...]
    partial_response_fraction: float
    progression_fraction: float
    sessions: tuple[tuple[str, float], ...] = ()
    what: str = "diameter (mm)"
    progression_amount: float = 0.0
    baseline: float | None = None

    def progression_at(self, nadir_fraction: float) -> float:
        """Sum from which on a visit is PD, as a fraction of the baseline."""
        bar = self.progression_amount / self.baseline if self.baseline else 0.0
        return nadir_fraction + max(nadir_fraction * self.progression_fraction, bar)


def draw_lesions(path: Path, course: PatientCourse) -> Path:
    """The sum on top, lesions with a size below it, lesions that are only seen in lanes at the bottom."""
    drawn = [lesion for lesion in course.lesions if lesion.measured]
    lanes = [lesion for lesion in course.lesions if not lesion.measured]
    room = LANE_mm * len(lanes) + (3.0 if lanes else 0.0)
    figure = new_figure(PAGE_WIDTH_mm, BELOW_mm + 4.0 + SUM_mm + LESIONS_mm + room)
    width = PAGE_WIDTH_mm - LEFT_mm - RIGHT_mm
    top = axes_mm(figure, LEFT_mm, BELOW_mm + 1.0 + room + LESIONS_mm, width, SUM_mm - 4.0)
    middle = axes_mm(figure, LEFT_mm, BELOW_mm + room, width, LESIONS_mm - 2.0)
    bottom = axes_mm(figure, LEFT_mm, BELOW_mm, width, LANE_mm * len(lanes)) if lanes else None
    limits = _limits(course)
    for axes in (top, middle, bottom):
        if axes is not None:
            axes.set_xlim(*limits)
            _sessions(axes, course, named=axes is top)
    _draw_sum(top, course)
    _draw_sizes(middle, drawn, course)
    lowest = middle
    if bottom is not None:
        _draw_lanes(bottom, lanes)
        middle.tick_params(labelbottom=False)
        lowest = bottom
    lowest.set_xlabel("months from the first session" if course.sessions and course.in_months else
                      "months from the baseline" if course.in_months else "visit")  # fmt: skip
    if not course.in_months:
        lowest.set_xticks([at for _, at in course.visits], [name for name, _ in course.visits])
    marks, colours = _used(course)
    key(lowest, marks, colours=colours)
    return save(figure, path)


def _limits(course: PatientCourse) -> tuple[float, float]:
    places = [at for _, at in (*course.visits, *course.sessions)]
    low, high = min(places), max(places)
    pad = 0.04 * (high - low) or 0.5
    return low - pad, high + pad


CLOSE_fraction = 0.09
"""Of the axis; session names nearer than this stand left and right of their lines."""


def _sessions(axes: Any, course: PatientCourse, *, named: bool) -> None:
    low, high = axes.get_xlim()
    close = CLOSE_fraction * (high - low)
    for number, (name, at) in enumerate(course.sessions):
        axes.axvline(at, color=QUIET, linewidth=0.7, linestyle=(0, (1, 2)), zorder=0)
        before = number > 0 and at - course.sessions[number - 1][1] < close
        after = number + 1 < len(course.sessions) and course.sessions[number + 1][1] - at < close
        side = "left" if before else "right" if after else "center"
        if named and not (before and after):
            axes.annotate(
                name, (at, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 2), textcoords="offset points", fontsize=6.4, color=QUIET,
                va="bottom", ha=side,
            )  # fmt: skip


def _draw_sum(axes: Any, course: PatientCourse) -> None:
    known = [(one.at, 100 * one.fraction) for one in course.sums if one.fraction is not None]
    axes.set_ylabel("sum (% of baseline)")
    quiet_grid(axes)
    limit = 100 * (1 - course.partial_response_fraction)
    axes.axhline(limit, color=ACCENT, linewidth=0.8, linestyle=(0, (5, 2)))
    axes.axhline(100, color=HAIRLINE, linewidth=0.8)
    steps = [(one.at, 100 * course.progression_at(one.nadir_fraction)) for one in course.sums if one.nadir_fraction is not None]
    if steps:
        steps = [(course.sums[0].at, steps[0][1]), *steps]
        axes.step(*zip(*steps, strict=True), where="pre", color=PROGRESSION, linewidth=0.8, linestyle=(0, (1.2, 1.2)))
    top = max([115.0, *(y + 14 for _, y in known), *(y + 6 for _, y in steps)])
    axes.set_ylim(0, top)
    if known:
        axes.plot(*zip(*known, strict=True), color=INK, linewidth=1.3, marker="o", markersize=4)
    for one in course.sums:
        height = 100 * one.fraction if one.fraction is not None else 4.0
        words = one.overall if one.fraction is not None or not one.overall else f"{one.overall} (no sum)"
        axes.annotate(words, (one.at, height), xytext=(0, 5), textcoords="offset points", ha="center", fontsize=7, fontweight="bold",
                      path_effects=halo(2.2))  # fmt: skip
    bar = f" and +{course.progression_amount:g} mm" if course.progression_amount else " of smallest sum"
    labels = [(limit, f"PR: −{100 * course.partial_response_fraction:g} % of baseline", ACCENT)]
    if steps:
        labels.append((steps[-1][1], f"PD: +{100 * course.progression_fraction:g} %{bar}", PROGRESSION))
    _edge(axes, labels)
    axes.tick_params(labelbottom=False)


def _edge(axes: Any, labels: Sequence[tuple[float, str, str]]) -> None:
    """Words right of the axes, at heights as near to their own as fits."""
    low, high = axes.get_ylim()
    mm = axes.get_window_extent().height / axes.figure.dpi * 25.4
    places = spread([y for y, _, _ in labels], (high - low) * LABEL_mm / mm, low, high)
    for (y, words, colour), place in zip(labels, places, strict=True):
        moved = abs(place - y) > 0.002 * (high - low)
        line = {"arrowstyle": "-", "color": colour, "linewidth": 0.4, "shrinkA": 0, "shrinkB": 0} if moved else None
        axes.annotate(
            words, (1.0, y), xycoords=("axes fraction", "data"), xytext=(1.02, place), textcoords=("axes fraction", "data"),
            va="center", fontsize=6.6, color=colour, annotation_clip=False, arrowprops=line,
        )  # fmt: skip


def _draw_sizes(axes: Any, lesions: Sequence[LesionLine], course: PatientCourse) -> None:
    axes.set_ylabel(course.what)
    quiet_grid(axes)
    sizes = [point.size for lesion in lesions for point in lesion.points if point.size is not None]
    axes.set_ylim(-0.03 * max(sizes, default=1.0), 1.08 * max(sizes, default=1.0))
    labels = []
    for lesion in lesions:
        colour = COLOURS[lesion.role]
        known = [(point.at, point.size) for point in lesion.points if point.size is not None]
        axes.plot(*zip(*known, strict=True), color=colour, linewidth=1.1, linestyle=DASHES[lesion.role], zorder=2)
        for point in lesion.points:
            mark = STATES.get(point.state) or ROLES[lesion.role]
            y = point.size if point.size is not None else _between(lesion, point)
            own = mark.colour if point.state == "unequivocal progression" else colour
            axes.plot([point.at], [y], zorder=3, clip_on=False, **mark.style(own))
        labels.append((known[-1][1], short_name(lesion.name, 20), colour))
    _edge(axes, labels)


def _between(lesion: LesionLine, point: Point) -> float:
    """Where a visit without a size stands: on the line of the visits around it."""
    before = [one for one in lesion.points if one.at < point.at and one.size is not None]
    after = [one for one in lesion.points if one.at > point.at and one.size is not None]
    if before and after:
        first, last = before[-1], after[0]
        share = (point.at - first.at) / (last.at - first.at)
        return float(first.size or 0.0) * (1 - share) + float(last.size or 0.0) * share
    return float((before[-1] if before else after[0]).size or 0.0)


def _draw_lanes(axes: Any, lesions: Sequence[LesionLine]) -> None:
    """Lesions that are seen and never measured: one lane each."""
    axes.set_ylim(-0.5, len(lesions) - 0.5)
    axes.invert_yaxis()
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    for lane, lesion in enumerate(lesions):
        colour = COLOURS[lesion.role]
        axes.plot(
            [p.at for p in lesion.points], [lane] * len(lesion.points), color=colour, linewidth=0.7, linestyle=DASHES[lesion.role]
        )
        for point in lesion.points:
            mark = STATES.get(point.state) or ROLES[lesion.role]
            own = mark.colour if point.state == "unequivocal progression" else colour
            axes.plot([point.at], [lane], zorder=3, clip_on=False, **mark.style(own))
        axes.annotate(short_name(lesion.name, 20), (1.02, lane), xycoords=("axes fraction", "data"), va="center", fontsize=6.6,
                      color=colour, annotation_clip=False)  # fmt: skip


def _used(course: PatientCourse) -> tuple[list[Mark], list[str | None]]:
    """Symbols that stand in the picture, and their colours."""
    roles = [role for role in ROLES if any(lesion.role == role for lesion in course.lesions)]
    states = {point.state for lesion in course.lesions for point in lesion.points}
    said = [name for name in STATES if name in states]
    return [*(ROLES[r] for r in roles), *(STATES[s] for s in said)], [*(COLOURS[r] for r in roles), *([None] * len(said))]
