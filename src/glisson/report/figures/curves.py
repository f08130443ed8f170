"""Dose-volume histograms with the name of each structure at its own curve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.report.figures.style import HAIRLINE, PAGE_WIDTH_mm, axes_mm, halo, line_style, new_figure, save
from glisson.report.names import short_name

HEIGHTS = (0.50, 0.60, 0.40, 0.70, 0.30, 0.80, 0.20, 0.90, 0.12)
"""Volume fractions at which a name may stand, the best place first."""
LONGEST = 40
"""Letters of a name at its curve."""


@dataclass(frozen=True)
class Curve:
    """A cumulative histogram: the part of the volume that receives at least each dose."""

    name: str
    dose_Gy: NDArray[np.float64]
    volume_fraction: NDArray[np.float64]

    def dose_at(self, fraction: float) -> float:
        """Dose that this part of the volume receives at least, Gy."""
        return float(np.interp(-fraction, -self.volume_fraction, self.dose_Gy))


def curves_of(dvh: Any, names: Mapping[str, str]) -> list[Curve]:
    """Curves of a result's histograms in the order of ``names``; what is no histogram is left out."""
    found = []
    for site, name in names.items():
        points = dvh.get(site) if isinstance(dvh, Mapping) else None
        if not isinstance(points, Mapping) or not points.get("dose_Gy"):
            continue
        dose = np.asarray(points["dose_Gy"], dtype=np.float64)
        fraction = np.asarray(points.get("volume_fraction", ()), dtype=np.float64)
        if dose.shape == fraction.shape:
            found.append(Curve(name, dose, fraction))
    return found


def draw_histograms(path: Path, curves: Sequence[Curve]) -> Path:
    """All curves in one plot; line styles and names keep them apart without colour."""
    figure = new_figure(PAGE_WIDTH_mm, 80.0)
    axes = axes_mm(figure, 13.0, 10.0, PAGE_WIDTH_mm - 17.0, 66.0)
    top = max(curve.dose_at(0.005) for curve in curves) * 1.05 or 1.0
    axes.set_xlim(0.0, top)
    axes.set_ylim(0.0, 101.0)
    axes.set_xlabel("absorbed dose (Gy)")
    axes.set_ylabel("volume that receives at least this dose (%)")
    axes.grid(True, color=HAIRLINE, linewidth=0.4)
    axes.set_axisbelow(True)
    for number, curve in enumerate(curves):
        dose = np.concatenate([[0.0], curve.dose_Gy])
        axes.plot(dose, 100.0 * np.concatenate([[1.0], curve.volume_fraction]), label=curve.name, **line_style(number))
    _name_curves(figure, axes, curves)
    return save(figure, path)


def _name_curves(figure: Any, axes: Any, curves: Sequence[Curve]) -> None:
    """Each name right of its curve, where it covers no other name and as little as possible of other curves."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(figure).get_renderer()
    taken: list[Any] = []
    order = sorted(range(len(curves)), key=lambda k: -curves[k].dose_at(0.5))
    for number in order:
        curve = curves[number]
        name = short_name(curve.name, LONGEST)
        best, best_cost, best_box = None, np.inf, None
        for rank, height in enumerate(HEIGHTS):
            words = axes.annotate(
                name, (curve.dose_at(height), 100.0 * height), xytext=(4, 0), textcoords="offset points", va="center", ha="left",
                fontsize=7, color=line_style(number)["color"], path_effects=halo(2.6),
            )  # fmt: skip
            box = words.get_window_extent(renderer).padded(1.0)
            cost = rank + _cost(axes, box, taken, [c for k, c in enumerate(curves) if k != number])
            if cost < best_cost:
                if best is not None:
                    best.remove()
                best, best_cost, best_box = words, cost, box
            else:
                words.remove()
        taken.append(best_box)


def _cost(axes: Any, box: Any, taken: Sequence[Any], others: Sequence[Curve]) -> float:
    cost = 1000.0 * sum(bool(box.overlaps(other)) for other in taken)
    if box.x1 > axes.bbox.x1 + 2:
        cost += 500.0
    heights = np.linspace(0.01, 0.99, 99)
    for curve in others:
        points = axes.transData.transform([(curve.dose_at(h), 100.0 * h) for h in heights])
        inside = (points[:, 0] > box.x0) & (points[:, 0] < box.x1) & (points[:, 1] > box.y0) & (points[:, 1] < box.y1)
        cost += 12.0 * bool(inside.any())
    return cost
