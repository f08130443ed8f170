"""The flow diagram: who entered, who left and why, and how many each endpoint is analysed in; its counts must reconcile."""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from glisson.errors import BadInput
from glisson.report.figures.cohort_sheet import SIZE, TIED_SPACE, Files, LINE_mm, Row, Sheet, journal, new_sheet, wrapped
from glisson.report.figures.style import INK, PAGE_WIDTH_mm

MAIN_mm, SIDE_mm, GAP_mm, PAD_mm, EDGE_mm = 66.0, 78.0, 7.0, 2.2, 3.0
SPINE_mm, BAR_mm = 4.0, 4.0
MOST_BESIDE = 4
"""Boxes of endpoints in one row."""


@dataclass(frozen=True)
class FlowReason:
    """Why so many left."""

    why: str
    n: int


@dataclass(frozen=True)
class FlowStep:
    """A stage that ``n`` reached; ``lost``: those who then left, by reasons that exclude each other."""

    title: str
    n: int
    lost_title: str = "Excluded"
    lost: tuple[FlowReason, ...] = ()
    lines: tuple[str, ...] = ()

    @property
    def gone(self) -> int:
        """How many left after this stage."""
        return sum(reason.n for reason in self.lost)


@dataclass(frozen=True)
class FlowEnd:
    """An endpoint (or a group) and how many are analysed; ``lines``: as "110 events" or "12 without a scan"."""

    title: str
    n: int
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class FlowDiagram:
    """Stages from top to bottom, then the boxes of the endpoints side by side."""

    steps: tuple[FlowStep, ...]
    ends: tuple[FlowEnd, ...] = ()
    unit: str = "n"


@dataclass(frozen=True)
class _Box:
    """A box with its place, mm."""

    head: tuple[str, ...]
    lines: tuple[str, ...]
    left: float
    wide: float
    top: float = field(default=0.0)

    @property
    def high(self) -> float:
        return 2 * PAD_mm + LINE_mm * (len(self.head) + len(self.lines))

    @property
    def bottom(self) -> float:
        return self.top + self.high

    @property
    def middle(self) -> float:
        return self.left + self.wide / 2


def require_reconciled(diagram: FlowDiagram) -> None:
    """What enters a stage is what leaves it.

    Raises:
        BadInput: no stage, or counts that do not add up, with the stage at which they do not.
    """
    if not diagram.steps:
        raise BadInput("a flow diagram without a stage", allowed="at least one")
    for number, (step, after) in enumerate(pairwise(diagram.steps), 1):
        if step.n - step.gone != after.n:
            raise BadInput(
                f"stage {number} of the flow diagram: {step.n} less {step.gone} is not {after.n}", allowed="counts that add up"
            )
    last = diagram.steps[-1]
    for end in diagram.ends:
        if end.n > last.n - last.gone:
            raise BadInput(f"{end.n} analysed of {last.n - last.gone}", allowed="no more than there are")


@journal()
def draw_flow(stem: Path, diagram: FlowDiagram) -> Files:
    """Boxes of the stages, at their side those who left with the reasons, below them the endpoints.

    Raises:
        BadInput: counts that do not add up.
    """
    require_reconciled(diagram)
    placed: list[tuple[_Box, _Box | None]] = []
    top = EDGE_mm
    for step in diagram.steps:
        main = replace(_box(step.title, step.n, step.lines, (EDGE_mm, MAIN_mm), diagram.unit), top=top)
        side = _lost_box(step, main.bottom + GAP_mm / 2, diagram.unit) if step.lost else None
        placed.append((main, side))
        top = (side.bottom + GAP_mm / 2) if side else main.bottom + GAP_mm
    rows = _end_boxes(diagram, top + (0.0 if len(diagram.ends) <= 1 else 3.0))
    bottom = max([top - GAP_mm, *(box.bottom for row in rows for box in row)])
    sheet = new_sheet(PAGE_WIDTH_mm, bottom + EDGE_mm)
    mains = [main for main, _ in placed]
    for number, (main, side) in enumerate(placed):
        _draw_box(sheet, main)
        after = mains[number + 1] if number + 1 < len(mains) else None
        if after is not None:
            _arrow(sheet, (main.middle, main.bottom), (main.middle, after.top))
        if side is not None:
            _draw_box(sheet, side)
            at = (side.top + side.bottom) / 2
            _arrow(sheet, (main.middle, at), (side.left, at))
            if after is None:
                sheet.line([main.middle] * 2, [main.bottom, at], linewidth=0.8)
    _draw_ends(sheet, mains[-1], rows)
    return sheet.save(stem)


