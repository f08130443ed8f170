"""The state of a case, worked out from its entries alone."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from glisson.records.store.entry import StoredEntry
from glisson.records.store.standing import Standing


@dataclass(frozen=True)
class CaseState:
    """What stands in a case.

    Attributes:
        current: filled forms that stand, corrections applied, in the order in which they were recorded.
        locked: visits that are locked; None in it means the whole case.
        erased: whether the case's content was erased.
        replaced: id of the entry that took the place of each earlier one.
    """

    current: tuple[StoredEntry, ...]
    locked: frozenset[str | None]
    erased: bool
    replaced: dict[str, str]

    def true_by(self, day: date | None) -> "CaseState":
        """Without what was true only after ``day``; an instant counts by the calendar day of its own offset."""
        if day is None:
            return self
        return replace(self, current=tuple(entry for entry in self.current if entry.at is None or _day(entry.at) <= day))


def _day(at: date | datetime) -> date:
    return at.date() if isinstance(at, datetime) else at


def replay(entries: Iterable[StoredEntry]) -> CaseState:
    """State after ``entries`` of one case, oldest first. No database, no clock: the same entries give the same state."""
    standing = Standing()
    known: dict[str, StoredEntry] = {}
    for entry in entries:
        known[entry.id] = entry
        standing.apply(entry)
    current = sorted((known[id] for id in standing.places), key=lambda entry: entry.sequence)
    return CaseState(tuple(current), frozenset(standing.locked), standing.erased, dict(standing.gone))
