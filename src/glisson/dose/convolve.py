"""Convolution of an activity image with a symmetric voxel kernel, one slice at a time.

Each slice of activity is transformed once in its plane (real FFT, float32). The transforms of the slices within the kernel's
reach are added, each multiplied by the kernel's own transform at that distance, and the sum is transformed back. The kernel is
the same to both sides of every axis, so its transforms are real numbers and two slices share one multiplication.
Only as many transforms are held as the kernel is thick; empty slices cost nothing. Against a three-dimensional
FFT of the same box this takes less than half the time and a small part of the memory (``benchmarks/kernel_engine.py``).
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from glisson.dose.support import Reach
from glisson.dose.voxel_kernel import VoxelKernel

Single = NDArray[np.float32]

NEGATIVE_LIMIT = 1e-5
"""An FFT in float32 leaves rounding of about 1e-7 of the largest value; more than this share below zero is a fault."""


@dataclass(frozen=True)
class _Plan:
    """What all slabs share: boxes, transform size, kernel transforms (each value twice, for real and imaginary part)."""

    reach: Reach
    size: tuple[int, int]
    spectra: tuple[Single, ...]


def convolve(
    array: NDArray[Any],
    kernel: VoxelKernel,
    reach: Reach,
    *,
    scale: float = 1.0,
    workers: int = 1,
    advance: Callable[[float], None] = lambda share: None,
) -> Single:
    """``scale`` times the convolution of ``array`` with ``kernel`` inside ``reach.target``, zero elsewhere; never negative.

    Args:
        array: values that are nowhere negative and zero outside ``reach.source``.
        kernel: the voxel kernel.
        reach: boxes of activity and of energy.
        scale: factor to the result.
        workers: threads; each takes a slab of slices.
        advance: called with the share done, always from the calling thread.

    Raises:
        FloatingPointError: rounding left more below zero than float32 explains.
    """
    plan = _plan(kernel, reach, scale)
    out = np.zeros(array.shape, np.float32)
    first, last = reach.target[0].start, reach.target[0].stop
    slabs = max(1, min(workers, last - first))
    edges = [first + (last - first) * i // slabs for i in range(slabs + 1)]
    if slabs == 1:
        lowest, highest = _slab(array, plan, out, range(first, last), lambda done: advance(done / (last - first)))
    else:
        lowest, highest = _in_threads(array, plan, out, [range(a, b) for a, b in pairwise(edges)], advance)
    if lowest < -NEGATIVE_LIMIT * highest:
        raise FloatingPointError(f"convolution left {lowest:.3g} below zero, largest value {highest:.3g}")
    return out


def _in_threads(
    array: NDArray[Any], plan: _Plan, out: Single, slabs: list[range], advance: Callable[[float], None]
) -> tuple[float, float]:
    done = [0] * len(slabs)
    total = sum(len(slab) for slab in slabs)

    def run(number: int) -> tuple[float, float]:
        return _slab(array, plan, out, slabs[number], lambda count: done.__setitem__(number, count))

    with ThreadPoolExecutor(len(slabs)) as threads:
        pending: set[Future[tuple[float, float]]] = {threads.submit(run, number) for number in range(len(slabs))}
        jobs = list(pending)
        while pending:
            _, pending = wait(pending, timeout=0.1)
            advance(sum(done) / total)
    extremes = [job.result() for job in jobs]
    return min(low for low, _ in extremes), max(high for _, high in extremes)


def _plan(kernel: VoxelKernel, reach: Reach, scale: float) -> _Plan:
    height, width = (reach.target[axis].stop - reach.target[axis].start + reach.overhang[axis] for axis in (1, 2))
    size = scipy.fft.next_fast_len(height), scipy.fft.next_fast_len(width, real=True)
    rows = _cosines(kernel.octant.shape[1], size[0], size[0])
    columns = _cosines(kernel.octant.shape[2], size[1], size[1] // 2 + 1)
    spectra = tuple(np.repeat((rows @ (plane * scale) @ columns.T).astype(np.float32), 2, axis=1) for plane in kernel.octant)
    return _Plan(reach, size, spectra)


def _cosines(steps: int, length: int, frequencies: int) -> NDArray[np.float64]:
    """(frequencies, steps): transform of a sequence that is the same to both sides, given from its centre outwards."""
    table: NDArray[np.float64] = np.cos(2 * np.pi / length * np.outer(np.arange(frequencies), np.arange(steps)))
    table[:, 1:] *= 2
    return table


def _slab(array: NDArray[Any], plan: _Plan, out: Single, slices: range, count: Callable[[int], None]) -> tuple[float, float]:
    """Fill ``out`` for ``slices``; returns the lowest and highest value before negatives were set to zero."""
    transforms = _Transforms(array, plan)
    rows, columns = plan.reach.target[1], plan.reach.target[2]
    height, width = rows.stop - rows.start, columns.stop - columns.start
    total, term = np.empty_like(plan.spectra[0]), np.empty_like(plan.spectra[0])
    lowest = highest = 0.0
    for number, index in enumerate(slices, start=1):
        if transforms.gather(index, total, term):
            plane = scipy.fft.irfft2(total.view(np.complex64), s=plan.size, overwrite_x=True)[:height, :width]
            lowest, highest = min(lowest, float(plane.min())), max(highest, float(plane.max()))
            np.maximum(plane, 0, out=out[index, rows, columns])
        count(number)
    return lowest, highest


class _Transforms:
    """In-plane transforms of the activity, kept only while the kernel still reaches them."""

    def __init__(self, array: NDArray[Any], plan: _Plan) -> None:
        self.array, self.plan = array, plan
        self.kept: dict[int, Single | None] = {}
        self.padded = np.zeros(plan.size, np.float32)
        source, target = plan.reach.source, plan.reach.target
        self.place = tuple(slice(source[a].start - target[a].start, source[a].stop - target[a].start) for a in (1, 2))

    def of(self, index: int) -> Single | None:
        """Transform of one slice as pairs of float32; ``None`` when the slice is empty or outside the box."""
        source = self.plan.reach.source
        if not source[0].start <= index < source[0].stop:
            return None
        if index not in self.kept:
            self.padded[self.place] = self.array[index, source[1], source[2]]
            empty = not self.padded.any()
            self.kept[index] = None if empty else np.asarray(scipy.fft.rfft2(self.padded)).view(np.float32)
        return self.kept[index]

    def gather(self, index: int, total: Single, term: Single) -> bool:
        """Sum over the slices around ``index`` of transform times kernel transform, into ``total``; False when all are empty."""
        found = False
        for step, spectrum in enumerate(self.plan.spectra):
            pair = [t for t in (self.of(index - step), self.of(index + step) if step else None) if t is not None]
            if not pair:
                continue
            both = np.add(pair[0], pair[1], out=term) if len(pair) == 2 else pair[0]
            if found:
                np.multiply(both, spectrum, out=term)
                np.add(total, term, out=total)
            else:
                np.multiply(both, spectrum, out=total)
                found = True
        self.kept.pop(index - len(self.plan.spectra) + 1, None)
        return found
