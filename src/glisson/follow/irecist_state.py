"""The state machine of iRECIST, one step for the k-th visit of all patients."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from glisson.follow.lesions import TINY
from glisson.follow.rules import Rules

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

CALLS = (
    ("", None),
    ("unconfirmed.first", "iUPD"),
    ("unconfirmed.no-further-growth", "iUPD"),
    ("unconfirmed.too-early", "iUPD"),
    ("confirmed.target", "iCPD"),
    ("confirmed.non-target", "iCPD"),
    ("confirmed.new-lesion", "iCPD"),
    ("confirmed.other-category", "iCPD"),
    ("after-confirmed", "iCPD"),
)
"""Rule and overall response by code; code 0 leaves the visit's own call."""
NONE, FIRST, STAYS, EARLY, TARGET, NON_TARGET, NEW, OTHER, AFTER = range(len(CALLS))


@dataclass(frozen=True)
class Seen:
    """What a visit shows, one element per visit; sizes in mm, NaN: not measured; day: days since a fixed date."""

    day: Floats
    target: Bools
    non_target: Bools
    non_target_again: Bools
    new: Bools
    new_grew: Bools
    other: Bools
    not_evaluable: Bools
    symptoms: Bools
    total: Floats
    non_target_size: Floats
    new_size: Floats
    new_count: Floats

    def at(self, rows: NDArray[np.intp]) -> "Seen":
        """Some visits only."""
        return Seen(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@dataclass
class State:
    """What is carried on, one element per subject; the sizes are those at the unconfirmed progression of their category."""

    pending: Bools
    confirmed: Bools
    target: Bools
    non_target: Bools
    new: Bools
    since: Floats
    total: Floats
    non_target_size: Floats
    new_size: Floats
    new_count: Floats
    ever_new: Floats
    smallest_new: Floats

    @classmethod
    def fresh(cls, subjects: int) -> Self:
        """Nothing has progressed."""
        flags = {name: np.zeros(subjects, bool) for name in ("pending", "confirmed", "target", "non_target", "new")}
        sizes = {name: np.full(subjects, np.nan) for name in ("since", "total", "non_target_size", "new_size", "new_count")}
        return cls(**flags, **sizes, ever_new=np.zeros(subjects), smallest_new=np.full(subjects, np.inf))


def step(state: State, seen: Seen, who: NDArray[np.intp], rules: Rules) -> tuple[NDArray[np.int8], Floats]:
    """The call of one visit of each subject in ``who``, and the days since its unconfirmed progression (NaN: none, or unknown).

    The state moves on in place.
    """
    new = _new_progresses(state, seen, who, rules)
    signs = seen.target | seen.non_target | new | seen.other
    pending = state.pending[who]
    ground = np.where(pending, _confirmation(state, seen, who, rules, new), NONE)
    waited = np.where(pending, seen.day - state.since[who], np.nan)
    early = waited < rules.confirmation_from_days  # an unknown date is not early
    extra = seen.symptoms & (seen.new_count > state.new_count[who])
    codes = np.zeros(len(who), np.int8)
    codes[signs & ~pending] = FIRST
    codes[pending & signs] = STAYS
    codes[(ground > NONE) & early] = EARLY
    proves = (ground > NONE) & (~early | extra)
    codes[proves] = ground[proves]
    codes[state.confirmed[who]] = AFTER
    _carry(state, seen, who, codes, new)
    return codes, waited


def _new_progresses(state: State, seen: Seen, who: NDArray[np.intp], rules: Rules) -> Bools:
    """Whether new lesions count as progression: while there, or (judged afresh) only when they are more or grow by RECIST."""
    if rules.stable_new_lesion == "iUPD while present":
        return seen.new
    smallest, limit = state.smallest_new[who], rules.recist
    growth = seen.new_size - smallest
    larger = (growth >= smallest * limit.progression_fraction - TINY) & (growth >= limit.progression_amount - TINY)
    more = seen.new_count > state.ever_new[who]
    return np.asarray(seen.new & (more | larger | seen.new_grew))


def _confirmation(state: State, seen: Seen, who: NDArray[np.intp], rules: Rules, new: Bools) -> NDArray[np.int8]:
    """The ground on which a pending progression is confirmed; 0 for none."""
    bar = rules.further_growth_mm - TINY
    target, non_target, was_new = state.target[who], state.non_target[who], state.new[who]
    grounds = np.zeros(len(who), np.int8)
    other = (seen.target & ~target) | (seen.non_target & ~non_target) | (new & ~was_new)
    more = seen.new_count > state.new_count[who]
    larger = (seen.new_size - state.new_size[who] >= bar) | seen.new_grew
    grown = seen.non_target_size > state.non_target_size[who] + TINY
    grounds[other] = OTHER
    grounds[was_new & seen.new & (more | larger)] = NEW
    grounds[non_target & (seen.non_target_again | grown)] = NON_TARGET
    grounds[target & (seen.total - state.total[who] >= bar)] = TARGET
    return grounds


def _carry(state: State, seen: Seen, who: NDArray[np.intp], codes: NDArray[np.int8], new: Bools) -> None:
    """Moves the state on: an unconfirmed progression is remembered with its sizes, recovery forgets it."""
    first = codes == FIRST
    recovered = state.pending[who] & (codes == NONE) & ~seen.not_evaluable
    at_first = {"target": seen.target, "non_target": seen.non_target, "new": new, "since": seen.day, "total": seen.total,
                "non_target_size": seen.non_target_size, "new_size": seen.new_size, "new_count": seen.new_count}  # fmt: skip
    for name, now in at_first.items():
        kept = getattr(state, name)
        kept[who] = np.where(first, now, kept[who])
    state.pending[who] = (state.pending[who] | first) & ~recovered
    state.confirmed[who] |= codes >= TARGET
    state.ever_new[who] = np.maximum(state.ever_new[who], seen.new_count)
    state.smallest_new[who] = np.where(seen.new, np.minimum(state.smallest_new[who], seen.new_size), state.smallest_new[who])
