"""Cox regression after multiple imputation, with the complete cases beside it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from glisson.case import Finding, Level
from glisson.errors import BadInput, MissingFact
from glisson.learn.cohort.cox import CoxFit, cox
from glisson.learn.cohort.cox_sums import Ties
from glisson.learn.cohort.design import Term
from glisson.learn.cohort.imputation import ImputationOptions, diagnostics, impute
from glisson.learn.cohort.models import Regression, ratio
from glisson.learn.cohort.pooled_estimates import Pooled, pool, pooled_ratio, pooled_test
from glisson.learn.cohort.table import Booleans, Floats, SurvivalData, any_event, one_cause, rows

COARSE = 0.1
"""Share of its standard error above which the Monte Carlo error of an estimate asks for more imputations (White et al. 2011)."""
FURTHER = 1.96
"""Standard errors of their difference between two estimates from which chance alone is an unlikely reason."""


def imputed_cox(
    data: SurvivalData,
    table: pl.DataFrame,
    *,
    seed: int,
    names: Sequence[str] | None = None,
    cause: int | None = None,
    options: ImputationOptions | None = None,
    ties: Ties = "efron",
    confidence_fraction: float = 0.95,
) -> Regression:
    """Cox model of covariates with gaps: pooled over imputations, and of the complete cases, the same terms in both.

    Args:
        data: the follow-up; all of its causes help to impute.
        table: the covariates, and columns that only help to impute; null is missing.
        seed: of the imputations.
        names: columns of ``table`` in the model; ``None``: all.
        cause: of interest, the others censored; ``None``: any event.
        options: how to impute.
        ties: of the Cox models.
        confidence_fraction: of the intervals.

    Raises:
        BadInput: a name that the table lacks, or options that cannot be.
        MissingFact: no covariate can be used.
    """
    absent = [name for name in names or () if name not in table.columns]
    if absent:
        raise BadInput(f"{len(absent)} covariates that the table lacks", allowed=", ".join(table.columns))
    imputed = impute(data, table, seed=seed, options=options)
    usable = {column.name: column for column in imputed.columns}
    chosen = [name for name in (names or table.columns) if name in usable]
    if not chosen:
        raise MissingFact("no covariate can be used", missing=list(names or table.columns), do="name covariates that have values")
    terms = [term for name in chosen for term in usable[name].terms()]
    subject = any_event(data) if cause is None else one_cause(data, cause)
    fits = [
        cox(subject, imputed.design(number, chosen), [term.name for term in terms], ties=ties)
        for number in range(imputed.imputations)
    ]
    complete = ~np.any([usable[name].missing for name in chosen], axis=0)
    alone = _complete_cases(subject, imputed.design(0, chosen), [term.name for term in terms], complete, ties=ties)
    findings = list(imputed.findings) + [one for fit in fits for one in fit.findings] + _of_complete(alone, complete)
    value: dict[str, Any] = {
        "of": "any event" if cause is None else f"cause {cause}, the other causes censored (cause-specific)",
        "rows": len(data),
        "events": fits[0].events,
        "complete_rows": int(complete.sum()),
        "complete_events": alone.events if alone else 0,
        "imputations": imputed.imputations if imputed.imputations > 1 else 0,
        "iterations": imputed.options.iterations,
        "seed": seed,
        "columns": diagnostics(imputed),
        "helped": [name for name in usable if name not in chosen],
        "terms": _terms(terms, fits, alone, confidence_fraction, findings),
        "tests": _tests(terms, fits),
    }
    return Regression(value, tuple(dict.fromkeys(findings)))


def _complete_cases(data: SurvivalData, x: Floats, terms: list[str], complete: Booleans, *, ties: Ties) -> CoxFit | None:
    """The model of the rows without a gap; ``None`` where there are too few rows for any."""
    if complete.sum() < 2:
        return None
    return cox(rows(data, complete), x[complete], terms, ties=ties)


def _of_complete(alone: CoxFit | None, complete: Booleans) -> list[Finding]:
    if complete.all():
        return []
    text = f"{int((~complete).sum())} of {len(complete)} rows lack a covariate"
    if alone is None:
        return [Finding(code="no-complete-cases", level=Level.WARNING, text=f"{text}: there is no complete-case model")]
    text += "; they are imputed, and left out of the complete-case model"
    found = [_in_words(one, f"complete cases: {one.text}") for one in alone.findings]
    return [Finding(code="incomplete-rows", level=Level.NOTE, text=text), *found]


def _in_words(finding: Finding, text: str) -> Finding:
    """The same finding in other words."""
    return Finding(code=finding.code, level=finding.level, text=text)


def _terms(
    terms: list[Term], fits: list[CoxFit], alone: CoxFit | None, confidence: float, findings: list[Finding]
) -> list[dict[str, Any]]:
    described = []
    for place, term in enumerate(terms):
        pooled = _pooled(term.name, place, fits, confidence, findings)
        cases = ratio(np.nan, np.nan) if alone is None else _one(alone, place, confidence)
        if isinstance(pooled, Pooled):
            findings += _said(term.name, pooled, cases, robust=fits[0].robust)
        described.append(
            {"name": term.name, "column": term.column, "level": term.level, "reference": term.reference, "level_rows": term.rows}
            | {"imputed": pooled_ratio(pooled) if isinstance(pooled, Pooled) else pooled, "complete_cases": cases}
        )
    return described


def _one(fit: CoxFit, place: int, confidence: float) -> dict[str, float | None]:
    return ratio(fit.coefficient[place], fit.variance[place, place], confidence_fraction=confidence)


def _pooled(
    name: str, place: int, fits: list[CoxFit], confidence: float, findings: list[Finding]
) -> Pooled | dict[str, float | None]:
    if len(fits) == 1:
        return _one(fits[0], place, confidence)
    estimates = np.array([fit.coefficient[place] for fit in fits])
    variances = np.array([fit.variance[place, place] for fit in fits])
    without = int((~(np.isfinite(estimates) & np.isfinite(variances) & (variances > 0))).sum())
    if without:
        text = f"{name}: {without} of {len(fits)} completed tables give no estimate, so that there is none"
        findings.append(Finding(code="imputation-without-estimate", level=Level.WARNING, text=text))
        return ratio(np.nan, np.nan)
    degrees = max(fits[0].events - fits[0].degrees, 1)
    return pool(estimates, variances, name=name, complete_degrees=degrees, confidence_fraction=confidence)


def _said(name: str, pooled: Pooled, cases: dict[str, float | None], *, robust: bool) -> list[Finding]:
    """Too few imputations, and an estimate that moves; the latter not with robust variances, of which no difference is known."""
    findings = []
    if pooled.monte_carlo_error > COARSE * pooled.standard_error:
        more = int(np.ceil(pooled.imputations * (pooled.monte_carlo_error / (COARSE * pooled.standard_error)) ** 2))
        text = (
            f"{name}: another seed would move the estimate by over a tenth of its standard error; take about {more} imputations"
        )
        findings.append(Finding(code="few-imputations", level=Level.WARNING, text=text))
    other, error = cases["coefficient"], cases["standard_error"]
    if robust or other is None or error is None:
        return findings
    if abs(other - pooled.estimate) > _apart(error, pooled.standard_error):
        text = f"{name}: the imputed and the complete-case estimate lie further apart than chance explains; say why before using either"
        findings.append(Finding(code="imputation-moves-estimate", level=Level.WARNING, text=text))
    return findings


def _apart(of_complete: float, of_imputed: float) -> float:
    """Distance that chance explains between an estimate and a more efficient one from more of the same rows.

    Their difference has the difference of the variances (Hausman, Econometrica 1978;46:1251); where imputation gains nothing, the
    larger variance is taken.
    """
    gained = of_complete**2 - of_imputed**2
    return float(FURTHER * np.sqrt(gained if gained > 0 else of_imputed**2))


def _tests(terms: list[Term], fits: list[CoxFit]) -> list[dict[str, Any]]:
    """A joint test for each covariate of several levels."""
    found = []
    for name in dict.fromkeys(term.column for term in terms):
        places = [place for place, term in enumerate(terms) if term.column == name]
        estimates, variances = _part(fits, places)
        if len(places) < 2 or len(fits) < 2 or not (np.isfinite(estimates).all() and np.isfinite(variances).all()):
            continue
        test = pooled_test(estimates, variances)
        found.append({"column": name, "statistic": test.statistic, "degrees": list(test.degrees), "p": test.p})
    return found


def _part(fits: list[CoxFit], places: list[int]) -> tuple[Floats, Floats]:
    block = np.ix_(places, places)
    return np.array([fit.coefficient[places] for fit in fits]), np.array([fit.variance[block] for fit in fits])
