"""How ALBI changed: the grade before the first session and the worst one after it, for every patient."""

import polars as pl

from glisson.errors import BadInput
from glisson.knowledge.scores import score_numbers
from glisson.knowledge.toxicity import laboratories

NEEDED = ("patient", "date", "laboratory", "value", "baseline_date")
BILIRUBIN, ALBUMIN = "bilirubin_umol_per_L", "albumin_g_per_L"


def albi_by_day(values: pl.DataFrame) -> pl.DataFrame:
    """ALBI of every day on which both values were measured.

    Args:
        values: patient, date, laboratory, value (``harm_from_cases.laboratory_of``); the last of several on one day counts.

    Returns:
        patient, date, ``albi``, ``albi_grade``; a value outside its plausible range (another unit) gives no ALBI.

    References: as ``glisson.score.albi``.
    """
    a, b = score_numbers("albi-coefficients")
    first, second = score_numbers("albi-grades")
    by_day = [
        values.filter((pl.col("laboratory") == name) & pl.col("value").is_between(*laboratories()[name].value))
        .group_by("patient", "date")
        .agg(pl.col("value").last().alias(name))
        for name in (BILIRUBIN, ALBUMIN)
    ]
    albi = pl.col("albi")
    return (
        by_day[0]
        .join(by_day[1], on=("patient", "date"), nulls_equal=False)
        .with_columns((a * pl.col(BILIRUBIN).log10() + b * pl.col(ALBUMIN)).alias("albi"))
        .with_columns(pl.when(albi <= first).then(1).when(albi <= second).then(2).otherwise(3).cast(pl.Int8).alias("albi_grade"))
        .select("patient", "date", "albi", "albi_grade")
        .sort("patient", "date")
    )


def albi_shift(values: pl.DataFrame, first_sessions: pl.DataFrame, *, to_day: int) -> pl.DataFrame:
    """ALBI grade before the first session against the worst one after it.

    Args:
        values: as in :func:`albi_by_day`.
        first_sessions: patient and ``date`` of the first session; one row per patient, who all come back.
        to_day: last day after the session that counts.

    Returns:
        patient, ``baseline_grade`` (last on or before the day of the session), ``worst_grade`` (after it, to ``to_day``),
        ``shift`` (worst minus baseline; below 0: it only got better) and ``missing`` (why there is none).

    Raises:
        BadInput: a patient twice, or ``to_day`` below 1.
    """
    if first_sessions["patient"].is_duplicated().any():
        raise BadInput("a patient has two first sessions", do="give the earliest")
    if to_day < 1:
        raise BadInput(f"a shift up to day {to_day}", allowed="day 1 or later")
    day = (pl.col("date") - pl.col("first")).dt.total_days()
    first = first_sessions.select("patient", pl.col("date").alias("first"))
    dated = albi_by_day(values).join(first, on="patient").with_columns(day.alias("day"))
    before = (
        dated.filter(pl.col("day") <= 0)
        .group_by("patient")
        .agg(pl.col("albi_grade").sort_by("day").last().alias("baseline_grade"))
    )
    after = (
        dated.filter(pl.col("day").is_between(1, to_day)).group_by("patient").agg(pl.col("albi_grade").max().alias("worst_grade"))
    )
    found = first.join(before, on="patient", how="left").join(after, on="patient", how="left", maintain_order="left")
    lacking = [
        pl.when(pl.col("baseline_grade").is_null()).then(pl.lit("ALBI before the first session")),
        pl.when(pl.col("worst_grade").is_null()).then(pl.lit(f"ALBI from day 1 to {to_day}")),
    ]
    return found.sort("patient").select(
        "patient",
        "baseline_grade",
        "worst_grade",
        (pl.col("worst_grade") - pl.col("baseline_grade")).alias("shift"),
        pl.concat_str(lacking, separator=", ", ignore_nulls=True).replace("", None).alias("missing"),
    )
