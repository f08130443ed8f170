"""Which session an adverse event follows, and in which phase after it. Tables of events and sessions; days count from the session."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from glisson.errors import BadInput
from glisson.knowledge.toxicity import toxicity_fact

SESSIONS: Mapping[str, pl.DataType] = {
    "patient": pl.String(),
    "treatment": pl.String(),
    "session": pl.String(),
    "kind": pl.String(),
    "date": pl.Date(),
}
"""One row per session that could harm; ``kind`` is that of its treatment. A session's id is unique within its patient."""

EVENTS: Mapping[str, pl.DataType] = {
    "patient": pl.String(),
    "term": pl.String(),
    "grade": pl.Int8(),
    "ctcae": pl.String(),
    "start": pl.Date(),
    "end": pl.Date(),
    "relation": pl.List(pl.String()),
    "serious": pl.Boolean(),
    "stated_session": pl.String(),
    "from": pl.String(),
    "row": pl.Int64(),
}
"""One row per adverse event. ``from``: "entered" by a person, or "laboratory". ``row``: its place in the source, for messages."""

PHASES = ("before treatment", "periprocedural", "early", "later")
"""In their order: before the first session; with it; up to the last day of the early phase; after it."""


@dataclass(frozen=True)
class PhaseBounds:
    """Last days of the phases after a session; 0 is its day."""

    periprocedural_to_days: int
    early_to_days: int

    def __post_init__(self) -> None:
        if not 0 <= self.periprocedural_to_days <= self.early_to_days:
            raise BadInput(
                f"phases that end on day {self.periprocedural_to_days} and {self.early_to_days}",
                allowed="0 or more, the periprocedural one not after the early one",
            )

    @property
    def definition(self) -> str:
        """As printed beside every count."""
        late = self.periprocedural_to_days
        return f"periprocedural: day 0 to {late}; early: to day {self.early_to_days}; later: after it; day 0 is the session it follows"


def usual_bounds() -> PhaseBounds:
    """Bounds of the knowledge tables: to 30 days is published, the end of the periprocedural phase a proposal.

    >>> usual_bounds().definition
    'periprocedural: day 0 to 1; early: to day 30; later: after it; day 0 is the session it follows'
    """
    return PhaseBounds(int(toxicity_fact("periprocedural-to").value), int(toxicity_fact("early-to").value))


def attribute(events: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """Events with the session each follows: the stated one, else the last one on or before the day it began.

    Args:
        events: columns as ``EVENTS``.
        sessions: columns as ``SESSIONS``.

    Returns:
        The events with ``session``, ``session_date``, ``treatment_kind``, ``day`` (days since the session; negative before a
        stated one) and ``attributed`` ("stated", "follows", "before the first session", "no day of onset").

    Raises:
        BadInput: a stated session that the patient does not have, or two sessions of one id; row numbers are given.
    """
    _require_sessions(events, sessions)
    numbered = events.with_row_index("_row")
    known = sessions.select("patient", "session", pl.col("date").alias("session_date"), pl.col("kind").alias("treatment_kind"))
    stated = numbered.filter(pl.col("stated_session").is_not_null()).join(
        known, left_on=("patient", "stated_session"), right_on=("patient", "session"), how="left"
    )
    stated = stated.with_columns(pl.col("stated_session").alias("session"), pl.lit("stated").alias("attributed"))
    free = numbered.filter(pl.col("stated_session").is_null() & pl.col("start").is_not_null()).sort("start")
    followed = free.join_asof(
        known.filter(pl.col("session_date").is_not_null()).sort("session_date"),
        left_on="start", right_on="session_date", by="patient", strategy="backward", check_sortedness=False,
    )  # fmt: skip
    followed = followed.with_columns(
        pl.when(pl.col("session").is_null())
        .then(pl.lit("before the first session"))
        .otherwise(pl.lit("follows"))
        .alias("attributed")
    )
    undated = numbered.filter(pl.col("stated_session").is_null() & pl.col("start").is_null()).with_columns(
        pl.lit(None, pl.String).alias("session"), pl.lit(None, pl.Date).alias("session_date"),
        pl.lit(None, pl.String).alias("treatment_kind"), pl.lit("no day of onset").alias("attributed"),
    )  # fmt: skip
    columns = (*numbered.columns, "session", "session_date", "treatment_kind", "attributed")
    together = pl.concat([part.select(columns) for part in (stated, followed, undated)]).sort("_row").drop("_row")
    return together.with_columns((pl.col("start") - pl.col("session_date")).dt.total_days().alias("day"))


def _require_sessions(events: pl.DataFrame, sessions: pl.DataFrame) -> None:
    if sessions.select("patient", "session").is_duplicated().any():
        raise BadInput("two sessions of one patient with the same id", do="give every session its own id")
    stated = events.filter(pl.col("stated_session").is_not_null())
    lost = stated.join(sessions, left_on=("patient", "stated_session"), right_on=("patient", "session"), how="anti")
    if lost.height:
        rows = ", ".join(str(row) for row in lost["row"].head(5).to_list())
        raise BadInput(f"adverse events in rows {rows} name a session that their patient does not have")


def with_phase(attributed: pl.DataFrame, bounds: PhaseBounds | None = None) -> pl.DataFrame:
    """Attributed events with their ``phase``; null where the day of onset or of the session is unknown.

    An event with a stated session that began before it belongs to no phase after it: "before treatment".
    """
    limits = bounds or usual_bounds()
    day = pl.col("day")
    before = (pl.col("attributed") == "before the first session") | (day < 0)
    return attributed.with_columns(
        pl.when(before).then(pl.lit("before treatment"))
        .when(day <= limits.periprocedural_to_days).then(pl.lit("periprocedural"))
        .when(day <= limits.early_to_days).then(pl.lit("early"))
        .when(day.is_not_null()).then(pl.lit("later"))
        .alias("phase")
    )  # fmt: skip
