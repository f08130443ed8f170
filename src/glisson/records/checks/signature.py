"""The investigator's electronic signature: over the hashes of what was signed. It falls when anything signed changes."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from glisson.errors import BadInput
from glisson.records.checks.acts import SIGNED, Act, require_words
from glisson.records.forms import FormEntry


def sign(entries: Iterable[FormEntry], *, meaning: str, visit: str = "") -> Act:
    """The act of an investigator who signs entries.

    Args:
        entries: current entries of the visit (of the case, if no visit is named), all with their hash.
        meaning: what the signature says, as "I have reviewed these data and they are true".
        visit: what was signed; additions to it are told as not covered.

    Raises:
        BadInput: nothing to sign, an entry without a hash or of another visit, or no meaning.
    """
    signed = sorted((entry.id, entry.hash) for entry in entries)
    if not signed:
        raise BadInput("nothing to sign", do="choose a visit that has entries")
    if any(not own_hash for _, own_hash in signed):
        raise BadInput("an entry without a hash cannot be signed", do="sign entries as the store gives them")
    meaning = require_words(meaning, "the meaning of a signature", 300)
    return Act(SIGNED, {"entries": [list(pair) for pair in signed], "digest": digest(signed), "meaning": meaning}, visit)


def digest(signed: Iterable[tuple[str, str]]) -> str:
    """SHA-256 over the canonical JSON of (id, hash) pairs, sorted.

    >>> digest([("b", "2"), ("a", "1")]) == digest([("a", "1"), ("b", "2")])
    True
    """
    pairs = sorted([str(name), str(own_hash)] for name, own_hash in signed)
    return hashlib.sha256(json.dumps(pairs, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class SignatureState:
    """Whether a signature stands.

    Attributes:
        visit: what was signed; empty: the case.
        by, at: who signed and when.
        meaning: what it says.
        changed: ids of signed entries that are no longer there as they were.
        not_covered: ids of entries of the visit that were added since.
        sound: the digest is that of the list; a list that was edited afterwards is not.
    """

    visit: str
    by: str
    at: datetime | None
    meaning: str
    changed: tuple[str, ...]
    not_covered: tuple[str, ...]
    sound: bool

    @property
    def stands(self) -> bool:
        """Nothing that was signed has changed."""
        return self.sound and not self.changed

    @property
    def complete(self) -> bool:
        """It stands, and covers everything that is there."""
        return self.stands and not self.not_covered


def signatures(acts: Iterable[Act], current: Iterable[FormEntry]) -> tuple[SignatureState, ...]:
    """Every signature of a case and whether it stands, oldest first."""
    entries = tuple(current)
    return tuple(_state(act, entries) for act in acts if act.kind == SIGNED)


def _state(act: Act, entries: tuple[FormEntry, ...]) -> SignatureState:
    signed = {str(pair[0]): str(pair[1]) for pair in act.payload.get("entries", ())}
    there = {entry.id: entry.hash for entry in entries}
    changed = tuple(name for name, own_hash in signed.items() if there.get(name) != own_hash)
    added = tuple(entry.id for entry in entries if act.visit in ("", entry.visit) and entry.id not in signed)
    sound = digest(signed.items()) == act.text("digest")
    return SignatureState(act.visit, act.author, act.recorded_at, act.text("meaning"), changed, added, sound)
