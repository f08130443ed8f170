"""The criteria by name, and where a computed response differs from the one that a reader stated."""

from typing import Protocol

import polars as pl

from glisson.errors import BadInput
from glisson.follow.easl import easl
from glisson.follow.hepatic import recist11_liver
from glisson.follow.irecist import irecist
from glisson.follow.measurements import KEY, checked_statements
from glisson.follow.mrecist import mrecist
from glisson.follow.recist import recist11
from glisson.follow.rules import Rules
from glisson.follow.volumetric import volumetric


class Criterion(Protocol):
    """A criterion: measurements and statements in, a table of ``RESPONSES`` out."""

    def __call__(
        self, measurements: pl.DataFrame, statements: pl.DataFrame | None = None, *, rules: Rules | None = None
    ) -> pl.DataFrame:
        """Responses, one row per patient, reader and follow-up visit."""
        ...


BY_NAME: dict[str, Criterion] = {
    "recist11": recist11,
    "recist11-liver": recist11_liver,
    "mrecist": mrecist,
    "irecist": irecist,
    "easl": easl,
    "volumetric": volumetric,
}
"""Names as on the command line."""


def criterion(name: str) -> Criterion:
    """The criterion of that name.

    Raises:
        BadInput: none of that name; the message lists them.
    """
    if name not in BY_NAME:
        raise BadInput(f"no criterion '{name}'", allowed=", ".join(BY_NAME))
    return BY_NAME[name]


def compared(responses: pl.DataFrame, statements: pl.DataFrame) -> pl.DataFrame:
    """Computed beside stated responses, one row per visit that has either.

    A visit agrees when the stated word is that of the visit's own reading (``as_read``): forms ask for that, while ``overall``
    stays PD after a progression; ``reason`` says so then.

    Args:
        responses: of one criterion.
        statements: of ``STATEMENTS``.

    Returns:
        patient, reader, visit_number, visit, date, stated, overall, as_read, agrees (null where one of the two is missing),
        reason (empty where they agree outright).
    """
    stated = checked_statements(statements).filter(pl.col("stated_response").is_not_null())
    computed = responses.select(*KEY, "visit", "date", "overall", "as_read", "words")
    both = computed.join(stated.select(*KEY, stated="stated_response"), on=list(KEY), how="full", coalesce=True)
    same = pl.col("stated") == pl.col("as_read")
    reason = (
        pl.when(pl.col("overall").is_null())
        .then(pl.lit("stated, but nothing was measured at this visit"))
        .when(pl.col("stated").is_null())
        .then(pl.lit("nothing stated"))
        .when(same & (pl.col("overall") != pl.col("as_read")))
        .then(pl.lit("agrees as read; overall stays PD after the earlier progression"))
        .when(same)
        .then(pl.lit(""))
        .otherwise("words")
    )
    return both.select(*KEY, "visit", "date", "stated", "overall", "as_read", agrees=same, reason=reason).sort(*KEY)
