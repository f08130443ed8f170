"""The absorbed dose of a case on voxels that can be counted: masses, ledger, biology and what is warned of."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from glisson.case import Case, Site, Structure
from glisson.case.site import FileContour
from glisson.dose.absorbed import CaseDose, Measured, Medium, Quality, absorbed_dose
from glisson.dose.biology import Biology
from glisson.dose.constant import dose_constant
from glisson.dose.local import LocalDeposition
from glisson.dose.uncertainty import Emission
from glisson.voxels import Grid, Image, Quantity

K = 49.6693
GRID = Grid.aligned((1, 2, 5), (20.0, 10.0, 5.0))  # voxels of 1 mL
MBq = 1e6


def structure(name: str, kind: str, cover: list[list[float]], **more: Any) -> Structure:
    mask = Image(GRID, np.array([cover], dtype=np.float32), Quantity.MASK)
    return Structure(
        Site(id=name, kind=kind, contour=FileContour(file=f"{name}.nii"), **more), mask, "drawn on this grid", mask.volume_mL
    )


LIVER = structure("liver", "organ", [[1, 1, 1, 1, 0], [1, 1, 1, 1, 0]], organ="liver")
LESION = structure("lesion", "lesion", [[1, 0.5, 0, 0, 0], [0, 0, 0, 0, 0]], parent="liver")
NORMAL = structure("normal", "normal", [[0, 0.5, 1, 1, 0], [1, 1, 1, 1, 0]], parent="liver")
LUNG = structure("lung", "organ", [[0, 0, 0, 0, 1], [0, 0, 0, 0, 0]], organ="lung")
ACTIVITY = np.array([[[4.0, 2.0, 1.0, 1.0, 0.5], [1.0, 1.0, 1.0, 1.0, 0.25]]]) * MBq


def dose(*structures: Structure, density: Any = 1.05) -> CaseDose:
    return absorbed_dose(
        Case(id="p", sites=tuple(s.site for s in structures)),
        measured=Measured(Image(GRID, ACTIVITY, Quantity.ACTIVITY, "Y-90"), {}),
        structures=structures,
        medium=Medium(density, "for the test"),
        engine=LocalDeposition(),
        constant=dose_constant("Y-90"),
        biology=Biology("Y-90", 64.1, "resin", "other"),
        quality=Quality(Emission(voxel_volume_mL=1.0)),
    )


def rows(found: CaseDose) -> dict[str, dict[str, Any]]:
    return {row["site"]: row for row in found.result.value["structures"]}


def test_means_and_masses_against_hand_values() -> None:
    found = rows(dose(LIVER, LESION, NORMAL))
    per_MBq_per_mL = K / 1.05  # J/GBq x 1e-3 GBq/mL over 1.05e-3 kg/mL
    assert found["lesion"]["mean_Gy"] == pytest.approx((4 + 0.5 * 2) / 1.5 * per_MBq_per_mL, rel=1e-5)
    assert found["lesion"]["mass_g"] == pytest.approx(1.5 * 1.05)
    assert found["liver"]["mean_Gy"] == pytest.approx(12 / 8 * per_MBq_per_mL, rel=1e-5)


def test_the_ledger_against_activity_in_each_compartment() -> None:
    """By local deposition every compartment holds K times its own activity, to far less than the 0.1 % of the guard."""
    value = dose(LIVER, LESION, LUNG).result.value
    held = {row["compartment"]: row["energy_J"] for row in value["energy"]}
    want = {"lesion": 5.0, "lung": 0.5, "liver": 7.0, "remainder of the field": 0.25}
    assert held == {name: pytest.approx(K * MBq * 1e-9 * activity, rel=1e-5) for name, activity in want.items()}
    assert value["energy_balance"] == pytest.approx(0.0, abs=1e-6)


def test_the_ledger_with_a_density_image() -> None:
    """Lung at a third of the density: three times the dose there, the same energy."""
    density = Image(GRID, np.where(LUNG.mask.array > 0, 0.35, 1.05), Quantity.DENSITY)
    value = dose(LIVER, LUNG, density=density).result.value
    lung = next(row for row in value["energy"] if row["compartment"] == "lung")
    assert lung["mass_g"] == pytest.approx(0.35)
    assert lung["mean_Gy"] == pytest.approx(K * 0.5e-3 / 0.35e-3, rel=1e-5)
    assert lung["energy_J"] == pytest.approx(K * 0.5e-3, rel=1e-5)
    assert rows(dose(LIVER, LUNG, density=density))["lung"]["mass_g"] == pytest.approx(0.35)


def test_a_lesion_that_another_organ_overlaps_keeps_its_voxels() -> None:
    organ = structure("gallbladder", "organ", [[1, 1, 0, 0, 0], [0, 0, 0, 0, 0]], organ="gallbladder")
    held = {row["compartment"]: row["energy_J"] for row in dose(LIVER, organ, LESION).result.value["energy"]}
    assert held["lesion"] == pytest.approx(K * 5e-3, rel=1e-5)
    assert held["gallbladder"] == pytest.approx(K * 1e-3, rel=1e-5)


def test_biology_by_tissue_against_hand_values() -> None:
    """Normal liver 2.5 Gy and 2.5 h, lesions 10 Gy and 1.5 h; none for an organ that mixes both."""
    found = rows(dose(LIVER, LESION, NORMAL))
    assert found["liver"]["bed"] is None and found["liver"]["ntcp"] is None
    for site, ratio, repair in (("lesion", 10.0, 1.5), ("normal", 2.5, 2.5)):
        row, G = found[site], repair / (repair + 64.1)
        doses = K / 1.05 * np.array([4.0, 2.0] if site == "lesion" else [2.0, 1.0])
        share = np.array([1.0, 0.5] if site == "lesion" else [0.5, 6.0])
        want = float(np.average(doses * (1 + G * doses / ratio), weights=share))
        assert row["bed"]["mean_BED_Gy"] == pytest.approx(want, rel=1e-4)
        assert row["bed"]["EQD2_Gy"] == pytest.approx(want / (1 + 2 / ratio), rel=1e-4)
        assert row["bed"]["BED_of_mean_Gy"] == pytest.approx(row["mean_Gy"] * (1 + G * row["mean_Gy"] / ratio), rel=1e-4)
    assert found["lesion"]["tcp"]["answer"] == "cannot say" and found["lesion"]["ntcp"] is None
    assert found["normal"]["ntcp"]["answer"] == "interval" and found["normal"]["tcp"] is None


def test_a_lesion_partly_outside_its_organ_is_said_in_mL() -> None:
    outside = structure("edge", "lesion", [[0, 0, 0, 1, 0.25], [0, 0, 0, 0, 0]], parent="liver")
    said = [f.text for f in dose(LIVER, outside).result.findings if f.code == "lesion-outside-organ"]
    assert said == ["edge: 0.25 of 1.25 mL lie outside liver; its dose counts all of it"]


def test_a_sliver_of_a_lesion_is_cannot_say_and_stops_nothing() -> None:
    sliver = structure("sliver", "lesion", [[0.004, 0, 0, 0, 0], [0, 0, 0, 0, 0]], parent="liver")
    found = dose(LIVER, sliver)
    assert list(rows(found)) == ["liver"]
    assert [f.code for f in found.result.findings if "sliver" in f.text] == ["only-slivers"]


def test_sources_name_what_was_used() -> None:
    found = dose(LIVER, LESION, NORMAL).result.sources
    assert {"cremonesi-2014", "gear-2018", "mikell-2015"} <= set(found)
    only = absorbed_dose(
        Case(id="p"),
        measured=Measured(Image(GRID, ACTIVITY, Quantity.ACTIVITY, "Y-90"), {}),
        structures=(),
        medium=replace(Medium(1.05, "uniform"), sources=("taranis",)),
        engine=LocalDeposition(),
        constant=dose_constant("Y-90"),
        biology=Biology("Y-90", 64.1, None, "unknown"),
        quality=Quality(Emission(voxel_volume_mL=1.0)),
    )
    assert only.result.sources == (dose_constant("Y-90").source, "taranis")
