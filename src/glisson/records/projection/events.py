"""Decisions, adverse events, progressions, contacts, death and consent as events of a case."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from glisson.records.forms import Catalogue, FormEntry
from glisson.records.projection.mapping import common, fields_of
from glisson.records.projection.treatments import STEMS, course_id, session_id

Fields = dict[str, Any]
PROGRESSIONS = {"hepatic_progression": "liver", "extrahepatic_progression": "extrahepatic"}


def events_of(entries: Sequence[FormEntry], known: Catalogue) -> list[Fields]:
    """Every event, as fields of the noun, in the order of the entries."""
    courses = _courses(entries)
    found: list[Fields] = []
    for entry in entries:
        form = known[entry.form, entry.edition]
        shared = {"recorded_at": entry.recorded_at, "visit": common(form, entry).visit}
        if entry.form == "adverse_event":
            found.append({**shared, "kind": "adverse-event", **fields_of(form, entry, "event"), **_belongs(entry, courses)})
        elif entry.form in MAKERS:
            found += [{**shared, **made} for made in MAKERS[entry.form](entry, fields_of(form, entry, "event"))]
    return found


def _courses(entries: Sequence[FormEntry]) -> dict[str, str]:
    """Session id to the id of its treatment."""
    sessions = {"tace_session": "tace", "sirt_session": "sirt", "ablation_session": "ablation"}
    return {
        session_id(stem, entry.number("session")): course_id(stem, entry.number("course"))
        for entry in entries
        if (stem := sessions.get(entry.form)) is not None
    }


def _belongs(entry: FormEntry, courses: dict[str, str]) -> Fields:
    """Treatment and session of an adverse event; neither where the session is not entered."""
    stem = STEMS.get(str(entry.get("treatment")))
    number = entry.number("session")
    name = session_id(stem, number) if stem and number is not None else None
    return {"session": name, "treatment": courses[name]} if name in courses else {"session": None, "treatment": None}


def _consent(entry: FormEntry, said: Fields) -> Iterator[Fields]:
    if entry.get("consented_on") is not None:
        yield {"kind": "consent", "at": said["at"]}
    if entry.yes("withdrawn"):
        yield {"kind": "withdrawal", "at": entry.get("withdrawn_on"), "scope": said.get("scope")}


def _decision(entry: FormEntry, said: Fields) -> Iterator[Fields]:
    yield {"kind": "decision", **said, "text": entry.get("treatment")}


def _death(_: FormEntry, said: Fields) -> Iterator[Fields]:
    yield {"kind": "death", **said}


def _diagnosis(entry: FormEntry, _: Fields) -> Iterator[Fields]:
    if entry.get("metastases_on") is not None:
        yield {"kind": "diagnosis", "at": entry.get("metastases_on")}


def _follow_up(entry: FormEntry, _: Fields) -> Iterator[Fields]:
    """Known alive until the day of contact; lost; progressions, liver and elsewhere apart."""
    if entry.yes("alive"):
        yield {"kind": "last-contact", "at": entry.get("contacted_on")}
    if entry.yes("lost_to_follow_up"):
        yield {"kind": "lost-to-follow-up", "at": entry.get("contacted_on")}
    for item, where in PROGRESSIONS.items():
        if entry.yes(item):
            yield {"kind": "progression", "where": where, "at": entry.get(f"{item}_on"), "called_by": entry.get(f"{item}_by")}


MAKERS: dict[str, Callable[[FormEntry, Fields], Iterator[Fields]]] = {
    "consent": _consent,
    "decision": _decision,
    "death": _death,
    "disease": _diagnosis,
    "follow_up": _follow_up,
}
