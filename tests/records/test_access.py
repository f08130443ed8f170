"""Four sites, five roles: every action by every role on own and foreign cases; each refusal is on record."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from glisson.errors import BadInput, GlissonError, NotAllowed
from glisson.records.access import ALLOWED, Action, Grant, People, Role, Session, User
from glisson.records.access.session import CHECKER
from glisson.records.store import NewEntry, Registry

SITES = ("site-01", "site-02", "site-03", "site-04")
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "correct horse battery"


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a registry of four sites with one case each, copied for every test."""
    folder = tmp_path_factory.mktemp("four-sites")
    with Registry.create(folder / "registry.sqlite", folder / "keys.json", clock=Clock()) as registry:
        for site in SITES:
            registry.add_all([
                form(f"case-{site}", site, "patient", {"sex": "female"}, id=f"patient-{site}"),
                form(f"case-{site}", site, "consent", {"withdrawn": "no"}, id=f"consent-{site}"),
                NewEntry(kind="lock", author="m", case=f"case-{site}", site=site, visit="old", payload={}),
                NewEntry(kind="query_opened", author="m", case=f"case-{site}", site=site, payload={"query": "q1"}),
            ])  # fmt: skip
    return folder


@pytest.fixture
def registry(made: Path, tmp_path: Path, clock: Clock) -> Iterator[Registry]:
    folder = shutil.copytree(made, tmp_path / "registry")
    with Registry.open(folder / "registry.sqlite", folder / "keys.json", clock=clock) as opened:
        yield opened


def form(case: str, site: str, name: str, values: dict[str, Any], *, id: str | None = None, **more: Any) -> NewEntry:
    payload = {"form": name, "edition": 1, "values": values}
    return NewEntry(kind="form", author="x", case=case, site=site, form=name, edition=1, payload=payload, id=id, **more)


def at_work(registry: Registry, clock: Clock, *grants: Grant, id: str = "u-1") -> Session:
    return Session(registry, User(id, grants, ""), People(registry, clock, QUICK))


def act(kind: str, **more: Any) -> Callable[[Session, str, str], object]:
    return lambda session, case, site: session.add([NewEntry(kind=kind, author="x", case=case, site=site, payload={}, **more)])


def erase(session: Session, case: str, site: str) -> object:
    withdrawal = {"withdrawn": "yes", "withdrawal_scope": "erase"}
    session.registry.add(form(case, site, "consent", withdrawal, id=f"withdrawal-{case}-{site}", replaces=f"consent-{site}"))
    return session.erase(case)


def cohort(session: Session, case: str, site: str) -> object:
    found = [entry.case for entry in session.cohort("sexes by site", "patient")]
    return found if case in found else _refuse()


def listed(session: Session, case: str, site: str) -> object:
    return case if case in session.cases() else _refuse()


def _refuse() -> object:
    raise NotAllowed("not among the cases that were seen")


DOINGS: dict[Action, Callable[[Session, str, str], object]] = {
    Action.LIST_CASES: listed,
    Action.SHOW_CASE: lambda session, case, site: session.entries(case),
    Action.ENTER: lambda session, case, site: session.add([form(case, site, "disease", {"ras": "mutated"})]),
    Action.CORRECT: lambda session, case, site: session.add(
        [form(case, site, "patient", {"sex": "male"}, replaces=f"patient-{site}")]
    ),
    Action.SHOW_QUERIES: lambda session, case, site: session.queries(case),
    Action.OPEN_QUERY: act("query_opened"),
    Action.ANSWER_QUERY: act("query_answered"),
    Action.CLOSE_QUERY: act("query_closed"),
    Action.LOCK: act("lock", visit="baseline"),
    Action.UNLOCK: act("unlock", visit="old"),
    Action.VERIFY_SOURCE: act("verify"),
    Action.SIGN: act("sign"),
    Action.ERASE: erase,
    Action.COHORT: cohort,
    Action.IMPORT: lambda session, case, site: session.add([form(case, site, "disease", {}, id=f"i-{site}")], importing=True),
    Action.EXPORT_CASES: lambda session, case, site: session.export(case),
    Action.MANAGE_USERS: lambda session, case, site: session.add_user("u-9", (Grant(Role.MONITOR, "all"),), PASSWORD),
    Action.SHOW_AUDIT: lambda session, case, site: session.audit(case),
    Action.MAINTAIN: lambda session, case, site: session.verify(),
}
WHOLE = {Action.MANAGE_USERS, Action.SHOW_AUDIT, Action.MAINTAIN}


