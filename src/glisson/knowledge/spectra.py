"""Energy spectra of beta particles as tabulated, and the branches and lines from which one can be worked out."""

from functools import cache
from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Evidence, Strict


class BetaSpectrum(Strict):
    """Probability density of the energy of a beta particle, straight lines between the points.

    Attributes:
        id: name of the table.
        nuclide: as "Y-90".
        endpoint_MeV: largest energy.
        points: (MeV, density per MeV), energies growing from 0 to the end point; the scale does not matter.
    """

    id: str
    nuclide: str
    endpoint_MeV: float = Field(gt=0)
    source: str
    place: str
    evidence: Evidence
    note: str | None = None
    points: tuple[tuple[float, float], ...]

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        energies = [point[0] for point in self.points]
        if energies[0] != 0.0 or abs(energies[-1] - self.endpoint_MeV) > 1e-3:
            raise ValueError("the energies must run from 0 to the end point")
        if any(b <= a for a, b in pairwise(energies)) or any(point[1] < 0 for point in self.points):
            raise ValueError("energies must grow, and densities must not be negative")
        return self

    @property
    def mean_MeV(self) -> float:
        """Mean energy, exact for straight lines between the points.

        >>> round(beta_spectra()["Y-90"].mean_MeV, 3)
        0.933
        """
        area = moment = 0.0
        for (e1, p1), (e2, p2) in pairwise(self.points):
            area += (e2 - e1) * (p1 + p2) / 2.0
            moment += (e2 - e1) * (p1 * (2.0 * e1 + e2) + p2 * (e1 + 2.0 * e2)) / 6.0
        return moment / area


Shape = Literal["allowed", "unique-first-forbidden"]


class Branch(Strict):
    """One beta branch.

    Attributes:
        endpoint_MeV: largest energy of the beta particle.
        per_decay: intensity.
        mean_MeV: mean energy as published; a check, not used.
        shape: of its spectrum.
    """

    endpoint_MeV: float = Field(gt=0)
    per_decay: float = Field(gt=0, le=1)
    mean_MeV: float = Field(gt=0)
    shape: Shape


class Decay(Strict):
    """Beta branches of a nuclide, and what else it sends out.

    Attributes:
        daughter_Z: charge of the nucleus after the decay.
        mass_number: A.
        branches: those of more than 0.01 %.
        electrons: (MeV, per decay) of conversion and Auger electrons.
    """

    id: str
    nuclide: str
    daughter_Z: int
    mass_number: int
    branches: tuple[Branch, ...]
    electrons: tuple[tuple[float, float], ...] = ()
    source: str
    place: str
    evidence: Evidence
    note: str | None = None

    @property
    def line_electrons_MeV(self) -> float:
        """Energy of conversion and Auger electrons per decay.

        >>> round(decays()["Ho-166"].line_electrons_MeV, 4)
        0.031
        """
        return sum(energy * number for energy, number in self.electrons)


@cache
def decays() -> dict[str, Decay]:
    """Branches and lines by nuclide.

    >>> list(decays())
    ['Y-90', 'Ho-166']
    """
    return {entry.nuclide: entry for entry in read_entries("transport/decays.yaml", Decay)}


@cache
def beta_spectra() -> dict[str, BetaSpectrum]:
    """The beta spectrum of each nuclide that has one.

    >>> list(beta_spectra())
    ['Y-90']
    """
    return {entry.nuclide: entry for entry in read_entries("transport/spectra.yaml", BetaSpectrum)}
