"""One section of a report: plain values for JSON, and what a reader must know; or why it cannot be made."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from glisson.case import Finding, Level
from glisson.errors import GlissonError


@dataclass(frozen=True)
class Section:
    """Values and findings. ``value["cannot_say"]`` holds the reason where a section could not be made."""

    value: dict[str, Any]
    findings: tuple[Finding, ...] = field(default_factory=tuple)


def attempt(name: str, work: Callable[[], Section]) -> Section:
    """The section, or why there is none: a refused computation does not take the rest of the report with it.

    >>> from glisson.errors import BadInput
    >>> def refuse():
    ...     raise BadInput("no events")
    >>> attempt("survival", refuse).value
    {'cannot_say': 'no events'}
    """
    try:
        return work()
    except GlissonError as error:
        return cannot_say(name, str(error).rstrip("."))


def cannot_say(name: str, why: str) -> Section:
    """A section that cannot be made."""
    return Section({"cannot_say": why}, (Finding(code="cannot-say", level=Level.WARNING, text=f"{name}: cannot say: {why}"),))
