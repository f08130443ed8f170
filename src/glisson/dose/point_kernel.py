"""Equations of the dose-point kernel: energy inside a radius, and inside a uniform sphere."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from glisson.errors import BadInput, OutOfScope
from glisson.knowledge.radial_kernel import RadialKernel, radial_kernels

Float = NDArray[np.float64]


def point_kernel(nuclide: str) -> RadialKernel:
    """The dose-point kernel of ``nuclide``.

    >>> point_kernel("Y-90").medium
    'liquid water'

    Raises:
        OutOfScope: no kernel is known for that nuclide.
    """
    kernels = radial_kernels()
    if nuclide not in kernels:
        raise OutOfScope(
            f"there is no dose-point kernel for {nuclide}",
            allowed=f"the kernel method for {', '.join(kernels)}",
            do=f"use local deposition for {nuclide} (or Monte Carlo where it is available)",
        )
    return kernels[nuclide]


def energy_inside(*, kernel: RadialKernel, radius_mm: Float | float, density_g_per_mL: float | None = None) -> Float:
    """Share of the emitted energy that is absorbed within ``radius_mm`` of a point source (0 to 1).

    Between the shell radii of the table the cumulative share follows a monotone cubic (SciPy's PCHIP), so that no shell gains
    or loses energy. In another density of the same medium radii scale with 1/density: ranges in g/cm2 stay the same.

    >>> kernel = point_kernel("Y-90")
    >>> round(float(energy_inside(kernel=kernel, radius_mm=1.0)), 4)
    0.2234
    >>> half = energy_inside(kernel=kernel, radius_mm=0.5, density_g_per_mL=2.0)
    >>> float(half) == float(energy_inside(kernel=kernel, radius_mm=1.0))
    True
    """
    density = kernel.density_g_per_mL if density_g_per_mL is None else density_g_per_mL
    if not density > 0:
        raise BadInput(f"density {density} g/mL", allowed="more than 0 g/mL")
    scaled = np.asarray(radius_mm, dtype=np.float64) * (density / kernel.density_g_per_mL)
    if scaled.size and float(scaled.min()) < 0:
        raise BadInput("a negative radius", allowed="0 mm or more")
    inside: Float = _cumulative(kernel)(np.minimum(scaled, kernel.reach_mm))
    return inside


def radius_holding_mm(*, kernel: RadialKernel, share: float) -> float:
    """Radius in the table's medium that holds ``share`` of the emitted energy, mm.

    >>> round(radius_holding_mm(kernel=point_kernel("Y-90"), share=0.9), 2)
    5.43

    Raises:
        BadInput: a share that no sphere inside the table holds.
    """
    from scipy.optimize import brentq

    if not 0 < share < kernel.absorbed_fraction:
        raise BadInput(f"a share of {share:g}", allowed=f"more than 0 and less than {kernel.absorbed_fraction:.4f}")
    cumulative = _cumulative(kernel)
    return float(brentq(lambda r: float(cumulative(np.float64(r))) - share, 0.0, kernel.reach_mm, xtol=1e-9))


def sphere_absorbed_fraction(*, kernel: RadialKernel, radius_mm: float, density_g_per_mL: float | None = None) -> float:
    """Share of the emitted energy absorbed in a uniform sphere that lies in the same medium (0 to 1).

    The end of a random segment of length r that starts at a random point of the sphere lies inside the sphere with probability
    1 - 3x/4 + x^3/16, x = r/radius <= 2 (volume shared by two equal spheres r apart); the kernel is integrated against it.

    >>> round(sphere_absorbed_fraction(kernel=point_kernel("Y-90"), radius_mm=10.0), 3)
    0.8
    """
    if not radius_mm > 0:
        raise BadInput(f"sphere of radius {radius_mm} mm", allowed="more than 0 mm")
    density = kernel.density_g_per_mL if density_g_per_mL is None else density_g_per_mL
    edges = np.unique(np.concatenate([np.linspace(0, 2 * radius_mm, 4001), np.linspace(0, min(2 * radius_mm, 15.0), 3001)]))
    energy = np.diff(energy_inside(kernel=kernel, radius_mm=edges, density_g_per_mL=density))
    x = (edges[1:] + edges[:-1]) / 2 / radius_mm
    return float(np.sum(energy * (1 - 0.75 * x + x**3 / 16)))


@lru_cache(maxsize=8)
def _cumulative(kernel: RadialKernel) -> Callable[[Float | np.float64], Float]:
    from scipy.interpolate import PchipInterpolator

    radii = np.array([0.0, *(shell[0] for shell in kernel.shells)])
    shares = np.concatenate([[0.0], np.cumsum([shell[1] for shell in kernel.shells])])
    curve: Callable[[Float | np.float64], Float] = PchipInterpolator(radii, shares)
    return curve
