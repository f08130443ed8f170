"""How sure the dose of a region is: the relative standard error of its voxels above half of the region's own maximum.

The standard error of one voxel comes from the spread of B batches and is itself known to 1/sqrt(2 (B - 1)): 9 % with 64 batches.
The root mean square over many voxels averages that noise away. The largest of many voxels does not: it is the largest of as
many noisy estimates, so it lies above the largest true one, and a run that waits for it is a little surer than asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glisson.errors import BadInput
from glisson.voxels import Image, require_same_grid

Float = NDArray[np.float64]

HALF = 0.5
"""Share of the level above which the voxels of a region are counted; share of a voxel that belongs to the region."""
EVERYWHERE = "whole image"


class Criterion(StrEnum):
    """What of a region must be as sure as asked."""

    EVERY = "every"
    """each voxel"""
    RMS = "rms"
    """the root mean square over the voxels"""


WORDS = {
    Criterion.EVERY: "every voxel above half of the maximum of its region",
    Criterion.RMS: "root mean square over the voxels above half of the maximum of each region",
}


@dataclass(frozen=True, eq=False)
class Region:
    """Voxels whose uncertainty is watched: those of the mask above half of their own maximum dose (or mean dose).

    Attributes:
        name: as printed.
        mask: bool, or covered fractions; a voxel counts when half of it is covered, or, in a region that fills no voxel by half,
            when none is covered more.
        level: what half is taken of.
    """

    name: str
    mask: Image
    level: Literal["maximum", "mean"] = "maximum"

    @property
    def inside(self) -> NDArray[np.bool_]:
        """The voxels, shape of the grid.

        Raises:
            BadInput: there is none.
        """
        covered = self.mask.array
        most = float(covered.max(initial=0))
        if not most > 0:
            raise BadInput(f"region '{self.name}' has no voxel", do="leave it out, or give it voxels")
        return np.asarray(covered >= min(HALF, most))


@dataclass(frozen=True)
class Certainty:
    """How sure the dose of a region is.

    Attributes:
        region: its name.
        voxels: number above half of its maximum; 0 where it got no dose, and nothing can be said.
        rms: root mean square of their relative standard errors.
        largest: the largest of them.
    """

    region: str
    voxels: int
    rms: float
    largest: float

    def by(self, criterion: Criterion) -> float:
        """The relative standard error that the criterion looks at."""
        return self.largest if criterion is Criterion.EVERY else self.rms


@dataclass(frozen=True, eq=False)
class Watched:
    """A region as places in a flat array.

    Attributes:
        name: of the region.
        places: flat indices.
        level: what half is taken of.
    """

    name: str
    places: NDArray[np.intp]
    level: Literal["maximum", "mean"] = "maximum"

    def certainty(self, total: Float, squares: Float, batches: int, per_mass: Float) -> Certainty:
        """From the sums of the score and of its square over batches; ``per_mass`` makes a dose of a score, 0 leaves out.

        >>> two = Watched("r", np.arange(2), "maximum")
        >>> found = two.certainty(np.array([4.0, 1.0]), np.array([10.0, 1.0]), 2, np.ones(2))
        >>> found.voxels, found.rms  # batches of 1 and 3: mean 2, standard error 1
        (1, 0.5)
        """
        mass, mean = per_mass[self.places], total[self.places] / batches
        dose = mean * mass
        counted = dose[mass > 0]
        level = 0.0 if not counted.size else float(counted.max() if self.level == "maximum" else counted.mean())
        high = dose > HALF * level
        if not high.any():
            return Certainty(self.name, 0, 0.0, 0.0)
        mean = mean[high]
        spread = np.maximum(squares[self.places[high]] / batches - mean * mean, 0.0) / (batches - 1)
        relative2 = spread / (mean * mean)
        voxels, rms, largest = int(np.count_nonzero(high)), np.sqrt(relative2.mean()), np.sqrt(relative2.max())
        return Certainty(self.name, voxels, float(rms), float(largest))


def watch(regions: Sequence[Region], image: Image, box: tuple[slice, slice, slice]) -> tuple[Watched, ...]:
    """The regions in a box of the image's grid, flat; the whole box is one region where none is given.

    Raises:
        GridMismatch: a region on another grid.
        BadInput: two regions of one name, or a region without a voxel.
    """
    if not regions:
        voxels = int(np.prod([part.stop - part.start for part in box]))
        return (Watched(EVERYWHERE, np.arange(voxels)),)
    if len({region.name for region in regions}) < len(regions):
        raise BadInput("two regions of one name", do="give every region its own name")
    for region in regions:
        require_same_grid(image, region.mask)
    return tuple(Watched(region.name, np.flatnonzero(region.inside[box]), region.level) for region in regions)
