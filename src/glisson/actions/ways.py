"""The ways from activity to dose that are set side by side, and what each is given."""

import os
from dataclasses import dataclass

from glisson.actions.cache import cache_folder
from glisson.actions.engines import medium
from glisson.actions.open_case import OpenCase
from glisson.actions.regions import lesion_regions
from glisson.actions.tissues import Filled, fill
from glisson.case import SiteKind, Structure
from glisson.dose.absorbed import Medium
from glisson.dose.batches import Stop
from glisson.dose.certainty import Criterion
from glisson.dose.compare import within_reach
from glisson.dose.engine import Engine
from glisson.dose.kernel import KernelConvolution
from glisson.dose.local import LocalDeposition
from glisson.dose.montecarlo import MonteCarlo
from glisson.voxels import Grid, Image
from glisson.voxels.regions import union

REFERENCE = "monte-carlo"
NEAR_LIVER_mm = 20.0
NEAR_LIVER = f"lung-within-{NEAR_LIVER_mm:g}-mm-of-the-liver"
CHANCE = 7919
"""Added to the seed: the comparison does not share its random streams with a dose computed before."""


@dataclass(frozen=True)
class Way:
    """One way from activity to dose: an engine, and the tissue that it is told of.

    Attributes:
        id: as "kernel".
        name: as printed.
        own_density: each voxel's own density and composition; else liver everywhere.
    """

    id: str
    name: str
    own_density: bool


WAYS = (
    Way(REFERENCE, "Monte Carlo", True),
    Way("local", "local, uniform", False),
    Way("kernel", "kernel, uniform", False),
    Way("local-own-density", "local, own density", True),
    Way("kernel-own-density", "kernel, own density", True),
)
"""What moves the energy, and what it is divided by: two by two, and the way that follows the electrons."""


@dataclass(frozen=True)
class Wanted:
    """How sure the Monte Carlo is to be.

    Attributes:
        uncertainty: root mean square of the relative standard errors of every lesion's voxels above half of its maximum.
        seed: of the random streams.
        threads: as many as there are processors if ``None``.
    """

    uncertainty: float = 0.02
    seed: int = 1
    threads: int | None = None


def engine_of(way: Way, wanted: Wanted, structures: tuple[Structure, ...], own: Filled) -> Engine:
    """The engine of a way; the Monte Carlo watches every lesion."""
    threads = wanted.threads or os.cpu_count() or 1
    if way.id.startswith("local"):
        return LocalDeposition()
    if way.id.startswith("kernel"):
        return KernelConvolution(workers=threads)
    stop = Stop(uncertainty=wanted.uncertainty, criterion=Criterion.RMS)
    return MonteCarlo(
        stop=stop,
        seed=wanted.seed + CHANCE,
        threads=threads,
        regions=lesion_regions(structures),
        medium=own.overlay,
        cache=cache_folder(),
    )


def media_of(opened: OpenCase, structures: tuple[Structure, ...], grid: Grid) -> tuple[Medium, Filled]:
    """Liver everywhere, and each voxel's own density and composition as a Monte Carlo of the case takes them."""
    return medium(opened, None, grid), fill(opened, structures, None, method="montecarlo", grid=grid)


def organ(structures: tuple[Structure, ...], name: str) -> Image | None:
    """All contours of an organ in one mask; ``None`` where there is none."""
    masks = [s.mask for s in structures if s.site.organ == name and s.site.kind is SiteKind.ORGAN and s.volume_mL > 0]
    return union(*masks) if masks else None


def regions_of(structures: tuple[Structure, ...]) -> dict[str, Structure | Image]:
    """Every structure, and the part of the lungs near the liver."""
    found: dict[str, Structure | Image] = {structure.id: structure for structure in structures}
    lung, liver = organ(structures, "lung"), organ(structures, "liver")
    if lung is not None and liver is not None:
        found[NEAR_LIVER] = within_reach(lung, liver, NEAR_LIVER_mm)
    return found
