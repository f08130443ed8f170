"""Regions from regions and from images: boolean operations, margins, thresholds, seeded growing, connected parts.

Covered fractions: what two fractions share inside one voxel is not known. ``union`` takes the larger (as if one lay inside the
other), ``intersect`` the smaller, ``subtract`` the difference, not below 0; all three are exact where one mask contains the
other, as organs contain their lesions. Where that is not so, combine the masks on the grid they were drawn on first.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from glisson.errors import BadInput
from glisson.voxels.grid import require_same_frame
from glisson.voxels.image import Image, Quantity, bounding_box, require_quantity, require_same_grid

Bool = NDArray[np.bool_]

SURFACE_BLUR_voxels = 0.75
"""Standard deviation of the blur that takes the steps off a mask's surface before a margin is measured."""


def union(*masks: Image) -> Image:
    """What any of the masks holds; of two fractions the larger.

    Raises:
        GridMismatch: the masks lie on different grids.
        BadInput: not masks, or none given.
    """
    return _combine(masks, np.logical_or, np.maximum)


def intersect(*masks: Image) -> Image:
    """What all of the masks hold; of two fractions the smaller.

    Raises:
        GridMismatch: the masks lie on different grids.
        BadInput: not masks, or none given.
    """
    return _combine(masks, np.logical_and, np.minimum)


def subtract(first: Image, *others: Image) -> Image:
    """``first`` without every other; of fractions the difference, not below 0.

    Raises:
        GridMismatch: the masks lie on different grids.
        BadInput: not masks.
    """
    if not others:
        return _combine((first,), np.logical_or, np.maximum)
    rest = union(*others)
    require_same_grid(first, rest)
    require_quantity(first, Quantity.MASK)
    if first.array.dtype == np.bool_ and rest.array.dtype == np.bool_:
        return first.with_array(first.array & ~rest.array)
    return first.with_array(np.clip(first.array.astype(np.float32) - rest.array.astype(np.float32), 0.0, 1.0))


def normal_tissue(organ: Image, *lesions: Image) -> Image:
    """The organ (or perfused volume) without its lesions; the rule for fractions is that of ``subtract``.

    Raises:
        GridMismatch: the masks lie on different grids.
        BadInput: not masks.
    """
    return subtract(organ, *lesions)


def volume_outside_mL(part: Image, whole: Image) -> float:
    """Volume of ``part`` that ``whole`` does not hold, mL: a tumour's share outside the liver.

    Raises:
        GridMismatch: the masks lie on different grids.
        BadInput: not masks.
    """
    return subtract(part, whole).volume_mL


def margin(mask: Image, margin_mm: float) -> Image:
    """The mask grown (positive) or shrunk (negative) by a distance in mm, the same in every direction.

    The distance is Euclidean, to a smooth surface that encloses the mask's volume; a voxel belongs to the result when its
    centre lies inside the moved surface. (Distances between voxel centres alone are wrong by up to half a voxel.) Growing stops
    at the edge of the grid; a region that the grid cuts off is not shrunk from the cut.

    Raises:
        BadInput: covered fractions (their surface is not on this grid), a sheared grid, or a margin that is not a number.
    """
    require_quantity(mask, Quantity.MASK)
    if mask.array.dtype != np.bool_:
        raise BadInput("a margin around covered fractions", do="take the margin on the grid the mask was drawn on, then resample")
    if not mask.grid.is_orthogonal:
        raise BadInput("a margin on a sheared grid (gantry tilt)", do="resample the mask onto a grid with right angles")
    if not np.isfinite(margin_mm):
        raise BadInput(f"a margin of {margin_mm} mm", allowed="a number of mm")
    if margin_mm == 0 or not mask.array.any():
        return mask
    grow = margin_mm > 0
    reach = abs(margin_mm)
    spacing = np.array(mask.grid.spacing_mm)
    box = bounding_box(mask.array, margin=3 + (int(np.ceil(reach / spacing.min())) if grow else 0))
    assert box is not None, "the mask holds a voxel"
    part = mask.array[box]
    surface = _surface_mm(part, spacing)
    if not surface.size:
        return mask
    roughly = ndimage.distance_transform_edt(~part if grow else part, sampling=spacing)
    voxel_mm = float(np.linalg.norm(spacing))  # no centre is further than this from the surface that passes by it
    unsure = np.nonzero((roughly > max(0.0, reach - voxel_mm / 2)) & (roughly <= reach + voxel_mm))
    moved = roughly <= reach
    moved[unsure] = cKDTree(surface).query(np.stack(unsure, axis=1) * spacing, workers=-1)[0] <= reach
    array = np.zeros(mask.grid.shape, dtype=bool)
    array[box] = (part | moved) if grow else (part & ~moved)
    return mask.with_array(array)


def perfused_territory(uptake: Image, within: Image, fraction: float) -> Image:
    """Voxels of ``within`` whose uptake is at least ``fraction`` of the largest uptake inside ``within``.

    A threshold of the maximum follows the hottest voxel, noise included: state the fraction beside the territory.
    Fractions of ``within`` count from one half.

    Raises:
        GridMismatch: uptake and mask lie on different grids.
        BadInput: a fraction outside 0 to 1, an empty mask, or no uptake inside it.
    """
    require_quantity(uptake, Quantity.ACTIVITY, Quantity.COUNTS, Quantity.SIGNAL)
    require_same_grid(uptake, within)
    if not 0 < fraction < 1:
        raise BadInput(f"an uptake threshold of {fraction}", allowed="a fraction of the maximum between 0 and 1, as 0.4")
    inside = inside_of(within)
    if not inside.any():
        raise BadInput("the mask to threshold within is empty on this grid")
    largest = float(uptake.array[inside].max())
    if largest <= 0:
        raise BadInput("there is no uptake inside the mask", do="check that mask and image belong together")
    return within.with_array(inside & (uptake.array >= fraction * largest))


