"""What coarse times can have moved: the lowest and highest value that any order inside the intervals gives."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glisson.learn.cohort.sites.curves import Ends
from glisson.learn.cohort.table import Booleans, Floats, Integers

SAME_LEVEL = 1.5e-8
NEVER = np.iinfo(np.int64).max // 2
BEFORE_ALL = -2
MOST = 4000
"""More counts than this are exact times for the most part; no limits are worked out then."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """Ends of follow-up, all watched from the origin, that are known to lie in intervals; times as places in ``edges``.

    A place in time is a key: 4 × place of an edge, + 0 for an event at it, + 1 for a censoring at it, + 2 for just after it.
    """

    edges: Floats
    low: Integers
    high: Integers
    cause: Integers
    rows: Floats

    def __len__(self) -> int:
        return len(self.low)

    @property
    def exact(self) -> Booleans:
        """Ends at one time."""
        return np.asarray(self.low == self.high, dtype=np.bool_)


def intervals(ends: Sequence[Ends], asked: Sequence[float]) -> Intervals:
    """Intervals of several sites together.

    Args:
        ends: of the sites.
        asked: times that will be asked for.
    """
    low, high, cause, rows = (_column(ends, name) for name in ("low", "high", "cause", "rows"))
    edges = np.unique(np.concatenate([low, high, np.asarray(asked, dtype=np.float64), [0.0]]))
    place = [np.searchsorted(edges, values).astype(np.int64) for values in (low, high)]
    return Intervals(edges, place[0], place[1], cause.astype(np.int64), rows)


def _column(parts: Sequence[Ends], name: str) -> Floats:
    return np.concatenate([np.zeros(0), *(np.array(getattr(one, name), dtype=np.float64) for one in parts)])


def survival_limits(given: Intervals, time: float) -> tuple[float, float]:
    """Lowest and highest Kaplan-Meier survival at an edge that the intervals allow.

    Survival is highest with events as early and censorings as late as the intervals allow, and with nobody's event before the time
    that may come after it; lowest the other way round. (Of two neighbours, event before censoring gives the larger product.)
    """
    place = int(np.searchsorted(given.edges, time))
    limit = _Limit(4 * place, place, inclusive=True)
    event = given.cause > 0
    return _product(given, event, (0, 1), limit, highest=False), _product(given, event, (0, 1), limit, highest=True)


@dataclass(frozen=True)
class _Limit:
    """Up to a key; an interval that ends at ``place`` lies before it where ``inclusive``."""

    key: int
    place: int
    inclusive: bool


def _product(given: Intervals, event: Booleans, at: tuple[int, int], limit: _Limit, *, highest: bool) -> float:
    """Extreme product of 1 - d/n over events up to a limit.

    Args:
        given: the intervals.
        event: ends that count as the event; the others as censored.
        at: key within an exact time of an event and of a censoring.
        limit: up to where.
        highest: the highest, or the lowest.
    """
    exact = given.exact
    after = np.where(given.low == 0, BEFORE_ALL, 4 * given.low + 2)
    surely = given.high <= limit.place if limit.inclusive else given.high < limit.place
    own = 4 * given.high + at[0]
    if highest:
        of_event = np.where(surely, after, NEVER)
        of_other = 4 * given.high + 1
    else:
        possibly = np.where(after <= limit.key, limit.key, NEVER)
        of_event = np.where(surely, own, possibly)
        of_other = after
    of_event = np.where(exact, own, of_event)
    of_other = np.where(exact, 4 * given.high + at[1], of_other)
    position = np.where(event, of_event, of_other)
    keys, where = np.unique(position[event], return_inverse=True)
    deaths = np.bincount(where, given.rows[event], len(keys))[keys <= limit.key]
    keys = keys[keys <= limit.key]
    at_risk = _at_or_after(position, given.rows, keys)
    left = np.divide(at_risk - deaths, at_risk, out=np.zeros(len(keys)), where=at_risk > deaths)
    return float(np.prod(left))


def _at_or_after(position: Integers, rows: Floats, keys: Integers) -> Floats:
    place = np.searchsorted(keys, position, side="right")
    return np.asarray(np.cumsum(np.bincount(place, rows, len(keys) + 1)[::-1])[::-1][1:])


def median_limits(given: Intervals, fraction: float = 0.5) -> tuple[float, float | None]:
    """Earliest and latest time at which survival may fall to a level; ``None``: it may not be reached."""
    level = 1 - fraction
    last = len(given.edges) - 1

    def first(low: bool) -> int:
        below, above = 0, last + 1
        while below < above:
            middle = (below + above) // 2
            ends = survival_limits(given, float(given.edges[middle]))
            reached = ends[0] <= level + SAME_LEVEL if low else ends[1] < level - SAME_LEVEL
            below, above = (below, middle) if reached else (middle + 1, above)
        return below

    earliest, latest = first(True), first(False)
    if earliest > last:
        return float(given.edges[last]), None
    inside = ((given.low < earliest) & (given.high >= earliest) & (given.cause > 0)).any()
    return float(given.edges[max(earliest - 1, 0) if inside else earliest]), None if latest > last else float(given.edges[latest])


def incidence_limits(given: Intervals, cause: int, time: float) -> tuple[float, float]:
    """Bounds of the cumulative incidence of a cause at an edge; the truth lies inside, perhaps well inside.

    Each event of the cause at u adds S(u-)/n(u) = 1/(N G(u-)), with G the Kaplan-Meier estimate of censoring, whose limits are those of
    a survival with the roles changed.
    """
    place = int(np.searchsorted(given.edges, time))
    total, low, high = float(given.rows.sum()), 0.0, 0.0
    for one in np.flatnonzero(given.cause == cause):
        after = bool(given.low[one] >= place) if not given.exact[one] else bool(given.high[one] > place)
        if after:
            continue
        at = min(int(given.high[one]), place)
        most = _product(given, given.cause == 0, (1, 0), _Limit(4 * at - 1, at, inclusive=False), highest=False)
        high += float(given.rows[one]) / (total * most) if most > 0 else np.inf
        if given.high[one] <= place:
            begins = int(given.low[one])
            limit = (
                _Limit(4 * at - 1, at, inclusive=False) if given.exact[one] else _Limit(4 * begins + 1, begins, inclusive=True)
            )
            low += float(given.rows[one]) / (total * _product(given, given.cause == 0, (1, 0), limit, highest=True))
    bound = 1 - survival_limits(given, time)[0]
    return min(low, bound), min(high, bound)


def expected_limits(given: Intervals, group: Integers, number: int) -> tuple[Floats, Floats, float, float]:
    """Limits of the log-rank test's expected events by group, and of its variance with two groups and untied times.

    Each event's share of a group lies between the smallest risk set of the group beside the largest of the others, and the reverse.

    Returns:
        low and high, shape (number,); low and high of Σ share (1 - share) of the first group.
    """
    after = np.where(given.low == 0, BEFORE_ALL, 4 * given.low + 2)
    earliest = np.where(given.exact, 4 * given.high, after)
    latest = 4 * given.high + 1
    event = np.flatnonzero(given.cause > 0)
    most, least = np.zeros((len(event), number)), np.zeros((len(event), number))
    for one in range(number):
        mine = group == one
        most[:, one] = [float(given.rows[mine & (latest >= earliest[place])].sum()) for place in event]
        least[:, one] = [float(given.rows[mine & (earliest >= 4 * given.high[place])].sum()) for place in event]
        least[:, one] = np.maximum(least[:, one], np.where(group[event] == one, 1.0, 0.0))
    rows = given.rows[event]
    low = least / np.maximum(least + most.sum(axis=1, keepdims=True) - most, 1e-300)
    high = most / np.maximum(most + least.sum(axis=1, keepdims=True) - least, 1e-300)
    spread = [share[:, 0] * (1 - share[:, 0]) for share in (low, high)]
    around = (low[:, 0] <= 0.5) & (high[:, 0] >= 0.5)
    largest = np.where(around, 0.25, np.maximum(*spread))
    return rows @ low, rows @ high, float(rows @ np.minimum(*spread)), float(rows @ largest)
