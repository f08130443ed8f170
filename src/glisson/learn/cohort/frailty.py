"""Shared gamma frailty: how much centres differ, and what the covariates do inside a centre."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from glisson.case import Finding, Level
from glisson.errors import MissingFact, OutOfScope
from glisson.learn.cohort.cox import cox
from glisson.learn.cohort.cox_fit import inverse
from glisson.learn.cohort.cox_sums import Ties
from glisson.learn.cohort.frailty_fit import AtVariance, Centres, at_variance, centres_of
from glisson.learn.cohort.groups import Groups
from glisson.learn.cohort.table import Floats, SurvivalData

SMALLEST, LARGEST = 1e-4, 20.0
"""Variances of the frailty between which the maximum is looked for; below the first, centres are alike for all one could see."""
NO_GAIN = 1e-7


@dataclass(frozen=True, eq=False)
class FrailtyFit:
    """A Cox model with a gamma frailty of mean 1 for each centre.

    Attributes:
        names: of the covariates that were asked for.
        coefficient: log hazard ratios inside a centre, shape (p,); NaN where there is none.
        variance: of them, shape (p, p), at the estimated ``theta``, whose own uncertainty it leaves out.
        theta: variance of the frailty between centres; 0 where the data show none.
        theta_low: of its profile-likelihood interval.
        theta_high: of it; ``None`` where the data give no upper end.
        log_likelihood: marginal, without frailty and at the estimate.
        likelihood_ratio: of ``theta`` against 0.
        p: of it, half of a chi-square's with one degree: a variance cannot fall below 0.
        centres: names.
        rows: of each centre, shape (q,).
        events: of each centre, shape (q,).
        frailty: hazard of each centre against the mean centre, shrunken, shape (q,).
        low: of it, at the estimated ``theta``.
        high: of it.
        confidence_fraction: of the intervals.
        findings: what a reader must know.
    """

    names: tuple[str, ...]
    coefficient: Floats
    variance: Floats
    theta: float
    theta_low: float
    theta_high: float | None
    log_likelihood: tuple[float, float]
    likelihood_ratio: float
    p: float
    centres: tuple[str, ...]
    rows: Floats
    events: Floats
    frailty: Floats
    low: Floats
    high: Floats
    confidence_fraction: float
    findings: tuple[Finding, ...]


def median_hazard_ratio(theta: float) -> float:
    """Median ratio of the higher to the lower hazard of two centres drawn at random, for a gamma frailty of variance ``theta``.

    The ratio of two such frailties has an F distribution with 2/θ and 2/θ degrees; the median of it or its inverse, whichever is
    above 1, is its upper quartile.

    >>> round(median_hazard_ratio(1.0), 6), median_hazard_ratio(0.0)  # θ = 1: odds of a uniform number, upper quartile 0.75 / 0.25
    (3.0, 1.0)

    References:
        Bengtsson and Dribe, Hist Methods 2010;43:15; Austin, Wagner and Merlo, Stat Med 2017;36:928.
    """
    from scipy.stats import f

    return 1.0 if theta <= 0 else float(f.ppf(0.75, 2 / theta, 2 / theta))


def shared_frailty(
    data: SurvivalData,
    covariates: Floats,
    names: Sequence[str],
    *,
    centres: Groups,
    ties: Ties = "efron",
    confidence_fraction: float = 0.95,
) -> FrailtyFit:
    """Cox model with a gamma frailty for each centre, its variance by the profile of the marginal likelihood.

    Args:
        data: the follow-up, any event; strata and entry times count, weights and clusters must be absent.
        covariates: shape (n, p), finite; p may be 0.
        names: of the covariates.
        centres: of each row.
        ties: "efron" or "breslow".
        confidence_fraction: of the intervals.

    Raises:
        MissingFact: fewer than two centres, or no event.
        OutOfScope: rows with weights.
        BadInput: shapes that do not fit.

    References:
        Therneau and Grambsch, Modeling Survival Data 2000, chapter 9; the test of a variance at its bound: Self and Liang, J Am Stat
        Assoc 1987;82:605.
    """
    from scipy.stats import chi2

    _require(data, centres)
    plain = cox(replace(data, cluster=None), covariates, names, ties=ties)
    findings = list(plain.findings)
    kept = [at for at, place in enumerate(plain.used) if np.isfinite(plain.coefficient[place])]
    if len(kept) < len(plain.used):
        text = "covariates that separate the events are left out of the frailty model"
        findings.append(Finding(code="frailty-without-covariates", level=Level.WARNING, text=text))
        places = [plain.used[at] for at in kept]
        plain = cox(replace(data, cluster=None), covariates[:, places], [names[place] for place in places], ties=ties)
        columns = places
    else:
        columns = list(plain.used)
    number = len(centres.names)
    given = centres_of(plain.layout, centres.number, number)
    profile = _Profile(given, plain.reached)
    best = profile.best(plain.log_likelihood[1])
    theta = 0.0 if best is None else best.theta
    reached = plain.log_likelihood[1] if best is None else best.log_likelihood
    low, high = profile.interval(theta, reached, plain.log_likelihood[1], float(chi2.ppf(confidence_fraction, 1)))
    ratio = max(2 * (reached - plain.log_likelihood[1]), 0.0)
    coefficient, variance = np.full(len(names), np.nan), np.full((len(names), len(names)), np.nan)
    width = len(columns)
    coefficient[columns] = plain.reached if best is None else best.beta
    variance[np.ix_(columns, columns)] = (
        plain.model_variance[:width, :width] if best is None else inverse(best.information)[:width, :width]
    )
    findings += _said(data, best, high)
    frailty, lows, highs = _of_centres(given, best, confidence_fraction)
    return FrailtyFit(
        tuple(names), coefficient, variance, theta, low, high, (plain.log_likelihood[1], reached), ratio,
        float(chi2.sf(ratio, 1) / 2) if ratio > 0 else 1.0, centres.names,
        np.bincount(centres.number, minlength=number).astype(np.float64), given.events, frailty, lows, highs, confidence_fraction,
        tuple(dict.fromkeys(findings)),
    )  # fmt: skip


def _require(data: SurvivalData, centres: Groups) -> None:
    if data.weight is not None:
        raise OutOfScope("a frailty model of rows with weights", do="use the clustered variance, which counts weights right")
    if len(np.unique(centres.number)) < 2:
        raise MissingFact(
            "centres cannot be compared", missing=["a second centre with patients"], do="leave the centre effect out"
        )
    if not (data.event > 0).any():
        raise MissingFact("centres cannot be compared", missing=["an event"], do="wait for follow-up")


@dataclass(eq=False)
class _Profile:
    """The marginal likelihood as a function of the variance; each maximum starts from the one before."""

    given: Centres
    beta: Floats

    def __post_init__(self) -> None:
        self.omega = np.zeros(len(self.given.events))

    def at(self, theta: float) -> AtVariance:
        found = at_variance(self.given, theta, beta=self.beta, omega=self.omega)
        if found.converged:
            self.beta, self.omega = found.beta, found.omega
        return found

    def best(self, without: float) -> AtVariance | None:
        """The maximum; ``None`` where no variance is better than none."""
        from scipy.optimize import minimize_scalar

        bounds = (np.log(SMALLEST), np.log(LARGEST))
        search = minimize_scalar(
            lambda log_theta: -self.at(float(np.exp(log_theta))).log_likelihood,
            bounds=bounds,
            method="bounded",
            options={"xatol": 1e-6},
        )
        found = self.at(float(np.exp(search.x)))
        return found if found.log_likelihood > without + NO_GAIN else None

    def interval(self, theta: float, reached: float, without: float, limit: float) -> tuple[float, float | None]:
        """Variances whose likelihood lies within ``limit`` / 2 of the maximum."""
        from scipy.optimize import brentq

        def below(log_theta: float) -> float:
            return 2 * (reached - self.at(float(np.exp(log_theta))).log_likelihood) - limit

        middle = float(np.log(max(theta, SMALLEST)))
        ends = (float(np.log(SMALLEST)), float(np.log(LARGEST)))
        low = 0.0
        if 2 * (reached - without) > limit and below(ends[0]) > 0:
            low = float(np.exp(brentq(below, ends[0], middle, xtol=1e-6)))
        high = float(np.exp(brentq(below, middle, ends[1], xtol=1e-6))) if below(ends[1]) > 0 else None
        return low, high


def _of_centres(given: Centres, best: AtVariance | None, confidence: float) -> tuple[Floats, Floats, Floats]:
    """Frailty of each centre with the quantiles of its gamma posterior, shape ν + d, mean exp(ω)."""
    from scipy.stats import gamma

    if best is None:
        ones = np.ones(len(given.events))
        return ones, ones, ones
    shape = 1 / best.theta + given.events
    middle = np.exp(best.omega)
    low, high = (gamma.ppf(0.5 + sign * confidence / 2, shape, scale=middle / shape) for sign in (-1, 1))
    return middle, np.asarray(low), np.asarray(high)


def _said(data: SurvivalData, best: AtVariance | None, high: float | None) -> list[Finding]:
    findings = []
    if best is not None and not best.converged:
        text = "the frailty model did not settle: do not use its estimates"
        findings.append(Finding(code="not-converged", level=Level.WARNING, text=text))
    if high is None:
        text = "the data set no upper limit to how much centres differ: too few centres or events"
        findings.append(Finding(code="frailty-unbounded", level=Level.WARNING, text=text))
    if data.entry is not None:
        text = "late entry: the frailty of those who entered is taken as that of all; where frail patients died before entry it is less"
        findings.append(Finding(code="frailty-and-late-entry", level=Level.NOTE, text=text))
    if data.cluster is not None:
        text = "the frailty model takes the rows of a centre as independent given its frailty: rows of one patient are not"
        findings.append(Finding(code="frailty-ignores-clusters", level=Level.WARNING, text=text))
    return findings
