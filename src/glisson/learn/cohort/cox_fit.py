"""Newton's method on a partial likelihood, and whether it has a finite maximum."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from glisson.learn.cohort.cox_sums import Sums
from glisson.learn.cohort.table import Booleans, Floats

MOST_STEPS = 60
SMALL_STEP = 1e-9
"""A step over the whole range of a covariate, on the log scale, that changes nothing a reader could see."""
FLAT_GAIN = 1e-8
STILL_MOVING = 0.1
"""A step of this size over the range of a covariate while the likelihood stands still: there is no maximum."""

NOTHING = 1e-200
"""Information that is none: what rounding leaves where whole risk sets vanish beside others."""

TOO_FAR = 200.0
"""A log hazard ratio over the range of a covariate that no data support: the iteration is on its way to infinity."""


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where Newton's method ended.

    Attributes:
        beta: coefficients, shape (p,).
        at: sums at ``beta``.
        at_zero: sums at no effect.
        steps: Newton steps taken.
        converged: the step became small.
        unbounded: coefficients that grow without end while the likelihood stands still, shape (p,).
    """

    beta: Floats
    at: Sums
    at_zero: Sums
    steps: int
    converged: bool
    unbounded: Booleans


def maximise(sums: Callable[[Floats], Sums], extent: Floats) -> Maximum:
    """Maximum of a concave log likelihood from 0, with halved steps where it would fall.

    Args:
        sums: the likelihood and its derivatives.
        extent: largest minus smallest value of each covariate, shape (p,), to judge a step's size.
    """
    beta = np.zeros(len(extent))
    at_zero = now = sums(beta)
    unbounded = np.zeros(len(extent), dtype=bool)
    for steps in range(1, MOST_STEPS + 1):
        step, reached = _uphill(sums, beta, now)
        gain = reached.log_likelihood - now.log_likelihood
        beta, now, moved = beta + step, reached, np.abs(step) * extent
        if (moved <= SMALL_STEP).all():
            flat = ~_told(now.information) & (beta != 0)  # stands still only because rounding ate the curvature
            return Maximum(beta, now, at_zero, steps, not flat.any(), flat)
        if gain <= FLAT_GAIN and (moved > STILL_MOVING).any():
            return Maximum(beta, now, at_zero, steps, False, moved > STILL_MOVING)
        if (np.abs(beta) * extent > TOO_FAR).any():
            return Maximum(beta, now, at_zero, steps, False, np.abs(beta) * extent > TOO_FAR)
    return Maximum(beta, now, at_zero, MOST_STEPS, False, unbounded)


def _uphill(sums: Callable[[Floats], Sums], beta: Floats, now: Sums) -> tuple[Floats, Sums]:
    """A Newton step, halved until the likelihood does not fall."""
    step = inverse(now.information) @ now.score
    lowest = now.log_likelihood - 1e-10 * (1 + abs(now.log_likelihood))
    for _ in range(30):
        reached = sums(beta + step)
        if reached.log_likelihood >= lowest:
            break
        step = step / 2
    return np.asarray(step), reached


def inverse(information: Floats) -> Floats:
    """Inverse of an information matrix whose covariates may have very different units; 0 for those it tells nothing about."""
    if not len(information):
        return information
    scale = np.where(_told(information), 1 / np.sqrt(np.maximum(np.diag(information), NOTHING)), 0.0)
    inner = np.linalg.pinv(information * np.outer(scale, scale), rcond=1e-13, hermitian=True)
    return np.asarray(inner * np.outer(scale, scale))


def _told(information: Floats) -> Booleans:
    """Covariates that an information matrix says anything about, shape (p,)."""
    return np.asarray(np.diag(information) > NOTHING)
