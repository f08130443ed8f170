"""Batches of histories: each has its own random stream, made from the seed and its number alone.

The same seed gives the same bits for any number of threads: a batch scores into its own array and arrays are added in the
order of the batches. Within a batch, starts are spread evenly over the activity (systematic sampling with a random offset) and
energies evenly over the spectrum (multiples of the golden ratio with a random offset), which takes variance away without bias.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.dose.electrons import shells, voxels
from glisson.dose.electrons.stream import EMITTED, LOW_HALF, STRIDE, UNIT, Jit, splitmix
from glisson.dose.electrons.walk import STACK, build_walk
from glisson.dose.photons.walk import build_shine
from glisson.knowledge.spectra import BetaSpectrum

GOLDEN = 0.6180339887498949
ENERGY_BINS = 8192


def build_batch(jit: Jit, fly: Any, stay: Any, place: Any, travel: Any, call: Jit | None = None) -> Any:
    """The function that runs one batch in a geometry; see ``build_walk`` and ``build_shine``.

    ``call`` compiles what is called rarely (photons), ``jit`` what is inlined; the same if not given.
    """
    shine = build_shine(call or jit, travel, stay)
    follow = build_walk(jit, jit(fly), jit(stay), shine)
    place, keep, scramble = jit(place), jit(stay), jit(splitmix)

    def batch(
        geometry: Any, tables: Any, directions: Any, source: Any, score: Any, ledger: Any, stack: Any,
        seed: np.uint64, first: int, count: int,
    ) -> None:  # fmt: skip
        golden, mask = np.uint64(STRIDE), np.uint64(LOW_HALF)
        bits = scramble(seed ^ scramble(np.uint64(first) + np.uint64(0xD1B54A32D192ED03)))
        offset = float(np.int64(bits >> np.uint64(32))) * UNIT
        phase = float(np.int64(bits & mask)) * UNIT
        pointer = 0
        bins = len(source.energy_MeV) - 1
        for n in range(count):
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
            where = ((phase + n * GOLDEN) % 1.0) * bins
            bin_ = int(where)
            low, high = source.energy_MeV[bin_], source.energy_MeV[bin_ + 1]
            energy = low + (high - low) * (where - bin_)
            ledger[EMITTED] += energy + source.local_MeV
            if source.local_MeV > 0.0:
                keep(geometry, score, x, y, z, i, j, k, source.local_MeV)
            across = np.sqrt(1.0 - w * w)
            follow(
                geometry, tables, directions, score, ledger, stack, state,
                x, y, z, across * directions[turn, 0], across * directions[turn, 1], w, i, j, k, energy,
            )  # fmt: skip

    return jit(batch)


@cache
def voxel_batch() -> Any:
    """The batch in voxels, compiled for the processor at the first call."""
    return build_batch(_compile, voxels.fly, voxels.stay, voxels.place, voxels.travel, _compile_call)


@cache
def shell_batch() -> Any:
    """The batch in shells, compiled for the processor at the first call."""
    return build_batch(_compile, shells.fly, shells.stay, shells.place, shells.travel, _compile_call)


def _compile(function: Any) -> Any:
    from numba import njit

    # Without _nrt=False every call would count references of every array: five times slower. Nothing here allocates.
    return njit(nogil=True, error_model="numpy", forceinline=True, _nrt=False)(function)


def _compile_call(function: Any) -> Any:
    from numba import njit

    return njit(nogil=True, error_model="numpy", _nrt=False)(function)


def empty_stack() -> NDArray[np.float64]:
    """Room for struck electrons that wait."""
    return np.zeros((STACK, 10))


def energy_quantiles(spectrum: BetaSpectrum) -> NDArray[np.float64]:
    """Edges of equally likely bins of the energy of a beta particle, MeV.

    >>> from glisson.knowledge.spectra import beta_spectra
    >>> edges = energy_quantiles(beta_spectra()["Y-90"])
    >>> round(float(np.mean(0.5 * (edges[1:] + edges[:-1]))), 3)
    0.933
    """
    points = np.array(spectrum.points)
    energy = np.linspace(0.0, spectrum.endpoint_MeV, 200_001)
    density = np.interp(energy, points[:, 0], points[:, 1])
    cumulative = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
    return np.interp(np.linspace(0.0, 1.0, ENERGY_BINS + 1), cumulative / cumulative[-1], energy)
