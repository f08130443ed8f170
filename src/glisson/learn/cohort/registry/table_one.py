"""Table 1: who the patients are, in all and by group. Missing values have their own row; there is no p value."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.learn.cohort.registry.comparison import Comparison, comparison, rows_of
from glisson.learn.cohort.registry.described import QUARTILES, numbers, share, word_counts
from glisson.learn.cohort.registry.protocol import Protocol
from glisson.learn.cohort.registry.section import Section, cannot_say
from glisson.learn.cohort.registry.tables import RegistryTables, Variable
from glisson.learn.cohort.standardised_difference import standardised_differences

NO_REASON = "no reason given"
DIFFERENCES = (
    "Standardised difference: the largest between any two groups, absolute; Austin 2009 for numbers, Yang and Dalton 2012 for words; "
    "missing values left out"
)


def table_one(tables: RegistryTables, protocol: Protocol) -> Section:
    """Every variable of ``protocol.table_one``, in all patients and in each group.

    Args:
        tables: of the population (``of_population``).
        protocol: names the variables and the groups.

    Returns:
        ``groups`` (heads), ``rows`` (one per variable, ``cells`` by group: numbers, or counts of words with those known as the
        denominator; ``missing`` with reasons), and the words below the table. No test is made: groups were not drawn by chance, and
        p values of a baseline table answer no question (STROBE, item 14).

    Raises:
        BadInput: a variable that is not there, or that is known of sessions only.
    """
    if not protocol.table_one:
        return cannot_say("Table 1", "the protocol names no variable for it")
    who = comparison(tables, protocol)
    rows = [_row(tables, who, tables.variable(name)) for name in protocol.table_one]
    value = {
        "title": "Patients" + (f" by group ({who.label[:1].lower()}{who.label[1:]})" if who.names else ""),
        "group_variable": who.label or None,
        "groups": who.heads(),
        "of_no_group": who.of_no_group,
        "rows": rows,
        "quartiles": QUARTILES,
        "differences": DIFFERENCES if len(who.names) > 1 else None,
    }
    return Section(value, tuple(_strange(rows)))


def _row(tables: RegistryTables, who: Comparison, variable: Variable) -> dict[str, Any]:
    if variable.name not in tables.patients.columns:
        raise BadInput(f"'{variable.name}' is known of sessions, not of patients", do="put it under 'sessions'")
    reasons = tables.missing_reasons.filter(pl.col("variable") == variable.name).unique("patient", maintain_order=True)
    column = tables.patients.select("patient", value=pl.col(variable.name)).join(
        reasons.select("patient", "reason"), on="patient", how="left", maintain_order="left"
    )
    if variable.kind == "number":
        column = column.with_columns(pl.col("value").cast(pl.Float64).fill_nan(None))
    cells = {name: _cell(rows_of(column, members), variable) for name, members in who.members.items()}
    return {
        "variable": variable.name,
        "label": variable.label,
        "unit": variable.unit or None,
        "kind": variable.kind,
        "levels": [{"level": level, "label": variable.label_of(level)} for level in variable.levels],
        "cells": cells,
        **_difference(column, who),
    }


def _cell(column: pl.DataFrame, variable: Variable) -> dict[str, Any]:
    """What one group knows of a variable."""
    missing = column.filter(pl.col("value").is_null())
    known = column.height - missing.height
    why = missing["reason"].fill_null(NO_REASON).value_counts().sort(["count", "reason"], descending=[True, False])
    about = {"known": known, "missing": missing.height, "reasons": dict(why.iter_rows())}
    if variable.kind == "number":
        return {**about, **numbers(column["value"])}
    found = word_counts(column["value"], variable.levels)
    return {**about, "words": {level: share(count, known) for level, count in found.items()}, "other": _other(column, variable)}


def _other(column: pl.DataFrame, variable: Variable) -> int:
    """How many rows hold a word that the variable does not have."""
    values = column["value"].drop_nulls()
    if isinstance(values.dtype, pl.List):
        return int((values.list.set_difference(pl.Series([list(variable.levels)])).list.len() > 0).sum()) if len(values) else 0
    return int((~values.is_in(list(variable.levels))).sum())


def _difference(column: pl.DataFrame, who: Comparison) -> dict[str, Any]:
    """Largest standardised difference of any two groups, between which, or why there is none."""
    if len(who.names) < 2:
        return {"standardised_difference": None, "between": None, "no_difference": "fewer than two groups"}
    grouped = column.join(who.of, on="patient", how="left", maintain_order="left")
    described = [name if name in who.names else None for name in grouped["group"].to_list()]
    found = standardised_differences(grouped["value"], described)
    if found.largest is None or found.largest.difference is None:
        why = "; ".join(dict.fromkeys(pair.cannot_say for pair in found.pairs if pair.cannot_say)) or "no group to compare"
        return {"standardised_difference": None, "between": None, "no_difference": why}
    between = [found.largest.first, found.largest.second]
    return {"standardised_difference": abs(found.largest.difference), "between": between, "no_difference": None}


def _strange(rows: Iterable[dict[str, Any]]) -> list[Finding]:
    found = [(row["label"], row["cells"]["all"].get("other", 0)) for row in rows]
    return [
        Finding(code="word-unknown", level=Level.WARNING, text=f"{label}: {n} patients have a word that the form does not know")
        for label, n in found
        if n
    ]
