"""Straight flight through a grid of voxels, each with its density and medium."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glisson.dose.electrons.stream import OVER_EDGE
from glisson.dose.electrons.walk import PER_MeV


class Voxels(NamedTuple):
    """A grid of voxels, axes x, y, z from the fastest index to the slowest; lengths in mm from the grid's corner.

    Attributes:
        density: g/mL, flat.
        medium: index into the tables, flat.
        counts: voxels along x, y, z.
        size_mm: edge of a voxel along x, y, z.
    """

    density: NDArray[np.float32]
    medium: NDArray[np.uint8]
    counts: tuple[int, int, int]
    size_mm: tuple[float, float, float]


def add(score: Any, index: int, energy: float) -> None:
    """Score energy where one thread alone writes."""
    score[index] += energy


def build_fly(put: Any) -> Any:  # noqa: C901
    """The function that moves an electron in a straight line; ``put(score, index, energy)`` scores."""

    def fly(
        geometry: Any, tables: Any, score: Any, ledger: Any,
        x: float, y: float, z: float, u: float, v: float, w: float, i: int, j: int, k: int,
        energy: float, loss: float, stretch: float,
    ) -> tuple[float, float, float, int, int, int, float]:  # fmt: skip
        """Fly straight until ``loss`` MeV are lost; every voxel on the way gets its share by path, density and stopping power."""
        across, down, deep = geometry.counts
        hx, hy, hz = geometry.size_mm
        at = (energy - 0.5 * loss) * PER_MeV
        node = int(at)
        part = at - node
        index = (k * down + j) * across + i
        medium = geometry.medium[index]
        stopping = 0.1 * stretch * (tables.stopping[medium, node] * (1.0 - part) + tables.stopping[medium, node + 1] * part)
        left = loss
        while True:
            per_mm = geometry.density[index] * stopping
            distance = left / per_mm
            px, py, pz = x + u * distance, y + v * distance, z + w * distance
            if i * hx <= px < (i + 1) * hx and j * hy <= py < (j + 1) * hy and k * hz <= pz < (k + 1) * hz:
                put(score, index, left)
                return px, py, pz, i, j, k, energy - loss
            tx = ty = tz = 1e30
            if u != 0.0:
                tx = ((i + (u > 0.0)) * hx - x) / u
            if v != 0.0:
                ty = ((j + (v > 0.0)) * hy - y) / v
            if w != 0.0:
                tz = ((k + (w > 0.0)) * hz - z) / w
            nearest = max(min(tx, ty, tz), 0.0)
            lost = min(nearest * per_mm, left)
            put(score, index, lost)
            left -= lost
            x, y, z = x + u * nearest, y + v * nearest, z + w * nearest
            if tx <= ty and tx <= tz:
                step = 1 if u > 0.0 else -1
                x = (i + (u > 0.0)) * hx
                i += step
            elif ty <= tz:
                step = 1 if v > 0.0 else -1
                y = (j + (v > 0.0)) * hy
                j += step
            else:
                step = 1 if w > 0.0 else -1
                z = (k + (w > 0.0)) * hz
                k += step
            if i < 0 or i >= across or j < 0 or j >= down or k < 0 or k >= deep:
                ledger[OVER_EDGE] += energy - (loss - left)
                return x, y, z, i, j, k, -1.0
            index = (k * down + j) * across + i
            if geometry.medium[index] != medium:
                medium = geometry.medium[index]
                stopping = (
                    0.1 * stretch * (tables.stopping[medium, node] * (1.0 - part) + tables.stopping[medium, node + 1] * part)
                )

    return fly


def build_stay(put: Any) -> Any:
    """The function that scores energy in a voxel; ``put(score, index, energy)`` scores."""

    def stay(geometry: Any, score: Any, x: float, y: float, z: float, i: int, j: int, k: int, energy: float) -> None:
        """Score energy in a voxel."""
        put(score, (k * geometry.counts[1] + j) * geometry.counts[0] + i, energy)

    return stay


fly, stay = build_fly(add), build_stay(add)


def travel(
    geometry: Any, light: Any,
    x: float, y: float, z: float, u: float, v: float, w: float, i: int, j: int, k: int, at: float, depth: float,
) -> tuple[float, float, float, int, int, int, float]:  # fmt: skip
    """Move a photon through ``depth`` mean free paths; the depth that is left is above 0 when it leaves the grid."""
    across, down, deep = geometry.counts
    hx, hy, hz = geometry.size_mm
    node = int(at)
    part = at - node
    index = (k * down + j) * across + i
    per_u, per_v, per_w = 1.0 / (u + 1e-30), 1.0 / (v + 1e-30), 1.0 / (w + 1e-30)
    next_x, next_y, next_z = (
        ((i + (u > 0.0)) * hx - x) * per_u,
        ((j + (v > 0.0)) * hy - y) * per_v,
        ((k + (w > 0.0)) * hz - z) * per_w,
    )
    each_x, each_y, each_z = hx * abs(per_u), hy * abs(per_v), hz * abs(per_w)
    gone = 0.0
    while True:
        medium = geometry.medium[index]
        per_gram = light.attenuation[medium, node] * (1.0 - part) + light.attenuation[medium, node + 1] * part
        per_mm = 0.1 * np.float64(geometry.density[index]) * per_gram
        face = min(next_x, next_y, next_z)
        lost = max(face - gone, 0.0) * per_mm
        if lost >= depth:
            way = gone + depth / per_mm
            x = min(max(x + u * way, i * hx), (i + 1) * hx)
            y = min(max(y + v * way, j * hy), (j + 1) * hy)
            z = min(max(z + w * way, k * hz), (k + 1) * hz)
            return x, y, z, i, j, k, 0.0
        depth -= lost
        gone = face
        if next_x == face:
            i += 1 if u > 0.0 else -1
            next_x += each_x
        elif next_y == face:
            j += 1 if v > 0.0 else -1
            next_y += each_y
        else:
            k += 1 if w > 0.0 else -1
            next_z += each_z
        if i < 0 or i >= across or j < 0 or j >= down or k < 0 or k >= deep:
            return x, y, z, i, j, k, depth + 1e-30
        index = (k * down + j) * across + i


class Emission(NamedTuple):
    """Where and with what energy histories start.

    Attributes:
        voxel: flat indices of the voxels with activity.
        cumulative: running share of the activity, ending in 1.
        energy_MeV: edges of equally likely bins of energy.
        local_MeV: energy left at the start of each history, by electrons too slow to follow.
    """

    voxel: NDArray[np.int64]
    cumulative: NDArray[np.float64]
    energy_MeV: NDArray[np.float64]
    local_MeV: float = 0.0


def place(geometry: Any, source: Any, pointer: int, share: float, rx: float, ry: float, rz: float) -> Any:
    """Start in the voxel at ``share`` of the running activity, anywhere inside it; pointers only move forward."""
    while source.cumulative[pointer] <= share:
        pointer += 1
    across, down, _deep = geometry.counts
    flat = source.voxel[pointer]
    i = flat % across
    j = (flat // across) % down
    k = flat // (across * down)
    return pointer, (i + rx) * geometry.size_mm[0], (j + ry) * geometry.size_mm[1], (k + rz) * geometry.size_mm[2], i, j, k
