"""Which doses a structure holds, and how much volume has each: the one door from voxels to a dose-volume histogram."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from glisson.errors import BadInput, OutOfScope
from glisson.voxels import Grid, Image, Quantity, bounding_box, require_quantity, require_same_grid
from glisson.voxels.resample import covered_fraction, linear, nearest

Float = NDArray[np.float64]

Rule = Literal["covered fraction", "nearest neighbour", "contour voxels"]
"""How a mask drawn on another grid and the dose meet. The first two bring the mask onto the dose grid. "contour voxels" goes the
other way: every voxel of the mask's own grid takes the dose of the dose voxel that holds its centre. It is what some stations
do; where the mask's voxels are not much smaller than the dose's it gives dose voxels uneven weights."""

COVERAGE_FLOOR = 0.01
"""Voxels covered by this share or less are left out; otherwise a sliver of one voxel would set the minimum of a structure."""

LARGEST_SAMPLE = 200_000_000
"""More pieces than this do not fit an ordinary machine."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Doses of a structure, ascending, with the volume that has each.

    Attributes:
        doses_Gy: (n,) ascending.
        volumes_mL: (n,) covered volume of each, all positive.
        voxel_volume_mL: of one voxel of the dose grid, also where the sample is finer.
        rule: how the mask came onto the grid, in words that are printed.
        oversample: pieces per voxel edge; 1 is the dose grid itself.
        coverage_floor: voxels covered by this share or less were left out.
        excluded_mL: volume left out by the floor.
        given_volume_mL: volume of the mask on the grid it came on.
    """

    doses_Gy: Float
    volumes_mL: Float
    voxel_volume_mL: float
    rule: str
    oversample: int = 1
    coverage_floor: float = COVERAGE_FLOOR
    excluded_mL: float = 0.0
    given_volume_mL: float = 0.0

    @property
    def is_empty(self) -> bool:
        """True when no voxel is covered."""
        return self.doses_Gy.size == 0

    @property
    def volume_mL(self) -> float:
        """Volume that is sampled."""
        return float(self.volumes_mL.sum())

    @property
    def voxels(self) -> float:
        """Volume in voxels of the dose grid: what the dose can resolve, however fine the sample."""
        return self.volume_mL / self.voxel_volume_mL


def sample(
    dose: Image, mask: Image, *, rule: Rule | None = None, oversample: int = 1, coverage_floor: float = COVERAGE_FLOOR
) -> Sample:
    """Doses of the voxels under a mask, each weighted by the volume covered.

    Args:
        dose: Gy.
        mask: bool, or covered fractions 0 to 1. On the dose grid when ``rule`` is ``None``; on any grid of the same frame otherwise.
        rule: "covered fraction", "nearest neighbour" or "contour voxels"; ``None`` resamples nothing.
        oversample: divides every voxel edge into so many parts; the dose is interpolated trilinearly between voxel centres
            (constant beyond the outermost ones), the mask is taken by ``rule``. For steep gradients in small structures;
            it adds no information that the dose grid does not have.
        coverage_floor: voxels (or parts) covered by this share or less are left out; the volume is kept in ``excluded_mL``.

    Raises:
        GridMismatch: the mask lies on another grid and no rule was named, or in another frame.
        BadInput: not a dose, not a mask, a fractional mask with the nearest-neighbour rule, numbers out of range.
        OutOfScope: the oversampled structure would not fit in memory.
    """
    require_quantity(dose, Quantity.DOSE)
    require_quantity(mask, Quantity.MASK)
    _check(mask, rule, oversample, coverage_floor)
    if rule is None:
        require_same_grid(dose, mask)
    cover, doses, grid = _on_dose_grid(dose, mask, rule) if oversample == 1 else _finer(dose, mask, rule, oversample)
    keep = cover > coverage_floor
    weights = cover[keep].astype(np.float64) * grid.voxel_volume_mL
    values = doses[keep].astype(np.float64)
    left_out = float(cover.sum(dtype=np.float64)) * grid.voxel_volume_mL - float(weights.sum())
    order = np.argsort(values, kind="stable")
    return Sample(
        doses_Gy=values[order],
        volumes_mL=weights[order],
        voxel_volume_mL=dose.grid.voxel_volume_mL,
        rule=rule
        or ("mask as drawn on the dose grid" if mask.array.dtype == np.bool_ else "fractions as given on the dose grid"),
        oversample=oversample,
        coverage_floor=coverage_floor,
        excluded_mL=max(left_out, 0.0),
        given_volume_mL=mask.volume_mL,
    )


def _check(mask: Image, rule: Rule | None, oversample: int, coverage_floor: float) -> None:
    if rule not in (None, "covered fraction", "nearest neighbour", "contour voxels"):
        raise BadInput(f"sampling rule '{rule}'", allowed="covered fraction, nearest neighbour, contour voxels")
    if rule == "contour voxels" and oversample != 1:
        raise BadInput("oversampling with the rule 'contour voxels'", allowed="oversample 1 with this rule")
    if rule == "nearest neighbour" and mask.array.dtype != np.bool_:
        raise BadInput("a mask of fractions with the nearest-neighbour rule", allowed="a mask of yes and no")
    if oversample != int(oversample) or oversample < 1:
        raise BadInput(f"oversample {oversample}", allowed="a whole number, 1 or more")
    if not 0 <= coverage_floor < 1:
        raise BadInput(f"coverage floor {coverage_floor}", allowed="0 to less than 1")


def _on(mask: Image, grid: Grid, rule: Rule | None) -> NDArray[Any]:
    if rule == "nearest neighbour":
        return nearest(mask, grid).array
    return covered_fraction(mask, grid).array


def _on_dose_grid(dose: Image, mask: Image, rule: Rule | None) -> tuple[NDArray[Any], NDArray[Any], Grid]:
    """Coverage, dose and grid, all on the dose grid; on the mask's own for the rule "contour voxels"."""
    if rule == "contour voxels":
        box = bounding_box(mask.array) or (slice(0, 1), slice(0, 1), slice(0, 1))
        part = mask.crop(box)
        return part.array, nearest(dose, part.grid).array, part.grid
    cover = mask.array if rule is None else _on(mask, dose.grid, rule)
    return cover, dose.array, dose.grid


