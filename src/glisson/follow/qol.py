"""Scores of the EORTC QLQ-C30, version 3, from answers by item number. The questions are under copyright and are not here.

A scale is scored from the mean of its answered items when at least half of them were answered; else it is missing. Functions and
global health: 100 is best; symptoms: 100 is worst.
"""

from collections.abc import Sequence

import polars as pl

from glisson.case import Case, current
from glisson.errors import BadInput
from glisson.follow.harm_from_cases import day_of
from glisson.knowledge.quality_of_life import Scale, change_fact, scales

ITEMS = tuple(f"qlq_c30_{number}" for number in range(1, 31))
LAST_OF_FOUR = 28
"""Items up to this one have four answers, the others seven."""


def item(number: int) -> str:
    """Column of an item."""
    return ITEMS[number - 1]


def highest_answer(number: int) -> int:
    """Highest answer of an item; the lowest is 1.

    >>> highest_answer(28), highest_answer(29)
    (4, 7)
    """
    return 4 if number <= LAST_OF_FOUR else 7


def scale_score(answers: Sequence[float | None], *, scale: Scale) -> float | None:
    """Score of one scale, 0 to 100; ``None``: fewer than half of its items were answered.

    Args:
        answers: of the scale's items in its order; ``None``: not answered.
        scale: which one.

    >>> from glisson.knowledge.quality_of_life import scale as named
    >>> round(scale_score([2, 3, None], scale=named("FA")), 1)
    50.0
    >>> round(scale_score([1, 2, 1, 1, None], scale=named("PF")), 2)
    91.67

    Raises:
        BadInput: another number of answers, or an answer that the item does not have.

    References: EORTC scoring manual (Fayers 2001), as stated in the guide cited with the scales.
    """
    if len(answers) != len(scale.value):
        raise BadInput(f"{len(answers)} answers for the {len(scale.value)} items of {scale.id}")
    given = [answer for answer in answers if answer is not None]
    if any(not (float(answer).is_integer() and 1 <= answer <= scale.range + 1) for answer in given):
        raise BadInput(f"an answer of {scale.id} that its items do not have", allowed=f"whole numbers 1 to {scale.range + 1}")
    if not given or len(given) < float(change_fact("half-rule").value) * len(answers):
        return None
    share = (sum(given) / len(given) - 1) / scale.range
    return 100 * (1 - share) if scale.kind == "function" else 100 * share


def score_table(answers: pl.DataFrame) -> pl.DataFrame:
    """Scores of many questionnaires at once.

    Args:
        answers: one row per questionnaire; ``qlq_c30_1`` to ``qlq_c30_30``, null where not answered. Other columns (patient,
            visit, date) are kept. An item that has no column was not asked: all its answers are missing.

    Returns:
        The other columns, one column per scale (PF, RF, EF, CF, SF, QL, FA, NV, PA, DY, SL, AP, CO, DI, FI), and ``answered``,
        the number of answered items of 30.

    Raises:
        BadInput: an answer that its item does not have; the message gives item and row numbers.
    """
    _require_answers(answers)
    full = answers.with_columns(pl.lit(None, pl.Float64).alias(name) for name in ITEMS if name not in answers.columns)
    full = full.with_columns(pl.col(ITEMS).cast(pl.Float64).fill_nan(None))
    kept = [name for name in answers.columns if name not in ITEMS]
    answered = pl.sum_horizontal(pl.col(name).is_not_null() for name in ITEMS).cast(pl.Int64).alias("answered")
    return full.select(*kept, *(_score(scale) for scale in scales().values()), answered)


def _score(scale: Scale) -> pl.Expr:
    columns = [pl.col(item(number)) for number in scale.value]
    answered = pl.sum_horizontal(column.is_not_null() for column in columns)
    enough = (answered > 0) & (answered >= float(change_fact("half-rule").value) * len(columns))
    share = (pl.mean_horizontal(columns) - 1) / scale.range
    score = 100 * (1 - share) if scale.kind == "function" else 100 * share
    return pl.when(enough).then(score).alias(scale.id)


def _require_answers(answers: pl.DataFrame) -> None:
    if not any(name in answers.columns for name in ITEMS):
        raise BadInput("a table of answers without any item", allowed="columns qlq_c30_1 to qlq_c30_30")
    for number, name in enumerate(ITEMS, start=1):
        if name not in answers.columns:
            continue
        value = answers[name].cast(pl.Float64).fill_nan(None)
        wrong = ((value < 1) | (value > highest_answer(number)) | (value != value.round())).fill_null(False)
        if wrong.any():
            rows = ", ".join(str(row + 1) for row in wrong.arg_true().head(5).to_list())
            raise BadInput(
                f"{name}: an answer that this item does not have in rows {rows}", allowed=f"1 to {highest_answer(number)}"
            )


def answers_of(cases: Sequence[Case]) -> pl.DataFrame:
    """The questionnaires of cases: one row per patient and visit (per day where no visit is named), items as columns.

    The latest of several answers to one item at one visit counts; ``date`` is the first day of the visit.
    """
    rows = [
        (case.id, one.visit or (str(day) if (day := day_of(one.at)) else None), day_of(one.at), one.what, one.value)
        for case in cases
        for one in current(case.observations)
        if one.what in ITEMS
    ]
    schema = {"patient": pl.String, "visit": pl.String, "date": pl.Date, "item": pl.String, "value": pl.Float64}
    long = pl.DataFrame(rows, schema=schema, orient="row")
    key = ("patient", "visit")
    per_item = [
        pl.col("value").filter(pl.col("item") == name).sort_by(pl.col("date").filter(pl.col("item") == name)).last().alias(name)
        for name in ITEMS
    ]
    return long.group_by(key, maintain_order=True).agg(pl.col("date").min(), *per_item).sort("patient", "date", nulls_last=True)


def completion(received: pl.DataFrame, expected: pl.DataFrame) -> pl.DataFrame:
    """How many questionnaires came back, at every visit.

    Args:
        received: scored questionnaires: patient, visit, ``answered``.
        expected: patient, visit: who was alive and due to answer.

    Returns:
        visit, ``expected``, ``received`` (any item answered), ``complete`` (all 30), ``received_fraction``,
        ``complete_fraction``, ``not_expected`` (came from somebody who was not due).

    Raises:
        BadInput: a patient's visit twice.
    """
    for table, what in ((received, "received"), (expected, "expected")):
        if table.select("patient", "visit").is_duplicated().any():
            raise BadInput(f"a patient's visit is {what} twice", do="keep one row per patient and visit")
    back = received.filter(pl.col("answered") > 0).select("patient", "visit", "answered")
    due = expected.select("patient", "visit").join(back, on=("patient", "visit"), how="left", maintain_order="left")
    counted = due.group_by("visit", maintain_order=True).agg(
        pl.len().alias("expected"),
        pl.col("answered").is_not_null().sum().alias("received"),
        (pl.col("answered") == len(ITEMS)).sum().alias("complete"),
    )
    extra = back.join(expected, on=("patient", "visit"), how="anti").group_by("visit").agg(pl.len().alias("not_expected"))
    return (
        counted.join(extra, on="visit", how="full", coalesce=True, maintain_order="left")
        .with_columns(pl.col("expected", "received", "complete", "not_expected").fill_null(0))
        .with_columns(
            (pl.col(part) / pl.col("expected")).fill_nan(None).alias(f"{part}_fraction") for part in ("received", "complete")
        )
    )
