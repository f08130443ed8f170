"""A CDISC data set: a table with its name, labels and kinds of columns; folders of them as CSV or XPT, both ways."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from glisson.errors import BadInput
from glisson.records.tables import read_table, write_table

if TYPE_CHECKING:
    import polars as pl

Format = Literal["csv", "xpt"]
NUMERIC = frozenset({
    "VISITNUM", "AGE", "AVAL", "BASE", "CHG", "PCHG", "NADIR", "CHGNAD", "PCHGNAD", "ADY", "ASEQ", "AVISITN", "CNSR", "TRTDURD",
    "DTHADY", "LDDTHELD", "SRCSEQ", "DMDY", "AETOXGRN",
})  # fmt: skip
"""Numeric variables of ADaM and SDTM without a domain's letters."""
NUMERIC_ENDINGS = ("SEQ", "STRESN", "DY", "STDY", "ENDY", "DOSE", "VOL", "STNRLO", "STNRHI")


@dataclass(frozen=True)
class Dataset:
    """One data set.

    Attributes:
        name: as "LB" or "ADTTE", at most 8 letters.
        label: in words; labels: of the columns.
        table: text and float64, in the order of the columns.
    """

    name: str
    label: str
    table: "pl.DataFrame"
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_adam(self) -> bool:
        """Whether it is an analysis data set."""
        return self.name.startswith("AD")


def write_datasets(datasets: Iterable[Dataset], folder: Path, format: Format) -> list[Path]:
    """Each data set as ``<name>.csv`` or ``<name>.xpt``, small letters.

    Raises:
        BadInput: a table that a version 5 transport file cannot hold.
    """
    return [
        write_table(folder / f"{one.name.lower()}.{format}", one.table, label=one.label, labels=one.labels) for one in datasets
    ]


def read_dataset(path: Path) -> Dataset:
    """A data set from CSV or XPT. In CSV, columns that CDISC has as numbers become numbers where every cell is one.

    Raises:
        BadInput: as ``read_table``.
    """
    import polars as pl

    table = read_table(path)
    name = path.stem.upper()
    if path.suffix.lower() == ".csv":
        numbers = [column for column in table.columns if is_numeric(name, column) and _all_numbers(table[column])]
        table = table.with_columns(pl.col(column).cast(pl.Float64) for column in numbers)
    kinds = {column: pl.String() for column, kind in table.schema.items() if kind == pl.Null}
    return Dataset(name, "", table.with_columns(pl.col(column).cast(kind) for column, kind in kinds.items()))


def read_datasets(paths: Iterable[Path]) -> list[Dataset]:
    """Data sets of several files; of a folder every CSV and XPT file in it.

    Raises:
        BadInput: no data set there, or one that is there twice.
    """
    found: dict[str, Dataset] = {}
    for given in paths:
        inside = sorted(p for p in given.iterdir() if p.suffix.lower() in (".csv", ".xpt")) if given.is_dir() else [given]
        for path in inside:
            one = read_dataset(path)
            if one.name in found:
                raise BadInput(f"the data set {one.name} is there twice", do="give it as CSV or as XPT")
            found[one.name] = one
    if not found:
        raise BadInput("no data set there", allowed="CSV and XPT files named for their domain")
    return list(found.values())


def is_numeric(name: str, column: str) -> bool:
    """Whether CDISC has a column as a number."""
    return column in NUMERIC or (len(column) > 2 and column[2:] in NUMERIC_ENDINGS and not column.startswith("AD"))


def _all_numbers(cells: "pl.Series") -> bool:
    import polars as pl

    filled = cells.drop_nulls()
    return filled.len() > 0 and filled.cast(pl.Float64, strict=False).is_not_null().all()
