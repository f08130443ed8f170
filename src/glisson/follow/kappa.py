"""Agreement of readers beyond chance: Cohen's kappa of two, Fleiss' kappa of several, each with its interval and method."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

from glisson.errors import BadInput

Weights = Literal["none", "linear", "quadratic"]
WEIGHTS: tuple[Weights, ...] = ("none", "linear", "quadratic")
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Kappa:
    """Agreement beyond chance.

    Attributes:
        value, low, high: kappa and its interval; ``None`` where chance alone would give full agreement (every answer in one
            category) and kappa does not exist.
        observed_fraction, expected_fraction: agreement seen, and expected by chance.
        subjects: visits or patients that every reader read.
        method: statistic and interval in words.
    """

    value: float | None
    low: float | None
    high: float | None
    observed_fraction: float
    expected_fraction: float
    subjects: int
    method: str


def cohen_kappa(
    *,
    first: Sequence[str],
    second: Sequence[str],
    order: Sequence[str],
    weights: Weights = "none",
    confidence_fraction: float = 0.95,
) -> Kappa:
    """Cohen's kappa of two readers with the large-sample interval of Fleiss, Cohen and Everitt.

    Args:
        first: answers of one reader.
        second: answers of the other to the same subjects, in the same order.
        order: every category that an answer may have; neighbours differ least where weights are used.
        weights: "none": an answer agrees or not; "linear" or "quadratic" in the distance of the categories.
        confidence_fraction: of the interval.

    >>> agreed = cohen_kappa(first=["a", "a", "b", "b"], second=["a", "b", "b", "b"], order=["a", "b"])
    >>> agreed.observed_fraction, agreed.expected_fraction, agreed.value
    (0.75, 0.5, 0.5)

    Raises:
        BadInput: answers of different number, none at all, an unknown answer, or unknown weights.

    References:
        Fleiss, Cohen and Everitt, Psychol Bull 1969;72:323.
    """
    if weights not in WEIGHTS:
        raise BadInput(f"unknown weights '{weights}'", allowed=", ".join(WEIGHTS))
    if len(first) != len(second) or not first:
        raise BadInput(f"{len(first)} answers of one reader and {len(second)} of the other", allowed="as many, and at least one")
    shares = np.zeros((len(order), len(order)))
    np.add.at(shares, (_places(first, order), _places(second, order)), 1 / len(first))
    agreement = _weights(len(order), weights)
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    observed = float((agreement * shares).sum())
    expected = float(rows @ agreement @ columns)
    named = "Cohen's kappa" if weights == "none" else f"Cohen's kappa with {weights} weights"
    method = f"{named}, large-sample interval of Fleiss, Cohen and Everitt 1969"
    if expected >= 1 - 1e-12:
        return Kappa(None, None, None, observed, expected, len(first), f"{method}; none: every answer is in one category")
    value = (observed - expected) / (1 - expected)
    pull = (agreement @ columns)[:, None] + (rows @ agreement)[None, :]
    spread = (shares * (agreement * (1 - expected) - pull * (1 - observed)) ** 2).sum()
    variance = (spread - (observed * expected - 2 * expected + observed) ** 2) / (len(first) * (1 - expected) ** 4)
    return _with_interval(
        value=value,
        variance=float(variance),
        observed=observed,
        expected=expected,
        subjects=len(first),
        method=method,
        confidence_fraction=confidence_fraction,
    )


def fleiss_kappa(*, answers: Sequence[Sequence[str]], order: Sequence[str], confidence_fraction: float = 0.95) -> Kappa:
    """Fleiss' kappa of several readers with the interval of Gwet, which holds also where kappa is not 0.

    Args:
        answers: for each subject the answers of all its readers; as many for every subject, two or more.
        order: every category that an answer may have.
        confidence_fraction: of the interval.

    >>> agreed = fleiss_kappa(answers=[["a", "a", "a"], ["b", "b", "b"], ["a", "a", "b"], ["b", "b", "a"]], order=["a", "b"])
    >>> round(agreed.observed_fraction, 4), round(agreed.expected_fraction, 4), round(agreed.value, 4)  # (1 + 1 + 1/3 + 1/3) / 4
    (0.6667, 0.5, 0.3333)

    Raises:
        BadInput: fewer than two subjects or readers, a subject with another number of readers, or an unknown answer.

    References:
        Fleiss, Psychol Bull 1971;76:378 (the statistic). Gwet, Educ Psychol Meas 2021;81:781 (the variance; that of Fleiss
        1971 and 1979 holds only without any agreement).
    """
    readers = {len(one) for one in answers}
    if len(answers) < 2 or len(readers) != 1 or min(readers) < 2:
        raise BadInput(
            "answers are not a table of subjects by readers",
            allowed="two subjects or more, each with the same two readers or more",
        )
    counts = np.zeros((len(answers), len(order)))
    for row, one in enumerate(answers):
        np.add.at(counts[row], _places(one, order), 1)
    several = float(readers.pop())
    shares = counts / several
    overall = shares.mean(axis=0)
    agreed = (counts * (counts - 1)).sum(axis=1) / (several * (several - 1))
    observed, expected = float(agreed.mean()), float((overall**2).sum())
    method = "Fleiss' kappa, interval of Gwet 2021"
    if expected >= 1 - 1e-12:
        return Kappa(None, None, None, observed, expected, len(answers), f"{method}; none: every answer is in one category")
    value = (observed - expected) / (1 - expected)
    parts = (agreed - expected) / (1 - expected) - 2 * (1 - value) * (shares @ overall - expected) / (1 - expected)
    variance = float(((parts - value) ** 2).sum()) / (len(answers) * (len(answers) - 1))
    return _with_interval(
        value=value,
        variance=variance,
        observed=observed,
        expected=expected,
        subjects=len(answers),
        method=method,
        confidence_fraction=confidence_fraction,
    )


def _places(answers: Sequence[str], order: Sequence[str]) -> npt.NDArray[np.int64]:
    known = {name: place for place, name in enumerate(order)}
    unknown = sum(answer not in known for answer in answers)
    if unknown:
        raise BadInput(f"{unknown} answers are in no category", allowed=", ".join(order))
    return np.array([known[answer] for answer in answers], dtype=np.int64)


def _weights(size: int, weights: Weights) -> Matrix:
    if weights == "none" or size == 1:
        return np.eye(size)
    far = np.abs(np.subtract.outer(np.arange(size), np.arange(size))) / (size - 1)
    return 1.0 - (far if weights == "linear" else far**2)


def _with_interval(
    *, value: float, variance: float, observed: float, expected: float, subjects: int, method: str, confidence_fraction: float
) -> Kappa:
    if not 0 < confidence_fraction < 1:
        raise BadInput(f"a confidence of {confidence_fraction:g}", allowed="more than 0, less than 1")
    reach = NormalDist().inv_cdf(0.5 + confidence_fraction / 2) * max(variance, 0.0) ** 0.5
    return Kappa(
        value,
        max(value - reach, -1.0),
        min(value + reach, 1.0),
        observed,
        expected,
        subjects,
        f"{method}, {confidence_fraction:.0%}",
    )
