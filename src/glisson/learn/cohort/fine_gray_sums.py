"""Sums over the weighted risk sets of Fine and Gray's model, and the variance that knows the weights were estimated."""

from dataclasses import dataclass

import numpy as np

from glisson.learn.cohort.cox_sums import Sums
from glisson.learn.cohort.risk_sets import risk_sets, steps_before, sums
from glisson.learn.cohort.table import Booleans, Floats, Integers, SurvivalData, reversed_events, rows


@dataclass(frozen=True, eq=False)
class Weighted:
    """Rows among the times of the cause.

    Someone with another cause at T stays at risk at t > T with weight G(t-)/G(T-), G the probability of not being censored in
    the row's censoring group.

    Attributes:
        data: the follow-up.
        x: covariates, centred, shape (n, p).
        happened: rows with the cause.
        other: rows with another cause.
        time: distinct times of the cause, shape (m,).
        events: at each.
        group: censoring group of each row.
        kept: G(t-) at each time of the cause, shape (m, groups).
        kept_own: G(T-) of each row, shape (n,).
    """

    data: SurvivalData
    x: Floats
    happened: Booleans
    other: Booleans
    time: Floats
    events: Floats
    group: Integers
    kept: Floats
    kept_own: Floats

    def at_risk(self, amount: Floats) -> Floats:
        """Weighted sum of ``amount`` (n,) over those at risk at each time of the cause."""
        number = len(self.time) + 1
        watched = np.searchsorted(self.time, self.data.time, side="right")  # times at or before the end
        still = np.cumsum(sums(watched, amount, number)[::-1])[::-1][1:]
        for group in range(self.kept.shape[1]):
            out = self.other & (self.group == group)
            left = np.cumsum(sums(watched[out], amount[out] / self.kept_own[out], number))[: number - 1]
            still = still + self.kept[:, group] * left
        return np.asarray(still)


def weighted(data: SurvivalData, x: Floats, *, cause: int, group: Integers) -> Weighted:
    """The censoring weights of each row, by Kaplan-Meier of the censoring in its group."""
    happened = data.event == cause
    time, counts = np.unique(data.time[happened], return_counts=True)
    number = int(group.max(initial=0)) + 1
    kept, own = np.ones((len(time), number)), np.ones(len(data))
    for one in range(number):
        inside = group == one
        curve_time, curve = _censoring(rows(SurvivalData(data.time, data.event), inside))
        kept[:, one] = _just_before(curve_time, curve, time)
        own[inside] = _just_before(curve_time, curve, data.time[inside])
    other = (data.event > 0) & ~happened
    return Weighted(data, x, happened, other, time, counts.astype(np.float64), group, kept, own)


def _censoring(data: SurvivalData) -> tuple[Floats, Floats]:
    """Times and G after each; 0 after the last, from where nobody tells how many would be censored."""
    sets = risk_sets(reversed_events(data))
    return np.append(sets.time, np.nextafter(sets.time[-1], np.inf)), np.append(
        np.cumprod(1 - sets.any_event / sets.at_risk), 0.0
    )


def _just_before(time: Floats, values: Floats, asked: Floats) -> Floats:
    return np.asarray(np.concatenate([[1.0], values])[np.searchsorted(time, asked, side="left")])


def subdistribution_sums(given: Weighted, beta: Floats) -> Sums:
    """Pseudo log likelihood of the weighted risk sets with its derivatives."""
    line = given.x @ beta
    offset = float(line.max(initial=0.0))
    risk = np.exp(line - offset)
    total = given.at_risk(risk)
    size = len(beta)
    if not (total > 0).all():
        return Sums(-np.inf, np.zeros(size), np.zeros((size, size)))
    mean = _means(given, risk, total)
    likelihood = float(line[given.happened].sum() - given.events @ (np.log(total) + offset))
    score = given.x[given.happened].sum(axis=0) - given.events @ mean
    information = np.zeros((size, size))
    for a in range(size):
        for b in range(a + 1):
            pairs = given.at_risk(risk * given.x[:, a] * given.x[:, b]) / total
            information[a, b] = information[b, a] = given.events @ (pairs - mean[:, a] * mean[:, b])
    return Sums(likelihood, np.asarray(score), information)


