"""Quality of life: mean change from the baseline of every scale, with its interval and the forms that came back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glisson.errors import BadInput
from glisson.report.figures.cohort_sheet import MARKERS, SMALL, Files, LINE_mm, Row, Sheet, journal, new_sheet, text_mm, wrapped
from glisson.report.figures.follow_marks import quiet_grid
from glisson.report.figures.style import INK, QUIET, PAGE_WIDTH_mm, line_style

BESIDE, PANEL_mm, HEAD_mm, NAME_mm = 3, 30.0, 8.5, 9.0


@dataclass(frozen=True)
class QualityPoint:
    """A visit: mean change with its interval (points; ``None``: cannot say), forms returned and expected."""

    months: float
    change: float | None
    low: float | None
    high: float | None
    returned: int
    expected: int


@dataclass(frozen=True)
class QualityLine:
    """A group; a single group may have no name."""

    name: str
    points: tuple[QualityPoint, ...]


@dataclass(frozen=True)
class QualityScale:
    """A scale: its name, which way is better, and a line per group. ``least_change``: points that matter."""

    scale: str
    lines: tuple[QualityLine, ...]
    higher_is_better: bool = True
    least_change: float | None = None


@dataclass(frozen=True)
class QualityPlot:
    """Small panels, one per scale, all on one axis."""

    scales: tuple[QualityScale, ...]
    since: str = "first session"
    notes: tuple[str, ...] = ()
    confidence_fraction: float = 0.95


@journal()
def draw_quality(stem: Path, plot: QualityPlot) -> Files:
    """Change of every scale by visit, the share of the expected forms that came back below each panel.

    Raises:
        BadInput: no scale, or one without a visit.
    """
    if not plot.scales or any(not line.points for scale in plot.scales for line in scale.lines):
        raise BadInput("a plot of quality of life without scales or visits", allowed="at least one visit per scale")
    groups = max(len(scale.lines) for scale in plot.scales)
    below = 9.0 + LINE_mm * groups
    count = -(-len(plot.scales) // BESIDE)
    names = plot.scales[0].lines
    top = 7.0 if groups > 1 else 2.0
    notes = [line for words in (*plot.notes, _said(plot)) for line in wrapped(words, PAGE_WIDTH_mm - 6.0, SMALL)]
    sheet = new_sheet(PAGE_WIDTH_mm, top + count * (HEAD_mm + PANEL_mm + below) + 6.0 + LINE_mm * len(notes))
    _write_key(sheet, names)
    reach = _reach(plot)
    wide = (PAGE_WIDTH_mm - 3.0 - BESIDE * (NAME_mm + 3.0)) / BESIDE
    for number, scale in enumerate(plot.scales):
        column, row = number % BESIDE, number // BESIDE
        place = (NAME_mm + 1.5 + column * (wide + NAME_mm + 3.0), top + row * (HEAD_mm + PANEL_mm + below) + HEAD_mm)
        _draw_panel(sheet, scale, place, wide, reach)
    y = top + count * (HEAD_mm + PANEL_mm + below) + 1.5
    sheet.write(PAGE_WIDTH_mm / 2, y, f"months from {plot.since}; below: forms returned of those expected (%)", across="center")
    for k, line in enumerate(notes):
        sheet.write(2.0, y + 4.6 + k * LINE_mm, line, size=SMALL, color=QUIET)
    return sheet.save(stem)


def _said(plot: QualityPlot) -> str:
    dashed = "; dashed: the change that matters" if any(scale.least_change for scale in plot.scales) else ""
    return f"Mean change from the baseline in points with {100 * plot.confidence_fraction:g} % CI{dashed}."


def _reach(plot: QualityPlot) -> float:
    values = [
        abs(value)
        for scale in plot.scales
        for line in scale.lines
        for point in line.points
        for value in (point.change, point.low, point.high)
        if value is not None
    ]
    values += [scale.least_change for scale in plot.scales if scale.least_change is not None]
    return min(105.0, 1.08 * max([10.0, *values]))


def _write_key(sheet: Sheet, lines: tuple[QualityLine, ...]) -> None:
    if len(lines) < 2:
        return
    x = NAME_mm
    for number, line in enumerate(lines):
        sheet.line([x, x + 4.0, x + 8.0], [3.2] * 3, **_style(number))
        sheet.write(x + 9.5, 3.2, line.name)
        x += text_mm(line.name) + 15.0


def _style(number: int) -> dict[str, Any]:
    filled = number % 2 == 0
    colour = line_style(number)["color"]
    return line_style(number) | {
        "linewidth": 1.1, "marker": MARKERS[number % len(MARKERS)], "markersize": 3.6,
        "markerfacecolor": colour if filled else "white", "markeredgecolor": colour,
    }  # fmt: skip


def _draw_panel(sheet: Sheet, scale: QualityScale, place: tuple[float, float], wide: float, reach: float) -> None:
    left, top = place
    axes = sheet.axes(left, top, wide, PANEL_mm)
    months = sorted({point.months for line in scale.lines for point in line.points})
    margin = 0.08 * (months[-1] - months[0]) or 0.5
    axes.set_xlim(months[0] - margin, months[-1] + margin)
    axes.set_ylim(-reach, reach)
    quiet_grid(axes)
    axes.axhline(0, color=INK, linewidth=0.7)
    for sign in (-1, 1) if scale.least_change else ():
        axes.axhline(sign * float(scale.least_change or 0.0), color=QUIET, linewidth=0.7, linestyle=(0, (4, 2)))
    shift = 0.02 * (months[-1] - months[0] + 2 * margin)
    for number, line in enumerate(scale.lines):
        _draw_line(axes, line, number, shift * (number - (len(scale.lines) - 1) / 2))
    head = wrapped(scale.scale, wide, most=1, bold=True)
    sheet.write_lines(left, top - 5.4, head, bold=True)
    better = "↑ better" if scale.higher_is_better else "↓ better"
    sheet.write(left, top - 2.0, better, size=SMALL, color=QUIET)
    _write_returned(sheet, axes, scale, (left, top, wide))


def _draw_line(axes: Any, line: QualityLine, number: int, shift: float) -> None:
    known = [point for point in line.points if point.change is not None]
    for point in known:
        if point.low is not None and point.high is not None:
            axes.plot(
                [point.months + shift] * 2, [point.low, point.high], color=line_style(number)["color"], linewidth=0.8, zorder=3
            )
    axes.plot([p.months + shift for p in known], [p.change for p in known], zorder=4, **_style(number))


def _write_returned(sheet: Sheet, axes: Any, scale: QualityScale, place: tuple[float, float, float]) -> None:
    """Share of the forms that came back below every visit, in percent; where two would touch, the later one is left out."""
    left, top, wide = place
    low, high = axes.get_xlim()
    end = -1e9
    ticks: list[float] = []
    for month in sorted({point.months for line in scale.lines for point in line.points}):
        x = left + wide * (month - low) / (high - low)
        half = text_mm("100", SMALL) / 2 + 0.4
        if x - half < end:
            continue
        end = x + half
        ticks.append(month)
        for number, line in enumerate(scale.lines):
            for point in (point for point in line.points if point.months == month):
                y = top + PANEL_mm + 6.6 + LINE_mm * number
                sheet.write(x, y, _returned(point), size=SMALL, across="center", color=line_style(number)["color"])
    axes.set_xticks(ticks, [f"{round(tick, 1):g}" for tick in ticks])


def _returned(point: QualityPoint) -> str:
    return f"{100 * point.returned / point.expected:.0f}" if point.expected else "–"


def quality_rows(plot: QualityPlot) -> list[Row]:
    """The means and counts behind the figure."""
    return [
        {
            "scale": scale.scale, "group": line.name, "months": point.months, "change": point.change, "low": point.low,
            "high": point.high, "returned": point.returned, "expected": point.expected,
        }
        for scale in plot.scales
        for line in scale.lines
        for point in line.points
    ]  # fmt: skip
