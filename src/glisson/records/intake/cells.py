"""One value of a form as the text of a cell, and back without loss."""

import re
from typing import Any

from glisson.records.forms import Item, ItemType

NONE = "NONE"
"""An empty list of words: somebody said that there is none."""
BETWEEN = "; "
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}(\.0*)?")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INSTANCE = re.compile(r"[1-9][0-9]{0,8}")


def write_cell(item: Item, value: Any) -> str:
    """The text of a value that is no reason for its absence.

    >>> from glisson.records.forms import form
    >>> write_cell(form("patient").item("comorbidities"), ["renal", "diabetes"])
    'renal; diabetes'
    """
    if item.type is ItemType.CHOICES:
        return BETWEEN.join(value) if value else NONE
    return value if isinstance(value, str) else repr(value)


def read_cell(item: Item, text: str) -> Any:
    """The value in a cell; a whole number stays whole. What the type cannot read comes back as the text, for the checks to refuse.

    >>> from glisson.records.forms import form
    >>> [read_cell(form("patient").item(name), text) for name, text in (("age_years", "65.0"), ("weight_kg", "70.5"), ("sex", "1"))]
    [65, 70.5, '1']
    """
    match item.type:
        case ItemType.CHOICES:
            return [] if text == NONE else text.split(BETWEEN)
        case ItemType.INTEGER | ItemType.SCALE:
            return int(text.split(".", maxsplit=1)[0]) if _WHOLE.fullmatch(text.strip()) else text
        case ItemType.NUMBER:
            return number(text)
    return text


def number(text: str) -> float | int | str:
    """A number with a decimal point as Python writes it; anything else stays text (also "1,5": which sign it is, nobody said)."""
    words = text.strip()
    if not _NUMBER.fullmatch(words):
        return text
    return int(words) if re.fullmatch(r"[+-]?[0-9]{1,18}", words) else float(words)


def instance_number(text: str) -> int | None:
    """Which one of a repeating form; None where the text is no number from 1 on.

    >>> [instance_number(text) for text in ("3", "0", "²", "9" * 5000)]
    [3, None, None, None]
    """
    return int(text) if _INSTANCE.fullmatch(text) else None
