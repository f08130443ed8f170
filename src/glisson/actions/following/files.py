"""The tables that ``follow`` leaves, as CSV, SAS transport or Parquet."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from glisson.actions.following.responses import Answers
from glisson.case import Finding
from glisson.errors import BadInput
from glisson.follow.adam import adrs_like, adtte_like
from glisson.follow.sdtm import rs_like

FORMATS = ("csv", "xpt", "parquet")


def tables_of(answers: Answers, *, check: bool) -> dict[str, pl.DataFrame]:
    """Every table by the name of its file."""
    tables = {
        "rs": rs_like(answers.responses),
        "adrs": adrs_like(answers.best, answers.responses),
        "adtte": adtte_like(answers.endpoints),
        "responses": answers.responses,
        "best": answers.best,
        "endpoints": answers.endpoints,
        "findings": findings_table(answers.findings),
    }
    return tables | ({"check": answers.check} if check else {})


def findings_table(findings: Sequence[Finding]) -> pl.DataFrame:
    """Code, level and words of every finding."""
    schema = {"code": pl.String, "level": pl.String, "text": pl.String}
    return pl.DataFrame([(one.code, one.level.value, one.text) for one in findings], schema=schema, orient="row")


def flat(table: pl.DataFrame) -> pl.DataFrame:
    """Lists as text with spaces between, so that a plain file can hold them."""
    lists = [name for name, kind in table.schema.items() if kind.base_type() is pl.List]
    return table.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join(" ") for name in lists)


def write_tables(folder: Path, tables: dict[str, pl.DataFrame], format: str) -> list[Path]:
    """Writes every table. As SAS transport only those with the names of CDISC (rs, adrs, adtte), with the others as CSV.

    Raises:
        BadInput: an unknown format.
    """
    from glisson.records.tables import write_table

    require_format(format)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in tables.items():
        transport = format == "xpt" and name in TRANSPORT
        path = folder / f"{name}.{'csv' if format == 'xpt' and not transport else format}"
        written.append(write_table(path, _for_transport(table) if transport else table if format == "parquet" else flat(table)))
    return written


def require_format(format: str) -> None:
    """Refuses a format that is not known.

    Raises:
        BadInput: with those that are.
    """
    if format not in FORMATS:
        raise BadInput(f"no format '{format}'", allowed=", ".join(FORMATS))


TRANSPORT = ("rs", "adrs", "adtte")
MOST_LETTERS = 49
"""Of a text in a SAS transport file, which ends at 200 bytes: a letter may take four, and the mark of the cut three more."""


def _for_transport(table: pl.DataFrame) -> pl.DataFrame:
    """Days as ISO text; a text that is too long for the file ends in "..."; the CSV form has it whole."""
    days = table.with_columns(pl.col(pl.Date).dt.to_string("%Y-%m-%d"))
    text = pl.col(pl.String)
    long = text.str.len_bytes() > MOST_BYTES
    return days.with_columns(pl.when(long).then(text.str.head(MOST_LETTERS) + "...").otherwise(text).name.keep())


MOST_BYTES = 200
