"""The registry: an append-only, encrypted, hash-chained log of entries in a database."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, func, select

from glisson.errors import BadInput
from glisson.records.store import schema
from glisson.records.store.accept_clock import accept_clock
from glisson.records.store.backup import HeadFile, backup
from glisson.records.store.chain import Head, Record, genesis
from glisson.records.store.clock import Clock, ahead_note, recorded_by, utc_text
from glisson.records.store.database import Database
from glisson.records.store.entry import NewEntry, StoredEntry
from glisson.records.store.erasure import erase, finish_erasures, left_by
from glisson.records.store.exchange import write_export
from glisson.records.store.keys import Keys, create_keys, read_keys
from glisson.records.store.migrate import build, require_empty, require_newest
from glisson.records.store.reading import Opener, case_entries, standing_of_form, wrapped_key
from glisson.records.store.replay import CaseState, replay
from glisson.records.store.restore import restore
from glisson.records.store.verify import Verified, verify
from glisson.records.store.writing import Appender

CHUNK = 5_000
"""Entries per transaction of a bulk load."""


class Registry:
    """One store and its keys. Open it with :meth:`open` or :meth:`create`; many threads and programs may share one database.

    Attributes:
        database: where it lies.
        keys: its keys; None when opened without, to verify only.
    """

    def __init__(self, database: Database, keys: Keys | None, clock: Clock, *, hold: bool = False) -> None:
        self.database = database
        self.keys = keys
        self._clock = clock
        self._hold = hold

    @classmethod
    def create(cls, place: str | Path, keys: Path, *, clock: Clock) -> Self:
        """A new registry with a new keys file (mode 0600; keep a copy apart from the backups: without it nothing can be read).

        Args:
            place: path of a SQLite file, or 'postgresql://...'.
            keys: where the keys file shall be written.
            clock: gives the present as an aware datetime.

        Raises:
            BadInput: there is a registry or a keys file already, or the database cannot be used.
        """
        with _closed_on_error(Database(place)) as database:
            with database.reading() as connection:
                require_empty(connection)
            made = create_keys(keys)
            with database.writing() as connection:
                build(connection)
                connection.execute(schema.registry.insert().values(_first_row(made.registry, clock())))
        return cls(database, made, clock)

    @classmethod
    def open(cls, place: str | Path, keys: Path | None, *, clock: Clock, hold: bool = False) -> Self:
        """An existing registry.

        Args:
            place: path of a SQLite file, or 'postgresql://...'.
            keys: its keys file; None reads envelopes and verifies the chain, but opens no payload and adds nothing.
            clock: gives the present as an aware datetime.
            hold: entries take the last entry's time where the clock stands before it, however far: for those that lead to
                ``accept_clock``, and for nothing else.

        Raises:
            BadInput: no registry there, one of an older or newer schema, or another registry's keys.
        """
        database = Database(place)
        if database.file is not None and not database.file.is_file():
            raise BadInput(f"no registry '{database.file.name}'", do="make one with: glisson records init")
        with _closed_on_error(database):
            read = None if keys is None else read_keys(keys)
            with database.reading() as connection:
                require_newest(connection)
                name = connection.execute(select(schema.registry.c.registry)).scalar_one()
            if read is not None and read.registry != name:
                raise BadInput("the keys file belongs to another registry", do="give the keys file that was made with this one")
            if read is not None:
                finish_erasures(database, read, clock)
        return cls(database, read, clock, hold=hold)

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, entry: NewEntry) -> StoredEntry:
        """Store one entry; it is on the disk when this returns. The same entry (same id) handed in again is not stored twice.

        Raises:
            BadInput: it does not fit what stands in its case (locked, filled already, corrected already), its id stands for
                another entry, its case was erased, or the database did not take it.
        """
        return self.add_all([entry])[0]

    def add_all(self, entries: Sequence[NewEntry]) -> list[StoredEntry]:
        """Store entries together: all of them or none. Raises as :meth:`add`."""
        keys = self._required_keys()
        with self.database.writing() as connection:
            records = Appender.begin(connection, keys, self._clock, hold=self._hold).append(entries)
            return self._opened(connection, records)

    def add_many(self, entries: Iterable[NewEntry], *, chunk: int = CHUNK) -> int:
        """Bulk load: entries in transactions of ``chunk``; the number handed in. Give ids, so that a broken load can be repeated.

        Raises:
            BadInput: as :meth:`add`; earlier chunks stay stored, nothing of the refused chunk is.
        """
        keys, source, count = self._required_keys(), iter(entries), 0
        while batch := list(islice(source, chunk)):
            with self.database.writing() as connection:
                Appender.begin(connection, keys, self._clock, hold=self._hold).append(batch)
            count += len(batch)
        return count

    def cases(self, site: str | None = None) -> list[str]:
        """Pseudonyms, sorted; of one site or of all."""
        table = schema.cases.c
        query = select(table.pseudonym).order_by(table.pseudonym)
        with self.database.reading() as connection:
            return list(connection.execute(query if site is None else query.where(table.site == site)).scalars())

    def site(self, case: str) -> str:
        """Site of a case.

        Raises:
            BadInput: no such case.
        """
        with self.database.reading() as connection:
            return self._site(connection, case)

    def entries(
        self, case: str | None, *, as_of: datetime | date | None = None, kinds: Sequence[str] | None = None
    ) -> list[StoredEntry]:
        """Every entry of a case (None: those of no case), oldest first.

        Args:
            case: pseudonym.
            as_of: only what was recorded up to this instant (a day: until its end in UTC).
            kinds: only these kinds.

        Raises:
            BadInput: no such case.
        """
        column = schema.entries.c
        conditions = recorded_by(as_of) + ([] if kinds is None else [column.kind.in_(kinds)])
        with self.database.reading() as connection:
            if case is not None:
                self._site(connection, case)
                return case_entries(connection, self.keys, case, conditions)
            query = select(schema.entries).where(column.pseudonym.is_(None), *conditions).order_by(column.sequence)
            opener = Opener(self.keys)
            return [opener.entry(Record._make(row), None) for row in connection.execute(query)]

    def entry(self, id: str) -> StoredEntry:
        """One entry by its id.

        Raises:
            BadInput: no such entry.
        """
        with self.database.reading() as connection:
            row = connection.execute(select(schema.entries).where(schema.entries.c.id == id)).one_or_none()
            if row is None:
                raise BadInput(f"no entry {id}", do="list the case's entries")
            return self._opened(connection, [Record._make(row)])[0]

    def state(self, case: str, *, as_of: datetime | date | None = None, true_by: date | None = None) -> CaseState:
        """What stands in a case: corrections applied, retractions gone, locks.

        Args:
            case: pseudonym.
            as_of: as it was known at this instant.
            true_by: leave out what was true only after this day (entries without a date stay).
        """
        return replay(self.entries(case, as_of=as_of)).true_by(true_by)

    def stream(
        self, form: str, *, as_of: datetime | date | None = None, sites: Sequence[str] | None = None
    ) -> Iterator[StoredEntry]:
        """Filled forms that stand, of one form, case after case in the order of pseudonyms; for tables over a cohort.

        Reads one snapshot while the iterator lives, and holds one case in memory. Erased cases come with payload None.
        """
        conditions = recorded_by(as_of) + ([] if sites is None else [schema.entries.c.site.in_(sites)])
        with self.database.reading() as connection:
            yield from standing_of_form(connection, self.keys, form, conditions)

    def counts(self) -> tuple[int, int]:
        """Numbers of cases and of entries."""
        with self.database.reading() as connection:
            cases = connection.execute(select(func.count()).select_from(schema.cases)).scalar_one()
            return cases, self._head(connection).sequence

    def head(self) -> Head:
        """End of the log: number of entries and hash of the last. Keep it apart: it reveals a log that was cut off."""
        with self.database.reading() as connection:
            return self._head(connection)

    def verify(self, known: Sequence[Head] = ()) -> Verified:
        """Check every entry, the chain, the keys of the cases and the head; see :func:`glisson.records.store.verify.verify`."""
        with self.database.reading() as connection:
            found = verify(connection, self.keys, known)
            last = connection.execute(select(schema.registry.c.head_recorded_at)).scalar_one()
        return replace(found, notes=(*found.notes, *ahead_note(self._clock(), last)))

    def erase(self, case: str, *, author: str) -> StoredEntry:
        """Destroy the key of a case: its content is gone for good, its envelopes and the chain stay. The erasure is an entry.

        Older backups still hold the wrapped key: destroy them after the time that your protocol names. Where somebody reads an
        older state meanwhile, the database's own log may hold it too: ``key_left`` tells, and opening the registry tries again.

        Raises:
            BadInput: no such case, or erased already.
        """
        return erase(self.database, self._required_keys(), self._clock, case, author)

    def key_left(self) -> bool:
        """Whether the key of an erased case may still lie in the database's own log, held back by somebody who reads."""
        with self.database.reading() as connection:
            return left_by(connection) is not None

    def accept_clock(self, *, author: str, reason: str) -> StoredEntry:
        """Say that the clock is right though the last entries are ahead of it; times go on from it, the order stays.

        Raises:
            BadInput: the clock does not stand before the last entry.
        """
        return accept_clock(self.database, self._required_keys(), self._clock, author=author, reason=reason)

    def backup(self, folder: Path) -> HeadFile:
        """A verified copy as it stands, with its head, into a new ``folder``; others go on writing meanwhile.

        The keys file is not in it. Keep ``head.json`` also where whoever can change the registry cannot reach it.

        Raises:
            BadInput: the folder exists or cannot be written, or the copy does not verify.
        """
        return backup(self.database, self.keys, self._clock, folder)

    @classmethod
    def restore(cls, source: Path, place: str | Path, keys: Path, *, clock: Clock) -> Self:
        """The registry of a backup (its folder) or of an export (its file) in a new place, SQLite or PostgreSQL.

        Raises:
            BadInput: the place is not empty, the backup is broken, or the keys are not its keys.
        """
        restore(source, place, read_keys(keys), clock)
        return cls.open(place, keys, clock=clock)

    def export(self, path: Path) -> Head:
        """Everything, still encrypted, as JSON lines (:mod:`glisson.records.store.exchange`); hands back its head."""
        with self.database.reading() as connection:
            return write_export(connection, path).head

    def _required_keys(self) -> Keys:
        if self.keys is None:
            raise BadInput("the registry was opened without its keys", do="open it with the keys file")
        return self.keys

    def _opened(self, connection: Connection, records: Sequence[Record]) -> list[StoredEntry]:
        opener = Opener(self.keys)
        wrapped = {case: wrapped_key(connection, case) for case in {r.case for r in records if r.case is not None}}
        return [opener.entry(record, wrapped.get(record.case or "")) for record in records]

    @staticmethod
    def _site(connection: Connection, case: str) -> str:
        site: str | None = connection.execute(select(schema.cases.c.site).where(schema.cases.c.pseudonym == case)).scalar()
        if site is None:
            raise BadInput(f"no case {case}", do="list the cases; a wrong letter in a pseudonym shows in its check digit")
        return site

    @staticmethod
    def _head(connection: Connection) -> Head:
        row = connection.execute(select(schema.registry.c.head_sequence, schema.registry.c.head_hash)).one()
        return Head(row.head_sequence, row.head_hash.hex())


@contextmanager
def _closed_on_error(database: Database) -> Iterator[Database]:
    try:
        yield database
    except BaseException:
        database.close()
        raise


def _first_row(name: str, now: datetime) -> dict[str, Any]:
    return {"one": 1, "registry": name, "created_at": utc_text(now), "head_sequence": 0, "head_hash": genesis(name)}
