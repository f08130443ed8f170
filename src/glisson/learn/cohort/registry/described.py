"""What is said of a column: numbers by their quartiles, words by their counts. Plain values for JSON."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from glisson.follow.proportion import exact_proportion
from glisson.learn.cohort.clustered_proportion import clustered_proportion

QUARTILES = "quartiles interpolate between the two nearest values (Hyndman and Fan, type 7)"


def numbers(values: pl.Series) -> dict[str, Any]:
    """Size, median, quartiles, range, mean and standard deviation of the values that are there; ``None``: cannot say.

    >>> found = numbers(pl.Series([1.0, 2.0, 3.0, 4.0, None]))
    >>> found["n"], found["median"], found["q1"], found["q3"], round(found["sd"], 4)
    (4, 2.5, 1.75, 3.25, 1.291)
    """
    known = values.cast(pl.Float64).fill_nan(None).drop_nulls().sort()  # sums do not depend on the order of patients

    def plain(value: Any) -> float | None:
        return None if value is None else float(value)

    return {
        "n": len(known),
        "median": plain(known.median()),
        "q1": plain(known.quantile(0.25, "linear")),
        "q3": plain(known.quantile(0.75, "linear")),
        "least": plain(known.min()),
        "most": plain(known.max()),
        "mean": plain(known.mean()),
        "sd": plain(known.std()) if len(known) > 1 else None,
    }


def share(count: int, of: int) -> dict[str, Any]:
    """A count with its denominator, no interval.

    >>> share(1, 4)
    {'count': 1, 'of': 4, 'fraction': 0.25}
    """
    return {"count": count, "of": of, "fraction": count / of if of else None}


def exact_share(count: int, of: int, confidence_fraction: float) -> dict[str, Any]:
    """A count with its exact interval (Clopper-Pearson)."""
    found = exact_proportion(count=count, of=of, confidence_fraction=confidence_fraction)
    return {"count": found.count, "of": found.of, "fraction": found.fraction, "low": found.low, "high": found.high}


def clustered_share(had: pl.DataFrame, units: pl.DataFrame, confidence_fraction: float) -> dict[str, Any]:
    """A share of units that lie in patients.

    Args:
        had: one row per unit that has it, with ``patient``.
        units: one row per unit, with ``patient``.
        confidence_fraction: of the interval.
    """
    per_patient = (
        units.group_by("patient")
        .agg(units=pl.len())
        .join(had.group_by("patient").agg(had=pl.len()), on="patient", how="left")
        .with_columns(pl.col("had").fill_null(0))
        .sort("patient")
    )
    found = clustered_proportion(
        counts=per_patient["had"].to_numpy(), units=per_patient["units"].to_numpy(), confidence_fraction=confidence_fraction
    )
    return {
        "count": found.count, "of": found.of, "patients": found.patients, "fraction": found.fraction, "low": found.low,
        "high": found.high, "effective": found.effective, "method": found.method,
    }  # fmt: skip


def word_counts(values: pl.Series, levels: Sequence[str]) -> dict[str, int]:
    """Rows that hold each word; of lists a word counts once per row. Words without rows are 0.

    >>> word_counts(pl.Series([["a", "b"], ["a", "a"], None, []], dtype=pl.List(pl.String)), ("a", "b", "c"))
    {'a': 2, 'b': 1, 'c': 0}
    """
    if isinstance(values.dtype, pl.List):
        values = values.list.unique().list.explode(empty_as_null=True)
    found = dict(zip(*values.drop_nulls().value_counts().to_dict(as_series=False).values(), strict=True))
    return {level: int(found.get(level, 0)) for level in levels}
