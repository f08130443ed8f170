"""The registry's promises, one by one, in both databases."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from postgresql_cluster import cluster
from registry_helpers import CASE, SECRET, MovingClock, act, filled, keys_path
from sqlalchemy import text

from glisson.errors import BadInput
from glisson.records.store import Head, NewEntry, Registry, content_id


def test_an_entry_comes_back_as_it_was_handed_in(registry: Registry) -> None:
    values = {"albumin_g_per_L": 41.5, "inr": {"missing": "not done"}, "text": 'Ä " \n \u2028 𝛼', "none": None, "list": [1, True]}
    new = filled(values=values, visit="v1", instance=2, at=datetime(2026, 2, 3, 9, 30, tzinfo=UTC), id="mine:1")
    stored = registry.add(new)
    assert (stored.sequence, stored.recorded_at) == (1, datetime(2026, 3, 1, 12, 0, 2, tzinfo=UTC))
    for name in (
        "id",
        "case",
        "site",
        "kind",
        "key",
        "form",
        "edition",
        "visit",
        "instance",
        "at",
        "author",
        "replaces",
        "payload",
    ):
        assert getattr(stored, name) == getattr(new, name)
    assert registry.entries(CASE) == [stored]
    assert registry.entry("mine:1") == stored
    assert registry.head() == Head(1, stored.hash)
    assert registry.counts() == (1, 1)


def test_the_same_entry_twice_is_stored_once(registry: Registry) -> None:
    first = registry.add(filled(id="a"))
    assert registry.add(filled(id="a")) == first
    assert registry.add_all([filled(id="a"), act("note", id="b"), act("note", id="b")])[0] == first
    assert registry.counts() == (1, 2)


@pytest.mark.parametrize("change", [{"visit": "v2"}, {"payload": {"other": 1}}, {"at": date(2026, 1, 1)}, {"author": "bert"}])
def test_an_id_stands_for_one_entry(registry: Registry, change: dict[str, object]) -> None:
    registry.add(filled(id="a"))
    with pytest.raises(BadInput, match="stands for another entry") as refused:
        registry.add(replace(filled(id="a"), **change))  # type: ignore[arg-type]
    assert SECRET not in str(refused.value)


def test_all_or_none(registry: Registry) -> None:
    with pytest.raises(BadInput, match="filled already"):
        registry.add_all([filled(), filled(visit="v1"), filled()])
    assert registry.counts() == (0, 0)
    assert registry.cases() == []


def test_a_correction_replaces_and_both_stay(registry: Registry) -> None:
    old = registry.add(filled(values={"inr": 10.0}))
    new = registry.add(filled(values={"inr": 1.0}, replaces=old.id))
    assert registry.state(CASE).current == (new,)
    assert registry.state(CASE, as_of=old.recorded_at).current == (old,)
    assert registry.entries(CASE) == [old, new]
    assert registry.state(CASE).replaced == {old.id: new.id}


def test_two_corrections_of_one_entry_do_not_pass(registry: Registry) -> None:
    old = registry.add(filled())
    new = registry.add(filled(replaces=old.id))
    with pytest.raises(BadInput, match=f"corrected already, by {new.id}"):
        registry.add(filled(replaces=old.id))


def test_a_correction_stays_in_its_case_and_form(registry: Registry) -> None:
    old = registry.add(filled())
    with pytest.raises(BadInput, match="no filled form"):
        registry.add(filled(case="s1-0002", replaces=old.id))
    with pytest.raises(BadInput, match="is of form laboratory"):
        registry.add(filled("death", replaces=old.id))
    with pytest.raises(BadInput, match="no filled form"):
        registry.add(filled(visit="v", replaces=registry.add(act("note")).id))


def test_a_slot_holds_one_entry(registry: Registry) -> None:
    first = registry.add(filled(visit="v1"))
    registry.add(filled(visit="v1", instance=2))
    with pytest.raises(BadInput, match=f"filled already, by entry {first.id}"):
        registry.add(filled(visit="v1"))
    registry.add(filled(visit="v2", replaces=first.id))
    registry.add(filled(visit="v1"))


def test_a_retraction_takes_an_entry_away(registry: Registry) -> None:
    old = registry.add(filled())
    registry.add(act("retract", form="laboratory", edition=1, replaces=old.id))
    assert registry.state(CASE).current == ()
    assert list(registry.stream("laboratory")) == []
    again = registry.add(filled())
    assert registry.state(CASE).current == (again,)


def test_a_locked_visit_takes_no_forms(registry: Registry) -> None:
    old = registry.add(filled(visit="v1"))
    registry.add(act("lock", visit="v1"))
    for refused in (filled("death", visit="v1"), filled(visit="v1", replaces=old.id), filled(visit="v2", replaces=old.id)):
        with pytest.raises(BadInput, match="visit v1 is locked"):
            registry.add(refused)
    registry.add(filled(visit="v2"))
    registry.add(act("query_opened", visit="v1"))
    with pytest.raises(BadInput, match="locked already"):
        registry.add(act("lock", visit="v1"))
    registry.add(act("unlock", visit="v1"))
    with pytest.raises(BadInput, match="is not locked"):
        registry.add(act("unlock", visit="v1"))
    registry.add(filled(visit="v1", replaces=old.id))
    registry.add(act("lock"))
    with pytest.raises(BadInput, match="the case is locked"):
        registry.add(filled(visit="v3"))
    assert registry.state(CASE).locked == {None}


def test_as_of_is_by_record_and_true_by_is_by_truth(registry: Registry, clock: MovingClock) -> None:
    early = registry.add(filled(visit="v1", at=date(2026, 2, 20)))
    clock.now += timedelta(days=3)
    late = registry.add(filled(visit="v2", at=date(2026, 2, 10)))
    undated = registry.add(filled("patient"))
    assert registry.state(CASE, as_of=date(2026, 3, 1)).current == (early,)
    assert registry.state(CASE, as_of=date(2026, 3, 4)).current == (early, late, undated)
    assert registry.state(CASE, as_of=late.recorded_at - timedelta(microseconds=1)).current == (early,)
    assert registry.state(CASE, true_by=date(2026, 2, 15)).current == (late, undated)
    assert registry.entries(CASE, as_of=date(2026, 2, 28)) == []
    assert list(registry.stream("laboratory", as_of=date(2026, 3, 1))) == [early]


def test_the_stream_gives_what_stands_case_by_case(registry: Registry) -> None:
    kept = {}
    for number in (3, 1, 2):
        case = f"s{number}-x"
        old = registry.add(filled(case=case, values={"n": number}))
        registry.add(filled("death", case=case))
        if number == 2:
            kept[case] = registry.add(filled(case=case, values={"n": 20}, replaces=old.id))
        else:
            kept[case] = old
    assert list(registry.stream("laboratory")) == [kept["s1-x"], kept["s2-x"], kept["s3-x"]]
    assert list(registry.stream("laboratory", sites=["s2"])) == [kept["s2-x"]]


def test_a_stream_sees_one_moment(registry: Registry) -> None:
    registry.add_many(filled(case=f"s1-{number:04}") for number in range(10))
    stream = registry.stream("laboratory")
    first = next(stream)
    registry.add(filled(case="s1-9999"))
    registry.add(filled(case="s1-0009", replaces=registry.state("s1-0009").current[0].id))
    assert len([first, *stream]) == 10


def test_bulk_and_single_make_the_same_registry(registry: Registry) -> None:
    new = [filled(case=f"s1-{number % 7:04}", visit=f"v{number}", id=f"e{number}") for number in range(250)]
    assert registry.add_many(new, chunk=120) == 250
    assert registry.add_many(new, chunk=90) == 250
    assert registry.counts() == (7, 250)
    assert registry.verify().ok
    assert [entry.id for entry in registry.entries("s1-0003")] == [f"e{number}" for number in range(250) if number % 7 == 3]


def test_a_refused_chunk_leaves_the_earlier_ones(registry: Registry) -> None:
    new = [*(filled(visit=f"v{number}") for number in range(6)), filled(visit="v1")]
    with pytest.raises(BadInput, match="filled already"):
        registry.add_many(new, chunk=4)
    assert registry.counts() == (1, 4)
    assert registry.verify().ok


def test_acts_without_a_case(registry: Registry) -> None:
    granted = registry.add(act("user_granted", case=None, key="registry", payload={"role": "monitor"}))
    assert registry.entries(None) == [granted]
    assert registry.entries(None, kinds=["other"]) == []
    assert registry.cases() == []


def test_a_case_stays_at_its_site(registry: Registry) -> None:
    registry.add(filled())
    with pytest.raises(BadInput, match="belongs to site s1"):
        registry.add(replace(filled(visit="v2"), site="s2"))
    assert registry.site(CASE) == "s1"
    registry.add(filled(case="s2-0001"))
    assert registry.cases("s2") == ["s2-0001"]


def test_many_writers_make_one_chain(registry: Registry) -> None:
    def write(worker: int) -> list[int]:
        return [registry.add(filled(case=f"s{worker}-1", visit=f"v{number}")).sequence for number in range(12)]

    with ThreadPoolExecutor(4) as pool:
        taken = [sequence for run in pool.map(write, range(4)) for sequence in run]
    assert sorted(taken) == list(range(1, 49))
    assert registry.verify().ok


def test_two_who_correct_the_same_entry_at_once(registry: Registry) -> None:
    old = registry.add(filled())

    def correct(worker: int) -> bool:
        try:
            registry.add(filled(values={"by": worker}, replaces=old.id))
        except BadInput:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(correct, range(4))) == 1


def test_time_of_record_never_runs_backwards(registry: Registry, clock: MovingClock) -> None:
    first = registry.add(filled(visit="v1"))
    clock.now -= timedelta(minutes=2)
    assert registry.add(filled(visit="v2")).recorded_at == first.recorded_at
    clock.now -= timedelta(hours=1)
    with pytest.raises(BadInput, match="clock"):
        registry.add(filled(visit="v3"))


def test_opening_again_reads_the_same(registry: Registry, place: str, tmp_path: Path, clock: MovingClock) -> None:
    stored = registry.add(filled())
    with Registry.open(place, keys_path(tmp_path), clock=clock) as again:
        assert again.entries(CASE) == [stored]
    with Registry.open(place, None, clock=clock) as closed:
        assert closed.entries(CASE) == [replace(stored, payload=None)]
        assert closed.verify().ok
        assert not closed.verify().opened
        with pytest.raises(BadInput, match="without its keys"):
            closed.add(filled(visit="v9"))


def test_creating_twice_is_refused(registry: Registry, place: str, tmp_path: Path, clock: MovingClock) -> None:
    with pytest.raises(BadInput, match="holds a registry"):
        Registry.create(place, tmp_path / "other.keys", clock=clock)
    assert not (tmp_path / "other.keys").exists()


def test_other_keys_are_refused(registry: Registry, place: str, tmp_path: Path, clock: MovingClock) -> None:
    Registry.create(tmp_path / "other.sqlite", tmp_path / "other.keys", clock=clock).close()
    with pytest.raises(BadInput, match="another registry"):
        Registry.open(place, tmp_path / "other.keys", clock=clock)


def test_nothing_of_a_payload_lies_open(registry: Registry, place: str, tmp_path: Path) -> None:
    registry.add(filled(values={"note": SECRET}))
    registry.export(tmp_path / "all.jsonl")
    registry.backup(tmp_path / "backup")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes()


@pytest.mark.parametrize("unknown", ["entries", "state", "site", "erase"])
def test_an_unknown_case_is_said(registry: Registry, unknown: str) -> None:
    more = {"author": "anna"} if unknown == "erase" else {}
    with pytest.raises(BadInput, match="no case s1-none"):
        getattr(registry, unknown)("s1-none", **more)


def test_an_unknown_entry_is_said(registry: Registry) -> None:
    with pytest.raises(BadInput, match="no entry e-none"):
        registry.entry("e-none")


BAD: dict[str, dict[str, object]] = {
    "case is not an identifier": {"case": "Müller, Anna"},
    "author is not an identifier": {"author": "Dr. Müller"},
    "id is not an identifier": {"id": "a b"},
    "instance is not a whole number": {"instance": 0},
    "edition is not a whole number": {"edition": True},
    "form but no edition": {"edition": None},
    "without its site": {"site": None},
    "without a case": {"case": None, "site": None},
    "has no zone": {"at": datetime(2026, 1, 1)},
    "names no form": {"form": None, "edition": None},
    "unknown key": {"key": "mine"},
    "not under its case's key": {"key": "registry"},
    "call erase": {"kind": "erased"},
    "names no entry": {"kind": "retract"},
    "that replaces another": {"kind": "note", "replaces": "e-1"},
    "payload's visit": {"payload": {"visit": "v9"}, "visit": "v1"},
}


@pytest.mark.parametrize("message", BAD)
def test_what_cannot_be_an_entry_is_refused(message: str) -> None:
    with pytest.raises(BadInput, match=message) as refused:
        replace(filled(), **BAD[message])  # type: ignore[arg-type]
    assert "Müller" not in str(refused.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), date(2026, 1, 1), b"x", {1, 2}, "\ud800"])
def test_what_json_cannot_hold_is_refused(registry: Registry, value: object) -> None:
    with pytest.raises(BadInput, match="not plain JSON") as refused:
        registry.add(filled(values={"x": value, "note": SECRET}))
    assert SECRET not in str(refused.value)
    assert registry.counts() == (0, 0)


def test_a_payload_has_an_end(registry: Registry) -> None:
    with pytest.raises(BadInput, match="bytes"):
        registry.add(filled(values={"x": "y" * (1 << 20)}))


def test_content_ids_differ_by_content() -> None:
    assert content_id("a", "b") != content_id("ab")
    assert NewEntry(kind="note", author="a", payload={}, id=content_id("a", 1)).id == content_id("a", 1)


def test_commits_reach_the_disk_whatever_the_default(registry: Registry) -> None:
    if registry.database.sqlite:
        with registry.database.writing() as connection:
            for pragma, wanted in {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1}.items():
                assert connection.execute(text(f"PRAGMA {pragma}")).scalar_one() == wanted
        return
    with registry.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = registry.database.engine.url.database
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    registry.close()
    with registry.database.reading() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "off"
    with registry.database.writing() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"


def test_a_full_disk_stores_nothing(tmp_path: Path, clock: MovingClock) -> None:
    with Registry.create(tmp_path / "r.sqlite", tmp_path / "r.keys", clock=clock) as registry:
        registry.add(filled())
        with registry.database.reading() as connection:
            pages = connection.execute(text("PRAGMA page_count")).scalar_one()
            connection.execute(text(f"PRAGMA max_page_count = {pages}"))  # holds for this connection, which is used again
        with pytest.raises(BadInput, match="no space left"):
            registry.add_many(filled(case=f"s1-{number}") for number in range(100))
        assert registry.counts() == (1, 1)
        assert registry.verify().ok


def test_a_busy_file_is_said(tmp_path: Path, clock: MovingClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glisson.records.store.database.BUSY_ms", 50)
    with Registry.create(tmp_path / "r.sqlite", tmp_path / "r.keys", clock=clock) as registry:
        registry.add(filled())
        with closing(sqlite3.connect(tmp_path / "r.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert registry.state(CASE).current != ()  # readers do not wait
            with pytest.raises(BadInput, match="busy with another writer"):
                registry.add(filled(visit="v2"))
        registry.add(filled(visit="v2"))


@pytest.mark.postgresql
def test_a_server_that_was_stopped_is_said_and_met_again(tmp_path: Path, clock: MovingClock) -> None:
    with cluster() as server, Registry.create(server.database(), tmp_path / "r.keys", clock=clock) as registry:
        registry.add(filled(id="a"))
        server.stop("immediate")
        with pytest.raises(BadInput, match="does not answer") as refused:
            registry.add(filled(visit="v2", id="b"))
        assert "127.0.0.1" not in str(refused.value)
        server.start_again()
        assert registry.add(filled(visit="v2", id="b")).sequence == 2
        assert registry.verify().ok
