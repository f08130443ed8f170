"""Closed polygons in a plane: areas with holes, and which points of a raster lie inside (even-odd rule)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Mask = NDArray[np.bool_]


def signed_area(polygon: Float) -> float:
    """Area enclosed by a polygon, shape (n, 2), positive counter-clockwise; a keyhole's inner loop counts off.

    >>> signed_area(np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 3.0], [0.0, 3.0]]))
    12.0
    """
    x, y = (polygon - polygon[0]).T
    return float(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def area_even_odd(polygons: Sequence[Float]) -> float:
    """Area inside an odd number of polygons. Polygons may be nested or apart; they must not cross.

    >>> square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
    >>> area_even_odd([square, square / 2 + 1.0])
    12.0
    """
    total = 0.0
    for number, polygon in enumerate(polygons):
        others = [other for at, other in enumerate(polygons) if at != number]
        depth = sum(_encloses(other, polygon) for other in others)
        total += (-1) ** depth * abs(signed_area(polygon))
    return total


def cross(a: Float, b: Float) -> bool:
    """True when two polygons overlap in part: some corners of one lie inside the other, and some outside.

    >>> square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
    >>> cross(square, square + 2.0), cross(square, square / 2 + 1.0)
    (True, False)
    """
    if (a.max(0) < b.min(0)).any() or (b.max(0) < a.min(0)).any():
        return False
    for inner, outer in ((a, b), (b, a)):
        share = inside([outer], inner[:, 0], inner[:, 1]).mean()
        if 0.1 < share < 0.9:
            return True
    return False


def inside(polygons: Sequence[Float], x: Float, y: Float) -> Mask:
    """Which points lie inside an odd number of polygons. ``x`` and ``y`` have one shape.

    >>> square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
    >>> inside([square], np.array([1.0, 5.0]), np.array([1.0, 1.0])).tolist()
    [True, False]
    """
    odd = np.zeros(x.shape, dtype=np.bool_)
    for polygon in polygons:
        near = (y >= polygon[:, 1].min()) & (y <= polygon[:, 1].max()) & (x <= polygon[:, 0].max())
        if not near.any():
            continue
        px, py = x[near], y[near]
        hit = np.zeros(px.shape, dtype=np.bool_)
        for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            if y0 == y1:
                continue
            spans = (y0 <= py) != (y1 <= py)
            hit ^= spans & (px < x0 + (py - y0) * (x1 - x0) / (y1 - y0))
        odd[near] ^= hit
    return odd


def raster(polygons: Sequence[Float], rows: int, columns: int) -> Mask:
    """Pixels whose centre lies inside an odd number of polygons given in pixel coordinates (column, row).

    Pixel (r, c) has its centre at (c, r). Same answer as ``inside`` on every centre, but edge by edge along scan lines.

    >>> raster([np.array([[0.5, 0.5], [2.5, 0.5], [2.5, 1.5], [0.5, 1.5]])], 3, 4).astype(int).tolist()
    [[0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
    """
    toggles = np.zeros((rows, columns + 1), dtype=np.int32)
    for polygon in polygons:
        for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            first, last = (int(np.ceil(y)) for y in sorted((y0, y1)))
            lines = np.arange(max(first, 0), min(last, rows))
            if y0 == y1 or lines.size == 0:
                continue
            crossing = x0 + (lines - y0) * (x1 - x0) / (y1 - y0)
            np.add.at(toggles, (lines, np.clip(np.ceil(crossing).astype(int), 0, columns)), 1)
    after: Mask = (np.cumsum(toggles, axis=1)[:, :-1] % 2).astype(np.bool_)
    return after


def _encloses(outer: Float, inner: Float) -> bool:
    """True when most corners of ``inner`` lie inside ``outer`` and it is the smaller one."""
    if abs(signed_area(inner)) > abs(signed_area(outer)):
        return False
    return bool(inside([outer], inner[:, 0], inner[:, 1]).mean() > 0.5)
