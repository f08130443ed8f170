"""Histograms on a real Y-90 PET against this project's regression values (local deposition, K 49.67, 1.05 g/mL, nearest neighbour)."""

from pathlib import Path

import numpy as np
import pytest

from glisson.dose.dvh import DVH, dvh
from glisson.voxels import Grid, Image, Quantity

pytestmark = pytest.mark.real_data
K_Gy_kg_per_GBq, DENSITY_kg_per_L = 49.67, 1.05


@pytest.fixture(scope="module")
def dose(real_data: Path) -> Image:
    import nrrd

    array, header = nrrd.read(str(real_data / "y90_pet_maa_spect" / "patient_1_Y90_PET.nrrd"))
    affine = np.eye(4)
    affine[:3, :3] = np.asarray(header["space directions"], dtype=float).T[:, ::-1]
    affine[:3, 3] = header["space origin"]
    grid = Grid((array.shape[2], array.shape[1], array.shape[0]), affine)
    return Image(grid, array.T * (K_Gy_kg_per_GBq * 1e-6 / DENSITY_kg_per_L), Quantity.DOSE)  # Bq/mL is 1e-6 GBq/L


def of_lesion(real_data: Path, dose: Image, name: str, rule: str) -> DVH:
    import nibabel

    nifti = nibabel.load(real_data / "y90_pet_maa_spect" / "patient_1_masks" / f"{name}.nii.gz")
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ nifti.affine
    array = np.asarray(nifti.dataobj).T > 0
    grid = Grid(array.shape, np.column_stack([lps[:, 2], lps[:, 1], lps[:, 0], lps[:, 3]]))
    return dvh(dose, Image(grid, array, Quantity.MASK), rule=rule)  # type: ignore[arg-type]


def test_large_lesion_against_regression_values(real_data: Path, dose: Image) -> None:
    lesion = of_lesion(real_data, dose, "tumor_2", "nearest neighbour")
    assert lesion.mean_Gy == pytest.approx(164.8, rel=0.001)
    assert lesion.dose_to_fraction_Gy(0.7) == pytest.approx(70.8, rel=0.001)
    assert lesion.fraction_at_least(100.0) == pytest.approx(0.601, abs=0.0005)
    assert not lesion.findings()


def test_small_lesion_says_how_few_voxels_it_has(real_data: Path, dose: Image) -> None:
    """35 voxels by nearest neighbour; the mean moves by 8 % with the rule, so the rule is printed with it."""
    picked, covered = (of_lesion(real_data, dose, "tumor_4", rule) for rule in ("nearest neighbour", "covered fraction"))
    assert picked.sample.voxels == pytest.approx(35)
    assert picked.mean_Gy == pytest.approx(275.9, rel=0.001)
    assert covered.mean_Gy == pytest.approx(299.0, rel=0.005)
    assert covered.volume_mL == pytest.approx(0.52, abs=0.005)
    assert [finding.code for finding in covered.findings()] == ["dvh.few-voxels"]
    assert (picked.rule.split(";")[0], covered.rule.split(";")[0]) == ("nearest neighbour", "covered fraction")
