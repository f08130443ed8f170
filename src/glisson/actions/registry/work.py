"""Working in a registry: enter, correct, show, check, query, lock, sign."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from glisson.actions.registry.door import Door, at_desk, at_registry, now
from glisson.errors import BadInput

if TYPE_CHECKING:
    from glisson.records.checks import Query, SeriousEvent
    from glisson.records.desk import Entered, Filled, Overview
    from glisson.records.store import StoredEntry


def enter_form(door: Door, filled: "Filled", *, site: str | None = None, scans: Path | None = None) -> "Entered":
    """Check a form, store it, and open queries about what is doubtful.

    ``scans``: a folder of the person's DICOM files; free text is searched for the names in their headers.
    """
    from glisson.imaging.deidentify_folder import names_in

    names = names_in(scans) if scans is not None else ()
    with at_desk(door, names=names) as desk:
        return desk.enter(filled, site=site)


def correct_entry(door: Door, id: str, changes: dict[str, Any], reason: str) -> "Entered":
    """A new entry in place of an old one: its values with ``changes``; ``None`` takes an item away.

    Raises:
        BadInput: no such entry among those that stand in a case of the user.
    """
    from glisson.records.desk import Filled
    from glisson.records.forms import FormEntry

    with at_desk(door) as desk:
        case = _case_of(desk.session.registry, id)
        entries = {entry.id: entry for entry in desk.session.state(case or "none").current}
        if case is None or id not in entries:
            raise BadInput("no entry of that id stands", do="list them: glisson records show REGISTRY CASE")
        old = FormEntry.of(entries[id])
        values = {item: value for item, value in {**old.values, **changes}.items() if value is not None}
        return desk.enter(Filled(old.case, old.form, values, old.visit, old.instance, old.edition, replaces=id, reason=reason))


def show_cases(door: Door) -> list[str]:
    """Pseudonyms at the user's sites."""
    with at_registry(door) as session:
        return session.cases()


def show_case(door: Door, case: str, *, as_of: datetime | date | None = None) -> "Overview":
    """Everything of a case, as it was known at ``as_of``."""
    with at_desk(door) as desk:
        return desk.overview(case, as_of=as_of)


def case_history(door: Door, case: str) -> "list[StoredEntry]":
    """Every entry of a case, corrections and acts included, oldest first."""
    with at_registry(door) as session:
        return session.entries(case)


def check_registry(door: Door, case: str | None = None) -> "dict[str, Overview]":
    """Run every check on one case or on all of the user's; queries that are asked for are opened."""
    with at_desk(door) as desk:
        return {name: desk.check(name) for name in ([case] if case else desk.session.cases())}


def registry_queries(door: Door, case: str | None = None) -> "dict[str, list[Query]]":
    """Queries that are not closed, by case."""
    from glisson.records.desk import open_queries

    with at_desk(door) as desk:
        found = {name: open_queries(desk.overview(name)) for name in ([case] if case else desk.session.cases())}
    return {name: queries for name, queries in found.items() if queries}


def act_on_query(door: Door, case: str, query: str, act: Literal["answer", "close", "reopen"], text: str) -> "StoredEntry":
    """Answer, close or ask a query again."""
    with at_desk(door) as desk:
        return {"answer": desk.answer, "close": desk.close, "reopen": desk.reopen}[act](case, query, text)


def ask_query(door: Door, case: str, places: Sequence[str], question: str, item: str | None = None) -> "StoredEntry":
    """A monitor's own query about entries, named by their places."""
    with at_desk(door) as desk:
        return desk.ask(case, places=places, question=question, item=item)


@dataclass(frozen=True)
class Locked:
    """A lock, and what was still to be done when it was set."""

    entry: "StoredEntry"
    open_queries: tuple[str, ...]
    not_verified: tuple[str, ...]


def lock_visit(door: Door, case: str, visit: str = "") -> Locked:
    """Lock a visit, or the whole case."""
    with at_desk(door) as desk:
        ready = desk.overview(case).readiness(visit)
        return Locked(desk.lock(case, visit), ready.open_queries, ready.not_verified)


def unlock_visit(door: Door, case: str, visit: str, reason: str) -> "StoredEntry":
    """Unlock a visit, with a reason."""
    with at_desk(door) as desk:
        return desk.unlock(case, visit, reason)


def sign_visit(door: Door, case: str, *, meaning: str, visit: str = "") -> "StoredEntry":
    """The investigator's signature on a visit or on the whole case."""
    with at_desk(door) as desk:
        return desk.sign(case, meaning=meaning, visit=visit)


def verify_source_data(door: Door, case: str, entries: Sequence[str]) -> "StoredEntry":
    """Say that entries were compared with the patient's file."""
    with at_desk(door) as desk:
        return desk.verify_source(case, entries)


def serious_adverse_events(door: Door, hours: float) -> "list[SeriousEvent]":
    """Serious adverse events at the user's sites; ``hours`` from awareness to report, as the study's protocol says."""
    with at_desk(door) as desk:
        return desk.serious(now=now(), hours=hours)


def _case_of(registry: Any, id: str) -> str | None:
    try:
        case: str | None = registry.entry(id).case
    except BadInput:
        return None
    return case
