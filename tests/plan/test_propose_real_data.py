"""The real Tc-99m MAA SPECT: per GBq, shunt 0, nearest-neighbour masks, 1.05 g/mL, K 49.67 (regression numbers of this project)."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glisson.case import Case, DoseLimit, Level, Planning, Result, Site, Structure, Treatment
from glisson.case.site import FileContour
from glisson.plan.propose import propose_activity
from glisson.plan.shunt import Shunt
from glisson.voxels import Grid, Image, Quantity
from glisson.voxels.resample import nearest

SITES: dict[str, dict[str, str]] = {
    "liver": {"kind": "organ", "organ": "liver"},
    "gallbladder": {"kind": "organ", "organ": "gallbladder"},
    "perfused_volume": {"kind": "territory", "parent": "liver"},
    "perfused_normal": {"kind": "normal", "parent": "perfused_volume"},
    "whole_liver_normal": {"kind": "normal", "parent": "liver"},
    "tumor_1": {"kind": "lesion", "parent": "liver"},
    "tumor_2": {"kind": "lesion", "parent": "liver"},
}
LIMITS = (
    DoseLimit(on="perfused normal liver", mean_dose_Gy=40, product="sir-spheres"),
    DoseLimit(on="whole normal liver", mean_dose_Gy=75, product="therasphere"),
    DoseLimit(on="lung", mean_dose_Gy=30),
)


def lps(affine: np.ndarray, shape: tuple[int, ...], array: np.ndarray, quantity: Quantity) -> Image:
    """An array in file order (i, j, k) on the grid of its LPS affine."""
    return Image(Grid((shape[2], shape[1], shape[0]), affine[:, [2, 1, 0, 3]]), array.transpose(2, 1, 0), quantity)


@pytest.fixture(scope="module")
def result(real_data: Path) -> Result:
    import nibabel
    import nrrd

    folder = real_data / "y90_pet_maa_spect"
    counts, header = nrrd.read(str(folder / "patient_2_SPECT.nrrd"))
    affine = np.eye(4)
    affine[:3, :3] = np.array(header["space directions"]).T
    affine[:3, 3] = header["space origin"]
    mapping = lps(affine, counts.shape, counts, Quantity.COUNTS)
    structures = []
    for name, what in SITES.items():
        file = nibabel.load(folder / "patient_2_masks" / f"{name}.nii.gz")
        mask = lps(np.diag([-1, -1, 1, 1]) @ file.affine, file.shape, np.asarray(file.dataobj).astype(bool), Quantity.MASK)
        site = Site(id=name, contour=FileContour(file=f"{name}.nii.gz"), **what)
        structures.append(Structure(site, nearest(mask, mapping.grid), "nearest neighbour", mask.volume_mL))
    planned = Treatment(
        id="sirt", kind="radioembolization", planning=Planning(products=("sir-spheres", "therasphere"), limits=LIMITS)
    )
    case = Case(id="patient-2", sites=tuple(s.site for s in structures), treatments=(planned,))
    return propose_activity(case, "sirt", mapping=mapping, structures=structures, lung_shunt=Shunt(0.0, "entered"))


def method(result: Result, product: int, name: str) -> dict[str, Any]:
    return next(m for m in result.value["candidates"][product]["methods"] if m["method"] == name)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("site", "Gy_per_GBq"),
    [("tumor_1", 114.3), ("tumor_2", 96.2), ("perfused_normal", 25.6), ("perfused_volume", 43.7), ("gallbladder", 40.8)],
)
def test_doses_per_GBq_against_regression_numbers(result: Result, site: str, Gy_per_GBq: float) -> None:
    found = next(row for row in result.value["dose_per_GBq"] if row["site"] == site)
    assert found["mean_Gy_per_GBq"] == pytest.approx(Gy_per_GBq, rel=0.005)


@pytest.mark.real_data
@pytest.mark.parametrize(("product", "GBq", "on"), [(0, 1.56, "perfused normal liver"), (1, 4.60, "whole normal liver")])
def test_limiting_activities_against_regression_numbers(result: Result, product: int, GBq: float, on: str) -> None:
    found = method(result, product, "voxel")
    assert found["activity_GBq"] == pytest.approx(GBq, rel=0.005)
    assert found["binding"].startswith(on)
    assert found["feasible"] and not result.stopped


@pytest.mark.real_data
def test_partition_against_regression_numbers(result: Result) -> None:
    found = method(result, 0, "partition")
    assert found["tumour_to_normal"]["perfused_volume"] == pytest.approx(4.091, abs=0.001)
    per_GBq = {row["site"]: row["mean_Gy"] / found["activity_GBq"] for row in found["structures"]}
    assert per_GBq["tumor_1"] == pytest.approx(108.8, abs=0.1) and per_GBq["tumor_2"] == pytest.approx(108.8, abs=0.1)
    assert per_GBq["perfused_normal"] == pytest.approx(26.6, abs=0.1)
    assert per_GBq["gallbladder"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.real_data
def test_shares_of_the_counts_against_regression_numbers(result: Result) -> None:
    mapping = result.value["mapping"]
    assert mapping["activity_in_liver_fraction"] == pytest.approx(0.6029, abs=5e-4)
    assert mapping["perfused_over_liver"] == pytest.approx(0.940, abs=5e-4)
    ratios = {c["site"]: c["tumour_to_normal"] for c in result.value["compartments"] if c["role"] == "tumour"}
    assert ratios["tumor_1"] == pytest.approx(4.47, abs=0.01) and ratios["tumor_2"] == pytest.approx(3.76, abs=0.01)
    gallbladder = next(c for c in result.value["compartments"] if c["site"] == "gallbladder")
    assert gallbladder["uptake_fraction"] == pytest.approx(0.038, abs=5e-4)


@pytest.mark.real_data
def test_every_ledger_balances(result: Result) -> None:
    for product in (0, 1):
        for name, tolerance in (("voxel", 1e-3), ("partition", 1e-6), ("mird", 1e-6)):
            assert abs(method(result, product, name)["energy_balance"]["imbalance"]) < tolerance


@pytest.mark.real_data
def test_what_a_reader_must_know_is_said(result: Result) -> None:
    said = {f.code: f for f in result.findings}
    assert said["non-target-uptake"].level is Level.WARNING and "gallbladder" in said["non-target-uptake"].text
    assert "disease unknown" in said["limits-unknown"].text
    assert "461 voxels" in said["negative-counts-clipped"].text
    assert "16.3 Gy per GBq so, 14.2 if nothing leaves the territory" in said["counts-outside-perfused"].text
    assert said["hot-remainder"].level in (Level.WARNING, Level.NOTE)
