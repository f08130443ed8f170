"""Short ways to write entries, and a clock for tests."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from glisson.records.store import NewEntry, Registry

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
"""Kinds of database, as parameters of a test."""

CASE = "s1-0001"
SQLITE_GUARDS = [
    "entries_no_update", "entries_no_delete", "entries_at_the_end", "cases_no_update", "cases_no_delete", "cases_no_replace",
]  # fmt: skip
SECRET = "planted-patient-text"


class MovingClock:
    """Gives ``now`` and moves on by ``step``."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.step = timedelta(seconds=1)

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


def filled(form: str = "laboratory", *, case: str = CASE, values: Mapping[str, Any] | None = None, **more: Any) -> NewEntry:
    """A filled form."""
    payload = {"form": form, "values": dict(values or {"albumin_g_per_L": 41.0, "note": SECRET})}
    return NewEntry(
        kind="form", case=case, site=case.split("-", maxsplit=1)[0], form=form, edition=1, author="anna", payload=payload, **more
    )


def act(kind: str, *, case: str | None = CASE, **more: Any) -> NewEntry:
    """An act about a case."""
    site = None if case is None else case.split("-")[0]
    return NewEntry(**{"kind": kind, "case": case, "site": site, "author": "anna", "payload": {}, **more})


def without_guards(registry: Registry, *statements: str, **values: Any) -> None:
    """SQL by someone who owns the database: guards dropped, rows changed, guards left away."""
    if registry.database.sqlite:
        with closing(sqlite3.connect(str(registry.database.file))) as plain, plain:
            for guard in SQLITE_GUARDS:
                plain.execute(f"DROP TRIGGER IF EXISTS {guard}")
            for statement in statements:
                plain.execute(statement, values)
        return
    with registry.database.engine.begin() as connection:
        for table in ("entries", "cases"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_guard ON {table}"))
        connection.execute(text("ALTER TABLE entries DROP CONSTRAINT IF EXISTS entries_pseudonym_fkey"))
        for statement in statements:
            connection.execute(text(statement), values)


def keys_path(folder: Path) -> Path:
    """Where the fixture puts the keys."""
    return folder / "registry.keys"
