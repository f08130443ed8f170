"""Two dose maps on one grid, structure by structure: means, DVH points, and the dose across a border such as liver to lung."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.case import Structure
from glisson.dose.dvh import DVH, dvh
from glisson.dose.sample import COVERAGE_FLOOR
from glisson.errors import BadInput
from glisson.voxels import Image, Quantity, bounding_box, require_quantity, require_same_grid
from glisson.voxels.regions import inside_of

Float = NDArray[np.float64]

PERCENTS = (95, 70, 50, 2)
DOSES_Gy = (100.0,)
COUPLED = 1.8
"""Standard error of a region's mean over that of independent voxels, at most: ``docs/validation/statistics.md`` measures it."""
LEAST_COLUMNS = 5
"""Fewer columns of voxels across a border are not called a profile."""


@dataclass(frozen=True)
class Difference:
    """What two doses say about one structure.

    Attributes:
        site: id.
        reference: numbers of the reference by name: ``mean_Gy``, ``D95_Gy``, ..., ``V100Gy_fraction``.
        other: the same of the other dose.
        volume_gap_fraction: largest distance between the two cumulative histograms, along the axis of volume.
    """

    site: str
    reference: Mapping[str, float]
    other: Mapping[str, float]
    volume_gap_fraction: float

    def relative(self, name: str) -> float | None:
        """(other - reference) / reference; ``None`` where the reference is 0.

        >>> Difference("liver", {"mean_Gy": 40.0}, {"mean_Gy": 41.0}, 0.0).relative("mean_Gy")
        0.025
        """
        known = self.reference[name]
        return (self.other[name] - known) / known if known else None


def dvh_numbers(
    histogram: DVH, *, percents: Sequence[float] = PERCENTS, doses_Gy: Sequence[float] = DOSES_Gy
) -> dict[str, float]:
    """Mean, D of some percents and V of some doses: ``mean_Gy``, ``D95_Gy``, ``V100Gy_fraction``."""
    found = {"mean_Gy": histogram.mean_Gy}
    found |= {f"D{percent:g}_Gy": histogram.dose_to_fraction_Gy(percent / 100.0) for percent in percents}
    return found | {f"V{dose:g}Gy_fraction": histogram.fraction_at_least(dose) for dose in doses_Gy}


def volume_gap(a: DVH, b: DVH) -> float:
    """Largest |V_a(x) - V_b(x)| over all doses x, 0 to 1 (the distance of Kolmogorov and Smirnov, of two histograms).

    >>> from glisson.voxels import Grid
    >>> grid = Grid.aligned((1, 1, 4), (1.0, 1.0, 1.0))
    >>> whole = Image(grid, np.ones((1, 1, 4), dtype=bool), Quantity.MASK)
    >>> one, two = (dvh(Image(grid, np.array([[doses]]), Quantity.DOSE), whole) for doses in ([1.0, 2, 3, 4], [1.0, 2, 3, 9]))
    >>> volume_gap(one, two)  # above 4 Gy there is one voxel of four in the second only
    0.25
    """
    doses = np.unique(np.concatenate([a.sample.doses_Gy, b.sample.doses_Gy]))
    return float(np.abs(_share_above(a, doses) - _share_above(b, doses)).max())


def _share_above(histogram: DVH, doses: Float) -> Float:
    """Share of the volume above each dose."""
    order = histogram.sample.doses_Gy
    running = np.concatenate([[0.0], np.cumsum(histogram.sample.volumes_mL)])
    below: Float = running[np.searchsorted(order, doses, side="right")] / running[-1]
    return 1.0 - below


def compare_structures(reference: Image, other: Image, regions: Mapping[str, Structure | Image]) -> tuple[Difference, ...]:
    """Every region that covers a voxel, in two doses on one grid.

    Args:
        reference: Gy.
        other: Gy.
        regions: structures or bare masks, by id.

    Raises:
        GridMismatch: the doses, or a mask, lie on different grids.
        BadInput: not two doses.
    """
    require_quantity(reference, Quantity.DOSE)
    require_quantity(other, Quantity.DOSE)
    require_same_grid(reference, other)
    found = []
    for name, region in regions.items():
        mask = region.mask if isinstance(region, Structure) else region
        if not (mask.array > COVERAGE_FLOOR).any():
            continue
        known, held = dvh(reference, region), dvh(other, region)
        found.append(Difference(name, dvh_numbers(known), dvh_numbers(held), volume_gap(known, held)))
    return tuple(found)


