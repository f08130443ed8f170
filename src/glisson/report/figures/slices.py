"""Fused slices: anatomy in grey, dose or activity in colour above it, isodose lines, contours."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.report.figures.isolines import draw_isolines
from glisson.report.figures.planes import EDGES, Box, Plane, View, plane_through, sample
from glisson.report.figures.style import INK, QUIET, PAGE_WIDTH_mm, axes_mm, halo, new_figure, save
from glisson.report.names import short_name
from glisson.voxels import Image, Quantity

ISODOSES_Gy = (5, 10, 20, 40, 70, 100, 150, 200, 300, 400, 600, 800, 1200, 2000)
"""Round doses from which the lines of a figure are chosen."""

COLOURS = "cividis"
DETAIL: tuple[View, ...] = ("axial", "coronal", "sagittal")
SOFT_TISSUE_HU = (-160.0, 240.0)
GAP_mm, BAR_mm, TITLE_mm, LETTER_mm = 2.0, 12.0, 4.5, 1.25


@dataclass(frozen=True)
class Scene:
    """What is drawn on every plane of a figure.

    Attributes:
        colour: dose (Gy), or activity or counts.
        top: value at the upper end of the colours.
        anatomy: beneath, in grey; ``None``: the coloured image lies on black.
        outlines: masks drawn as solid lines.
        organ: mask drawn as a dashed line.
        isodoses: Gy; empty for activity.
    """

    colour: Image
    top: float
    anatomy: Image | None
    outlines: Sequence[Image] = ()
    organ: Image | None = None
    isodoses: tuple[float, ...] = ()

    @property
    def frame(self) -> str | None:
        """Frame of reference of everything drawn."""
        return self.colour.grid.frame_of_reference


@dataclass(frozen=True)
class Panel:
    """A plane with its title, and how much is written on it."""

    plane: Plane
    title: str
    bar_mm: float = 0.0
    labelled: bool = False
    framed: Box | None = None


def isodose_levels(highest_Gy: float, most: int = 6) -> tuple[float, ...]:
    """Round doses below the highest, at most so many; the higher ones stay.

    >>> isodose_levels(236.0)
    (20.0, 40.0, 70.0, 100.0, 150.0, 200.0)
    """
    return tuple(float(level) for level in ISODOSES_Gy if level <= 0.95 * highest_Gy)[-most:]


def draw_lesion(path: Path, scene: Scene, centre_mm: NDArray[np.float64], whole: Box, detail_mm: float) -> Path:
    """One axial plane of the whole organ, then three planes through the centre, enlarged."""
    half = detail_mm / 2.0
    close = (centre_mm - half, centre_mm + half)
    panels = [Panel(plane_through(centre_mm, "axial", whole, scene.frame), "axial", bar_mm=50.0, framed=close)]
    for number, view in enumerate(DETAIL):
        plane = plane_through(centre_mm, view, close, scene.frame, step_mm=detail_mm / 180.0)
        panels.append(Panel(plane, view, bar_mm=20.0 if number == 0 else 0.0, labelled=True))
    return _draw_row(path, scene, panels)


def draw_axial_row(path: Path, scene: Scene, centres_mm: Sequence[NDArray[np.float64]], names: Sequence[str], box: Box) -> Path:
    """One axial plane through each of several points."""
    panels = [
        Panel(plane_through(centre, "axial", box, scene.frame), name, bar_mm=0.0 if number else 50.0)
        for number, (centre, name) in enumerate(zip(centres_mm, names, strict=True))
    ]
    return _draw_row(path, scene, panels, most_high_mm=48.0)


def _draw_row(path: Path, scene: Scene, panels: Sequence[Panel], most_high_mm: float = 70.0) -> Path:
    """Panels of one height side by side, each true to scale, then the colour bar."""
    ratios = [panel.plane.size_mm[0] / panel.plane.size_mm[1] for panel in panels]
    high = min((PAGE_WIDTH_mm - BAR_mm - GAP_mm * (len(panels) - 1)) / sum(ratios), most_high_mm)
    figure = new_figure(PAGE_WIDTH_mm, high + TITLE_mm)
    left, coloured = 0.0, None
    for panel, ratio in zip(panels, ratios, strict=True):
        axes = axes_mm(figure, left, 0.0, ratio * high, high)
        coloured = _draw_plane(axes, scene, panel)
        where = f", {_position(panel.plane)}"
        words = short_name(panel.title, max(8, int(ratio * high / LETTER_mm) - len(where))) + where
        figure.text(left / PAGE_WIDTH_mm, 1.0, words, va="top", ha="left", fontsize=6.5, color=QUIET)
        left += ratio * high + GAP_mm
    _colour_bar(figure, coloured, scene, left, high)
    return save(figure, path)


def _position(plane: Plane) -> str:
    axis = {"axial": "z", "coronal": "y", "sagittal": "x"}[plane.view]
    return f"{axis} {plane.at_mm:.0f} mm".replace("-", "−")


def _draw_plane(axes: Any, scene: Scene, panel: Panel) -> Any:
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    plane = panel.plane
    axes.set_axis_off()
    values = sample(scene.colour, plane)
    cmap, norm = colormaps[COLOURS], Normalize(0.0, scene.top)
    rgba = cmap(norm(values))
    if scene.anatomy is not None:
        low, high = _window(scene.anatomy)
        grey = sample(scene.anatomy, plane, outside=low)
        axes.imshow(grey, cmap="gray", vmin=low, vmax=high, extent=plane.extent, interpolation="bilinear")
        rgba[..., 3] = 0.72 * np.clip(values / (0.18 * scene.top), 0.0, 1.0) ** 0.8
    axes.imshow(rgba, extent=plane.extent, interpolation="nearest")
    x, y = pixel_centres(plane)
    draw_isolines(axes, x, y, values, scene.isodoses, labelled=panel.labelled)
    _outlines(axes, scene, panel)
    _letters(axes, panel)
    if panel.framed is not None:
        _frame(axes, plane, panel.framed)
    axes.set_xlim(plane.extent[0], plane.extent[1])
    axes.set_ylim(plane.extent[2], plane.extent[3])
    return ScalarMappable(norm, cmap)


def _window(anatomy: Image) -> tuple[float, float]:
    if anatomy.quantity is Quantity.HU:
        return SOFT_TISSUE_HU
    low, high = np.percentile(anatomy.array, (1.0, 99.5))
    return float(low), max(float(high), float(low) + 1e-6)


def pixel_centres(plane: Plane) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions of columns and rows in mm from the upper left corner."""
    step_row, step_column = plane.grid.spacing_mm[1:]
    x = np.asarray((np.arange(plane.grid.shape[2]) + 0.5) * step_column, dtype=np.float64)
    return x, np.asarray((np.arange(plane.grid.shape[1]) + 0.5) * step_row, dtype=np.float64)


