"""NIfTI out against nibabel, SimpleITK and the reading side."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from glisson.errors import BadInput
from glisson.imaging.read import read_voxels
from glisson.imaging.write_nifti import write_nifti
from glisson.voxels import Grid, Image, Quantity


def grid(kind: str) -> Grid:
    straight = Grid.aligned((5, 6, 7), (2.78, 2.34, 2.1), (-120.5, -231.25, -376.44))
    affine = straight.affine.copy()
    if kind == "oblique":
        turn = np.eye(4)
        turn[:3, :3] = Rotation.from_euler("xyz", [10, -14, 8], degrees=True).as_matrix()
        affine = turn @ affine
    elif kind == "flipped":
        affine = affine @ np.diag([-1, 1, -1, 1.0])
    elif kind == "sheared":
        affine[1, 0] = 0.7
    return Grid(straight.shape, affine)


@pytest.mark.parametrize("kind", ["straight", "oblique", "flipped", "sheared"])
def test_nifti_against_nibabel_simpleitk_and_the_reading_side(tmp_path: Path, kind: str) -> None:
    import nibabel

    array = np.random.default_rng(0).normal(50, 20, (5, 6, 7)).astype(np.float32)
    image = Image(grid(kind), array, Quantity.DOSE, nuclide="Y-90")
    path = write_nifti(image, tmp_path / "dose.nii.gz")
    read = nibabel.load(path)
    to_lps = np.diag([-1, -1, 1, 1.0]) @ read.affine
    assert to_lps[:, [2, 1, 0, 3]] == pytest.approx(image.grid.affine, rel=1e-6, abs=1e-5)
    assert np.array_equal(np.asarray(read.dataobj), array.transpose(2, 1, 0)) and read.get_data_dtype() == np.float32
    assert read.header.get_xyzt_units()[0] == "mm" and bytes(read.header["descrip"]).startswith(b"Gy Y-90 glisson")
    back, back_grid, _ = read_voxels(path)
    assert np.array_equal(back, array) and image.grid.differences(back_grid) == []
    if kind != "sheared":
        import SimpleITK as sitk

        independent = sitk.ReadImage(str(path))
        at = independent.TransformIndexToPhysicalPoint((2, 3, 4))
        assert at == pytest.approx(tuple(image.grid.to_world([4, 3, 2])), abs=1e-4)
        assert independent.GetPixel(2, 3, 4) == array[4, 3, 2]


def test_nifti_mask_is_bytes_and_files_are_the_same_twice(tmp_path: Path) -> None:
    import nibabel

    mask = Image(grid("straight"), np.arange(210).reshape(5, 6, 7) % 3 == 0, Quantity.MASK)
    one, two = write_nifti(mask, tmp_path / "a.nii.gz"), write_nifti(mask, tmp_path / "b.nii.gz")
    assert one.read_bytes() == two.read_bytes()
    assert nibabel.load(one).get_data_dtype() == np.uint8
    assert np.array_equal(read_voxels(one)[0].astype(bool), mask.array)


def test_nifti_refuses_other_names_and_leaves_no_file(tmp_path: Path) -> None:
    image = Image(grid("straight"), np.full((5, 6, 7), 1e300), Quantity.SIGNAL)
    with pytest.raises(BadInput, match=r"dose\.img is not a NIfTI name"):
        write_nifti(image, tmp_path / "dose.img")
    with pytest.raises(BadInput, match="too large"):
        write_nifti(image, tmp_path / "dose.nii")
    assert not list(tmp_path.iterdir())
