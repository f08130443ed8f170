"""What ``follow`` is to write, and the tables that it reads."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from glisson.errors import BadInput

PartialDates = Literal["unknown", "first", "last"]


@dataclass(frozen=True)
class Output:
    """What is to be written, and where.

    Attributes:
        out: folder; ``None``: ``follow/`` in a case, nothing for tables.
        format: of the tables, "csv", "xpt" or "parquet".
        check: write the comparison with stated responses.
        pages: patients that get a page of their own, or "all"; a case always has one.
    """

    out: Path | None = None
    format: str = "csv"
    check: bool = False
    pages: tuple[str, ...] = ()


@dataclass(frozen=True)
class TumourFiles:
    """SDTM tables on disk: CSV, SAS transport or Parquet.

    Attributes:
        tu, tr, rs: tumour identification, tumour results, responses.
        subjects: DM or ADSL: first treatment, death, last day alive.
        partial_dates: what a date without day or month stands for.
    """

    tu: Path
    tr: Path
    rs: Path | None = None
    subjects: Path | None = None
    partial_dates: str = "unknown"

    def __post_init__(self) -> None:
        if self.partial_dates not in get_args(PartialDates):
            raise BadInput(f"partial dates '{self.partial_dates}'", allowed=", ".join(get_args(PartialDates)))

    def named(self) -> dict[str, Path]:
        """The files that are given, by what they hold."""
        files = {"TU": self.tu, "TR": self.tr, "RS": self.rs, "subjects": self.subjects}
        return {name: path for name, path in files.items() if path is not None}
