"""The voxel kernel: share of the energy emitted in one voxel that each voxel around it absorbs, for any voxel size.

A decay happens anywhere in the source voxel, uniformly. Its energy is absorbed at a displacement d from there: the direction
is isotropic, the distance follows the dose-point kernel. The end point lies in the voxel n steps away with probability
prod over the axes of max(0, 1 - |d_a / spacing_a - n_a|), exactly. The kernel is the mean of that product over d.
These products add up to 1 for every d, so the kernel keeps all energy up to its cut, whatever the voxel's shape.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from glisson.dose.point_kernel import energy_inside
from glisson.errors import BadInput
from glisson.knowledge.radial_kernel import RadialKernel

Float = NDArray[np.float64]

METHOD = "voxel-kernel 1"
"""Changes whenever the same table would give another kernel; part of every cache key."""
CUT_mm = 12.0
"""Default cut radius in the table's medium: 99.6 % of the emitted energy of Y-90 lies within it."""
RADIAL_STEP_mm = 0.025
DENSITY_g_per_mL = (0.1, 3.0)
SPACING_mm = (0.5, 50.0)
CUT_RANGE_mm = (2.0, 30.0)


@dataclass(frozen=True, eq=False)
class VoxelKernel:
    """A voxel kernel of one nuclide, voxel size and density.

    Attributes:
        octant: share of the emitted energy, index = distance in voxels along (slice, row, column); float64.
        spacing_mm: voxel spacing (slice, row, column).
        density_g_per_mL: of the medium.
        cut_mm: cut radius in that medium.
        retained_fraction: share of the emitted energy inside the cut, before any renormalisation.
        renormalised: True when the kernel was scaled to sum to 1.
        table: id of the dose-point kernel.
        source: id of its knowledge source.
    """

    octant: Float
    spacing_mm: tuple[float, float, float]
    density_g_per_mL: float
    cut_mm: float
    retained_fraction: float
    renormalised: bool
    table: str
    source: str

    @property
    def reach(self) -> tuple[int, int, int]:
        """Voxels reached along (slice, row, column)."""
        a, b, c = self.octant.shape
        return a - 1, b - 1, c - 1

    @property
    def total(self) -> float:
        """Sum over all voxels: the share of the emitted energy that the kernel places."""
        return float(np.sum(self.octant * multiplicity(self.octant.shape)))

    @property
    def full(self) -> Float:
        """The whole kernel, odd in every axis, centre in the middle."""
        array = self.octant
        for axis in range(3):
            array = np.concatenate([np.flip(array, axis).take(range(array.shape[axis] - 1), axis), array], axis)
        return array

    def s_value_mGy_per_MBq_s(self, steps: tuple[int, int, int], *, energy_MeV: float) -> float:
        """Dose to the voxel ``steps`` away per unit of time-integrated activity, mGy/(MBq s).

        ``energy_MeV`` is the energy emitted per decay; for the table's own value see its ``mean_energy_MeV``.
        """
        mass_kg = float(np.prod(self.spacing_mm)) * 1e-6 * self.density_g_per_mL
        return float(self.octant[steps]) * energy_MeV * 1.602176634e-13 / mass_kg * 1e9


def multiplicity(shape: tuple[int, ...]) -> Float:
    """How often each octant element occurs in the full kernel: 2 for every axis on which it is off centre.

    >>> float(multiplicity((2, 2, 2)).sum())
    27.0
    """
    weights: Float = np.ones(shape)
    for axis, size in enumerate(shape):
        factor = np.where(np.arange(size) == 0, 1.0, 2.0)
        weights = weights * factor.reshape([-1 if a == axis else 1 for a in range(len(shape))])
    return weights


