"""CTCAE grade of one laboratory value, versions 5 and 6, by value alone. Missing limits or baselines leave a range, never grade 0.

What a laboratory cannot know (danger to life, transfusion, bleeding) is entered as an adverse event by a person; the note of a
term says so.
"""

from dataclasses import dataclass, fields

import numpy as np

from glisson.errors import BadInput
from glisson.knowledge.toxicity import Version, laboratories, laboratory_term, laboratory_terms
from glisson.score.ctcae_values import VALUE_BIT, Array, LabValues, grade_values, implausible, lacking_words


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
