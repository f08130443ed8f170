"""Comparisons of two groups of the protocol: made alike by weighting, and in subgroups."""

from typing import Any

import polars as pl

from glisson.learn.cohort.adjusted import Reading, adjusted_effect
from glisson.learn.cohort.multiplicity import family
from glisson.learn.cohort.reading import curve_table, risk_table
from glisson.learn.cohort.registry.condition import condition_words, holds
from glisson.learn.cohort.registry.endpoint_times import Times, subject_of, times_of
from glisson.learn.cohort.registry.protocol import Condition, Protocol, Subgroups, Weighting
from glisson.learn.cohort.registry.section import Section, cannot_say
from glisson.learn.cohort.registry.survival_section import axis_times
from glisson.learn.cohort.registry.tables import RegistryTables
from glisson.learn.cohort.subgroups import Subgroup, subgroup_forest
from glisson.learn.cohort.table import rows
from glisson.learn.cohort.weighting import Choice


def exposure_of(tables: RegistryTables, times: Times, exposure: Condition) -> list[bool | None]:
    """Whether each row is exposed; ``None``: nobody knows."""
    found = pl.DataFrame({"patient": tables.patients["patient"], "exposed": holds(exposure, tables)})
    known = dict(found.iter_rows())
    return [known.get(patient) for patient in times.patients]


def arms_of(tables: RegistryTables, exposure: Condition) -> tuple[str, str]:
    """Names of the unexposed and the exposed."""
    words = condition_words(exposure, tables.variable(exposure.variable))
    return f"not {words}", words


def weighting_section(tables: RegistryTables, protocol: Protocol, asked: Weighting) -> Section:
    """Inverse probability of treatment weighting of the protocol's exposure, the crude comparison beside it."""
    times = times_of(tables, protocol, protocol.endpoint(asked.endpoint))
    if not times.patients:
        return cannot_say("weighting", f"nobody has a time of {asked.endpoint}")
    if times.competing:
        return cannot_say("weighting", f"{asked.endpoint} has competing events, and weighted curves of one cause overstate it")
    names = asked.arms or arms_of(tables, asked.exposure)
    found = adjusted_effect(
        times.data, exposure_of(tables, times, asked.exposure), times.columns(tables, asked.covariates), names=names,
        choice=Choice(asked.estimand, True, asked.truncate_fraction),
        reading=Reading(protocol.times_months, protocol.interval, protocol.confidence_fraction),
    )  # fmt: skip
    axis = axis_times(float(times.data.time.max()))
    part = rows(times.data, found.propensity.complete)
    weight = found.weights.weight if found.weights else None
    value: dict[str, Any] = found.value | {
        "label": asked.label, "endpoint": asked.endpoint, "name": times.name, "arms": list(names), "axis_months": list(axis),
    }  # fmt: skip
    value["drawn"] = []
    for curve, inside in zip(found.curves, (~found.propensity.exposed, found.propensity.exposed), strict=False):
        table = curve_table(curve.weighted or curve.crude)
        counts = risk_table(rows(part, inside), axis)
        value["drawn"].append({
            "group": curve.group, "weighted": curve.weighted is not None and weight is not None,
            "patients": curve.crude.rows, "events": int((part.event[inside] > 0).sum()),
            "curve": {name: table[name].to_list() for name in ("time", "survival", "low", "high", "censored")},
            "at_risk": {name: counts[name].to_list() for name in ("time", "at_risk", "censored")},
        })  # fmt: skip
    return Section(value, found.findings)


def subgroup_section(tables: RegistryTables, protocol: Protocol, asked: Subgroups) -> Section:
    """The protocol's exposure overall and in every subgroup, with a test of interaction for each variable."""
    times = times_of(tables, protocol, protocol.endpoint(asked.endpoint))
    if not times.patients:
        return cannot_say("subgroups", f"nobody has a time of {asked.endpoint}")
    variables = times.columns(tables, asked.by).select(pl.col(name).cast(pl.String) for name in asked.by)
    levels = {
        name: tuple(word for word in words if word in set(variables[name]))
        for name in asked.by
        if (words := protocol.group_order if name == protocol.groups and protocol.group_order else tables.variable(name).levels)
    }
    found = subgroup_forest(
        subject_of(times.data), exposure_of(tables, times, asked.exposure), variables, levels=levels,
        confidence_fraction=protocol.confidence_fraction,
    )  # fmt: skip
    tests = {one.variable: one for one in found.interactions}
    p = {name: tests[name].p for name in asked.by}
    method = protocol.multiplicity.method if set(protocol.multiplicity.family) == {"subgroups"} else "none"
    value: dict[str, Any] = {
        "label": asked.label, "endpoint": asked.endpoint, "name": times.name, "arms": list(asked.arms or arms_of(tables, asked.exposure)),
        "confidence_fraction": protocol.confidence_fraction, "overall": _subgroup(found.overall), "statement": found.statement,
        "variables": [
            {
                "variable": name, "interaction_p": p[name], "test": tests[name].test, "missing": tests[name].missing,
                "cannot_say": tests[name].cannot_say, "left_out": list(tests[name].left_out),
                "levels": [_subgroup(one) for one in found.subgroups if one.variable == name],
            }
            for name in asked.by
        ],
    }  # fmt: skip
    findings = list(found.findings)
    if method != "none":
        adjusted = family(p, name="tests of interaction in subgroups", method=method)
        value["multiplicity"] = {"method": method, "statement": adjusted.statement, "adjusted": dict(adjusted.adjusted)}
    return Section(value, tuple(findings))


def _subgroup(one: Subgroup) -> dict[str, Any]:
    return {
        "level": one.level, "exposed": one.exposed_rows, "exposed_events": one.exposed_events,
        "others": one.rows - one.exposed_rows, "other_events": one.events - one.exposed_events, "ratio": one.effect,
        "cannot_say": one.cannot_say,
    }  # fmt: skip
