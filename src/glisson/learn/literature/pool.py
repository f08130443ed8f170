"""Studies pooled, with or without moderators: the mean, how sure it is, how much studies differ, and where the next may lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from glisson.errors import BadInput, OutOfScope
from glisson.learn.literature.between import WORDS, Method, q_profile, tau_squared, typical_variance, weighted
from glisson.learn.literature.effects import Effects, Floats

Test = Literal["normal", "Hartung-Knapp", "Hartung-Knapp, never narrower"]
TESTS: tuple[Test, ...] = ("normal", "Hartung-Knapp", "Hartung-Knapp, never narrower")


@dataclass(frozen=True, eq=False)
class Heterogeneity:
    """How much studies differ beyond chance.

    Attributes:
        q, q_free, q_p: Cochran's Q about the fixed-effect fit, degrees of freedom, p; NaN p where nothing is free.
        tau2: variance between studies; ``tau2_error`` its standard error where the method gives one.
        tau2_interval, i2_interval, h2_interval: by the Q-profile; ``None`` for the fixed effect and where nothing is free.
        i2_fraction: share of the variability that is between studies, 0 to 1.
        h2: variability over what sampling alone would give.
        r2_fraction: share of tau² that the moderators explain; ``None`` without moderators.
    """

    q: float
    q_free: int
    q_p: float
    tau2: float
    tau2_error: float | None
    tau2_interval: tuple[float, float] | None
    i2_fraction: float
    i2_interval: tuple[float, float] | None
    h2: float
    h2_interval: tuple[float, float] | None
    r2_fraction: float | None


@dataclass(frozen=True, eq=False)
class Pooled:
    """A meta-analysis. Arrays run over coefficients: the mean alone, or intercept and moderators.

    Attributes:
        effects: what was pooled.
        names: of the coefficients; "mean" or "intercept" first.
        method: of tau²; ``test`` of the coefficients.
        estimate, standard_error, statistic, p_value, low, high: on the scale of the effects.
        covariance: of the coefficients.
        free: degrees of freedom of the tests; ``None`` for the normal distribution.
        moderators_statistic, moderators_p: of all moderators together (chi² or F); ``None`` without.
        heterogeneity: how much studies differ.
        weight_fraction: of each study, sums to 1.
        confidence_fraction: of every interval.
        design: shape (k, p).
    """

    effects: Effects
    names: tuple[str, ...]
    method: Method
    test: Test
    estimate: Floats
    standard_error: Floats
    statistic: Floats
    p_value: Floats
    low: Floats
    high: Floats
    covariance: Floats
    free: int | None
    moderators_statistic: float | None
    moderators_p: float | None
    heterogeneity: Heterogeneity
    weight_fraction: Floats
    confidence_fraction: float
    design: Floats

    @property
    def words(self) -> str:
        """The method as a report prints it."""
        return WORDS[self.method] + ("" if self.test == "normal" else f"; {self.test} interval")


def pool(
    effects: Effects,
    *,
    method: Method = "REML",
    test: Test = "normal",
    moderators: Mapping[str, Sequence[float]] | None = None,
    confidence_fraction: float = 0.95,
) -> Pooled:
    """Inverse-variance meta-analysis, or meta-regression where there are moderators.

    Args:
        effects: estimates and variances.
        method: "fixed", "DL", "REML", "ML" or "PM".
        test: "normal"; "Hartung-Knapp" (t, variance by the weighted residuals); the same "never narrower" than the normal one.
        moderators: columns by name, one value per study.
        confidence_fraction: of intervals.

    >>> from glisson.learn.literature.effects import effects
    >>> found = pool(effects([1.0, 3.0], [1.0, 1.0]), method="fixed")
    >>> float(found.estimate[0]), round(float(found.standard_error[0]) ** 2, 12), found.heterogeneity.q
    (2.0, 0.5, 2.0)

    Raises:
        BadInput: an unknown method or test, or a moderator of another length or with a missing value.
        OutOfScope: no more studies than coefficients where something must be estimated from their differences, or moderators that say
            the same.

    References:
        Hartung and Knapp, Stat Med 2001;20:3875; Knapp and Hartung, Stat Med 2003;22:2693 (with moderators). Röver, Knapp and Friede,
        BMC Med Res Methodol 2015;15:99 (never narrower). Higgins and Thompson, Stat Med 2002;21:1539 (I², H²).
    """
    if test not in TESTS:
        raise BadInput(f"test '{test}'", allowed=", ".join(TESTS))
    names, x = _design(effects, moderators)
    k, p = x.shape
    if k < p or (k == p and (method != "fixed" or test != "normal")):
        raise OutOfScope(
            f"{k} studies and {p} coefficients", do="pool more studies, or use the fixed effect with fewer moderators"
        )
    y, v = effects.estimate, effects.variance
    tau2, tau2_error = tau_squared(y, v, x, method)
    fit = weighted(y, v, x, tau2)
    covariance = fit.covariance * _scaling(fit.q, k - p, test)
    error = np.sqrt(np.diag(covariance))
    free = None if test == "normal" else k - p
    p_value, crit = _tests(fit.coefficient / error, free, confidence_fraction)
    moderators_statistic, moderators_p = _together(fit.coefficient, covariance, free)
    return Pooled(
        effects, names, method, test, fit.coefficient, error, fit.coefficient / error, p_value, fit.coefficient - crit * error,
        fit.coefficient + crit * error, covariance, free, moderators_statistic, moderators_p,
        _heterogeneity(
            effects, x, method=method, tau2=tau2, tau2_error=tau2_error, confidence_fraction=confidence_fraction
        ), fit.weight / fit.weight.sum(), confidence_fraction, x,
    )  # fmt: skip


def prediction_interval(pooled: Pooled, *, free: Literal["k - 2", "as the test"] = "k - 2") -> tuple[float, float] | None:
    """Where the true effect of a new study may lie, on the scale of the effects; ``None`` where too few studies or a fixed effect.

    "k - 2": t with k - 2 degrees of freedom (Higgins, Thompson and Spiegelhalter); "as the test": the distribution of the test.

    Raises:
        OutOfScope: with moderators the mean depends on them.

    References:
        Higgins, Thompson and Spiegelhalter, J R Stat Soc A 2009;172:137.
    """
    k, p = pooled.design.shape
    if p > 1:
        raise OutOfScope("a prediction interval without values of the moderators")
    if pooled.method == "fixed" or (free == "k - 2" and k < 3):
        return None
    _, crit = _tests(pooled.statistic, k - 2 if free == "k - 2" else pooled.free, pooled.confidence_fraction)
    half = crit * float(np.sqrt(pooled.covariance[0, 0] + pooled.heterogeneity.tau2))
    return float(pooled.estimate[0]) - half, float(pooled.estimate[0]) + half


def _design(effects: Effects, moderators: Mapping[str, Sequence[float]] | None) -> tuple[tuple[str, ...], Floats]:
    if not moderators:
        return ("mean",), np.ones((len(effects), 1))
    columns = [np.ones(len(effects))]
    for name, values in moderators.items():
        column = np.asarray(values, dtype=np.float64)
        if column.shape != (len(effects),) or not np.isfinite(column).all():
            raise BadInput(f"moderator '{name}' has not one number for each of {len(effects)} studies")
        columns.append(column)
    x = np.column_stack(columns)
    if np.linalg.matrix_rank(x) < min(x.shape):
        raise OutOfScope("moderators that say the same, or are constant", do="leave one of them out")
    return ("intercept", *moderators), x


def _scaling(q: float, free: int, test: Test) -> float:
    if test == "normal":
        return 1.0
    return q / free if test == "Hartung-Knapp" else max(1.0, q / free)


def _tests(statistic: Floats, free: int | None, confidence_fraction: float) -> tuple[Floats, float]:
    """Two-sided p values and the quantile of the interval."""
    from scipy.stats import norm, t

    if not 0 < confidence_fraction < 1:
        raise BadInput(f"a confidence of {confidence_fraction:g}", allowed="more than 0, less than 1")
    shape = norm() if free is None else t(free)
    return np.asarray(2 * shape.sf(np.abs(statistic))), float(shape.ppf(0.5 + confidence_fraction / 2))


def _together(coefficient: Floats, covariance: Floats, free: int | None) -> tuple[float | None, float | None]:
    from scipy.stats import chi2, f

    m = len(coefficient) - 1
    if not m:
        return None, None
    statistic = float(coefficient[1:] @ np.linalg.solve(covariance[1:, 1:], coefficient[1:]))
    if free is None:
        return statistic, float(chi2.sf(statistic, m))
    return statistic / m, float(f.sf(statistic / m, m, free))


def _heterogeneity(
    effects: Effects, x: Floats, *, method: Method, tau2: float, tau2_error: float | None, confidence_fraction: float
) -> Heterogeneity:
    from scipy.stats import chi2

    y, v = effects.estimate, effects.variance
    free = x.shape[0] - x.shape[1]
    q = weighted(y, v, x, 0.0).q
    if free == 0:
        return Heterogeneity(q, 0, float("nan"), tau2, tau2_error, None, 0.0, None, 1.0, None, None)
    p = float(chi2.sf(q, free))
    if method == "fixed":
        i2, h2 = (max(0.0, 1 - free / q) if q > 0 else 0.0), q / free
        return Heterogeneity(q, free, p, 0.0, None, None, i2, None, h2, None, None)
    typical = typical_variance(v, x)
    low, high = q_profile(y, v, x, confidence_fraction=confidence_fraction)
    explained = None
    if x.shape[1] > 1:
        alone = tau_squared(y, v, np.ones((len(y), 1)), method)[0]
        explained = max(0.0, 1 - tau2 / alone) if alone > 0 else None
    return Heterogeneity(
        q, free, p, tau2, tau2_error, (low, high), tau2 / (tau2 + typical), (low / (low + typical), high / (high + typical)),
        tau2 / typical + 1, (low / typical + 1, high / typical + 1), explained,
    )  # fmt: skip
