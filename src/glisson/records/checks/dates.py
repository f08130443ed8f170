"""Dates in order: nothing after death, ends after beginnings, decision and consent before treatment."""

import itertools
from collections.abc import Iterator
from datetime import timedelta

from glisson.records.checks.course import SESSIONS, Course, Hit
from glisson.records.checks.settings import CheckSettings

AFTER_DEATH_ALLOWED = {("adverse_event", "aware_at"), ("adverse_event", "reported_at"), ("consent", "withdrawn_on")}
"""Dates of recording, not of the patient."""
CONTACT = ("follow_up", "contacted_on")
PAIRS = {
    "history_line": (("started_on", "ended_on"),),
    "hai_course": (("started_on", "ended_on"),),
    "adverse_event": (("started_on", "ended_on"),),
    "decision": (("concomitant_last_on", "concomitant_first_on"),),
    "consent": (("consented_on", "withdrawn_on"),),
}
RECORDING_SLACK = timedelta(days=1)
"""A day: the zone of the recording may lie behind the centre's own."""


def death(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """Nothing of the patient after the day of death; a follow-up may come to know of it later if it says so."""
    died_on = course.died_on
    form = course.one("death")
    if died_on is None or form is None:
        return
    for dated in course.dates:
        key = (dated.entry.form, dated.item)
        tells_of_it = key == CONTACT and dated.entry.yes("alive") is False
        if dated.day > died_on and key not in AFTER_DEATH_ALLOWED and dated.entry is not form and not tells_of_it:
            yield Hit("dates.after-death", (form, dated.entry), dated.item)


def not_alive(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """A patient who is not alive has a death form."""
    if course.one("death") is None:
        for entry in course.all("follow_up"):
            if entry.yes("alive") is False:
                yield Hit("death.alive-no-but-no-death", (entry,))


def recording(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """Nothing is recorded before it is true."""
    for dated in course.dates:
        recorded = dated.entry.recorded_at
        if recorded is not None and dated.day > recorded.date() + RECORDING_SLACK:
            yield Hit("dates.after-recording", (dated.entry,), dated.item)


def intervals(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """Ends are not before beginnings."""
    for form, pairs in PAIRS.items():
        for entry in course.all(form):
            for first, last in pairs:
                begin, end = entry.day(first), entry.day(last)
                if begin is not None and end is not None and end < begin:
                    yield Hit("dates.end-before-start", (entry,), last)


def before_treatment(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """Diagnosis, decision and consent come before the first session; follow-up after it."""
    if course.first_session is None:
        return
    first_on, session = course.first_session
    boards = [(day, entry) for entry in course.all("decision") if (day := entry.day("board_on")) is not None]
    if boards and first_on < min(day for day, _ in boards):
        yield Hit("dates.session-before-decision", (min(boards, key=lambda pair: pair[0])[1], session))
    consent = course.one("consent")
    if consent is not None and (given := consent.day("consented_on")) is not None and first_on < given:
        yield Hit("dates.session-before-consent", (consent, session))
    disease = course.one("disease")
    for item in ("primary_on", "metastases_on"):
        if disease is not None and (day := disease.day(item)) is not None and day > first_on:
            yield Hit("dates.diagnosis-after-session", (disease, session), item)
    for entry in course.all("follow_up"):
        if (contact := entry.day("contacted_on")) is not None and contact < first_on:
            yield Hit("dates.follow-up-before-session", (entry, session))


def follow_up(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """What a contact tells of has happened by then, and after treatment began."""
    for entry in course.all("follow_up"):
        contact = entry.day("contacted_on")
        for item in ("hepatic_progression_on", "extrahepatic_progression_on", "new_therapy_on"):
            day = entry.day(item)
            if day is None:
                continue
            if contact is not None and day > contact:
                yield Hit("dates.progression-after-contact", (entry,), item)
            if item != "new_therapy_on" and course.first_session is not None and day < course.first_session[0]:
                yield Hit("dates.progression-before-session", (entry, course.first_session[1]), item)


def session_order(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """Sessions of one kind are numbered in the order of their days."""
    for form in SESSIONS:
        given = [(entry.number("session"), entry.day("session_on"), entry) for entry in course.all(form)]
        known = sorted(((n, day, entry) for n, day, entry in given if n is not None and day is not None), key=lambda row: row[0])
        for (number, day, entry), (later, next_day, other) in itertools.pairwise(known):
            if later > number and next_day < day:
                yield Hit("dates.session-order", (entry, other))


def injection_day(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """An injection is on the day of its session."""
    for entry in course.all("sirt_session"):
        injected, day = entry.day("injected_at"), entry.day("session_on")
        if injected is not None and day is not None and injected != day:
            yield Hit("dates.injection-not-on-session-day", (entry,), "injected_at")


def age(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """Age at enrolment is the difference of the years, or one less."""
    patient = course.one("patient")
    if patient is None:
        return
    enrolled, years, born = patient.day("enrolled_on"), patient.number("age_years"), patient.number("birth_year")
    if enrolled is not None and years is not None and born is not None and enrolled.year - born - years not in (0, 1):
        yield Hit("dates.age-and-birth-year", (patient,), "birth_year")


def withdrawal(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """No further data after consent to it was withdrawn; death from a civil register is not asked here."""
    consent = course.one("consent")
    if consent is None or consent.get("withdrawal_scope") not in ("no further data", "erase"):
        return
    withdrawn = consent.day("withdrawn_on")
    late = {dated.entry.id: dated.entry for dated in course.dates if withdrawn is not None and dated.day > withdrawn}
    for entry in late.values():
        if entry.form not in ("consent", "death"):
            yield Hit("consent.entry-after-withdrawal", (consent, entry))
