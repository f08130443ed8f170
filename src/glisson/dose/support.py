"""Where an activity image is not zero, and how much of the energy sent out from there stays on the grid."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.dose.voxel_kernel import VoxelKernel

Float = NDArray[np.float64]
Box = tuple[slice, slice, slice]


def support(array: NDArray[Any]) -> Box | None:
    """Smallest box that holds every non-zero voxel of an array without negative values; ``None`` when all are zero.

    One pass, a slice at a time, so that each slice is still in the processor's cache when it is looked at again.
    """
    slices, rows, columns = (np.zeros(size, bool) for size in array.shape)
    for index, layer in enumerate(array):
        hit = layer > 0
        if hit.any():
            slices[index] = True
            rows |= hit.any(axis=1)
            columns |= hit.any(axis=0)
    if not slices.any():
        return None
    return _span(slices), _span(rows), _span(columns)


def _span(hit: NDArray[np.bool_]) -> slice:
    where = np.flatnonzero(hit)
    return slice(int(where[0]), int(where[-1]) + 1)


@dataclass(frozen=True)
class Reach:
    """A box of activity, the box that its energy reaches on the grid, and how far the kernel hangs over the grid's edges.

    Attributes:
        source: box of the activity.
        target: ``source`` grown by the kernel's reach, inside the grid.
        overhang: voxels by which the kernel leaves the grid, the larger of the two sides, per axis.
    """

    source: Box
    target: Box
    overhang: tuple[int, int, int]

    @classmethod
    def of(cls, source: Box, shape: tuple[int, ...], reach: tuple[int, int, int]) -> "Reach":
        """For activity in ``source`` of a grid of ``shape`` and a kernel that reaches ``reach`` voxels."""
        target, overhang = [], []
        for box, size, far in zip(source, shape, reach, strict=True):
            start, stop = max(0, box.start - far), min(size, box.stop + far)
            target.append(slice(start, stop))
            overhang.append(max(far - (box.start - start), far - (stop - box.stop)))
        return cls(source, (target[0], target[1], target[2]), (overhang[0], overhang[1], overhang[2]))


def total_inside(array: NDArray[Any], kernel: VoxelKernel, source: Box) -> tuple[float, float]:
    """(sum of ``array``, the part of that sum which ``kernel`` places on the grid), without convolving.

    Voxels that are equally far from the edges, as the kernel sees it, place the same share on the grid; the array is summed
    over these groups and each sum multiplied by its share. It checks the convolution from another side.
    """
    shape = array.shape
    groups = [_groups(box, size, far) for box, size, far in zip(source, shape, kernel.reach, strict=True)]
    kind = np.float32 if array.dtype == np.float32 else np.float64
    layers = []
    for layer in array[source]:
        by_column = np.add.reduceat(layer, groups[2].starts, axis=1, dtype=kind)
        layers.append(np.add.reduceat(by_column, groups[1].starts, axis=0, dtype=np.float64))
    sums = np.add.reduceat(np.stack(layers), groups[0].starts, axis=0)
    return float(sums.sum()), float(np.sum(sums * _share_on_grid(kernel, groups)))


@dataclass(frozen=True)
class _Groups:
    """Runs of positions along one axis of the source box with the same room before and behind, in voxels up to the reach."""

    starts: NDArray[np.intp]
    before: NDArray[np.intp]
    behind: NDArray[np.intp]


def _groups(box: slice, size: int, far: int) -> _Groups:
    position = np.arange(box.start, box.stop)
    before, behind = np.minimum(position, far), np.minimum(size - 1 - position, far)
    change = (np.diff(before) != 0) | (np.diff(behind) != 0)
    starts = np.concatenate([[0], np.flatnonzero(change) + 1]).astype(np.intp)
    return _Groups(starts, before[starts], behind[starts])


def _share_on_grid(kernel: VoxelKernel, groups: list[_Groups]) -> Float:
    """Sum of the kernel over the steps that stay on the grid, for every combination of groups."""
    running = kernel.full
    for axis in range(3):
        running = np.cumsum(running, axis=axis)
    running = np.pad(running, ((1, 0), (1, 0), (1, 0)))
    share: Float = running
    for axis, (group, far) in enumerate(zip(groups, kernel.reach, strict=True)):
        share = share.take(far + group.behind + 1, axis) - share.take(far - group.before, axis)
    return share
