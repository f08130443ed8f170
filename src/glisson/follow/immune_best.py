"""Best response under iRECIST: visits up to the first confirmed progression, in the order of its Table 3."""

import polars as pl

from glisson.errors import BadInput
from glisson.follow.best_response import COUNTED, EARLY, KEY
from glisson.knowledge.endpoints import response_fact


def immune_order() -> tuple[str, ...]:
    """Calls of iRECIST, best first.

    >>> immune_order()[:4]
    ('iCR', 'iPR', 'iSD', 'non-iCR/non-iUPD')
    """
    return tuple(response_fact("order-irecist").value)


def immune_visits(visits: pl.DataFrame) -> pl.DataFrame:
    """What each visit counts as: its own call up to and including the first iCPD, nothing later.

    Raises:
        BadInput: a call that iRECIST does not have.

    References:
        Seymour 2017, Table 3: eight courses with their best response.
    """
    order = immune_order()
    unknown = visits.filter(~pl.col("overall").is_in(order).fill_null(False)).height
    if unknown:
        raise BadInput(f"{unknown} responses under iRECIST have a call that is not known", allowed=", ".join(order))
    visits = visits.sort([*KEY, "date", "visit_number"])
    confirmed = ((pl.col("overall") == "iCPD") & pl.col("kept")).cast(pl.Int32)
    kept = pl.col("kept") & (confirmed.cum_sum().shift(1).over(KEY).fill_null(0) == 0)
    visits = visits.with_columns(kept=kept)
    rank = pl.col("overall").replace_strict(list(order), list(range(1, len(order) + 1)), return_dtype=pl.Int8)
    return visits.with_columns(
        rank=pl.when("kept").then(rank),
        counted=pl.when("kept").then(pl.col("overall")),
        why=pl.when("kept")
        .then(pl.format("{} at {}", "overall", "visit"))
        .when("early")
        .then(pl.lit(EARLY))
        .otherwise(pl.lit("after the first iCPD or after the cut")),
        confirmed_on=pl.lit(None, dtype=pl.Date),
        complete_then_partial=pl.lit(False),
    ).select(COUNTED)
