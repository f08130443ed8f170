"""Numbers and open questions of the response criteria, each with its source."""

from functools import cache
from typing import Self, TypeVar

from pydantic import model_validator

from glisson.errors import BadKnowledge
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited


class Parameter(Cited):
    """A number of a response criterion, an assessment window or an endpoint, with a name."""

    id: str


class Option(Cited):
    """A question that the standard leaves open. ``value`` is the default; ``choices`` says what each choice means."""

    id: str
    choices: dict[str, str]

    @model_validator(mode="after")
    def _default_is_a_choice(self) -> Self:
        if self.value not in self.choices:
            raise ValueError(f"the default '{self.value}' is not among the choices")
        return self


Entry = TypeVar("Entry", Parameter, Option)


@cache
def parameters(file: str = "criteria") -> dict[str, Parameter]:
    """Every number of one file of ``knowledge/response`` by id.

    Raises:
        BadKnowledge: an entry breaks the schema, or two have one id.
    """
    return _by_id(file, read_entries(f"response/{file}.yaml", Parameter))


def parameter(name: str, file: str = "criteria") -> Parameter:
    """One number.

    >>> parameter("recist11-progression-mm").value
    5.0

    Raises:
        BadKnowledge: none of that name.
    """
    found = parameters(file)
    if name not in found:
        raise BadKnowledge(f"no response parameter '{name}'", allowed=", ".join(found))
    return found[name]


@cache
def options(file: str = "options") -> dict[str, Option]:
    """Every open question of one file of ``knowledge/response`` by id.

    >>> options()["partial_sum"].value
    'proves progression'
    """
    return _by_id(file, read_entries(f"response/{file}.yaml", Option))


def _by_id(file: str, entries: tuple[Entry, ...]) -> dict[str, Entry]:
    found = {entry.id: entry for entry in entries}
    if len(found) < len(entries):
        raise BadKnowledge(f"response/{file}.yaml has two entries of one id")
    return found
