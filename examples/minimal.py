"""A ball of Y-90 in liver: activity to dose to histogram."""

import numpy as np

from glisson.dose.constant import dose_constant
from glisson.dose.dvh import dvh
from glisson.dose.kernel import KernelConvolution
from glisson.voxels import Grid, Image, Quantity

grid = Grid.aligned((40, 40, 40), (3.0, 2.5, 2.5))
z, y, x = np.indices(grid.shape)
radius_mm = np.sqrt(((z - 20) * 3.0) ** 2 + ((y - 20) * 2.5) ** 2 + ((x - 20) * 2.5) ** 2)
lesion = Image(grid, radius_mm < 15.0, Quantity.MASK)

activity = Image(grid, np.where(lesion.array, 2.0e6, 0.1e6), Quantity.ACTIVITY, nuclide="Y-90")  # Bq/mL at the injection
absorbed = KernelConvolution()(activity, density=1.05, constant=dose_constant("Y-90"))
histogram = dvh(absorbed.dose, lesion)

print(f"{lesion.volume_mL:.1f} mL: mean {histogram.mean_Gy:.1f} Gy, D70 {histogram.dose_to_fraction_Gy(0.70):.1f} Gy")
print(f"energy balance {absorbed.energy.imbalance:.1e}")
