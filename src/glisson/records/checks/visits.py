"""Locking a visit, and unlocking it with a reason. The store refuses entries and corrections of a locked visit; so does this."""

from collections.abc import Iterable
from dataclasses import dataclass

from glisson.errors import BadInput
from glisson.records.checks.acts import LOCKED, UNLOCKED, Act, require_words
from glisson.records.checks.queries import Query, QueryState
from glisson.records.forms import FormEntry


def lock(visit: str = "") -> Act:
    """Locks a visit; without a name the whole case."""
    return Act(LOCKED, {}, visit)


def unlock(visit: str, reason: str) -> Act:
    """Unlocks it again.

    Raises:
        BadInput: no reason.
    """
    return Act(UNLOCKED, {"reason": require_words(reason, "the reason of unlocking")}, visit)


def locked_visits(acts: Iterable[Act]) -> frozenset[str]:
    """Visits that are locked after these acts, oldest first; an empty name in it means the whole case."""
    locked: set[str] = set()
    for act in acts:
        if act.kind == LOCKED:
            locked.add(act.visit)
        elif act.kind == UNLOCKED:
            locked.discard(act.visit)
    return frozenset(locked)


def require_unlocked(acts: Iterable[Act], entry: FormEntry, corrects: FormEntry | None = None) -> None:
    """Refuses an entry into a locked visit, and the correction of an entry in one.

    Raises:
        BadInput: the visit, or the case, is locked.
    """
    locked = locked_visits(acts)
    for visit in (entry.visit, *((corrects.visit,) if corrects else ())):
        if visit in locked or "" in locked:
            where = "the case" if "" in locked else f"visit {visit or 'without a name'}"
            raise BadInput(f"{where} is locked", do="unlock it first, with a reason")


@dataclass(frozen=True)
class Readiness:
    """What stands in the way of a lock; it can be locked nevertheless, and the page says so.

    Attributes:
        open_queries: ids of queries about the visit that are not closed.
        not_verified: ids of entries whose source data nobody verified.
    """

    open_queries: tuple[str, ...]
    not_verified: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Nothing in the way."""
        return not self.open_queries and not self.not_verified


def readiness(visit: str, entries: Iterable[FormEntry], queries: Iterable[Query], verified: Iterable[str]) -> Readiness:
    """What is still to be done before a visit is locked; an empty name means the whole case."""
    there = [entry for entry in entries if visit in ("", entry.visit)]
    places = {entry.place for entry in there}
    still_open = tuple(query.id for query in queries if query.state is not QueryState.CLOSED and places & set(query.places))
    done = set(verified)
    return Readiness(still_open, tuple(entry.id for entry in there if entry.id not in done))
