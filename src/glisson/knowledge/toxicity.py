"""Toxicity criteria: laboratory grades of the CTCAE, ranges of plausibility, liver harm after embolization."""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal, cast

from pydantic import field_validator

from glisson.errors import BadInput, BadKnowledge
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited

Version = Literal["5", "6"]
Operator = Literal["<", "<=", ">", ">="]
Reference = Literal["number", "ULN", "LLN", "baseline"]
Condition = Literal[
    "baseline high", "baseline not high", "baseline low", "baseline not low", "symptoms", "anticoagulated", "not anticoagulated"
]  # fmt: skip

CONDITIONS = (
    "baseline high", "baseline not high", "baseline low", "baseline not low", "symptoms", "anticoagulated", "not anticoagulated",
)  # fmt: skip
_LINE = re.compile(r"^([1-5]): (.+?)(?: if (.+))?$")
_COMPARISON = re.compile(
    r"^(?P<operator><=|>=|<|>) (?:(?P<reference>ULN|LLN|baseline)(?: \+ (?P<added>[\d.]+))?"
    r"|(?P<factor>[\d.]+) x (?P<times>ULN|LLN|baseline)|(?P<number>[\d.]+))$"
)


@dataclass(frozen=True)
class Comparison:
    """Value against ``factor`` times a reference plus ``added``; for a plain number the factor is 0."""

    operator: Operator
    reference: Reference
    factor: float
    added: float


@dataclass(frozen=True)
class Rule:
    """One line of a term: the grade that a value has when every comparison and the condition hold."""

    grade: int
    comparisons: tuple[Comparison, ...]
    condition: Condition | None
    text: str

    @property
    def inputs(self) -> frozenset[str]:
        """Names of what the line asks for, besides the value."""
        found = {c.reference for c in self.comparisons} - {"number"}
        return frozenset(found | _inputs_of(self.condition))


def _inputs_of(condition: str | None) -> set[str]:
    if condition is None:
        return set()
    if condition.startswith("baseline"):
        return {"baseline", "ULN" if condition.endswith("high") else "LLN"}
    return {condition.removeprefix("not ")}


class LaboratoryTerm(Cited):
    """One CTCAE term that a laboratory value can grade.

    Attributes:
        versions: of the criteria in which these lines stand.
        term: its name there.
        laboratory: name of the value, with its unit.
        value: the lines.
        graded_from: values below this are not graded by this term.
    """

    id: str
    versions: tuple[Version, ...]
    term: str
    laboratory: str
    value: tuple[str, ...]
    graded_from: float | None = None

    @field_validator("value")
    @classmethod
    def _readable(cls, lines: tuple[str, ...]) -> tuple[str, ...]:
        for line in lines:
            read_rule(line)
        return lines

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The lines, highest grade first."""
        return tuple(sorted((read_rule(line) for line in self.value), key=lambda rule: -rule.grade))


def read_rule(line: str) -> Rule:
    """A line as a rule.

    >>> read_rule("2: > 1.5 x baseline if baseline high").comparisons
    (Comparison(operator='>', reference='baseline', factor=1.5, added=0.0),)

    Raises:
        ValueError: it cannot be read.
    """
    match = _LINE.match(line)
    if match is None:
        raise ValueError(f"'{line}' is not 'grade: comparison [and comparison] [if condition]'")
    grade, comparisons, condition = match.groups()
    if condition is not None and condition not in CONDITIONS:
        raise ValueError(f"'{condition}' is not a condition; allowed: {', '.join(CONDITIONS)}")
    return Rule(
        int(grade), tuple(_comparison(part) for part in comparisons.split(" and ")), cast(Condition | None, condition), line
    )


def _comparison(text: str) -> Comparison:
    match = _COMPARISON.match(text)
    if match is None:
        raise ValueError(f"'{text}' is not a comparison")
    operator = cast(Operator, match["operator"])
    if match["number"] is not None:
        return Comparison(operator, "number", 0.0, float(match["number"]))
    reference = cast(Reference, match["reference"] or match["times"])
    return Comparison(operator, reference, float(match["factor"] or 1.0), float(match["added"] or 0.0))


class Laboratory(Cited):
    """Range of a laboratory value, and of its limits of normal, outside which it is taken for a slip of unit."""

    id: str
    value: tuple[float, float]
    lower_normal: tuple[float, float] | None = None
    upper_normal: tuple[float, float] | None = None


class ToxicityFact(Cited):
    """A window, a threshold, an incidence or a list of terms."""

    id: str


class ToxicityRule(Cited):
    """One sentence of a published definition with what it takes to apply it.

    Attributes:
        value: CTCAE terms it is about, lower case; empty: every other one.
        grade: least grade.
        needs: what else must hold.
    """

    id: str
    value: tuple[str, ...]
    grade: int | None = None
    needs: tuple[str, ...] = ()


@cache
def laboratory_terms(version: Version) -> tuple[LaboratoryTerm, ...]:
    """Every term of a version that a laboratory value can grade.

    >>> len(laboratory_terms("5")), len(laboratory_terms("6"))
    (40, 43)

    Raises:
        BadInput: a version that is not here.
    """
    if version not in ("5", "6"):
        raise BadInput(f"CTCAE version '{version}' has no laboratory rules here", allowed="5, 6")
    found = tuple(entry for entry in read_entries("toxicity/ctcae.yaml", LaboratoryTerm) if version in entry.versions)
    if len({entry.term for entry in found}) != len(found):
        raise BadKnowledge(f"toxicity/ctcae.yaml has a term twice in version {version}")
    return found


def laboratory_term(name: str, version: Version) -> LaboratoryTerm:
    """The term of that name.

    >>> laboratory_term("Neutrophil count decreased", "6").value
    ('4: < 0.1', '3: < 0.5', '2: < 1', '1: < 1.5')

    Raises:
        BadInput: none of that name in that version.
    """
    for entry in laboratory_terms(version):
        if entry.term == name:
            return entry
    raise BadInput(
        f"CTCAE version {version} has no laboratory term '{name}'",
        allowed=", ".join(entry.term for entry in laboratory_terms(version)),
    )


@cache
def laboratories() -> dict[str, Laboratory]:
    """Every laboratory value that a term asks for, by its name."""
    return {entry.id: entry for entry in read_entries("toxicity/laboratory.yaml", Laboratory)}


@cache
def _facts() -> dict[str, ToxicityFact]:
    return {entry.id: entry for entry in read_entries("toxicity/liver_harm.yaml", ToxicityFact)}


def toxicity_fact(name: str) -> ToxicityFact:
    """A window, threshold or incidence.

    >>> toxicity_fact("reild-from").value
    14

    Raises:
        BadKnowledge: none of that name.
    """
    if name not in _facts():
        raise BadKnowledge(f"no toxicity fact '{name}'", allowed=", ".join(_facts()))
    return _facts()[name]


@cache
def incidences(harm: str) -> tuple[ToxicityFact, ...]:
    """Every published incidence of a harm, as "reild"; where sources disagree all are here.

    >>> [entry.value for entry in incidences("reild")]
    [[0.0, 0.054], 0.2]
    """
    return tuple(entry for name, entry in _facts().items() if name.startswith(f"{harm}-incidence"))


@cache
def dose_limiting_rules() -> dict[str, ToxicityRule]:
    """The published set of dose-limiting toxicities by name: one entry for each of its sentences, and the lists they use.

    >>> dose_limiting_rules()["dlt-haematological"].grade
    4
    """
    return {entry.id: entry for entry in read_entries("toxicity/dose_limiting.yaml", ToxicityRule)}
