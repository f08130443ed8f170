"""A table through a mapping: every row to its entries, or to a remark why not."""

from collections.abc import Callable, Iterator
from collections.abc import Mapping as AnyMapping
from typing import TYPE_CHECKING, Any

from glisson.errors import BadInput
from glisson.records.intake.incoming import Incoming, Read, Reading
from glisson.records.mapping.definition import Filling, Mapping
from glisson.records.mapping.row import Missing, Refused, Row
from glisson.records.mapping.table_checks import check_row
from glisson.records.tables import FIRST_ROW

if TYPE_CHECKING:
    import polars as pl

Pseudonyms = Callable[[str, str], str]
"""From a site and its own identifier of a patient to the pseudonym."""


def read_mapped(table: "pl.DataFrame", mapping: Mapping, *, file: str, pseudonym: Pseudonyms) -> Read:
    """Entries of a table.

    Args:
        table: of text; empty cells are null.
        mapping: what the columns mean.
        file: base name, for the remarks.
        pseudonym: makes the names of cases.

    Raises:
        BadInput: the table lacks a column that the mapping names.
    """
    named = mapping.columns() | mapping.checked_columns()
    absent = sorted((named | set(mapping.ignored)) - set(table.columns))
    if absent:
        raise BadInput(f"'{file}' has no column {', '.join(absent)}", do="correct the mapping, or give the table it was made for")
    reading = Reading(file)
    for number, cells in _rows(table):
        row = Row(cells, mapping.missing)
        _say_missing(reading, number, cells, mapping)
        check_row(reading, number, row, mapping.checks)
        _read_row(reading, number, row, mapping, pseudonym)
    return reading.done(_unmapped(table.columns, mapping), table.height)


def _rows(table: "pl.DataFrame") -> "Iterator[tuple[int, dict[str, str]]]":
    """Row numbers and the cells that are not empty, as text."""
    for number, cells in enumerate(table.iter_rows(named=True), start=FIRST_ROW):
        yield number, {name: str(cell).strip() for name, cell in cells.items() if cell is not None and str(cell).strip()}


def _unmapped(columns: list[str], mapping: Mapping) -> list[tuple[str, str]]:
    used, checked = mapping.columns(), mapping.checked_columns()
    return [
        (name, mapping.ignored.get(name) or ("only checked" if name in checked else "")) for name in columns if name not in used
    ]


def _say_missing(reading: Reading, number: int, cells: AnyMapping[str, str], mapping: Mapping) -> None:
    """Every missing code of the table, also in columns that go nowhere."""
    for column, text in cells.items():
        code = Row(cells, mapping.missing).code(text, mapping.missing)
        if code is not None:
            reading.remark("missing", number, column, text, f"the code for a missing value: {mapping.missing[code]}")


def _read_row(reading: Reading, number: int, row: Row, mapping: Mapping, pseudonym: Pseudonyms) -> None:
    try:
        site = mapping.site or row.word(mapping.site_column or "", mapping.site_codes)
        case = _case(row, mapping, site, pseudonym)
    except Refused as error:
        reading.remark("rejected", number, error.column, row.cells.get(error.column), error.reason)
        return
    for filling in mapping.entries:
        if all(row.holds(test) for test in filling.when):
            entry = _entry(reading, number, row, filling, (case, site))
            if entry is not None:
                reading.entries.append(entry)


def _case(row: Row, mapping: Mapping, site: str, pseudonym: Pseudonyms) -> str:
    column = mapping.case.column
    text = row.cells.get(column)
    if text is None:
        raise Refused(column, "the row names no case")
    if mapping.case.pseudonym is not None:
        return text
    try:
        return pseudonym(site, text)
    except BadInput as error:
        raise Refused(column, error.problem) from None


def _entry(reading: Reading, number: int, row: Row, filling: Filling, whose: tuple[str, str]) -> Incoming | None:
    definition = filling.definition
    values: dict[str, Any] = {}
    whole = True
    for name, sources in filling.items.items():
        source = next((one for one in sources if all(row.holds(test) for test in one.when)), None)
        if source is None:
            continue
        try:
            value = row.value(definition.item(name), source)
        except Refused as error:
            reading.remark(
                "rejected", number, error.column, row.cells.get(error.column), f"{filling.form}.{name}: {error.reason}"
            )
            whole = False
            continue
        if isinstance(value, Missing):
            if value.said and value.code not in row.everywhere:
                reading.remark(
                    "doubtful", number, value.column, row.cells.get(value.column), f"{filling.form}.{name}: {value.said}"
                )
            values[name] = {"missing": value.reason}
        elif value is not None:
            values[name] = value
    place = _place(reading, number, row, filling)
    if place is None or not whole:
        return None
    case, site = whose
    return Incoming(case, site, definition.form, definition.edition, *place, values, reading.file, number)


def _place(reading: Reading, number: int, row: Row, filling: Filling) -> tuple[str, int] | None:
    visit, instance = filling.visit, filling.instance
    try:
        if filling.visit_column is not None:
            visit = row.word(filling.visit_column, filling.visit_codes)
        if filling.instance_column is not None:
            instance = row.whole(filling.instance_column)
    except Refused as error:
        reading.remark("rejected", number, error.column, row.cells.get(error.column), error.reason)
        return None
    return visit, instance
