"""Whether hazards are proportional: the score test of an effect that changes with time, and scaled Schoenfeld residuals."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from glisson.errors import BadInput
from glisson.learn.cohort.cox import CoxFit
from glisson.learn.cohort.cox_fit import inverse
from glisson.learn.cohort.cox_residuals import schoenfeld_residuals
from glisson.learn.cohort.cox_sums import Layout, at_deaths, per_death, risks
from glisson.learn.cohort.kaplan_meier import kaplan_meier
from glisson.learn.cohort.risk_sets import steps_before
from glisson.learn.cohort.table import Floats, SurvivalData

TimeScale = Literal["km", "identity", "log", "rank"]
TIME_SCALES: tuple[TimeScale, ...] = ("km", "identity", "log", "rank")


@dataclass(frozen=True, eq=False)
class ProportionalityCheck:
    """Tests that each coefficient is the same at all times.

    Attributes:
        names: covariates of the model.
        statistic: chi-square with one degree of freedom each, shape (p,).
        p: two-sided, shape (p,).
        statistic_all: chi-square of all together, with p degrees of freedom.
        p_all: of all together.
        scale: of time: "km" is 1 - S(t-), "identity", "log", "rank".
        time: of each death, shape (d,).
        residual: scaled Schoenfeld residuals plus the coefficient: an estimate of the coefficient at that time, shape (d, p).
    """

    names: tuple[str, ...]
    statistic: Floats
    p: Floats
    statistic_all: float
    p_all: float
    scale: TimeScale
    time: Floats
    residual: Floats


def proportionality(data: SurvivalData, fit: CoxFit, *, scale: TimeScale = "km") -> ProportionalityCheck | None:
    """Score test that each coefficient does not change with the scaled time.

    ``None`` where nothing was estimated, or where all events are of one time: then no change can be seen.

    Args:
        data: the follow-up that was fitted.
        fit: the model.
        scale: of time.

    Raises:
        BadInput: a scale that is not known.

    References:
        Grambsch and Therneau, Biometrika 1994;81:515, as the exact score test that R's cox.zph gives since survival 3.0.
    """
    from scipy.stats import chi2

    if scale not in TIME_SCALES:
        raise BadInput(f"time scale '{scale}'", allowed=", ".join(TIME_SCALES))
    if not fit.used or not np.isfinite(fit.coefficient[list(fit.used)]).all():
        return None
    given, size = fit.layout, len(fit.used)
    if len(np.unique(given.time)) < 2:
        return None
    g = _scaled(data, given.time[given.of_death], scale)
    score, whole = _with_time(given, fit.reached, g - g.mean())
    residual, time = schoenfeld_residuals(given, fit.reached)

    def statistic(which: list[int]) -> float:
        columns = [*range(size), *(size + j for j in which)]
        vector = np.concatenate([np.zeros(size), score[which]])
        return float(vector @ inverse(whole[np.ix_(columns, columns)]) @ vector)

    each = np.array([statistic([j]) for j in range(size)])
    together = statistic(list(range(size)))
    model = fit.model_variance[np.ix_(fit.used, fit.used)]
    return ProportionalityCheck(
        tuple(fit.names[i] for i in fit.used), each, chi2.sf(each, 1), together, float(chi2.sf(together, size)), scale, time,
        residual @ model * len(residual) + fit.reached,
    )  # fmt: skip


def _scaled(data: SurvivalData, times: Floats, scale: TimeScale) -> Floats:
    if scale == "identity":
        return times
    if scale == "log":
        return np.asarray(np.log(times))
    if scale == "rank":
        ends = np.sort(data.time)  # mean rank among all ends of follow-up
        return np.asarray((np.searchsorted(ends, times) + np.searchsorted(ends, times, side="right") + 1) / 2)
    curve = kaplan_meier(SurvivalData(data.time, data.event, data.entry))
    return np.asarray(1 - np.concatenate([[1.0], curve.survival])[steps_before(curve.time, times)])


def _with_time(given: Layout, beta: Floats, g: Floats) -> tuple[Floats, Floats]:
    """Score of the coefficients times ``g`` per death, and the information of the coefficients and those together."""
    risk = risks(given, beta, float((given.x @ beta).max()))
    found, weight = at_deaths(given, risk), given.mean_weight[given.of_death]
    size = len(beta)
    score = (given.weight[given.deaths] * g) @ given.x[given.deaths] - (weight * g) @ found.mean
    whole = np.zeros((2 * size, 2 * size))
    for a in range(size):
        for b in range(size):
            spread = per_death(given, risk * given.x[:, a] * given.x[:, b]) / found.risk - found.mean[:, a] * found.mean[:, b]
            for i in (0, 1):
                for j in (0, 1):
                    whole[a + i * size, b + j * size] = (weight * g ** (i + j)) @ spread
    return np.asarray(score), whole
