"""Rules of eligibility: what they ask of a case, which options they concern, who says so; and guidance that has to be read elsewhere."""

from collections.abc import Iterator
from functools import cache
from typing import Literal, Self

from pydantic import Field, model_validator

from glisson.errors import BadInput, BadKnowledge
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited, Strict

Level = Literal["closes", "needs", "caution", "info"]
Tag = Literal["HCC", "label", "trial entry", "payer"]
Group = Literal["procedure", "systemic", "combination"]

RULES = (
    "guidelines/resection.yaml", "guidelines/ablation.yaml", "guidelines/radioembolization.yaml", "guidelines/embolization.yaml",
    "guidelines/infusion.yaml", "guidelines/transplantation.yaml", "guidelines/systemic.yaml", "guidelines/combinations.yaml",
)  # fmt: skip


class Condition(Strict):
    """What is asked of one fact, or ``all``, ``any`` or ``no`` (not) of others; ``always`` holds of every case.

    Attributes:
        fact: name of an observation or of a derived fact; a number's name carries its unit.
        above, at_least, below, at_most: of a number.
        word: of an answer; ``words``: one of several.
    """

    fact: str | None = None
    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None
    word: str | None = None
    words: tuple[str, ...] = ()
    all: tuple["Condition", ...] = ()
    any: tuple["Condition", ...] = ()
    no: "Condition | None" = None
    always: bool = False

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        asked = [self.above, self.at_least, self.below, self.at_most, self.word, self.words or None]
        atom = self.fact is not None
        if sum([atom, bool(self.all), bool(self.any), self.no is not None, self.always]) != 1:
            raise ValueError("a condition is one of: fact, all, any, no, always")
        if sum(question is not None for question in asked) != int(atom):
            raise ValueError("a fact is asked one question: above, at_least, below, at_most, word or words")
        return self

    def facts(self) -> Iterator[str]:
        """Names of the facts that it asks for."""
        if self.fact is not None:
            yield self.fact
        for inner in (*self.all, *self.any, *([self.no] if self.no is not None else [])):
            yield from inner.facts()


class Rule(Cited):
    """One published statement on options. ``value`` is the statement in words.

    Attributes:
        options: ids or families of the options that it concerns.
        diseases: for which it is used here; empty: every disease of its options.
        level: "closes" where ``when`` holds; "needs": closes where it does not; "caution" and "info" where it holds.
        when: the condition.
        short: a few words for the page.
        tags: "HCC": written for hepatocellular carcinoma; "label": a manufacturer's text; "trial entry"; "payer".
        year: of the source.
        against: ids of rules that say otherwise.
    """

    id: str
    options: tuple[str, ...] = Field(min_length=1)
    diseases: tuple[str, ...] = ()
    level: Level
    when: Condition
    short: str = Field(max_length=90)
    tags: tuple[Tag, ...] = ()
    year: int | None = Field(default=None, ge=1980, le=2100)
    against: tuple[str, ...] = ()


class Option(Strict):
    """Something that can be done.

    Attributes:
        families: names under which rules reach it, besides its id.
        diseases: for which the sources hold.
        drugs: that it gives, lower case.
    """

    id: str
    name: str
    group: Group
    families: tuple[str, ...] = ()
    diseases: tuple[str, ...]
    drugs: tuple[str, ...] = ()

    def answers_to(self, name: str) -> bool:
        """Whether a rule for ``name`` reaches it."""
        return name == self.id or name in self.families


class Guidance(Cited):
    """A publication that speaks on an option and whose wording is not encoded here; it has to be read."""

    id: str
    options: tuple[str, ...] = Field(min_length=1)
    diseases: tuple[str, ...] = ()


class Reading(Cited):
    """How a word of case.yaml is read as numbers."""

    id: str


@cache
def options() -> dict[str, Option]:
    """Every option by id.

    >>> options()["sirt-sir-spheres"].name
    'SIRT, SIR-Spheres'
    """
    return {entry.id: entry for entry in read_entries("guidelines/options.yaml", Option)}


def option(name: str) -> Option:
    """The option of that id.

    Raises:
        BadInput: none; the message lists them.
    """
    if name not in options():
        raise BadInput(f"no option '{name}'", allowed=", ".join(options()))
    return options()[name]


def checked(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The rules, if ids are unique and every name they use exists.

    Raises:
        BadKnowledge: names the first that does not.
    """
    ids = {rule.id for rule in rules}
    if len(ids) != len(rules):
        raise BadKnowledge("two rules have one id")
    for rule in rules:
        for name in rule.options:
            if not any(entry.answers_to(name) for entry in options().values()):
                raise BadKnowledge(f"rule {rule.id}: no option or family '{name}'")
        for other in (*rule.against, *([rule.superseded_by] if rule.superseded_by else [])):
            if other not in ids:
                raise BadKnowledge(f"rule {rule.id}: no rule '{other}'")
    return rules


@cache
def eligibility_rules() -> tuple[Rule, ...]:
    """Every rule of the folder, in the order of its files."""
    return tuple(rule for table in RULES for rule in read_entries(table, Rule))


@cache
def guidance() -> tuple[Guidance, ...]:
    """What has to be read elsewhere."""
    return read_entries("guidelines/guidance.yaml", Guidance)


@cache
def readings() -> dict[str, Reading]:
    """How words are read as numbers, by id.

    >>> readings()["dpyd poor"].value
    [0, 0.5]
    """
    return {entry.id: entry for entry in read_entries("guidelines/readings.yaml", Reading)}
