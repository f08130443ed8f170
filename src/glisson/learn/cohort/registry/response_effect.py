"""Response and survival: landmarks and the response as an exposure that changes with time; never responders from the origin."""

from typing import Any

import numpy as np
import polars as pl

from glisson.case import Finding
from glisson.errors import GlissonError
from glisson.knowledge.endpoints import month_days
from glisson.learn.cohort.cox import cox
from glisson.learn.cohort.groups import groups
from glisson.learn.cohort.kaplan_meier import kaplan_meier
from glisson.learn.cohort.log_rank import log_rank
from glisson.learn.cohort.models import ratio
from glisson.learn.cohort.reading import survival_quantile
from glisson.learn.cohort.registry.endpoint_times import Times, subject_of, times_of
from glisson.learn.cohort.registry.protocol import Endpoint, Protocol
from glisson.learn.cohort.registry.readings import readings
from glisson.learn.cohort.registry.section import Section
from glisson.learn.cohort.registry.tables import RegistryTables
from glisson.learn.cohort.response_over_time import changing_exposure, landmark, naive_groups
from glisson.learn.cohort.table import Floats, rows

RESPONSE = ("CR", "PR")


def response_effect(tables: RegistryTables, protocol: Protocol, endpoint: Endpoint) -> Section:
    """Survival by response at each landmark of the endpoint, and the hazard ratio of a response that changes with time.

    Raises:
        BadInput: no reader decides, or nobody was read.
    """
    times = times_of(tables, protocol, endpoint)
    origin = endpoint.origin or protocol.origin
    since = first_response_months(tables, times, origin)
    progressed = first_progression_months(tables, times, origin)
    findings: list[Finding] = []
    value: dict[str, Any] = {
        "endpoint": endpoint.id,
        "name": times.name,
        "responders": int(np.isfinite(since).sum()),
        "patients": len(times.patients),
        "landmarks": [_landmark(times, since, progressed, (at, protocol), findings) for at in endpoint.landmark_months],
        "time_dependent": _time_dependent(times, since, protocol, findings),
        "naive": _refused(times, since),
    }
    return Section(value, tuple(dict.fromkeys(findings)))


def first_response_months(tables: RegistryTables, times: Times, origin: str) -> Floats:
    """Months from the origin of the endpoint to the first CR or PR by the deciding criterion, before another therapy; NaN: none."""
    called = readings(tables).responses.filter(pl.col("overall").is_in(RESPONSE))
    first = called.group_by("patient").agg(pl.col("date").min())
    ends = tables.course.source("new therapy").group_by("patient").agg(end=pl.col("date").min())
    kept = first.join(ends, on="patient", how="left").filter((pl.col("date") <= pl.col("end")).fill_null(True))
    months = ((pl.col("date") - pl.col("reference")).dt.total_days() / month_days()).clip(lower_bound=0.0)
    found = dict(kept.join(tables.course.origin(origin), on="patient").select("patient", months.alias("months")).iter_rows())
    return np.array([found.get(patient, np.nan) for patient in times.patients], dtype=np.float64)


def first_progression_months(tables: RegistryTables, times: Times, origin: str) -> Floats:
    """Months from the origin of the endpoint to the first progression since then that the deciding criterion finds; NaN: none."""
    days = tables.course.source("progression").join(tables.course.origin(origin), on="patient")
    months = (pl.col("date") - pl.col("reference")).dt.total_days() / month_days()
    first = days.filter(pl.col("date") >= pl.col("reference")).group_by("patient").agg(months=months.min())
    found = dict(first.select("patient", "months").iter_rows())
    return np.array([found.get(patient, np.nan) for patient in times.patients], dtype=np.float64)


def _landmark(
    times: Times, since: Any, progressed: Any, asked: tuple[float, Protocol], findings: list[Finding]
) -> dict[str, Any]:
    """Those alive and without progression at the landmark: early progressions would sit among those without response."""
    at, protocol = asked
    free = ~(progressed <= at)
    still = times.of(free)
    found = landmark(subject_of(still.data), since[free], at=at)
    findings += found.findings
    value: dict[str, Any] = {
        "months": at, "progressed_before": int((~free).sum()),
        "ended_before": found.ended_before, "censored_before": found.censored_before, "not_yet": found.not_yet,
        "groups": [],
    }  # fmt: skip
    for name, which in (("response", found.exposed), ("no response", ~found.exposed)):
        part = rows(found.data, which)
        row: dict[str, Any] = {"group": name, "patients": len(part), "events": int((part.event > 0).sum()), "median": None}
        if len(part) >= protocol.minimum_cell:
            median = survival_quantile(
                kaplan_meier(part, interval=protocol.interval, confidence_fraction=protocol.confidence_fraction)
            )
            row["median"] = {"time": median.time, "low": median.low, "high": median.high}
        value["groups"].append(row)
    if found.exposed.any() and not found.exposed.all():
        test = log_rank(found.data, groups(found.exposed.astype(int).tolist()))
        fit = cox(found.data, found.exposed.astype(np.float64)[:, None], ["response"])
        findings += (*test.findings, *fit.findings)
        value |= {"p": test.p, "ratio": _ratio(fit, protocol)}
    return value


def _time_dependent(times: Times, since: Any, protocol: Protocol, findings: list[Finding]) -> dict[str, Any] | None:
    if not np.isfinite(since).any():
        return None
    split = changing_exposure(subject_of(times.data), since)
    fit = cox(split.data, split.exposed[:, None], ["response"])
    findings += fit.findings
    return {"rows": fit.rows, "events": fit.events, "ratio": _ratio(fit, protocol)}


def _ratio(fit: Any, protocol: Protocol) -> dict[str, float | None]:
    return ratio(float(fit.coefficient[0]), float(fit.variance[0, 0]), confidence_fraction=protocol.confidence_fraction)


def _refused(times: Times, since: Any) -> str:
    """Why responders are not compared from the origin."""
    try:
        naive_groups(subject_of(times.data), since)
    except GlissonError as error:
        return error.problem
    return ""
