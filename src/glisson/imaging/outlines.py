"""Outlines of masks as closed polygons, exact along voxel edges; holes are joined to their outer border by a keyhole."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Polygon = NDArray[np.float64]
"""(points, 2): (row, column) in voxels, centres at whole numbers; the last point joins the first."""


def outlines(inside: NDArray[np.bool_]) -> list[Polygon]:
    """One polygon for every part (joined by edges) of a 2-D mask, running along voxel edges.

    The polygon's area is the number of voxels, and every voxel centre lies inside it or outside it as it does in the mask,
    by the even-odd and by the winding rule alike: a hole is part of the same polygon, reached and left along one line
    (the keyhole of DICOM PS3.3 C.8.8.6.3), which counts twice and so not at all.

    >>> [polygon.tolist() for polygon in outlines(np.array([[True, True]]))]
    [[[-0.5, -0.5], [-0.5, 1.5], [0.5, 1.5], [0.5, -0.5]]]
    """
    labels, parts = ndimage.label(inside)
    boxes = ndimage.find_objects(labels)
    found: list[Polygon] = []
    for number in range(1, parts + 1):
        box = boxes[number - 1]
        loops = _loops(labels[box] == number)
        polygon = _keyholed(loops) + np.array([box[0].start, box[1].start]) - 0.5
        found.append(polygon)
    return found


def area(polygon: Polygon) -> float:
    """Area of a polygon in voxels (shoelace), positive whichever way it runs.

    >>> area(np.array([[0, 0], [0, 2], [3, 2], [3, 0]]))
    6.0
    """
    r, c = polygon[:, 0], polygon[:, 1]
    return abs(float(np.sum(r * np.roll(c, -1) - np.roll(r, -1) * c))) / 2


def _loops(part: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Closed paths along the edges of a 2-D part, the part on the right hand; corners only, the outer path first."""
    padded = np.pad(part, 1)
    leaving: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for dr, dc, start, end in (
        (-1, 0, (0, 0), (0, 1)),  # top edge, to the right
        (0, 1, (0, 1), (1, 1)),  # right edge, down
        (1, 0, (1, 1), (1, 0)),  # bottom edge, to the left
        (0, -1, (1, 0), (0, 0)),  # left edge, up
    ):
        edge = padded & ~np.roll(padded, (-dr, -dc), axis=(0, 1))
        for r, c in np.argwhere(edge) - 1:
            leaving.setdefault((r + start[0], c + start[1]), []).append((r + end[0], c + end[1]))
    loops: list[NDArray[np.int64]] = []
    while leaving:
        first = min(leaving)
        path = [first]
        point, heading = _step(leaving, first, None)
        while point != first:
            path.append(point)
            point, heading = _step(leaving, point, heading)
        loops.append(_corners(np.array(path)))
    return loops


def _step(
    leaving: dict[tuple[int, int], list[tuple[int, int]]], at: tuple[int, int], heading: tuple[int, int] | None
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Follow an edge; where two voxels touch at a corner only, turn right, so that each keeps its own side."""
    ways = leaving[at]
    chosen = ways[0]
    if len(ways) > 1 and heading is not None:
        right = (at[0] + heading[1], at[1] - heading[0])
        chosen = right if right in ways else ways[0]
    ways.remove(chosen)
    if not ways:
        del leaving[at]
    return chosen, (chosen[0] - at[0], chosen[1] - at[1])


def _corners(path: NDArray[np.int64]) -> NDArray[np.int64]:
    """The path without points on straight stretches."""
    before = path - np.roll(path, 1, axis=0)
    after = np.roll(path, -1, axis=0) - path
    return path[np.any(before != after, axis=1)]


def _keyholed(loops: list[NDArray[np.int64]]) -> NDArray[np.float64]:
    """One path from the outer loop and its holes; each hole is joined at the nearest pair of corners."""
    joined = loops[0].astype(np.float64)
    for hole in loops[1:]:
        apart = np.linalg.norm(joined[:, None, :] - hole[None, :, :], axis=2)
        at, enter = np.unravel_index(int(np.argmin(apart)), apart.shape)
        around = np.roll(hole, -int(enter), axis=0)
        joined = np.concatenate([joined[: at + 1], around, around[:1], joined[at:]])
    return joined
