"""Variance of ln S from the influence of every row or cluster: what holds with weights that are no counts, and with clusters."""

import numpy as np

from glisson.learn.cohort.risk_sets import steps_before
from glisson.learn.cohort.table import Floats, SurvivalData, weights


def independent_variance(data: SurvivalData, *, time: Floats, hazard: Floats, jump: Floats) -> Floats:
    """Σ w² U(t)² at each time, rows independent, in O(n log n).

    U of a row is A(t) - A(entry) while it is watched, and keeps A(T) - A(entry) - jump at its own event, with A = ``hazard``.

    Args:
        data: the follow-up; event 1 or 0.
        time: distinct times, ascending, shape (m,).
        hazard: running sum of d / (n (n - d)).
        jump: 1 / (n - d) at times with events, else 0.
    """
    weight = weights(data)
    start, end = _at(hazard, time, data.entry, len(data)), _at(hazard, time, data.time, len(data))
    place = np.searchsorted(time, data.time)
    seen = place < len(time)
    own = np.where(data.event > 0, np.append(jump, 0.0)[np.minimum(place, len(time))], 0.0)
    number = len(time) + 1
    done = np.cumsum(np.bincount(place, weight**2 * (end - start - own) ** 2 * seen, number))[: len(time)]
    watched = [_watched(data, time, weight**2 * start**power) for power in (0, 1, 2)]
    return np.asarray(done + hazard**2 * watched[0] - 2 * hazard * watched[1] + watched[2])


def _watched(data: SurvivalData, time: Floats, amount: Floats) -> Floats:
    """Sum over those who have entered before each time and end after it."""
    number = len(time) + 1
    ended = np.cumsum(np.bincount(np.searchsorted(time, data.time), amount, number))[: len(time)]
    if data.entry is None:
        return np.asarray(amount.sum() - ended)
    entered = np.cumsum(np.bincount(np.searchsorted(time, data.entry, side="right"), amount, number))[: len(time)]
    return np.asarray(entered - ended)


def clustered_variance(data: SurvivalData, *, time: Floats, hazard: Floats, jump: Floats) -> Floats:
    """Σ over clusters of (Σ w U(t))² at each time; arguments as ``independent_variance``."""
    assert data.cluster is not None
    weight = weights(data)
    clusters = int(data.cluster.max(initial=-1)) + 1
    start = _at(hazard, time, data.entry, len(data))
    end = _at(hazard, time, data.time, len(data))
    place = np.searchsorted(time, data.time)
    own = np.where(data.event > 0, np.append(jump, 0.0)[np.minimum(place, len(time))], 0.0)
    entry = np.zeros(len(data)) if data.entry is None else data.entry
    found = np.empty(len(time))
    for step, now in enumerate(time):
        value = np.where(data.time <= now, end - start - own, np.where(entry < now, hazard[step] - start, 0.0))
        found[step] = (np.bincount(data.cluster, weight * value, clusters) ** 2).sum()
    return found


def _at(values: Floats, time: Floats, asked: Floats | None, number: int) -> Floats:
    """A step function that is 0 before its first time, at the asked times."""
    if asked is None:
        return np.zeros(number)
    return np.asarray(np.concatenate([[0.0], values])[steps_before(time, asked) + 1])
