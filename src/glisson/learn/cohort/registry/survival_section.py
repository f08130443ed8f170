"""Survival of an endpoint: curves with their tables, medians, tests, cumulative incidence, definitions side by side."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from glisson.case import Finding, Level
from glisson.errors import GlissonError
from glisson.knowledge.endpoints import endpoint_definition
from glisson.learn.cohort.competing import Incidence, cumulative_incidence
from glisson.learn.cohort.gray import gray_test
from glisson.learn.cohort.groups import Groups, groups
from glisson.learn.cohort.kaplan_meier import Curve, follow_up_curve, kaplan_meier
from glisson.learn.cohort.log_rank import KSampleTest, log_rank
from glisson.learn.cohort.reading import Quantile, curve_table, risk_table, survival_at, survival_quantile
from glisson.learn.cohort.registry.endpoint_times import Times, times_of
from glisson.learn.cohort.registry.protocol import Endpoint, Protocol
from glisson.learn.cohort.registry.section import Section
from glisson.learn.cohort.registry.tables import RegistryTables
from glisson.learn.cohort.restricted_mean import restricted_mean
from glisson.learn.cohort.risk_sets import steps_before
from glisson.learn.cohort.table import SurvivalData, one_cause

ALL = "all"
CAUSES = {1: "event", 2: "competing"}


@dataclass(frozen=True)
class _Work:
    protocol: Protocol
    times: Times
    axis: tuple[float, ...]
    findings: list[Finding]

    def said(self, code: str, text: str) -> None:
        self.findings.append(Finding(code=code, level=Level.WARNING, text=f"{self.times.endpoint.id}: {text}"))


def survival_section(tables: RegistryTables, protocol: Protocol, endpoint: Endpoint) -> Section:
    """One endpoint, overall and by group.

    Args:
        tables: of the population.
        protocol: its groups, times, interval.
        endpoint: of the protocol.
    """
    times = times_of(tables, protocol, endpoint)
    findings: list[Finding] = []
    value: dict[str, Any] = {
        "id": endpoint.id, "name": times.name, "event": endpoint_definition(endpoint.name).events[0],
        "definition": times.definition, "competing": times.competing,
        "patients": len(times.patients), "no_time": times.no_time, "never_at_risk": times.never_at_risk,
        "events": int((times.data.event == 1).sum()), "competing_events": int((times.data.event == 2).sum()),
        "origin": endpoint.origin or protocol.origin,
        "interval": protocol.interval, "confidence_fraction": protocol.confidence_fraction,
    }  # fmt: skip
    if not times.patients:
        return Section(value | {"cannot_say": "no patient has a time"}, ())
    work = _Work(protocol, times, axis_times(float(times.data.time.max())), findings)
    if not value["events"]:
        work.said("no-events", "nobody had the event: nothing can be compared")
    labels = times.labels(tables, protocol.groups)
    parts = _parts(tables, work, labels)
    value["axis_months"] = list(work.axis)
    value["groups"] = [_group(work, name, data) for name, data in parts]
    value["follow_up"] = [
        {"group": name, **_quantile(survival_quantile(follow_up_curve(data, interval=protocol.interval)))} for name, data in parts
    ]
    value["tests"] = _tests(work, labels, [name for name, _ in parts[1:]])
    if endpoint.competing:
        value["definitions"] = _definitions(tables, protocol, endpoint)
    value["sensitivity"] = _sensitivity(tables, protocol, endpoint)
    return Section(value, tuple(findings))


def axis_times(longest: float) -> tuple[float, ...]:
    """Ticks of months under a curve: at most nine, by 1, 2, 3, 6, 12, 24 or 60.

    >>> axis_times(31.0)
    (0.0, 6.0, 12.0, 18.0, 24.0, 30.0)
    """
    step = next((size for size in (1.0, 2.0, 3.0, 6.0, 12.0, 24.0) if longest / size <= 8), 60.0)
    return tuple(float(step * place) for place in range(int(longest // step) + 1))


def group_order(tables: RegistryTables, protocol: Protocol, present: Sequence[str]) -> list[str]:
    """Classes in the protocol's order, else in that of the variable."""
    wanted = protocol.group_order or (tables.variable(protocol.groups).levels if protocol.groups else ())
    return [name for name in wanted if name in present] + sorted(set(present) - set(wanted))


