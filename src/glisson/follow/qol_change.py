"""Change of quality of life: improved, stable or worse by a stated threshold; time to deterioration with death as an option."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from glisson.errors import BadInput
from glisson.follow.endpoints import ENDPOINTS
from glisson.knowledge.endpoints import month_days
from glisson.knowledge.quality_of_life import Scale, change_fact, scale, scales

Death = Literal["event", "censored", "competing"]
Kind = Literal["first", "lasting"]


@dataclass(frozen=True)
class Threshold:
    """What counts as a change of a score of 0 to 100: at least so many points, in either direction."""

    points: float
    source: str = "entered"

    def __post_init__(self) -> None:
        if not 0 < self.points <= 100:
            raise BadInput(f"a threshold of change of {self.points:g} points", allowed="above 0, up to 100")


def usual_threshold() -> Threshold:
    """The proposed default.

    >>> usual_threshold()
    Threshold(points=10.0, source='proposal')
    """
    return Threshold(float(change_fact("change-default").value), "proposal")


def sensitivity_threshold() -> Threshold:
    """The proposed threshold of the sensitivity analysis.

    >>> sensitivity_threshold().points
    5.0
    """
    return Threshold(float(change_fact("change-sensitivity").value), "proposal for sensitivity")


def changes(scores: pl.DataFrame, *, threshold: Threshold | None = None, names: Sequence[str] | None = None) -> pl.DataFrame:
    """Change from the baseline of every patient, scale and visit after it.

    Args:
        scores: scored questionnaires: patient, visit, date, ``baseline`` (true once per patient), and the scales.
        threshold: what counts as a change; the proposed default if absent.
        names: of scales; all if absent.

    Returns:
        patient, visit, date, scale, ``score``, ``baseline_score``, ``change`` (points), ``benefit`` (points towards better, so
        the sign of a symptom is turned), ``called`` ("improved", "stable", "worse"; null: cannot say), ``threshold``.

    Raises:
        BadInput: two baselines of a patient, or an unknown scale.
    """
    limit = threshold or usual_threshold()
    wanted = [scale(name) for name in (scales() if names is None else names)]
    if scores.filter("baseline")["patient"].is_duplicated().any():
        raise BadInput("a patient has two baseline questionnaires", do="mark one per patient as the baseline")
    base = scores.filter("baseline").select("patient", *(pl.col(entry.id).alias(f"_{entry.id}") for entry in wanted))
    later = scores.filter(~pl.col("baseline")).join(base, on="patient", how="left", maintain_order="left")
    return pl.concat([_change(later, entry, limit) for entry in wanted])


def _change(later: pl.DataFrame, entry: Scale, limit: Threshold) -> pl.DataFrame:
    """Change of one scale; a difference below 1e-9 points from the threshold counts as reached."""
    change = (pl.col(entry.id) - pl.col(f"_{entry.id}")).alias("change")
    benefit = (change if entry.more_is_better else -change).alias("benefit")
    reached = limit.points - 1e-9
    called = (
        pl.when(benefit >= reached).then(pl.lit("improved"))
        .when(benefit <= -reached).then(pl.lit("worse"))
        .when(benefit.is_not_null()).then(pl.lit("stable"))
    )  # fmt: skip
    scores = (pl.col(entry.id).alias("score"), pl.col(f"_{entry.id}").alias("baseline_score"))
    names = (
        pl.lit(entry.id).alias("scale"),
        *scores,
        change,
        benefit,
        called.alias("called"),
        pl.lit(limit.points).alias("threshold"),
    )
    return later.select("patient", "visit", "date", *names)


@dataclass(frozen=True)
class Deterioration:
    """What counts as deterioration of a scale.

    Attributes:
        threshold: of change from the baseline.
        kind: "first": the first visit that is worse; "lasting": the first from which every later score is worse too.
        death: "event" (death without an earlier deterioration is one), "censored" at the last questionnaire, or "competing".
    """

    threshold: Threshold
    kind: Kind = "first"
    death: Death = "censored"

    def __post_init__(self) -> None:
        if self.kind not in ("first", "lasting") or self.death not in ("event", "censored", "competing"):
            raise BadInput("an unknown option of time to deterioration", allowed="first, lasting; event, censored, competing")

    def definition(self, name: str) -> str:
        """As printed with every number."""
        later = "" if self.kind == "first" else " and stays so at every later questionnaire"
        dead = {
            "event": "death without it is an event",
            "censored": "death is not an event: censored at the last questionnaire",
            "competing": "death without it is a competing event",
        }[self.death]
        return (
            f"{scale(name).name} (QLQ-C30 {name}) worse than at baseline by {self.threshold.points:g} points or more "
            f"({self.threshold.source}){later}; from the baseline questionnaire; {dead}"
        )


def time_to_deterioration(
    scores: pl.DataFrame, *, scale_name: str, rule: Deterioration, deaths: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Time from the baseline questionnaire to deterioration of one scale; one row per patient, columns as ``ENDPOINTS``.

    Args:
        scores: as in :func:`changes`.
        scale_name: letters of the scale.
        rule: what counts.
        deaths: patient, date; needed where death counts.

    Returns:
        ``event`` 1 deteriorated (or died, where that is an event), 2 died where death competes, 0 censored at the last scored
        questionnaire, null: cannot say, for want of a baseline score (``ended_by`` says so).

    Raises:
        BadInput: death counts and no deaths are given, a questionnaire without its date, or two baselines.
    """
    if rule.death != "censored" and deaths is None:
        raise BadInput("death counts and no table of deaths is given", do="give patient and date of every death")
    if scores["date"].null_count():
        raise BadInput("a questionnaire without its date", do="enter the day on which it was answered")
    died = _first_deaths(deaths)
    base = scores.filter("baseline").select("patient", pl.col("date").alias("origin"), pl.col(scale_name).alias("_base"))
    patients = scores.select(pl.col("patient").unique(maintain_order=True)).join(
        base, on="patient", how="left", maintain_order="left"
    )
    called = changes(scores, threshold=rule.threshold, names=(scale_name,)).filter(pl.col("called").is_not_null())
    called = (
        called.join(base.select("patient", "origin"), on="patient")
        .filter(pl.col("date") > pl.col("origin"))
        .sort("patient", "date")
    )
    worse = _worse(called, rule.kind)
    last = called.group_by("patient").agg(pl.col("date").max().alias("last"))
    found = patients
    for table in (worse, last, died):
        found = found.join(table, on="patient", how="left", maintain_order="left")
    return _as_endpoints(found, rule, scale_name)


