"""Counts of answers with their denominator in words: objective response, disease control, each category."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Literal

import polars as pl

from glisson.errors import BadInput
from glisson.follow.proportion import exact_proportion

Denominator = Literal["all treated", "evaluable"]
DENOMINATORS: tuple[Denominator, ...] = ("all treated", "evaluable")
NOT_EVALUABLE = ("NED", "NE", "ND", "MISSING", "not assessed")
"""NED, no disease to begin with, can neither respond nor be controlled."""
CATEGORIES = ("CR", "PR", "SD", "non-CR/non-PD", "PD", *NOT_EVALUABLE)
IMMUNE_ALONE = ("iCR", "iPR", "iSD", "non-iCR/non-iUPD", "iUPD", "iCPD")
IMMUNE = (*IMMUNE_ALONE, *NOT_EVALUABLE)
INTERVAL = "exact (Clopper-Pearson), 95 %"

MEASURES: dict[str, tuple[tuple[str, ...], str]] = {
    "objective response": (("CR", "PR", "iCR", "iPR"), "CR or PR"),
    "disease control": (
        ("CR", "PR", "SD", "non-CR/non-PD", "iCR", "iPR", "iSD", "non-iCR/non-iUPD"),
        "CR, PR, SD or non-CR/non-PD",
    ),
}
"""Name, the categories that it holds, and how it is said."""

RATES: dict[str, pl.DataType] = {
    "measure": pl.String(),
    "denominator": pl.String(),
    "count": pl.Int64(),
    "of": pl.Int64(),
    "fraction": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "interval": pl.String(),
    "definition": pl.String(),
}


def rate_table(
    table: pl.DataFrame, *, answer: str, by: Sequence[str], denominator: Denominator = "all treated", said: str = "best response"
) -> pl.DataFrame:
    """Every category, objective response and disease control, with exact intervals, for each group of ``by``.

    Args:
        table: one row per patient and group.
        answer: column of categories.
        by: columns that name a group, as reader and criterion.
        denominator: "all treated": every row; "evaluable": rows that are not NED, NE, ND, MISSING or not assessed.
        said: what is counted, for the definition.

    Returns:
        Columns ``by`` and those of ``RATES``; each row says its denominator and its definition in words.

    Raises:
        BadInput: an unknown denominator, an unknown category, or a patient twice in one group.
    """
    if denominator not in DENOMINATORS:
        raise BadInput(f"unknown denominator '{denominator}'", allowed=", ".join(DENOMINATORS))
    unknown = table.filter(~pl.col(answer).is_in([*CATEGORIES, *IMMUNE]).fill_null(False)).height
    if unknown:
        raise BadInput(f"{unknown} rows have a category that is not known", allowed=", ".join(CATEGORIES))
    if table.select("patient", *by).is_duplicated().any():
        raise BadInput("a patient stands twice in one group", allowed=f"one row for each patient and {', '.join(by) or 'table'}")
    rows = []
    counts = table.group_by([*by, answer]).len().rows(named=True)
    groups: dict[tuple[object, ...], dict[str, int]] = {}
    for row in counts:
        groups.setdefault(tuple(row[name] for name in by), {})[row[answer]] = row["len"]
    for group, found in sorted(groups.items(), key=str):
        rows += [dict(zip(by, group, strict=True)) | row for row in _rates(found, denominator, said)]
    kinds = {name: table.schema[name] for name in by}
    return pl.DataFrame(rows, schema={**kinds, **RATES}, orient="row")


def _rates(counts: Mapping[str, int], denominator: Denominator, said: str) -> list[dict[str, object]]:
    every = sum(counts.values())
    away = sum(counts.get(name, 0) for name in NOT_EVALUABLE)
    evaluable = denominator == "evaluable"
    of = every - away if evaluable else every
    words = f"{of} evaluable of {every} treated" if evaluable else f"all {every} treated, {away} of them not evaluable"
    names = IMMUNE if any(name in counts for name in IMMUNE_ALONE) else CATEGORIES
    measures = {name: ((name,), name) for name in names if not (evaluable and name in NOT_EVALUABLE)} | MEASURES
    return [
        {"measure": measure, "denominator": words, "interval": INTERVAL, "definition": f"{label} as {said}, of {words}"}
        | asdict(exact_proportion(count=sum(counts.get(name, 0) for name in inside), of=of))
        for measure, (inside, label) in measures.items()
    ]
