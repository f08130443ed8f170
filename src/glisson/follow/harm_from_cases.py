"""Sessions, adverse events, deaths and laboratory values of cases, as the tables that are graded and counted."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from glisson.case import Case, Event, Observation, current
from glisson.case.base import Moment
from glisson.follow.phases import EVENTS, SESSIONS
from glisson.knowledge.toxicity import Version, laboratories
from glisson.score.ctcae_table import grade_table

LOCAL_KINDS = ("TACE", "radioembolization", "HAI", "ablation", "resection", "radiotherapy")
"""Kinds of treatment whose sessions may harm; a mapping is one of them, since it is an angiography."""

ONE_DAY = ("ablation", "resection", "radiotherapy")
"""Kinds that may be entered without sessions and still be a session of their day."""

DEATHS: Mapping[str, pl.DataType] = {"patient": pl.String(), "date": pl.Date(), "cause": pl.String()}

LABORATORY: Mapping[str, pl.DataType] = {
    "patient": pl.String(),
    "laboratory": pl.String(),
    "visit": pl.String(),
    "date": pl.Date(),
    "value": pl.Float64(),
    "lower_normal": pl.Float64(),
    "upper_normal": pl.Float64(),
    "baseline": pl.Float64(),
    "baseline_lower_normal": pl.Float64(),
    "baseline_upper_normal": pl.Float64(),
    "baseline_date": pl.Date(),
    "anticoagulated": pl.Boolean(),
}
"""One row per laboratory value. The baseline is the last value on or before the day of the first session."""


def day_of(moment: Moment | None) -> date | None:
    """The calendar day of a moment."""
    return moment.date() if isinstance(moment, datetime) else moment


def sessions_of(cases: Sequence[Case], *, kinds: Sequence[str] = LOCAL_KINDS) -> pl.DataFrame:
    """Every session of these kinds of treatment; columns as ``phases.SESSIONS``. An id used twice carries its treatment's.

    An ablation, a resection or a radiotherapy with a day of its own and no sessions is a session of that day; a TACE, a
    radioembolization or an HAI without sessions is a line of the history and none.
    """
    rows: list[tuple[Any, ...]] = []
    for case in cases:
        pairs = [(t, s) for t in current(case.treatments) if t.kind in kinds for s in current(t.sessions)]
        ids = [session.id for _, session in pairs]
        for treatment, session in pairs:
            name = session.id if ids.count(session.id) == 1 else f"{treatment.id}/{session.id}"
            rows.append((case.id, treatment.id, name, treatment.kind, day_of(session.at)))
        for treatment in current(case.treatments):
            if treatment.kind in ONE_DAY and treatment.kind in kinds and not treatment.sessions and treatment.at is not None:
                rows.append((case.id, treatment.id, treatment.id, treatment.kind, day_of(treatment.at)))
    return pl.DataFrame(rows, schema=dict(SESSIONS), orient="row").sort("patient", "date", nulls_last=True, maintain_order=True)


def adverse_events_of(cases: Sequence[Case]) -> pl.DataFrame:
    """Every adverse event that a person entered, corrections applied; columns as ``phases.EVENTS``."""
    rows = [_event_row(case, number, event) for case in cases for number, event in _events(case, "adverse-event")]
    return pl.DataFrame(rows, schema=dict(EVENTS), orient="row")


def deaths_of(cases: Sequence[Case]) -> pl.DataFrame:
    """Every death with its day and cause, both null where unknown."""
    rows = [(case.id, day_of(event.at), event.cause) for case in cases for _, event in _events(case, "death")]
    return pl.DataFrame(rows, schema=dict(DEATHS), orient="row")


def _events(case: Case, kind: str) -> Iterator[tuple[int, Event]]:
    kept = {id(event) for event in current(case.events)}
    return ((n, event) for n, event in enumerate(case.events, start=1) if event.kind == kind and id(event) in kept)


def _event_row(case: Case, number: int, event: Event) -> tuple[Any, ...]:
    session = event.session
    if session is not None and event.treatment is not None:
        same = [s for t in current(case.treatments) for s in t.sessions if s.id == session]
        session = f"{event.treatment}/{session}" if len(same) > 1 else session
    relation = list(event.relation) or None
    return (
        case.id, event.term, event.grade, event.ctcae, day_of(event.at), day_of(event.end), relation, event.serious, session,
        "entered", number,
    )  # fmt: skip


def laboratory_of(cases: Sequence[Case], *, kinds: Sequence[str] = LOCAL_KINDS) -> pl.DataFrame:
    """Every laboratory value that CTCAE can grade, with its limits and the patient's baseline; columns as ``LABORATORY``.

    An undated value is kept, with neither phase nor baseline. Without a dated session there is no baseline.
    """
    rows = [row for case in cases for row in _laboratory_rows(case, kinds)]
    return pl.DataFrame(rows, schema=dict(LABORATORY), orient="row")


def _laboratory_rows(case: Case, kinds: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    names = laboratories()
    seen = [o for o in current(case.observations) if o.what in names and o.value is not None]
    first = sessions_of([case], kinds=kinds)["date"].min()
    stated = case.observed("anticoagulated")
    blood = None if stated is None else stated.answer == "yes"
    for one in seen:
        base = _baseline([o for o in seen if o.what == one.what], first)
        limits = (None, None, None, None) if base is None else (base.value, base.lower_normal, base.upper_normal, day_of(base.at))
        when = day_of(one.at)
        yield (case.id, one.what, one.visit, when, one.value, one.lower_normal, one.upper_normal, *limits, blood)


def _baseline(seen: list[Observation], first: Any) -> Observation | None:
    before = [(day, one) for one in seen if (day := day_of(one.at)) is not None and first is not None and day <= first]
    return max(before, key=lambda pair: pair[0])[1] if before else None


def graded_laboratory_of(cases: Sequence[Case], *, version: Version, kinds: Sequence[str] = LOCAL_KINDS) -> pl.DataFrame:
    """Every laboratory value of these cases with its CTCAE grades (``glisson.score.ctcae_table.grade_table``)."""
    return grade_table(laboratory_of(cases, kinds=kinds), version=version)


def laboratory_events(graded: pl.DataFrame) -> pl.DataFrame:
    """Laboratory grades as adverse events, to be attributed and counted with those that people entered.

    A value counts where its grade is 1 or more and above that of the baseline (what was there before is not new). Values that
    cannot be graded make no event; count them in ``graded``. Columns as ``phases.EVENTS``; ``from`` is "laboratory".
    """
    base = (
        graded.filter(pl.col("date") == pl.col("baseline_date"))
        .group_by("patient", "term")
        .agg(pl.col("grade").max().alias("_base"))
    )
    later = pl.col("baseline_date").is_null() | (pl.col("date") > pl.col("baseline_date"))
    new = graded.with_row_index("_row", offset=1).filter(later & (pl.col("grade") >= 1))
    new = new.join(base, on=("patient", "term"), how="left", maintain_order="left").filter(
        pl.col("grade") > pl.col("_base").fill_null(0)
    )
    columns = {
        "patient": pl.col("patient"), "term": pl.col("term"), "grade": pl.col("grade"), "ctcae": pl.col("ctcae"),
        "start": pl.col("date"), "from": pl.lit("laboratory"), "row": pl.col("_row").cast(pl.Int64),
    }  # fmt: skip
    return new.select([columns.get(name, pl.lit(None)).cast(kind).alias(name) for name, kind in EVENTS.items()])
