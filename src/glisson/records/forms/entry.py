"""One filled form as every function of the registry sees it: the clear envelope and the plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from glisson.errors import BadInput
from glisson.units import parse_instant

if TYPE_CHECKING:
    from glisson.records.store.entry import StoredEntry

MISSING = ("not done", "unknown", "not applicable")
"""Reasons for which an item may have no value."""


@dataclass(frozen=True)
class FormEntry:
    """One filled form instance.

    Attributes:
        id: of the entry.
        case: pseudonym.
        site: centre that entered it.
        form, edition: which definition it was filled by.
        visit: name of the visit or scan, as "baseline", "session-1", "fu1".
        instance: 1 for the first of a repeating form within its visit.
        at: when it was true.
        recorded_at: when it was written down, with offset.
        author: pseudonymous id of who entered it.
        replaces: id of the entry that it corrects.
        values: item to value; ``{"missing": reason}`` where there is none.
        hash: of the entry in the store.
    """

    id: str
    case: str
    site: str
    form: str
    edition: int = 1
    visit: str = ""
    instance: int = 1
    at: datetime | date | None = None
    recorded_at: datetime | None = None
    author: str = ""
    replaces: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    hash: str = ""

    @classmethod
    def of(cls, stored: "StoredEntry") -> Self:
        """A filled form as the store holds it.

        Raises:
            BadInput: an act that is no filled form, or one whose content was erased.
        """
        if stored.form is None or stored.edition is None or stored.case is None:
            raise BadInput("an entry that is no filled form", do="take the entries that stand: state(case).current")
        if stored.payload is None:
            raise BadInput("an entry whose content was erased, or is read without keys", do="leave it out")
        return cls(
            id=stored.id,
            case=stored.case,
            site=stored.site or "",
            form=stored.form,
            edition=stored.edition,
            visit=stored.visit or "",
            instance=stored.instance,
            at=stored.at,
            recorded_at=stored.recorded_at,
            author=stored.author,
            replaces=stored.replaces,
            values=dict(stored.payload.get("values", {})),
            hash=stored.hash,
        )

    @property
    def place(self) -> str:
        """Form, visit and instance: where the entry stands in its case, before and after a correction."""
        return f"{self.form}/{self.visit}/{self.instance}"

    def get(self, item: str) -> Any:
        """The value of an item; ``None`` where it was not asked, not answered or is missing by a reason."""
        value = self.values.get(item)
        return None if isinstance(value, Mapping) else value

    def reason(self, item: str) -> str | None:
        """Why an item has no value, where a reason was given."""
        value = self.values.get(item)
        return str(value["missing"]) if isinstance(value, Mapping) and "missing" in value else None

    def day(self, item: str) -> date | None:
        """A date item as a calendar day; of an instant the day in its own zone."""
        return day_of(self.get(item))

    def number(self, item: str) -> float | None:
        """A numeric item."""
        value = self.get(item)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def yes(self, item: str) -> bool | None:
        """A yes/no item: True, False, or ``None`` where nobody said."""
        return {"yes": True, "no": False}.get(str(self.get(item)))

    def words(self, item: str) -> tuple[str, ...]:
        """An item of several choices; empty where none is said."""
        value = self.get(item)
        return tuple(str(word) for word in value) if isinstance(value, list | tuple) else ()


def day_of(value: Any) -> date | None:
    """ISO text, date or instant to a calendar day; ``None`` for anything else.

    >>> day_of("2026-03-02T09:30:00+01:00").isoformat()
    '2026-03-02'
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def instant_of(value: Any) -> datetime | None:
    """ISO text with an offset to an instant; ``None`` for anything else."""
    try:
        return parse_instant(value, what="time") if isinstance(value, str) else None
    except BadInput:
        return None


def current_entries(entries: Iterable[FormEntry]) -> tuple[FormEntry, ...]:
    """Entries that no other one replaces, in the order given."""
    every = tuple(entries)
    replaced = {entry.replaces for entry in every if entry.replaces}
    return tuple(entry for entry in every if entry.id not in replaced)
