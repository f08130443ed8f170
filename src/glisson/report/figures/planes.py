"""Planes through the patient, sampled from any image in mm: axial, coronal, sagittal as radiologists look at them."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glisson.voxels import Grid, Image, Quantity, bounding_box
from glisson.voxels.resample import linear

View = Literal["axial", "coronal", "sagittal"]
Box = tuple[NDArray[np.float64], NDArray[np.float64]]

EDGES: dict[View, tuple[str, str, str, str]] = {
    "axial": ("R", "L", "A", "P"),
    "coronal": ("R", "L", "H", "F"),
    "sagittal": ("A", "P", "H", "F"),
}
"""Letters at the left, right, upper and lower edge of each view."""

AXES: dict[View, tuple[int, int, int]] = {"axial": (2, 1, 0), "coronal": (1, 2, 0), "sagittal": (0, 2, 1)}
"""World axes (x 0, y 1, z 2): across the plane, down the picture, along the picture."""


@dataclass(frozen=True)
class Plane:
    """A rectangle in the patient.

    Attributes:
        view: how it lies.
        at_mm: position across it.
        grid: one slice of square pixels; rows run down the picture, columns to its right.
    """

    view: View
    at_mm: float
    grid: Grid

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height."""
        return self.grid.shape[2] * self.grid.spacing_mm[2], self.grid.shape[1] * self.grid.spacing_mm[1]

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom, top in mm from the upper left corner, for drawing."""
        return 0.0, self.size_mm[0], self.size_mm[1], 0.0


def plane_through(point_mm: NDArray[np.float64], view: View, box: Box, frame: str | None, step_mm: float = 1.0) -> Plane:
    """The plane of that view through a point, cut to a box (two corners, x y z in mm)."""
    across, down, along = AXES[view]
    low, high = box
    rows, columns = (max(2, int(np.ceil((high[a] - low[a]) / step_mm))) for a in (down, along))
    affine = np.zeros((4, 4))
    affine[3, 3] = 1.0
    upwards = down == 2
    affine[across, 0] = 1.0
    affine[down, 1] = -step_mm if upwards else step_mm
    affine[along, 2] = step_mm
    affine[across, 3] = point_mm[across]
    affine[down, 3] = high[down] - step_mm / 2 if upwards else low[down] + step_mm / 2
    affine[along, 3] = low[along] + step_mm / 2
    return Plane(view, float(point_mm[across]), Grid((1, rows, columns), affine, frame))


def sample(image: Image, plane: Plane, outside: float = 0.0) -> NDArray[np.float32]:
    """Values on the plane by linear interpolation, for the eye only; ``outside`` beyond the image.

    Raises:
        GridMismatch: the image lies in another frame of reference.
    """
    for_the_eye = replace(image, quantity=Quantity.SIGNAL, array=np.asarray(image.array))
    array: NDArray[np.float32] = linear(for_the_eye, plane.grid, outside=outside).array[0]
    return array


def world_box(mask: Image, margin_mm: float) -> Box | None:
    """Corners in mm of what a mask (or any image) holds, with a margin; ``None`` when it is empty."""
    box = bounding_box(mask.array)
    if box is None:
        return None
    corners = np.array([[s.start - 0.5, s.stop - 0.5] for s in box])
    world = mask.grid.to_world(np.array(np.meshgrid(*corners)).reshape(3, -1).T)
    return world.min(axis=0) - margin_mm, world.max(axis=0) + margin_mm


def centroid_mm(mask: Image) -> NDArray[np.float64] | None:
    """Centre of mass of a mask in mm; ``None`` when it is empty."""
    box = bounding_box(mask.array)
    if box is None:
        return None
    part = mask.crop(box)
    where = np.argwhere(part.array > 0)
    weights = np.asarray(part.array, dtype=np.float64)[tuple(where.T)]
    centre: NDArray[np.float64] = part.grid.to_world(np.average(where, axis=0, weights=weights))
    return centre
