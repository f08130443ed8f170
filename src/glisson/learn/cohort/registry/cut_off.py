"""The tables of a registry as they were on the last day of data: what came later is not known yet."""

from dataclasses import replace
from datetime import date

import polars as pl

from glisson.follow.best_response import BestResponseRule, best_responses
from glisson.follow.course import Course
from glisson.follow.objective_response import depth_of_response
from glisson.knowledge.endpoints import month_days
from glisson.learn.cohort.registry.protocol import Protocol
from glisson.learn.cohort.registry.tables import RegistryTables

RULES = (BestResponseRule(), BestResponseRule(confirmed=True))


def until_cut_off(tables: RegistryTables, protocol: Protocol) -> RegistryTables:
    """The tables up to and including ``protocol.cut_off``; as they are where there is none.

    Sessions, scans, harm, questionnaires, therapies and deaths of later days are left out; a patient whose first session is later
    was not treated. Best responses and depth are worked out again. What has no day stays, and is told where it is counted. Of the
    course only deaths are cut here: endpoints apply the cut-off themselves, and need to know that somebody was seen after it.
    """
    cut = protocol.cut_off
    if cut is None:
        return tables
    started = pl.col("first_session")
    first = tables.patients.select("patient", "first_session")
    due = (
        tables.quality_expected.join(first, on="patient", how="left", maintain_order="left")
        .filter(started.is_null() | (_days_after(started, pl.col("months")) <= pl.lit(cut)))
        .drop("first_session")
    )
    kept = replace(
        tables,
        patients=tables.patients.with_columns(first_session=pl.when(started <= pl.lit(cut)).then(started)),
        sessions=_until(tables.sessions, cut),
        responses=_until(tables.responses, cut),
        adverse_events=_until(tables.adverse_events, cut, "start"),
        quality=_until(tables.quality, cut),
        quality_expected=due,
        therapies=_until(tables.therapies, cut, "start"),
        doses=_until(tables.doses, cut),
        course=_course(tables.course, cut),
    )
    return _judged(kept)


def _until(table: pl.DataFrame, cut: date, column: str = "date") -> pl.DataFrame:
    if column not in table.columns:
        return table
    return table.filter(pl.col(column).is_null() | (pl.col(column) <= pl.lit(cut)))


def _days_after(start: pl.Expr, months: pl.Expr) -> pl.Expr:
    return start + pl.duration(days=(months * month_days()).round().cast(pl.Int64))


def _course(course: Course, cut: date) -> Course:
    """Later deaths are not known yet: whoever died later was alive on the day of the cut-off."""
    later = (pl.col("source") == "death") & (pl.col("date") > pl.lit(cut))
    alive = course.dated.filter(later).with_columns(source=pl.lit("known alive"), date=pl.lit(cut))
    return replace(course, dated=pl.concat([course.dated.filter(~later), alive]))


def _judged(tables: RegistryTables) -> RegistryTables:
    """Best response and depth of the scans that are left."""
    dated = tables.responses.filter(pl.col("date").is_not_null().all().over("patient"))
    reference = tables.references.select("patient", "reference")
    known = reference.filter(pl.col("reference").is_not_null())
    dated = dated.join(known, on="patient", how="semi", maintain_order="left")
    if dated.is_empty():
        return replace(tables, best=tables.best.clear(), depth=tables.depth.clear())
    ends = tables.course.source("new therapy")
    best = pl.concat([best_responses(dated, reference, rule=rule, ends=ends) for rule in RULES])
    return replace(tables, best=best, depth=depth_of_response(dated, reference, ends=ends))
