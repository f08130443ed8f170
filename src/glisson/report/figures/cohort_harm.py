"""Adverse events by term, grade and phase; and two groups back to back."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from glisson.errors import BadInput
from glisson.report.figures.cohort_forest_axis import linear_ticks
from glisson.report.figures.cohort_sheet import (
    GRADES,
    SMALL,
    Files,
    LINE_mm,
    Row,
    Sheet,
    fitted,
    journal,
    new_sheet,
    text_mm,
    wrapped,
)
from glisson.report.figures.style import HAIRLINE, INK, QUIET, PAGE_WIDTH_mm

ROW_mm, BAR_mm, LABEL_mm, GAP_mm = 4.6, 3.2, 56.0, 4.0
Grades = tuple[int, int, int, int, int]
"""Patients (or sessions) whose worst grade was 1, 2, 3, 4, 5."""


@dataclass(frozen=True)
class HarmRow:
    """A term; one tuple of five counts per phase or group."""

    term: str
    grades: tuple[Grades, ...]

    @property
    def total(self) -> int:
        """Of all grades and phases, for the order of the rows."""
        return sum(sum(one) for one in self.grades)

    @property
    def severe(self) -> int:
        """Of grades 3 to 5."""
        return sum(sum(one[2:]) for one in self.grades)


@dataclass(frozen=True)
class HarmPlot:
    """Adverse events.

    Attributes:
        phases: heads of the panels (of exactly two groups for the butterfly).
        denominators: of each, patients or sessions.
        unit: "patients" or "sessions".
        rows: any order; drawn by frequency.
        most: rows drawn; what is rarer is counted in a note (the table keeps it).
    """

    phases: tuple[str, ...]
    denominators: tuple[int, ...]
    rows: tuple[HarmRow, ...]
    unit: str = "patients"
    most: int = 30
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Panel:
    """A panel: its zero, mm per percent (negative to the left), and its number."""

    zero: float
    step: float
    place: int


@journal()
def draw_harm(stem: Path, plot: HarmPlot) -> Files:
    """One panel per phase on one scale, grades stacked, darker the worse; counts of all and of grade 3 or worse.

    Raises:
        BadInput: no phase, or rows that do not fit the phases or their denominators.
    """
    _require(plot)
    count = len(plot.phases)
    shown, notes = _shown(plot)
    label = _label_mm(shown)
    wide = (PAGE_WIDTH_mm - label - 4.0 - GAP_mm * (count - 1)) / count
    number_mm = text_mm("888 / 88", SMALL) + 2.0
    top_percent = _top(plot)
    step = (wide - number_mm) / top_percent
    panels = [_Panel(label + k * (wide + GAP_mm), step, k) for k in range(count)]
    sheet, top, bottom = _sheet(plot, shown, notes)
    for panel in panels:
        _write_head(sheet, plot, panel.place, (panel.zero, panel.zero + wide), top)
        _draw_axis(sheet, panel, top_percent, top, bottom)
        sheet.write(panel.zero + step * top_percent / 2, bottom + 5.8, f"{plot.unit} (%)", across="center")
    for number, row in enumerate(shown):
        y = top + ROW_mm * (number + 0.5)
        sheet.write(label - 2.0, y, fitted(row.term, label - 4.0), across="right")
        for panel in panels:
            _draw_bar(sheet, plot, row, panel, y)
    return sheet.save(stem)


@journal()
def draw_harm_butterfly(stem: Path, plot: HarmPlot) -> Files:
    """Two groups back to back around the terms.

    Raises:
        BadInput: not exactly two groups, or rows that do not fit them.
    """
    _require(plot)
    if len(plot.phases) != 2:
        raise BadInput(f"a butterfly of {len(plot.phases)} groups", allowed="two groups")
    number_mm = text_mm("888 / 88", SMALL) + 2.0
    shown, notes = _shown(plot)
    label = _label_mm(shown)
    half = (PAGE_WIDTH_mm - label) / 2
    top_percent = _top(plot)
    step = (half - 2.0 - number_mm) / top_percent
    panels = (_Panel(half, -step, 0), _Panel(half + label, step, 1))
    sheet, top, bottom = _sheet(plot, shown, notes)
    for panel, ends in zip(panels, ((2.0, half), (half + label, PAGE_WIDTH_mm - 2.0)), strict=True):
        _write_head(sheet, plot, panel.place, ends, top)
        _draw_axis(sheet, panel, top_percent, top, bottom)
        sheet.write(panel.zero + panel.step * top_percent / 2, bottom + 5.8, f"{plot.unit} (%)", across="center")
    for number, row in enumerate(shown):
        y = top + ROW_mm * (number + 0.5)
        sheet.write(PAGE_WIDTH_mm / 2, y, fitted(row.term, label - 3.0), across="center")
        for panel in panels:
            _draw_bar(sheet, plot, row, panel, y)
    return sheet.save(stem)


def _require(plot: HarmPlot) -> None:
    count = len(plot.phases)
    if not count or len(plot.denominators) != count:
        raise BadInput(f"{count} phases and {len(plot.denominators)} denominators", allowed="one denominator per phase")
    for number, row in enumerate(plot.rows, 1):
        if len(row.grades) != count or any(sum(one) > n for one, n in zip(row.grades, plot.denominators, strict=True)):
            raise BadInput(
                f"row {number} of the adverse events", allowed=f"five counts for {count} phases, within the denominator"
            )


def _shown(plot: HarmPlot) -> tuple[list[HarmRow], list[str]]:
    order = sorted(plot.rows, key=lambda row: (-row.severe, -row.total, row.term))
    frequent = sorted(plot.rows, key=lambda row: (-row.total, -row.severe, row.term))
    kept = set(frequent[: plot.most]) | {row for row in order[: plot.most // 2] if row.severe}
    shown = [row for row in frequent if row in kept]
    notes = list(plot.notes)
    if not plot.rows:
        notes.insert(0, "No adverse event was reported.")
    if len(shown) < len(plot.rows):
        notes.append(f"{len(plot.rows) - len(shown)} rarer terms stand in the table.")
    notes.append("Numbers: any grade / grade 3 or worse.")
    return shown, [line for words in notes for line in wrapped(words, PAGE_WIDTH_mm - 6.0, SMALL)]


def _label_mm(shown: Sequence[HarmRow]) -> float:
    """Room of the terms."""
    return min(LABEL_mm, max((text_mm(row.term) for row in shown), default=20.0) + 4.5)


def _top(plot: HarmPlot) -> float:
    shares = [100 * sum(one) / n for row in plot.rows for one, n in zip(row.grades, plot.denominators, strict=True) if n]
    return min(100.0, max([5.0, *(1.02 * share for share in shares)]))


def _sheet(plot: HarmPlot, shown: Sequence[HarmRow], notes: Sequence[str]) -> tuple[Sheet, float, float]:
    """The sheet with key and notes; top and bottom of the rows."""
    top, high = 17.0, ROW_mm * max(len(shown), 1)
    sheet = new_sheet(PAGE_WIDTH_mm, top + high + 11.5 + LINE_mm * len(notes))
    x = 2.0
    for grade, colour in enumerate(GRADES, 1):
        _box(sheet, (x, 3.4), 5.0, colour)
        sheet.write(x + 6.2, 3.4, f"grade {grade}")
        x += 20.0
    for k, line in enumerate(notes):
        sheet.write(2.0, top + high + 10.5 + k * LINE_mm, line, size=SMALL, color=QUIET)
    return sheet, top, top + high


def _box(sheet: Sheet, middle_left: tuple[float, float], wide: float, colour: str) -> None:
    from matplotlib.patches import Rectangle

    left = middle_left[0] if wide >= 0 else middle_left[0] + wide
    shape = Rectangle(
        (left, middle_left[1] - BAR_mm / 2), abs(wide), BAR_mm, facecolor=colour, edgecolor=INK, linewidth=0.4, zorder=3
    )
    sheet.ground.add_patch(shape)


def _write_head(sheet: Sheet, plot: HarmPlot, place: int, ends: tuple[float, float], top: float) -> None:
    room = ends[1] - ends[0]
    lines = [*wrapped(plot.phases[place], room, most=2, bold=True), f"n = {plot.denominators[place]}"]
    for k, line in enumerate(reversed(lines)):
        sheet.write(sum(ends) / 2, top - 2.4 - k * LINE_mm, line, across="center", bold=k > 0)


def _draw_axis(sheet: Sheet, panel: _Panel, top_percent: float, top: float, bottom: float) -> None:
    most = max(2, int(abs(panel.step) * top_percent / 8.0))
    for tick in linear_ticks(0.0, top_percent, most):
        x = panel.zero + panel.step * tick
        sheet.line([x, x], [top, bottom], color=HAIRLINE, linewidth=0.4, zorder=0)
        sheet.write(x, bottom + 2.4, f"{tick:g}", size=SMALL, across="center", color=QUIET)
    sheet.line([panel.zero] * 2, [top, bottom], linewidth=0.6)


def _draw_bar(sheet: Sheet, plot: HarmPlot, row: HarmRow, panel: _Panel, y: float) -> None:
    n = plot.denominators[panel.place]
    x = panel.zero
    counts = row.grades[panel.place]
    for count, colour in zip(counts, GRADES, strict=True):
        if count and n:
            wide = panel.step * 100 * count / n
            _box(sheet, (x, y), wide, colour)
            x += wide
    if sum(counts):
        words = f"{sum(counts)} / {sum(counts[2:])}"
        gap = 1.2 if panel.step > 0 else -1.2
        sheet.write(x + gap, y, words, size=SMALL, across="left" if panel.step > 0 else "right", color=QUIET)


def harm_rows(plot: HarmPlot) -> list[Row]:
    """All terms behind the figure, also those it leaves out."""
    rows: list[Row] = []
    for row in plot.rows:
        for phase, n, grades in zip(plot.phases, plot.denominators, row.grades, strict=True):
            counts: Row = {f"grade {grade}": count for grade, count in enumerate(grades, 1)}
            rows.append({"term": row.term, "phase": phase, f"{plot.unit} in all": n, **counts})
    return rows
