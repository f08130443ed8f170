"""Dose-point kernels as published: shares of the emitted energy in shells around a point, in one medium."""

import hashlib
from functools import cache
from itertools import pairwise
from typing import Self

from pydantic import Field, model_validator

from glisson.errors import BadKnowledge
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited, Evidence, Strict

FILES = ("kernels/y90_water.yaml",)


class RadialKernel(Strict):
    """Where the energy of one decay is absorbed around a point in a homogeneous medium.

    Attributes:
        id: name of the table.
        nuclide: as "Y-90".
        medium: in words.
        density_g_per_mL: of the medium.
        mean_energy_MeV: emitted energy per decay to which the shares refer.
        shells: (outer radius mm, share of the emitted energy, its standard error), from the centre outwards.
    """

    id: str
    nuclide: str
    medium: str
    density_g_per_mL: float = Field(gt=0)
    mean_energy_MeV: Cited
    source: str
    place: str
    evidence: Evidence
    note: str | None = None
    shells: tuple[tuple[float, float, float], ...]

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        radii = (0.0, *(shell[0] for shell in self.shells))
        if any(outer <= inner for inner, outer in pairwise(radii)):
            raise ValueError("shell radii must grow outwards from 0")
        if any(shell[1] < 0 or shell[2] < 0 for shell in self.shells):
            raise ValueError("a negative share of energy or standard error")
        if not 0.9 < self.absorbed_fraction <= 1.0 + 1e-6:
            raise ValueError(f"the shares add up to {self.absorbed_fraction:.6g}, not to 0.9 to 1")
        return self

    @property
    def absorbed_fraction(self) -> float:
        """Share of the emitted energy inside the last shell."""
        return sum(shell[1] for shell in self.shells)

    @property
    def reach_mm(self) -> float:
        """Outer radius of the last shell."""
        return self.shells[-1][0]

    def sha256(self) -> str:
        """Hash of the numbers that a voxel kernel depends on."""
        return hashlib.sha256(repr((self.nuclide, self.density_g_per_mL, self.shells)).encode()).hexdigest()


@cache
def radial_kernels() -> dict[str, RadialKernel]:
    """The dose-point kernel of each nuclide that has one.

    >>> list(radial_kernels())
    ['Y-90']
    """
    kernels: dict[str, RadialKernel] = {}
    for path in FILES:
        for kernel in read_entries(path, RadialKernel):
            if kernel.nuclide in kernels:
                raise BadKnowledge(f"{path}: a second dose-point kernel for {kernel.nuclide}")
            kernels[kernel.nuclide] = kernel
    return kernels
