"""Collisions between electrons (Møller): how often energy above a cut is handed over, the spread below it, the angles.

References:
    Møller 1932, cross section for two free electrons; ICRU Report 37.
"""

import numpy as np
from numpy.typing import NDArray

from glisson.dose.electrons.stopping import COLLISION_MeV_cm2_per_mol, ELECTRON_MeV, beta_squared
from glisson.knowledge.media import Medium

Float = NDArray[np.float64]

NODES, WEIGHTS = np.polynomial.legendre.leggauss(48)


def shape(*, loss_MeV: Float, energy_MeV: Float) -> Float:
    """Møller's bracket, 1/MeV²: 1/W² + 1/(T-W)² + 1/(T+m)² - m(2T+m) / ((T+m)² W (T-W)).

    >>> float(round(shape(loss_MeV=np.array(0.5), energy_MeV=np.array(1.0)), 3))
    6.19
    """
    rest = energy_MeV - loss_MeV
    total = energy_MeV + ELECTRON_MeV
    exchange = ELECTRON_MeV * (2.0 * energy_MeV + ELECTRON_MeV) / (total**2 * loss_MeV * rest)
    bracket: Float = 1.0 / loss_MeV**2 + 1.0 / rest**2 + 1.0 / total**2 - exchange
    return bracket


def hard_rate(*, energy_MeV: Float, medium: Medium, cut_MeV: float) -> Float:
    """Collisions per g/cm² that hand over between ``cut_MeV`` and half of the energy."""
    energy_MeV = np.maximum(energy_MeV, 2.0 * cut_MeV)  # below, no collision can hand over so much: an empty integral
    low, high = np.log(cut_MeV), np.log(0.5 * energy_MeV)
    loss = np.exp(0.5 * (high - low)[..., None] * (NODES + 1.0) + low)
    value = shape(loss_MeV=loss, energy_MeV=energy_MeV[..., None]) * loss
    integral = 0.5 * (high - low) * np.sum(WEIGHTS * value, axis=-1)
    rate: Float = _scale(energy_MeV, medium) * integral
    return rate


def soft_variance(*, energy_MeV: Float, medium: Medium, cut_MeV: float) -> Float:
    """Variance of the energy lost in collisions below ``cut_MeV``, MeV² per g/cm²."""
    high = np.minimum(cut_MeV, 0.5 * energy_MeV)
    loss = 0.5 * high[..., None] * (NODES + 1.0)
    value = shape(loss_MeV=loss, energy_MeV=energy_MeV[..., None]) * loss**2
    variance: Float = _scale(energy_MeV, medium) * 0.5 * high * np.sum(WEIGHTS * value, axis=-1)
    return variance


def soft_deflection(*, energy_MeV: float, cut_MeV: float) -> float:
    """1 - cosine of the primary electron's angle when it hands over ``cut_MeV`` (at most half of its energy).

    >>> round(soft_deflection(energy_MeV=1e-3, cut_MeV=1.0), 2)  # half of a slow electron's energy: 45 degrees
    0.29
    """
    loss = min(cut_MeV, 0.5 * energy_MeV)
    rest = energy_MeV - loss
    squared = rest * (energy_MeV + 2.0 * ELECTRON_MeV) / (energy_MeV * (rest + 2.0 * ELECTRON_MeV))
    return float(1.0 - np.sqrt(squared))


def _scale(energy_MeV: Float, medium: Medium) -> Float:
    scale: Float = COLLISION_MeV_cm2_per_mol * medium.electrons_per_weight / beta_squared(energy_MeV=energy_MeV)
    return scale
