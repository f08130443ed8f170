"""Cells of tables about groups of patients: n (%), medians with quartiles, shares with intervals, heads with their sizes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from glisson.report.document import Block, Cell, Column, Paragraph
from glisson.report.words import as_given, cannot_say, number, opening

Value = Mapping[str, Any]
INDENT = "\u2003"
"""Em space: a row below a heading row."""
NOTHING = Cell("–", "quiet")
EMPTY = Cell("")
MOST_GROUPS = 3
"""Groups in one table beside all patients: more would not fit the width of a page."""


def refused(value: Value, what: str) -> list[Block] | None:
    """The one paragraph of a section that could not be made; ``None`` where it was."""
    return [Paragraph(f"{what}: {cannot_say(value['cannot_say'].rstrip('.'))}.")] if "cannot_say" in value else None


def counted(share: Value) -> Cell:
    """Count (%), with one decimal.

    >>> counted({"count": 18, "of": 134, "fraction": 18 / 134}).text
    '18 (13.4)'
    """
    if share["fraction"] is None:
        return NOTHING
    return Cell(f"{share['count']} ({number(100 * share['fraction'], 1)})")


def interval(share: Value) -> Cell:
    """% with its interval; a dash where there is none.

    >>> interval({"fraction": 0.25, "low": 0.18, "high": 0.325}).text
    '25.0 (18.0 to 32.5)'
    """
    if share["fraction"] is None:
        return NOTHING
    middle = number(100 * share["fraction"], 1)
    if share["low"] is None:
        return Cell(middle)
    return Cell(f"{middle} ({limits(share)})")


def limits(share: Value) -> str:
    """Both ends of an interval, in percent."""
    return f"{number(100 * share['low'], 1)} to {number(100 * share['high'], 1)}" if share["low"] is not None else "–"


def decimals(found: Value) -> int:
    """So many decimals that the quartiles of these numbers can be told apart.

    >>> decimals({"q1": 58.0, "median": 65.0, "q3": 71.0}), decimals({"q1": 0.22, "median": 0.4, "q3": 0.61})
    (0, 2)
    """
    values = [found[name] for name in ("q1", "median", "q3") if found[name] is not None]
    largest = max((abs(value) for value in values), default=0.0)
    if all(float(value).is_integer() for value in values):
        return 0
    return 2 if largest < 10 else 1 if largest < 100 else 0


def middle(found: Value, places: int) -> Cell:
    """Median (quartiles)."""
    if found["median"] is None:
        return NOTHING
    low, centre, high = (number(found[name], places) for name in ("q1", "median", "q3"))
    return Cell(f"{centre} ({low} to {high})")


def spread(found: Value) -> Cell:
    """Range, as the values were given."""
    return NOTHING if found["least"] is None else Cell(f"{_given(found['least'])} to {_given(found['most'])}")


def _given(value: float) -> str:
    return as_given(round(value, 2))


def mean_and_limits(found: Value, digits: int = 1) -> Cell:
    """A mean change with its interval, signed.

    >>> mean_and_limits({"mean": -5.7, "low": -9.56, "high": 1.8}).text
    '−5.7 (−9.6 to +1.8)'
    """
    if found["mean"] is None:
        return NOTHING
    said = [signed(found[name], digits) for name in ("mean", "low", "high") if found[name] is not None]
    return Cell(said[0] if len(said) < 3 else f"{said[0]} ({said[1]} to {said[2]})")


def signed(value: float, digits: int) -> str:
    """A number with its sign; nought has none."""
    text = number(value, digits)
    return f"+{text}" if value > 0 and text.strip("0.") else text


def parts(heads: Sequence[Value]) -> Iterator[list[Value]]:
    """Heads of the tables to print: everyone, and so many groups as one page takes.

    >>> [[head["group"] for head in part] for part in parts([{"group": name} for name in ("all", "a", "b", "c", "d")])]
    [['all', 'a', 'b', 'c'], ['all', 'd']]
    """
    everyone, groups = heads[0], list(heads[1:])
    for first in range(0, max(len(groups), 1), MOST_GROUPS):
        yield [everyone, *groups[first : first + MOST_GROUPS]]


def group_columns(heads: Sequence[Value], key: str = "patients") -> list[Column]:
    """A column per group, with its size.

    >>> group_columns([{"label": "salvage", "patients": 74}])[0]
    Column(head='Salvage', unit='n = 74', align='right')
    """
    return [Column(opening(str(head["label"])), f"n = {head[key]}", "right") for head in heads]


def no_group(value: Value) -> str:
    """Who stands in no group, as a sentence for the foot of a table; nothing where everybody is in one."""
    n = value.get("of_no_group") or 0
    return f" {n} patients without a known group stand in the column of all only." if n else ""


def aside(word: str, share: str) -> Cell:
    """Something quiet in the first column, below the row it belongs to."""
    return Cell(f"{INDENT}{word}{share}", "quiet")


def visit_name(visit: str) -> str:
    """A visit as printed.

    >>> visit_name("fu1"), visit_name("baseline")
    ('FU1', 'Baseline')
    """
    return visit.upper() if re.fullmatch(r"fu\d+", visit) else opening(visit)
