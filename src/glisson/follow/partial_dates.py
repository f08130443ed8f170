"""Dates of which the day or the month is not known: refused, or completed by a named rule, never silently."""

from typing import Literal

import polars as pl

from glisson.errors import BadInput

PartialRule = Literal["refuse", "first day", "middle", "last day"]
PARTIAL_RULES: tuple[PartialRule, ...] = ("refuse", "first day", "middle", "last day")
_SHAPE = r"^\d{4}(-\d{2}(-\d{2}(T.*)?)?)?$"


def complete_dates(
    table: pl.DataFrame, *, column: str, rule: PartialRule = "refuse", not_before: str | None = None, not_after: str | None = None
) -> pl.DataFrame:
    """Adds ``date``, its bounds ``date_earliest`` and ``date_latest``, and ``imputed`` ("", "D": the day, "M": month and day).

    Args:
        table: any.
        column: holds ISO 8601 text, as 2014-02-28, 2014-02, 2014 or 2014-02-28T11:45.
        rule: "refuse"; "first day", "middle" (15th; 1 July of a year) or "last day" of what is known.
        not_before: a column of dates before which the true date cannot lie (last known alive): it narrows the bounds, and a
            completed date is moved to the nearer bound.
        not_after: the same for the other end (cut-off).

    >>> found = complete_dates(pl.DataFrame({"on": ["2014-02", "2014-03-06"]}), column="on", rule="last day")
    >>> found["date"].to_list(), found["imputed"].to_list()
    ([datetime.date(2014, 2, 28), datetime.date(2014, 3, 6)], ['D', ''])

    Raises:
        BadInput: text that is no date, a partial date under "refuse", or bounds that leave no day; rows are named by number.
    """
    if rule not in PARTIAL_RULES:
        raise BadInput(f"unknown rule for partial dates '{rule}'", allowed=", ".join(PARTIAL_RULES))
    text = pl.col(column).str.strip_chars()
    given = table.with_row_index("_row").with_columns(_text=pl.when(text != "").then(text))
    parsed = given.with_columns(
        date_earliest=_day(pl.col("_text"), "-01", "-01-01"),
        date_latest=_last(pl.col("_text")),
        imputed=pl.when(pl.col("_text").str.len_chars() == 4).then(pl.lit("M")).when(pl.col("_text").str.len_chars() == 7).then(pl.lit("D"))
        .otherwise(pl.lit("")),
    )  # fmt: skip
    wrong = pl.col("_text").is_not_null() & (~pl.col("_text").str.contains(_SHAPE) | pl.col("date_latest").is_null())
    _refuse(parsed, wrong, column, "no date", "ISO 8601, as 2014-02-28, 2014-02 or 2014")
    if rule == "refuse":
        _refuse(parsed, pl.col("imputed") != "", column, "a partial date", "whole dates; or a rule: first day, middle, last day")
    parsed = _bounded(parsed, not_before, not_after)
    none_left = (pl.col("date_earliest") > pl.col("date_latest")).fill_null(False)
    _refuse(parsed, none_left, column, "a date outside its bounds", "a date between the columns that bound it")
    chosen = {"first day": "date_earliest", "last day": "date_latest"}.get(rule)
    middle = _day(pl.col("_text"), "-15", "-07-01").clip("date_earliest", "date_latest")
    wanted = pl.col(chosen) if chosen else middle
    return parsed.with_columns(date=pl.when(pl.col("imputed") == "").then("date_earliest").otherwise(wanted)).drop(
        "_row", "_text"
    )


def _day(text: pl.Expr, of_month: str, of_year: str) -> pl.Expr:
    size = text.str.len_chars()
    whole = pl.when(size == 4).then(text + of_year).when(size == 7).then(text + of_month).otherwise(text.str.slice(0, 10))
    return whole.str.to_date("%Y-%m-%d", strict=False)


def _last(text: pl.Expr) -> pl.Expr:
    month_end = _day(text, "-01", "-12-01").dt.month_end()
    return pl.when(text.str.len_chars() < 10).then(month_end).otherwise(_day(text, "-01", "-01-01"))


def _bounded(parsed: pl.DataFrame, not_before: str | None, not_after: str | None) -> pl.DataFrame:
    """Narrows the bounds of partial dates; a whole date stays what it is."""
    partial = pl.col("imputed") != ""
    if not_before is not None:
        raised = pl.max_horizontal("date_earliest", not_before)
        parsed = parsed.with_columns(date_earliest=pl.when(partial).then(raised).otherwise("date_earliest"))
    if not_after is not None:
        lowered = pl.min_horizontal("date_latest", not_after)
        parsed = parsed.with_columns(date_latest=pl.when(partial).then(lowered).otherwise("date_latest"))
    return parsed


def _refuse(parsed: pl.DataFrame, which: pl.Expr, column: str, what: str, allowed: str) -> None:
    rows = parsed.filter(which)["_row"].to_list()
    if rows:
        named = ", ".join(str(row + 1) for row in rows[:8]) + (f" and {len(rows) - 8} more" if len(rows) > 8 else "")
        raise BadInput(f"column {column}: {what} in row {named}", allowed=allowed)
