"""Tables as JSON values: rows with days as text."""

from collections.abc import Sequence
from datetime import date
from math import isnan
from typing import Any

import polars as pl


def rows(table: pl.DataFrame, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Rows of a table, days in ISO 8601.

    >>> rows(pl.DataFrame({"day": [date(2026, 3, 1)], "n": [None]}))
    [{'day': '2026-03-01', 'n': None}]
    """
    chosen = table.select(columns) if columns is not None else table
    return [{name: plain(value) for name, value in row.items()} for row in chosen.iter_rows(named=True)]


def plain(value: Any) -> Any:
    """A JSON value: a day as text, a number that is none as ``None``."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and isnan(value):
        return None
    return value
