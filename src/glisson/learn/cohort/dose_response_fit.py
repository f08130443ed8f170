"""Logistic dose-response: D50, the slope gamma50, and intervals that say when the data do not bound them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from glisson.errors import BadInput, OutOfScope
from glisson.learn.cohort.multinomial import MultinomialFit, multinomial
from glisson.learn.cohort.table import Booleans, Floats, Integers

FARTHEST = 14.0
"""How far, in logs of dose, an end of the interval of D50 is looked for: a factor of a million."""


@dataclass(frozen=True)
class Ends:
    """An interval; ``None`` where the data do not bound it."""

    low: float | None
    high: float | None


@dataclass(frozen=True, eq=False)
class DoseResponseFit:
    """p = 1 / (1 + (D50/D)^(4 γ50)), fitted; doses are taken relative to their geometric mean inside.

    Attributes:
        middle_Gy: geometric mean of the doses.
        intercept: log odds at ``middle_Gy``.
        slope: of the log odds by ln dose: 4 γ50.
        variance: of both, by the model, shape (2, 2).
        robust: of both, by patient; ``None`` where every patient has one tumour.
        patients: number of them.
        log_likelihood: with the same probability for all, and at the estimate.
        confidence_fraction: of the intervals.
        d50_profile: of D50 in Gy by the profile likelihood, tumours as if independent.
        gamma50_profile: of γ50.
        d50_robust: of D50 in Gy by Fieller's method with the variance by patient.
        gamma50_robust: of γ50.
    """

    middle_Gy: float
    intercept: float
    slope: float
    variance: Floats
    robust: Floats | None
    patients: int
    log_likelihood: tuple[float, float]
    confidence_fraction: float
    d50_profile: Ends
    gamma50_profile: Ends
    d50_robust: Ends | None
    gamma50_robust: Ends | None

    @property
    def d50_Gy(self) -> float | None:
        """Dose of half probability; ``None`` where the probability does not rise with the dose, or it cannot be a dose."""
        if self.slope <= 0 or abs(self.intercept) > 50 * self.slope:
            return None
        return float(self.middle_Gy * np.exp(-self.intercept / self.slope))

    @property
    def gamma50(self) -> float:
        """Slope d(probability) / d ln(dose) at D50."""
        return self.slope / 4

    def reach(self) -> float:
        """Quantile of the intervals: normal, or Student's with patients - 1 degrees where the variance is by patient."""
        from scipy.special import ndtri
        from scipy.stats import t as student

        tail = 0.5 + self.confidence_fraction / 2
        return float(ndtri(tail) if self.robust is None else student.ppf(tail, self.patients - 1))


def fit_dose_response(
    dose_Gy: Floats, response: Booleans, *, patient: Integers | None = None, confidence_fraction: float = 0.95
) -> DoseResponseFit:
    """Maximum-likelihood fit of a logistic curve in the log of the dose.

    Args:
        dose_Gy: absorbed dose of each tumour, above 0, shape (n,).
        response: whether it responded, shape (n,).
        patient: whose tumour it is; ``None``: each of another.
        confidence_fraction: of the intervals.

    >>> fit = fit_dose_response(np.repeat([50.0, 200.0], 4), np.array([1, 0, 0, 0, 1, 1, 1, 0], dtype=bool))
    >>> round(fit.d50_Gy, 6), round(fit.gamma50, 4)  # odds 1/3 at 50 Gy and 3 at 200 Gy: 100 Gy, 2 ln 3 / (4 ln 4)
    (100.0, 0.3962)

    Raises:
        BadInput: doses or responses that cannot be.
        OutOfScope: the data hold no information on a curve: one answer, one dose, or doses that separate the answers.

    References:
        Form: Gay and Niemierko, Phys Med 2007;23:115; profile likelihood: Venzon and Moolgavkar, Appl Stat 1988;37:87; variance by
        patient: Liang and Zeger, Biometrika 1986;73:13, with the factor G / (G - 1); D50: Fieller, J R Stat Soc B 1954;16:175.
    """
    _require(dose_Gy, response, patient, confidence_fraction)
    middle = float(np.exp(np.log(dose_Gy).mean()))
    line = np.log(dose_Gy / middle)
    fit = multinomial(np.column_stack([np.ones(len(line)), line]), response.astype(np.int64))
    if not fit.bounded or _separated(line, response):
        raise OutOfScope(
            "doses that separate those who responded from those who did not: every steep curve between them fits",
            do="say so; a curve needs responders and non-responders at overlapping doses",
        )
    intercept, slope = (float(value) for value in fit.coefficient[0])
    share = response.mean()
    none = float(len(line) * (share * np.log(share) + (1 - share) * np.log(1 - share)))
    limit = _limit(confidence_fraction)
    gamma = _gamma_profile(line, response, slope, fit, limit)
    d50 = (
        _d50_profile(line, response, -intercept / slope, fit.log_likelihood, limit)
        if _bounded(slope, none, fit, limit)
        else Ends(None, None)
    )
    number = len(line) if patient is None else len(np.unique(patient))
    robust = None if patient is None or number == len(line) else _by_patient(fit, patient)
    found = DoseResponseFit(
        middle, intercept, slope, fit.variance, robust, number, (none, fit.log_likelihood), confidence_fraction,
        _scaled(d50, middle), gamma, None, None,
    )  # fmt: skip
    if robust is None:
        return found
    reach = found.reach()
    error = reach * float(np.sqrt(robust[1, 1]))
    ends = _fieller(intercept, slope, robust, reach)
    return DoseResponseFit(
        middle, intercept, slope, fit.variance, robust, number, found.log_likelihood, confidence_fraction, found.d50_profile, gamma,
        _scaled(ends, middle), Ends((slope - error) / 4, (slope + error) / 4),
    )  # fmt: skip


