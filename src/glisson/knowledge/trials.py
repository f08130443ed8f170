"""Published arms of trials and series: a figure with its endpoint, its line and its people. They are never ranked."""

from functools import cache
from typing import Literal

from pydantic import Field

from glisson.errors import BadKnowledge
from glisson.knowledge.guidelines import options
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited

LiverType = Literal["death an event", "death competing", "death censored"]
"""The three published meanings of hepatic PFS, by what a death without liver progression is."""
NOT_STATED = "not stated"


class PublishedArm(Cited):
    """One figure of one arm. ``value`` is the median in months or the share that responded; ``None`` where only a ratio is printed.

    Attributes:
        comparator: True for the arm beside them.
        line: of systemic therapy, as the source says.
        endpoint: as printed; ``definition`` of it.
        interval: 95 % confidence interval of the value.
        ratio: hazard ratio against the comparator, with its interval.
    """

    id: str
    study: str
    arm: str
    comparator: bool = False
    disease: str
    line: str
    year: int | None = None
    n: int | None = Field(default=None, ge=1)
    endpoint: str
    interval: tuple[float | None, float | None] | None = None
    ratio: tuple[float, float | None, float | None] | None = None


class Arm(PublishedArm):
    """A figure that tells of options offered here: ``options`` holds their ids."""

    options: tuple[str, ...] = Field(min_length=1)


class EndpointWords(Cited):
    """What an endpoint's name means where it is printed in a table of arms.

    Attributes:
        family: figures of different families are different quantities.
        liver_type: what a death without liver progression is, where the name says so.
        origin: the day from which time counts, where the name says so.
    """

    id: str
    family: str
    liver_type: LiverType | None = None
    origin: str | None = None


class Study(Cited):
    """What a study's figures share. ``value`` is the day from which its times count, or "not stated".

    Attributes:
        patients: names of the cohorts inside; two studies that share one count the same patients.
        randomised: whether its arms were.
        liver_types: by printed endpoint, what a death without liver progression is.
        caution: to be read before a figure is quoted.
    """

    id: str
    patients: tuple[str, ...] = Field(min_length=1)
    randomised: bool = False
    liver_types: dict[str, LiverType] = Field(default_factory=dict)
    caution: str = ""


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
def published_arms() -> tuple[PublishedArm, ...]:
    """Every figure: those of ``arms``, and those that tell of no option offered here.

    Raises:
        BadKnowledge: an unknown endpoint, or an id that stands twice.
    """
    found: tuple[PublishedArm, ...] = (*arms(), *read_entries("trials/more_arms.yaml", PublishedArm))
    seen: set[str] = set()
    for arm in found:
        if arm.endpoint not in endpoint_words():
            raise BadKnowledge(f"arm {arm.id}: no words for the endpoint '{arm.endpoint}'")
        if arm.id in seen:
            raise BadKnowledge(f"arm {arm.id} stands twice")
        seen.add(arm.id)
    return found


@cache
def studies() -> dict[str, Study]:
    """What is known of a study as a whole, by its name; a study without an entry states no origin and shares no patients.

    Raises:
        BadKnowledge: an entry of a study without figures.
    """
    found = {entry.id: entry for entry in read_entries("trials/studies.yaml", Study)}
    if strange := set(found) - {arm.study for arm in published_arms()}:
        raise BadKnowledge(f"no figure of the study '{min(strange)}'")
    return found


@cache
def endpoint_words() -> dict[str, EndpointWords]:
    """Definitions by printed name.

    >>> endpoint_words()["OS"].value
    'death of any cause; the day from which it counts differs between studies'
    """
    return {entry.id: entry for entry in read_entries("trials/endpoints.yaml", EndpointWords)}
