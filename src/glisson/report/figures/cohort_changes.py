"""Changes of the tumour in a whole cohort, by group side by side: the waterfall of best changes, the spider of all visits."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glisson.errors import BadInput
from glisson.report.figures.cohort_sheet import SMALL, Files, LINE_mm, Row, Sheet, journal, new_sheet, text_mm, wrapped
from glisson.report.figures.follow_marks import NEW, ORDER, PD, Mark, above, fill_of, quiet_grid
from glisson.report.figures.follow_spider import WORSE, Leg
from glisson.report.figures.follow_waterfall import Bar
from glisson.report.figures.style import INK, QUIET, PAGE_WIDTH_mm

LEFT_mm, RIGHT_mm, HEAD_mm, HIGH_mm, GAP_mm = 14.0, 12.0, 9.0, 64.0, 3.0
Thresholds = tuple[float, float]
"""Partial response and progression, as fractions."""


@dataclass(frozen=True)
class BarGroup:
    """Best changes of the patients of a group."""

    name: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class LegGroup:
    """Courses of the patients of a group."""

    name: str
    legs: tuple[Leg, ...]


@journal()
def draw_cohort_waterfall(stem: Path, groups: Sequence[BarGroup], thresholds: Thresholds, what: str) -> Files:
    """Best change of every patient by group, the largest growth left; those without a bar are counted by reason below.

    Raises:
        BadInput: no patient.
    """
    known = [[bar for bar in group.bars if bar.change_fraction is not None] for group in groups]
    if not any(group.bars for group in groups):
        raise BadInput("a waterfall without patients", allowed="at least one")
    lines = _without(groups)
    sheet = new_sheet(PAGE_WIDTH_mm, HEAD_mm + HIGH_mm + 9.0 + LINE_mm * len(lines))
    heights = [bar.percent for bars in known for bar in bars]
    limits = (min([-60.0, *(1.05 * h for h in heights)]), max([40.0, *(1.12 * h for h in heights)]))
    shares = [max(len(bars), 4) for bars in known]
    left = LEFT_mm
    room = PAGE_WIDTH_mm - LEFT_mm - RIGHT_mm - GAP_mm * (len(groups) - 1)
    for number, (group, bars, share) in enumerate(zip(groups, known, shares, strict=True)):
        wide = room * share / sum(shares)
        axes = sheet.axes(left, HEAD_mm, wide, HIGH_mm)
        _facet(sheet, axes, (left, wide), group.name, len(group.bars))
        axes.set_ylim(*limits)
        axes.set_xlim(-0.7, max(len(bars) - 0.3, 3.3))
        _limits(axes, thresholds)
        _draw_bars(axes, bars)
        axes.set_xticks([])
        _edges(axes, number, what)
        left += wide + GAP_mm
    _name_limits(sheet, thresholds, limits)
    said = {bar.response for bars in known for bar in bars}
    marks = [NEW] if any(bar.elsewhere for bars in known for bar in bars) else []
    _write_key(sheet, [word for word in ORDER if word in said], marks, HEAD_mm + HIGH_mm + 4.5)
    for k, line in enumerate(lines):
        sheet.write(LEFT_mm, HEAD_mm + HIGH_mm + 9.0 + k * LINE_mm, line, size=SMALL, color=QUIET)
    return sheet.save(stem)


@journal()
def draw_cohort_spider(stem: Path, groups: Sequence[LegGroup], thresholds: Thresholds, *, what: str, since: str) -> Files:
    """Change from the baseline of every patient in one panel per group, with first progressions and new lesions.

    Raises:
        BadInput: no patient with a visit.
    """
    points = [point for group in groups for leg in group.legs for point in leg.points]
    if not points:
        raise BadInput("a spider without visits", allowed="at least one patient with a sum")
    sheet = new_sheet(PAGE_WIDTH_mm, HEAD_mm + HIGH_mm + 16.0)
    values = [100 * y for _, y, _ in points]
    limits = (min([-60.0, *values]) - 5.0, max([40.0, *(1.06 * value for value in values)]))
    last = 1.03 * max(x for x, _, _ in points) or 1.0
    wide = (PAGE_WIDTH_mm - LEFT_mm - RIGHT_mm - GAP_mm * (len(groups) - 1)) / len(groups)
    for number, group in enumerate(groups):
        left = LEFT_mm + number * (wide + GAP_mm)
        axes = sheet.axes(left, HEAD_mm, wide, HIGH_mm)
        _facet(sheet, axes, (left, wide), group.name, len(group.legs))
        axes.set_ylim(*limits)
        axes.set_xlim(0.0, last)
        _limits(axes, thresholds)
        for leg in group.legs:
            _draw_leg(axes, leg)
        axes.set_xlabel(f"months from {since}")
        _edges(axes, number, what)
    _name_limits(sheet, thresholds, limits)
    marks = [PD] if any(said in WORSE for _, _, said in points) else []
    if any(leg.new_at for group in groups for leg in group.legs):
        marks.append(NEW)
    _write_key(sheet, [], marks, HEAD_mm + HIGH_mm + 13.0)
    return sheet.save(stem)


def _facet(sheet: Sheet, axes: Any, place: tuple[float, float], name: str, n: int) -> None:
    """Name and number of the group above its panel."""
    left, wide = place
    quiet_grid(axes)
    if name:
        sheet.write_lines(
            left, HEAD_mm - 4.0, wrapped(f"{name} (n = {n})", max(wide, 12.0), SMALL, most=2, bold=True), size=SMALL, bold=True
        )


def _edges(axes: Any, number: int, what: str) -> None:
    if number == 0:
        axes.set_ylabel(what)
    else:
        axes.tick_params(axis="y", length=0, labelleft=False)
        axes.spines["left"].set_visible(False)


def _limits(axes: Any, thresholds: Thresholds) -> None:
    axes.axhline(0, color=INK, linewidth=0.6)
    for level in (-100 * thresholds[0], 100 * thresholds[1]):
        axes.axhline(level, color=QUIET, linewidth=0.8, linestyle=(0, (5, 2)), zorder=3)


def _name_limits(sheet: Sheet, thresholds: Thresholds, limits: tuple[float, float]) -> None:
    for level in (-100 * thresholds[0], 100 * thresholds[1]):
        y = HEAD_mm + HIGH_mm * (limits[1] - level) / (limits[1] - limits[0])
        sheet.write(PAGE_WIDTH_mm - RIGHT_mm + 1.2, y, f"{level:+g} %".replace("-", "−"), size=SMALL, color=QUIET)


def _draw_bars(axes: Any, bars: Sequence[Bar]) -> None:
    edge = 0.5 if len(bars) <= 40 else 0.2
    placed = list(enumerate(sorted(bars, key=lambda bar: (-bar.percent, bar.patient))))
    for said in sorted({bar.response for bar in bars}):
        fill, hatch = fill_of(said)
        these = [(place, bar.percent) for place, bar in placed if bar.response == said]
        places, heights = zip(*these, strict=True)
        axes.bar(places, heights, width=0.86, color=fill, edgecolor=INK, linewidth=edge, hatch=hatch, zorder=2)
    marked = [(place, max(bar.percent, 0.0)) for place, bar in placed if bar.elsewhere]
    style = NEW.style() | {"markersize": 3.2}
    axes.plot([x for x, _ in marked], [y for _, y in marked], zorder=4, clip_on=False, transform=above(axes), **style)


def _draw_leg(axes: Any, leg: Leg) -> None:
    xs, ys = [x for x, _, _ in leg.points], [100 * y for _, y, _ in leg.points]
    axes.plot(xs, ys, color="#8b9aa0", linewidth=0.6, alpha=0.8, zorder=2)
    worse = [(x, y) for x, y, (_, _, said) in zip(xs, ys, leg.points, strict=True) if said in WORSE]
    for x, y in worse[:1]:
        axes.plot([x], [y], zorder=4, clip_on=False, **(PD.style() | {"markersize": 4.0, "markeredgewidth": 0.4}))
    heights = dict(zip(xs, ys, strict=True))
    for x in (x for x in leg.new_at[:1] if x in heights):
        axes.plot([x], [heights[x]], zorder=5, clip_on=False, **(NEW.style() | {"markersize": 3.4, "markeredgecolor": "white"}))


def _without(groups: Sequence[BarGroup]) -> list[str]:
    """How many have no bar, by reason."""
    reasons = Counter(
        f"{bar.reason or 'no sum'} ({bar.response})" for group in groups for bar in group.bars if bar.change_fraction is None
    )
    if not reasons:
        return []
    said = "No bar: " + "; ".join(
        f"{n} × {reason}" for reason, n in sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    )
    return wrapped(said, PAGE_WIDTH_mm - LEFT_mm - 4.0, SMALL)


def _write_key(sheet: Sheet, responses: Sequence[str], marks: Sequence[Mark], y: float) -> None:
    from matplotlib.patches import Rectangle

    x = LEFT_mm
    for word in responses:
        colour, hatch = fill_of(word)
        sheet.ground.add_patch(Rectangle((x, y - 1.2), 4.6, 2.4, facecolor=colour, hatch=hatch, edgecolor=INK, linewidth=0.4))
        sheet.write(x + 6.0, y, word)
        x += text_mm(word) + 10.0
    for mark in marks:
        sheet.line([x + 2.3], [y], **mark.style())
        sheet.write(x + 6.0, y, mark.says)
        x += text_mm(mark.says) + 10.0


def waterfall_rows(groups: Sequence[BarGroup]) -> list[Row]:
    """Best change of every patient, with the reason where there is none."""
    return [
        {
            "group": group.name,
            "patient": bar.patient,
            "best_change_fraction": bar.change_fraction,
            "response": bar.response,
            "new_or_nontarget_progression": "yes" if bar.elsewhere else "no",
            "reason": bar.reason,
        }
        for group in groups
        for bar in group.bars
    ]


def spider_rows(groups: Sequence[LegGroup]) -> list[Row]:
    """Change of every patient at every visit."""
    return [
        {"group": group.name, "patient": leg.patient, "months": x, "change_fraction": y, "response": said}
        for group in groups
        for leg in group.legs
        for x, y, said in leg.points
    ]
