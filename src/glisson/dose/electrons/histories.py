"""Batches of histories: each has its own random stream, made from the seed and its number alone.

The same seed gives the same bits for any number of threads: a batch scores into its own array and arrays are added in the
order of the batches. Within a batch, starts are spread evenly over the activity (systematic sampling with a random offset) and
energies evenly over the spectrum (multiples of the golden ratio with a random offset), which takes variance away without bias.
"""

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.dose.compiled_code import keep_code
from glisson.dose.electrons import shells, voxels
from glisson.dose.electrons.stream import DIRECTIONS, EMITTED, LOW_HALF, STRIDE, UNIT, Jit, empty_ledger, splitmix
from glisson.dose.electrons.walk import STACK, build_walk
from glisson.dose.photons.walk import build_shine
from glisson.knowledge.spectra import BetaSpectrum

Float = NDArray[np.float64]

GOLDEN = 0.6180339887498949
ENERGY_BINS = 8192
TAIL = 64
"""The rarest, fastest electrons get furthest: their bin is divided again."""


def first_draws(seed: np.uint64, first: int) -> tuple[float, float]:
    """Where the systematic sampling of a batch begins: shares of the activity and of the spectrum."""
    bits = splitmix(seed ^ splitmix(np.uint64(first) + np.uint64(0xD1B54A32D192ED03)))
    return float(np.int64(bits >> np.uint64(32))) * UNIT, float(np.int64(bits & np.uint64(LOW_HALF))) * UNIT


def build_history(jit: Jit, fly: Any, stay: Any, place: Any, travel: Any, call: Jit | None = None) -> Any:
    """The function that runs one history of a batch in a geometry; see ``build_walk`` and ``build_shine``.

    ``call`` compiles what is called rarely (photons), ``jit`` what is inlined; the same if not given.
    """
    shine = build_shine(call or jit, travel, stay)
    follow = build_walk(jit, jit(fly), jit(stay), shine)
    place, keep, scramble = jit(place), jit(stay), jit(splitmix)

    def history(
        geometry: Any, tables: Any, directions: Any, source: Any, score: Any, ledger: Any, stack: Any,
        seed: np.uint64, first: int, n: int, count: int, offset: float, phase: float, pointer: int,
    ) -> int:  # fmt: skip
        golden, mask = np.uint64(STRIDE), np.uint64(LOW_HALF)
        state = scramble(seed + scramble((np.uint64(first) + np.uint64(n) + np.uint64(1)) * golden))
        state += golden
        bits = scramble(state)
        rx, ry = float(np.int64(bits >> np.uint64(32))) * UNIT, float(np.int64(bits & mask)) * UNIT
        state += golden
        bits = scramble(state)
        rz, w = float(np.int64(bits >> np.uint64(32))) * UNIT, 2.0 * float(np.int64(bits & mask)) * UNIT - 1.0
        state += golden
        turn = np.int64(scramble(state) >> np.uint64(53))
        pointer, x, y, z, i, j, k = place(geometry, source, pointer, (n + offset) / count, rx, ry, rz)
        where = ((phase + n * GOLDEN) % 1.0) * ENERGY_BINS
        bin_ = int(where)
        if bin_ == ENERGY_BINS - 1:
            where = bin_ + (where - bin_) * TAIL
            bin_ = int(where)
        low, high = source.energy_MeV[bin_], source.energy_MeV[bin_ + 1]
        energy = low + (high - low) * (where - bin_)
        ledger[EMITTED] += energy + source.local_MeV
        if source.local_MeV > 0.0:
            keep(geometry, score, x, y, z, i, j, k, source.local_MeV)
        across = math.sqrt(1.0 - w * w)
        follow(
            geometry, tables, directions, score, ledger, stack, state,
            x, y, z, across * directions[turn, 0], across * directions[turn, 1], w, i, j, k, energy,
        )  # fmt: skip
        return pointer

    return jit(history)


def build_loop(jit: Jit, fly: Any, stay: Any, place: Any, travel: Any, call: Jit | None = None) -> Any:
    """The function that runs history after history; see ``build_history``."""
    history = build_history(jit, fly, stay, place, travel, call)

    def loop(
        geometry: Any, tables: Any, directions: Any, source: Any, score: Any, ledger: Any, stack: Any,
        seed: np.uint64, first: int, count: int, offset: float, phase: float,
    ) -> None:  # fmt: skip
        pointer = 0
        for n in range(count):
            pointer = history(
                geometry, tables, directions, source, score, ledger, stack, seed, first, n, count, offset, phase, pointer
            )

    return jit(loop)


