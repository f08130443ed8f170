"""Survival of two groups made alike by weighting: Cox with robust variance, Kaplan-Meier, balance, overlap; crude beside it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glisson.case import Finding
from glisson.errors import BadInput
from glisson.learn.cohort.balance import Balance, balance, imbalance
from glisson.learn.cohort.cox import CoxFit, cox
from glisson.learn.cohort.interval import DEFAULT_INTERVAL, IntervalType
from glisson.learn.cohort.kaplan_meier import Curve, kaplan_meier
from glisson.learn.cohort.models import ratio
from glisson.learn.cohort.propensity import Propensity, propensity
from glisson.learn.cohort.reading import survival_at, survival_quantile
from glisson.learn.cohort.table import Booleans, SurvivalData, rows
from glisson.learn.cohort.weighting import Choice, Weighting, weighting

if TYPE_CHECKING:
    import polars as pl

ASSUMPTIONS = (
    "every covariate that influences both the choice of treatment and the outcome is among those named (no unmeasured confounding)",
    "all covariates were known before the treatment was chosen",
    "patients of every kind can receive either treatment (positivity)",
    "the propensity model has the right form: numbers enter as a straight line on the log odds",
    "censoring does not depend on what will happen",
)
MARGINAL = {
    "ATE": "the whole group treated one way, against the whole group treated the other way",
    "ATT": "those who were exposed, against the same patients had they not been",
}


@dataclass(frozen=True)
class Reading:
    """How curves are read.

    Attributes:
        times: at which survival is stated.
        interval: type of the pointwise intervals.
        confidence_fraction: of every interval.
    """

    times: tuple[float, ...] = ()
    interval: IntervalType = DEFAULT_INTERVAL
    confidence_fraction: float = 0.95


@dataclass(frozen=True, eq=False)
class GroupCurves:
    """Kaplan-Meier of one group as it is, and weighted (``None`` where there are no weights)."""

    group: str
    crude: Curve
    weighted: Curve | None


@dataclass(frozen=True, eq=False)
class AdjustedEffect:
    """Values for JSON, what a reader must know, and what figures are drawn from.

    Attributes:
        value: groups, rows, propensity, overlap, weights, balance, cox, curves, method, assumptions; ``cannot_say`` holds the
            reason where weighting was not possible, and the crude comparison stands.
        findings: what a reader must know.
        curves: of the unexposed and the exposed; of no rows where a group is empty.
        propensity: the model behind the weights.
        weights: ``None`` where there are none.
    """

    value: dict[str, Any]
    findings: tuple[Finding, ...]
    curves: tuple[GroupCurves, ...]
    propensity: Propensity
    weights: Weighting | None


def adjusted_effect(
    data: SurvivalData,
    exposed: Sequence[bool | None],
    covariates: "pl.DataFrame",
    *,
    names: tuple[str, str] = ("unexposed", "exposed"),
    choice: Choice | None = None,
    reading: Reading | None = None,
) -> AdjustedEffect:
    """Effect of an exposure on survival after inverse probability of treatment weighting.

    Args:
        data: the follow-up, without weights; every cause counts as the event. Its clusters make the variance clustered.
        exposed: of each row; ``None`` where it is not known.
        covariates: of the propensity model, one row per row of ``data``.
        names: of the unexposed and the exposed.
        choice: of the weights.
        reading: of the curves.

    Raises:
        BadInput: lengths that differ, or follow-up that carries weights.

    References:
        Cole and Hernán, Comput Methods Programs Biomed 2004;75:45 (weighted survival curves); Austin, Stat Med 2014;33:1242 (hazard
        ratios); the robust variance takes the weights as known: Lin and Wei, J Am Stat Assoc 1989;84:1074.
    """
    if data.weight is not None:
        raise BadInput("follow-up that already carries weights", do="leave them out, or weight by treatment alone")
    if len(data) != len(exposed):
        raise BadInput(f"{len(data)} rows of follow-up and {len(exposed)} exposures", allowed="one of each per row")
    choice, reading = choice or Choice(), reading or Reading()
    given = propensity(exposed, covariates)
    weights = weighting(given, choice)
    part = rows(data, given.complete)
    value: dict[str, Any] = {"groups": list(names), "rows": len(part), "left_out": len(data) - len(part), **asdict(choice)}
    findings = [*given.findings]
    if weights is None:
        value["cannot_say"] = given.cannot_say
    else:
        findings += weights.findings
        compared = _balance(given, weights, covariates, names)
        findings += imbalance(compared)
        value |= _weighted_part(given, weights) | {"balance": [asdict(one) for one in compared]}
    value["cox"] = _cox(part, given, weights, reading.confidence_fraction, findings)
    sides = ((names[0], ~given.exposed), (names[1], given.exposed))
    curves = tuple(_curves(part, inside, weights, name, reading) for name, inside in sides)
    value["curves"] = [_described(one, reading) for one in curves]
    value |= {"method": _method(choice, names) if weights else None, "assumptions": list(ASSUMPTIONS)}
    return AdjustedEffect(value, tuple(dict.fromkeys(findings)), curves, given, weights)


def _balance(given: Propensity, weights: Weighting, covariates: "pl.DataFrame", names: tuple[str, str]) -> tuple[Balance, ...]:
    import polars as pl

    group = [names[int(one)] for one in given.exposed]
    return balance(covariates.filter(pl.Series(given.complete)), group, weights.weight, order=names)


def _weighted_part(given: Propensity, weights: Weighting) -> dict[str, Any]:
    described = {name: getattr(weights, name) for name in ("truncated", "limits", "rows", "effective", "mean", "largest")}
    return {
        "propensity": given.value,
        "overlap": asdict(given.overlap) if given.overlap else None,
        "weights": {name: list(what) if isinstance(what, tuple) else what for name, what in described.items()},
    }


def _cox(
    part: SurvivalData, given: Propensity, weights: Weighting | None, confidence: float, findings: list[Finding]
) -> dict[str, Any]:
    x = given.exposed.astype(np.float64)[:, None]
    crude = cox(part, x, ["exposure"])
    fits: dict[str, CoxFit | None] = {"crude": crude, "weighted": None}
    if weights is not None:
        fits["weighted"] = cox(replace(part, weight=weights.weight), x, ["exposure"], robust=True)
    findings += [finding for fit in fits.values() if fit for finding in fit.findings]
    found: dict[str, Any] = {"events": crude.events}
    for name, fit in fits.items():
        found[name] = ratio(fit.coefficient[0], fit.variance[0, 0], confidence_fraction=confidence) if fit else None
    return found | {"variance": "robust, clustered" if part.cluster is not None else "robust"}


def _curves(part: SurvivalData, inside: Booleans, weights: Weighting | None, name: str, reading: Reading) -> GroupCurves:
    choice: dict[str, Any] = {"interval": reading.interval, "confidence_fraction": reading.confidence_fraction}
    crude = kaplan_meier(rows(part, inside), **choice)
    if weights is None:
        return GroupCurves(name, crude, None)
    weighted = rows(replace(part, weight=weights.weight), inside)
    return GroupCurves(name, crude, kaplan_meier(weighted, robust=True, **choice))


def _described(one: GroupCurves, reading: Reading) -> dict[str, Any]:
    found: dict[str, Any] = {"group": one.group, "rows": one.crude.rows}
    for name, curve in (("crude", one.crude), ("weighted", one.weighted)):
        if curve is not None:
            found[name] = {
                "median": asdict(survival_quantile(curve)),
                "at_times": survival_at(curve, reading.times).to_dicts(),
                "variance": curve.variance,
            }
    return found


def _method(choice: Choice, names: tuple[str, str]) -> str:
    text = f"Inverse probability of treatment weighting ({choice.estimand}: {MARGINAL[choice.estimand]}), {names[1]} against {names[0]}; "
    text += "propensity by logistic regression on all named covariates, complete cases; "
    text += "stabilised weights; " if choice.stabilised else "weights not stabilised; "
    if choice.truncate_fraction:
        cut = 100 * choice.truncate_fraction
        text += f"weights truncated at their {cut:g} and {100 - cut:g} percentiles; "
    return (
        text
        + "robust variance, which takes the weights as known (usually wider than needed); the hazard ratio is a marginal one."
    )
