"""Which visits confirm which responses, for every patient at once: a march over the later visits, one step for all."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

CR, PR, SD, NON, NED, PD, NE, ND, MISSING = range(1, 10)
CALLS: Final = ("CR", "PR", "SD", "non-CR/non-PD", "NED", "PD", "NE", "ND", "MISSING")
"""Calls of a visit, best first; a call's code is its place, from 1."""

Codes = npt.NDArray[np.int8]
Days = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def confirming_visits(
    *, group: Places, day: Days, call: Codes, confirmation_days: int, most_not_evaluable: int, most_stable: int
) -> Places:
    """Place of the first later visit that confirms each CR or PR; -1 where none does.

    Rows are sorted by group (one patient under one reader and criterion), then by day. A CR is confirmed by a CR at least
    ``confirmation_days`` on with only CR and NE between; a PR by a CR or PR with only CR, PR, SD and NE up to there, no PR
    after a CR, at most ``most_stable`` SD; both with at most ``most_not_evaluable`` NE. The work is one array step for each
    visit that the longest open response waits, so it grows linearly with the rows.

    >>> group, day = np.zeros(3, dtype=np.int64), np.array([0, 20, 40])
    >>> confirming_visits(group=group, day=day, call=np.array([PR, NE, PR], dtype=np.int8), confirmation_days=28,
    ...                   most_not_evaluable=1, most_stable=0).tolist()
    [2, -1, -1]

    References:
        pharmaverse/admiralonco, confirmed best overall response (rules in words: docs/theory/endpoints.md).
    """
    found = np.full(group.size, -1, dtype=np.int64)
    at = np.flatnonzero((call == CR) | (call == PR))
    unevaluable = np.zeros(at.size, dtype=np.int64)
    stable = np.zeros(at.size, dtype=np.int64)
    complete = np.zeros(at.size, dtype=np.bool_)
    step = 0
    while at.size:
        step += 1
        inside = at + step < group.size
        inside[inside] = group[at[inside] + step] == group[at[inside]]
        at, unevaluable, stable, complete = _keep(inside, at, unevaluable, stable, complete)
        later = call[at + step]
        broken = _breaks(call[at], later, complete)
        unevaluable += later == NE
        stable += later == SD
        complete |= later == CR
        broken |= (unevaluable > most_not_evaluable) | (stable > most_stable)
        confirms = ~broken & _repeats(call[at], later) & (day[at + step] - day[at] >= confirmation_days)
        found[at[confirms]] = at[confirms] + step
        at, unevaluable, stable, complete = _keep(~broken & ~confirms, at, unevaluable, stable, complete)
    return found


def _keep(which: Flags, *arrays: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], ...]:
    return tuple(array[which] for array in arrays)


def _repeats(first: Codes, later: Codes) -> Flags:
    """The later visit is at least as good as the response that waits."""
    good: Flags = (later == CR) | ((later == PR) & (first == PR))
    return good


def _breaks(first: Codes, later: Codes, complete: Flags) -> Flags:
    """The later visit ends the hope of confirmation by what it is."""
    tolerated = (later == CR) | (later == NE) | ((first == PR) & ((later == PR) | (later == SD)))
    broken: Flags = ~tolerated | ((later == PR) & complete)
    return broken
