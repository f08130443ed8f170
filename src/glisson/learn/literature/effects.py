"""Effect sizes of studies, on the scale on which they are pooled, each with its sampling variance."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from glisson.errors import BadInput

Floats = npt.NDArray[np.float64]
Scale = Literal["log", "logit", "arcsine", "double arcsine", "identity"]
SCALES: tuple[Scale, ...] = ("log", "logit", "arcsine", "double arcsine", "identity")
HALF = 0.5
"""Added to every cell of a table that has an empty one (Haldane, Anscombe); never to the others."""
UNEVEN = 0.1
"""A printed ratio farther from the middle of its interval, as share of the interval on the log scale, is named."""

LARGEST: dict[str, tuple[float, float]] = {"log": (20.0, 400.0)}
"""Size of estimates and variances: ratios beyond exp(20) or with a standard error beyond 20 on the log scale are slips."""
LARGEST_ELSE = (1e9, 1e18)
SMALLEST_VARIANCE = 1e-30


@dataclass(frozen=True, eq=False)
class Effects:
    """Estimates of studies that are to be pooled.

    Attributes:
        measure: what is estimated, "log risk ratio".
        scale: on which ``estimate`` stands; ``back`` knows the way home.
        estimate: shape (k,).
        variance: of the sampling, on the same scale, all above 0; shape (k,).
        labels: of the studies.
        sizes: patients of each study, where the scale needs them to come back (double arcsine).
        notes: what was left out or changed, naming the studies.
    """

    measure: str
    scale: Scale
    estimate: Floats
    variance: Floats
    labels: tuple[str, ...]
    sizes: Floats | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.estimate)

    def part(self, which: "npt.NDArray[np.bool_] | npt.NDArray[np.int64]") -> "Effects":
        """The studies asked for, in the order asked for."""
        index = np.arange(len(self))[which]
        return replace(
            self, estimate=self.estimate[index], variance=self.variance[index], labels=tuple(self.labels[i] for i in index),
            sizes=None if self.sizes is None else self.sizes[index],
        )  # fmt: skip


def effects(
    estimate: npt.ArrayLike,
    variance: npt.ArrayLike,
    *,
    measure: str = "estimate",
    scale: Scale = "identity",
    labels: Sequence[str] | None = None,
    sizes: npt.ArrayLike | None = None,
    notes: Sequence[str] = (),
) -> Effects:
    """Estimates and variances as they are, checked.

    >>> len(effects([0.1, 0.2], [0.01, 0.02]))
    2

    Raises:
        BadInput: none, columns of different lengths, a value that is not finite or beyond all measure, or a variance that is not
            above 0.
    """
    yi, vi = _column("estimate", estimate), _column("variance", variance)
    names = tuple(labels) if labels is not None else tuple(f"study {n}" for n in range(1, len(yi) + 1))
    if not len(yi):
        raise BadInput("no study to pool", do="give studies with an event in one arm at least")
    if not len(yi) == len(vi) == len(names):
        raise BadInput(f"columns of different lengths: {len(yi)}, {len(vi)} and {len(names)}")
    if (vi <= 0).any():
        raise BadInput(f"a variance of 0 or less, study {int(np.argmax(vi <= 0)) + 1}", allowed="above 0")
    largest, widest = LARGEST.get(scale, LARGEST_ELSE)
    beyond = (np.abs(yi) > largest) | (vi > widest) | (vi < SMALLEST_VARIANCE)
    if beyond.any():
        raise BadInput(
            f"an estimate or a variance beyond all measure, study {int(np.argmax(beyond)) + 1}", do="check the digits of its row"
        )
    return Effects(measure, scale, yi, vi, names, None if sizes is None else _column("size", sizes), tuple(notes))


def ratios_with_intervals(
    *,
    ratio: npt.ArrayLike,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    measure: str = "log hazard ratio",
    confidence_fraction: float = 0.95,
    labels: Sequence[str] | None = None,
) -> Effects:
    """Logarithms of printed ratios; the variance comes from the printed interval: ((ln high - ln low) / 2z)².

    A ratio that does not lie near the middle of its interval on the log scale is named in the notes: a digit may be wrong.

    >>> found = ratios_with_intervals(ratio=[0.69], low=[0.54], high=[0.88])  # EPOCH
    >>> round(float(found.estimate[0]), 4), round(float(found.variance[0]) ** 0.5, 4)
    (-0.3711, 0.1246)

    Raises:
        BadInput: a ratio of 0 or less, or outside its interval.

    References:
        Parmar, Torri and Stewart, Stat Med 1998;17:2815, section 3. Tierney et al., Trials 2007;8:16.
    """
    r, lo, hi = _column("ratio", ratio), _column("low", low), _column("high", high)
    wrong = ~((lo > 0) & (lo <= r) & (r <= hi) & (lo < hi))
    if wrong.any():
        raise BadInput(
            f"a ratio that does not lie in its interval, study {int(np.argmax(wrong)) + 1}", allowed="0 < low <= ratio <= high"
        )
    width = np.log(hi) - np.log(lo)
    aside = np.abs(np.log(r) - (np.log(lo) + np.log(hi)) / 2) / width
    found = effects(
        np.log(r), (width / (2 * normal_quantile(confidence_fraction))) ** 2, measure=measure, scale="log", labels=labels
    )
    notes = [
        f"{found.labels[i]}: the ratio is not in the middle of its interval; check the digits"
        for i in np.flatnonzero(aside > UNEVEN)
    ]
    return replace(found, notes=tuple(notes))


def medians_with_intervals(
    *,
    median: npt.ArrayLike,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    confidence_fraction: float = 0.95,
    labels: Sequence[str] | None = None,
) -> Effects:
    """Logarithms of median times with the variance that their printed intervals give, taken as even on the log scale.

    The interval of a median is not even on any scale; where it is far from it the study is named.

    Raises:
        BadInput: a median outside its interval, or an end that is missing: a median without interval cannot be weighted.
    """
    return ratios_with_intervals(
        ratio=median, low=low, high=high, measure="log median time", confidence_fraction=confidence_fraction, labels=labels
    )


def medians_with_events(*, median: npt.ArrayLike, events: npt.ArrayLike, labels: Sequence[str] | None = None) -> Effects:
    """Logarithms of median times with variance 1 / events, which holds for exponential times.

    >>> found = medians_with_events(median=[10.0], events=[25])
    >>> round(float(found.estimate[0]), 4), float(found.variance[0])
    (2.3026, 0.04)

    Raises:
        BadInput: a median of 0 or less, or no event.
    """
    m, d = _column("median", median), _column("events", events)
    if (m <= 0).any() or (d <= 0).any():
        raise BadInput("a median or a number of events of 0 or less", allowed="above 0")
    note = "variances of medians from events hold for exponential times only"
    return effects(np.log(m), 1 / d, measure="log median time", scale="log", labels=labels, notes=[note])


def peto(
    *,
    observed_minus_expected: npt.ArrayLike,
    variance: npt.ArrayLike,
    measure: str = "log hazard ratio",
    labels: Sequence[str] | None = None,
) -> Effects:
    """Log ratios from the log-rank's observed minus expected and its variance: (O - E) / V with variance 1 / V.

    >>> float(peto(observed_minus_expected=[-5.0], variance=[20.0]).estimate[0])
    -0.25

    References:
        Yusuf, Peto et al., Prog Cardiovasc Dis 1985;27:335.
    """
    o, v = _column("observed minus expected", observed_minus_expected), _column("variance", variance)
    if (v <= 0).any():
        raise BadInput(f"a variance of 0 or less, study {int(np.argmax(v <= 0)) + 1}", allowed="above 0")
    return effects(o / v, 1 / v, measure=measure, scale="log", labels=labels)


Measure = Literal["odds ratio", "risk ratio", "risk difference"]
MEASURES: tuple[Measure, ...] = ("odds ratio", "risk ratio", "risk difference")


def two_by_two(
    *,
    events: npt.ArrayLike,
    of: npt.ArrayLike,
    control_events: npt.ArrayLike,
    control_of: npt.ArrayLike,
    measure: Measure = "odds ratio",
    labels: Sequence[str] | None = None,
) -> Effects:
    """Odds ratios, risk ratios (both as logarithms) or risk differences of events in two arms.

    Half an event is added to all four cells of a table with an empty one. A study without events (or with nothing else) in both
    arms says nothing of a ratio: it is left out, and named.

    >>> found = two_by_two(events=[4], of=[123], control_events=[11], control_of=[139], measure="risk ratio")  # Aronson 1948
    >>> round(float(found.estimate[0]), 4), round(float(found.variance[0]), 4)
    (-0.8893, 0.3256)

    Raises:
        BadInput: counts that cannot be, or an unknown measure.

    References:
        Fleiss and Berlin, in Cooper, Hedges and Valentine, Handbook of Research Synthesis, 2nd ed. 2009, ch. 13.
    """
    if measure not in MEASURES:
        raise BadInput(f"measure '{measure}'", allowed=", ".join(MEASURES))
    a, n1, c, n2 = (_column("count", values) for values in (events, of, control_events, control_of))
    if not len(a) == len(n1) == len(c) == len(n2):
        raise BadInput("columns of different lengths")
    wrong = ~((a >= 0) & (c >= 0) & (a <= n1) & (c <= n2) & (n1 > 0) & (n2 > 0))
    if wrong.any():
        raise BadInput(
            f"more events than patients, or nobody, study {int(np.argmax(wrong)) + 1}", allowed="0 <= events <= of, of > 0"
        )
    names = tuple(labels) if labels is not None else tuple(f"study {n}" for n in range(1, len(a) + 1))
    silent = ((a == 0) & (c == 0)) | ((a == n1) & (c == n2)) if measure != "risk difference" else np.zeros(len(a), bool)
    notes = [f"{names[i]}: no event, or nothing else, in both arms; left out" for i in np.flatnonzero(silent)]
    a, n1, c, n2 = (values[~silent] for values in (a, n1, c, n2))
    b, d = n1 - a, n2 - c
    empty = (a == 0) | (b == 0) | (c == 0) | (d == 0)
    a, b, c, d = (values + HALF * empty for values in (a, b, c, d))
    yi, vi = _two_by_two(measure, a, b, c, d)
    kept = [name for name, out in zip(names, silent, strict=True) if not out]
    words = measure if measure == "risk difference" else f"log {measure}"
    return effects(yi, vi, measure=words, scale="identity" if measure == "risk difference" else "log", labels=kept, notes=notes)


def _two_by_two(measure: Measure, a: Floats, b: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats]:
    n1, n2 = a + b, c + d
    if measure == "odds ratio":
        return np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d
    if measure == "risk ratio":
        return np.log((a / n1) / (c / n2)), 1 / a - 1 / n1 + 1 / c - 1 / n2
    return a / n1 - c / n2, a * b / n1**3 + c * d / n2**3


def _column(name: str, values: npt.ArrayLike) -> Floats:
    column = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if column.ndim != 1 or not np.isfinite(column).all():
        where = f", study {int(np.argmax(~np.isfinite(column))) + 1}" if column.ndim == 1 else ""
        raise BadInput(f"a {name} that is missing or not finite{where}", do="leave the study out, or complete it")
    return column


def normal_quantile(confidence_fraction: float) -> float:
    """Two-sided quantile of the standard normal distribution; 1.96 for 0.95."""
    from scipy.special import ndtri

    if not 0 < confidence_fraction < 1:
        raise BadInput(f"a confidence of {confidence_fraction:g}", allowed="more than 0, less than 1")
    return float(ndtri(0.5 + confidence_fraction / 2))
