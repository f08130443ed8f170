"""Solid shapes as level functions: negative inside, about the distance to the surface in mm near it.

A level is a float32 array on a grid (or a part that broadcasts to it). Intersection is ``meet``, union ``np.minimum``,
difference ``meet(a, -b)``; ``blend`` joins two shapes without a crease.
"""

from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from glisson.voxels import Grid

Level = NDArray[np.floating[Any]]

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Space:
    """Coordinates of a grid along the patient's axes, shaped to broadcast: z (n, 1, 1), y (1, n, 1), x (1, 1, n), mm LPS."""

    grid: Grid
    x: Level
    y: Level
    z: Level

    @classmethod
    def of(cls, grid: Grid) -> "Space":
        """The coordinates of a grid made by ``Grid.aligned``."""
        origin, spacing = grid.affine[:3, 3], grid.spacing_mm
        z, y, x = ((origin[2 - axis] + spacing[axis] * np.arange(grid.shape[axis])).astype(np.float32) for axis in range(3))
        return cls(grid, x[None, None, :], y[None, :, None], z[:, None, None])


def ellipsoid(space: Space, centre: Point, radii: Point, power: float = 2.0) -> Level:
    """Superquadric with its axes along the patient's; ``power`` 2 is an ellipsoid, more is boxier."""
    parts = [np.abs((axis - c) / r) ** power for axis, c, r in zip((space.x, space.y, space.z), centre, radii, strict=True)]
    level: Level = (((parts[0] + parts[1]) + parts[2]) ** (1.0 / power) - 1.0) * np.float32(min(radii))
    return level


def cylinder(space: Space, half_width: Level, half_depth: Level, y_mm: float, power: float) -> Level:
    """Upright superellipse cylinder about x = 0; its half axes may change with z. Level is the radial distance in mm."""
    y = space.y - np.float32(y_mm)
    rho = (np.abs(space.x / half_width) ** power + np.abs(y / half_depth) ** power) ** (1.0 / power)
    level: Level = np.hypot(space.x, y) * (1.0 - 1.0 / np.maximum(rho, 1e-3))
    return level


def capsule(space: Space, start: Point, end: Point, radius_start_mm: float, radius_end_mm: float) -> Level:
    """Tube with round ends whose radius changes evenly from ``start`` to ``end``."""
    along = np.subtract(end, start).astype(np.float32)
    dx, dy, dz = (axis - np.float32(s) for axis, s in zip((space.x, space.y, space.z), start, strict=True))
    share = np.clip((dx * along[0] + dy * along[1] + dz * along[2]) / float(along @ along), 0.0, 1.0)
    distance = np.sqrt((dx - share * along[0]) ** 2 + (dy - share * along[1]) ** 2 + (dz - share * along[2]) ** 2)
    level: Level = distance - (radius_start_mm + share * (radius_end_mm - radius_start_mm))
    return level


def tubes(space: Space, segments: list[tuple[Point, Point, float, float]]) -> Level:
    """Union of capsules, each worked out only in the box it can reach; far away the level is 99."""
    level = np.full(space.grid.shape, 99.0, dtype=np.float32)
    for start, end, radius_start, radius_end in segments:
        reach = max(radius_start, radius_end) + 3.0
        box = box_around(space, np.minimum(start, end) - reach, np.maximum(start, end) + reach)
        part = within(space, box)
        level[box] = np.minimum(level[box], capsule(part, start, end, radius_start, radius_end))
    return level


def box_around(space: Space, low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[slice, slice, slice]:
    """Voxels between two corners (x, y, z) in mm, cut at the edge of the grid."""
    box = []
    for axis, name in enumerate(("z", "y", "x")):
        values = getattr(space, name).ravel()
        start, stop = np.searchsorted(values, [low[2 - axis], high[2 - axis]])
        box.append(slice(int(start), int(stop)))
    return box[0], box[1], box[2]


def within(space: Space, box: tuple[slice, slice, slice]) -> Space:
    """The part of a space inside a box."""
    return Space(space.grid.crop(box), space.x[:, :, box[2]], space.y[:, box[1], :], space.z[box[0], :, :])


def meet(*levels: Level) -> Level:
    """Intersection of shapes whose levels broadcast to one grid."""
    return reduce(np.maximum, levels)


def blend(a: Level, b: Level, width_mm: float) -> Level:
    """Union with a rounded seam (polynomial smooth minimum)."""
    share = np.clip(0.5 + 0.5 * (b - a) / width_mm, 0.0, 1.0)
    level: Level = b + share * (a - b) - width_mm * share * (1.0 - share)
    return level


def texture(grid: Grid, correlation_mm: float, rng: np.random.Generator) -> Level:
    """Smooth random field of mean 0 and standard deviation 1 whose bumps are about ``correlation_mm`` wide."""
    spacing = np.asarray(grid.spacing_mm)
    step = max(correlation_mm / 2.0, float(spacing.min()))
    extent = (np.asarray(grid.shape) - 1) * spacing
    coarse = np.ceil(extent / step).astype(int) + 3
    field = ndimage.gaussian_filter(rng.standard_normal(coarse, dtype=np.float32), 1.0, mode="wrap")
    field = (field - field.mean()) / field.std()
    fine = ndimage.affine_transform(field, spacing / step, offset=1.0, output_shape=grid.shape, order=1)
    return fine.astype(np.float32)
