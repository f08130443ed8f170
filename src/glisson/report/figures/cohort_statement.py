"""What stands under step curves and beside them: the nouns of the figure, and the statement with its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from glisson.report.figures.cohort_sheet import SMALL, LINE_mm, NARROW_mm, Sheet, fitted, note, text_mm, wrapped
from glisson.report.figures.style import INK, QUIET

SAMPLE_mm = 6.0
MOST_BANDS = 3
"""Curves up to which intervals are drawn; beyond they would hide the curves, and stand in the table."""
Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Steps:
    """A curve as its figure needs it.

    Attributes:
        x, y: steps; each y holds from its x to the next.
        low, high: of the interval; empty if there is none.
        ends: x of each person whose follow-up ended without the event.
        cells: of the row below the axis, one per tick.
        summary: cells of the statement.
        half_at: x at which the curve reaches one half.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    ends: tuple[float, ...]
    cells: tuple[str, ...]
    summary: tuple[str, ...]
    half_at: float | None = None


@dataclass(frozen=True)
class StepFigure:
    """Curves, their axis and what is said about them.

    Attributes:
        start: value before the first step, 0 or 1.
        top: of the y axis.
        rows_title: of the rows below the axis.
        heads: of the columns of the statement.
        notes: lines below the statement.
        until: end of the axis; ``None``: where the last follow-up ends.
    """

    curves: tuple[Steps, ...]
    ticks: tuple[float, ...]
    start: float
    top: float
    x_label: str
    y_label: str
    rows_title: str
    heads: tuple[str, ...]
    notes: tuple[str, ...]
    width_mm: float
    until: float | None = None

    @property
    def narrow(self) -> bool:
        """Whether it stands in one column."""
        return self.width_mm < NARROW_mm

    @property
    def several(self) -> bool:
        """Whether curves need names."""
        return len(self.curves) > 1

    @property
    def last(self) -> float:
        """Right end of the x axis."""
        if self.until is not None:
            return self.until
        return max([*self.ticks, *(x for curve in self.curves for x in curve.x[-1:])], default=1.0) or 1.0


@dataclass(frozen=True)
class Frame:
    """Place of the axes on the sheet, mm."""

    left: float
    top: float
    wide: float
    high: float
    last: float
    y_top: float

    def x(self, time: float) -> float:
        """Place of a time."""
        return self.left + self.wide * time / self.last

    def y(self, value: float) -> float:
        """Place of a value."""
        return self.top + self.high * (1.02 * self.y_top - value) / (1.02 * self.y_top)


@dataclass(frozen=True)
class Statement:
    """The words of the statement, measured."""

    table: tuple[tuple[str, ...], ...]
    columns_mm: tuple[float, ...]
    lines: tuple[str, ...]
    several: bool

    @property
    def wide(self) -> float:
        """Width, mm."""
        table = sum(self.columns_mm) + (SAMPLE_mm + 1.5 if self.several else 0.0)
        return max([table, *(text_mm(line, SMALL) for line in self.lines)])

    @property
    def high(self) -> float:
        """Height, mm."""
        return LINE_mm * (len(self.table) + len(self.lines)) + 1.0


def statement_of(figure: StepFigure) -> Statement:
    """Table of one row per curve with a head, and the lines below it, no wider than the figure."""
    rows = [figure.heads, *(curve.summary for curve in figure.curves)]
    widths = [max(text_mm(cell, SMALL) for cell in column) + 2.5 for column in zip(*rows, strict=True)]
    if figure.several:
        room = min(52.0, figure.width_mm - SAMPLE_mm - 6.0 - sum(widths))
        names = ["", *(fitted(curve.name, room, SMALL) for curve in figure.curves)]
        rows = [(name, *cells) for name, cells in zip(names, rows, strict=True)]
        widths = [max(text_mm(name, SMALL) for name in names) + 2.5, *widths]
    wide = max(sum(widths), 46.0)
    lines = [line for said in figure.notes for line in wrapped(said, wide, SMALL)]
    return Statement(tuple(rows), tuple(widths), tuple(lines), figure.several)


