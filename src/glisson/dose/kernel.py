"""The kernel engine: activity convolved with a voxel kernel of a homogeneous medium, energy divided by each voxel's own mass.

The kernel spreads energy as in one density. With a density image the energy that arrives in a voxel is divided by that
voxel's mass (density scaling): energy is conserved, but electrons do not feel the density on their way. Known to fail in
and beside lung; ``docs/theory/kernel_validation.md`` shows by how much.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.case.result import Finding, Level
from glisson.dose.constant import DoseConstant
from glisson.dose.convolve import convolve
from glisson.dose.deposition import (
    Absorbed,
    DENSITY_FLOOR_g_per_mL,
    absorb,
    density_parameters,
    findings,
    in_joule,
    require_activity,
    require_density,
)
from glisson.dose.engine import AbsorbedDose, Energy, Progress, silent
from glisson.dose.kernel_cache import cached_voxel_kernel
from glisson.dose.point_kernel import point_kernel
from glisson.dose.support import Reach, support, total_inside
from glisson.dose.transport_kernel import TransportKernel
from glisson.dose.voxel_kernel import METHOD, CUT_mm, VoxelKernel
from glisson.errors import BadInput, OutOfScope
from glisson.knowledge.radial_kernel import RadialKernel
from glisson.voxels import Grid, Image, Quantity

REFERENCE_DENSITY_g_per_mL = 1.05
"""Density in which the kernel spreads energy when the density is an image: liver, as in the uniform convention."""
EDGE_SHARE = 0.01
"""Share of the energy over the grid's edge from which the reader is warned."""


