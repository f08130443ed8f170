"""A mask in thick slices as one in thin slices: how its outline goes on between the slices, and where it ends beyond the last.

Interpolation by shape (Raya and Udupa 1990, IEEE Trans Med Imaging 9:32) joins the signed distances of neighbouring slices. Distance to
a circle of radius R is no smooth function along the axis of a sphere; s (2 R - s) is, since it comes to R² - d² at the distance d from
the middle. That function is carried on beyond the last slice, so that a round end closes where it does and not half way.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Bool = NDArray[np.bool_]
Float = NDArray[np.float64]

THICK = 1.4
"""An edge this many times the finest one, and longer, is divided, into two at least."""
PAD = 4
BLUR_voxels = 1.0
RIDGE_voxels = 5
MOST_BENT = 4.0
"""The second difference along the axis is at most this many times that of a sphere (-2 h²)."""
NOTHING = -1e6


def thin_slices(inside: Bool, spacing_mm: tuple[float, float, float]) -> tuple[Bool, tuple[int, int, int]]:
    """The mask with every axis along which voxels are thick divided into thin ones; a new voxel at the centre of an old one is as that was.

    Args:
        inside: (slice, row, column), with at least ``PAD`` empty voxels on every side.
        spacing_mm: edges of its voxels.

    Returns:
        The divided mask, and by how much each axis was divided: new voxel j lies at the old index (j + 1/2) / parts - 1/2.
    """
    parts = [1, 1, 1]
    for axis in sorted(range(3), key=lambda axis: -spacing_mm[axis]):
        edges = [edge / part for edge, part in zip(spacing_mm, parts, strict=True)]
        if edges[axis] / min(edges) >= THICK:
            parts[axis] = max(2, round(edges[axis] / min(edges)))
            across = tuple(edge for other, edge in enumerate(edges) if other != axis)
            turned = np.moveaxis(inside, axis, 0)
            inside = np.moveaxis(_divided(turned, edges[axis], (across[0], across[1]), parts[axis]), 0, axis)
    return inside, (parts[0], parts[1], parts[2])


def _divided(inside: Bool, thick_mm: float, across_mm: tuple[float, float], parts: int) -> Bool:
    """A mask whose first axis is thick, on thin slices: cubic between four slices, whose bend is bounded."""
    values = _carried_on(inside, _bowls(inside, across_mm), thick_mm)
    place = ((np.arange(parts * len(values)) + 0.5) / parts - 0.5).clip(0, len(values) - 1)
    below = np.minimum(place.astype(int), len(values) - 2)
    most = MOST_BENT * thick_mm**2
    found = np.zeros((len(place), *inside.shape[1:]), dtype=bool)
    for k, (at, low) in enumerate(zip(place, below, strict=True)):
        b, c = values[low], values[low + 1]
        a = np.clip(values[max(low - 1, 0)], 2 * b - c - most, 2 * b - c + most)
        d = np.clip(values[min(low + 2, len(values) - 1)], 2 * c - b - most, 2 * c - b + most)
        t = at - low
        found[k] = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))) > 0
    return found


def _bowls(inside: Bool, across_mm: tuple[float, float]) -> Float:
    """Of every slice s (2 R - s), mm²: s the signed distance to its outline, R that at the nearest ridge; an empty slice has none."""
    half, least = min(across_mm) / 2.0, min(across_mm) / 100.0
    bowls = np.full(inside.shape, NOTHING)
    for k in np.flatnonzero(inside.any(axis=(1, 2))):
        part = inside[k]
        within = np.asarray(ndimage.distance_transform_edt(part, sampling=across_mm)) - half
        beyond = half - np.asarray(ndimage.distance_transform_edt(~part, sampling=across_mm))
        distance = ndimage.gaussian_filter(np.where(part, within, beyond), BLUR_voxels, mode="nearest")
        distance = np.where(part, np.maximum(distance, least), np.minimum(distance, -least))
        ridge = part & (distance >= ndimage.maximum_filter(distance, RIDGE_voxels))
        nearest = ndimage.distance_transform_edt(
            ~(ridge if ridge.any() else part), sampling=across_mm, return_distances=False, return_indices=True
        )
        radius = np.maximum(np.maximum(distance[tuple(np.asarray(nearest))], distance), half)
        bowls[k] = distance * (2.0 * radius - distance)
    return bowls


def _carried_on(inside: Bool, bowls: Float, thick_mm: float) -> Float:
    """The bowls, and where the mask ends from one slice to the next what they come to when they go on as before."""
    values = bowls.copy()
    for k in range(len(inside)):
        for step in (1, -1):
            before = range(k - step, k - 4 * step, -step)
            if 0 <= before[0] < len(inside) and (ended := inside[before[0]] & ~inside[k]).any():
                earlier = [(inside[j], bowls[j]) if 0 <= j < len(inside) else (np.zeros_like(ended), bowls[0]) for j in before]
                values[k] = np.maximum(values[k], _beyond(ended, earlier, thick_mm))
    return values


def _beyond(ended: Bool, earlier: list[tuple[Bool, Float]], thick_mm: float) -> Float:
    """One slice on, part by part: the last two slices with the bend of the last three (of a sphere where there are two, or one).

    Where that would not end the part, as at a flat face, it is turned down by as much: the surface then lies between the slices.
    """
    (_, last), (in_second, second), (in_third, third) = earlier
    values = np.full(ended.shape, NOTHING)
    labels, count = ndimage.label(ended)
    for number in range(1, count + 1):
        part = labels == number
        held = part & in_second
        if 2 * held.sum() <= part.sum():
            values[part] = last[part] - thick_mm**2
        else:
            bend = -2.0 * thick_mm**2
            known = held & in_third
            if 2 * known.sum() > part.sum():
                seen = float(np.median((last - 2 * second + third)[known]))
                bend = min(max(seen, MOST_BENT * bend), 0.0)
            values[part] = np.where(held, 2 * last - second + bend, last - thick_mm**2)[part]
        values[part] -= 2.0 * max(float(values[part].max()), 0.0)
    return values
