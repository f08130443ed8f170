"""The registry's store under 100,000 cases of 20 entries: bulk load, one case, one form across all cases, verification.

Run from the repository's root: ``python -m benchmarks.records [CASES]``. Prints ratios, since seconds belong to the machine:

* the *floor*: every payload to JSON, encrypted and hashed once, and the bytes written once and synced; no database;
* the *peer*: the same rows by one plain ``sqlite3`` ``executemany`` (or one ``COPY`` by psycopg) into a table with its primary
  key and no other index, no checks, no encryption: what a database costs by itself.

Each part runs in a process of its own, whose largest resident memory is read from the operating system (Linux).
PostgreSQL is a private cluster as Debian installs it, started for the run; without it that half is left out.
"""

import hashlib
import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "records"))
from postgresql_cluster import cluster, programs

CASES = 100_000
FORMS = [
    "patient", "disease", "decision", "tace_session", "tace_session", "tace_session", "laboratory", "laboratory", "laboratory",
    "laboratory", "laboratory", "laboratory", "lesion", "lesion", "lesion", "lesion", "qlq_c30", "qlq_c30", "follow_up", "follow_up",
]  # fmt: skip
"""Forms of one case; six laboratory visits."""
ITEMS = [
    "bilirubin_umol_per_L", "albumin_g_per_L", "ast_U_per_L", "alt_U_per_L", "alp_U_per_L", "inr", "platelets_per_nL",
    "neutrophils_per_nL", "lymphocytes_per_nL",
]  # fmt: skip
Answer = dict[str, Any]


def clock() -> datetime:
    return datetime.now(UTC)


def entries(cases: int) -> Iterator[Any]:
    """Entries with ten values each, one of them missing by reason."""
    from glisson.records.store import NewEntry

    chance = random.Random(1)
    for number in range(cases):
        site = f"s{number % 20:02}"
        case = f"{site}-{number:013}"
        for place, form in enumerate(FORMS):
            values: dict[str, Any] = {item: round(chance.random() * 100, 2) for item in ITEMS}
            values["creatinine_umol_per_L"] = {"missing": "not done"}
            visit = f"v{place}"
            payload = {"form": form, "edition": 1, "visit": visit, "instance": 1, "values": values}
            yield NewEntry(
                id=f"{case}:{place}", kind="form", case=case, site=site, form=form, edition=1, visit=visit, author="import",
                at=date(2026, 1, 1 + place), payload=payload,
            )  # fmt: skip


def generate(cases: int) -> Answer:
    """Making the entries alone, which every load pays before the store sees them."""
    return {"count": sum(1 for _ in entries(cases))}


def floor(cases: int, folder: Path) -> Answer:
    """JSON, AES-GCM and SHA-256 once over everything, and the bytes to a file, synced."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher, nonce, head, written = AESGCM(bytes(32)), bytes(12), b"", 0
    with (folder / "floor").open("wb") as file:
        for entry in entries(cases):
            text = cipher.encrypt(nonce, json.dumps(entry.payload).encode(), b"")
            head = hashlib.sha256(head + text).digest()
            written += file.write(text) + file.write(head)
        file.flush()
        os.fsync(file.fileno())
    (folder / "floor").unlink()
    return {"bytes": written}


def load(cases: int, place: str, keys: Path) -> Answer:
    """Everything into an empty registry."""
    from glisson.records.store import Registry

    with Registry.create(place, keys, clock=clock) as registry:
        return {"count": registry.add_many(entries(cases))}


def peer_sqlite(_: int, place: str, folder: Path) -> Answer:
    """The registry's own rows, ready in memory in batches of 100,000, into a plain table."""
    taken = 0.0
    with closing(sqlite3.connect(place)) as source, closing(sqlite3.connect(folder / "peer.sqlite")) as target:
        target.execute("PRAGMA journal_mode = WAL")
        target.execute("CREATE TABLE entries (" + ", ".join(f"c{n}" for n in range(1, 18)) + ", c0 INTEGER PRIMARY KEY)")
        cursor = source.execute("SELECT * FROM entries ORDER BY sequence")
        while rows := cursor.fetchmany(100_000):
            rows = [(*row[1:], row[0]) for row in rows]
            start = time.perf_counter()
            target.executemany(f"INSERT INTO entries VALUES ({', '.join('?' * 18)})", rows)
            target.commit()
            taken += time.perf_counter() - start
    for path in folder.glob("peer.sqlite*"):
        path.unlink()
    return {"seconds": taken}


def peer_postgresql(_: int, place: str) -> Answer:
    """The same by COPY into a plain table."""
    import psycopg

    taken, last = 0.0, 0
    with psycopg.connect(place) as connection:
        connection.execute("CREATE TABLE peer (LIKE entries)")
        connection.execute("ALTER TABLE peer ADD PRIMARY KEY (sequence)")
        connection.commit()
        while rows := connection.execute(
            "SELECT * FROM entries WHERE sequence > %s ORDER BY sequence LIMIT 100000", [last], binary=True
        ).fetchall():
            start = time.perf_counter()
            with connection.cursor().copy("COPY peer FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int8", *["text"] * 6, "int4", "text", "int4", *["text"] * 4, *["bytea"] * 4])
                for row in rows:
                    copy.write_row(row)
            connection.commit()
            taken += time.perf_counter() - start
            last = rows[-1][0]
        connection.execute("DROP TABLE peer")
    return {"seconds": taken}


