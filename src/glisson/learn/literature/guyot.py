"""Individual follow-up from a published Kaplan-Meier curve (Guyot et al. 2012), with how far it is from the figure."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glisson.errors import OutOfScope
from glisson.learn.literature.digitised import Digitised
from glisson.learn.literature.effects import Floats
from glisson.learn.literature.steps import SAME_LEVEL, People, Steps, product_limit

if TYPE_CHECKING:
    import polars as pl

ROUNDS = 500
"""Most changes of the number censored in one interval."""
FAR = 0.03
"""A reconstructed curve farther than this from the read points is named."""
PROBLEM = "reconstructed from a figure: no patient's data; covariates, causes and anything but this curve are not in it"


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """Rows that give back a published curve.

    Attributes:
        people: one row per patient.
        curve: Kaplan-Meier of the rows.
        furthest: largest distance between curve and read points, as survival.
        typical: root mean square of it.
        median_read: first point read at half or below, to set beside the median of the rows; ``None`` where none is.
        risk: stated and reconstructed patients at risk at each time of the table.
        events_stated: as printed, ``None`` where not.
        notes: what was assumed or does not fit.
    """

    people: People
    curve: Steps
    furthest: float
    typical: float
    median_read: float | None
    risk: tuple[tuple[float, int, int], ...]
    events_stated: int | None
    notes: tuple[str, ...]

    def table(self) -> "pl.DataFrame":
        """The rows: time, event; by time."""
        import polars as pl

        order = np.lexsort((-self.people.event, self.people.time))
        return pl.DataFrame({"time": self.people.time[order], "event": self.people.event[order].astype(np.int64)})

    def risk_table(self) -> "pl.DataFrame":
        """Patients at risk: time, stated, reconstructed, difference."""
        import polars as pl

        rows = [(time, stated, found, found - stated) for time, stated, found in self.risk]
        return pl.DataFrame(rows, schema=["time", "stated", "reconstructed", "difference"], orient="row")


def reconstruct(curve: Digitised) -> Reconstruction:
    """Times of events and censoring that give back the curve and its risk table.

    In each interval of the risk table the number censored, spread evenly, is changed until as many are left as the table says;
    the number of events at a point is what brings the curve down to it. After the last time of the table the rate of censoring
    before it is kept, or the printed number of events is met.

    Raises:
        OutOfScope: a curve that nobody leaves by an event.

    References:
        Guyot, Ades, Ouwens and Welton, BMC Med Res Methodol 2012;12:9.
    """
    state = _State.start(curve)
    notes = [PROBLEM, *curve.notes]
    last = len(curve.risk_time) - 1
    for interval in range(last):
        _fit_interval(state, interval, curve)
    notes += _fit_end(state, curve)
    rows = state.people()
    if not rows.events:
        raise OutOfScope("the curve never falls: no event can be reconstructed", do="read points until it falls")
    found = product_limit(rows)
    away = np.abs(found.at(np.minimum(curve.read_time, found.end)) - curve.read_survival)
    away = away[curve.read_time > 0] if (curve.read_time > 0).any() else away
    risk = tuple((float(t), int(n), int((rows.time >= t).sum())) for t, n in zip(curve.risk_time, curve.at_risk, strict=True))
    notes += _misfits(curve, rows, risk, float(away.max()))
    read = np.flatnonzero(curve.survival <= 0.5 + SAME_LEVEL)
    return Reconstruction(
        rows,
        found,
        float(away.max()),
        float(np.sqrt(np.mean(away**2))),
        float(curve.time[read[0]]) if len(read) else None,
        risk,
        curve.events,
        tuple(notes),
    )


def _misfits(curve: Digitised, rows: People, risk: tuple[tuple[float, int, int], ...], furthest: float) -> list[str]:
    """What a reader must know of how far the rows are from the figure."""
    notes = []
    if furthest > FAR:
        notes.append(f"the reconstructed curve is up to {furthest:.3f} from the points: check them and the risk table")
    worst = max(risk, key=lambda row: abs(row[1] - row[2]))
    if abs(worst[1] - worst[2]) > max(2, FAR * curve.at_risk[0]):
        notes.append(
            f"at {worst[0]:g} the figure says {worst[1]} at risk and the rows {worst[2]}: they differ; check the risk table"
        )
    if curve.events is not None and rows.events != curve.events:
        notes.append(f"{rows.events} events reconstructed, {curve.events} printed")
    return notes


@dataclass(eq=False)
class _State:
    """Where the walk along the points stands. One point each: events, censored after it, at risk before it."""

    time: Floats
    survival: Floats
    first: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    events: Floats
    at_risk: Floats
    censor_times: list[Floats]
    level: float
    left: float

    @classmethod
    def start(cls, curve: Digitised) -> "_State":
        k = len(curve.time)
        first = np.searchsorted(curve.time, curve.risk_time).astype(np.int64)
        return cls(curve.time, curve.survival, first, np.zeros(k), np.zeros(k), [], 1.0, float(curve.at_risk[0]))

    def people(self) -> People:
        when = np.repeat(self.time, self.events.astype(np.int64))
        censored = np.concatenate(self.censor_times) if self.censor_times else np.zeros(0)
        rest = np.full(int(self.left), self.time[-1])
        censored = np.concatenate([censored, rest])
        return People(np.concatenate([when, censored]), np.concatenate([np.ones(len(when)), np.zeros(len(censored))]))


@dataclass(frozen=True, eq=False)
class _Walk:
    events: Floats
    censor_times: Floats
    level: float
    left: float


def _walk(state: _State, begin: int, stop: int, until: float, censored: int) -> _Walk:
    """Events at points ``begin`` to ``stop`` - 1 where ``censored`` people leave evenly from there until ``until``."""
    time, n, level = state.time, state.left, state.level
    start = time[begin]
    leaving = start + (until - start) * np.arange(1, censored + 1) / (censored + 1)
    edges = np.append(time[begin:stop], until)
    gone = np.histogram(leaving, bins=edges)[0] if until > start else np.zeros(stop - begin)
    events = np.zeros(stop - begin)
    kept = 0
    for i in range(stop - begin):
        if begin + i and n > 0 and level > 0:
            died = float(min(n, np.floor(n * (1 - state.survival[begin + i] / level) + 0.5)))
            if died > 0:
                events[i] = died
                level *= 1 - died / n
                n -= died
        leave = min(float(gone[i]), n)
        kept += int(leave)
        n -= leave
    return _Walk(events, leaving[:kept] if kept < len(leaving) else leaving, level, n)


def _take(state: _State, begin: int, stop: int, walk: _Walk) -> None:
    state.events[begin:stop] = walk.events
    state.censor_times.append(walk.censor_times)
    state.level, state.left = walk.level, walk.left


def _fit_interval(state: _State, interval: int, curve: Digitised) -> None:
    """The number censored with which as many are left as the table says, or as near as can be."""
    begin, stop = int(state.first[interval]), int(state.first[interval + 1])
    until, goal = float(curve.risk_time[interval + 1]), float(curve.at_risk[interval + 1])
    expected = state.left * float(curve.survival[stop] / state.level) if state.level > 0 else 0.0
    censored = max(0, round(expected - goal))
    best, best_away, tried = None, np.inf, set[int]()
    for _ in range(ROUNDS):
        tried.add(censored)
        walk = _walk(state, begin, stop, until, censored)
        away = walk.left - goal
        if abs(away) < best_away:
            best, best_away = walk, abs(away)
        following = int(min(max(0, censored + away), state.left))
        if not away or following in tried:
            break
        censored = following
    assert best is not None
    _take(state, begin, stop, best)


def _fit_end(state: _State, curve: Digitised) -> list[str]:
    """Points from the last time of the risk table on: the printed number of events, or the rate of censoring so far."""
    begin, stop = int(state.first[-1]), len(state.time)
    until = float(state.time[-1])
    before = float(sum(len(one) for one in state.censor_times))
    happened = float(state.events.sum())
    if curve.events is not None:
        tries = range(int(state.left) + 1)
        walks = (_walk(state, begin, stop, until, censored) for censored in tries)
        best = min(walks, key=lambda walk: abs(happened + walk.events.sum() - curve.events))
        _take(state, begin, stop, best)
        return []
    if begin == 0:
        _take(state, begin, stop, _walk(state, begin, stop, until, 0))
        return ["no risk table and no number of events: nobody is taken to be censored before the end"]
    rate = before / float(curve.risk_time[-1])
    censored = int(min(round(rate * (until - float(state.time[begin]))), state.left))
    _take(state, begin, stop, _walk(state, begin, stop, until, censored))
    return ["after the last time of the risk table the rate of censoring before it is kept"] if until > state.time[begin] else []
