"""One row of a table: its cells, what they test, and what they become."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from glisson.records.forms import Item, ItemType
from glisson.records.intake.cells import read_cell
from glisson.records.mapping.definition import LENGTHS_AND_MASSES, Points, Test, Value

MOST_DIGITS = 18
"""Before the decimal point; a longer number is none."""


class Refused(Exception):
    """A cell that cannot be read as the mapping says.

    Attributes:
        reason: without its content.
    """

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


@dataclass(frozen=True)
class Missing:
    """No value, by a code or an empty cell; ``said`` in words where a person should see it."""

    reason: str
    column: str = ""
    code: str = ""
    said: str = ""


@dataclass(frozen=True)
class Row:
    """Cells that are not empty, and the codes for missing that hold in every column."""

    cells: Mapping[str, str]
    everywhere: Mapping[str, str]

    def holds(self, test: Test) -> bool:
        """Whether a test holds; a missing code is never above anything."""
        text = self.cells.get(test.column)
        if test.empty is not None:
            return (text is None) == test.empty
        return text is not None and _says(text, test, self.missing(test.column))

    def missing(self, column: str) -> bool:
        """Whether a column holds nothing, or a code for it."""
        text = self.cells.get(column)
        return text is None or self.code(text, self.everywhere) is not None

    def point(self, points: Points) -> bool | None:
        """Whether a point of a score is given; None where the cell does not say."""
        if self.missing(points.column):
            return None
        return _says(self.cells[points.column], points, False)

    def number(self, column: str) -> Decimal | None:
        """A number, or None where there is none or a code for it."""
        return None if self.missing(column) else _decimal(self.cells[column])

    def word(self, column: str, codes: Mapping[str, str]) -> str:
        """A word of the mapping's list, or what is written if there is no list."""
        text = self.cells.get(column)
        if text is None:
            raise Refused(column, "nothing is written there, and it is needed")
        if not codes:
            return text
        code = self.code(text, codes)
        if code is None:
            raise Refused(column, "a code that the mapping does not know")
        return codes[code]

    def whole(self, column: str) -> int:
        """A whole number."""
        number = self.number(column)
        if number is None or number != number.to_integral_value():
            raise Refused(column, "not a whole number")
        return int(number)

    def value(self, item: Item, source: Value) -> Any:
        """What an item becomes: a value, :class:`Missing`, or None where the column is empty and nothing is said about that."""
        if source.constant is not None:
            return source.constant
        if source.reason is not None:
            return Missing(source.reason)
        column = source.column or ""
        text = self.cells.get(column)
        if text is None:
            return None if source.empty is None else Missing(source.empty)
        for codes in (source.missing, self.everywhere):
            code = self.code(text, codes)
            if code is not None:
                return Missing(codes[code], column, code, f"taken as missing: {codes[code]}")
        return self._read(item, source, column, text)

    def _read(self, item: Item, source: Value, column: str, text: str) -> Any:
        if source.codes:
            code = self.code(text, source.codes)
            if code is None:
                raise Refused(column, f"a code that the mapping does not know; it knows {len(source.codes)}")
            return source.codes[code]
        if source.days_after is not None or source.date is not None:
            return _day(source, column, text)
        if item.type.is_number:
            return _number(item, source, column, text)
        return read_cell(item, text)

    @staticmethod
    def code(text: str, codes: Mapping[str, Any]) -> str | None:
        """The code that is written, 1 and 1.0 being the same."""
        if text in codes:
            return text
        number = _decimal(text)
        return None if number is None else next((code for code in codes if _decimal(code) == number), None)


def _says(text: str, test: Test | Points, missing: bool) -> bool:
    if test.above is not None:
        number = _decimal(text)
        return number is not None and not missing and number > test.above
    return Row.code(text, dict.fromkeys(test.among)) is not None


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and (number == 0 or number.adjusted() < MOST_DIGITS) else None


def _number(item: Item, source: Value, column: str, text: str) -> float | int:
    number = _decimal(text)
    if number is None:
        raise Refused(column, "not a number with a decimal point")
    factor = source.factor
    if source.unit is not None and source.unit != item.unit:
        factor = LENGTHS_AND_MASSES[source.unit, item.unit]
    number = number if factor is None else number * factor
    if item.type is not ItemType.NUMBER and number != number.to_integral_value():
        raise Refused(column, "not a whole number")
    return int(number) if number == number.to_integral_value() else float(number)


def _day(source: Value, column: str, text: str) -> str:
    if source.days_after is not None:
        number = _decimal(text)
        days = None if number is None else number * source.days_each
        if days is None or abs(days - round(days)) > Decimal("0.001"):
            raise Refused(column, "not a whole number of days")
        try:
            return (source.days_after + timedelta(days=round(days))).isoformat()
        except OverflowError:
            raise Refused(column, "a number of days that leads to no date") from None
    try:
        return datetime.strptime(text, source.date or "%Y-%m-%d").date().isoformat()
    except ValueError:
        raise Refused(column, f"not a day written as {source.date}") from None
