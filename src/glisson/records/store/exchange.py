"""Everything of a registry as JSON lines, and back into an empty registry of either kind, with the same chain.

First line: which registry, and its head. Then one line per case, one per entry in the order of the log, and a last line that
counts both. Payloads and the cases' keys stay encrypted: who reads the export needs the keys file, who verifies it does not.
"""

import binascii
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from glisson.errors import BadInput
from glisson.records.store import schema
from glisson.records.store.chain import ENVELOPE_FIELDS, Head, Record, genesis, recomputed
from glisson.records.store.keys import Keys
from glisson.records.store.migrate import build
from glisson.records.store.reading import AT_ONCE, streamed
from glisson.records.store.rows import put
from glisson.whole_file import write_whole

EDITION = 1


class Header(NamedTuple):
    """What the first line says."""

    registry: str
    created_at: str
    head: Head


class CaseRow(NamedTuple):
    """A row of the table of cases."""

    pseudonym: str
    site: str
    wrapped_key: bytes | None


def header(connection: Connection) -> Header:
    """Registry and head as the database holds them; works on every schema."""
    table = schema.registry.c
    row = connection.execute(select(table.registry, table.created_at, table.head_sequence, table.head_hash)).one()
    return Header(row.registry, row.created_at, Head(row.head_sequence, row.head_hash.hex()))


def write_export(connection: Connection, path: Path) -> Header:
    """Everything in ``connection``'s snapshot to a file, whole or not at all.

    Raises:
        BadInput: the file cannot be written.
    """

    def write(target: Path) -> None:
        with target.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(export_lines(connection))
            file.flush()
            os.fsync(file.fileno())

    write_whole(path, write)
    return header(connection)


def export_lines(connection: Connection) -> Iterator[str]:
    """The lines of an export of ``connection``'s snapshot; works on every schema."""
    for line in _lines(connection, header(connection)):
        yield json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"


def _lines(connection: Connection, first: Header) -> Iterator[dict[str, Any]]:
    yield {"glisson_registry_export": EDITION, **first._asdict()}
    counted = [0, 0]
    for row in connection.execute(select(schema.cases).order_by(schema.cases.c.pseudonym)):
        counted[0] += 1
        yield {"case": [row.pseudonym, row.site, None if row.wrapped_key is None else _text(row.wrapped_key)]}
    query = select(schema.entries).order_by(schema.entries.c.sequence)
    for row in streamed(connection, query):
        record = Record._make(row)
        counted[1] += 1
        yield {
            "entry": [
                *record[:ENVELOPE_FIELDS],
                *map(_text, (record.nonce, record.ciphertext, record.previous_hash, record.hash)),
            ]
        }
    yield {"end": counted}


def read_export(lines: Iterable[str]) -> Iterator[Header | CaseRow | Record]:
    """What an export holds, its chain checked on the way; at the end it must meet the head of its first line.

    Raises:
        BadInput: not an export, cut off, or altered (with the number of the line).
    """
    reader = _Export()
    for number, line in enumerate(lines, start=1):
        try:
            yield from reader.take(json.loads(line))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, binascii.Error):
            raise BadInput(f"the export is not readable at line {number}", do="use a whole export, or another backup") from None
        except BadInput as error:
            raise BadInput(f"the export is broken at line {number}: {error.problem}", do="use another backup") from None
    if not reader.ended:
        raise BadInput("the export is cut off: its last line is missing", do="use a whole export, or another backup")


class _Export:
    """State while reading an export."""

    def __init__(self) -> None:
        self.header: Header | None = None
        self.ended = False
        self.cases = 0
        self.sequence, self.hash = 0, b""

    def take(self, line: dict[str, Any]) -> Iterator[Header | CaseRow | Record]:
        (word, value), *rest = line.items()
        if self.header is None or self.ended:
            yield self._first(word, value, dict(rest))
        elif word == "case":
            self.cases += 1
            yield CaseRow(str(value[0]), str(value[1]), None if value[2] is None else b64decode(value[2], validate=True))
        elif word == "entry":
            yield self._linked(Record._make([*value[:ENVELOPE_FIELDS], *(_bytes(part) for part in value[ENVELOPE_FIELDS:])]))
        elif word == "end":
            self._end(value)
        else:
            raise ValueError

    def _first(self, word: str, edition: int, rest: dict[str, Any]) -> Header:
        if word != "glisson_registry_export" or self.ended:
            raise BadInput("this is not an export of a registry")
        if edition != EDITION:
            raise BadInput("an export of an edition that this program does not know")
        self.header = Header(rest["registry"], rest["created_at"], Head(*rest["head"]))
        self.hash = genesis(self.header.registry)
        return self.header

    def _linked(self, record: Record) -> Record:
        if (record.sequence, record.previous_hash) != (self.sequence + 1, self.hash) or record.hash != recomputed(record):
            raise BadInput("the entry was altered, or does not follow the one before it")
        self.sequence, self.hash = record.sequence, record.hash
        return record

    def _end(self, counted: list[int]) -> None:
        if counted != [self.cases, self.sequence] or self.header is None or self.header.head != (self.sequence, self.hash.hex()):
            raise BadInput("the entries do not end at the head that the first line names")
        self.ended = True


def import_lines(connection: Connection, keys: Keys, lines: Iterable[str]) -> Header:
    """An export into an empty database, in the transaction of ``connection``.

    Raises:
        BadInput: the export is broken, or belongs to another keys file.
    """
    build(connection)
    source = read_export(lines)
    first = next(source)
    assert isinstance(first, Header)
    if first.registry != keys.registry:
        raise BadInput("the keys file belongs to another registry", do="give the keys file that was made with this one")
    recorded_at = _rows(connection, source)
    connection.execute(
        insert(schema.registry).values(
            one=1,
            registry=first.registry,
            created_at=first.created_at,
            head_sequence=first.head.sequence,
            head_hash=bytes.fromhex(first.head.hash),
            head_recorded_at=recorded_at,
            head_seal=keys.seal(first.head.sequence, bytes.fromhex(first.head.hash)),
        )
    )
    return first


def _rows(connection: Connection, source: Iterator[Header | CaseRow | Record]) -> str | None:
    recorded_at = None
    while batch := list(islice(source, AT_ONCE)):
        put(connection, schema.cases, [row for row in batch if isinstance(row, CaseRow)])
        records = [row for row in batch if isinstance(row, Record)]
        put(connection, schema.entries, records)
        recorded_at = records[-1].recorded_at if records else recorded_at
    return recorded_at


def _text(part: bytes) -> str:
    return b64encode(part).decode("ascii")


def _bytes(part: str) -> bytes:
    return b64decode(part, validate=True)
