"""The database behind a registry: a SQLite file or PostgreSQL by URL, one code path; what it raises becomes our own errors."""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from glisson.errors import BadInput

BUSY_ms = 60_000
CACHE_KiB = 65_536
CHECKPOINT_PAGES = 16_384
OLD_READERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
    " AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL"
)
"""Others in PostgreSQL who may still see rows as they were."""


def database_url(place: str | Path) -> URL:
    """URL of a registry: a path is a SQLite file, 'postgresql://user@host/database' is PostgreSQL by psycopg 3.

    Raises:
        BadInput: neither; the message does not repeat it, since it may hold a password.

    >>> database_url("registry.sqlite").drivername
    'sqlite+pysqlite'
    """
    if isinstance(place, Path) or not re.match(r"[a-z+]{2,}:|://", place):
        return URL.create("sqlite+pysqlite", database=str(place))
    try:
        url = make_url(place)
    except (ArgumentError, ValueError):
        raise _no_registry_url() from None
    match url.get_backend_name():
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case "sqlite" if url.database:
            return url.set(drivername="sqlite+pysqlite")
    raise _no_registry_url()


def _no_registry_url() -> BadInput:
    return BadInput(
        "not the address of a registry",
        allowed="a path of a SQLite file, sqlite:///path, postgresql://user@host:port/database",
        do="give one of these",
    )


class Database:
    """Connections to one database.

    Attributes:
        sqlite: whether it is a SQLite file.
        file: that file, else None.
    """

    def __init__(self, place: str | Path) -> None:
        url = database_url(place)
        self.sqlite = url.get_backend_name() == "sqlite"
        self.file = Path(url.database or "") if self.sqlite else None
        self.engine = _engine(url, self.sqlite)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot of the whole database; what others write meanwhile is not seen."""
        options: dict[str, Any] = {}
        if not self.sqlite:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with _own_errors(), self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it is on the disk when this returns, or nothing of it is there.

        Writers to SQLite queue here; writers to PostgreSQL queue where they lock the head.
        """
        with _own_errors(), self.engine.connect().execution_options(glisson_writes=True) as connection, connection.begin():
            if not self.sqlite:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = on")
            yield connection

    def scrub(self, wait_s: float = 5.0) -> bool:
        """Drop old versions of changed rows from the files: empty SQLite's log, vacuum in PostgreSQL.

        Who reads an older state holds old versions back: they are waited for, ``wait_s`` at most. False: some may still be there.
        """
        if self.sqlite:
            return self._emptied_log(wait_s)
        with _own_errors(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as vacuum:
            until = time.monotonic() + wait_s
            while (held := vacuum.exec_driver_sql(OLD_READERS).scalar_one()) and time.monotonic() < until:
                time.sleep(0.1)
            vacuum.exec_driver_sql("VACUUM cases")
            return not held

    def _emptied_log(self, wait_s: float) -> bool:
        """Whether all of SQLite's write-ahead log went into the file, and the log was cut to nothing."""
        with closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {int(1000 * wait_s)}")
            try:
                row = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.OperationalError:
                return False
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {BUSY_ms}")
        return row is not None and row[0] == 0

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def _engine(url: URL, sqlite: bool) -> Engine:
    if not sqlite:
        try:
            return create_engine(url, hide_parameters=True, pool_pre_ping=True)
        except ModuleNotFoundError:
            raise BadInput(
                "a registry in PostgreSQL needs psycopg 3, which is not installed", do="pip install 'glisson[postgresql]'"
            ) from None
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_ms / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    """Commits reach the disk; transactions begin where we say, not where the driver guesses."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        f"cache_size = -{CACHE_KiB}",
        f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("glisson_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _own_errors() -> Iterator[None]:
    """The database's refusals without its text, which may hold values or a password."""
    try:
        yield
    except IntegrityError:
        raise BadInput(
            "the database refused an entry that breaks the log", do="run verify; another program may write to this database"
        ) from None
    except OperationalError as error:
        raise _unanswered(error) from None
    except DBAPIError as error:
        raise BadInput(
            f"the database refused ({type(error.orig).__name__}); nothing was stored", do="run verify; see the database's own log"
        ) from None
    except SQLAlchemyError as error:
        raise BadInput(f"the database cannot be used ({type(error).__name__})", do="check its address") from None


def _unanswered(error: OperationalError) -> BadInput:
    said = str(error.orig)
    if "locked" in said:
        return BadInput(
            "the registry is busy with another writer; nothing was stored", do="hand the same entry (same id) in again"
        )
    if "disk is full" in said or "No space" in said:
        return BadInput("no space left for the registry; nothing was stored", do="make space, then hand the entry in again")
    if "unable to open" in said:
        return BadInput("the registry's file cannot be opened", do="check its folder and permissions")
    if "readonly" in said:
        return BadInput("the registry's file cannot be written", do="check permissions of the file and its folder")
    return BadInput(
        "the registry's database does not answer; what was not confirmed may or may not be stored",
        do="check that it runs, then hand the same entry (same id) in again: it is stored once",
    )
