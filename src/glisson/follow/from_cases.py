"""Origins and named sources of a course from the nouns of cases: treatments, events, and every dated entry."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

import polars as pl

from glisson.case import Case, Event, Treatment, current
from glisson.case.base import Entry, Moment
from glisson.errors import MissingFact
from glisson.follow.course import ORIGINS, Course
from glisson.follow.sources import DATED, dated_from_responses

INDEX_KINDS = ("TACE", "radioembolization", "HAI")
"""Treatments whose first session starts the clock; a course of another kind after it is a new therapy. One without sessions is
history (a line of therapy before): it starts no clock."""

NOT_SEEN = ("death", "lost-to-follow-up", "withdrawal", "visit-not-done", "plan-signed")
"""Events on whose day nobody need have seen the patient."""

Row = tuple[str, str, date, str | None]


def course_of(
    cases: Sequence[Case],
    *,
    responses: pl.DataFrame | None = None,
    reader: str = "investigator",
    criterion: str = "RECIST 1.1",
    liver_criterion: str | None = "RECIST 1.1 liver",
    index_kinds: Sequence[str] = INDEX_KINDS,
) -> Course:
    """The course of these cases.

    Origins: first and last session of the index treatments (mapping does not count, nor does a treatment without sessions), the
    last decision up to the first session (the first one if none came before), the first diagnosis of metastases. New therapy: the
    start of a treatment of another kind after the first session. Known alive: the day of any entry on which the patient was seen.
    Corrections apply.

    Args:
        cases: any number, each patient once.
        responses: Table 2; without it progression is what people entered ("progression as called").
        reader: whose calls count.
        criterion: of progression anywhere.
        liver_criterion: of the liver's own stream; ``None`` where there is none.
        index_kinds: kinds of treatment that start the clock.

    Raises:
        MissingFact: a death without its day, and the like; the kinds are named.
        BadInput: as ``Course``.
    """
    undated = sorted(
        {f"day of {event.kind}" for case in cases for event in current(case.events) if event.at is None and event.kind in _DATED}
    )
    if undated:
        raise MissingFact("events that decide an endpoint", missing=undated)
    origins = [row for case in cases for row in _origins(case, index_kinds)]
    rows = [row for case in cases for row in _rows(case, index_kinds)]
    course = Course(
        patients=pl.DataFrame({"patient": [case.id for case in cases]}, schema={"patient": pl.String}),
        origins=pl.DataFrame(origins, schema=ORIGINS, orient="row"),
        dated=pl.DataFrame(rows, schema=DATED, orient="row"),
        called=None,
    )
    if responses is None:
        return course
    found = dated_from_responses(responses, reader=reader, criterion=criterion, liver_criterion=liver_criterion)
    liver = f"{liver_criterion} by {reader}" if liver_criterion else None
    return course.with_dated(found, called=f"{criterion} by {reader}", liver_called=liver)


_DATED = ("death", "progression", "last-contact", "lost-to-follow-up", "withdrawal", "diagnosis", "decision")


def _day(moment: Moment | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def _days(entries: Iterable[Entry]) -> list[date]:
    return sorted(day for entry in entries if (day := _day(entry.at)) is not None)


def _sessions(case: Case, kinds: Sequence[str]) -> list[date]:
    """Days of the sessions in which an index treatment was given; a treatment without sessions has none."""
    index = (treatment for treatment in current(case.treatments) if treatment.kind in kinds)
    return sorted(day for one in index for day in _days(s for s in current(one.sessions) if s.kind != "mapping"))


def _origins(case: Case, kinds: Sequence[str]) -> Iterator[tuple[str, str, date]]:
    sessions = _sessions(case, kinds)
    if sessions:
        yield case.id, "first session", sessions[0]
        yield case.id, "last session", sessions[-1]
    decisions = _days(event for event in current(case.events) if event.kind == "decision")
    if decisions:
        before = [day for day in decisions if not sessions or day <= sessions[0]]
        yield case.id, "decision", before[-1] if before else decisions[0]
    diagnoses = _days(event for event in current(case.events) if event.kind == "diagnosis")
    if diagnoses:
        yield case.id, "diagnosis of metastases", diagnoses[0]


def _rows(case: Case, kinds: Sequence[str]) -> Iterator[Row]:
    for event in current(case.events):
        day = _day(event.at)
        if day is not None:
            yield from ((case.id, source, day, None) for source in _event_sources(event))
    sessions = _sessions(case, kinds)
    for treatment in current(case.treatments):
        day = _start(treatment)
        if day is not None and sessions and day > sessions[0] and treatment.kind not in kinds:
            yield case.id, "new therapy", day, treatment.regimen or treatment.kind
    yield from ((case.id, "known alive", day, None) for day in sorted(set(_seen(case))))


def _event_sources(event: Event) -> Iterator[str]:
    plain = {"death": "death", "lost-to-follow-up": "lost to follow-up", "visit-not-done": "missed visit"}
    if event.kind in plain:
        yield plain[event.kind]
    elif event.kind == "withdrawal" and event.scope in ("no further data", "erase"):
        yield "withdrawal"
    elif event.kind == "progression":
        clinical = event.called_by == "clinical"
        yield "clinical progression" if clinical else "progression as called"
        if event.where in ("liver", "both"):
            yield "clinical liver progression" if clinical else "liver progression as called"


def _start(treatment: Treatment) -> date | None:
    return next(iter(_days([treatment]) or _days(current(treatment.sessions))), None)


def _seen(case: Case) -> Iterator[date]:
    events = (event for event in current(case.events) if event.kind not in NOT_SEEN)
    sessions = (session for treatment in current(case.treatments) for session in current(treatment.sessions))
    entries = (*current(case.images), *current(case.observations), *events, *current(case.treatments), *sessions)
    yield from _days(entry for entry in entries if getattr(entry, "missing", None) is None)
