"""The walk of electrons: condensed steps with a random hinge, hard collisions one by one, energy scored along straight legs.

One step: the electron flies a random share of the step, is deflected by the angle that the whole step gives (there it may also
have one hard collision, or radiate a photon), and flies the rest. The hinge is equally likely anywhere along the energy lost in
the step, so the mean deflection and the rate of hard collisions are right also where a step crosses from one medium into another.

``build_walk`` makes the walk for a processor and a geometry: ``jit`` compiles, ``fly`` moves an electron in a straight line
and scores, ``stay`` scores what is left where it stops. The functions are plain Python and run without a compiler too.

References:
    Fernández-Varea et al. 1993 (random hinge); Møller 1932 (collisions and their angles).
"""

import math
from typing import Any

import numpy as np

from glisson.dose.electrons.stopping import ELECTRON_MeV as _ELECTRON
from glisson.dose.electrons.stream import ANGLES, LOW_HALF, STRIDE, UNIT, Jit, deflect, splitmix
from glisson.dose.electrons.tables import BINS as _BINS
from glisson.dose.electrons.tables import FIRST as _FIRST
from glisson.dose.electrons.tables import LATER as _LATER
from glisson.dose.electrons.tables import GRID_MeV as _GRID

PER_MeV = 1.0 / _GRID
STACK = 64
"""Struck electrons that wait at most; a walk of 2.3 MeV cannot fill it."""


def handed_over(energy: float, least: float, r1: float, r2: float) -> float:
    """Energy of a struck electron from 1/W² and a rejection to Møller's cross section; 0 when the draw is rejected."""
    high = 0.5 * energy
    lost = least * high / (high - r1 * (high - least))
    rest = energy - lost
    total = energy + _ELECTRON
    exchange = _ELECTRON * (2.0 * energy + _ELECTRON) * lost / (total * total * rest)
    bracket = 1.0 + (lost / rest) ** 2 + (lost / total) ** 2 - exchange
    return lost if r2 * 2.5 < bracket else 0.0


def build_turn(jit: Jit) -> Any:
    """The function that turns an electron at the hinge by the angle of the whole step."""
    turned = jit(deflect)

    def turn(body: Any, tail: Any, chance: float, u: float, v: float, w: float, direction: Any) -> Any:
        place = chance * _BINS
        bin_ = int(place)
        if bin_ == _BINS - 1:
            place = (place - bin_) * _BINS
            bin_ = int(place)
            low, high = tail[bin_], tail[bin_ + 1]
        else:
            low, high = body[bin_], body[bin_ + 1]
        return turned(u, v, w, low + np.float64(high - low) * (place - bin_), direction)

    return jit(turn)


