"""Commands as a user runs them: what they print where, and how they end."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from glisson.cli.screen import number

Run = Callable[..., Any]


def test_json_prints_the_stamped_result_and_nothing_else(small_case: Path, run: Run) -> None:
    for command, kind in (("plan", "activity plan"), ("dose", "absorbed dose")):
        ran = run(command, small_case, "--json")
        result = json.loads(ran.out)
        assert ran.err == ""
        assert result["kind"] == kind
        assert result["version"] and result["inputs"] and result["editions"] and result["sources"]
    both = json.loads(run("report", small_case, "--at", "2026-03-20T12:00:00+01:00", "--json").out)
    assert [result["kind"] for result in both] == ["activity plan", "absorbed dose"]
    exported = json.loads(run("export", small_case, "--nifti", small_case / "nifti", "--json").out)
    assert exported["kind"] == "absorbed dose"


def test_progress_and_words_go_to_standard_error(small_case: Path, run: Run) -> None:
    ran = run("dose", small_case)
    assert ran.out == ""
    assert "tumour-1" in ran.err


def test_plan_that_nothing_satisfies_gives_the_whole_report_and_code_3(small_case: Path, run: Run) -> None:
    text = (small_case / "case.yaml").read_text()
    impossible = "- {on: tumour, mean_dose_Gy: 900, aim: target}\n        - {on: lung, mean_dose_Gy: 30}"
    (small_case / "case.yaml").write_text(text.replace("- {on: lung, mean_dose_Gy: 30}", impossible))
    ran = run("plan", small_case)
    assert ran.code == 3
    assert "stop" in ran.err and "no product satisfies" in ran.err
    stored = json.loads((small_case / "results" / "plan.json").read_text())
    assert stored["value"]["candidates"]
    assert run("report", small_case).code == 0


def test_lesion_partly_outside_the_liver_is_a_warning_with_mL(small_case: Path, run: Run) -> None:
    old = nib.load(small_case / "tumour-1.nii.gz")
    nib.save(nib.Nifti1Image(np.roll(np.asarray(old.dataobj), -8, axis=0), old.affine), small_case / "tumour-1.nii.gz")
    ran = run("dose", small_case)
    assert ran.code == 0
    assert "mL lie outside liver" in " ".join(ran.err.split())


def test_structure_empty_on_the_grid_is_a_warning(small_case: Path, run: Run) -> None:
    old = nib.load(small_case / "tumour-1.nii.gz")
    far = old.affine.copy()
    far[:3, 3] += 5000.0
    nib.save(nib.Nifti1Image(np.asarray(old.dataobj), far), small_case / "tumour-1.nii.gz")
    ran = run("dose", small_case)
    assert ran.code == 0
    assert "empty on the emission grid" in " ".join(ran.err.split())


@pytest.mark.parametrize(("unit", "scale"), [("Bq/mL", 1.0), ("Bq", 0.064)])
@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd"])
def test_dose_of_arrays_against_closed_form(tmp_path: Path, run: Run, unit: str, scale: float, suffix: str) -> None:
    """Local deposition: K (Gy kg/GBq) x 1e-6 x (Bq/mL) / (g/mL)."""
    activity = np.zeros((12, 11, 10), np.float32)
    activity[6, 5, 5] = 2.0e6 * scale
    nib.save(nib.Nifti1Image(activity, np.diag([4.0, 4.0, 4.0, 1.0])), tmp_path / "a.nii.gz")
    nib.save(nib.Nifti1Image(np.full(activity.shape, 1.25, np.float32), np.diag([4.0, 4.0, 4.0, 1.0])), tmp_path / "rho.nii.gz")
    out = tmp_path / f"dose{suffix}"
    ran = run(
        "dose", "--activity", tmp_path / "a.nii.gz", "--unit", unit, "--density", tmp_path / "rho.nii.gz",
        "--nuclide", "Y-90", "--method", "local", "--out", out, "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["value"]["maximum_Gy"] == pytest.approx(49.6693 * 2.0 / 1.25, rel=1e-5)
    from glisson.imaging.read import read_image

    dose = read_image(out, unit="Gy").image
    assert float(dose.array.max()) == pytest.approx(49.6693 * 2.0 / 1.25, rel=1e-5)


def test_holmium_by_kernel_is_out_of_scope_and_by_local_is_not(tmp_path: Path, run: Run) -> None:
    nib.save(nib.Nifti1Image(np.ones((6, 6, 6), np.float32), np.diag([4.0, 4.0, 4.0, 1.0])), tmp_path / "a.nii.gz")
    common = (
        "dose",
        "--activity",
        tmp_path / "a.nii.gz",
        "--unit",
        "Bq/mL",
        "--nuclide",
        "Ho-166",
        "--out",
        tmp_path / "d.nii.gz",
    )
    refused = run(*common)
    assert refused.code == 2
    assert "local" in refused.err
    assert not (tmp_path / "d.nii.gz").exists()
    done = run(*common, "--method", "local", "--json")
    assert json.loads(done.out)["parameters"]["K_Gy_kg_per_GBq"] == pytest.approx(15.87, abs=0.005)


def test_density_from_ct_changes_the_dose_by_the_density(small_case: Path, run: Run) -> None:
    uniform = json.loads(run("dose", small_case, "--method", "local", "--density", "1.06", "--json").out)
    from_ct = json.loads(run("dose", small_case, "--method", "local", "--density", "ct", "--json").out)

    def mean(result: dict[str, Any]) -> float:
        return float(next(r["mean_Gy"] for r in result["value"]["structures"] if r["site"] == "tumour-1"))

    assert mean(from_ct) == pytest.approx(mean(uniform), rel=1e-4)  # liver at 60 HU is 1.06 g/mL
    assert "from ct" in from_ct["value"]["medium"]["density"]


def test_shunt_on_spect_against_counts(small_case: Path, run: Run) -> None:
    spect = np.asarray(nib.load(small_case / "spect.nii.gz").dataobj).astype(float)
    lung = np.asarray(nib.load(small_case / "lungs.nii.gz").dataobj) > 0
    liver = np.asarray(nib.load(small_case / "liver.nii.gz").dataobj) > 0
    found = json.loads(run("shunt", small_case, "--json").out)["value"]["fraction"]
    assert found == pytest.approx(spect[lung].sum() / (spect[lung].sum() + spect[liver].sum()), rel=1e-6)


def test_sign_records_who_and_when(small_case: Path, run: Run) -> None:
    run("plan", small_case)
    assert run("sign", small_case, "--by", "A. Physicist", "--at", "2026-03-01T10:00:00+01:00").code == 0
    text = (small_case / "case.yaml").read_text()
    assert "plan-signed" in text and "A. Physicist" in text and "2026-03-01T10:00:00+01:00" in text


def test_contour_made_from_others_is_written(small_case: Path, run: Run) -> None:
    assert run("contour", small_case, "--site", "perfused-normal", "--out", small_case / "made.nii.gz").code == 0
    made = np.asarray(nib.load(small_case / "made.nii.gz").dataobj) > 0
    right = np.asarray(nib.load(small_case / "right.nii.gz").dataobj) > 0
    tumour = np.asarray(nib.load(small_case / "tumour-1.nii.gz").dataobj) > 0
    assert made.sum() == (right & ~tumour).sum()


def test_register_writes_a_transform_that_a_person_can_accept(small_case: Path, run: Run) -> None:
    ran = run("register", small_case, "--moving", "pet", "--fixed", "ct")
    assert ran.code == 0, ran.err
    assert (small_case / "registrations" / "pet-to-ct.json").exists()
    assert "registration: registrations/pet-to-ct.json" in " ".join(ran.err.split())


def test_unknown_is_said_never_zero() -> None:
    assert number(None) == "cannot say"
    assert number(True) == "cannot say"
    assert number(0.0) == "0.0"


def test_case_made_from_scans_is_read_back(small_case: Path, tmp_path: Path, run: Run) -> None:
    (small_case / "case.yaml").unlink()
    ran = run("case", "new", small_case, "--out", tmp_path / "made", "--copy")
    assert ran.code == 0, ran.err
    checked = run("case", "check", tmp_path / "made")
    assert checked.code == 0
    assert "liver" in checked.err and "pet" in checked.err
