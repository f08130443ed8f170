"""Mass densities of tissues where none is measured."""

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from glisson.errors import BadInput, BadKnowledge
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited


class Density(Cited):
    """Density of one tissue, or a bound on one."""

    id: str


@cache
def _densities() -> dict[str, Density]:
    return {entry.id: entry for entry in read_entries("tissues/densities.yaml", Density)}


def density(tissue: str) -> Density:
    """The density of a tissue in g/mL.

    >>> density("liver").value
    1.05

    Raises:
        BadInput: none of that name.
    """
    if tissue not in _densities():
        raise BadInput(f"no density for '{tissue}'", allowed=", ".join(_densities()))
    return _densities()[tissue]


class HounsfieldPoint(Cited):
    """Density at one CT number; straight lines between points."""

    id: str
    HU: float


@cache
def hounsfield_points() -> tuple[HounsfieldPoint, ...]:
    """Density by CT number, CT numbers growing.

    >>> [(point.HU, point.value) for point in hounsfield_points()][:2]
    [(-1000.0, 0.00121), (-98.0, 0.93)]

    Raises:
        BadKnowledge: the CT numbers do not grow.
    """
    points = read_entries("tissues/hounsfield.yaml", HounsfieldPoint)
    if any(a.HU >= b.HU for a, b in pairwise(points)):
        raise BadKnowledge("tissues/hounsfield.yaml: the CT numbers must grow")
    return points


def density_at(HU: NDArray[np.floating]) -> NDArray[np.float32]:
    """Density in g/mL at CT numbers, air below the first point and the last value above the last.

    References:
        Schneider et al. 2000, as tabulated in GATE.

    >>> [f"{rho:.4f}" for rho in density_at(np.array([-3024.0, -549.0, 14.0, 1600.0, 5000.0]))]  # -549: (0.00121 + 0.93)/2
    ['0.0012', '0.4656', '1.0300', '1.9642', '2.8000']
    """
    points = hounsfield_points()
    found: NDArray[np.float32] = np.interp(HU, [p.HU for p in points], [float(p.value) for p in points]).astype(np.float32)
    return found
