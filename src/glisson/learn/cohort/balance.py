"""Balance: how far apart two groups lie in each covariate before and after weighting."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from glisson.case import Finding, Level
from glisson.learn.cohort.standardised_difference import Kind, standardised_differences
from glisson.learn.cohort.table import Floats

if TYPE_CHECKING:
    import polars as pl

BALANCED = 0.1
"""Standardised differences up to this are commonly called negligible (Austin, Stat Med 2009;28:3083)."""


@dataclass(frozen=True)
class Balance:
    """One covariate before and after weighting.

    Attributes:
        name: of the covariate.
        kind: "number" (signed: second group minus first), "category" or "choices" (0 or more).
        before: standardised difference; ``None`` where it cannot be said.
        after: with the weights.
        missing: rows without a value.
        cannot_say: why there is none.
    """

    name: str
    kind: Kind
    before: float | None
    after: float | None
    missing: int
    cannot_say: str | None = None


def balance(columns: "pl.DataFrame", group: Sequence[str], weight: Floats, *, order: tuple[str, str]) -> tuple[Balance, ...]:
    """Standardised differences of every column between two groups, before and after weighting.

    Args:
        columns: numbers, words, or lists of words.
        group: name of the group of each row.
        weight: of each row, shape (n,).
        order: names of the first and the second group.

    References:
        Austin and Stuart, Stat Med 2015;34:3661, section 3.1.
    """
    found = []
    for name in columns.columns:
        before = standardised_differences(columns[name], group, order=order)
        after = standardised_differences(columns[name], group, weight=weight, order=order)
        first, second = before.largest, after.largest
        whys = [pair.cannot_say for one in (before, after) for pair in one.pairs if pair.cannot_say]
        found.append(
            Balance(
                name, before.kind, first.difference if first else None, second.difference if second else None,
                sum(before.missing), whys[0] if whys else None,
            )
        )  # fmt: skip
    return tuple(found)


def imbalance(found: Sequence[Balance]) -> list[Finding]:
    """A warning for each covariate that weighting leaves apart."""
    return [
        Finding(
            code="not-balanced",
            level=Level.WARNING,
            text=f"{one.name} is still {abs(one.after):.2f} standard deviations apart after weighting (more than {BALANCED:g})",
        )
        for one in found
        if one.after is not None and abs(one.after) > BALANCED
    ]
