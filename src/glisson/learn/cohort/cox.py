"""Cox regression: estimates with model-based and robust variance, tests, and what the data cannot tell."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from glisson.case import Finding
from glisson.errors import BadInput
from glisson.learn.cohort.cox_fit import Maximum, inverse, maximise
from glisson.learn.cohort.cox_sums import Layout, Sums, Ties, cox_sums, layout
from glisson.learn.cohort.cox_variance import robust_variance
from glisson.learn.cohort.model_checks import (
    checked_columns,
    events_per_variable,
    silent_findings,
    telling_columns,
    unbounded_findings,
)
from glisson.learn.cohort.table import Booleans, Floats, Integers, SurvivalData, any_event, robust_wanted, weights


@dataclass(frozen=True, eq=False)
class CoxFit:
    """A fitted Cox model.

    Attributes:
        names: of the covariates that were asked for.
        coefficient: log hazard ratios, shape (p,); NaN where the data give none (see ``findings``).
        variance: the one to use, shape (p, p): robust where ``robust``, else model-based.
        model_variance: inverse information.
        robust: whether ``variance`` comes from score residuals, added up by cluster where there are clusters.
        log_likelihood: at no effect and at the estimate.
        likelihood_ratio: chi-square; without meaning under weights that are no counts.
        score_test: chi-square at no effect.
        wald: chi-square with ``variance``.
        degrees: of freedom.
        rows: rows in the model.
        events: events in the model (rows).
        ties: "efron" or "breslow".
        findings: what a reader must know.
        layout: rows among event times, for residuals; its columns are those of ``used``.
        used: which of ``names`` are in the model.
        reached: coefficients of ``used`` where the iteration ended, finite even where there is no maximum.
    """

    names: tuple[str, ...]
    coefficient: Floats
    variance: Floats
    model_variance: Floats
    robust: bool
    log_likelihood: tuple[float, float]
    likelihood_ratio: float | None
    score_test: float | None
    wald: float | None
    degrees: int
    rows: int
    events: int
    ties: Ties
    findings: tuple[Finding, ...]
    layout: Layout
    used: tuple[int, ...]
    reached: Floats

    @property
    def usable(self) -> bool:
        """Whether there is an estimate at all."""
        return bool(np.isfinite(self.coefficient).any())


def cox(
    data: SurvivalData,
    covariates: Floats,
    names: Sequence[str],
    *,
    ties: Ties = "efron",
    robust: bool | None = None,
) -> CoxFit:
    """Cox model of any event (``one_cause`` for a cause-specific one), with the strata, entries, weights and clusters of the data.

    What cannot be estimated is said in ``findings`` and its coefficient is NaN: a constant or dependent covariate is left out, one
    that separates the events has no finite estimate. More covariates than events: nothing is estimated together.

    Args:
        data: the follow-up.
        covariates: shape (n, p), finite.
        names: of the covariates.
        ties: "efron" (default) or "breslow".
        robust: robust variance; if ``None``, where there are clusters or weights that are no counts.

    >>> from glisson.learn.cohort.table import survival_data
    >>> fit = cox(survival_data([1, 2, 3, 4], [1, 1, 1, 1]), np.array([[1.0], [0.0], [1.0], [0.0]]), ["x"])
    >>> round(float(np.exp(fit.coefficient[0])), 4)  # r² / (2 (r+1)² (r+2)) is largest at r = (1 + √17) / 2
    2.5616

    Raises:
        BadInput: shapes that do not fit, values that are missing, ties of another name.

    References:
        Cox, J R Stat Soc B 1972;34:187; Efron, J Am Stat Assoc 1977;72:557; robust variance: Lin and Wei, J Am Stat Assoc
        1989;84:1074, clusters: Lee, Wei and Amato 1992, both with Efron's ties as in Therneau and Grambsch 2000, chapters 7 and 8.
    """
    _require(data, covariates, names, ties)
    data = any_event(data)
    weight = weights(data)
    events = int(((data.event > 0) & (weight > 0)).sum())
    used, findings = checked_columns(covariates, names, events=events)
    x = covariates[:, used] - (weight @ covariates[:, used]) / max(weight.sum(), 1e-300)
    given = layout(data, x, ties=ties)
    extent = np.ptp(x, axis=0) if len(x) else np.zeros(len(used))
    at_zero = cox_sums(given, np.zeros(len(used)))
    telling = telling_columns(at_zero.information, extent, events=float(weight[data.event > 0].sum()))
    findings += silent_findings([names[i] for i, tells in zip(used, telling, strict=True) if not tells])
    used, extent = [i for i, tells in zip(used, telling, strict=True) if tells], extent[telling]
    given, at_zero = replace(given, x=x[:, telling]), _part(at_zero, telling)
    best = maximise(lambda beta: cox_sums(given, beta) if beta.any() else at_zero, extent)
    findings += unbounded_findings([names[i] for i in used], best)
    findings += events_per_variable(events, len(used))
    by_score = robust_wanted(data) if robust is None else robust
    return _fit(data, tuple(names), given, best, _Extras(by_score, events, tuple(used), tuple(findings)))


def _part(sums: Sums, which: Booleans) -> Sums:
    """Sums at no effect without some of the covariates."""
    return Sums(sums.log_likelihood, sums.score[which], sums.information[np.ix_(which, which)])


@dataclass(frozen=True)
class _Extras:
    robust: bool
    events: int
    used: tuple[int, ...]
    findings: tuple[Finding, ...]


def _require(data: SurvivalData, covariates: Floats, names: Sequence[str], ties: str) -> None:
    if covariates.ndim != 2 or covariates.shape != (len(data), len(names)):
        raise BadInput(f"covariates of shape {covariates.shape} for {len(data)} rows and {len(names)} names")
    if not np.isfinite(covariates).all():
        raise BadInput("a covariate that is missing or not finite", do="complete it, impute it, or leave the row out and say so")
    if ties not in ("efron", "breslow"):
        raise BadInput(f"ties '{ties}'", allowed="efron, breslow")


def _fit(data: SurvivalData, names: tuple[str, ...], given: Layout, best: Maximum, extras: _Extras) -> CoxFit:
    model = inverse(best.at.information)
    variance = robust_variance(data, given, best.beta, model) if extras.robust else model
    bounded = ~best.unbounded
    used = np.array(extras.used, dtype=np.int64)
    coefficient = np.full(len(names), np.nan)
    coefficient[used] = np.where(bounded, best.beta, np.nan)
    likelihoods = (best.at_zero.log_likelihood, best.at.log_likelihood)
    ratio = score = wald = None
    if len(used):
        ratio = None if extras.robust else 2 * (likelihoods[1] - likelihoods[0])
        score = float(best.at_zero.score @ inverse(best.at_zero.information) @ best.at_zero.score)
        wald = float(best.beta @ inverse(variance) @ best.beta) if bounded.all() else None
    whole = [_of_all(part, used, bounded, len(names)) for part in (variance, model)]
    return CoxFit(
        names, coefficient, whole[0], whole[1], extras.robust, likelihoods, ratio, score, wald, len(used), len(data),
        extras.events, given.ties, extras.findings, given, extras.used, best.beta,
    )  # fmt: skip


def _of_all(variance: Floats, used: Integers, bounded: Booleans, number: int) -> Floats:
    """A variance with NaN for every covariate without an estimate."""
    whole = np.full((number, number), np.nan)
    whole[np.ix_(used[bounded], used[bounded])] = variance[np.ix_(bounded, bounded)]
    return whole
