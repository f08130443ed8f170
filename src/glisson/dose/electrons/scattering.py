"""Angles of electrons: the elastic cross section with spin, its transport moments, and the angle after many collisions.

The nuclei scatter as a Coulomb field screened by the atom's electrons, times the Mott factor in the approximation of McKinley
and Feshbach, good for the light elements of tissue (Z up to 20). The atomic electrons scatter one by one, up to the angle that
belongs to the largest energy handed over in a collision that is not followed on its own.

References:
    Salvat et al. 1987 (screening function); McKinley and Feshbach 1948 (second Born approximation of the Mott factor);
    Goudsmit and Saunderson 1940 (series of the angle after many collisions).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from glisson.dose.electrons.moller import soft_deflection
from glisson.dose.electrons.stopping import (
    FINE_STRUCTURE,
    AVOGADRO_per_mol,
    CLASSICAL_RADIUS_cm,
    ELECTRON_MeV,
    beta_squared,
)
from glisson.knowledge.media import Element, Medium, elements

Float = NDArray[np.float64]

NODES, WEIGHTS = np.polynomial.legendre.leggauss(160)
SMALLEST = 1e-12
"""1 - cosine below which scattering is left out: far inside the screened part of every atom."""


@dataclass(frozen=True)
class Target:
    """An atom as an electron of one energy sees it.

    Attributes:
        Z: charge of the nucleus.
        beta2: (v/c)² of the electron.
        reach: squared momentum transfer per t = 1 - cosine, in atomic units: q² = reach t.
        screening: (A, alpha) of each term of the screening function.
    """

    Z: int
    beta2: float
    reach: float
    screening: tuple[tuple[float, float], ...]

    @classmethod
    def of(cls, element: Element, energy_MeV: float) -> "Target":
        """The atom as an electron of ``energy_MeV`` sees it."""
        beta2 = float(beta_squared(energy_MeV=np.array(energy_MeV)))
        momentum2 = energy_MeV * (energy_MeV + 2.0 * ELECTRON_MeV) / ELECTRON_MeV**2
        return cls(element.Z, beta2, 2.0 * momentum2 / FINE_STRUCTURE**2, element.screening)

    def form_factor(self, t: Float) -> Float:
        """Share of the atomic electrons that screen the nucleus at t = 1 - cosine: 1 at small angles, 0 at large ones."""
        q2 = self.reach * t
        total = np.zeros_like(t)
        for amount, alpha in self.screening:
            total += amount * alpha**2 / (alpha**2 + q2)
        return total

    def mott(self, t: Float) -> Float:
        """Mott over Rutherford cross section at t = 1 - cosine.

        >>> float(Target(8, 0.0, 1e5, ()).mott(np.array(1.0)))  # no spin effect on slow electrons
        1.0
        """
        half = np.sqrt(t / 2.0)
        beta = np.sqrt(self.beta2)
        factor: Float = 1.0 - self.beta2 * half**2 + np.pi * FINE_STRUCTURE * self.Z * beta * half * (1.0 - half)
        return factor

    def elastic(self, t: Float) -> Float:
        """Elastic cross section per unit of cosine, cm²: first Born approximation with screening, times the Mott factor."""
        section: Float = self._rutherford(t) * self.Z**2 * (1.0 - self.form_factor(t)) ** 2 * self.mott(t)
        return section

    def inelastic(self, t: Float) -> Float:
        """Cross section per unit of cosine, cm², of scattering on the atomic electrons, one by one: Z (1 - f²)."""
        section: Float = self._rutherford(t) * self.Z * (1.0 - self.form_factor(t) ** 2)
        return section

    def _rutherford(self, t: Float) -> Float:
        scale = 2.0 * np.pi * CLASSICAL_RADIUS_cm**2 * (1.0 - self.beta2) / self.beta2**2
        section: Float = scale / t**2
        return section


def transport_moments(*, energy_MeV: float, medium: Medium, orders: int, cut_MeV: float) -> Float:
    """G_l for l = 0 ... ``orders``, 1/(g/cm²): atoms per gram times the integral of the cross section times 1 - P_l(cosine)."""
    total = np.zeros(orders + 1)
    whole, whole_weights, whole_legendre = _whole_angle(orders)
    soft, soft_weights = _nodes(soft_deflection(energy_MeV=energy_MeV, cut_MeV=cut_MeV))
    nuclear, electronic = np.zeros_like(whole), np.zeros_like(soft)
    for symbol, weight in medium.weights.items():
        element = elements().elements[symbol]
        atoms_per_g = weight * AVOGADRO_per_mol / element.atomic_weight
        target = Target.of(element, energy_MeV)
        nuclear += atoms_per_g * target.elastic(whole)
        electronic += atoms_per_g * target.inelastic(soft)
    total += whole_legendre @ (whole_weights * nuclear)
    total += _one_minus_legendre(soft, orders) @ (soft_weights * electronic)
    return total


def _nodes(largest: float) -> tuple[Float, Float]:
    """(t, weights) of an integral over t = 1 - cosine, fine at small angles where the cross section is steep."""
    low, high = np.log(SMALLEST), np.log(largest)
    t = np.exp(low + 0.5 * (high - low) * (NODES + 1.0))
    return t, 0.5 * (high - low) * WEIGHTS * t


def quantiles_of_angle(moments: Float, probabilities: Float) -> Float:
    """1 - cosine below which the given shares of electrons lie after a path with K_l = ``moments`` (Goudsmit-Saunderson)."""
    orders = len(moments) - 1
    t, differences = _angle_grid(orders)
    cumulative = 0.5 * t + 0.5 * (np.exp(-moments[1:]) @ differences)
    rising = np.maximum.accumulate(np.clip(cumulative, 0.0, 1.0))
    rising += np.linspace(0.0, 1e-12, rising.size)
    return np.interp(probabilities, rising / rising[-1], t)


@cache
def _angle_grid(orders: int) -> tuple[Float, Float]:
    """Values t = 1 - cosine from 0 to 2, and P_(l-1) - P_(l+1) there for l = 1 ... ``orders``."""
    t = np.concatenate([[0.0], np.geomspace(1e-5, 2.0, 700)])
    legendre = 1.0 - _one_minus_legendre(t, orders + 1)
    return t, legendre[:orders] - legendre[2:]


@cache
def _whole_angle(orders: int) -> tuple[Float, Float, Float]:
    """Nodes and weights of an integral over all angles, and 1 - P_l there."""
    t, weights = _nodes(2.0)
    return t, weights, _one_minus_legendre(t, orders)


def _one_minus_legendre(t: Float, orders: int) -> Float:
    """(orders + 1, t) values of 1 - P_l(1 - t), by a recurrence without cancellation at small t.

    >>> [round(float(value), 6) for value in _one_minus_legendre(np.array([0.5]), 2)[:, 0]]
    [0.0, 0.5, 1.125]
    """
    q = np.zeros((orders + 1, t.size))
    difference = t.astype(np.float64)
    if orders:
        q[1] = t
    for l in range(1, orders):
        difference = (l * difference + (2 * l + 1) * t * (1.0 - q[l])) / (l + 1)
        q[l + 1] = q[l] + difference
    return q