def _outlines(axes: Any, scene: Scene, panel: Panel) -> None:
    """Lesions as solid lines, the organ as a thin dashed one (only where nothing is written on the plane)."""
    x, y = pixel_centres(panel.plane)
    masks = [(mask, "solid", 0.9) for mask in scene.outlines]
    if scene.organ is not None:
        masks.append((scene.organ, "dashed", 0.6))
    for mask, style, width in masks:
        inside = sample(mask, panel.plane)
        if inside.max() > 0.5 > inside.min():
            lines = axes.contour(x, y, inside, [0.5], colors="white", linewidths=width, linestyles=style)
            lines.set_path_effects(halo(width + 0.9, "black"))


def _letters(axes: Any, panel: Panel) -> None:
    places = (
        (0.02, 0.5, "left", "center"),
        (0.98, 0.5, "right", "center"),
        (0.5, 0.98, "center", "top"),
        (0.5, 0.02, "center", "bottom"),
    )
    write = {"transform": axes.transAxes, "fontsize": 6.0, "color": "white", "path_effects": halo(1.4, "black")}
    for letter, (x, y, across, up) in zip(EDGES[panel.plane.view], places, strict=True):
        axes.text(x, y, letter, ha=across, va=up, **write)
    if panel.bar_mm:
        width, height = panel.plane.size_mm
        left, bottom = 0.025 * width, 0.965 * height
        ends = [left, left + panel.bar_mm]
        axes.plot(ends, [bottom, bottom], color="white", linewidth=1.6, solid_capstyle="butt", path_effects=halo(2.4, "black"))
        write |= {"transform": axes.transData, "fontsize": 5.5}
        axes.text(left + panel.bar_mm / 2, bottom - 0.02 * height, f"{panel.bar_mm:.0f} mm", ha="center", va="bottom", **write)


def _on_plane(plane: Plane, point_mm: NDArray[np.float64]) -> tuple[float, float]:
    index = plane.grid.to_index(point_mm)
    return float((index[2] + 0.5) * plane.grid.spacing_mm[2]), float((index[1] + 0.5) * plane.grid.spacing_mm[1])


def _frame(axes: Any, plane: Plane, box: Box) -> None:
    """The rectangle that the enlarged planes show."""
    x0, y0 = _on_plane(plane, box[0])
    x1, y1 = _on_plane(plane, box[1])
    axes.plot([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], color="white", linewidth=0.6, path_effects=halo(1.2, "black"))


def _colour_bar(figure: Any, coloured: Any, scene: Scene, left_mm: float, high_mm: float) -> None:
    axes = axes_mm(figure, left_mm, 0.06 * high_mm, 2.2, 0.82 * high_mm)
    bar = figure.colorbar(coloured, cax=axes)
    bar.outline.set_visible(False)
    if scene.isodoses:
        bar.set_ticks(_apart([0.0, *scene.isodoses], 0.09 * scene.top))
    else:
        bar.set_ticks([0, scene.top / 2, scene.top], labels=["0", "50", "100"])
    bar.ax.minorticks_off()
    axes.tick_params(labelsize=6, length=2, color=QUIET, labelcolor=INK, pad=1.5)
    unit = "Gy" if scene.colour.quantity is Quantity.DOSE else "%"
    axes.set_title(unit, fontsize=6.5, color=INK, pad=3, loc="left")


def _apart(ticks: Sequence[float], least: float) -> list[float]:
    """Ticks from the top down that keep a distance, so that no two labels touch."""
    kept: list[float] = []
    for tick in sorted(ticks, reverse=True):
        if not kept or kept[-1] - tick >= least:
            kept.append(tick)
    return kept[::-1]