def _parts(tables: RegistryTables, work: _Work, labels: Sequence[str | None]) -> list[tuple[str, SurvivalData]]:
    """Everyone, then each group that is large enough to be shown."""
    present = [label for label in labels if label is not None]
    parts = [(ALL, work.times.data)]
    if (unknown := len(labels) - len(present)) and present:
        work.said("unknown-group", f"{unknown} patients of unknown group are in the overall figures and in no group")
    for name in group_order(tables, work.protocol, list(dict.fromkeys(present))):
        mine = np.array([label == name for label in labels], dtype=bool)
        if mine.sum() < work.protocol.minimum_cell:
            work.said("small-group", f"group {name} has fewer than {work.protocol.minimum_cell} patients and is not shown")
        else:
            parts.append((name, work.times.of(mine).data))
    return parts


def _group(work: _Work, name: str, data: SurvivalData) -> dict[str, Any]:
    """Curve, its rows under the axis, median, survival at the times of the protocol; incidences where events compete."""
    protocol = work.protocol
    curve = kaplan_meier(data, interval=protocol.interval, confidence_fraction=protocol.confidence_fraction)
    found: dict[str, Any] = {
        "group": name,
        "patients": len(data),
        "events": int((data.event == 1).sum()),
        "at_risk": _columns(risk_table(data, work.axis)),
        "at_times": _at_times(curve, data, protocol.times_months),
    }
    if work.times.competing:
        found["incidence"] = [_incidence(work, data, cause) for cause in (1, 2)]
    else:
        found |= {"curve": _columns(curve_table(curve)), "median": _quantile(survival_quantile(curve))}
    if (horizon := work.times.endpoint.restricted_mean_months) is not None and not work.times.competing:
        found["restricted_mean"] = _restricted_mean(work, curve, horizon, name)
    return found


def _at_times(curve: Curve, data: SurvivalData, times: Sequence[float]) -> list[dict[str, Any]]:
    counts = risk_table(data, times).drop("time", "at_risk").to_dicts()
    return [row | count for row, count in zip(survival_at(curve, times).to_dicts(), counts, strict=True)]


def _restricted_mean(work: _Work, curve: Curve, horizon: float, name: str) -> dict[str, Any] | None:
    try:
        return asdict(restricted_mean(curve, horizon=horizon, confidence_fraction=work.protocol.confidence_fraction))
    except GlissonError as error:
        work.said("no-restricted-mean", f"{name}: {error}")
        return None


def _incidence(work: _Work, data: SurvivalData, cause: int) -> dict[str, Any]:
    protocol = work.protocol
    found = cumulative_incidence(data, cause=cause, interval=protocol.interval, confidence_fraction=protocol.confidence_fraction)
    steps = {
        "time": [0.0, *found.time.tolist()],
        **{name: [0.0, *plain(getattr(found, name))] for name in ("incidence", "low", "high")},
    }
    return {
        "cause": CAUSES[cause],
        "events": int((data.event == cause).sum()),
        "curve": steps,
        "events_at_ticks": [int(((data.event == cause) & (data.time <= tick)).sum()) for tick in work.axis],
        "at_times": [_incidence_at(found, time) for time in protocol.times_months],
    }


def _incidence_at(found: Incidence, time: float) -> dict[str, Any]:
    left = found.at_risk[-1] - found.events[-1] - found.competing[-1]
    if time > found.time[-1] and left > 0:
        return {"time": time, "incidence": None, "low": None, "high": None}
    step = int(steps_before(found.time, np.array([time]))[0])
    if step < 0:
        return {"time": time, "incidence": 0.0, "low": 0.0, "high": 0.0}
    return {"time": time, **{name: plain(getattr(found, name)[step : step + 1])[0] for name in ("incidence", "low", "high")}}


