"""The swimmer of a whole cohort: lanes by group, in two columns where one would be too dense to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glisson.errors import BadInput
from glisson.report.figures.cohort_sheet import SIZE, SMALL, Files, Row, Sheet, fitted, journal, new_sheet, text_mm
from glisson.report.figures.follow_marks import (
    ALIVE,
    DEATH,
    FIRST,
    LIGHT,
    ORDER,
    PD,
    SESSION,
    THERAPY,
    Mark,
    fill_of,
    quiet_grid,
)
from glisson.report.figures.follow_swimmer import Lane
from glisson.report.figures.style import INK, PAGE_WIDTH_mm, halo

MOST_IN_COLUMN = 62
"""Lanes above which a second column begins."""
HIGH_mm, LANE_mm, THINNEST_mm, TOP_mm = 196.0, 4.2, 1.15, 3.0
NAMED_mm = 3.0
"""Height of a lane from which patients are named."""
MARKS = (SESSION, FIRST, PD, THERAPY, DEATH, ALIVE)


@dataclass(frozen=True)
class LaneGroup:
    """Patients of a group, as an intention; a single group may have no name."""

    name: str
    lanes: tuple[Lane, ...]


@dataclass(frozen=True)
class _Line:
    """A lane, or the heading of a group."""

    heading: str = ""
    lane: Lane | None = None


@journal()
def draw_cohort_swimmer(stem: Path, groups: Sequence[LaneGroup], since: str) -> Files:
    """Every patient, the longest observed of each group on top.

    Raises:
        BadInput: no patient.
    """
    lines = _lines(groups)
    if not any(line.lane for line in lines):
        raise BadInput("a swimmer without patients", allowed="at least one")
    columns = _columns(lines)
    tall = max(len(column) for column in columns)
    step = min(LANE_mm, max(THINNEST_mm, HIGH_mm / tall))
    key_rows = _key_rows(groups)
    sheet = new_sheet(PAGE_WIDTH_mm, TOP_mm + step * tall + 12.0 + 4.4 * len(key_rows))
    left = 2.0 + (_name_room(lines) if step >= NAMED_mm else 0.0)
    wide = (PAGE_WIDTH_mm - 2.0) / len(columns) - left - 2.0
    span = _span(groups)
    for number, column in enumerate(columns):
        place = number * (PAGE_WIDTH_mm - 2.0) / len(columns) + left
        axes = sheet.axes(place, TOP_mm, wide, step * tall)
        axes.set_xlim(*span)
        axes.set_ylim(tall - 0.5, -0.5)
        quiet_grid(axes, "x")
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(f"months from {since}")
        _draw_lanes(axes, [(row, line.lane) for row, line in enumerate(column) if line.lane is not None], step)
        for row, line in enumerate(column):
            y = TOP_mm + step * (row + 0.5)
            if line.lane is None:
                head = {
                    "fontsize": SIZE,
                    "fontweight": "bold",
                    "va": "center",
                    "color": INK,
                    "path_effects": halo(3.0),
                    "zorder": 8,
                }
                axes.text(span[0], row, fitted(line.heading, wide, SIZE, True), **head)
            elif step >= NAMED_mm:
                sheet.write(place - 1.5, y, fitted(line.lane.patient, left - 4.0, SMALL), size=SMALL, across="right")
    _write_key(sheet, key_rows, TOP_mm + step * tall + 12.5)
    return sheet.save(stem)


def _lines(groups: Sequence[LaneGroup]) -> list[_Line]:
    found: list[_Line] = []
    for group in groups:
        if group.name:
            found += [_Line(), _Line()] if found else [_Line()]
            found[-1] = _Line(f"{group.name} (n = {len(group.lanes)})")
        found += [_Line(lane=lane) for lane in sorted(group.lanes, key=lambda lane: (-lane.end, lane.patient))]
    return found


def _columns(lines: list[_Line]) -> list[list[_Line]]:
    """One column, or two of the same height; a group that runs on is named again."""
    if len(lines) <= MOST_IN_COLUMN:
        return [lines]
    cut = -(-len(lines) // 2)
    while cut > 1 and lines[cut - 1].lane is None:
        cut -= 1
    heading = next((line.heading for line in reversed(lines[:cut]) if line.heading), "")
    second = lines[cut:]
    while second and second[0].lane is None and not second[0].heading:
        second = second[1:]
    if second and second[0].lane is not None and heading:
        second = [_Line(heading.split(" (n = ")[0] + ", continued"), *second]
    return [lines[:cut], second]


def _name_room(lines: Sequence[_Line]) -> float:
    return min(24.0, max(text_mm(line.lane.patient, SMALL) for line in lines if line.lane is not None) + 2.0)


def _span(groups: Sequence[LaneGroup]) -> tuple[float, float]:
    lanes = [lane for group in groups for lane in group.lanes]
    first = min([0.0, *(at for lane in lanes for at in lane.sessions), *(start for lane in lanes for start, _, _ in lane.spans)])
    return first - 0.2, 1.04 * max(lane.end for lane in lanes) + 0.1


def _draw_lanes(axes: Any, lanes: Sequence[tuple[int, Lane]], step: float) -> None:
    """Lanes with their rows: lines of observation, stretches of response, marks; one call for each kind of thing."""
    axes.barh([row for row, _ in lanes], [lane.end for _, lane in lanes], height=0.2, color=LIGHT, linewidth=0, zorder=1)
    stretches = [(row, *span) for row, lane in lanes for span in lane.spans]
    for said in sorted({word for *_, word in stretches}):
        fill, hatch = fill_of(said)
        these = [(row, start, end - start) for row, start, end, word in stretches if word == said]
        rows, starts, lengths = zip(*these, strict=True)
        axes.barh(rows, lengths, left=starts, height=0.7, color=fill, hatch=hatch, edgecolor=INK, linewidth=0.25, zorder=2)
    size = max(0.5, min(1.0, 0.28 * step))
    places = [(mark, at, row) for row, lane in lanes for mark, months in lane.marks() for at in months]
    for order, mark in enumerate(MARKS):
        edge = "white" if mark.filled and mark.shape != "|" else mark.colour
        style = mark.style() | {
            "markersize": mark.size * size,
            "markeredgecolor": edge,
            "markeredgewidth": 0.3 if size < 1 else 0.7,
        }
        if mark is SESSION:
            style |= {"markeredgecolor": INK, "markeredgewidth": 0.8}
        these_marks = [(at, row) for one, at, row in places if one is mark]
        axes.plot([at for at, _ in these_marks], [row for _, row in these_marks], zorder=5 + 0.1 * order, clip_on=False, **style)


def _key_rows(groups: Sequence[LaneGroup]) -> list[list[str | Mark]]:
    """What the picture shows, in rows that fit the page."""
    lanes = [lane for group in groups for lane in group.lanes]
    said = {word for lane in lanes for _, _, word in lane.spans}
    there = {mark for lane in lanes for mark, places in lane.marks() if places}
    entries: list[str | Mark] = [word for word in ORDER if word in said]
    entries += [mark for mark in MARKS if mark in there]
    rows: list[list[str | Mark]] = [[]]
    used = 0.0
    for entry in entries:
        wide = _key_mm(entry)
        if used + wide > PAGE_WIDTH_mm - 4.0:
            rows.append([])
            used = 0.0
        rows[-1].append(entry)
        used += wide
    return rows


def _key_mm(entry: str | Mark) -> float:
    return text_mm(entry if isinstance(entry, str) else entry.says) + 10.0


def _write_key(sheet: Sheet, rows: Sequence[Sequence[str | Mark]], top: float) -> None:
    from matplotlib.patches import Rectangle

    for number, row in enumerate(rows):
        x, y = 2.0, top + 4.4 * number
        for entry in row:
            if isinstance(entry, str):
                colour, hatch = fill_of(entry)
                box = Rectangle((x, y - 1.2), 4.6, 2.4, facecolor=colour, hatch=hatch, edgecolor=INK, linewidth=0.4)
                sheet.ground.add_patch(box)
            else:
                sheet.line([x + 2.3], [y], **(entry.style(INK if entry is SESSION else None)))
            sheet.write(x + 6.0, y, entry if isinstance(entry, str) else entry.says)
            x += _key_mm(entry)


def swimmer_rows(groups: Sequence[LaneGroup]) -> list[Row]:
    """The months behind the figure: one row per stretch of response and per mark."""
    rows: list[Row] = []
    for group in groups:
        for lane in group.lanes:
            who: Row = {"group": group.name, "patient": lane.patient}
            rows.append(who | {"what": "observed", "from_months": 0.0, "to_months": lane.end})
            for start, end, said in lane.spans:
                rows.append(who | {"what": said, "from_months": start, "to_months": end})
            for mark, places in lane.marks():
                rows += [who | {"what": mark.says, "from_months": at, "to_months": None} for at in places]
    return rows
