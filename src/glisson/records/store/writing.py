"""Appending to the log, inside one transaction that holds the head."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, select, update

from glisson.errors import BadInput
from glisson.records.store import schema
from glisson.records.store.chain import Record, entry_hash, envelope
from glisson.records.store.clock import Clock, time_of_record
from glisson.records.store.entry import ERASED, FORM, LOCK, RETRACT, UNLOCK, NewEntry, moment_text, payload_bytes
from glisson.records.store.keys import NONCE_BYTES, Keys
from glisson.records.store.reading import opened_payload, records, rows_among
from glisson.records.store.rows import put
from glisson.records.store.standing import Standing

LARGEST_PAYLOAD = 1 << 20
FOLDED = (FORM, RETRACT, LOCK, UNLOCK, ERASED)


@dataclass
class Appender:
    """Writes to the log within one transaction, which holds the head until it ends.

    Attributes:
        sequence, hash: the head as it grows.
        recorded_at: time of record of everything in this transaction, text in UTC.
    """

    connection: Connection
    keys: Keys
    sequence: int
    hash: bytes
    recorded_at: str

    @classmethod
    def begin(cls, connection: Connection, keys: Keys, clock: Clock, *, hold: bool = False) -> "Appender":
        """Take hold of the head; other writers wait. ``hold``: with the last entry's time where the clock stands before it.

        Raises:
            ClockBehind: the clock stands well before the last entry.
        """
        head = connection.execute(select(schema.registry).with_for_update()).one()
        recorded_at = time_of_record(clock(), head.head_recorded_at, hold=hold)
        return cls(connection, keys, head.head_sequence, head.head_hash, recorded_at)

    def append(self, entries: Sequence[NewEntry]) -> list[Record]:
        """All of ``entries`` in order; one that is stored already (same id, same content) stays as it is.

        Raises:
            BadInput: an entry does not fit what stands in its case, or its id stands for another entry.
        """
        named = [(entry.id or new_id(self.recorded_at), entry) for entry in entries]
        stored = {record.id: record for record in records(self.connection, ids=[id for id, entry in named if entry.id])}
        fresh = [entry for id, entry in named if id not in stored and entry.case is not None]
        cases = _Cases(self.connection, self.keys, fresh)
        written: list[Record] = []
        nonces = os.urandom(NONCE_BYTES * len(named))
        for place, (id, entry) in enumerate(named):
            if id in stored:
                _require_same(stored[id], entry, self.connection, self.keys)
                continue
            cipher = cases.accept(id, entry)
            record = self._next(id, entry, cipher, nonces[place * NONCE_BYTES : (place + 1) * NONCE_BYTES])
            stored[id] = record
            written.append(record)
        cases.store_new()
        put(self.connection, schema.entries, written)
        self._move_head()
        return [stored[id] for id, _ in named]

    def erase(self, case: str, site: str, author: str) -> Record:
        """The erasure as an entry, and the case's key gone."""
        self.connection.execute(update(schema.cases).where(schema.cases.c.pseudonym == case).values(wrapped_key=None))
        return self.own_act(ERASED, author, case=case, site=site)

    def own_act(
        self,
        kind: str,
        author: str,
        *,
        case: str | None = None,
        site: str | None = None,
        id: str | None = None,
        payload: Mapping[str, Any] | None = None,
    ) -> Record:
        """An act of the store itself, of a kind that nobody can hand in, under the registry's key."""
        name = id or new_id(self.recorded_at)
        fields = (
            self.sequence + 1,
            name,
            case,
            site,
            kind,
            "registry",
            None,
            None,
            None,
            1,
            None,
            self.recorded_at,
            author,
            None,
        )
        record = self._chained(fields, payload_bytes(payload or {}), self.keys.entries, os.urandom(NONCE_BYTES))
        put(self.connection, schema.entries, [record])
        self._move_head()
        return record

    def _next(self, id: str, entry: NewEntry, cipher: AESGCM, nonce: bytes) -> Record:
        plain = payload_bytes(entry.payload)
        if len(plain) > LARGEST_PAYLOAD:
            raise BadInput(
                f"a payload of {len(plain)} bytes", allowed=f"{LARGEST_PAYLOAD} bytes", do="keep files outside the registry"
            )
        fields = (
            self.sequence + 1, id, entry.case, entry.site, entry.kind, entry.key, entry.form, entry.edition, entry.visit,
            entry.instance, moment_text(entry.at), self.recorded_at, entry.author, entry.replaces,
        )  # fmt: skip
        return self._chained(fields, plain, cipher, nonce)

    def _chained(self, fields: tuple[object, ...], plain: bytes, cipher: AESGCM, nonce: bytes) -> Record:
        clear = envelope(fields)
        ciphertext = cipher.encrypt(nonce, plain, clear)
        previous, self.hash = self.hash, entry_hash(self.hash, clear, nonce, ciphertext)
        self.sequence += 1
        return Record._make((*fields, nonce, ciphertext, previous, self.hash))

    def _move_head(self) -> None:
        self.connection.execute(
            update(schema.registry).values(
                head_sequence=self.sequence,
                head_hash=self.hash,
                head_recorded_at=self.recorded_at,
                head_seal=self.keys.seal(self.sequence, self.hash),
            )
        )


