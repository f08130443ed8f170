"""Sums over the risk sets of a Cox model: log partial likelihood, score and information, with ties, late entry, strata, weights.

Everything is a running sum over rows sorted by stratum and time, so one evaluation costs a few passes over the table.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from glisson.learn.cohort.table import Floats, Integers, SurvivalData, weights

Ties = Literal["efron", "breslow"]


@dataclass(frozen=True, eq=False)
class Layout:
    """Where each row stands among the event times; made once per model.

    Event times are numbered over strata: all of the first stratum, then all of the second. "Deaths" are events of the model.

    Attributes:
        x: covariates, centred, shape (n, p).
        weight: case weights, shape (n,).
        stratum: of each event time, shape (m,).
        time: of each event time.
        last: number of event times of the row's stratum and those before it that are at or before its end, shape (n,); the row
            is at risk at the event times ``first`` to ``last`` - 1.
        first: the same for its entry.
        deaths: rows with the event.
        of_death: event time of each death.
        share: how much of the tied deaths' risk is taken out for each death: k/d with Efron, 0 with Breslow.
        mean_weight: mean weight of the deaths at each event time.
        ties: how ties are treated.
    """

    x: Floats
    weight: Floats
    stratum: Integers
    time: Floats
    last: Integers
    first: Integers
    deaths: Integers
    of_death: Integers
    share: Floats
    mean_weight: Floats
    ties: Ties


@dataclass(frozen=True, eq=False)
class Sums:
    """Log partial likelihood, its derivative (p,) and minus its second derivative (p, p)."""

    log_likelihood: float
    score: Floats
    information: Floats


@dataclass(frozen=True, eq=False)
class AtDeaths:
    """Per death, in the order of ``Layout.deaths``: the weighted risk, the mean covariates (d, p) of those at risk."""

    risk: Floats
    mean: Floats


def layout(data: SurvivalData, x: Floats, *, ties: Ties = "efron") -> Layout:
    """Rows of a model placed among its event times. Deaths of weight 0 are no deaths."""
    weight = weights(data)
    strata = np.zeros(len(data), dtype=np.int64) if data.stratum is None else data.stratum
    distinct, rank = np.unique(data.time, return_inverse=True)
    died = (data.event > 0) & (weight > 0)
    stride = len(distinct) + 1
    key, of_death = np.unique(strata[died] * stride + rank[died], return_inverse=True)
    last = np.searchsorted(key, strata * stride + rank, side="right")
    if data.entry is None:
        first = np.searchsorted(key, strata * stride, side="left")
    else:
        entered = np.searchsorted(distinct, data.entry, side="right") - 1  # -1: before every time
        first = np.searchsorted(key, strata * stride + entered, side="right")
    count = np.bincount(of_death, minlength=len(key))
    place = np.argsort(of_death, kind="stable")
    order = np.empty(len(of_death), dtype=np.int64)
    order[place] = np.arange(len(of_death)) - np.repeat(np.cumsum(count) - count, count)
    share = order / count[of_death] if ties == "efron" else np.zeros(len(of_death))
    total = np.bincount(of_death, weight[died], len(key))
    return Layout(
        x, weight, key // stride, distinct[key % stride], last, first, np.flatnonzero(died), of_death, share,
        total / np.maximum(count, 1), ties,
    )  # fmt: skip


def at_event_times(given: Layout, amount: Floats) -> Floats:
    """Sum of ``amount`` (n,) over the rows at risk at each event time, shape (m,).

    A row adds from ``first`` and stops at ``last``; sums run backwards, so that small late risk sets keep their digits.
    """
    number = len(given.time) + 1
    ends = np.bincount(given.last, amount, number)
    starts = np.bincount(given.first, amount, number)
    return np.asarray(np.cumsum((ends - starts)[::-1])[::-1][1:])


def of_deaths(given: Layout, amount: Floats) -> Floats:
    """Sum of ``amount`` (n,) over the deaths at each event time, shape (m,)."""
    return np.bincount(given.of_death, amount[given.deaths], len(given.time)).astype(np.float64)


def per_death(given: Layout, amount: Floats) -> Floats:
    """Sum over the risk set that each death is compared with: the tied deaths count 1 - ``share``."""
    found = at_event_times(given, amount)[given.of_death]
    if not given.share.any():
        return np.asarray(found)
    return np.asarray(found - given.share * of_deaths(given, amount)[given.of_death])


def risks(given: Layout, beta: Floats, offset: float = 0.0) -> Floats:
    """Weighted relative risks w exp(x β - offset), shape (n,)."""
    return np.asarray(given.weight * np.exp(given.x @ beta - offset))


def at_deaths(given: Layout, risk: Floats) -> AtDeaths:
    """Weighted risk and mean covariates of the set that each death is compared with."""
    total = per_death(given, risk)
    safe = np.maximum(total, np.finfo(np.float64).tiny)
    columns = [per_death(given, risk * column) / safe for column in given.x.T]
    return AtDeaths(total, np.stack(columns, axis=1) if columns else np.zeros((len(total), 0)))


def cox_sums(given: Layout, beta: Floats, *, second: bool = True) -> Sums:
    """Log partial likelihood at ``beta`` with its derivatives.

    References:
        Cox, J R Stat Soc B 1972;34:187; Efron, J Am Stat Assoc 1977;72:557; Breslow, Biometrics 1974;30:89; Therneau and
        Grambsch 2000, sections 3.1 to 3.3, 3.7.
    """
    line = given.x @ beta
    offset = float(line.max(initial=0.0))
    risk = risks(given, beta, offset)
    found = at_deaths(given, risk)
    if not (found.risk > 0).all():  # coefficients so large that whole risk sets vanish beside others
        return Sums(-np.inf, np.zeros(len(beta)), np.zeros((len(beta), len(beta))))
    weight = given.mean_weight[given.of_death]
    own = given.weight[given.deaths]
    likelihood = float(own @ line[given.deaths] - weight @ (np.log(found.risk) + offset))
    score = own @ given.x[given.deaths] - weight @ found.mean
    size = len(beta)
    information = np.zeros((size, size))
    if second:
        for a in range(size):
            for b in range(a + 1):
                pairs = per_death(given, risk * given.x[:, a] * given.x[:, b]) / found.risk
                information[a, b] = information[b, a] = weight @ (pairs - found.mean[:, a] * found.mean[:, b])
    return Sums(likelihood, np.asarray(score), information)