def _require(dose_Gy: Floats, response: Booleans, patient: Integers | None, confidence_fraction: float) -> None:
    if len(dose_Gy) != len(response) or (patient is not None and len(patient) != len(dose_Gy)):
        raise BadInput(f"{len(dose_Gy)} doses for {len(response)} responses", do="give one of each for every tumour")
    if not (np.isfinite(dose_Gy) & (dose_Gy > 0)).all():
        raise BadInput("a dose that is missing or not above 0 Gy", do="set tumours without a dose aside and say how many")
    if not 0 < confidence_fraction < 1:
        raise BadInput(f"a confidence of {confidence_fraction:g}", allowed="more than 0, less than 1")
    if not len(response) or response.all() or not response.any():
        what = (
            "no tumour"
            if not len(response)
            else f"all {len(response)} tumours " + ("responded" if response.all() else "did not respond")
        )
        raise OutOfScope(f"{what}: there is no curve to fit", do="say so; a curve needs both answers")
    if np.ptp(dose_Gy) <= 1e-9 * dose_Gy.max():
        raise OutOfScope("one dose for all tumours: there is no curve to fit", do="say so; a curve needs different doses")
    if patient is not None and len(np.unique(patient)) < 2:
        raise OutOfScope("tumours of one patient: nothing is known of others", do="say so; a curve needs several patients")


def _separated(line: Floats, response: Booleans) -> bool:
    """Whether a threshold has all responders on one side, doses at the threshold itself apart."""
    yes, no = line[response], line[~response]
    return bool(yes.min() >= no.max() or no.min() >= yes.max())


def _limit(confidence_fraction: float) -> float:
    from scipy.stats import chi2

    return float(chi2.ppf(confidence_fraction, 1))


def _bounded(slope: float, none: float, fit: MultinomialFit, limit: float) -> bool:
    """Whether the profile of D50 leaves the interval on both sides: only where the slope is clear of 0."""
    return slope > 0 and 2 * (fit.log_likelihood - none) > limit


def _likelihood(logit: Floats, response: Booleans) -> float:
    return float(-np.logaddexp(0.0, np.where(response, -logit, logit)).sum())


def _gamma_profile(line: Floats, response: Booleans, slope: float, fit: MultinomialFit, limit: float) -> Ends:
    from scipy.optimize import brentq
    from scipy.special import expit

    def beyond(asked: float) -> float:
        far = 50 + abs(asked) * float(np.abs(line).max())
        level = brentq(lambda at: float(expit(at + asked * line).sum() - response.sum()), -far, far, xtol=1e-13)
        return 2 * (fit.log_likelihood - _likelihood(level + asked * line, response)) - limit

    width = float(np.sqrt(fit.variance[1, 1]))
    low, high = (_crossing(beyond, slope, way * width, 60) for way in (-1, 1))
    return Ends(None if low is None else low / 4, None if high is None else high / 4)


def _d50_profile(line: Floats, response: Booleans, best: float, reached: float, limit: float) -> Ends:
    def beyond(at: float) -> float:
        fit = multinomial((line - at)[:, None], response.astype(np.int64))
        return 2 * (reached - fit.log_likelihood) - limit

    steps = int(FARTHEST / 0.25)
    return Ends(_crossing(beyond, best, -0.25, steps), _crossing(beyond, best, 0.25, steps))


def _crossing(beyond: Callable[[float], float], start: float, step: float, most: int) -> float | None:
    """First point from ``start`` in steps where ``beyond`` becomes positive, refined; ``None`` if it never does."""
    from scipy.optimize import brentq

    for number in range(1, most + 1):
        if beyond(start + number * step) > 0:
            return float(brentq(beyond, start + (number - 1) * step, start + number * step, xtol=1e-12))
    return None


def _by_patient(fit: MultinomialFit, patient: Integers) -> Floats:
    """Sandwich of the scores added up by patient, with the factor G / (G - 1)."""
    place = np.unique(patient, return_inverse=True)[1]
    number = int(place.max()) + 1
    score = np.column_stack([np.bincount(place, column, number) for column in fit.scores.T])
    return np.asarray(number / (number - 1) * fit.variance @ (score.T @ score) @ fit.variance)


def _fieller(intercept: float, slope: float, variance: Floats, reach: float) -> Ends:
    """Log doses at which a logit of 0 is not refused; unbounded unless the slope is clear of 0."""
    a = slope**2 - reach**2 * variance[1, 1]
    b = 2 * (intercept * slope - reach**2 * variance[0, 1])
    c = intercept**2 - reach**2 * variance[0, 0]
    inside = b**2 - 4 * a * c
    if slope <= 0 or a <= 0 or inside < 0:
        return Ends(None, None)
    return Ends(float((-b - np.sqrt(inside)) / (2 * a)), float((-b + np.sqrt(inside)) / (2 * a)))


def _scaled(ends: Ends, middle: float) -> Ends:
    """Ends in logs as doses in Gy; farther than any dose is no end."""
    low, high = (None if end is None or abs(end) > 2 * FARTHEST else float(middle * np.exp(end)) for end in (ends.low, ends.high))
    return Ends(low, high)
