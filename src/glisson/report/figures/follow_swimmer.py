"""The swimmer: one lane for every patient with responses, sessions, progression and death; hatched, so that it reads in grey."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glisson.report.figures.follow_marks import (
    ALIVE,
    DEATH,
    FIRST,
    LIGHT,
    PD,
    SESSION,
    THERAPY,
    Mark,
    Place,
    fill_of,
    key,
    quiet_grid,
    save_three,
)
from glisson.report.figures.style import INK, PAGE_WIDTH_mm, axes_mm, new_figure
from glisson.report.names import short_name

MOST_NAMED = 40
LANE_mm, THINNEST_mm, HIGHEST_mm = 4.6, 0.4, 180.0
LEFT_mm, BELOW_mm = 26.0, 22.0


@dataclass(frozen=True)
class Lane:
    """A patient, in months from the origin.

    Attributes:
        end: last day known.
        spans: from, to and response of each stretch between two assessments, as called at its end.
        sessions, response, progressions, therapies: months; empty or ``None`` where there is none.
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

    def marks(self) -> list[tuple[Mark, tuple[float, ...]]]:
        """Symbols and their months."""
        first = () if self.response is None else (self.response,)
        death = () if self.died is None else (self.died,)
        alive = (self.end,) if self.ongoing else ()
        return [
            (SESSION, self.sessions), (FIRST, first), (PD, self.progressions[:1]), (THERAPY, self.therapies), (DEATH, death),
            (ALIVE, alive),
        ]  # fmt: skip


def draw_swimmer(stem: Path, lanes: Sequence[Lane], since: str) -> tuple[Path, Path, Path]:
    """Every patient, the longest observed on top.

    Args:
        stem: of the files (SVG, PNG, PDF).
        lanes: any number.
        since: day from which months count.
    """
    order = sorted(lanes, key=lambda lane: (-lane.end, lane.patient))
    step = min(LANE_mm, max(THINNEST_mm, HIGHEST_mm / max(len(order), 1)))
    figure = new_figure(PAGE_WIDTH_mm, step * len(order) + BELOW_mm + 3.0)
    axes = axes_mm(figure, LEFT_mm, BELOW_mm, PAGE_WIDTH_mm - LEFT_mm - 4.0, step * len(order))
    first = min([0.0, *(at for lane in order for at in lane.sessions), *(start for lane in order for start, _, _ in lane.spans)])
    axes.set_xlim(first - 0.2, 1.04 * max((lane.end for lane in order), default=1.0) + 0.1)
    axes.set_ylim(len(order) - 0.5, -0.5)
    quiet_grid(axes, "x")
    for row, lane in enumerate(order):
        _draw_lane(axes, row, lane, step / LANE_mm)
    names = [short_name(lane.patient, 14) for lane in order] if len(order) <= MOST_NAMED else []
    axes.set_yticks(range(len(names)), names, fontsize=6.4)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"months from {since}")
    there = {mark for lane in order for mark, places in lane.marks() if places}
    present = [mark for mark in (SESSION, FIRST, PD, THERAPY, DEATH, ALIVE) if mark in there]
    said = {word for lane in order for _, _, word in lane.spans}
    key(axes, present, responses=said, place=Place(left_mm=LEFT_mm - 14.0, columns=6))
    return save_three(figure, stem)


def _draw_lane(axes: Any, row: int, lane: Lane, size: float) -> None:
    axes.barh(row, lane.end, height=0.16, color=LIGHT, linewidth=0, zorder=1)
    for start, end, said in lane.spans:
        fill, hatch = fill_of(said)
        axes.barh(row, end - start, left=start, height=0.58, color=fill, hatch=hatch, edgecolor=INK, linewidth=0.4, zorder=2)
    for mark, places in lane.marks():
        edge = "white" if mark.filled and mark.shape != "|" else mark.colour
        style = mark.style() | {"markersize": mark.size * size, "markeredgecolor": edge}
        for at in places:
            axes.plot([at], [row], zorder=5, clip_on=False, **style)
