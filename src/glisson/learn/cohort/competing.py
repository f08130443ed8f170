"""Competing risks: cumulative incidence of each cause by Aalen and Johansen, with its variance and interval."""

from dataclasses import dataclass

import numpy as np

from glisson.errors import BadInput
from glisson.learn.cohort.interval import DEFAULT_INTERVAL, IntervalType, probability_interval
from glisson.learn.cohort.risk_sets import RiskSets, risk_sets, sums
from glisson.learn.cohort.table import Floats, SurvivalData, robust_wanted, weights


@dataclass(frozen=True, eq=False)
class Incidence:
    """Probability of having had one cause by each time, when the other causes can prevent it; 0 before the first time.

    Attributes:
        cause: code of the event.
        time: distinct ends of follow-up, ascending, shape (m,).
        at_risk: under observation just before, free of every cause.
        events: of this cause.
        competing: events of the other causes.
        censored: at the time.
        incidence: after the time, 0 to 1.
        standard_error: of the incidence.
        low: of the pointwise interval.
        high: of the pointwise interval.
        interval: type of the interval, on the incidence itself ("log-log" is F^exp(±z se / (F ln F))).
        confidence_fraction: of the interval.
        variance: "Greenwood type" or "infinitesimal jackknife".
        rows: number of rows behind it.
    """

    cause: int
    time: Floats
    at_risk: Floats
    events: Floats
    competing: Floats
    censored: Floats
    incidence: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    interval: IntervalType
    confidence_fraction: float
    variance: str
    rows: int


def cumulative_incidence(
    data: SurvivalData,
    *,
    cause: int = 1,
    interval: IntervalType = DEFAULT_INTERVAL,
    confidence_fraction: float = 0.95,
    robust: bool | None = None,
) -> Incidence:
    """Cumulative incidence of a cause, the other causes competing; ties, late entry, weights and clusters.

    >>> from glisson.learn.cohort.table import survival_data
    >>> found = cumulative_incidence(survival_data([1, 2, 3, 4], [1, 2, 1, 0]))
    >>> found.incidence.tolist()  # 1/4; the same; + 1/2 × 1/2
    [0.25, 0.25, 0.5, 0.5]

    Raises:
        BadInput: a cause that is no positive whole number.

    References:
        Aalen and Johansen, Scand J Stat 1978;5:141. Variance of Greenwood type: Dinse and Larson, Biometrika 1986;73:379;
        Marubini and Valsecchi 1995, section 10.2; interval: Choudhury, Stat Med 2002;21:1129.
    """
    if cause < 1 or cause != int(cause):
        raise BadInput(f"cause {cause}", allowed="1, 2, …; 0 is censored")
    sets = risk_sets(data, causes=max(int(data.event.max(initial=1)), cause))
    events, every = sets.events[:, cause - 1], sets.any_event
    survival = np.cumprod(1 - every / sets.at_risk)
    before = np.concatenate([[1.0], survival[:-1]])
    incidence: Floats = np.asarray(np.cumsum(before * events / sets.at_risk), dtype=np.float64)
    by_influence = robust_wanted(data) if robust is None else robust
    if by_influence:
        variance = _influence_variance(data, sets, cause, before)
    else:
        variance = _greenwood_type(sets.at_risk, events, every, before, incidence)
    error: Floats = np.asarray(np.sqrt(np.maximum(variance, 0.0)))
    low, high = probability_interval(
        probability=incidence, standard_error=error, interval=interval, confidence_fraction=confidence_fraction
    )
    words = "infinitesimal jackknife" if by_influence else "Greenwood type"
    return Incidence(
        cause, sets.time, sets.at_risk, events, every - events, sets.censored, incidence, error, low, high, interval,
        confidence_fraction, words, len(data),
    )  # fmt: skip


def _greenwood_type(at_risk: Floats, events: Floats, every: Floats, before: Floats, incidence: Floats) -> Floats:
    """Σ (F(t) - F(u))² d/(n(n-d)) + Σ S(u-)² d_k (n-d_k)/n³ - 2 Σ (F(t) - F(u)) S(u-) d_k/n², as running sums.

    Where all who are left have an event, F(t) - F(u) is 0 from there on, and so is its term.
    """
    left = at_risk - every
    spread = np.divide(every, at_risk * left, out=np.zeros(len(every)), where=left > 1e-9 * at_risk)
    own = before**2 * events * (at_risk - events) / at_risk**3
    cross = before * events / at_risk**2
    squares = incidence**2 * np.cumsum(spread) - 2 * incidence * np.cumsum(spread * incidence) + np.cumsum(spread * incidence**2)
    return np.asarray(squares + np.cumsum(own) - 2 * (incidence * np.cumsum(cross) - np.cumsum(cross * incidence)))


def _influence_variance(data: SurvivalData, sets: RiskSets, cause: int, before: Floats) -> Floats:
    """Σ over clusters of (Σ w U(t))², with U the derivative of the incidence by the weight of a row.

    The derivative follows the recursion F += S(u-) dN_k/n, S *= 1 - dN/n, time by time.
    """
    weight = weights(data)
    cluster = np.arange(len(data)) if data.cluster is None else data.cluster
    number = int(cluster.max(initial=-1)) + 1
    entry = np.full(len(data), -1.0) if data.entry is None else data.entry
    of_survival, of_incidence = np.zeros(len(data)), np.zeros(len(data))
    found = np.empty(len(sets.time))
    for step, now in enumerate(sets.time):
        total = sets.at_risk[step]
        watched = (entry < now) & (data.time >= now)
        hazard, hazard_any = sets.events[step, cause - 1] / total, sets.events[step].sum() / total
        ended = data.time == now
        change = ((ended & (data.event == cause)) - watched * hazard) / total
        change_any = ((ended & (data.event > 0)) - watched * hazard_any) / total
        of_incidence = of_incidence + of_survival * hazard + before[step] * change
        of_survival = of_survival * (1 - hazard_any) - before[step] * change_any
        found[step] = (sums(cluster, weight * of_incidence, number) ** 2).sum()
    return found