def opened(place: str, keys: Path, act: Callable[[Any], Answer]) -> Answer:
    from glisson.records.store import Registry

    with Registry.open(place, keys, clock=clock) as registry:
        start = time.perf_counter()
        return {"seconds": time.perf_counter() - start, **act(registry), "seconds_of_act": time.perf_counter() - start}


def one_case(_: int, place: str, keys: Path) -> Answer:
    """The state of a case, decrypted, corrections applied; 300 cases by chance."""

    def act(registry: Any) -> Answer:
        cases, taken = registry.cases(), []
        for case in random.Random(2).sample(cases, 300):
            start = time.perf_counter()
            registry.state(case)
            taken.append(1000 * (time.perf_counter() - start))
        return {"first_ms": taken[0], "median_ms": statistics.median(taken), "worst_ms": max(taken)}

    return opened(place, keys, act)


def cohort(_: int, place: str, keys: Path, form: str) -> Answer:
    """One form of every case as a table of columns."""
    import polars

    def act(registry: Any) -> Answer:
        columns: dict[str, list[Any]] = {"case": [], **{item: [] for item in ITEMS}}
        for entry in registry.stream(form):
            values = entry.payload["values"]
            columns["case"].append(entry.case)
            for item in ITEMS:
                columns[item].append(values[item])
        return {"rows": polars.DataFrame(columns).height}

    return opened(place, keys, act)


def verify(_: int, place: str, keys: Path) -> Answer:
    """Every hash, every payload."""
    return opened(place, keys, lambda registry: {"ok": registry.verify().ok})


def child(part: str, cases: int, *arguments: str) -> Answer:
    """One part in a process of its own: seconds and largest memory, without the start of Python."""
    command = [sys.executable, "-m", "benchmarks.records", "--part", part, str(cases), *arguments]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def run_part(part: str, cases: int, arguments: list[str]) -> None:
    kinds = {"peer_sqlite": [str, Path], "peer_postgresql": [str], "floor": [Path], "cohort": [str, Path, str], "generate": []}
    typed = [kind(argument) for kind, argument in zip(kinds.get(part, [str, Path]), arguments, strict=True)]
    start = time.perf_counter()
    answer = globals()[part](cases, *typed)
    answer.setdefault("seconds", time.perf_counter() - start)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    answer.update(memory_MB=usage.ru_maxrss / 1024, cpu_seconds=usage.ru_utime + usage.ru_stime)
    print(json.dumps(answer))


def measured(name: str, place: str, *, cases: int, folder: Path, least: float, making: float) -> None:
    """Every part against one database."""
    keys = str(folder / f"{name}.keys")
    loaded = child("load", cases, place, keys)
    peer = child("peer_sqlite", cases, place, str(folder)) if name == "SQLite" else child("peer_postgresql", cases, place)
    count = loaded["count"]
    store = loaded["seconds"] - making
    print(f"\n{name}: {cases:,} cases, {count:,} entries")
    each, made = 1e6 * loaded["seconds"] / count, 1e6 * making / count
    print(
        f"  bulk load {loaded['seconds']:.0f} s ({loaded['cpu_seconds']:.0f} s of one core; {each:.0f} us per entry, {made:.0f} to make"
        f" it), {loaded['memory_MB']:.0f} MB: {store / peer['seconds']:.1f} times the peer ({peer['seconds']:.0f} s),"
        f" {loaded['seconds'] / least:.1f} times the floor; limit 300 s"
    )
    case = child("one_case", cases, place, keys)
    print(f"  one case {case['median_ms']:.1f} ms (first {case['first_ms']:.1f}, worst {case['worst_ms']:.1f}); limit 50 ms")
    for form in ("patient", "laboratory"):
        table = child("cohort", cases, place, keys, form)
        print(
            f"  {form} across all cases: {table['rows']:,} rows in {table['seconds_of_act']:.1f} s"
            f" ({table['cpu_seconds']:.1f} s of one core, start included),"
            f" {table['memory_MB']:.0f} MB; limits 30 s, 1000 MB"
        )
    whole = child("verify", cases, place, keys)
    print(f"  verify: {whole['seconds_of_act']:.0f} s, {whole['memory_MB']:.0f} MB, {'sound' if whole['ok'] else 'BROKEN'}")


def main(cases: int = CASES) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        making = child("generate", cases)["seconds"]
        least = child("floor", cases, str(folder))
        print(f"floor: {least['seconds']:.0f} s with making the entries ({making:.0f} s), {least['bytes'] / 1e6:.0f} MB")
        measured("SQLite", str(folder / "registry.sqlite"), cases=cases, folder=folder, least=least["seconds"], making=making)
        size = sum(path.stat().st_size for path in folder.glob("registry.sqlite*"))
        print(f"  file {size / 1e6:.0f} MB, {size / least['bytes']:.1f} times the floor's bytes")
        for path in folder.glob("registry.sqlite*"):
            path.unlink()
        if programs() is None:
            print("\nPostgreSQL: left out, needs the Debian package postgresql")
            return
        with cluster() as server:
            measured("PostgreSQL", server.database(), cases=cases, folder=folder, least=least["seconds"], making=making)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--part"]:
        run_part(sys.argv[2], int(sys.argv[3]), sys.argv[4:])
    else:
        main(*map(int, sys.argv[1:2]))
