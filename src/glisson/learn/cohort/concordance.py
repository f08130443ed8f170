"""Harrell's C: how often the higher predicted risk has the event first."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from glisson.learn.cohort.table import Floats, Integers, SurvivalData, rows, weights

SAME_RISK = 1e-12


@dataclass(frozen=True)
class Concordance:
    """Pairs that can be compared, by weight; ``None`` where there is none.

    Attributes:
        fraction: concordant plus half of the tied, of all; 0.5 is chance.
        concordant: the higher risk had the event first.
        discordant: the lower risk had it first.
        tied: the same predicted risk.
    """

    fraction: float | None
    concordant: float
    discordant: float
    tied: float


def concordance(data: SurvivalData, risk: Floats) -> Concordance:
    """C of a predicted ``risk`` (n,); within strata; those not yet under observation at an event are no pair of it.

    A pair is an event and someone at risk after it; two events at one time are none.

    >>> from glisson.learn.cohort.table import survival_data
    >>> concordance(survival_data([1, 2, 3], [1, 1, 0]), np.array([3.0, 1.0, 2.0])).fraction  # 2 of 3 pairs
    0.6666666666666666

    References:
        Harrell et al., JAMA 1982;247:2543.
    """
    below = with_ties = whole = 0.0
    for part, ranks in _strata(data, _ranks(risk)):
        found = _one_stratum(part, ranks)
        below, with_ties, whole = below + found[0], with_ties + found[1], whole + found[2]
    concordant, tied, discordant = below, with_ties - below, whole - with_ties
    fraction = (concordant + tied / 2) / whole if whole > 0 else None
    return Concordance(fraction, concordant, discordant, tied)


def _ranks(risk: Floats) -> Integers:
    """Ranks; predictions that differ by rounding only are one."""
    values, where = np.unique(risk, return_inverse=True)
    apart = np.diff(values) > SAME_RISK * max(float(np.abs(values).max(initial=0.0)), 1e-300)
    return np.asarray(np.concatenate([[0], np.cumsum(apart)])[where], dtype=np.int64)


def _strata(data: SurvivalData, ranks: Integers) -> Iterator[tuple[SurvivalData, Integers]]:
    stratum = np.zeros(len(data), dtype=np.int64) if data.stratum is None else data.stratum
    for one in np.unique(stratum):
        inside = stratum == one
        yield rows(data, inside), ranks[inside]


def _one_stratum(data: SurvivalData, ranks: Integers) -> tuple[float, float, float]:
    """Weight of the pairs whose later member has a lower risk, no higher risk, any risk."""
    weight, died = weights(data), data.event > 0
    times = np.unique(data.time if data.entry is None else np.concatenate([data.time, data.entry]))
    ends = 2 * np.searchsorted(times, data.time) + 1 - died  # those censored at a time come after its events
    asked = ends[died] + 1
    found = [lower_sums(ends, ranks, weight, asked, ranks[died] + more) for more in (0, 1)]
    found.append(lower_sums(ends, np.zeros_like(ranks), weight, asked, np.ones_like(asked)))
    if data.entry is not None:  # entered at or after the event: no pair
        entered = 2 * np.searchsorted(times, data.entry)
        found = [
            every - lower_sums(entered, low, weight, asked - 1, limit)
            for every, low, limit in zip(
                found,
                (ranks, ranks, np.zeros_like(ranks)),
                (ranks[died], ranks[died] + 1, np.ones_like(asked)),
                strict=True,
            )
        ]
    below, with_ties, whole = (float(weight[died] @ column) for column in found)
    return below, with_ties, whole


def lower_sums(place: Integers, rank: Integers, weight: Floats, asked_place: Integers, asked_rank: Integers) -> Floats:
    """For each question: weight of the points at or after its place whose rank is lower; O(n log n), no loop over rows.

    Points and questions stand in the order of rank and are split by the bits of their turn in time, highest first; at each bit, a
    question with the bit set has all points of its half without it before it in time.

    >>> lower_sums(np.array([1, 2, 3]), np.array([5, 0, 7]), np.ones(3), np.array([2]), np.array([6])).tolist()
    [1.0]
    """
    points, number = len(place), len(place) + len(asked_place)
    question = np.arange(number) >= points
    in_time = np.lexsort((question, -np.concatenate([place, asked_place])))
    turn = np.empty(number, dtype=np.int64)
    turn[in_time] = np.arange(number)
    who = np.lexsort((~question, np.concatenate([rank, asked_rank])))
    turn, amount = turn[who], np.concatenate([weight, np.zeros(len(asked_place))])[who]
    found = np.zeros(number)
    for bit in range(max(number - 1, 1).bit_length() - 1, -1, -1):
        high = (turn >> bit) & 1 == 1
        start = _starts(turn >> (bit + 1))
        run = np.concatenate([[0.0], np.cumsum(np.where(high, 0.0, amount))])
        found[who[high]] += (run[1:] - run[start])[high]
        zeros = np.concatenate([[0], np.cumsum(~high)])
        before = zeros[:-1] - zeros[start]
        in_half = np.bincount(start, ~high, number).astype(np.int64)[start]
        target = start + np.where(high, in_half + np.arange(number) - start - before, before)
        for values in (turn, amount, who):
            values[target] = values.copy()
    return found[points:]


def _starts(group: Integers) -> Integers:
    """Index of the first of each run of equal values."""
    index = np.arange(len(group))
    new = np.concatenate([[True], group[1:] != group[:-1]])
    return np.asarray(np.maximum.accumulate(np.where(new, index, 0)))
