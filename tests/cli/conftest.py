"""A small case on disk, and the command line run inside the test."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

SHAPE = (32, 32, 24)  # x, y, z
SPACING_mm = 4.0

CASE = """\
glisson: 1
id: small
disease: colorectal liver metastases
images:
  - {id: spect, file: spect.nii.gz, kind: SPECT, purpose: mapping, unit: counts, nuclide: Tc-99m}
  - id: pet
    file: pet.nii.gz
    kind: PET
    purpose: verification
    unit: Bq/mL
    nuclide: Y-90
    acquired_at: 2026-03-03T09:00:00+01:00
  - {id: ct, file: ct.nii.gz, kind: CT, purpose: anatomy, unit: HU}
sites:
  - {id: liver, kind: organ, organ: liver, contour: {file: liver.nii.gz}}
  - {id: lungs, kind: organ, organ: lung, contour: {file: lungs.nii.gz}}
  - {id: right, kind: territory, parent: liver, contour: {file: right.nii.gz}}
  - {id: tumour-1, kind: lesion, parent: right, contour: {file: tumour-1.nii.gz}}
  - {id: normal, kind: normal, parent: liver}
  - {id: perfused-normal, kind: normal, parent: right}
treatments:
  - id: sirt
    kind: radioembolization
    product: sir-spheres
    planning:
      products: [sir-spheres, therasphere]
      approach: unilobar
      mapping_image: spect
      limits:
        - {on: perfused normal liver, mean_dose_Gy: 40}
        - {on: lung, mean_dose_Gy: 30}
    sessions:
      - id: delivery
        kind: delivery
        at: 2026-03-02T09:00:00+01:00
        injections:
          - {territory: right, activity_GBq: 1.0, at: 2026-03-02T09:00:00+01:00, residual_fraction: 0.01}
observations:
  - {what: lung_shunt_fraction, value: 0.05}
  - {what: weight_kg, value: 70}
  - {what: height_cm, value: 170}
"""


def write_nifti(path: Path, array: np.ndarray, affine: np.ndarray | None = None) -> None:
    """A NIfTI file of an array ordered (x, y, z)."""
    image = nib.Nifti1Image(array, np.diag([SPACING_mm, SPACING_mm, SPACING_mm, 1.0]) if affine is None else affine)
    image.header.set_xyzt_units("mm")
    nib.save(image, path)


def ball(centre: tuple[float, float, float], radius: float) -> np.ndarray:
    x, y, z = np.indices(SHAPE)
    return (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2 <= radius**2


@pytest.fixture
def small_case(tmp_path: Path) -> Path:
    """A case with SPECT, PET, CT and masks, all on one grid, that plans and doses without complaint."""
    folder = tmp_path / "case"
    folder.mkdir()
    liver = ball((16, 16, 9), 9)
    right = liver & (np.indices(SHAPE)[0] < 18)
    tumour = ball((12, 16, 9), 3)
    lungs = np.zeros(SHAPE, bool)
    lungs[6:26, 8:24, 20:24] = True
    uptake = np.where(right, 1.0, 0.0) + np.where(tumour, 5.0, 0.0) + np.where(lungs, 0.02, 0.0)
    for name, mask in (("liver", liver), ("right", right), ("tumour-1", tumour), ("lungs", lungs)):
        write_nifti(folder / f"{name}.nii.gz", mask.astype(np.uint8))
    write_nifti(folder / "spect.nii.gz", np.round(uptake * 100).astype(np.int16))
    becquerel_per_mL = uptake / (uptake.sum() * SPACING_mm**3 / 1000) * 0.75e9
    write_nifti(folder / "pet.nii.gz", becquerel_per_mL.astype(np.float32))
    hounsfield = np.where(lungs, -700, np.where(liver, 60, 0)).astype(np.int16)
    write_nifti(folder / "ct.nii.gz", hounsfield)
    (folder / "case.yaml").write_text(CASE, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs ``glisson`` with arguments as a user would, in this process."""

    def _run(*arguments: object) -> Ran:
        from glisson.cli.main import main

        monkeypatch.setattr(sys, "argv", ["glisson", *(str(a) for a in arguments)])
        monkeypatch.delenv("GLISSON_DEBUG", raising=False)
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return _run
