"""A Cox model over sites, round by round: description, Newton steps, result."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glisson.case import Finding, Level
from glisson.learn.cohort.cox_fit import Maximum, inverse
from glisson.learn.cohort.cox_sums import Sums
from glisson.learn.cohort.model_checks import events_per_variable, silent_findings, telling_columns, unbounded_findings
from glisson.learn.cohort.models import ratio
from glisson.learn.cohort.sites.cox_pool import RANGE, Step, independent_terms, next_step, pooled_sums, terms_of
from glisson.learn.cohort.sites.cox_site import Described, RiskSets, Total
from glisson.learn.cohort.sites.definition import Request, Round, Term

Parts = Sequence[tuple[str, int, Any]]
"""Site, rows and content of each answer."""


@dataclass(frozen=True, eq=False)
class CoxStep:
    """What a round gives: a result, or the next request."""

    value: dict[str, Any]
    findings: tuple[Finding, ...]
    next: Request | None = None


def pool_cox(request: Request, parts: Parts) -> CoxStep:
    """The next round, or the model."""
    return _described(request, parts) if request.round is None else _stepped(request, request.round, parts)


def _described(request: Request, parts: Parts) -> CoxStep:
    answers = [content for _, _, content in parts if isinstance(content, Described)]
    terms = terms_of(request.definition.covariates, answers)
    events = sum(answer.events for answer in answers)
    varied = tuple(term for term in terms if term.spread > 0)
    findings = [
        _warning("constant-covariate", f"{term.column} is the same in every row and was left out")
        for term in terms
        if not term.spread
    ]
    named = {term.column for term in terms}
    findings += [
        _warning("constant-covariate", f"{name} is the same in every row and was left out")
        for name in request.definition.covariates
        if name not in named
    ]
    if not varied or len(varied) > events:
        if varied:
            text = f"{len(varied)} covariates and {events} events: nothing was estimated; choose fewer"
            findings.append(_warning("more-covariates-than-events", text))
        return CoxStep({"finished": True, "cox": None}, tuple(findings))
    at = Round(
        number=1, terms=varied, beta=(0.0,) * len(varied), sites=tuple(site for site, _, _ in parts),
        rows=sum(rows for _, rows, _ in parts), said=tuple((one.code, one.text) for one in findings),
    )  # fmt: skip
    value = {"finished": False, "round": 0, "terms": [term.name for term in varied]}
    return CoxStep(value, tuple(findings), Request(definition=request.definition, round=at))


def _stepped(request: Request, at: Round, parts: Parts) -> CoxStep:
    asked = request.definition
    answers = [content for _, _, content in parts if isinstance(content, Total | RiskSets)]
    now = pooled_sums(at, answers, asked.ties, late_entry=bool(asked.entry))
    findings = [_warning(code, text) for code, text in at.said]
    events = sum(answer.events for answer in answers)
    if at.number == 1:
        at, now, dropped = _without_dependent(at, now, events)
        findings += dropped
    step = next_step(at, now)
    if step.ended:
        return _finished(request, _End(at, now, step, events), findings)
    following = Round(
        number=at.number + 1, terms=at.terms, beta=tuple(step.beta.tolist()), step=tuple(step.step.tolist()),
        log_likelihood=now.log_likelihood if step.accepted else at.log_likelihood, at_zero=at.at_zero or _at_zero(now),
        sites=at.sites, rows=at.rows, said=tuple((one.code, one.text) for one in findings),
    )  # fmt: skip
    value = {
        "finished": False, "round": at.number, "terms": [term.name for term in at.terms],
        "largest_step": float(np.abs(step.step).max(initial=0.0)),
    }  # fmt: skip
    return CoxStep(value, tuple(findings), Request(definition=asked, round=following))


def _at_zero(now: Sums) -> tuple[float, float]:
    return now.log_likelihood, float(now.score @ inverse(now.information) @ now.score)


def _without_dependent(at: Round, now: Sums, events: int) -> tuple[Round, Sums, list[Finding]]:
    extent = np.array([RANGE * term.spread for term in at.terms])
    telling = telling_columns(now.information, extent, events=float(events))
    findings = silent_findings([term.name for term, tells in zip(at.terms, telling, strict=True) if not tells])
    at, now = _kept(at, now, np.flatnonzero(telling).tolist())
    kept, dropped = independent_terms(now.information)
    findings += [
        _warning(
            "dependent-covariate",
            f"{at.terms[place].name} says nothing that the covariates before it do not say and was left out",
        )
        for place in dropped
    ]
    return *_kept(at, now, kept), findings


def _kept(at: Round, now: Sums, kept: list[int]) -> tuple[Round, Sums]:
    """The first round with some of its terms."""
    terms = tuple(at.terms[place] for place in kept)
    sums = Sums(now.log_likelihood, now.score[kept], now.information[np.ix_(kept, kept)])
    return at.model_copy(update={"terms": terms, "beta": (0.0,) * len(kept)}), sums


@dataclass(frozen=True, eq=False)
class _End:
    at: Round
    now: Sums
    step: Step
    events: int


def _finished(request: Request, end: _End, findings: list[Finding]) -> CoxStep:
    asked, at, now, step, events = request.definition, end.at, end.now, end.step, end.events
    names = [term.name for term in at.terms]
    best = Maximum(step.beta, now, now, at.number, step.converged, step.unbounded)
    findings = [*findings, *unbounded_findings(names, best), *events_per_variable(events, len(names))]
    variance = inverse(now.information)
    at_zero = at.at_zero or _at_zero(now)
    usable = step.converged and len(names) > 0
    cox = {
        "of": "any event", "rows": at.rows, "events": events, "ties": asked.ties, "variance": "model-based", "rounds": at.number,
        "baseline": "one for each site" if asked.by_site else "one for all sites",
        "events_per_variable": events / len(names) if names else None,
        "log_likelihood": [at_zero[0], now.log_likelihood], "likelihood_ratio": 2 * (now.log_likelihood - at_zero[0]),
        "score_test": at_zero[1], "wald": float(step.beta @ now.information @ step.beta) if usable else None, "degrees": len(names),
        "terms": [
            _term(term, step, place, float(variance[place, place]), asked.confidence_fraction)
            for place, term in enumerate(at.terms)
        ],
    }  # fmt: skip
    return CoxStep({"finished": True, "cox": cox}, tuple(findings))


def _term(term: Term, step: Step, place: int, variance: float, confidence: float) -> dict[str, Any]:
    known = not step.unbounded[place] and (step.converged or step.unbounded.any())
    return {
        "name": term.name, "column": term.column, "level": term.level, "reference": term.reference, "level_rows": term.rows,
        "together": ratio(float(step.beta[place]) if known else float("nan"), variance, confidence_fraction=confidence),
    }  # fmt: skip


def _warning(code: str, text: str) -> Finding:
    return Finding(code=code, level=Level.WARNING, text=text)