def refusals(registry: Registry) -> int:
    audits = [*registry.entries(None, kinds=["audit"])]
    audits += [entry for case in registry.cases() for entry in registry.entries(case, kinds=["audit"])]
    return sum(entry.payload is not None and entry.payload["outcome"] == "refused" for entry in audits)


def test_every_action_has_a_doing() -> None:
    assert set(DOINGS) == set(Action)
    assert set(ALLOWED) == set(Role)


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("own", [("site-01",), ("site-02", "site-03"), "all"], ids=["one", "two", "all"])
def test_exactly_what_is_allowed_succeeds(registry: Registry, clock: Clock, own: Any, role: Role, action: Action) -> None:
    session = at_work(registry, clock, Grant(role, own))
    for site in SITES:
        expected = action in ALLOWED[role] and (own == "all" if action in WHOLE else own == "all" or site in own)
        before, stored = refusals(registry), registry.counts()[1]
        try:
            DOINGS[action](session, f"case-{site}", site)
            succeeded = True
        except NotAllowed:
            succeeded = False
        assert succeeded == expected, site
        if not expected and action not in (Action.LIST_CASES, Action.COHORT):
            assert refusals(registry) == before + 1
            added = registry.counts()[1] - stored
            assert added == (2 if action is Action.ERASE else 1)
    assert registry.verify().ok


def test_a_foreign_case_answers_like_one_that_does_not_exist(registry: Registry, clock: Clock) -> None:
    session = at_work(registry, clock, Grant(Role.INVESTIGATOR, ("site-01",)))
    said = []
    for case in ("case-site-02", "case-none"):
        with pytest.raises(NotAllowed) as refused:
            session.entries(case)
        said.append(str(refused.value))
    assert said[0] == said[1]
    assert registry.cases() == [f"case-{site}" for site in SITES]


def test_a_role_at_one_site_does_not_reach_where_another_role_holds(registry: Registry, clock: Clock) -> None:
    session = at_work(registry, clock, Grant(Role.MONITOR, ("site-01",)), Grant(Role.DATA_ENTRY, ("site-02",)))
    DOINGS[Action.ENTER](session, "case-site-02", "site-02")
    with pytest.raises(NotAllowed):
        DOINGS[Action.ENTER](session, "case-site-01", "site-01")
    with pytest.raises(NotAllowed):
        DOINGS[Action.VERIFY_SOURCE](session, "case-site-02", "site-02")


def test_a_case_cannot_be_entered_under_another_site(registry: Registry, clock: Clock) -> None:
    session = at_work(registry, clock, Grant(Role.DATA_ENTRY, ("site-01",)))
    with pytest.raises(NotAllowed):
        session.add([form("case-site-02", "site-01", "disease", {})])
    with pytest.raises(NotAllowed):
        session.add([form("case-new", "site-02", "patient", {})])
    assert session.add([form("case-new", "site-01", "patient", {})])[0].author == "u-1"


def test_nothing_of_a_batch_is_stored_where_one_entry_is_not_allowed(registry: Registry, clock: Clock) -> None:
    session = at_work(registry, clock, Grant(Role.DATA_ENTRY, ("site-01",)))
    with pytest.raises(NotAllowed):
        session.add([form("case-site-01", "site-01", "disease", {}), NewEntry(kind="unlock", author="x", case="case-site-01",
                     site="site-01", visit="old", payload={})])  # fmt: skip
    assert "disease" not in {entry.form for entry in registry.entries("case-site-01")}


