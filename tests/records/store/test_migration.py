"""From the first schema to the newest: a stored old file keeps every entry, in both databases, or stays as it was."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from registry_helpers import MovingClock, filled
from sqlalchemy import text

from glisson.errors import BadInput
from glisson.records.store import Head, Registry, migrate_registry, read_keys, schema
from glisson.records.store.database import Database
from glisson.records.store.migrate import build, revision
from glisson.records.store.rows import put

STORED = Path(__file__).parents[2] / "reference" / "registry_v1"
EXPECTED = json.loads((STORED / "expected.json").read_text())


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """The old file's keys, with the mode that a repository does not keep."""
    path = Path(shutil.copy(STORED / "registry.keys", tmp_path / "registry.keys"))
    path.chmod(0o600)
    return path


@pytest.fixture
def old(place: str) -> str:
    """The stored registry, as it is in SQLite, or its rows in the first schema of PostgreSQL."""
    if "://" not in place:
        shutil.copy(STORED / "registry.sqlite", place)
        return place
    database = Database(place)
    with closing(sqlite3.connect(STORED / "registry.sqlite")) as source, database.writing() as connection:
        build(connection, "0001")
        for table in (schema.registry, schema.cases, schema.entries):
            put(connection, table, source.execute(f"SELECT * FROM {table.name}").fetchall())
    database.close()
    return place


def agrees(registry: Registry) -> None:
    for case, expected in EXPECTED["states"].items():
        state = registry.state(case)
        assert {entry.id: entry.payload for entry in state.current} == expected["current"]
        assert sorted(map(str, state.locked)) == expected["locked"]


def test_the_stored_old_file_keeps_all_entries(old: str, keys: Path, tmp_path: Path, clock: MovingClock) -> None:
    with pytest.raises(BadInput, match="schema 0001; this program needs 0002"):
        Registry.open(old, keys, clock=clock)
    assert migrate_registry(old, read_keys(keys), clock, tmp_path / "before") == "0001"
    with Registry.open(old, keys, clock=clock) as registry:
        agrees(registry)
        assert registry.head() == Head(*EXPECTED["head"])
        verified = registry.verify([Head(*EXPECTED["head"])])
        assert verified.ok
        assert verified.warnings == ("the head has no seal yet (the registry was migrated); the next entry seals it",)
        registry.add(filled(case="s1-two", visit="v3"))
        assert registry.verify([Head(*EXPECTED["head"])]).warnings == ()
        assert registry.verify().ok
        with registry.database.reading() as connection:
            assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    with pytest.raises(BadInput, match="cannot be migrated"):
        migrate_registry(old, read_keys(keys), clock, tmp_path / "again")


def test_the_backup_before_the_migration_comes_back(old: str, keys: Path, tmp_path: Path, clock: MovingClock) -> None:
    migrate_registry(old, read_keys(keys), clock, tmp_path / "before")
    again = tmp_path / "again.sqlite"
    if "://" in old:
        Registry.restore(tmp_path / "before", again, keys, clock=clock).close()
    else:
        with pytest.raises(BadInput, match="needs 0002"):
            Registry.restore(tmp_path / "before", again, keys, clock=clock)
        assert again.exists()
        migrate_registry(again, read_keys(keys), clock, tmp_path / "second")
    with Registry.open(again, keys, clock=clock) as registry:
        agrees(registry)
        assert registry.verify([Head(*EXPECTED["head"])]).ok


def test_a_broken_migration_leaves_the_old_registry(
    old: str, keys: Path, tmp_path: Path, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import op

    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(op, "create_index", fail)
        with pytest.raises(KeyboardInterrupt):
            migrate_registry(old, read_keys(keys), clock, tmp_path / "before")
    database = Database(old)
    with database.reading() as connection:
        assert revision(connection) == "0001"
        columns = [row for row in connection.execute(text("SELECT * FROM registry")).keys()]  # noqa: SIM118, C416
        assert "head_seal" not in columns
    database.close()
    migrate_registry(old, None, clock, tmp_path / "second")
    with Registry.open(old, keys, clock=clock) as registry:
        agrees(registry)


def test_a_newer_schema_is_refused(registry: Registry, place: str, tmp_path: Path, clock: MovingClock) -> None:
    with registry.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BadInput, match="newer than this program"):
        Registry.open(place, tmp_path / "registry.keys", clock=clock)
    with pytest.raises(BadInput, match="cannot be migrated"):
        migrate_registry(place, None, clock, tmp_path / "before")


def test_the_migrations_build_what_the_tables_say(registry: Registry) -> None:
    with registry.database.reading() as connection:
        assert revision(connection) == schema.REVISIONS[-1]
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []


def test_a_database_of_something_else(tmp_path: Path, clock: MovingClock) -> None:
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as plain, plain:
        plain.execute("CREATE TABLE notes (a)")
    with pytest.raises(BadInput, match="holds no registry"):
        Registry.open(tmp_path / "x.sqlite", None, clock=clock)
    Registry.create(tmp_path / "x.sqlite", tmp_path / "k", clock=clock).close()  # tables of other names do not disturb
