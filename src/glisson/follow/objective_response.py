"""Objective response and disease control, time to response, duration of response, depth of response."""

import polars as pl

from glisson.follow.best_response import KEY, BestResponseRule, counted_visits, everyone, first_counted
from glisson.follow.rates import Denominator, rate_table
from glisson.knowledge.endpoints import month_days

RESPONSE = ("CR", "PR", "iCR", "iPR")


def response_rates(best: pl.DataFrame, *, rule: BestResponseRule, denominator: Denominator = "all treated") -> pl.DataFrame:
    """Rates of every category, objective response (ORR) and disease control (DCR), from Table 3, with exact intervals.

    Args:
        best: Table 3, from ``best_responses`` with the same ``rule``.
        rule: printed in every definition.
        denominator: "all treated", or "evaluable" (a best response that is not NED, NE, ND or MISSING).

    Returns:
        reader, criterion, confirmed, and the columns of ``glisson.follow.rates.RATES``.
    """
    by = ["reader", "criterion", "confirmed"]
    return rate_table(best, answer="best", by=by, denominator=denominator, said=f"best response ({rule.words})")


def times_to_response(
    responses: pl.DataFrame, patients: pl.DataFrame, *, rule: BestResponseRule | None = None, ends: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Days and months from the reference date to the first response that counts; responders only.

    Returns:
        patient, reader, criterion, visit, date, counted, reference, days, months, definition.
    """
    rule = rule or BestResponseRule()
    first = first_counted(counted_visits(responses, patients, rule=rule, ends=ends), RESPONSE)
    days = (pl.col("date") - pl.col("reference")).dt.total_days()
    said = f"time to response, in responders only: from the reference date to the first CR or PR that counts; {rule.words}"
    return first.join(patients.select("patient", "reference"), on="patient", how="left").with_columns(
        days=days, months=days / month_days(), definition=pl.lit(said)
    )


def depth_of_response(responses: pl.DataFrame, patients: pl.DataFrame, *, ends: pl.DataFrame | None = None) -> pl.DataFrame:
    """Best change of the sum from baseline (the bar of a waterfall), up to and including the first PD or the cut.

    A patient without any sum after baseline is kept, with no value and the reason: a bar is never dropped silently.

    Returns:
        patient, reader, criterion, best_change_fraction (negative is shrinkage; null: none), visit, date,
        new_lesion_or_non_target_PD (bool, at any visit that counts), reason.
    """
    kept = counted_visits(responses, patients, rule=BestResponseRule(), ends=ends).filter("kept")
    key = [*KEY, "visit_number"]
    about = responses.select(*key, "change_from_baseline_fraction", "new_lesion", "non_target")
    taken = kept.join(about, on=key, how="left", nulls_equal=True)
    elsewhere = pl.col("new_lesion").fill_null(False) | (pl.col("non_target") == "PD").fill_null(False)
    marked = taken.group_by(KEY).agg(new_lesion_or_non_target_PD=elsewhere.any())
    deepest = (
        taken.filter(pl.col("change_from_baseline_fraction").is_not_null())
        .sort([*KEY, "change_from_baseline_fraction", "date"])
        .group_by(KEY, maintain_order=True)
        .first()
        .select(*KEY, "visit", "date", best_change_fraction="change_from_baseline_fraction")
    )
    every = everyone(responses, patients)
    table = every.join(deepest, on=KEY, how="left").join(marked, on=KEY, how="left")
    reason = (
        pl.when(pl.col("best_change_fraction").is_not_null())
        .then(pl.lit("measured"))
        .when(pl.col("new_lesion_or_non_target_PD").is_null())
        .then(pl.lit("cannot say: no visit"))
        .otherwise(pl.lit("cannot say: no sum of targets after baseline"))
    )
    return (
        table.with_columns(reason=reason)
        .select(*KEY, "best_change_fraction", "visit", "date", "new_lesion_or_non_target_PD", "reason")
        .sort(KEY)
    )