def build_batch(jit: Jit, fly: Any, stay: Any, place: Any, travel: Any, call: Jit | None = None) -> Any:
    """The function that runs one batch; see ``build_history``."""
    return _batch_of(build_loop(jit, fly, stay, place, travel, call))


def _batch_of(loop: Any) -> Any:
    """The function that runs one batch with a loop over histories."""

    def batch(
        geometry: Any, tables: Any, directions: Any, source: Any, score: Any, ledger: Any, stack: Any,
        seed: np.uint64, first: int, count: int,
    ) -> None:  # fmt: skip
        with np.errstate(over="ignore"):
            offset, phase = first_draws(seed, first)
        loop(geometry, tables, directions, source, score, ledger, stack, seed, first, count, offset, phase)

    return batch


def voxel_batch(folder: Path | None = None) -> Any:
    """The batch in voxels, compiled for the processor at the first call, or read from ``folder``; see ``keep_code``."""
    keep_code(_voxel_loop(), folder)
    return _batch_of(_voxel_loop())


def shell_batch(folder: Path | None = None) -> Any:
    """The batch in shells, compiled for the processor at the first call, or read from ``folder``; see ``keep_code``."""
    keep_code(_shell_loop(), folder)
    return _batch_of(_shell_loop())


@cache
def _voxel_loop() -> Any:
    put = _compile(voxels.add)
    return build_loop(_compile, voxels.build_fly(put), voxels.build_stay(put), voxels.place, voxels.travel, _compile_call)


@cache
def _shell_loop() -> Any:
    return build_loop(_compile, shells.fly, shells.stay, shells.place, shells.travel, _compile_call)


def _compile(function: Any) -> Any:
    from numba import njit

    # Without _nrt=False every call would count references of every array: five times slower. Nothing here allocates.
    return njit(nogil=True, error_model="numpy", forceinline=True, _nrt=False)(function)


def _compile_call(function: Any) -> Any:
    from numba import njit

    return njit(nogil=True, error_model="numpy", _nrt=False)(function)


def cpu_score(
    geometry: Any, tables: Any, emission: Any, seed: int, folder: Path | None = None
) -> Callable[[int, int, Float], Float]:
    """Scores one batch on the processor, in shares of the emitted energy; see ``glisson.dose.batches.Score``."""
    batch, random = voxel_batch(folder), np.uint64(seed)

    def score(first: int, count: int, array: Float) -> Float:
        ledger = empty_ledger()
        batch(geometry, tables, DIRECTIONS, emission, array, ledger, empty_stack(), random, first, count)
        array /= ledger[EMITTED]
        ledger /= ledger[EMITTED]
        return ledger

    return score


def empty_stack() -> NDArray[np.float64]:
    """Room for struck electrons that wait."""
    return np.zeros((STACK, 10))


def energy_quantiles(spectrum: BetaSpectrum) -> NDArray[np.float64]:
    """Edges of equally likely bins of the energy of a beta particle, MeV; the last of them is divided again, into ``TAIL``.

    >>> from glisson.knowledge.spectra import beta_spectra
    >>> edges = energy_quantiles(beta_spectra()["Y-90"])
    >>> len(edges) == ENERGY_BINS + TAIL, round(mean_of(edges), 3)
    (True, 0.933)
    """
    points = np.array(spectrum.points)
    energy = np.linspace(0.0, spectrum.endpoint_MeV, 200_001)
    density = np.interp(energy, points[:, 0], points[:, 1])
    cumulative = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
    body = np.arange(ENERGY_BINS - 1) / ENERGY_BINS
    tail = 1.0 - (1.0 - np.arange(TAIL + 1) / TAIL) / ENERGY_BINS
    edges: NDArray[np.float64] = np.interp(np.concatenate([body, tail]), cumulative / cumulative[-1], energy)
    return edges


def mean_of(edges: NDArray[np.float64]) -> float:
    """Mean energy that these bins stand for, MeV."""
    middle = 0.5 * (edges[1:] + edges[:-1])
    return float((np.sum(middle[: ENERGY_BINS - 1]) + np.mean(middle[ENERGY_BINS - 1 :])) / ENERGY_BINS)
