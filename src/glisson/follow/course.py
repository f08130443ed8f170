"""The course of many patients as endpoints need it: days from which to count, and named sources with their dates."""

from dataclasses import dataclass, replace

import polars as pl

from glisson.errors import BadInput
from glisson.follow.sources import DATED, SOURCES

ORIGINS: dict[str, pl.DataType] = {"patient": pl.String(), "origin_name": pl.String(), "date": pl.Date()}
"""One row per patient and origin."""

ORIGIN_NAMES = (
    "first session", "last session", "decision", "diagnosis of metastases", "randomisation", "first response",
)  # fmt: skip


@dataclass(frozen=True)
class Course:
    """What happened to every patient, dated and named.

    Attributes:
        patients: column ``patient``; everyone who is counted, also those of whom nothing else is known.
        origins: columns of ``ORIGINS``.
        dated: columns of ``glisson.follow.sources.DATED``.
        called: how progression anywhere was computed, as "RECIST 1.1 by investigator"; it enters every definition. ``None``:
            it was not, and endpoints that need it say so.
        liver_called: the same of the liver's own stream.

    Raises:
        BadInput: an unknown origin or source, a row without date, a patient who is not in ``patients``, two different days of
            death or of one origin.
    """

    patients: pl.DataFrame
    origins: pl.DataFrame
    dated: pl.DataFrame
    called: str | None
    liver_called: str | None = None

    def __post_init__(self) -> None:
        if self.patients["patient"].n_unique() != self.patients.height or self.patients["patient"].null_count():
            raise BadInput("the table of patients has a patient twice or a row without patient", allowed="each patient once")
        _check(self.origins, "origin_name", ORIGIN_NAMES, self.patients)
        _check(self.dated, "source", tuple(SOURCES), self.patients)
        several = self.origins.group_by("patient", "origin_name").agg(pl.col("date").n_unique()).filter(pl.col("date") > 1).height
        if several:
            raise BadInput(f"{several} patients have two dates of one origin", do="keep one and replace the other")
        deaths = self.dated.filter(pl.col("source") == "death").group_by("patient").agg(pl.col("date").n_unique())
        twice = deaths.filter(pl.col("date") > 1).height
        if twice:
            raise BadInput(f"{twice} patients have two dates of death", do="keep one and replace the other")

    def origin(self, name: str) -> pl.DataFrame:
        """``patient`` and ``reference``, null where that day is not known.

        Raises:
            BadInput: no origin of that name.
        """
        if name not in ORIGIN_NAMES:
            raise BadInput(f"no time origin '{name}'", allowed=", ".join(ORIGIN_NAMES))
        days = self.origins.filter(pl.col("origin_name") == name).unique("patient").select("patient", reference="date")
        return self.patients.select("patient").join(days, on="patient", how="left")

    def source(self, name: str) -> pl.DataFrame:
        """``patient`` and ``date`` of every row of a source.

        Raises:
            BadInput: no source of that name.
        """
        if name not in SOURCES:
            raise BadInput(f"no source '{name}'", allowed=", ".join(SOURCES))
        return self.dated.filter(pl.col("source") == name).select("patient", "date")

    def with_dated(self, *tables: pl.DataFrame, called: str | None = None, liver_called: str | None = None) -> "Course":
        """The course with more rows, and how progression in them was computed."""
        return replace(
            self,
            dated=pl.concat([self.dated, *tables]),
            called=called or self.called,
            liver_called=liver_called or self.liver_called,
        )

    def of_responders(self, first: pl.DataFrame) -> "Course":
        """Only patients with a response, with the origin "first response".

        Args:
            first: ``patient`` and ``date``, from ``first_counted`` for one reader and criterion.
        """
        who = first.select("patient").unique()
        added = first.select("patient", origin_name=pl.lit("first response"), date="date")
        others = self.origins.filter(pl.col("origin_name") != "first response")
        return Course(
            patients=self.patients.join(who, on="patient", how="semi"),
            origins=pl.concat([others, added.cast(ORIGINS)]).join(who, on="patient", how="semi"),  # type: ignore[arg-type]
            dated=self.dated.join(who, on="patient", how="semi"),
            called=self.called,
            liver_called=self.liver_called,
        )


def course_from_tables(
    patients: pl.DataFrame,
    *dated: pl.DataFrame,
    origins: dict[str, str],
    called: str | None = None,
    liver_called: str | None = None,
) -> Course:
    """A course from a table with one row per patient and tables of dated sources.

    Args:
        patients: ``patient`` and a column of dates for each origin.
        dated: from ``glisson.follow.sources``.
        origins: name of the origin to the column that holds it, as {"randomisation": "RANDDT"}.
        called: how progression anywhere was computed, in words; ``None``: it was not.
        liver_called: the same of the liver.

    >>> from datetime import date
    >>> one = course_from_tables(pl.DataFrame({"patient": ["a"], "day": [date(2024, 1, 2)]}), origins={"first session": "day"})
    >>> one.origin("first session")["reference"].to_list()
    [datetime.date(2024, 1, 2)]
    """
    days = [
        patients.filter(pl.col(column).is_not_null()).select("patient", origin_name=pl.lit(name), date=pl.col(column))
        for name, column in origins.items()
    ]
    return Course(
        patients=patients.select(pl.col("patient").cast(pl.String)),
        origins=pl.concat([pl.DataFrame(schema=ORIGINS), *days]),
        dated=pl.concat([pl.DataFrame(schema=DATED), *dated]),
        called=called,
        liver_called=liver_called,
    )


def _check(table: pl.DataFrame, column: str, allowed: tuple[str, ...], patients: pl.DataFrame) -> None:
    unknown = table.filter(~pl.col(column).is_in(allowed).fill_null(False)).height
    if unknown:
        raise BadInput(f"{unknown} rows name an unknown {column.replace('_name', '')}", allowed=", ".join(allowed))
    undated = table["date"].null_count()
    if undated:
        raise BadInput(f"{undated} rows have no date", do="leave them out, or complete a partial date by a named rule")
    strangers = table.join(patients, on="patient", how="anti")["patient"].n_unique()
    if strangers:
        raise BadInput(
            f"{strangers} patients of a dated table are not in the table of patients", do="add them, or leave their rows out"
        )
