"""Regions from a label image and from lesions; what is refused."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from glisson.actions.regions import lesion_regions, read_regions
from glisson.case import Site, Structure
from glisson.case.site import FileContour
from glisson.errors import BadInput, GridMismatch
from glisson.imaging.read import read_image
from glisson.voxels import Grid, Image, Quantity

AFFINE = np.diag([4.0, 4.0, 4.0, 1.0])
GRID = Grid.aligned((1, 1, 3), (4.0, 4.0, 4.0))


def saved(path: Path, array: np.ndarray, affine: np.ndarray = AFFINE) -> Path:
    nib.save(nib.Nifti1Image(array, affine), path)
    return path


def activity(folder: Path) -> Image:
    return read_image(saved(folder / "a.nii.gz", np.ones((3, 3, 3), np.float32)), unit="Bq/mL", nuclide="Y-90").image


def test_every_label_is_a_region(tmp_path: Path) -> None:
    labels = np.zeros((3, 3, 3), np.uint8)
    labels[0], labels[2, 0] = 4, 2
    found = read_regions(saved(tmp_path / "m.nii.gz", labels), activity(tmp_path))
    assert [(region.name, int(region.inside.sum())) for region in found] == [("region 2", 3), ("region 4", 9)]


@pytest.mark.parametrize(
    ("value", "words"), [(0.0, "every voxel is 0"), (1.5, "does not hold labels"), (-1.0, "does not hold labels")]
)
def test_what_is_no_label_image_is_refused(tmp_path: Path, value: float, words: str) -> None:
    path = saved(tmp_path / "m.nii.gz", np.full((3, 3, 3), value, np.float32))
    with pytest.raises(BadInput, match=words):
        read_regions(path, activity(tmp_path))


def test_another_grid_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "m.nii.gz", np.ones((3, 3, 3), np.uint8), np.diag([4.0, 4.0, 3.0, 1.0]))
    with pytest.raises(GridMismatch):
        read_regions(path, activity(tmp_path))


def structure(name: str, kind: str, mask: list[float]) -> Structure:
    site = Site(id=name, kind=kind, organ="liver", parent="liver", contour=FileContour(file="m.nii"))
    return Structure(site, Image(GRID, np.array([[mask]]), Quantity.MASK), "drawn on this grid", sum(mask))


def test_lesions_with_a_voxel_are_the_regions_of_a_case() -> None:
    structures = [
        structure("l1", "lesion", [0.0, 0.6, 0.2]),
        structure("l2", "lesion", [0.0, 0.0, 0.0]),
        structure("liver", "organ", [1.0, 1.0, 1.0]),
    ]
    (found,) = lesion_regions(structures)
    assert found.name == "l1" and found.inside.ravel().tolist() == [False, True, False]
