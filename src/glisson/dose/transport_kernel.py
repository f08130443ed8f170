"""Dose-point kernels worked out by the program's own transport, for any medium and nuclide that it knows.

A point source in a medium without end, scored in shells of a tenth of a millimetre at 1 g/mL. Radii scale with 1/density (the
density effect stays that of the medium's nominal density), so one table serves every density, and ``voxel_kernel`` turns it into
the kernel of any voxel size. Tables are kept in a folder, named by all that they depend on.
"""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from glisson.dose.electrons.tables import FINE, Steps, tables
from glisson.errors import BadInput, OutOfScope
from glisson.knowledge.media import elements, medium
from glisson.knowledge.photons import photon_table
from glisson.knowledge.radial_kernel import RadialKernel
from glisson.knowledge.schema import Cited, Evidence
from glisson.knowledge.spectra import BetaSpectrum, decays
from glisson.whole_file import write_text

Float = NDArray[np.float64]

METHOD = "transport-kernel 1"
"""Changes whenever the same data would give another table; part of every file name."""
SHELL_mm, SHELLS = 0.1, 140
"""Shells at 1 g/mL: 14 mm, 2 mm more than the default cut of the voxel kernel."""
BATCHES = 32
LEAST_HISTORIES, MOST_HISTORIES = 32_000, 1_000_000_000


@dataclass(frozen=True)
class TransportKernel:
    """How a dose-point kernel is worked out.

    Attributes:
        medium: one that the program knows, as "soft-tissue".
        histories: decays followed.
        seed: of their random streams.
        steps: of the walk.
    """

    medium: str = "soft-tissue"
    histories: int = 4_000_000
    seed: int = 1
    steps: Steps = FINE

    def __post_init__(self) -> None:
        medium(self.medium)
        if not LEAST_HISTORIES <= self.histories <= MOST_HISTORIES:
            raise BadInput(f"{self.histories} histories for a kernel", allowed=f"{LEAST_HISTORIES} to {MOST_HISTORIES}")
        if not 0 <= self.seed < 2**63:
            raise BadInput(f"seed {self.seed}", allowed="0 or more, below 2^63")

    def table(self, nuclide: str, *, threads: int = 1, folder: Path | None = None) -> RadialKernel:
        """The dose-point kernel of ``nuclide`` at 1 g/mL, read from ``folder`` when it is there, kept there when it is not.

        The same bits for any number of threads. A file that cannot be read is made again.

        Raises:
            OutOfScope: no beta spectrum of that nuclide is known.
        """
        from glisson.dose.electrons.fermi import spectrum_of

        spectrum = spectrum_of(nuclide)
        if spectrum is None:
            raise OutOfScope(
                f"there is no beta spectrum of {nuclide}", allowed=f"a kernel from transport for {', '.join(decays())}"
            )
        path = None if folder is None else folder / f"point-kernel-{self.key(spectrum)}.json"
        table = None if path is None else _read(path)
        if table is None:
            table = self._made(spectrum, threads, folder)
            if path is not None:
                write_text(path, table.model_dump_json())
        return table

    def key(self, spectrum: BetaSpectrum) -> str:
        """Hash of everything that the table depends on."""
        decay = decays().get(spectrum.nuclide)
        data = (spectrum.points, None if decay is None else decay.electrons, medium(self.medium), elements(), photon_table())
        parts = (METHOD, self.histories, self.seed, tuple(self.steps), *(repr(part) for part in data))
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    def _made(self, spectrum: BetaSpectrum, threads: int, folder: Path | None) -> RadialKernel:
        from glisson.dose.electrons.fermi import local_MeV

        shares, emitted_MeV = self._shares(spectrum, threads, folder)
        mean, error = shares.mean(axis=0), shares.std(axis=0, ddof=1) / np.sqrt(BATCHES)
        place = f"point source in {self.medium}, {self.histories} histories, seed {self.seed}"
        claim: dict[str, Any] = {"source": "glisson-derivation", "place": place, "evidence": Evidence.COMPUTED}
        energy = Cited(
            value=spectrum.mean_MeV + local_MeV(spectrum.nuclide), unit="MeV", holds_for="electrons per decay", **claim
        )
        return RadialKernel(
            id=f"transport-{spectrum.nuclide}-{self.medium}",
            nuclide=spectrum.nuclide,
            medium=medium(self.medium).name,
            density_g_per_mL=1.0,
            mean_energy_MeV=energy,
            note=f"mean energy sampled: {emitted_MeV:.5f} MeV",
            shells=tuple((round((n + 1) * SHELL_mm, 6), float(mean[n]), float(error[n])) for n in range(SHELLS)),
            **claim,
        )

    def _shares(self, spectrum: BetaSpectrum, threads: int, folder: Path | None) -> tuple[Float, float]:
        """(batches, shells) shares of the emitted energy, and the mean energy emitted."""
        from glisson.dose.electrons.fermi import local_MeV
        from glisson.dose.electrons.histories import empty_stack, energy_quantiles, shell_batch
        from glisson.dose.electrons.shells import Ball, Shells
        from glisson.dose.electrons.stream import DIRECTIONS, EMITTED, empty_ledger

        geometry = Shells(np.ones(1, np.float32), np.zeros(1, np.uint8), (1, 1, 1), SHELL_mm)
        source = Ball(0.0, energy_quantiles(spectrum), local_MeV(spectrum.nuclide))
        looked_up, batch, each = tables((self.medium,), self.steps), shell_batch(folder), self.histories // BATCHES

        def score(number: int) -> tuple[Float, float]:
            found, ledger = np.zeros(SHELLS + 1), empty_ledger()
            start = number * each
            batch(geometry, looked_up, DIRECTIONS, source, found, ledger, empty_stack(), np.uint64(self.seed), start, each)
            return found[:SHELLS] / ledger[EMITTED], float(ledger[EMITTED]) / each

        with ThreadPoolExecutor(threads) as pool:
            done: Iterator[tuple[Float, float]] = pool.map(score, range(BATCHES))
            pairs = list(done)
        return np.array([pair[0] for pair in pairs]), float(np.mean([pair[1] for pair in pairs]))


def _read(path: Path) -> RadialKernel | None:
    try:
        return RadialKernel.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError):
        return None
