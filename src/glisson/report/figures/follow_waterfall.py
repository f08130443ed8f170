"""The waterfall: best change of the sum of every patient, hatched by response, so that it reads in grey."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glisson.report.figures.follow_marks import NEW, Place, above, fill_of, key, quiet_grid, save_three
from glisson.report.figures.style import INK, QUIET, PAGE_WIDTH_mm, axes_mm, new_figure
from glisson.report.names import short_name

MOST_NAMED = 40
"""Patients whose names stand in a picture."""
LEFT_mm, RIGHT_mm, HIGH_mm, KEY_mm, LINE_mm = 14.0, 16.0, 66.0, 9.0, 3.4
LEVEL_mm, UPRIGHT_mm, MOST_LEVEL = 7.0, 17.0, 8
"""Height of the names when they lie and when they stand, and how many may lie."""
LETTERS = 120
"""Of a line below the plot."""


@dataclass(frozen=True)
class Bar:
    """A patient.

    Attributes:
        change_fraction: best change of the sum; ``None``: none, and ``reason`` says why.
        response: the best one.
        elsewhere: a new lesion, or progression of non-targets.
    """

    patient: str
    change_fraction: float | None
    response: str
    elsewhere: bool
    reason: str = ""

    @property
    def percent(self) -> float:
        """The change in percent; only of a bar that has one."""
        return 100 * float(self.change_fraction or 0.0)


def draw_waterfall(stem: Path, bars: Sequence[Bar], thresholds: tuple[float, float], what: str) -> tuple[Path, Path, Path]:
    """Best change of every patient, the largest growth left; those without a sum are named below.

    Args:
        stem: of the files (SVG, PNG, PDF).
        bars: any order.
        thresholds: partial response and progression, as fractions.
        what: axis label.
    """
    known = sorted((bar for bar in bars if bar.change_fraction is not None), key=lambda bar: (-bar.percent, bar.patient))
    lines = _without([bar for bar in bars if bar.change_fraction is None])
    names_mm = LEVEL_mm if len(known) <= MOST_LEVEL or len(known) > MOST_NAMED else UPRIGHT_mm
    below = names_mm + KEY_mm + LINE_mm * len(lines)
    figure = new_figure(PAGE_WIDTH_mm, HIGH_mm + below + 3.0)
    axes = axes_mm(figure, LEFT_mm, below, PAGE_WIDTH_mm - LEFT_mm - RIGHT_mm, HIGH_mm)
    _draw_bars(axes, known)
    for level in (-100 * thresholds[0], 100 * thresholds[1]):
        axes.axhline(level, color=QUIET, linewidth=0.8, linestyle=(0, (5, 2)))
        said = f"{level:+g} %".replace("-", "−")
        axes.annotate(said, (1.01, level), xycoords=("axes fraction", "data"), va="center", fontsize=6.8, color=QUIET)
    axes.axhline(0, color=INK, linewidth=0.6)
    axes.set_ylabel(what)
    _name_patients(axes, [bar.patient for bar in known])
    marks = [NEW] if any(bar.elsewhere for bar in known) else []
    key(axes, marks, responses={bar.response for bar in known}, place=Place(below_mm=names_mm, columns=7))
    for number, line in enumerate(reversed(lines)):
        height = (2.0 + LINE_mm * number) / (HIGH_mm + below + 3.0)
        figure.text(LEFT_mm / PAGE_WIDTH_mm, height, line, fontsize=6.8, color=INK)
    return save_three(figure, stem)


def _draw_bars(axes: Any, bars: Sequence[Bar]) -> None:
    quiet_grid(axes)
    for place, bar in enumerate(bars):
        fill, hatch = fill_of(bar.response)
        axes.bar(place, bar.percent, width=0.82, color=fill, edgecolor=INK, linewidth=0.5, hatch=hatch)
        if bar.elsewhere:
            axes.plot([place], [max(bar.percent, 0.0)], zorder=4, clip_on=False, transform=above(axes), **NEW.style())
    heights = [bar.percent for bar in bars]
    axes.set_ylim(min([-60.0, *(1.05 * h for h in heights)]), max([40.0, *(1.12 * h for h in heights)]))
    axes.set_xlim(-0.7, max(len(bars) - 0.3, 0.7))


def _without(bars: Sequence[Bar]) -> list[str]:
    """Patients without a bar, by reason, in lines that fit."""
    reasons: dict[str, list[str]] = {}
    for bar in sorted(bars, key=lambda bar: bar.patient):
        reasons.setdefault(f"{bar.reason} ({bar.response})", []).append(bar.patient)
    said = [f"No bar, {reason}: {', '.join(names)}" for reason, names in reasons.items()]
    return [line for words in said for line in textwrap.wrap(words, LETTERS)]


def _name_patients(axes: Any, names: Sequence[str]) -> None:
    axes.tick_params(axis="x", length=0)
    if len(names) > MOST_NAMED:
        axes.set_xticks([])
        axes.set_xlabel(f"{len(names)} patients")
        return
    upright = len(names) > MOST_LEVEL
    labels = [short_name(name, 14) for name in names]
    axes.set_xticks(range(len(names)), labels, rotation=90 if upright else 0, ha="center", fontsize=6)
