"""Kaplan-Meier, tests and cumulative incidence from counts: what a site gives, and the rows that the counts stand for."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any

import numpy as np
from pydantic import Field, FiniteFloat, model_validator

from glisson.case.base import Noun
from glisson.learn.cohort.sites.behind import Behind, Sets, distinct
from glisson.learn.cohort.sites.cells import Cells, time_cells
from glisson.learn.cohort.sites.definition import Definition, Word
from glisson.learn.cohort.sites.disclosure import require_cell
from glisson.learn.cohort.sites.population import Population
from glisson.learn.cohort.sites.rules import Rules
from glisson.learn.cohort.table import Booleans, Floats, Integers

Time = Annotated[FiniteFloat, Field(ge=0)]
Count = Annotated[int, Field(ge=1, le=10_000_000)]
Borders = frozenset[tuple[str, float]]
"""Kind of end and time."""


class Ends(Noun):
    """Counts of rows by stratum, group, interval of time and kind of end; one list per column.

    Attributes:
        stratum, group: labels.
        low, high: more than ``low``, up to ``high``; an exact time where equal.
        mean: of the rows' times, each first moved to the middle of its month (or of what the rules say).
        cause: 0 censored; 1, 2, … causes; of entries: 0.
        rows: how many.
    """

    stratum: tuple[Word, ...]
    group: tuple[Word, ...]
    low: tuple[Time, ...]
    high: tuple[Time, ...]
    mean: tuple[Time, ...]
    cause: tuple[Annotated[int, Field(ge=0)], ...]
    rows: tuple[Count, ...]

    @model_validator(mode="after")
    def _fits(self) -> "Ends":
        if (
            len({len(column) for column in (self.stratum, self.group, self.low, self.high, self.mean, self.cause, self.rows)})
            != 1
        ):
            raise ValueError("columns of different lengths")
        if any(not low <= mean <= high for low, mean, high in zip(self.low, self.mean, self.high, strict=True)):
            raise ValueError("an interval that does not hold its mean")
        return self


class Curves(Noun):
    """What a site gives for curves and tests.

    Attributes:
        ends: of follow-up.
        entries: into observation; ``None`` where all are from the origin.
    """

    ends: Ends
    entries: Ends | None = None


@dataclass(frozen=True, eq=False)
class Counted:
    """An answer, and the sets of rows behind it, which stay."""

    content: Curves
    sets: Sets


def site_curves(given: Population, asked: Definition, rules: Rules, *, without: Borders = frozenset()) -> Counted:
    """Counts of a site, without some borders of intervals.

    Raises:
        NotAllowed: cells that stay too small.
    """
    data = given.follow_up
    _, part = np.unique(np.array([given.stratum, given.group]), axis=1, return_inverse=True)
    part = part.astype(np.int64).ravel()
    for number in np.unique(part):
        require_cell(int((part == number).sum()), rules, "are in a group or stratum")
    parts = [] if rules.min_cell == 1 else _parts(given, asked)
    ends, sets = _counts(given, _Moment(asked.endpoint, data.time, data.event, without), part, parts, rules)
    if data.entry is None:
        return Counted(Curves(ends=ends), sets)
    into = _Moment(asked.entry, data.entry, np.zeros(len(data), dtype=np.int64), without)
    entries, further = _counts(given, into, part, parts, rules)
    return Counted(Curves(ends=ends, entries=entries), distinct([*sets, *further]))


@dataclass(frozen=True, eq=False)
class _Moment:
    """Ends of follow-up or entries: what they are called, when, and which kind."""

    about: str
    time: Floats
    kind: Integers
    without: Borders


def _counts(given: Population, moment: _Moment, part: Integers, parts: Sets, rules: Rules) -> tuple[Ends, Sets]:
    columns: dict[str, list[Any]] = {name: [] for name in Ends.model_fields}
    sets: Sets = []
    for cause in np.unique(moment.kind):
        rows = np.flatnonzero(moment.kind == cause)
        about = f"{moment.about} {int(cause)}"
        without = [border for name, border in moment.without if name == about]
        cells = time_cells(moment.time[rows], part[rows], rules, without=without)
        key, first, which, count = np.unique(
            np.stack([part[rows], cells.place]), axis=1, return_index=True, return_inverse=True, return_counts=True
        )
        low, high = cells.low[key[1]], cells.high[key[1]]
        mean = np.bincount(which.ravel(), cells.middle, len(count)) / count
        columns["stratum"] += [given.stratum[row] for row in rows[first]]
        columns["group"] += [given.group[row] for row in rows[first]]
        columns["low"] += low.tolist()
        columns["high"] += high.tolist()
        columns["mean"] += np.clip(mean, low, high).tolist()  # the mean of equal times is that time, without rounding
        columns["cause"] += [int(cause)] * len(count)
        columns["rows"] += count.tolist()
        sets += _up_to_each_border(parts, about, rows, cells)
    ends = Ends(**{name: tuple(column) for name, column in columns.items()})
    return ends, distinct([*parts, *sets])


def _parts(given: Population, asked: Definition) -> Sets:
    """All rows, and those of each group and stratum."""
    groups, strata = _labelled(asked.group, given.group), _labelled(asked.strata, given.stratum)
    return distinct(
        [Behind(f"{one.about} {other.about}".strip(), one.rows & other.rows) for one, other in product(groups, strata)]
    )


def _labelled(name: str, labels: Sequence[str]) -> Sets:
    """All rows, and those of each label."""
    everyone = Behind("", np.ones(len(labels), dtype=bool))
    of_label = np.array(labels)
    return [everyone, *(Behind(f"{name}={label}", of_label == label) for label in sorted(set(labels)) if name)]


def _up_to_each_border(parts: Sets, about: str, rows: Integers, cells: Cells) -> Sets:
    """Those of each part whose follow-up ended in one way up to each border of an interval."""
    found: Sets = []
    for place in range(len(cells) if parts else 0):
        ended = np.zeros(len(parts[0].rows), dtype=bool)
        ended[rows[cells.place <= place]] = True
        high = float(cells.high[place])
        border = (about, high) if place < len(cells) - 1 else None
        found += [Behind(f"{one.about} {about} to {high:g}", one.rows & ended, border) for one in parts]
    return found


def expanded(
    ends: Ends, *, late_entry: bool, random: np.random.Generator | None = None
) -> tuple[Floats, Integers, list[str], list[str]]:
    """Rows that the counts stand for: time, cause, group, stratum.

    The rows of an interval are spread evenly around their mean, as far as the nearer border; where the analysis has late entry they
    get the interval's end, so that nobody leaves before entering. With ``random`` they fall at random instead of evenly.
    """
    rows = np.array(ends.rows, dtype=np.int64)
    low, mean, high = (np.repeat(np.array(column), rows) for column in (ends.low, ends.mean, ends.high))
    number = np.arange(int(rows.sum())) - np.repeat(np.cumsum(rows) - rows, rows)
    reach = np.minimum(mean - low, high - mean)
    share = (number + 0.5) / np.repeat(rows, rows) if random is None else random.random(len(number))
    times = high if late_entry else mean + reach * (2 * share - 1)
    cause = np.repeat(np.array(ends.cause, dtype=np.int64), rows)
    return np.asarray(times, dtype=np.float64), cause, _repeated(ends.group, ends), _repeated(ends.stratum, ends)


def _repeated(column: Sequence[str], ends: Ends) -> list[str]:
    return [label for label, rows in zip(column, ends.rows, strict=True) for _ in range(rows)]


def entry_times(ends: Ends, entries: Ends) -> Floats:
    """Entry of each expanded row; within a group and stratum the earliest entry goes with the earliest end.

    Counts at risk depend on the two distributions only, not on which entry belongs to which end. An interval's entries get its
    beginning.
    """
    times, _, group, stratum = expanded(ends, late_entry=True)
    low = np.repeat(np.array(entries.low), entries.rows)
    found = np.zeros(len(times))
    mine, theirs = _pairs(group, stratum), _pairs(_repeated(entries.group, entries), _repeated(entries.stratum, entries))
    for pair in np.unique(mine):
        places = np.flatnonzero(mine == pair)
        found[places[np.argsort(times[places], kind="stable")]] = np.sort(low[theirs == pair])
    return np.asarray(found, dtype=np.float64)


def _pairs(group: list[str], stratum: list[str]) -> "np.ndarray[tuple[int], np.dtype[np.str_]]":
    return np.array([f"{len(one)} {one} {other}" for one, other in zip(group, stratum, strict=True)], dtype=np.str_)


def is_exact(content: Curves) -> Booleans:
    """Whether each count of ends is at one exact time."""
    return np.asarray(np.array(content.ends.low) == np.array(content.ends.high), dtype=np.bool_)
