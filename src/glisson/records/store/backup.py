"""Backups: a copy of the registry at one moment, read back before it counts, and its head in a file beside it."""

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from glisson.errors import BadInput
from glisson.records.store.chain import Head
from glisson.records.store.clock import Clock, utc_text
from glisson.records.store.database import Database
from glisson.records.store.exchange import Header, header, read_export, write_export
from glisson.records.store.keys import Keys
from glisson.records.store.verify import Verified, verify

EDITION = 1
HEAD = "head.json"
COPY = "registry.sqlite"
LINES = "registry.jsonl"


@dataclass(frozen=True)
class HeadFile:
    """What ``head.json`` holds; keep it where whoever can change the registry cannot.

    Attributes:
        registry: identifier of the registry.
        sequence, hash: head at the time of the backup.
        made_at: UTC.
        seal: keyed mark on the head, so that a changed head file shows; None when the backup was made without keys.
    """

    registry: str
    sequence: int
    hash: str
    made_at: str
    seal: str | None
    glisson_backup: int = EDITION

    @property
    def head(self) -> Head:
        """The head."""
        return Head(self.sequence, self.hash)


def backup(database: Database, keys: Keys | None, clock: Clock, folder: Path) -> HeadFile:
    """A copy of the registry as it stands, while others go on writing. The keys file is not in it: keep a copy elsewhere.

    SQLite gives a SQLite file, PostgreSQL an export in JSON lines. The copy is read back and its chain checked.

    Raises:
        BadInput: the folder exists, cannot be written, or the copy does not verify.
    """
    if folder.exists():
        raise BadInput(f"'{folder.name}' exists", do="give a new folder for each backup")
    with _new_folder(folder) as part:
        first = _copied(database, part / COPY) if database.sqlite else _exported(database, part / LINES)
        seal = None if keys is None else keys.seal(first.head.sequence, bytes.fromhex(first.head.hash)).hex()
        made = HeadFile(first.registry, first.head.sequence, first.head.hash, utc_text(clock()), seal)
        with (part / HEAD).open("w", encoding="utf-8") as file:
            file.write(json.dumps(asdict(made), indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
    return made


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder that takes its name only when it is full."""
    try:
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
    except OSError as error:
        raise BadInput(f"cannot make '{folder.name}': {error.strerror}", do="check folder, space and permissions") from None
    try:
        yield part
        part.rename(folder)
    except (OSError, sqlite3.Error):
        raise BadInput(f"cannot write the backup '{folder.name}'", do="check space and permissions") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _copied(database: Database, path: Path) -> Header:
    copy_file(Path(str(database.file)), path)
    with opened(Database(path)) as copy, copy.reading() as connection:
        require_sound(verify(connection, None))
        first = header(connection)
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("PRAGMA journal_mode = DELETE")  # one file, readable from a medium that cannot be written
    return first


def copy_file(source: Path, target: Path) -> None:
    """A SQLite database as it stands at one moment, while others write to it."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _exported(database: Database, path: Path) -> Header:
    with database.reading() as connection:
        first = write_export(connection, path)
    with path.open(encoding="utf-8") as lines:
        for _ in read_export(lines):
            pass
    return first


def require_sound(verified: Verified) -> None:
    """Refuse a copy in which something is wrong.

    Raises:
        BadInput: something is.
    """
    if not verified.ok:
        place = "" if verified.first_broken is None else f", first at entry {verified.first_broken}"
        raise BadInput(f"the copy does not verify ({verified.broken} findings{place})", do="run verify on the registry")


@contextmanager
def opened(database: Database) -> Iterator[Database]:
    """Closes it at the end."""
    try:
        yield database
    finally:
        database.close()


def read_head(folder: Path, keys: Keys | None = None) -> HeadFile:
    """The head that was kept with a backup (``folder``, or the path of a copy of its ``head.json``).

    Raises:
        BadInput: no head file, one that is not readable, or (with keys) one that was changed.
    """
    path = folder / HEAD if folder.is_dir() else folder
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        made = HeadFile(**content)
        bytes.fromhex(made.hash)
    except (OSError, ValueError, TypeError):
        raise BadInput(f"'{path.name}' is not the head of a backup", do=f"give the backup's folder, or its {HEAD}") from None
    if made.glisson_backup != EDITION:
        raise BadInput(f"{path.name} is of an edition that this program does not know", do="use a newer program")
    if keys is not None and made.registry != keys.registry:
        raise BadInput("the backup is of another registry than the keys", do="give the keys file of that registry")
    if keys is not None and made.seal not in (None, keys.seal(made.sequence, bytes.fromhex(made.hash)).hex()):
        raise BadInput(f"{path.name} was changed: its seal does not fit", do="use another copy of it")
    return made
