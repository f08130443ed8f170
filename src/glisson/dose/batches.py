"""Batches of histories until enough is known: how many, how sure, or how long. Sums by batch give the standard error."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event

import numpy as np
from numpy.typing import NDArray

from glisson.dose.certainty import Certainty, Criterion, Watched
from glisson.errors import BadInput

Float = NDArray[np.float64]
Score = Callable[[int, int, Float], Float]
"""(first history, histories, array to score into) -> ledger; energies in shares of what the batch emitted."""

LEAST_BATCHES = 64
"""No run ends by itself with fewer: with 64 a standard error is itself known to 9 %."""
KEPT_BATCHES = 30
"""An interrupted run with fewer is thrown away: with 30 a standard error is known to 13 %."""
MOST_HISTORIES = 20_000_000_000


@dataclass(frozen=True)
class Stop:
    """When to stop: whichever of the limits that are given comes first, but never before ``LEAST_BATCHES`` batches.

    Attributes:
        histories: number of histories, rounded up to whole batches.
        uncertainty: relative standard error that every region is to reach.
        seconds: wall-clock time; the number of histories then hangs on the machine.
        criterion: what of a region is to be so sure: each of its voxels above half of its maximum, or their root mean square.
    """

    histories: int | None = None
    uncertainty: float | None = None
    seconds: float | None = None
    criterion: Criterion = Criterion.EVERY

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

    def certainties(self, watched: Sequence[Watched], per_mass: Float) -> tuple[Certainty, ...]:
        """How sure each region is; ``per_mass``: dose for one unit of score in each voxel, 0 leaves the voxel out."""
        return tuple(region.certainty(self.sum, self.squares, self.batches, per_mass) for region in watched)


@dataclass(frozen=True, eq=False)
class Work:
    """What is to be computed.

    Attributes:
        score: runs one batch.
        voxels: length of the array it scores into.
        places: length of its ledger.
        per_batch: histories in a batch.
        threads: batches under way at a time; they change the speed only.
        per_mass: dose for one unit of score in each voxel.
    """

    score: Score
    voxels: int
    places: int
    per_batch: int
    threads: int
    per_mass: Float


@dataclass
class Judge:
    """Decides after each batch whether it is enough. The uncertainty is looked at now and then, each time a sixteenth later.

    Few looks keep the bias small that comes from stopping at the first look that pleases.

    Attributes:
        stop: the limits.
        watched: regions that the uncertainty is of.
        per_mass: dose for one unit of score in each voxel.
        next_look: number of batches at which the uncertainty is looked at again.
        found: the uncertainty at the last look.
        reached: share of the way to the uncertainty asked for, at the last look.
    """

    stop: Stop
    watched: Sequence[Watched]
    per_mass: Float
    next_look: int = LEAST_BATCHES
    found: tuple[Certainty, ...] = ()
    reached: float = 0.0

    def __call__(self, tally: Tally, seconds: float) -> tuple[float, str, bool]:
        """(share done, words, whether to stop) after a batch."""
        limits = []
        if self.stop.histories is not None:
            limits.append(tally.histories / self.stop.histories)
        if self.stop.seconds is not None:
            limits.append(seconds / self.stop.seconds)
        if tally.batches >= self.next_look:
            self.found = tally.certainties(self.watched, self.per_mass)
            self.next_look = tally.batches + max(4, tally.batches // 16)
            if self.stop.uncertainty is not None:
                self.reached = (self.stop.uncertainty / max(self._worst, 1e-12)) ** 2
        limits.append(self.reached)
        share = min(tally.batches / LEAST_BATCHES, max(limits))
        return min(share, 1.0), f"{tally.histories:,} histories{self._words}", share >= 1.0

    @property
    def _worst(self) -> float:
        return max(certainty.by(self.stop.criterion) for certainty in self.found)

    @property
    def _words(self) -> str:
        if not self.found:
            return ""
        worst = max(self.found, key=lambda certainty: certainty.by(self.stop.criterion))
        where = f" in {worst.region}" if len(self.found) > 1 else ""
        return f", {100 * worst.rms:.2g} % rms, {100 * worst.largest:.2g} % at most{where}"


def run_batches(
    work: Work, judge: Judge, *, clock: Callable[[], float], progress: Callable[[float, str], None]
) -> tuple[Tally, bool]:
    """Batches in the order of their numbers until ``judge`` has enough; the tally, and whether it was interrupted.

    Batches are added up in a thread of their own, so that Ctrl-C never meets a sum half done; it ends the run after the batch in
    hand. ``progress`` is called from that thread and may raise ``KeyboardInterrupt`` to the same end.

    Raises:
        KeyboardInterrupt: interrupted before ``KEPT_BATCHES`` batches.
    """
    tally, halt = Tally.empty(work.voxels, work.places), Event()
    started = clock()

    def enough() -> bool:
        share, words, done = judge(tally, clock() - started)
        progress(share, words)
        return done

    with ThreadPoolExecutor(1) as adder:
        adding = adder.submit(_add_up, tally, work, enough, halt)
        try:
            while not adding.done():
                wait([adding], timeout=0.5)
        except KeyboardInterrupt:
            halt.set()
        interrupted = adding.result()
    if interrupted and tally.batches < KEPT_BATCHES:
        raise KeyboardInterrupt
    return tally, interrupted


def _add_up(tally: Tally, work: Work, enough: Callable[[], bool], halt: Event) -> bool:
    """Whether it was interrupted."""
    with ThreadPoolExecutor(work.threads) as pool:
        for array, ledger in _in_order(pool, work):
            tally.add(array, ledger, work.per_batch)
            try:
                if enough():
                    return False
            except KeyboardInterrupt:
                return True
            if halt.is_set():
                return True
    raise AssertionError("batches have no end")


def _in_order(pool: ThreadPoolExecutor, work: Work) -> Iterator[tuple[Float, Float]]:
    """(score, ledger) of batch 0, 1, 2, ...; a few are under way at a time, each in an array of its own."""
    under_way: deque[tuple[Future[Float], Float]] = deque()
    free = [np.zeros(work.voxels) for _ in range(work.threads + 1)]
    number = 0
    try:
        while True:
            while free and len(under_way) <= work.threads:
                array = free.pop()
                array[:] = 0.0
                under_way.append((pool.submit(work.score, number * work.per_batch, work.per_batch, array), array))
                number += 1
            future, array = under_way.popleft()
            yield array, future.result()
            free.append(array)
    finally:
        for future, _ in under_way:
            future.cancel()
