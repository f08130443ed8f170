"""The engines, densities and constants that a command can name."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.actions.cache import cache_folder
from glisson.actions.open_case import OpenCase
from glisson.case import ImageKind, Purpose, Structure
from glisson.dose.absorbed import Medium
from glisson.dose.certainty import Region
from glisson.dose.composition import Materials, Overlay
from glisson.dose.constant import DoseConstant, dose_constant
from glisson.dose.deposition import DENSITY_CEILING_g_per_mL
from glisson.dose.engine import Engine
from glisson.dose.kernel import KernelConvolution
from glisson.dose.local import LocalDeposition
from glisson.errors import BadInput, GridMismatch, MissingFact
from glisson.knowledge.tissues import density as known_density
from glisson.knowledge.tissues import density_at
from glisson.voxels import Grid, Image, Quantity
from glisson.voxels.regions import union
from glisson.voxels.resample import linear

ENGINES = ("kernel", "local", "montecarlo")
DEFAULT_HISTORIES = 2_000_000
MOST_THREADS = 512
KERNELS = ("published", "transport")
AIR_g_per_mL = 0.0012
"""Least density of a voxel from CT, the nominal one of air in ``knowledge/transport/media.yaml``: electrons fly through air."""


@dataclass(frozen=True)
class Histories:
    """What was asked of a Monte Carlo; nothing given: two million histories.

    Attributes:
        histories, uncertainty, seconds: when to stop; see ``glisson.dose.batches.Stop``.
        seed: of the random streams; 1 if not given.
        threads: as many as there are processors if not given.
        steps: "quick" or "fine"; quick if not given.
        device: "cpu" or "cuda"; the processor if not given.
        criterion: "every" (voxel of a region) or "rms" (over them) must be as sure as asked; every if not given.
        materials: a label for each voxel and a legend; the medium follows the density if not given.
    """

    histories: int | None = None
    uncertainty: float | None = None
    seconds: float | None = None
    seed: int | None = None
    threads: int | None = None
    steps: str | None = None
    criterion: str | None = None
    device: str | None = None
    materials: Materials | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """Names of what was given."""
        return tuple(name for name, value in vars(self).items() if value is not None)


NO_HISTORIES = Histories()


def engine(name: str, histories: Histories = NO_HISTORIES, kernel: str | None = None) -> Engine:
    """The engine of that name; the kernel engine with the published point kernel, or one from the program's own transport.

    Raises:
        BadInput: none of that name, a setting of the Monte Carlo that cannot be, or one for an engine that has none.
    """
    if histories.given and name != "montecarlo":
        raise BadInput(f"{', '.join(histories.given)} with the method '{name}'", allowed="only with the method montecarlo")
    if kernel is not None and name != "kernel":
        raise BadInput(f"kernel '{kernel}' with the method '{name}'", allowed="only with the method kernel")
    if name == "montecarlo":
        return _monte_carlo(histories)
    if name == "kernel":
        return _kernel(kernel or KERNELS[0])
    if name == "local":
        return LocalDeposition()
    raise BadInput(f"unknown method '{name}'", allowed=", ".join(ENGINES))


def _kernel(which: str) -> Engine:
    if which not in KERNELS:
        raise BadInput(f"kernel '{which}'", allowed=", ".join(KERNELS))
    if which == "published":
        return KernelConvolution(workers=2)
    from glisson.dose.transport_kernel import TransportKernel

    return KernelConvolution(workers=2, cache=cache_folder(), transport=TransportKernel())


def _monte_carlo(asked: Histories) -> Engine:
    from glisson.dose.batches import Stop
    from glisson.dose.certainty import Criterion
    from glisson.dose.electrons.device import require_device
    from glisson.dose.electrons.tables import STEPS
    from glisson.dose.montecarlo import MonteCarlo

    if asked.steps is not None and asked.steps not in STEPS:
        raise BadInput(f"steps '{asked.steps}'", allowed=", ".join(STEPS))
    if asked.criterion is not None and asked.criterion not in list(Criterion):
        raise BadInput(f"criterion '{asked.criterion}'", allowed=", ".join(Criterion))
    if asked.criterion is not None and asked.uncertainty is None:
        raise BadInput("a criterion without an uncertainty", do="give --uncertainty, as 0.01")
    criterion = Criterion(asked.criterion or Criterion.EVERY)
    no_end = asked.histories is None and asked.uncertainty is None and asked.seconds is None
    stop = Stop(DEFAULT_HISTORIES if no_end else asked.histories, asked.uncertainty, asked.seconds, criterion)
    if asked.threads is not None and not 1 <= asked.threads <= MOST_THREADS:
        raise BadInput(f"{asked.threads} threads", allowed=f"1 to {MOST_THREADS}")
    device = asked.device or "cpu"
    require_device(device)
    threads = asked.threads if asked.threads is not None else os.cpu_count() or 1
    steps = STEPS[asked.steps or "quick"]
    return MonteCarlo(
        stop=stop,
        seed=1 if asked.seed is None else asked.seed,
        threads=threads,
        steps=steps,
        medium=asked.materials,
        device=device,
        cache=cache_folder(),
    )


def watching(engine: Engine, regions: Sequence[Region]) -> Engine:
    """A Monte Carlo that watches the uncertainty of these regions; other engines have none to watch."""
    from glisson.dose.montecarlo import MonteCarlo

    return replace(engine, regions=tuple(regions)) if isinstance(engine, MonteCarlo) else engine


def made_of(engine: Engine, overlay: Overlay | None) -> Engine:
    """A Monte Carlo that is told what some voxels are made of; other engines know densities only."""
    from glisson.dose.montecarlo import MonteCarlo

    return replace(engine, medium=overlay) if isinstance(engine, MonteCarlo) and overlay is not None else engine


def constant_for(nuclide: str, preset: str | None) -> DoseConstant:
    """The dose constant of a nuclide; an unknown preset is an input error here.

    Raises:
        BadInput, BadKnowledge: unknown nuclide or preset; the message lists the known ones.
    """
    return dose_constant(nuclide, preset)


def medium(opened: OpenCase, asked: str | None, grid: Grid) -> Medium:
    """The density that was asked for: the liver's by default, a number in g/mL, "ct" or "ct-schneider".

    Raises:
        BadInput: none of these.
        MissingFact: a density from CT without a CT in the case.
    """
    if asked is None:
        known = known_density("liver")
        return Medium(float(known.value), f"uniform {known.value:g} g/mL ({known.holds_for})", (known.source,))
    if asked in FROM_CT:
        return _from_ct(opened, grid, FROM_CT[asked])
    return Medium(number(asked), f"uniform {number(asked):g} g/mL, entered")


def with_lungs(medium: Medium, structures: Sequence[Structure]) -> Medium:
    """A uniform density, but for contoured lungs, which are given theirs: otherwise their dose would be several times too low."""
    lungs = [s.mask for s in structures if s.site.organ == "lung" and s.volume_mL > 0]
    if isinstance(medium.density, Image) or not lungs:
        return medium
    known = known_density("lung")
    share = union(*lungs).array.astype(np.float32)
    values = (1.0 - share) * np.float32(medium.density) + share * np.float32(known.value)
    words = f"{medium.words}; {known.value:g} g/mL in lung contours"
    return Medium(Image(lungs[0].grid, values, Quantity.DENSITY), words, (*medium.sources, known.source))


def number(text: str) -> float:
    """A density typed by a person.

    Raises:
        BadInput: not a number above 0.
    """
    try:
        value = float(text)
    except ValueError:
        raise BadInput(
            f"density '{text}'", allowed="a number of g/mL, 'ct' or 'ct-schneider' for a case, or an image of g/mL"
        ) from None
    if not 0 < value <= DENSITY_CEILING_g_per_mL:
        raise BadInput(f"density {value:g} g/mL", allowed=f"above 0 up to {DENSITY_CEILING_g_per_mL:g} g/mL")
    return value


@dataclass(frozen=True)
class FromCT:
    """A way from CT numbers to density: the densities of an array of HU, in words, from where."""

    densities: Callable[[NDArray[Any]], NDArray[np.float32]]
    words: str
    source: str


def _linear(HU: NDArray[Any]) -> NDArray[np.float32]:
    ceiling = float(known_density("ct-ceiling").value)
    values: NDArray[np.float32] = ((HU.astype(np.float32) + 1000.0) / 1000.0).clip(AIR_g_per_mL, ceiling)
    return values


FROM_CT = {
    "ct": FromCT(_linear, "(HU + 1000)/1000 held between {air:g} (air) and {ceiling:g} g/mL", "taranis"),
    "ct-schneider": FromCT(density_at, "by the table of Schneider 2000, air to bone", "schneider-2000"),
}
"""By name. The first is what programs for lung mass do: bone counts as soft tissue. The second knows bone."""


def _from_ct(opened: OpenCase, grid: Grid, rule: FromCT) -> Medium:
    cts = [image for image in opened.case.images if image.kind is ImageKind.CT]
    if not cts:
        raise MissingFact("a density from CT", missing=["an image of kind CT"])
    reference = min(cts, key=lambda image: image.purpose is not Purpose.ANATOMY)
    ct = opened.image(reference.id)
    try:
        on_grid: Image = linear(ct.with_array(rule.densities(ct.array), Quantity.DENSITY), grid, outside=AIR_g_per_mL)
    except GridMismatch as error:
        raise BadInput(
            f"the CT and the emission image do not share a frame of reference ({'; '.join(error.differences)})",
            do="register them (glisson register), or give both one 'frame_of_reference' in case.yaml",
        ) from None
    words = rule.words.format(air=AIR_g_per_mL, ceiling=known_density("ct-ceiling").value)
    return Medium(on_grid, f"from {reference.id}: {words}, trilinear onto the emission grid", (rule.source,))
