"""Pointwise confidence intervals of a probability that changes with time."""

from typing import Literal

import numpy as np

from glisson.errors import BadInput
from glisson.learn.cohort.table import Floats

IntervalType = Literal["log-log", "log", "plain"]
INTERVALS: tuple[IntervalType, ...] = ("log-log", "log", "plain")
DEFAULT_INTERVAL: IntervalType = "log-log"


def normal_quantile(confidence_fraction: float) -> float:
    """Two-sided quantile of the standard normal distribution.

    >>> round(normal_quantile(0.95), 4)
    1.96

    Raises:
        BadInput: a confidence outside 0 to 1.
    """
    from scipy.special import ndtri

    if not 0 < confidence_fraction < 1:
        raise BadInput(f"a confidence of {confidence_fraction:g}", allowed="more than 0, less than 1")
    return float(ndtri(0.5 + confidence_fraction / 2))


def probability_interval(
    *, probability: Floats, standard_error: Floats, interval: IntervalType, confidence_fraction: float = 0.95
) -> tuple[Floats, Floats]:
    """Low and high end of each probability; NaN where the transformation is not defined (a survival of 0).

    "log-log": S^exp(±z se / (S ln S)), never outside 0 to 1; "log": S exp(±z se / S), cut at 1 as R does; "plain": S ± z se,
    cut at 0 and 1. Where the standard error is 0, as before the first event, both ends are the probability itself.

    >>> low, high = probability_interval(probability=np.array([0.5]), standard_error=np.array([0.1]), interval="log-log")
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.2952, 0.6745)

    Raises:
        BadInput: a type or a confidence that is not known.

    References:
        Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data, 2nd ed., section 1.4; Borgan and Liestøl, Scand J
        Stat 1990;17:35.
    """
    if interval not in INTERVALS:
        raise BadInput(f"interval type '{interval}'", allowed=", ".join(INTERVALS))
    z = normal_quantile(confidence_fraction)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if interval == "plain":
            low, high = probability - z * standard_error, probability + z * standard_error
        elif interval == "log":
            low, high = (probability * np.exp(sign * z * standard_error / probability) for sign in (-1, 1))
        else:
            power = z * standard_error / (probability * np.log(probability))
            low, high = probability ** np.exp(-power), probability ** np.exp(power)
            low, high = np.minimum(low, high), np.maximum(low, high)
    low, high = np.clip(low, 0.0, None), np.clip(high, None, 1.0)
    certain = standard_error == 0
    return np.where(certain, probability, low), np.where(certain, probability, high)
