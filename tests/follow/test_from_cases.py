"""The course of a case: origins, new therapy, deaths and days known alive from its entries, corrections applied."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from glisson.case import Case
from glisson.errors import MissingFact
from glisson.follow.course import Course
from glisson.follow.endpoints import EndpointRules, endpoints
from glisson.follow.from_cases import course_of

TACE = {
    "id": "tace",
    "kind": "TACE",
    "sessions": [
        {"id": "s1", "kind": "procedure", "at": "2024-03-01"},
        {"id": "s2", "kind": "procedure", "at": "2024-04-02T08:00:00+02:00"},
    ],
}


def made(events: list[dict[str, Any]], *, treatments: list[dict[str, Any]] | None = None, **rest: Any) -> Course:
    case = {"id": "case-1", "treatments": [TACE] if treatments is None else treatments, "events": events, **rest}
    return course_of([Case.model_validate(case)])


def day(course: Course, origin: str) -> date | None:
    found: date | None = course.origin(origin)["reference"].item()
    return found


def days(course: Course, source: str) -> list[date]:
    return course.source(source)["date"].to_list()


def test_origins_of_a_case() -> None:
    events = [{"kind": "decision", "at": d} for d in ("2023-05-01", "2024-02-20", "2024-06-01")]
    course = made([*events, {"kind": "diagnosis", "at": "2022-10-05"}, {"kind": "diagnosis", "at": "2022-12-05"}])
    assert day(course, "first session") == date(2024, 3, 1)
    assert day(course, "last session") == date(2024, 4, 2)
    assert day(course, "decision") == date(2024, 2, 20)
    assert day(course, "diagnosis of metastases") == date(2022, 10, 5)
    assert day(course, "randomisation") is None


def test_mapping_and_planned_treatment_start_no_clock() -> None:
    mapping = {"id": "y90", "kind": "radioembolization", "sessions": [{"id": "m", "kind": "mapping", "at": "2024-01-05"}]}
    planned = {"id": "later", "kind": "radioembolization", "at": "2024-01-20", "planning": {}}
    assert day(made([], treatments=[mapping, planned]), "first session") is None
    assert day(made([], treatments=[mapping, planned, TACE]), "first session") == date(2024, 3, 1)


@pytest.mark.parametrize("kind", ["TACE", "radioembolization", "HAI"])
def test_an_earlier_line_without_sessions_starts_no_clock(kind: str) -> None:
    earlier = {"id": "line-2", "kind": kind, "line": 2, "at": "2022-11-01", "end": "2023-02-01"}
    course = made([], treatments=[earlier, TACE])
    assert day(course, "first session") == date(2024, 3, 1)
    assert days(course, "new therapy") == []
    assert day(made([], treatments=[earlier]), "first session") is None


def test_a_course_of_another_kind_after_the_first_session_is_a_new_therapy() -> None:
    before = {"id": "old", "kind": "systemic", "regimen": "FOLFOX", "at": "2023-01-01"}
    after = {"id": "new", "kind": "systemic", "regimen": "FOLFIRI", "at": "2024-08-01"}
    again = TACE | {"id": "tace-2", "sessions": [{"id": "s3", "kind": "procedure", "at": "2024-07-01"}]}
    course = made([], treatments=[before, TACE, after, again])
    assert course.dated.filter(pl.col("source") == "new therapy").select("date", "detail").rows() == [
        (date(2024, 8, 1), "FOLFIRI")
    ]
    assert day(course, "last session") == date(2024, 7, 1)


def test_events_become_their_named_sources() -> None:
    course = made(
        [
            {"kind": "progression", "where": "liver", "called_by": "imaging", "at": "2024-06-01"},
            {"kind": "progression", "where": "extrahepatic", "called_by": "clinical", "at": "2024-07-01"},
            {"kind": "visit-not-done", "at": "2024-08-01"},
            {"kind": "lost-to-follow-up", "at": "2024-09-01"},
            {"kind": "withdrawal", "scope": "no further contact", "at": "2024-09-02"},
        ]
    )
    assert days(course, "progression as called") == days(course, "liver progression as called") == [date(2024, 6, 1)]
    assert days(course, "clinical progression") == [date(2024, 7, 1)]
    assert days(course, "clinical liver progression") == []
    assert days(course, "missed visit") == [date(2024, 8, 1)]
    assert days(course, "lost to follow-up") == [date(2024, 9, 1)]
    assert days(course, "withdrawal") == []
    assert date(2024, 8, 1) not in days(course, "known alive")
    called = endpoints(course, names=["PFS"], rules=EndpointRules(progression="called")).row(0, named=True)
    assert (called["event"], called["source"]) == (1, "progression as called")
    assert "progression by imaging as people entered it" in called["definition"]
    assert endpoints(course, names=["PFS"])["ended_by"].to_list() == ["cannot say"]


def test_a_correction_replaces_the_entry() -> None:
    course = made(
        [{"id": "d1", "kind": "death", "at": "2024-09-01"}, {"id": "d2", "kind": "death", "at": "2024-10-01", "replaces": "d1"}]
    )
    assert days(course, "death") == [date(2024, 10, 1)]


def test_what_was_not_done_is_no_day_alive() -> None:
    seen = {"what": "inr", "value": 1.1, "at": "2024-11-01"}
    course = made([], observations=[seen, {"what": "inr", "missing": "not done", "at": "2024-12-01"}])
    assert max(days(course, "known alive")) == date(2024, 11, 1)


def test_a_death_without_its_day_is_asked_for() -> None:
    with pytest.raises(MissingFact, match="day of death"):
        made([{"kind": "death"}])


def test_an_adverse_event_without_a_day_is_nothing_here() -> None:
    assert days(made([{"kind": "adverse-event", "term": "Fever"}]), "known alive") == [date(2024, 3, 1), date(2024, 4, 2)]
