"""The smooth surface of a mask: triangles in mm that enclose the mask's volume, and signed distances to them.

A voxel mask has a stepped surface. Thick slices are divided into thin ones first, by the shape of their outlines. The signed distance
field, blurred by about a voxel, is then cut at the level above which there is as much volume as the mask has.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from glisson.errors import BadInput
from glisson.voxels.grid import Grid
from glisson.voxels.image import Image, Quantity, bounding_box, require_quantity
from glisson.voxels.thin_slices import PAD as PAD_OF_SLICES
from glisson.voxels.thin_slices import thin_slices

Float = NDArray[np.float64]
Whole = NDArray[np.int64]

BLUR_voxels = 1.6
"""Standard deviation of the blur along the finest axis; along another it falls with the fourth root of the spacing. Chosen on spheres of
8 to 20 mm in cubes of 1 and 2 mm: no point of them is off by more than 0.7 of half the edge."""
PAD = 8
HALVINGS = 40
NEIGHBOURS = 24
"""Triangles whose exact distance to a point is worked out; the nearest is among those with the nearest centres."""


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles in the patient's coordinates.

    Attributes:
        points_mm: (points, 3), x, y, z in mm, LPS.
        triangles: (triangles, 3), numbers of points.
        cut: True when the mask touches the edge of its image; it is closed there, where the body may go on.
    """

    points_mm: Float
    triangles: Whole
    cut: bool = False

    @property
    def areas_mm2(self) -> Float:
        """Area of each triangle."""
        a, b, c = self.corners_mm
        areas: Float = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2.0
        return areas

    @property
    def corners_mm(self) -> tuple[Float, Float, Float]:
        """The three corners of every triangle."""
        return self.points_mm[self.triangles[:, 0]], self.points_mm[self.triangles[:, 1]], self.points_mm[self.triangles[:, 2]]


class SignedDistance:
    """Distance in mm to the surface of a mask: above 0 inside, below 0 outside."""

    def __init__(self, mask: Image) -> None:
        self._inside = _Level(mask)
        self.surface = _surface(self._inside)
        a, b, c = self.surface.corners_mm
        self._corners = np.stack([a, b, c], axis=1)
        self._tree = cKDTree(self._corners.mean(axis=1))
        self._longest_mm = float(np.linalg.norm(mask.grid.spacing_mm))

    def __call__(self, points_mm: Float, reach_mm: float = np.inf) -> Float:
        """(points,) of (points, 3) in mm, LPS; what lies further than ``reach_mm`` is said as that far."""
        wanted = min(NEIGHBOURS, len(self._corners))
        _, near = self._tree.query(points_mm, k=wanted, distance_upper_bound=reach_mm + self._longest_mm, workers=-1)
        near = np.asarray(near).reshape(len(points_mm), wanted)
        best = np.full(len(points_mm), float(reach_mm))
        for k in range(wanted):
            found = near[:, k] < len(self._corners)
            best[found] = np.minimum(best[found], _to_triangles(points_mm[found], self._corners[near[found, k]]))
        signed: Float = np.where(self._inside(points_mm), best, -best)
        return signed


def surface_of(mask: Image) -> Surface:
    """The smooth surface that encloses the mask's volume.

    Raises:
        BadInput: not a mask, an empty one, or one on a sheared grid.
    """
    return _surface(_Level(mask))


def _surface(level: "_Level") -> Surface:
    from skimage.measure import marching_cubes

    corners, triangles, _, _ = marching_cubes(level.field, level.level)
    points = level.grid.to_world(corners.astype(np.float64))
    return Surface(points, triangles.astype(np.int64), level.cut)


