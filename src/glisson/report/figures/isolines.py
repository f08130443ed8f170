"""Lines of equal dose, each labelled once on a plane, kept apart by tone, outline and number."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.report.figures.style import halo

SHORTEST_mm = 6.0
"""Pieces of a line shorter than this are noise of single voxels on the page and carry no label."""


def draw_isolines(
    axes: Any,
    x_mm: NDArray[np.float64],
    y_mm: NDArray[np.float64],
    values: NDArray[np.float32],
    levels: Sequence[float],
    *,
    labelled: bool,
) -> list[float]:
    """Draws the levels that the plane reaches, from dark to light; returns them."""
    from matplotlib import colormaps

    inside = [level for level in levels if values.min() < level < values.max()]
    if not inside:
        return []
    tones = [colormaps["plasma"](0.22 + 0.78 * levels.index(level) / max(1, len(levels) - 1)) for level in inside]
    lines = axes.contour(x_mm, y_mm, values, inside, colors=tones, linewidths=0.95 if labelled else 0.6)
    lines.set_path_effects(halo(1.6 if labelled else 1.0, "black"))
    if labelled:
        placed: list[NDArray[np.float64]] = []
        for number, (level, pieces) in enumerate(zip(inside, lines.allsegs, strict=True)):
            point = _label_point(pieces, number, placed, window_mm=(float(x_mm[-1]), float(y_mm[-1])))
            if point is not None:
                placed.append(point)
                style = {"fontsize": 5.5, "fontweight": "bold", "color": "white", "path_effects": halo(1.8, "black")}
                axes.text(*point, f"{level:.0f}", ha="center", va="center", clip_on=True, **style)
    return inside


def _label_point(
    pieces: Sequence[NDArray[np.float64]], number: int, placed: Sequence[NDArray[np.float64]], window_mm: tuple[float, float]
) -> NDArray[np.float64] | None:
    """A point on the longest piece, turned from level to level, inside the picture, clear of other labels; ``None``: no room."""
    margin, clear = 0.07 * np.asarray(window_mm), 0.09 * window_mm[1]
    lengths = [float(np.linalg.norm(np.diff(piece, axis=0), axis=1).sum()) if len(piece) > 1 else 0.0 for piece in pieces]
    if not lengths or max(lengths) < SHORTEST_mm:
        return None
    piece = pieces[int(np.argmax(lengths))]
    piece = piece[np.all((piece > margin) & (piece < np.asarray(window_mm) - margin), axis=1)]
    if not len(piece):
        return None
    for turn in range(8):
        angle = np.deg2rad(50.0 + 70.0 * number + 45.0 * turn)
        point: NDArray[np.float64] = piece[int(np.argmax(piece @ np.array([np.cos(angle), -np.sin(angle)])))]
        if all(np.linalg.norm(point - other) > clear for other in placed):
            return point
    return None
