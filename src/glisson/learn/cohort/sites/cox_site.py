"""Cox models over sites: what a site gives, first about its covariates, then sums at the coefficients that are asked for."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import polars as pl
from pydantic import Field, FiniteFloat

from glisson.case.base import Noun
from glisson.errors import BadInput, NotAllowed
from glisson.learn.cohort.cox_sums import cox_sums, layout
from glisson.learn.cohort.design import LARGEST, MOST_LEVELS
from glisson.learn.cohort.sites.behind import Behind, Sets, distinct
from glisson.learn.cohort.sites.cells import time_cells
from glisson.learn.cohort.sites.curves import Count, Time
from glisson.learn.cohort.sites.definition import Definition, Round, Word
from glisson.learn.cohort.sites.disclosure import (
    countable_values,
    require_cell,
    require_mixed,
    require_mixed_risk,
    require_rows,
    require_share,
)
from glisson.learn.cohort.sites.population import Population, as_numbers, is_number, require_labels
from glisson.learn.cohort.sites.rules import Rules
from glisson.learn.cohort.table import Booleans, Floats, any_event

Vector = tuple[FiniteFloat, ...]
Matrix = tuple[Vector, ...]


class Covariate(Noun):
    """One covariate at a site: a number's mean and sum of squared differences from it, or rows by level."""

    rows: Count
    mean: FiniteFloat | None = None
    squares: Annotated[FiniteFloat, Field(ge=0)] | None = None
    levels: dict[Word, Count] | None = None


class Described(Noun):
    """Answer to the first request: what the coefficients will be made of."""

    events: Annotated[int, Field(ge=0)]
    covariates: dict[str, Covariate]


class Total(Noun):
    """Sums over all events of a site that is its own stratum: log partial likelihood, score and information."""

    events: Annotated[int, Field(ge=0)]
    log_likelihood: FiniteFloat
    score: Vector
    information: Matrix


class Moments(Noun):
    """Σ r, Σ r x and Σ r x xᵀ over some rows, with r = exp(x β)."""

    risk: Annotated[FiniteFloat, Field(ge=0)]
    first: Vector
    second: Matrix


class RiskCell(Noun):
    """Sums over the rows of a stratum that die, are censored or enter in one interval of time.

    Attributes:
        stratum: label.
        low, mean, high: of the interval and the times in it, as for curves.
        deaths: how many; 0 where the rows are censored or enter.
        covariates: Σ x of the deaths.
        ended: over the rows.
    """

    stratum: Word
    low: Time
    mean: Time
    high: Time
    deaths: Annotated[int, Field(ge=0)] = 0
    covariates: Vector = ()
    ended: Moments


class RiskSets(Noun):
    """Answer of a site whose risk sets are pooled with those of the others."""

    events: Annotated[int, Field(ge=0)]
    ends: tuple[RiskCell, ...]
    entries: tuple[RiskCell, ...] | None = None


def describe(given: Population, asked: Definition, rules: Rules) -> tuple[Described, Sets]:
    """Covariates of a site, and the sets of rows behind the answer.

    Raises:
        NotAllowed: few events, few rows in a level, a number that few or one make up.
        BadInput: words that are no levels.
    """
    died = _died(given)
    require_rows(int(died.sum()), rules, "have the event")
    require_cell(int((~died).sum()), rules, "are censored")
    found: dict[str, Covariate] = {}
    events = Behind(f"{asked.endpoint} events", died)
    sets = [Behind("", np.ones(len(given), dtype=bool)), events]
    for name in asked.covariates:
        column = given.columns[name]
        if is_number(column):
            values = as_numbers(column)
            require_mixed(values, rules, name)
            sets += _values_as_levels(values, events, name, rules)
            mean = float(values.mean())
            found[name] = Covariate(rows=len(values), mean=mean, squares=float(((values - mean) ** 2).sum()))
        else:
            levels, behind = _levels(column, events, rules)
            sets += behind
            found[name] = Covariate(rows=len(column), levels=levels)
    return Described(events=int(died.sum()), covariates=found), distinct(sets)


def _died(given: Population) -> Booleans:
    return np.asarray(given.follow_up.event > 0)


def _values_as_levels(values: Floats, died: Behind, name: str, rules: Rules) -> Sets:
    """Rows behind a number of so few values that they can be counted: they are levels and are guarded as such."""
    return [
        one
        for value in countable_values(values)
        for one in _level(Behind(f"{name}={value:g}", values == value), died, name, rules)
    ]


def _level(level: Behind, died: Behind, name: str, rules: Rules) -> Sets:
    """A level's rows and its events, if both may be counted."""
    require_cell(int(level.rows.sum()), rules, f"share a level of '{name}'")
    for which in (level.rows & died.rows, level.rows & ~died.rows):
        require_cell(int(which.sum()), rules, f"share a level of '{name}' and how their follow-up ended")
    return [level, Behind(f"{level.about} {died.about}", level.rows & died.rows)]


def _levels(column: pl.Series, died: Behind, rules: Rules) -> tuple[dict[str, int], Sets]:
    require_labels(column)
    labels = sorted(set(column.to_list()))
    if len(labels) > MOST_LEVELS:
        raise BadInput(f"'{column.name}' holds {len(labels)} different words, which are no levels of a covariate")
    found, sets = {}, []
    for label in labels:
        rows = (column == label).to_numpy()
        sets += _level(Behind(f"{column.name}={label}", rows), died, column.name, rules)
        found[label] = int(rows.sum())
    return found, sets


