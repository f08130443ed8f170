"""Many tests of one question: p values adjusted within a stated family."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from glisson.errors import BadInput

Adjustment = Literal["bonferroni", "holm", "benjamini-hochberg"]
ADJUSTMENTS: tuple[Adjustment, ...] = ("bonferroni", "holm", "benjamini-hochberg")
CONTROLS = {
    "bonferroni": "Bonferroni, which bounds the chance of any false positive among them",
    "holm": "Holm, which bounds the chance of any false positive among them",
    "benjamini-hochberg": "Benjamini and Hochberg, which bounds the expected share of false positives among those called positive",
}


@dataclass(frozen=True)
class Family:
    """The tests that were adjusted together.

    Attributes:
        name: of the family.
        method: of adjustment.
        p: as computed, by test; ``None`` where a test could not be done.
        adjusted: by test; ``None`` where there is no p.
        statement: for the section on methods: the family, its size and the method.
    """

    name: str
    method: Adjustment
    p: dict[str, float | None]
    adjusted: dict[str, float | None]
    statement: str


def adjusted_p(p: Sequence[float], *, method: Adjustment) -> list[float]:
    """P values adjusted for their number, at most 1 each.

    Args:
        p: of each test of the family, 0 to 1.
        method: "bonferroni", "holm" or "benjamini-hochberg".

    >>> [round(value, 6) for value in adjusted_p([0.01, 0.02, 0.04], method="holm")]  # 3 × 0.01, 2 × 0.02, 1 × 0.04
    [0.03, 0.04, 0.04]

    Raises:
        BadInput: a p outside 0 to 1, or a method of another name.

    References:
        Holm, Scand J Stat 1979;6:65; Benjamini and Hochberg, J R Stat Soc B 1995;57:289.
    """
    given = np.asarray(p, dtype=np.float64)
    if method not in ADJUSTMENTS:
        raise BadInput(f"adjustment '{method}'", allowed=", ".join(ADJUSTMENTS))
    if not ((given >= 0) & (given <= 1)).all():
        raise BadInput("a p value that is missing or outside 0 to 1")
    order, number = np.argsort(given, kind="stable"), len(given)
    rising, rank = given[order], np.arange(1, number + 1)
    if method == "bonferroni":
        found = number * rising
    elif method == "holm":
        found = np.maximum.accumulate((number + 1 - rank) * rising)
    else:
        found = np.minimum.accumulate((number / rank * rising)[::-1])[::-1]
    back = np.empty(number)
    back[order] = np.minimum(found, 1.0)
    return [float(value) for value in back]


def family(p: Mapping[str, float | None], *, name: str, method: Adjustment) -> Family:
    """A family of tests adjusted together; those without a p are no members, and that is said.

    >>> found = family({"age": 0.01, "sex": 0.3, "stage": None}, name="subgroup interactions", method="bonferroni")
    >>> found.adjusted
    {'age': 0.02, 'sex': 0.6, 'stage': None}
    """
    done = {test: value for test, value in p.items() if value is not None}
    adjusted = dict(zip(done, adjusted_p(list(done.values()), method=method), strict=True))
    return Family(name, method, dict(p), {test: adjusted.get(test) for test in p}, _statement(name, method, len(done), len(p)))


def _statement(name: str, method: Adjustment, done: int, asked: int) -> str:
    if not done:
        return f"Family '{name}': none of its {asked} tests could be done; nothing was adjusted."
    tests = "1 test, which needs no adjustment" if done == 1 else f"{done} tests"
    text = f"Family '{name}': {tests}; p values adjusted by {CONTROLS[method]}." if done > 1 else f"Family '{name}': {tests}."
    if asked > done:
        text += f" {asked - done} of {asked} planned tests could not be done and are not counted."
    return text + " Tests outside this family are not adjusted."
