"""``glisson dose --kernel``: the program's own point kernel beside the published one, kept on disk."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

Run = Callable[..., Any]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A kernel of few histories, kept in a folder of the test."""
    from glisson.dose.electrons.tables import QUICK
    from glisson.dose.transport_kernel import TransportKernel

    monkeypatch.setenv("GLISSON_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr("glisson.dose.transport_kernel.TransportKernel", lambda: TransportKernel(histories=320_000, steps=QUICK))
    activity = np.zeros((15, 15, 15), np.float32)
    activity[5:10, 5:10, 5:10] = 1e6
    nib.save(nib.Nifti1Image(activity, np.diag([4.0, 4.0, 4.0, 1.0])), tmp_path / "a.nii.gz")
    return tmp_path


def computed(few: Path, run: Run, *more: object) -> dict[str, Any]:
    ran = run("dose", "--activity", few / "a.nii.gz", "--unit", "Bq/mL", "--out", few / "d.nii.gz", "--json", *more)
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_both_kernels_give_nearly_the_same_dose_and_name_themselves(few: Path, run: Run) -> None:
    published = computed(few, run)
    own = computed(few, run, "--kernel", "transport")
    assert own["value"]["maximum_Gy"] == pytest.approx(published["value"]["maximum_Gy"], rel=0.01)
    assert own["parameters"] != published["parameters"] and "transport" in json.dumps(own["parameters"])
    (kept,) = (few / "kept").glob("point-kernel-*.json")
    before = kept.stat().st_mtime_ns
    assert computed(few, run, "--kernel", "transport")["value"] == own["value"]
    assert kept.stat().st_mtime_ns == before


def test_holmium_by_its_own_kernel(few: Path, run: Run) -> None:
    found = computed(few, run, "--kernel", "transport", "--nuclide", "Ho-166")
    assert found["method"] == "kernel" and found["value"]["nuclide"] == "Ho-166"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--kernel", "magic"], "kernel 'magic'"),
        (["--kernel", "transport", "--method", "local"], "only with the method kernel"),
        (["--kernel", "published", "--method", "montecarlo"], "only with the method kernel"),
    ],
)
def test_a_kernel_that_cannot_be_is_refused(few: Path, run: Run, more: list[str], words: str) -> None:
    ran = run("dose", "--activity", few / "a.nii.gz", "--unit", "Bq/mL", "--out", few / "d.nii.gz", *more)
    assert ran.code == 2 and words in " ".join(ran.err.split())
    assert not (few / "d.nii.gz").exists()
