"""How large the next study has to be, with the rates that this one saw."""

import math
from typing import Any

import numpy as np

from glisson.knowledge.endpoints import month_days
from glisson.learn.cohort.kaplan_meier import Curve, kaplan_meier
from glisson.learn.cohort.precision import (
    event_fraction,
    log_rank_events,
    log_rank_power,
    patients_for_half_width,
    survival_half_width,
)
from glisson.learn.cohort.reading import survival_at, survival_quantile
from glisson.learn.cohort.registry.endpoint_times import Times, times_of
from glisson.learn.cohort.registry.protocol import NextStudy, Protocol
from glisson.learn.cohort.registry.section import Section, cannot_say
from glisson.learn.cohort.registry.tables import RegistryTables


def next_study(tables: RegistryTables, protocol: Protocol, asked: NextStudy) -> Section:
    """Events and patients for a comparison of two equal groups, and the width that this study's intervals could have.

    Accrual and follow-up last as long as in this registry: the span of the days of origin, and the time from the last of them to the
    last day on which anybody was observed. Survival is taken as exponential: with the observed median in one group, and with that
    hazard times the hazard ratio in the other; a half of the patients each.
    """
    endpoint = protocol.endpoints[0]
    times = times_of(tables, protocol, endpoint)
    if times.competing or not times.patients:
        return cannot_say("next study", f"{endpoint.id} has competing events or no patient")
    curve = kaplan_meier(times.data, interval=protocol.interval, confidence_fraction=protocol.confidence_fraction)
    median = survival_quantile(curve).time
    events = log_rank_events(
        hazard_ratio=asked.hazard_ratio, power_fraction=asked.power_fraction, alpha_fraction=asked.alpha_fraction
    )
    seen = int((times.data.event == 1).sum())
    power = log_rank_power(hazard_ratio=asked.hazard_ratio, events=seen, alpha_fraction=asked.alpha_fraction) if seen else None
    value: dict[str, Any] = {
        "endpoint": endpoint.id, "name": times.name, "hazard_ratio": asked.hazard_ratio, "power_fraction": asked.power_fraction,
        "alpha_fraction": asked.alpha_fraction, "events": events, "median_months": median,
        "power_here": power,
    }  # fmt: skip
    accrual, follow_up = _calendar(tables, times, endpoint.origin or protocol.origin)
    value |= {"accrual_months": accrual, "follow_up_months": follow_up}
    if median is not None:
        shares = [
            event_fraction(median=one, accrual=accrual, follow_up=follow_up) for one in (median, median / asked.hazard_ratio)
        ]
        share = sum(shares) / 2
        value |= {"event_fraction": share, "patients": math.ceil(events / share - 1e-9) if share > 0 else None}
    if asked.half_width is not None:
        value["precision"] = _precision(curve, protocol, asked.half_width, (accrual, follow_up))
    return Section(value)


def _calendar(tables: RegistryTables, times: Times, origin: str) -> tuple[float, float]:
    """Months over which patients came, and months from the last day of origin to the last day on which anybody was observed."""
    found = dict(tables.course.origin(origin).iter_rows())
    first = min(found[patient] for patient in times.patients)
    came = np.array([(found[patient] - first).days / month_days() for patient in times.patients])
    accrual = float(came.max())
    return accrual, max(float((came + times.data.time).max()) - accrual, 0.0)


def _precision(curve: Curve, protocol: Protocol, half_width: float, calendar: tuple[float, float]) -> list[dict[str, Any]]:
    """Expected half width at each time here, and patients for the one wanted."""
    accrual, follow_up = calendar
    rows = []
    for row in survival_at(curve, protocol.times_months).to_dicts():
        share, time = row["survival"], row["time"]
        if share is None or not 0 < share < 1 or time > accrual + follow_up:
            rows.append({"time": time, "survival": share, "here": None, "patients": None})
            continue
        design = {"survival_fraction": share, "time": time, "accrual": accrual, "follow_up": follow_up}
        rows.append({
            "time": time, "survival": share, "wanted": half_width,
            "here": survival_half_width(patients=curve.rows, confidence_fraction=protocol.confidence_fraction, **design),
            "patients": patients_for_half_width(
                half_width=half_width, confidence_fraction=protocol.confidence_fraction, **design
            ),
        })  # fmt: skip
    return rows
