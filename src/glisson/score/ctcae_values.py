"""CTCAE grades of many laboratory values by one term: three-valued rules on arrays. Missing facts leave a range, never grade 0.

Two numbers that agree to 12 digits count as equal, so that a value on a border lies on it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from glisson.errors import BadInput
from glisson.knowledge.toxicity import Comparison, LaboratoryTerm, Rule, laboratories

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

EQUAL_TO = 1e-12
"""Relative difference up to which two numbers count as equal."""

WORDS: Mapping[str, str] = {
    "ULN": "upper limit of normal",
    "LLN": "lower limit of normal",
    "baseline": "baseline",
    "symptoms": "statement on symptoms",
    "anticoagulated": "statement on anticoagulation",
}
"""What a rule asks for, in the words of a message; the order of the bits in ``Graded.lacking``."""
VALUE_BIT = 1 << len(WORDS)
IMPLAUSIBLE_BIT = VALUE_BIT << 1
BELOW_BIT = IMPLAUSIBLE_BIT << 1
CODES = BELOW_BIT << 1


@dataclass(frozen=True)
class LabValues:
    """Values of one laboratory test, each with what grading may ask for. One-dimensional arrays of one length; NaN is unknown.

    Attributes:
        value: in the unit of the test's name.
        lower_normal, upper_normal: limits of normal when the value was measured.
        baseline: value before treatment.
        baseline_lower_normal, baseline_upper_normal: limits of normal then; where unknown, those of the value.
        symptoms: 1 with signs or symptoms, 0 without.
        anticoagulated: 1 under anticoagulation, 0 without.
    """

    value: Array
    lower_normal: Array
    upper_normal: Array
    baseline: Array
    baseline_lower_normal: Array
    baseline_upper_normal: Array
    symptoms: Array
    anticoagulated: Array

    def __post_init__(self) -> None:
        if len({getattr(self, field.name).shape for field in fields(self)}) != 1:
            raise BadInput("laboratory values and their limits of different length")

    @property
    def limit_at_baseline(self) -> dict[str, Array]:
        """Limits of normal that held at the baseline."""
        return {
            "ULN": np.where(np.isnan(self.baseline_upper_normal), self.upper_normal, self.baseline_upper_normal),
            "LLN": np.where(np.isnan(self.baseline_lower_normal), self.lower_normal, self.baseline_lower_normal),
        }


@dataclass(frozen=True)
class Graded:
    """Grades of many values by one term.

    Attributes:
        lowest, highest: bounds of the grade; equal where it can be said.
        line: index of the rule that gave the lowest grade; -1: grade 0.
        lacking: bits of what is missing where the grade cannot be said (``lacking_words``); 0 elsewhere.
    """

    lowest: NDArray[np.int8]
    highest: NDArray[np.int8]
    line: NDArray[np.int16]
    lacking: NDArray[np.int16]


@dataclass(frozen=True)
class _Answer:
    """Three-valued: certainly so; possibly so."""

    yes: Mask
    may: Mask

    def __and__(self, other: "_Answer") -> "_Answer":
        return _Answer(self.yes & other.yes, self.may & other.may)

    def __invert__(self) -> "_Answer":
        return _Answer(~self.may, ~self.yes)


def grade_values(term: LaboratoryTerm, values: LabValues, *, assume_normal_baseline: bool = False) -> Graded:
    """Grades of many values by one term.

    Args:
        term: whose lines are applied.
        values: of the test that the term names.
        assume_normal_baseline: take a missing baseline as normal, and leave out multiples of it, as some programs do; without it
            a missing baseline leaves a range.

    References: CTCAE versions 5 and 6 (knowledge/toxicity/ctcae.yaml).
    """
    worlds = [_in_one_world(term, world, assume_normal_baseline) for world in _worlds(term, values)]
    lowest = np.minimum.reduce([world.lowest for world in worlds])
    highest = np.maximum.reduce([world.highest for world in worlds])
    line = worlds[0].line
    for world in worlds[1:]:
        line = np.where(world.lowest == lowest, world.line, line).astype(np.int16)
    return Graded(lowest, highest, line, _lacking(term, values, lowest, highest))


def _worlds(term: LaboratoryTerm, values: LabValues) -> list[LabValues]:
    """The values as they are, or, where a statement that the term asks for is unknown, once without and once with it."""
    worlds = [values]
    for name in ("symptoms", "anticoagulated"):
        stated: Array = getattr(values, name)
        if np.isnan(stated).any() and any(name in rule.inputs for rule in term.rules):
            worlds = [
                replace(world, **{name: np.where(np.isnan(stated), said, stated)}) for world in worlds for said in (0.0, 1.0)
            ]
    return worlds


def _in_one_world(term: LaboratoryTerm, values: LabValues, assume_normal: bool) -> Graded:
    shape = values.value.shape
    lowest, highest = np.zeros(shape, np.int8), np.zeros(shape, np.int8)
    line = np.full(shape, -1, np.int16)
    for index, rule in enumerate(term.rules):
        answer = _holds(rule, values, assume_normal)
        line[answer.yes & (line < 0)] = index
        lowest[answer.yes] = np.maximum(lowest[answer.yes], rule.grade)
        highest[answer.may] = np.maximum(highest[answer.may], rule.grade)
    return Graded(lowest, highest, line, np.zeros(shape, np.int16))


def _holds(rule: Rule, values: LabValues, assume_normal: bool) -> _Answer:
    found = _condition(rule.condition, values, assume_normal)
    for comparison in rule.comparisons:
        found = found & _compare(comparison, values, assume_normal, high=rule.condition == "baseline high")
    return found


def _condition(name: str | None, values: LabValues, assume_normal: bool) -> _Answer:
    if name is None:
        every = np.ones(values.value.shape, bool)
        return _Answer(every, every)
    plain = name.replace("not ", "")
    if plain.startswith("baseline"):
        answer = _baseline_is(plain, values, assume_normal)
    else:
        stated: Array = getattr(values, plain)
        answer = _Answer(stated == 1.0, stated == 1.0)
    return ~answer if plain != name else answer


def _baseline_is(side: str, values: LabValues, assume_normal: bool) -> _Answer:
    limit = values.limit_at_baseline["ULN" if side.endswith("high") else "LLN"]
    outside = _above(values.baseline, limit) if side.endswith("high") else _above(limit, values.baseline)
    unknown = np.isnan(values.baseline) | np.isnan(limit)
    if assume_normal:
        unknown = unknown & ~np.isnan(values.baseline)
    return _Answer(outside & ~unknown, outside | unknown)


def _compare(comparison: Comparison, values: LabValues, assume_normal: bool, *, high: bool) -> _Answer:
    border = _border(comparison, values)
    holds = _OPERATORS[comparison.operator](values.value, border)
    unknown = np.isnan(values.value) | np.isnan(border)
    may = holds | unknown
    if comparison.reference == "baseline":
        absent = np.isnan(values.baseline)
        if assume_normal:
            may = may & ~absent
        elif high:  # a baseline above ULN that nobody knows is at least ULN
            least = comparison.factor * values.limit_at_baseline["ULN"]
            may = may & ~(absent & ~np.isnan(least) & ~np.isnan(values.value) & ~_above(values.value, least))
    return _Answer(holds & ~unknown, may)


def _border(comparison: Comparison, values: LabValues) -> Array:
    if comparison.reference == "number":
        return np.full(values.value.shape, comparison.added)
    reference = {"ULN": values.upper_normal, "LLN": values.lower_normal, "baseline": values.baseline}[comparison.reference]
    return comparison.factor * reference + comparison.added


def _above(a: Array, b: Array) -> Mask:
    """Whether a > b, numbers that agree to 12 digits taken as equal; False where either is NaN."""
    return np.asarray(a - b > EQUAL_TO * np.maximum(np.abs(a), np.abs(b)))


_OPERATORS: Mapping[str, Callable[[Array, Array], Mask]] = {
    ">": _above,
    "<": lambda a, b: _above(b, a),
    ">=": lambda a, b: ~_above(b, a) & ~np.isnan(a) & ~np.isnan(b),
    "<=": lambda a, b: ~_above(a, b) & ~np.isnan(a) & ~np.isnan(b),
}


def _lacking(term: LaboratoryTerm, values: LabValues, lowest: NDArray[np.int8], highest: NDArray[np.int8]) -> NDArray[np.int16]:
    """Bits of what would decide between the lowest and the highest grade, or of why a value is not graded at all."""
    present = {
        "ULN": values.upper_normal, "LLN": values.lower_normal, "baseline": values.baseline,
        "symptoms": values.symptoms, "anticoagulated": values.anticoagulated,
    }  # fmt: skip
    lacking = np.zeros(lowest.shape, np.int16)
    open_ = lowest < highest
    for bit, name in enumerate(WORDS):
        asking = {rule.grade for rule in term.rules if name in rule.inputs}
        asked = np.zeros(lowest.shape, bool)
        for grade in asking:
            asked |= (lowest < grade) & (grade <= highest)
        lacking[open_ & asked & np.isnan(present[name])] |= 1 << bit
    lacking[np.isnan(values.value)] = VALUE_BIT
    lacking[implausible(term.laboratory, values)] = IMPLAUSIBLE_BIT
    if term.graded_from is not None:
        lacking[values.value < term.graded_from] = BELOW_BIT
    return lacking


def implausible(laboratory: str, values: LabValues) -> Mask:
    """Where the value, its baseline or a limit of normal lies outside its range: most often another unit."""
    ranges = laboratories()[laboratory]
    found = np.zeros(values.value.shape, bool)
    for array, bounds in (
        (values.value, ranges.value),
        (values.baseline, ranges.value),
        (values.lower_normal, ranges.lower_normal),
        (values.baseline_lower_normal, ranges.lower_normal),
        (values.upper_normal, ranges.upper_normal),
        (values.baseline_upper_normal, ranges.upper_normal),
    ):
        if bounds is not None:
            found |= (array < bounds[0]) | (array > bounds[1])
    return found


def lacking_words(code: int) -> str:
    """What the bits of ``Graded.lacking`` say.

    >>> lacking_words(0b101)
    'upper limit of normal missing, baseline missing'
    """
    if code & VALUE_BIT:
        return "value missing"
    if code & IMPLAUSIBLE_BIT:
        return "value or limit outside its plausible range; check the unit"
    if code & BELOW_BIT:
        return "below what this term grades"
    return ", ".join(f"{words} missing" for bit, words in enumerate(WORDS.values()) if code & (1 << bit))
