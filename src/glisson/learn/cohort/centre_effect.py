"""Effect of the centre: strata, clustered variance and frailty side by side, and a sentence on what each of them says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glisson.case import Finding, Level
from glisson.errors import BadInput, GlissonError
from glisson.learn.cohort.cox import CoxFit, cox
from glisson.learn.cohort.cox_sums import Ties
from glisson.learn.cohort.frailty import FrailtyFit, median_hazard_ratio, shared_frailty
from glisson.learn.cohort.groups import Groups, groups
from glisson.learn.cohort.models import ratio
from glisson.learn.cohort.table import Booleans, Floats, SurvivalData, any_event, rows

FEW_CENTRES = 50
"""Clusters below which a sandwich variance may be too small: "few" ranges from less than 20 to less than 50 (Cameron and Miller,
J Hum Resour 2015;50:317, section VI)."""
WAYS = {
    "ignored": "centres ignored: right only where they do not differ",
    "stratified": "a baseline hazard of its own for each centre: compares patients inside a centre only, and says nothing about centres",
    "clustered": "hazard ratios averaged over centres, with a variance that allows patients of a centre to be alike",
    "frailty": "a gamma frailty for each centre: hazard ratios inside a centre, and how much centres differ",
}


@dataclass(frozen=True)
class CentreEffect:
    """Values for JSON, and what a reader must know."""

    value: dict[str, Any]
    findings: tuple[Finding, ...]


def centre_effect(
    data: SurvivalData,
    covariates: Floats,
    names: Sequence[str],
    *,
    centre: Sequence[str | None],
    ties: Ties = "efron",
    confidence_fraction: float = 0.95,
) -> CentreEffect:
    """The same Cox model four ways: centres ignored, as strata, as clusters of the variance, as a gamma frailty.

    Args:
        data: the follow-up; every cause counts as the event.
        covariates: shape (n, p), finite; p may be 0.
        names: of the covariates.
        centre: of each row; a row without one takes no part.
        ties: "efron" or "breslow".
        confidence_fraction: of the intervals.

    Raises:
        BadInput: shapes that do not fit, a covariate that is missing.
    """
    if len(centre) != len(data) or covariates.shape != (len(data), len(names)):
        raise BadInput(
            f"{len(centre)} centres and covariates of shape {covariates.shape} for {len(data)} rows, {len(names)} names"
        )
    known = np.array([one is not None for one in centre], dtype=bool)
    findings = _without_centre(known)
    subject, x = rows(any_event(data), known), covariates[known]
    if not known.any():
        return CentreEffect({"cannot_say": "no row has a centre"}, tuple(findings))
    by = groups([one for one in centre if one is not None])
    if len(by.names) < 2:
        return CentreEffect({"cannot_say": "all patients are of one centre", "centres": _counts(subject, by)}, tuple(findings))
    if not (subject.event > 0).any():
        return CentreEffect({"cannot_say": "no event", "centres": _counts(subject, by)}, tuple(findings))
    asked = _Asked(subject, x, tuple(names), by, ties, confidence_fraction)
    fits, of_fits = _fits(asked)
    findings += of_fits
    frailty, of_frailty = _frailty(asked)
    findings += [one for one in of_frailty if one.text not in {before.text for before in findings}]
    value: dict[str, Any] = {
        "rows": len(subject),
        "events": int((subject.event > 0).sum()),
        "ties": ties,
        "ways": WAYS,
        "terms": [_term(place, name, fits, frailty, confidence_fraction) for place, name in enumerate(names)],
        "centres": _counts(subject, by) if frailty is None else _centres(frailty),
        "frailty": None if frailty is None else _heterogeneity(frailty),
    }
    value["statement"] = _statement(value, len(by.names))
    return CentreEffect(value, tuple(dict.fromkeys(findings)))


def _without_centre(known: Booleans) -> list[Finding]:
    if known.all():
        return []
    text = f"{int((~known).sum())} of {len(known)} rows have no centre and take no part in its effect"
    return [Finding(code="no-centre", level=Level.WARNING, text=text)]


@dataclass(frozen=True, eq=False)
class _Asked:
    data: SurvivalData
    x: Floats
    names: tuple[str, ...]
    by: Groups
    ties: Ties
    confidence_fraction: float


def _fits(asked: _Asked) -> tuple[dict[str, CoxFit], list[Finding]]:
    """Models without frailty; none where there is no covariate."""
    if not asked.names:
        return {}, []
    data, by = asked.data, asked.by
    own = np.zeros(len(data), dtype=np.int64) if data.stratum is None else data.stratum
    ways = {
        "ignored": data,
        "stratified": replace(data, stratum=own * len(by.names) + by.number),
        "clustered": replace(data, cluster=by.number),
    }
    found = {way: cox(subject, asked.x, asked.names, ties=asked.ties) for way, subject in ways.items()}
    findings = list(found["ignored"].findings)
    texts = {one.text for one in findings}
    for way in ("stratified", "clustered"):
        own_findings = [one for one in found[way].findings if one.text not in texts]
        findings += [Finding(code=one.code, level=one.level, text=f"centres {way}: {one.text}") for one in own_findings]
    if len(by.names) < FEW_CENTRES:
        text = f"{len(by.names)} centres: a clustered variance from fewer than {FEW_CENTRES} may be too small, and its intervals too narrow"
        findings.append(Finding(code="few-centres", level=Level.WARNING, text=text))
    return found, findings


def _frailty(asked: _Asked) -> tuple[FrailtyFit | None, tuple[Finding, ...]]:
    try:
        found = shared_frailty(
            asked.data, asked.x, asked.names, centres=asked.by, ties=asked.ties, confidence_fraction=asked.confidence_fraction
        )
    except GlissonError as error:
        return None, (Finding(code="no-frailty", level=Level.WARNING, text=f"no frailty model: {error}"),)
    return found, found.findings


def _term(place: int, name: str, fits: dict[str, CoxFit], frailty: FrailtyFit | None, confidence: float) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name}
    for way, fit in fits.items():
        found[way] = ratio(fit.coefficient[place], fit.variance[place, place], confidence_fraction=confidence)
    both = (np.nan, np.nan) if frailty is None else (frailty.coefficient[place], frailty.variance[place, place])
    found["frailty"] = ratio(*both, confidence_fraction=confidence)
    return found


def _counts(data: SurvivalData, by: Groups) -> list[dict[str, Any]]:
    return [
        {"centre": name, "rows": int((by.number == at).sum()), "events": int((data.event[by.number == at] > 0).sum())}
        for at, name in enumerate(by.names)
    ]


def _centres(found: FrailtyFit) -> list[dict[str, Any]]:
    return [
        {
            "centre": name, "rows": int(found.rows[at]), "events": int(found.events[at]), "frailty": float(found.frailty[at]),
            "low": float(found.low[at]), "high": float(found.high[at]),
        }
        for at, name in enumerate(found.centres)
    ]  # fmt: skip


def _heterogeneity(found: FrailtyFit) -> dict[str, Any]:
    return {
        "distribution": "gamma",
        "theta": found.theta,
        "theta_low": found.theta_low,
        "theta_high": found.theta_high,
        "interval": "profile likelihood",
        "confidence_fraction": found.confidence_fraction,
        "median_hazard_ratio": median_hazard_ratio(found.theta),
        "median_hazard_ratio_low": median_hazard_ratio(found.theta_low),
        "median_hazard_ratio_high": None if found.theta_high is None else median_hazard_ratio(found.theta_high),
        "likelihood_ratio": found.likelihood_ratio,
        "p": found.p,
        "test": "likelihood ratio against a half-and-half mixture of chi-square with 0 and 1 degree of freedom",
    }


def _statement(value: dict[str, Any], centres: int) -> list[str]:
    """Sentences of method and of what was seen."""
    found = value["frailty"]
    given = "Every model is given with centres ignored, as strata, as clusters of the variance, and with a gamma frailty"
    if not value["terms"]:
        given = "The model without covariates has a gamma frailty"
    sentences = [f"Patients came from {centres} centres. {given} shared within a centre."]
    if found is None:
        return [*sentences, "The frailty model could not be fitted."]
    if found["theta"] == 0:
        percent, high = 100 * found["confidence_fraction"], found["theta_high"]
        reach = "these data set it no upper limit" if high is None else f"{percent:g} % profile interval 0 to {high:.2f}"
        sentences.append(
            f"The variance of the frailty was estimated as 0 ({reach}): variation within that interval is not excluded."
        )
    else:
        percent = 100 * found["confidence_fraction"]
        high = "no upper limit" if found["theta_high"] is None else f"{found['theta_high']:.2f}"
        text = f"The variance of the frailty was {found['theta']:.2f} ({percent:g} % profile interval {found['theta_low']:.2f} to {high}; "
        text += f"p {found['p']:.2g}): between two centres drawn at random the higher hazard is {found['median_hazard_ratio']:.2f} times "
        sentences.append(text + "the lower one in the median, covariates alike.")
    sentences.append("Differences between centres are of patients, care and recording together; they rank no centre.")
    return sentences
