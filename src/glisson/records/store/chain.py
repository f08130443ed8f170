"""The hash chain: every entry's hash covers its envelope, its ciphertext and the hash before it.

An entry's *envelope* is a JSON array in UTF-8 without spaces::

    [1, sequence, id, case, site, kind, key, form, edition, visit, instance, at, recorded_at, author, replaces]

(1 is the edition of this rule.) It is the associated data of the payload's encryption. The hash of an entry is
``SHA-256(previous hash || envelope || newline || nonce || ciphertext)``; the hash before the first entry is that of the
registry's identifier. Nothing here needs a key: whoever holds the registry or its export can verify the chain.
"""

import hashlib
import json
from typing import NamedTuple

RULE = 1


class Head(NamedTuple):
    """The end of the log: how many entries, and the hash of the last (hexadecimal)."""

    sequence: int
    hash: str


class Record(NamedTuple):
    """One row of the table of entries, in the order of its columns; hashes and ciphertext as bytes, times as text."""

    sequence: int
    id: str
    case: str | None
    site: str | None
    kind: str
    key: str
    form: str | None
    edition: int | None
    visit: str | None
    instance: int
    at: str | None
    recorded_at: str
    author: str
    replaces: str | None
    nonce: bytes
    ciphertext: bytes
    previous_hash: bytes
    hash: bytes


ENVELOPE_FIELDS = 14
"""The first fields of a :class:`Record` make its envelope."""


def genesis(registry: str) -> bytes:
    """Hash before the first entry.

    >>> genesis("r1").hex()[:8]
    'f0b49a48'
    """
    return hashlib.sha256(b"glisson registry\n" + registry.encode("utf-8")).digest()


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def envelope(fields: tuple[object, ...]) -> bytes:
    """Bytes of an envelope from the first fourteen fields of a record.

    >>> envelope((7, "e7", None, None, "note", "registry"))
    b'[1,7,"e7",null,null,"note","registry"]'
    """
    return _encode((RULE, *fields)).encode("utf-8")


def entry_hash(previous: bytes, envelope: bytes, nonce: bytes, ciphertext: bytes) -> bytes:
    """Hash of an entry. The envelope holds no raw line break, so that its end is unambiguous; the nonce has 12 bytes."""
    return hashlib.sha256(b"".join((previous, envelope, b"\n", nonce, ciphertext))).digest()


def recomputed(record: Record) -> bytes:
    """Hash that ``record`` should have, from everything else in it."""
    return entry_hash(record.previous_hash, envelope(record[:ENVELOPE_FIELDS]), record.nonce, record.ciphertext)
