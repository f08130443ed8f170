"""Harm of a combination against the harm of its parts: more than their sum, about it, or less?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from glisson.errors import BadInput
from glisson.learn.literature.effects import Floats, normal_quantile

Answer = Literal["more than the sum", "as the sum or less", "cannot say"]
ASSUMPTIONS = (
    "the three groups are of one kind, were watched alike and for as long, and grades were given by one version",
    "what happens without any treatment is counted in both parts: the sum is then too high, and harm beyond it is underrated",
    "the sum is that of shares of patients with the event; independent harms give a little less than it, since one patient may have both",
)


@dataclass(frozen=True)
class HarmOfBoth:
    """Shares of patients harmed, and the difference of the combination from what its parts predict.

    Attributes:
        first, second, both: observed shares.
        total: sum of the shares of the parts.
        independent: share with at least one of two independent harms, 1 - (1 - a)(1 - b).
        beyond_total: combination minus sum, with ``total_low`` and ``total_high``.
        beyond_independent: combination minus independent harms, with its interval.
        answer: by the sum.
        reason: in words.
        assumptions: to be printed.
    """

    first: float
    second: float
    both: float
    total: float
    independent: float
    beyond_total: float
    total_low: float
    total_high: float
    beyond_independent: float
    independent_low: float
    independent_high: float
    answer: Answer
    reason: str
    assumptions: tuple[str, ...]


def harm_of_both(
    *,
    first: tuple[int, int],
    second: tuple[int, int],
    both: tuple[int, int],
    margin: float = 0.05,
    confidence_fraction: float = 0.95,
) -> HarmOfBoth:
    """Compares harm with both treatments with the sum of the harms of each; intervals by MOVER from Wilson's.

    Args:
        first: patients with the event, and patients, with the one treatment.
        second: the same with the other.
        both: the same with the combination.
        margin: a difference of shares below it counts as none for "as the sum or less"; a choice of this project.
        confidence_fraction: of the intervals.

    >>> found = harm_of_both(first=(10, 100), second=(20, 100), both=(60, 100))
    >>> round(found.beyond_total, 10), found.answer
    (0.3, 'more than the sum')

    Raises:
        BadInput: counts that cannot be.

    References:
        Wilson, J Am Stat Assoc 1927;22:209. Zou and Donner, Stat Med 2008;27:1693 (MOVER).
    """
    z = normal_quantile(confidence_fraction)
    shares, lows, highs = (
        np.array(column) for column in zip(*(_wilson(*group, z) for group in (first, second, both)), strict=True)
    )
    a, b, c = (float(share) for share in shares)
    low, high = _mover(shares, lows, highs)
    independent = 1 - (1 - a) * (1 - b)
    survived, at_least, at_most = 1 - shares, 1 - highs, 1 - lows
    free_low, free_high = _both_free(survived, at_least, at_most)
    gap = c - (a + b)
    if a + b >= 1:
        answer: Answer = "cannot say"
        reason = "the shares of the parts sum to 1 or more: no combination can exceed that"
    elif low > 0:
        answer, reason = "more than the sum", "the share with the combination is above the sum of its parts, with confidence"
    elif high < margin:
        answer, reason = (
            "as the sum or less",
            f"the share with the combination is, with confidence, no more than {margin:g} above the sum",
        )
    else:
        answer, reason = "cannot say", "the interval holds both no harm beyond the sum and harm beyond the margin"
    return HarmOfBoth(
        a, b, c, a + b, independent, gap, low, high, c - independent, free_low, free_high, answer, reason, ASSUMPTIONS
    )


def _wilson(count: int, of: int, z: float) -> tuple[float, float, float]:
    if not 0 <= count <= of or of < 1:
        raise BadInput(f"{count} patients harmed of {of}", allowed="0 to the patients of the group, of at least 1")
    share, spread = count / of, z**2 / of
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * float(np.sqrt(share * (1 - share) / of + spread / (4 * of)))
    return share, max(0.0, middle - half), min(1.0, middle + half)


def _mover(shares: Floats, lows: Floats, highs: Floats) -> tuple[float, float]:
    """Interval of the third minus the first two."""
    gap = float(shares[2] - shares[0] - shares[1])
    down = np.array([highs[0] - shares[0], highs[1] - shares[1], shares[2] - lows[2]])
    up = np.array([shares[0] - lows[0], shares[1] - lows[1], highs[2] - shares[2]])
    return gap - float(np.sqrt(np.sum(down**2))), gap + float(np.sqrt(np.sum(up**2)))


def _both_free(free: Floats, lows: Floats, highs: Floats) -> tuple[float, float]:
    """Interval of the product of the first two minus the third, for shares free of harm (MOVER of product, then of difference)."""
    product = float(free[0] * free[1])
    down = float(np.hypot(free[1] * (free[0] - lows[0]), free[0] * (free[1] - lows[1])))
    up = float(np.hypot(free[1] * (highs[0] - free[0]), free[0] * (highs[1] - free[1])))
    gap = product - float(free[2])
    return gap - float(np.hypot(down, highs[2] - free[2])), gap + float(np.hypot(up, free[2] - lows[2]))
