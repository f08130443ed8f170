"""Times, events and who was watched when: the one input of every survival method, checked once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glisson.errors import BadInput

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
SAME_TIME = 1.5e-8
"""Two neighbouring times that differ by less than this share of themselves are one time (rounding of what made them)."""
LARGEST_CAUSE = 99
"""Of the codes of events; a larger number is an identifier or a time in the wrong column."""


@dataclass(frozen=True, eq=False)
class SurvivalData:
    """Follow-up of many, one row each (or one row per interval, with ``entry`` and ``cluster``).

    Times are in any one unit, and what is computed from them comes back in it. Made by ``survival_data``.

    Attributes:
        time: end of follow-up, shape (n,).
        event: 0 censored; 1, 2, … the causes.
        entry: under observation after this time (left truncation); ``None`` where all are from the origin.
        weight: case weights; ``None`` where all count as one.
        cluster: number of the patient or centre whose rows belong together; ``None`` where rows are independent.
        stratum: number of the stratum; ``None`` where there is one.
    """

    time: Floats
    event: Integers
    entry: Floats | None = None
    weight: Floats | None = None
    cluster: Integers | None = None
    stratum: Integers | None = None

    def __len__(self) -> int:
        return len(self.time)


def survival_data(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    cluster: Sequence[object] | NDArray[np.generic] | None = None,
    stratum: Sequence[object] | NDArray[np.generic] | None = None,
) -> SurvivalData:
    """Follow-up from plain columns of one length; clusters and strata may carry any labels.

    >>> len(survival_data([5, 7, 7], [1, 0, 2]))
    3

    Raises:
        BadInput: lengths differ, a time or weight is missing, negative or not finite, an event is no whole number from 0 to 99,
            or a row enters at or after its end. ``screened`` sets such rows aside instead.
    """
    times = np.asarray(time, dtype=np.float64)
    events = np.asarray(event)
    entries = None if entry is None else np.asarray(entry, dtype=np.float64)
    weights = None if weight is None else np.asarray(weight, dtype=np.float64)
    for given in (events, entries, weights, cluster, stratum):
        if given is not None and len(given) != len(times):
            raise BadInput(f"columns of different lengths, {len(times)} and {len(given)}")
    for name, values in (("time", times), ("entry", entries), ("weight", weights)):
        if values is not None and not (np.isfinite(values) & (values >= 0)).all():
            raise BadInput(f"a {name} that is missing, negative or not finite", allowed="0 or more")
    if not (np.isfinite(events.astype(np.float64)) & (events >= 0) & (events == np.floor(events))).all():
        raise BadInput("an event that is no whole number", allowed="0 censored; 1, 2, … causes")
    if len(events) and events.max() > LARGEST_CAUSE:
        raise BadInput(f"an event with a code above {LARGEST_CAUSE}", allowed="0 censored; 1, 2, … causes")
    times, entries = _without_rounding(times, entries)
    if entries is not None and (entries >= times).any():
        raise BadInput(f"{int((entries >= times).sum())} rows that enter at or after the end of their follow-up")
    return SurvivalData(times, events.astype(np.int64), entries, weights, _numbers(cluster), _numbers(stratum))


def _numbers(labels: Sequence[object] | NDArray[np.generic] | None) -> Integers | None:
    if labels is None:
        return None
    return np.unique(np.asarray(labels), return_inverse=True)[1].astype(np.int64)


def _without_rounding(times: Floats, entries: Floats | None) -> tuple[Floats, Floats | None]:
    """Times that differ by rounding only become the same."""
    both = times if entries is None else np.concatenate([times, entries])
    different, where = np.unique(both, return_inverse=True)
    if len(different) < 2:
        return times, entries
    apart = np.diff(different) > SAME_TIME * different[1:]
    if apart.all():
        return times, entries
    first = np.concatenate([[0], np.flatnonzero(apart) + 1])
    merged = np.repeat(different[first], np.diff(np.append(first, len(different))))[where]
    return merged[: len(times)], None if entries is None else merged[len(times) :]


def rows(data: SurvivalData, which: Booleans | Integers) -> SurvivalData:
    """The rows that are asked for, by a mask or by their indices (which may repeat)."""

    def part(values: "NDArray[Any] | None") -> "NDArray[Any] | None":
        return None if values is None else values[which]

    return SurvivalData(
        data.time[which], data.event[which], part(data.entry), part(data.weight), part(data.cluster), part(data.stratum)
    )


def any_event(data: SurvivalData) -> SurvivalData:
    """The same follow-up with every cause as one event."""
    return replace(data, event=(data.event > 0).astype(np.int64))


def one_cause(data: SurvivalData, cause: int) -> SurvivalData:
    """The same follow-up with one cause as the event and the others censored: the cause-specific hazard."""
    return replace(data, event=(data.event == cause).astype(np.int64))


def reversed_events(data: SurvivalData) -> SurvivalData:
    """Censoring as the event: Kaplan-Meier of it is the potential follow-up (reverse Kaplan-Meier)."""
    return replace(data, event=(data.event == 0).astype(np.int64))


def weights(data: SurvivalData) -> Floats:
    """Case weights; ones where none are given."""
    return np.ones(len(data)) if data.weight is None else data.weight


def robust_wanted(data: SurvivalData) -> bool:
    """Whether the variance must come from influences: clusters, or weights that are no counts."""
    fractional = data.weight is not None and bool((data.weight != np.floor(data.weight)).any())
    return fractional or data.cluster is not None
