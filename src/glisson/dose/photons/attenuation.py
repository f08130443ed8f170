"""Attenuation of photons in media, and the tables that their walk looks up."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glisson.dose.electrons.stopping import ELECTRON_MeV
from glisson.dose.photons.bremsstrahlung import BINS, LOWEST_MeV, photon_quantiles
from glisson.knowledge.media import Medium
from glisson.knowledge.photons import photon_table

Float = NDArray[np.float64]

HIGHEST_MeV = 3.0
ENERGIES = 256
SLOWEST_MeV, ELECTRON_GRID_MeV = 0.02, 0.05
"""Energies of radiating electrons for which the photon energies are tabulated: every 50 keV."""


class Light(NamedTuple):
    """Numbers for the walk of photons; photon energies on an even grid of logarithms.

    Attributes:
        attenuation: (medium, energy) cm²/g, coherent scattering and pairs left out.
        absorbed: (medium, energy) share of the interactions that are photoelectric.
        shares: (medium, electron energy, bin) edges of equally likely photon energies, as shares of the electron's.
        followed: whether photons are followed.
    """

    attenuation: Float
    absorbed: Float
    shares: NDArray[np.float32]
    followed: bool


def incoherent(*, energy_MeV: Float, medium: Medium) -> Float:
    """Incoherent scattering, cm²/g, elements added by weight.

    >>> from glisson.knowledge.media import medium
    >>> round(float(incoherent(energy_MeV=np.array(1.0), medium=medium("water"))), 4)  # XCOM: 0.0707
    0.0707
    """
    return _by_weight("incoherent_cm2_per_g", energy_MeV, medium)


def photoelectric(*, energy_MeV: Float, medium: Medium) -> Float:
    """Photoelectric absorption, cm²/g, elements added by weight.

    >>> from glisson.knowledge.media import medium
    >>> round(float(photoelectric(energy_MeV=np.array(0.02), medium=medium("water"))), 3)  # XCOM: 0.544
    0.544
    """
    return _by_weight("photoelectric_cm2_per_g", energy_MeV, medium)


def kept_fraction(*, energy_MeV: float) -> float:
    """Mean share of its energy that a photon hands over in a Compton collision with a free electron (Klein and Nishina).

    >>> round(kept_fraction(energy_MeV=1.0), 2)
    0.44
    """
    cosine, weights = np.polynomial.legendre.leggauss(64)
    ratio = 1.0 / (1.0 + energy_MeV / ELECTRON_MeV * (1.0 - cosine))
    section = ratio**2 * (ratio + 1.0 / ratio - 1.0 + cosine**2)
    return float(np.sum(weights * section * (1.0 - ratio)) / np.sum(weights * section))


def make_light(media: Sequence[Medium], top_MeV: float, *, followed: bool) -> Light:
    """The tables of these media, in this order, for electrons up to ``top_MeV``."""
    energy = np.geomspace(LOWEST_MeV, HIGHEST_MeV, ENERGIES)
    electrons = np.maximum(np.arange(int(np.ceil(top_MeV / ELECTRON_GRID_MeV)) + 2) * ELECTRON_GRID_MeV, SLOWEST_MeV)
    attenuation, absorbed = (np.zeros((len(media), ENERGIES)) for _ in range(2))
    shares = np.zeros((len(media), electrons.size, BINS + 1), np.float32)
    for m, medium in enumerate(media):
        absorption = photoelectric(energy_MeV=energy, medium=medium)
        attenuation[m] = absorption + incoherent(energy_MeV=energy, medium=medium)
        absorbed[m] = absorption / attenuation[m]
        for e, at in enumerate(electrons):
            shares[m, e] = photon_quantiles(energy_MeV=float(at), medium=medium)
    return Light(attenuation, absorbed, shares, followed)


def _by_weight(column: str, energy_MeV: Float, medium: Medium) -> Float:
    table = photon_table()
    at, known = np.log(energy_MeV), np.log(table.energies_MeV)
    total = np.zeros_like(at)
    for symbol, weight in medium.weights.items():
        total += weight * np.exp(np.interp(at, known, np.log(getattr(table.elements[symbol], column))))
    return total
