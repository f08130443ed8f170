"""Cited sizes of uncertainty terms, used where a case states nothing better."""

import math
from functools import cache
from typing import Literal

from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited, Strict


class UncertaintyTerm(Strict):
    """A relative uncertainty: a standard one, or the half-width of a rectangular distribution."""

    id: str
    value: Cited
    distribution: Literal["standard", "rectangular"]

    @property
    def standard_fraction(self) -> float:
        """Relative standard uncertainty (k = 1): the value, or half-width / sqrt 3 (JCGM 100:2008, 4.3.7)."""
        size = float(self.value.value)
        return size if self.distribution == "standard" else size / math.sqrt(3.0)


@cache
def uncertainty_terms() -> dict[str, UncertaintyTerm]:
    """Every term by id.

    >>> uncertainty_terms()["calibration"].standard_fraction
    0.05
    """
    return {entry.id: entry for entry in read_entries("uncertainty/terms.yaml", UncertaintyTerm)}
