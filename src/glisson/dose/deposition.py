"""What every voxel engine does before and after it moves energy: check its inputs, divide by density, say what a reader must know."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.case.result import Finding, Level
from glisson.dose.constant import DoseConstant
from glisson.dose.support import Box
from glisson.errors import BadInput
from glisson.knowledge.known_errors import known_errors
from glisson.voxels import Image, Quantity, require_quantity, require_same_grid

DENSITY_FLOOR_g_per_mL = 0.05
"""Below this a voxel is air: energy that arrives there is not turned into a dose but counted as escaped, and said."""
DENSITY_CEILING_g_per_mL = 20.0
MOST_IN_AIR_SHARE = 0.5
"""With a larger share of the activity in air the density image is taken for a mistake."""
LOW_DENSITY_g_per_mL = 0.5
"""Below this (lung) dividing by the voxel's density is known to fail."""
LOW_DENSITY_SHARE = 0.01
"""Share of the energy in such voxels from which the reader is warned."""


@dataclass(frozen=True)
class Absorbed:
    """Energy after division by density, J.

    Attributes:
        deposited_J: sum of mass times dose.
        in_air_J: arrived in voxels below the floor.
        in_low_density_J: part of ``deposited_J`` in voxels from the floor to ``LOW_DENSITY_g_per_mL``.
        air_voxels: number of voxels below the floor that energy reached.
    """

    deposited_J: float
    in_air_J: float = 0.0
    in_low_density_J: float = 0.0
    air_voxels: int = 0


def require_activity(activity: Image, constant: DoseConstant) -> None:
    """Refuse what is not an activity image of the nuclide of ``constant``.

    Raises:
        BadInput: another quantity, another nuclide, negative activity.
    """
    require_quantity(activity, Quantity.ACTIVITY)
    if activity.nuclide is not None and activity.nuclide != constant.nuclide:
        raise BadInput(
            f"an activity image of {activity.nuclide} with the dose constant of {constant.nuclide}",
            do="give the dose constant of the nuclide in the image",
        )
    if activity.array.size and activity.array.min() < 0:
        negative = int(np.count_nonzero(activity.array < 0))
        raise BadInput(
            f"{negative} of {activity.array.size} voxels have a negative activity",
            allowed="0 Bq/mL or more",
            do="set them to zero where the image is prepared, and say so there",
        )


def require_density(density: Image | float, activity: Image, floor_g_per_mL: float) -> None:
    """Refuse a density that cannot be divided by.

    Raises:
        BadInput: one number outside the floor to 20 g/mL, an image of something else, negative or impossible values.
        GridMismatch: an image on another grid.
    """
    allowed = f"{floor_g_per_mL:g} to {DENSITY_CEILING_g_per_mL:g} g/mL"
    if not isinstance(density, Image):
        if not floor_g_per_mL <= density <= DENSITY_CEILING_g_per_mL:
            raise BadInput(f"density {density:g} g/mL", allowed=allowed)
        return
    require_quantity(density, Quantity.DENSITY)
    require_same_grid(activity, density)
    low, high = float(density.array.min()), float(density.array.max())
    if low < 0 or high > DENSITY_CEILING_g_per_mL:
        raise BadInput(f"a density image from {low:.4g} to {high:.4g} g/mL", allowed=f"0 to {DENSITY_CEILING_g_per_mL:g} g/mL")
    in_air = float(np.sum(activity.array, where=density.array < floor_g_per_mL, dtype=np.float64))
    everywhere = float(np.sum(activity.array, dtype=np.float64))
    if in_air > MOST_IN_AIR_SHARE * everywhere:
        raise BadInput(
            f"{100 * in_air / everywhere:.0f} % of the activity lies where the density is below {floor_g_per_mL:g} g/mL (air)",
            allowed=f"up to {100 * MOST_IN_AIR_SHARE:g} %",
            do="check the unit of the density image (g/mL) and that it lies where the activity is",
        )


def absorb(array: NDArray[np.float32], box: Box, density: Image | float, *, floor_g_per_mL: float) -> Absorbed:
    """Turn ``array`` from Gy g/mL (energy per volume) into Gy inside ``box``, in place; zero outside is left alone.

    With one density the array must be in Gy already and is only summed.
    """
    if not isinstance(density, Image):
        rows = (layer.sum(axis=-1) for layer in array[box])  # pairwise within a row, then in double precision
        return Absorbed(density * sum(float(row.sum(dtype=np.float64)) for row in rows))
    deposited = in_air = in_low = 0.0
    air_voxels = 0
    for layer, rho in zip(array[box], density.array[box], strict=True):
        air = rho < floor_g_per_mL
        reached = air & (layer > 0)
        in_air += float(layer[reached].sum(dtype=np.float64))
        air_voxels += int(np.count_nonzero(reached))
        layer[air] = 0.0
        deposited += float(layer.sum(dtype=np.float64))
        in_low += float(layer[rho < LOW_DENSITY_g_per_mL].sum(dtype=np.float64))
        np.divide(layer, rho, out=layer, where=~air, casting="same_kind")
    return Absorbed(deposited, in_air, in_low, air_voxels)


def in_joule(absorbed: Absorbed, voxel_volume_mL: float) -> Absorbed:
    """Sums of Gy g/mL over voxels as energies in J."""
    factor = voxel_volume_mL / 1000.0
    return Absorbed(
        absorbed.deposited_J * factor, absorbed.in_air_J * factor, absorbed.in_low_density_J * factor, absorbed.air_voxels
    )


def density_parameters(density: Image | float, floor_g_per_mL: float) -> dict[str, Any]:
    """What is printed about the density."""
    if isinstance(density, Image):
        return {"density": "image", "density_sha256": density.sha256(), "density_floor_g_per_mL": floor_g_per_mL}
    return {"density": "one value", "density_g_per_mL": density}


def findings(method: str, absorbed: Absorbed, emitted_J: float, floor_g_per_mL: float) -> tuple[Finding, ...]:
    """Energy in air, and energy in tissue of low density where the method is known to fail."""
    found: list[Finding] = []
    if absorbed.air_voxels:
        share = absorbed.in_air_J / emitted_J
        text = (
            f"{100 * share:.2g} % of the emitted energy arrived in {absorbed.air_voxels} voxels below {floor_g_per_mL:g} g/mL (air): "
            "no dose is given there, the energy is counted as escaped"
        )
        level = Level.WARNING if share >= LOW_DENSITY_SHARE else Level.NOTE
        found.append(Finding(code="dose.energy-in-air", level=level, text=text))
    if absorbed.in_low_density_J > LOW_DENSITY_SHARE * emitted_J:
        known = known_errors()[f"{method}-lung"].relative_error
        text = (
            f"{100 * absorbed.in_low_density_J / emitted_J:.2g} % of the emitted energy is in tissue below {LOW_DENSITY_g_per_mL:g} g/mL: "
            f"there this method was {100 * known.value:+.0f} % off Monte Carlo on average ({known.holds_for}); "
            "do not use its lung dose near the liver"
        )
        found.append(Finding(code="dose.low-density", level=Level.WARNING, text=text))
    return tuple(found)
