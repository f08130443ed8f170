"""Queries and their trail, locks, verified source data, signatures, serious events with their clock."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from form_values import RECORDED, changed, entry, whole_case
from hypothesis import given
from hypothesis import strategies as st

from glisson.errors import BadInput
from glisson.records.checks import (
    Act,
    Query,
    QueryState,
    answer,
    ask,
    close,
    cross_checks,
    lock,
    locked_visits,
    propose,
    queries_of,
    readiness,
    reopen,
    require_unlocked,
    serious_events,
    sign,
    signatures,
    unlock,
    verified,
    verify,
)
from glisson.records.checks.queries import require_allowed
from glisson.records.forms import FormEntry

GOOD = whole_case()
SESSION = "tace_session.session-1.1"
BAD = changed(GOOD, SESSION, drug_delivered_mg=120.0)


def asked(entries: list[FormEntry], acts: Iterable[Act] = ()) -> list[Act]:
    """The acts with those that the checks ask for now."""
    acts = list(acts)
    return acts + list(propose(cross_checks(entries), queries_of(acts), entries).acts)


def only(acts: Iterable[Act]) -> Query:
    (query,) = queries_of(acts).values()
    return query


def test_a_failed_check_opens_one_query_and_no_second() -> None:
    acts = asked(BAD)
    query = only(acts)
    assert (query.code, query.state, query.places) == (
        "session.delivered-above-loaded",
        QueryState.OPEN,
        ("tace_session/session-1/1",),
    )
    assert asked(BAD, acts) == acts
    assert propose(cross_checks(BAD), queries_of(acts), BAD).closures == ()


def test_a_correction_that_does_not_help_opens_no_second_query() -> None:
    acts = asked(BAD)
    still_bad = changed(BAD, f"{SESSION}.corrected", drug_delivered_mg=130.0)
    assert asked(still_bad, acts) == acts


def test_a_correction_that_helps_proposes_the_closure_and_a_monitor_closes() -> None:
    acts = asked(BAD)
    proposals = propose(cross_checks(GOOD), queries_of(acts), GOOD)
    assert proposals.acts == ()
    (closure,) = proposals.closures
    assert only(acts).state is QueryState.OPEN, "nothing closes by itself"
    closed = [*acts, closure]
    assert (only(closed).state, only(closed).resolved) == (QueryState.CLOSED, True)
    assert propose(cross_checks(GOOD), queries_of(closed), GOOD).closures == ()


def test_a_resolved_query_is_asked_again_when_its_check_fails_again() -> None:
    acts = asked(BAD)
    acts += propose(cross_checks(GOOD), queries_of(acts), GOOD).closures
    again = asked(BAD, acts)
    assert [act.kind for act in again] == ["query_opened", "query_closed", "query_reopened"]
    assert only(again).state is QueryState.OPEN
    assert len(only(again).trail) == 3


def test_an_accepted_value_stays_accepted_until_the_entry_changes() -> None:
    acts = asked(BAD)
    acts.append(answer(only(acts).id, "the syringe was refilled"))
    acts.append(close(only(acts), "seen in the pharmacy's record", BAD))
    assert asked(BAD, acts) == acts
    other = changed(BAD, f"{SESSION}.corrected", drug_delivered_mg=140.0)
    assert [act.kind for act in asked(other, acts)][-1] == "query_reopened"


def test_the_trail_tells_who_said_what() -> None:
    acts = [replace(act, author="program", recorded_at=RECORDED) for act in asked(BAD)]
    acts.append(replace(answer(only(acts).id, "read again"), author="u-1", recorded_at=RECORDED))
    acts.append(replace(reopen(only(acts).id, "which vial?"), author="monitor-1", recorded_at=RECORDED))
    trail = only(acts).trail
    assert [(act.kind, act.author, act.text("text")) for act in trail[1:]] == [
        ("query_answered", "u-1", "read again"),
        ("query_reopened", "monitor-1", "which vial?"),
    ]


def test_a_check_that_fails_again_for_another_entry_s_sake_is_asked_again() -> None:
    """The follow-up itself never changes: only the death form comes, and goes again."""
    alive_no = changed(GOOD, "follow_up.month-6.1", alive="no", contacted_on="2026-11-25")
    orphan = [e for e in alive_no if e.form != "death"]
    acts = asked(orphan)
    acts += propose(cross_checks(alive_no), queries_of(acts), alive_no).closures
    assert only(acts).state is QueryState.CLOSED
    assert only(asked(orphan, acts)).state is QueryState.OPEN


@pytest.mark.parametrize(
    ("acts", "state"),
    [
        ([answer("q-1", "yes")], "does not exist"),
        ([ask(item=None, places=["a//1"], words="why?", key="1")] * 2, "is open"),
    ],
)
def test_an_act_that_the_state_does_not_allow_is_refused(acts: list[Act], state: str) -> None:
    with pytest.raises(BadInput, match=state):
        queries_of(acts)


def test_every_transition_of_a_query() -> None:
    opened = ask(item="inr", places=["laboratory/fu1/1"], words="is this the INR of that day?", key="1")
    query = only([opened])
    steps = {
        "answer": answer(query.id, "yes"),
        "close": close(query, "done", GOOD),
        "reopen": reopen(query.id, "no"),
        "open": opened,
    }
    allowed = {
        QueryState.OPEN: {"answer": QueryState.ANSWERED, "close": QueryState.CLOSED},
        QueryState.ANSWERED: {"close": QueryState.CLOSED, "reopen": QueryState.OPEN},
        QueryState.CLOSED: {"reopen": QueryState.OPEN},
    }
    ways = {
        QueryState.OPEN: [opened],
        QueryState.ANSWERED: [opened, steps["answer"]],
        QueryState.CLOSED: [opened, steps["close"]],
    }
    for state, acts in ways.items():
        for name, step in steps.items():
            if name in allowed[state]:
                require_allowed(queries_of(acts), step)
                assert only([*acts, step]).state is allowed[state][name]
            else:
                with pytest.raises(BadInput):
                    require_allowed(queries_of(acts), step)


def test_a_question_of_a_person_is_never_closed_by_the_checks() -> None:
    acts = [ask(item=None, places=["laboratory/fu1/1"], words="which laboratory?", key="1")]
    assert propose(cross_checks(GOOD), queries_of(acts), GOOD).closures == ()


@pytest.mark.parametrize("text", ["", "  ", "x" * 2001])
def test_words_that_say_nothing_are_refused(text: str) -> None:
    query = only([ask(item=None, places=["a//1"], words="why?", key="1")])
    for act in (
        lambda: answer("q", text),
        lambda: reopen("q", text),
        lambda: close(query, text, GOOD),
        lambda: unlock("v", text),
    ):
        with pytest.raises(BadInput, match="longer than"):
            act()
    with pytest.raises(BadInput, match="a query is empty"):
        ask(item=None, places=["a//1"], words=text, key="1")


VALUES = st.fixed_dictionaries({}, optional={
    "drug_delivered_mg": st.sampled_from([50.0, 90.0, 120.0]), "size_low_um": st.sampled_from([100.0, 300.0]),
    "volume_mL": st.sampled_from([1.0, 2.0]), "drug_loaded_mg": st.sampled_from([100.0, 150.0]),
})  # fmt: skip


@given(st.lists(st.tuples(VALUES, st.sampled_from(["leave", "close all", "answer all"])), min_size=1, max_size=6))
def test_queries_follow_any_course_of_corrections(course: list[tuple[dict[str, float], str]]) -> None:
    """After each correction every failing check has one query; what is open fails, or its closure is proposed; replay agrees."""
    entries, acts = list(GOOD), list[Act]()
    for number, (values, then) in enumerate(course):
        one = next(e for e in entries if e.place == "tace_session/session-1/1")
        new = replace(one, id=f"c{number}", hash=f"h{number}", values={**one.values, **values})
        entries = [new if e is one else e for e in entries]
        acts = asked(entries, acts)
        assert asked(entries, acts) == acts
        queries = queries_of(acts)
        failing = {problem.code for problem in cross_checks(entries)}
        closures = {act.text("query") for act in propose(cross_checks(entries), queries, entries).closures}
        assert failing <= {query.code for query in queries.values()}
        for query in queries.values():
            if query.state is not QueryState.CLOSED:
                assert (query.id in closures) == (query.code not in failing)
            if then == "close all" and query.state is not QueryState.CLOSED:
                acts.append(close(query, "seen", entries, resolved=query.id in closures))
            elif then == "answer all" and query.state is QueryState.OPEN:
                acts.append(answer(query.id, "looked up"))
    assert queries_of(acts) == queries_of(list(acts))


def test_a_locked_visit_takes_no_entry_and_no_correction() -> None:
    acts = [lock("session-1")]
    new = entry("laboratory", "session-1", {}, 2)
    with pytest.raises(BadInput, match="visit session-1 is locked"):
        require_unlocked(acts, new)
    elsewhere = entry("laboratory", "fu1", {}, 2)
    require_unlocked(acts, elsewhere)
    with pytest.raises(BadInput, match="visit session-1 is locked"):
        require_unlocked(acts, elsewhere, corrects=new)
    require_unlocked([*acts, unlock("session-1", "dose read again")], new)


def test_a_locked_case_takes_nothing_and_unlocking_needs_a_reason() -> None:
    acts = [lock(), lock("fu1"), unlock("fu1", "late report")]
    assert locked_visits(acts) == {""}
    with pytest.raises(BadInput, match="the case is locked"):
        require_unlocked(acts, entry("laboratory", "fu1", {}))
    with pytest.raises(BadInput, match="reason of unlocking"):
        unlock("fu1", " ")
    assert unlock("fu1", "late report").payload == {"reason": "late report"}


@given(st.lists(st.tuples(st.sampled_from(["a", "b", ""]), st.booleans())))
def test_what_is_locked_is_what_was_locked_last(acts: list[tuple[str, bool]]) -> None:
    told = [lock(visit) if locked else unlock(visit, "reason") for visit, locked in acts]
    last = dict(acts)
    assert locked_visits(told) == {visit for visit, locked in last.items() if locked}


def test_readiness_names_what_stands_in_the_way_of_a_lock() -> None:
    queries = queries_of(asked(BAD))
    there = [e for e in BAD if e.visit == "session-1"]
    todo = readiness("session-1", BAD, queries.values(), verified=[])
    assert (todo.ready, todo.open_queries, todo.not_verified) == (False, tuple(queries), tuple(e.id for e in there))
    flags = verified([verify(there)], there)
    done = readiness("session-1", GOOD, [], verified=[e.id for e in GOOD if e.visit == "session-1"])
    assert done.ready and all(flags.values())
    assert readiness("fu1", BAD, queries.values(), verified=[]).open_queries == ()


def test_the_verified_flag_falls_when_the_entry_is_corrected() -> None:
    acts = [verify([e for e in GOOD if e.visit == "session-1"])]
    flags = verified(acts, GOOD)
    assert flags[SESSION] and not flags["laboratory.fu1.1"]
    assert not verified(acts, BAD)[f"{SESSION}.corrected"]
    tampered = [replace(e, hash="another") if e.id == SESSION else e for e in GOOD]
    assert not verified(acts, tampered)[SESSION]
    assert not verified([verify(GOOD, items=["drug_delivered_mg"])], GOOD)[SESSION], "some items are not the entry"
    with pytest.raises(BadInput, match="no entry to verify"):
        verify([])


def test_a_signature_falls_when_anything_signed_changes() -> None:
    visit = [e for e in GOOD if e.visit == "session-1"]
    acts = [replace(sign(visit, meaning="reviewed and true", visit="session-1"), author="dr-1", recorded_at=RECORDED)]
    (state,) = signatures(acts, GOOD)
    assert (state.stands, state.complete, state.by, state.at, state.meaning) == (
        True,
        True,
        "dr-1",
        RECORDED,
        "reviewed and true",
    )
    (fallen,) = signatures(acts, BAD)
    assert (fallen.stands, fallen.changed) == (False, (SESSION,))
    (gone,) = signatures(acts, [e for e in GOOD if e.id != SESSION])
    assert gone.changed == (SESSION,)


def test_what_is_added_after_a_signature_is_not_covered_by_it() -> None:
    acts = [sign([e for e in GOOD if e.visit == "session-1"], meaning="reviewed", visit="session-1")]
    (state,) = signatures(acts, [*GOOD, entry("laboratory", "session-1", {}, 3), entry("laboratory", "fu9", {})])
    assert (state.stands, state.complete, state.not_covered) == (True, False, ("laboratory.session-1.3",))


def test_a_list_that_was_edited_after_signing_does_not_stand() -> None:
    act = sign(GOOD, meaning="reviewed")
    pairs = [pair for pair in act.payload["entries"] if pair[0] != SESSION]
    forged = Act(act.kind, {**act.payload, "entries": pairs})
    (state,) = signatures([forged], [e for e in GOOD if e.id != SESSION])
    assert not state.sound and not state.stands


def test_what_cannot_be_signed() -> None:
    with pytest.raises(BadInput, match="nothing to sign"):
        sign([], meaning="reviewed")
    with pytest.raises(BadInput, match="without a hash"):
        sign([replace(GOOD[0], hash="")], meaning="reviewed")
    with pytest.raises(BadInput, match="meaning"):
        sign(GOOD, meaning="")


AWARE = datetime(2026, 3, 2, 14, tzinfo=UTC)
EVENT = "adverse_event.session-1.1"


@pytest.mark.parametrize(
    ("reported", "now_h", "clock", "late_h"),
    [
        ("2026-03-03T15:00:00+01:00", 100, "reported in time", 0),
        ("2026-03-03T16:00:00+01:00", 100, "reported late", 1),
        (None, 23, "due", 0),
        (None, 24, "due", 0),
        (None, 30, "overdue", 6),
    ],
)
def test_reporting_clock_against_hand_counted_hours(reported: str | None, now_h: int, clock: str, late_h: float) -> None:
    """Aware at 15:00 +01:00, 24 hours allowed."""
    entries = changed(GOOD, EVENT, reported_at=reported)
    (row,) = serious_events(entries, now=AWARE + timedelta(hours=now_h), hours=24)
    assert (row.clock, row.late_h, row.overdue) == (clock, late_h, clock == "overdue")
    assert row.due_at == AWARE + timedelta(hours=24)
    assert (row.term, row.grade, row.criteria, row.case, row.site) == ("Abdominal pain", 3, ("hospital stay",), "p-1", "site-1")


def test_the_most_urgent_event_stands_first_and_what_is_not_serious_not_at_all() -> None:
    late = replace(changed(GOOD, EVENT, reported_at=None, aware_at="2026-03-01T10:00:00+01:00")[15], id="late")
    due = replace(changed(GOOD, EVENT, reported_at=None)[15], id="due")
    harmless = replace(changed(GOOD, EVENT, serious="no")[15], id="harmless")
    assert {late.form, due.form} == {"adverse_event"}
    rows = serious_events([GOOD[15], due, harmless, late], now=AWARE, hours=24)
    assert [row.entry for row in rows] == ["late", "due", EVENT]


def test_a_clock_that_nobody_started_cannot_be_said() -> None:
    entries = changed(GOOD, EVENT, reported_at=None, aware_at=None)
    (row,) = serious_events(entries, now=AWARE, hours=24)
    assert (row.clock, row.due_at) == ("cannot say", None)


def test_the_hours_are_the_study_s_and_the_time_has_an_offset() -> None:
    with pytest.raises(BadInput, match="0 hours"):
        serious_events(GOOD, now=AWARE, hours=0)
    with pytest.raises(BadInput, match="no offset"):
        serious_events(GOOD, now=AWARE.replace(tzinfo=None), hours=24)
