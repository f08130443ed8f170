"""iRECIST: progression is unconfirmed at first (iUPD) and confirmed (iCPD) by further growth; recovery sets the bar afresh.

The state of every patient moves on visit by visit, all patients at once: the first follow-up of all, then the second, and so on.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from glisson.follow.amounts import IRECIST
from glisson.follow.irecist_state import CALLS, Seen, State, step
from glisson.follow.recist import called, response_table, rule_without_progression, usable, without_progression
from glisson.follow.rules import Rules
from glisson.follow.visits import assessments, visit_table
from glisson.follow.words import with_words

WORDS = {"CR": "iCR", "PR": "iPR", "SD": "iSD", "non-CR/non-PD": "non-iCR/non-iUPD", "NE": "NE", "NED": "NED", "PD": "iUPD"}


def irecist(measurements: pl.DataFrame, statements: pl.DataFrame | None = None, *, rules: Rules | None = None) -> pl.DataFrame:
    """Responses by iRECIST, one row per patient, reader and follow-up visit.

    iUPD is confirmed at the next evaluated visit by: the target sum 5 mm or more above that of the iUPD (steps add up), further
    growth of non-targets, new lesions 5 mm or more larger or more of them, or progression in a category that had not
    progressed. Within four weeks (less two days) only an additional new lesion on a scan made for new symptoms confirms. A visit
    without any sign of progression is called iSD, iPR or iCR, and progression must be shown afresh. After iCPD all is iCPD.

    Args:
        measurements: of ``MEASUREMENTS``.
        statements: of ``STATEMENTS``, or none; ``symptomatic_deterioration`` stands for new symptoms.
        rules: choices; the defaults if none.

    Raises:
        BadInput: the table cannot be used; the message names rows.

    References:
        Seymour 2017, tables 2 and 3; EORTC, iRECIST questions and clarifications.
    """
    rules = rules or Rules()
    table, said = usable(measurements, statements)
    as_read = rules.model_copy(update={"after_progression": "as read"})
    visits = called(
        visit_table(table, assessments(table, said), measure=IRECIST, rules=as_read), IRECIST.thresholds(rules), as_read
    )
    plain = without_progression(as_read).replace_strict(WORDS, return_dtype=pl.String())
    moved = _moved(visits.with_columns(without_progression=plain), rules)
    return response_table(with_words(moved, IRECIST, rules), IRECIST)


@dataclass(frozen=True)
class Order:
    """Rows of a visit table by rank: ``rows[first[k] : first[k + 1]]`` are the visits that are their subject's k-th."""

    rows: NDArray[np.intp]
    first: NDArray[np.intp]
    subject: NDArray[np.intp]


def _order(visits: pl.DataFrame) -> Order:
    subject = visits["subject"].rank("dense").to_numpy().astype(np.intp) - 1
    rank = visits.select(pl.col("visit_number").cum_count().over("subject")).to_series().to_numpy().astype(np.intp) - 1
    rows = np.argsort(rank, kind="stable")
    ranks = int(rank.max(initial=-1)) + 1
    return Order(rows, np.searchsorted(rank[rows], np.arange(ranks + 1)), subject)


def _moved(visits: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Overall response and rule of each visit, the state carried from visit to visit."""
    order = _order(visits)
    seen = _seen(visits, rules)
    state = State.fresh(int(order.subject.max(initial=-1)) + 1)
    codes, waited = np.zeros(visits.height, np.int8), np.full(visits.height, np.nan)
    for first, last in zip(order.first[:-1], order.first[1:], strict=True):
        rows = order.rows[first:last]
        codes[rows], waited[rows] = step(state, seen.at(rows), order.subject[rows], rules)
    rule, forced = (pl.Series(name, codes).replace_strict(dict(enumerate(column)), return_dtype=pl.String())
                    for name, column in zip(("forced_rule", "forced"), zip(*CALLS, strict=True), strict=True))  # fmt: skip
    table = visits.with_columns(rule, forced, waited=pl.Series(waited).fill_nan(None)).with_columns(
        own=pl.coalesce("forced", "without_progression"),
        rule=pl.when(pl.col("forced_rule") == "").then(rule_without_progression()).otherwise("forced_rule"),
    )
    overridden = pl.when(pl.col("forced").is_null()).then("ambiguous")
    return table.with_columns(overall="own", ambiguous=overridden)


def _seen(visits: pl.DataFrame, rules: Rules) -> Seen:
    """What the machine looks at, as arrays."""
    day = visits["date"].cast(pl.Int32).cast(pl.Float64).fill_null(float("nan")).to_numpy()
    again = pl.lit(rules.non_target_again == "further increase") & (pl.col("non_target") == "PD").fill_null(False)
    columns = visits.select(
        target=(pl.col("target") == "PD").fill_null(False),
        non_target=(pl.col("non_target") == "PD").fill_null(False),
        non_target_again=again,
        new=pl.col("new_lesion"),
        new_grew=pl.col("new_grew") > 0,
        other=(pl.col("own") == "PD") & pl.col("progression").is_null(),
        not_evaluable=pl.col("own") == "NE",
        symptoms=pl.col("worse"),
        total=pl.col("total").cast(pl.Float64).fill_null(float("nan")),
        non_target_size=pl.col("non_target_size").cast(pl.Float64).fill_null(float("nan")),
        new_size=pl.col("new_size"),
        new_count=pl.max_horizontal("new", pl.col("new_lesion").cast(pl.Int64)).cast(pl.Float64),
    )
    return Seen(day=day, **{name: columns[name].to_numpy() for name in columns.columns})
