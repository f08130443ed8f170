"""A share of units that lie together in patients (sessions, lesions), with an interval that knows it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from glisson.errors import BadInput
from glisson.learn.cohort.table import Floats

Method = Literal["exact", "clustered", "exact, patients as units"]

METHODS: dict[Method, str] = {
    "exact": "exact (Clopper-Pearson): one unit of each patient",
    "clustered": "Korn and Graubard 1998: exact limits at the effective number of units, from the variance between patients",
    "exact, patients as units": "exact (Clopper-Pearson) with patients as units: no unit has it, or every one",
}


@dataclass(frozen=True)
class ClusteredProportion:
    """``count`` of ``of`` units of ``patients``.

    Attributes:
        fraction: 0 to 1; ``None`` where there is no unit.
        low, high: of the interval; ``None`` where one patient is all there is.
        effective: number of independent units that would know as much; ``None`` where there is no interval.
        method: key of ``METHODS``; ``None`` where there is no interval.
    """

    count: int
    of: int
    patients: int
    fraction: float | None
    low: float | None
    high: float | None
    effective: float | None
    method: Method | None


def clustered_proportion(
    *, counts: Sequence[int] | Floats, units: Sequence[int] | Floats, confidence_fraction: float = 0.95
) -> ClusteredProportion:
    """Share of units with something, where units of one patient may be alike.

    Args:
        counts: units with it, of each patient, shape (patients,).
        units: units of each patient; patients without any take no part.
        confidence_fraction: of the interval.

    The share is a ratio estimate; its variance comes from the spread between patients, with n/(n-1). The limits are those of
    Clopper and Pearson at the effective number of units, corrected for its degrees of freedom and never above the number of
    units. With one unit of each patient they are the ordinary exact ones.

    >>> round(clustered_proportion(counts=[1, 0, 0, 0], units=[1, 1, 1, 1]).high, 4)  # 1 of 4, Clopper-Pearson
    0.8059
    >>> found = clustered_proportion(counts=[2, 0, 2, 0], units=[2, 2, 2, 2])
    >>> round(found.effective, 4)  # 0.25 / (1/12) = 3, times (2.3646 / 3.1824)², the quantiles of t with 7 and 3 degrees of freedom
    1.6562

    Raises:
        BadInput: lengths that differ, a count outside 0 to the units, a confidence outside 0 to 1.

    References:
        Korn and Graubard, Surv Methodol 1998;24:193, section 3 (limits); Cochran, Sampling Techniques, 3rd ed., equation 3.31
        (variance of the ratio).
    """
    had, of = np.asarray(counts, dtype=np.float64), np.asarray(units, dtype=np.float64)
    _check(had, of, confidence_fraction)
    had, of = had[of > 0], of[of > 0]
    total, events, patients = float(of.sum()), float(had.sum()), of.size
    if patients < 2:
        share = events / total if total else None
        return ClusteredProportion(int(events), int(total), patients, share, None, None, None, None)
    share = events / total
    method: Method = "clustered"
    effective = total
    if total == patients:
        method = "exact"
    elif share in (0.0, 1.0):
        method, effective = "exact, patients as units", float(patients)
    else:
        variance = patients / (patients - 1) * math.fsum((had - share * of) ** 2) / total**2
        if variance > 0:
            effective = min(total, share * (1 - share) / variance * _freedom(total, patients, confidence_fraction))
    return _limits(
        events=events, total=total, patients=patients, effective=effective, confidence_fraction=confidence_fraction, method=method
    )


def _freedom(units: float, patients: int, confidence_fraction: float) -> float:
    """Correction for the degrees of freedom of the variance: patients less 1 instead of units less 1."""
    from scipy.stats import t

    tail = 0.5 + confidence_fraction / 2
    return float((t.ppf(tail, units - 1) / t.ppf(tail, patients - 1)) ** 2)


def _limits(
    *, events: float, total: float, patients: int, effective: float, confidence_fraction: float, method: Method
) -> ClusteredProportion:
    from scipy.stats import beta

    tail = (1 - confidence_fraction) / 2
    share = events / total
    had = share * effective
    low = 0.0 if events == 0 else float(beta.ppf(tail, had, effective - had + 1))
    high = 1.0 if events == total else float(beta.ppf(1 - tail, had + 1, effective - had))
    return ClusteredProportion(int(events), int(total), patients, share, low, high, effective, method)


def _check(had: Floats, of: Floats, confidence_fraction: float) -> None:
    if had.shape != of.shape or had.ndim != 1:
        raise BadInput(f"{had.size} counts for {of.size} patients", allowed="one count and one number of units per patient")
    if not (np.isfinite(of).all() and np.isfinite(had).all() and (had >= 0).all() and (had <= of).all()):
        raise BadInput("a count outside 0 to the patient's units")
    if not 0 < confidence_fraction < 1:
        raise BadInput(f"a confidence of {confidence_fraction:g}", allowed="more than 0, less than 1")