def _means(given: Weighted, risk: Floats, total: Floats) -> Floats:
    columns = [given.at_risk(risk * column) / total for column in given.x.T]
    return np.stack(columns, axis=1) if columns else np.zeros((len(total), 0))


def sandwich(given: Weighted, beta: Floats, bread: Floats, cluster: Integers | None) -> Floats:
    """Variance from η + ψ of each row (or cluster): its own score, and what it did to the censoring weights."""
    if not len(beta) or not len(given.time):
        return bread
    risk = np.exp(given.x @ beta)
    total = given.at_risk(risk)
    mean = _means(given, risk, total)
    hazard = given.events / total
    influence = _own_scores(given, risk, mean, hazard)
    for group in range(given.kept.shape[1]):
        influence = influence + _through_weights(given, risk, mean, hazard, group)
    moved = influence @ bread
    if cluster is not None:
        moved = np.stack([sums(cluster, column, int(cluster.max()) + 1) for column in moved.T], axis=1)
    return np.asarray(moved.T @ moved)


def _before(values: Floats) -> Floats:
    """Running sums with a leading 0."""
    return np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])


def _own_scores(given: Weighted, risk: Floats, mean: Floats, hazard: Floats) -> Floats:
    """η: ∫ (x - mean) w dM of each row, shape (n, p)."""
    watched = np.searchsorted(given.time, given.data.time, side="right")
    plain, with_mean = _before(hazard), _before(hazard[:, None] * mean)
    score = -risk[:, None] * (given.x * plain[watched][:, None] - with_mean[watched])
    score[given.happened] += given.x[given.happened] - mean[watched[given.happened] - 1]
    for group in range(given.kept.shape[1]):
        out = given.other & (given.group == group)
        after, after_mean = (
            part[-1] - part[watched[out]]
            for part in (_before(hazard * given.kept[:, group]), _before((hazard * given.kept[:, group])[:, None] * mean))
        )
        factor = (risk[out] / given.kept_own[out])[:, None]
        score[out] -= factor * (given.x[out] * after[:, None] - after_mean)
    return np.asarray(score)


def _through_weights(given: Weighted, risk: Floats, mean: Floats, hazard: Floats, group: int) -> Floats:
    """ψ: ∫ q/Y dM of the censoring martingale of each row of a censoring group, shape (n, p)."""
    inside = given.group == group
    sets = risk_sets(reversed_events(rows(SurvivalData(given.data.time, given.data.event), inside)))
    out = given.other & inside
    kept = given.kept[:, group]
    later = np.searchsorted(given.time, sets.time)  # first time of the cause at or after each end
    after, after_mean = (part[-1] - part[later] for part in (_before(hazard * kept), _before((hazard * kept)[:, None] * mean)))
    place = np.searchsorted(sets.time, given.data.time[out])
    factor = risk[out] / given.kept_own[out]
    gone = _before(sums(place, factor, len(sets.time)))[:-1]  # ended before, by another cause
    gone_x = np.stack([_before(sums(place, factor * column, len(sets.time)))[:-1] for column in given.x[out].T], axis=1)
    q = gone_x * after[:, None] - gone[:, None] * after_mean
    rate = q / sets.at_risk[:, None]
    collected = np.cumsum(rate * (sets.any_event / sets.at_risk)[:, None], axis=0)
    where = steps_before(sets.time, given.data.time[inside])
    found = np.zeros_like(given.x)
    censored = (given.data.event[inside] == 0)[:, None]
    found[inside] = censored * rate[where] - collected[where]
    return found
