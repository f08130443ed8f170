"""Voxel kernels kept in a folder between runs, named by the content they depend on."""

import hashlib
import os
import tempfile
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from glisson.dose.voxel_kernel import METHOD, VoxelKernel, voxel_kernel
from glisson.knowledge.radial_kernel import RadialKernel


def kernel_key(
    table: RadialKernel, spacing_mm: tuple[float, float, float], *, density_g_per_mL: float, cut_mm: float, renormalise: bool
) -> str:
    """Hash of everything that a voxel kernel depends on: table, voxel size, density, cut, method."""
    parts = (table.sha256(), [round(s, 6) for s in spacing_mm], round(density_g_per_mL, 9), cut_mm, renormalise, METHOD)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def cached_voxel_kernel(
    table: RadialKernel,
    spacing_mm: tuple[float, float, float],
    *,
    density_g_per_mL: float,
    cut_mm: float,
    renormalise: bool,
    folder: Path | None,
) -> VoxelKernel:
    """``voxel_kernel``, read from ``folder`` when it is there, kept there when it is not.

    A file that cannot be read, or does not hold the energy it should, is made again.
    """
    if folder is None:
        return voxel_kernel(table, spacing_mm, density_g_per_mL=density_g_per_mL, cut_mm=cut_mm, renormalise=renormalise)
    key = kernel_key(table, spacing_mm, density_g_per_mL=density_g_per_mL, cut_mm=cut_mm, renormalise=renormalise)
    path = folder / f"voxel-kernel-{key}.npz"
    kernel = _read(path, table)
    if kernel is None:
        kernel = voxel_kernel(table, spacing_mm, density_g_per_mL=density_g_per_mL, cut_mm=cut_mm, renormalise=renormalise)
        _write(path, kernel)
    return kernel


def _read(path: Path, table: RadialKernel) -> VoxelKernel | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            octant = np.asarray(held["octant"], dtype=np.float64)
            s, r, c, density, cut_mm, retained, renormalised = (float(v) for v in held["numbers"])
    except (OSError, ValueError, KeyError, BadZipFile):
        return None
    octant.flags.writeable = False
    kernel = VoxelKernel(octant, (s, r, c), density, cut_mm, retained, bool(renormalised), table.id, table.source)
    whole = 1.0 if kernel.renormalised else kernel.retained_fraction
    return kernel if octant.ndim == 3 and abs(kernel.total - whole) < 1e-9 else None


def _write(path: Path, kernel: VoxelKernel) -> None:
    """Write beside and rename, so that no reader ever sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers = [*kernel.spacing_mm, kernel.density_g_per_mL, kernel.cut_mm, kernel.retained_fraction, float(kernel.renormalised)]
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".npz")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, octant=kernel.octant, numbers=np.array(numbers))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
