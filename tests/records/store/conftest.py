"""An empty registry in SQLite and in PostgreSQL, and a clock that the test moves."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from registry_helpers import BOTH, MovingClock

from glisson.records.store import Registry


@pytest.fixture
def clock() -> MovingClock:
    """Starts on 1 March 2026, moves by a second at each look."""
    return MovingClock()


@pytest.fixture(params=BOTH)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty place for a registry, once per kind of database."""
    if request.param == "sqlite":
        return str(tmp_path / "registry.sqlite")
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def registry(place: str, tmp_path: Path, clock: MovingClock) -> Iterator[Registry]:
    """A new registry, its keys in ``registry.keys``."""
    with Registry.create(place, tmp_path / "registry.keys", clock=clock) as made:
        yield made
