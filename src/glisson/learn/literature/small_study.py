"""Do small studies say something else than large ones? Egger's regression, trim and fill, and the points of a funnel plot."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from glisson.errors import BadInput, OutOfScope
from glisson.learn.literature.effects import Effects, Floats, effects
from glisson.learn.literature.pool import Pooled, pool

if TYPE_CHECKING:
    import polars as pl

FEW = 10
"""Below so many studies tests of asymmetry have too little power to say anything (Sterne et al., BMJ 2011;343:d4002)."""
Side = Literal["left", "right"]


@dataclass(frozen=True)
class Asymmetry:
    """Egger's regression.

    Attributes:
        statistic, p_value: of the slope on the standard error.
        free: degrees of freedom of t; ``None`` for the normal distribution.
        limit: estimate of a study without sampling error, on the scale of the effects.
        model: in words.
        few: whether there are too few studies to believe a small statistic.
    """

    statistic: float
    p_value: float
    free: int | None
    limit: float
    model: str
    few: bool


def egger(pooled: Pooled, *, model: Literal["classic", "mixed"] = "classic") -> Asymmetry:
    """Regression of the effect on its standard error.

    "classic": weighted least squares with a free residual variance (Egger et al.); "mixed": meta-regression with the method of
    ``pooled`` (Sterne and Egger).

    Raises:
        OutOfScope: fewer than 3 studies, or standard errors that are all the same.

    References:
        Egger et al., BMJ 1997;315:629. Sterne and Egger, in Rothstein, Sutton and Borenstein 2005, ch. 6.
    """
    y, v = pooled.effects.estimate, pooled.effects.variance
    error = np.sqrt(v)
    if len(y) < 3 or np.ptp(error) < 1e-12 * float(error.max()):
        raise OutOfScope("Egger's regression needs 3 studies of different size")
    if model == "mixed":
        found = pool(pooled.effects, method=pooled.method, test=pooled.test, moderators={"standard error": list(error)})
        words = "meta-regression on the standard error"
        statistic, p_value, free, limit = found.statistic[1], found.p_value[1], found.free, found.estimate[0]
    else:
        found = pool(pooled.effects, method="fixed", test="Hartung-Knapp", moderators={"standard error": list(error)})
        words = "weighted regression on the standard error, multiplicative residual variance"
        statistic, p_value, free, limit = found.statistic[1], found.p_value[1], found.free, found.estimate[0]
    return Asymmetry(float(statistic), float(p_value), free, float(limit), words, len(y) < FEW)


@dataclass(frozen=True, eq=False)
class Filled:
    """Trim and fill: a question about sensitivity, not a correction.

    Attributes:
        missing: studies that symmetry would add.
        side: of the funnel where they would stand.
        estimator: "L0" or "R0".
        pooled: the analysis with them.
        added: their estimates and variances.
    """

    missing: int
    side: Side
    estimator: Literal["L0", "R0"]
    pooled: Pooled
    added: Effects | None


def trim_and_fill(pooled: Pooled, *, side: Side | None = None, estimator: Literal["L0", "R0"] = "L0") -> Filled:
    """Studies that a symmetric funnel would have, and the mean with them.

    Args:
        pooled: an analysis without moderators.
        side: where studies would be missing; if ``None``, opposite to where small studies lie by a fixed-effect regression.
        estimator: of their number.

    Raises:
        OutOfScope: with moderators, or fewer than 3 studies.

    References:
        Duval and Tweedie, Biometrics 2000;56:455; J Am Stat Assoc 2000;95:89.
    """
    if len(pooled.names) > 1 or len(pooled.effects) < 3:
        raise OutOfScope("trim and fill needs 3 studies and no moderators")
    if estimator not in ("L0", "R0"):
        raise BadInput(f"estimator '{estimator}'", allowed="L0, R0")
    y, v = pooled.effects.estimate, pooled.effects.variance
    where = side or _side(pooled)
    sign = -1.0 if where == "right" else 1.0
    order = np.argsort(sign * y, kind="stable")
    missing, centre = _trim(sign * y[order], v[order], pooled, estimator)
    if not missing:
        return Filled(0, where, estimator, pooled, None)
    last = order[-missing:]
    mirrored = sign * (2 * centre - sign * y[last])
    names = [f"filled: {pooled.effects.labels[i]}" for i in last]
    added = effects(mirrored, v[last], measure=pooled.effects.measure, scale=pooled.effects.scale, labels=names)
    whole = effects(
        np.concatenate([y, mirrored]), np.concatenate([v, v[last]]), measure=added.measure, scale=added.scale,
        labels=[*pooled.effects.labels, *names],
    )  # fmt: skip
    again = pool(whole, method=pooled.method, test=pooled.test, confidence_fraction=pooled.confidence_fraction)
    return Filled(missing, where, estimator, again, added)


def _side(pooled: Pooled) -> Side:
    """Where studies would be missing: opposite to the small ones."""
    error = np.sqrt(pooled.effects.variance)
    if np.ptp(error) < 1e-12 * float(error.max()):
        return "left"
    slope = pool(pooled.effects, method=pooled.method, moderators={"standard error": list(error)}).estimate[1]
    return "right" if slope < 0 else "left"


def _trim(y: Floats, v: Floats, pooled: Pooled, estimator: str) -> tuple[int, float]:
    """Number of studies without a mirror image, from ascending estimates, and the centre they mirror in."""
    k = len(y)
    missing, before, centre, seen = 0, -1, 0.0, set[int]()
    while missing != before and missing not in seen:
        seen.add(before)
        before = missing
        kept = effects(y[: k - missing], v[: k - missing])
        centre = float(pool(kept, method=pooled.method).estimate[0])
        away = y - centre
        rank = np.empty(k)
        rank[np.argsort(np.abs(away), kind="stable")] = np.arange(1, k + 1)
        signed = np.sign(away) * rank
        if estimator == "R0":
            number = k - float(np.max(-signed[signed < 0], initial=0)) - 1
        else:
            number = (4 * float(signed[signed > 0].sum()) - k * (k + 1)) / (2 * k - 1)
        missing = min(max(0, round(number)), k - 2)
    return missing, centre


def funnel_table(pooled: Pooled, filled: Filled | None = None) -> "pl.DataFrame":
    """Points of a funnel plot: study, estimate, standard_error, filled; on the scale of the effects."""
    import polars as pl

    sets = [(pooled.effects, False)] + ([(filled.added, True)] if filled and filled.added else [])
    return pl.concat(
        pl.DataFrame(
            {
                "study": list(one.labels),
                "estimate": one.estimate,
                "standard_error": np.sqrt(one.variance),
                "filled": [extra] * len(one),
            }
        )
        for one, extra in sets
        if one is not None
    )
