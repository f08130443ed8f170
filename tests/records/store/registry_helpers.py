"""Short ways to write entries, and a clock for tests."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from glisson.records.store import NewEntry, Registry

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
"""Kinds of database, as parameters of a test."""

CASE = "s1-0001"
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
    guards = {
        True: [
            "entries_no_update",
            "entries_no_delete",
            "entries_at_the_end",
            "cases_no_update",
            "cases_no_delete",
            "cases_no_replace",
        ],
        False: ["entries_guard ON entries", "cases_guard ON cases"],
    }
    with registry.database.engine.begin() as connection:
        for guard in guards[registry.database.sqlite]:
            connection.execute(text(f"DROP TRIGGER IF EXISTS {guard}"))
        if not registry.database.sqlite:
            connection.execute(text("ALTER TABLE entries DROP CONSTRAINT IF EXISTS entries_pseudonym_fkey"))
        else:
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for statement in statements:
            connection.execute(text(statement), values)


def keys_path(folder: Path) -> Path:
    """Where the fixture puts the keys."""
    return folder / "registry.keys"
