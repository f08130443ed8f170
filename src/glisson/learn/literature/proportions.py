"""Shares of patients on a scale on which they can be pooled, and the way back from every scale."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from glisson.errors import BadInput
from glisson.learn.literature.effects import HALF, Effects, Floats, Scale, effects

Transform = Literal["logit", "arcsine", "double arcsine", "raw"]
TRANSFORMS: tuple[Transform, ...] = ("logit", "arcsine", "double arcsine", "raw")
DOUBLE_ARCSINE = (
    "the double arcsine comes back by the harmonic mean of the sizes, which can mislead where sizes differ much "
    "(Schwarzer et al. 2019): read it beside the logit mixed model"
)


def proportions(
    *, count: npt.ArrayLike, of: npt.ArrayLike, transform: Transform = "logit", labels: Sequence[str] | None = None
) -> Effects:
    """Shares ``count / of``, transformed, with their sampling variances.

    logit: ln(x / (n - x)), 1/x + 1/(n - x), half a patient added to both where one is 0; arcsine: asin √(x/n), 1/4n; double arcsine
    (Freeman and Tukey): ½ (asin √(x/(n+1)) + asin √((x+1)/(n+1))), 1/(4n + 2); raw: x/n, with p (1 - p)/n.

    >>> found = proportions(count=[5], of=[20], transform="arcsine")
    >>> round(float(found.estimate[0]), 4), float(found.variance[0])  # asin(0.5) = π/6
    (0.5236, 0.0125)

    Raises:
        BadInput: counts that cannot be, or an unknown transformation.

    References:
        Freeman and Tukey, Ann Math Stat 1950;21:607.
    """
    x, n = (np.atleast_1d(np.asarray(values, dtype=np.float64)) for values in (count, of))
    if x.shape != n.shape or not (np.isfinite(x) & np.isfinite(n) & (x >= 0) & (x <= n) & (n > 0)).all():
        raise BadInput("a count outside 0 to the patients of its study", allowed="0 <= count <= of, of > 0")
    if transform == "logit":
        half = HALF * ((x == 0) | (x == n))
        yes, no = x + half, n - x + half
        return effects(np.log(yes / no), 1 / yes + 1 / no, measure="logit of a share", scale="logit", labels=labels, sizes=n)
    if transform == "arcsine":
        return effects(
            np.arcsin(np.sqrt(x / n)), 1 / (4 * n), measure="arcsine of a share", scale="arcsine", labels=labels, sizes=n
        )
    if transform == "double arcsine":
        twice = (np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1)))) / 2
        words = "double arcsine of a share"
        return effects(
            twice, 1 / (4 * n + 2), measure=words, scale="double arcsine", labels=labels, sizes=n, notes=[DOUBLE_ARCSINE]
        )
    if transform == "raw":
        half = HALF * ((x == 0) | (x == n))
        yes, whole = x + half, n + 2 * half
        return effects(yes / whole, yes * (whole - yes) / whole**3, measure="share", scale="identity", labels=labels, sizes=n)
    raise BadInput(f"transformation '{transform}'", allowed=", ".join(TRANSFORMS))


def back(value: npt.ArrayLike, *, scale: Scale, sizes: Floats | None = None) -> Floats:
    """The quantity itself from the scale of pooling: ratios and times from "log", shares from "logit" and the arcsines.

    >>> float(back([0.0], scale="logit")[0]), float(back([0.0], scale="log")[0])
    (0.5, 1.0)

    Raises:
        BadInput: the double arcsine without sizes.

    References:
        Miller, Am Stat 1978;32:138 (double arcsine).
    """
    v = np.asarray(value, dtype=np.float64)
    if scale == "log":
        return np.asarray(np.exp(v))
    if scale == "logit":
        return np.asarray(1 / (1 + np.exp(-v)))
    if scale == "arcsine":
        return np.asarray(np.sin(np.clip(v, 0, np.pi / 2)) ** 2)
    if scale == "double arcsine":
        if sizes is None:
            raise BadInput("the double arcsine comes back only with the sizes of the studies")
        return _miller(v, len(sizes) / float(np.sum(1 / sizes)))
    return v


def _miller(v: Floats, n: float) -> Floats:
    """Inverse of the double arcsine of a share among ``n``; 0 and 1 beyond what 0 and n of n give."""
    ends = [float((np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1)))) / 2) for x in (0.0, n)]
    with np.errstate(invalid="ignore", divide="ignore"):
        sine = np.sin(2 * v)
        inner = sine + (sine - 1 / sine) / n
        share = (1 - np.sign(np.cos(2 * v)) * np.sqrt(np.clip(1 - inner**2, 0, None))) / 2
    return np.asarray(np.where(v <= ends[0], 0.0, np.where(v >= ends[1], 1.0, share)))
