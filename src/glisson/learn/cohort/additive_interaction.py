"""Interaction of two exposures on the additive scale: RERI, attributable proportion and synergy index from log ratios."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glisson.errors import BadInput
from glisson.learn.cohort.interval import normal_quantile
from glisson.learn.cohort.table import Floats

LARGEST = 150.0
"""Log ratios that add up to more than this are no estimates."""


@dataclass(frozen=True)
class Measure:
    """An estimate with its interval; ``None`` throughout where it cannot be said, with the reason.

    Attributes:
        value: of the measure.
        low: of the interval.
        high: of the interval.
        p: two-sided, that there is no interaction.
        cannot_say: why there is none.
    """

    value: float | None
    low: float | None
    high: float | None
    p: float | None
    cannot_say: str | None = None


@dataclass(frozen=True)
class AdditiveInteraction:
    """Departure of two exposures from adding up.

    Attributes:
        reri: relative excess risk due to interaction; 0 where both effects add up.
        attributable: share of the hazard under both that is due to their interaction (AP); 0 where they add up.
        synergy: excess under both over the sum of the single excesses (S); 1 where they add up.
        reading: "more than the sum", "less than the sum", or "cannot say", from the interval of the RERI.
        confidence_fraction: of the intervals.
    """

    reri: Measure
    attributable: Measure
    synergy: Measure
    reading: str
    confidence_fraction: float


def additive_interaction(*, coefficient: Floats, variance: Floats, confidence_fraction: float = 0.95) -> AdditiveInteraction:
    """Additive interaction from the log ratios of A alone, B alone and of their product, with delta-method intervals.

    With hazard ratios HR10, HR01, HR11 against neither: RERI = HR11 - HR10 - HR01 + 1; AP = RERI / HR11;
    S = (HR11 - 1) / (HR10 + HR01 - 2), its interval on the log scale, and only where both excesses are above 0.

    Args:
        coefficient: log ratios of A, B and A × B, shape (3,).
        variance: their covariance, shape (3, 3).
        confidence_fraction: of the intervals.

    >>> found = additive_interaction(coefficient=np.log([2.0, 3.0, 1.0]), variance=np.eye(3) / 100)
    >>> round(found.reri.value, 6), round(found.attributable.value, 6), round(found.synergy.value, 6)  # 6 - 2 - 3 + 1; 2/6; 5/3
    (2.0, 0.333333, 1.666667)

    Raises:
        BadInput: shapes that do not fit, or values that are not finite.

    References:
        Hosmer and Lemeshow, Epidemiology 1992;3:452; for hazard ratios Li and Chambless, Ann Epidemiol 2007;17:227; Rothman,
        Modern Epidemiology, 1986, chapter 15.
    """
    coefficient, variance = np.asarray(coefficient, dtype=np.float64), np.asarray(variance, dtype=np.float64)
    if coefficient.shape != (3,) or variance.shape != (3, 3):
        raise BadInput(f"{coefficient.shape} log ratios with a variance of shape {variance.shape}", allowed="(3,) and (3, 3)")
    if not (np.isfinite(variance).all() and np.isfinite(coefficient).all() and abs(coefficient).sum() < LARGEST):
        raise BadInput("log ratios or a variance that are not finite")
    r10, r01, r11 = np.exp(np.append(coefficient[:2], coefficient.sum())).tolist()
    z = normal_quantile(confidence_fraction)
    excess = r11 - r10 - r01 + 1
    by_reri = np.array([r11 - r10, r11 - r01, r11])
    reri = _measure(excess, by_reri, variance, z)
    attributable = _measure(excess / r11, by_reri / r11 - excess / r11, variance, z)
    return AdditiveInteraction(reri, attributable, _synergy((r10, r01, r11), variance, z), _reading(reri), confidence_fraction)


def _error(gradient: Floats, variance: Floats) -> float:
    """Standard error by the delta method."""
    return math.sqrt(max(float(gradient @ variance @ gradient), 0.0))


def _measure(value: float, gradient: Floats, variance: Floats, z: float) -> Measure:
    from scipy.special import ndtr

    error = _error(gradient, variance)
    if not error > 0:
        return Measure(value, None, None, None, "its variance is 0")
    return Measure(value, value - z * error, value + z * error, float(2 * ndtr(-abs(value) / error)))


def _synergy(ratios: tuple[float, float, float], variance: Floats, z: float) -> Measure:
    from scipy.special import ndtr

    r10, r01, r11 = ratios
    alone, both = r10 + r01 - 2, r11 - 1
    if not (alone > 0 and both > 0):
        why = "the synergy index needs an excess under both and a sum of single excesses above 0; recode what protects"
        return Measure(None, None, None, None, why)
    value = both / alone
    gradient = np.array([r11 / both - r10 / alone, r11 / both - r01 / alone, r11 / both])
    error = _error(gradient, variance)
    if not 0 < z * error < 2 * LARGEST:
        return Measure(value, None, None, None, "its variance gives no interval")
    ends = [float(value * np.exp(sign * z * error)) for sign in (-1, 1)]
    return Measure(value, ends[0], ends[1], float(2 * ndtr(-abs(np.log(value)) / error)))


def _reading(reri: Measure) -> str:
    if reri.low is not None and reri.low > 0:
        return "more than the sum"
    if reri.high is not None and reri.high < 0:
        return "less than the sum"
    return "cannot say"


def recoded(*, coefficient: Floats, variance: Floats, turned: Sequence[bool]) -> tuple[Floats, Floats]:
    """Log ratios and their covariance once an exposure's yes and no are exchanged.

    Args:
        coefficient: log ratios of A, B and A × B, shape (3,).
        variance: shape (3, 3).
        turned: whether A, and whether B, is exchanged.

    >>> recoded(coefficient=np.array([1.0, 2.0, 0.5]), variance=np.eye(3), turned=(True, False))[0].tolist()
    [-1.0, 2.5, -0.5]

    References:
        Knol, VanderWeele, Groenwold et al., Eur J Epidemiol 2011;26:433: the group of lowest risk is the reference.
    """
    change = np.eye(3)
    if turned[0]:
        change = np.array([[-1.0, 0, 0], [0, 1, 1], [0, 0, -1]]) @ change
    if turned[1]:
        change = np.array([[1.0, 0, 1], [0, -1, 0], [0, 0, -1]]) @ change
    return change @ np.asarray(coefficient), change @ np.asarray(variance) @ change.T
