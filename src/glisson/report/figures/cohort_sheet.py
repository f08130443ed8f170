"""The sheet of a cohort's figures: places in mm from the upper left corner, and text that is measured before it is set."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import matplotlib

from glisson.report.figures.follow_marks import save_three
from glisson.report.figures.style import INK, QUIET, PAGE_WIDTH_mm, axes_mm, drawing, line_style, new_figure

COLUMN_WIDTH_mm = 84.0
"""One column of a journal with two."""
NARROW_mm = 120.0
"""Below this width a figure is laid out for one column."""
SIZE, SMALL = 7.0, 6.5
"""Points of the text; nothing is smaller than ``SMALL``."""
LINE_mm = 3.1
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
FACES = (
    ("#0b5c6b", ""), ("#ffffff", "//////"), ("#b3bec2", ""), ("#ffffff", "------"), ("#262b2d", ""), ("#dde3e5", "\\\\\\\\"),
    ("#7c8a8f", ""), ("#ffffff", "xxxxx"),
)  # fmt: skip
"""Fill and hatch of areas: neighbours differ in lightness or hatch, so that they read in grey."""
GRADES = ("#eef1f2", "#c3ccd0", "#8b9aa0", "#47565c", "#10171a")
"""Fills of grades 1 to 5, darker the worse."""

Files = tuple[Path, Path, Path]
"""SVG, PNG and PDF of one figure."""
Row = dict[str, float | int | str | None]
"""A line of the table behind a figure."""


@contextmanager
def journal() -> Iterator[None]:
    """Settings of a cohort's figures: thin hatches, and names are never read as formulas. Also a decorator."""
    with drawing(), matplotlib.rc_context({"hatch.linewidth": 0.45, "text.parse_math": False}):
        yield