def plain(values: Any) -> list[float | None]:
    """Numbers for JSON: what is not finite is null."""
    return [float(value) if np.isfinite(value) else None for value in values]


def _columns(table: Any) -> dict[str, list[Any]]:
    return {name: table[name].to_list() for name in table.columns}


def _quantile(found: Quantile) -> dict[str, Any]:
    return {"time": found.time, "low": found.low, "high": found.high, "interval": found.interval}


def _tests(work: _Work, labels: Sequence[str | None], shown: Sequence[str]) -> list[dict[str, Any]]:
    """Log-rank of the groups that are shown; with competing events of the cause-specific hazard, and Gray's test."""
    if len(shown) < 2:
        return []
    mine = np.array([label in shown for label in labels], dtype=bool)
    data = work.times.of(mine).data
    by: Groups = groups([label for label in labels if label in shown], order=list(shown))
    made = []
    if work.times.competing:
        of_cause = log_rank(one_cause(data, 1), by)
        made = [replace(of_cause, test=f"{of_cause.test}, cause-specific"), gray_test(data, by, cause=1)]
    else:
        made = [log_rank(data, by)]
    work.findings.extend(finding for test in made for finding in test.findings)
    return [_test(test) for test in made]


def _test(test: KSampleTest) -> dict[str, Any]:
    return {
        "test": test.test, "statistic": test.statistic, "degrees": test.degrees, "p": test.p,
        "groups": [
            {"group": name, "patients": count, "observed": observed, "expected": expected}
            for name, count, observed, expected in zip(test.names, test.rows, plain(test.observed), plain(test.expected), strict=True)
        ],
    }  # fmt: skip


def _definitions(tables: RegistryTables, protocol: Protocol, endpoint: Endpoint) -> list[dict[str, Any]]:
    """The endpoint and its competing definitions side by side."""
    names = (endpoint.name, *endpoint.competing)
    return [_line(tables, protocol, endpoint.model_copy(update={"name": name})) for name in names]


def _sensitivity(tables: RegistryTables, protocol: Protocol, endpoint: Endpoint) -> list[dict[str, Any]]:
    """The endpoint once more with each change that the protocol asks for."""
    asked = (one for one in protocol.sensitivity if one.endpoint == endpoint.id)
    return [{"id": one.id, "says": one.says} | _line(tables, protocol, protocol.changed(one)) for one in asked]


def _line(tables: RegistryTables, protocol: Protocol, endpoint: Endpoint) -> dict[str, Any]:
    """One line about an endpoint; one that cannot be worked out does not take the endpoint itself with it."""
    try:
        return _brief(times_of(tables, protocol, endpoint), protocol)
    except GlissonError as error:
        about = {"name": endpoint.name, "definition": None, "patients": 0, "events": 0, "competing": False}
        return about | {"cannot_say": str(error).rstrip(".")}


def _brief(times: Times, protocol: Protocol) -> dict[str, Any]:
    """One line about an endpoint: events, median or incidence, and the share at each time."""
    data = times.data
    line: dict[str, Any] = {
        "name": times.name, "definition": times.definition, "patients": len(times.patients), "no_time": times.no_time,
        "events": int((data.event == 1).sum()), "competing_events": int((data.event == 2).sum()), "competing": times.competing,
    }  # fmt: skip
    if not times.patients:
        return line | {"cannot_say": "no patient has a time"}
    if times.competing:
        found = cumulative_incidence(data, cause=1, interval=protocol.interval, confidence_fraction=protocol.confidence_fraction)
        return line | {"at_times": [_incidence_at(found, time) for time in protocol.times_months]}
    curve = kaplan_meier(data, interval=protocol.interval, confidence_fraction=protocol.confidence_fraction)
    return line | {"median": _quantile(survival_quantile(curve)), "at_times": _at_times(curve, data, protocol.times_months)}
