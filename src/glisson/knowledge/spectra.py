"""Energy spectra of beta particles as tabulated."""

from functools import cache
from itertools import pairwise
from typing import Self

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


@cache
def beta_spectra() -> dict[str, BetaSpectrum]:
    """The beta spectrum of each nuclide that has one.

    >>> list(beta_spectra())
    ['Y-90']
    """
    return {entry.nuclide: entry for entry in read_entries("transport/spectra.yaml", BetaSpectrum)}
