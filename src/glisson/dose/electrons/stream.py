"""What every walk shares: random numbers, turns of a direction, the places of the ledger."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Jit = Callable[[Any], Any]

BREMSSTRAHLUNG, OVER_EDGE, EMITTED = 0, 1, 2
"""Places in the ledger, MeV: photons that left or were not followed, electrons that left, emitted."""
PLACES = 3
STRIDE = 0x9E3779B97F4A7C15
"""Odd number between two states of a random stream (splitmix64)."""
LOW_HALF = 0xFFFFFFFF
UNIT = 1.0 / 4294967296.0
"""A draw has 32 bits."""
ANGLES = 2048
_azimuth = 2.0 * np.pi * (np.arange(ANGLES) + 0.5) / ANGLES
DIRECTIONS = np.stack([np.cos(_azimuth), np.sin(_azimuth)], axis=1)


def empty_ledger() -> NDArray[np.float64]:
    """A ledger with nothing in it."""
    return np.zeros(PLACES)


def splitmix(state: np.uint64) -> np.uint64:
    """Scramble 64 bits (the finaliser of splitmix64)."""
    z = state
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def deflect(u: float, v: float, w: float, t: float, direction: Any) -> tuple[float, float, float]:
    """Turn the unit vector (u, v, w) by the angle whose cosine is 1 - t, around itself by (cosine, sine) = ``direction``."""
    sine = math.sqrt(max(t * (2.0 - t), 0.0))
    a, b = sine * direction[0], sine * direction[1]
    cosine = 1.0 - t
    across2 = u * u + v * v
    if across2 < 1e-12:
        return a, b, math.copysign(cosine, w)
    across = math.sqrt(across2)
    inverse = 1.0 / across
    nu = u * cosine + (u * w * a - v * b) * inverse
    nv = v * cosine + (v * w * a + u * b) * inverse
    nw = w * cosine - across * a
    length = 1.5 - 0.5 * (nu * nu + nv * nv + nw * nw)
    return nu * length, nv * length, nw * length
