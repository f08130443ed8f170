"""Reading the log: rows to entries, payloads opened with the key of their case."""

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ColumnElement, Connection, Row, Select, select

from glisson.errors import BadInput
from glisson.records.store import schema
from glisson.records.store.chain import ENVELOPE_FIELDS, Record, envelope
from glisson.records.store.entry import StoredEntry, moment
from glisson.records.store.keys import Keys

AT_ONCE = 5_000
"""Most values of one IN list, below the limit of both databases."""


def rows_among(connection: Connection, query: Select[Any], column: ColumnElement[Any], values: Collection[str]) -> list[Row[Any]]:
    """Rows of ``query`` whose ``column`` is one of ``values``."""
    ordered = sorted(values)
    rows: list[Row[Any]] = []
    for start in range(0, len(ordered), AT_ONCE):
        rows += connection.execute(query.where(column.in_(ordered[start : start + AT_ONCE]))).all()
    return rows


def streamed(connection: Connection, query: Select[Any]) -> Iterator[Row[Any]]:
    """Rows of ``query`` as they are needed, some thousands in memory at a time."""
    yield from connection.execution_options(yield_per=AT_ONCE).execute(query)


def records(connection: Connection, *, ids: Sequence[str]) -> list[Record]:
    """Rows of the entries with these ids."""
    return [Record._make(row) for row in rows_among(connection, select(schema.entries), schema.entries.c.id, set(ids))]


def wrapped_key(connection: Connection, case: str) -> bytes | None:
    """Stored key of a case; None when erased or unknown."""
    return connection.execute(select(schema.cases.c.wrapped_key).where(schema.cases.c.pseudonym == case)).scalar_one_or_none()


def opened_payload(connection: Connection, keys: Keys, record: Record) -> bytes | None:
    """Plain bytes of one entry; None when its case was erased."""
    if record.key == "registry":
        return decrypted(keys.entries, record)
    wrapped = wrapped_key(connection, str(record.case))
    return None if wrapped is None else decrypted(keys.case_cipher(str(record.case), wrapped), record)


def decrypted(cipher: AESGCM, record: Record) -> bytes:
    """Plain bytes of a payload.

    Raises:
        BadInput: the entry was altered.
    """
    try:
        return cipher.decrypt(record.nonce, record.ciphertext, envelope(record[:ENVELOPE_FIELDS]))
    except (InvalidTag, ValueError):
        raise BadInput(f"entry {record.sequence} does not open: it was altered", do="run verify; restore from a backup") from None


class Opener:
    """Turns rows into entries; keeps the cipher of the case it saw last, since rows come by case."""

    def __init__(self, keys: Keys | None) -> None:
        self._keys = keys
        self._wrapped: bytes | None = None
        self._cipher: AESGCM | None = None

    def entry(self, record: Record, wrapped: bytes | None) -> StoredEntry:
        """The entry in ``record``, whose case has the stored key ``wrapped``."""
        cipher = self._cipher_for(record, wrapped)
        payload = None if cipher is None else json.loads(decrypted(cipher, record))
        return stored_entry(record, payload)

    def _cipher_for(self, record: Record, wrapped: bytes | None) -> AESGCM | None:
        if self._keys is None:
            return None
        if record.key == "registry":
            return self._keys.entries
        if wrapped is None:
            return None
        if wrapped != self._wrapped:
            self._cipher, self._wrapped = self._keys.case_cipher(str(record.case), wrapped), wrapped
        return self._cipher


def stored_entry(record: Record, payload: dict[str, Any] | None) -> StoredEntry:
    """A row as an entry."""
    return StoredEntry(
        sequence=record.sequence,
        id=record.id,
        case=record.case,
        site=record.site,
        kind=record.kind,
        key="case" if record.key == "case" else "registry",
        form=record.form,
        edition=record.edition,
        visit=record.visit,
        instance=record.instance,
        at=moment(record.at),
        recorded_at=datetime.fromisoformat(record.recorded_at),
        author=record.author,
        replaces=record.replaces,
        previous_hash=record.previous_hash.hex(),
        hash=record.hash.hex(),
        payload=payload,
    )


def case_entries(
    connection: Connection, keys: Keys | None, case: str, conditions: Sequence[ColumnElement[bool]]
) -> list[StoredEntry]:
    """Entries of a case, oldest first."""
    column = schema.entries.c
    query = select(schema.entries).where(column.pseudonym == case, *conditions).order_by(column.sequence)
    wrapped, opener = wrapped_key(connection, case), Opener(keys)
    return [opener.entry(Record._make(row), wrapped) for row in connection.execute(query)]


def standing_of_form(
    connection: Connection, keys: Keys | None, form: str, conditions: Sequence[ColumnElement[bool]]
) -> Iterator[StoredEntry]:
    """Filled forms that stand, of one form, case after case; memory holds one case at a time."""
    column = schema.entries.c
    query = (
        select(schema.entries, schema.cases.c.wrapped_key)
        .join(schema.cases)
        .where(column.form == form, column.kind.in_(("form", "retract")), *conditions)
        .order_by(column.pseudonym, column.sequence)
    )
    opener, case = Opener(keys), None
    group: dict[str, tuple[Record, bytes | None]] = {}
    for row in streamed(connection, query):
        record = Record._make(row[:-1])
        if record.case != case:
            yield from (opener.entry(*kept) for kept in group.values())
            case, group = record.case, {}
        if record.replaces is not None:
            group.pop(record.replaces)
        if record.kind == "form":
            group[record.id] = (record, row[-1])
    yield from (opener.entry(*kept) for kept in group.values())
