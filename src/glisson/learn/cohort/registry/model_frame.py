"""The rows and columns of a model of the protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from glisson.learn.cohort.registry.endpoint_times import Times, times_of
from glisson.learn.cohort.registry.protocol import Model, Protocol
from glisson.learn.cohort.registry.tables import RegistryTables
from glisson.learn.cohort.table import SurvivalData


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
