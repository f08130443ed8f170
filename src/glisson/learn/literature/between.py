"""Variance between studies (tau²): DerSimonian and Laird, maximum likelihood, restricted, Paule and Mandel; its Q-profile interval."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from glisson.errors import BadInput, OutOfScope
from glisson.learn.literature.effects import Floats

Method = Literal["fixed", "DL", "REML", "ML", "PM"]
METHODS: tuple[Method, ...] = ("fixed", "DL", "REML", "ML", "PM")
WORDS: dict[Method, str] = {
    "fixed": "fixed effect (inverse variance)",
    "DL": "random effects, DerSimonian and Laird",
    "REML": "random effects, restricted maximum likelihood",
    "ML": "random effects, maximum likelihood",
    "PM": "random effects, Paule and Mandel",
}
CLOSE = 1e-13
MOST = 2000


@dataclass(frozen=True, eq=False)
class Weighted:
    """Weighted least squares of estimates on a design, at one tau²."""

    weight: Floats
    coefficient: Floats
    covariance: Floats
    residual: Floats

    @property
    def q(self) -> float:
        """Weighted sum of squared residuals."""
        return float(np.sum(self.weight * self.residual**2))


def weighted(y: Floats, v: Floats, x: Floats, tau2: float) -> Weighted:
    """Weighted least squares with weights 1 / (v + tau²)."""
    w = 1 / (v + tau2)
    cross = (x.T * w) @ x
    covariance: Floats = np.asarray(np.linalg.inv(cross), dtype=np.float64)
    coefficient: Floats = covariance @ ((x.T * w) @ y)
    return Weighted(w, coefficient, covariance, y - x @ coefficient)


def projection(v: Floats, x: Floats, tau2: float) -> Floats:
    """P = W - W X (X'WX)⁻¹ X'W, shape (k, k)."""
    w = 1 / (v + tau2)
    wx = x * w[:, None]
    return np.asarray(np.diag(w) - wx @ np.linalg.inv(x.T @ wx) @ wx.T)


def tau_squared(y: Floats, v: Floats, x: Floats, method: Method) -> tuple[float, float | None]:
    """tau² and its standard error (``None`` where the method gives none).

    Args:
        y: estimates, shape (k,).
        v: their variances, shape (k,).
        x: design, shape (k, p).
        method: of ``METHODS``.

    Raises:
        BadInput: an unknown method.
        OutOfScope: the iteration does not settle.

    References:
        DerSimonian and Laird, Control Clin Trials 1986;7:177. Raudenbush 2009 in Cooper, Hedges and Valentine, ch. 16 (moments and
        likelihood with moderators). Paule and Mandel, J Res Natl Bur Stand 1982;87:377. Viechtbauer, J Educ Behav Stat 2005;30:261.
    """
    if method == "fixed":
        return 0.0, None
    if method == "DL":
        return _dersimonian_laird(y, v, x)
    if method == "PM":
        return _paule_mandel(y, v, x), None
    if method in ("REML", "ML"):
        return _likelihood(y, v, x, restricted=method == "REML")
    raise BadInput(f"method '{method}'", allowed=", ".join(METHODS))


def _dersimonian_laird(y: Floats, v: Floats, x: Floats) -> tuple[float, float]:
    k, p = x.shape
    at_zero = projection(v, x, 0.0)
    trace = float(np.trace(at_zero))
    tau2 = max(0.0, (float(y @ at_zero @ y) - (k - p)) / trace)
    error = np.sqrt((2 * (k - p) + 4 * tau2 * trace + 2 * tau2**2 * np.sum(at_zero**2)) / trace**2)
    return tau2, float(error)


def _paule_mandel(y: Floats, v: Floats, x: Floats) -> float:
    return _tau_at(y, v, x, float(x.shape[0] - x.shape[1]))


def _tau_at(y: Floats, v: Floats, x: Floats, target: float) -> float:
    """tau² at which Q equals ``target``; 0 where Q is below it already."""
    from scipy.optimize import brentq

    def above(tau2: float) -> float:
        return weighted(y, v, x, tau2).q - target

    if above(0.0) <= 0:
        return 0.0
    top = float(np.var(y) + np.max(v))
    while above(top) > 0:
        top *= 4
    return float(brentq(above, 0.0, top, xtol=1e-15, rtol=1e-13))


def _likelihood(y: Floats, v: Floats, x: Floats, *, restricted: bool) -> tuple[float, float]:
    """Fisher scoring from the moments, halving steps that would leave the allowed side."""
    tau2 = _dersimonian_laird(y, v, x)[0]
    for _ in range(MOST):
        score, information = _score(y, v, x, tau2, restricted=restricted)
        step = score / information
        new = max(0.0, tau2 + step)
        if abs(new - tau2) <= CLOSE * (1 + tau2):
            return new, float(np.sqrt(2 / _score(y, v, x, new, restricted=restricted)[1]))
        tau2 = new
    raise OutOfScope(f"tau² does not settle in {MOST} steps", do="use the method PM or DL")


def _score(y: Floats, v: Floats, x: Floats, tau2: float, *, restricted: bool) -> tuple[float, float]:
    """Twice the derivative of the log likelihood, and twice its expected information."""
    p = projection(v, x, tau2)
    squares = float(np.sum((p @ y) ** 2))
    if restricted:
        return squares - float(np.trace(p)), float(np.sum(p * p))
    w = 1 / (v + tau2)
    return squares - float(np.sum(w)), float(np.sum(w**2))


def q_profile(y: Floats, v: Floats, x: Floats, *, confidence_fraction: float = 0.95) -> tuple[float, float]:
    """Interval of tau²: every value at which Q is no outlier of its chi-squared distribution; (0, 0) where even 0 is too much.

    References:
        Viechtbauer, Stat Med 2007;26:37.
    """
    from scipy.stats import chi2

    free = x.shape[0] - x.shape[1]
    tail = (1 - confidence_fraction) / 2
    return _tau_at(y, v, x, float(chi2.isf(tail, free))), _tau_at(y, v, x, float(chi2.ppf(tail, free)))


def typical_variance(v: Floats, x: Floats) -> float:
    """The sampling variance to which tau² is compared in I² (Higgins and Thompson, with moderators)."""
    k, p = x.shape
    return float((k - p) / np.trace(projection(v, x, 0.0)))