def build_strike(jit: Jit) -> Any:
    """The function that makes one hard collision and puts the struck electron on the stack."""
    scramble, turned, given = jit(splitmix), jit(deflect), jit(handed_over)

    def strike(
        tables: Any, directions: Any, stack: Any, waiting: int, state: Any,
        x: float, y: float, z: float, u: float, v: float, w: float, i: int, j: int, k: int, energy: float,
    ) -> Any:  # fmt: skip
        lost = 0.0
        while lost == 0.0:
            state += np.uint64(STRIDE)
            bits = scramble(state)
            first = float(np.int64(bits >> np.uint64(32))) * UNIT
            lost = given(energy, tables.hard_MeV, first, float(np.int64(bits & np.uint64(LOW_HALF))) * UNIT)
        state += np.uint64(STRIDE)
        turn = np.int64(scramble(state) >> np.uint64(53))
        double = 2.0 * _ELECTRON
        cosine = math.sqrt(lost * (energy + double) / (energy * (lost + double)))
        su, sv, sw = turned(u, v, w, 1.0 - cosine, directions[turn])
        stack[waiting, 0], stack[waiting, 1], stack[waiting, 2] = x, y, z
        stack[waiting, 3], stack[waiting, 4], stack[waiting, 5] = su, sv, sw
        stack[waiting, 6], stack[waiting, 7], stack[waiting, 8] = i, j, k
        stack[waiting, 9] = lost
        rest = energy - lost
        cosine = math.sqrt(rest * (energy + double) / (energy * (rest + double)))
        u, v, w = turned(u, v, w, 1.0 - cosine, directions[(turn + ANGLES // 2) % ANGLES])
        return state, u, v, w, rest

    return jit(strike)


def build_step(jit: Jit, fly: Any, shine: Any) -> Any:
    """The function that makes one step: fly, turn, perhaps collide or radiate, fly on."""
    scramble, turn, strike = jit(splitmix), build_turn(jit), build_strike(jit)

    def step(
        geometry: Any, tables: Any, directions: Any, score: Any, ledger: Any, stack: Any, waiting: int, state: Any,
        x: float, y: float, z: float, u: float, v: float, w: float, i: int, j: int, k: int, energy: float,
        kind: int,
    ) -> Any:  # fmt: skip
        state += np.uint64(STRIDE)
        bits = scramble(state)
        hinge = float(np.int64(bits >> np.uint64(32))) * UNIT
        draw = 2.0 * float(np.int64(bits & np.uint64(LOW_HALF))) * UNIT - 1.0
        state += np.uint64(STRIDE)
        bits = scramble(state)
        angle = float(np.int64(bits >> np.uint64(32))) * UNIT
        chance = float(np.int64(bits & np.uint64(LOW_HALF))) * UNIT
        state += np.uint64(STRIDE)
        bits = scramble(state)
        around = np.int64(bits >> np.uint64(53))
        jitter = float(np.int64(bits & np.uint64(LOW_HALF))) * UNIT
        at = energy * PER_MeV
        node = int(at)
        part = at - node
        mean = tables.step_MeV[kind, node] * (1.0 - part) + tables.step_MeV[kind, node + 1] * part
        medium = geometry.medium[(k * geometry.counts[1] + j) * geometry.counts[0] + i]
        stretch = 1.0 + tables.spread[kind, medium, node] * draw
        loss = mean * stretch
        x, y, z, i, j, k, energy = fly(geometry, tables, score, ledger, x, y, z, u, v, w, i, j, k, energy, hinge * loss, stretch)
        if energy < 0.0:
            return state, waiting, x, y, z, u, v, w, i, j, k, energy
        medium = geometry.medium[(k * geometry.counts[1] + j) * geometry.counts[0] + i]
        nearest = node + 1 if jitter < part else node
        u, v, w = turn(
            tables.angle[kind, medium, nearest], tables.tail[kind, medium, nearest], angle, u, v, w, directions[around]
        )
        at_hinge = int(energy * PER_MeV + 0.5)
        likely = tables.hard[medium, at_hinge] * mean
        if chance < likely and energy > 2.0 * tables.hard_MeV:
            state, u, v, w, energy = strike(tables, directions, stack, waiting, state, x, y, z, u, v, w, i, j, k, energy)
            waiting += 1
        elif chance > 1.0 - tables.bright[medium, at_hinge] * mean:
            energy -= shine(geometry, tables.light, directions, score, ledger, state, x, y, z, u, v, w, i, j, k, energy)
        rest = min((1.0 - hinge) * loss, energy)
        x, y, z, i, j, k, energy = fly(geometry, tables, score, ledger, x, y, z, u, v, w, i, j, k, energy, rest, stretch)
        return state, waiting, x, y, z, u, v, w, i, j, k, energy

    return jit(step)


def build_walk(jit: Jit, fly: Any, stay: Any, shine: Any) -> Any:
    """The function ``follow`` that takes one electron and everything it strikes to rest.

    Args:
        jit: compiles a function.
        fly: ``fly(geometry, tables, score, ledger, x, y, z, u, v, w, i, j, k, energy, loss, stretch)`` moves an electron
            until it has lost ``loss``; returns x, y, z, i, j, k and the energy left, which is negative when the electron
            left the geometry.
        stay: ``stay(geometry, score, x, y, z, i, j, k, energy)`` scores energy at a point.
        shine: radiates a photon, and returns its energy; see ``glisson.dose.photons.walk``.
    """
    step = build_step(jit, fly, shine)

    def follow(
        geometry: Any, tables: Any, directions: Any, score: Any, ledger: Any, stack: Any, state: Any,
        x: float, y: float, z: float, u: float, v: float, w: float, i: int, j: int, k: int, energy: float,
    ) -> None:  # fmt: skip
        waiting, kind = 0, _FIRST
        while True:
            while energy > tables.cut_MeV:
                state, waiting, x, y, z, u, v, w, i, j, k, energy = step(
                    geometry, tables, directions, score, ledger, stack, waiting, state, x, y, z, u, v, w, i, j, k, energy, kind
                )
                kind = _LATER
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
