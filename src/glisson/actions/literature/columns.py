"""Columns of a table as numbers, and values as a Result holds them."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from glisson.case import Finding, Level
from glisson.errors import BadInput

if TYPE_CHECKING:
    import polars as pl


def numbers(table: "pl.DataFrame", name: str) -> list[float]:
    """A column as numbers, one for every row.

    Raises:
        BadInput: no such column, or a cell that is no number; its row is named.
    """
    import polars as pl

    require_columns(table, (name,))
    column = table[name]
    found = column.cast(pl.Float64, strict=False)
    if found.null_count() or found.is_nan().any():
        row = next(i for i, value in enumerate(found) if value is None or math.isnan(value))
        raise BadInput(f"column '{name}', row {row + 2}: no number", do="complete the row or leave it out")
    return [float(value) for value in found]


def require_columns(table: "pl.DataFrame", names: Sequence[str]) -> None:
    """Refuses a table that lacks a column.

    Raises:
        BadInput: with the columns that are there.
    """
    if gone := [name for name in names if name not in table.columns]:
        raise BadInput(f"no column '{gone[0]}'", allowed=", ".join(table.columns))


def note(code: str, words: str, level: Level = Level.NOTE) -> Finding:
    """A finding, quiet unless a level is given."""
    return Finding(code=code, level=level, text=words)


def plain(value: Any) -> Any:
    """Values for JSON: tuples as lists, what is not a number as null."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
