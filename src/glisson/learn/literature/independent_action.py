"""Independent action: how long patients would do with two treatments if each helped only as it helps alone."""

import numpy as np
import numpy.typing as npt

from glisson.errors import BadInput
from glisson.learn.literature.effects import Floats

NODES = 32
"""Points of Gauss-Legendre quadrature over the correlation."""
SURE = 1e-12


def independent_action(*, first: npt.ArrayLike, second: npt.ArrayLike, rank_correlation: float) -> Floats:
    """Survival with both treatments when every patient gets the better of the two: P(max(A, B) > t), 0 to 1.

    S_A + S_B - P(A > t, B > t), where the two times of one patient are joined by a Gaussian copula with the rank correlation asked
    for. At 1 the same patients do well on both and nothing is gained over the better curve; at 0 it is 1 - (1 - S_A)(1 - S_B).

    Args:
        first: survival with the one treatment.
        second: survival with the other, at the same times.
        rank_correlation: Spearman's, -1 to 1.

    >>> independent_action(first=[0.5], second=[0.5], rank_correlation=0.0).tolist()
    [0.75]
    >>> independent_action(first=[0.5], second=[0.3], rank_correlation=1.0).tolist()
    [0.5]

    Raises:
        BadInput: a survival or a correlation that cannot be.

    References:
        Palmer and Sorger, Cell 2017;171:1678. Bliss, Ann Appl Biol 1939;26:585 (independent action of responses).
    """
    a, b = np.broadcast_arrays(np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64))
    if not ((a >= 0) & (a <= 1) & (b >= 0) & (b <= 1)).all():
        raise BadInput("a survival outside 0 to 1, or missing", allowed="0 to 1")
    return np.asarray(a + b - both_above(first=a, second=b, rank_correlation=rank_correlation))


def both_above(*, first: Floats, second: Floats, rank_correlation: float) -> Floats:
    """Probability that both of two normally joined quantities lie above levels that each passes with these probabilities.

    >>> both = both_above(first=np.array([0.5]), second=np.array([0.5]), rank_correlation=0.5)
    >>> round(float(both[0]), 6)  # 1/4 + asin(2 sin(π/12)) / 2π
    0.336594

    Raises:
        BadInput: a correlation outside -1 to 1.

    References:
        Sheppard's integral of the normal orthant over the correlation; Pearson 1907: r = 2 sin(π ρ / 6).
    """
    from scipy.special import ndtri

    if not -1 <= rank_correlation <= 1:
        raise BadInput(f"a rank correlation of {rank_correlation:g}", allowed="-1 to 1")
    if rank_correlation == 1:
        return np.minimum(first, second)
    if rank_correlation == -1:
        return np.maximum(first + second - 1, 0)
    end = np.arcsin(2 * np.sin(np.pi * rank_correlation / 6))
    node, weight = np.polynomial.legendre.leggauss(NODES)
    angle, share = (node + 1) * end / 2, weight * end / 2
    h, k = (ndtri(np.clip(values, SURE, 1 - SURE))[..., None] for values in (first, second))
    inside = np.exp(-(h**2 + k**2 - 2 * h * k * np.sin(angle)) / (2 * np.cos(angle) ** 2))
    joint = first * second + (inside * share).sum(axis=-1) / (2 * np.pi)
    joint = np.clip(joint, np.maximum(first + second - 1, 0), np.minimum(first, second))
    sure = (first <= 0) | (second <= 0) | (first >= 1) | (second >= 1)
    return np.asarray(np.where(sure, first * second, joint))
