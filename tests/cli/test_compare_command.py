"""``glisson compare``: two dose images, and every engine on a case."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

Run = Callable[..., Any]
AFFINE = np.diag([3.0, 3.0, 3.0, 1.0])


@pytest.fixture
def doses(tmp_path: Path) -> Path:
    """A flat dose, the same 1 % and 5 % higher, one on another grid, and a contour of half of it."""
    flat = np.full((8, 8, 8), 50.0, np.float32)
    half = np.zeros((8, 8, 8), np.uint8)
    half[:4] = 1
    for name, array in (("a", flat), ("near", flat * 1.01), ("far", flat * 1.05), ("half", half)):
        nib.save(nib.Nifti1Image(array, AFFINE), tmp_path / f"{name}.nii.gz")
    nib.save(nib.Nifti1Image(flat, np.diag([2.0, 3.0, 3.0, 1.0])), tmp_path / "other.nii.gz")
    return tmp_path


def test_two_doses_against_numbers_by_hand(doses: Path, run: Run) -> None:
    ran = run("compare", doses / "a.nii.gz", doses / "near.nii.gz", "--mask", doses / "half.nii.gz", "--json")
    result = json.loads(ran.out)
    assert result["kind"] == "dose comparison" and result["value"]["gamma"]["mean"] == pytest.approx(0.5, rel=1e-5)
    assert result["value"]["gamma"]["pass_fraction"] == 1.0 and result["value"]["gamma"]["voxels"] == 512
    everywhere, half = result["value"]["structures"]
    assert half["site"] == "half" and half["relative_difference"]["mean_Gy"] == pytest.approx(0.01, rel=1e-5)
    assert everywhere["gamma_pass_fraction"] == 1.0 and half["volume_gap_fraction"] == 1.0
    assert set(result["sources"]) == {"low-1998", "ju-2008"}


def test_two_doses_on_the_screen(doses: Path, run: Run) -> None:
    said = run("compare", doses / "a.nii.gz", doses / "far.nii.gz", "--mask", doses / "half.nii.gz").err
    assert "gamma, local 2 %/2 mm, from 10 % of the highest dose: 0.0 % of 512 voxels pass, mean 2.00" in said
    assert "+5.0" in said and "half" in said


def test_criteria_are_the_users(doses: Path, run: Run) -> None:
    ran = run("compare", doses / "a.nii.gz", doses / "far.nii.gz", "--dose", 0.10, "--distance", 3, "--threshold", 0.5, "--json")
    result = json.loads(ran.out)
    assert result["value"]["gamma"]["mean"] == pytest.approx(0.5, rel=1e-5)
    assert result["parameters"]["gamma_distance_mm"] == 3.0 and "from 50 %" in result["value"]["gamma"]["criteria"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["a.nii.gz", "other.nii.gz"], "spacing"),
        (["a.nii.gz"], "no folder"),
        (["a.nii.gz", "near.nii.gz", "far.nii.gz"], "3 things"),
        (["a.nii.gz", "near.nii.gz", "--mask", "half.nii.gz", "--mask", "half.nii.gz"], "two contours of one name"),
        (["a.nii.gz", "near.nii.gz", "--dose", "0"], "gamma criteria"),
        (["a.nii.gz", "near.nii.gz", "--mask", "near.nii.gz"], "not a mask"),
    ],
)
def test_what_cannot_be_compared_is_refused(doses: Path, run: Run, more: list[str], words: str) -> None:
    arguments = [doses / word if word.endswith(".gz") else word for word in more]
    ran = run("compare", *arguments)
    assert ran.code == 2 and words in ran.err and "Traceback" not in ran.err


def test_every_engine_on_a_case(small_case: Path, run: Run) -> None:
    ran = run("compare", small_case, "--uncertainty", 0.01, "--threshold", 0.5, "--json")
    result = json.loads(ran.out)
    value = result["value"]
    assert [engine["engine"] for engine in value["engines"]] == [
        "monte-carlo", "local", "kernel", "local-own-density", "kernel-own-density",
    ]  # fmt: skip
    rows = {row["site"]: row for row in value["structures"]}
    means = {name: {one["engine"]: one["mean_Gy"] for one in row["engines"]} for name, row in rows.items()}
    for engine in ("local", "kernel", "local-own-density", "kernel-own-density"):
        assert means["liver"][engine] == pytest.approx(means["liver"]["monte-carlo"], rel=0.08)
    assert means["lungs"]["local-own-density"] > 2.5 * means["lungs"]["local"]
    assert rows["tumour-1"]["standard_error_Gy"] < 0.01 * means["tumour-1"]["monte-carlo"]
    assert rows["lung-within-20-mm-of-the-liver"]["volume_mL"] < rows["lungs"]["volume_mL"]
    assert value["monte_carlo"]["seed"] != 1 and "from ct" in value["medium"]["own"]
    assert value["engines"][3]["gamma"]["voxels"] > 50 and value["gamma_reason"] is None
    assert value["profile"] is None
    assert json.loads((small_case / "results" / "engines.json").read_text(encoding="utf-8")) == result


@pytest.mark.parametrize("as_json", [False, True])
def test_a_comparison_whose_monte_carlo_was_stopped_says_so_and_ends_with_130(
    small_case: Path, run: Run, monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    from glisson.dose.montecarlo import MonteCarlo

    whole = MonteCarlo._run
    monkeypatch.setattr(MonteCarlo, "_run", lambda self, *more: (whole(self, *more)[0], True))
    ran = run("compare", small_case, "--uncertainty", 0.1, *(["--json"] if as_json else []))
    assert ran.code == 130
    stored = json.loads((small_case / "results" / "engines.json").read_text(encoding="utf-8"))
    assert stored["value"]["monte_carlo"]["interrupted"] is True
    assert "dose.interrupted" in {finding["code"] for finding in stored["findings"]}
    assert json.loads(ran.out) == stored if as_json else "the Monte Carlo was interrupted" in ran.err


def test_ctrl_c_before_there_is_anything_to_compare_leaves_nothing(
    small_case: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("glisson.dose.montecarlo.MonteCarlo._run", stop)
    ran = run("compare", small_case)
    assert ran.code == 130 and ran.err.endswith("nothing half-written was left behind\n")
    assert not (small_case / "results").exists()


def test_a_case_on_the_screen_and_in_the_report(small_case: Path, run: Run) -> None:
    ran = run("compare", small_case, "--uncertainty", 0.1)
    assert ran.code == 0 and "kernel ρ" in ran.err and "histories" in ran.err
    assert run("report", small_case).code == 0
    page = (small_case / "report" / "report.html").read_text(encoding="utf-8")
    assert "Engines side by side" in page and "What sets them apart" in page
    assert "the Monte Carlo knows too few voxels to 1 %" in page
    assert "No profile through the dome" in page


def test_a_comparison_of_an_image_that_changed_is_said(small_case: Path, run: Run) -> None:
    assert run("compare", small_case, "--uncertainty", 0.1).code == 0
    pet = nib.load(small_case / "pet.nii.gz")
    nib.save(nib.Nifti1Image(2.0 * pet.get_fdata().astype(np.float32), pet.affine), small_case / "pet.nii.gz")
    said = run("report", small_case).err
    assert "engines side by side: changed since it was computed: image 'pet'" in said and "glisson compare CASE" in said


def test_a_nuclide_without_a_kernel_says_which_engine_is_missing(small_case: Path, run: Run) -> None:
    """Ho-166 has no published kernel here; what cannot be said is said, and a missing Monte Carlo ends it before anything is written."""
    file = small_case / "case.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("nuclide: Y-90", "nuclide: Ho-166").replace("sir-spheres\n", "quiremspheres\n")
        .replace("[sir-spheres, therasphere]", "[quiremspheres]"), encoding="utf-8",
    )  # fmt: skip
    ran = run("compare", small_case, "--uncertainty", 0.2)
    if ran.code == 0:
        assert "kernel" in ran.err
    else:
        assert ran.code == 2 and "Ho-166" in ran.err and not (small_case / "results" / "engines.json").exists()
