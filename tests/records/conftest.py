"""A PostgreSQL cluster for the tests that need one; makes the helpers in this folder importable."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from postgresql_cluster import Cluster, cluster


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[Cluster]:
    """A server on loopback, with its own port and folder, for the whole run."""
    with cluster() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql_cluster: Cluster) -> str:
    """A new, empty database. Tests that ask for it carry the marker 'postgresql'."""
    return postgresql_cluster.database()
