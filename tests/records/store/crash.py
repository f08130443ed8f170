"""Writers that are killed: ``python crash.py PLACE KEYS FOLDER KILLS SEED`` starts three, and kills one after the other by SIGKILL.

While a file ``down`` lies in FOLDER (its server is being restarted) none is killed.

A writer puts down what was confirmed to it in a file of its own, synced, after the registry's call has returned. It writes single
entries, groups of up to six (all or none), bulk chunks, corrections, and now and then erases a case. When the database does not
answer it hands the same entries in again. The parent opens no database, so that every writer is forked clean.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from glisson.errors import BadInput
from glisson.records.store import NewEntry, Registry

WRITERS = 3
SHARED = "s0-shared"
Answer = TypeVar("Answer")


def clock() -> datetime:
    return datetime.now(UTC)


def persistent(act: Callable[[], Answer]) -> Answer:
    """``act`` until the database answers."""
    while True:
        try:
            return act()
        except BadInput as error:
            if "does not answer" not in error.problem:
                raise
            time.sleep(0.02)


class Writer:
    """One process that writes until it is killed."""

    def __init__(self, place: str, keys: Path, log: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.name = f"w{seed}"
        self.registry = persistent(lambda: Registry.open(place, keys, clock=clock))
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.number = 0
        self.own: dict[str, list[str]] = {}

    def run(self) -> None:
        while True:
            self.chance.choices([self.single, self.group, self.bulk, self.correct, self.erase], [6, 5, 2, 4, 0.3])[0]()

    def entry(self, case: str, group: str = "", size: int = 1, **more: Any) -> NewEntry:
        self.number += 1
        id = f"{self.name}:{self.number}"
        values = {"id": id, "group": group or id, "size": size, "filling": "x" * self.chance.randrange(2000)}
        return NewEntry(
            kind="form", case=case, site=case.split("-", maxsplit=1)[0], form="laboratory", edition=1, author=self.name, id=id,
            visit=f"{self.name}-{self.number}", payload={"values": values}, **more,
        )  # fmt: skip

    def case(self) -> str:
        return self.chance.choice([SHARED, f"s1-{self.name}", f"s2-{self.name}-{self.chance.randrange(50)}"])

    def confirm(self, **what: Any) -> None:
        os.write(self.log, (json.dumps(what) + "\n").encode())
        os.fsync(self.log)

    def single(self) -> None:
        case = self.case()
        new = self.entry(case)
        stored = persistent(lambda: self.registry.add(new))
        self.confirm(ids=[stored.id], head=[stored.sequence, stored.hash])
        if case != SHARED:
            self.own.setdefault(case, []).append(stored.id)

    def group(self) -> None:
        name, size = f"{self.name}:g{self.number}", self.chance.randrange(2, 7)
        new = [self.entry(self.case(), name, size) for _ in range(size)]
        stored = persistent(lambda: self.registry.add_all(new))
        self.confirm(ids=[entry.id for entry in stored], head=[stored[-1].sequence, stored[-1].hash])

    def bulk(self) -> None:
        name = f"{self.name}:b{self.number}"
        new = [self.entry(f"s3-{self.name}-{number % 40}", name, 150) for number in range(150)]
        persistent(lambda: self.registry.add_many(new))
        self.confirm(ids=[entry.id for entry in new])

    def correct(self) -> None:
        if self.own:
            case = self.chance.choice(sorted(self.own))
            new = self.entry(case, replaces=self.own[case].pop())
            if not self.own[case]:
                del self.own[case]
            stored = persistent(lambda: self.registry.add(new))
            self.confirm(ids=[stored.id], head=[stored.sequence, stored.hash])

    def erase(self) -> None:
        case = f"s4-{self.name}-{self.number}"
        new = self.entry(case)
        persistent(lambda: self.registry.add(new))
        self.confirm(ids=[new.id])

        def erase() -> None:
            try:
                self.registry.erase(case, author=self.name)
            except BadInput as error:
                if "erased already" not in error.problem:
                    raise

        persistent(erase)
        self.confirm(ids=[], erased=case)


def fork_writer(place: str, keys: Path, folder: Path, seed: int) -> int:
    child = os.fork()
    if child:
        return child
    try:
        Writer(place, keys, folder / f"confirmed-{seed}.jsonl", seed).run()
    except BaseException as error:  # noqa: BLE001  # a writer that fails by itself is a finding
        (folder / f"failed-{seed}.txt").write_text(repr(error))
    os._exit(1)


def main() -> None:
    place, keys, folder, kills, seed = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
    if "://" in place:
        import psycopg  # noqa: F401  # once here, not in every writer

    chance = random.Random(seed)
    writers: list[tuple[int, int]] = []

    def start() -> None:
        name = seed * 1_000_000 + len(started)
        started.append(name)
        writers.append((fork_writer(place, keys, folder, name), name))

    started: list[int] = []
    for _ in range(WRITERS):
        start()
    for number in range(kills):
        victim, name = writers.pop(chance.randrange(len(writers)))
        if chance.random() < 0.8:  # the others may die while they open the registry
            while not any((folder / file).exists() for file in (f"confirmed-{name}.jsonl", f"failed-{name}.txt")):
                time.sleep(0.005)
        time.sleep(chance.uniform(0.0, 0.2))
        while (folder / "down").exists():
            time.sleep(0.01)
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        (folder / "killed").write_text(str(number + 1))
        start()
    for writer, _ in writers:
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)


if __name__ == "__main__":
    main()
