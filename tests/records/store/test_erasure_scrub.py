"""An erasure while somebody reads: the key that stays in the database's log is known of, told, and dropped when it can be."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from registry_helpers import CASE, MovingClock, filled, keys_path
from sqlalchemy import text

from glisson.records.store import Registry
from glisson.records.store import erasure as erasure_module
from glisson.records.store.reading import wrapped_key


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = erasure_module.drop_keys
    monkeypatch.setattr(erasure_module, "drop_keys", lambda *a, wait_s=0.2: whole(*a, wait_s=min(wait_s, 0.2)))


@contextmanager
def somebody_reads(registry: Registry) -> Iterator[None]:
    """Another connection that stays in an older state."""
    if registry.database.sqlite:
        with closing(sqlite3.connect(str(registry.database.file), isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT count(*) FROM cases").fetchone()
            yield
            other.execute("ROLLBACK")
        return
    with registry.database.reading() as other:
        other.execute(text("SELECT count(*) FROM cases")).scalar_one()
        yield


def wrapped(registry: Registry) -> bytes:
    with registry.database.reading() as connection:
        found = wrapped_key(connection, CASE)
    assert found is not None
    return found


def files_with(key: bytes, registry: Registry) -> list[str]:
    """SQLite's files that hold the bytes."""
    file = Path(str(registry.database.file))
    return [path.name for path in file.parent.glob(file.name + "*") if key in path.read_bytes()]


def test_a_key_that_somebody_held_back_is_told_and_dropped_at_the_next_opening(
    registry: Registry, place: str, tmp_path: Path, clock: MovingClock
) -> None:
    registry.add(filled())
    key = wrapped(registry)
    with somebody_reads(registry):
        registry.erase(CASE, author="u-lead")
        assert registry.key_left()
        if registry.database.sqlite:
            assert files_with(key, registry)
        verified = registry.verify()
        assert verified.ok and "may still lie in the database's own log" in verified.notes[-1]
        with Registry.open(place, keys_path(tmp_path), clock=clock) as still:
            assert still.key_left()  # said once, not at each opening
        assert [e.kind for e in registry.entries(None)] == ["key-left"]
    with Registry.open(place, keys_path(tmp_path), clock=clock) as again:
        assert not again.key_left()
        assert again.verify().ok and again.verify().notes == ()
        assert [(e.kind, e.author) for e in again.entries(None)] == [("key-left", "u-lead"), ("key-dropped", "u-lead")]
        if registry.database.sqlite:
            assert files_with(key, registry) == []
        assert again.state(CASE).erased


def test_an_erasure_that_nobody_disturbs_leaves_nothing_and_writes_nothing_more(registry: Registry) -> None:
    registry.add(filled())
    key = wrapped(registry)
    registry.erase(CASE, author="u-lead")
    assert not registry.key_left()
    assert registry.entries(None) == []
    if registry.database.sqlite:
        assert files_with(key, registry) == []


def test_the_next_erasure_drops_what_the_one_before_left(registry: Registry) -> None:
    registry.add(filled())
    registry.add(filled(case="s1-0002"))
    with somebody_reads(registry):
        registry.erase(CASE, author="u-lead")
    registry.erase("s1-0002", author="u-other")
    assert [e.kind for e in registry.entries(None)] == ["key-left", "key-dropped"]
    assert not registry.key_left()