def test_every_read_and_write_is_on_record_and_a_cohort_query_once(registry: Registry, clock: Clock) -> None:
    investigator = at_work(registry, clock, Grant(Role.INVESTIGATOR, "all"))
    investigator.entries("case-site-01")
    DOINGS[Action.ENTER](investigator, "case-site-01", "site-01")
    statistician = at_work(registry, clock, Grant(Role.STATISTICIAN, "all"), id="u-2")
    seen = list(statistician.cohort("sexes by site", "patient"))
    assert {entry.author for entry in seen} == {""}
    admin = at_work(registry, clock, Grant(Role.ADMIN, "all"), id="u-3")
    of_case = [(e.author, e.payload["action"]) for e in admin.audit("case-site-01") if e.payload]
    assert of_case == [("u-1", "show a case"), ("u-1", "enter a form")]
    queries = [e.payload for e in admin.audit() if e.payload and e.author == "u-2"]
    assert queries == [{"action": "query the cohort", "outcome": "done", "query": "sexes by site"}]


def test_queries_of_the_program_are_its_own_and_come_with_the_entry(registry: Registry, clock: Clock) -> None:
    session = at_work(registry, clock, Grant(Role.DATA_ENTRY, ("site-01",)))
    opened = NewEntry(kind="query_opened", author="x", case="case-site-01", site="site-01", payload={"check": "a"})
    stored = session.add([form("case-site-01", "site-01", "disease", {})], opened=[opened])
    assert [(entry.kind, entry.author) for entry in stored] == [("form", "u-1"), ("query_opened", CHECKER)]


def test_withdrawal_ends_collection_and_erasure_needs_it(registry: Registry, clock: Clock) -> None:
    admin = at_work(registry, clock, Grant(Role.ADMIN, "all"), id="u-3")
    nurse = at_work(registry, clock, Grant(Role.DATA_ENTRY, ("site-01",)))
    with pytest.raises(BadInput, match="withdrawal of consent"):
        admin.erase("case-site-01")
    values = {"withdrawn": "yes", "withdrawal_scope": "no further data"}
    (stored,) = nurse.add([form("case-site-01", "site-01", "consent", values, replaces="consent-site-01")])
    with pytest.raises(BadInput, match="withdrew consent"):
        nurse.add([form("case-site-01", "site-01", "disease", {})])
    with pytest.raises(BadInput, match="withdrawal of consent"):
        admin.erase("case-site-01")
    nurse.add([form("case-site-01", "site-01", "consent", values | {"withdrawal_scope": "erase"}, replaces=stored.id)])
    admin.erase("case-site-01")
    assert {entry.payload for entry in registry.entries("case-site-01") if entry.kind == "form"} == {None}
    assert registry.verify().ok


def test_unknown_kinds_and_entries_of_no_case_are_refused(registry: Registry, clock: Clock) -> None:
    session = at_work(registry, clock, Grant(Role.DATA_ENTRY, "all"))
    with pytest.raises(BadInput, match="kind 'user'"):
        session.add([NewEntry(kind="user", author="x", case="case-site-01", site="site-01", payload={}, key="registry")])
    with pytest.raises(BadInput, match="no case"):
        session.add([NewEntry(kind="query_opened", author="x", payload={}, key="registry")])


def test_people_sign_in_and_out_of_the_registry(registry: Registry, clock: Clock) -> None:
    people = People(registry, clock, QUICK)
    registry.add(people.entry_for("u-adm", (Grant(Role.ADMIN, "all"),), PASSWORD, by="u-adm"))
    admin = Session(registry, people.sign_in("u-adm", PASSWORD), people)
    admin.add_user("u-5", (Grant(Role.MONITOR, ("site-01", "site-02")),), PASSWORD)
    assert people.sign_in("u-5", PASSWORD).grants == (Grant(Role.MONITOR, ("site-01", "site-02")),)
    assert people.all()["u-5"].sites == ("site-01", "site-02") and people.all()["u-adm"].sites == "all"
    admin.remove_user("u-5")
    with pytest.raises(NotAllowed):
        people.sign_in("u-5", PASSWORD)
    with pytest.raises(BadInput, match="no such user"):
        admin.remove_user("u-5")
    assert "argon2" not in str(admin.audit()) and PASSWORD not in str(admin.audit())
    assert [user.id for user in admin.users()] == ["u-adm"]


def failing(people: People, id: str) -> None:
    with pytest.raises(NotAllowed, match="wrong password"):
        people.sign_in(id, "wrong password!")


