"""Published arms of trials and series: a figure with its endpoint, its line and its people. They are never ranked."""

from functools import cache

from pydantic import Field

from glisson.errors import BadKnowledge
from glisson.knowledge.guidelines import options
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited


class Arm(Cited):
    """One figure of one arm. ``value`` is the median in months or the share that responded; ``None`` where only a ratio is printed.

    Attributes:
        options: ids of the options that it tells of.
        comparator: True for the arm beside them.
        line: of systemic therapy, as the source says.
        endpoint: as printed; ``definition`` of it.
        interval: 95 % confidence interval of the value.
        ratio: hazard ratio against the comparator, with its interval.
    """

    id: str
    study: str
    arm: str
    options: tuple[str, ...] = Field(min_length=1)
    comparator: bool = False
    disease: str
    line: str
    year: int | None = None
    n: int | None = Field(default=None, ge=1)
    endpoint: str
    interval: tuple[float | None, float | None] | None = None
    ratio: tuple[float, float | None, float | None] | None = None


class EndpointWords(Cited):
    """What an endpoint's name means where it is printed in a table of arms."""

    id: str


@cache
def arms() -> tuple[Arm, ...]:
    """Every arm, in the order of studies.

    Raises:
        BadKnowledge: an arm of an unknown option or endpoint.
    """
    found = read_entries("trials/arms.yaml", Arm)
    for arm in found:
        if unknown := [name for name in arm.options if name not in options()]:
            raise BadKnowledge(f"arm {arm.id}: no option '{unknown[0]}'")
        if arm.endpoint not in endpoint_words():
            raise BadKnowledge(f"arm {arm.id}: no words for the endpoint '{arm.endpoint}'")
    return found


@cache
def endpoint_words() -> dict[str, EndpointWords]:
    """Definitions by printed name.

    >>> endpoint_words()["OS"].value
    'death of any cause; the day from which it counts differs between studies'
    """
    return {entry.id: entry for entry in read_entries("trials/endpoints.yaml", EndpointWords)}
