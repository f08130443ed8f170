"""Why irinotecan-TACE is given, derived from the facts that lead to it and shown beside what the investigator chose."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from glisson.errors import BadInput
from glisson.knowledge.registry_terms import IntentionDefinition, intention_definitions, two_classes

RESPONSES = ("CR", "PR", "SD", "PD", "NE")
Agreement = Literal["agrees", "disagrees", "cannot say"]


@dataclass(frozen=True)
class ClassReading:
    """Whether one class holds: True, False, or ``None`` (cannot say, and what is missing)."""

    intention: str
    holds: bool | None
    missing: tuple[str, ...]
    wording_known: bool
    definition: str
    source: str


@dataclass(frozen=True)
class IntentionReading:
    """Every class, and the one derived.

    Attributes:
        classes: in the order in which they are asked.
        derived: the first that holds where none before it is open; ``None``: cannot say, or no class holds.
        missing: facts without which nothing can be said; empty where no class holds.
    """

    classes: tuple[ClassReading, ...]
    derived: str | None
    missing: tuple[str, ...]

    @property
    def words(self) -> str:
        """One line for a page."""
        if self.derived is None:
            return f"cannot say: {', '.join(self.missing)} missing" if self.missing else "no class: no definition holds"
        known = next(reading.wording_known for reading in self.classes if reading.intention == self.derived)
        return self.derived if known else f"{self.derived} (read from its name; the registry's wording is not confirmed)"

    def compared_with(self, stated: str | None) -> Agreement:
        """Whether the investigator's class is the derived one. Where no class holds, any stated class disagrees."""
        if stated is None or (self.derived is None and self.missing):
            return "cannot say"
        return "agrees" if stated == self.derived else "disagrees"


def derive_intention(
    *,
    systemic_lines: int | None,
    last_response: str | None,
    ablation_planned: bool | None = None,
    curative_intent: bool | None = None,
    definitions: Sequence[IntentionDefinition] | None = None,
) -> IntentionReading:
    """The CIREL class of intention from its drivers; three answers for each class: yes, no, cannot say.

    Args:
        systemic_lines: earlier lines of systemic therapy, 0 or more.
        last_response: to the last of them, by RECIST: CR, PR, SD, PD; NE counts as not known.
        ablation_planned: whether an ablation is planned with it.
        curative_intent: whether the aim is cure.
        definitions: the classes and their order; those of ``knowledge/registry`` if not given.

    >>> derive_intention(systemic_lines=3, last_response="PD", ablation_planned=False).derived
    'salvage'
    >>> derive_intention(systemic_lines=2, last_response=None, ablation_planned=False).words
    'cannot say: last_response missing'

    Raises:
        BadInput: a negative number of lines, or a response that is none.

    References:
        Intention in CIREL as summarised by its sponsor: salvage, intensification and consolidation are defined there; of
        first-line and combination with ablation only the name is known (knowledge/registry/intentions.yaml).
    """
    if systemic_lines is not None and systemic_lines < 0:
        raise BadInput(f"{systemic_lines} lines of systemic therapy", allowed="0 or more")
    if last_response is not None and last_response not in RESPONSES:
        raise BadInput("a last response that is none", allowed=", ".join(RESPONSES))
    facts = _Drivers(systemic_lines, None if last_response == "NE" else last_response, ablation_planned, curative_intent)
    classes = tuple(_read(facts, entry) for entry in (intention_definitions() if definitions is None else definitions))
    for reading in classes:
        if reading.holds:
            return IntentionReading(classes, reading.intention, ())
        if reading.holds is None:
            return IntentionReading(classes, None, _still_open(classes))
    return IntentionReading(classes, None, ())


@dataclass(frozen=True)
class Recoded:
    """A group of the two-class recode, or why there is none."""

    group: str | None
    words: str


def recode_intention(intention: str | None, groups: Mapping[str, str] | None = None) -> Recoded:
    """The group of an intention in a coarser recode.

    ``groups`` is the study's configuration; where it says nothing the two classes that are known by their name stand.
    How CIREL put first-line, intensification and the combination with ablation into its two groups is not confirmed.

    >>> recode_intention("salvage").group
    'salvage'
    >>> recode_intention("intensification").words
    'cannot say: the recode of this intention is not confirmed; the study has to state it'
    >>> recode_intention("intensification", {"intensification": "salvage"}).group
    'salvage'
    """
    if intention is None:
        return Recoded(None, "cannot say: intention missing")
    group = {**two_classes(), **(groups or {})}.get(intention)
    if group is None:
        return Recoded(None, "cannot say: the recode of this intention is not confirmed; the study has to state it")
    return Recoded(group, group)


@dataclass(frozen=True)
class _Drivers:
    systemic_lines: int | None
    last_response: str | None
    ablation_planned: bool | None
    curative_intent: bool | None


def _read(facts: _Drivers, entry: IntentionDefinition) -> ClassReading:
    answers: dict[str, bool | None] = {}
    if entry.lines is not None:
        answers["systemic_lines"] = _within(facts.systemic_lines, *entry.lines)
    if entry.last_responses:
        answers["last_response"] = None if facts.last_response is None else facts.last_response in entry.last_responses
    if entry.ablation_planned is not None:
        answers["ablation_planned"] = _same(facts.ablation_planned, entry.ablation_planned)
    if entry.curative_intent is not None:
        answers["curative_intent"] = _same(facts.curative_intent, entry.curative_intent)
    holds = _all(answers.values())
    missing = tuple(name for name, answer in answers.items() if answer is None) if holds is None else ()
    return ClassReading(
        entry.intention, holds, missing, entry.wording_known, str(entry.definition.value), entry.definition.source
    )


def _within(value: int | None, low: int, high: int | None) -> bool | None:
    return None if value is None else low <= value and (high is None or value <= high)


def _same(value: bool | None, wanted: bool) -> bool | None:
    return None if value is None else value == wanted


def _all(answers: Iterable[bool | None]) -> bool | None:
    """And of three values: one no decides; else one unknown leaves it open."""
    found = list(answers)
    return False if False in found else (None if None in found else True)


def _still_open(classes: Sequence[ClassReading]) -> tuple[str, ...]:
    """Facts missing for the classes that may still hold, each once, up to the first that holds for sure."""
    missing: dict[str, None] = {}
    for reading in classes:
        missing.update(dict.fromkeys(reading.missing))
        if reading.holds:
            break
    return tuple(missing)
