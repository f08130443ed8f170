"""The walk of electrons: condensed steps with a random hinge, hard collisions one by one, energy scored along straight legs.

One step: the electron flies a random share of the step, is deflected by the angle that the whole step gives (and may have one
hard collision there), and flies the rest. The hinge is equally likely anywhere along the energy lost in the step, so the mean
deflection and the rate of hard collisions are right also where a step crosses from one medium into another.

``build_walk`` makes the walk for a processor and a geometry: ``jit`` compiles, ``fly`` moves an electron in a straight line
and scores, ``stay`` scores what is left where it stops. The functions are plain Python and run without a compiler too.

References:
    Fernández-Varea et al. 1993 (random hinge); Møller 1932 (collisions and their angles).
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from glisson.dose.electrons.stopping import ELECTRON_MeV as _ELECTRON
from glisson.dose.electrons.tables import BINS as _BINS
from glisson.dose.electrons.tables import GRID_MeV as _GRID

Jit = Callable[[Any], Any]

PER_MeV = 1.0 / _GRID
STACK = 64
"""Struck electrons that wait at most; a walk of 2.3 MeV cannot fill it."""
BREMSSTRAHLUNG, OVER_EDGE, EMITTED = 0, 1, 2
"""Places in the ledger, MeV."""
ANGLES = 2048
_azimuth = 2.0 * np.pi * (np.arange(ANGLES) + 0.5) / ANGLES
DIRECTIONS = np.stack([np.cos(_azimuth), np.sin(_azimuth)], axis=1)


def splitmix(state: np.uint64) -> np.uint64:
    """Scramble 64 bits (the finaliser of splitmix64)."""
    z = state
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def build_walk(jit: Jit, fly: Any, stay: Any) -> Any:
    """The function ``follow`` that takes one electron and everything it strikes to rest.

    Args:
        jit: compiles a function.
        fly: ``fly(geometry, tables, score, ledger, x, y, z, u, v, w, i, j, k, energy, loss, stretch)`` moves an electron
            until it has lost ``loss``; returns x, y, z, i, j, k and the energy left, which is negative when the electron
            left the geometry.
        stay: ``stay(geometry, score, x, y, z, i, j, k, energy)`` scores energy at a point.
    """
    scramble = jit(splitmix)

    def deflect(u: float, v: float, w: float, t: float, direction: Any) -> tuple[float, float, float]:
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

    deflect = jit(deflect)

    def handed_over(energy: float, least: float, r1: float, r2: float) -> float:
        """Energy of a struck electron, or 0 when the draw is rejected."""
        high = 0.5 * energy
        lost = least * high / (high - r1 * (high - least))
        rest = energy - lost
        total = energy + _ELECTRON
        bracket = (
            1.0
            + (lost / rest) ** 2
            + (lost / total) ** 2
            - _ELECTRON * (2.0 * energy + _ELECTRON) * lost / (total * total * rest)
        )
        return lost if r2 * 2.5 < bracket else 0.0

    handed_over = jit(handed_over)

    def follow(
        geometry: Any,
        tables: Any,
        directions: Any,
        score: Any,
        ledger: Any,
        stack: Any,
        state: Any,
        x: float,
        y: float,
        z: float,
        u: float,
        v: float,
        w: float,
        i: int,
        j: int,
        k: int,
        energy: float,
    ) -> None:
        golden = np.uint64(0x9E3779B97F4A7C15)
        mask = np.uint64(0xFFFFFFFF)
        unit = 1.0 / 4294967296.0
        waiting = 0
        while True:
            while energy > tables.cut_MeV:
                state += golden
                bits = scramble(state)
                hinge = float(np.int64(bits >> np.uint64(32))) * unit
                draw = 2.0 * float(np.int64(bits & mask)) * unit - 1.0
                state += golden
                bits = scramble(state)
                angle = float(np.int64(bits >> np.uint64(32))) * unit
                chance = float(np.int64(bits & mask)) * unit
                state += golden
                bits = scramble(state)
                turn = np.int64(bits >> np.uint64(53))
                jitter = float(np.int64(bits & mask)) * unit
                at = energy * PER_MeV
                node = int(at)
                part = at - node
                mean = tables.step_MeV[node] * (1.0 - part) + tables.step_MeV[node + 1] * part
                medium = geometry.medium[(k * geometry.counts[1] + j) * geometry.counts[0] + i]
                stretch = 1.0 + tables.spread[medium, node] * draw
                loss = mean * stretch
                x, y, z, i, j, k, energy = fly(
                    geometry, tables, score, ledger, x, y, z, u, v, w, i, j, k, energy, hinge * loss, stretch
                )
                if energy < 0.0:
                    break
                medium = geometry.medium[(k * geometry.counts[1] + j) * geometry.counts[0] + i]
                if jitter < part:
                    node += 1
                place = angle * _BINS
                bin_ = int(place)
                if bin_ == _BINS - 1:
                    place = (place - bin_) * _BINS
                    bin_ = int(place)
                    low, high = tables.tail[medium, node, bin_], tables.tail[medium, node, bin_ + 1]
                else:
                    low, high = tables.angle[medium, node, bin_], tables.angle[medium, node, bin_ + 1]
                t = low + (high - low) * (place - bin_)
                u, v, w = deflect(u, v, w, t, directions[turn])
                likely = tables.hard[medium, int(energy * PER_MeV + 0.5)] * mean
                if chance < likely and energy > 2.0 * tables.hard_MeV:
                    lost = 0.0
                    while lost == 0.0:
                        state += golden
                        bits = scramble(state)
                        lost = handed_over(
                            energy, tables.hard_MeV, float(np.int64(bits >> np.uint64(32))) * unit, float(np.int64(bits & mask)) * unit
                        )
                    state += golden
                    turn = np.int64(scramble(state) >> np.uint64(53))
                    double = 2.0 * _ELECTRON
                    cosine = math.sqrt(lost * (energy + double) / (energy * (lost + double)))
                    su, sv, sw = deflect(u, v, w, 1.0 - cosine, directions[turn])
                    stack[waiting, 0], stack[waiting, 1], stack[waiting, 2] = x, y, z
                    stack[waiting, 3], stack[waiting, 4], stack[waiting, 5] = su, sv, sw
                    stack[waiting, 6], stack[waiting, 7], stack[waiting, 8] = i, j, k
                    stack[waiting, 9] = lost
                    waiting += 1
                    rest = energy - lost
                    cosine = math.sqrt(rest * (energy + double) / (energy * (rest + double)))
                    u, v, w = deflect(u, v, w, 1.0 - cosine, directions[(turn + ANGLES // 2) % ANGLES])
                    energy = rest
                remaining = min((1.0 - hinge) * loss, energy)
                x, y, z, i, j, k, energy = fly(
                    geometry, tables, score, ledger, x, y, z, u, v, w, i, j, k, energy, remaining, stretch
                )
                if energy < 0.0:
                    break
            if energy > 0.0:
                x, y, z, i, j, k, energy = fly(
                    geometry, tables, score, ledger, x, y, z, u, v, w, i, j, k, energy, tables.last_flight * energy, 1.0
                )
            if energy > 0.0:
                stay(geometry, score, x, y, z, i, j, k, energy)
            if waiting == 0:
                return
            waiting -= 1
            x, y, z = stack[waiting, 0], stack[waiting, 1], stack[waiting, 2]
            u, v, w = stack[waiting, 3], stack[waiting, 4], stack[waiting, 5]
            i, j, k = int(stack[waiting, 6]), int(stack[waiting, 7]), int(stack[waiting, 8])
            energy = stack[waiting, 9]

    return jit(follow)
