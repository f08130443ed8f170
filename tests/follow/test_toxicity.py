"""Adverse events against a hand-made course: which session they follow, phases, worst grades, counts, contradictions."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.case import Case, Event, Observation, Session, Treatment
from glisson.errors import BadInput
from glisson.follow.harm_from_cases import (
    adverse_events_of,
    deaths_of,
    graded_laboratory_of,
    laboratory_events,
    laboratory_of,
    sessions_of,
)
from glisson.follow.phases import EVENTS, SESSIONS, PhaseBounds, attribute, usual_bounds, with_phase
from glisson.follow.toxicity import count_by_grade, disagreements, fatal, serious, worst_per_patient, worst_per_session

FIRST, SECOND = date(2026, 3, 2), date(2026, 4, 20)


def event(term: str, grade: int | None, at: str | None, **more: Any) -> Event:
    version = {"ctcae": "5"} if grade is not None else {}
    return Event(kind="adverse-event", term=term, grade=grade, at=at, **(version | more))


CASE = Case(
    id="p-1",
    treatments=(
        Treatment(
            id="tace-1",
            kind="TACE",
            sessions=(
                Session(id="s1", kind="procedure", at="2026-03-02T10:00:00+01:00"),
                Session(id="s2", kind="procedure", at="2026-04-20"),
            ),
        ),
        Treatment(id="line-1", kind="systemic", at="2025-10-01"),
    ),
    observations=(
        Observation(what="alt_U_per_L", value=30, at="2026-03-01", lower_normal=5, upper_normal=40),
        Observation(what="alt_U_per_L", value=250, at="2026-03-04", upper_normal=40),
        Observation(what="alt_U_per_L", value=90, at="2026-03-20"),
        Observation(what="cea_ug_per_L", value=90, at="2026-03-20"),
        Observation(what="inr", value=1.3, at="2026-03-03"),
        Observation(what="anticoagulated", answer="no"),
    ),
    events=(
        event("Abdominal pain", 2, "2026-03-02"),
        event("Fever", 1, "2026-03-03"),
        event("Abdominal pain", 3, "2026-03-05", serious=True, end="2026-03-09"),
        event("Fatigue", 1, "2026-02-20"),
        event("Cholecystitis", 3, "2026-05-01"),
        event("Hepatic failure", 5, "2026-06-30", relation=("procedure",), session="s2"),
        event("Nausea", None, "2026-04-22"),
        event("Itching", 1, None),
        event("Fever", 2, "2026-03-03", id="late", replaces="early"),
        Event(kind="death", at="2026-06-30", cause="treatment"),
    ),
)  # fmt: skip
OTHER = Case(
    id="p-2",
    treatments=(Treatment(id="sirt", kind="radioembolization", sessions=(Session(id="s1", kind="delivery", at="2026-01-10"),)),),
)


@pytest.fixture
def phased() -> pl.DataFrame:
    return with_phase(attribute(adverse_events_of([CASE, OTHER]), sessions_of([CASE, OTHER])))


def test_events_follow_their_sessions(phased: pl.DataFrame) -> None:
    found = {(r["term"], r["start"]): (r["session"], r["day"], r["phase"], r["attributed"]) for r in phased.iter_rows(named=True)}
    assert found["Abdominal pain", FIRST] == ("s1", 0, "periprocedural", "follows")
    assert found["Fever", date(2026, 3, 3)] == ("s1", 1, "periprocedural", "follows")
    assert found["Abdominal pain", date(2026, 3, 5)] == ("s1", 3, "early", "follows")
    assert found["Fatigue", date(2026, 2, 20)] == (None, None, "before treatment", "before the first session")
    assert found["Cholecystitis", date(2026, 5, 1)] == ("s2", 11, "early", "follows")
    assert found["Hepatic failure", date(2026, 6, 30)] == ("s2", 71, "later", "stated")
    assert found["Itching", None] == (None, None, None, "no day of onset")


@pytest.mark.parametrize(
    ("day", "phase"), [(0, "periprocedural"), (1, "periprocedural"), (2, "early"), (30, "early"), (31, "later")]
)
def test_phases_on_both_sides_of_their_borders(day: int, phase: str) -> None:
    events = adverse_events_of([Case(id="p-1", events=(event("Fever", 1, str(FIRST + timedelta(days=day))),))])
    assert with_phase(attribute(events, sessions_of([CASE]).head(1)))["phase"].to_list() == [phase]


def test_bounds_are_parameters_and_printed() -> None:
    assert "early: to day 30" in usual_bounds().definition
    events = adverse_events_of([Case(id="p-1", events=(event("Fever", 1, "2026-03-09"),))])
    attributed = attribute(events, sessions_of([CASE]).head(1))
    assert with_phase(attributed, PhaseBounds(7, 30))["phase"].to_list() == ["periprocedural"]
    for bad in ((-1, 30), (31, 30)):
        with pytest.raises(BadInput, match="phases that end"):
            PhaseBounds(*bad)


def test_worst_grade_of_every_session_and_patient(phased: pl.DataFrame) -> None:
    by_session = worst_per_session(phased, sessions_of([CASE, OTHER]))
    assert by_session.select("patient", "session", "events", "ungraded", "worst").rows() == [
        ("p-1", "s1", 4, 0, 3), ("p-1", "s2", 3, 1, 5), ("p-2", "s1", 0, 0, None)
    ]  # fmt: skip
    assert by_session["terms"].to_list() == [["Abdominal pain"], ["Hepatic failure"], []]
    by_patient = worst_per_patient(phased.filter(pl.col("phase") == "periprocedural"), ["p-1", "p-2"])
    assert by_patient.select("patient", "events", "worst", "mixed").rows() == [("p-1", 3, 2, False), ("p-2", 0, None, False)]
    with pytest.raises(BadInput, match="listed twice"):
        worst_per_patient(phased, ["p-1", "p-1"])


def test_grades_of_two_versions_are_never_compared_in_silence(phased: pl.DataFrame) -> None:
    six = phased.with_columns(pl.when(pl.col("term") == "Fever").then(pl.lit("6")).otherwise("ctcae").alias("ctcae"))
    found = worst_per_patient(six, ["p-1"])
    assert found["ctcae"].to_list() == [["5", "6"]] and found["mixed"].item()


def test_each_unit_counts_once_at_its_worst(phased: pl.DataFrame) -> None:
    table = count_by_grade(phased, unit="session", units=3, by=("term",))
    rows = {row["term"]: row for row in table.iter_rows(named=True)}
    assert (rows["Abdominal pain"]["grade_3"], rows["Abdominal pain"]["any"], rows["Abdominal pain"]["of"]) == (1, 1, 3)
    assert rows["Hepatic failure"]["grade_5"] == 1 and rows["Nausea"]["ungraded"] == 1
    assert "Itching" not in rows and "Fatigue" not in rows
    per_patient = count_by_grade(phased, unit="patient", units=2)
    assert per_patient.filter(pl.col("term") == "Abdominal pain").select("phase", "grade_2", "grade_3").rows() == [
        ("early", 0, 1), ("periprocedural", 1, 0)
    ]  # fmt: skip
    with pytest.raises(BadInput, match="2 sessions with an event among 1"):
        count_by_grade(phased, unit="session", units=1)


def test_serious_and_fatal_events_are_listed(phased: pl.DataFrame) -> None:
    listed = serious(phased)
    assert listed.select("term", "open").rows() == [
        ("Abdominal pain", None), ("Cholecystitis", "not said whether serious"), ("Hepatic failure", None)
    ]  # fmt: skip
    assert fatal(phased)["term"].to_list() == ["Hepatic failure"]


def test_contradictions_are_named_with_their_rows() -> None:
    case = Case(
        id="p-9",
        events=(
            event("Sepsis", 5, "2026-02-01", serious=False),
            event("Fever", 1, "2026-03-03", end="2026-03-01"),
            event("Nausea", None, None),
        ),
    )
    found = disagreements(adverse_events_of([case]), deaths_of([case]))
    assert set(found.select("what", "row").rows()) == {
        ("grade 5 without a death on record", 1), ("grade 5 said not to be serious", 1), ("ended before it began", 2),
        ("not graded", 3), ("no day of onset", 3),
    }  # fmt: skip
    dead = Case(id="p-8", events=(event("Fever", 1, "2026-03-03"), Event(kind="death", at="2026-03-02", cause="treatment")))
    found = disagreements(adverse_events_of([dead]), deaths_of([dead]))
    assert set(found["what"]) == {"began after the death", "death by treatment without an event of grade 5"}
    assert disagreements(adverse_events_of([CASE]), deaths_of([CASE]))["what"].to_list() == ["not graded", "no day of onset"]


def test_wrong_sessions_are_refused() -> None:
    lost = Case(id="p-1", events=(event("Fever", 1, "2026-03-03", session="s9"),))
    with pytest.raises(BadInput, match="rows 1 name a session"):
        attribute(adverse_events_of([lost]), sessions_of([CASE]))
    twice = pl.concat([sessions_of([CASE])] * 2)
    with pytest.raises(BadInput, match="same id"):
        attribute(adverse_events_of([CASE]), twice)


def test_sessions_of_one_name_carry_their_treatment() -> None:
    two = Case(
        id="p-1",
        treatments=tuple(
            Treatment(id=name, kind="TACE", sessions=(Session(id="s1", kind="procedure", at=at),))
            for name, at in (("a", "2026-01-01"), ("b", "2026-02-01"))
        ),
        events=(event("Fever", 1, "2026-03-01", treatment="a", session="s1"),),
    )
    assert sessions_of([two])["session"].to_list() == ["a/s1", "b/s1"]
    assert attribute(adverse_events_of([two]), sessions_of([two]))["session"].to_list() == ["a/s1"]


def test_a_treatment_of_one_day_is_a_session() -> None:
    case = Case(
        id="p-1",
        treatments=(
            Treatment(id="rfa", kind="ablation", at="2026-01-05"),
            Treatment(id="line-1", kind="systemic", at="2026-01-06"),
            Treatment(id="planned", kind="TACE"),
        ),
        events=(event("Fever", 1, "2026-01-07"),),
    )
    assert sessions_of([case]).select("session", "kind").rows() == [("rfa", "ablation")]
    assert attribute(adverse_events_of([case]), sessions_of([case]))["session"].to_list() == ["rfa"]


def test_corrected_events_count_once() -> None:
    case = Case(
        id="p-1", events=(event("Fever", 3, "2026-03-03", id="one"), event("Fever", 1, "2026-03-03", id="two", replaces="one"))
    )
    assert adverse_events_of([case]).select("grade", "row").rows() == [(1, 2)]


def test_laboratory_values_take_their_baseline_from_before_the_first_session() -> None:
    table = laboratory_of([CASE])
    assert table["laboratory"].to_list() == ["alt_U_per_L"] * 3 + ["inr"]
    assert table["baseline"].to_list() == [30, 30, 30, None] and table["anticoagulated"].to_list() == [False] * 4
    graded = graded_laboratory_of([CASE], version="5")
    assert graded.select("grade", "lowest", "highest").rows() == [(0, 0, 0), (3, 3, 3), (None, 0, 4), (1, 1, 1)]
    assert graded["reason"].to_list()[2] == "upper limit of normal missing"


def test_laboratory_grades_become_events_where_they_are_new() -> None:
    found = laboratory_events(graded_laboratory_of([CASE], version="5"))
    assert found.select("term", "grade", "start", "from").rows() == [
        ("Alanine aminotransferase increased", 3, date(2026, 3, 4), "laboratory"),
        ("INR increased", 1, date(2026, 3, 3), "laboratory"),
    ]
    together = pl.concat([adverse_events_of([CASE]), found])
    phased = with_phase(attribute(together, sessions_of([CASE])))
    assert phased.filter(pl.col("from") == "laboratory")["phase"].to_list() == ["early", "periprocedural"]


@pytest.mark.parametrize(("what", "before", "after", "new"), [
    ("alt_U_per_L", 130, 194, []), ("alt_U_per_L", 130, 195, [1]),
    ("haemoglobin_g_per_L", 95, 90, []), ("haemoglobin_g_per_L", 95, 79, [3]),
])  # fmt: skip
def test_what_was_there_before_is_not_new(what: str, before: float, after: float, new: list[int]) -> None:
    limits: dict[str, Any] = {"upper_normal": 40} if what.startswith("alt") else {"lower_normal": 120}
    values = tuple(
        Observation(what=what, value=value, at=day, **limits) for value, day in ((before, "2026-03-01"), (after, "2026-03-04"))
    )
    graded = graded_laboratory_of([CASE.model_copy(update={"observations": values})], version="5")
    found = laboratory_events(graded.filter(pl.col("term") != "Hemoglobin increased"))
    assert found["grade"].to_list() == new


def test_nothing_recorded_gives_empty_tables_and_no_grade() -> None:
    empty = Case(id="p-3")
    phased = with_phase(attribute(adverse_events_of([empty]), sessions_of([empty])))
    assert phased.height == 0 and graded_laboratory_of([empty], version="6").height == 0
    assert worst_per_patient(phased, ["p-3"])["worst"].to_list() == [None]
    assert disagreements(adverse_events_of([empty]), deaths_of([empty])).height == 0


days = st.integers(-40, 200)


@settings(deadline=None)
@given(st.lists(st.tuples(days, st.integers(1, 5)), max_size=8), st.lists(days, max_size=4, unique=True), st.randoms())
def test_order_does_not_matter_and_every_event_keeps_one_session(
    events: list[tuple[int, int]], starts: list[int], mix: Any
) -> None:
    rows = [
        ("p", f"t{n}", grade, "5", FIRST + timedelta(days=day), None, None, None, None, "entered", n)
        for n, (day, grade) in enumerate(events)
    ]
    table = pl.DataFrame(rows, schema=dict(EVENTS), orient="row")
    given_ = [("p", "t", f"s{n}", "TACE", FIRST + timedelta(days=day)) for n, day in enumerate(starts)]
    sessions = pl.DataFrame(given_, schema=dict(SESSIONS), orient="row")
    mixed = list(given_)
    mix.shuffle(mixed)
    found = attribute(table, sessions)
    assert found.equals(attribute(table, pl.DataFrame(mixed, schema=dict(SESSIONS), orient="row")))
    assert found["row"].to_list() == list(range(len(rows)))
    for row in found.iter_rows(named=True):
        before = [day for day in starts if FIRST + timedelta(days=day) <= row["start"]]
        assert row["session_date"] == (FIRST + timedelta(days=max(before)) if before else None)
    worst = worst_per_session(found, sessions)["worst"].max()
    after = [grade for day, grade in events if any(day >= start for start in starts)]
    assert worst == (max(after) if after else None)


@pytest.mark.parametrize(
    ("kind", "sessions"), [("TACE", 0), ("HAI", 0), ("radioembolization", 0), ("ablation", 1), ("resection", 1)]
)
def test_a_line_of_the_history_is_no_session_an_ablation_is(kind: str, sessions: int) -> None:
    case = Case.model_validate({"id": "a", "treatments": [{"id": "earlier", "kind": kind, "at": "2023-02-01"}]})
    assert sessions_of([case]).height == sessions
