"""Regression of a table's covariates: each alone, then together; hazard ratios as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from glisson.case import Finding, Level
from glisson.learn.cohort.concordance import concordance
from glisson.learn.cohort.cox import CoxFit, cox
from glisson.learn.cohort.cox_sums import Ties
from glisson.learn.cohort.design import Design, Term, design
from glisson.learn.cohort.fine_gray import FineGrayFit, fine_gray
from glisson.learn.cohort.interval import normal_quantile
from glisson.learn.cohort.proportional import proportionality
from glisson.learn.cohort.table import SurvivalData, any_event, one_cause, rows

NOT_PROPORTIONAL = 0.05


@dataclass(frozen=True)
class Regression:
    """Values for JSON, and what a reader must know."""

    value: dict[str, Any]
    findings: tuple[Finding, ...]


def ratio(coefficient: float, variance: float, *, confidence_fraction: float = 0.95) -> dict[str, float | None]:
    """A log ratio and its variance as ratio, interval and p (Wald); every part ``None`` where there is no estimate.

    >>> found = ratio(0.0, 0.25)
    >>> found["ratio"], found["p"]
    (1.0, 1.0)
    """
    from scipy.special import ndtr

    if not (np.isfinite(coefficient) and np.isfinite(variance) and variance > 0):
        return dict.fromkeys(("ratio", "low", "high", "p", "coefficient", "standard_error"))
    error = float(np.sqrt(variance))
    reach = normal_quantile(confidence_fraction) * error
    ends = (np.exp(min(end, 700.0)) for end in (coefficient, coefficient - reach, coefficient + reach))
    middle, low, high = (float(end) for end in ends)
    p = float(2 * ndtr(-abs(coefficient) / error))
    return {"ratio": middle, "low": low, "high": high, "p": p, "coefficient": float(coefficient), "standard_error": error}


def regression(
    data: SurvivalData,
    covariates: pl.DataFrame,
    *,
    causes: Sequence[int] = (1,),
    cause: int = 1,
    ties: Ties = "efron",
    confidence_fraction: float = 0.95,
    levels: Mapping[str, Sequence[str]] | None = None,
) -> Regression:
    """Cox models of each covariate alone and of all together; with several causes cause-specific, and Fine and Gray's beside it.

    Args:
        data: the follow-up.
        covariates: their columns, one row per row of ``data``.
        causes: codes in the table.
        cause: of interest.
        ties: of the Cox models.
        confidence_fraction: of the intervals.
        levels: of covariates that are levels whatever their words look like; see ``design``.
    """
    given = design(covariates, covariates.columns, levels=levels)
    findings = list(given.findings)
    part = rows(data, given.complete)
    competing = len(causes) > 1
    subject = one_cause(part, cause) if competing else any_event(part)
    together = cox(subject, given.x, given.names, ties=ties)
    findings += together.findings
    alone, said = _alone(subject, given, ties)
    findings += [finding for finding in said if finding.code not in {one.code for one in together.findings}]
    value = {"cox": _cox(subject, given, together, alone, confidence=confidence_fraction, findings=findings)}
    if competing:
        value["cox"]["of"] = f"cause {cause}, the other causes censored (cause-specific)"
        subdistribution = fine_gray(part, given.x, given.names, cause=cause)
        findings += subdistribution.findings
        value["fine_gray"] = _fine_gray(part, given, subdistribution, confidence_fraction)
    return Regression(value, tuple(dict.fromkeys(findings)))


def _alone(data: SurvivalData, given: Design, ties: Ties) -> tuple[dict[str, CoxFit], list[Finding]]:
    """A model for each column, all of its levels together."""
    found: dict[str, CoxFit] = {}
    findings: list[Finding] = []
    for name in dict.fromkeys(term.column for term in given.terms):
        places = [place for place, term in enumerate(given.terms) if term.column == name]
        fit = cox(data, given.x[:, places], [given.names[place] for place in places], ties=ties)
        found |= dict.fromkeys((given.names[place] for place in places), fit)
        findings += fit.findings
    return found, findings


def _cox(
    data: SurvivalData, given: Design, fit: CoxFit, alone: dict[str, CoxFit], *, confidence: float, findings: list[Finding]
) -> dict[str, Any]:
    check = proportionality(data, fit)
    p_of = dict(zip(check.names, check.p.tolist(), strict=True)) if check else {}
    if check:
        findings += _not_proportional(p_of)
    terms = []
    for place, term in enumerate(given.terms):
        one = alone[term.name]
        own = one.names.index(term.name)
        terms.append(
            _named(term)
            | {
                "alone": ratio(one.coefficient[own], one.variance[own, own], confidence_fraction=confidence),
                "together": ratio(fit.coefficient[place], fit.variance[place, place], confidence_fraction=confidence),
                "proportional_p": p_of.get(term.name),
            }
        )
    c = concordance(data, fit.layout.x @ fit.reached).fraction if fit.usable else None
    return {
        "of": "any event",
        "rows": fit.rows,
        "events": fit.events,
        "ties": fit.ties,
        "variance": "robust" if fit.robust else "model-based",
        "events_per_variable": fit.events / fit.degrees if fit.degrees else None,
        "log_likelihood": list(fit.log_likelihood) if fit.degrees else None,
        "likelihood_ratio": fit.likelihood_ratio,
        "wald": fit.wald,
        "degrees": fit.degrees,
        "concordance": c,
        "proportional_p": check.p_all if check else None,
        "terms": terms,
    }


def _named(term: Term) -> dict[str, Any]:
    return {"name": term.name, "column": term.column, "level": term.level, "reference": term.reference, "level_rows": term.rows}


def _not_proportional(p_of: dict[str, float]) -> list[Finding]:
    return [
        Finding(
            code="not-proportional",
            level=Level.WARNING,
            text=f"the effect of {name} changes with time (p {p:.2g}): its hazard ratio is an average over this follow-up",
        )
        for name, p in p_of.items()
        if p < NOT_PROPORTIONAL
    ]


def _fine_gray(data: SurvivalData, given: Design, fit: FineGrayFit, confidence: float) -> dict[str, Any]:
    """Every covariate alone, and all together."""
    alone: dict[str, tuple[float, float]] = {}
    for column in dict.fromkeys(term.column for term in given.terms):
        places = [place for place, term in enumerate(given.terms) if term.column == column]
        one = fine_gray(data, given.x[:, places], [given.names[place] for place in places], cause=fit.cause)
        alone |= {given.names[place]: (one.coefficient[at], one.variance[at, at]) for at, place in enumerate(places)}
    return {
        "cause": fit.cause,
        "rows": fit.rows,
        "events": fit.events,
        "competing": fit.competing,
        "terms": [
            _named(term)
            | {
                "alone": ratio(*alone[term.name], confidence_fraction=confidence),
                "together": ratio(fit.coefficient[place], fit.variance[place, place], confidence_fraction=confidence),
            }
            for place, term in enumerate(given.terms)
        ],
    }
