"""Entries on their way in, and remarks about cells that say where and of what class, never what was written there."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from glisson.records.forms.entry import day_of, instant_of

Level = Literal["rejected", "doubtful", "missing"]
"""``rejected``: nothing of the row is stored. ``doubtful``: stored, and a person should look. ``missing``: a code for no value."""

_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*")
_WHOLE = re.compile(r"\s*[+-]?\d+\s*")


@dataclass(frozen=True)
class Remark:
    """One finding about a cell or a row.

    Attributes:
        row: as a spreadsheet counts, the header being row 1.
        value: class of what is written there, as "number" or "text of 3 characters"; never the content.
    """

    level: Level
    file: str
    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Incoming:
    """One filled form from a file, and where it stood there. All entries of one row are stored, or none."""

    case: str
    site: str
    form: str
    edition: int
    visit: str
    instance: int
    values: dict[str, Any]
    file: str
    row: int

    @property
    def source(self) -> tuple[str, int]:
        """File and row."""
        return self.file, self.row


@dataclass(frozen=True)
class Read:
    """Everything that a reader found.

    Attributes:
        unmapped: columns that go nowhere, with why where somebody said so.
        rows: read, rejected ones included.
    """

    entries: tuple[Incoming, ...]
    remarks: tuple[Remark, ...] = ()
    unmapped: tuple[tuple[str, str], ...] = ()
    rows: int = 0

    @classmethod
    def together(cls, parts: Iterable["Read"]) -> "Read":
        """Several files as one."""
        every = tuple(parts)
        return cls(
            tuple(entry for part in every for entry in part.entries),
            tuple(remark for part in every for remark in part.remarks),
            tuple(dict.fromkeys(column for part in every for column in part.unmapped)),
            sum(part.rows for part in every),
        )


@dataclass
class Reading:
    """Collects while a reader works; ``refuse`` drops every entry of the row."""

    file: str
    entries: list[Incoming] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)

    def remark(self, level: Level, row: int, column: str, text: str | None, reason: str) -> None:
        """One remark; of ``text`` only the class is kept."""
        self.remarks.append(Remark(level, self.file, row, column, value_class(text), reason))
        if level == "rejected":
            self.refused.add(row)

    def done(self, unmapped: Iterable[tuple[str, str]], rows: int) -> Read:
        """What is left when the refused rows are gone."""
        kept = tuple(entry for entry in self.entries if entry.row not in self.refused)
        return Read(kept, tuple(self.remarks), tuple(unmapped), rows)


def value_class(text: object) -> str:
    """What kind of thing a cell holds.

    >>> [value_class(text) for text in ("", "-999", "4.1", "2014-02-01", "Maria")]
    ['nothing', 'whole number', 'number', 'date', 'text of 5 characters']
    """
    if text is None or str(text).strip() == "":
        return "nothing"
    words = str(text).strip()
    if _WHOLE.fullmatch(words):
        return "whole number"
    if _NUMBER.fullmatch(words):
        return "number"
    if instant_of(words) is not None:
        return "time"
    if len(words) == len("2014-02-01") and day_of(words) is not None:
        return "date"
    return f"text of {len(words)} character{'s' if len(words) > 1 else ''}"
