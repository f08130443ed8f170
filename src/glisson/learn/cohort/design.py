"""Covariates of a model from columns: numbers as they are, words as levels against a reference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from glisson.case import Finding, Level
from glisson.learn.cohort.table import Booleans, Floats

MOST_LEVELS = 12
"""More words than this in a column are names, dates or notes, not levels of a covariate."""
LARGEST = 1e100


@dataclass(frozen=True)
class Term:
    """One column of the design.

    Attributes:
        name: as printed: the column, or "column: level against reference".
        column: it comes from.
        level: of a column of words.
        reference: that the level is compared with.
        rows: in the level.
    """

    name: str
    column: str
    level: str | None = None
    reference: str | None = None
    rows: int | None = None


@dataclass(frozen=True, eq=False)
class Design:
    """Covariates of the rows without a gap.

    Attributes:
        x: shape (complete rows, terms).
        terms: what each column is.
        complete: rows without a missing covariate, shape (n,).
        findings: what was left out, and why.
    """

    x: Floats
    terms: tuple[Term, ...]
    complete: Booleans
    findings: tuple[Finding, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the terms."""
        return tuple(term.name for term in self.terms)


def design(columns: pl.DataFrame, names: Sequence[str], *, levels: Mapping[str, Sequence[str]] | None = None) -> Design:
    """Covariates from columns of text or numbers; a level's reference is the most frequent one.

    Args:
        columns: text or numbers.
        names: of the covariates.
        levels: of columns that are levels whatever their words look like, in their order; the first that occurs is the reference.

    >>> found = design(pl.DataFrame({"sex": ["f", "m", "f"], "age": ["61", "70", None]}), ["sex", "age"])
    >>> found.names, found.complete.tolist()
    (('sex: m against f', 'age'), [True, True, False])
    """
    findings, usable, stated = [], [], levels or {}
    for name in dict.fromkeys(names):
        kind = "levels" if name in stated and columns[name].null_count() < len(columns) else _kind(columns[name])
        if kind in ("numbers", "levels"):
            usable.append((name, kind))
        else:
            findings.append(Finding(code="covariate-left-out", level=Level.WARNING, text=f"{name} was left out: {kind}"))
    complete = np.ones(len(columns), dtype=bool)
    for name, _ in usable:
        complete &= columns[name].is_not_null().to_numpy()
    if not complete.all():
        text = f"{int((~complete).sum())} of {len(columns)} rows lack a covariate and are not in the models (complete cases)"
        findings.append(Finding(code="incomplete-rows", level=Level.WARNING, text=text))
    parts = [_terms(columns[name].filter(pl.Series(complete)), kind, stated.get(name)) for name, kind in usable]
    values = [column for part in parts for column, _ in part]
    x = np.column_stack(values) if values else np.zeros((int(complete.sum()), 0))
    return Design(x, tuple(term for part in parts for _, term in part), complete, tuple(findings))


def _kind(column: pl.Series) -> str:
    """The words "numbers" or "levels", or why the column is neither."""
    known = column.drop_nulls()
    if not len(known):
        return "it has no value"
    number = known.cast(pl.Float64, strict=False)
    if number.null_count() == 0:
        return "numbers" if bool((number.abs() < LARGEST).all()) else "it holds numbers that are none or beyond all measure"
    different = known.n_unique()
    return "levels" if different <= MOST_LEVELS else f"{different} different words are no levels of a covariate"


def _terms(column: pl.Series, kind: str, order: Sequence[str] | None) -> list[tuple[Floats, Term]]:
    name = column.name
    if kind == "numbers":
        return [(column.cast(pl.Float64).to_numpy().astype(np.float64), Term(name, name))]
    counts = column.cast(pl.String).value_counts().sort(["count", name], descending=[True, False])
    levels = counts[name].to_list()
    if len(levels) < 2:
        return [(np.zeros(len(column)), Term(name, name))]
    if order is not None:
        levels = [level for level in order if level in levels] + sorted(set(levels) - set(order))
    reference = levels[0]
    text = column.cast(pl.String)
    return [
        (
            (text == level).to_numpy().astype(np.float64),
            Term(f"{name}: {level} against {reference}", name, level, reference, int((text == level).sum())),
        )
        for level in (levels[1:] if order is not None else sorted(levels[1:]))
    ]
