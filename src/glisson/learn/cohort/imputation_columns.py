"""Covariates with gaps as numbers: what each column is, its code and back, and what of the follow-up helps to fill it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from glisson.case import Finding, Level
from glisson.learn.cohort.design import LARGEST, MOST_LEVELS, Term
from glisson.learn.cohort.risk_sets import risk_sets, steps_before
from glisson.learn.cohort.table import Booleans, Floats, SurvivalData, rows

FEWEST_KNOWN = 10
"""Rows with a value below which a model of the column has nothing to learn from."""


@dataclass(frozen=True, eq=False)
class Column:
    """A covariate as numbers.

    Attributes:
        name: of the column.
        kind: "number", or "levels" (two or more words, or a number that has two values).
        values: the number, or the index into ``levels``; NaN where missing, shape (n,).
        levels: words in the order of their code, the most frequent first: the reference; empty for a number.
        numeric: whether the levels are numbers.
    """

    name: str
    kind: Literal["number", "levels"]
    values: Floats
    levels: tuple[str, ...] = ()
    numeric: bool = False

    @property
    def missing(self) -> Booleans:
        """Rows without a value."""
        return np.isnan(self.values)

    def terms(self) -> tuple[Term, ...]:
        """Columns of a design, named as ``design`` names them."""
        if self.kind == "number" or self.numeric:
            return (Term(self.name, self.name),)
        first = self.levels[0]
        known = self.values[~self.missing]
        return tuple(
            Term(f"{self.name}: {level} against {first}", self.name, level, first, int((known == code).sum()))
            for code, level in enumerate(self.levels)
            if code
        )

    def coded(self, values: Floats) -> Floats:
        """Design of complete ``values``: the number itself, or one column for each level but the first, shape (n, terms)."""
        if self.kind == "number":
            return values[:, None]
        if self.numeric:
            return np.asarray(np.array([float(level) for level in self.levels])[values.astype(np.int64)][:, None])
        return np.asarray(values[:, None] == np.arange(1, len(self.levels)), dtype=np.float64)

    def series(self, values: Floats) -> pl.Series:
        """``values`` as words or numbers again."""
        if self.kind == "number":
            return pl.Series(self.name, values)
        words: list[str] | list[float] = [self.levels[int(code)] for code in values]
        return pl.Series(self.name, [float(word) for word in words] if self.numeric else words)


def columns_of(table: pl.DataFrame, names: Sequence[str]) -> tuple[list[Column], list[Finding]]:
    """Columns that can be used, and why the others cannot."""
    found: list[Column] = []
    findings = []
    for name in dict.fromkeys(names):
        column = _column(table[name])
        if isinstance(column, str):
            findings.append(Finding(code="covariate-left-out", level=Level.WARNING, text=f"{name} was left out: {column}"))
        else:
            found.append(column)
    return found, findings


def _column(series: pl.Series) -> Column | str:
    """The column, or why it cannot be used."""
    if series.dtype.is_float():
        series = series.fill_nan(None)
    known = series.drop_nulls()
    stated = series.dtype.categories.to_list() if isinstance(series.dtype, pl.Enum) else []
    number = (known.cast(pl.String) if stated else known).cast(pl.Float64, strict=False)
    numeric = number.null_count() == 0 and not stated
    different = (number if numeric else known).n_unique()
    why = _unusable(series, number, numeric=numeric, different=different)
    if why:
        return why
    if numeric and different > 2:
        return Column(series.name, "number", _floats(series))
    return _levels(series.cast(pl.Float64) if numeric else series.cast(pl.String), numeric=numeric, stated=stated)


def _unusable(series: pl.Series, number: pl.Series, *, numeric: bool, different: int) -> str:
    if not len(number):
        return "it has no value"
    if numeric and not bool((number.abs() < LARGEST).all()):
        return "it holds numbers that are none or beyond all measure"
    if different < 2:
        return "it is the same in every row that has it"
    if series.null_count() and len(number) < FEWEST_KNOWN:
        return f"fewer than {FEWEST_KNOWN} rows have it: nothing to fill the others from"
    if not numeric and different > MOST_LEVELS:
        return f"{different} different words are no levels of a covariate"
    return ""


def _floats(series: pl.Series) -> Floats:
    return series.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)


def _levels(series: pl.Series, *, numeric: bool, stated: Sequence[str] = ()) -> Column:
    """Levels with their codes; the first is the reference: the first one stated, of numbers the least, else the most frequent."""
    counts = series.drop_nulls().value_counts().sort(["count", series.name], descending=[True, False])
    order = sorted(counts[series.name].to_list()) if numeric else counts[series.name].to_list()
    order = [level for level in stated if level in order] or order
    levels = tuple(_word(level) for level in order)
    code = {level: float(place) for place, level in enumerate(order)}
    values = np.array([code.get(value, np.nan) for value in series.to_list()], dtype=np.float64)
    return Column(series.name, "levels", values, levels, numeric)


def _word(level: str | float) -> str:
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)


def outcome_predictors(data: SurvivalData) -> Floats:
    """What of the follow-up belongs into the model of a missing covariate: for each cause its indicator and its hazard.

    The Nelson-Aalen cumulative hazard at each row's own end (from its entry on), by stratum where there are strata, whose
    indicators are added. Shape (n, columns).

    >>> from glisson.learn.cohort.table import survival_data
    >>> outcome_predictors(survival_data([1, 2], [1, 0])).tolist()  # 1/2 by the first time
    [[1.0, 0.5], [0.0, 0.5]]

    References:
        White and Royston, Stat Med 2009;28:1982; several causes: Bartlett and Taylor, Biostatistics 2016;17:751.
    """
    stratum = np.zeros(len(data), dtype=np.int64) if data.stratum is None else data.stratum
    found = [(stratum == one).astype(np.float64) for one in np.unique(stratum)[1:]]
    for cause in range(1, int(data.event.max(initial=0)) + 1):
        hazard = np.zeros(len(data))
        for one in np.unique(stratum):
            inside = stratum == one
            hazard[inside] = _hazard(rows(data, inside), cause)
        found += [(data.event == cause).astype(np.float64), hazard]
    if not found:
        return np.zeros((len(data), 0))
    return np.column_stack(found)


def _hazard(data: SurvivalData, cause: int) -> Floats:
    sets = risk_sets(data, causes=max(cause, int(data.event.max(initial=1))))
    steps = np.cumsum(np.divide(sets.events[:, cause - 1], sets.at_risk, out=np.zeros(len(sets.time)), where=sets.at_risk > 0))
    at = np.concatenate([[0.0], steps])
    end = at[steps_before(sets.time, data.time) + 1]
    start = 0.0 if data.entry is None else at[steps_before(sets.time, data.entry) + 1]
    return np.asarray(end - start)
