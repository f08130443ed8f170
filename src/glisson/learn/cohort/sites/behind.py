"""The sets of patients behind an answer: two answers that differ by a few of them tell these few apart."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from glisson.errors import NotAllowed
from glisson.learn.cohort.sites.rules import Rules
from glisson.learn.cohort.table import Booleans, Floats

BLOCK = 20_000
"""Patients compared at a time."""


class Behind(NamedTuple):
    """Patients behind one count.

    Attributes:
        about: what is counted, in words that are the same whenever the same is counted again.
        rows: mask over the rows of the analysis.
        border: of an interval of time that could be left out: kind of end, and time.
    """

    about: str
    rows: Booleans
    border: tuple[str, float] | None = None


Sets = list[Behind]


def distinct(sets: Sequence[Behind]) -> Sets:
    """Each set once, without empty ones.

    >>> some, none = np.array([True, False]), np.array([False, False])
    >>> len(distinct([Behind("a", some), Behind("a", some), Behind("a", none)]))
    1
    """
    return list({(one.about, one.rows.tobytes()): one for one in sets if one.rows.any()}.values())


def too_close(new: Sets, people: Sequence[str], old: Sets, before: Sequence[str], rules: Rules) -> Sets:
    """Sets of a new answer from which, with an earlier one, a count of few patients follows by subtraction.

    That is so where one set lies inside another and the rest is small; and where the same is counted again and a few patients have
    come, gone or changed.

    Args:
        new: sets that would leave now.
        people: patient of each row of ``new``, hashed.
        old: sets behind an earlier answer.
        before: patient of each row of ``old``.
        rules: of the site.
    """
    if rules.min_cell == 1 or not new or not old:
        return []
    known = {name: place for place, name in enumerate(before)}
    here = np.array([place for place, name in enumerate(people) if name in known], dtype=np.int64)
    there = np.array([known[people[place]] for place in here], dtype=np.int64)
    first, second = np.array([one.rows for one in new]), np.array([one.rows for one in old])
    both = _common(first[:, here], second[:, there])
    only_new, only_old = first.sum(axis=1)[:, None] - both, second.sum(axis=1)[None, :] - both
    differ = only_new + only_old
    again = np.array([one.about for one in new])[:, None] == np.array([one.about for one in old])[None, :]
    inside = (only_new < 0.5) | (only_old < 0.5)
    close = (differ > 0.5) & (differ < rules.min_cell - 0.5) & (again | inside)
    return [new[place] for place in np.flatnonzero(close.any(axis=1))]


def borders_to_leave_out(close: Sets, rules: Rules) -> set[tuple[str, float]]:
    """Borders of intervals without which the sets that are too close do not leave.

    Raises:
        NotAllowed: a set that is no matter of borders.
    """
    found = {one.border for one in close if one.border is not None}
    if len(close) > sum(one.border is not None for one in close):
        raise NotAllowed(
            f"by itself or together with an earlier answer this one would tell fewer than {rules.min_cell} patients apart",
            do="ask for the same patients as before (--complete), or in a coarser way; if the table has changed, the site decides",
        )
    return found


def _common(first: Booleans, second: Booleans) -> Floats:
    """Patients that each pair of sets has in common, shape (sets, sets)."""
    found = np.zeros((len(first), len(second)))
    for start in range(0, first.shape[1], BLOCK):
        part = slice(start, start + BLOCK)
        found += first[:, part].astype(np.float32) @ second[:, part].astype(np.float32).T
    return found


def packed(sets: Sets) -> list[list[str]]:
    """Sets as text, for the log."""
    return [[one.about, np.packbits(one.rows).tobytes().hex()] for one in sets]


def unpacked(texts: Sequence[Sequence[str]], rows: int) -> Sets:
    """Sets from text."""
    return [Behind(about, _bits(bits, rows)) for about, bits in texts]


def _bits(text: str, rows: int) -> Booleans:
    return np.asarray(np.unpackbits(np.frombuffer(bytes.fromhex(text), dtype=np.uint8), count=rows).astype(np.bool_))
