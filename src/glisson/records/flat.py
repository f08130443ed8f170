"""Forms as plain tables: one for each edition of a form, one row for each entry; CSV for people, Parquet with types.

A reason for a missing value has its own column, ``<item>.missing``, so that no value is ever a code.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from glisson.errors import BadInput
from glisson.records.forms import Form, FormEntry, Item, ItemType
from glisson.records.forms import form as form_of
from glisson.records.intake.cells import instance_number, read_cell, write_cell
from glisson.records.intake.incoming import Incoming, Read, Reading
from glisson.records.tables import FIRST_ROW

if TYPE_CHECKING:
    import polars as pl

PLACE = ("case", "site", "visit", "instance", "simulated")
"""Columns before the items. ``simulated`` says whether the case is one that never was."""
REASON = ".missing"


def flat_tables(entries: Iterable[FormEntry], simulated: frozenset[str], *, typed: bool) -> "dict[str, pl.DataFrame]":
    """Tables by name, ``<form>.<edition>``.

    Args:
        entries: that stand.
        simulated: cases that are.
        typed: numbers and lists as such (Parquet); else every cell is text (CSV).
    """
    grouped: dict[tuple[str, int], list[FormEntry]] = defaultdict(list)
    for entry in entries:
        grouped[entry.form, entry.edition].append(entry)
    return {
        f"{name}.{edition}": _table(form_of(name, edition), mine, simulated, typed=typed)
        for (name, edition), mine in sorted(grouped.items())
    }


def _table(form: Form, entries: list[FormEntry], simulated: frozenset[str], *, typed: bool) -> "pl.DataFrame":
    import polars as pl

    columns: dict[str, pl.Series] = {
        "case": pl.Series([entry.case for entry in entries], dtype=pl.String),
        "site": pl.Series([entry.site for entry in entries], dtype=pl.String),
        "visit": pl.Series([entry.visit or None for entry in entries], dtype=pl.String),
        "instance": pl.Series([entry.instance for entry in entries], dtype=pl.Int64),
        "simulated": pl.Series(["yes" if entry.case in simulated else "no" for entry in entries], dtype=pl.String),
    }
    for item in form.items:
        values = [entry.get(item.name) for entry in entries]
        columns[item.name] = pl.Series(values if typed else _texts(item, values), dtype=_kind(item) if typed else pl.String)
        if item.missing or item.when:
            columns[item.name + REASON] = pl.Series([entry.reason(item.name) for entry in entries], dtype=pl.String)
    return pl.DataFrame(columns)


def _texts(item: Item, values: list[Any]) -> list[str | None]:
    return [None if value is None else write_cell(item, value) for value in values]


def _kind(item: Item) -> "pl.DataType":
    import polars as pl

    if item.type in (ItemType.INTEGER, ItemType.SCALE):
        return pl.Int64()
    if item.type is ItemType.NUMBER:
        return pl.Float64()
    return pl.List(pl.String()) if item.type is ItemType.CHOICES else pl.String()


def read_flat(table: "pl.DataFrame", *, file: str) -> Read:
    """Entries of a table that :func:`flat_tables` made; ``file`` is its name, ``<form>.<edition>.csv`` or ``.parquet``.

    Raises:
        BadInput: another name, an unknown form, or a column that the form does not have.
    """
    name, _, edition = file.rpartition(".")[0].rpartition(".")
    if not edition.isdecimal():
        raise BadInput(f"'{file}' does not name its form", allowed="<form>.<edition>.csv, <form>.<edition>.parquet")
    form = form_of(name, int(edition))
    known = {*PLACE, *form.by_name, *(item + REASON for item in form.by_name)}
    strange = sorted(set(table.columns) - known)
    absent = sorted({"case", "site", "instance"} - set(table.columns))
    if strange or absent:
        words = f"columns that form {name} does not have: {', '.join(strange)}" if strange else f"no column {', '.join(absent)}"
        raise BadInput(f"'{file}': {words}", do="give a table of an export, or a mapping")
    reading = Reading(file)
    for row, cells in enumerate(table.iter_rows(named=True), start=FIRST_ROW):
        _read_row(reading, form, row, cells)
    return reading.done((), table.height)


def _read_row(reading: Reading, form: Form, row: int, cells: Mapping[str, Any]) -> None:
    instance = instance_number(str(cells["instance"] or ""))
    if not (cells["case"] and cells["site"]) or instance is None:
        reading.remark("rejected", row, "case", None, "case, site or instance is not given")
        return
    values: dict[str, Any] = {}
    for item in form.items:
        cell, reason = cells.get(item.name), cells.get(item.name + REASON)
        if reason is not None:
            values[item.name] = {"missing": reason}
        elif cell is not None:
            values[item.name] = read_cell(item, cell) if isinstance(cell, str) else cell
    entry = Incoming(
        cells["case"], cells["site"], form.form, form.edition, cells.get("visit") or "", instance, values, reading.file, row
    )
    reading.entries.append(entry)
