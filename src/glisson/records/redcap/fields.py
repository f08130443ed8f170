"""One value of a form as the cells of a REDCap record, and back."""

from collections.abc import Mapping
from typing import Any

from glisson.errors import BadInput
from glisson.records.forms import MISSING_CODES, Form, Item, ItemType
from glisson.records.intake.cells import number

REASONS = {code: reason for reason, code in MISSING_CODES.items()}
SEVERAL = "___"
"""Between a checkbox field and the code of one of its boxes."""


class Unreadable(Exception):
    """A cell that the field does not allow; says why, not what."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


def codes(item: Item) -> dict[str, str]:
    """Code to word, as in the dictionary."""
    if item.type is ItemType.YES_NO:
        return {"1": "yes", "0": "no"}
    return {str(choice.code): choice.value for choice in item.choices}


def columns(form: Form, item: Item) -> list[str]:
    """Columns of an item: one, or one for each box and for each reason why none is ticked."""
    name = form.field_name(item)
    if item.type is not ItemType.CHOICES:
        return [name]
    boxes = [f"{name}{SEVERAL}{code}" for code in codes(item)]
    return boxes + [f"{name}{SEVERAL}{code.lower()}" for code in MISSING_CODES.values()]


def write_field(form: Form, item: Item, value: Any) -> dict[str, str]:
    """Cells of a value; none for no value.

    Raises:
        BadInput: text that reads like one of the missing data codes; the message does not show it.
    """
    name = form.field_name(item)
    if value is None:
        return {}
    reason = MISSING_CODES[value["missing"]] if isinstance(value, Mapping) else None
    if item.type is ItemType.CHOICES:
        ticked = {reason.lower()} if reason else {code for code, word in codes(item).items() if word in value}
        return {column: str(int(column.rpartition(SEVERAL)[2] in ticked)) for column in columns(form, item)}
    if reason is not None:
        return {name: reason}
    if item.words:
        return {name: next(code for code, word in codes(item).items() if word == value)}
    if value in REASONS:
        raise BadInput(
            f"{form.form}.{item.name}: a text that REDCap would read as a code for missing", do="correct it in the registry"
        )
    return {name: value if isinstance(value, str) else repr(value)}


def read_field(form: Form, item: Item, cells: Mapping[str, str], so_far: Mapping[str, Any]) -> Any:
    """The value in a record's cells; None where there is none.

    REDCap writes 0 for every box that is not ticked, also where nobody was asked: no box at all is an empty list where the
    form allows one and the item's conditions hold, else no value.

    Raises:
        Unreadable: a code that the field does not have.
    """
    name = form.field_name(item)
    if item.type is ItemType.CHOICES:
        return _boxes(form, item, cells, so_far)
    text = cells.get(name, "")
    if not text.strip():
        return None
    if text in REASONS:
        return {"missing": REASONS[text]}
    if item.words:
        if text not in codes(item):
            raise Unreadable(name, f"a code that the field does not have; it has {len(codes(item))}")
        return codes(item)[text]
    return number(text) if item.type.is_number else text


def _boxes(form: Form, item: Item, cells: Mapping[str, str], so_far: Mapping[str, Any]) -> Any:
    found = {column.rpartition(SEVERAL)[2]: cells.get(column, "") for column in columns(form, item)}
    if set(found.values()) - {"", "0", "1"}:
        raise Unreadable(form.field_name(item), "a box that is neither 0 nor 1")
    reason = next((REASONS[code] for code in REASONS if found[code.lower()] == "1"), None)
    words = [word for code, word in codes(item).items() if found[code] == "1"]
    if reason is not None and words:
        raise Unreadable(form.field_name(item), "ticked, and said to be missing")
    if reason is not None:
        return {"missing": reason}
    if words:
        return words
    nobody = item.some or "0" not in found.values() or not item.asked(so_far)
    return None if nobody else []
