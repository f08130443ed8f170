"""Sources numbered in the order in which the report names them."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.knowledge import sources
from glisson.report.document import References


class Citations:
    """Gives every source its number; ``references`` lists them at the end."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, name: Any) -> str:
        """As "[2]" for a source of the knowledge tables; any other words as they are; nothing for ``None``."""
        if name is None:
            return ""
        if name not in sources():
            return str(name)
        return f"[{self._numbers.setdefault(name, len(self._numbers) + 1)}]"

    def collect(self, value: Any) -> None:
        """Numbers every source that a value names under the key "source", at any depth."""
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if key == "source" and isinstance(inner, str):
                    self.mark(inner)
                else:
                    self.collect(inner)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            for inner in value:
                self.collect(inner)

    def references(self) -> References:
        """Full citations, with the DOI or link where there is one."""
        lines = []
        for name, number in self._numbers.items():
            entry = sources()[name]
            link = f"https://doi.org/{entry.doi}" if entry.doi else entry.link or ""
            lines.append((number, entry.citation, link))
        return References(tuple(lines))