def grow_region(image: Image, seed_mm: tuple[float, float, float], low: float, high: float, within: Image | None = None) -> Image:
    """Assisted contouring: voxels with ``low`` <= value <= ``high`` that join the seed through shared faces.

    It proposes a region for a person to check; it does not know anatomy.

    Args:
        image: what to read values from.
        seed_mm: (x, y, z) in mm, LPS.
        low: least value that belongs to the region.
        high: largest value that belongs to the region.
        within: mask on the same grid that the region may not leave; fractions count from one half.

    Raises:
        BadInput: the range is empty, the seed lies outside the grid or the mask, or its value outside the range.
        GridMismatch: ``within`` lies on another grid.
    """
    if not low <= high:
        raise BadInput(f"a range from {low:.6g} to {high:.6g}", allowed="low not above high")
    index = image.grid.to_index(seed_mm)
    nearest = np.floor(index + 0.5).astype(int)
    if ((nearest < 0) | (nearest >= image.grid.shape)).any():
        raise BadInput(
            f"the seed lies outside the image: voxel (slice, row, column) {tuple(nearest.tolist())}",
            allowed=f"0 to {tuple(n - 1 for n in image.grid.shape)}; x, y, z in mm, LPS",
        )
    seed = (int(nearest[0]), int(nearest[1]), int(nearest[2]))
    value = float(image.array[seed])
    if not low <= value <= high:
        raise BadInput(
            f"the value at the seed is {value:.6g}, outside {low:.6g} to {high:.6g}", do="move the seed or widen the range"
        )
    candidates = (image.array >= low) & (image.array <= high)
    if within is not None:
        require_same_grid(image, within)
        inside = inside_of(within)
        if not inside[seed]:
            raise BadInput("the seed lies outside the mask that the region may not leave", do="move the seed")
        candidates &= inside
    labels, _ = ndimage.label(candidates)
    return Image(image.grid, labels == labels[seed], Quantity.MASK)


@dataclass(frozen=True)
class Part:
    """One connected part of a mask.

    Attributes:
        mask: its voxels, on the part of the grid that holds them.
        box: where that part of the grid lies in the whole.
        volume_mL: its volume.
        centre_mm: (x, y, z) of its centre of volume.
    """

    mask: Image
    box: tuple[slice, slice, slice]
    volume_mL: float
    centre_mm: tuple[float, float, float]


def connected_parts(mask: Image, *, minimum_mL: float = 0.0) -> tuple[Part, ...]:
    """The parts of a mask that no shared face, edge or corner joins, largest first; smaller ones than ``minimum_mL`` left out.

    Every voxel above 0 joins; volumes count fractions as fractions.

    Raises:
        BadInput: not a mask.
    """
    require_quantity(mask, Quantity.MASK)
    labels, _ = ndimage.label(mask.array > 0, structure=np.ones((3, 3, 3)))
    found: list[Part] = []
    for number, (slices, rows, columns) in enumerate(ndimage.find_objects(labels), start=1):
        box = (slices, rows, columns)
        values = np.where(labels[box] == number, mask.array[box], False)
        if mask.array.dtype != np.bool_:
            values = values.astype(mask.array.dtype)
        part = replace(mask, array=values, grid=mask.grid.crop(box))
        if part.volume_mL >= minimum_mL:
            centre = part.grid.to_world(ndimage.center_of_mass(values))
            found.append(Part(part, box, part.volume_mL, (float(centre[0]), float(centre[1]), float(centre[2]))))
    return tuple(sorted(found, key=lambda p: -p.volume_mL))


def inside_of(mask: Image) -> Bool:
    """A mask as true and false: fractions of one half and more are inside.

    Raises:
        BadInput: not a mask.
    """
    require_quantity(mask, Quantity.MASK)
    inside: Bool = mask.array if mask.array.dtype == np.bool_ else mask.array >= 0.5
    return inside


def _combine(masks: tuple[Image, ...], logical: Callable[..., Any], fractional: Callable[..., Any]) -> Image:
    if not masks:
        raise BadInput("no mask to combine", do="give at least one")
    for mask in masks:
        require_quantity(mask, Quantity.MASK)
        require_same_frame(masks[0].grid, mask.grid)
        require_same_grid(masks[0], mask)
    arrays = [mask.array for mask in masks]
    if all(array.dtype == np.bool_ for array in arrays):
        return masks[0].with_array(reduce(logical, arrays))
    return masks[0].with_array(reduce(fractional, [array.astype(np.float32) for array in arrays]))


def _surface_mm(inside: Bool, spacing: NDArray[np.float64]) -> NDArray[np.float64]:
    """(points, 3): points of a smooth surface around ``inside``, mm from voxel (0, 0, 0), that encloses the same volume.

    A voxel mask has a stepped surface; its corners would make every margin too large. The mask is blurred a little and
    cut at the level that as many centres exceed as the mask has voxels.
    """
    from skimage.measure import marching_cubes

    blurred = ndimage.gaussian_filter(inside.astype(np.float32), SURFACE_BLUR_voxels, mode="nearest")
    ordered = np.partition(blurred.ravel(), [-count - 1, -count]) if (count := int(inside.sum())) < inside.size else None
    if ordered is None:
        return np.zeros((0, 3))
    level = (float(ordered[-count - 1]) + float(ordered[-count])) / 2
    if not blurred.min() < level < blurred.max():
        return np.zeros((0, 3))
    corners, triangles, _, _ = marching_cubes(blurred, level, spacing=tuple(spacing))
    a, b, c = (corners[triangles[:, k]].astype(np.float64) for k in range(3))
    return np.concatenate([corners, (a + b + c) / 3])
