"""Labels of groups as numbers, in a stated order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glisson.errors import BadInput
from glisson.learn.cohort.table import Integers

Labels = Sequence[object] | NDArray[np.generic]


@dataclass(frozen=True, eq=False)
class Groups:
    """Group of each row.

    Attributes:
        names: labels as text; the first is the reference.
        number: index into ``names``, shape (n,).
    """

    names: tuple[str, ...]
    number: Integers


def groups(labels: Labels, *, order: Sequence[str] | None = None) -> Groups:
    """Groups from labels, sorted, or in the ``order`` given, which may name groups that nobody is in.

    >>> groups(["b", "a", "b"]).number.tolist()
    [1, 0, 1]

    Raises:
        BadInput: a label that the order lacks.
    """
    found, number = np.unique(np.asarray([str(label) for label in labels], dtype=np.str_), return_inverse=True)
    if order is None:
        return Groups(tuple(found.tolist()), number.astype(np.int64))
    absent = [name for name in found.tolist() if name not in order]
    if absent:
        raise BadInput(
            f"{len(absent)} groups that the order of groups does not name", do="name every group, or leave the order out"
        )
    place = np.array([list(order).index(name) for name in found.tolist()], dtype=np.int64)
    return Groups(tuple(order), place[number])
