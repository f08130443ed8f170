"""Energy spectra of beta particles by Fermi's theory, from end points and intensities.

Phase space, the Fermi function of a nucleus of finite size, the screening by the atom's electrons, and, for transitions that
change the spin by two units and the parity (unique first forbidden), the shape that the angular momentum gives.

References:
    Behrens and Jänecke 1969 (generalised Fermi functions, shape of unique forbidden transitions); Rose 1936 (screening).
"""

import numpy as np
from numpy.typing import NDArray

from glisson.dose.electrons.stopping import FINE_STRUCTURE, ELECTRON_MeV
from glisson.knowledge.spectra import BetaSpectrum, Branch, Decay, Shape, beta_spectra, decays

Float = NDArray[np.float64]

COMPTON_fm = 386.15926796
"""Reduced Compton wavelength of the electron (CODATA 2018)."""
RADIUS_fm = 1.2
"""Nuclear radius per cube root of the mass number."""
POINTS = 400


def branch_density(*, energy_MeV: Float, endpoint_MeV: float, Z: int, A: int, shape: Shape) -> Float:
    """Spectrum of one branch, any scale, at kinetic energies up to the end point.

    Args:
        energy_MeV: kinetic energies.
        endpoint_MeV: largest kinetic energy.
        Z: charge of the daughter nucleus.
        A: mass number.
        shape: "allowed" or "unique-first-forbidden".
    """
    total = energy_MeV / ELECTRON_MeV + 1.0
    neutrino = np.maximum(endpoint_MeV - energy_MeV, 0.0) / ELECTRON_MeV
    shift = 1.13 * FINE_STRUCTURE**2 * Z ** (4.0 / 3.0)
    inner = np.maximum(total - shift, 1.0 + 1e-4)  # as the nucleus sees it: the electrons' cloud takes some of the pull away
    momentum = np.sqrt(inner**2 - 1.0)
    density = momentum * inner * neutrino**2 * _fermi(1, inner, Z, A)
    if shape == "unique-first-forbidden":
        gamma1, gamma2 = _gamma(1, Z), _gamma(2, Z)
        ratio = _fermi(2, inner, Z, A) / _fermi(1, inner, Z, A) * (2.0 + gamma2) / (2.0 * (1.0 + gamma1))
        density = density * (neutrino**2 + ratio * momentum**2)
    found: Float = density
    return found


def branch_mean_MeV(*, endpoint_MeV: float, Z: int, A: int, shape: Shape) -> float:
    """Mean energy of the beta particles of one branch.

    >>> round(branch_mean_MeV(endpoint_MeV=2.2787, Z=40, A=90, shape="unique-first-forbidden"), 3)
    0.934
    """
    energy, weight = _nodes(endpoint_MeV)
    density = weight * branch_density(energy_MeV=energy, endpoint_MeV=endpoint_MeV, Z=Z, A=A, shape=shape)
    return float(np.sum(energy * density) / np.sum(density))


def spectrum_of(nuclide: str) -> BetaSpectrum | None:
    """The beta spectrum of a nuclide: the tabulated one, or one worked out from its branches; ``None`` if neither is known.

    >>> spectrum = spectrum_of("Ho-166")
    >>> round(spectrum.mean_MeV, 3)
    0.666
    """
    if nuclide in beta_spectra():
        return beta_spectra()[nuclide]
    return None if nuclide not in decays() else _spectrum(decays()[nuclide])


def local_MeV(nuclide: str) -> float:
    """Energy of conversion and Auger electrons per beta particle, MeV: they stay within a tenth of a millimetre.

    >>> round(local_MeV("Ho-166"), 4), local_MeV("Y-90")
    (0.031, 0.0)
    """
    decay = decays().get(nuclide)
    return 0.0 if decay is None else decay.line_electrons_MeV / sum(branch.per_decay for branch in decay.branches)


def _spectrum(decay: Decay) -> BetaSpectrum:
    last = max(branch.endpoint_MeV for branch in decay.branches)
    energy = np.linspace(0.0, last, POINTS + 1)
    density = np.zeros_like(energy)
    for branch in decay.branches:
        nodes, weight = _nodes(branch.endpoint_MeV)
        area = float(np.sum(weight * _of(branch, decay, nodes)))
        inside = energy < branch.endpoint_MeV
        density[inside] += branch.per_decay / area * _of(branch, decay, energy[inside])
    return BetaSpectrum(
        id=decay.id,
        nuclide=decay.nuclide,
        endpoint_MeV=last,
        source=decay.source,
        place=decay.place,
        evidence=decay.evidence,
        note="worked out by Fermi's theory from end points and intensities",
        points=tuple((float(at), float(value)) for at, value in zip(energy, density, strict=True)),
    )


def _of(branch: Branch, decay: Decay, energy_MeV: Float) -> Float:
    return branch_density(
        energy_MeV=energy_MeV, endpoint_MeV=branch.endpoint_MeV, Z=decay.daughter_Z, A=decay.mass_number, shape=branch.shape
    )


def _nodes(endpoint_MeV: float) -> tuple[Float, Float]:
    node, weight = np.polynomial.legendre.leggauss(120)
    return 0.5 * endpoint_MeV * (node + 1.0), 0.5 * endpoint_MeV * weight


def _gamma(k: int, Z: int) -> float:
    return float(np.sqrt(k**2 - (FINE_STRUCTURE * Z) ** 2))


def _fermi(k: int, total: Float, Z: int, A: int) -> Float:
    """Generalised Fermi function F_(k-1) of the total energy in rest energies."""
    from scipy.special import gamma, loggamma

    power, momentum = _gamma(k, Z), np.sqrt(total**2 - 1.0)
    radius = RADIUS_fm * A ** (1.0 / 3.0) / COMPTON_fm
    strength = FINE_STRUCTURE * Z * total / momentum
    odd = float(np.prod(np.arange(1, 2 * k, 2)))
    size = (2.0 * momentum * radius) ** (2.0 * (power - k))
    waves = np.exp(np.pi * strength + 2.0 * np.real(loggamma(power + 1j * strength)))
    value: Float = (k * odd) ** 2 * 4.0**k * size * waves / gamma(1.0 + 2.0 * power) ** 2
    return value
