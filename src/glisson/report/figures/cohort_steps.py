"""Step curves with their rows of numbers below the axis: the common hand of survival and cumulative incidence."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from glisson.report.figures.cohort_sheet import (
    SIZE,
    SMALL,
    LINE_mm,
    Sheet,
    axis_name,
    new_sheet,
    percent_axis,
    text_mm,
    wrapped,
)
from glisson.report.figures.cohort_statement import (
    MOST_BANDS,
    Frame,
    SAMPLE_mm,
    StepFigure,
    Steps,
    free_corner,
    outline,
    statement_of,
    write_statement,
)
from glisson.report.figures.follow_marks import quiet_grid, spread
from glisson.report.figures.style import HAIRLINE, QUIET, line_style

NAME_mm = 28.0
MOST_LINES = 3
"""Lines of a name beside its curve and its row."""
HATCHES = ("////////", "\\\\\\\\\\\\\\\\", "||||||||")


def draw_steps(figure: StepFigure) -> Sheet:
    """The sheet with curves, names, statement and rows of numbers; nothing on it overlaps."""
    left, right = _margins(figure)
    wide, high = figure.width_mm - left - right, _high(figure)
    statement = statement_of(figure)
    frame = Frame(left, 4.0, wide, high, figure.last, figure.top)
    corner = free_corner(figure, frame, statement)
    if corner is None:
        frame = Frame(left, 6.0 + statement.high, wide, high, figure.last, figure.top)
    bottom = frame.top + high + 11.5
    sheet = new_sheet(figure.width_mm, bottom + 4.0 + sum(_row_heights(figure)))
    axes = sheet.axes(frame.left, frame.top, wide, high)
    axes.set_xlim(0.0, figure.last)
    axes.set_ylim(0.0, 1.02 * figure.top)
    quiet_grid(axes)
    percent_axis(axes, figure.y_label, high, figure.top)
    named = _kept(figure.ticks, [f"{tick:g}" for tick in figure.ticks], frame)
    inside = [(k, tick) for k, tick in enumerate(figure.ticks) if tick <= figure.last]
    axes.set_xticks([tick for _, tick in inside], [f"{tick:g}" if k in named else "" for k, tick in inside])
    axes.set_xlabel(figure.x_label)
    for place, curve in enumerate(figure.curves):
        _draw_curve(axes, figure, place, curve)
    place_mm = corner or (frame.left + 1.0 if not figure.narrow else 2.0, 3.0)
    write_statement(sheet, statement, place_mm)
    if figure.several and not figure.narrow:
        _name_curves(sheet, figure, frame)
    _write_rows(sheet, figure, frame, bottom)
    return sheet


def _high(figure: StepFigure) -> float:
    return 56.0 if figure.narrow else 76.0


def _margins(figure: StepFigure) -> tuple[float, float]:
    """Left and right of the axes: names of the axis, of the rows and of the curves."""
    half = max((text_mm(cell) for curve in figure.curves for cell in curve.cells), default=4.0) / 2
    axis = max(9.5 + LINE_mm * len(axis_name(figure.y_label, _high(figure))), half + 2.0)
    if figure.narrow:
        return axis, half + 2.0
    if not figure.several:
        return axis, half + 4.0
    names = max(min(text_mm(curve.name), NAME_mm) for curve in figure.curves)
    return max(axis, names + SAMPLE_mm + half + 4.5), max(names + SAMPLE_mm + 8.0, half + 2.0)


def _row_heights(figure: StepFigure) -> list[float]:
    if not figure.several:
        return [4.0]
    if figure.narrow:
        return [7.4 for _ in figure.curves]
    return [0.9 + LINE_mm * len(wrapped(curve.name, NAME_mm, most=MOST_LINES)) for curve in figure.curves]


def _draw_curve(axes: Any, figure: StepFigure, place: int, curve: Steps) -> None:
    style = line_style(place)
    points = outline(curve, figure.start, figure.last)
    if len(figure.curves) <= MOST_BANDS and curve.low:
        _draw_band(axes, figure, place, curve)
    axes.plot([x for x, _ in points], [y for _, y in points], solid_joinstyle="miter", zorder=4, **style)
    ends = [x for x in curve.ends if x <= figure.last]
    levels = [_level(curve, figure.start, x) for x in ends]
    axes.plot(ends, levels, marker="|", markersize=4.6, markeredgewidth=0.7, color=style["color"], linestyle="none", zorder=5)
    if curve.half_at is not None and curve.half_at <= figure.last:
        axes.plot([0, curve.half_at, curve.half_at], [0.5, 0.5, 0], color=QUIET, linewidth=0.7, linestyle=(0, (2, 2)), zorder=2)


def _draw_band(axes: Any, figure: StepFigure, place: int, curve: Steps) -> None:
    """A light area with a hatch of its own and a thin edge, where the interval exists; before the first event it has no width."""
    xs, lows, highs = [0.0], [figure.start], [figure.start]
    for x, y, ends in zip(curve.x, curve.y, zip(curve.low, curve.high, strict=True), strict=True):
        low, high = (y, y) if y == figure.start else ends
        if low is None or high is None:
            break
        if x > figure.last:
            xs, lows, highs = [*xs, figure.last], [*lows, lows[-1]], [*highs, highs[-1]]
            break
        xs += [x, x]
        lows += [lows[-1], low]
        highs += [highs[-1], high]
    colour = line_style(place)["color"]
    axes.fill_between(xs, lows, highs, facecolor=colour, alpha=0.07, linewidth=0, zorder=1)
    axes.fill_between(
        xs,
        lows,
        highs,
        facecolor="none",
        edgecolor=colour,
        hatch=HATCHES[place % len(HATCHES)],
        alpha=0.22,
        linewidth=0.0,
        zorder=1,
    )
    for edge in (lows, highs):
        axes.plot(xs, edge, color=colour, linewidth=0.45, alpha=0.75, zorder=2)


def _level(curve: Steps, start: float, at: float) -> float:
    level = start
    for x, y in zip(curve.x, curve.y, strict=True):
        if x > at:
            break
        level = y
    return level


def _name_curves(sheet: Sheet, figure: StepFigure, frame: Frame) -> None:
    """Names right of the axes beside the ends of their curves, joined to them by a hairline; a curve of nobody has none."""
    numbers = [number for number, curve in enumerate(figure.curves) if curve.x]
    ends = [outline(figure.curves[number], figure.start, figure.last)[-1] for number in numbers]
    names = [wrapped(figure.curves[number].name, NAME_mm, most=MOST_LINES) for number in numbers]
    gap = 0.8 + LINE_mm * max((len(lines) for lines in names), default=1)
    places = spread([frame.y(y) for _, y in ends], gap, frame.top + gap / 2, frame.top + frame.high - gap / 2)
    edge = frame.left + frame.wide
    for number, (x, y), place, lines in zip(numbers, ends, places, names, strict=True):
        leader = [frame.x(x), max(frame.x(x), edge) + 1.0, edge + 4.0]
        sheet.line(leader, [frame.y(y), frame.y(y), place], color=HAIRLINE, linewidth=0.5)
        sheet.sample(edge + 4.5, place, number)
        sheet.write_lines(edge + 4.5 + SAMPLE_mm + 1.2, place, lines, color=line_style(number)["color"])


def _kept(ticks: Sequence[float], cells: Sequence[str], frame: Frame) -> list[int]:
    """Ticks below which numbers stand, so that no two touch."""
    wide = max((text_mm(cell) for cell in cells), default=0.0) + 1.6
    every = 1
    while every < len(ticks) and any(
        frame.x(b) - frame.x(a) < wide for a, b in pairwise([tick for k, tick in enumerate(ticks) if k % every == 0])
    ):
        every += 1
    return [k for k, tick in enumerate(ticks) if k % every == 0 and tick <= frame.last]


def _write_rows(sheet: Sheet, figure: StepFigure, frame: Frame, top: float) -> None:
    cells = [cell for curve in figure.curves for cell in curve.cells]
    half = max((text_mm(cell) for cell in cells), default=4.0) / 2
    kept = _kept(figure.ticks, cells, frame)
    sheet.write(max(frame.left - half, 1.0), top, figure.rows_title, size=SMALL, bold=True)
    widest = max(text_mm(line) for curve in figure.curves for line in wrapped(curve.name, NAME_mm, most=MOST_LINES))
    y = top + 1.2
    for number, (curve, high) in enumerate(zip(figure.curves, _row_heights(figure), strict=True)):
        middle = y + high / 2 + 0.4
        if figure.several and figure.narrow:
            sheet.sample(frame.left - half, middle - 1.7, number)
            name = wrapped(curve.name, sheet.wide_mm - frame.left - SAMPLE_mm - 2, SMALL, most=1)
            sheet.write_lines(frame.left - half + SAMPLE_mm + 1.2, middle - 1.7, name, size=SMALL)
            middle += 1.6
        elif figure.several:
            right = frame.left - half - 1.8
            lines = wrapped(curve.name, NAME_mm, most=MOST_LINES)
            sheet.write_lines(right, middle, lines, across="right")
            sheet.sample(right - widest - SAMPLE_mm - 1.2, middle, number)
        for k in kept:
            if k < len(curve.cells):
                sheet.write(frame.x(figure.ticks[k]), middle, curve.cells[k], across="center", size=SIZE)
        y += high
