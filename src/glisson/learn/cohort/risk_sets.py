"""How many are at risk, have the event and are censored at each time."""

from dataclasses import dataclass

import numpy as np

from glisson.learn.cohort.table import Floats, Integers, SurvivalData, weights


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Counts (weighted, where rows carry weights) at the distinct ends of follow-up.

    Attributes:
        time: distinct times, ascending, shape (m,).
        at_risk: under observation just before the time, those who end at it included.
        events: by cause, shape (m, causes).
        censored: censored at the time, after its events.
    """

    time: Floats
    at_risk: Floats
    events: Floats
    censored: Floats

    @property
    def any_event(self) -> Floats:
        """Events of all causes."""
        return np.asarray(self.events.sum(axis=1))


def risk_sets(data: SurvivalData, *, times: Floats | None = None, causes: int | None = None) -> RiskSets:
    """Counts at each distinct time of ``data``, or at the ``times`` given, which must hold all of them."""
    weight = weights(data)
    distinct = np.unique(data.time) if times is None else times
    place = np.searchsorted(distinct, data.time)
    number = int(data.event.max(initial=1)) if causes is None else causes
    events = np.stack([sums(place, weight * (data.event == cause), len(distinct)) for cause in range(1, number + 1)], axis=1)
    censored = sums(place, weight * (data.event == 0), len(distinct))
    return RiskSets(distinct, at_risk(data, distinct), events, censored)


def at_risk(data: SurvivalData, times: Floats) -> Floats:
    """Weight under observation just before each of the ascending ``times``: entry < t ≤ end."""
    weight = weights(data)
    return _from(data.time, weight, times) - (0.0 if data.entry is None else _from(data.entry, weight, times))


def _from(ends: Floats, weight: Floats, times: Floats) -> Floats:
    """Weight of those whose end is at or after each time."""
    place = np.searchsorted(times, ends, side="right")  # number of times that are at or before this end
    counts = sums(place, weight, len(times) + 1)
    return np.asarray(np.cumsum(counts[::-1])[::-1][1:])


def sums(place: Integers, amount: Floats, number: int) -> Floats:
    """Sum of the amounts at each of ``number`` places."""
    return np.bincount(place, amount, number).astype(np.float64)


def steps_before(times: Floats, asked: Floats) -> Integers:
    """Index of the last of ``times`` that is at or before each asked time; -1 where none is."""
    return np.asarray(np.searchsorted(times, asked, side="right") - 1, dtype=np.int64)
