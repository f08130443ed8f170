"""Drugs against procedures: what has to be apart and for how long, as published; names of drugs and what regimens hold."""

from functools import cache

from pydantic import Field

from glisson.errors import BadInput
from glisson.knowledge.guidelines import Rule, checked, eligibility_rules
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Strict

DAYS_PER_MONTH = 30.4375


class Interaction(Rule):
    """A rule about a drug and a procedure.

    Attributes:
        drug: class of drugs, as in ``drug_classes``.
        before_days: shortest and longest published time from the last dose to the procedure.
        after_days: the same from the procedure to the next dose; ``None`` as longest: never.
    """

    drug: str
    before_days: tuple[float, float] | None = None
    after_days: tuple[float, float | None] | None = None


class DrugClass(Strict):
    """Drugs that a rule treats alike; names in lower case."""

    id: str
    name: str
    drugs: tuple[str, ...] = Field(min_length=1)


class Regimen(Strict):
    """What a regimen's name stands for."""

    id: str
    names: tuple[str, ...]
    drugs: tuple[str, ...]


@cache
def interactions() -> tuple[Interaction, ...]:
    """Every interaction."""
    return read_entries("interactions/timing.yaml", Interaction)


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule on options: of eligibility, then of interactions.

    >>> len({rule.id for rule in rules()}) == len(rules())
    True
    """
    return checked((*eligibility_rules(), *interactions()))


@cache
def drug_classes() -> dict[str, DrugClass]:
    """Classes of drugs by id.

    >>> drug_classes()["anti_vegf"].drugs
    ('bevacizumab', 'aflibercept', 'ramucirumab')
    """
    return {entry.id: entry for entry in read_entries("interactions/drugs.yaml", DrugClass)}


@cache
def _regimens() -> dict[str, tuple[str, ...]]:
    return {name: entry.drugs for entry in read_entries("interactions/regimens.yaml", Regimen) for name in entry.names}


def drugs_of_regimen(name: str) -> tuple[str, ...] | None:
    """Drugs of a regimen, or ``None`` where the name is not known; parts may be joined by "+".

    >>> drugs_of_regimen("FOLFIRI + bevacizumab")
    ('fluorouracil', 'folinic acid', 'irinotecan', 'bevacizumab')
    >>> drugs_of_regimen("what the centre calls A") is None
    True
    """
    known = {drug for entry in drug_classes().values() for drug in entry.drugs}
    found: list[str] = []
    for part in (piece.strip().lower() for piece in name.split("+")):
        drugs = _regimens().get(part) or ((part,) if part in known else None)
        if drugs is None:
            return None
        found += drugs
    return tuple(dict.fromkeys(found))


def rule(name: str) -> Rule:
    """The rule of that id.

    Raises:
        BadInput: none of that id.
    """
    for entry in rules():
        if entry.id == name:
            return entry
    raise BadInput(f"no rule '{name}'", allowed="the ids on the page of numbers")
