"""What may not leave: small cells, and sums that one patient or a few make up."""

import numpy as np

from glisson.errors import NotAllowed
from glisson.learn.cohort.sites.rules import Rules
from glisson.learn.cohort.table import Floats

COUNTABLE = 3
"""Of so many different values, number, mean and squares tell how many rows have each."""


def countable_values(values: Floats) -> list[float]:
    """The values of a number whose counts follow from its number, mean and squares; none where there are more.

    >>> countable_values(np.array([0.0, 1.0, 1.0]))
    [0.0, 1.0]
    """
    different = np.unique(values).tolist()
    return different if len(different) <= COUNTABLE else []


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
    """Refuses the sums of a variable when few rows differ from all others, share one of few values, or make up most of the spread.

    Raises:
        NotAllowed: as said.
    """
    same = np.unique(values, return_counts=True)[1]
    require_cell(len(values) - int(same.max(initial=0)), rules, f"differ from all others in '{name}'")
    if len(same) <= COUNTABLE:
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
