"""Local deposition: every decay leaves its energy in the voxel where it happens.

Right where the image is as blurred as the beta range is long, or more: the blur then stands in for transport. It is sharper
than the truth in images with small voxels and high resolution, and wrong in and beside lung.
"""

from dataclasses import dataclass

import numpy as np

from glisson.dose.constant import DoseConstant
from glisson.dose.deposition import (
    DENSITY_FLOOR_g_per_mL,
    absorb,
    density_parameters,
    findings,
    in_joule,
    require_activity,
    require_density,
)
from glisson.dose.engine import AbsorbedDose, Energy, Progress, silent
from glisson.voxels import Image, Quantity


@dataclass(frozen=True)
class LocalDeposition:
    """The local deposition engine.

    Attributes:
        density_floor_g_per_mL: voxels of a density image below this are air; see ``deposition.DENSITY_FLOOR_g_per_mL``.

    >>> from glisson.dose.constant import dose_constant
    >>> from glisson.voxels import Grid
    >>> grid = Grid.aligned((1, 1, 1), (10.0, 10.0, 10.0))
    >>> activity = Image(grid, np.full((1, 1, 1), 1e6), Quantity.ACTIVITY, "Y-90")  # 1 MBq in 1 mL
    >>> result = LocalDeposition()(activity, density=1.0, constant=dose_constant("Y-90"))
    >>> round(float(result.dose.array[0, 0, 0]), 2)
    49.67
    """

    density_floor_g_per_mL: float = DENSITY_FLOOR_g_per_mL
    method: str = "local"

    def __call__(
        self, activity: Image, *, density: Image | float, constant: DoseConstant, progress: Progress = silent
    ) -> AbsorbedDose:
        """Absorbed dose in Gy, float32, on the grid of ``activity``.

        Raises:
            BadInput: not an activity image of the constant's nuclide, negative activity, a density that cannot be.
            GridMismatch: a density image on another grid.
        """
        floor = self.density_floor_g_per_mL
        progress(0.0, "local deposition")
        require_activity(activity, constant)
        require_density(density, activity, floor)
        uniform = 1.0 if isinstance(density, Image) else density
        per_Bq_per_mL = constant.K_Gy_kg_per_GBq * 1e-6 / uniform
        array = np.multiply(activity.array, per_Bq_per_mL, dtype=np.float32)
        everywhere = (slice(0, array.shape[0]), slice(0, array.shape[1]), slice(0, array.shape[2]))
        absorbed = in_joule(absorb(array, everywhere, density, floor_g_per_mL=floor), activity.grid.voxel_volume_mL)
        emitted_J = activity.total * 1e-9 * constant.K_Gy_kg_per_GBq
        progress(1.0, "local deposition")
        return AbsorbedDose(
            dose=Image(activity.grid, array, Quantity.DOSE),
            energy=Energy(emitted_J, absorbed.deposited_J, absorbed.in_air_J, {"in air": absorbed.in_air_J}),
            method=self.method,
            parameters={
                "dose_constant": constant.preset,
                "K_Gy_kg_per_GBq": constant.K_Gy_kg_per_GBq,
                "energy_MeV": constant.energy_MeV,
                "half_life_h": constant.half_life_h,
                **density_parameters(density, floor),
            },
            sources=(constant.source,),
            findings=findings(self.method, absorbed, emitted_J, floor),
        )
