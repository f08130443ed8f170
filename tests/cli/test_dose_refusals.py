"""Bad input of ``glisson dose``, one by one: exit code 2, a clear message, nothing computed and nothing written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

Run = Callable[..., Any]
AFFINE = np.diag([4.0, 4.0, 4.0, 1.0])
SHAPE = (7, 7, 7)
METHODS = ("local", "kernel", "montecarlo")


def save(path: Path, array: np.ndarray, affine: np.ndarray = AFFINE) -> Path:
    nib.save(nib.Nifti1Image(array, affine), path)
    return path


def ball(**places: float) -> np.ndarray:
    array = np.zeros(SHAPE, np.float32)
    array[2:5, 2:5, 2:5] = 1e6
    for value in places.values():
        array[0, 0, 0] = value
    return array


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Arrays on disk, and engines that must not be reached: a history or a convolution fails the test."""
    save(tmp_path / "a.nii.gz", ball())
    save(tmp_path / "rho.nii.gz", np.full(SHAPE, 1.05, np.float32))
    save(tmp_path / "m.nii.gz", np.ones(SHAPE, np.uint8))
    (tmp_path / "legend.csv").write_text("label,material\n1,soft-tissue\n")

    def never(*_: object, **__: object) -> None:
        raise AssertionError("something was computed")

    monkeypatch.setattr("glisson.dose.montecarlo.run_batches", never)
    monkeypatch.setattr("glisson.dose.kernel.convolve", never, raising=False)
    return tmp_path


def refused(run: Run, folder: Path, method: str, *more: object, activity: str = "a.nii.gz") -> str:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    ran = run(
        "dose", "--activity", folder / activity, "--unit", "Bq/mL", "--method", method, "--out", folder / "d.nii.gz", *more
    )  # fmt: skip
    assert ran.code == 2, ran.err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert "this is a bug" not in ran.err and ran.out == ""
    return " ".join(ran.err.split())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("density", ["0", "-1", "20.5", "nan", "inf", "thick"])
def test_a_density_that_cannot_be(folder: Path, run: Run, method: str, density: str) -> None:
    assert "density" in refused(run, folder, method, "--density", density)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [-0.1, 20.5, np.nan, np.inf])
def test_one_voxel_of_a_density_image_that_cannot_be(folder: Path, run: Run, method: str, value: float) -> None:
    array = np.full(SHAPE, 1.05, np.float32)
    array[1, 2, 3] = value
    said = refused(run, folder, method, "--density", save(folder / "rho.nii.gz", array))
    assert "densit" in said or "not finite" in said


def test_a_density_of_zero_in_one_voxel_is_refused_by_a_monte_carlo(folder: Path, run: Run) -> None:
    array = np.full(SHAPE, 1.05, np.float32)
    array[1, 2, 3] = 0.0
    said = refused(run, folder, "montecarlo", "--density", save(folder / "rho.nii.gz", array))
    assert "1 of 343 voxels have a density" in said and "0.0012" in said


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_one_voxel_of_activity_that_cannot_be(folder: Path, run: Run, method: str, value: float) -> None:
    save(folder / "bad.nii.gz", ball(corner=value))
    said = refused(run, folder, method, activity="bad.nii.gz")
    assert ("1 of 343 voxels have a negative activity" if value == -1 else "1 of 343 voxels are not finite") in said


@pytest.mark.parametrize("method", METHODS)
def test_no_activity_anywhere(folder: Path, run: Run, method: str) -> None:
    save(folder / "none.nii.gz", np.zeros(SHAPE, np.float32))
    assert "no activity" in refused(run, folder, method, activity="none.nii.gz")


