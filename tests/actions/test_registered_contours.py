"""A contour goes where the image goes on which it was drawn."""

from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from glisson.actions.contours import Contours
from glisson.actions.open_case import open_case
from glisson.errors import BadInput
from glisson.imaging.rigid_transform import RigidTransform, write_transform

SHIFT_mm = (50.0, -20.0, 8.0)

CASE = """\
glisson: 1
id: moved
images:
  - {id: pet, file: pet.nii.gz, kind: PET, purpose: verification, unit: Bq/mL, nuclide: Y-90}
  - {id: ct, file: ct.nii.gz, kind: CT, purpose: anatomy, unit: HU%s}
sites:
  - {id: liver, kind: organ, organ: liver, contour: {file: liver.nii.gz, drawn_on: ct}}
"""


@pytest.fixture
def moved(tmp_path: Path) -> Callable[[str], Path]:
    """A case whose CT (and the liver on it) lies 50 mm beside the PET."""

    def make(registered: str) -> Path:
        affine = np.diag([4.0, 4.0, 4.0, 1.0])
        array = np.zeros((20, 20, 20), np.float32)
        array[8:12, 8:12, 8:12] = 1e6
        nib.save(nib.Nifti1Image(array, affine), tmp_path / "pet.nii.gz")
        beside = affine.copy()
        beside[:3, 3] = (SHIFT_mm[0], SHIFT_mm[1], -SHIFT_mm[2])  # RAS of minus the shift in LPS
        nib.save(nib.Nifti1Image(array, beside), tmp_path / "ct.nii.gz")
        nib.save(nib.Nifti1Image((array > 0).astype(np.uint8), beside), tmp_path / "liver.nii.gz")
        matrix = np.eye(4)
        matrix[:3, 3] = SHIFT_mm
        write_transform(RigidTransform(matrix, None, None), tmp_path / "ct-to-pet.json")
        (tmp_path / "case.yaml").write_text(CASE % registered, encoding="utf-8")
        return tmp_path

    return make


def liver_and_pet(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    opened = open_case(folder)
    pet = opened.image("pet")
    structure = Contours(opened, pet.grid).structure(opened.case.site("liver"))
    return structure.mask.array > 0.5, pet.array > 0


def test_contour_moves_with_its_registered_image(moved: Callable[[str], Path]) -> None:
    liver, hot = liver_and_pet(moved(", registration: ct-to-pet.json"))
    assert np.array_equal(liver, hot)


def test_without_the_registration_it_lies_beside(moved: Callable[[str], Path]) -> None:
    liver, hot = liver_and_pet(moved(""))
    assert not (liver & hot).any()


def test_contour_takes_the_frame_that_case_yaml_gives_its_image(moved: Callable[[str], Path]) -> None:
    folder = moved(", frame_of_reference: scanner-2")
    opened = open_case(folder)
    assert Contours(opened, opened.image("ct").grid).mask("liver").grid.frame_of_reference == "scanner-2"
    with pytest.raises(BadInput, match="frame of reference"):
        Contours(opened, opened.image("pet").grid).structure(opened.case.site("liver"))