def outline(steps: Steps, start: float, last: float) -> Points:
    """Corners of a step curve from 0 to its last time."""
    corners: Points = [(0.0, start)]
    level = start
    for x, y in zip(steps.x, steps.y, strict=True):
        if x > last:
            return [*corners, (last, level)]
        corners += [(x, level), (x, y)]
        level = y
    return corners


def free_corner(figure: StepFigure, frame: Frame, statement: Statement) -> tuple[float, float] | None:
    """Upper left corner of the statement inside the axes where no curve passes; ``None`` if there is none."""
    if statement.wide + 4.0 > frame.wide:
        return None
    lines = _lines_mm(figure, frame)
    right = frame.left + frame.wide - statement.wide - 1.0
    upper, lower = frame.top + 1.5, frame.top + frame.high - statement.high - 2.0
    for x, y in ((right, upper), (frame.left + 2.5, lower), (right, lower), (frame.left + 2.5, upper)):
        box = (x - 1.5, y - 1.5, x + statement.wide + 1.5, y + statement.high + 1.0)
        if not any(_crosses(a, b, box) for line in lines for a, b in pairwise(line)):
            return (x, y)
    return None


def _lines_mm(figure: StepFigure, frame: Frame) -> list[Points]:
    """Curves, edges of drawn intervals and lines of the medians, mm."""
    found: list[Points] = []
    for curve in figure.curves:
        found.append(outline(curve, figure.start, figure.last))
        if len(figure.curves) <= MOST_BANDS and curve.low:
            for edge in (curve.low, curve.high):
                found.append(_edge(figure, curve.x, edge))
        if curve.half_at is not None:
            found.append([(0.0, 0.5), (curve.half_at, 0.5), (curve.half_at, 0.0)])
    return [[(frame.x(x), frame.y(y)) for x, y in line] for line in found]


def _edge(figure: StepFigure, xs: Sequence[float], edge: Sequence[float | None]) -> Points:
    kept = [(x, y) for x, y in zip(xs, edge, strict=True) if y is not None]
    steps = Steps("", tuple(x for x, _ in kept), tuple(y for _, y in kept), (), (), (), (), ())
    return outline(steps, figure.start, figure.last)


def _crosses(a: tuple[float, float], b: tuple[float, float], box: tuple[float, float, float, float]) -> bool:
    """Whether an upright or level line touches a box."""
    return min(a[0], b[0]) <= box[2] and max(a[0], b[0]) >= box[0] and min(a[1], b[1]) <= box[3] and max(a[1], b[1]) >= box[1]


def write_statement(sheet: Sheet, statement: Statement, place: tuple[float, float]) -> None:
    """Table with a sample of each line, then the lines; the numbers stand in columns."""
    x0 = place[0] + (SAMPLE_mm + 1.5 if statement.several else 0.0)
    ground = sheet.figure.add_axes((0, 0, 1, 1), zorder=5)
    ground.set_axis_off()
    ground.set_xlim(0, sheet.wide_mm)
    ground.set_ylim(sheet.high_mm, 0)
    top = Sheet(sheet.figure, ground, sheet.wide_mm, sheet.high_mm)
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.9, "zorder": 1}
    ground.fill_between([place[0] - 1, place[0] + statement.wide], place[1] - 0.5, place[1] + statement.high, **box)
    y = place[1] + LINE_mm / 2
    for number, row in enumerate(statement.table):
        x = x0
        if number and statement.several:
            top.sample(place[0], y, number - 1)
        for cell, width in zip(row, statement.columns_mm, strict=True):
            top.write(x, y, cell, size=SMALL, color=QUIET if number == 0 else INK)
            x += width
        y += LINE_mm
    note(top, place[0], y + 0.8, statement.lines)