def design_matrix(given: Population, at: Round) -> Floats:
    """Centred values of the terms, shape (n, p).

    Raises:
        BadInput: a level that the first answer of this site did not name.
    """
    columns = []
    foreign = [term.column for term in at.terms if term.column not in given.columns.columns]
    if foreign:
        raise BadInput("a round that asks for other covariates than its analysis", do="begin again with glisson learn ask")
    for term in at.terms:
        column = given.columns[term.column]
        if term.level is None:
            columns.append(as_numbers(column) - term.centre)
        else:
            known = {other.level for other in at.terms if other.column == term.column} | {term.reference}
            if not set(column.to_list()) <= known:
                raise BadInput(f"'{term.column}' has a level now that it did not have in the first round", do="begin again")
            columns.append((column == term.level).to_numpy().astype(np.float64) - term.centre)
    return np.column_stack(columns) if columns else np.zeros((len(given), 0))


def answer_round(given: Population, asked: Definition, at: Round, rules: Rules, *, left: int = 0) -> Total | RiskSets:
    """Sums at the coefficients of a round.

    Args:
        given: rows of the site.
        asked: the analysis.
        at: the round.
        rules: of the site.
        left: numbers about these covariates that have left already.

    Raises:
        NotAllowed: coefficients that single somebody out, more numbers than the values behind them allow, or sums of risk sets
            where the rules keep them in.
    """
    x = design_matrix(given, at)
    if not (np.abs(x) < LARGEST).all():
        raise BadInput("a round whose centres are far from all values", do="begin again with glisson learn ask")
    with np.errstate(all="ignore"):
        risk = np.asarray(np.exp(x @ np.array(at.beta)))
    require_mixed_risk(risk, rules)
    if asked.by_site:
        require_fewer_numbers(len(given) * len(at.terms), left + numbers_of(asked, at), rules)
        return _total(given, x, asked, at)
    if not rules.risk_sets:
        raise NotAllowed(
            "the rules of this site keep sums at single event times in (risk_sets: false)",
            do="ask with every site as its own stratum, which needs totals only (--by-site)",
        )
    return _risk_sets(given, x, risk, left + numbers_of(asked, at), rules)


def _size(number: int) -> int:
    """Numbers in a sum, its first and its second moment."""
    return 1 + number + number * (number + 1) // 2


def numbers_of(asked: Definition, at: Round) -> int:
    """Numbers that leave in a round: in all, or for each interval of time where risk sets are pooled.

    >>> from glisson.learn.cohort.sites.definition import Term, definition
    >>> asked = definition(kind="cox", asker="lead", time="t", event="e", covariates=("x",), by_site=True)
    >>> numbers_of(asked, Round(number=1, terms=(Term(column="x", centre=0, spread=1),), beta=(0,), sites=("A",), rows=9))
    3
    """
    size = _size(len(at.terms))
    return size if asked.by_site else size + len(at.terms)


def require_fewer_numbers(values: int, leaving: int, rules: Rules) -> None:
    """Refuses as many numbers as there are unknown values: they could be solved for.

    Raises:
        NotAllowed: as said.
    """
    if rules.numbers_per_value is None or leaving <= rules.numbers_per_value * values:
        return
    raise NotAllowed(
        f"with this round {leaving} numbers would have left about {values} values: they could be solved for",
        do="ask with fewer covariates; the site may raise numbers_per_value",
    )


def _total(given: Population, x: Floats, asked: Definition, at: Round) -> Total:
    data = any_event(given.follow_up)
    found = cox_sums(layout(data, x, ties=asked.ties), np.array(at.beta))
    return Total(
        events=int(_died(given).sum()), log_likelihood=found.log_likelihood, score=tuple(found.score.tolist()),
        information=_matrix(found.information),
    )  # fmt: skip


def _matrix(values: Floats) -> Matrix:
    return tuple(tuple(row) for row in values.tolist())


def _risk_sets(given: Population, x: Floats, risk: Floats, leaving: int, rules: Rules) -> RiskSets:
    data, died = any_event(given.follow_up), _died(given)
    rows = _Rows(given.stratum, x, risk)
    ends = _risk_cells(rows, data.time, died, leaving, rules)
    nobody = np.zeros(len(data), dtype=bool)
    entries = None if data.entry is None else _risk_cells(rows, data.entry, nobody, leaving, rules)
    return RiskSets(events=int(died.sum()), ends=ends, entries=entries)


@dataclass(frozen=True, eq=False)
class _Rows:
    stratum: list[str]
    x: Floats
    risk: Floats


def _risk_cells(given: _Rows, time: Floats, died: Booleans, leaving: int, rules: Rules) -> tuple[RiskCell, ...]:
    _, stratum = np.unique(np.array(given.stratum), return_inverse=True)
    found = []
    for kind in (True, False):
        of_kind = np.flatnonzero(died == kind)
        cells = time_cells(time[of_kind], stratum[of_kind].astype(np.int64), rules)
        key = stratum[of_kind] * max(len(cells), 1) + cells.place
        for one in np.unique(key):
            rows, place = of_kind[key == one], int(one) % len(cells)
            low, high = float(cells.low[place]), float(cells.high[place])
            require_fewer_numbers(len(rows) * given.x.shape[1], leaving, rules)
            require_share(given.risk[rows], rules, "the risk in an interval of time")
            found.append(
                RiskCell(
                    stratum=given.stratum[rows[0]], low=low, high=high, mean=min(max(float(cells.middle[key == one].mean()), low), high),
                    deaths=len(rows) if kind else 0, ended=_moments(given.x[rows], given.risk[rows]),
                    covariates=tuple((given.x[rows].sum(axis=0) * kind).tolist()),
                )
            )  # fmt: skip
    return tuple(found)


def _moments(x: Floats, risk: Floats) -> Moments:
    weighted = x * risk[:, None]
    return Moments(risk=float(risk.sum()), first=tuple(weighted.sum(axis=0).tolist()), second=_matrix(weighted.T @ x))
