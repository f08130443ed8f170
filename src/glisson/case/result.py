"""What was computed, with everything needed to trace and repeat it."""

import hashlib
from enum import StrEnum
from typing import Any

from pydantic import Field

from glisson import __version__
from glisson.case.base import Noun
from glisson.case.canonical import canonical_json
from glisson.knowledge import EDITION


class Level(StrEnum):
    """How loud a finding is."""

    NOTE = "note"
    WARNING = "warning"
    STOP = "stop"
    """no activity or dose satisfies what was asked; the report is made all the same"""


class Finding(Noun):
    """Something a reader must know: a code that never changes, and the sentence."""

    code: str
    level: Level
    text: str


class Result(Noun):
    """A stamped result. The same inputs give the same bytes: no clock, no path, no machine in it.

    Attributes:
        kind: "activity plan", "absorbed dose", "lung shunt".
        method: name of the method, as "kernel".
        parameters: what was chosen, by name; units in the names.
        inputs: sha256 of every input by name.
        value: the numbers; JSON values only, units in the names.
        findings: notes and warnings.
        sources: ids of the knowledge sources used.
        editions: edition of the knowledge tables and of the case format.
        seed: of the random stream; ``None`` where none was used.
    """

    kind: str
    method: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    inputs: dict[str, str] = Field(default_factory=dict)
    value: dict[str, Any]
    findings: tuple[Finding, ...] = ()
    sources: tuple[str, ...] = ()
    editions: dict[str, str] = Field(default_factory=lambda: {"knowledge": EDITION, "case": "1"})
    version: str = __version__
    seed: int | None = None

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, two spaces, no NaN."""
        plain = self.model_dump(mode="json", exclude={"value"})
        try:
            return canonical_json(plain | {"value": self.value})
        except TypeError:
            return canonical_json(self.model_dump(mode="json"))

    def sha256(self) -> str:
        """Hash of the canonical JSON."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @property
    def stopped(self) -> bool:
        """True when a finding says that nothing satisfies what was asked."""
        return any(finding.level is Level.STOP for finding in self.findings)
