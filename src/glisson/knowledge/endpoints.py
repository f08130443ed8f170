"""Definitions of time-to-event endpoints, parameters of the best response and assessment windows, each with its source."""

from functools import cache
from typing import Literal

from pydantic import Field

from glisson.errors import BadInput, BadKnowledge
from glisson.knowledge.limits import Fact
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited

Stream = Literal["survival", "assessments", "therapy"]


class EndpointDefinition(Cited):
    """One endpoint. ``value`` is the definition in words, printed with every number.

    Attributes:
        id: as "hepatic-pfs-or-death".
        name: as on screens, "hepatic PFS (liver progression or death)".
        code: at most eight capital letters, for exchange tables.
        stream: what is followed: survival and therapy are known between contacts, progression only on days of scans.
        events: sources whose earliest date is the event.
        competing: sources that make the event impossible to see (code 2).
        ends: sources that censor at their own date.
        observed: sources whose latest date is where a patient without event is censored.
        origin: the day from which it always counts; ``None``: chosen by the user.
        used_by: trials and registries that print it so.
    """

    id: str
    name: str
    code: str = Field(pattern=r"^[A-Z][A-Z0-9]{0,7}$")
    stream: Stream
    events: tuple[str, ...]
    competing: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    observed: tuple[str, ...]
    origin: str | None = None
    used_by: tuple[str, ...] = ()

    @property
    def in_liver(self) -> bool:
        """Whether it follows the liver's own stream."""
        return any("liver" in name for name in self.events)


@cache
def endpoint_definitions() -> dict[str, EndpointDefinition]:
    """Every endpoint by name.

    >>> [name for name in endpoint_definitions() if "hepatic" in name]
    ['hepatic PFS (liver progression or death)', 'hepatic PFS (liver progression, death competing)', 'hepatic PFS (death censored)']
    """
    return {entry.name: entry for entry in read_entries("response/endpoints.yaml", EndpointDefinition)}


def endpoint_definition(name: str) -> EndpointDefinition:
    """The endpoint of that name; "hepatic PFS" alone is refused, since it has three meanings.

    >>> endpoint_definition("TTP").ends
    ('death',)

    Raises:
        BadInput: none of that name, or a name that has several meanings.
    """
    found = endpoint_definitions()
    if name in found:
        return found[name]
    meanings = [known for known in found if name and known.lower().startswith(name.lower().replace("hpfs", "hepatic pfs"))]
    if len(meanings) > 1:
        raise BadInput(
            f"'{name}' has {len(meanings)} published meanings", allowed="; ".join(meanings), do="name the one you mean"
        )
    raise BadInput(f"unknown endpoint '{name}'", allowed="; ".join(found))


@cache
def _facts() -> dict[str, Fact]:
    return {fact.id: fact for path in ("best_response", "windows") for fact in read_entries(f"response/{path}.yaml", Fact)}


def response_fact(name: str) -> Fact:
    """A parameter of the best response or of the windows.

    >>> response_fact("cirel-fu1").value
    [0.5, 2.5]

    Raises:
        BadKnowledge: none of that name.
    """
    if name not in _facts():
        raise BadKnowledge(f"no fact of response '{name}'", allowed=", ".join(_facts()))
    return _facts()[name]


def month_days() -> float:
    """Length of a month in days.

    >>> month_days()
    30.4375
    """
    return float(response_fact("month-days").value)
