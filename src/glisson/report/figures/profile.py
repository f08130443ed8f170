"""Dose through the dome of the liver into the lung by every engine, with the density beneath."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.report.figures.style import HAIRLINE, INK, QUIET, PAGE_WIDTH_mm, axes_mm, halo, line_style, new_figure, save

Float = NDArray[np.float64]
WIDE_mm, NAMES_mm = PAGE_WIDTH_mm - 13.0 - 34.0, 34.0


@dataclass(frozen=True)
class Crossing:
    """Curves over the distance from the border.

    Attributes:
        distance_mm: negative in the liver.
        doses_Gy: by name, in the order in which they are drawn; the first is the reference.
        standard_error_Gy: of the reference; ``None``: it has none.
        density_g_per_mL: ``None``: one density everywhere.
    """

    distance_mm: Float
    doses_Gy: Mapping[str, Float]
    standard_error_Gy: Float | None = None
    density_g_per_mL: Float | None = None


def crossing_of(profile: Any, names: Mapping[str, str]) -> Crossing | None:
    """The profile of a result; ``None`` where it holds none."""
    if not isinstance(profile, Mapping) or not profile.get("distance_mm"):
        return None
    doses = {
        name: np.asarray(profile["doses_Gy"][engine], dtype=np.float64)
        for engine, name in names.items()
        if engine in profile.get("doses_Gy", {})
    }
    error, density = profile.get("standard_error_Gy"), profile.get("density_g_per_mL")
    return Crossing(
        np.asarray(profile["distance_mm"], dtype=np.float64),
        doses,
        None if error is None else np.asarray(error, dtype=np.float64),
        None if density is None else np.asarray(density, dtype=np.float64),
    )


def draw_crossing(path: Path, crossing: Crossing) -> Path:
    """Dose on a logarithmic scale, so that liver and lung are both seen; names at the ends of their curves."""
    dense = crossing.density_g_per_mL is not None
    low = 22.0 if dense else 10.0
    figure = new_figure(PAGE_WIDTH_mm, 74.0 + low)
    axes = axes_mm(figure, 13.0, low, WIDE_mm, 70.0)
    x = crossing.distance_mm
    _frame(axes, x)
    axes.set_yscale("log")
    axes.set_ylabel("absorbed dose (Gy)")
    axes.set_ylim(*_range(crossing))
    axes.set_yticks(_ticks(*axes.get_ylim()))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    for number, (name, dose) in enumerate(crossing.doses_Gy.items()):
        style = {"color": INK, "linestyle": "solid", "linewidth": 2.0} if number == 0 else line_style(number - 1)
        axes.plot(x, dose, label=name, zorder=5 if number == 0 else 3, **style)
    reference = next(iter(crossing.doses_Gy.values()))
    if crossing.standard_error_Gy is not None:
        axes.errorbar(x, reference, crossing.standard_error_Gy, fmt="o", color=INK, markersize=2.2, elinewidth=0.8, zorder=6)
    _names(axes, crossing)
    for word, shift, side in (("liver", -5, "right"), ("lung", 5, "left")):
        place = {
            "xycoords": ("data", "axes fraction"),
            "textcoords": "offset points",
            "xytext": (shift, -2),
            "va": "top",
            "ha": side,
        }
        axes.annotate(word, (0.0, 1.0), fontsize=8, color=QUIET, **place)
    bottom = axes
    if crossing.density_g_per_mL is not None:
        axes.tick_params(labelbottom=False)
        bottom = axes_mm(figure, 13.0, 10.0, WIDE_mm, 9.5)
        _frame(bottom, x)
        bottom.fill_between(x, 0.0, crossing.density_g_per_mL, step="mid", color=HAIRLINE, linewidth=0)
        bottom.plot(x, crossing.density_g_per_mL, drawstyle="steps-mid", color=QUIET, linewidth=0.9)
        bottom.set_ylim(0.0, 1.2)
        bottom.set_yticks([0, 1])
        bottom.set_ylabel("g/mL")
    bottom.set_xlabel("distance from the upper surface of the liver, towards the head (mm)")
    return save(figure, path)


def _frame(axes: Any, x: Float) -> None:
    step = float(x[1] - x[0]) if x.size > 1 else 1.0
    axes.set_xlim(float(x[0]) - step / 2, float(x[-1]) + step / 2)
    axes.axvline(0.0, color=QUIET, linewidth=0.8, zorder=1)
    axes.grid(True, color=HAIRLINE, linewidth=0.4)
    axes.set_axisbelow(True)


def _range(crossing: Crossing) -> tuple[float, float]:
    """From just below the lowest dose that matters (a hundredth of the highest at the most) to just above the highest."""
    values = np.concatenate(list(crossing.doses_Gy.values()))
    top = float(values.max())
    shown = values[values > top / 1000.0]
    return max(float(shown.min()) / 1.3, top / 1000.0), top * 1.4


def _ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 of every power of ten in a range.

    >>> _ticks(0.8, 12.0)
    [1.0, 2.0, 5.0, 10.0]
    """
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    return [value for power in powers for digit in (1, 2, 5) if low <= (value := float(digit * 10.0**power)) <= high]


def _names(axes: Any, crossing: Crossing) -> None:
    """Right of the curves, moved apart where they would touch."""
    low, high = np.log10(axes.get_ylim())
    ends = {name: float(np.log10(max(values[-1], 10.0**low))) for name, values in crossing.doses_Gy.items()}
    order = sorted(ends, key=lambda name: ends[name])
    places = _apart([ends[name] for name in order], 0.052 * (high - low))
    numbers = {name: number for number, name in enumerate(crossing.doses_Gy)}
    for name, place in zip(order, places, strict=True):
        colour = INK if numbers[name] == 0 else line_style(numbers[name] - 1)["color"]
        weight = "bold" if numbers[name] == 0 else "normal"
        at = (crossing.distance_mm[-1], 10.0**place)
        axes.annotate(
            name, at, xytext=(7, 0), textcoords="offset points", va="center", ha="left", fontsize=7, color=colour,
            fontweight=weight, path_effects=halo(2.0), annotation_clip=False,
        )  # fmt: skip


def _apart(values: Sequence[float], least: float) -> list[float]:
    """Ascending values pushed up until neighbours keep a distance, the whole then moved back to its middle.

    >>> _apart([0.0, 0.0, 5.0], 1.0)
    [-0.5, 0.5, 5.0]
    """
    groups: list[list[float]] = []
    for value in values:
        groups.append([value])
        while len(groups) > 1 and _middle(groups[-1]) - _middle(groups[-2]) < least * (len(groups[-1]) + len(groups[-2])) / 2.0:
            last = groups.pop()
            groups[-1] += last
    return [_middle(group) + least * (k - (len(group) - 1) / 2.0) for group in groups for k in range(len(group))]


def _middle(group: Sequence[float]) -> float:
    return sum(group) / len(group)
