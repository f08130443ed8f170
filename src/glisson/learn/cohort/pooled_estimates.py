"""Rubin's rules: one estimate from several completed tables, with what the gaps cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glisson.errors import BadInput
from glisson.learn.cohort.table import Floats


@dataclass(frozen=True)
class Pooled:
    """One estimate pooled over imputations; ``None`` where it cannot be said.

    Attributes:
        name: of the estimate.
        estimate: mean over the imputations.
        standard_error: of it.
        within: mean variance inside a completed table.
        between: variance of the estimate between tables.
        degrees: of freedom of its t distribution, after Barnard and Rubin.
        missing_information_fraction: share of the information that the gaps cost.
        variance_increase: relative increase of the variance by the gaps, (1 + 1/m) B / W.
        monte_carlo_error: standard error of the estimate that comes from the number of imputations alone.
        low: of the interval.
        high: of the interval.
        p: two-sided, of no effect.
        imputations: tables behind it.
    """

    name: str
    estimate: float
    standard_error: float
    within: float
    between: float
    degrees: float
    missing_information_fraction: float
    variance_increase: float
    monte_carlo_error: float
    low: float
    high: float
    p: float
    imputations: int


def pool(
    estimates: Sequence[float] | Floats,
    variances: Sequence[float] | Floats,
    *,
    name: str = "",
    complete_degrees: float | None = None,
    confidence_fraction: float = 0.95,
) -> Pooled:
    """One estimate over m completed tables.

    Args:
        estimates: shape (m,).
        variances: of each, shape (m,).
        name: of the estimate.
        complete_degrees: of freedom that a table without gaps would have; ``None``: without limit.
        confidence_fraction: of the interval.

    >>> found = pool([1.0, 2.0, 3.0], [1.0, 1.0, 1.0])
    >>> found.estimate, round(found.standard_error**2, 4), round(found.degrees, 3)  # 1 + 4/3; (3 - 1) (1 + 3/4)²
    (2.0, 2.3333, 6.125)

    Raises:
        BadInput: fewer than two imputations, values that are not finite, a variance not above 0.

    References:
        Rubin 1987, sections 3.1 and 3.3; Barnard and Rubin, Biometrika 1999;86:948; share of missing information and Monte Carlo error:
        White, Royston and Wood, Stat Med 2011;30:377.
    """
    from scipy.stats import t as student

    q, u = np.asarray(estimates, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    number = len(q)
    if number < 2 or q.shape != u.shape:
        raise BadInput(f"{number} estimates and {len(u)} variances", allowed="2 or more of each")
    if not (np.isfinite(q) & np.isfinite(u) & (u > 0)).all():
        raise BadInput("an imputation without an estimate, or a variance that is not above 0")
    if complete_degrees is not None and not complete_degrees > 0:
        raise BadInput(f"{complete_degrees:g} degrees of freedom in the complete data", allowed="more than 0")
    if not 0 < confidence_fraction < 1:
        raise BadInput(f"a confidence of {confidence_fraction:g}", allowed="more than 0, less than 1")
    middle, within, between = float(q.mean()), float(u.mean()), float(q.var(ddof=1))
    added = (1 + 1 / number) * between
    total = within + added
    degrees = barnard_rubin(gap_fraction=added / total, imputations=number, complete_degrees=complete_degrees)
    increase = added / within
    lost = (increase + 2 / (degrees + 3)) / (1 + increase) if increase > 0 else 0.0
    error = float(np.sqrt(total))
    reach = float(student.ppf(0.5 + confidence_fraction / 2, degrees)) * error
    p = float(2 * student.sf(abs(middle) / error, degrees))
    return Pooled(
        name, middle, error, within, between, degrees, lost, increase, float(np.sqrt(between / number)),
        middle - reach, middle + reach, p, number,
    )  # fmt: skip


def barnard_rubin(*, gap_fraction: float, imputations: int, complete_degrees: float | None) -> float:
    """Degrees of freedom of a pooled estimate; ``gap_fraction`` is (1 + 1/m) B / T.

    >>> round(barnard_rubin(gap_fraction=0.5, imputations=5, complete_degrees=10), 4)  # 16 and 4.2308: their harmonic sum
    3.346

    References:
        Barnard and Rubin, Biometrika 1999;86:948, equation 3.
    """
    share = max(gap_fraction, 1e-10)
    old = (imputations - 1) / share**2
    if complete_degrees is None or not np.isfinite(complete_degrees):
        return old
    seen = (complete_degrees + 1) / (complete_degrees + 3) * complete_degrees * (1 - share)
    return old * seen / (old + seen)


@dataclass(frozen=True)
class JointTest:
    """Test that several pooled coefficients are all 0 (a covariate of several levels).

    Attributes:
        statistic: F.
        degrees: numerator and denominator.
        p: of no effect.
        variance_increase: average relative increase of the variance by the gaps.
    """

    statistic: float
    degrees: tuple[int, float]
    p: float
    variance_increase: float


def pooled_test(estimates: Floats, variances: Floats) -> JointTest:
    """Wald test of k coefficients over m completed tables.

    Args:
        estimates: shape (m, k).
        variances: shape (m, k, k).

    Raises:
        BadInput: fewer than two imputations, values that are not finite, or variances that have no inverse.

    References:
        Li, Raghunathan and Rubin, J Am Stat Assoc 1991;86:1065.
    """
    from scipy.stats import f as fisher

    number, size = estimates.shape
    if number < 2 or not (np.isfinite(estimates).all() and np.isfinite(variances).all()):
        raise BadInput("fewer than two imputations with estimates of every coefficient")
    middle, within = estimates.mean(axis=0), variances.mean(axis=0)
    between = np.atleast_2d(np.cov(estimates, rowvar=False))
    try:
        inverse = np.linalg.inv(within)
    except np.linalg.LinAlgError:
        raise BadInput("coefficients whose variance has no inverse", do="test fewer of them together") from None
    increase = float((1 + 1 / number) * np.trace(between @ inverse) / size)
    statistic = float(middle @ inverse @ middle / (size * (1 + increase)))
    t = size * (number - 1)
    ratio = max(increase, 1e-10)
    bottom = 4 + (t - 4) * (1 + (1 - 2 / t) / ratio) ** 2 if t > 4 else t * (1 + 1 / size) * (1 + 1 / ratio) ** 2 / 2
    return JointTest(statistic, (size, bottom), float(fisher.sf(statistic, size, bottom)), increase)


def pooled_ratio(found: Pooled) -> dict[str, Any]:
    """A pooled log ratio as ``models.ratio`` gives one, with what the gaps cost."""
    ends = (np.exp(np.clip(end, -700.0, 700.0)) for end in (found.estimate, found.low, found.high))
    middle, low, high = (float(end) for end in ends)
    return {
        "ratio": middle, "low": low, "high": high, "p": found.p, "coefficient": found.estimate, "standard_error": found.standard_error,
        "degrees": found.degrees, "missing_information_fraction": found.missing_information_fraction,
        "monte_carlo_error": found.monte_carlo_error,
    }  # fmt: skip
