"""Does the log still say what was written? Every entry, its links, the cases' keys, and the head."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from glisson.errors import BadInput
from glisson.records.store import schema
from glisson.records.store.chain import Head, Record, genesis, recomputed
from glisson.records.store.entry import CLOCK, ERASED, KEY_DROPPED, KEY_LEFT
from glisson.records.store.keys import Keys
from glisson.records.store.reading import Opener, streamed

MOST_FINDINGS = 100
KEY_LEFT_WORDS = (
    "the key of an erased case may still lie in the database's own log, because somebody read an older state during the erasure: close "
    "every other program that has the registry open, then open it once with its keys"
)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        sequence: place in the log, None when it is not at one place.
        text: what is wrong, without content.
    """

    sequence: int | None
    text: str


@dataclass(frozen=True)
class Verified:
    """Outcome of a verification.

    Attributes:
        head: end of the log that was found by reading it.
        cases, erased: how many cases there are, and how many of them are erased.
        findings: what is wrong, in the order of the log; at most a hundred are listed.
        broken: how many findings there are in all.
        opened: whether the payloads were opened too (they need the keys).
        warnings: what could not be checked.
        notes: what is in order and should be known: acts on the clock, keys of erased cases that may still lie about.
    """

    head: Head
    cases: int
    erased: int
    findings: tuple[Finding, ...]
    broken: int
    opened: bool
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return self.broken == 0

    @property
    def first_broken(self) -> int | None:
        """Place of the first broken entry."""
        return min((f.sequence for f in self.findings if f.sequence is not None), default=None)


class _Reader:
    def __init__(self, connection: Connection, keys: Keys | None) -> None:
        self.connection = connection
        self.keys = keys
        self.findings: list[Finding] = []
        self.broken = 0
        self.warnings: list[str] = []
        self.notes: list[str] = []
        self.key_left = False
        table = schema.cases.c
        rows = connection.execute(select(table.pseudonym, table.site, table.wrapped_key))
        self.cases: dict[str, tuple[str, bytes | None]] = {row.pseudonym: (row.site, row.wrapped_key) for row in rows}
        self.erased: set[str] = set()
        self.seen: set[str] = set()

    def find(self, sequence: int | None, text: str) -> None:
        self.broken += 1
        if self.broken <= MOST_FINDINGS:
            self.findings.append(Finding(sequence, text))

    def records(self) -> Iterator[Record]:
        query = select(schema.entries).order_by(schema.entries.c.sequence)
        for row in streamed(self.connection, query):
            yield Record._make(row)


def verify(connection: Connection, keys: Keys | None, known: Sequence[Head] = ()) -> Verified:
    """Read the whole log and check it.

    Args:
        connection: one snapshot of the registry; without keys it may be of any schema.
        keys: with them the payloads are opened and the seal of the head is checked too.
        known: heads that were kept apart (with backups): their entries must still be there, unchanged.
    """
    reader = _Reader(connection, keys)
    table = schema.registry.c
    row = connection.execute(select(table.registry, table.head_sequence, table.head_hash)).one()
    head, wanted = _chain(reader, row.registry, {head.sequence: head.hash for head in known})
    for sequence in sorted(wanted):
        if sequence > head.sequence:
            reader.find(None, f"the log ends at entry {head.sequence}, but a kept head names entry {sequence}: the last are lost")
    if (row.head_sequence, row.head_hash.hex()) != head:
        reader.find(None, f"the head names entry {row.head_sequence}, the log ends at {head.sequence} or with another hash")
    if keys is not None:
        _seal(
            reader, keys, connection.execute(select(table.head_seal)).scalar_one(), Head(row.head_sequence, row.head_hash.hex())
        )
    _keys_of_cases(reader)
    if reader.key_left:
        reader.notes.append(KEY_LEFT_WORDS)
    return Verified(
        head,
        len(reader.cases),
        len(reader.erased),
        tuple(reader.findings),
        reader.broken,
        keys is not None,
        tuple(reader.warnings),
        tuple(reader.notes),
    )


def _chain(reader: _Reader, name: str, wanted: dict[int, str]) -> tuple[Head, dict[int, str]]:
    """The log's end, and the kept heads that were not met on the way there."""
    previous, sequence, recorded_at = genesis(name), 0, ""
    opener = Opener(reader.keys)
    if wanted.pop(0, previous.hex()) != previous.hex():
        reader.find(None, "a kept head belongs to another registry")
    for record in reader.records():
        if wrong := _wrong(record, sequence, previous, recorded_at):
            reader.find(record.sequence, wrong)
        else:
            _content(reader, opener, record)
            _note_clock(reader, record, recorded_at)
        sequence, previous, recorded_at = record.sequence, record.hash, record.recorded_at
        if wanted.pop(sequence, record.hash.hex()) != record.hash.hex():
            reader.find(sequence, "the entry is not the one that a kept head names")
        if record.kind in (KEY_LEFT, KEY_DROPPED):
            reader.key_left = record.kind == KEY_LEFT
        if record.kind == ERASED and record.case is not None:
            reader.erased.add(record.case)
        if record.case is not None:
            reader.seen.add(record.case)
    return Head(sequence, previous.hex()), wanted


def _wrong(record: Record, sequence: int, previous: bytes, recorded_at: str) -> str:
    if record.sequence != sequence + 1:
        return f"entries {sequence + 1} to {record.sequence - 1} are missing"
    if record.hash != recomputed(record):
        return "the entry was altered: its hash does not fit"
    if record.previous_hash != previous:
        return "the entry does not follow the one before it"
    if record.recorded_at < recorded_at and record.kind != CLOCK:
        return "the entry was recorded before the one before it"
    return ""


def _note_clock(reader: _Reader, record: Record, recorded_at: str) -> None:
    if record.kind == CLOCK:
        reader.notes.append(
            f"entry {record.sequence}: the clock was accepted at {record.recorded_at[:16]} UTC; entries before it were written under "
            f"one that stood ahead, up to {recorded_at[:16]} UTC"
        )


def _content(reader: _Reader, opener: Opener, record: Record) -> None:
    site, wrapped = reader.cases.get(record.case or "", (record.site, None))
    if record.case is not None and record.case not in reader.cases:
        reader.find(record.sequence, "the entry's case is not in the table of cases")
    elif site != record.site:
        reader.find(record.sequence, "the entry's site is not that of its case")
    try:
        opener.entry(record, wrapped)
    except BadInput as error:
        reader.find(record.sequence, error.problem)
    except ValueError:
        reader.find(record.sequence, "the entry opens, but is not an entry")


def _seal(reader: _Reader, keys: Keys, seal: bytes | None, head: Head) -> None:
    if seal is None:
        if head.sequence:
            reader.warnings.append("the head has no seal yet (the registry was migrated); the next entry seals it")
    elif seal != keys.seal(head.sequence, bytes.fromhex(head.hash)):
        reader.find(None, "the seal of the head does not fit: the head was replaced without the keys")


def _keys_of_cases(reader: _Reader) -> None:
    for case, (_, wrapped) in sorted(reader.cases.items()):
        if wrapped is None and case not in reader.erased:
            reader.find(None, f"the key of case {case} is gone, but no entry says that it was erased")
        if wrapped is not None and case in reader.erased:
            reader.find(None, f"case {case} was erased, but its key is there")
        if case not in reader.seen:
            reader.find(None, f"case {case} has no entry")
