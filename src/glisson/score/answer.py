"""What a score answers: a value and its group, or what is missing and the range that this leaves."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Component:
    """One input of a score, as it was used, with the points it gave; ``None``: unknown."""

    name: str
    value: float | str | bool | None
    unit: str = ""
    points: float | None = None


@dataclass(frozen=True)
class Score:
    """A computed score.

    Attributes:
        name: as printed.
        value: ``None``: cannot say.
        group: grade, class or risk; ``None``: cannot say, or the score has none.
        lowest, highest: what the known inputs leave; both the value where it is known, ``None`` where nothing can be said.
        components: every input.
        missing: what would have to be known.
        notes: what a reader must know of this value.
        sources: ids of the knowledge sources.
    """

    name: str
    value: float | None
    group: str | None
    lowest: float | None
    highest: float | None
    components: tuple[Component, ...]
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As printed.

        >>> Score("NLR", 2.5, None, 2.5, 2.5, ()).text
        'NLR 2.5'
        """
        group = f" ({self.group})" if self.group else ""
        if self.value is not None:
            return f"{self.name} {self.value:.4g}{group}"
        between = f" ({self.lowest:.4g} to {self.highest:.4g} points)" if self.lowest is not None else ""
        return f"{self.name}: cannot say: {', '.join(self.missing)} missing{between}{group}"

    def row(self) -> dict[str, Any]:
        """As a row of a table, or a value of JSON."""
        return {
            "score": self.name, "value": self.value, "group": self.group, "lowest": self.lowest, "highest": self.highest,
            "components": {c.name: {"value": c.value, "unit": c.unit, "points": c.points} for c in self.components},
            "missing": list(self.missing), "notes": list(self.notes), "sources": list(self.sources), "text": self.text,
        }  # fmt: skip


def known(name: str, value: float, *, group: str | None = None, components: Iterable[Component], sources: Iterable[str],
          notes: Iterable[str] = ()) -> Score:  # fmt: skip
    """A score whose inputs are all known."""
    return Score(name, value, group, value, value, tuple(components), (), tuple(notes), tuple(sources))


def cannot_say(name: str, *, components: Iterable[Component], sources: Iterable[str], notes: Iterable[str] = ()) -> Score:
    """An equation with an unknown input: the missing are the components without a value."""
    inputs = tuple(components)
    missing = tuple(c.name for c in inputs if c.value is None)
    return Score(name, None, None, None, None, inputs, missing, tuple(notes), tuple(sources))
