"""Response at each window with two denominators: everybody, and those with an assessment; one bar for each."""

from dataclasses import dataclass
from pathlib import Path

from glisson.errors import BadInput
from glisson.report.figures.cohort_sheet import SMALL, Files, LINE_mm, Row, Sheet, journal, new_sheet, on_dark, text_mm, wrapped
from glisson.report.figures.follow_marks import ORDER, fill_of
from glisson.report.figures.style import HAIRLINE, INK, QUIET, PAGE_WIDTH_mm

BAR_mm, ROW_mm, GAP_mm, HEAD_mm = 4.2, 5.2, 2.6, 22.0
MISSING = ("no assessment", "not done")


@dataclass(frozen=True)
class ResponseBar:
    """One window and denominator.

    Attributes:
        denominator: as "all patients" or "assessed".
        n: of the denominator.
        counts: response and patients; those without an assessment under "no assessment" or "not done".
        statements: one text per column of the plot, as "38 (30–46)".
    """

    denominator: str
    n: int
    counts: tuple[tuple[str, int], ...]
    statements: tuple[str, ...] = ()


@dataclass(frozen=True)
class ResponseWindow:
    """A window with its bars, as "3 months (2–4)"."""

    window: str
    bars: tuple[ResponseBar, ...]


@dataclass(frozen=True)
class ResponsePlot:
    """All windows; ``columns``: heads of the statements, as "response, % (95 % CI)"."""

    windows: tuple[ResponseWindow, ...]
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Layout:
    left: float
    wide: float
    columns: tuple[float, ...]


@journal()
def draw_responses(stem: Path, plot: ResponsePlot) -> Files:
    """Stacked bars in percent of their denominator, the best response at the left, with counts and statements.

    Raises:
        BadInput: no bar, or counts that are not those of the denominator.
    """
    bars = [bar for window in plot.windows for bar in window.bars]
    if not bars:
        raise BadInput("a plot of responses without bars", allowed="at least one window")
    for bar in bars:
        if sum(n for _, n in bar.counts) != bar.n:
            raise BadInput(f"{sum(n for _, n in bar.counts)} responses for {bar.n} patients", allowed="counts that add up")
    layout = _layout(plot)
    notes = [line for words in plot.notes for line in wrapped(words, PAGE_WIDTH_mm - 6.0, SMALL)]
    lines_of_heads = max((len(wrapped(head, HEAD_mm, SMALL, bold=True)) for head in plot.columns), default=1)
    top = 8.5 + LINE_mm * lines_of_heads
    high = ROW_mm * len(bars) + GAP_mm * (len(plot.windows) - 1)
    sheet = new_sheet(PAGE_WIDTH_mm, top + high + 12.0 + LINE_mm * len(notes))
    _write_key(sheet, plot, layout)
    for place, head in enumerate(plot.columns):
        lines = wrapped(head, HEAD_mm, SMALL, bold=True)
        for k, line in enumerate(reversed(lines)):
            sheet.write(layout.columns[place], top - 2.6 - k * LINE_mm, line, bold=True, size=SMALL)
    _draw_axis(sheet, layout, top, top + high)
    y = top
    for window in plot.windows:
        middle = y + ROW_mm * len(window.bars) / 2
        sheet.write_lines(2.0, middle, wrapped(window.window, 26.0, most=2, bold=True), bold=True)
        for bar in window.bars:
            _draw_bar(sheet, bar, layout, y + ROW_mm / 2)
            y += ROW_mm
        y += GAP_mm
    for k, line in enumerate(notes):
        sheet.write(2.0, top + high + 11.0 + k * LINE_mm, line, size=SMALL, color=QUIET)
    return sheet.save(stem)


