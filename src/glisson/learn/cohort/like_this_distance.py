"""How far patients lie from a case: Gower's distance over numbers, words and lists of words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from glisson.errors import BadInput
from glisson.learn.cohort.table import Booleans, Floats

Answer = float | str | frozenset[str]
Kind = Literal["number", "word", "words"]


@dataclass(frozen=True, eq=False)
class Compared:
    """One variable of a case beside that of the cohort.

    Attributes:
        name: of the variable.
        kind: a number, a word, or words of which several hold.
        case: its value.
        known: patients who have a value, shape (n,).
        distance: 0 for the same to 1 for the farthest, NaN where unknown, shape (n,).
        values: numbers of the cohort, NaN where unknown; empty for words.
        beyond: whether the case's number lies outside those of the cohort.
    """

    name: str
    kind: Kind
    case: Answer
    known: Booleans
    distance: Floats
    values: Floats
    beyond: bool = False

    @property
    def same(self) -> Booleans:
        """Patients with the case's own value."""
        return np.asarray(self.known & (np.nan_to_num(self.distance, nan=1.0) == 0))


def compared(column: pl.Series, case: object) -> Compared:
    """A case's value against a column of the cohort.

    Numbers: difference over the range of cohort and case; words: 0 or 1; lists of words: the share of all named words that only one
    of the two has.

    >>> compared(pl.Series("age", [50.0, 70.0, None]), 60).distance.tolist()
    [0.5, 0.5, nan]

    Raises:
        BadInput: a value of another kind than the column's.

    References:
        Gower, Biometrics 1971;27:857; lists of words: Jaccard, New Phytol 1912;11:37.
    """
    if column.dtype.is_numeric():
        return _number(column, case)
    if isinstance(column.dtype, pl.List):
        return _words(column, case)
    if isinstance(case, (list, tuple, set, frozenset)):
        raise BadInput(f"several values of {column.name} for the case", allowed="one")
    words = column.cast(pl.String)
    known = words.is_not_null().to_numpy()
    own = _word(column, case)
    distance = np.where(known, (words != own).fill_null(value=True).to_numpy().astype(np.float64), np.nan)
    return Compared(column.name, "word", own, known, distance, np.zeros(0))


def _word(column: pl.Series, case: object) -> str:
    """As the column writes it: a yes or no of another language stays what it is."""
    return str(case).lower() if column.dtype == pl.Boolean else str(case)


def _number(column: pl.Series, case: object) -> Compared:
    if isinstance(case, bool) or not isinstance(case, (int, float)) or not np.isfinite(case):
        raise BadInput(f"a value of {column.name} that is no finite number", allowed="a number, or nothing where it is not known")
    values = column.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    known = np.isfinite(values)
    all_values = np.append(values[known], float(case))
    extent = float(np.ptp(all_values))
    distance = np.abs(values - float(case)) / extent if extent > 0 else np.where(known, 0.0, np.nan)
    beyond = bool(known.any() and not values[known].min() <= float(case) <= values[known].max())
    return Compared(column.name, "number", float(case), known, distance, values, beyond)


def _words(column: pl.Series, case: object) -> Compared:
    if isinstance(case, str) or not isinstance(case, (list, tuple, set, frozenset)):
        raise BadInput(f"one value of {column.name} for the case", allowed="a list of words")
    own = frozenset(str(word) for word in case)
    known = column.is_not_null().to_numpy()
    distance = np.full(len(column), np.nan)
    for place, words in enumerate(column.to_list()):
        if words is not None:
            other = frozenset(str(word) for word in words)
            union = own | other
            distance[place] = 1 - len(own & other) / len(union) if union else 0.0
    return Compared(column.name, "words", own, known, distance, np.zeros(0))


def gower(variables: Sequence[Compared], *, least_shared_fraction: float = 0.5) -> Floats:
    """Mean distance over the variables that a patient has; NaN where fewer than the asked share of them are known, shape (n,).

    >>> age, sex = compared(pl.Series("age", [50.0, 70.0]), 50), compared(pl.Series("sex", ["f", None]), "m")
    >>> gower([age, sex]).tolist()  # (0 + 1) / 2; age alone
    [0.5, 1.0]
    """
    distances = np.stack([variable.distance for variable in variables])
    known = np.isfinite(distances)
    number = known.sum(axis=0)
    mean = np.where(known, distances, 0.0).sum(axis=0) / np.maximum(number, 1)
    enough = (number > 0) & (number >= least_shared_fraction * len(variables))
    return np.asarray(np.where(enough, mean, np.nan))
