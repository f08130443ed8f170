"""Propensity: each patient's probability of one of two treatments from what was known before, and where the two overlap."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.learn.cohort.design import Term, design
from glisson.learn.cohort.logistic import LogisticFit, logistic
from glisson.learn.cohort.model_checks import ENOUGH_EVENTS
from glisson.learn.cohort.table import Booleans, Floats

if TYPE_CHECKING:
    import polars as pl

EXTREME = 0.1
"""Propensities below this, or above 1 minus this, belong to patients who almost always get one treatment (Crump et al.,
Biometrika 2009;96:187, section 4: the rule of thumb)."""
BINS = 20


@dataclass(frozen=True)
class Overlap:
    """Where the propensities of the two groups lie, 0 to 1; the exposed are second in each pair.

    Attributes:
        lowest: by group.
        highest: by group.
        outside: patients of each group beyond the other's range.
        extreme: patients of each group below 0.1 or above 0.9.
        histogram: counts of each group in 20 bins of equal width: from, to, unexposed, exposed.
    """

    lowest: tuple[float, float]
    highest: tuple[float, float]
    outside: tuple[int, int]
    extreme: tuple[int, int]
    histogram: tuple[dict[str, float | int], ...]


@dataclass(frozen=True, eq=False)
class Propensity:
    """Propensity of the exposure, of the rows with known exposure and no missing covariate.

    Attributes:
        complete: which rows of the table are in the model, shape (n,).
        exposed: of the rows in the model, shape (k,).
        fraction: probability of the exposure, shape (k,); ``None`` where it cannot be said.
        model: the logistic model behind it.
        terms: what its coefficients stand for.
        overlap: of the two groups; ``None`` where there are no propensities.
        cannot_say: why there are none.
        findings: what a reader must know.
    """

    complete: Booleans
    exposed: Booleans
    fraction: Floats | None
    model: LogisticFit
    terms: tuple[Term, ...]
    overlap: Overlap | None
    cannot_say: str | None
    findings: tuple[Finding, ...]

    @property
    def value(self) -> dict[str, Any]:
        """The model's coefficients as plain values."""
        errors = np.sqrt(np.diag(self.model.variance))[1:]
        terms = {term.name: term for term in self.terms}
        return {
            "intercept": self.model.intercept,
            "terms": [
                {"name": name, "column": terms[name].column, "log_odds_ratio": float(beta), "standard_error": float(error)}
                for name, beta, error in zip(self.model.names, self.model.coefficient, errors, strict=True)
            ],
        }


def propensity(exposed: Sequence[bool | None], covariates: "pl.DataFrame") -> Propensity:
    """Propensity of the exposure by logistic regression on all covariates together, complete cases.

    Args:
        exposed: of each row; ``None`` where it is not known.
        covariates: their columns, one row per row of ``exposed``; numbers enter as they are, words as levels.

    Raises:
        BadInput: lengths that differ.

    References:
        Rosenbaum and Rubin, Biometrika 1983;70:41.
    """
    import polars as pl

    if len(exposed) != covariates.height:
        raise BadInput(f"{len(exposed)} exposures and {covariates.height} rows of covariates", allowed="one of each per row")
    known = np.array([one is not None for one in exposed], dtype=bool)
    findings = []
    if not known.all():
        text = f"{int((~known).sum())} of {len(known)} rows of unknown exposure take no part"
        findings.append(Finding(code="unknown-exposure", level=Level.WARNING, text=text))
    given = design(covariates.filter(pl.Series(known)), covariates.columns)
    findings += given.findings
    complete = known.copy()
    complete[known] = given.complete
    which = np.array([one is True for one in exposed], dtype=bool)[complete]
    model = logistic(which, given.x, given.names)
    findings += model.findings
    if model.fraction is None:
        empty = not which.any() or which.all()
        why = f"there is no propensity: {'one of the two groups is empty' if empty else model.cannot_say}"
        return Propensity(complete, which, None, model, given.terms, None, why, tuple(findings))
    overlap = overlap_of(model.fraction, which)
    findings += [*_few(which, len(model.names)), *_poor_overlap(overlap, which)]
    return Propensity(complete, which, model.fraction, model, given.terms, overlap, None, tuple(findings))


def overlap_of(fraction: Floats, exposed: Booleans) -> Overlap:
    """How the propensities of the two groups overlap.

    Args:
        fraction: propensities, 0 to 1, shape (k,); both groups have some.
        exposed: shape (k,).
    """
    both = [fraction[~exposed], fraction[exposed]]
    lowest, highest = [float(one.min()) for one in both], [float(one.max()) for one in both]
    outside = [int(((one < lowest[1 - i]) | (one > highest[1 - i])).sum()) for i, one in enumerate(both)]
    extreme = [int(((one < EXTREME) | (one > 1 - EXTREME)).sum()) for one in both]
    counts = [np.histogram(one, bins=BINS, range=(0, 1))[0] for one in both]
    histogram = tuple(
        {"from": i / BINS, "to": (i + 1) / BINS, "unexposed": int(counts[0][i]), "exposed": int(counts[1][i])}
        for i in range(BINS)
    )
    return Overlap(
        (lowest[0], lowest[1]), (highest[0], highest[1]), (outside[0], outside[1]), (extreme[0], extreme[1]), histogram
    )


def _few(exposed: Booleans, covariates: int) -> list[Finding]:
    fewer = min(int(exposed.sum()), int((~exposed).sum()))
    if fewer >= ENOUGH_EVENTS * covariates:
        return []
    text = f"propensity: {fewer} patients in the smaller group for {covariates} coefficients; below {ENOUGH_EVENTS} each it is unstable"
    return [Finding(code="few-rows-per-coefficient", level=Level.WARNING, text=text)]


def _poor_overlap(overlap: Overlap, exposed: Booleans) -> list[Finding]:
    findings = []
    if any(overlap.extreme):
        text = (
            f"positivity: {overlap.extreme[1]} of {int(exposed.sum())} exposed and {overlap.extreme[0]} of {int((~exposed).sum())} "
            f"others have a propensity below {EXTREME:g} or above {1 - EXTREME:g}: for patients like them one treatment is rarely "
            "given, and the comparison rests on few"
        )
        findings.append(Finding(code="positivity", level=Level.WARNING, text=text))
    if any(overlap.outside):
        text = (
            f"overlap: {overlap.outside[1]} exposed and {overlap.outside[0]} others have a propensity that nobody of the other group "
            "reaches: for them there is no comparison in these data"
        )
        findings.append(Finding(code="poor-overlap", level=Level.WARNING, text=text))
    return findings
