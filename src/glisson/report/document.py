"""What a report says, before it is HTML or PDF: sections of blocks. Both pages are drawn from the same document."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

Tone = Literal["", "good", "bad", "unknown", "quiet", "strong"]
"""How a cell is set: a word still says it, so that nothing hangs on colour."""


@dataclass(frozen=True)
class Cell:
    """One entry of a table.

    ``bar``: share of a limit that is used; 1 is the limit itself. ``pad``: invisible digits after the text, so that the decimal
    points of a column stand in one line. ``links``: words with their address, after the text.
    """

    text: str
    tone: Tone = ""
    bar: float | None = None
    pad: str = ""
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Column:
    """Head of a column, its unit, and how its cells stand."""

    head: str
    unit: str = ""
    align: Literal["left", "right", "bar"] = "right"


@dataclass(frozen=True)
class Table:
    """Columns and rows; ``note`` stands below."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    kind: str = field(default="table", init=False)

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"table '{self.title}': a row with another number of cells than columns")


@dataclass(frozen=True)
class Facts:
    """Names with their values, one per line."""

    rows: tuple[tuple[str, str], ...]
    title: str = ""
    kind: str = field(default="facts", init=False)


@dataclass(frozen=True)
class Figure:
    """A picture in the folder of figures. ``words``: what it shows, for those who cannot see it."""

    file: str
    words: str
    caption: str
    kind: str = field(default="figure", init=False)


@dataclass(frozen=True)
class HeadlineItem:
    """One number that a reader looks for first."""

    value: str
    unit: str
    label: str
    note: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Headlines:
    """A row of such numbers."""

    items: tuple[HeadlineItem, ...]
    kind: str = field(default="headlines", init=False)


@dataclass(frozen=True)
class Paragraph:
    """Plain text."""

    text: str
    kind: str = field(default="paragraph", init=False)


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str
    kind: str = field(default="heading", init=False)


@dataclass(frozen=True)
class FindingLine:
    """One finding with the result it came from."""

    level: str
    text: str
    code: str
    where: str


@dataclass(frozen=True)
class Findings:
    """Stops, then warnings, then notes."""

    lines: tuple[FindingLine, ...]
    kind: str = field(default="findings", init=False)


@dataclass(frozen=True)
class References:
    """Numbered sources: (number, citation, link or empty)."""

    lines: tuple[tuple[int, str, str], ...]
    kind: str = field(default="references", init=False)


Block = Table | Facts | Figure | Headlines | Paragraph | Heading | Findings | References


@dataclass(frozen=True)
class Section:
    """A titled part of the report."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """The whole report.

    Attributes:
        case: pseudonymous id.
        subtitle: disease and treatment in words.
        made_at: instant, printed.
        simulated: True: a banner on top, and a mark on every page of the PDF.
        disclaimer: said once, plainly.
        kicker: what kind of page it is.
    """

    case: str
    subtitle: str
    made_at: str
    simulated: bool
    disclaimer: str
    version: str
    sections: tuple[Section, ...]
    kicker: str = "Radioembolization report"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the templates."""
        return asdict(self)


def decimal_pads(texts: Sequence[str]) -> list[str]:
    """What each number lacks behind its decimal point against the longest one; nothing for words.

    >>> decimal_pads(["1.25", "30", "0.5", "cannot say"])
    ['', '.00', '0', '']
    """
    places = max((len(text.partition(".")[2]) for text in texts if _is_number(text)), default=0)

    def pad(text: str) -> str:
        if not _is_number(text) or places == 0:
            return ""
        have = text.partition(".")[2]
        return ("" if have else ".") + "0" * (places - len(have))

    return [pad(text) for text in texts]


def _is_number(text: str) -> bool:
    return text.lstrip("−+≥").replace(".", "", 1).isdigit()


def table(title: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], note: str = "") -> Table:
    """A table whose right-set columns are aligned at the decimal point."""
    by_column = [list(column) for column in zip(*rows, strict=True)]
    for number, cells in enumerate(by_column):
        if columns[number].align == "right":
            pads = decimal_pads([cell.text for cell in cells])
            by_column[number] = [replace(cell, pad=pad) for cell, pad in zip(cells, pads, strict=True)]
    return Table(title, tuple(columns), tuple(zip(*by_column, strict=True)), note)