def voxel_kernel(
    table: RadialKernel,
    spacing_mm: tuple[float, float, float],
    *,
    density_g_per_mL: float,
    cut_mm: float = CUT_mm,
    renormalise: bool = False,
) -> VoxelKernel:
    """The voxel kernel of a homogeneous medium.

    Args:
        table: dose-point kernel.
        spacing_mm: voxel spacing (slice, row, column), 0.5 to 50 mm.
        density_g_per_mL: of the medium, 0.1 to 3 g/mL; radii of the table scale with 1/density.
        cut_mm: radius in the table's medium (2 to 30 mm) beyond which energy is counted as escaped.
        renormalise: scale the kernel to sum to 1, as if what lies beyond the cut were absorbed inside it.

    Raises:
        BadInput: a value outside the ranges above.

    >>> from glisson.dose.point_kernel import point_kernel
    >>> k = voxel_kernel(point_kernel("Y-90"), (3.0, 3.0, 3.0), density_g_per_mL=1.0)
    >>> round(k.total, 4), round(float(k.octant[0, 0, 0]), 3), k.reach
    (0.9961, 0.289, (4, 4, 4))
    """
    _within("voxel spacing", spacing_mm, SPACING_mm, "mm")
    _within("kernel density", (density_g_per_mL,), DENSITY_g_per_mL, "g/mL")
    _within("kernel cut radius", (cut_mm,), CUT_RANGE_mm, "mm")
    rounded = tuple(round(float(s), 6) for s in spacing_mm)
    return _build(table, (rounded[0], rounded[1], rounded[2]), round(float(density_g_per_mL), 9), float(cut_mm), renormalise)


def _within(what: str, values: tuple[float, ...], allowed: tuple[float, float], unit: str) -> None:
    if not all(allowed[0] <= value <= allowed[1] for value in values):
        given = ", ".join(f"{value:g}" for value in values)
        raise BadInput(f"{what} {given} {unit}", allowed=f"{allowed[0]:g} to {allowed[1]:g} {unit}")


@lru_cache(maxsize=16)
def _build(
    table: RadialKernel, spacing_mm: tuple[float, float, float], density: float, cut_mm: float, renormalise: bool
) -> VoxelKernel:
    scale = table.density_g_per_mL / density
    edges = np.linspace(0.0, cut_mm, int(np.ceil(cut_mm / RADIAL_STEP_mm)) + 1)
    energy = np.diff(energy_inside(kernel=table, radius_mm=edges))
    radii = (edges[1:] + edges[:-1]) / 2 * scale
    octant = _spread(radii, energy, np.asarray(spacing_mm), directions=_directions(cut_mm * scale, min(spacing_mm)))
    retained = float(np.sum(energy))
    if renormalise:
        octant /= retained
    octant.flags.writeable = False
    return VoxelKernel(octant, spacing_mm, density, cut_mm * scale, retained, renormalise, table.id, table.source)


def _directions(reach_mm: float, finest_mm: float) -> int:
    """Gauss nodes per angle of the octant: enough that neighbouring rays stay well within a voxel of each other at the cut."""
    return int(np.clip(np.ceil(8 * reach_mm / finest_mm), 48, 128))


def _spread(radii: Float, energy: Float, spacing: Float, directions: int) -> Float:
    """Octant of the kernel: every (radius, direction) shares its energy among the eight voxels around its end point."""
    unit, solid = _octant_rays(directions)
    shape = tuple(int(n) for n in np.floor(radii[-1] / spacing).astype(int) + 2)
    octant = np.zeros(int(np.prod(shape)))
    for radius, share in zip(radii, energy, strict=True):
        steps = radius / spacing[:, None] * unit
        whole = steps.astype(np.intp)
        part = steps - whole
        near_far = (1.0 - part, part)
        for corner in product((0, 1), repeat=3):
            weight = share * solid * near_far[corner[0]][0] * near_far[corner[1]][1] * near_far[corner[2]][2]
            cell = ((whole[0] + corner[0]) * shape[1] + whole[1] + corner[1]) * shape[2] + whole[2] + corner[2]
            octant += np.bincount(cell, weights=weight, minlength=octant.size)
    return octant.reshape(shape) / multiplicity(shape)


def _octant_rays(n: int) -> tuple[Float, Float]:
    """(3, n x n) unit vectors of one octant and their weights (sum 1): Gauss-Legendre in height and in azimuth."""
    node, weight = np.polynomial.legendre.leggauss(n)
    height, azimuth = (node + 1) / 2, (node + 1) * (np.pi / 4)
    across = np.sqrt(1 - height**2)
    unit = np.stack(
        [
            np.repeat(height, n),
            np.outer(across, np.cos(azimuth)).ravel(),
            np.outer(across, np.sin(azimuth)).ravel(),
        ]
    )
    return unit, np.outer(weight, weight).ravel() / 4