def standard_error_of_mean_Gy(standard_error: Image, mask: Image) -> float:
    """Cautious statistical standard error of the mean dose of a region, Gy: 1.8 sqrt(sum w² s²) / sum w.

    The root takes the voxels as independent. A history that crosses several of them couples them (up to 1.7 in lung, where photons
    meet many), starts that are spread evenly do the opposite (down to 0.25 in a liver); the factor bounds what many seeds showed,
    ``COUPLED``.

    Raises:
        GridMismatch: error and mask lie on different grids.
        BadInput: an empty mask.
    """
    require_quantity(standard_error, Quantity.DOSE)
    require_quantity(mask, Quantity.MASK)
    require_same_grid(standard_error, mask)
    weight = mask.array.astype(np.float64)
    whole = float(weight.sum())
    if not whole > 0:
        raise BadInput("the standard error over a region that covers no voxel")
    return COUPLED * float(np.sqrt(np.sum((weight * standard_error.array) ** 2))) / whole


def within_reach(region: Image, of: Image, reach_mm: float) -> Image:
    """The voxels of a region no further than ``reach_mm`` from another (distance between voxel centres), as a mask.

    Raises:
        GridMismatch: two grids.
        BadInput: not masks.
    """
    from scipy import ndimage

    require_same_grid(region, of)
    source, wanted = inside_of(of), inside_of(region)
    near = np.zeros(wanted.shape, dtype=bool)
    spacing = region.grid.spacing_mm
    box = bounding_box(source, 1 + int(np.ceil(reach_mm / min(spacing))))
    if box is not None:
        near[box] = wanted[box] & (ndimage.distance_transform_edt(~source[box], sampling=spacing) <= reach_mm)
    return Image(region.grid, near, Quantity.MASK)


@dataclass(frozen=True, eq=False)
class Profile:
    """Mean dose against the distance from a border, over all columns of voxels that cross it.

    Attributes:
        distance_mm: middle of each voxel from the border, towards the head; negative on the near side.
        curves: by name, in the unit of the image.
        columns: how many were averaged.
    """

    distance_mm: Float
    curves: Mapping[str, Float]
    columns: int

    def to_value(self) -> dict[str, Any]:
        """JSON values, six digits."""
        curves = {name: [float(f"{v:.6g}") for v in values] for name, values in self.curves.items()}
        return {"distance_mm": [float(f"{v:.6g}") for v in self.distance_mm], "curves": curves, "columns": self.columns}


def profile_across(
    images: Mapping[str, Image], *, near: Image, far: Image, behind_mm: float = 24.0, beyond_mm: float = 36.0, gap_mm: float = 8.0
) -> Profile | None:
    """Dose (or density) through the dome: columns of voxels towards the head that leave ``near`` (liver) and enter ``far`` (lung).

    Between the two a thin layer (diaphragm) of up to ``gap_mm`` may lie. Only columns that stay in ``near`` for ``behind_mm`` below
    the border and in ``far`` for ``beyond_mm`` above the gap count, so that every point is a mean over the same columns.

    Returns:
        ``None`` where fewer than five columns cross such a border, or slices do not lie across the body's axis.

    Raises:
        GridMismatch: images and masks on different grids.
    """
    for image in (*images.values(), far):
        require_same_grid(near, image)
    upwards = float(near.grid.directions[2, 0])
    if abs(upwards) < 0.9 or not images:
        return None
    step_mm = near.grid.spacing_mm[0]
    below, above, gap = (max(1, round(reach / step_mm)) for reach in (behind_mm, beyond_mm, gap_mm))
    inside, lung = (_headwards(inside_of(mask), upwards) for mask in (near, far))
    top, rows, columns = _borders(inside, lung, below, above, gap)
    if top.size < LEAST_COLUMNS:
        return None
    at = top[:, None] + np.arange(1 - below, above + 1)
    curves = {
        name: _headwards(image.array, upwards)[at, rows[:, None], columns[:, None]].mean(axis=0, dtype=np.float64)
        for name, image in images.items()
    }
    distance_mm = np.asarray((np.arange(1 - below, above + 1) - 0.5) * step_mm, dtype=np.float64)
    return Profile(distance_mm, curves, int(top.size))


def _headwards(array: NDArray[Any], upwards: float) -> NDArray[Any]:
    return array if upwards > 0 else array[::-1]


def _borders(
    inside: NDArray[np.bool_], lung: NDArray[np.bool_], below: int, above: int, gap: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """(slice, row, column) of the uppermost voxel of every column that crosses the border as ``profile_across`` asks."""
    slices = inside.shape[0]
    highest = slices - 1 - np.argmax(inside[::-1], axis=0)
    usable = inside.any(axis=0) & (highest - below + 1 >= 0) & (highest + above < slices)
    rows, columns = np.nonzero(usable)
    top = highest[rows, columns]
    stays = inside[top[:, None] + np.arange(1 - below, 1), rows[:, None], columns[:, None]].all(axis=1)
    enters = lung[top[:, None] + np.arange(1 + min(gap, above), above + 1), rows[:, None], columns[:, None]].all(axis=1)
    kept = stays & enters
    return top[kept], rows[kept], columns[kept]