def test_wrong_password_and_unknown_user_sound_alike(registry: Registry, clock: Clock) -> None:
    people = People(registry, clock, QUICK)
    registry.add(people.entry_for("u-5", (Grant(Role.MONITOR, "all"),), PASSWORD, by="u-5"))
    said = set()
    for id in ("u-5", "u-6", "Dr. Who"):
        with pytest.raises(NotAllowed) as refused:
            people.sign_in(id, "wrong password!")
        said.add(str(refused.value))
    assert len(said) == 1


def test_failures_make_wait_longer_and_lock_nobody_out(registry: Registry, clock: Clock) -> None:
    people = People(registry, clock, QUICK)
    registry.add(people.entry_for("u-5", (Grant(Role.ADMIN, "all"),), PASSWORD, by="u-5"))
    for wait in (0, 0, 0, 2, 4, 8, 16, 32, 60, 60, 60):
        failing(people, "u-5")
        stored = registry.counts()
        if wait:
            clock.now += timedelta(seconds=wait - 0.5)
            for word in (PASSWORD, "wrong password!"):  # too soon: neither is judged, nothing is stored, nobody waits longer
                with pytest.raises(NotAllowed, match="failed attempts") as refused:
                    people.sign_in("u-5", word)
                assert "wait 1 seconds" in str(refused.value)
            assert registry.counts() == stored
            clock.now += timedelta(seconds=0.5)
    assert people.sign_in("u-5", PASSWORD).id == "u-5"
    failing(people, "u-5")
    assert people.sign_in("u-5", PASSWORD).id == "u-5"


def test_failures_of_one_user_make_no_other_wait_and_are_forgotten_after_a_pause(registry: Registry, clock: Clock) -> None:
    people = People(registry, clock, QUICK)
    for id in ("u-5", "u-6"):
        registry.add(people.entry_for(id, (Grant(Role.MONITOR, "all"),), PASSWORD, by=id))
    for _ in range(4):
        failing(people, "u-5")
    assert people.sign_in("u-6", PASSWORD).id == "u-6"
    clock.now += timedelta(minutes=16)
    for _ in range(4):
        failing(people, "u-5")
    with pytest.raises(NotAllowed, match="4 failed attempts"):
        people.sign_in("u-5", PASSWORD)
    registry.add(people.entry_for("u-5", (Grant(Role.MONITOR, "all"),), PASSWORD, by="u-6"))  # an admin sets a new password
    assert people.sign_in("u-5", PASSWORD).id == "u-5"


def test_failures_under_a_clock_that_stood_ahead_make_nobody_wait(registry: Registry, clock: Clock) -> None:
    people = People(registry, clock, QUICK)
    registry.add(people.entry_for("u-5", (Grant(Role.MONITOR, "all"),), PASSWORD, by="u-5"))
    clock.now += timedelta(days=1000)
    for _ in range(4):
        failing(people, "u-5")
    clock.now -= timedelta(days=1000)
    registry.accept_clock(author="u-5", reason="battery")
    assert people.sign_in("u-5", PASSWORD).id == "u-5"


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "my-id-is-u-5-long"])
def test_weak_passwords_are_refused(registry: Registry, clock: Clock, password: str) -> None:
    with pytest.raises(BadInput, match="password") as refused:
        People(registry, clock, QUICK).entry_for("u-5", (Grant(Role.MONITOR, "all"),), password, by="a")
    assert password not in str(refused.value)


@pytest.mark.parametrize("grants", [(), (Grant(Role.MONITOR, ()),), (Grant(Role.MONITOR, ("Site 1",)),)])
def test_users_need_roles_and_roles_need_sites(registry: Registry, clock: Clock, grants: tuple[Grant, ...]) -> None:
    with pytest.raises(GlissonError, match="role"):
        People(registry, clock, QUICK).entry_for("u-5", grants, PASSWORD, by="a")


def test_a_name_is_no_user_id(registry: Registry, clock: Clock) -> None:
    with pytest.raises(BadInput, match="code of lower-case"):
        People(registry, clock, QUICK).entry_for("Anna Brown", (Grant(Role.MONITOR, "all"),), PASSWORD, by="a")
