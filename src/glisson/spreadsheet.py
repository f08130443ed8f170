"""Text that a spreadsheet would run as a formula when it opens a CSV: told apart, and made harmless. Every writer of CSV uses it."""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

FORMULA = re.compile(r"\s*[=+@\-＝＋－＠]")
"""Beginning of a text that a spreadsheet would run; the wide signs are taken for the plain ones in some languages."""
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")
MARK = "'"
"""Stands before such a text in a file: spreadsheets take what follows as text."""


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet runs: a text that begins like a formula gets an apostrophe; numbers and all else stay.

    >>> [harmless(value) for value in ("=HYPERLINK(1)", "-30.5", " @x", "PR", -3, None)]
    ["'=HYPERLINK(1)", '-30.5', "' @x", 'PR', -3, None]
    """
    if isinstance(value, str) and FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return MARK + value
    return value


def harmless_table(table: "pl.DataFrame") -> "pl.DataFrame":
    """A table whose text cells are ``harmless``.

    >>> import polars as pl
    >>> harmless_table(pl.DataFrame({"a": ["+1+1", "+1", None]}))["a"].to_list()
    ["'+1+1", '+1', None]
    """
    import polars as pl

    if pl.String not in table.schema.dtypes():
        return table
    text = pl.col(pl.String)
    runs = text.str.contains(f"^{FORMULA.pattern}") & ~text.str.contains(f"^(?:{_NUMBER.pattern})$")
    return table.with_columns(pl.when(runs).then(pl.lit(MARK) + text).otherwise(text).name.keep())
