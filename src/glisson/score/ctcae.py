"""CTCAE grades of laboratory values, versions 5 and 6, by value alone. Missing limits or baselines leave a range, never grade 0.

What a laboratory cannot know (danger to life, transfusion, bleeding) is entered as an adverse event by a person; the note of a
term says so. Two numbers that agree to 12 digits count as equal, so that a value on a border lies on it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from glisson.errors import BadInput
from glisson.knowledge.toxicity import Comparison, LaboratoryTerm, Rule, Version, laboratories, laboratory_term, laboratory_terms

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


@dataclass(frozen=True)
class LabValue:
    """One laboratory value with what grading may ask for; ``None``: unknown. Units as in the test's name."""

    laboratory: str
    value: float | None
    lower_normal: float | None = None
    upper_normal: float | None = None
    baseline: float | None = None
    baseline_lower_normal: float | None = None
    baseline_upper_normal: float | None = None
    symptoms: bool | None = None
    anticoagulated: bool | None = None


@dataclass(frozen=True)
class LabGrade:
    """The grade of one value by one term.

    Attributes:
        grade: 0 to 4; ``None``: cannot say.
        lowest, highest: what the known facts leave; ``None`` where nothing can be said.
        reason: why it cannot be said.
        rule: the line of the criteria that gave the grade (or the lowest); empty for grade 0.
        version: of the criteria.
    """

    term: str
    laboratory: str
    version: Version
    grade: int | None
    lowest: int | None
    highest: int | None
    reason: str
    rule: str

    @property
    def text(self) -> str:
        """As printed."""
        if self.grade is not None:
            return f"{self.term}: grade {self.grade} (CTCAE {self.version})"
        between = f" (grade {self.lowest} to {self.highest})" if self.lowest is not None else ""
        return f"{self.term}: cannot say: {self.reason}{between} (CTCAE {self.version})"


def grade_value(value: LabValue, *, version: Version, assume_normal_baseline: bool = False) -> tuple[LabGrade, ...]:
    """Grades of one value by every term that asks for this test.

    >>> [found.text for found in grade_value(LabValue("neutrophils_1e9_per_L", 0.9), version="5")]
    ['Neutrophil count decreased: grade 3 (CTCAE 5)']
    >>> [found.text for found in grade_value(LabValue("neutrophils_1e9_per_L", 0.9), version="6")]
    ['Neutrophil count decreased: grade 2 (CTCAE 6)']
    >>> grade_value(LabValue("platelets_1e9_per_L", 120), version="5")[0].text
    'Platelet count decreased: cannot say: lower limit of normal missing (grade 0 to 1) (CTCAE 5)'

    Raises:
        BadInput: a test that no term asks for, or a value or limit outside its range.
    """
    terms = [term for term in laboratory_terms(version) if term.laboratory == value.laboratory]
    if not terms:
        known = sorted({term.laboratory for term in laboratory_terms(version)})
        raise BadInput(f"no term of CTCAE {version} grades '{value.laboratory}'", allowed=", ".join(known))
    return tuple(grade_term(value, term.term, version=version, assume_normal_baseline=assume_normal_baseline) for term in terms)


def grade_term(value: LabValue, term: str, *, version: Version, assume_normal_baseline: bool = False) -> LabGrade:
    """Grade of one value by one term.

    Raises:
        BadInput: no such term, a term for another test, or a value or limit outside its range.
    """
    entry = laboratory_term(term, version)
    if entry.laboratory != value.laboratory:
        raise BadInput(f"'{term}' grades another test than '{value.laboratory}'", allowed=entry.laboratory)
    values = LabValues(**{field.name: _array(getattr(value, field.name)) for field in fields(LabValues)})
    require_plausible(value.laboratory, values)
    graded = grade_values(entry, values, assume_normal_baseline=assume_normal_baseline)
    low, high, line, lacking = (int(array[0]) for array in (graded.lowest, graded.highest, graded.line, graded.lacking))
    said = not lacking
    ungraded = lacking >= VALUE_BIT
    return LabGrade(
        term, value.laboratory, version, low if said else None, None if ungraded else low, None if ungraded else high,
        lacking_words(lacking), entry.rules[line].text if line >= 0 and not ungraded else "",
    )  # fmt: skip


def require_plausible(laboratory: str, values: LabValues) -> None:
    """Refuses a value or a limit outside its range, which is most often another unit.

    Raises:
        BadInput: says the ranges.
    """
    if implausible(laboratory, values).any():
        ranges = laboratories()[laboratory]
        limits = [
            f"{name} {bounds[0]:g} to {bounds[1]:g}"
            for name, bounds in (("lower limit", ranges.lower_normal), ("upper limit", ranges.upper_normal))
            if bounds is not None
        ]
        raise BadInput(
            f"{laboratory}: a value or limit of normal outside its plausible range",
            allowed=", ".join([f"value {ranges.value[0]:g} to {ranges.value[1]:g}", *limits]),
            do="check the unit, which is part of the name",
        )


def _array(value: float | bool | None) -> Array:
    return np.array([np.nan if value is None else float(value)])
