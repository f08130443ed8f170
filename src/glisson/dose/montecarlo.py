"""The Monte Carlo engine: electrons of beta decays followed through voxels of any density and composition.

Each decay sends one beta particle out of a random point of its voxel. Collisions with electrons that hand over more than a cut
are followed on their own; smaller ones, and radiation, slow the electron down along its way with the spread they cause.
What is radiated (0.45 % of the emitted energy of Y-90 in tissue) is followed as photons, or, without photons, counted as escaped.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.dose.batches import LEAST_BATCHES, Judge, Score, Stop, Tally, Work, run_batches
from glisson.dose.certainty import EVERYWHERE, WORDS, Region, Watched, watch
from glisson.dose.composition import Composition, Materials, Overlay, composition
from glisson.dose.constant import DoseConstant
from glisson.dose.deposition import (
    Absorbed,
    DENSITY_FLOOR_g_per_mL,
    density_parameters,
    findings,
    require_activity,
    require_density,
)
from glisson.dose.electrons.device import require_device
from glisson.dose.electrons.tables import QUICK, Steps, tables
from glisson.dose.engine import AbsorbedDose, Energy, Progress, Transport, silent
from glisson.dose.run_statistics import RunStatistics
from glisson.dose.support import Box, support
from glisson.errors import BadInput, OutOfScope
from glisson.knowledge.spectra import BetaSpectrum, beta_spectra, decays
from glisson.voxels import Grid, Image, Quantity

LONGEST_g_per_cm2 = 1.2
"""No electron of Y-90 gets further than this (CSDA range of 2.28 MeV: 1.13 g/cm² in water)."""
PHOTONS_mm = 40.0
"""Photons are followed this far from the activity; what gets further counts as escaped."""
HISTORIES_PER_BATCH = 20_000
"""Where nothing else decides; large grids take more, so that adding batches up costs little."""
HISTORIES_PER_LAUNCH = 1_000_000
"""The same on a GPU, which needs many histories at a time to be busy."""


@dataclass(frozen=True)
class MonteCarlo:
    """The Monte Carlo engine.

    Attributes:
        stop: number of histories, uncertainty, time.
        seed: same seed, same dose, bit by bit, for any number of threads.
        threads: number of threads.
        medium: one medium for every voxel, as "water", a label for each, or masks; by density elsewhere, or if ``None``.
        steps: how the walk is cut into steps, ``QUICK`` or ``FINE``.
        photons: follow bremsstrahlung photons; otherwise their energy counts as escaped.
        density_floor_g_per_mL: voxels below this are air: electrons fly through, no dose is given there.
        regions: whose uncertainty a stop waits for, and that is stated for each; the whole image if none.
        clock: seconds, for a stop by time.
        cpu_clock: seconds of all threads together, for the record of the run.
        device: "cpu", or "cuda" for a GPU: the same histories, but sums whose last bits differ from run to run.
        cache: folder that keeps the compiled walk for the next process; each process compiles its own if ``None``.
    """

    stop: Stop = field(default_factory=lambda: Stop(histories=2_000_000))
    seed: int = 1
    threads: int = 1
    medium: str | Materials | Overlay | None = None
    steps: Steps = QUICK
    photons: bool = True
    density_floor_g_per_mL: float = DENSITY_FLOOR_g_per_mL
    regions: tuple[Region, ...] = ()
    clock: Callable[[], float] = time.monotonic
    cpu_clock: Callable[[], float] = time.process_time
    device: str = "cpu"
    cache: Path | None = None
    method: str = "monte carlo"

    def __call__(
        self, activity: Image, *, density: Image | float, constant: DoseConstant, progress: Progress = silent
    ) -> AbsorbedDose:
        """Absorbed dose in Gy with its standard error, float32, on the grid of ``activity``.

        Raises:
            OutOfScope: no beta spectrum for the nuclide, or a grid whose axes are not at right angles.
            BadInput: not an activity image of the constant's nuclide, negative or no activity, a density that cannot be.
            GridMismatch: a density image on another grid.
        """
        spectrum = _spectrum(constant.nuclide)
        self._require(activity, density, constant)
        filled = composition(activity, density, self.medium)
        source = support(activity.array)
        if source is None:
            raise BadInput("no activity in the image: every voxel is 0", do="check the image and its unit")
        progress(0.0, "cross sections")
        box = _reached(source, filled.density_g_per_mL, activity.grid, PHOTONS_mm if self.photons else 0.0)
        problem = _Problem(activity, filled, box, self.density_floor_g_per_mL)
        watched = watch(self.regions, activity, box)
        began, cpu_began = self.clock(), self.cpu_clock()
        tally, interrupted = self._run(problem, spectrum, watched, progress)
        transport = Transport(self.clock() - began, self.cpu_clock() - cpu_began, self.threads, tally.histories, self.device)
        progress(1.0, "monte carlo")
        found = tally.certainties(watched, problem.per_mass)
        statistics = RunStatistics(self.stop, found, tally.histories, tally.batches, interrupted)
        done = self._result(constant, problem, tally, self._parameters(density, constant, spectrum, problem, tally))
        return replace(
            done,
            findings=(*statistics.findings(), *done.findings),
            sources=_sources(constant, spectrum, problem),
            statistics=statistics.to_value(),
            transport=transport,
        )

    def _require(self, activity: Image, density: Image | float, constant: DoseConstant) -> None:
        require_activity(activity, constant)
        require_density(density, activity, self.density_floor_g_per_mL)
        if not activity.grid.is_orthogonal:
            raise OutOfScope(
                "the Monte Carlo method on a grid whose axes are not at right angles (gantry tilt or shear)",
                do="resample the activity onto an orthogonal grid first (glisson.voxels.resample.conserve)",
            )
        require_device(self.device)
        if self.threads < 1:
            raise BadInput(f"{self.threads} threads", allowed="1 or more")
        if not 0 <= self.seed < 2**63:
            raise BadInput(f"seed {self.seed}", allowed="0 or more, below 2^63")

    def _run(
        self, problem: "_Problem", spectrum: BetaSpectrum, watched: tuple[Watched, ...], progress: Progress
    ) -> tuple[Tally, bool]:
        from glisson.dose.electrons.stream import PLACES

        geometry, emission = problem.geometry(), problem.emission(spectrum)
        steps = self.steps if self.photons else self.steps.without_photons()
        score = self._scorer()(geometry, tables(problem.filled.media, steps), emission, self.seed)
        progress(0.0, "monte carlo")
        threads = self.threads if self.device == "cpu" else 1
        work = Work(score, problem.voxels, PLACES, self._per_batch(problem.voxels), threads, problem.per_mass)
        return run_batches(
            work,
            Judge(self.stop, watched, work.per_mass),
            clock=self.clock,
            progress=lambda share, words: progress(share * 0.999, f"monte carlo: {words}"),
        )

    def _scorer(self) -> Callable[..., Score]:
        if self.device == "cuda":
            from glisson.dose.electrons.on_gpu import cuda_score

            return cuda_score
        from glisson.dose.electrons.histories import cpu_score

        return partial(cpu_score, folder=self.cache)

    def _per_batch(self, voxels: int) -> int:
        wanted = max(HISTORIES_PER_BATCH, voxels // 20) if self.device == "cpu" else max(HISTORIES_PER_LAUNCH, voxels)
        if self.stop.histories is None:
            return wanted
        return min(wanted, -(-self.stop.histories // LEAST_BATCHES))

    def _result(self, constant: DoseConstant, problem: "_Problem", tally: Tally, parameters: dict[str, Any]) -> AbsorbedDose:
        from glisson.dose.electrons.stream import BREMSSTRAHLUNG, OVER_EDGE

        grid, emitted_J = problem.activity.grid, problem.activity.total * 1e-9 * constant.K_Gy_kg_per_GBq
        air = problem.per_mass == 0.0
        in_air_J = float(np.sum(tally.mean[air])) * emitted_J
        ledger = tally.ledger / tally.batches * emitted_J
        escaped = {
            "bremsstrahlung": float(ledger[BREMSSTRAHLUNG]),
            "over the grid's edge": float(ledger[OVER_EDGE]),
            "in air": in_air_J,
        }
        deposited_J = float(np.sum(tally.mean)) * emitted_J - in_air_J
        absorbed = Absorbed(deposited_J, in_air_J, 0.0, int(np.count_nonzero(tally.mean[air])))
        return AbsorbedDose(
            dose=Image(grid, problem.in_Gy(tally.mean, emitted_J), Quantity.DOSE),
            energy=Energy(emitted_J, deposited_J, sum(escaped.values()), escaped),
            method=self.method,
            parameters=parameters,
            standard_error=Image(grid, problem.in_Gy(tally.standard_error, emitted_J), Quantity.DOSE),
            findings=findings(self.method, absorbed, emitted_J, self.density_floor_g_per_mL),
        )

    def _parameters(
        self, density: Image | float, constant: DoseConstant, spectrum: BetaSpectrum, problem: "_Problem", tally: Tally
    ) -> dict[str, Any]:
        (everywhere,) = tally.certainties([Watched(EVERYWHERE, np.arange(problem.voxels))], problem.per_mass)
        return {
            "dose_constant": constant.preset,
            "K_Gy_kg_per_GBq": constant.K_Gy_kg_per_GBq,
            "energy_MeV": constant.energy_MeV,
            "half_life_h": constant.half_life_h,
            **density_parameters(density, self.density_floor_g_per_mL),
            "composition": problem.filled.words,
            "spectrum": spectrum.id,
            "stop": self._asked(),
            **({} if self.device == "cpu" else {"device": self.device}),
            "histories": tally.histories,
            "batches": tally.batches,
            "seed": self.seed,
            "steps": dict(self.steps._asdict()),
            "photons": self.photons,
            "relative_standard_error_rms_above_half_maximum": everywhere.rms,
            "relative_standard_error_largest_above_half_maximum": everywhere.largest,
        }

    def _asked(self) -> dict[str, Any]:
        limits = {"histories": self.stop.histories, "uncertainty": self.stop.uncertainty, "seconds": self.stop.seconds}
        return {name: value for name, value in limits.items() if value is not None} | {"criterion": WORDS[self.stop.criterion]}


PHYSICS_SOURCES = (
    "icru-37",
    "sternheimer-1984",
    "carlson-1975",
    "nist-estar",
    "salvat-1987",
    "mckinley-feshbach-1948",
    "moller-1932",
    "goudsmit-saunderson-1940",
    "fernandez-varea-1993",
    "koch-motz-1959",
    "elwert-1939",
    "acosta-2002",
    "klein-nishina-1929",
    "nist-xcom",
)
FERMI_SOURCES = ("behrens-janecke-1969", "rose-1936")
"""Where the spectrum is worked out from branches."""


@dataclass(frozen=True, eq=False)
class _Problem:
    """The part of the grid that electrons can reach, as the walk sees it."""

    activity: Image
    filled: Composition
    box: Box
    floor_g_per_mL: float

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(part.stop - part.start for part in self.box)

    @property
    def voxels(self) -> int:
        return int(np.prod(self.shape))

    @property
    def per_mass(self) -> NDArray[np.float64]:
        """1/kg of each voxel in the box, 0 in air."""
        density = self.filled.density_g_per_mL[self.box].astype(np.float64).ravel()
        mass_kg = density * self.activity.grid.voxel_volume_mL / 1000.0
        return np.where(density < self.floor_g_per_mL, 0.0, 1.0 / mass_kg)

    def geometry(self) -> Any:
        """Density and medium, flat, with the columns fastest."""
        from glisson.dose.electrons.voxels import Voxels

        deep, down, across = self.shape
        hz, hy, hx = self.activity.grid.spacing_mm
        density = np.ascontiguousarray(self.filled.density_g_per_mL[self.box]).ravel()
        number = np.ascontiguousarray(self.filled.number[self.box]).ravel()
        return Voxels(density, number, (across, down, deep), (hx, hy, hz))

    def emission(self, spectrum: BetaSpectrum) -> Any:
        """Voxels with activity and their running share, energies."""
        from glisson.dose.electrons.fermi import local_MeV
        from glisson.dose.electrons.histories import energy_quantiles
        from glisson.dose.electrons.voxels import Emission

        flat = self.activity.array[self.box].astype(np.float64).ravel()
        voxel = np.flatnonzero(flat)
        cumulative = np.cumsum(flat[voxel])
        cumulative /= cumulative[-1]
        cumulative[-1] = 1.0 + 1e-12
        return Emission(voxel, cumulative, energy_quantiles(spectrum), local_MeV(spectrum.nuclide))

    def in_Gy(self, share: NDArray[np.float64], emitted_J: float) -> NDArray[np.float32]:
        """Shares of the emitted energy in the box as dose on the whole grid."""
        dose = np.zeros(self.activity.grid.shape, np.float32)
        dose[self.box] = (share * self.per_mass * emitted_J).reshape(self.shape)
        return dose


def _spectrum(nuclide: str) -> BetaSpectrum:
    from glisson.dose.electrons.fermi import spectrum_of

    spectrum = spectrum_of(nuclide)
    if spectrum is None:
        raise OutOfScope(
            f"the Monte Carlo method for {nuclide}: no cited beta spectrum in the tables (there is one for {', '.join(decays())})",
            do="use the local method, or add cited branches to knowledge/transport/decays.yaml",
        )
    return spectrum


def _reached(source: Box, density: NDArray[np.float32], grid: Grid, least_mm: float) -> Box:
    """The box of the activity grown by the longest way of an electron in the thinnest matter of the grid, at least ``least_mm``."""
    longest_mm = max(10.0 * LONGEST_g_per_cm2 / float(density.min()), least_mm)
    grown = []
    for part, size, spacing in zip(source, grid.shape, grid.spacing_mm, strict=True):
        far = int(np.ceil(longest_mm / spacing))
        grown.append(slice(max(0, part.start - far), min(size, part.stop + far)))
    return grown[0], grown[1], grown[2]


def _sources(constant: DoseConstant, spectrum: BetaSpectrum, problem: _Problem) -> tuple[str, ...]:
    theory = () if spectrum.nuclide in beta_spectra() else FERMI_SOURCES
    return tuple(dict.fromkeys((constant.source, spectrum.source, *theory, *problem.filled.sources, *PHYSICS_SOURCES)))
