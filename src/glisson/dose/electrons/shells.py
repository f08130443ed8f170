"""Straight flight in one medium without end, scored in shells around the origin: point sources and uniform spheres."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glisson.dose.electrons.walk import PER_MeV

POINT_mm = 0.02
"""A leg is scored at points no further apart than this."""
FAR_mm = 1000.0
"""A photon this far from the origin is not followed further."""


class Shells(NamedTuple):
    """Shells of equal thickness around the origin in one medium.

    Attributes:
        density: one value, g/mL.
        medium: one index into the tables.
        counts: (1, 1, 1), for the walk.
        shell_mm: thickness of a shell.
    """

    density: NDArray[np.float32]
    medium: NDArray[np.uint8]
    counts: tuple[int, int, int]
    shell_mm: float


class Ball(NamedTuple):
    """A uniform source in a sphere around the origin, or a point when the radius is 0.

    Attributes:
        radius_mm: of the sphere.
        energy_MeV: edges of equally likely bins of energy.
        local_MeV: as in ``Emission``.
    """

    radius_mm: float
    energy_MeV: NDArray[np.float64]
    local_MeV: float = 0.0


def fly(
    geometry: Any, tables: Any, score: Any, ledger: Any,
    x: float, y: float, z: float, u: float, v: float, w: float, i: int, j: int, k: int,
    energy: float, loss: float, stretch: float,
) -> tuple[float, float, float, int, int, int, float]:  # fmt: skip
    """Fly straight until ``loss`` MeV are lost, scored at many points of the leg."""
    at = (energy - 0.5 * loss) * PER_MeV
    node = int(at)
    part = at - node
    stopping = 0.1 * stretch * (tables.stopping[0, node] * (1.0 - part) + tables.stopping[0, node + 1] * part)
    distance = loss / (geometry.density[0] * stopping)
    points = int(distance / POINT_mm) + 1
    each = loss / points
    for n in range(points):
        way = distance * (n + 0.5) / points
        px, py, pz = x + u * way, y + v * way, z + w * way
        shell = int(math.sqrt(px * px + py * py + pz * pz) / geometry.shell_mm)
        score[min(shell, len(score) - 1)] += each
    return x + u * distance, y + v * distance, z + w * distance, i, j, k, energy - loss


def stay(geometry: Any, score: Any, x: float, y: float, z: float, i: int, j: int, k: int, energy: float) -> None:
    """Score energy in the shell of a point; the last shell holds everything beyond it."""
    shell = int(math.sqrt(x * x + y * y + z * z) / geometry.shell_mm)
    score[min(shell, len(score) - 1)] += energy


def travel(
    geometry: Any, light: Any,
    x: float, y: float, z: float, u: float, v: float, w: float, i: int, j: int, k: int, at: float, depth: float,
) -> tuple[float, float, float, int, int, int, float]:  # fmt: skip
    """Move a photon through ``depth`` mean free paths; those that get far away are gone."""
    node = int(at)
    part = at - node
    per_gram = light.attenuation[0, node] * (1.0 - part) + light.attenuation[0, node + 1] * part
    way = depth / (0.1 * geometry.density[0] * per_gram)
    x, y, z = x + u * way, y + v * way, z + w * way
    gone = 1.0 if x * x + y * y + z * z > FAR_mm * FAR_mm else 0.0
    return x, y, z, i, j, k, gone


def place(geometry: Any, source: Any, pointer: int, share: float, rx: float, ry: float, rz: float) -> Any:
    """Start anywhere in the sphere: radius, height and turn by the inverse of their distributions."""
    radius = source.radius_mm * rx ** (1.0 / 3.0)
    height = 2.0 * ry - 1.0
    across = radius * math.sqrt(1.0 - height * height)
    turn = 2.0 * math.pi * rz
    return pointer, across * math.cos(turn), across * math.sin(turn), radius * height, 0, 0, 0
