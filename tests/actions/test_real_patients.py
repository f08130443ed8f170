"""The two real image sets through the actions, against the regression numbers that were computed from the same files."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from glisson.actions import dose_case, plan_case, report_case
from glisson.case import Result

pytestmark = pytest.mark.real_data

PERCENT = 0.01


def means(result: Result) -> dict[str, float]:
    return {row["site"]: row["mean_Gy"] for row in result.value["structures"]}


@pytest.mark.parametrize(
    ("method", "masks", "tolerance", "expected"),
    [
        ("local", "nearest", 1, [33.3, 68.1, 164.8, 275.9, 11.0]),
        ("local", "contour", 2, [33.3, 69.1, 163.9, 261.9, 10.9]),
        ("kernel", "nearest", 3, [33.1, 63.5, 160.5, 200.5, 11.6]),
    ],
)
def test_pet_means_against_regression_numbers(
    patient_1: Path, method: str, masks: str, tolerance: int, expected: list[float]
) -> None:
    result = dose_case(patient_1, method=method, masks=masks).result
    sites = ["liver", "tumour-1", "tumour-2", "tumour-4", "normal"]
    assert [means(result)[site] for site in sites] == [pytest.approx(value, rel=tolerance * PERCENT) for value in expected]
    assert abs(result.value["energy_balance"]) < 1e-3


def test_pet_shows_imaged_beside_delivered_activity(patient_1: Path) -> None:
    facts = dose_case(patient_1, method="local").result.value["activity"]
    assert facts["in_field_GBq"] == pytest.approx(1.123, abs=0.001)
    assert facts["stated_GBq"] == pytest.approx(1.4)
    assert facts["used"] == "image"


def test_small_lesion_says_how_far_its_mean_hangs_on_sampling(patient_1: Path) -> None:
    result = dose_case(patient_1, method="local").result
    row = next(row for row in result.value["structures"] if row["site"] == "tumour-4")
    assert row["mean_by_rule_Gy"]["nearest neighbour"] == pytest.approx(275.9, rel=PERCENT)
    assert row["mean_by_rule_Gy"]["contour voxels"] == pytest.approx(261.9, rel=PERCENT)
    assert "sampling-rule" in {finding.code for finding in result.findings}


def test_pet_scaled_to_delivered_keeps_both_numbers(patient_1: Path) -> None:
    imaged = dose_case(patient_1, method="local", masks="nearest").result
    scaled = dose_case(patient_1, method="local", masks="nearest", to_delivered=True).result
    assert scaled.value["activity"]["in_field_GBq"] == pytest.approx(1.123, abs=0.001)
    assert scaled.value["activity"]["calibration_factor"] == pytest.approx(1.4 / 1.12296, rel=1e-4)
    assert means(scaled)["tumour-2"] == pytest.approx(means(imaged)["tumour-2"] * 1.4 / 1.12296, rel=1e-4)


def voxel(result: Result, product: str) -> dict[str, Any]:
    candidate = next(c for c in result.value["candidates"] if c["product"] == product)
    return next(m for m in candidate["methods"] if m["method"] == "voxel")


def test_spect_plan_against_regression_numbers(patient_2: Path) -> None:
    result = plan_case(patient_2, method="local", masks="nearest").result
    per_GBq = {row["site"]: row["mean_Gy_per_GBq"] for row in result.value["dose_per_GBq"]}
    expected = {"tumour-1": 114.3, "tumour-2": 96.2, "perfused-normal": 25.6, "perfused": 43.7, "gallbladder": 40.8}
    assert {site: per_GBq[site] for site in expected} == pytest.approx(expected, rel=2 * PERCENT)


@pytest.mark.parametrize(("method", "masks"), [("local", "nearest"), ("kernel", "covered")])
def test_spect_plan_says_which_limit_binds(patient_2: Path, method: str, masks: str) -> None:
    result = plan_case(patient_2, method=method, masks=masks).result
    resin, glass = voxel(result, "sir-spheres"), voxel(result, "therasphere")
    assert resin["activity_GBq"] == pytest.approx(1.56, rel=2 * PERCENT)
    assert "perfused normal" in resin["binding"]
    assert glass["activity_GBq"] == pytest.approx(4.60, rel=2 * PERCENT)
    assert "whole normal" in glass["binding"]


def test_spect_plan_with_unknown_disease_cannot_say_which_table_and_reports_all_the_same(patient_2: Path) -> None:
    result = plan_case(patient_2, method="local").result
    said = " ".join(finding.text for finding in result.findings)
    assert "cannot say which table of limits holds" in said
    assert "gallbladder" in said
    written = report_case(patient_2, made_at=datetime(2026, 3, 2, tzinfo=UTC))
    assert all(file.stat().st_size > 10_000 for file in written.files)
    assert "cannot say which table" in written.files[0].read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_monte_carlo_of_a_real_patient_reaches_two_percent_in_every_tumour(patient_1: Path) -> None:
    from glisson.actions import Histories

    done = dose_case(patient_1, method="montecarlo", histories=Histories(uncertainty=0.02, criterion="rms"))
    regions = {region.region: region for region in done.run.regions}
    assert set(regions) == {"tumour-1", "tumour-2", "tumour-4"}
    assert all(region.relative_standard_error_rms <= 0.02 for region in regions.values())
    assert regions["tumour-2"].voxels > 500
    assert "uniform 1.05" in done.result.value["medium"]["density"]
