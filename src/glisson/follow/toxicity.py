"""Adverse events counted: the worst grade of every session and patient, by phase and term, serious ones, and disagreements.

No recorded event is not grade 0: sessions and patients without one are listed with ``events`` 0 and no worst grade.
"""

from collections.abc import Sequence
from typing import Literal

import polars as pl

from glisson.errors import BadInput
from glisson.follow.phases import EVENTS

Unit = Literal["session", "patient"]
FATAL = 5


def worst_per_session(events: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """Worst grade of every session.

    Args:
        events: attributed to sessions (``phases.attribute``); filter them first for a phase, a relation or a term.
        sessions: columns as ``phases.SESSIONS``.

    Returns:
        patient, treatment, session, date, ``events``, ``ungraded``, ``worst`` (null: none graded), ``terms`` of the worst grade,
        ``ctcae`` (versions, in order) and ``mixed`` (more than one version: the worst compares grades of different criteria).
    """
    return _worst(events, sessions.select("patient", "treatment", "session", "date"), ("patient", "session"))


def worst_per_patient(events: pl.DataFrame, patients: Sequence[str] | pl.Series) -> pl.DataFrame:
    """Worst grade of every patient; columns as ``worst_per_session`` without those of the session."""
    everyone = pl.DataFrame({"patient": patients}, schema={"patient": pl.String})
    if everyone["patient"].is_duplicated().any():
        raise BadInput("a patient is listed twice", do="list every treated patient once: they are the denominator")
    return _worst(events, everyone, ("patient",))


def _worst(events: pl.DataFrame, units: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    worst = pl.col("grade").max()
    found = events.group_by(key).agg(
        pl.len().alias("events"),
        pl.col("grade").null_count().alias("ungraded"),
        worst.alias("worst"),
        pl.col("term").filter(pl.col("grade") == worst).unique().sort().alias("terms"),
        pl.col("ctcae").drop_nulls().unique().sort().alias("ctcae"),
    )
    return units.join(found, on=key, how="left", maintain_order="left").with_columns(
        pl.col("events").fill_null(0),
        pl.col("ungraded").fill_null(0),
        pl.col("terms").fill_null([]),
        pl.col("ctcae").fill_null([]),
        (pl.col("ctcae").list.len() > 1).fill_null(False).alias("mixed"),
    )


def count_by_grade(events: pl.DataFrame, *, unit: Unit, units: int, by: Sequence[str] = ("phase", "term")) -> pl.DataFrame:
    """How many sessions or patients had a term, each once at its worst grade there.

    Args:
        events: attributed, and with ``phase`` if counted by it.
        unit: what is counted.
        units: how many there are in all, with and without events: the denominator.
        by: columns that make a row.

    Returns:
        The columns of ``by``, ``grade_1`` to ``grade_5``, ``ungraded``, ``any`` and ``of`` (the denominator).

    Raises:
        BadInput: fewer units than had an event.
    """
    key = ("patient", "session") if unit == "session" else ("patient",)
    counted = events.filter(pl.col("session").is_not_null()) if unit == "session" else events
    had = counted.select(key).n_unique() if counted.height else 0
    if had > units:
        raise BadInput(f"{had} {unit}s with an event among {units}", do="give the number of all of them, with and without events")
    worst = counted.group_by(*by, *key).agg(pl.col("grade").max())
    graded = [(pl.col("grade") == grade).sum().alias(f"grade_{grade}") for grade in range(1, FATAL + 1)]
    return (
        worst.group_by(by)
        .agg(*graded, pl.col("grade").null_count().alias("ungraded"), pl.len().alias("any"))
        .with_columns(pl.lit(units, pl.Int64).alias("of"))
        .sort(by)
    )


def fatal(events: pl.DataFrame) -> pl.DataFrame:
    """Events of grade 5: always listed, never folded into "3 or more"."""
    return events.filter(pl.col("grade") == FATAL)


def serious(events: pl.DataFrame) -> pl.DataFrame:
    """Events said to be serious, and those of grade 5, by patient and day, for the listing that goes to the sponsor.

    Where nobody said whether an event of grade 3 or 4 is serious it is listed too, with ``serious`` null: somebody must say.
    """
    asked = pl.col("serious").is_null() & (pl.col("grade") >= 3)
    listed = events.filter(pl.col("serious").fill_null(False) | (pl.col("grade") == FATAL) | asked)
    return listed.with_columns(
        pl.when(pl.col("serious").is_null() & (pl.col("grade") < FATAL)).then(pl.lit("not said whether serious")).alias("open")
    ).sort("patient", "start", "row", nulls_last=True)


def disagreements(events: pl.DataFrame, deaths: pl.DataFrame) -> pl.DataFrame:
    """What in the events contradicts itself or the deaths.

    Args:
        events: columns as ``EVENTS``.
        deaths: patient, date (may be null), cause ("cancer", "treatment", "other", "unknown", null).

    Returns:
        patient, ``what`` (in words) and ``row`` of the event, null for a death.
    """
    column = pl.col
    dead = events.join(
        deaths.select("patient", column("date").alias("died"), pl.lit(True).alias("dead")), on="patient", how="left"
    )
    checks = (
        ((column("grade") == FATAL) & column("dead").is_null(), "grade 5 without a death on record"),
        ((column("grade") == FATAL) & (column("serious") == False), "grade 5 said not to be serious"),  # noqa: E712
        (column("end") < column("start"), "ended before it began"),
        (column("start") > column("died"), "began after the death"),
        (column("grade").is_null(), "not graded"),
        (column("start").is_null(), "no day of onset"),
    )
    found = [dead.filter(which).select("patient", pl.lit(what).alias("what"), "row") for which, what in checks]
    toxic = deaths.filter(column("cause") == "treatment").join(fatal(events), on="patient", how="anti")
    words = pl.lit("death by treatment without an event of grade 5")
    found.append(toxic.select("patient", words.alias("what"), pl.lit(None, EVENTS["row"]).alias("row")))
    return pl.concat(found).unique(maintain_order=True).sort("patient", "row", "what", nulls_last=True)
