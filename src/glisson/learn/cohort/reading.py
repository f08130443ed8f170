"""Numbers read off a survival curve: survival at a time, median with interval, at-risk and censored rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glisson.errors import BadInput
from glisson.learn.cohort.interval import IntervalType
from glisson.learn.cohort.kaplan_meier import Curve
from glisson.learn.cohort.risk_sets import at_risk, steps_before
from glisson.learn.cohort.table import Floats, SurvivalData, weights

if TYPE_CHECKING:
    import polars as pl

SAME_LEVEL = 1.5e-8
"""Two probabilities that differ by less are one: 0.5 after many products is 0.5."""
NOT_REACHED = "not reached"


@dataclass(frozen=True)
class Quantile:
    """Time by which a fraction has had the event; ``None`` is *not reached*, never the last time.

    Attributes:
        fraction: that has had the event; 0.5 is the median.
        time: in the unit of the follow-up.
        low: of the interval; ``None`` where the low end of the band never falls to the level.
        high: of the interval; ``None`` where it is not reached.
        interval: type of the pointwise interval that was inverted.
        confidence_fraction: of the interval.
    """

    fraction: float
    time: float | None
    low: float | None
    high: float | None
    interval: IntervalType
    confidence_fraction: float

    def __str__(self) -> str:
        ends = [NOT_REACHED if end is None else f"{end:.1f}" for end in (self.time, self.low, self.high)]
        return f"{ends[0]} ({100 * self.confidence_fraction:g} % CI {ends[1]} to {ends[2]}, {self.interval})"


def survival_quantile(curve: Curve, fraction: float = 0.5) -> Quantile:
    """Time by which ``fraction`` has had the event, with the interval that the curve's band gives (Brookmeyer and Crowley).

    Where the curve is flat exactly at the level, the middle of the flat piece is given, as R does.

    >>> from glisson.learn.cohort.kaplan_meier import kaplan_meier
    >>> from glisson.learn.cohort.table import survival_data
    >>> survival_quantile(kaplan_meier(survival_data([1, 2, 3, 4, 5], [1, 1, 1, 1, 1]))).time
    3.0

    Raises:
        BadInput: a fraction outside 0 to 1.

    References:
        Brookmeyer and Crowley, Biometrics 1982;38:29.
    """
    if not 0 < fraction < 1:
        raise BadInput(f"a fraction of {fraction:g}", allowed="more than 0, less than 1")
    level = 1 - fraction
    found = [_falls_to(curve.time, values, level) for values in (curve.survival, curve.low, curve.high)]
    return Quantile(fraction, found[0], found[1], found[2], curve.interval, curve.confidence_fraction)


def _falls_to(time: Floats, values: Floats, level: float) -> float | None:
    there = np.isfinite(values)
    time, values = time[there], values[there]
    reached = np.flatnonzero(values <= level + SAME_LEVEL)
    if not len(reached):
        return None
    first = int(reached[0])
    if abs(values[first] - level) > SAME_LEVEL:
        return float(time[first])
    below = np.flatnonzero(values < level - SAME_LEVEL)
    return float((time[first] + time[below[0] if len(below) else -1]) / 2)


def survival_at(curve: Curve, times: Sequence[float]) -> "pl.DataFrame":
    """Survival at the times asked for: time, at_risk, survival, standard_error, low, high; null after the last follow-up.

    The last follow-up is no event unless the curve ends at 0: beyond it nothing is known, and nothing is said.
    """
    import polars as pl

    asked = np.asarray(times, dtype=np.float64)
    step = steps_before(curve.time, asked) + 1
    ended = (asked > curve.time[-1]) & (curve.survival[-1] > 0) if len(curve.time) else np.ones(len(asked), bool)
    columns = {"time": asked, "at_risk": np.append(curve.at_risk, 0.0)[np.searchsorted(curve.time, asked)]}
    for name, first in (("survival", 1.0), ("standard_error", 0.0), ("low", 1.0), ("high", 1.0)):
        values = np.concatenate([[first], getattr(curve, name)])[step]
        columns[name] = np.where(ended, np.nan, values)
    return pl.DataFrame(columns).with_columns(pl.all().fill_nan(None))


def risk_table(data: SurvivalData, times: Sequence[float]) -> "pl.DataFrame":
    """Rows under a survival figure: at_risk just before each ascending time, cumulative events and censored up to it."""
    import polars as pl

    asked = np.asarray(times, dtype=np.float64)
    weight = weights(data)
    columns = {"time": asked, "at_risk": at_risk(data, asked)}
    for name, which in (("events", data.event > 0), ("censored", data.event == 0)):
        order = np.argsort(data.time[which], kind="stable")
        sums = np.concatenate([[0.0], np.cumsum(weight[which][order])])
        columns[name] = sums[steps_before(data.time[which][order], asked) + 1]
    return pl.DataFrame(columns)


def curve_table(curve: Curve) -> "pl.DataFrame":
    """The curve as a table, from time 0: time, at_risk, events, censored, survival, standard_error, low, high."""
    import polars as pl

    first = {"time": 0.0, "at_risk": float(curve.rows), "events": 0.0, "censored": 0.0, "survival": 1.0}
    first |= {"standard_error": 0.0, "low": 1.0, "high": 1.0}
    columns = {name: np.concatenate([[value], getattr(curve, name)]) for name, value in first.items()}
    if len(curve.at_risk):
        columns["at_risk"][0] = curve.at_risk[0]
    return pl.DataFrame(columns).with_columns(pl.all().fill_nan(None))
