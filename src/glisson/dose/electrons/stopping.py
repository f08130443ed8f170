"""Mass stopping power of electrons: collision with density effect, whole or restricted, and radiative. MeV cm²/g, energies in MeV.

References:
    ICRU Report 37 (1984), chapter on collision stopping powers; Sternheimer's oscillators for the density effect (1984);
    NIST ESTAR for the radiative part of each element, added by weight.
"""

import numpy as np
from numpy.typing import NDArray

from glisson.knowledge.media import Medium, elements

Float = NDArray[np.float64]

ELECTRON_MeV = 0.51099895069
"""Rest energy of the electron (CODATA 2022)."""
CLASSICAL_RADIUS_cm = 2.8179403205e-13
"""Classical electron radius (CODATA 2022)."""
AVOGADRO_per_mol = 6.02214076e23
"""Exact (SI, 2019)."""
FINE_STRUCTURE = 7.2973525643e-3
"""Fine-structure constant (CODATA 2022)."""
COLLISION_MeV_cm2_per_mol = 2.0 * np.pi * CLASSICAL_RADIUS_cm**2 * ELECTRON_MeV * AVOGADRO_per_mol
"""2 pi re² mc² NA = 0.1535 MeV cm²/mol, the scale of every collision with atomic electrons."""


PLASMA_eV = 28.816
"""Plasma energy of one mole of electrons per mL, eV: hbar times the square root of 4 pi n re c²."""


def beta_squared(*, energy_MeV: Float) -> Float:
    """(v/c)² of an electron.

    >>> round(float(beta_squared(energy_MeV=np.array(0.51099895069))), 4)
    0.75
    """
    tau = energy_MeV / ELECTRON_MeV
    squared: Float = tau * (tau + 2.0) / (tau + 1.0) ** 2
    return squared


def density_effect(*, energy_MeV: Float, medium: Medium) -> Float:
    """Density-effect correction delta from an oscillator for every subshell.

    The binding energies are scaled so that the oscillators give the medium's mean excitation energy; then, at each speed, one
    equation is solved for the frequency L below which the medium screens.

    >>> from glisson.knowledge.media import medium
    >>> round(float(density_effect(energy_MeV=np.array([1.0]), medium=medium("water"))[0]), 2)  # ESTAR: 0.2428
    0.24

    References:
        Sternheimer, Berger, Seltzer 1984 and the papers named there; binding energies of Carlson 1975.
    """
    from scipy.optimize import brentq

    shares, bound, resonance = _oscillators(medium)
    delta = np.zeros_like(energy_MeV)
    for index, beta2 in np.ndenumerate(beta_squared(energy_MeV=energy_MeV)):
        wanted = 1.0 / beta2 - 1.0
        if wanted >= float(np.sum(shares / bound)):
            continue
        L2 = brentq(lambda x, wanted=wanted: float(np.sum(shares / (bound + x))) - wanted, 0.0, 2.0 / wanted, xtol=1e-12)
        delta[index] = np.sum(shares * np.log1p(L2 / resonance)) - L2 * (1.0 - beta2)
    return delta


def _oscillators(medium: Medium) -> tuple[Float, Float, Float]:
    """Share of the electrons, squared bound and resonance frequencies in plasma frequencies, of every subshell."""
    from scipy.optimize import brentq

    known = elements().elements
    shares, binding_eV = [], []
    for symbol, weight in medium.weights.items():
        for number, energy_eV in known[symbol].shells:
            shares.append(weight * number / known[symbol].atomic_weight / medium.electrons_per_weight)
            binding_eV.append(energy_eV)
    f, e2 = np.array(shares), np.array(binding_eV) ** 2
    plasma2 = PLASMA_eV**2 * medium.nominal_density_g_per_mL * medium.electrons_per_weight

    def excess(scale: float) -> float:
        return float(0.5 * np.sum(f * np.log(e2 * scale**2 + 2.0 / 3.0 * f * plasma2)) - np.log(medium.mean_excitation_eV))

    scale = brentq(excess, 0.1, 20.0, xtol=1e-12)
    bound = e2 * scale**2 / plasma2
    return f, bound, bound + 2.0 / 3.0 * f


def collision(*, energy_MeV: Float, medium: Medium, cut_MeV: float = np.inf) -> Float:
    """Collision mass stopping power, of losses up to ``cut_MeV`` per collision (at most half of the energy).

    >>> from glisson.knowledge.media import medium
    >>> round(float(collision(energy_MeV=np.array([1.0]), medium=medium("water"))[0]), 3)  # ESTAR: 1.849
    1.849

    References:
        ICRU Report 37, equations for F(-) and for the restricted stopping power after Berger and Seltzer.
    """
    tau = energy_MeV / ELECTRON_MeV
    eta = np.minimum(cut_MeV / ELECTRON_MeV, 0.5 * tau)
    beta2 = beta_squared(energy_MeV=energy_MeV)
    excitation = medium.mean_excitation_eV * 1e-6 / ELECTRON_MeV
    exchange = (
        -1.0
        - beta2
        + np.log((tau - eta) * eta)
        + tau / (tau - eta)
        + (0.5 * eta**2 + (2.0 * tau + 1.0) * np.log(1.0 - eta / tau)) / (tau + 1.0) ** 2
    )
    delta = density_effect(energy_MeV=energy_MeV, medium=medium)
    number = np.log(2.0 * (tau + 2.0) / excitation**2) + exchange - delta
    stopping: Float = COLLISION_MeV_cm2_per_mol * medium.electrons_per_weight / beta2 * number
    return stopping


def radiative(*, energy_MeV: Float, medium: Medium) -> Float:
    """Radiative mass stopping power, elements added by weight.

    >>> from glisson.knowledge.media import medium
    >>> round(float(radiative(energy_MeV=np.array(1.0), medium=medium("water"))), 4)  # ESTAR: 0.0128
    0.0128
    """
    table = elements()
    known = np.log(table.energies_MeV)
    at = np.log(energy_MeV)
    total = np.zeros_like(at)
    for symbol, weight in medium.weights.items():
        values = np.log(table.elements[symbol].radiative_MeV_cm2_per_g)
        total += weight * np.exp(np.interp(at, known, values))
    return total
