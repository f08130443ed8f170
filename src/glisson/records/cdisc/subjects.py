"""One row per subject (SDTM DM or ADaM ADSL): first day of treatment, randomisation, death, last day known alive."""

from typing import TYPE_CHECKING

from glisson.records.cdisc.oncology import date
from glisson.records.cdisc.tumour_results import refuse
from glisson.records.tables import FIRST_ROW, column, require_columns

if TYPE_CHECKING:
    import polars as pl

DAYS = {
    "first_session": ("TRTSDT", "RFXSTDTC", "RFSTDTC"),
    "randomisation": ("RANDDT",),
    "death": ("DTHDT", "DTHDTC"),
    "last_alive": ("LSTALVDT", "RFPENDTC", "RFENDTC"),
}
"""What is read, and the columns it may stand in: the first that a row fills."""
WHOLE_DAY = len("2014-02-01")


def read_subjects(table: "pl.DataFrame") -> "pl.DataFrame":
    """``patient`` and the days of ``DAYS``; a day that the table does not say is null.

    Raises:
        BadInput: no USUBJID, a subject twice, or a death without its whole day; rows are named.
    """
    import polars as pl

    require_columns(table, ("USUBJID",), what="subjects")
    days = {
        name: pl.coalesce(column(table, one).str.head(WHOLE_DAY).replace("", None) for one in columns)
        for name, columns in DAYS.items()
    }
    found = table.select(
        row=pl.int_range(FIRST_ROW, pl.len() + FIRST_ROW),
        patient=column(table, "USUBJID"),
        died=column(table, "DTHFL") == "Y",
        **days,
    )
    refuse(found.filter(pl.col("patient").is_null()), "subjects: no USUBJID")
    refuse(
        found.filter(pl.col("patient").is_duplicated()),
        "subjects: a subject stands twice",
        allowed="one row per subject (DM, ADSL)",
    )
    dated = found.with_columns(date(pl.col(name), "unknown").alias(name) for name in DAYS)
    lost = dated.filter((pl.col("died").fill_null(False) | found["death"].is_not_null()) & pl.col("death").is_null())
    refuse(lost, "subjects: a death without its whole day", allowed="as 2014-02-28")
    return dated.select("patient", *DAYS)
