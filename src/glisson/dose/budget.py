"""A budget of relative uncertainties: independent terms, their root of squares, the largest, and what could not be sized."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glisson.errors import BadInput

METHOD = "gear-2018"
"""Knowledge source of the method."""


@dataclass(frozen=True)
class Term:
    """One contribution: relative standard uncertainty (``None``: cannot be sized) and how it was found, by which source."""

    name: str
    relative: float | None
    how: str
    source: str = ""


@dataclass(frozen=True)
class MeanDoseUncertainty:
    """Uncertainty of one mean dose.

    Attributes:
        relative_total: relative standard uncertainty (k = 1); a lower bound when ``not_included`` is not empty.
        terms: relative standard uncertainty by name.
        largest: name of the largest term.
        assumptions: how every term was sized.
        not_included: terms that could not be sized.
        sources: ids of the knowledge sources behind method and sizes.
    """

    relative_total: float
    terms: dict[str, float]
    largest: str
    assumptions: tuple[str, ...]
    not_included: tuple[str, ...]
    sources: tuple[str, ...] = (METHOD,)

    @property
    def is_lower_bound(self) -> bool:
        """True when a term could not be sized."""
        return bool(self.not_included)

    @property
    def text(self) -> str:
        """As printed beside the dose."""
        least = "at least " if self.is_lower_bound else ""
        words = f"± {least}{percent(self.relative_total)} (k = 1; largest: {self.largest}, {percent(self.terms[self.largest])})"
        return f"{words}; not included: {', '.join(self.not_included)}" if self.is_lower_bound else words

    def absolute_Gy(self, mean_Gy: float) -> float:
        """Standard uncertainty of ``mean_Gy``, Gy."""
        return abs(mean_Gy) * self.relative_total

    def to_value(self) -> dict[str, Any]:
        """JSON values for a Result."""
        return {
            "relative_total_fraction": self.relative_total,
            "terms_fraction": dict(self.terms),
            "largest": self.largest,
            "assumptions": list(self.assumptions),
            "not_included": list(self.not_included),
            "lower_bound": self.is_lower_bound,
            "coverage_factor": 1,
            "sources": list(self.sources),
        }


def budget(terms: Sequence[Term]) -> MeanDoseUncertainty:
    """Combines independent terms in quadrature; a term without a size is named, never counted as zero.

    >>> budget([Term("volume", 0.04, "drawn"), Term("calibration", 0.03, "given"), Term("counts", None, "unknown")]).text
    '± at least 5 % (k = 1; largest: volume, 4 %); not included: counts'

    Raises:
        BadInput: a negative term, or none with a size.
    """
    sized = {term.name: term.relative for term in terms if term.relative is not None}
    if not sized or any(not size >= 0 for size in sized.values()):
        raise BadInput("a budget with a negative relative uncertainty, or with no term at all", allowed="0 or more")
    return MeanDoseUncertainty(
        relative_total=math.hypot(*sized.values()),
        terms=sized,
        largest=max(sized, key=lambda name: sized[name]),
        assumptions=tuple(f"{term.name}: {term.how}" for term in terms),
        not_included=tuple(term.name for term in terms if term.relative is None),
        sources=tuple(dict.fromkeys([METHOD, *(term.source for term in terms if term.source and term.relative is not None)])),
    )


def percent(fraction: float) -> str:
    """A fraction as percent with two significant figures, never as a power of ten.

    >>> percent(1.363)
    '140 %'
    """
    return f"{float(f'{100 * fraction:.2g}'):g} %"
