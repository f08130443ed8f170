"""Kaplan-Meier: survival, its variance (Greenwood, or by influence where rows are weighted or clustered), its interval."""

from dataclasses import dataclass

import numpy as np

from glisson.learn.cohort.influence import clustered_variance, independent_variance
from glisson.learn.cohort.interval import DEFAULT_INTERVAL, IntervalType, probability_interval
from glisson.learn.cohort.risk_sets import risk_sets
from glisson.learn.cohort.table import Floats, SurvivalData, any_event, reversed_events, robust_wanted

NOBODY_LEFT = 1e-9
"""Share of the weight at risk below which the rest after a step is rounding, and nobody is left."""


@dataclass(frozen=True, eq=False)
class Curve:
    """A survival curve as steps: each value holds from its time until the next; before the first time survival is 1.

    Attributes:
        time: distinct ends of follow-up, ascending, shape (m,).
        at_risk: under observation just before.
        events: events at the time.
        censored: censored at the time.
        survival: after the time, 0 to 1.
        standard_error: of the survival; NaN where survival is 0.
        low: of the pointwise interval; NaN where it does not exist.
        high: of the pointwise interval.
        interval: type of the interval; print it with every interval.
        confidence_fraction: of the interval.
        variance: "Greenwood" or "infinitesimal jackknife" (robust: weights, clusters).
        rows: number of rows behind the curve.
    """

    time: Floats
    at_risk: Floats
    events: Floats
    censored: Floats
    survival: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    interval: IntervalType
    confidence_fraction: float
    variance: str
    rows: int


def kaplan_meier(
    data: SurvivalData,
    *,
    interval: IntervalType = DEFAULT_INTERVAL,
    confidence_fraction: float = 0.95,
    robust: bool | None = None,
) -> Curve:
    """Survival free of any event, with ties, late entry, weights and clusters.

    Args:
        data: the follow-up; every cause counts as the event.
        interval: "log-log" (default), "log" or "plain"; the median's interval depends on it.
        confidence_fraction: of the interval.
        robust: variance by influence instead of Greenwood's; if ``None``, where there are clusters or weights that are no counts.

    >>> from glisson.learn.cohort.table import survival_data
    >>> curve = kaplan_meier(survival_data([1, 2, 2, 3, 4], [1, 1, 0, 0, 1]))
    >>> curve.survival.round(3).tolist()  # 4/5, 4/5 × 3/4, the same, 0
    [0.8, 0.6, 0.6, 0.0]

    References:
        Kaplan and Meier, J Am Stat Assoc 1958;53:457. Greenwood's variance with counts as weights. Influence of a row i on ln S:
        -Σ (dN_i - Y_i d/n) / (n - d), whose weighted squares add up to the robust variance (Therneau and Grambsch 2000, ch. 7).
    """
    data = any_event(data)
    sets = risk_sets(data)
    events = sets.any_event
    left = _left(sets.at_risk, events)
    steps = np.divide(left, sets.at_risk, out=np.ones(len(left)), where=events > 0)
    survival: Floats = np.asarray(np.cumprod(steps), dtype=np.float64)
    by_influence = robust_wanted(data) if robust is None else robust
    variance_of_log = _variance_of_log(data, sets.time, sets.at_risk, events, left, by_influence=by_influence)
    with np.errstate(invalid="ignore"):
        error = survival * np.sqrt(variance_of_log)
    low, high = probability_interval(
        probability=survival, standard_error=error, interval=interval, confidence_fraction=confidence_fraction
    )
    words = "infinitesimal jackknife" if by_influence else "Greenwood"
    return Curve(
        sets.time,
        sets.at_risk,
        events,
        sets.censored,
        survival,
        error,
        low,
        high,
        interval,
        confidence_fraction,
        words,
        len(data),
    )


def _left(at_risk: Floats, events: Floats) -> Floats:
    """Weight that survives each time; exactly 0 where only rounding is left."""
    rest = at_risk - events
    return np.asarray(np.where(rest <= NOBODY_LEFT * at_risk, 0.0, rest))


def _variance_of_log(
    data: SurvivalData, time: Floats, at_risk: Floats, events: Floats, left: Floats, *, by_influence: bool
) -> Floats:
    """Variance of ln S after each time; infinite from where nobody is left."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(events > 0, events / (at_risk * left), 0.0)
        if not by_influence:
            return np.asarray(np.cumsum(terms))
        jump = np.where(events > 0, 1.0 / left, 0.0)
    usable = np.isfinite(terms) & (left > 0)
    first = int(np.argmax(~usable & (events > 0))) if (~usable & (events > 0)).any() else len(time)
    found = np.full(len(time), np.inf)
    by = clustered_variance if data.cluster is not None else independent_variance
    found[:first] = by(data, time=time[:first], hazard=np.cumsum(terms[:first]), jump=jump[:first])
    return found


def follow_up_curve(data: SurvivalData, *, interval: IntervalType = DEFAULT_INTERVAL, confidence_fraction: float = 0.95) -> Curve:
    """Potential follow-up: Kaplan-Meier with censoring as the event (reverse Kaplan-Meier); its median is the median follow-up.

    References:
        Schemper and Smith, Control Clin Trials 1996;17:343.
    """
    return kaplan_meier(reversed_events(data), interval=interval, confidence_fraction=confidence_fraction)
