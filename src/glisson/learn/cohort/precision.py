"""How many patients the next study needs: events for a log-rank test, and the width of an interval of survival at one time."""

import math

from glisson.errors import BadInput
from glisson.learn.cohort.interval import normal_quantile


def _power_quantile(power_fraction: float) -> float:
    from scipy.special import ndtri

    if not 0 < power_fraction < 1:
        raise BadInput(f"a power of {power_fraction:g}", allowed="more than 0, less than 1")
    return float(ndtri(power_fraction))


def log_rank_events(
    *, hazard_ratio: float, power_fraction: float = 0.8, alpha_fraction: float = 0.05, exposed_fraction: float = 0.5
) -> int:
    """Events that a two-sided log-rank test needs to find a hazard ratio.

    >>> log_rank_events(hazard_ratio=0.5)  # (1.96 + 0.8416)² / (0.25 × ln(0.5)²) = 65.4
    66

    Raises:
        BadInput: a hazard ratio of 1 or not above 0, or a fraction outside 0 to 1.

    References:
        Schoenfeld, Biometrika 1981;68:316.
    """
    if not hazard_ratio > 0 or hazard_ratio == 1:
        raise BadInput(f"a hazard ratio of {hazard_ratio:g}", allowed="above 0 and not 1")
    if not 0 < exposed_fraction < 1:
        raise BadInput(f"an exposed fraction of {exposed_fraction:g}", allowed="more than 0, less than 1")
    z = normal_quantile(1 - alpha_fraction) + _power_quantile(power_fraction)
    return math.ceil(z**2 / (exposed_fraction * (1 - exposed_fraction) * math.log(hazard_ratio) ** 2))


def log_rank_power(*, hazard_ratio: float, events: int, alpha_fraction: float = 0.05, exposed_fraction: float = 0.5) -> float:
    """Power of a two-sided log-rank test with so many events (the far tail left out).

    >>> round(log_rank_power(hazard_ratio=0.5, events=66), 3)
    0.804

    References:
        Schoenfeld, Biometrika 1981;68:316.
    """
    from scipy.special import ndtr

    size = math.sqrt(events * exposed_fraction * (1 - exposed_fraction)) * abs(math.log(hazard_ratio))
    return float(ndtr(size - normal_quantile(1 - alpha_fraction)))


def event_fraction(*, median: float, accrual: float, follow_up: float) -> float:
    """Share who have the event by the end, exponential survival, even accrual, then further follow-up; times in one unit.

    >>> round(event_fraction(median=12, accrual=0, follow_up=12), 6)
    0.5

    Raises:
        BadInput: a median not above 0, or a negative duration.
    """
    if not median > 0 or accrual < 0 or follow_up < 0:
        raise BadInput("a median, accrual or follow-up that is no duration", allowed="a median above 0, the others 0 or more")
    rate = math.log(2) / median
    if accrual == 0:
        return -math.expm1(-rate * follow_up)
    return 1 - math.exp(-rate * follow_up) * -math.expm1(-rate * accrual) / (rate * accrual)


def survival_half_width(
    *,
    survival_fraction: float,
    time: float,
    patients: int,
    accrual: float = 0.0,
    follow_up: float,
    confidence_fraction: float = 0.95,
) -> float:
    """Expected half width of the interval of survival at a time (plain scale), exponential survival, censored by the study's end.

    Greenwood's variance in its large-sample form: S² / n ∫ λ / (1 - H(u)) du, with 1 - H the share still observed at u. Without
    censoring before ``time`` it is the binomial's.

    >>> round(survival_half_width(survival_fraction=0.5, time=12, patients=100, follow_up=12), 4)  # 1.96 √(0.25/100)
    0.098

    Raises:
        BadInput: a fraction outside 0 to 1, nobody, or a time when nobody is still followed.
    """
    from scipy.integrate import quad

    if not 0 < survival_fraction < 1 or patients < 1 or not 0 < time <= follow_up + accrual:
        raise BadInput("a survival, number or time that the study cannot have", allowed="0 to 1; 1 or more; within the follow-up")
    rate = -math.log(survival_fraction) / time

    def observed(u: float) -> float:
        return math.exp(-rate * u) * (1.0 if u <= follow_up else max((accrual + follow_up - u) / accrual, 1e-12))

    breaks = [follow_up] if 0 < follow_up < time else None
    area = quad(lambda u: rate / observed(u), 0, time, points=breaks)[0]
    return normal_quantile(confidence_fraction) * survival_fraction * math.sqrt(area / patients)


def patients_for_half_width(
    *,
    half_width: float,
    survival_fraction: float,
    time: float,
    accrual: float = 0.0,
    follow_up: float,
    confidence_fraction: float = 0.95,
) -> int:
    """Patients for an expected half width of the interval of survival at a time; see ``survival_half_width``.

    >>> patients_for_half_width(half_width=0.098, survival_fraction=0.5, time=12, follow_up=12)
    100
    """
    if not 0 < half_width < 1:
        raise BadInput(f"a half width of {half_width:g}", allowed="more than 0, less than 1")
    one = survival_half_width(
        survival_fraction=survival_fraction, time=time, patients=1, accrual=accrual, follow_up=follow_up,
        confidence_fraction=confidence_fraction,
    )  # fmt: skip
    return math.ceil((one / half_width) ** 2 - 1e-9)