def _box(title: str, n: int, lines: tuple[str, ...], across: tuple[float, float], unit: str) -> _Box:
    room = across[1] - 2 * PAD_mm
    head = wrapped(f"{title} {_count(unit, n)}", room, bold=True)
    return _Box(tuple(head), tuple(part for line in lines for part in wrapped(line, room)), *across)


def _count(unit: str, n: int) -> str:
    """As "(n = 152)", which no line parts."""
    return f"({unit}{TIED_SPACE}={TIED_SPACE}{n})"


def _lost_box(step: FlowStep, top: float, unit: str) -> _Box:
    lines = []
    for reason in step.lost:
        parts = wrapped(f"{reason.why} {_count(unit, reason.n)}", SIDE_mm - 2 * PAD_mm - 4.0)
        lines += [f"{'• ' if k == 0 else '   '}{part}" for k, part in enumerate(parts)]
    return _box_of(f"{step.lost_title} {_count(unit, step.gone)}", tuple(lines), PAGE_WIDTH_mm - EDGE_mm - SIDE_mm, top)


def _box_of(head: str, lines: tuple[str, ...], left: float, top: float) -> _Box:
    return _Box(tuple(wrapped(head, SIDE_mm - 2 * PAD_mm, bold=True)), lines, left, SIDE_mm, top)


def _end_boxes(diagram: FlowDiagram, top: float) -> list[list[_Box]]:
    """Rows of boxes, as even as can be; all boxes of a row begin at one height."""
    if not diagram.ends:
        return []
    count = -(-len(diagram.ends) // MOST_BESIDE)
    beside = -(-len(diagram.ends) // count)
    inset = EDGE_mm + (SPINE_mm if count > 1 else 0.0)
    wide = (PAGE_WIDTH_mm - EDGE_mm - inset - 5.0 * (beside - 1)) / beside if len(diagram.ends) > 1 else MAIN_mm
    rows = []
    for first in range(0, len(diagram.ends), beside):
        boxes = [
            _box(end.title, end.n, end.lines, (inset + k * (wide + 5.0), wide), diagram.unit)
            for k, end in enumerate(diagram.ends[first : first + beside])
        ]
        rows.append([replace(box, top=top) for box in boxes])
        top = max(box.bottom for box in rows[-1]) + GAP_mm + 1.0
    return rows


def _draw_box(sheet: Sheet, box: _Box) -> None:
    from matplotlib.patches import Rectangle

    sheet.ground.add_patch(
        Rectangle((box.left, box.top), box.wide, box.high, facecolor="white", edgecolor=INK, linewidth=0.8, zorder=4)
    )
    y = box.top + PAD_mm + LINE_mm / 2
    for line in box.head:
        sheet.write(box.left + PAD_mm, y, line, bold=True)
        y += LINE_mm
    for line in box.lines:
        sheet.write(box.left + PAD_mm, y, line, size=SIZE)
        y += LINE_mm


def _arrow(sheet: Sheet, start: tuple[float, float], end: tuple[float, float]) -> None:
    style: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 7, "linewidth": 0.8, "color": INK, "shrinkA": 0, "shrinkB": 0}
    sheet.ground.annotate("", xy=end, xytext=start, arrowprops=style, zorder=3)


def _draw_ends(sheet: Sheet, main: _Box, rows: list[list[_Box]]) -> None:
    """One line down from the last stage, a bar over the first row, and an arrow into every box of it."""
    if not rows:
        return
    first = rows[0]
    if len(first) == 1:
        _arrow(sheet, (main.middle, main.bottom), (main.middle, first[0].top))
    else:
        sheet.line([main.middle] * 2, [main.bottom, first[0].top - BAR_mm], linewidth=0.8)
    for row in rows if len(first) > 1 else []:
        bar = row[0].top - BAR_mm
        left = EDGE_mm if len(rows) > 1 else min(main.middle, row[0].middle)
        sheet.line([left, max(row[-1].middle, main.middle if row is first else 0.0)], [bar, bar], linewidth=0.8)
        for box in row:
            _arrow(sheet, (box.middle, bar), (box.middle, box.top))
    if len(rows) > 1:
        sheet.line([EDGE_mm] * 2, [first[0].top - BAR_mm, rows[-1][0].top - BAR_mm], linewidth=0.8, solid_capstyle="projecting")
    for row in rows:
        for box in row:
            _draw_box(sheet, box)


def flow_rows(diagram: FlowDiagram) -> list[Row]:
    """Stages, losses and endpoints with their counts, in the order of the picture."""
    rows: list[Row] = []
    for step in diagram.steps:
        rows.append({"part": "stage", "what": step.title, "n": step.n})
        rows += [{"part": step.lost_title, "what": reason.why, "n": reason.n} for reason in step.lost]
    return rows + [{"part": "analysed", "what": end.title, "n": end.n} for end in diagram.ends]
