"""What goes into the registry and what comes out: one filled form, or one act about entries."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from glisson.errors import BadInput

IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""Names of cases, sites, kinds, forms and visits: as in a case folder."""
ENTRY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,79}")
AUTHOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,79}")

FORM = "form"
RETRACT = "retract"
LOCK = "lock"
UNLOCK = "unlock"
ERASED = "erased"
CLOCK = "clock-accepted"
KEY_LEFT, KEY_DROPPED = "key-left", "key-dropped"
OWN_ACTS = {
    ERASED: "call erase",
    CLOCK: "call accept_clock",
    KEY_LEFT: "the store writes it itself",
    KEY_DROPPED: "the store writes it itself",
}
"""Kinds that nobody hands in, and what to do instead."""

Key = Literal["case", "registry"]
"""Whose key encrypts the payload: the case's own, lost on erasure, or the registry's, which stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry as its author hands it in; the store adds sequence, time of record and hashes.

    Attributes:
        kind: 'form' (a filled form), 'retract' (takes the entry that it replaces away), 'lock', 'unlock', or any other act
            ('sign', 'query_opened', 'consent_withdrawn' ...), which the store keeps without giving it a meaning.
        author: identifier of the person or program that entered it.
        case: pseudonym; None for acts that belong to no case.
        site: of the case; None only without a case.
        payload: plain JSON; encrypted. Only the fields of this class stay readable without a key.
        form, edition: which form was filled; both or neither.
        visit: visit or scan; a lock without a visit locks the whole case.
        instance: which one of a repeating form within the visit, from 1.
        at: when it was true: a day, or an instant with its offset. None: not dated.
        replaces: id of the entry that this one corrects.
        id: makes a repeated hand-in harmless; made by the store when None.
        key: whose key encrypts the payload.
    """

    kind: str
    author: str
    case: str | None = None
    site: str | None = None
    payload: Mapping[str, Any]
    form: str | None = None
    edition: int | None = None
    visit: str | None = None
    instance: int = 1
    at: date | datetime | None = None
    replaces: str | None = None
    id: str | None = None
    key: Key = "case"

    def __post_init__(self) -> None:
        """Refuses what the store could not keep.

        Raises:
            BadInput: an identifier that is none, a form without an edition, a time without a zone, fields that do not fit.
        """
        for name in ("case", "site", "kind", "form", "visit"):
            _require(getattr(self, name), name, IDENTIFIER)
        _require(self.author, "author", AUTHOR)
        _require(self.id, "id", ENTRY_ID)
        _require(self.replaces, "replaces", ENTRY_ID)
        _require_whole(self.instance, "instance")
        if (self.form is None) != (self.edition is None):
            raise BadInput("an entry with a form but no edition, or an edition but no form", do="give both")
        if self.edition is not None:
            _require_whole(self.edition, "edition")
        if self.case is not None and self.site is None:
            raise BadInput("an entry of a case without its site", do="give the site")
        if self.key not in ("case", "registry"):
            raise BadInput("an entry under an unknown key", allowed="case, registry")
        if isinstance(self.at, datetime) and self.at.tzinfo is None:
            raise BadInput("an entry whose time has no zone", do="give the offset from UTC, or the day alone")
        _require_fit(self)


def _require(value: str | None, name: str, pattern: re.Pattern[str]) -> None:
    if value is not None and not (isinstance(value, str) and pattern.fullmatch(value)):
        raise BadInput(f"an entry whose {name} is not an identifier", allowed=f"text like {pattern.pattern}")


def _require_whole(value: int, name: str) -> None:
    if type(value) is not int or not 1 <= value < 2**31:
        raise BadInput(f"an entry whose {name} is not a whole number", allowed="1 and above")


def _require_fit(entry: NewEntry) -> None:
    if entry.kind in (FORM, RETRACT, LOCK, UNLOCK) and entry.case is None:
        raise BadInput(f"an entry of kind '{entry.kind}' without a case", do="give the case's pseudonym")
    if entry.kind in (FORM, RETRACT) and entry.key != "case":
        raise BadInput("a form that is not under its case's key", do="leave key as 'case', so that erasure reaches it")
    if entry.kind == FORM and entry.form is None:
        raise BadInput("an entry of kind 'form' that names no form", do="give form and edition")
    if entry.kind == RETRACT and (entry.replaces is None or entry.form is None):
        raise BadInput("a retraction that names no entry or no form", do="give replaces, form and edition of the retracted entry")
    if entry.kind in OWN_ACTS:
        raise BadInput(f"an act of kind '{entry.kind}' cannot be handed in as an entry", do=OWN_ACTS[entry.kind])
    if entry.replaces is not None and entry.kind not in (FORM, RETRACT):
        raise BadInput(f"an entry of kind '{entry.kind}' that replaces another", allowed="form, retract")
    for name in ("form", "edition", "visit", "instance"):
        if name in entry.payload and entry.payload[name] != getattr(entry, name):
            raise BadInput(f"the payload's {name} is not that of the entry", do="make them the same")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as the registry holds it; fields as in :class:`NewEntry`.

    Attributes:
        sequence: place in the log, from 1, without gaps.
        recorded_at: when the registry took it, UTC; never before that of an earlier entry, but for the act 'clock-accepted'.
        previous_hash, hash: links of the chain, hexadecimal SHA-256.
        payload: None when the case was erased (or the registry was opened without keys).
    """

    sequence: int
    id: str
    case: str | None
    site: str | None
    kind: str
    key: Key
    form: str | None
    edition: int | None
    visit: str | None
    instance: int
    at: date | datetime | None
    recorded_at: datetime
    author: str
    replaces: str | None
    previous_hash: str
    hash: str
    payload: dict[str, Any] | None


def payload_bytes(payload: Mapping[str, Any]) -> bytes:
    """Payload as UTF-8 JSON.

    Raises:
        BadInput: something that JSON cannot hold (NaN, a date, bytes); the message does not show it.
    """
    try:
        text = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8")
    except (TypeError, ValueError, RecursionError):
        raise BadInput(
            "a payload that is not plain JSON",
            allowed="text, finite numbers, true, false, null, lists, mappings",
            do="convert it",
        ) from None


def content_id(*parts: object) -> str:
    """Id made from content, for imports that may be repeated: the same parts give the same id.

    >>> content_id("redcap", "s1-x", "laboratory", 1)
    'c-9b3ec8c0820b2d210c59cfcee0369a36'
    """
    text = json.dumps(parts, ensure_ascii=False, default=str, separators=(",", ":"))
    return "c-" + hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]


def moment_text(at: date | datetime | None) -> str | None:
    """A day or an instant as ISO text, its offset kept."""
    return None if at is None else at.isoformat()


def moment(text: str | None) -> date | datetime | None:
    """The inverse of :func:`moment_text`.

    >>> moment("2026-03-02")
    datetime.date(2026, 3, 2)
    """
    if text is None:
        return None
    return date.fromisoformat(text) if len(text) == len("2026-03-02") else datetime.fromisoformat(text)