class _Level:
    """The blurred signed distance of a mask around its voxels, and the level that encloses its volume."""

    def __init__(self, mask: Image) -> None:
        require_quantity(mask, Quantity.MASK)
        if not mask.grid.is_orthogonal:
            raise BadInput(
                "the surface of a mask on a sheared grid (gantry tilt)", do="resample it onto a grid with right angles"
            )
        box = bounding_box(mask.array >= 0.5)
        if box is None:
            raise BadInput("the surface of an empty mask", do="give a mask that holds a voxel (fractions count from one half)")
        part = mask.array[box] >= 0.5
        self.cut = any(s.start == 0 or s.stop == n for s, n in zip(box, mask.grid.shape, strict=True))
        thin, parts = thin_slices(np.pad(part, PAD_OF_SLICES), mask.grid.spacing_mm)
        inside = np.pad(thin, PAD)
        self.grid = _grid_around(mask.grid, [s.start for s in box], parts, inside.shape)
        spacing = self.grid.spacing_mm
        away = np.asarray(ndimage.distance_transform_edt(~inside, sampling=spacing))
        signed = np.asarray(ndimage.distance_transform_edt(inside, sampling=spacing)) - away
        finest = min(spacing)
        self.field: Float = ndimage.gaussian_filter(signed, [BLUR_voxels * (finest / edge) ** 0.25 for edge in spacing])
        self.level = _level_of(self.field, float(part.sum()) * float(np.prod(parts)), spacing)

    def __call__(self, points_mm: Float) -> NDArray[np.bool_]:
        """Whether points lie inside."""
        index = self.grid.to_index(points_mm).T
        values = ndimage.map_coordinates(self.field, index, order=1, mode="constant", cval=float(self.field.min()))
        inside: NDArray[np.bool_] = values > self.level
        return inside


def _grid_around(grid: Grid, start: list[int], parts: tuple[int, int, int], shape: tuple[int, ...]) -> Grid:
    """The grid of divided voxels from the padding before voxel ``start`` on."""
    affine = grid.affine.copy()
    affine[:3, :3] = grid.affine[:3, :3] / np.array(parts)
    first = [at - PAD_OF_SLICES + (0.5 - PAD) / part - 0.5 for at, part in zip(start, parts, strict=True)]
    affine[:3, 3] = grid.to_world(first)
    return Grid((shape[0], shape[1], shape[2]), affine, grid.frame_of_reference)


def _level_of(field: Float, wanted: float, spacing: tuple[float, float, float]) -> float:
    """The level above which ``wanted`` voxels lie; of a voxel that the surface crosses, its share counts.

    That share is linear across the width of the voxel in the direction of the surface, so that flat faces move with the level too.
    """
    wide = 4.0 * max(spacing)
    slopes: list[Float] = list(np.gradient(field, *spacing))
    band = np.abs(field) <= wide
    steep = [np.abs(slope[band]) for slope in slopes]
    across = np.sum([slope * edge for slope, edge in zip(steep, spacing, strict=True)], axis=0) + 1e-9
    values, beyond = field[band], float((field > wide).sum())
    low, high = -wide, wide
    for _ in range(HALVINGS):
        level = (low + high) / 2.0
        held = beyond + float(np.clip(0.5 + (values - level) / across, 0.0, 1.0).sum())
        low, high = (level, high) if held > wanted else (low, level)
    return (low + high) / 2.0


def _to_triangles(points: Float, corners: Float) -> Float:
    """Distance of each point to its own triangle: to the plane inside, else to the nearest edge. (points, 3) and (points, 3, 3)."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1)
    flat = length < 1e-12
    unit = normal / np.where(flat, 1.0, length)[:, None]
    height = np.einsum("ij,ij->i", points - a, unit)
    foot = points - height[:, None] * unit
    inside = ~flat
    for first, second in ((a, b), (b, c), (c, a)):
        inside &= np.einsum("ij,ij->i", np.cross(second - first, foot - first), unit) >= 0
    edges = np.minimum.reduce([_to_segments(points, a, b), _to_segments(points, b, c), _to_segments(points, c, a)])
    distance: Float = np.where(inside, np.abs(height), edges)
    return distance


def _to_segments(points: Float, start: Float, end: Float) -> Float:
    along = end - start
    squared = np.einsum("ij,ij->i", along, along)
    share = np.einsum("ij,ij->i", points - start, along) / np.where(squared > 0, squared, 1.0)
    nearest = start + np.clip(share, 0.0, 1.0)[:, None] * along
    distance: Float = np.linalg.norm(points - nearest, axis=1)
    return distance
