"""Fine and Gray's regression of a cumulative incidence: subdistribution hazard ratios with robust variance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.learn.cohort.cox_fit import inverse, maximise
from glisson.learn.cohort.fine_gray_sums import Weighted, sandwich, subdistribution_sums, weighted
from glisson.learn.cohort.groups import Labels, groups
from glisson.learn.cohort.model_checks import checked_columns, events_per_variable, unbounded_findings
from glisson.learn.cohort.table import Floats, SurvivalData


@dataclass(frozen=True, eq=False)
class FineGrayFit:
    """A fitted subdistribution hazards model.

    Attributes:
        names: of the covariates that were asked for.
        cause: of interest.
        coefficient: log subdistribution hazard ratios, shape (p,); NaN where the data give none.
        variance: robust, with the censoring distribution's part, shape (p, p).
        log_likelihood: pseudo log likelihood at no effect and at the estimate.
        rows: rows in the model.
        events: of the cause.
        competing: events of the other causes.
        findings: what a reader must know.
        baseline_time: distinct times of the cause, ascending.
        baseline: cumulative subdistribution hazard at covariates of 0 (of ``used``) after each time.
        used: which of ``names`` are in the model.
    """

    names: tuple[str, ...]
    cause: int
    coefficient: Floats
    variance: Floats
    log_likelihood: tuple[float, float]
    rows: int
    events: int
    competing: int
    findings: tuple[Finding, ...]
    baseline_time: Floats
    baseline: Floats
    used: tuple[int, ...]

    @property
    def usable(self) -> bool:
        """Whether there is an estimate at all."""
        return bool(np.isfinite(self.coefficient).any())


def fine_gray(
    data: SurvivalData,
    covariates: Floats,
    names: Sequence[str],
    *,
    cause: int = 1,
    censoring_groups: Labels | None = None,
) -> FineGrayFit:
    """Subdistribution hazards model of one cause, those with another cause kept at risk by inverse censoring weights.

    Clusters are added up in the variance. Strata, weights and late entry are not covered: the first two are said to take no part,
    with the last nothing is estimated.

    Args:
        data: the follow-up.
        covariates: shape (n, p), finite.
        names: of the covariates.
        cause: of interest.
        censoring_groups: groups with a censoring distribution of their own.

    Raises:
        BadInput: shapes that do not fit, or values that are missing.

    References:
        Fine and Gray, J Am Stat Assoc 1999;94:496, sections 3 and 4 and their appendix; clusters: Zhou et al., Biostatistics
        2012;13:371. Tied events share one risk set (Breslow).
    """
    if covariates.ndim != 2 or covariates.shape != (len(data), len(names)) or not np.isfinite(covariates).all():
        raise BadInput(f"covariates of shape {covariates.shape} with gaps, or for other rows than the {len(data)} of the table")
    events = int((data.event == cause).sum())
    used, findings = checked_columns(covariates, names, events=events)
    findings += _not_covered(data)
    if data.entry is not None:
        used = []
    mean = covariates[:, used].mean(axis=0) if len(data) else np.zeros(len(used))
    x = covariates[:, used] - mean
    number = np.zeros(len(data), dtype=np.int64) if censoring_groups is None else groups(censoring_groups).number
    given = weighted(data, x, cause=cause, group=number)
    best = maximise(lambda beta: subdistribution_sums(given, beta), np.ptp(x, axis=0) if len(x) else np.zeros(0))
    findings += unbounded_findings([names[i] for i in used], best) + events_per_variable(events, len(used))
    variance = sandwich(given, best.beta, inverse(best.at.information), data.cluster)
    bounded, places = ~best.unbounded, np.array(used, dtype=np.int64)
    coefficient, whole = np.full(len(names), np.nan), np.full((len(names), len(names)), np.nan)
    coefficient[places] = np.where(bounded, best.beta, np.nan)
    whole[np.ix_(places[bounded], places[bounded])] = variance[np.ix_(bounded, bounded)]
    time, jumps = _baseline(given, best.beta, mean)
    return FineGrayFit(
        tuple(names), cause, coefficient, whole, (best.at_zero.log_likelihood, best.at.log_likelihood), len(data), events,
        int(((data.event > 0) & (data.event != cause)).sum()), tuple(findings), time, np.cumsum(jumps), tuple(used),
    )  # fmt: skip


def _baseline(given: Weighted, beta: Floats, mean: Floats) -> tuple[Floats, Floats]:
    """Times of the cause and jumps of the baseline at covariates of 0."""
    jumps = given.events / given.at_risk(np.exp(given.x @ beta)) * np.exp(-(mean @ beta))
    return given.time, np.asarray(jumps)


def _not_covered(data: SurvivalData) -> list[Finding]:
    said = []
    if data.entry is not None:
        said.append(
            (
                "late-entry",
                "Fine and Gray's model does not cover late entry: use cause-specific Cox models; nothing was estimated",
            )
        )
    if data.weight is not None:
        said.append(("weights-ignored", "Fine and Gray's model counts every row once: case weights took no part"))
    if data.stratum is not None:
        said.append(("strata-ignored", "Fine and Gray's model has one baseline: strata took no part"))
    return [Finding(code=code, level=Level.WARNING, text=text) for code, text in said]


def predicted_incidence(fit: FineGrayFit, covariates: Floats) -> tuple[Floats, Floats]:
    """Cumulative incidence of the model at one set of covariates (p,): times and 1 - exp(-Λ(t) e^{xβ}) after each."""
    line = float(covariates[list(fit.used)] @ fit.coefficient[list(fit.used)])
    return fit.baseline_time, np.asarray(-np.expm1(-fit.baseline * np.exp(line)))
