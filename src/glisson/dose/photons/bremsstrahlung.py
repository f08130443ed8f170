"""Bremsstrahlung: how the radiated energy is spread over photon energies.

Only the shape is taken from here: how much is radiated follows from the radiative stopping power.

References:
    Koch and Motz 1959, formula 3BN (Bethe and Heitler's cross section integrated over angles) with the screening of formula
    3BS(e), and their advice to multiply with the factor of Elwert 1939.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glisson.dose.electrons.stopping import (
    FINE_STRUCTURE,
    AVOGADRO_per_mol,
    CLASSICAL_RADIUS_cm,
    ELECTRON_MeV,
    beta_squared,
    radiative,
)
from glisson.knowledge.media import Medium, elements

Float = NDArray[np.float64]

SCREENING = 111.0
"""Radius of the screened nucleus in Compton wavelengths times Z^(1/3), in Schiff's formula."""
BINS = 64
"""Equally likely bins of photon energy."""
LOWEST_MeV = 0.01
"""Photons below this energy stay where they are radiated; so does the energy of one that falls below it."""
NODES = np.concatenate([np.geomspace(1e-4, 0.02, 80), np.linspace(0.02, 1.0, 400)[1:]])
"""Photon energies as shares of the electron's, where the shape is worked out."""


def born_shape(*, photon_MeV: Float, energy_MeV: float, Z: int) -> Float:
    """Photon energy times cross section per photon energy, in units of Z² r² / 137: 3BN with the logarithm screened.

    Far from the nucleus its electrons hide it: the logarithm stops to grow where the least momentum handed over, p0 - p - k,
    falls below Z^(1/3) / 111. At high energies that is the screening of Schiff's formula 3BS(e), whose k / (2 E0 E) it tends to.

    >>> soft, hard = born_shape(photon_MeV=np.array([0.1, 0.9]), energy_MeV=1.0, Z=8)
    >>> round(float(soft), 1), round(float(hard), 1)
    (17.7, 2.0)
    """
    E0, E, k = _in_rest_energies(photon_MeV, energy_MeV)
    p0, p = np.sqrt(E0**2 - 1.0), np.sqrt(E**2 - 1.0)
    e0, e = 2.0 * np.log(E0 + p0), 2.0 * np.log(E + p)
    least = p0 - p - k
    L = 2.0 * np.log((E0 * E + p0 * p - 1.0) / k) - np.log1p((Z ** (1.0 / 3.0) / (SCREENING * least)) ** 2)
    head = 4.0 / 3.0 - 2.0 * E0 * E * (p**2 + p0**2) / (p * p0) ** 2 + e0 * E / p0**3 + e * E0 / p**3 - e * e0 / (p0 * p)
    inner = (E0 * E + p0**2) / p0**3 * e0 - (E0 * E + p**2) / p**3 * e + 2.0 * k * E0 * E / (p * p0) ** 2
    tail = 8.0 * E0 * E / (3.0 * p0 * p) + k**2 * ((E0 * E) ** 2 + (p0 * p) ** 2) / (p0 * p) ** 3 + k / (2.0 * p0 * p) * inner
    shape: Float = p / p0 * (head + L * tail)
    return shape


def elwert_factor(*, photon_MeV: Float, energy_MeV: float, Z: int) -> Float:
    """What the nucleus adds to the plane waves of Born's approximation: it keeps the shape finite where all energy is radiated.

    >>> float(elwert_factor(photon_MeV=np.array(0.0), energy_MeV=1.0, Z=8))
    1.0
    """
    before = np.sqrt(beta_squared(energy_MeV=np.array(energy_MeV)))
    after = np.sqrt(beta_squared(energy_MeV=energy_MeV - photon_MeV))
    strength = 2.0 * np.pi * FINE_STRUCTURE * Z
    factor: Float = before * np.expm1(-strength / before) / (after * np.expm1(-strength / after))
    return factor


def energy_per_photon_energy(*, photon_MeV: Float, energy_MeV: float, medium: Medium) -> Float:
    """Photon energy times cross section per photon energy of the nuclei of a medium, cm²/g."""
    known = elements().elements
    scale = FINE_STRUCTURE * CLASSICAL_RADIUS_cm**2 * AVOGADRO_per_mol
    total = np.zeros_like(photon_MeV)
    for symbol, weight in medium.weights.items():
        Z = known[symbol].Z
        shape = born_shape(photon_MeV=photon_MeV, energy_MeV=energy_MeV, Z=Z)
        factor = elwert_factor(photon_MeV=photon_MeV, energy_MeV=energy_MeV, Z=Z)
        total += scale * weight * Z**2 / known[symbol].atomic_weight * shape * factor
    return total


class Radiation(NamedTuple):
    """What an electron radiates, cut where photons are no longer worth following.

    Attributes:
        soft_MeV_cm2_per_g: radiative stopping power of photons below the cut.
        photons_per_g_cm2: photons above it, per g/cm².
    """

    soft_MeV_cm2_per_g: Float
    photons_per_g_cm2: Float


def radiation(*, energy_MeV: Float, medium: Medium) -> Radiation:
    """Radiative stopping power in two parts; the energy of both is that of NIST, the shape is that of the formula."""
    whole = radiative(energy_MeV=energy_MeV, medium=medium)
    soft, photons = whole.copy(), np.zeros_like(whole)
    for index, at in enumerate(energy_MeV):
        if at > LOWEST_MeV * 1.01:
            share, density = _density(float(at), medium)
            below = float(np.trapezoid(np.where(share * at < LOWEST_MeV, density, 0.0), share) / np.trapezoid(density, share))
            soft[index] = below * whole[index]
            photons[index] = (1.0 - below) * whole[index] / (at * _mean(photon_quantiles(energy_MeV=float(at), medium=medium)))
    return Radiation(soft, photons)


def photon_quantiles(*, energy_MeV: float, medium: Medium) -> Float:
    """Edges of equally likely bins of the photon's energy above the cut, as shares of the electron's energy."""
    share, density = _density(energy_MeV, medium)
    hard = share * energy_MeV >= LOWEST_MeV
    share, number = share[hard], density[hard] / share[hard]
    cumulative = np.concatenate([[0.0], np.cumsum(0.5 * (number[1:] + number[:-1]) * np.diff(share))])
    edges: Float = np.interp(np.linspace(0.0, 1.0, BINS + 1), cumulative / cumulative[-1], share)
    return edges


def _density(energy_MeV: float, medium: Medium) -> tuple[Float, Float]:
    """(share of the electron's energy, radiated energy per share), the cut among the shares."""
    share = np.unique(np.concatenate([NODES, [LOWEST_MeV / energy_MeV]]))
    share = np.minimum(share[share <= 1.0], 1.0 - 1e-9)
    density = energy_per_photon_energy(photon_MeV=share * energy_MeV, energy_MeV=energy_MeV, medium=medium)
    return share, np.maximum(density, 1e-6 * density.max())


def _mean(edges: Float) -> float:
    """Mean over equally likely bins with straight lines between their edges."""
    return float(np.mean(0.5 * (edges[1:] + edges[:-1])))


def _in_rest_energies(photon_MeV: Float, energy_MeV: float) -> tuple[float, Float, Float]:
    """Total energies before and after, and photon energy, in rest energies of the electron."""
    E0 = energy_MeV / ELECTRON_MeV + 1.0
    k = photon_MeV / ELECTRON_MeV
    return E0, E0 - k, k