def _layout(plot: ResponsePlot) -> _Layout:
    bars = [bar for window in plot.windows for bar in window.bars]
    label = max(text_mm(_denominator(bar)) for bar in bars)
    left = 2.0 + 26.0 + 2.0 + min(label, 34.0) + 2.0
    widths = []
    for place, head in enumerate(plot.columns):
        cells = [bar.statements[place] for bar in bars if place < len(bar.statements)]
        heads = [text_mm(line, SMALL, True) for line in wrapped(head, HEAD_mm, SMALL, bold=True)]
        widths.append(max([*heads, *(text_mm(cell, SMALL) for cell in cells)]) + 2.5)
    wide = PAGE_WIDTH_mm - left - sum(widths) - 4.0
    starts = [left + wide + 2.5 + sum(widths[:place]) for place in range(len(widths))]
    return _Layout(left, wide, tuple(starts))


def _denominator(bar: ResponseBar) -> str:
    return f"{bar.denominator}, n = {bar.n}"


def _style(response: str) -> tuple[str, str]:
    return ("#ffffff", "xxxxxx") if response in MISSING else fill_of(response)


def _order(response: str) -> tuple[int, str]:
    return (ORDER.index(response) if response in ORDER else len(ORDER), response)


def _write_key(sheet: Sheet, plot: ResponsePlot, layout: _Layout) -> None:
    said = sorted({name for window in plot.windows for bar in window.bars for name, n in bar.counts if n}, key=_order)
    x = 2.0
    for name in said:
        _box(sheet, (x, 3.6), (5.0, 2.8), name)
        sheet.write(x + 6.2, 3.6, name)
        x += text_mm(name) + 11.0


def _box(sheet: Sheet, middle_left: tuple[float, float], size: tuple[float, float], name: str) -> None:
    from matplotlib.patches import Rectangle

    colour, hatch = _style(name)
    corner = (middle_left[0], middle_left[1] - size[1] / 2)
    sheet.ground.add_patch(Rectangle(corner, *size, facecolor=colour, hatch=hatch, edgecolor=INK, linewidth=0.5, zorder=3))


def _draw_axis(sheet: Sheet, layout: _Layout, top: float, bottom: float) -> None:
    for percent in (0, 20, 40, 60, 80, 100):
        x = layout.left + layout.wide * percent / 100
        sheet.line([x, x], [top, bottom], color=HAIRLINE, linewidth=0.4, zorder=0)
        sheet.write(x, bottom + 2.6, str(percent), size=SMALL, across="center", color=QUIET)
    sheet.write(layout.left + layout.wide / 2, bottom + 6.0, "share of the denominator (%)", across="center")


def _draw_bar(sheet: Sheet, bar: ResponseBar, layout: _Layout, y: float) -> None:
    sheet.write(layout.left - 2.0, y, _denominator(bar), across="right")
    x = layout.left
    if not bar.n:
        sheet.write(x + 2.0, y, "nobody", size=SMALL, color=QUIET)
    for name, n in sorted(bar.counts, key=lambda pair: _order(pair[0])):
        if n == 0 or bar.n == 0:
            continue
        wide = layout.wide * n / bar.n
        _box(sheet, (x, y), (wide, BAR_mm), name)
        if text_mm(str(n), SMALL) + 1.0 <= wide:
            _write_count(sheet, x + wide / 2, y, name, n)
        x += wide
    for place, words in enumerate(bar.statements[: len(layout.columns)]):
        sheet.write(layout.columns[place], y, words, size=SMALL)


def _write_count(sheet: Sheet, x: float, y: float, name: str, n: int) -> None:
    colour, hatch = _style(name)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6} if hatch else None
    sheet.write(x, y, str(n), size=SMALL, across="center", color="white" if on_dark(colour) else INK, bbox=box)


def response_rows(plot: ResponsePlot) -> list[Row]:
    """Counts and shares behind the figure."""
    rows: list[Row] = []
    for window in plot.windows:
        for bar in window.bars:
            for name, n in bar.counts:
                share = n / bar.n if bar.n else None
                rows.append(
                    {
                        "window": window.window,
                        "denominator": bar.denominator,
                        "of": bar.n,
                        "response": name,
                        "n": n,
                        "fraction": share,
                    }
                )
    return rows
