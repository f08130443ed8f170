"""Tables from files: CSV, SAS transport (XPT) and Parquet, as polars data frames."""

from pathlib import Path
from typing import TYPE_CHECKING

from glisson.errors import BadInput

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".csv", ".xpt", ".parquet")
FIRST_ROW = 2
"""Number of the first data row, as a spreadsheet counts: the header is row 1."""


def read_table(path: Path) -> "pl.DataFrame":
    """A table from a file; every cell of a CSV is text, an empty cell is null everywhere.

    Raises:
        BadInput: no such file, an ending that is not known, or a file that does not hold what its ending says.
    """
    import polars as pl

    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise BadInput(f"'{path.name}' is no table", allowed=", ".join(ENDINGS))
    if not path.is_file():
        raise BadInput(f"no file '{path.name}'", do="check the path")
    table = {".csv": _csv, ".xpt": _xpt, ".parquet": _parquet}[ending](path)
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
    return table


def _parquet(path: Path) -> "pl.DataFrame":
    import polars as pl

    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError):
        raise BadInput(f"'{path.name}' is not a Parquet table") from None


def _xpt(path: Path) -> "pl.DataFrame":
    import polars as pl
    import pyreadstat

    try:
        frame, _ = pyreadstat.read_xport(path, disable_datetime_conversion=True)
    except (pyreadstat.ReadstatError, UnicodeDecodeError):
        raise BadInput(f"'{path.name}' is not a SAS transport table") from None
    table = pl.DataFrame([pl.Series(name, frame[name].tolist(), nan_to_null=True) for name in frame.columns])
    if table.width == 0:
        raise BadInput(f"'{path.name}' is not a SAS transport table, or is empty")
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
