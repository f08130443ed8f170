"""Our engines in the geometries of the reference: shells around a point or a ball, one voxel in a block, a slab."""

import os
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
from benchmarks.oracle import MEAN_MeV, VoxelS
from numpy.typing import NDArray

from glisson.dose.batches import Stop
from glisson.dose.constant import dose_constant
from glisson.dose.electrons import shells
from glisson.dose.electrons.histories import empty_stack, energy_quantiles, shell_batch
from glisson.dose.electrons.stream import DIRECTIONS, EMITTED, empty_ledger
from glisson.dose.electrons.tables import Steps, tables
from glisson.dose.engine import AbsorbedDose
from glisson.dose.kernel import KernelConvolution
from glisson.dose.local import LocalDeposition
from glisson.dose.montecarlo import MonteCarlo
from glisson.knowledge.spectra import beta_spectra
from glisson.voxels import Grid, Image, Quantity

Float = NDArray[np.float64]
CONSTANT = dose_constant("Y-90")
THREADS = os.cpu_count() or 1
BATCHES = 20
JOULE_PER_MeV = 1.602176634e-13


@dataclass(frozen=True)
class Shells:
    """Shares of the emitted energy by shell with their standard errors, and what was not deposited."""

    share: Float
    error: Float
    escaped: float
    imbalance: float


def in_shells(radius_mm: float, shell_mm: float, number: int, histories: int, steps: Steps) -> Shells:
    """Y-90 in a point (radius 0) or ball of water."""
    geometry = shells.Shells(np.ones(1, np.float32), np.zeros(1, np.uint8), (1, 1, 1), shell_mm)
    source = shells.Ball(radius_mm, energy_quantiles(beta_spectra()["Y-90"]))
    known = tables(("water",), steps)
    scores, balance, escaped = [], [], []
    each = histories // BATCHES
    for batch in range(BATCHES):
        score, ledger = np.zeros(number), empty_ledger()
        shell_batch()(geometry, known, DIRECTIONS, source, score, ledger, empty_stack(), np.uint64(1), batch * each, each)
        emitted = ledger[EMITTED]
        scores.append(score / emitted)
        escaped.append((ledger.sum() - emitted) / emitted)
        balance.append(scores[-1].sum() + escaped[-1] - 1.0)
    found = np.array(scores)
    error = found.std(axis=0, ddof=1) / np.sqrt(BATCHES)
    return Shells(found.mean(axis=0), error, float(np.mean(escaped)), float(np.abs(balance).max()))


def one_voxel(case: tuple[str, float, float], n: int = 15) -> tuple[Image, float]:
    """1 MBq in the middle voxel of a block of one medium; its density."""
    _, density, edge_mm = case
    array = np.zeros((n, n, n))
    array[n // 2, n // 2, n // 2] = 1e6 / (edge_mm**3 / 1000.0)
    return Image(Grid.aligned((n, n, n), (edge_mm,) * 3), array, Quantity.ACTIVITY, "Y-90"), density


def s_value(done: AbsorbedDose, key: tuple[int, int, int]) -> tuple[float, float]:
    """S of a distance over its symmetric voxels, mGy/(MBq s) with the reference's mean energy, and its standard error."""
    n = done.dose.array.shape[0] // 2
    places = {tuple(n + a * s for a, s in zip(x, y, strict=True)) for x in permutations(key) for y in product((-1, 1), repeat=3)}
    values = np.array([done.dose.array[place] for place in places], dtype=np.float64)
    decays = CONSTANT.K_Gy_kg_per_GBq * 1e-3 / (MEAN_MeV * JOULE_PER_MeV)  # that emit K x 1 MBq at the reference's energy
    scale = 1e3 * 1e6 / decays  # Gy for all of them -> mGy per MBq s
    error = 0.0
    if done.standard_error is not None:
        error = float(np.sqrt(np.sum([float(done.standard_error.array[place]) ** 2 for place in places]))) / len(places)
    return float(values.mean()) * scale, error * scale


def monte_carlo(histories: int, steps: Steps, medium: str | None = None, seed: int = 1, threads: int = THREADS) -> MonteCarlo:
    return MonteCarlo(stop=Stop(histories=histories), seed=seed, threads=threads, steps=steps, medium=medium)


def voxel_values(wanted: list[VoxelS], engine: KernelConvolution | MonteCarlo | LocalDeposition) -> list[tuple[float, float]]:
    """(relative difference, its standard error with the reference's) of every voxel wanted; all of one case."""
    activity, density = one_voxel(wanted[0].case)
    done = engine(activity, density=density, constant=CONSTANT)
    found = []
    for one in wanted:
        value, error = s_value(done, one.key)
        found.append((value / one.S_mGy_per_MBq_s - 1.0, float(np.hypot(error / one.S_mGy_per_MBq_s, one.relative_error))))
    return found


def slab(which: str, size_mm: float = 3.0) -> tuple[Image, Image, Float]:
    """Activity of 1 MBq/mL in -21 to 0 mm, density, and depth of the slices; wide enough for photons to count."""
    n = 60
    z = -75.0 + size_mm * (np.arange(n) + 0.5)
    grid = Grid.aligned((n, 9, 9), (size_mm, 50.0, 50.0))
    source = np.where((z > -21) & (z < 0), 1e6, 0.0)
    density = np.where((z > 0) & (which == "lung"), 0.26, 1.04).astype(np.float32)
    activity = Image(grid, np.broadcast_to(source[:, None, None], grid.shape), Quantity.ACTIVITY, "Y-90")
    return activity, Image(grid, np.broadcast_to(density[:, None, None], grid.shape), Quantity.DENSITY), z


def slab_share(done: AbsorbedDose) -> tuple[Float, Float]:
    """Dose over that deep inside the source, by slice, over the inner voxels; and its standard error."""
    whole = CONSTANT.K_Gy_kg_per_GBq / 1.04  # 1e6 Bq/mL: 1e-3 GBq in 1.04e-3 kg
    inner = (slice(None), slice(2, 7), slice(2, 7))
    share = done.dose.array[inner].mean(axis=(1, 2), dtype=np.float64) / whole
    if done.standard_error is None:
        return share, np.zeros_like(share)
    return share, np.sqrt(np.sum(done.standard_error.array[inner].astype(np.float64) ** 2, axis=(1, 2))) / 25.0 / whole
