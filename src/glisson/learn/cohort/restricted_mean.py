"""Restricted mean survival time: the mean time lived free of the event up to a horizon, and its difference between groups."""

from dataclasses import dataclass

import numpy as np

from glisson.errors import BadInput, OutOfScope
from glisson.learn.cohort.interval import normal_quantile
from glisson.learn.cohort.kaplan_meier import Curve


@dataclass(frozen=True)
class MeanTime:
    """An area under survival curves, or a difference of two.

    Attributes:
        time: in the unit of the follow-up.
        standard_error: of the time; ``None`` where it does not exist (nobody left at an event).
        low: of the normal interval.
        high: of the normal interval.
        horizon: up to which survival was added up.
        p: two-sided, of a difference; ``None`` for one group.
    """

    time: float
    standard_error: float | None
    low: float | None
    high: float | None
    horizon: float
    p: float | None = None


def restricted_mean(curve: Curve, *, horizon: float, confidence_fraction: float = 0.95) -> MeanTime:
    """Area under a survival curve from 0 to the horizon.

    >>> from glisson.learn.cohort.kaplan_meier import kaplan_meier
    >>> from glisson.learn.cohort.table import survival_data
    >>> restricted_mean(kaplan_meier(survival_data([1, 2, 3, 4], [1, 1, 0, 0])), horizon=4).time  # 1 + 3/4 + 1/2 × 2
    2.75

    Raises:
        BadInput: a horizon that is not above 0.
        OutOfScope: a horizon after the last follow-up, beyond which nothing is known (unless nobody survives).

    References:
        Irwin 1949; variance Σ A(t)² d/(n(n-d)) with A the area from t to the horizon: Klein and Moeschberger, 2nd ed., eq. 4.5.2.
    """
    if not horizon > 0:
        raise BadInput(f"a horizon of {horizon:g}", allowed="more than 0")
    if not len(curve.time) or (horizon > curve.time[-1] and curve.survival[-1] > 0):
        last = f"{curve.time[-1]:g}" if len(curve.time) else "none"
        raise OutOfScope(f"a horizon of {horizon:g}, after the last follow-up ({last})", do="take an earlier horizon")
    inside = curve.time < horizon
    time, survival = curve.time[inside], curve.survival[inside]
    edges = np.concatenate([[0.0], time, [horizon]])
    areas = np.concatenate([[1.0], survival]) * np.diff(edges)
    after = np.cumsum(areas[::-1])[::-1][1:]
    events, at_risk = curve.events[inside], curve.at_risk[inside]
    left = np.where(survival > 0, at_risk - events, 0.0)
    needed = (events > 0) & (after > 0)
    terms = after[needed] ** 2 * events[needed] / (at_risk[needed] * left[needed])
    exists = curve.variance == "Greenwood"
    return _mean_time(float(areas.sum()), float(np.sqrt(terms.sum())) if exists else None, horizon, confidence_fraction)


def _mean_time(time: float, error: float | None, horizon: float, confidence_fraction: float, p: float | None = None) -> MeanTime:
    if error is None:
        return MeanTime(time, None, None, None, horizon)
    z = normal_quantile(confidence_fraction)
    return MeanTime(time, error, time - z * error, time + z * error, horizon, p)


def restricted_mean_difference(first: Curve, second: Curve, *, horizon: float, confidence_fraction: float = 0.95) -> MeanTime:
    """Restricted mean of the second curve minus that of the first, two independent groups, one horizon.

    Raises:
        BadInput: a horizon that is not above 0.
        OutOfScope: a horizon after the last follow-up of either group.

    References:
        Royston and Parmar, BMC Med Res Methodol 2013;13:152.
    """
    from scipy.special import ndtr

    one, two = (restricted_mean(curve, horizon=horizon) for curve in (first, second))
    if one.standard_error is None or two.standard_error is None:
        return _mean_time(two.time - one.time, None, horizon, confidence_fraction)
    error = float(np.hypot(one.standard_error, two.standard_error))
    difference = two.time - one.time
    p = float(2 * ndtr(-abs(difference) / error)) if error > 0 else None
    return _mean_time(difference, error, horizon, confidence_fraction, p)


def common_horizon(*curves: Curve) -> float:
    """The latest horizon up to which every group was followed: the smallest of the last times."""
    return float(min(curve.time[-1] for curve in curves))
