"""The margin of an ablation on the tumour's surface from six sides, and how much of the surface has how much margin."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.report.figures.style import HAIRLINE, INK, QUIET, PAGE_WIDTH_mm, axes_mm, new_figure, save

VIEWS = (
    ("from the front", (0, 2), 1, -1, False), ("from the back", (0, 2), 1, 1, True), ("from the patient's right", (1, 2), 0, -1, True),
    ("from the patient's left", (1, 2), 0, 1, False), ("from the head", (0, 1), 2, 1, True), ("from the feet", (0, 1), 2, -1, False),
)  # fmt: skip
"""Words, axes of the picture, axis of sight, from which end, and whether the horizontal axis is turned round. Axes are x, y, z in LPS."""
BANDS = ("#8c2d04", "#e08214", "#9ecae1", "#08519c")
HATCHES = ("xxxx", "////", "", "")
PANEL_mm = 46.0


@dataclass(frozen=True, eq=False)
class SurfacePicture:
    """A surface with a value at each point: (points, 3) in mm, LPS; (triangles, 3); (points,) in mm."""

    points_mm: NDArray[np.float64]
    triangles: NDArray[np.int64]
    margin_mm: NDArray[np.float64]


def draw_margin_map(path: Path, picture: SurfacePicture, thresholds_mm: Sequence[float]) -> Path:
    """Six views in bands of margin; the darkest red is not ablated, and a cross marks the smallest margin where it can be seen."""
    from matplotlib.colors import ListedColormap

    colours = ListedColormap(BANDS[: len(thresholds_mm) + 1])
    centre = (picture.points_mm.min(axis=0) + picture.points_mm.max(axis=0)) / 2.0
    picture = _finer(_finer(picture))
    points = picture.points_mm - centre
    reach = float(np.abs(points).max()) * 1.12
    figure = new_figure(PAGE_WIDTH_mm, 2 * PANEL_mm + 26.0)
    corner = picture.margin_mm[picture.triangles].mean(axis=1)
    band = np.digitize(corner, thresholds_mm)
    for number, view in enumerate(VIEWS):
        column, row = number % 3, number // 3
        axes = axes_mm(figure, 4.0 + column * 57.0, 20.0 + (1 - row) * (PANEL_mm + 3.0), 52.0, PANEL_mm - 2.0)
        _draw_view(axes, view, SurfacePicture(points, picture.triangles, picture.margin_mm), band, reach=reach, colours=colours)
    _key(figure, thresholds_mm)
    return save(figure, path)


def _finer(picture: SurfacePicture) -> SurfacePicture:
    """Every triangle as four, so that the bands of margin have smooth edges."""
    count = len(picture.points_mm)
    a, b, c = picture.triangles.T
    pairs = np.sort(np.concatenate([np.stack(pair, axis=1) for pair in ((a, b), (b, c), (c, a))]), axis=1)
    edges, number = np.unique(pairs, axis=0, return_inverse=True)
    ab, bc, ca = (number.reshape(-1) + count).reshape(3, -1)
    triangles = np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    return SurfacePicture(
        np.concatenate([picture.points_mm, picture.points_mm[edges].mean(axis=1)]),
        triangles,
        np.concatenate([picture.margin_mm, picture.margin_mm[edges].mean(axis=1)]),
    )


def _draw_view(axes: Any, view: Any, centred: SurfacePicture, band: Any, *, reach: float, colours: Any) -> None:
    """One view: the triangles that face the eye, the nearest last."""
    from matplotlib.collections import PolyCollection

    words, plane, sight, end, turned = view
    points, triangles = centred.points_mm, centred.triangles
    lowest = points[int(centred.margin_mm.argmin())]
    flat = points[:, list(plane)] * np.array([-1.0 if turned else 1.0, -1.0 if plane[1] == 1 else 1.0])
    corners = points[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    outward = np.sign(np.einsum("ij,ij->i", normals, corners.mean(axis=1)).sum()) or 1.0
    seen = outward * end * normals[:, sight] > 0
    order = np.argsort(end * corners[seen].mean(axis=1)[:, sight])
    drawn = PolyCollection(flat[triangles[seen][order]], array=band[seen][order], cmap=colours, linewidths=0.2, edgecolors="face")
    drawn.set_clim(-0.5, len(colours.colors) - 0.5)
    axes.add_collection(drawn)
    if end * lowest[sight] >= -0.25 * reach:
        spot = lowest[list(plane)] * np.array([-1.0 if turned else 1.0, -1.0 if plane[1] == 1 else 1.0])
        axes.plot(*spot, marker="x", color="white", markersize=7, markeredgewidth=2.6)
        axes.plot(*spot, marker="x", color=INK, markersize=6, markeredgewidth=1.2)
    axes.set_xlim(-reach * 52.0 / 44.0, reach * 52.0 / 44.0)
    axes.set_ylim(-reach, reach)
    axes.set_aspect("equal")
    axes.axis("off")
    axes.set_title(words, fontsize=7.5, color=QUIET, pad=1.5)
    ten = min(10.0, 10.0 ** np.floor(np.log10(reach)))
    axes.plot([-reach, -reach + ten], [-reach * 0.97] * 2, color=INK, linewidth=1.2)
    axes.text(-reach + ten + 0.04 * reach, -reach * 0.97, f"{ten:g} mm", fontsize=6.5, va="center", color=INK)


def _key(figure: Any, thresholds_mm: Sequence[float]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    edges = [f"{edge:g}" for edge in thresholds_mm]
    words = [
        f"not ablated (below {edges[0]} mm)",
        *(f"{a} to {b} mm" for a, b in pairwise(edges)),
        f"{edges[-1]} mm and more",
    ]
    handles: list[Any] = [Patch(facecolor=colour, label=word) for colour, word in zip(BANDS, words, strict=False)]
    handles.append(Line2D([], [], marker="x", color=INK, linestyle="none", label="smallest margin"))
    figure.legend(handles=handles, loc="lower center", ncols=len(handles), frameon=False, fontsize=7, bbox_to_anchor=(0.5, 0.01))


def draw_margin_shares(path: Path, edges_mm: Sequence[float], shares: Sequence[float], marks_mm: Sequence[float]) -> Path:
    """Share of the surface in each millimetre of margin, and the share with less than each margin as a line."""
    figure = new_figure(PAGE_WIDTH_mm, 62.0)
    axes = axes_mm(figure, 14.0, 11.0, PAGE_WIDTH_mm - 32.0, 46.0)
    edges, part = np.asarray(edges_mm), 100.0 * np.asarray(shares)
    middle = (edges[:-1] + edges[1:]) / 2.0
    band = np.digitize(middle, marks_mm)
    for number in range(len(marks_mm) + 1):
        of = band == number
        axes.bar(
            middle[of],
            part[of],
            width=np.diff(edges)[of] * 0.94,
            color=BANDS[number],
            hatch=HATCHES[number],
            edgecolor="white",
            linewidth=0.3,
        )
    axes.set_xlabel("margin (mm)")
    axes.set_ylabel("surface (%)")
    axes.grid(True, axis="y", color=HAIRLINE, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.set_xlim(edges[0] - 0.3, edges[-1] + 0.3)
    axes.set_ylim(0, max(part.max() * 1.18, 1.0))
    for mark in marks_mm:
        if edges[0] <= mark <= edges[-1]:
            axes.axvline(mark, color=INK, linewidth=0.8, linestyle=(0, (4, 2)))
            axes.text(mark, axes.get_ylim()[1], f" {mark:g} mm", fontsize=7, va="top", ha="left", color=INK)
    beside = axes.twinx()
    beside.plot(edges, 100.0 * np.concatenate([[0.0], np.cumsum(np.asarray(shares))]), color=INK, linewidth=1.2)
    beside.set_ylim(0, 103)
    beside.set_ylabel("surface with less margin (%), line")
    beside.spines["right"].set_visible(True)
    return save(figure, path)
