"""Which source decides each patient's endpoint, and on which day: the engine behind ``glisson.follow.endpoints``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from glisson.errors import BadInput
from glisson.knowledge.endpoints import EndpointDefinition

if TYPE_CHECKING:
    from glisson.follow.course import Course
    from glisson.follow.endpoints import EndpointRules

DECIDED = ("patient", "origin", "event", "date", "source", "ended_by")
CANNOT_SAY = "cannot say"
NOTHING_LATER = "nothing known after the origin"
NOBODY_SEEN = ("missed visit", "lost to follow-up")
"""Sources whose day does not show that the patient lived on it."""


def decide(course: Course, definition: EndpointDefinition, rules: EndpointRules, origins: pl.DataFrame) -> pl.DataFrame:
    """Event code, day, deciding source and why the observation ended: one row per patient.

    Args:
        course: patients and dated sources.
        definition: which sources it takes.
        rules: what the definition leaves open.
        origins: ``patient`` and ``origin`` (null: not known).
    """
    known = _known(course, definition, rules, origins)
    rows = known.filter("known")
    happened = _happened(rows, definition, rules, origins)
    seen = _last(rows.filter("before_therapy"), definition.observed, "seen")
    table = origins.join(happened, on="patient", how="left").join(seen, on="patient", how="left")
    if rules.missed_visits is not None and definition.stream == "assessments":
        table = _without_gaps(table, rows, definition, rules)
    else:
        table = table.with_columns(gap=pl.lit(False))
    table = table.join(_reasons(known, rules), on="patient", how="left")
    return _result(table, definition, rules)


def cannot_say(origins: pl.DataFrame, why: str) -> pl.DataFrame:
    """Rows of ``decide`` for an endpoint that nobody can know: no event, no day, and why."""
    return origins.with_columns(
        event=pl.lit(None, pl.Int64), date=pl.lit(None, pl.Date), source=pl.lit(why), ended_by=pl.lit(CANNOT_SAY)
    ).select(DECIDED)


def _known(course: Course, definition: EndpointDefinition, rules: EndpointRules, origins: pl.DataFrame) -> pl.DataFrame:
    """Dated rows since the origin and up to a withdrawal, flagged ``known`` (by the cut-off) and ``before_therapy``.

    The latter is false for what comes after another therapy where that censors.
    """
    needed = [
        *_sources(definition, rules),
        "withdrawal",
        "lost to follow-up",
        "missed visit",
        "new therapy",
        "death",
        "known alive",
    ]
    rows = (
        course.dated.filter(pl.col("source").is_in(needed))
        .join(origins, on="patient", how="inner")
        .filter(pl.col("origin").is_not_null())
    )
    too_early = rows.filter((pl.col("source") == "death") & (pl.col("date") < pl.col("origin")))["patient"].n_unique()
    if too_early:
        raise BadInput(f"{too_early} patients died before {definition.origin or rules.origin}", do="check both dates")
    rows = rows.filter(pl.col("date") >= pl.col("origin"))
    withdrawn = _first_date(rows, "withdrawal")
    rows = rows.join(withdrawn, on="patient", how="left").filter(
        pl.col("withdrawal").is_null() | (pl.col("date") <= pl.col("withdrawal"))
    )
    rows = rows.with_columns(known=pl.lit(True) if rules.cut_off is None else pl.col("date") <= pl.lit(rules.cut_off))
    rows = _alive_at_cut_off(rows, rules) if definition.stream != "assessments" else rows
    if rules.new_therapy == "censors" and definition.stream == "assessments":
        rows = rows.join(_first_date(rows.filter("known"), "new therapy"), on="patient", how="left")
        before = pl.col("new therapy").is_null() | (pl.col("date") <= pl.col("new therapy"))
        return rows.with_columns(before_therapy=before).drop("new therapy")
    return rows.with_columns(before_therapy=pl.lit(True))


def _alive_at_cut_off(rows: pl.DataFrame, rules: EndpointRules) -> pl.DataFrame:
    """Whoever was seen after the cut-off was alive on it; a visit that was missed, or a loss that was declared, shows nobody."""
    if rules.cut_off is None:
        return rows
    later = rows.filter(
        ~pl.col("known") & (pl.col("origin") <= pl.lit(rules.cut_off)) & ~pl.col("source").is_in(NOBODY_SEEN)
    ).unique("patient")
    alive = later.with_columns(source=pl.lit("known alive"), date=pl.lit(rules.cut_off), known=pl.lit(True))
    return pl.concat([rows, alive])


def _sources(definition: EndpointDefinition, rules: EndpointRules) -> list[str]:
    return [*_events(definition, rules), *definition.competing, *definition.ends, *definition.observed]


def _events(definition: EndpointDefinition, rules: EndpointRules) -> list[str]:
    """Sources of the event, in the order in which they go on one day."""
    found: list[str] = []
    for name in definition.events:
        if not name.endswith("progression"):
            found.append(name)
            continue
        found += [name] if rules.progression != "called" else []
        found += [f"{name} as called"] if rules.progression != "computed" else []
        found += [f"clinical {name}"] if rules.clinical_progression == "event" else []
    if rules.new_therapy == "event" and definition.stream == "assessments":
        found.append("new therapy")
    return found


def _happened(rows: pl.DataFrame, definition: EndpointDefinition, rules: EndpointRules, origins: pl.DataFrame) -> pl.DataFrame:
    """First of event (1), competing event (2) and a source that censors at its own day (0): ``code``, ``happened``, ``by``."""
    ends = definition.ends if rules.deaths_censored == "at death" else ()
    ranked = (
        [(1, name) for name in _events(definition, rules)]
        + [(2, name) for name in definition.competing]
        + [(0, name) for name in ends]
    )
    names = [name for _, name in ranked]
    codes = pl.col("source").replace_strict(names, [code for code, _ in ranked], return_dtype=pl.Int64)
    order = pl.col("source").replace_strict(names, list(range(len(names))), return_dtype=pl.Int64)
    return (
        rows.filter(pl.col("before_therapy") & pl.col("source").is_in(names))
        .select("patient", happened="date", by="source", code=codes, order=order)
        .sort("patient", "happened", "order")
        .group_by("patient", maintain_order=True)
        .first()
        .drop("order")
    )


def _last(rows: pl.DataFrame, names: tuple[str, ...], column: str) -> pl.DataFrame:
    latest = rows.filter(pl.col("source").is_in(names)).sort("patient", "date").group_by("patient", maintain_order=True).last()
    return latest.select("patient", pl.col("date").alias(column), pl.col("source").alias(f"{column}_by"))


def _first_date(rows: pl.DataFrame, source: str) -> pl.DataFrame:
    return rows.filter(pl.col("source") == source).group_by("patient").agg(pl.col("date").min().alias(source))


def _without_gaps(table: pl.DataFrame, rows: pl.DataFrame, definition: EndpointDefinition, rules: EndpointRules) -> pl.DataFrame:
    """Flag ``gap`` and the last assessment before it, where the event came after too many missed visits."""
    assert rules.missed_visits is not None
    about = table.select("patient", "happened")
    earlier = rows.filter("before_therapy").join(about, on="patient", how="inner").filter(pl.col("date") < pl.col("happened"))
    before = _last(earlier, definition.observed, "before")
    table = table.join(before, on="patient", how="left")
    since = pl.coalesce("before", "origin")
    missed = (
        earlier.filter(pl.col("source") == "missed visit")
        .join(table.select("patient", since=since), on="patient", how="inner")
        .filter(pl.col("date") > pl.col("since"))
        .group_by("patient")
        .agg(missed=pl.len())
    )
    table = table.join(missed, on="patient", how="left")
    long = (pl.col("happened") - since).dt.total_days() > rules.missed_visits.longest_gap_days
    gap = long | (pl.col("missed").fill_null(0) >= rules.missed_visits.missed)
    table = table.with_columns(gap=gap.fill_null(False))
    return table.with_columns(
        seen=pl.when("gap").then("before").otherwise("seen"), seen_by=pl.when("gap").then("before_by").otherwise("seen_by")
    )


def _reasons(rows: pl.DataFrame, rules: EndpointRules) -> pl.DataFrame:
    """Why a record without event may end: one flag for each reason."""
    return rows.group_by("patient").agg(
        after_therapy=(pl.col("known") & (pl.col("source") == "new therapy")).any() & pl.lit(rules.new_therapy == "censors"),
        after_cut_off=(~pl.col("known")).any(),
        withdrew=(pl.col("source") == "withdrawal").any(),
        lost=(pl.col("known") & (pl.col("source") == "lost to follow-up")).any(),
    )


def _result(table: pl.DataFrame, definition: EndpointDefinition, rules: EndpointRules) -> pl.DataFrame:
    happened = pl.col("happened").is_not_null() & ~pl.col("gap")
    therapy = pl.col("after_therapy").fill_null(False) & pl.lit(definition.stream == "assessments")
    on = pl.when(happened).then("happened").otherwise(pl.coalesce("seen", "origin"))
    origin = pl.lit(f"origin: {definition.origin or rules.origin}")
    source = pl.when(happened).then("by").otherwise(pl.coalesce("seen_by", origin))
    ended = (
        pl.when(pl.col("origin").is_null()).then(pl.lit(CANNOT_SAY))
        .when(happened & (pl.col("code") == 0)).then(pl.col("by"))
        .when(happened & (pl.col("code") == 2)).then(pl.lit("competing event"))
        .when(happened).then(pl.lit("event"))
        .when("gap").then(pl.lit("missed visits"))
        .when(therapy).then(pl.lit("new therapy"))
        .when(pl.col("withdrew").fill_null(False)).then(pl.lit("withdrawal"))
        .when(pl.col("after_cut_off").fill_null(False)).then(pl.lit("cut-off"))
        .when(pl.col("lost").fill_null(False)).then(pl.lit("lost to follow-up"))
        .when(pl.col("seen").is_null()).then(pl.lit(NOTHING_LATER))
        .otherwise(pl.lit("end of record"))
    )  # fmt: skip
    known = pl.col("origin").is_not_null()
    return table.with_columns(
        event=pl.when(known).then(pl.when(happened).then("code").otherwise(0)),
        date=pl.when(known).then(on),
        source=pl.when(known).then(source).otherwise(pl.lit(f"no day of {definition.origin or rules.origin}")),
        ended_by=ended,
    ).select(DECIDED)