def _finer(dose: Image, mask: Image, rule: Rule | None, parts: int) -> tuple[NDArray[Any], NDArray[Any], Grid]:
    """Coverage, dose and grid, with every voxel edge of the structure's box in ``parts`` parts."""
    coarse = mask.array if rule is None else covered_fraction(mask, dose.grid).array
    box = bounding_box(coarse)
    if box is None:
        return np.zeros((1, 1, 1)), np.zeros((1, 1, 1)), dose.grid
    start = np.array([s.start for s in box])
    size = np.array([s.stop - s.start for s in box])
    if float(np.prod(size * parts)) > LARGEST_SAMPLE:
        raise OutOfScope(
            f"oversampling by {parts} makes {int(np.prod(size * parts))} pieces",
            allowed=f"at most {LARGEST_SAMPLE}",
            do="lower oversample; large structures do not need it",
        )
    fine = _divided(dose.grid, start, size, parts)
    doses = linear(_padded(dose, start, size), fine).array
    if rule is None:
        cover = coarse[box]
        for axis in range(3):
            cover = np.repeat(cover, parts, axis=axis)
        return cover, doses, fine
    return _on(mask, fine, rule), doses, fine


def _divided(grid: Grid, start: NDArray[Any], size: NDArray[Any], parts: int) -> Grid:
    """The box of ``size`` voxels from ``start``, every edge in ``parts`` parts."""
    affine = grid.affine.copy()
    affine[:3, :3] /= parts
    affine[:3, 3] = grid.to_world(start + (0.5 / parts - 0.5))
    shape = (int(size[0] * parts), int(size[1] * parts), int(size[2] * parts))
    return Grid(shape, affine, grid.frame_of_reference)


def _padded(dose: Image, start: NDArray[Any], size: NDArray[Any]) -> Image:
    """The box and one voxel around it; beyond the grid the outermost voxel is repeated."""
    picks = [np.clip(np.arange(start[a] - 1, start[a] + size[a] + 1), 0, dose.grid.shape[a] - 1) for a in range(3)]
    affine = dose.grid.affine.copy()
    affine[:3, 3] = dose.grid.to_world(start - 1)
    shape = (len(picks[0]), len(picks[1]), len(picks[2]))
    return Image(Grid(shape, affine, dose.grid.frame_of_reference), dose.array[np.ix_(*picks)], Quantity.DOSE)
