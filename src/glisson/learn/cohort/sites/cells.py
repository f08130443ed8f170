"""Intervals of time that hold enough rows of one kind, so that a count of them may leave a site."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glisson.errors import NotAllowed
from glisson.learn.cohort.sites.rules import Rules
from glisson.learn.cohort.table import Booleans, Floats, Integers

LAST_BORDER = 12
"""The last border is rounded up to this many widths (months to years), so that it is not somebody's."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Intervals, ascending: more than ``low``, up to ``high``; one exact time where both are equal; a ``low`` of 0 holds 0.

    Attributes:
        low: shape (m,).
        high: shape (m,).
        place: interval of each row, shape (n,).
        middle: time of each row as its mean may use it: the middle of the interval of the rules' width that it is in, shape (n,).
    """

    low: Floats
    high: Floats
    place: Integers
    middle: Floats

    def __len__(self) -> int:
        return len(self.low)


def time_cells(time: Floats, part: Integers, rules: Rules, *, without: Sequence[float] = ()) -> Cells:
    """Intervals for the rows whose follow-up ended in one way (or who entered), alike for all groups and strata.

    Intervals of the rules' width are joined until each holds no row or enough, then further until each group and stratum has none or
    enough in each. So the borders of an analysis by groups are among those of the analysis without, and what lies between two
    borders is never a small cell. A border tells that somebody's follow-up ended within one width before it.

    Args:
        time: of each row, shape (n,).
        part: number of its group and stratum, shape (n,).
        rules: of the site.
        without: borders that shall be none, since an earlier answer stands beside them; the last one stays.

    Raises:
        NotAllowed: exact times of few, or a group that is too small even over all of the follow-up.
    """
    raw = _raw(time, rules)
    if rules.min_cell == 1:
        return raw
    if rules.time_width == 0:
        if not _enough(_counts(raw, part), rules).all():
            raise NotAllowed(
                f"exact times would leave at which the follow-up of fewer than {rules.min_cell} rows ends",
                do="set time_width in the rules",
            )
        return raw
    joined = _joined(_joined(raw, np.zeros(len(time), dtype=np.int64), rules), part, rules)
    border = joined.high.copy()
    border[-1:] = np.ceil(border[-1:] / (LAST_BORDER * rules.time_width) - 1e-9) * LAST_BORDER * rules.time_width
    keep = ~np.isin(border, np.array(list(without), dtype=np.float64))
    keep[-1:] = True
    place = np.asarray((np.cumsum(keep) - keep)[joined.place], dtype=np.int64)
    border = border[keep]
    return Cells(np.concatenate([[0.0], border])[:-1], border, place, raw.middle)


def _raw(time: Floats, rules: Rules) -> Cells:
    if rules.time_width == 0:
        exact, place = np.unique(time, return_inverse=True)
        return Cells(exact, exact, place.astype(np.int64), exact[place])
    number, place = np.unique(np.maximum(np.ceil(time / rules.time_width - 1e-9), 1.0), return_inverse=True)
    middle = (number[place] - 0.5) * rules.time_width
    return Cells((number - 1) * rules.time_width, number * rules.time_width, place.astype(np.int64), middle)


def _counts(cells: Cells, part: Integers) -> Integers:
    """Rows by interval and part."""
    codes, number = np.unique(part, return_inverse=True)
    width = max(len(codes), 1)
    found = np.bincount(cells.place * width + number, minlength=len(cells) * width)
    return np.asarray(found.reshape(len(cells), width), dtype=np.int64)


def _enough(counts: Integers, rules: Rules) -> Booleans:
    return np.asarray(((counts == 0) | (counts >= rules.min_cell)).all(axis=-1), dtype=np.bool_)


def _joined(cells: Cells, part: Integers, rules: Rules) -> Cells:
    """Neighbours joined from the front, each as soon as it holds enough; what is left over at the end joins the last ones."""
    counts = _counts(cells, part)
    first: list[int] = []  # number of the first interval of each joined one
    sums: list[Integers] = []
    start, running = 0, np.zeros(counts.shape[1], dtype=np.int64)
    for place in range(len(cells)):
        running = running + counts[place]
        if running.any() and _enough(running, rules):
            first.append(start)
            sums.append(running)
            start, running = place + 1, np.zeros_like(running)
    while running.any():
        if not first:
            raise NotAllowed(
                f"over the whole follow-up that of fewer than {rules.min_cell} rows ends in one of the ways, in one group or stratum",
                do="ask without the group, the strata or the further causes",
            )
        start, running = first.pop(), running + sums.pop()
        if _enough(running, rules):
            first.append(start)
            break
    starts = np.array(first, dtype=np.int64)
    ends = np.append(starts[1:], len(cells)) - 1
    joined = np.asarray(np.searchsorted(starts, cells.place, side="right") - 1, dtype=np.int64)
    return Cells(cells.low[starts], cells.high[ends], joined, cells.middle)
