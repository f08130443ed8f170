"""The desk: what is refused, what is stored, what is asked, and who may answer."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from glisson.errors import BadInput, NotAllowed
from glisson.records.access import Grant, People, Role, Session, User
from glisson.records.checks import QueryState
from glisson.records.desk import Desk, Filled, open_queries
from glisson.records.pseudonyms import site_key
from glisson.records.store import Registry
from glisson.simulate.registry import cirel, simulate_registry

CASE = site_key(b"k" * 32, "site-01").pseudonym("4711")
PATIENT = {"enrolled_on": "2026-01-05", "age_years": 66, "sex": "female", "ecog": 0}


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.create(tmp_path / "r.sqlite", tmp_path / "r.keys", clock=Clock()) as made:
        yield made


def desk(registry: Registry, role: Role, **more: Any) -> Desk:
    user = User(f"u-{role.value.replace(' ', '-')}", (Grant(role, ("site-01",)),), "")
    return Desk(Session(registry, user, People(registry, Clock())), **more)


@pytest.fixture
def nurse(registry: Registry) -> Desk:
    made = desk(registry, Role.DATA_ENTRY)
    made.enter(Filled(CASE, "patient", PATIENT), site="site-01")
    return made


def test_a_simulated_patient_is_entered_form_by_form(registry: Registry) -> None:
    simulated = simulate_registry(cirel(), patients=1, seed=4)
    nurse, case = desk(registry, Role.DATA_ENTRY), CASE
    count = 0
    for entry in simulated.entries():
        filled = Filled(case, entry.form, entry.values, visit=entry.visit, instance=entry.instance)
        nurse.enter(filled, site="site-01")
        count += 1
    seen = nurse.overview(case)
    assert len(seen.current) == count
    assert not [problem for problem in seen.problems if problem.level == "refuse"]
    assert registry.verify().ok


def test_every_bad_item_is_named_and_nothing_is_stored(nurse: Desk, registry: Registry) -> None:
    before = registry.counts()
    values = {"died_on": "2026-02-30", "cause": "avalanche", "colour": "magenta"}
    with pytest.raises(BadInput) as refused:
        nurse.enter(Filled(CASE, "death", values))
    assert all(name in str(refused.value) for name in ("died_on", "cause", "1 item"))
    assert not any(word in str(refused.value) for word in ("avalanche", "magenta", "2026-02-30"))
    assert registry.counts() == before


def test_a_case_begins_with_its_patient_at_a_site_under_a_pseudonym(registry: Registry) -> None:
    nurse = desk(registry, Role.DATA_ENTRY)
    with pytest.raises(BadInput, match="without its site"):
        nurse.enter(Filled(CASE, "patient", PATIENT))
    with pytest.raises(BadInput, match="'patient' first"):
        nurse.enter(Filled(CASE, "death", {"died_on": "2026-02-03", "cause": "other"}), site="site-01")
    with pytest.raises(BadInput, match="not a pseudonym") as refused:
        nurse.enter(Filled("smith-4711", "patient", PATIENT), site="site-01")
    assert "smith" not in str(refused.value)


def test_the_same_form_handed_in_twice_is_stored_once(nurse: Desk, registry: Registry) -> None:
    consent = Filled(CASE, "consent", {"consented_on": "2026-01-05", "covers": ["registry"], "withdrawn": "no"})
    first, second = nurse.enter(consent), nurse.enter(consent)
    assert first.entry.id == second.entry.id
    assert not second.queries and not second.warnings
    assert not nurse.overview(CASE).queries


def test_a_doubtful_entry_opens_a_query_that_is_answered_corrected_and_closed(nurse: Desk, registry: Registry) -> None:
    monitor, investigator = desk(registry, Role.MONITOR), desk(registry, Role.INVESTIGATOR)
    nurse.enter(Filled(CASE, "death", {"died_on": "2026-02-03", "cause": "other"}))
    contact = {"contacted_on": "2026-02-20", "alive": "yes", "lost_to_follow_up": "no", "hepatic_progression": "no",
               "extrahepatic_progression": "no", "new_therapy": "no"}  # fmt: skip
    done = nurse.enter(Filled(CASE, "follow_up", contact, visit="fu1"))
    assert done.queries and done.warnings
    query = done.queries[0]
    with pytest.raises(NotAllowed):
        nurse.close(CASE, query, "it is right")
    nurse.answer(CASE, query, "the year was wrong")
    with pytest.raises(BadInput, match="from"):
        nurse.answer(CASE, query, "again")
    fixed = Filled(
        CASE, "follow_up", contact | {"contacted_on": "2026-01-20"}, visit="fu1", replaces=done.entry.id, reason="typing"
    )
    investigator.enter(fixed)
    seen = monitor.overview(CASE)
    assert query in {act.text("query") for act in seen.proposals.closures}
    monitor.close(CASE, query, "corrected")
    closed = monitor.overview(CASE).queries[query]
    assert closed.state is QueryState.CLOSED and closed.resolved
    assert query not in {waiting.id for waiting in open_queries(monitor.overview(CASE))}


def test_a_correction_needs_its_reason(nurse: Desk) -> None:
    first = nurse.overview(CASE).current[0]
    with pytest.raises(BadInput, match="without a reason"):
        nurse.enter(Filled(CASE, "patient", PATIENT, replaces=first.id))


def test_identifiers_in_free_text_open_a_query_that_does_not_repeat_them(nurse: Desk, registry: Registry) -> None:
    nurse = desk(registry, Role.DATA_ENTRY, names=("Brontë^Emily",))
    event = {"term": "Fever, Mrs Bronte phoned 030 9018 2077", "ctcae": "5", "grade": 1, "started_on": "2026-01-20", "ongoing": "no",
             "ended_on": "2026-01-21", "phase": "later", "relation": ["other"], "treatment": "none", "outcome": "recovered",
             "serious": "no"}  # fmt: skip
    done = nurse.enter(Filled(CASE, "adverse_event", event, visit="events"))
    found = [problem for problem in done.warnings if problem.code == "free-text.identifier"]
    assert found and "known name" in found[0].words and "Bronte" not in found[0].words and "9018" not in found[0].words
    queries = nurse.overview(CASE).queries.values()
    assert not any("Bronte" in query.words or "9018" in query.words for query in queries)


def test_a_locked_visit_takes_nothing_and_unlocking_needs_a_monitor_and_a_reason(nurse: Desk, registry: Registry) -> None:
    monitor = desk(registry, Role.MONITOR)
    monitor.lock(CASE, "baseline")
    disease = simulate_registry(cirel(), patients=1, seed=4)
    values = next(entry.values for entry in disease.entries() if entry.form == "disease")
    with pytest.raises(BadInput, match="locked"):
        nurse.enter(Filled(CASE, "disease", values, visit="baseline"))
    with pytest.raises(NotAllowed):
        nurse.unlock(CASE, "baseline", "please")
    with pytest.raises(BadInput, match="reason"):
        monitor.unlock(CASE, "baseline", " ")
    monitor.unlock(CASE, "baseline", "late report")
    nurse.enter(Filled(CASE, "disease", values, visit="baseline"))
    assert monitor.overview(CASE).locked == frozenset()


def test_signature_and_verified_source_fall_with_a_correction(nurse: Desk, registry: Registry) -> None:
    monitor, investigator = desk(registry, Role.MONITOR), desk(registry, Role.INVESTIGATOR)
    first = nurse.overview(CASE).current[0]
    monitor.verify_source(CASE, [first.id])
    investigator.sign(CASE, meaning="reviewed and true")
    seen = monitor.overview(CASE)
    assert seen.verified == {first.id: True} and seen.signatures[0].stands
    nurse.enter(Filled(CASE, "patient", PATIENT | {"age_years": 67}, replaces=first.id, reason="typing"))
    seen = monitor.overview(CASE)
    assert set(seen.verified.values()) == {False} and not seen.signatures[0].stands
    assert monitor.overview(CASE).readiness("").not_verified


def test_what_was_recorded_later_is_not_shown(nurse: Desk, registry: Registry) -> None:
    first = nurse.overview(CASE).current[0]
    nurse.enter(Filled(CASE, "patient", PATIENT | {"age_years": 67}, replaces=first.id, reason="typing"))
    assert nurse.overview(CASE, as_of=first.recorded_at).current[0].get("age_years") == 66
    assert nurse.overview(CASE).current[0].get("age_years") == 67


def test_acts_on_unknown_and_foreign_cases_sound_alike(nurse: Desk, registry: Registry) -> None:
    stranger = Desk(Session(registry, User("u-9", (Grant(Role.MONITOR, ("site-02",)),), ""), People(registry, Clock())))
    said = set()
    for case in (CASE, "site-02-nothing"):
        with pytest.raises(NotAllowed) as refused:
            stranger.lock(case, "baseline")
        said.add(str(refused.value))
    assert len(said) == 1
    everywhere = Desk(Session(registry, User("u-8", (Grant(Role.MONITOR, "all"),), ""), People(registry, Clock())))
    with pytest.raises(NotAllowed):
        everywhere.lock("site-02-nothing", "baseline")
    assert registry.cases() == [CASE]


def test_serious_events_are_listed_with_their_clock(nurse: Desk) -> None:
    event = {"term": "Cholecystitis", "ctcae": "5", "grade": 3, "started_on": "2026-02-01", "ongoing": "yes", "phase": "later",
             "relation": ["procedure"], "treatment": "none", "outcome": "recovering", "serious": "yes",
             "serious_criteria": ["hospital stay"], "aware_at": "2026-02-02T10:00:00+00:00"}  # fmt: skip
    nurse.enter(Filled(CASE, "adverse_event", event, visit="events"))
    (row,) = nurse.serious(now=datetime(2026, 2, 4, tzinfo=UTC), hours=24)
    assert row.clock == "overdue" and row.late_h == pytest.approx(14)


def test_a_monitor_asks_about_an_entry_by_its_place(nurse: Desk, registry: Registry) -> None:
    monitor = desk(registry, Role.MONITOR)
    place = monitor.overview(CASE).current[0].place
    monitor.ask(CASE, places=[place], question="is the age right?")
    assert len(open_queries(monitor.overview(CASE))) >= 1
    with pytest.raises(BadInput, match="do not stand"):
        monitor.ask(CASE, places=["lesion/x/1"], question="?")


def test_a_form_that_a_case_has_once_is_not_filled_again_elsewhere(nurse: Desk) -> None:
    with pytest.raises(BadInput, match="filled already"):
        nurse.enter(Filled(CASE, "patient", PATIENT, visit="baseline"))


@pytest.mark.parametrize("role", list(Role))
def test_acts_tell_nothing_of_a_foreign_case_and_the_attempt_is_on_record(nurse: Desk, registry: Registry, role: Role) -> None:
    stranger = Desk(Session(registry, User("u-9", (Grant(role, ("site-02",)),), ""), People(registry, Clock())))
    acts = (
        lambda: stranger.ask(CASE, places=["lesion//1"], question="?"),
        lambda: stranger.verify_source(CASE, ["nothing"]),
        lambda: stranger.sign(CASE, meaning="true", visit="baseline"),
    )
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    refusals = [entry for entry in registry.entries(CASE, kinds=["audit"]) if entry.author == "u-9"]
    assert [(entry.payload or {})["outcome"] for entry in refusals] == ["refused"] * 3


def test_a_pseudonym_of_one_site_begins_no_case_at_another(registry: Registry) -> None:
    stranger = Desk(Session(registry, User("u-9", (Grant(Role.DATA_ENTRY, ("site-02",)),), ""), People(registry, Clock())))
    with pytest.raises(BadInput, match="another site"):
        stranger.enter(Filled(CASE, "patient", PATIENT), site="site-02")
    assert registry.cases() == []


@pytest.mark.parametrize("term", ["=HYPERLINK(1)", "+cmd", "-1+1", "@sum", " =1"])
def test_text_that_a_spreadsheet_would_run_is_refused(nurse: Desk, term: str) -> None:
    line = {"therapy": "systemic", "line": 1, "regimen": term}
    with pytest.raises(BadInput, match=r"regimen is not text .* not beginning with") as refused:
        nurse.enter(Filled(CASE, "history_line", line))
    assert "HYPERLINK" not in str(refused.value)


BETRAYING = {
    "a title with a name": "the referring letter of Mrs Bronte",
    "a name of the scans": "told by gaskell on the phone",
    "a date of birth": "born 3 May 1951",
    "a number to call": "call 030 9018 2077",
    "an address": "ask anna@example.org",
    "a long number": "hospital number 40711815",
}
INNOCENT = "session was 2026-03-17, not 17.02.2026; see q-83805288dedc950c and c-9b3ec8c0820b2d210c59cfcee0369a36"


def acts_with(text: str, registry: Registry) -> dict[str, Any]:
    """Every act in which a person writes, each with ``text``; queries named after what they need."""
    names = ("Gaskell^Elizabeth",)
    nurse, monitor = desk(registry, Role.DATA_ENTRY, names=names), desk(registry, Role.MONITOR, names=names)
    investigator = desk(registry, Role.INVESTIGATOR, names=names)
    first = nurse.overview(CASE).current[0]
    corrected = Filled(CASE, "patient", PATIENT | {"ecog": 1}, replaces=first.id, reason=text)
    return {
        "correct": lambda: nurse.enter(corrected),
        "ask": lambda: monitor.ask(CASE, places=[monitor.overview(CASE).current[0].place], question=text),
        "answer": lambda: nurse.answer(CASE, opened(monitor), text),
        "close": lambda: monitor.close(CASE, opened(monitor), text),
        "reopen": lambda: monitor.reopen(CASE, closed(monitor), text),
        "unlock": lambda: monitor.unlock(CASE, "baseline", text),
        "sign": lambda: investigator.sign(CASE, meaning=text),
    }


def opened(monitor: Desk) -> str:
    place = monitor.overview(CASE).current[0].place
    number = len(monitor.overview(CASE).queries)
    return str((monitor.ask(CASE, places=[place], question=f"is it so, {number}?").payload or {})["query"])


def closed(monitor: Desk) -> str:
    name = opened(monitor)
    monitor.close(CASE, name, "it is")
    return name


@pytest.mark.parametrize("act", ["correct", "ask", "answer", "close", "reopen", "unlock", "sign"])
def test_words_of_an_act_that_may_betray_a_person_are_refused_and_not_repeated(nurse: Desk, registry: Registry, act: str) -> None:
    desk(registry, Role.MONITOR).lock(CASE, "baseline")
    for text in BETRAYING.values():
        with pytest.raises(BadInput, match="may betray a person") as refused:
            acts_with(text, registry)[act]()
        said = str(refused.value).lower()
        assert not any(word in said for word in ("bronte", "gaskell", "1951", "9018", "example.org", "40711815"))
    stored = [entry.payload for entry in registry.entries(CASE)]
    assert not any(text in str(stored) for text in BETRAYING.values())
    acts_with(INNOCENT, registry)[act]()
    assert INNOCENT in str([entry.payload for entry in registry.entries(CASE)])
