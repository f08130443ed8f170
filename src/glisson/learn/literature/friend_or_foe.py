"""Friend or foe: does a combination do better than two treatments that know nothing of each other?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from glisson.errors import BadInput
from glisson.learn.literature.effects import Floats
from glisson.learn.literature.independent_action import independent_action
from glisson.learn.literature.steps import People, Steps, product_limit

if TYPE_CHECKING:
    import polars as pl

Answer = Literal["beyond", "as expected", "below", "cannot say"]
CORRELATIONS = (0.0, 0.15, 0.3, 0.45, 0.6)
"""Rank correlations of the two times of a patient that are tried unless others are asked for."""
MARGIN_FRACTION = 0.1
"""A difference of less than this share of the expected mean time is no difference worth the name; a choice of this project."""
FEW = 10
"""Events in an arm below which nothing is said."""
DRAWS = 1000
ASSUMPTIONS = (
    "each patient's time with both is the longer of the two times with one (independent action): no treatment helps or hinders the other",
    "the two times of a patient are joined by a Gaussian copula with the rank correlations shown; no trial can measure that correlation",
    "the three groups are of one kind: line, disease, endpoint, origin of time and scans; only groups randomised in one trial surely are",
    "doses in the combination are those given alone, and what is given after progression is alike",
    "'beyond' is no proof of synergy in a patient, and 'as expected' is no reason against a combination: it may still be the best choice",
)


@dataclass(frozen=True, eq=False)
class Expected:
    """Observed against expected at one correlation; times in the unit of the data.

    Attributes:
        rank_correlation: of the two times of a patient.
        mean_time: expected restricted mean time.
        difference: observed minus expected; ``low`` and ``high`` its bootstrap interval.
        median: expected; ``None`` where not reached.
    """

    rank_correlation: float
    mean_time: float
    difference: float
    low: float
    high: float
    median: float | None


@dataclass(frozen=True, eq=False)
class FriendOrFoe:
    """The answer with what it rests on.

    Attributes:
        answer: "beyond", "as expected", "below" or "cannot say".
        reason: in words.
        horizon: until which mean times are taken.
        observed_mean_time: restricted, of the combination.
        observed_median: ``None`` where not reached.
        expected: by correlation, ascending.
        best_alone: difference from the better single treatment, with its interval.
        margin: in the unit of time.
        curves: times and survival: combination, first, second, and each expectation.
        assumptions: to be printed.
        draws: of the bootstrap; ``seed`` of its generator.
    """

    answer: Answer
    reason: str
    horizon: float
    observed_mean_time: float
    observed_median: float | None
    expected: tuple[Expected, ...]
    best_alone: tuple[float, float, float]
    margin: float
    curves: dict[str, Floats]
    assumptions: tuple[str, ...]
    draws: int
    seed: int
    confidence_fraction: float

    def table(self) -> "pl.DataFrame":
        """By correlation: rank_correlation, mean_time_expected, mean_time_observed, difference, low, high, median_expected."""
        import polars as pl

        rows = [
            (one.rank_correlation, one.mean_time, self.observed_mean_time, one.difference, one.low, one.high, one.median)
            for one in self.expected
        ]
        names = ("rank_correlation", "mean_time_expected", "mean_time_observed", "difference", "low", "high", "median_expected")
        return pl.DataFrame(rows, schema=list(names), orient="row", infer_schema_length=None)

    def curve_table(self) -> "pl.DataFrame":
        """Curves for a figure: time, combination, first, second, expected_<correlation>."""
        import polars as pl

        return pl.DataFrame(self.curves)


def friend_or_foe(
    *,
    first: People,
    second: People,
    both: People,
    seed: int,
    correlations: Sequence[float] = CORRELATIONS,
    horizon: float | None = None,
    margin_fraction: float = MARGIN_FRACTION,
    confidence_fraction: float = 0.95,
    draws: int = DRAWS,
) -> FriendOrFoe:
    """Compares the combination with independent action of the single treatments, by restricted mean time.

    "beyond": above the expectation, with confidence, at every correlation; "below": under it at every one; "as expected": with
    confidence no more than the margin outside the range of the expectations; else "cannot say". A small trial therefore never
    answers "as expected" because it is small.

    Args:
        first: follow-up with the one treatment.
        second: follow-up with the other.
        both: follow-up with the combination.
        seed: of the bootstrap: patients are drawn again within each group.
        correlations: Spearman's, of the two times of one patient.
        horizon: until which mean times are taken; if ``None``, the shortest follow-up of the three groups.
        margin_fraction: of the smallest expected mean time.
        confidence_fraction: of the intervals.
        draws: of the bootstrap.

    Raises:
        BadInput: a horizon beyond what all three groups were followed, no correlation, or too few draws.

    References:
        Palmer and Sorger, Cell 2017;171:1678; Palmer, Chidley and Sorger, eLife 2019;8:e50036. Royston and Parmar, BMC Med Res
        Methodol 2013;13:152 (restricted mean time). Efron and Tibshirani 1993, ch. 13 (percentile interval).
    """
    groups = (first, second, both)
    rhos = sorted(correlations)
    _require(rhos, draws, margin_fraction, confidence_fraction)
    curves = [product_limit(group) for group in groups]
    until = _horizon(curves, horizon)
    seen, wanted, alone = _means(curves, until, rhos)
    sampled = _bootstrap(groups, until, rhos, seed=seed, draws=draws)
    tail = (1 - confidence_fraction) / 2
    expected = []
    for i, rho in enumerate(rhos):
        low, high = np.quantile(sampled[:, i], [tail, 1 - tail])
        expected.append(Expected(rho, wanted[i], seen - wanted[i], float(low), float(high), _median(curves, rho)))
    low, high = np.quantile(sampled[:, -1], [tail, 1 - tail])
    margin = margin_fraction * min(wanted)
    answer, reason = _answer(expected, margin, [group.events for group in groups])
    return FriendOrFoe(
        answer, reason, until, seen, curves[2].median(), tuple(expected), (seen - max(alone), float(low), float(high)), margin,
        _drawn(curves, until, rhos), ASSUMPTIONS, draws, seed, confidence_fraction,
    )  # fmt: skip


def _require(rhos: Sequence[float], draws: int, margin_fraction: float, confidence_fraction: float) -> None:
    if not rhos or not all(-1 <= rho <= 1 for rho in rhos):
        raise BadInput("no rank correlation, or one outside its range", allowed="-1 to 1")
    if draws < 100:
        raise BadInput(f"{draws} draws of the bootstrap", allowed="100 or more")
    if not 0 <= margin_fraction < 1 or not 0 < confidence_fraction < 1:
        raise BadInput("a margin or a confidence outside its range", allowed="fractions, 0 to 1")


def _horizon(curves: Sequence[Steps], horizon: float | None) -> float:
    """The time until which all groups are known; a curve at 0 is known for ever."""
    ends = [np.inf if len(one.survival) and one.survival[-1] <= 0 else one.end for one in curves]
    most = float(min(ends)) if np.isfinite(min(ends)) else max(one.end for one in curves)
    if horizon is not None and not 0 < horizon <= most:
        raise BadInput(f"a horizon of {horizon:g}", allowed=f"above 0, at most {most:g}, the shortest follow-up of the groups")
    return most if horizon is None else horizon


def _grid(curves: Sequence[Steps], until: float) -> Floats:
    times = np.unique(np.concatenate([[0.0], *(one.time for one in curves)]))
    return times[times < until]


def _means(curves: Sequence[Steps], until: float, rhos: Sequence[float]) -> tuple[float, list[float], list[float]]:
    """Restricted mean time of the combination, of each expectation, and of each treatment alone."""
    times = _grid(curves[:2], until)
    width = np.diff(np.append(times, until))
    a, b = (_known(one, times) for one in curves[:2])
    wanted = [float(np.sum(width * independent_action(first=a, second=b, rank_correlation=rho))) for rho in rhos]
    return curves[2].area(until), wanted, [curves[0].area(until), curves[1].area(until)]


def _known(curve: Steps, times: Floats) -> Floats:
    """Survival at the times; in a sample whose last one is censored early the curve stays where it is."""
    return np.concatenate([[1.0], curve.survival])[np.searchsorted(curve.time, times, side="right")]


def _bootstrap(groups: Sequence[People], until: float, rhos: Sequence[float], *, seed: int, draws: int) -> Floats:
    """Differences by correlation, and from the better treatment alone in the last column; shape (draws, correlations + 1)."""
    generator = np.random.default_rng(seed)
    found = np.empty((draws, len(rhos) + 1))
    for draw in range(draws):
        curves = []
        for group in groups:
            rows = generator.integers(0, len(group), len(group))
            curves.append(product_limit(People(group.time[rows], group.event[rows])))
        seen, wanted, alone = _means(curves, until, rhos)
        found[draw, :-1] = seen - np.array(wanted)
        found[draw, -1] = seen - max(alone)
    return found


def _answer(expected: Sequence[Expected], margin: float, events: Sequence[int]) -> tuple[Answer, str]:
    if min(events) < FEW:
        return "cannot say", f"a group has {min(events)} events; {FEW} are the least"
    if all(one.low > 0 for one in expected):
        return "beyond", "the mean time is above independent action at every correlation tried, with confidence"
    if all(one.high < 0 for one in expected):
        return "below", "the mean time is under independent action at every correlation tried, with confidence"
    most, least = max(expected, key=lambda one: one.mean_time), min(expected, key=lambda one: one.mean_time)
    if most.high < margin and least.low > -margin:
        return (
            "as expected",
            f"the mean time lies, with confidence, within {margin:.2g} of the range that independent action predicts",
        )
    if any(one.low > 0 or one.high < 0 for one in expected):
        return "cannot say", "the answer changes with the correlation of a patient's two times, which is not known"
    return "cannot say", "the interval holds both independent action and differences larger than the margin: too few events"


def _median(curves: Sequence[Steps], rho: float) -> float | None:
    times = _grid(curves[:2], min(one.end for one in curves[:2]) + 1e-9)
    a, b = (_known(one, times) for one in curves[:2])
    return Steps(times, independent_action(first=a, second=b, rank_correlation=rho), float(times[-1])).median()


def _drawn(curves: Sequence[Steps], until: float, rhos: Sequence[float]) -> dict[str, Floats]:
    times = np.append(_grid(curves, until), until)
    a, b, both = (_known(one, times) for one in curves)
    drawn = {"time": times, "combination": both, "first": a, "second": b}
    return drawn | {f"expected_{rho:g}": independent_action(first=a, second=b, rank_correlation=rho) for rho in rhos}
