"""Response and survival without immortal time: the landmark, the exposure that changes with time, and the naive comparison's refusal."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from glisson.case import Finding, Level
from glisson.errors import BadInput, OutOfScope
from glisson.learn.cohort.table import Booleans, Floats, Integers, SurvivalData, rows

NAIVE = (
    "responders are known only from their scan: whoever responded had to live until then, so that survival from the origin favours "
    "them whatever the treatment does (immortal time); use a landmark or an exposure that changes with time"
)
BEFORE = -1.0
"""Entry of those who are under observation from the origin on: before it, so that an event on the day of origin finds them at risk."""


@dataclass(frozen=True, eq=False)
class Landmark:
    """Those still observed and free of the event at a landmark, with their state there.

    Attributes:
        at: the landmark, from the origin.
        data: follow-up from the landmark on (time 0 is the landmark).
        exposed: whether the state (a response) was there by the landmark, shape (n,).
        kept: rows of the whole table.
        ended_before: events before or at the landmark: they take no part.
        censored_before: lost before or at the landmark.
        not_yet: under observation only after the landmark.
        findings: what a reader must know.
    """

    at: float
    data: SurvivalData
    exposed: Booleans
    kept: Integers
    ended_before: int
    censored_before: int
    not_yet: int
    findings: tuple[Finding, ...]


def landmark(data: SurvivalData, since: ArrayLike, *, at: float) -> Landmark:
    """Groups by the state at one time, survival from that time: nothing that happens later can choose the group.

    Args:
        data: the follow-up.
        since: time of the response of each row; NaN or infinite where none was seen. Later ones count as none.
        at: the landmark, fixed before the data were seen.

    >>> from glisson.learn.cohort.table import survival_data
    >>> found = landmark(survival_data([2, 5, 9], [1, 1, 0]), [1, 4, float("nan")], at=3)
    >>> found.data.time.tolist(), found.exposed.tolist()  # the first had died; the second responded after the landmark
    ([2.0, 6.0], [False, False])

    Raises:
        BadInput: a landmark that is not above 0, or responses for other rows.

    References:
        Anderson, Cain and Gelber, J Clin Oncol 1983;1:710.
    """
    responded = _since(data, since)
    if not at > 0:
        raise BadInput(f"a landmark at {at:g}", allowed="more than 0")
    late = np.zeros(len(data), bool) if data.entry is None else data.entry > at
    alive = (data.time > at) & ~late
    ended = (data.time <= at) & ~late
    part = rows(data, alive)
    shifted = SurvivalData(part.time - at, part.event, None, part.weight, part.cluster, part.stratum)
    exposed = responded[alive] <= at
    findings = []
    if not exposed.any() or exposed.all():
        text = f"at the landmark {at:g} all of the {int(alive.sum())} still observed are in one group: nothing to compare"
        findings.append(Finding(code="one-group-at-landmark", level=Level.WARNING, text=text))
    died = int((ended & (data.event > 0)).sum())
    return Landmark(at, shifted, exposed, np.flatnonzero(alive), died, int(ended.sum()) - died, int(late.sum()), tuple(findings))


def _since(data: SurvivalData, since: ArrayLike) -> Floats:
    found = np.asarray(since, dtype=np.float64)
    if len(found) != len(data):
        raise BadInput(f"{len(found)} times of response for {len(data)} rows")
    found = np.where(np.isnan(found), np.inf, found)
    if (found < 0).any():
        raise BadInput("a response before the origin", do="correct its date, or take an earlier origin")
    return found


@dataclass(frozen=True, eq=False)
class ChangingExposure:
    """The counting-process form: one row before and one after the change, as input of ``cox``.

    Attributes:
        data: rows with entry; ``cluster`` is the row of the whole table, for a variance by patient.
        exposed: 1 after the change, else 0, shape (n,).
        row: of the whole table, to repeat its covariates.
    """

    data: SurvivalData
    exposed: Floats
    row: Integers


def changing_exposure(data: SurvivalData, since: ArrayLike) -> ChangingExposure:
    """Follow-up split where the exposure (a response, a later treatment) began: exposed only from then on.

    A change at the end of follow-up or later exposes no time and is no split; a change at or before entry exposes all of it.

    >>> from glisson.learn.cohort.table import survival_data
    >>> split = changing_exposure(survival_data([5, 7], [1, 0]), [2, float("nan")])
    >>> split.data.time.tolist(), split.data.event.tolist(), split.exposed.tolist()
    ([2.0, 5.0, 7.0], [0, 1, 0], [0.0, 1.0, 0.0])

    References:
        Crowley and Hu, J Am Stat Assoc 1977;72:27; Therneau and Grambsch 2000, section 3.7.
    """
    changed = _since(data, since)
    entry = np.zeros(len(data)) if data.entry is None else data.entry
    split = (changed > entry) & (changed < data.time)
    row = np.repeat(np.arange(len(data)), 1 + split)
    second = np.concatenate([[False], row[1:] == row[:-1]]) if len(row) else np.zeros(0, bool)
    first = split[row] & ~second
    part = rows(data, row)
    start, end = entry[row], part.time
    start, end = np.where(second, changed[row], start), np.where(first, changed[row], end)
    if data.entry is None:
        start = np.where(second, start, BEFORE)
    event = np.where(first, 0, part.event)
    exposed = (second | (changed <= entry)[row]).astype(np.float64)
    cluster = row if part.cluster is None else part.cluster
    return ChangingExposure(SurvivalData(end, event, start, part.weight, cluster, part.stratum), exposed, row)


def naive_groups(data: SurvivalData, since: ArrayLike, *, labelled_biased: bool = False) -> tuple[Booleans, Finding]:
    """Ever-responders against the others from the origin: only under its label, for teaching or to show the size of the bias.

    Raises:
        OutOfScope: unless ``labelled_biased``; says what to do instead.
    """
    ever = np.isfinite(_since(data, since))
    if not labelled_biased:
        raise OutOfScope(NAIVE, do="landmark(...) or changing_exposure(...)")
    return ever, Finding(code="immortal-time", level=Level.WARNING, text=f"BIASED: {NAIVE}")
