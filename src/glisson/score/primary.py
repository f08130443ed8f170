"""The depth of the primary tumour as the scores ask for it."""

from glisson.errors import BadInput
from glisson.score.points import Item, compared

STAGES = ("T1", "T2", "T3", "T4")


def deeper_than(primary_t: str | None, stage: float) -> Item:
    """A point for a pT above ``stage``.

    Raises:
        BadInput: not one of T1 to T4.
    """
    if primary_t is not None and primary_t not in STAGES:
        raise BadInput("pT of the primary", allowed=", ".join(STAGES))
    holds = None if primary_t is None else STAGES.index(primary_t) + 1 > stage
    item = compared("pT of the primary", None, holds, "")
    return Item(item.name, primary_t, "", item.lowest, item.highest)