@pytest.mark.parametrize("what", ["--density", "--materials", "--regions"])
@pytest.mark.parametrize("how", ["shape", "spacing", "origin"])
def test_images_on_another_grid(folder: Path, run: Run, what: str, how: str) -> None:
    affine = AFFINE.copy()
    if how == "spacing":
        affine[2, 2] = 3.0
    if how == "origin":
        affine[0, 3] = 1.0
    path = save(folder / "other.nii.gz", np.ones((7, 7, 6) if how == "shape" else SHAPE, np.float32), affine)
    more = [what, path, *(["--legend", folder / "legend.csv"] if what == "--materials" else [])]
    assert "not lie on the same grid" in refused(run, folder, "montecarlo", *more)


@pytest.mark.parametrize(
    ("legend", "words"),
    [
        ("1,cheese", "unknown material 'cheese'"),
        ("2,bone", "labels without a material in the legend: 1"),
        ("x,bone", "whole number"),
    ],
)
def test_materials_that_are_unknown(folder: Path, run: Run, legend: str, words: str) -> None:
    (folder / "legend.csv").write_text(f"label,material\n{legend}\n")
    more = ["--materials", folder / "m.nii.gz", "--legend", folder / "legend.csv"]
    assert words in refused(run, folder, "montecarlo", *more)


@pytest.mark.parametrize("value", [np.nan, 1.5])
def test_label_images_without_labels(folder: Path, run: Run, value: float) -> None:
    path = save(folder / "labels.nii.gz", np.full(SHAPE, value, np.float32))
    for more in (["--materials", path, "--legend", folder / "legend.csv"], ["--regions", path]):
        said = refused(run, folder, "montecarlo", *more)
        assert "labels" in said or "not finite" in said


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--histories", "0"], "0 histories"),
        (["--histories", "-1"], "-1 histories"),
        (["--histories", "99999999999999"], "histories"),
        (["--uncertainty", "0"], "an uncertainty of 0"),
        (["--uncertainty", "1"], "an uncertainty of 1"),
        (["--uncertainty", "nan"], "an uncertainty of nan"),
        (["--seconds", "0"], "0 seconds"),
        (["--seconds", "nan"], "nan seconds"),
        (["--threads", "0"], "0 threads"),
        (["--threads", "100000"], "100000 threads"),
        (["--seed", "-1"], "seed -1"),
        (["--steps", "giant"], "steps 'giant'"),
        (["--device", "abacus"], "device 'abacus'"),
        (["--uncertainty", "0.01", "--criterion", "most"], "criterion 'most'"),
        (["--criterion", "rms"], "a criterion without an uncertainty"),
        (["--nuclide", "Xx-1"], "Xx-1"),
        (["--regions", "absent.nii.gz"], "absent.nii.gz"),
        (["--materials", "absent.nii.gz", "--legend", "absent.csv"], "absent"),
        (["--sigma", "nowhere/s.nii.gz"], "its folder does not exist"),
    ],
)
def test_requests_that_cannot_be(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, more: list[str], words: str) -> None:
    monkeypatch.chdir(folder)
    assert words in refused(run, folder, "montecarlo", *more)


@pytest.mark.parametrize("more", [["--histories", "0"], ["--uncertainty", "2"], ["--threads", "0"], ["--density", "21"]])
def test_a_case_refuses_them_too(small_case: Path, run: Run, more: list[str]) -> None:
    ran = run("dose", small_case, "--method", "montecarlo", *more)
    assert ran.code == 2 and not (small_case / "results").exists()


@pytest.mark.parametrize("method", METHODS)
def test_a_case_without_activity(small_case: Path, run: Run, method: str) -> None:
    image = nib.load(small_case / "pet.nii.gz")
    nib.save(nib.Nifti1Image(np.zeros(image.shape, np.float32), image.affine), small_case / "pet.nii.gz")
    ran = run("dose", small_case, "--method", method)
    assert ran.code == 2 and "activity" in ran.err
    assert not (small_case / "results").exists()


def test_a_gpu_that_is_not_here(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numba.cuda.is_available", lambda: False)
    said = refused(run, folder, "montecarlo", "--device", "cuda")
    assert "device cuda" in said and "use --device cpu" in said
    assert "only with the method montecarlo" in refused(run, folder, "kernel", "--device", "cuda")
