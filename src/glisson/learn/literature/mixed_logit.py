"""Shares pooled without a transformation: binomial counts whose logit differs between studies by a normal distribution."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glisson.errors import BadInput, OutOfScope
from glisson.learn.literature.effects import Floats, normal_quantile

NODES = 61
"""Points of Gauss-Hermite quadrature about each study's own mode."""
FLAT = 1e-8
"""A gain in log likelihood below this is none: tau² is 0."""


@dataclass(frozen=True)
class MixedLogit:
    """A share pooled by maximum likelihood.

    Attributes:
        logit, standard_error: of the mean on the logit scale, that of the typical study.
        tau2: variance of the logits between studies.
        share, low, high: of the typical study, 0 to 1.
        prediction: interval of the share in a new study, 0 to 1; ``None`` under 3 studies.
        log_likelihood: at the maximum.
        heterogeneity_p: of the likelihood ratio against tau² = 0 (half of a chi-squared with 1 degree of freedom).
        studies, patients, events: pooled.
    """

    logit: float
    standard_error: float
    tau2: float
    share: float
    low: float
    high: float
    prediction: tuple[float, float] | None
    log_likelihood: float
    heterogeneity_p: float
    studies: int
    patients: int
    events: int


def mixed_logit(*, count: npt.ArrayLike, of: npt.ArrayLike, confidence_fraction: float = 0.95) -> MixedLogit:
    """Binomial-normal model with a random intercept, by maximum likelihood; empty and full cells need no correction.

    Raises:
        BadInput: counts that cannot be.
        OutOfScope: fewer than 2 studies, no event in any, or nothing but events: the maximum lies at infinity.

    References:
        Stijnen, Hamza and Özdemir, Stat Med 2010;29:3046. Adaptive quadrature: Pinheiro and Bates, J Comput Graph Stat 1995;4:12.
    """
    from scipy.optimize import minimize
    from scipy.stats import chi2, t

    x, n = (np.atleast_1d(np.asarray(values, dtype=np.float64)) for values in (count, of))
    if x.shape != n.shape or not ((x >= 0) & (x <= n) & (n > 0) & (x == np.floor(x)) & (n == np.floor(n))).all():
        raise BadInput("a count outside 0 to the patients of its study", allowed="whole numbers, 0 <= count <= of, of > 0")
    if len(x) < 2 or x.sum() in (0.0, n.sum()):
        raise OutOfScope(
            "a mixed logit model of one study, or where nobody or everybody has the event", do="read exact intervals"
        )
    start = float(np.log(x.sum() / (n.sum() - x.sum())))

    def minus(parameters: Floats) -> float:
        return -log_likelihood(mean=float(parameters[0]), tau=float(np.exp(parameters[1])), count=x, of=n)

    runs = [
        minimize(minus, [start, np.log(tau)], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000})
        for tau in (0.3, 1.0)
    ]
    best = min(runs, key=lambda run: float(run.fun))
    without = log_likelihood(mean=start, tau=0.0, count=x, of=n)
    top = -float(best.fun)
    if top - without < FLAT:
        mean, tau, top, error = start, 0.0, without, float(np.sqrt(1 / x.sum() + 1 / (n.sum() - x.sum())))
    else:
        mean, tau = float(best.x[0]), float(np.exp(best.x[1]))
        error = _error(minus, np.asarray(best.x))
    z = normal_quantile(confidence_fraction)
    half = float(t.ppf(0.5 + confidence_fraction / 2, len(x) - 2)) * np.hypot(error, tau) if len(x) > 2 else None
    ends = [1 / (1 + np.exp(-one)) for one in (mean, mean - z * error, mean + z * error)]
    prediction = None if half is None else (float(1 / (1 + np.exp(half - mean))), float(1 / (1 + np.exp(-half - mean))))
    p = float(chi2.sf(max(0.0, 2 * (top - without)), 1)) / 2 if tau else 1.0
    return MixedLogit(
        mean,
        error,
        tau**2,
        float(ends[0]),
        float(ends[1]),
        float(ends[2]),
        prediction,
        top,
        p,
        len(x),
        int(n.sum()),
        int(x.sum()),
    )


def log_likelihood(*, mean: float, tau: float, count: Floats, of: Floats) -> float:
    """Log likelihood of counts ``count`` of ``of`` whose logits are normal about ``mean`` with standard deviation ``tau``.

    >>> at_zero = log_likelihood(mean=0.0, tau=0.0, count=np.array([1.0]), of=np.array([2.0]))
    >>> round(float(np.exp(at_zero)), 12)  # 2 × ½ × ½
    0.5
    """
    from scipy.special import gammaln

    x, n = count, of
    ways = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
    if tau == 0:
        return float(np.sum(ways + x * mean - n * np.logaddexp(0, mean)))
    mode, spread = _modes(mean, tau, x, n)
    nodes, weights = np.polynomial.hermite.hermgauss(NODES)
    u = mode[:, None] + np.sqrt(2) * spread[:, None] * nodes
    eta = mean + tau * u
    inside = x[:, None] * eta - n[:, None] * np.logaddexp(0, eta) - u**2 / 2 + nodes**2 + np.log(weights)
    top = inside.max(axis=1)
    return float(np.sum(ways + top + np.log(np.exp(inside - top[:, None]).sum(axis=1)) + np.log(spread) - np.log(np.pi) / 2))


def _modes(mean: float, tau: float, x: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Most likely deviation of each study, and the spread about it, by Newton's steps (the logarithm is concave)."""
    u = np.zeros(len(x))
    for _ in range(60):
        p = 1 / (1 + np.exp(-(mean + tau * u)))
        step = (tau * (x - n * p) - u) / (tau**2 * n * p * (1 - p) + 1)
        u = u + np.clip(step, -2, 2)
        if float(np.abs(step).max()) < 1e-12:
            break
    p = 1 / (1 + np.exp(-(mean + tau * u)))
    return u, np.asarray(1 / np.sqrt(tau**2 * n * p * (1 - p) + 1))


def _error(minus: Callable[[Floats], float], at: Floats) -> float:
    """Standard error of the first parameter from the observed information, by central differences."""
    step = 1e-4
    information = np.empty((2, 2))
    for i in range(2):
        for j in range(2):
            a, b = np.eye(2)[i] * step, np.eye(2)[j] * step
            information[i, j] = (minus(at + a + b) - minus(at + a - b) - minus(at - a + b) + minus(at - a - b)) / (4 * step**2)
    return float(np.sqrt(np.linalg.inv(information)[0, 0]))
