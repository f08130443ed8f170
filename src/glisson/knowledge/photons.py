"""How photons interact with the elements of the tissues: tabulated cross sections."""

from functools import cache
from typing import Self

from pydantic import model_validator

from glisson.errors import BadKnowledge
from glisson.knowledge.load import read_entries
from glisson.knowledge.media import elements
from glisson.knowledge.schema import Evidence, Strict


class PhotonElement(Strict):
    """Cross sections of one element at the energies of the table, cm²/g.

    Attributes:
        incoherent_cm2_per_g: Compton scattering on bound electrons.
        photoelectric_cm2_per_g: absorption by the photoelectric effect.
    """

    incoherent_cm2_per_g: tuple[float, ...]
    photoelectric_cm2_per_g: tuple[float, ...]


class PhotonTable(Strict):
    """Elements with their cross sections at common energies."""

    id: str
    energies_MeV: tuple[float, ...]
    source: str
    place: str
    evidence: Evidence
    note: str | None = None
    elements: dict[str, PhotonElement]

    @model_validator(mode="after")
    def _same_length(self) -> Self:
        if list(self.energies_MeV) != sorted(set(self.energies_MeV)):
            raise ValueError("the energies must grow")
        for symbol, element in self.elements.items():
            for column in (element.incoherent_cm2_per_g, element.photoelectric_cm2_per_g):
                if len(column) != len(self.energies_MeV) or min(column) <= 0:
                    raise ValueError(f"{symbol} has not one cross section above 0 per energy")
        return self


@cache
def photon_table() -> PhotonTable:
    """The cross sections of every element that the media are made of.

    >>> photon_table().energies_MeV[0]
    0.01

    Raises:
        BadKnowledge: an element is missing.
    """
    (table,) = read_entries("transport/photons.yaml", PhotonTable)
    missing = sorted(set(elements().elements) - set(table.elements))
    if missing:
        raise BadKnowledge(f"transport/photons.yaml: no cross sections of {', '.join(missing)}")
    return table
