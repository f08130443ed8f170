"""Three-valued answers: yes, no, or cannot say and what is missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Said = Literal["yes", "no", "cannot say"]


@dataclass(frozen=True)
class Answer:
    """An answer with what decided it.

    Attributes:
        what: the question, as printed.
        said: "yes", "no" or "cannot say".
        because: facts that decided, in words.
        missing: what would have to be known; empty unless it cannot be said.
        sources: ids of the knowledge sources of the definition.
        incidence: published incidences, each with its source; where they disagree all are here.
    """

    what: str
    said: Said
    because: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    incidence: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As printed.

        >>> Answer("REILD", "cannot say", (), ("tumour progression",)).text
        'REILD: cannot say: tumour progression missing'
        """
        if self.said == "cannot say":
            return f"{self.what}: cannot say: {', '.join(self.missing)} missing"
        return f"{self.what}: {self.said}" + (f" ({'; '.join(self.because)})" if self.because else "")


def any_of(facts: Mapping[str, bool | None]) -> bool | None:
    """Whether one of the facts holds; ``None``: none does and one is unknown."""
    if any(value is True for value in facts.values()):
        return True
    return None if any(value is None for value in facts.values()) else False


def all_of(facts: Iterable[bool | None]) -> bool | None:
    """Whether every fact holds; ``None``: none is wrong and one is unknown."""
    listed = tuple(facts)
    if any(value is False for value in listed):
        return False
    return None if any(value is None for value in listed) else True


def unknown(facts: Mapping[str, bool | None]) -> tuple[str, ...]:
    """Names of the facts that nobody knows."""
    return tuple(name for name, value in facts.items() if value is None)


def said_of(holds: bool | None) -> Said:
    """The word for a fact."""
    return "cannot say" if holds is None else "yes" if holds else "no"