@dataclass(frozen=True)
class KernelConvolution:
    """The kernel engine.

    Attributes:
        reference_density_g_per_mL: density of the kernel where the density is an image; one given density is used as it is.
        cut_mm: radius in water beyond which energy counts as escaped (bremsstrahlung; 0.4 % for Y-90 at 12 mm).
        renormalise: scale the kernel to sum to 1 instead, as if that energy stayed near.
        density_floor_g_per_mL: voxels of a density image below this are air.
        workers: threads.
        cache: folder in which kernels are kept between runs; ``None`` keeps them in memory only.
        transport: work the dose-point kernel out by the program's own transport instead of taking the tabulated one: other
            nuclides (Ho-166) and other media than water.
    """

    reference_density_g_per_mL: float = REFERENCE_DENSITY_g_per_mL
    cut_mm: float = CUT_mm
    renormalise: bool = False
    density_floor_g_per_mL: float = DENSITY_FLOOR_g_per_mL
    workers: int = 1
    cache: Path | None = None
    transport: TransportKernel | None = None
    method: str = "kernel"

    def __call__(
        self, activity: Image, *, density: Image | float, constant: DoseConstant, progress: Progress = silent
    ) -> AbsorbedDose:
        """Absorbed dose in Gy, float32, on the grid of ``activity``.

        Raises:
            OutOfScope: no dose-point kernel for the nuclide (Ho-166, unless ``transport`` makes one), or a grid whose axes are
                not at right angles.
            BadInput: not an activity image of the constant's nuclide, negative activity, a density that cannot be.
            GridMismatch: a density image on another grid.
        """
        _require_right_angles(activity.grid)
        if self.workers < 1:
            raise BadInput(f"{self.workers} workers", allowed="1 or more")
        require_activity(activity, constant)
        require_density(density, activity, self.density_floor_g_per_mL)
        table = self.point_kernel(constant.nuclide)
        kernel = self.voxel_kernel(table, activity.grid, density)
        progress(0.0, "kernel")
        spread = self._spread(activity, density, constant, kernel, progress)
        progress(1.0, "kernel")
        return self._result(activity, density, constant, kernel, spread)

    def point_kernel(self, nuclide: str) -> RadialKernel:
        """The dose-point kernel that this engine uses, tabulated or from transport."""
        if self.transport is None:
            return point_kernel(nuclide)
        return self.transport.table(nuclide, threads=self.workers, folder=self.cache)

    def voxel_kernel(self, table: RadialKernel, grid: Grid, density: Image | float) -> VoxelKernel:
        """The voxel kernel that this engine uses on ``grid``."""
        medium = self.reference_density_g_per_mL if isinstance(density, Image) else density
        return cached_voxel_kernel(
            table,
            grid.spacing_mm,
            density_g_per_mL=medium,
            cut_mm=self.cut_mm,
            renormalise=self.renormalise,
            folder=self.cache,
        )

    def _spread(
        self, activity: Image, density: Image | float, constant: DoseConstant, kernel: VoxelKernel, progress: Progress
    ) -> "_Spread":
        box = support(activity.array)
        if box is None:
            return _Spread(np.zeros(activity.grid.shape, np.float32), Absorbed(0.0), 0.0, 0.0)
        reach = Reach.of(box, activity.grid.shape, kernel.reach)
        uniform = 1.0 if isinstance(density, Image) else density
        array = convolve(
            activity.array,
            kernel,
            reach,
            scale=constant.K_Gy_kg_per_GBq * 1e-6 / uniform,
            workers=self.workers,
            advance=lambda share: progress(0.95 * share, "kernel"),
        )
        absorbed = absorb(array, reach.target, density, floor_g_per_mL=self.density_floor_g_per_mL)
        sent, landed = total_inside(activity.array, kernel, box)
        return _Spread(array, in_joule(absorbed, activity.grid.voxel_volume_mL), sent, landed)

    def _result(
        self, activity: Image, density: Image | float, constant: DoseConstant, kernel: VoxelKernel, spread: "_Spread"
    ) -> AbsorbedDose:
        per_unit_J = activity.grid.voxel_volume_mL * 1e-9 * constant.K_Gy_kg_per_GBq
        absorbed, emitted_J = spread.absorbed, spread.sent * per_unit_J
        beyond_J = 0.0 if kernel.renormalised else emitted_J * (1.0 - kernel.retained_fraction)
        over_edge_J = emitted_J - beyond_J - spread.landed * per_unit_J
        escaped = {"beyond the kernel": beyond_J, "over the grid's edge": over_edge_J, "in air": absorbed.in_air_J}
        return AbsorbedDose(
            dose=Image(activity.grid, spread.array, Quantity.DOSE),
            energy=Energy(emitted_J, absorbed.deposited_J, math.fsum(escaped.values()), escaped),
            method=self.method,
            parameters=self._parameters(constant, kernel, density),
            sources=tuple(dict.fromkeys((constant.source, kernel.source))),
            findings=(
                *_edge_finding(over_edge_J, emitted_J),
                *findings(self.method, absorbed, emitted_J, self.density_floor_g_per_mL),
            ),
        )

    def _parameters(self, constant: DoseConstant, kernel: VoxelKernel, density: Image | float) -> dict[str, Any]:
        return {
            "dose_constant": constant.preset,
            "K_Gy_kg_per_GBq": constant.K_Gy_kg_per_GBq,
            "energy_MeV": constant.energy_MeV,
            "half_life_h": constant.half_life_h,
            **density_parameters(density, self.density_floor_g_per_mL),
            "kernel_table": kernel.table,
            "kernel_method": METHOD,
            "kernel_density_g_per_mL": kernel.density_g_per_mL,
            "kernel_cut_in_water_mm": self.cut_mm,
            "kernel_retained_fraction": kernel.retained_fraction,
            "kernel_renormalised": kernel.renormalised,
            "kernel_self_fraction": float(kernel.octant[0, 0, 0]),
        }


@dataclass(frozen=True, eq=False)
class _Spread:
    """Dose, energies after division by density, and two sums of activity (Bq/mL): sent out, and landing on the grid."""

    array: NDArray[np.float32]
    absorbed: Absorbed
    sent: float
    landed: float


def _require_right_angles(grid: Grid) -> None:
    if not grid.is_orthogonal:
        raise OutOfScope(
            "the kernel method on a grid whose axes are not at right angles (gantry tilt or shear)",
            do="resample the activity onto an orthogonal grid first (glisson.voxels.resample.conserve)",
        )


def _edge_finding(over_edge_J: float, emitted_J: float) -> tuple[Finding, ...]:
    if over_edge_J <= EDGE_SHARE * emitted_J:
        return ()
    text = (
        f"{100 * over_edge_J / emitted_J:.2g} % of the emitted energy leaves the image over its edge: activity lies within the beta "
        "range of the border; doses there miss what activity outside the field would add"
    )
    return (Finding(code="dose.edge", level=Level.WARNING, text=text),)
