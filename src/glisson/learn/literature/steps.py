"""Survival curves as steps, and people behind them: the little that reading and combining published curves needs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glisson.errors import BadInput
from glisson.learn.literature.effects import Floats

SAME_LEVEL = 1.5e-8


@dataclass(frozen=True, eq=False)
class People:
    """Individual follow-up: ``time`` and ``event`` (1 event, 0 censored), one row each."""

    time: Floats
    event: Floats

    def __len__(self) -> int:
        return len(self.time)

    @property
    def events(self) -> int:
        """How many had the event."""
        return int(self.event.sum())


@dataclass(frozen=True, eq=False)
class Steps:
    """A survival curve: each value holds from its time until the next, before the first it is 1, after ``end`` nothing is known."""

    time: Floats
    survival: Floats
    end: float

    def at(self, times: npt.ArrayLike) -> Floats:
        """Survival at the times asked for; NaN beyond the end of a curve that has not come to 0."""
        asked = np.asarray(times, dtype=np.float64)
        values = np.concatenate([[1.0], self.survival])[np.searchsorted(self.time, asked, side="right")]
        finished = len(self.survival) > 0 and self.survival[-1] <= 0
        return np.asarray(np.where((asked > self.end) & (not finished), np.nan, values))

    def median(self) -> float | None:
        """First time at which half or fewer are left; ``None`` where that is not reached."""
        reached = np.flatnonzero(self.survival <= 0.5 + SAME_LEVEL)
        return float(self.time[reached[0]]) if len(reached) else None

    def area(self, horizon: float) -> float:
        """Area under the curve from 0 to ``horizon``: the restricted mean time.

        >>> Steps(np.array([2.0]), np.array([0.5]), 4.0).area(4.0)  # 2 + 2 × ½
        3.0
        """
        inside = self.time < horizon
        edges = np.concatenate([[0.0], self.time[inside], [horizon]])
        return float(np.sum(np.diff(edges) * np.concatenate([[1.0], self.survival[inside]])))


def people(time: npt.ArrayLike, event: npt.ArrayLike) -> People:
    """Individual follow-up, checked.

    Raises:
        BadInput: nobody, different lengths, a time that is missing or negative, or an event that is not 0 or 1.
    """
    t, e = (np.atleast_1d(np.asarray(values, dtype=np.float64)) for values in (time, event))
    if not len(t) or t.shape != e.shape:
        raise BadInput(f"times and events of different lengths ({len(t)} and {len(e)}), or of nobody")
    if not (np.isfinite(t) & (t >= 0)).all():
        raise BadInput("a time that is missing or negative", allowed="0 or more")
    if not np.isin(e, (0, 1)).all():
        raise BadInput("an event that is neither 0 nor 1", allowed="1 event, 0 censored")
    return People(t, e)


def product_limit(rows: People) -> Steps:
    """Kaplan and Meier's curve of ``rows``, without its interval.

    >>> curve = product_limit(people([1, 2, 3, 4], [1, 0, 1, 0]))
    >>> curve.survival.tolist(), curve.end
    ([0.75, 0.375], 4.0)
    """
    time, where = np.unique(rows.time, return_inverse=True)
    died = np.bincount(where, weights=rows.event, minlength=len(time))
    ended = np.bincount(where, minlength=len(time))
    at_risk = ended[::-1].cumsum()[::-1]
    survival = np.cumprod(1 - died / at_risk)
    there = died > 0
    return Steps(time[there], survival[there], float(time[-1]))
