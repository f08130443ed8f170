"""Maximum intensity projections of activity, seen from the front, in inverse grey as nuclear medicine reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.report.figures.style import ACCENT, INK, QUIET, PAGE_WIDTH_mm, axes_mm, new_figure, save
from glisson.voxels import Grid, Image

GAMMA = 0.5
"""Grey follows the square root of the value, so that a faint lung stays visible beside a hot tumour."""


MOST_HIGH_mm = 66.0


@dataclass(frozen=True)
class Projection:
    """Highest value along the view; row 0 is the lowest z. ``extent``: x and z of the edges, mm."""

    values: NDArray[np.float32]
    extent: tuple[float, float, float, float]


def coronal_projection(image: Image) -> Projection:
    """Highest value from front to back for every pixel, for any orientation of the grid."""
    x, step_x = _along(image.grid, 0)
    z, step_z = _along(image.grid, 2)
    column = np.floor((x - x.min()) / step_x + 0.5).astype(np.intp)
    row = np.floor((z - z.min()) / step_z + 0.5).astype(np.intp)
    shape = (int(row.max()) + 1, int(column.max()) + 1)
    values = np.zeros(shape[0] * shape[1], dtype=np.float32)
    np.maximum.at(values, (row * shape[1] + column).ravel(), np.asarray(image.array, dtype=np.float32).ravel())
    left, bottom = float(x.min()) - step_x / 2, float(z.min()) - step_z / 2
    return Projection(values.reshape(shape), (left, left + shape[1] * step_x, bottom, bottom + shape[0] * step_z))


def _along(grid: Grid, axis: int) -> tuple[NDArray[np.float64], float]:
    """World coordinate of every voxel along one axis, and a pixel wide enough to leave no hole."""
    s, r, c = (np.arange(n) * grid.affine[axis, k] for k, n in enumerate(grid.shape))
    return s[:, None, None] + r[:, None] + c + grid.affine[axis, 3], float(np.abs(grid.affine[axis, :3]).sum())


def draw_projections(path: Path, images: Sequence[tuple[str, Image]], outlines: Sequence[Image]) -> Path:
    """One panel for each image, all at one scale and over the same part of the patient."""
    panels = [(name, coronal_projection(image), image) for name, image in images]
    shown = _shown(panels)
    ratio = (shown[3] - shown[2]) / (shown[1] - shown[0])
    width = min((PAGE_WIDTH_mm - 22.0 * len(panels)) / len(panels), MOST_HIGH_mm / ratio)
    high = width * ratio
    figure = new_figure(PAGE_WIDTH_mm, high + 5.0)
    flat = [coronal_projection(mask) for mask in outlines]
    for number, (name, projection, image) in enumerate(panels):
        left = number * (width + 24.0)
        axes = axes_mm(figure, left, 0.0, width, high)
        drawn = _draw(axes, projection, flat, shown)
        figure.text(left / PAGE_WIDTH_mm, 1.0, name, va="top", ha="left", fontsize=7, color=QUIET)
        _key(figure, drawn, image, left + width + 1.5, high)
    return save(figure, path)


def _shown(panels: Sequence[tuple[str, Projection, Image]]) -> tuple[float, float, float, float]:
    """What all panels have in common, cut to where there is anything, with 10 mm around."""
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for _, projection, _ in panels:
        values, (left, right, bottom, top) = projection.values, projection.extent
        rows, columns = np.nonzero(values > 0.002 * values.max())
        if rows.size:
            step_x, step_z = (right - left) / values.shape[1], (top - bottom) / values.shape[0]
            low = np.minimum(low, [left + columns.min() * step_x, bottom + rows.min() * step_z])
            high = np.maximum(high, [left + (columns.max() + 1) * step_x, bottom + (rows.max() + 1) * step_z])
    if not np.isfinite(low).all():
        left, right, bottom, top = panels[0][1].extent
        return left, right, bottom, top
    return float(low[0]) - 10.0, float(high[0]) + 10.0, float(low[1]) - 10.0, float(high[1]) + 10.0


def _draw(axes: Any, projection: Projection, outlines: Sequence[Projection], shown: tuple[float, float, float, float]) -> Any:
    from matplotlib.colors import PowerNorm

    axes.set_axis_off()
    norm = PowerNorm(GAMMA, 0.0, max(float(projection.values.max()), 1e-9))
    drawn = axes.imshow(
        projection.values, cmap="gray_r", norm=norm, extent=projection.extent, origin="lower", interpolation="bilinear"
    )
    for outline in outlines:
        left, right, bottom, top = outline.extent
        rows, columns = outline.values.shape
        x = left + (np.arange(columns) + 0.5) * (right - left) / columns
        z = bottom + (np.arange(rows) + 0.5) * (top - bottom) / rows
        if outline.values.max() > 0.5 > outline.values.min():
            axes.contour(x, z, outline.values, [0.5], colors=ACCENT, linewidths=0.8)
    axes.set_xlim(shown[0], shown[1])
    axes.set_ylim(shown[2], shown[3])
    for letter, x in (("R", 0.02), ("L", 0.98)):
        axes.text(x, 0.5, letter, transform=axes.transAxes, ha="left" if letter == "R" else "right", fontsize=7, color=INK)
    axes.plot([shown[0] + 6, shown[0] + 56], [shown[2] + 6] * 2, color=INK, linewidth=1.4, solid_capstyle="butt")
    axes.text(shown[0] + 31, shown[2] + 9, "50 mm", ha="center", va="bottom", fontsize=5.5, color=INK)
    return drawn


def _key(figure: Any, drawn: Any, image: Image, left_mm: float, high_mm: float) -> None:
    axes = axes_mm(figure, left_mm, 0.2 * high_mm, 2.2, 0.6 * high_mm)
    bar = figure.colorbar(drawn, cax=axes)
    bar.outline.set_linewidth(0.4)
    top = float(drawn.norm.vmax)
    ticks = [0.0, *(share * top for share in (0.05, 0.25, 0.5, 1.0))]
    kilo = top > 5000
    bar.set_ticks(ticks, labels=[f"{tick / (1000 if kilo else 1):.0f}" for tick in ticks])
    bar.ax.minorticks_off()
    axes.tick_params(labelsize=6.5, length=2, color=QUIET, labelcolor=INK)
    axes.set_title(("k" if kilo else "") + image.quantity.value, fontsize=7, pad=4, loc="left")
