"""Adverse events of a small registry against counting: grades, phases, sessions, patients, and what cannot be counted."""

import json
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from registry_tables import protocol, small

from glisson.follow.proportion import exact_proportion
from glisson.learn.cohort.registry.harm_table import harm_table


def value(**more: Any) -> dict[str, Any]:
    found = harm_table(small(), protocol(**more)).value
    json.dumps(found, allow_nan=False)
    return found


def summary(phase: str | None = None, group: str = "all", source: str = "entered") -> dict[str, Any]:
    part = value()[source]
    if phase is None:
        return dict(part["summary"][group])
    return dict(next(one for one in part["phases"] if one["phase"] == phase)["summary"][group])


def test_denominators_are_the_treated_and_their_sessions() -> None:
    heads = value()["groups"]
    assert [(head["group"], head["patients"], head["sessions"]) for head in heads] == [("all", 9, 13), ("b", 4, 5), ("a", 4, 7)]


def test_patients_against_counting() -> None:
    found = summary()["per_patient"]
    assert {name: share["count"] for name, share in found.items()} == {"any": 6, "grade_3_or_more": 3, "grade_5": 1, "serious": 2}
    exact = exact_proportion(count=3, of=9)
    assert (found["grade_3_or_more"]["low"], found["grade_3_or_more"]["high"]) == (exact.low, exact.high)
    assert summary()["worst"] == {"none recorded": 3, "1": 1, "2": 1, "3": 2, "4": 0, "5": 1, "not graded": 1}


def test_sessions_against_counting() -> None:
    found = summary()["per_session"]
    # p01: sessions 1 (fever 1) and 2 (nausea 2 on day 31, fever 3 on day 45); p02, p03, p04, p07 one each
    assert (found["any"]["count"], found["any"]["of"], found["any"]["patients"]) == (6, 13, 9)
    assert found["grade_3_or_more"]["count"] == 3
    assert found["any"]["method"] == "clustered"


@pytest.mark.parametrize(("phase", "any_", "severe"), [("periprocedural", 1, 0), ("early", 4, 2), ("later", 1, 1)])
def test_phases_against_counting(phase: str, any_: int, severe: int) -> None:
    # days since the session: p01 0, 1 (nausea on day 31 follows session 2) and 15; p02 5; p03 40; p04 3; p07 19
    found = summary(phase)["per_patient"]
    assert (found["any"]["count"], found["grade_3_or_more"]["count"]) == (any_, severe)


def test_terms_count_each_patient_at_the_worst_grade() -> None:
    terms = {one["term"]: one for one in value()["entered"]["terms"]}
    assert list(terms) == ["Nausea", "Fever", "Hepatic failure", "Pancreatitis"]
    fever = terms["Fever"]["groups"]["all"]
    assert fever["patient"] == {"grades": [0, 1, 1, 0, 0], "ungraded": 0, "any": 2, "grade_3_or_more": 1}
    assert fever["session"] == {"grades": [1, 1, 1, 0, 0], "ungraded": 0, "any": 3, "grade_3_or_more": 1}
    assert terms["Nausea"]["groups"]["all"]["patient"]["ungraded"] == 1
    assert terms["Nausea"]["groups"]["b"]["patient"]["any"] == 1
    assert terms["Hepatic failure"]["groups"]["a"]["patient"]["any"] == 0
    assert terms["Fever"]["phases"]["early"]["grades"] == [0, 1, 1, 0, 0]


def test_grade_5_and_serious_ones_are_always_told() -> None:
    part = value()["entered"]
    assert part["fatal"] == [{"term": "Hepatic failure", "day": 19, "phase": "early", "relation": []}]
    assert part["serious"] == {"events": 2, "patients": 2, "not said": 1}


def test_what_cannot_be_counted_is_counted_apart() -> None:
    assert value()["entered"]["not_counted"] == {
        "began before the first session": 1, "no session of the table to follow": 1, "no day of onset": 1, "not graded": 1
    }  # fmt: skip
    codes = [finding.code for finding in harm_table(small(), protocol()).findings]
    assert codes == ["not-graded", "no-onset", "not-said"]


def test_what_contradicts_itself_is_told_without_names() -> None:
    deathless = replace(small().course, dated=small().course.dated.filter(pl.col("source") != "death"))
    undated = small().sessions.with_columns(date=pl.when(pl.col("patient") != "p09").then("date"))
    section = harm_table(replace(small(), course=deathless, sessions=undated), protocol())
    said = [finding.text for finding in section.findings if finding.code == "harm-contradicts"]
    assert said == [
        "adverse events: 1 events: grade 5 without a death on record",
        "adverse events: 1 sessions have no day: no event follows them, and they are in no denominator",
    ]
    assert section.value["groups"][0]["sessions"] == 12
    assert "p0" not in str(section.findings)


def test_laboratory_grades_stand_apart() -> None:
    assert value()["laboratory"]["summary"]["all"]["per_patient"]["any"]["count"] == 1
    none = replace(small(), adverse_events=small().adverse_events.filter(pl.col("from") == "entered"))
    assert harm_table(none, protocol()).value["laboratory"] is None


def test_no_event_on_record_says_nothing_of_harm() -> None:
    none = replace(small(), adverse_events=small().adverse_events.clear())
    section = harm_table(none, protocol())
    found = section.value["entered"]
    assert "does not say that there was none" in found["cannot_say"]
    assert [finding.code for finding in section.findings] == ["no-harm-recorded"]
    assert found["terms"] == []
    assert found["summary"]["all"]["worst"]["none recorded"] == 9
    assert "cannot_say" not in value()["entered"]


def test_no_severe_event_among_others_has_an_interval() -> None:
    mild = replace(small(), adverse_events=small().adverse_events.filter(pl.col("grade") < 3))
    found = harm_table(mild, protocol()).value["entered"]["summary"]["all"]
    assert found["per_patient"]["grade_3_or_more"]["high"] == exact_proportion(count=0, of=9).high
    assert found["per_session"]["grade_3_or_more"]["method"] == "exact, patients as units"


def test_events_after_another_kind_of_session_count_per_patient_only() -> None:
    asked = protocol(treatments=["radioembolization"])
    found = harm_table(small(), asked).value
    assert found["groups"][0]["sessions"] == 0
    assert found["entered"]["summary"]["all"]["per_session"]["any"]["fraction"] is None
    assert found["entered"]["summary"]["all"]["per_patient"]["any"]["count"] == 6


def test_grades_of_two_versions_are_told() -> None:
    mixed = small().adverse_events.with_columns(ctcae=pl.when(pl.col("patient") == "p01").then(pl.lit("4.03")).otherwise("ctcae"))
    section = harm_table(replace(small(), adverse_events=mixed), protocol())
    assert "mixed-ctcae" in [finding.code for finding in section.findings]
    assert section.value["entered"]["ctcae"] == ["4.03", "5"]


def test_the_words_name_the_intervals_that_were_made() -> None:
    assert "Korn and Graubard" in value()["intervals"]["per session"]
    once = replace(small(), sessions=small().sessions.filter(pl.col("number") == 1))
    words = harm_table(once, protocol()).value["intervals"]["per session"]
    assert words == "95 %, exact (Clopper-Pearson): one unit of each patient"


def test_nobody_treated_cannot_be_said() -> None:
    untreated = small().of_patients(["p10"])
    assert "nobody" in harm_table(untreated, protocol()).value["cannot_say"]
