"""A fact of a case as rules ask for it: a number, perhaps known within a range only, or a word; with its day."""

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

NEVER = math.inf
"""Days since something that never happened."""


@dataclass(frozen=True)
class Fact:
    """One fact.

    Attributes:
        name: as rules call it; a number's name carries its unit.
        low, high: bounds of a number, equal where it is known; ``None``: nothing is known.
        words: the answers that are possible; one where it is known; empty: nothing is known.
        at: the day on which it was true, of several the earliest.
        missing: what would have to be entered to know it.
        how: "entered", or what it was worked out from.
    """

    name: str
    low: float | None = None
    high: float | None = None
    words: tuple[str, ...] = ()
    at: date | None = None
    missing: tuple[str, ...] = ()
    how: str = "entered"

    @property
    def known(self) -> bool:
        """Whether there is one value."""
        return len(self.words) == 1 or (self.low is not None and self.low == self.high)

    @property
    def value(self) -> float | str | None:
        """The value of a fact that has one; "never" for days since what never happened."""
        if len(self.words) == 1:
            return self.words[0]
        if self.low is None or self.low != self.high:
            return None
        return "never" if math.isinf(self.low) else self.low

    @property
    def text(self) -> str:
        """As printed, without its name.

        >>> Fact("ecog", 2, 2).text, Fact("days_since_systemic", NEVER, NEVER).text, Fact("child_pugh_points", 6, 9).text
        ('2', 'never', '6 to 9')
        """
        if self.value is not None:
            return f"{self.value:g}" if isinstance(self.value, float | int) else self.value
        if len(self.words) > 1:
            return " or ".join(self.words)
        if self.low is None or self.high is None:
            return "cannot say"
        return f"{self.low:g} or more" if math.isinf(self.high) else f"{self.low:g} to {self.high:g}"

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "fact": self.name, "value": self.value, "text": self.text, "at": None if self.at is None else self.at.isoformat(),
            "how": self.how, "missing": list(self.missing),
        }  # fmt: skip


def number(name: str, value: float, *, at: date | None = None, how: str = "entered") -> Fact:
    """A known number."""
    return Fact(name, value, value, at=at, how=how)


def between(name: str, low: float, high: float, *, missing: tuple[str, ...] = (), at: date | None = None, how: str) -> Fact:
    """A number within a range, its missing parts dropped where the range is a point."""
    return Fact(name, low, high, at=at, missing=() if low == high else missing or (name,), how=how)


def word(name: str, answer: str, *, at: date | None = None, how: str = "entered") -> Fact:
    """A known word."""
    return Fact(name, words=(answer,), at=at, how=how)


def unknown(name: str, *missing: str, how: str = "entered") -> Fact:
    """A fact of which nothing is known."""
    return Fact(name, missing=missing or (name,), how=how)
