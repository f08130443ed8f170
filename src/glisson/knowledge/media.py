"""What electrons travel through: compositions, mean excitation energies, binding energies, radiative stopping powers."""

from functools import cache
from typing import Self

from pydantic import Field, model_validator

from glisson.errors import BadInput, BadKnowledge
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited, Evidence, Strict


class Element(Strict):
    """One element of the tissues.

    Attributes:
        Z: atomic number.
        atomic_weight: g/mol.
        shells: (electrons, binding energy in eV) of each subshell.
        screening: (A, alpha in 1/Bohr radius) of each term of the screening function sum A exp(-alpha r).
        radiative_MeV_cm2_per_g: radiative mass stopping power at the energies of the table.
    """

    Z: int = Field(gt=0)
    atomic_weight: float = Field(gt=0)
    shells: tuple[tuple[int, float], ...]
    screening: tuple[tuple[float, float], ...]
    radiative_MeV_cm2_per_g: tuple[float, ...]


class Origin(Strict):
    """Where a column of a table comes from."""

    source: str
    place: str
    evidence: Evidence
    note: str | None = None


class ElementTable(Strict):
    """Elements with their radiative stopping powers at common energies."""

    id: str
    energies_MeV: tuple[float, ...]
    source: str
    place: str
    evidence: Evidence
    note: str | None = None
    shells: Origin
    screening: Origin
    elements: dict[str, Element]

    @model_validator(mode="after")
    def _same_length(self) -> Self:
        for symbol, element in self.elements.items():
            if len(element.radiative_MeV_cm2_per_g) != len(self.energies_MeV):
                raise ValueError(f"{symbol} has not one radiative stopping power per energy")
            if sum(shell[0] for shell in element.shells) != element.Z:
                raise ValueError(f"the shells of {symbol} do not hold {element.Z} electrons")
            if abs(sum(term[0] for term in element.screening) - 1.0) > 1e-6:
                raise ValueError(f"the screening terms of {symbol} do not add up to 1")
        return self


class Medium(Strict):
    """A material that electrons travel through.

    Attributes:
        id: as "soft-tissue".
        name: in words.
        nominal_density_g_per_mL: the density at which the density effect is computed.
        weights: fraction by weight of each element.
        mean_excitation_eV: I.
    """

    id: str
    name: str
    nominal_density_g_per_mL: float = Field(gt=0)
    weights: dict[str, float]
    mean_excitation_eV: float = Field(gt=0)
    source: str
    place: str
    evidence: Evidence
    note: str | None = None

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        if abs(sum(self.weights.values()) - 1.0) > 1e-5:
            raise ValueError(f"the weights of {self.id} add up to {sum(self.weights.values()):.6g}, not to 1")
        return self

    @property
    def electrons_per_weight(self) -> float:
        """Z/A, mol/g.

        >>> round(medium("water").electrons_per_weight, 4)
        0.5551
        """
        known = elements().elements
        return sum(weight * known[symbol].Z / known[symbol].atomic_weight for symbol, weight in self.weights.items())


@cache
def elements() -> ElementTable:
    """The elements of the tissues."""
    (table,) = read_entries("transport/elements.yaml", ElementTable)
    return table


@cache
def media() -> dict[str, Medium]:
    """Every medium by id.

    >>> list(media())
    ['water', 'soft-tissue', 'lung', 'adipose', 'bone', 'air']

    Raises:
        BadKnowledge: a medium holds an element that the table of elements lacks.
    """
    found = {entry.id: entry for entry in read_entries("transport/media.yaml", Medium)}
    for entry in found.values():
        missing = sorted(set(entry.weights) - set(elements().elements))
        if missing:
            raise BadKnowledge(f"transport/media.yaml, {entry.id}: no element {', '.join(missing)} in transport/elements.yaml")
    return found


def medium(name: str) -> Medium:
    """The medium of that name.

    Raises:
        BadInput: none of that name.
    """
    if name not in media():
        raise BadInput(f"unknown material '{name}'", allowed=", ".join(media()))
    return media()[name]


class RampStep(Cited):
    """The medium that holds from a density on, up to the next step's."""

    id: str


@cache
def density_ramp() -> tuple[RampStep, ...]:
    """Composition by density, densities growing from 0.

    >>> [step.id for step in density_ramp()]
    ['air', 'lung', 'adipose', 'soft-tissue', 'bone']

    Raises:
        BadKnowledge: the densities do not grow from 0, or a medium is unknown.
    """
    steps = read_entries("transport/ramp.yaml", RampStep)
    starts = [float(step.value) for step in steps]
    if starts[0] != 0.0 or starts != sorted(set(starts)):
        raise BadKnowledge("transport/ramp.yaml: the densities must grow from 0")
    for step in steps:
        if step.id not in media():
            raise BadKnowledge(f"transport/ramp.yaml: no medium '{step.id}'", allowed=", ".join(media()))
    return steps
