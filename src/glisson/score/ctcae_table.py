"""CTCAE grades of a whole table of laboratory values."""

from dataclasses import fields

import numpy as np
import polars as pl

from glisson.case.observation import BOUNDS
from glisson.errors import BadInput
from glisson.knowledge.toxicity import LaboratoryTerm, Version, laboratories, laboratory_terms
from glisson.score.ctcae_values import CODES, VALUE_BIT, LabValues, grade_values, lacking_words

NEEDED = ("laboratory", "value")
SLICE = 200_000
"""Rows graded at once: what is worked on stays near the processor, and memory does not grow with the table."""
ADDED = ("term", "ctcae", "grade", "lowest", "highest", "reason", "rule")
"""Columns that grading adds."""


def grade_table(values: pl.DataFrame, *, version: Version, assume_normal_baseline: bool = False) -> pl.DataFrame:
    """Every row of a table by every term that asks for its test.

    Args:
        values: one row per value. Columns ``laboratory`` (the test's name, which carries the unit) and ``value``; where known
            ``lower_normal``, ``upper_normal``, ``baseline``, ``baseline_lower_normal``, ``baseline_upper_normal``,
            ``symptoms``, ``anticoagulated``. Others are kept.
        version: of the criteria; stored with every grade.
        assume_normal_baseline: take a missing baseline as normal; else it leaves a range.

    Returns:
        The rows with ``term``, ``ctcae``, ``grade`` (null: cannot say), ``lowest``, ``highest`` (null where nothing can be
        said), ``reason`` and ``rule``. A test with two terms (haemoglobin) has two rows; one that no term asks for has none.

    Raises:
        BadInput: a column is missing, or a test's name is unknown; the message gives the row numbers.
    """
    _require_columns(values)
    empty = [pl.lit(None, kind).alias(name) for name, kind in zip(ADDED, _KINDS, strict=True)]
    slices = (_grade_slice(part, version, assume_normal_baseline) for part in values.iter_slices(SLICE))
    return pl.concat([values.head(0).with_columns(empty), *(graded for graded in slices if graded is not None)])


def _grade_slice(values: pl.DataFrame, version: Version, assume_normal: bool) -> pl.DataFrame | None:
    """Some rows, graded, in their order; ``None`` where no term asks for any of them."""
    numbered = values.with_row_index("_row")
    by_test = {str(key[0]): part for key, part in numbered.partition_by("laboratory", as_dict=True, maintain_order=True).items()}
    parts = [
        _grade_part(part, term, version, assume_normal).with_columns(pl.lit(number, pl.Int16).alias("_term"))
        for number, term in enumerate(laboratory_terms(version))
        if (part := by_test.get(term.laboratory)) is not None
    ]
    return pl.concat(parts).sort("_row", "_term").drop("_row", "_term") if parts else None


_KINDS = (pl.String(), pl.String(), pl.Int8(), pl.Int8(), pl.Int8(), pl.String(), pl.String())


def _require_columns(values: pl.DataFrame) -> None:
    absent = [name for name in NEEDED if name not in values.columns]
    if absent:
        raise BadInput(f"a table of laboratory values without {', '.join(absent)}", allowed="columns laboratory and value")
    known = set(laboratories()) | set(BOUNDS)
    unknown = values.select(~pl.col("laboratory").is_in(list(known)).fill_null(False)).to_series()
    if unknown.any():
        rows = (unknown.arg_true() + 1).to_list()
        more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
        raise BadInput(
            f"unknown name of a laboratory test in rows {', '.join(map(str, rows[:5]))}{more}",
            allowed=", ".join(sorted(laboratories())),
            do="name the test with its unit, and convert the values",
        )


def _grade_part(part: pl.DataFrame, term: LaboratoryTerm, version: Version, assume_normal: bool) -> pl.DataFrame:
    values = LabValues(**{field.name: _column(part, field.name) for field in fields(LabValues)})
    graded = grade_values(term, values, assume_normal_baseline=assume_normal)
    said, ungraded = graded.lacking == 0, graded.lacking >= VALUE_BIT
    lines = pl.Series([rule.text for rule in term.rules] + [None], dtype=pl.String)
    line = np.where((graded.line < 0) | ungraded, len(term.rules), graded.line)
    reasons = pl.Series([None] + [lacking_words(code) for code in range(1, CODES)], dtype=pl.String)
    return part.with_columns(
        pl.lit(term.term).alias("term"),
        pl.lit(version).alias("ctcae"),
        _small("grade", graded.lowest, said),
        _small("lowest", graded.lowest, ~ungraded),
        _small("highest", graded.highest, ~ungraded),
        reasons.gather(graded.lacking).alias("reason"),
        lines.gather(line).alias("rule"),
    )


def _small(
    name: str, array: np.ndarray[tuple[int], np.dtype[np.int8]], known: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> pl.Series:
    return pl.DataFrame({name: array, "known": known}).select(pl.when("known").then(name).alias(name)).to_series()


def _column(part: pl.DataFrame, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    if name not in part.columns:
        return np.full(part.height, np.nan)
    return part[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