@lru_cache(maxsize=2)
def _font(bold: bool) -> Any:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return get_font(findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")))


@lru_cache(maxsize=2048)
def _advance(letter: str, bold: bool) -> float:
    """Width of a letter as a part of the size of its font, without hinting."""
    font = _font(bold)
    font.set_size(100.0, 72.0)
    return float(font.load_char(ord(letter)).linearHoriAdvance) / 65536.0 / 100.0


def text_mm(words: str, size: float = SIZE, bold: bool = False) -> float:
    """Width of one line of text, mm: the sum of the advances of its letters (kerning makes it a little narrower).

    >>> round(text_mm("0000", 7.0), 2)  # four digits of 0.636 em
    6.28
    """
    return sum(_advance(letter, bold) for letter in words) * size / 72.0 * 25.4


TIED_SPACE = "\u00a0"
"""A space at which no line breaks, as within "(n = 152)"."""


def fitted(words: str, room_mm: float, size: float = SIZE, bold: bool = False) -> str:
    """The words, cut with an ellipsis where they are wider than the room; tables print them whole."""
    words = " ".join(_parted(words))
    if text_mm(words, size, bold) <= room_mm:
        return words
    while words and text_mm(words + "…", size, bold) > room_mm:
        words = words[:-1].rstrip()
    return words + "…"


def _parted(words: str) -> list[str]:
    """Words between which lines may break; a percent sign stays with its number, and "CI" with it."""
    words = re.sub(r"\s+(?=%)|(?<=%)\s+(?=CI\b)", TIED_SPACE, words)
    return [word for word in re.split(r"[ \t\r\n]+", words) if word]


def wrapped(words: str, room_mm: float, size: float = SIZE, *, most: int = 0, bold: bool = False) -> list[str]:
    """Lines that fit the room, at most so many (0: any number); the last is cut with an ellipsis where words remain.

    A word that is wider than the room is parted after a hyphen or a stroke.

    >>> wrapped("Neutrophil-to-lymphocyte ratio", 24.0)
    ['Neutrophil-to-', 'lymphocyte ratio']
    """
    rest: list[str] = []
    for word in _parted(words):
        pieces = [word] if text_mm(word, size, bold) <= room_mm else re.split(r"(?<=[-/–])(?=\w)", word)
        rest += [f" {pieces[0]}" if rest else pieces[0], *pieces[1:]]
    lines: list[str] = []
    while rest:
        if most and len(lines) == most - 1:
            return [*lines, fitted("".join(rest), room_mm, size, bold)]
        count = 1
        while count < len(rest) and text_mm("".join(rest[: count + 1]).lstrip(" "), size, bold) <= room_mm:
            count += 1
        lines.append(fitted("".join(rest[:count]), room_mm, size, bold))
        rest = rest[count:]
    return lines or [""]


def flowed(notes: Sequence[str], room_mm: float, size: float = SMALL) -> list[str]:
    """Notes one behind the other, in as few lines as they need; a sentence keeps its stop, others are parted by semicolons.

    >>> flowed(["83 events", "concordance 0.65", "Efron ties."], 100.0)
    ['83 events; concordance 0.65; Efron ties.']
    """
    joined = ""
    for said in notes:
        joined += (" " if joined.endswith(".") else "; ") + said if joined else said
    return wrapped(joined, room_mm, size) if joined else []


def p_words(p: float | None) -> str:
    """A p value as print sets it.

    >>> [p_words(p) for p in (0.0004, 0.0312, 0.62, None)]
    ['<0.001', '0.031', '0.62', '–']
    """
    if p is None:
        return "–"
    if p < 0.001:
        return "<0.001"
    return f"{p:.3f}" if p < 0.095 else f"{p:.2f}"


def p_statement(test: str, p: float) -> str:
    """The test and its p value.

    >>> p_statement("log-rank", 0.0004), p_statement("log-rank", 0.3)
    ('log-rank p < 0.001', 'log-rank p = 0.30')
    """
    said = p_words(p)
    return f"{test} p < {said[1:]}" if said.startswith("<") else f"{test} p = {said}"


def number(value: float | None, digits: int = 2, missing: str = "–") -> str:
    """A number with a true minus sign and about three digits; what is positive and rounds to 0 is said to be less.

    >>> number(-0.254), number(0.001), number(1234.5), number(None), number(float("inf"))
    ('−0.25', '<0.01', '1234', '–', '∞')
    """
    if value is None or math.isnan(value):
        return missing
    if abs(value) == float("inf"):
        return "∞" if value > 0 else "−∞"
    digits = 0 if abs(value) >= 100 else min(digits, 1) if abs(value) >= 10 else digits
    if abs(value) >= 1e5:
        return f"{value:.0e}".replace("e+0", "e").replace("e+", "e").replace("-", "−")
    said = f"{value:.{digits}f}"
    if float(said) == 0.0:
        return f"<{10.0**-digits:.{digits}f}" if value > 0 else said.removeprefix("-")
    return said.replace("-", "−")


def interval_words(value: float | None, low: float | None, high: float | None, *, digits: int = 2, missing: str = "–") -> str:
    """Estimate and interval.

    >>> interval_words(0.756, 0.55, 1.05), interval_words(14.2, 11.0, None, digits=1, missing="NR")
    ('0.76 (0.55–1.05)', '14.2 (11.0–NR)')
    """
    first = missing if value is None else number(value, digits)
    if low is None and high is None:
        return first
    bounds = number(low, digits, missing), number(high, digits, missing)
    join = " to " if any(bound.startswith("−") for bound in bounds) else "–"
    return f"{first} ({bounds[0]}{join}{bounds[1]})"


def count_words(count: float) -> str:
    """A count; weighted counts keep one decimal.

    >>> count_words(152.0), count_words(75.25)
    ('152', '75.2')
    """
    return f"{count:.0f}" if abs(count - round(count)) < 1e-9 else f"{count:.1f}"


@dataclass(frozen=True)
class Sheet:
    """A white figure with a ground in mm: x to the right, y downwards from the upper left corner."""

    figure: Any
    ground: Any
    wide_mm: float
    high_mm: float

    def write(
        self, x: float, y: float, words: str, *, size: float = SIZE, bold: bool = False, across: str = "left", **more: Any
    ) -> None:
        """One line of text with its middle at this height."""
        style = {"color": INK, "va": "center", "fontsize": size, "fontweight": "bold" if bold else "normal", "zorder": 6} | more
        self.ground.text(x, y, words, ha=across, **style)

    def write_lines(self, x: float, y: float, lines: Sequence[str], **style: Any) -> None:
        """Lines of text around this height."""
        for place, line in enumerate(lines):
            self.write(x, y + (place - (len(lines) - 1) / 2) * LINE_mm, line, **style)

    def line(self, xs: Sequence[float], ys: Sequence[float], **style: Any) -> None:
        """A line through points in mm."""
        self.ground.plot(xs, ys, **({"color": INK, "linewidth": 0.6, "solid_capstyle": "butt", "zorder": 3} | style))

    def sample(self, x: float, y: float, group: int, wide: float = 6.0) -> None:
        """A short piece of the line of a group."""
        self.line([x, x + wide], [y, y], **line_style(group))

    def axes(self, left: float, top: float, wide: float, high: float) -> Any:
        """Axes whose upper left corner is here; they hide nothing of the ground."""
        found = axes_mm(self.figure, left, self.high_mm - top - high, wide, high)
        found.set_facecolor("none")
        return found

    def save(self, stem: Path) -> Files:
        """SVG, PNG and PDF."""
        return save_three(self.figure, stem)


def new_sheet(wide_mm: float = PAGE_WIDTH_mm, high_mm: float = 80.0) -> Sheet:
    """An empty sheet."""
    figure = new_figure(wide_mm, high_mm)
    ground = axes_mm(figure, 0.0, 0.0, wide_mm, high_mm)
    ground.set_axis_off()
    ground.set_xlim(0.0, wide_mm)
    ground.set_ylim(high_mm, 0.0)
    ground.set_zorder(-1)
    return Sheet(figure, ground, wide_mm, high_mm)


def face(group: int) -> dict[str, Any]:
    """Fill, hatch and edge of an area of that number."""
    colour, hatch = FACES[group % len(FACES)]
    return {"facecolor": colour, "hatch": hatch, "edgecolor": INK, "linewidth": 0.5}


def on_dark(colour: str) -> bool:
    """Whether white text reads better on this fill."""
    red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.5


class OfPatient(Protocol):
    """Anything that belongs to a patient."""

    @property
    def patient(self) -> str:
        """Whose it is."""
        ...


Member = TypeVar("Member", bound=OfPatient)
NO_GROUP = "group not known"


def by_group(
    members: Sequence[Member], group_of: Mapping[str, str], order: Sequence[str] = ()
) -> list[tuple[str, tuple[Member, ...]]]:
    """Members of every group that has one, groups in the order asked for; who is in none stands last.

    Args:
        members: lanes, bars or legs.
        group_of: name of the group by patient.
        order: of the groups; others follow by name.
    """
    found: dict[str, list[Member]] = {}
    for member in members:
        found.setdefault(group_of.get(member.patient, NO_GROUP), []).append(member)
    place = {name: number for number, name in enumerate(order)}
    names = sorted(found, key=lambda name: (name == NO_GROUP, place.get(name, len(place)), name))
    return [(name, tuple(found[name])) for name in names]


def axis_name(label: str, high_mm: float) -> list[str]:
    """Lines of the name of a y axis of that height; "(%)" stays in the last."""
    return wrapped(f"{label}{TIED_SPACE}(%)", high_mm, 7.5)


def percent_axis(axes: Any, label: str, high_mm: float, top: float = 1.0) -> None:
    """Y axis of a fraction, written in percent, with its name in as many lines as its height asks for."""
    step = 0.2 if top > 0.5 else 0.1 if top > 0.2 else 0.05
    ticks = [k * step for k in range(round(top / step + 0.499) + 1) if k * step <= top + 1e-9]
    axes.set_yticks(ticks, [f"{100 * tick:.0f}" for tick in ticks])
    axes.set_ylabel("\n".join(axis_name(label, high_mm)))


def note(sheet: Sheet, x: float, y: float, lines: Sequence[str]) -> None:
    """Quiet lines from this height on, one below the other."""
    for place, line in enumerate(lines):
        sheet.write(x, y + place * LINE_mm, line, size=SMALL, color=QUIET)
