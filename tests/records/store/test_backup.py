"""Backups are whole, verified, and come back in either database with the same chain."""

import json
import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from registry_helpers import BOTH, CASE, SECRET, MovingClock, act, filled, keys_path, without_guards

from glisson.errors import BadInput
from glisson.records.store import Registry, read_head, read_keys


@pytest.fixture
def full(registry: Registry) -> Registry:
    """Three cases, a correction, an erased case, an act of no case."""
    registry.add_many(filled(case=f"s{n % 2}-{n}", visit=f"v{v}", id=f"e{n}-{v}") for n in range(3) for v in range(40))
    registry.add_all([filled(case="s0-0", visit="v1", replaces="e0-1"), act("note", case=None, key="registry")])
    registry.erase("s1-1", author="anna")
    return registry


@pytest.fixture(params=BOTH)
def other_place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A second empty place, once per kind."""
    if request.param == "sqlite":
        return str(tmp_path / "other.sqlite")
    return str(request.getfixturevalue("postgresql_cluster").database())


def content(registry: Registry) -> list[object]:
    return [registry.head(), *(registry.entries(case) for case in registry.cases()), registry.entries(None)]


@pytest.mark.parametrize("way", ["backup", "export"])
def test_both_ways_between_both_databases(full: Registry, tmp_path: Path, clock: MovingClock, other_place: str, way: str) -> None:
    source = tmp_path / "copy"
    head = full.backup(source).head if way == "backup" else full.export(source)
    assert head == full.head()
    with Registry.restore(source, other_place, keys_path(tmp_path), clock=clock) as restored:
        assert content(restored) == content(full)
        assert restored.verify([head]).ok
        assert restored.add(filled(case="s0-0", visit="new")).sequence == head.sequence + 1
        assert restored.verify([head]).ok


def test_a_backup_while_others_write(full: Registry, place: str, tmp_path: Path, clock: MovingClock) -> None:
    done = threading.Event()

    def write() -> None:
        with Registry.open(place, keys_path(tmp_path), clock=clock) as mine:
            number = 0
            while not done.is_set():
                number += 1
                mine.add(filled(case="s5-1", visit=f"v{number}"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        heads = [full.backup(tmp_path / f"b{number}").head for number in range(3)]
    finally:
        done.set()
        writer.join()
    assert heads == sorted(heads)
    assert full.verify(heads).ok
    with Registry.restore(tmp_path / "b1", tmp_path / "again.sqlite", keys_path(tmp_path), clock=clock) as restored:
        assert restored.head() == heads[1]
        assert restored.verify(heads[:2]).ok
        assert not restored.verify(heads[2:]).ok or heads[1] == heads[2]


def test_a_backup_holds_no_keys_and_no_half(full: Registry, tmp_path: Path) -> None:
    full.backup(tmp_path / "backup")
    names = {path.name for path in (tmp_path / "backup").iterdir()}
    assert names == {"head.json", "registry.sqlite" if full.database.sqlite else "registry.jsonl"}
    assert full.keys is not None
    for path in (tmp_path / "backup").iterdir():
        assert full.keys.master not in path.read_bytes()
    assert not list(tmp_path.glob(".part-*"))
    with pytest.raises(BadInput, match="exists"):
        full.backup(tmp_path / "backup")
    with pytest.raises(BadInput, match="cannot make"):
        full.backup(tmp_path / "none" / "backup")


def test_a_broken_registry_makes_no_backup(full: Registry, tmp_path: Path) -> None:
    without_guards(full, "UPDATE entries SET author = 'mallory' WHERE sequence = 9")
    with pytest.raises(BadInput, match=r"first at entry 9|line 13"):
        full.backup(tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
    assert not list(tmp_path.glob(".part-*"))


def test_a_damaged_backup_is_not_restored(full: Registry, tmp_path: Path, clock: MovingClock, other_place: str) -> None:
    full.backup(tmp_path / "backup")
    copy = tmp_path / "backup" / "registry.sqlite"
    if copy.exists():
        with closing(sqlite3.connect(copy)) as plain, plain:
            plain.execute("DROP TRIGGER entries_no_update")
            plain.execute("UPDATE entries SET visit = 'v9' WHERE sequence = 12")
    else:
        lines = (tmp_path / "backup" / "registry.jsonl").read_text().splitlines(keepends=True)
        lines[16] = lines[16].replace('"anna"', '"otto"')
        (tmp_path / "backup" / "registry.jsonl").write_text("".join(lines))
    with pytest.raises(BadInput):
        Registry.restore(tmp_path / "backup", other_place, keys_path(tmp_path), clock=clock)
    assert not (tmp_path / "other.sqlite").exists()
    if "://" in other_place:
        Registry.create(other_place, tmp_path / "new.keys", clock=clock).close()  # nothing was left there


def test_a_shortened_backup_does_not_reach_its_head(full: Registry, tmp_path: Path, clock: MovingClock) -> None:
    early = full.backup(tmp_path / "early")
    full.add(filled(case="s0-0", visit="late"))
    full.backup(tmp_path / "late")
    for path in (tmp_path / "early").iterdir():
        if path.name != "head.json":
            path.replace(tmp_path / "late" / path.name)
    with pytest.raises(BadInput, match="does not verify"):
        Registry.restore(tmp_path / "late", tmp_path / "x.sqlite", keys_path(tmp_path), clock=clock)
    assert early.head == read_head(tmp_path / "early" / "head.json").head


def damaged(lines: list[str]) -> dict[str, list[str]]:
    """Ways in which an export may be broken, by what is said about it."""
    entry = json.loads(lines[10])
    entry["entry"][0] += 1
    return {
        "cut off": lines[:-1],
        "line 12": [*lines[:11], *lines[12:]],
        "line 11": [*lines[:10], json.dumps(entry) + "\n", *lines[11:]],
        "line 8: the entry was altered": [*lines[:7], lines[7].replace("anna", "otto"), *lines[8:]],
        "not readable at line 5": [*lines[:4], lines[4][:30] + "\n", *lines[5:]],
        "not readable at line 1": ["[]\n"],
        "not an export": ['{"entry": []}\n'],
        "of an edition": [lines[0].replace('export":1', 'export":2'), *lines[1:]],
        "last line is missing": [],
        "do not end at the head": [*lines[:-2], lines[-1]],
        "another registry": [lines[0].replace('registry":"', 'registry":"0'), *lines[1:]],
    }


def test_every_damage_of_an_export_is_said(tmp_path: Path, clock: MovingClock) -> None:
    with Registry.create(tmp_path / "r.sqlite", tmp_path / "r.keys", clock=clock) as registry:
        registry.add_many(filled(visit=f"v{number}") for number in range(12))
        registry.export(tmp_path / "all.jsonl")
    for message, lines in damaged((tmp_path / "all.jsonl").read_text().splitlines(keepends=True)).items():
        (tmp_path / "bad.jsonl").write_text("".join(lines))
        with pytest.raises(BadInput, match=message) as refused:
            Registry.restore(tmp_path / "bad.jsonl", tmp_path / "bad.sqlite", tmp_path / "r.keys", clock=clock)
        assert SECRET not in str(refused.value)
        assert not (tmp_path / "bad.sqlite").exists()


def test_a_full_place_is_refused(full: Registry, place: str, tmp_path: Path, clock: MovingClock) -> None:
    full.backup(tmp_path / "backup")
    with pytest.raises(BadInput, match=r"exists|holds a registry"):
        Registry.restore(tmp_path / "backup", place, keys_path(tmp_path), clock=clock)


def test_what_is_no_backup(registry: Registry, tmp_path: Path, clock: MovingClock) -> None:
    (tmp_path / "empty").mkdir()
    for source, message in ((tmp_path / "empty", "not the head"), (tmp_path / "none", "no copy")):
        with pytest.raises(BadInput, match=message):
            Registry.restore(source, tmp_path / "x.sqlite", keys_path(tmp_path), clock=clock)


def test_an_erased_case_stays_erased_in_a_restored_backup(registry: Registry, tmp_path: Path, clock: MovingClock) -> None:
    registry.add(filled())
    head = registry.backup(tmp_path / "backup").head
    registry.erase(CASE, author="anna")
    with Registry.restore(tmp_path / "backup", tmp_path / "again.sqlite", keys_path(tmp_path), clock=clock) as restored:
        assert restored.entries(CASE)[0].payload is None
        assert restored.entries(CASE)[-1].kind == "erased"
        assert restored.entries(CASE)[-1].author == "anna"
        assert restored.verify([head]).ok


def test_an_interrupted_erasure_is_finished_when_opened(
    registry: Registry, place: str, tmp_path: Path, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from glisson.records.store.writing import Appender

    registry.add(filled())

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Appender, "erase", die)
        with pytest.raises(KeyboardInterrupt):
            registry.erase(CASE, author="anna")
    assert registry.entries(CASE)[0].payload is not None
    with Registry.open(place, keys_path(tmp_path), clock=clock) as again:
        assert [entry.kind for entry in again.entries(CASE)] == ["form", "erased"]
        assert again.entries(CASE)[0].payload is None
    with Registry.open(place, keys_path(tmp_path), clock=clock) as third:
        assert len(third.entries(CASE)) == 2


def test_after_an_erasure(registry: Registry, place: str, tmp_path: Path) -> None:
    old = registry.add(filled(id="a"))
    assert registry.database.sqlite or old
    registry.add(filled(case="s2-1"))
    with registry.database.reading() as connection:
        from glisson.records.store.reading import wrapped_key

        wrapped = wrapped_key(connection, CASE)
    assert wrapped is not None
    erased = registry.erase(CASE, author="anna")
    assert (erased.kind, erased.payload) == ("erased", {})
    assert registry.state(CASE).erased
    assert registry.state(CASE).current[0].payload is None
    assert registry.add(filled(id="a")).sequence == old.sequence  # handed in once more: nothing is stored
    with pytest.raises(BadInput, match="was erased"):
        registry.add(filled(visit="v2"))
    registry.add(act("read", key="registry"))  # that somebody looked stays on record
    with pytest.raises(BadInput, match="erased already"):
        registry.erase(CASE, author="anna")
    assert [entry.payload for entry in registry.stream("laboratory")] == [None, filled().payload]
    assert registry.verify().ok
    assert registry.verify().erased == 1
    if registry.database.sqlite:
        for path in tmp_path.glob("registry.sqlite*"):
            assert wrapped[12:] not in path.read_bytes()


def test_the_keys_file(tmp_path: Path, clock: MovingClock) -> None:
    path = tmp_path / "r.keys"
    Registry.create(tmp_path / "r.sqlite", path, clock=clock).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keys = read_keys(path)
    assert keys.master.hex() not in repr(keys)
    assert repr(keys.master) not in repr(keys)
    with pytest.raises(BadInput, match="never written over"):
        Registry.create(tmp_path / "s.sqlite", path, clock=clock)
    path.chmod(0o640)
    with pytest.raises(BadInput, match="read by others"):
        Registry.open(tmp_path / "r.sqlite", path, clock=clock)
    path.chmod(0o600)
    good = json.loads(path.read_text())
    for bad in ({}, {**good, "master_key": "AAAA"}, {**good, "master_key": "%"}, [], {**good, "glisson_keys": 2}):
        path.write_text(json.dumps(bad))
        with pytest.raises(BadInput, match="keys"):
            read_keys(path)
    path.unlink()
    with pytest.raises(BadInput, match="cannot read the keys file"):
        read_keys(path)


def test_places_that_are_none(tmp_path: Path, clock: MovingClock) -> None:
    for place in ("mysql://root:pw@host/db", "sqlite://", "postgresql:/", "://", "postgresql://a:b:c:d/e"):
        with pytest.raises(BadInput) as refused:
            Registry.create(place, tmp_path / "k", clock=clock)
        assert "pw" not in str(refused.value)
    with pytest.raises(BadInput, match="no registry"):
        Registry.open(tmp_path / "none.sqlite", None, clock=clock)
    (tmp_path / "text.sqlite").write_text("this is no database, but long enough to be looked at as one" * 20)
    with pytest.raises(BadInput, match="database"):
        Registry.open(tmp_path / "text.sqlite", None, clock=clock)
    with pytest.raises(BadInput, match="cannot be opened"):
        Registry.create(tmp_path / "none" / "r.sqlite", tmp_path / "k", clock=clock)
    with pytest.raises(BadInput, match="does not answer") as refused:
        Registry.open("postgresql://anna:pw-planted@127.0.0.1:1/x", None, clock=clock)
    assert "planted" not in str(refused.value)


def test_psycopg_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clock: MovingClock) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(BadInput, match="glisson\\[postgresql\\]"):
        Registry.open("postgresql://anna@127.0.0.1/x", None, clock=clock)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_cannot_be_written(tmp_path: Path, clock: MovingClock) -> None:
    Registry.create(tmp_path / "r.sqlite", tmp_path / "r.keys", clock=clock).close()
    (tmp_path / "r.sqlite").chmod(0o400)
    with pytest.raises(BadInput, match="cannot be"), Registry.open(tmp_path / "r.sqlite", tmp_path / "r.keys", clock=clock) as r:
        r.add(filled())
