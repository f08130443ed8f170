"""The only way from one grid to another. Each function names its rule; results print it.

* ``nearest``: the value of the voxel that holds the target's centre. Masks as clinics do it.
* ``covered_fraction``: how much of each target voxel a mask covers (0 to 1). Keeps the mask's volume.
* ``conserve``: for activity: what was in a source voxel goes to the target voxels that overlap it. Keeps the total.
* ``linear``: trilinear interpolation at the target's centres, for HU, density and dose.

Where both grids share their axes (also flipped or permuted) the overlaps are exact products of three intervals.
Otherwise each source voxel is divided into ``parts``^3 equal pieces (more where the target is finer, so that no target
voxel is passed over) that go to the voxel holding their centre.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from glisson.errors import BadInput
from glisson.voxels.grid import Grid, require_same_frame
from glisson.voxels.image import Image, Quantity, bounding_box, require_quantity

AXES_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Conserved:
    """An image on its new grid and the share of the total that fell outside it (0 to 1)."""

    image: Image
    lost_fraction: float


def nearest(image: Image, grid: Grid, outside: float = 0.0) -> Image:
    """Value of the source voxel that holds each target centre; ``outside`` where there is none.

    Raises:
        GridMismatch: the frames of reference differ.
    """
    require_same_frame(image.grid, grid)
    if image.grid == grid:
        return image
    matrix = image.grid.inverse @ grid.affine
    axes = _shared_axes(matrix)
    if axes is None:
        array = ndimage.affine_transform(
            image.array.astype(np.float32), matrix[:3, :3], matrix[:3, 3], grid.shape, order=0, mode="grid-constant", cval=outside
        )
        return replace(image, grid=grid, array=array.astype(image.array.dtype))
    picks, valid = [], []
    for source_axis in range(3):
        target_axis = axes[source_axis]
        position = matrix[source_axis, target_axis] * np.arange(grid.shape[target_axis]) + matrix[source_axis, 3]
        index = np.floor(position + 0.5).astype(int)
        inside = (index >= 0) & (index < image.grid.shape[source_axis])
        picks.append(np.where(inside, index, 0))
        valid.append(inside)
    array = image.array[np.ix_(*picks)]
    keep = valid[0][:, None, None] & valid[1][None, :, None] & valid[2][None, None, :]
    array = np.where(keep, array, np.asarray(outside, dtype=array.dtype))
    order = [axes.index(t) for t in range(3)]
    return replace(image, grid=grid, array=np.ascontiguousarray(array.transpose(order)))


def linear(image: Image, grid: Grid, outside: float = 0.0) -> Image:
    """Trilinear interpolation at the target's centres; ``outside`` beyond the source's outermost centres.

    Raises:
        GridMismatch: the frames of reference differ.
        BadInput: activity or counts, whose total this does not keep.
    """
    require_same_frame(image.grid, grid)
    require_quantity(image, Quantity.HU, Quantity.DOSE, Quantity.DENSITY, Quantity.SIGNAL)
    matrix = image.grid.inverse @ grid.affine
    array = ndimage.affine_transform(
        image.array.astype(np.float32), matrix[:3, :3], matrix[:3, 3], grid.shape, order=1, mode="constant", cval=outside
    )
    return replace(image, grid=grid, array=array)


def covered_fraction(mask: Image, grid: Grid, parts: int = 4) -> Image:
    """Share of each target voxel that the mask covers, 0 to 1 (float32).

    Raises:
        GridMismatch: the frames of reference differ.
        BadInput: not a mask.
    """
    require_quantity(mask, Quantity.MASK)
    if mask.grid == grid:
        return mask.with_array(mask.array.astype(np.float32))
    array, _ = _overlap(mask, grid, parts)
    return replace(mask, grid=grid, array=np.clip(array, 0.0, 1.0).astype(np.float32))


def conserve(image: Image, grid: Grid, parts: int = 4) -> Conserved:
    """Activity (or counts) on a new grid with its total kept; what lies outside the grid is reported, not hidden.

    Raises:
        GridMismatch: the frames of reference differ.
        BadInput: a quantity that has no total.
    """
    require_quantity(image, Quantity.ACTIVITY, Quantity.COUNTS)
    array, kept = _overlap(image, grid, parts)
    before = float(np.sum(image.array, dtype=np.float64)) * image.grid.voxel_volume_mL
    lost = 0.0 if before == 0 else 1.0 - kept / before
    return Conserved(replace(image, grid=grid, array=array.astype(np.float32)), lost)


def _shared_axes(matrix: NDArray[np.float64]) -> tuple[int, int, int] | None:
    """For each source axis the target axis along it, or None when the grids are oblique to each other."""
    linear_part = np.abs(matrix[:3, :3])
    picked = linear_part.argmax(axis=1)
    if sorted(picked) != [0, 1, 2]:
        return None
    rest = linear_part.copy()
    rest[np.arange(3), picked] = 0.0
    if rest.max() > AXES_TOLERANCE * linear_part.max():
        return None
    return int(picked[0]), int(picked[1]), int(picked[2])


def _overlap(image: Image, grid: Grid, parts: int) -> tuple[NDArray[np.float64], float]:
    """Volume-weighted values on ``grid`` and the integral (value x mL) that landed there."""
    require_same_frame(image.grid, grid)
    if parts < 1:
        raise BadInput(f"{parts} parts per voxel edge", allowed="1 or more")
    box = bounding_box(image.array)
    if box is None:
        return np.zeros(grid.shape), 0.0
    part = image.crop(box)
    matrix = grid.inverse @ part.grid.affine  # source index -> target index
    axes = _shared_axes(matrix)
    if axes is not None:
        array = _overlap_aligned(part, grid, matrix, axes)
    else:
        pieces_per_target_voxel = 2 * np.abs(matrix[:3, :3]).sum(axis=0).max()
        array = _overlap_oblique(part, grid, matrix, max(parts, int(np.ceil(pieces_per_target_voxel))))
    return array, float(array.sum()) * grid.voxel_volume_mL


def _overlap_aligned(image: Image, grid: Grid, matrix: NDArray[np.float64], axes: tuple[int, int, int]) -> NDArray[np.float64]:
    """Separable exact overlap; ``axes[t]`` is the source axis along target axis ``t``."""
    array: NDArray[Any] = image.array.astype(np.float64).transpose(axes)
    for target_axis in range(3):
        source_axis = axes[target_axis]
        weights = _interval_weights(
            scale=float(matrix[target_axis, source_axis]),
            offset=float(matrix[target_axis, 3]),
            sources=image.grid.shape[source_axis],
            targets=grid.shape[target_axis],
        )
        moved = np.moveaxis(array, target_axis, 0)
        flat = weights @ moved.reshape(moved.shape[0], -1)
        array = np.moveaxis(flat.reshape(grid.shape[target_axis], *moved.shape[1:]), 0, target_axis)
    return np.ascontiguousarray(array)


def _interval_weights(*, scale: float, offset: float, sources: int, targets: int) -> sparse.csr_array:
    """(targets, sources): share of target cell t that source cell s covers along one axis."""
    centre = scale * np.arange(sources) + offset
    half = abs(scale) / 2
    low, high = centre - half, centre + half
    first = np.floor(low + 0.5).astype(int)
    last = np.ceil(high + 0.5).astype(int)
    rows, columns, values = [], [], []
    for step in range(int((last - first).max())):
        cell = first + step
        share = np.minimum(high, cell + 0.5) - np.maximum(low, cell - 0.5)
        keep = (share > 1e-12) & (cell >= 0) & (cell < targets)
        rows.append(cell[keep])
        columns.append(np.flatnonzero(keep))
        values.append(share[keep])
    return sparse.csr_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(targets, sources))


def _overlap_oblique(image: Image, grid: Grid, matrix: NDArray[np.float64], parts: int) -> NDArray[np.float64]:
    """Each source voxel as ``parts``^3 pieces, every piece to the target voxel that holds its centre."""
    where = np.argwhere(image.array != 0)
    values = image.array[tuple(where.T)].astype(np.float64)
    values *= image.grid.voxel_volume_mL / grid.voxel_volume_mL / parts**3
    step = (np.arange(parts) + 0.5) / parts - 0.5
    out = np.zeros(grid.voxels)
    for ds in step:
        for dr in step:
            for dc in step:
                at = (where + np.array([ds, dr, dc])) @ matrix[:3, :3].T + matrix[:3, 3]
                index = np.floor(at + 0.5).astype(int)
                inside = np.all((index >= 0) & (index < grid.shape), axis=1)
                flat = np.ravel_multi_index(tuple(index[inside].T), grid.shape)
                out += np.bincount(flat, weights=values[inside], minlength=grid.voxels)
    return out.reshape(grid.shape)
