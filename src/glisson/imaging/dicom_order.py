"""Voxel grids as DICOM writes planes: axial as far as the grid allows, right-handed, slices ascending along the normal."""

from dataclasses import replace
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from glisson.errors import BadInput
from glisson.voxels import Grid, Image

PLANE_TOLERANCE_mm = 0.01
"""A contour or frame lies in a source image's plane when it is no further from it than this."""


def in_dicom_order(image: Image) -> Image:
    """The same voxels with their axes permuted and flipped, so that DICOM can describe them; no value changes.

    Columns run most nearly to the patient's left, rows to the back, slices to the head; rows x columns give the normal.

    Raises:
        BadInput: the grid is sheared (gantry tilt): DICOM planes have no shear.

    >>> from glisson.voxels import Quantity
    >>> import numpy as np
    >>> flipped = Grid((2, 1, 1), [[0, 0, 1, 0], [0, 1, 0, 0], [-5, 0, 0, 10], [0, 0, 0, 1]])
    >>> image = in_dicom_order(Image(flipped, np.array([[[1.0]], [[2.0]]]), Quantity.DOSE))
    >>> image.array.ravel().tolist(), image.grid.affine[2].tolist()
    ([2.0, 1.0], [5.0, 0.0, 0.0, 5.0])
    """
    grid = image.grid
    if not grid.is_orthogonal:
        raise BadInput(
            "the grid is sheared (gantry tilt), which DICOM planes cannot describe",
            do="resample the image onto a grid with right angles",
        )
    order = max(permutations(range(3)), key=lambda p: sum(abs(grid.directions[2 - k, p[k]]) for k in range(3)))
    flips = [bool(grid.directions[2 - k, order[k]] < 0) for k in range(3)]
    directions = grid.directions[:, list(order)] * np.where(flips, -1.0, 1.0)
    if np.linalg.det(directions[:, ::-1]) < 0:
        flips[0] = not flips[0]
    to_old = np.zeros((4, 4))
    to_old[3, 3] = 1.0
    for new, old in enumerate(order):
        to_old[old, new] = -1.0 if flips[new] else 1.0
        to_old[old, 3] = grid.shape[old] - 1.0 if flips[new] else 0.0
    axes = tuple(axis for axis in range(3) if flips[axis])
    array = np.ascontiguousarray(np.flip(image.array.transpose(order), axes))
    shape = (grid.shape[order[0]], grid.shape[order[1]], grid.shape[order[2]])
    return replace(image, grid=Grid(shape, grid.affine @ to_old, grid.frame_of_reference), array=array)


def orientation(grid: Grid) -> list[float]:
    """ImageOrientationPatient of a grid in DICOM order: direction along a row, then down a column."""
    return [float(v) + 0.0 for v in (*grid.directions[:, 2], *grid.directions[:, 1])]


def plane_origins(grid: Grid) -> NDArray[np.float64]:
    """(slices, 3): ImagePositionPatient of every slice, mm."""
    index = np.zeros((grid.shape[0], 3))
    index[:, 0] = np.arange(grid.shape[0])
    return grid.to_world(index)