def _first_deaths(deaths: pl.DataFrame | None) -> pl.DataFrame:
    if deaths is None:
        return pl.DataFrame(schema={"patient": pl.String, "died": pl.Date})
    if deaths["date"].null_count():
        raise BadInput("a death without its date", do="enter its day; an estimate is an entry with a note")
    return deaths.group_by("patient").agg(pl.col("date").min().alias("died"))


def _worse(called: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """Day of the first deterioration; for a lasting one, of the first from which on all are worse."""
    is_worse = pl.col("called") == "worse"
    if kind == "lasting":
        is_worse = is_worse.cast(pl.Int8).cum_min(reverse=True).over("patient", order_by="date") == 1
    return called.filter(is_worse).group_by("patient").agg(pl.col("date").min().alias("worse"))


def _as_endpoints(found: pl.DataFrame, rule: Deterioration, name: str) -> pl.DataFrame:
    can = pl.col("_base").is_not_null()
    first = pl.col("worse").is_not_null() & (pl.col("died").is_null() | (pl.col("worse") <= pl.col("died")))
    dies = pl.lit(rule.death != "censored") & pl.col("died").is_not_null()
    case = (
        pl.when(~can).then(pl.lit("no baseline score")).when(first).then(pl.lit("deterioration")).when(dies).then(pl.lit("death"))
    )
    source = case.otherwise(pl.lit("last questionnaire"))
    event = (
        pl.when(pl.col("source") == "deterioration").then(1)
        .when(pl.col("source") == "death").then(2 if rule.death == "competing" else 1)
        .when(pl.col("source") == "last questionnaire").then(0)
    )  # fmt: skip
    date = (
        pl.when(pl.col("event").is_null()).then(None)
        .when(pl.col("source") == "deterioration").then("worse")
        .when(pl.col("source") == "death").then("died")
        .otherwise(pl.coalesce("last", "origin"))
    )  # fmt: skip
    days = (pl.col("date") - pl.col("origin")).dt.total_days()
    filled = (
        found.with_columns(source.alias("source"))
        .with_columns(event.alias("event"))
        .with_columns(date.alias("date"))
        .with_columns(
            days.alias("days"),
            (days / month_days()).alias("months"),
            pl.lit(f"time to deterioration, {scale(name).name}").alias("endpoint"),
            pl.lit("baseline questionnaire").alias("origin_name"),
            pl.lit(rule.definition(name)).alias("definition"),
            pl.col("source").alias("ended_by"),
            pl.col("origin").alias("entry"),
            pl.when(pl.col("origin").is_not_null()).then(0).alias("entry_days"),
        )
    )
    return filled.select([pl.col(column).cast(kind) for column, kind in ENDPOINTS.items()])
