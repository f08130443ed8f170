"""Terms of registries: classes of intention, their two-class recode, and the numbers behind the checks."""

from functools import cache

from pydantic import model_validator

from glisson.errors import BadKnowledge
from glisson.knowledge.limits import Fact
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited, Strict


class IntentionDefinition(Strict):
    """One class and the facts that lead to it; a fact that is not named does not matter.

    Attributes:
        intention: the class as a Case writes it.
        wording_known: False where only the name is known, and the reading is a proposal.
        lines: earlier lines of systemic therapy, from and to; no upper end if None.
        last_responses: the last response to it is one of these.
        ablation_planned, curative_intent: what they have to be.
        definition: in words.
    """

    id: str
    intention: str
    wording_known: bool
    lines: tuple[int, int | None] | None = None
    last_responses: tuple[str, ...] = ()
    ablation_planned: bool | None = None
    curative_intent: bool | None = None
    definition: Cited

    @model_validator(mode="after")
    def _asks_something(self) -> "IntentionDefinition":
        if not (self.lines or self.last_responses or self.ablation_planned is not None or self.curative_intent is not None):
            raise ValueError("a class of intention needs at least one fact that leads to it")
        return self


@cache
def intention_definitions() -> tuple[IntentionDefinition, ...]:
    """Every class, in the order in which they are asked.

    >>> [entry.intention for entry in intention_definitions() if entry.wording_known]
    ['salvage', 'intensification', 'consolidation']
    """
    return read_entries("registry/intentions.yaml", IntentionDefinition)


@cache
def two_classes() -> dict[str, str]:
    """Intention to group, as far as the two names say it; the other classes are left to a study's configuration.

    >>> two_classes()["consolidation"]
    'post-inductive or consolidation'
    """
    return {entry.id: str(entry.value) for entry in read_entries("registry/two_classes.yaml", Fact)}


@cache
def _check_facts() -> dict[str, Fact]:
    return {entry.id: entry for entry in read_entries("registry/checks.yaml", Fact)}


def check_fact(name: str) -> Fact:
    """A number behind the checks of a registry.

    >>> check_fact("irinotecan-per-bead-volume").value
    50.0

    Raises:
        BadKnowledge: none of that name.
    """
    if name not in _check_facts():
        raise BadKnowledge(f"no number of checks '{name}'", allowed=", ".join(_check_facts()))
    return _check_facts()[name]
