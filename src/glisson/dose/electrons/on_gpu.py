"""The same walk on a CUDA GPU: one thread follows some histories of a batch, all threads score into one array.

The functions are those of the processor, compiled by ``numba.cuda``; only the scoring differs, which adds atomically. Atomic
additions come in any order, so the last bits of a dose differ from run to run. Its random streams do not: each history is the
same as on the processor, up to the compiler's rounding.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba import cuda
from numpy.typing import NDArray

from glisson.dose.electrons import voxels
from glisson.dose.electrons.device import require_device
from glisson.dose.electrons.histories import build_history, first_draws
from glisson.dose.electrons.stream import DIRECTIONS, EMITTED, PLACES, empty_ledger
from glisson.dose.electrons.walk import STACK

Float = NDArray[np.float64]

THREADS = 128
"""Of a block."""
EACH = 16
"""Histories that one thread follows, so that it looks up its place in the activity once."""


def atomic_add(score: Any, index: int, energy: float) -> None:
    """Score energy where many threads write."""
    cuda.atomic.add(score, index, energy)


def build_kernel() -> Any:
    """The kernel: ``EACH`` histories for every thread of the grid."""
    jit = cuda.jit(device=True)
    put = jit(atomic_add)
    fly, stay = voxels.build_fly(put), voxels.build_stay(put)
    history = build_history(jit, fly, stay, voxels.place, voxels.travel)

    def kernel(
        geometry: Any, tables: Any, directions: Any, source: Any, score: Any, total: Any,
        seed: Any, first: Any, count: Any, offset: Any, phase: Any,
    ) -> None:  # fmt: skip
        begin = cuda.grid(1) * EACH
        if begin >= count:
            return
        stack = cuda.local.array((STACK, 10), np.float64)
        ledger = cuda.local.array(PLACES, np.float64)
        for place in range(PLACES):
            ledger[place] = 0.0
        share, low, high = (begin + offset) / count, 0, len(source.cumulative) - 1
        while low < high:
            middle = (low + high) // 2
            if source.cumulative[middle] <= share:
                low = middle + 1
            else:
                high = middle
        for n in range(begin, min(begin + EACH, count)):
            low = history(geometry, tables, directions, source, score, ledger, stack, seed, first, n, count, offset, phase, low)
        for place in range(PLACES):
            cuda.atomic.add(total, place, ledger[place])

    return cuda.jit(kernel)


@cache
def voxel_kernel() -> Any:
    """The kernel in voxels, compiled for the GPU at the first call."""
    return build_kernel()


def on_device(value: Any) -> Any:
    """Named tuples with their arrays on the GPU; numbers as they are."""
    if isinstance(value, np.ndarray):
        return cuda.to_device(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(on_device(part) for part in value))
    return value


def cuda_score(geometry: Any, tables: Any, emission: Any, seed: int) -> Callable[[int, int, Float], Float]:
    """Scores one batch on the GPU; see ``glisson.dose.batches.Score``.

    Raises:
        BadInput: no GPU.
    """
    require_device("cuda")
    there = [on_device(part) for part in (geometry, tables, DIRECTIONS, emission)]
    kernel, random = voxel_kernel(), np.uint64(seed)

    def score(first: int, count: int, array: Float) -> Float:
        with np.errstate(over="ignore"):
            offset, phase = first_draws(random, first)
            sums, total = cuda.to_device(array), cuda.to_device(empty_ledger())
            blocks = -(-count // (THREADS * EACH))
            kernel[blocks, THREADS](*there, sums, total, random, first, count, offset, phase)
        sums.copy_to_host(array)
        ledger: Float = total.copy_to_host()
        array /= ledger[EMITTED]
        ledger /= ledger[EMITTED]
        return ledger

    return score