class _Cases:
    """The cases that a batch touches: their keys and what stands in them; unknown ones are opened."""

    def __init__(self, connection: Connection, keys: Keys, entries: Iterable[NewEntry]) -> None:
        self._connection, self._keys = connection, keys
        names = {str(entry.case) for entry in entries}
        table = schema.cases
        rows = rows_among(connection, select(table.c.pseudonym, table.c.site, table.c.wrapped_key), table.c.pseudonym, names)
        self._sites: dict[str, str] = {row.pseudonym: row.site for row in rows}
        self._wrapped: dict[str, bytes | None] = {row.pseudonym: row.wrapped_key for row in rows}
        self._ciphers: dict[str, AESGCM] = {}
        self._new: list[tuple[str, str, bytes]] = []
        self._standing = {name: Standing() for name in names}
        self._fold(set(self._sites))

    def _fold(self, names: set[str]) -> None:
        column = schema.entries.c
        query = (
            select(column.pseudonym, column.id, column.kind, column.form, column.visit, column.instance, column.replaces)
            .where(column.kind.in_(FOLDED))
            .order_by(column.sequence)
        )
        for row in rows_among(self._connection, query, column.pseudonym, names):
            self._standing[row.pseudonym].apply(row)

    def accept(self, id: str, entry: NewEntry) -> AESGCM:
        """Check an entry against its case, take it into what stands, and hand back the cipher for it."""
        if entry.case is None:
            return self._keys.entries
        self._require_site(entry)
        standing = self._standing[entry.case]
        if entry.kind in FOLDED:
            standing.require(entry)
            standing.apply(_Identified(id, entry.kind, entry.form, entry.visit, entry.instance, entry.replaces))
        return self._keys.entries if entry.key == "registry" else self._cipher(entry.case)

    def _require_site(self, entry: NewEntry) -> None:
        case, site = str(entry.case), str(entry.site)
        if self._sites.setdefault(case, site) != site:
            raise BadInput(f"case {case} belongs to site {self._sites[case]}, not {site}", do="give the case's own site")
        if case not in self._wrapped:
            self._ciphers[case], wrapped = self._keys.new_case_key(case)
            self._wrapped[case] = wrapped
            self._new.append((case, site, wrapped))

    def _cipher(self, case: str) -> AESGCM:
        wrapped = self._wrapped[case]
        if wrapped is None:
            raise BadInput(f"case {case} was erased and takes no new content", do="nothing can be added to it")
        if case not in self._ciphers:
            self._ciphers[case] = self._keys.case_cipher(case, wrapped)
        return self._ciphers[case]

    def store_new(self) -> None:
        """Rows of the cases that were opened."""
        put(self._connection, schema.cases, self._new)


@dataclass(frozen=True, slots=True)
class _Identified:
    id: str
    kind: str
    form: str | None
    visit: str | None
    instance: int
    replaces: str | None


def new_id(recorded_at: str) -> str:
    """An id that sorts by time: milliseconds and 80 random bits, in the manner of UUID 7."""
    milliseconds = int(datetime.fromisoformat(recorded_at).timestamp() * 1000)
    return f"e-{milliseconds:012x}{os.urandom(10).hex()}"


def _require_same(record: Record, entry: NewEntry, connection: Connection, keys: Keys) -> None:
    handed_in = (
        entry.case, entry.site, entry.kind, entry.key, entry.form, entry.edition, entry.visit, entry.instance,
        moment_text(entry.at), entry.author, entry.replaces,
    )  # fmt: skip
    if (*record[2:11], record.author, record.replaces) == handed_in:
        plain = opened_payload(connection, keys, record)
        if plain is None or plain == payload_bytes(entry.payload):
            return
    raise BadInput(f"the id {record.id} stands for another entry", do="give each entry its own id; to correct one, use replaces")
