"""The phantom that the speeds are measured on, like the one on which EGSnrc was timed (../shared/reference/README.md in words).

40 x 40 x 40 voxels of 4 mm: a liver of about 535 mL with background activity, a tumour of 24 mL (or 33 mL) at five times the
background, that of 24 mL with a cold core of 1 mL, a tumour of 4 mL at eight times, lung above the dome, bone, air around.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glisson.dose.composition import Materials
from glisson.voxels import Grid, Image, Quantity

LEGEND = {0: "air", 1: "soft-tissue", 2: "lung", 3: "bone"}
BACKGROUND_Bq_per_mL = 1e5


@dataclass(frozen=True, eq=False)
class Phantom:
    """Activity, density, material labels and the masks to judge in."""

    activity: Image
    density: Image
    labels: Image
    masks: dict[str, NDArray[np.bool_]]

    @property
    def materials(self) -> Materials:
        return Materials(self.labels, LEGEND)

    def mask(self, name: str) -> Image:
        return Image(self.activity.grid, self.masks[name], Quantity.MASK)


def phantom(tumour_mL: float = 24.0, cold_core: bool = True) -> Phantom:
    grid = Grid.aligned((40, 40, 40), (4.0, 4.0, 4.0))
    z, y, x = (np.mgrid[:40, :40, :40] - 19.5) * 4.0
    body = (x / 74) ** 2 + (y / 66) ** 2 < 1
    liver = (((x + 8) / 62) ** 2 + (y / 50) ** 2 + ((z + 24) / 41) ** 2 < 1) & body
    lung = body & (z > 0) & ~liver & ((x / 62) ** 2 + (y / 54) ** 2 < 1)
    bone = body & (x**2 + (y - 54) ** 2 < 9**2)
    away2 = (x + 18) ** 2 + y**2 + (z + 22) ** 2
    large = _nearest(away2, tumour_mL)
    core = _nearest(away2, 1.0) if cold_core else np.zeros_like(large)
    small = _nearest((x - 20) ** 2 + (y + 8) ** 2 + (z + 20) ** 2, 4.0)
    density, labels = np.full(grid.shape, 0.0012, np.float32), np.zeros(grid.shape, np.float32)
    for part, value, label in ((body, 1.04, 1), (lung, 0.26, 2), (bone, 1.85, 3), (liver, 1.06, 1)):
        density[part], labels[part] = value, label
    activity = np.where(liver, BACKGROUND_Bq_per_mL, 0.0)
    activity[small] = 8 * BACKGROUND_Bq_per_mL
    activity[large] = 5 * BACKGROUND_Bq_per_mL
    activity[core] = 0.0
    return Phantom(
        Image(grid, activity, Quantity.ACTIVITY, "Y-90"),
        Image(grid, density, Quantity.DENSITY),
        Image(grid, labels, Quantity.SIGNAL),
        {"tumour": large & ~core, "small tumour": small, "liver": liver, "lung": lung},
    )


def _nearest(away2: NDArray[np.float64], volume_mL: float) -> NDArray[np.bool_]:
    """As many voxels of 4 mm as the volume holds, nearest first."""
    inside = np.zeros(away2.shape, dtype=bool)
    inside.ravel()[np.argsort(away2, axis=None, kind="stable")[: round(volume_mL / 0.064)]] = True
    return inside
