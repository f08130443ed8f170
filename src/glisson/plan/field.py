"""Where the activity goes: from mapping counts to GBq per voxel for each GBq of the session."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from glisson.dose.deposition import DENSITY_CEILING_g_per_mL
from glisson.errors import BadInput
from glisson.plan.injections import PlannedDelivery
from glisson.voxels import Grid, Image, Quantity, require_quantity, require_same_grid

Float = NDArray[np.float64]


class Assignment(StrEnum):
    """What is assumed of counts outside the perfused volume."""

    PERFUSED = "all activity in the perfused volume"
    """The activity that is not shunted lies in the territories. Counts outside are read at the same calibration, which is
    cautious for limits on volumes that reach beyond the territory, but they are no part of the activity."""
    FIELD = "activity distributed over the whole field"
    """The activity that is not shunted is spread as the counts of the whole field, lungs left out."""


@dataclass(frozen=True)
class Field:
    """GBq per voxel for 1 GBq of the session.

    Attributes:
        grid: of the mapping image.
        inside: the activity that is accounted for; its sum is the part of 1 GBq that is neither residue nor shunted.
        outside: counts beyond the territories at the calibration of ``inside``; all 0 under ``Assignment.FIELD``.
        covered: share of every voxel that lies in a territory.
        assignment: what was assumed.
    """

    grid: Grid
    inside: Float
    outside: Float
    covered: Float
    assignment: Assignment

    def as_activity(self, part: Float, *, nuclide: str) -> Image:
        """One part as an image in Bq/mL for 1 GBq of the session."""
        return Image(self.grid, part * (1e9 / self.grid.voxel_volume_mL), Quantity.ACTIVITY, nuclide)


def make_field(deliveries: Sequence[PlannedDelivery], *, grid: Grid, assignment: Assignment, lung: Float | None = None) -> Field:
    """The field of all injections; overlapping territories add.

    Each injection spreads its activity over its territory as its own mapping counts. Outside all territories, counts of one
    image are scaled with the mean calibration of the injections that use the image.
    """
    inside, outside = np.zeros(grid.shape), np.zeros(grid.shape)
    everywhere = np.maximum.reduce([d.territory.mask.array.astype(np.float64) for d in deliveries])
    for image in dict.fromkeys(d.image for d in deliveries):
        group = [d for d in deliveries if d.image == image]
        counts = group[0].counts
        if assignment is Assignment.FIELD:
            spread = counts if lung is None else counts * (1.0 - lung)
            inside += sum(d.to_liver for d in group) * spread / float(spread.sum())
            continue
        covered = np.zeros(grid.shape)
        total_counts = 0.0
        for delivery in group:
            mask = delivery.territory.mask.array.astype(np.float64)
            held = counts * mask
            held_counts = float(held.sum())
            inside += delivery.to_liver * held / held_counts
            covered = np.maximum(covered, mask)
            total_counts += held_counts
        outside += sum(d.to_liver for d in group) / total_counts * counts * (1.0 - covered)
    return Field(grid, inside, outside, everywhere, assignment)


def voxel_mass(grid: Grid, density: float | Image) -> Float:
    """Mass of every voxel in g.

    Raises:
        BadInput: one number outside 0.1 to 5 g/mL, or an image that is none or holds values outside 0 to 20 g/mL.
        GridMismatch: the density lies on another grid.
    """
    if isinstance(density, Image):
        require_quantity(density, Quantity.DENSITY)
        if density.grid.differences(grid):
            require_same_grid(density, Image(grid, np.zeros(grid.shape, dtype=bool), Quantity.MASK))
        values = density.array.astype(np.float64)
        if values.min() < 0 or values.max() > DENSITY_CEILING_g_per_mL:
            raise BadInput(f"densities outside 0 to {DENSITY_CEILING_g_per_mL:g} g/mL", do="convert HU to g/mL first")
        return values * grid.voxel_volume_mL
    if not 0.1 <= density <= 5:
        raise BadInput(f"density {density:g} g/mL", allowed="0.1 to 5 g/mL")
    return np.full(grid.shape, density * grid.voxel_volume_mL)
