"""Interaction of two exposures: hazards of all four groups, and how they depart from multiplying, from adding, and from alike gains."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.learn.cohort.additive_interaction import LARGEST, additive_interaction, recoded
from glisson.learn.cohort.cox import CoxFit, cox
from glisson.learn.cohort.design import design
from glisson.learn.cohort.interval import normal_quantile
from glisson.learn.cohort.kaplan_meier import kaplan_meier
from glisson.learn.cohort.models import ratio
from glisson.learn.cohort.reading import survival_at
from glisson.learn.cohort.table import Booleans, Floats, SurvivalData, any_event, rows

if TYPE_CHECKING:
    import polars as pl

ASSUMPTIONS = (
    "a departure from multiplying or adding describes a model; it speaks of causes only if nothing confounds either exposure",
    "hazards are proportional in all four groups: RERI, AP and S of hazard ratios are averages over this follow-up",
    "intervals of RERI and AP by the delta method, that of S on the log scale",
    "differences of survival are crude: no covariate takes part in them",
)
CELLS = ("neither", "first only", "second only", "both")
EXPOSED = ((False, False), (True, False), (False, True), (True, True))
PARTS = ((), (0,), (1,), (0, 1, 2))
"""Coefficients (A, B, A × B) whose sum is the log hazard ratio of each cell against neither."""
WITHIN = ((0, False, (0,)), (0, True, (0, 2)), (1, False, (1,)), (1, True, (1, 2)))
"""Exposure, whether the other is present, and the coefficients of its log hazard ratio there."""


@dataclass(frozen=True)
class Interaction:
    """Values for JSON, and what a reader must know.

    Attributes:
        value: exposures, rows, cells (rows, events, ratio against neither), within (ratio of one exposure at each level of the other),
            multiplicative (ratio of ratios), additive, additive_recoded (reference: the group of lowest hazard, where that is not
            "neither"), survival (difference of differences at each time), assumptions; ``cannot_say`` where the model has no estimate.
        findings: what a reader must know.
    """

    value: dict[str, Any]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, eq=False)
class Exposures:
    """Two exposures of each row.

    Attributes:
        first: yes, no, or ``None`` where it is not known.
        second: the same.
        names: of both.
    """

    first: Sequence[bool | None]
    second: Sequence[bool | None]
    names: tuple[str, str] = ("first", "second")


def interaction(
    data: SurvivalData,
    exposures: Exposures,
    covariates: "pl.DataFrame | None" = None,
    *,
    times: Sequence[float] = (),
    confidence_fraction: float = 0.95,
) -> Interaction:
    """Interaction of two exposures in a Cox model and, without covariates, on the survival scale.

    Args:
        data: the follow-up, with its strata, entries, weights and clusters; every cause counts as the event.
        exposures: the two.
        covariates: that the Cox model holds beside them, one row per row of ``data``; complete cases.
        times: at which the difference of differences of survival is stated.
        confidence_fraction: of every interval.

    Raises:
        BadInput: lengths that differ.

    References:
        What to show: Knol and VanderWeele, Int J Epidemiol 2012;41:514. Additive scale: Hosmer and Lemeshow 1992, Li and Chambless
        2007 (``additive_interaction``). Survival: Kaplan-Meier in each group, Greenwood's variances added up.
    """
    given = _complete(data, exposures, covariates)
    part = any_event(rows(data, given.complete))
    inside = [(given.a == a) & (given.b == b) for a, b in EXPOSED]
    cells = [
        {"cell": name, "rows": int(which.sum()), "events": int(part.event[which].sum())}
        for name, which in zip(CELLS, inside, strict=True)
    ]
    value: dict[str, Any] = {
        "exposures": list(exposures.names),
        "rows": len(part),
        "left_out": len(data) - len(part),
        "confidence_fraction": confidence_fraction,
        "cells": cells,
        "survival": _survival(part, inside, times, confidence_fraction),
        "assumptions": list(ASSUMPTIONS),
    }
    findings = list(given.findings)
    empty = [cell["cell"] for cell in cells if not cell["rows"]]
    if empty:
        value["cannot_say"] = f"nobody is in the group{'s' if len(empty) > 1 else ''} {' and '.join(map(repr, empty))}"
    else:
        fit = _fit(part, given, exposures.names)
        findings += fit.findings
        value |= _hazards(fit, cells, exposures.names, confidence_fraction)
    findings += _said(value, clustered=part.cluster is not None)
    return Interaction(value, tuple(dict.fromkeys(findings)))


@dataclass(frozen=True, eq=False)
class _Given:
    """Rows with both exposures and all covariates."""

    complete: Booleans
    a: Booleans
    b: Booleans
    x: Floats
    names: tuple[str, ...]
    findings: tuple[Finding, ...]


def _complete(data: SurvivalData, exposures: Exposures, covariates: "pl.DataFrame | None") -> _Given:
    import polars as pl

    heights = {len(data), len(exposures.first), len(exposures.second)} | (set() if covariates is None else {covariates.height})
    if len(heights) > 1:
        raise BadInput("follow-up, exposures and covariates of different lengths", allowed="one of each per row")
    known = np.array([None not in pair for pair in zip(exposures.first, exposures.second, strict=True)], dtype=bool)
    findings: list[Finding] = []
    if not known.all():
        text = f"{int((~known).sum())} of {len(known)} rows lack one of the two exposures and take no part"
        findings.append(Finding(code="unknown-exposure", level=Level.WARNING, text=text))
    complete, x, names = known.copy(), np.zeros((int(known.sum()), 0)), tuple[str, ...]()
    if covariates is not None:
        made = design(covariates.filter(pl.Series(known)), covariates.columns)
        findings += made.findings
        complete[known] = made.complete
        x, names = made.x, made.names
    a, b = (np.array([one is True for one in which], dtype=bool)[complete] for which in (exposures.first, exposures.second))
    return _Given(complete, a, b, x, names, tuple(findings))


def _fit(part: SurvivalData, given: _Given, names: tuple[str, str]) -> CoxFit:
    product = f"{names[0]} and {names[1]} together"
    x = np.column_stack([given.a, given.b, given.a & given.b, given.x]).astype(np.float64)
    return cox(part, x, (*names, product, *given.names))


def _hazards(fit: CoxFit, cells: list[dict[str, Any]], names: tuple[str, str], confidence_fraction: float) -> dict[str, Any]:
    """Ratios of the cells (written into them), within levels, and the departures from multiplying and adding."""
    for cell, places in zip(cells, PARTS, strict=True):
        cell["effect"] = _ratio(fit, places, confidence_fraction) if places else None
    within = [
        {"exposure": names[which], "other_present": present, "effect": _ratio(fit, places, confidence_fraction)}
        for which, present, places in WITHIN
    ]
    value: dict[str, Any] = {"within": within, "multiplicative": _ratio(fit, (2,), confidence_fraction)}
    value["variance"] = "robust" if fit.robust else "model-based"
    beta, variance = fit.coefficient[:3], fit.variance[:3, :3]
    if not np.abs(beta).sum() < LARGEST:  # nor where one is NaN
        return value | {"cannot_say": "the data give no estimate of one of the exposures or of both together"}
    value["additive"] = asdict(additive_interaction(coefficient=beta, variance=variance, confidence_fraction=confidence_fraction))
    lowest = int(np.argmin([beta[list(places)].sum() for places in PARTS]))
    value["additive_recoded"] = None
    if lowest:
        turned, its = recoded(coefficient=beta, variance=variance, turned=EXPOSED[lowest])
        again = additive_interaction(coefficient=turned, variance=its, confidence_fraction=confidence_fraction)
        value["additive_recoded"] = {"reference": CELLS[lowest]} | asdict(again)
    return value


def _ratio(fit: CoxFit, places: Sequence[int], confidence_fraction: float) -> dict[str, float | None]:
    which = list(places)
    log, variance = fit.coefficient[which].sum(), fit.variance[np.ix_(which, which)].sum()
    return ratio(float(log), float(variance), confidence_fraction=confidence_fraction)


def _survival(
    part: SurvivalData, inside: Sequence[Booleans], times: Sequence[float], confidence_fraction: float
) -> list[dict[str, Any]]:
    """Survival under both minus under each alone plus under neither, at each time: 0 where gains and losses add up."""
    if not len(times) or not all(which.any() for which in inside):
        return []
    tables = [survival_at(kaplan_meier(rows(part, which)), times).to_dicts() for which in inside]
    return [_difference(time, at, confidence_fraction) for time, at in zip(times, zip(*tables, strict=True), strict=True)]


def _difference(time: float, cells: Sequence[dict[str, Any]], confidence_fraction: float) -> dict[str, Any]:
    from scipy.special import ndtr

    survival, errors = [cell["survival"] for cell in cells], [cell["standard_error"] for cell in cells]
    found: dict[str, Any] = {"time": float(time), "survival": survival} | dict.fromkeys(("difference", "low", "high", "p"))
    if None in survival:
        return found | {"cannot_say": "follow-up of one of the groups ends before"}
    found["difference"] = survival[3] - survival[1] - survival[2] + survival[0]
    if None in errors or not any(errors):
        return found | {"cannot_say": "a standard error is not known there"}
    error = float(np.sqrt(sum(one**2 for one in errors)))
    reach = normal_quantile(confidence_fraction) * error
    ends = {"low": found["difference"] - reach, "high": found["difference"] + reach}
    return found | ends | {"p": float(2 * ndtr(-abs(found["difference"]) / error)), "cannot_say": None}


def _said(value: dict[str, Any], *, clustered: bool) -> list[Finding]:
    said = []
    if "cannot_say" in value:
        said.append(("no-interaction", Level.WARNING, f"no interaction model: {value['cannot_say']}"))
    if value.get("additive_recoded"):
        text = (
            f"the hazard is lowest in the group {value['additive_recoded']['reference']!r}: RERI, AP and S against 'neither' are hard to "
            "read, and stand beside those against the group of lowest hazard"
        )
        said.append(("recoded-beside", Level.NOTE, text))
    if clustered and value["survival"]:
        text = "differences of survival take the four groups as independent, although clusters may lie in several of them"
        said.append(("clusters-across-groups", Level.WARNING, text))
    return [Finding(code=code, level=level, text=text) for code, level, text in said]
