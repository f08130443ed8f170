"""What one published claim looks like. Unknown keys are refused; a claim without a source cannot be loaded."""

from datetime import date
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """Base of every knowledge entry: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(StrEnum):
    """How the claim is known. What is unconfirmed has no letter here and cannot ship."""

    ABSTRACT = "A"
    """seen in the abstract, a table or the guideline text of the source itself"""
    DOCUMENT = "D"
    """stated in a document, often known from an excerpt"""
    FILE = "F"
    """read in a program's or data set's own files"""
    SECOND_HAND = "S"
    """reported by another source than the one named"""
    COMPUTED = "C"
    """computed for this project from what is named"""
    PROPOSAL = "I"
    """inference or proposal of this project"""


class Source(Strict):
    """A publication, a label, a data file."""

    id: str
    citation: str
    doi: str | None = None
    link: str | None = None


class Cited(Strict):
    """One published claim: a number with its unit, what it holds for and where it stands.

    Attributes:
        value: the number, pair or table; ``None`` never stands for unknown.
        unit: as printed on screens: "Gy", "h", "MeV", "1".
        holds_for: population, product, reference volume; in words.
        source: id of a Source.
        place: table, equation, section or page inside it.
        evidence: how the claim is known.
        since: date from which it holds, where that matters.
        superseded_by: id or name of what replaced it; a superseded value stays, dated.
    """

    value: Any
    unit: str
    holds_for: str
    source: str
    place: str
    evidence: Evidence
    since: date | None = None
    superseded_by: str | None = None
    note: str | None = None


class Preset(Strict):
    """A named (energy, half-life) pair; the dose constant is derived from it, never stored."""

    id: str
    energy_MeV: float = Field(gt=0, le=10)
    half_life_h: float = Field(gt=0)
    source: str
    place: str
    evidence: Evidence
    note: str | None = None


class Nuclide(Strict):
    """A radionuclide as dose planning needs it."""

    id: str
    name: str
    half_life_h: Cited
    default_preset: str | None = None
    presets: tuple[Preset, ...] = ()
    facts: dict[str, Cited] = Field(default_factory=dict)

    def preset(self, name: str | None = None) -> Preset:
        """The preset of that name, or the default one."""
        from glisson.errors import BadKnowledge

        wanted = name or self.default_preset
        for preset in self.presets:
            if preset.id == wanted:
                return preset
        allowed = ", ".join(p.id for p in self.presets) or "none: this nuclide is for imaging only"
        raise BadKnowledge(f"no dose constant '{wanted}' for {self.id}", allowed=allowed)


LimitKind = Literal["target", "limit"]
