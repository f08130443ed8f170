"""What may not leave: small cells, sums that one patient makes up, and two answers that differ by a few patients."""

from collections.abc import Sequence

import numpy as np

from glisson.errors import NotAllowed
from glisson.learn.cohort.sites.rules import Rules
from glisson.learn.cohort.table import Booleans, Floats

Sets = list[Booleans]
"""Sets of rows behind the counts that leave, each a mask over the rows of the analysis."""


def require_cell(number: int, rules: Rules, what: str) -> None:
    """Refuses a count of fewer rows than the rules' smallest cell.

    Raises:
        NotAllowed: 0 < number < smallest cell. The number itself is not said.
    """
    if 0 < number < rules.min_cell:
        raise NotAllowed(f"fewer than {rules.min_cell} rows {what}", do="ask in a coarser way, or without it")


def require_rows(number: int, rules: Rules, what: str) -> None:
    """Refuses fewer rows than the smallest cell, none included.

    Raises:
        NotAllowed: fewer, or none.
    """
    if number < max(rules.min_cell, 1):
        raise NotAllowed(f"fewer than {max(rules.min_cell, 1)} rows {what}", do="ask in a coarser way, or leave this site out")


def require_mixed(values: Floats, rules: Rules, name: str) -> None:
    """Refuses the sums of a variable when few rows differ from all others, or one makes up most of the spread.

    Raises:
        NotAllowed: as said.
    """
    same = np.unique(values, return_counts=True)[1]
    require_cell(len(values) - int(same.max(initial=0)), rules, f"differ from all others in '{name}'")
    if len(same) == 2:
        require_cell(int(same.min()), rules, f"share a value of '{name}'")
    squares = (values - values.mean()) ** 2 if len(values) else values
    require_share(squares, rules, f"the spread of '{name}'")


def require_share(amount: Floats, rules: Rules, what: str) -> None:
    """Refuses a sum of which one row makes up more than the rules' largest share.

    Raises:
        NotAllowed: as said.
    """
    total = float(amount.sum())
    if total > 0 and float(amount.max()) > rules.largest_share * total * (1 + 1e-12):
        raise NotAllowed(
            f"one row would make up more than {100 * rules.largest_share:g} % of {what}",
            do="leave the variable out, or recode it",
        )


def require_mixed_risk(risk: Floats, rules: Rules) -> None:
    """Refuses coefficients under which the risk is that of a few patients: a probe that singles somebody out.

    The risk must be shared by as many as the smallest cell: (Σ r)² / Σ r² counts them.

    Raises:
        NotAllowed: as said, or a risk that is no number.
    """
    largest = float(risk.max(initial=0.0))
    if not (np.isfinite(risk).all() and np.isfinite(risk.sum()) and largest > 0):
        raise NotAllowed("with these coefficients the risk is no number", do="ask with coefficients of a model")
    share = risk / largest
    require_share(share, rules, "the risk with these coefficients")
    if float(share.sum()) ** 2 < rules.min_cell * float((share**2).sum()) * (1 - 1e-12):
        raise NotAllowed(f"with these coefficients fewer than {rules.min_cell} rows carry the risk", do="ask with others")


def require_apart(
    new: Sequence[Booleans], people: Sequence[str], old: Sequence[Booleans], before: Sequence[str], rules: Rules
) -> None:
    """Refuses an answer that differs from an earlier one by a few patients: their difference would be a small cell.

    Args:
        new: sets of rows that would leave now.
        people: patient of each row of ``new``, hashed.
        old: sets of rows behind an earlier answer.
        before: patient of each row of ``old``.
        rules: of the site.

    Raises:
        NotAllowed: two sets differ in some, but in fewer patients than the smallest cell.
    """
    if rules.min_cell == 1 or not len(new) or not len(old):
        return
    known = {name: place for place, name in enumerate(before)}
    here = [place for place, name in enumerate(people) if name in known]
    there = [known[people[place]] for place in here]
    first, second = np.array(new, dtype=np.float32), np.array(old, dtype=np.float32)
    both = first[:, here] @ second[:, there].T
    differ = first.sum(axis=1)[:, None] + second.sum(axis=1)[None, :] - 2 * both
    if ((differ > 0.5) & (differ < rules.min_cell - 0.5)).any():
        raise NotAllowed(
            f"together with an earlier answer this one would tell fewer than {rules.min_cell} patients apart",
            do="ask for the same patients as before (--complete), or in a coarser way; if the table has changed, the site decides",
        )


def distinct(sets: Sequence[Booleans]) -> Sets:
    """Each set once, without empty ones.

    >>> len(distinct([np.array([True, False]), np.array([True, False]), np.array([False, False])]))
    1
    """
    return list({one.tobytes(): one for one in sets if one.any()}.values())
