"""Tables from files and into them: CSV, SAS transport (XPT) and Parquet, as polars data frames; SAS data sets are read only."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from glisson.errors import BadInput
from glisson.spreadsheet import harmless_table

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".csv", ".xpt", ".parquet")
READ_ONLY = (".sas7bdat",)
FIRST_ROW = 2
"""Number of the first data row, as a spreadsheet counts: the header is row 1."""


def read_table(path: Path) -> "pl.DataFrame":
    """A table from a file; every cell of a CSV is text, an empty cell is null everywhere.

    Raises:
        BadInput: no such file, an ending that is not known, or a file that does not hold what its ending says.
    """
    import polars as pl

    ending = path.suffix.lower()
    if ending not in ENDINGS + READ_ONLY:
        raise BadInput(f"'{path.name}' is no table", allowed=", ".join(ENDINGS + READ_ONLY))
    if not path.is_file():
        raise BadInput(f"no file '{path.name}'", do="check the path")
    table = {".csv": _csv, ".xpt": _xpt, ".parquet": _parquet, ".sas7bdat": _sas}[ending](path)
    texts = [name for name, kind in table.schema.items() if kind == pl.String]
    return table.with_columns(pl.col(name).replace("", None) for name in texts)


def _csv(path: Path) -> "pl.DataFrame":
    import polars as pl

    problem = BadInput(f"'{path.name}' is not a CSV table in UTF-8", do="save it with a header, commas and UTF-8")
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        raise problem from None
    if any("\ufffd" in name for name in table.columns):
        raise problem
    if twice := [
        name for name in table.columns if (first := re.sub(r"_duplicated_[0-9]+$", "", name)) != name and first in table.columns
    ]:
        raise BadInput(f"'{path.name}' has {len(twice)} column names that stand twice", do="give every column a name of its own")
    return table


def _parquet(path: Path) -> "pl.DataFrame":
    import polars as pl

    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError):
        raise BadInput(f"'{path.name}' is not a Parquet table", do="save it anew, or as CSV") from None


def _xpt(path: Path) -> "pl.DataFrame":
    return _by_readstat(path, "read_xport", "a SAS transport table")


def _sas(path: Path) -> "pl.DataFrame":
    return _by_readstat(path, "read_sas7bdat", "a SAS data set")


def _by_readstat(path: Path, reader: str, what: str) -> "pl.DataFrame":
    import polars as pl
    import pyreadstat

    try:
        frame, _ = getattr(pyreadstat, reader)(path, disable_datetime_conversion=True)
    except (pyreadstat.ReadstatError, UnicodeDecodeError):
        raise BadInput(f"'{path.name}' is not {what}", do="save it anew, or as CSV") from None
    table = pl.DataFrame([pl.Series(name, frame[name].tolist()) for name in frame.columns]).with_columns(
        pl.col(pl.Float64, pl.Float32).fill_nan(None)
    )
    if table.width == 0:
        raise BadInput(f"'{path.name}' is not {what}, or is empty", do="save it anew, or as CSV")
    return table


def column(table: "pl.DataFrame", name: str) -> "pl.Expr":
    """A column as text, null throughout where the table has none."""
    import polars as pl

    if name not in table.columns:
        return pl.lit(None, pl.String).alias(name)
    return pl.col(name).cast(pl.String).str.strip_chars().alias(name)


def require_columns(table: "pl.DataFrame", names: tuple[str, ...], *, what: str) -> None:
    """Refuses a table that lacks a column.

    Raises:
        BadInput: the message names the columns.
    """
    absent = [name for name in names if name not in table.columns]
    if absent:
        raise BadInput(f"{what}: no column {', '.join(absent)}", do="export the whole domain")


def write_table(path: Path, table: "pl.DataFrame", *, label: str = "", labels: Mapping[str, str] | None = None) -> Path:
    """A table to CSV, SAS transport version 5 (XPT) or Parquet, by the ending; whole or not at all.

    Args:
        path: its ending says the kind. In CSV a text that a spreadsheet would run as a formula begins with an apostrophe.
        table: text, numbers and days, for Parquet also lists. XPT knows no difference between no text and empty text.
        label: of an XPT data set, at most 40 characters; its name is that of the file, at most 8.
        labels: of XPT's columns, at most 40 characters each.

    Raises:
        BadInput: an ending that is not known, or a table that version 5 cannot hold (names, lengths, types).
    """
    from glisson.whole_file import write_whole

    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise BadInput(f"'{path.name}' is no table", allowed=", ".join(ENDINGS))
    if ending == ".csv":
        cells = harmless_table(table)
        return write_whole(path, lambda target: cells.write_csv(target, line_terminator="\r\n"))
    if ending == ".parquet":
        return write_whole(path, table.write_parquet)
    require_version_5(path, table)
    return write_whole(path, lambda target: _write_xpt(target, path, table, label, labels or {}))


SMALLEST, LARGEST = 1e-78, 1e75
"""Size of the numbers that IBM floating point of 8 bytes holds."""
MOST_BYTES = 200
"""Longest text of a SAS transport file, version 5, in bytes of UTF-8."""
LONGEST_LABEL = 40
SAS_EPOCH = date(1960, 1, 1)
"""Day 0 of SAS."""


def require_version_5(path: Path, table: "pl.DataFrame") -> None:
    """Refuses what SAS transport version 5 would cut off.

    Raises:
        BadInput: the message names the columns.
    """
    import polars as pl

    pattern = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")
    wrong = [name for name in table.columns if not pattern.fullmatch(name)]
    if wrong or not pattern.fullmatch(path.stem.upper()):
        raise BadInput(f"names that an XPT file of version 5 cannot hold: {', '.join(wrong) or path.stem}", allowed="8 letters")
    texts = [name for name, kind in table.schema.items() if kind == pl.String]
    others = [name for name, kind in table.schema.items() if kind not in (pl.String, pl.Date) and not kind.is_numeric()]
    if others:
        raise BadInput(f"{path.name}: columns that are neither text, number nor day: {', '.join(others)}")
    floats = [name for name, kind in table.schema.items() if kind.is_float()]
    sizes = {name: table[name].abs() for name in floats}
    beyond = [name for name, size in sizes.items() if (((size > 0) & (size < SMALLEST)) | (size > LARGEST)).any()]
    if beyond:
        raise BadInput(
            f"{path.name}: numbers too small or too large for an XPT file in {', '.join(beyond)}",
            allowed="0, or 1e-78 to 1e75 in size",
        )
    long = [name for name in texts if (table[name].str.len_bytes().max() or 0) > MOST_BYTES]  # type: ignore[operator]
    if long:
        raise BadInput(f"{path.name}: text of more than {MOST_BYTES} bytes in {', '.join(long)}", do="split it")


def _write_xpt(target: Path, path: Path, table: "pl.DataFrame", label: str, labels: Mapping[str, str]) -> None:
    import pandas as pd
    import polars as pl
    import pyreadstat

    columns = {}
    for name, kind in table.schema.items():
        if kind == pl.String:
            columns[name] = pd.Series(table[name].fill_null("").to_list(), dtype=object)
        else:
            numbers = (table[name] - SAS_EPOCH).dt.total_days() if kind == pl.Date else table[name]
            columns[name] = pd.Series(numbers.cast(pl.Float64).to_list(), dtype="float64")
    pyreadstat.write_xport(
        pd.DataFrame(columns, columns=table.columns),
        str(target),
        file_label=label[:LONGEST_LABEL],
        column_labels=[labels.get(name, "")[:LONGEST_LABEL] for name in table.columns],
        table_name=path.stem.upper(),
        variable_format={name: "DATE9." for name, kind in table.schema.items() if kind == pl.Date},
        file_format_version=5,
    )
