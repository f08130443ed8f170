"""The reference numbers that the repository holds: an independent transport code, in other geometries and voxels."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

REFERENCE = Path(__file__).parents[1] / "tests" / "reference"
MEAN_MeV = 0.93357
"""Mean energy of the spectrum of the reference doses."""
Float = NDArray[np.float64]


def rows(name: str, oracle: str = "egs_y90") -> list[dict[str, str]]:
    with (REFERENCE / oracle / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class VoxelS:
    """One voxel of a reference kernel; ``key``: voxels away along (slice, row, column)."""

    medium: str
    density: float
    edge_mm: float
    key: tuple[int, int, int]
    S_mGy_per_MBq_s: float
    relative_error: float

    @property
    def case(self) -> tuple[str, float, float]:
        return self.medium, self.density, self.edge_mm


def voxel_s(furthest2: int) -> list[VoxelS]:
    """Voxels up to a squared distance."""
    found = [
        VoxelS(
            row["medium"].replace(" ", "-"),
            float(row["density_g_per_mL"]),
            float(row["edge_mm"]),
            (int(row["i"]), int(row["j"]), int(row["k"])),
            float(row["S_mGy_per_MBq_s"]),
            float(row["relative_uncertainty"]),
        )
        for row in rows("voxel_s.csv")
    ]
    return [one for one in found if sum(k * k for k in one.key) <= furthest2]


@dataclass(frozen=True)
class Slab:
    """Dose of a slab source as a share of the dose deep inside it, by depth."""

    z_mm: Float
    share: Float
    relative_error: Float


def slab(which: str) -> Slab:
    """``homogeneous`` or ``lung``."""
    given = rows("lung_slab.csv")
    columns = ([float(row[name]) for row in given] for name in ("z_mm", which, f"{which}_relative_uncertainty"))
    z_mm, share, error = (np.array(values) for values in columns)
    return Slab(z_mm, share, error * np.sqrt(3.0))  # the stated error may be too small by this
