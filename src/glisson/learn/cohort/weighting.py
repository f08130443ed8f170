"""Inverse probability of treatment weights: what each patient counts, so that two groups become alike in what was known before."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.learn.cohort.propensity import Propensity
from glisson.learn.cohort.table import Booleans, Floats

Estimand = Literal["ATE", "ATT"]
LARGE_SHARE = 0.1
"""One patient who carries more than this share of a group's weight is named as a risk (a choice of this program)."""
HALF = 0.5


@dataclass(frozen=True)
class Choice:
    """How patients are weighted.

    Attributes:
        estimand: "ATE": as if all had been exposed, against as if nobody had; "ATT": the same among those who were exposed.
        stabilised: weights times the share of the group, so that they average about 1 (for ATT: the unexposed keep their number
            instead of adding up to the exposed). A Kaplan-Meier curve of one group stays the same; a hazard ratio moves a little,
            since the groups count differently in the risk sets.
        truncate_fraction: weights beyond these lower and upper percentiles, as fractions, become the percentile; 0: none. For ATT
            the percentiles are those of the unexposed, since the exposed all count as 1.
    """

    estimand: Estimand = "ATE"
    stabilised: bool = True
    truncate_fraction: float = 0.0

    def __post_init__(self) -> None:
        if self.estimand not in ("ATE", "ATT"):
            raise BadInput(f"estimand '{self.estimand}'", allowed="ATE, ATT")
        if not 0 <= self.truncate_fraction < 0.5:
            raise BadInput(f"truncation at {self.truncate_fraction:g}", allowed="0 (none) or more, less than 0.5")


@dataclass(frozen=True, eq=False)
class Weighting:
    """Weights and what they cost.

    Attributes:
        weight: of each row in the propensity model, shape (k,).
        choice: how they were made.
        truncated: rows whose weight was cut.
        limits: between which; ``None`` where nothing was cut.
        rows: of the unexposed and the exposed.
        effective: sample size of the unexposed and the exposed after weighting (Kish).
        mean: weight of the unexposed and the exposed.
        largest: weight of the unexposed and the exposed.
        findings: what a reader must know.
    """

    weight: Floats
    choice: Choice
    truncated: int
    limits: tuple[float, float] | None
    rows: tuple[int, int]
    effective: tuple[float, float]
    mean: tuple[float, float]
    largest: tuple[float, float]
    findings: tuple[Finding, ...]


def treatment_weights(*, fraction: Floats, exposed: Booleans, estimand: Estimand, stabilised: bool) -> Floats:
    """Weight of each row from its propensity, shape (k,).

    ATE: 1/e for the exposed, 1/(1 - e) for the others; ATT: 1 and e/(1 - e). Stabilised: times the share of the group (ATE), the
    others times the odds of not being exposed (ATT).

    >>> fraction, exposed = np.array([0.25, 0.5]), np.array([True, False])
    >>> treatment_weights(fraction=fraction, exposed=exposed, estimand="ATE", stabilised=False).tolist()
    [4.0, 2.0]
    >>> treatment_weights(fraction=fraction, exposed=exposed, estimand="ATT", stabilised=False).tolist()
    [1.0, 1.0]

    Raises:
        BadInput: a propensity of 0 or 1, or beyond.

    References:
        Robins, Hernán and Brumback, Epidemiology 2000;11:550; ATT: Hirano, Imbens and Ridder, Econometrica 2003;71:1161.
    """
    if not ((fraction > 0) & (fraction < 1)).all():
        raise BadInput("a propensity that is 0 or 1", allowed="more than 0, less than 1")
    share = float(exposed.mean())
    if estimand == "ATE":
        top = (share, 1 - share) if stabilised else (1.0, 1.0)
        return np.asarray(np.where(exposed, top[0] / fraction, top[1] / (1 - fraction)))
    odds = (1 - share) / share if stabilised else 1.0
    return np.asarray(np.where(exposed, 1.0, odds * fraction / (1 - fraction)))


def effective_size(weight: Floats) -> float:
    """Number of equally weighted patients who would tell as much: (Σw)² / Σw².

    >>> effective_size(np.array([1.0, 1.0, 2.0]))  # 16 / 6
    2.6666666666666665

    References:
        Kish, Survey Sampling, 1965, section 11.7.
    """
    squares = float((weight**2).sum())
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0


def weighting(given: Propensity, choice: Choice) -> Weighting | None:
    """Weights of the rows in a propensity model; ``None`` where there are no propensities (its findings say why).

    Args:
        given: propensities of the exposure.
        choice: estimand, stabilising, truncation.

    References:
        Truncation at percentiles: Cole and Hernán, Am J Epidemiol 2008;168:656.
    """
    if given.fraction is None:
        return None
    raw = treatment_weights(
        fraction=given.fraction, exposed=given.exposed, estimand=choice.estimand, stabilised=choice.stabilised
    )
    open_to_cut = ~given.exposed if choice.estimand == "ATT" else np.ones(len(raw), dtype=bool)
    weight, limits = raw, None
    if choice.truncate_fraction:
        low, high = (
            float(end) for end in np.quantile(raw[open_to_cut], (choice.truncate_fraction, 1 - choice.truncate_fraction))
        )
        weight, limits = np.where(open_to_cut, np.clip(raw, low, high), raw), (low, high)
    both = [weight[~given.exposed], weight[given.exposed]]
    effective = [effective_size(one) for one in both]
    truncated = int((weight != raw).sum())
    return Weighting(
        weight, choice, truncated, limits, (len(both[0]), len(both[1])), (effective[0], effective[1]),
        (float(both[0].mean()), float(both[1].mean())), (float(both[0].max()), float(both[1].max())),
        tuple(_costs(both, effective, truncated, limits)),
    )  # fmt: skip


def _costs(both: list[Floats], effective: list[float], cut: int, limits: tuple[float, float] | None) -> list[Finding]:
    findings = []
    if cut and limits:
        text = f"{cut} weights beyond {limits[0]:.3g} to {limits[1]:.3g} were set to these limits: less variance for some remaining bias"
        findings.append(Finding(code="weights-truncated", level=Level.NOTE, text=text))
    for name, weight, size in zip(("the unexposed", "the exposed"), both, effective, strict=True):
        if size < HALF * len(weight):
            text = f"weighting leaves {name}, {len(weight)} patients, the precision of {size:.0f}"
            findings.append(Finding(code="small-effective-size", level=Level.WARNING, text=text))
        share = float(weight.max() / weight.sum())
        if share > LARGE_SHARE:
            text = f"one patient carries {100 * share:.0f} % of the weight of {name}"
            findings.append(Finding(code="one-large-weight", level=Level.WARNING, text=text))
    return findings
