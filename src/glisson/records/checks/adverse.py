"""Adverse events: grade 5 and death, seriousness, the session they belong to."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from glisson.records.checks.course import SESSIONS, Course, Hit
from glisson.records.checks.settings import CheckSettings
from glisson.records.forms import FormEntry
from glisson.records.forms.entry import instant_of

EARLY = timedelta(days=30)
"""What the phase "within 30 days" says."""


def fatal(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """Grade 5, fatal outcome, the criterion death and the death form stand together."""
    death = course.one("death")
    grade_5 = []
    for entry in course.all("adverse_event"):
        five, outcome = entry.get("grade") == 5, entry.get("outcome")
        if five or outcome == "fatal":
            grade_5.append(entry)
            if death is None:
                yield Hit("adverse.grade-5-without-death", (entry,))
            if not entry.yes("serious") or "death" not in entry.words("serious_criteria"):
                yield Hit("adverse.fatal-not-serious", (entry,))
        if outcome is not None and five != (outcome == "fatal"):
            yield Hit("adverse.grade-5-not-fatal", (entry,))
    if death is not None and death.get("cause") == "treatment" and not grade_5:
        yield Hit("adverse.death-by-treatment-without-event", (death,))


def serious(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """A serious event is complete, and its clock runs forwards."""
    for entry in course.all("adverse_event"):
        nights = entry.number("hospital_days")
        if entry.yes("serious") is False and nights is not None and nights > 0:
            yield Hit("adverse.hospital-not-serious", (entry,), "hospital_days")
        if entry.yes("serious"):
            yield from _complete(entry)
            yield from _clock(entry)
        if "none" in (relation := entry.words("relation")) and len(relation) > 1:
            yield Hit("adverse.relation-none-and-other", (entry,), "relation")


def _complete(entry: FormEntry) -> Iterator[Hit]:
    if entry.get("expected") is None or not entry.words("relation") or entry.get("reported_at") is None:
        yield Hit("adverse.serious-incomplete", (entry,))


def _clock(entry: FormEntry) -> Iterator[Hit]:
    aware, reported = instant_of(entry.get("aware_at")), instant_of(entry.get("reported_at"))
    began = entry.day("started_on")
    if aware is not None and reported is not None and reported < aware:
        yield Hit("adverse.report-before-awareness", (entry,), "reported_at")
    if aware is not None and began is not None and aware.date() < began:
        yield Hit("adverse.awareness-before-onset", (entry,), "aware_at")


def belongs(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """The session of an event exists, and its phase fits the days between."""
    for entry in course.all("adverse_event"):
        number = entry.number("session")
        sessions = [
            session
            for form, treatment in SESSIONS.items()
            if treatment == entry.get("treatment")
            for session in course.all(form)
            if session.number("session") == number
        ]
        if number is not None and not sessions:
            yield Hit("adverse.session-unknown", (entry,), "session")
        elif sessions and not any(_phase_fits(entry, session.day("session_on")) for session in sessions):
            yield Hit("adverse.phase", (entry, *sessions), "phase")


def _phase_fits(entry: FormEntry, session_on: date | None) -> bool:
    began = entry.day("started_on")
    if began is None or session_on is None:
        return True
    match entry.get("phase"):
        case "during the procedure":
            return began == session_on
        case "within 30 days":
            return session_on <= began <= session_on + EARLY
        case "later":
            return began > session_on + EARLY
        case "before treatment":
            return began < session_on
        case _:
            return True


def twice(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """One term begins once on a day."""
    found: dict[tuple[str, date], list[FormEntry]] = defaultdict(list)
    for entry in course.all("adverse_event"):
        began, term = entry.day("started_on"), entry.get("term")
        if began is not None and isinstance(term, str):
            found[term.casefold().strip(), began].append(entry)
    for entries in found.values():
        if len(entries) > 1:
            yield Hit("adverse.twice", tuple(entries))
