"""Logistic regression of yes or no, and what the data cannot tell: a covariate that separates the two has no estimate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.learn.cohort.cox_fit import Maximum, inverse, maximise
from glisson.learn.cohort.cox_sums import Sums
from glisson.learn.cohort.model_checks import checked_columns
from glisson.learn.cohort.table import Booleans, Floats


@dataclass(frozen=True, eq=False)
class LogisticFit:
    """A fitted logistic model, or why there is none.

    Attributes:
        names: covariates in the model; those left out are named in ``findings``.
        coefficient: log odds ratios of ``names``, shape (p,); empty where there is no estimate.
        intercept: log odds with every covariate at 0; ``None`` where there is no estimate.
        variance: inverse information, intercept first, shape (p + 1, p + 1); empty where there is no estimate.
        fraction: fitted probability of yes, shape (n,); ``None`` where there is no estimate.
        log_likelihood: at the estimate.
        cannot_say: why there is no estimate.
        findings: what a reader must know.
    """

    names: tuple[str, ...]
    coefficient: Floats
    intercept: float | None
    variance: Floats
    fraction: Floats | None
    log_likelihood: float | None
    cannot_say: str | None
    findings: tuple[Finding, ...]


def logistic(outcome: Booleans, covariates: Floats, names: Sequence[str]) -> LogisticFit:
    """Logistic regression by maximum likelihood (Newton's method).

    Args:
        outcome: yes or no, shape (n,).
        covariates: shape (n, p), finite.
        names: of the covariates.

    >>> fit = logistic(np.array([True, False, False, True, True, False]), np.array([[0.0], [0], [0], [1], [1], [1]]), ["x"])
    >>> round(float(fit.coefficient[0]), 4)  # ln of (2/1) / (1/2)
    1.3863

    Raises:
        BadInput: shapes that do not fit, a covariate that is missing or not finite.

    References:
        McCullagh and Nelder, Generalized Linear Models, 2nd ed., section 4.4; separation: Albert and Anderson, Biometrika 1984;71:1.
    """
    if covariates.ndim != 2 or covariates.shape != (len(outcome), len(names)):
        raise BadInput(f"covariates of shape {covariates.shape} for {len(outcome)} rows and {len(names)} names")
    if not np.isfinite(covariates).all():
        raise BadInput("a covariate that is missing or not finite", do="complete it, impute it, or leave the row out and say so")
    yes = int(outcome.sum())
    fewer = min(yes, len(outcome) - yes)
    if not fewer:
        return _none(f"all {len(outcome)} rows have the same answer" if len(outcome) else "there are no rows", ())
    used, findings = checked_columns(covariates, names, events=len(outcome))
    if len(used) > fewer:
        return _none(f"{len(used)} covariates and {fewer} rows of the rarer answer: choose fewer covariates", findings)
    middle = covariates[:, used].mean(axis=0)
    x = np.column_stack([np.ones(len(outcome)), covariates[:, used] - middle])
    best = maximise(lambda beta: _sums(x, outcome, beta), np.append(1.0, np.ptp(x[:, 1:], axis=0)))
    if not best.converged:
        apart = [names[i] for i, unbounded in zip(used, best.unbounded[1:], strict=True) if unbounded]
        return _none(_separated(apart), findings)
    return _fit(best, x, middle, tuple(names[i] for i in used), findings)


def _separated(names: Sequence[str]) -> str:
    what = " and ".join(names) or "a combination of the covariates"
    return (
        f"{what} tell{'' if len(names) > 1 else 's'} yes from no without exception (separation): the model has no finite estimate"
    )


def _none(why: str, findings: Sequence[Finding]) -> LogisticFit:
    said = Finding(code="no-logistic-model", level=Level.WARNING, text=f"no logistic model: {why}")
    return LogisticFit((), np.zeros(0), None, np.zeros((0, 0)), None, None, why, (*findings, said))


def _sums(x: Floats, outcome: Booleans, beta: Floats) -> Sums:
    from scipy.special import expit

    line = x @ beta
    chance = expit(line)
    likelihood = float(line[outcome].sum() - np.logaddexp(0, line).sum())
    return Sums(likelihood, np.asarray(x.T @ (outcome - chance)), np.asarray((x * (chance * (1 - chance))[:, None]).T @ x))


def _fit(best: Maximum, x: Floats, middle: Floats, names: tuple[str, ...], findings: Sequence[Finding]) -> LogisticFit:
    from scipy.special import expit

    back = np.eye(len(best.beta))
    back[0, 1:] = -middle  # from centred covariates to those given
    beta, variance = back @ best.beta, back @ inverse(best.at.information) @ back.T
    fraction = np.asarray(expit(x @ best.beta))
    return LogisticFit(names, beta[1:], float(beta[0]), variance, fraction, best.at.log_likelihood, None, tuple(findings))
