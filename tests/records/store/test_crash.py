"""kill -9 at random moments, while several write: what was confirmed is there, nothing is there by half, the chain verifies.

An ordinary run kills 40 writers per database; GLISSON_CRASH_KILLS=1000 asks for the full number.
"""

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from postgresql_cluster import Cluster, cluster
from registry_helpers import MovingClock

from glisson.records.store import Head, Registry, StoredEntry

KILLS = int(os.environ.get("GLISSON_CRASH_KILLS", "40"))
SERVER_KILLS = max(2, KILLS // 50)
pytestmark = pytest.mark.slow


def start(place: str, folder: Path) -> subprocess.Popen[bytes]:
    script = Path(__file__).parent / "crash.py"
    return subprocess.Popen([sys.executable, script, place, folder / "r.keys", folder, str(KILLS), "1"])


def confirmed(folder: Path) -> list[dict[str, object]]:
    """What the writers put down; a last line that was cut off by the kill was not confirmed to anybody."""
    found = []
    for path in sorted(folder.glob("confirmed-*.jsonl")):
        for line in path.read_text().splitlines(keepends=True):
            if line.endswith("\n"):
                found.append(json.loads(line))
    return found


def examine(registry: Registry, folder: Path) -> None:
    assert (folder / "killed").read_text() == str(KILLS)
    assert [path.read_text() for path in folder.glob("failed-*.txt")] == []
    lines = confirmed(folder)
    heads = [Head(*line["head"]) for line in lines if "head" in line]  # type: ignore[misc]
    ids = {id for line in lines for id in line["ids"]}  # type: ignore[attr-defined]
    erased = {line["erased"] for line in lines if "erased" in line}
    assert len(ids) > 3 * KILLS
    verified = registry.verify(heads)
    assert verified.ok, verified.findings[:3]
    stored = {entry.id: entry for case in registry.cases() for entry in registry.entries(case) if entry.kind == "form"}
    assert ids - stored.keys() == set()
    assert all(registry.state(str(case)).erased for case in erased)
    whole(stored)
    unconfirmed = {values(entry)["group"] for id, entry in stored.items() if id not in ids and entry.payload}
    assert len(unconfirmed) <= KILLS + 3
    said = (
        f"{KILLS} kills, {len(ids)} confirmed, {len(stored)} stored, {len(unconfirmed)} acts not confirmed, {len(erased)} erased"
    )
    (folder / "outcome.txt").write_text(said)


def values(entry: StoredEntry) -> dict[str, object]:
    assert entry.payload is not None
    return dict(entry.payload["values"])


def whole(stored: dict[str, StoredEntry]) -> None:
    """Every entry is its own, and of every group all or none are there."""
    groups: Counter[object] = Counter()
    sizes: dict[object, object] = {}
    for id, entry in stored.items():
        if entry.payload is not None:
            assert values(entry)["id"] == id
            groups[values(entry)["group"]] += 1
            sizes[values(entry)["group"]] = values(entry)["size"]
    assert dict(groups) == sizes


def test_killed_writers_to_sqlite(tmp_path: Path, clock: MovingClock) -> None:
    place = str(tmp_path / "r.sqlite")
    Registry.create(place, tmp_path / "r.keys", clock=clock).close()
    assert start(place, tmp_path).wait() == 0
    with Registry.open(place, tmp_path / "r.keys", clock=clock) as registry:
        examine(registry, tmp_path)
    with closing(sqlite3.connect(place)) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.postgresql
def test_killed_writers_and_a_killed_server(tmp_path: Path, clock: MovingClock) -> None:
    with cluster() as server:
        place = server.database()
        Registry.create(place, tmp_path / "r.keys", clock=clock).close()
        run = start(place, tmp_path)
        crash_server(server, tmp_path)
        assert run.wait() == 0
        with Registry.open(place, tmp_path / "r.keys", clock=clock) as registry:
            examine(registry, tmp_path)


def crash_server(server: Cluster, folder: Path) -> None:
    """Kill the server while the writers are being killed, evenly over their number; every second time all at once."""
    chance = random.Random(2)
    for number in range(SERVER_KILLS):
        while killed(folder) < KILLS * (number + 0.5) / SERVER_KILLS:
            time.sleep(chance.uniform(0.001, 0.02))
        (folder / "down").touch()
        if number % 2:
            server.stop("immediate")
        else:
            server.kill()
        server.start_again()
        (folder / "down").unlink()


def killed(folder: Path) -> int:
    try:
        return int((folder / "killed").read_text() or 0)
    except FileNotFoundError:
        return 0
