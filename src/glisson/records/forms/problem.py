"""What a check found: a stable code, how bad, which entries. It never holds what was entered."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["refuse", "warn"]
"""``refuse``: the entry is not taken as it is. ``warn``: it is taken, and a query asks about it."""


@dataclass(frozen=True)
class Problem:
    """One finding of a check.

    Attributes:
        code: stable name of the check, as "out-of-range" or "dates.after-death".
        level: refuse or warn.
        words: what is wrong and what is allowed, without the content of any item.
        item: the item, where it is one.
        entries: ids of the entries it concerns.
        places: where those entries stand (form, visit, instance); they outlive a correction, ids do not.
    """

    code: str
    level: Severity
    words: str
    item: str | None = None
    entries: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
