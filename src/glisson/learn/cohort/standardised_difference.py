"""Standardised differences: how far apart groups lie in a variable, in units of its spread, whatever the number of patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

from glisson.errors import BadInput, OutOfScope
from glisson.learn.cohort.table import Booleans, Floats

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["number", "category", "choices"]
Missing = Literal["left out", "a level"]


def difference_of_means(*, means: tuple[float, float], variances: tuple[float, float]) -> float:
    """Second mean minus the first, in units of the root of the mean variance (no unit).

    >>> difference_of_means(means=(60.0, 65.0), variances=(100.0, 100.0))
    0.5

    Raises:
        OutOfScope: means that differ without any spread.

    References:
        Austin, Stat Med 2009;28:3083, section 2.1.
    """
    apart = means[1] - means[0]
    if apart == 0:
        return 0.0
    spread = (variances[0] + variances[1]) / 2
    if not spread > 0:
        raise OutOfScope("each group has one value only, and the two differ: there is no spread to measure by")
    return float(apart / np.sqrt(spread))


def difference_of_shares(*, first: Sequence[float], second: Sequence[float]) -> float:
    """Distance between the shares of all levels in two groups: Mahalanobis', 0 or more (no unit).

    Args:
        first: share of each level in the first group, 0 to 1, adding up to 1.
        second: the same levels in the second.

    >>> round(difference_of_shares(first=(0.5, 0.5), second=(0.7, 0.3)), 4)  # 0.2 / √((0.25 + 0.21) / 2)
    0.417

    Raises:
        BadInput: shares that do not add up to 1, or lists of different lengths.
        OutOfScope: no level that both groups have.

    References:
        Yang and Dalton, SAS Global Forum 2012, paper 335, equations 3 to 5.
    """
    shares = np.array([first, second], dtype=np.float64) if len(first) == len(second) else np.zeros((2, 0))
    if not (shares >= 0).all() or not np.allclose(shares.sum(axis=1), 1):
        raise BadInput("shares that are not those of the same levels, adding up to 1 in each group")
    shares = shares[:, shares.any(axis=0)]
    if not shares.all(axis=0).any():
        raise OutOfScope("the two groups have no level in common: there is no spread to measure by")
    shares = shares[:, 1:]
    if not shares.shape[1]:
        return 0.0
    apart = shares[1] - shares[0]
    spread = sum(np.diag(one) - np.outer(one, one) for one in shares) / 2
    return float(np.sqrt(max(apart @ np.linalg.solve(spread, apart), 0.0)))


@dataclass(frozen=True)
class Pair:
    """Two groups beside each other.

    Attributes:
        first: group.
        second: group.
        difference: standardised; for numbers with the sign of second minus first, else 0 or more; ``None`` where it cannot be said.
        cannot_say: why there is none.
    """

    first: str
    second: str
    difference: float | None
    cannot_say: str | None = None


@dataclass(frozen=True)
class Differences:
    """Standardised differences of one variable between all pairs of groups.

    Attributes:
        kind: "number", "category" or "choices" (several words can hold: the word that differs most counts).
        pairs: every two groups.
        groups: names, in the order of their first pair.
        known: rows with a value, by group.
        missing: rows without, by group.
        missing_as: "left out", or "a level" of a category.
    """

    kind: Kind
    pairs: tuple[Pair, ...]
    groups: tuple[str, ...]
    known: tuple[int, ...]
    missing: tuple[int, ...]
    missing_as: Missing

    @property
    def largest(self) -> Pair | None:
        """The pair that is farthest apart; ``None`` where no pair can be compared."""
        usable = [pair for pair in self.pairs if pair.difference is not None]
        return max(usable, key=lambda pair: abs(pair.difference or 0.0), default=None)


def standardised_difference(
    values: "pl.Series", group: Sequence[str | None], *, weight: Floats | None = None, missing: Missing = "left out"
) -> float | None:
    """Largest absolute standardised difference between any two groups; ``None`` where it cannot be said.

    Arguments as ``standardised_differences``, which also says why.

    >>> import polars as pl
    >>> round(standardised_difference(pl.Series([1.0, 2.0, 3.0, 2.0, 3.0, 4.0]), ["a"] * 3 + ["b"] * 3), 4)
    1.0
    """
    found = standardised_differences(values, group, weight=weight, missing=missing).largest
    return None if found is None or found.difference is None else abs(found.difference)


def standardised_differences(
    values: "pl.Series",
    group: Sequence[str | None],
    *,
    weight: Floats | None = None,
    missing: Missing = "left out",
    order: Sequence[str] | None = None,
) -> Differences:
    """Standardised differences between all pairs of groups, weighted where weights are given.

    Args:
        values: numbers, or words or truths (levels), or lists of words (several can hold); null is missing.
        group: of each row; rows of no group take no part.
        weight: of each row, 0 or more, shape (n,).
        missing: left out and counted, or a level of its own (words only): then groups differ by who is missing, too.
        order: of the groups, for the sign; sorted if ``None``. Groups that it does not name take no part.

    Raises:
        BadInput: lengths that differ, a weight that is none, a number that is not finite, missing numbers as a level.

    References:
        Numbers: Austin 2009, above; with weights their weighted mean and variance as in Austin and Stuart, Stat Med 2015;34:3661,
        section 3.1. Levels: Yang and Dalton 2012, above. Several groups: the largest of all pairs.
    """
    weights = _weights(values, group, weight)
    kind = _kind(values)
    if kind == "number" and missing == "a level":
        raise BadInput("missing numbers as a level", allowed="'left out', or words instead of numbers")
    names = tuple(sorted({name for name in group if name is not None}) if order is None else order)
    inside = {name: np.array([one == name for one in group], dtype=bool) for name in names}
    values = values.fill_nan(None) if values.dtype.is_float() else values
    known = values.is_not_null().to_numpy()
    use = known if missing == "left out" else np.ones(len(values), dtype=bool)
    pairs = tuple(
        _pair(kind, values, weights, (first, inside[first] & use), (second, inside[second] & use))
        for first, second in combinations(names, 2)
    )
    counts = [tuple(int((inside[name] & which).sum()) for name in names) for which in (known, ~known)]
    return Differences(kind, pairs, names, counts[0], counts[1], missing)


def _weights(values: "pl.Series", group: Sequence[str | None], weight: Floats | None) -> Floats:
    found = np.ones(len(values)) if weight is None else np.asarray(weight, dtype=np.float64)
    if not len(values) == len(group) == len(found):
        raise BadInput(f"{len(values)} values, {len(group)} groups and {len(found)} weights", allowed="one of each per row")
    if not (np.isfinite(found) & (found >= 0)).all():
        raise BadInput("a weight that is missing, negative or not finite", allowed="0 or more")
    return found


def _kind(values: "pl.Series") -> Kind:
    import polars as pl

    if values.dtype.is_numeric():
        if values.dtype.is_float() and values.is_infinite().any():
            raise BadInput("a number that is not finite")
        return "number"
    return "choices" if isinstance(values.dtype, pl.List) else "category"


Side = tuple[str, Booleans]


def _pair(kind: Kind, values: "pl.Series", weight: Floats, first: Side, second: Side) -> Pair:
    for name, which in (first, second):
        if not weight[which].sum() > 0:
            return Pair(first[0], second[0], None, f"nobody in {name!r} has a value")
    measure = {"number": _of_numbers, "category": _of_levels, "choices": _of_words}[kind]
    try:
        return Pair(first[0], second[0], measure(values, weight, first[1], second[1]))
    except OutOfScope as error:
        return Pair(first[0], second[0], None, error.problem)


def _of_numbers(values: "pl.Series", weight: Floats, *sides: Booleans) -> float:
    numbers = values.cast(float).fill_null(0.0).to_numpy()
    described = [_mean_and_variance(numbers[side], weight[side]) for side in sides]
    (mean, variance), (other_mean, other_variance) = described
    return difference_of_means(means=(mean, other_mean), variances=(variance, other_variance))


def _mean_and_variance(values: Floats, weight: Floats) -> tuple[float, float]:
    total, squares = float(weight.sum()), float((weight**2).sum())
    if int((weight > 0).sum()) < 2:
        raise OutOfScope("a group with fewer than two values has no spread")
    mean = float(weight @ values / total)
    mean = float(values[0]) if np.ptp(values) == 0 else mean  # without the rounding of weights
    return mean, float(total / (total**2 - squares) * (weight @ (values - mean) ** 2))


def _of_levels(values: "pl.Series", weight: Floats, *sides: Booleans) -> float:
    import polars as pl

    text = values.cast(pl.String)
    level = np.unique(np.array(["0" if word is None else f"1{word}" for word in text.to_list()]), return_inverse=True)[1]
    shares = [np.bincount(level[side], weight[side], int(level.max()) + 1) / weight[side].sum() for side in sides]
    return difference_of_shares(first=shares[0].tolist(), second=shares[1].tolist())


def _of_words(values: "pl.Series", weight: Floats, *sides: Booleans) -> float:
    """The largest difference of any one word, held or not."""
    import polars as pl

    lists = values.to_list()
    words = sorted({word for one in lists for word in one or ()})
    known = [one is not None for one in lists]
    each = [
        _of_levels(pl.Series([word in one if there else None for one, there in zip(lists, known, strict=True)]), weight, *sides)
        for word in words
    ]
    return max(each, default=0.0)
