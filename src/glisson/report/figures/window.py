"""The window of activities: where each limit is reached, where each target is met, and what is proposed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glisson.report.figures.style import ACCENT, HAIRLINE, INK, QUIET, PAGE_WIDTH_mm, axes_mm, halo, new_figure, save
from glisson.report.names import short_name

LEFT_mm, ROW_mm = 60.0, 5.4
WIDE_mm = PAGE_WIDTH_mm - LEFT_mm - 12.0
LONGEST = 34
"""Letters of a name that fit beside the axis."""


@dataclass(frozen=True)
class Mark:
    """One limit or target of one product. ``activity_GBq``: where the dose equals it."""

    words: str
    aim: str
    activity_GBq: float
    binds: bool


@dataclass(frozen=True)
class Ladder:
    """The marks of one product, and the activity proposed for it (``None``: none). ``kept``: every limit and target is."""

    product: str
    proposed_GBq: float | None
    kept: bool
    marks: tuple[Mark, ...]


def ladder_of(candidate: Mapping[str, Any], method: Mapping[str, Any], names: Mapping[str, str]) -> Ladder | None:
    """Marks of a candidate by its preferred method; ``None`` when no limit has an activity."""
    proposed = method.get("activity_GBq")
    limits = [limit for limit in method.get("limits") or () if limit.get("decides") is not False]
    marks = list(dict.fromkeys(mark for limit in limits if (mark := _mark(limit, proposed, names)) is not None))
    if not marks:
        return None
    name = str(candidate.get("name") or candidate.get("product"))
    return Ladder(name, proposed, method.get("feasible") is not False, tuple(sorted(marks, key=lambda mark: mark.activity_GBq)))


def _mark(limit: Mapping[str, Any], proposed_GBq: float | None, names: Mapping[str, str]) -> Mark | None:
    activity, dose_Gy = limit.get("activity_at_limit_GBq"), limit.get("limit_Gy")
    if activity is None or dose_Gy is None or not activity > 0:
        return None
    aim = str(limit.get("aim") or "limit")
    where = names.get(str(limit.get("site")), str(limit.get("site"))) if limit.get("site") else _volume(limit)
    where = short_name(where, LONGEST)
    binds = aim == "limit" and proposed_GBq is not None and abs(activity - proposed_GBq) <= 0.005 * activity
    return Mark(f"{where} {'≥' if aim == 'target' else '≤'} {dose_Gy:.0f} Gy", aim, float(activity), binds)


def _volume(limit: Mapping[str, Any]) -> str:
    """The volume of a limit; for the lungs by its name, which tells one treatment from all of them."""
    return str(limit.get("name") or "lung") if limit.get("on") == "lung" else str(limit.get("on"))


def draw_window(path: Path, ladders: Sequence[Ladder]) -> Path:
    """One row for each limit or target. A limit leaves what lies left of its mark, a target asks for what lies right."""
    rows = sum(len(ladder.marks) + 1 for ladder in ladders)
    height = rows * ROW_mm + 12.0
    figure = new_figure(PAGE_WIDTH_mm, height)
    axes = axes_mm(figure, LEFT_mm, 10.0, WIDE_mm, rows * ROW_mm)
    proposed = [ladder.proposed_GBq for ladder in ladders if ladder.proposed_GBq is not None]
    near = [mark.activity_GBq for ladder in ladders for mark in ladder.marks]
    top = 2.2 * max(proposed) if proposed else 1.15 * sorted(near)[len(near) // 2]
    top = max(top, 1.12 * min(near))
    axes.set_xlim(0.0, top)
    axes.set_ylim(rows - 0.3, -0.9)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("activity in the vial at injection (GBq)")
    axes.xaxis.grid(True, color=HAIRLINE, linewidth=0.4)
    row = 0
    for ladder in ladders:
        row = _draw_ladder(axes, ladder, row, top)
    return save(figure, path)


def _draw_ladder(axes: Any, ladder: Ladder, row: int, top: float) -> int:
    first = row
    side = axes.get_yaxis_transform()
    axes.text(
        -(LEFT_mm - 1.0) / WIDE_mm,
        row,
        ladder.product,
        transform=side,
        fontsize=8,
        fontweight="bold",
        va="center",
        ha="left",
        color=INK,
    )
    if ladder.proposed_GBq is None:
        axes.text(0.0, row, "no activity satisfies all of these", transform=side, fontsize=7, va="center", color="#a33b12")
    row += 1
    for mark in ladder.marks:
        _draw_mark(axes, mark, row, top)
        weight = "bold" if mark.binds else "normal"
        axes.text(-0.015, row, mark.words, transform=side, fontsize=7, fontweight=weight, va="center", ha="right", color=INK)
        row += 1
    if ladder.proposed_GBq is not None:
        axes.plot([ladder.proposed_GBq] * 2, [first + 0.3, row - 0.5], color=ACCENT, linewidth=1.2)
        axes.text(
            ladder.proposed_GBq,
            first,
            f"{ladder.proposed_GBq:.2f} GBq" + ("" if ladder.kept else ", not every target met"),
            fontsize=8,
            fontweight="bold",
            ha="center",
            va="center",
            color=ACCENT,
        )
    return row


def _draw_mark(axes: Any, mark: Mark, row: int, top: float) -> None:
    at = min(mark.activity_GBq, top)
    target = mark.aim == "target"
    span = (at, top) if target else (0.0, at)
    axes.plot(
        span,
        [row, row],
        color=QUIET if not mark.binds else INK,
        linewidth=3.2 if mark.binds else 2.0,
        alpha=0.35,
        solid_capstyle="butt",
    )
    beyond = mark.activity_GBq > top
    if not beyond:
        axes.plot(
            [at],
            [row],
            marker=">" if target else "|",
            markersize=5 if target else 9,
            markeredgewidth=1.8,
            color=INK,
            clip_on=False,
        )
    words = f"{mark.activity_GBq:.2f}" + (" →" if beyond else "")
    ha = "right" if beyond or target else "left"
    style = {"fontsize": 6.5, "color": INK if mark.binds else QUIET, "path_effects": halo(2.2)}
    axes.annotate(
        words, (at, row), xytext=(-5 if ha == "right" else 5, 0), textcoords="offset points", va="center", ha=ha, **style
    )
