"""Acts about entries: who did what when. They are entries of the store whose payload names what they are about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from glisson.errors import BadInput

if TYPE_CHECKING:
    from glisson.records.store.entry import StoredEntry

QUERY_OPENED = "query_opened"
QUERY_ANSWERED = "query_answered"
QUERY_CLOSED = "query_closed"
QUERY_REOPENED = "query_reopened"
VERIFIED = "verify"
SIGNED = "sign"
LOCKED = "lock"
UNLOCKED = "unlock"


@dataclass(frozen=True)
class Act:
    """One act.

    Attributes:
        kind: one of the names above.
        payload: plain JSON.
        visit: of a lock: the visit; empty: the whole case.
        author, recorded_at: who and when; empty on an act that is only proposed.
        id: of its entry.
    """

    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict, hash=False)
    visit: str = ""
    author: str = ""
    recorded_at: datetime | None = None
    id: str = ""

    @classmethod
    def of(cls, stored: "StoredEntry") -> Self:
        """An act as the store holds it."""
        return cls(stored.kind, dict(stored.payload or {}), stored.visit or "", stored.author, stored.recorded_at, stored.id)

    def text(self, key: str) -> str:
        """A text of the payload; empty where it has none."""
        return str(self.payload.get(key) or "")


def require_words(text: str, what: str, longest: int = 2000) -> str:
    """Text that says something.

    Raises:
        BadInput: empty, or too long; the message does not repeat it.
    """
    if not 1 <= len(text.strip()) <= len(text) <= longest:
        raise BadInput(f"{what} is empty or longer than {longest} characters", do="write it in a sentence, without names")
    return text.strip()
