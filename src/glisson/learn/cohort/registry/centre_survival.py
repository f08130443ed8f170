"""Survival at one time by centre, beside everyone's: to see how far centres differ, never to rank them."""

from typing import Any

import numpy as np

from glisson.learn.cohort.kaplan_meier import kaplan_meier
from glisson.learn.cohort.reading import survival_at
from glisson.learn.cohort.registry.endpoint_times import times_of
from glisson.learn.cohort.registry.protocol import Protocol
from glisson.learn.cohort.registry.section import Section, cannot_say
from glisson.learn.cohort.registry.tables import RegistryTables
from glisson.learn.cohort.table import SurvivalData, rows


def centre_survival(tables: RegistryTables, protocol: Protocol) -> Section:
    """Survival of the first endpoint at 12 months (or the protocol's first time) by centre.

    Centres carry a running number in the order of their names; those below the cell size are counted and not shown.
    """
    endpoint = protocol.endpoints[0]
    times = times_of(tables, protocol, endpoint)
    centres = times.labels(tables, "centre")
    known = sorted({centre for centre in centres if centre is not None})
    if times.competing or not times.patients or not protocol.times_months or len(known) < 2:
        return (
            Section({"cannot_say": "one centre, or no endpoint without competing events"})
            if times.patients
            else cannot_say("centres", f"nobody has a time of {endpoint.id}")
        )
    at = 12.0 if 12.0 in protocol.times_months else protocol.times_months[0]
    shown, small = [], 0
    for number, name in enumerate(known, start=1):
        part = rows(times.data, np.array([centre == name for centre in centres], dtype=bool))
        if len(part) < protocol.minimum_cell:
            small += 1
        else:
            shown.append({"centre": f"Centre {number}"} | _survival(part, protocol, at))
    value: dict[str, Any] = {
        "endpoint": endpoint.id, "name": times.name, "months": at, "centres": shown, "small": small,
        "smallest": protocol.minimum_cell, "everyone": _survival(times.data, protocol, at),
        "confidence_fraction": protocol.confidence_fraction,
    }  # fmt: skip
    return Section(value)


def _survival(data: SurvivalData, protocol: Protocol, at: float) -> dict[str, Any]:
    curve = kaplan_meier(data, interval=protocol.interval, confidence_fraction=protocol.confidence_fraction)
    found = survival_at(curve, [at]).to_dicts()[0]
    return {"patients": len(data), "events": int((data.event == 1).sum())} | {
        name: found[name] for name in ("survival", "low", "high")
    }
