"""From limits and targets to the activity: which limit binds, how far the others are, and whether the targets can be met.

Every mean dose is linear in the activity of the session, so each limit is one number: the activity that reaches it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Constraint:
    """One limit or target on one volume.

    Attributes:
        on: reference volume, as "perfused normal liver".
        site: id of the site it is read on; ``None`` for the lungs without a contour.
        name: of that volume, on screens.
        aim: a limit is not exceeded, a target is reached.
        limit_Gy: mean absorbed dose.
        per_GBq: mean dose per GBq of the session; ``None``: cannot say (``why``).
        earlier_Gy: dose from earlier treatments that counts against it.
        source: id of a knowledge source, or "entered".
        evidence: letter of the source; "entered" for a person's own.
        entered: a person entered it.
        decides: False where it is shown beside a deciding one.
        loe: level of evidence as the source prints it.
        note: what a reader must know of it.
        why: reason of a missing ``per_GBq``.
    """

    on: str
    site: str | None
    name: str
    aim: Literal["limit", "target"]
    limit_Gy: float
    per_GBq: float | None
    earlier_Gy: float = 0.0
    source: str = "entered"
    evidence: str = "entered"
    entered: bool = True
    decides: bool = True
    loe: str | None = None
    note: str | None = None
    why: str | None = None

    @property
    def words(self) -> str:
        """As in a sentence: "perfused normal liver (right lobe) 40 Gy"."""
        where = f" ({self.name})" if self.name != self.on else ""
        return f"{self.on}{where} {self.limit_Gy:g} Gy"

    @property
    def activity_GBq(self) -> float:
        """Activity that reaches it; infinite where no activity does."""
        if self.per_GBq is None or self.per_GBq <= 0:
            return math.inf
        return max(0.0, (self.limit_Gy - self.earlier_Gy) / self.per_GBq)

    def dose_Gy(self, activity_GBq: float) -> float | None:
        """Dose that counts against it at an activity."""
        return None if self.per_GBq is None else self.earlier_Gy + self.per_GBq * activity_GBq

    def holds_at(self, activity_GBq: float) -> bool | None:
        """True, False, or ``None``: cannot say."""
        dose = self.dose_Gy(activity_GBq)
        if dose is None:
            return None
        slack = TOLERANCE * self.limit_Gy
        return dose <= self.limit_Gy + slack if self.aim == "limit" else dose >= self.limit_Gy - slack


@dataclass(frozen=True)
class Solution:
    """What the limits and targets allow.

    Attributes:
        activity_GBq: proposed; ``None``: cannot say (``reason``).
        binding: the constraint that fixed it.
        ceiling_GBq: most activity that every deciding limit allows; infinite where none is reached.
        floor_GBq: least activity that reaches every deciding target; 0 without one.
        feasible: the floor is not above the ceiling and something can be given.
        reason: why not, or why nothing can be said.
        known: False: no limit on liver tissue and no target is known, so nothing can be said.
    """

    activity_GBq: float | None
    binding: Constraint | None
    ceiling_GBq: float
    floor_GBq: float
    feasible: bool
    reason: str | None = None
    known: bool = True


def solve(constraints: Sequence[Constraint]) -> Solution:
    """The most activity that all limits allow, and whether it reaches all targets.

    Where no limit on liver tissue is known the lungs alone do not propose an activity: the least activity that reaches the
    targets is proposed, and without a target nothing.

    >>> c = [Constraint("perfused normal liver", "n", "normal", "limit", 40.0, 25.6),
    ...      Constraint("lung", None, "lung", "limit", 30.0, 2.5)]
    >>> s = solve(c)
    >>> round(s.activity_GBq, 4), s.binding.on
    (1.5625, 'perfused normal liver')
    """
    deciding = [c for c in constraints if c.decides and c.per_GBq is not None]
    limits = [c for c in deciding if c.aim == "limit"]
    targets = [c for c in deciding if c.aim == "target"]
    ceiling = min(limits, key=lambda c: c.activity_GBq, default=None)
    floor = max(targets, key=lambda c: c.activity_GBq, default=None)
    ceiling_GBq = ceiling.activity_GBq if ceiling else math.inf
    floor_GBq = floor.activity_GBq if floor else 0.0
    if ceiling is not None and ceiling_GBq <= 0:
        reason = f"no activity is left: earlier treatments already gave {ceiling.earlier_Gy:.3g} Gy against {ceiling.words}"
        return Solution(0.0, ceiling, ceiling_GBq, floor_GBq, False, reason)
    if floor is not None and floor_GBq > ceiling_GBq * (1 + TOLERANCE):
        return _out_of_reach(ceiling, floor, ceiling_GBq, floor_GBq)
    liver_limits = [c for c in limits if c.on != "lung" and math.isfinite(c.activity_GBq)]
    if liver_limits:
        return Solution(ceiling_GBq, ceiling, ceiling_GBq, floor_GBq, True)
    if floor is not None:
        return Solution(floor_GBq, floor, ceiling_GBq, floor_GBq, True)
    reason = "cannot say: no limit on liver tissue and no target is known" + (
        f"; the lungs alone would allow {ceiling_GBq:.3g} GBq" if math.isfinite(ceiling_GBq) else ""
    )
    return Solution(None, None, ceiling_GBq, floor_GBq, False, reason, known=False)


def _out_of_reach(ceiling: Constraint | None, floor: Constraint, ceiling_GBq: float, floor_GBq: float) -> Solution:
    if ceiling is None or math.isinf(floor_GBq):
        reason = f"no activity reaches the target {floor.words}: the volume takes none of it"
        activity = ceiling_GBq if math.isfinite(ceiling_GBq) else None
        return Solution(activity, ceiling, ceiling_GBq, floor_GBq, False, reason)
    reached = floor.dose_Gy(ceiling_GBq)
    reason = (
        f"no activity satisfies all: target {floor.words} needs {floor_GBq:.3g} GBq, limit {ceiling.words} allows "
        f"{ceiling_GBq:.3g} GBq, which gives {reached:.3g} Gy of the target"
    )
    return Solution(ceiling_GBq, ceiling, ceiling_GBq, floor_GBq, False, reason)


def state_at(constraint: Constraint, activity_GBq: float | None, binding: Constraint | None) -> str:
    """One word for a row: binding, within, exceeded, met, not met, cannot say; "shown: …" for rows that do not decide."""
    if activity_GBq is None or constraint.per_GBq is None:
        return "cannot say"
    holds = constraint.holds_at(activity_GBq)
    if constraint.aim == "target":
        word = "met" if holds else "not met"
    elif constraint is binding and holds:
        word = "binding"
    else:
        word = "within" if holds else "exceeded"
    return word if constraint.decides else f"shown: {word}"


def as_rows(constraints: Sequence[Constraint], activity_GBq: float | None, binding: Constraint | None) -> list[dict[str, Any]]:
    """Every constraint at an activity, for a Result; ``None`` stands for cannot say or for infinite."""
    rows = []
    for c in constraints:
        at_limit = c.activity_GBq if math.isfinite(c.activity_GBq) else None
        dose = c.dose_Gy(activity_GBq) if activity_GBq is not None else None
        rows.append(
            {
                "on": c.on,
                "site": c.site,
                "name": c.name,
                "aim": c.aim,
                "limit_Gy": c.limit_Gy,
                "dose_Gy": dose,
                "dose_per_GBq": c.per_GBq,
                "earlier_Gy": c.earlier_Gy,
                "activity_at_limit_GBq": at_limit,
                "margin_GBq": at_limit - activity_GBq if at_limit is not None and activity_GBq is not None else None,
                "used_fraction": dose / c.limit_Gy if dose is not None else None,
                "state": state_at(c, activity_GBq, binding),
                "decides": c.decides,
                "source": c.source,
                "evidence": c.evidence,
                "loe": c.loe,
                "entered": c.entered,
                "note": "; ".join(part for part in (c.note, c.why) if part) or None,
            }
        )
    return rows


def within_all(constraints: Sequence[Constraint], activity_GBq: float) -> bool:
    """True when every deciding limit of which something can be said holds at an activity."""
    return kept(constraints, activity_GBq, "limit") is not False


def kept(constraints: Sequence[Constraint], activity_GBq: float, aim: Literal["limit", "target"]) -> bool | None:
    """Whether every deciding limit (or target) holds at an activity; ``None``: there is none, or of one nothing can be said.

    >>> known = Constraint("lung", None, "lungs", "limit", 30.0, 5.0)
    >>> unknown = Constraint("whole liver", None, "liver", "limit", 75.0, None)
    >>> kept([known], 2.0, "limit"), kept([known, unknown], 2.0, "limit"), kept([known, unknown], 7.0, "limit")
    (True, None, False)
    """
    answers = [c.holds_at(activity_GBq) for c in constraints if c.decides and c.aim == aim]
    if False in answers:
        return False
    return None if None in answers or not answers else True


def tightest(constraints: Sequence[Constraint], activity_GBq: float) -> Constraint | None:
    """The deciding limit of which the largest share is used at an activity."""
    limits = [c for c in constraints if c.decides and c.aim == "limit" and c.per_GBq]
    return max(limits, key=lambda c: (c.dose_Gy(activity_GBq) or 0.0) / c.limit_Gy, default=None)
