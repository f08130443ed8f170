"""From the rules of one option to its answer: open, caution, closed, or cannot say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from glisson.case import Disease
from glisson.knowledge.guidelines import Level, Option, Rule
from glisson.weigh.fact import Fact
from glisson.weigh.kleene import Truth, holding, settling, together

Answer = Literal["open", "caution", "closed", "cannot say"]
ORDER: tuple[Answer, ...] = ("open", "caution", "closed")


@dataclass(frozen=True)
class Weighed:
    """One rule on one option of one case.

    Attributes:
        rule: as published.
        level: as used here: a rule written for hepatocellular carcinoma or a label never does more than caution elsewhere.
        holds: whether it speaks against the option ("closes", "needs", "caution") or simply holds ("info").
        facts: names of those that decided it; for "cannot say", of those that are unknown.
    """

    rule: Rule
    level: Level
    holds: Truth
    facts: tuple[str, ...]

    @property
    def lowered(self) -> bool:
        """Whether the rule says more than it is used for here."""
        return self.level != self.rule.level

    @property
    def gravity(self) -> tuple[int, bool, bool, bool]:
        """Smaller is graver: what closes, then what was lowered to a caution, then listed reasons, last entries of trials."""
        rank = {"closes": 0, "needs": 0, "caution": 1, "info": 2}
        entry = bool({"trial entry", "payer"} & set(self.rule.tags))
        return rank[self.level], not self.lowered, entry, not self.rule.against


@dataclass(frozen=True)
class Verdict:
    """The answer on one option.

    Attributes:
        answer: "cannot say" where more than one is possible.
        possible: the answers that missing facts leave.
        weighed: every rule that concerns it.
        missing: a shortest list of facts that would settle the answer; empty where it is settled.
        closing: facts any of which could close it.
    """

    option: Option
    answer: Answer
    possible: tuple[Answer, ...]
    weighed: tuple[Weighed, ...]
    missing: tuple[str, ...]
    closing: tuple[str, ...]

    def speaking(self, holds: Truth) -> tuple[Weighed, ...]:
        """Rules with that answer, the gravest first."""
        return tuple(sorted((one for one in self.weighed if one.holds is holds), key=lambda one: one.gravity))


def concerns(rule: Rule, option: Option, disease: Disease) -> bool:
    """Whether a rule is asked for this option in this disease; a superseded one never is."""
    return (
        rule.superseded_by is None
        and any(option.answers_to(name) for name in rule.options)
        and (not rule.diseases or disease.value in rule.diseases)
    )


def level_of(rule: Rule, disease: Disease) -> Level:
    """What a rule may do in this disease: a label, or one written for hepatocellular carcinoma, cautions elsewhere."""
    borrowed = bool({"HCC", "label"} & set(rule.tags)) and disease is not Disease.HEPATOCELLULAR
    return "caution" if borrowed and rule.level in ("closes", "needs") else rule.level


def weigh_rule(rule: Rule, disease: Disease, facts: Mapping[str, Fact]) -> Weighed:
    """Whether the rule speaks against the option."""
    found = holding(rule.when, facts)
    against = found.holds if rule.level != "needs" else None if found.holds is None else not found.holds
    return Weighed(rule, level_of(rule, disease), against, found.facts)


def verdict(option: Option, disease: Disease, rules: Iterable[Rule], facts: Mapping[str, Fact]) -> Verdict:
    """The answer on one option by the rules that concern it."""
    weighed = tuple(weigh_rule(rule, disease, facts) for rule in rules if concerns(rule, option, disease))
    closing = [one for one in weighed if one.level in ("closes", "needs")]
    cautioning = [one for one in weighed if one.level == "caution"]
    possible = _possible([one.holds for one in closing], [one.holds for one in cautioning])
    answer: Answer = possible[0] if len(possible) == 1 else "cannot say"
    missing = _settles(closing, cautioning, facts) if len(possible) > 1 else frozenset[str]()
    could_close = (
        {name for one in closing if one.holds is None for name in _alone(one, facts)} if len(possible) > 1 else set[str]()
    )
    return Verdict(option, answer, possible, weighed, tuple(sorted(missing)), tuple(sorted(could_close)))


def _possible(closing: Sequence[Truth], cautioning: Sequence[Truth]) -> tuple[Answer, ...]:
    """The answers that unknown rules leave."""
    if True in closing:
        return ("closed",)
    found: set[Answer] = {"closed"} if None in closing else set()
    if True in cautioning:
        found.add("caution")
    else:
        found |= {"open", "caution"} if None in cautioning else {"open"}
    return tuple(answer for answer in ORDER if answer in found)


def _settles(closing: Sequence[Weighed], cautioning: Sequence[Weighed], facts: Mapping[str, Fact]) -> frozenset[str]:
    """A shortest list of missing facts by which the answer could become open, or caution where one holds already."""
    rules = [*closing, *([] if any(one.holds is True for one in cautioning) else cautioning)]
    parts = [settling(one.rule.when, facts, one.rule.level == "needs") for one in rules if one.holds is None]
    found = together(parts)
    return found[0] if found else frozenset()


def _alone(one: Weighed, facts: Mapping[str, Fact]) -> set[str]:
    """Facts that could by themselves make a closing rule hold."""
    found = settling(one.rule.when, facts, one.rule.level != "needs")
    return {name for names in found if len(names) == 1 for name in names}
