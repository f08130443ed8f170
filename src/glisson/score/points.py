"""Sums of points: each item gives its points or not, or nobody knows; the sum is then a range."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from glisson.score.answer import Component, Score


@dataclass(frozen=True)
class Item:
    """One item.

    Attributes:
        name: as printed, and as said to be missing.
        value: the input as given.
        unit: of the input.
        lowest, highest: points that the input leaves; equal where it is known.
    """

    name: str
    value: float | str | bool | None
    unit: str
    lowest: float
    highest: float

    @property
    def known(self) -> bool:
        """Whether the points are certain."""
        return self.lowest == self.highest


def yes_or_no(name: str, answer: bool | None, points: float = 1) -> Item:
    """An item by an answer."""
    return Item(name, answer, "", 0 if answer is None else points * answer, points if answer is None else points * answer)


def compared(name: str, value: float | None, holds: bool | None, unit: str, points: float = 1) -> Item:
    """An item by a number: ``holds`` is the comparison, ``None`` where the number is unknown."""
    answer = yes_or_no(name, holds, points)
    return Item(name, value, unit, answer.lowest, answer.highest)


def above(name: str, value: float | None, limit: float, unit: str) -> Item:
    """A point for more than a limit."""
    return compared(name, value, None if value is None else value > limit, unit)


def at_least(name: str, value: float | None, limit: float, unit: str) -> Item:
    """A point for a limit or more."""
    return compared(name, value, None if value is None else value >= limit, unit)


def below(name: str, value: float | None, limit: float, unit: str) -> Item:
    """A point for less than a limit."""
    return compared(name, value, None if value is None else value < limit, unit)


def group_of(points: float, bounds: Sequence[float], names: Sequence[str]) -> str:
    """Name of the group: the first up to the first bound, the last above the last.

    >>> group_of(3, (2, 4), ("low", "intermediate", "high"))
    'intermediate'
    """
    return names[sum(points > bound for bound in bounds)]


def sum_of(
    name: str, items: Iterable[Item], *, sources: Iterable[str], bounds: Sequence[float] = (), groups: Sequence[str] = (),
    notes: Iterable[str] = (), start: float = 0,
) -> Score:  # fmt: skip
    """The sum, its group, or the range that unknown items leave. A group that the whole range shares is said."""
    listed = tuple(items)
    lowest = start + sum(item.lowest for item in listed)
    highest = start + sum(item.highest for item in listed)
    low_group, high_group = (group_of(points, bounds, groups) if groups else None for points in (lowest, highest))
    return Score(
        name,
        lowest if lowest == highest else None,
        low_group if low_group == high_group else None,
        lowest,
        highest,
        tuple(Component(i.name, i.value, i.unit, i.lowest if i.known else None) for i in listed),
        tuple(item.name for item in listed if not item.known),
        tuple(notes),
        tuple(sources),
    )
