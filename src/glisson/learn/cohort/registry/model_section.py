"""Regression of an endpoint by the protocol: every covariate alone, all together, and what is done about centres."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from glisson.case import Finding
from glisson.learn.cohort.models import regression
from glisson.learn.cohort.registry.endpoint_times import Times, times_of
from glisson.learn.cohort.registry.protocol import Model, Protocol
from glisson.learn.cohort.registry.section import Section
from glisson.learn.cohort.registry.tables import RegistryTables
from glisson.learn.cohort.table import SurvivalData

CENTRES = {
    "nothing": "patients are taken as independent, whatever their centre",
    "clustered variance": "variance by centre (robust to patients of one centre being alike)",
    "strata": "each centre has its own baseline hazard",
    "frailty": "centres share a gamma frailty",
}


@dataclass(frozen=True, eq=False)
class Frame:
    """A model's data.

    Attributes:
        times: of the endpoint, in the rows of ``data``.
        data: with the centre as cluster or stratum, as the protocol says.
        covariates: their columns, one row per row of ``data``.
        levels: of covariates that are words, the reference first.
        centres: of the rows; ``None``: not known.
    """

    times: Times
    data: SurvivalData
    covariates: pl.DataFrame
    levels: Mapping[str, tuple[str, ...]]
    centres: tuple[str | None, ...]


def frame_of(tables: RegistryTables, protocol: Protocol, model: Model) -> Frame:
    """The rows and columns of a model.

    Raises:
        BadInput: a covariate that is no variable of this registry, or that can hold several words.
    """
    times = times_of(tables, protocol, protocol.endpoint(model.endpoint))
    levels = {name: levels_of(tables, name, model.references.get(name)) for name in model.covariates}
    centres = tuple(times.labels(tables, "centre"))
    data = times.data
    if model.centre == "clustered variance":
        data = replace(data, cluster=_numbers(centres))
    strata = list(centres) if model.centre == "strata" else times.labels(tables, model.strata) if model.strata else None
    if strata is not None:
        data = replace(data, stratum=_numbers(tuple(strata)))
    covariates = times.columns(tables, model.covariates)
    return Frame(times, data, covariates, {name: found for name, found in levels.items() if found}, centres)


def levels_of(tables: RegistryTables, name: str, reference: str | None) -> tuple[str, ...]:
    """Words of a variable, the reference first; empty for a number."""
    words = tables.variable(name).levels
    if reference is None or not words:
        return words
    return (reference, *(word for word in words if word != reference))


def _numbers(labels: tuple[str | None, ...]) -> Any:
    """Labels as numbers; who has none stands alone."""
    known = {label: place for place, label in enumerate(sorted({label for label in labels if label is not None}))}
    return np.array([known[label] if label is not None else len(known) + row for row, label in enumerate(labels)], dtype=np.int64)


def model_section(tables: RegistryTables, protocol: Protocol, model: Model) -> Section:
    """One model of the protocol, complete cases."""
    frame = frame_of(tables, protocol, model)
    value: dict[str, Any] = {
        "id": model.id, "endpoint": model.endpoint, "name": frame.times.name, "definition": frame.times.definition,
        "kind": model.kind, "centre": model.centre, "centre_words": CENTRES[model.centre], "strata": model.strata,
        "covariates": list(model.covariates), "patients": len(frame.data), "confidence_fraction": protocol.confidence_fraction,
        "missing": {name: int(frame.covariates[name].null_count()) for name in model.covariates},
    }  # fmt: skip
    if not len(frame.data):
        return Section(value | {"cannot_say": "no patient has a time"}, ())
    causes = sorted(int(code) for code in np.unique(frame.data.event) if code > 0) or [1]
    found = regression(
        frame.data, frame.covariates, causes=causes, cause=1, ties=model.ties,
        confidence_fraction=protocol.confidence_fraction, levels=frame.levels,
    )  # fmt: skip
    value |= found.value
    for part in ("cox", "fine_gray"):
        for term in value.get(part, {}).get("terms", []):
            term.update(_counts(frame, term))
    return Section(value, tuple(_with_id(model.id, finding) for finding in found.findings))


def _with_id(model: str, finding: Finding) -> Finding:
    return finding.model_copy(update={"text": f"model {model}: {finding.text}"})


def _counts(frame: Frame, term: dict[str, Any]) -> dict[str, int]:
    """Patients and events of a level, and of its reference; of a number all who have one."""
    column = frame.covariates[term["column"]]
    event = frame.data.event == 1
    if term["level"] is None:
        there = column.is_not_null().to_numpy()
        return {"patients": int(there.sum()), "events": int((there & event).sum())}
    words = column.cast(pl.String).to_numpy()
    mine, other = words == term["level"], words == term["reference"]
    return {
        "patients": int(mine.sum()), "events": int((mine & event).sum()),
        "reference_patients": int(other.sum()), "reference_events": int((other & event).sum()),
    }  # fmt: skip
