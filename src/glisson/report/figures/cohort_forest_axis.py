"""Axes of forest plots: how far they reach, where their ticks stand, and from a value to mm."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDEST = 8.0
"""How far beyond the estimates a ratio's axis follows the ends of intervals, as a factor."""
UNINFORMATIVE = 200.0
"""Ratio of the ends of an interval from which its estimate does not stretch the axis."""


@dataclass(frozen=True)
class Estimate:
    """A number with its interval; an end that is ``None`` or infinite leaves the axis with an arrow."""

    value: float
    low: float | None
    high: float | None

    def informs(self) -> bool:
        """Whether a ratio's interval is narrow enough to say where it lies."""
        if self.low is None or self.high is None or not self.low > 0:
            return False
        return self.high / self.low < UNINFORMATIVE


@dataclass(frozen=True)
class Scale:
    """From a value to mm on the sheet."""

    left: float
    wide: float
    low: float
    high: float
    ratio: bool

    def x(self, value: float) -> float:
        """Place of a value, not cut at the ends."""
        if self.ratio:
            value = max(value, 1e-300)
            return self.left + self.wide * math.log(value / self.low) / math.log(self.high / self.low)
        return self.left + self.wide * (value - self.low) / (self.high - self.low)


def scale_of(estimates: Sequence[Estimate], none_at: float | None, *, ratio: bool) -> tuple[float, float]:
    """Lowest and highest value of an axis; ends of intervals far away stay outside, where an arrow stands for them."""
    finite = [one for one in estimates if math.isfinite(one.value) and (one.value > 0 or not ratio)]
    if ratio:
        finite = [one for one in finite if one.informs()] or finite
    near = [one.value for one in estimates if ratio and 0.1 <= one.value <= 10.0]
    values = [one.value for one in finite] + near + ([none_at] if none_at is not None else [])
    ends = [end for one in finite for end in (one.low, one.high) if end is not None and math.isfinite(end)]
    return (_ratio_range if ratio else _linear_range)(values or [1.0], ends)


def _ratio_range(values: Sequence[float], ends: Sequence[float]) -> tuple[float, float]:
    middle_low, middle_high = max(min(values), 1e-3), min(max(values), 1e3)
    low = max(min([middle_low, *(end for end in ends if end > 0)]), middle_low / WIDEST)
    high = min(max([middle_high, *ends]), middle_high * WIDEST)
    low, high = min(low, 0.5), max(high, 2.0)
    return low / 1.06, high * 1.06


def _linear_range(values: Sequence[float], ends: Sequence[float]) -> tuple[float, float]:
    low, high = min([*values, *ends]), max([*values, *ends])
    room = 0.04 * (high - low) or 0.5
    return low - room, high + room


TICKS = ((1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0), (1.0, 1.5, 2.0, 3.0, 5.0, 7.0), (1.0, 2.0, 5.0), (1.0, 3.0), (1.0,))
"""First digits of the ticks of a ratio, the densest first."""


def ratio_ticks(low: float, high: float, most: int) -> list[float]:
    """Round ratios within the range, 1 among them, nowhere denser than so many would be.

    >>> ratio_ticks(0.2, 6.0, 6)
    [0.2, 0.5, 1.0, 2.0, 5.0]
    """
    apart = math.log(high / low) / most
    found: list[float] = []
    for digits in TICKS:
        every = [float(f"{d * 10.0**e:.3g}") for e in range(-6, 7) for d in digits]
        found = [tick for tick in every if low * 0.999999 <= tick <= high * 1.000001]
        if all(math.log(b / a) >= apart for a, b in pairwise(found)):
            return found
    step = math.ceil(apart / math.log(10.0))
    return [tick for tick in found if round(math.log10(tick)) % step == 0]


def linear_ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers within the range.

    >>> linear_ticks(0.0, 1.0, 6)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    for step in (s * 10.0**e for e in range(-4, 6) for s in (1, 2, 5)):
        first = math.ceil(low / step - 1e-9)
        count = math.floor(high / step + 1e-9) - first + 1
        if count <= most:
            return [float(f"{(first + k) * step:.10g}") for k in range(max(count, 0))]
    return []


def estimate_of(value: float | None, low: float | None, high: float | None) -> Estimate | None:
    """An estimate, or ``None`` where there is no finite one."""
    return Estimate(value, low, high) if value is not None and math.isfinite(value) else None
