"""Forest plots: columns of words, and panels of estimates with their intervals on one axis each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

from glisson.report.figures.cohort_forest_axis import Estimate, Scale, linear_ticks, ratio_ticks, scale_of
from glisson.report.figures.cohort_sheet import (
    SIZE,
    SMALL,
    LINE_mm,
    Row,
    Sheet,
    fitted,
    flowed,
    interval_words,
    new_sheet,
    text_mm,
    wrapped,
)
from glisson.report.figures.style import INK, QUIET, PAGE_WIDTH_mm, halo

ROW_mm, LOW_ROW_mm, HIGH_mm = 4.6, 3.5, 205.0
GAP_mm, EDGE_mm, HEAD_mm = 2.4, 1.5, 22.0
Kind = Literal["heading", "row", "reference", "pooled", "prediction", "note"]


@dataclass(frozen=True)
class ForestCell:
    """What one panel shows in one row.

    Attributes:
        estimate: ``None``: none, and ``said`` stands in its place, as "reference" or "no estimate: separation".
        extra: text after the interval, as a p value or a weight.
        size: of the square, 0 to 1.
    """

    estimate: Estimate | None = None
    said: str = ""
    extra: str = ""
    size: float = 0.35


@dataclass(frozen=True)
class ForestLine:
    """A row: its label, the texts of the columns and a cell per panel."""

    label: str
    cells: tuple[str, ...] = ()
    panels: tuple[ForestCell, ...] = ()
    kind: Kind = "row"
    indent: bool = False


@dataclass(frozen=True)
class ForestPanel:
    """An axis.

    Attributes:
        title: above the axis, as "univariable".
        effect: name of the estimate, as "HR".
        extra: head of the text after the interval, as "p"; empty: no such column.
        favours: words below the axis to the left and the right of no effect.
        ratio: logarithmic, no effect at 1; otherwise linear, no effect at ``none_at``.
        percent: fractions, written in percent.
        line_at: dashed line, as of the pooled estimate.
    """

    title: str
    effect: str
    extra: str = ""
    favours: tuple[str, str] = ("", "")
    ratio: bool = True
    none_at: float | None = 1.0
    percent: bool = False
    line_at: float | None = None
    digits: int = 2
    level: str = "95 % CI"
    missing: str = "NE"


@dataclass(frozen=True)
class _Layout:
    label_mm: float
    columns_mm: tuple[float, ...]
    axis_mm: float
    texts_mm: tuple[float, ...]
    extras_mm: tuple[float, ...]

    def column(self, place: int) -> float:
        return EDGE_mm + self.label_mm + GAP_mm + sum(width + GAP_mm for width in self.columns_mm[:place])

    def axis(self, place: int) -> float:
        start = self.column(len(self.columns_mm))
        widths = zip(self.texts_mm[:place], self.extras_mm[:place], strict=True)
        return start + sum(self.axis_mm + text + extra + 3 * GAP_mm for text, extra in widths)


def draw_forest(
    heads: tuple[str, ...], panels: Sequence[ForestPanel], lines: Sequence[ForestLine], notes: Sequence[str] = ()
) -> Sheet:
    """The sheet with all rows; ``heads`` are those of the label and of the columns of words."""
    layout = _layout(heads, panels, lines)
    step = max(LOW_ROW_mm, min(ROW_mm, HIGH_mm / max(len(lines), 1)))
    heights = [step + LINE_mm * (len(_label(line, layout)) - 1) for line in lines]
    tallest = max((len(_head(head)) for head in heads[1:]), default=1)
    top = max(9.5 if any(panel.title for panel in panels) else 6.0, 2.9 + LINE_mm * tallest)
    bottom = top + sum(heights) + 1.0
    below = 14.0 if any(any(panel.favours) for panel in panels) else 10.0
    said = flowed(notes, PAGE_WIDTH_mm - 2 * EDGE_mm)
    sheet = new_sheet(PAGE_WIDTH_mm, bottom + below + LINE_mm * len(said))
    _write_heads(sheet, heads, panels, layout, top)
    scales = _scales(panels, layout, lines)
    for place, (panel, scale) in enumerate(zip(panels, scales, strict=True)):
        _draw_axis(sheet, panel, scale, (top, bottom), free_from=EDGE_mm if place == 0 else scale.left - 12.0)
    y = top
    for line, high in zip(lines, heights, strict=True):
        _write_row(sheet, line, panels, layout, y + high / 2)
        for place, cell in enumerate(line.panels):
            _draw_cell(sheet, line, cell, scales[place], y + high / 2)
        y += high
    for place, words in enumerate(said):
        sheet.write(EDGE_mm, bottom + below + LINE_mm * (place - 0.2), words, size=SMALL, color=QUIET)
    return sheet


def words_of(panel: ForestPanel, cell: ForestCell) -> str:
    """Estimate and interval as the text column prints them."""
    if cell.estimate is None:
        return cell.said
    factor = 100.0 if panel.percent else 1.0
    parts = (cell.estimate.value, cell.estimate.low, cell.estimate.high)
    return interval_words(
        *(None if part is None else factor * part for part in parts), digits=panel.digits, missing=panel.missing
    )


def _layout(heads: tuple[str, ...], panels: Sequence[ForestPanel], lines: Sequence[ForestLine]) -> _Layout:
    columns = []
    for place, head in enumerate(heads[1:]):
        cells = [line.cells[place] for line in lines if place < len(line.cells)]
        heads_mm = [text_mm(part, SIZE, True) for part in _head(head)]
        columns.append(max([*heads_mm, *(text_mm(cell) for cell in cells)]))
    texts, extras = [], []
    for place, panel in enumerate(panels):
        cells_here = [(line, line.panels[place]) for line in lines if place < len(line.panels)]
        head = f"{panel.effect} ({panel.level})"
        shown = [(line, cell) for line, cell in cells_here if cell.estimate is not None]
        measured = [text_mm(words_of(panel, cell), SIZE, line.kind == "pooled") for line, cell in shown]
        texts.append(max([text_mm(head, SIZE, True), *measured]))
        last = [text_mm(cell.extra) for _, cell in cells_here]
        extras.append(max([text_mm(panel.extra, SIZE, True), *last]))
    widest = max([text_mm(heads[0], SIZE, True), *(_wanted(line, beside=len(heads) > 1) for line in lines)])
    fixed = sum(columns) + GAP_mm * (len(columns) + 1) + sum(texts) + sum(extras) + 2 * EDGE_mm
    fixed += GAP_mm * (3 * len(panels) - (1 if panels[-1].extra else 2))
    least_axis = 26.0 if len(panels) > 1 else 42.0
    label = min(widest, max(24.0, PAGE_WIDTH_mm - fixed - least_axis * len(panels)))
    axis = max(18.0, (PAGE_WIDTH_mm - fixed - label) / len(panels))
    return _Layout(label, tuple(columns), axis, tuple(texts), tuple(extras))


def _head(head: str) -> list[str]:
    """Lines of the head of a column of words."""
    return wrapped(head, HEAD_mm, most=4, bold=True)


def _wanted(line: ForestLine, *, beside: bool) -> float:
    """Width of a label; one without cells may run on over the columns beside it, where there are some."""
    if beside and line.kind != "row" and not any(line.cells):
        return 0.0
    return text_mm(line.label, SIZE, line.kind in ("heading", "pooled")) + (3.0 if line.indent else 0.0)


def _label(line: ForestLine, layout: _Layout) -> list[str]:
    room = layout.label_mm - (3.0 if line.indent else 0.0)
    if line.kind != "row" and not any(line.cells):
        room += sum(layout.columns_mm) + GAP_mm * len(layout.columns_mm)
    return wrapped(line.label, room, most=3, bold=line.kind in ("heading", "pooled"))


def _write_heads(sheet: Sheet, heads: tuple[str, ...], panels: Sequence[ForestPanel], layout: _Layout, top: float) -> None:
    y = top - 3.0
    sheet.write(EDGE_mm, y, fitted(heads[0], layout.label_mm, SIZE, True), bold=True)
    for place, head in enumerate(heads[1:]):
        for line, words in enumerate(reversed(_head(head))):
            sheet.write(layout.column(place) + layout.columns_mm[place], y - line * LINE_mm, words, bold=True, across="right")
    for place, panel in enumerate(panels):
        left = layout.axis(place)
        right = left + layout.axis_mm + GAP_mm + layout.texts_mm[place]
        sheet.write(right, y, f"{panel.effect} ({panel.level})", bold=True, across="right")
        sheet.write(right + GAP_mm + layout.extras_mm[place], y, panel.extra, bold=True, across="right")
        if panel.title:
            end = right + (GAP_mm + layout.extras_mm[place] if panel.extra else 0.0)
            sheet.write((left + end) / 2, y - 4.0, fitted(panel.title, end - left, SIZE, True), bold=True, across="center")
            sheet.line([left, end], [y - 2.1, y - 2.1], color=QUIET, linewidth=0.5)
    sheet.line([EDGE_mm, sheet.wide_mm - EDGE_mm], [top - 0.6, top - 0.6], linewidth=0.7)


def _write_row(sheet: Sheet, line: ForestLine, panels: Sequence[ForestPanel], layout: _Layout, y: float) -> None:
    bold = line.kind in ("heading", "pooled")
    colour = QUIET if line.kind == "note" else INK
    sheet.write_lines(EDGE_mm + (3.0 if line.indent else 0.0), y, _label(line, layout), bold=bold, color=colour)
    for place, words in enumerate(line.cells):
        sheet.write(layout.column(place) + layout.columns_mm[place], y, words, across="right")
    for place, cell in enumerate(line.panels):
        right = layout.axis(place) + layout.axis_mm + GAP_mm + layout.texts_mm[place]
        style = (
            {"color": INK, "bold": line.kind == "pooled"}
            if cell.estimate is not None
            else {"color": QUIET, "path_effects": halo(3.0)}
        )
        sheet.write(right, y, words_of(panels[place], cell), across="right", **style)
        sheet.write(right + GAP_mm + layout.extras_mm[place], y, cell.extra, across="right")


def _scales(panels: Sequence[ForestPanel], layout: _Layout, lines: Sequence[ForestLine]) -> list[Scale]:
    """Panels of the same effect have the same scale, so that they compare by eye."""
    found = []
    for place, panel in enumerate(panels):
        same = [k for k, other in enumerate(panels) if (other.effect, other.ratio) == (panel.effect, panel.ratio)]
        estimates = [line.panels[k].estimate for line in lines for k in same if k < len(line.panels)]
        low, high = scale_of([one for one in estimates if one is not None], panel.none_at, ratio=panel.ratio)
        found.append(Scale(layout.axis(place), layout.axis_mm, low, high, panel.ratio))
    return found


def _draw_axis(sheet: Sheet, panel: ForestPanel, scale: Scale, ends: tuple[float, float], *, free_from: float) -> None:
    """Axis, ticks and words below; ``free_from``: where the words on the left may begin."""
    top, bottom = ends
    right = scale.left + scale.wide
    sheet.line([scale.left, right], [bottom, bottom], color=QUIET)
    most = max(2, int(scale.wide / 7.5))
    ticks = (ratio_ticks if panel.ratio else linear_ticks)(scale.low, scale.high, most)
    for tick in ticks:
        sheet.line([scale.x(tick)] * 2, [bottom, bottom + 0.9], color=QUIET)
        said = f"{100 * tick if panel.percent else tick:g}".replace("-", "−")
        sheet.write(scale.x(tick), bottom + 2.6, said, size=SMALL, across="center", color=QUIET)
    if panel.none_at is not None:
        sheet.line([scale.x(panel.none_at)] * 2, [top, bottom], color=INK, linewidth=0.6)
    if panel.line_at is not None:
        sheet.line([scale.x(panel.line_at)] * 2, [top, bottom], color=QUIET, linewidth=0.7, linestyle=(0, (3, 2)))
    name = panel.effect + (", log scale" if panel.ratio else " (%)" if panel.percent else "")
    sheet.write(scale.left + scale.wide / 2, bottom + 5.8, fitted(name, scale.wide + 14.0), across="center")
    if any(panel.favours) and panel.none_at is not None:
        middle = scale.x(panel.none_at)
        rooms = middle - free_from - 4.0, min(right + 8.0, sheet.wide_mm - 4.0) - middle
        left_words, right_words = (fitted(words, room, SMALL) for words, room in zip(panel.favours, rooms, strict=True))
        sheet.write(middle - 1.5, bottom + 9.4, f"← {left_words}", size=SMALL, across="right", color=QUIET)
        sheet.write(middle + 1.5, bottom + 9.4, f"{right_words} →", size=SMALL, color=QUIET)


def _draw_cell(sheet: Sheet, line: ForestLine, cell: ForestCell, scale: Scale, y: float) -> None:
    if line.kind == "reference" and scale.ratio:
        _square(sheet, scale.x(1.0), y, 1.5, {"facecolor": "white", "edgecolor": QUIET})
    if cell.estimate is None:
        return
    ends, beyond = _ends(cell.estimate, scale)
    if line.kind == "pooled":
        _diamond(sheet, scale, cell.estimate, y)
        return
    width = 1.6 if line.kind == "prediction" else 0.9
    sheet.line(ends, [y, y], linewidth=width, color=QUIET if line.kind == "prediction" else INK)
    for end, out, mark in zip(ends, beyond, ("<", ">"), strict=True):
        if out:
            sheet.line([end], [y], marker=mark, markersize=3.4, linestyle="none", zorder=4)
        elif line.kind == "prediction":
            sheet.line([end, end], [y - 0.9, y + 0.9], linewidth=0.9, color=QUIET)
    middle = scale.x(cell.estimate.value)
    if line.kind != "prediction" and scale.left - 0.1 <= middle <= scale.left + scale.wide + 0.1:
        _square(sheet, middle, y, 0.9 + 2.4 * math.sqrt(cell.size), {"facecolor": INK, "edgecolor": "white"})


def _ends(estimate: Estimate, scale: Scale) -> tuple[tuple[float, float], tuple[bool, bool]]:
    """Ends of the line on the axis, and whether the interval goes on beyond them."""
    low = scale.x(estimate.low) if estimate.low is not None and math.isfinite(estimate.low) else -math.inf
    high = scale.x(estimate.high) if estimate.high is not None and math.isfinite(estimate.high) else math.inf
    right = scale.left + scale.wide
    ends = min(max(low, scale.left), right), max(min(high, right), scale.left)
    return ends, (low < scale.left - 1e-6, high > right + 1e-6)


def _square(sheet: Sheet, x: float, y: float, side: float, style: dict[str, Any]) -> None:
    from matplotlib.patches import Rectangle

    sheet.ground.add_patch(Rectangle((x - side / 2, y - side / 2), side, side, linewidth=0.5, zorder=4, **style))


def _diamond(sheet: Sheet, scale: Scale, estimate: Estimate, y: float) -> None:
    from matplotlib.patches import Polygon

    ends, _ = _ends(estimate, scale)
    middle = scale.x(estimate.value)
    corners = [(ends[0], y), (middle, y - 1.5), (ends[1], y), (middle, y + 1.5)]
    sheet.ground.add_patch(Polygon(corners, closed=True, facecolor=INK, edgecolor=INK, linewidth=0.6, zorder=4))


def forest_table(heads: tuple[str, ...], panels: Sequence[ForestPanel], lines: Sequence[ForestLine]) -> list[Row]:
    """The numbers behind the figure: one row per line and panel."""
    rows: list[Row] = []
    for line in lines:
        words: Row = {"kind": line.kind, (heads[0] or "row"): line.label}
        words |= dict(zip_longest(heads[1:], line.cells[: len(heads) - 1], fillvalue=""))
        for place, panel in enumerate(panels):
            cell = line.panels[place] if place < len(line.panels) else ForestCell()
            one = cell.estimate
            numbers: Row = {
                "panel": panel.title,
                "effect": panel.effect,
                "estimate": one.value if one else None,
                "low": _finite(one.low if one else None),
                "high": _finite(one.high if one else None),
                "said": cell.said,
                panel.extra or "extra": cell.extra,
            }
            rows.append(words | numbers)
    return rows


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
