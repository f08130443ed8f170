"""Sequences of treatment: what came last before, the index treatment, what came first after it."""

from collections import Counter
from typing import Any

import polars as pl

from glisson.learn.cohort.registry.protocol import Protocol
from glisson.learn.cohort.registry.section import Section
from glisson.learn.cohort.registry.tables import RegistryTables

NOTHING_BEFORE, NOTHING_AFTER, DIED = "nothing before", "nothing recorded after", "died without another therapy"
OTHER = "other"


def treatment_sequences(tables: RegistryTables, protocol: Protocol) -> Section:
    """Patients by the last therapy before, the index treatment, and the first therapy after; flows below the cell size go to "other".

    Corrections apply; of two therapies of one day the first in the record counts.
    """
    died = set(tables.course.source("death")["patient"].to_list())
    paths: list[tuple[str, str, str]] = []
    groups = tables.therapies.partition_by("patient", as_dict=True)
    treated = tables.patients.filter(pl.col("first_session").is_not_null())["patient"].to_list()
    for patient in treated:
        rows = groups.get((patient,), tables.therapies.clear())
        before, index, after = (rows.filter(pl.col("phase") == phase)["what"].to_list() for phase in ("before", "index", "after"))
        ended = DIED if patient in died else NOTHING_AFTER
        paths.append((before[-1] if before else NOTHING_BEFORE, index[0] if index else "", after[0] if after else ended))
    kept = [_common(column, protocol.minimum_cell) for column in zip(*paths, strict=True)] if paths else []
    counted = Counter(zip(*kept, strict=True)) if kept else Counter()
    value: dict[str, Any] = {
        "stages": ["last therapy before", "index treatment", "first therapy after"],
        "patients": len(treated),
        "flows": [
            {"path": list(path), "patients": number}
            for path, number in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
        ],
        "smallest": protocol.minimum_cell,
    }
    return Section(value)


def _common(column: "tuple[str, ...]", smallest: int) -> list[str]:
    """Rare words become "other"."""
    counts = Counter(column)
    return [word if counts[word] >= smallest else OTHER for word in column]
