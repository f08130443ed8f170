"""Batches of histories until enough is known: how many, how sure, or how long. Sums by batch give the standard error."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glisson.errors import BadInput

Float = NDArray[np.float64]
Score = Callable[[int, int, Float], Float]
"""(first history, histories, array to score into) -> ledger; energies in shares of what the batch emitted."""

LEAST_BATCHES = 64
"""Fewer batches would not carry a standard error: with 64 it is itself known to 9 %."""
CHECK_EVERY = 8
"""Batches between two looks at the uncertainty."""
MOST_HISTORIES = 20_000_000_000


@dataclass(frozen=True)
class Stop:
    """When to stop: whichever of the limits that are given comes first, but never before ``LEAST_BATCHES`` batches.

    Attributes:
        histories: number of histories, rounded up to whole batches.
        uncertainty: largest relative standard error of a voxel above half of the maximum dose.
        seconds: wall-clock time; the number of histories then hangs on the machine.
    """

    histories: int | None = None
    uncertainty: float | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.histories is None and self.uncertainty is None and self.seconds is None:
            raise BadInput("no end of the Monte Carlo", do="give histories, an uncertainty or seconds")
        if self.histories is not None and not 1 <= self.histories <= MOST_HISTORIES:
            raise BadInput(f"{self.histories} histories", allowed=f"1 to {MOST_HISTORIES}")
        if self.uncertainty is not None and not 1e-5 <= self.uncertainty < 1:
            raise BadInput(f"an uncertainty of {self.uncertainty:g}", allowed="a fraction from 0.00001 to below 1, as 0.01")
        if self.seconds is not None and not 0 < self.seconds < 1e7:
            raise BadInput(f"{self.seconds:g} seconds", allowed="above 0")


@dataclass
class Tally:
    """Sums over batches of the score in each voxel, of its square, and of the ledger."""

    sum: Float
    squares: Float
    ledger: Float
    batches: int = 0
    histories: int = 0

    @classmethod
    def empty(cls, voxels: int, places: int) -> "Tally":
        """Nothing yet."""
        return cls(np.zeros(voxels), np.zeros(voxels), np.zeros(places))

    def add(self, score: Float, ledger: Float, histories: int) -> None:
        """One batch more; ``score`` is overwritten."""
        self.sum += score
        np.multiply(score, score, out=score)
        self.squares += score
        self.ledger += ledger
        self.batches += 1
        self.histories += histories

    @property
    def mean(self) -> Float:
        """Mean over batches."""
        return self.sum / self.batches

    @property
    def standard_error(self) -> Float:
        """Standard error of the mean, from the spread of the batches."""
        mean = self.mean
        variance = np.maximum(self.squares / self.batches - mean * mean, 0.0) / (self.batches - 1)
        return np.sqrt(variance, out=variance)

    def uncertainty(self, per_mass: Float | float, share_of_maximum: float = 0.5) -> tuple[float, float]:
        """(root mean square, largest) relative standard error over voxels above a share of the maximum dose.

        Args:
            per_mass: dose for one unit of score in each voxel; 0 leaves the voxel out.
            share_of_maximum: of the highest dose.
        """
        dose = self.mean * per_mass
        high = dose > share_of_maximum * float(dose.max(initial=0.0))
        if not high.any():
            return 0.0, 0.0
        mean = self.mean[high]
        spread = np.maximum(self.squares[high] / self.batches - mean * mean, 0.0) / (self.batches - 1)
        relative2 = spread / (mean * mean)
        return float(np.sqrt(relative2.mean())), float(np.sqrt(relative2.max()))


def run_batches(
    score: Score,
    stop: Stop,
    *,
    voxels: int,
    places: int,
    per_batch: int,
    threads: int,
    per_mass: Float | float,
    clock: Callable[[], float],
    watch: Callable[[float, str], None],
) -> tuple[Tally, bool]:
    """Batches in the order of their numbers until ``stop``; the tally, and whether it was interrupted (Ctrl-C) after enough.

    Threads change the speed only: every batch scores alone and is added in order.
    """
    tally = Tally.empty(voxels, places)
    started = clock()
    try:
        with ThreadPoolExecutor(threads) as pool:
            for array, ledger in _in_order(pool, score, per_batch, threads, voxels):
                tally.add(array, ledger, per_batch)
                share, words, done = _judge(tally, stop, clock() - started, per_mass)
                watch(share, words)
                if done:
                    break
    except KeyboardInterrupt:
        if tally.batches < LEAST_BATCHES:
            raise
        return tally, True
    return tally, False


def _in_order(pool: ThreadPoolExecutor, score: Score, per_batch: int, threads: int, voxels: int) -> Iterator[tuple[Float, Float]]:
    """(score, ledger) of batch 0, 1, 2, ...; a few are under way at a time, each in an array of its own."""
    under_way: deque[tuple[Future[Float], Float]] = deque()
    free = [np.zeros(voxels) for _ in range(threads + 1)]
    number = 0
    try:
        while True:
            while free and len(under_way) <= threads:
                array = free.pop()
                array[:] = 0.0
                under_way.append((pool.submit(score, number * per_batch, per_batch, array), array))
                number += 1
            future, array = under_way.popleft()
            yield array, future.result()
            free.append(array)
    finally:
        for future, _ in under_way:
            future.cancel()


def _judge(tally: Tally, stop: Stop, seconds: float, per_mass: Float | float) -> tuple[float, str, bool]:
    """(share done, words, whether to stop) after a batch."""
    shares = [tally.batches / LEAST_BATCHES]
    words = f"{tally.histories:,} histories"
    limits = []
    if stop.histories is not None:
        limits.append(tally.histories / stop.histories)
    if stop.seconds is not None:
        limits.append(seconds / stop.seconds)
    if tally.batches >= LEAST_BATCHES and (tally.batches - LEAST_BATCHES) % CHECK_EVERY == 0:
        rms, largest = tally.uncertainty(per_mass)
        words += f", {100 * rms:.2g} % (at most {100 * largest:.2g} %)"
        if stop.uncertainty is not None:
            limits.append((stop.uncertainty / largest) ** 2 if largest > 0 else 1.0)
    shares.append(max(limits, default=0.0))
    share = min(shares)
    return min(share, 1.0), words, share >= 1.0
