"""The walk of photons that electrons radiate: they scatter until they are absorbed or leave.

An electron radiates a photon at random, by the radiative stopping power, and loses its energy. The direction is that of a
dipole that moves with the electron. The photon flies, scatters on free electrons (Klein and Nishina) at the rate of the
tabulated incoherent scattering, and is absorbed at the rate of the photoelectric effect. What it hands over stays where it
interacts. No energy is made or lost: all of it ends in voxels or in the ledger.

Photons have random streams of their own: whether they are followed or not, electrons take the same ways.

References:
    Klein and Nishina 1929; Butcher and Messel 1960 (sampling by two parts and a rejection); Acosta, Llovet and Salvat 2002.
"""

import math
from typing import Any

import numpy as np

from glisson.dose.electrons.stopping import ELECTRON_MeV as _ELECTRON
from glisson.dose.electrons.stream import ANGLES, BREMSSTRAHLUNG, LOW_HALF, STRIDE, UNIT, Jit, deflect, splitmix
from glisson.dose.photons.attenuation import ENERGIES, HIGHEST_MeV
from glisson.dose.photons.attenuation import ELECTRON_GRID_MeV as _GRID
from glisson.dose.photons.bremsstrahlung import BINS, LOWEST_MeV

LOG_LOWEST = math.log(LOWEST_MeV)
PER_LOG = (ENERGIES - 1) / (math.log(HIGHEST_MeV) - LOG_LOWEST)
OTHER_STREAM = 0xA0761D6478BD642F
"""Sets the streams of photons apart from those of electrons."""


def dipole(energy: float, r1: float, r2: float, r3: float) -> float:
    """1 - cosine of the angle between an electron and the photon it radiates: a dipole in its own frame, thrown forward."""
    cosine = 2.0 * r1 - 1.0
    if r2 < 0.25:  # 1 + cosine² is three quarters even and one quarter 3 cosine², whose root is a cube root
        cosine = math.copysign(r3 ** (1.0 / 3.0), cosine)
    total = energy / _ELECTRON + 1.0
    speed = math.sqrt(1.0 - 1.0 / (total * total))
    return (1.0 - cosine) * (1.0 - speed) / (1.0 + speed * cosine)


def remaining(energy: float, r1: float, r2: float, r3: float) -> float:
    """Energy of a photon after a Compton collision, from two simple parts and a rejection; 0 when the draw is rejected."""
    least = 1.0 / (1.0 + 2.0 * energy / _ELECTRON)
    first, second = -math.log(least), 0.5 * (1.0 - least * least)
    share = math.exp(-first * r2) if r1 * (first + second) < first else math.sqrt(least * least + (1.0 - least * least) * r2)
    t = _ELECTRON * (1.0 - share) / (energy * share)
    likely = 1.0 - share * t * (2.0 - t) / (1.0 + share * share)
    return share * energy if r3 < likely else 0.0


def build_scatter(jit: Jit) -> Any:
    """The function that draws the energy of a photon after a Compton collision."""
    scramble, rest_of = jit(splitmix), jit(remaining)

    def scatter(state: Any, energy: float) -> Any:
        rest = 0.0
        while rest == 0.0:
            state += np.uint64(STRIDE)
            bits = scramble(state)
            r1, r2 = float(np.int64(bits >> np.uint64(32))) * UNIT, float(np.int64(bits & np.uint64(LOW_HALF))) * UNIT
            state += np.uint64(STRIDE)
            rest = rest_of(energy, r1, r2, float(np.int64(scramble(state) >> np.uint64(32))) * UNIT)
        return state, rest

    return jit(scatter)


def build_wander(jit: Jit, travel: Any, stay: Any) -> Any:
    """The function that takes one photon to its end."""
    scramble, turned, scatter = jit(splitmix), jit(deflect), build_scatter(jit)

    def wander(
        geometry: Any, light: Any, directions: Any, score: Any, ledger: Any, state: Any,
        x: float, y: float, z: float, u: float, v: float, w: float, i: int, j: int, k: int, energy: float,
    ) -> None:  # fmt: skip
        while energy > LOWEST_MeV:
            state += np.uint64(STRIDE)
            bits = scramble(state)
            depth = -math.log((float(np.int64(bits >> np.uint64(32))) + 0.5) * UNIT)
            chance = float(np.int64(bits & np.uint64(LOW_HALF))) * UNIT
            at = (math.log(energy) - LOG_LOWEST) * PER_LOG
            x, y, z, i, j, k, left = travel(geometry, light, x, y, z, u, v, w, i, j, k, at, depth)
            if left > 0.0:
                ledger[BREMSSTRAHLUNG] += energy
                return
            medium = geometry.medium[(k * geometry.counts[1] + j) * geometry.counts[0] + i]
            if chance < light.absorbed[medium, int(at + 0.5)]:
                break
            state, rest = scatter(state, energy)
            state += np.uint64(STRIDE)
            around = np.int64(scramble(state) >> np.uint64(53))
            u, v, w = turned(u, v, w, _ELECTRON * (energy - rest) / (energy * rest), directions[around % ANGLES])
            stay(geometry, score, x, y, z, i, j, k, energy - rest)
            energy = rest
        stay(geometry, score, x, y, z, i, j, k, energy)

    return jit(wander)


def build_shine(jit: Jit, travel: Any, stay: Any) -> Any:
    """The function that lets an electron of ``energy`` MeV that flies along (u, v, w) radiate a photon; returns its energy.

    Args:
        jit: compiles a function.
        travel: ``travel(geometry, light, x, y, z, u, v, w, i, j, k, at, depth)`` moves a photon through ``depth`` mean free
            paths; returns x, y, z, i, j, k and the depth left, which is above 0 when the photon left the geometry.
        stay: as in ``build_walk``.
    """
    scramble, turned, angle = jit(splitmix), jit(deflect), jit(dipole)
    wander = build_wander(jit, jit(travel), jit(stay))

    def shine(
        geometry: Any, light: Any, directions: Any, score: Any, ledger: Any, state: Any,
        x: float, y: float, z: float, u: float, v: float, w: float, i: int, j: int, k: int, energy: float,
    ) -> Any:  # fmt: skip
        state = scramble(state ^ np.uint64(OTHER_STREAM))
        bits = scramble(state)
        near, draw = float(np.int64(bits >> np.uint64(32))) * UNIT, float(np.int64(bits & np.uint64(LOW_HALF))) * UNIT * BINS
        medium = geometry.medium[(k * geometry.counts[1] + j) * geometry.counts[0] + i]
        shares = light.shares[medium, int(energy / _GRID + near)]
        bin_ = int(draw)
        photon = energy * (shares[bin_] + np.float64(shares[bin_ + 1] - shares[bin_]) * (draw - bin_))
        if not light.followed:
            ledger[BREMSSTRAHLUNG] += photon
            return photon
        state += np.uint64(STRIDE)
        bits = scramble(state)
        r1, r2 = float(np.int64(bits >> np.uint64(32))) * UNIT, float(np.int64(bits & np.uint64(LOW_HALF))) * UNIT
        state += np.uint64(STRIDE)
        bits = scramble(state)
        r3, around = float(np.int64(bits >> np.uint64(32))) * UNIT, np.int64(bits & np.uint64(LOW_HALF)) % ANGLES
        u, v, w = turned(u, v, w, angle(energy, r1, r2, r3), directions[around])
        wander(geometry, light, directions, score, ledger, state, x, y, z, u, v, w, i, j, k, photon)
        return photon

    return jit(shine)
