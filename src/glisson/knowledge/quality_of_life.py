"""Quality of life: scales of the QLQ-C30 by the numbers of their items, and what counts as a change."""

from functools import cache
from typing import Literal

from glisson.errors import BadInput, BadKnowledge
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited


class Scale(Cited):
    """One scale.

    Attributes:
        name: in own words.
        kind: of a function and of global health more is better; of a symptom less.
        value: numbers of its items.
        range: highest minus lowest answer of an item.
    """

    id: str
    name: str
    kind: Literal["function", "symptom", "global"]
    value: tuple[int, ...]
    range: int

    @property
    def more_is_better(self) -> bool:
        """Whether a higher score is a better one."""
        return self.kind != "symptom"


class ChangeFact(Cited):
    """A threshold of change, or a published minimal important difference."""

    id: str


@cache
def scales() -> dict[str, Scale]:
    """Every scale by its letters.

    >>> scales()["FA"].value
    (10, 12, 18)
    """
    return {entry.id: entry for entry in read_entries("quality_of_life/qlq_c30.yaml", Scale)}


def scale(name: str) -> Scale:
    """One scale.

    Raises:
        BadInput: none of those letters.
    """
    if name not in scales():
        raise BadInput(f"no scale '{name}' of the QLQ-C30", allowed=", ".join(scales()))
    return scales()[name]


@cache
def change_facts() -> dict[str, ChangeFact]:
    """Thresholds of change by name, the published ones among them."""
    return {entry.id: entry for entry in read_entries("quality_of_life/changes.yaml", ChangeFact)}


def change_fact(name: str) -> ChangeFact:
    """One threshold.

    >>> change_fact("change-default").value
    10

    Raises:
        BadKnowledge: none of that name.
    """
    if name not in change_facts():
        raise BadKnowledge(f"no threshold of change '{name}'", allowed=", ".join(change_facts()))
    return change_facts()[name]
