"""The main job on a simulated patient, from nothing to the report, and what holds between its steps."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pydicom
import pytest
from dicom_files import errors_of_dciodvfy

from glisson.actions import dose_case, export_case, plan_case, report_case, sign_plan
from glisson.actions.demo import make_simulated_case, run_demo
from glisson.case import Result
from glisson.errors import BadInput
from glisson.imaging.read import read_image
from glisson.records import read_case, read_results

AT = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "case"
    run_demo(folder, seed=1, made_at=AT)
    return folder


@pytest.fixture
def case(demo: Path, tmp_path: Path) -> Path:
    """A copy of the demo case that a test may change."""
    shutil.copytree(demo, tmp_path / "case")
    return tmp_path / "case"


def results(folder: Path) -> dict[str, Result]:
    return read_results(folder)


def row(result: Result, site: str) -> dict[str, Any]:
    return next(row for row in result.value["structures"] if row["site"] == site)


def test_demo_leaves_report_results_and_dicom(demo: Path) -> None:
    for file in ("report/report.html", "report/report.pdf", "results/plan.json", "results/dose.json", "results/dose.nii.gz"):
        assert (demo / file).stat().st_size > 1000
    assert {file.name for file in (demo / "dicom").iterdir()} == {
        "rtplan.dcm", "rtdose.dcm", "rtstruct.dcm", "seg.dcm", "report-sr.dcm",
    }  # fmt: skip


@pytest.mark.dicom3tools
def test_dicom_of_the_demo_against_dciodvfy(demo: Path) -> None:
    assert {file.name: errors_of_dciodvfy(file) for file in (demo / "dicom").iterdir()} == {
        file.name: [] for file in (demo / "dicom").iterdir()
    }


def test_everything_of_the_demo_says_simulated(demo: Path) -> None:
    assert read_case(demo).simulated
    assert "SIMULATED" in (demo / "report" / "report.html").read_text(encoding="utf-8")
    for file in (demo / "dicom").iterdir():
        assert "SIMULATED" in str(pydicom.dcmread(file).SeriesDescription)


def test_imaged_activity_against_the_simulated_truth(demo: Path) -> None:
    facts = results(demo)["dose"].value["activity"]
    assert facts["in_field_GBq"] == pytest.approx(facts["stated_GBq"], rel=0.03)
    assert facts["decay_factor"] > 1.0


def test_energy_balances_in_plan_and_dose(demo: Path) -> None:
    found = results(demo)
    assert abs(found["dose"].value["energy_balance"]) < 1e-3
    assert sum(r["energy_J"] for r in found["dose"].value["energy"]) == pytest.approx(
        found["dose"].value["energy_total_J"], rel=1e-3
    )
    for candidate in found["plan"].value["candidates"]:
        for method in candidate["methods"]:
            if method["activity_GBq"] is not None:
                balance = method["energy_balance"]
                assert abs(balance["imbalance"]) < balance["tolerance"]


def test_same_inputs_give_the_same_bytes(case: Path) -> None:
    before = {name: (case / "results" / name).read_bytes() for name in ("plan.json", "dose.json", "dose.nii.gz")}
    plan_case(case)
    dose_case(case)
    assert {name: (case / "results" / name).read_bytes() for name in before} == before


def test_same_report_bytes(case: Path, demo: Path) -> None:
    report_case(case, made_at=AT)
    for name in ("report.html", "report.pdf"):
        assert (case / "report" / name).read_bytes() == (demo / "report" / name).read_bytes()


def test_signed_plan_is_kept_and_a_later_one_is_new(case: Path) -> None:
    kept = sign_plan(case, by="A. Physicist", at=AT).kept
    signed = kept.read_bytes()
    with pytest.raises(BadInput, match="signed already"):
        sign_plan(case, by="A. Physicist", at=AT)
    text = (case / "case.yaml").read_text(encoding="utf-8")
    (case / "case.yaml").write_text(text.replace("mean_dose_Gy: 30.0", "mean_dose_Gy: 2.0", 1), encoding="utf-8")
    later = plan_case(case)
    assert kept.read_bytes() == signed
    assert later.result.sha256() not in {event.result for event in read_case(case).events}
    assert [finding.code for finding in later.remarks] == ["signed-plan-kept"]


def test_rtdose_read_back_gives_the_same_gray(demo: Path) -> None:
    dose = read_image(demo / "results" / "dose.nii.gz", unit="Gy").image
    data = pydicom.dcmread(demo / "dicom" / "rtdose.dcm")
    stored = data.pixel_array * float(data.DoseGridScaling)
    assert abs(stored - dose.array).max() <= 0.51 * float(data.DoseGridScaling)
    assert (
        data.FrameOfReferenceUID
        == pydicom.dcmread(demo / "dicom" / "rtstruct.dcm").ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID
    )


def test_export_of_the_same_dose_gives_the_same_files(case: Path, demo: Path) -> None:
    export_case(case, dicom=case / "again", made_at=AT)
    for file in (demo / "dicom").iterdir():
        assert (case / "again" / file.name).read_bytes() == file.read_bytes()


def test_no_result_holds_a_path_or_a_clock(demo: Path) -> None:
    for name in ("plan", "dose", "engines"):
        text = (demo / "results" / f"{name}.json").read_text(encoding="utf-8")
        assert str(demo) not in text
        assert json.loads(text)["version"]


def test_engines_side_by_side_on_the_simulated_patient(demo: Path) -> None:
    """The lung dose by each engine: far too low where lung weighs as much as liver, within a third beside its own density."""
    value = json.loads((demo / "results" / "engines.json").read_text(encoding="utf-8"))["value"]
    rows = {row["site"]: {one["engine"]: one["mean_Gy"] for one in row["engines"]} for row in value["structures"]}
    for site in ("lungs", "lung-within-20-mm-of-the-liver"):
        known = rows[site]["monte-carlo"]
        assert rows[site]["local"] < 0.5 * known and rows[site]["kernel"] < 0.5 * known
        assert rows[site]["local-own-density"] == pytest.approx(known, rel=0.33)
        assert known < rows[site]["kernel-own-density"] < 1.33 * known
    for row in value["structures"]:
        if row["kind"] == "lesion":
            assert row["standard_error_Gy"] < 0.02 * rows[row["site"]]["monte-carlo"]
            assert rows[row["site"]]["kernel-own-density"] == pytest.approx(rows[row["site"]]["monte-carlo"], rel=0.03)
    profile = value["profile"]
    assert profile["columns"] > 100 and profile["density_g_per_mL"][0] > 0.9 > 0.5 > profile["density_g_per_mL"][-1]
    page = (demo / "report" / "report.html").read_text(encoding="utf-8")
    assert "Engines side by side" in page and "Through the dome: mean over" in page


def test_demo_replaces_a_demo_and_nothing_else(tmp_path: Path) -> None:
    make_simulated_case(tmp_path / "demo", seed=2)
    make_simulated_case(tmp_path / "demo", seed=1)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("do not delete")
    with pytest.raises(BadInput, match="did not make"):
        make_simulated_case(tmp_path / "mine", seed=1)
    assert (tmp_path / "mine" / "thesis.txt").exists()
