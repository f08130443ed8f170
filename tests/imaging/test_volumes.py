"""NIfTI and NRRD: geometry against nibabel and SimpleITK, units, and what is refused."""

import gzip
from pathlib import Path
from typing import Any

import nibabel as nib
import nrrd
import numpy as np
import pytest
import SimpleITK as sitk
from dicom_files import oblique_grid
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.case.image_reference import ImageKind
from glisson.errors import BadInput, GlissonError, OutOfScope
from glisson.imaging.read import read_image
from glisson.voxels import Quantity

ARRAY = np.arange(24, dtype=np.float32).reshape(2, 3, 4) + 1
AFFINE = np.array([[2.0, 0, 0, 10], [0, 3.0, 0, 20], [0, 0, 4.0, 30], [0, 0, 0, 1]])


def save(path: Path, array: np.ndarray = ARRAY, affine: np.ndarray = AFFINE) -> Path:
    nib.save(nib.Nifti1Image(array, affine), path)
    return path


def axes(draw_order: list[int], signs: tuple[int, ...]) -> np.ndarray:
    affine = np.eye(4)
    affine[:3, :3] = np.eye(3)[draw_order] * signs * np.array([2.0, 3.0, 4.0])
    affine[:3, 3] = (10, -20, 30)
    return affine


@settings(max_examples=20, deadline=None)
@given(st.permutations([0, 1, 2]), st.tuples(*[st.sampled_from([-1, 1])] * 3))
def test_nifti_geometry_against_simpleitk(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], signs: tuple[int, int, int]
) -> None:
    path = save(tmp_path_factory.mktemp("nii") / "a.nii.gz", affine=axes(order, signs))
    ours, theirs = read_image(path, unit="Bq/mL").image, sitk.ReadImage(str(path))
    np.testing.assert_array_equal(ours.array, sitk.GetArrayFromImage(theirs))
    for index in ((0, 0, 0), (1, 2, 3), (1, 0, 0)):
        world = theirs.TransformIndexToPhysicalPoint(index)
        np.testing.assert_allclose(ours.grid.to_world(index[::-1]), world, atol=1e-5)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".nhdr"])
def test_oblique_image_in_every_format_against_simpleitk(tmp_path: Path, suffix: str) -> None:
    grid = oblique_grid()
    array = np.arange(grid.voxels, dtype=np.float32).reshape(grid.shape)
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(grid.spacing_mm[::-1])
    image.SetDirection(grid.directions[:, ::-1].ravel().tolist())
    image.SetOrigin(grid.affine[:3, 3].tolist())
    sitk.WriteImage(image, str(tmp_path / f"a{suffix}"))
    read = read_image(tmp_path / f"a{suffix}", unit="HU", kind=ImageKind.CT).image
    np.testing.assert_array_equal(read.array, array)
    np.testing.assert_allclose(read.grid.affine, grid.affine, atol=1e-4)
    assert read.grid.frame_of_reference is None


def test_scaled_integers_are_scaled(tmp_path: Path) -> None:
    image = nib.Nifti1Image(ARRAY.astype(np.int16), AFFINE)
    image.header.set_slope_inter(2.5, 10.0)
    nib.save(image, tmp_path / "a.nii")
    raw = np.asarray(nib.load(tmp_path / "a.nii").dataobj)
    np.testing.assert_allclose(read_image(tmp_path / "a.nii", unit="HU").image.array, raw.T)


@pytest.mark.parametrize(
    ("unit", "quantity", "factor"),
    [
        ("Bq/mL", Quantity.ACTIVITY, 1.0),
        ("kBq/mL", Quantity.ACTIVITY, 1e3),
        ("Bq", Quantity.ACTIVITY, 1 / 0.024),
        ("MBq", Quantity.ACTIVITY, 1e6 / 0.024),
        ("counts", Quantity.COUNTS, 1.0),
        ("g/mL", Quantity.DENSITY, 1.0),
        ("kg/m3", Quantity.DENSITY, 1e-3),
        ("mGy", Quantity.DOSE, 1e-3),
    ],
)
def test_units_become_canonical(tmp_path: Path, unit: str, quantity: Quantity, factor: float) -> None:
    read = read_image(save(tmp_path / "a.nii.gz"), unit=unit, nuclide="Y-90")
    assert read.image.quantity is quantity
    np.testing.assert_allclose(read.image.array, ARRAY.T * factor, rtol=1e-6)
    assert read.image.nuclide == ("Y-90" if quantity in (Quantity.ACTIVITY, Quantity.COUNTS) else None)


def test_activity_per_voxel_keeps_the_total(tmp_path: Path) -> None:
    assert read_image(save(tmp_path / "a.nii.gz"), unit="Bq").image.total == pytest.approx(ARRAY.sum(), rel=1e-6)


def test_trailing_axis_of_one_is_dropped(tmp_path: Path) -> None:
    assert read_image(save(tmp_path / "a.nii.gz", ARRAY[..., None]), unit="HU").image.grid.shape == (4, 3, 2)


def test_two_orientations_are_said(tmp_path: Path) -> None:
    image = nib.Nifti1Image(ARRAY, AFFINE)
    turned = AFFINE.copy()
    turned[0, 3] += 7.0
    image.set_sform(AFFINE, 2)
    image.set_qform(turned, 1)
    nib.save(image, tmp_path / "a.nii")
    read = read_image(tmp_path / "a.nii", unit="HU")
    assert [finding.code for finding in read.findings] == ["image.two-orientations"]
    np.testing.assert_allclose(read.image.grid.affine[:3, 3], (-10, -20, 30))


def test_lengths_in_metres(tmp_path: Path) -> None:
    image = nib.Nifti1Image(ARRAY, np.diag([0.002, 0.003, 0.004, 1.0]))
    image.header.set_xyzt_units("meter")
    nib.save(image, tmp_path / "a.nii")
    read = read_image(tmp_path / "a.nii", unit="HU")
    np.testing.assert_allclose(read.image.grid.spacing_mm, (4, 3, 2), rtol=1e-6)
    assert [finding.code for finding in read.findings] == ["image.length-unit"]


def without_orientation(path: Path) -> Path:
    image = nib.Nifti1Image(ARRAY, None)
    nib.save(image, path)
    return path


def without_spacing(path: Path) -> Path:
    image = nib.Nifti1Image(ARRAY, None)
    image.header.set_sform(np.diag([2.0, 0.0, 4.0, 1.0]), 2)
    nib.save(image, path)
    return path


def with_unknown_unit(path: Path) -> Path:
    image = nib.Nifti1Image(ARRAY, AFFINE)
    image.header["xyzt_units"] = 5
    nib.save(image, path)
    return path


def with_zero_in_qform(path: Path) -> Path:
    image = nib.Nifti1Image(ARRAY, None)
    image.header.set_qform(AFFINE, 1)
    image.header["pixdim"][2] = 0.0
    nib.save(image, path)
    return path


def coloured(path: Path) -> Path:
    colours = np.zeros((2, 3, 4), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    return save(path, colours)


def cut(path: Path) -> Path:
    save(path, np.random.default_rng(1).random((20, 20, 20)).astype(np.float32))
    path.write_bytes(path.read_bytes()[:5000])
    return path


def cut_inside(path: Path) -> Path:
    save(path)
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:400]))
    return path


def with_nan(path: Path) -> Path:
    array = ARRAY.copy()
    array[0, 0, :2] = np.nan, np.inf
    return save(path, array)


def text(path: Path) -> Path:
    path.write_text("not an image")
    return path


NIFTI_BROKEN: dict[str, tuple[Any, type[GlissonError], str]] = {
    "four dimensions": (lambda p: save(p, np.zeros((2, 3, 4, 2), np.float32)), OutOfScope, "4 dimensions, 2 x 3 x 4 x 2"),
    "two dimensions": (lambda p: save(p, np.zeros((2, 3), np.float32)), OutOfScope, "2 dimensions"),
    "no orientation": (without_orientation, BadInput, "does not say how it lies"),
    "colours": (coloured, BadInput, "colours"),
    "cut short": (cut, BadInput, "cut short or damaged"),
    "cut short inside": (cut_inside, BadInput, "cut short or damaged"),
    "text": (text, BadInput, "is not NIfTI"),
    "not finite": (with_nan, BadInput, "2 of 24 voxels are not finite"),
    "complex": (lambda p: save(p, np.zeros((2, 3, 4), np.complex64)), BadInput, "complex"),
    "unknown unit of length": (with_unknown_unit, BadInput, "NIfTI does not know"),
    "zero spacing in the other form": (with_zero_in_qform, BadInput, "distance of zero or less"),
    "zero spacing": (without_spacing, BadInput, "singular"),
}


@pytest.mark.parametrize("name", NIFTI_BROKEN)
def test_broken_nifti_gives_one_clear_message(tmp_path: Path, name: str) -> None:
    make, kind, words = NIFTI_BROKEN[name]
    with pytest.raises(kind, match=words):
        read_image(make(tmp_path / "a.nii.gz"), unit="HU")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "cannot say what a voxel value is"),
        ({"unit": "mCi"}, "unit 'mCi' is not known"),
        ({"unit": "HU", "kind": ImageKind.PET}, "unit HU for a PET image"),
        ({"kind": ImageKind.PET}, "cannot say what a voxel value is"),
        ({"kind": ImageKind.PLANAR}, "planar"),
    ],
)
def test_missing_or_wrong_meaning_is_refused(tmp_path: Path, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read_image(save(tmp_path / "a.nii.gz"), **asked)


def test_ct_needs_no_unit(tmp_path: Path) -> None:
    assert read_image(save(tmp_path / "a.nii.gz"), kind=ImageKind.CT).image.quantity is Quantity.HU


HEADER: dict[str, Any] = {
    "space": "left-posterior-superior",
    "space directions": np.diag([2.0, 3.0, -4.0]),
    "space origin": np.array([10.0, 20.0, 30.0]),
}


def save_nrrd(path: Path, array: np.ndarray = ARRAY, **changes: Any) -> Path:
    header = {key: value for key, value in (HEADER | changes).items() if value is not None}
    nrrd.write(str(path), array, header)
    return path


@pytest.mark.parametrize(
    ("space", "signs"), [("left-posterior-superior", (1, 1)), ("right-anterior-superior", (-1, -1)), ("LAS", (1, -1))]
)
def test_nrrd_space_decides_the_sides(tmp_path: Path, space: str, signs: tuple[int, int]) -> None:
    read = read_image(save_nrrd(tmp_path / "a.nrrd", space=space), unit="counts").image
    np.testing.assert_array_equal(read.array, ARRAY.T)
    np.testing.assert_allclose(read.grid.to_world((1, 2, 1)), (12 * signs[0], 26 * signs[1], 26))


NRRD_BROKEN: dict[str, tuple[Any, type[GlissonError], str]] = {
    "no space": (lambda p: save_nrrd(p, space=None, **{"space dimension": 3}), BadInput, "does not say how it lies"),
    "scanner space": (lambda p: save_nrrd(p, space="scanner-xyz"), BadInput, "does not say how it lies"),
    "no directions": (
        lambda p: save_nrrd(p, space=None, spacings=[1, 1, 1], **{"space directions": None, "space origin": None}),
        BadInput,
        "does not say how it lies",
    ),
    "other lengths": (lambda p: save_nrrd(p, **{"space units": ["cm", "cm", "cm"]}), BadInput, "another unit than mm"),
    "vectors": (
        lambda p: save_nrrd(p, np.zeros((3, 2, 3, 4)), **{"space directions": np.vstack([[np.nan] * 3, np.eye(3)])}),
        BadInput,
        "3 layers, not one volume",
    ),
    "time series": (
        lambda p: save_nrrd(p, np.zeros((2, 3, 4, 3)), **{"space directions": np.vstack([np.eye(3), [np.nan] * 3])}),
        OutOfScope,
        "3 spatial dimensions and 1 others",
    ),
    "cut short": (lambda p: p.write_bytes(save_nrrd(p).read_bytes()[:-20]) and p, BadInput, "cut short or damaged"),
    "text": (text, BadInput, "is not NRRD"),
    "not finite": (lambda p: save_nrrd(p, np.full((2, 3, 4), np.nan)), BadInput, "24 of 24 voxels are not finite"),
}


@pytest.mark.parametrize("name", NRRD_BROKEN)
def test_broken_nrrd_gives_one_clear_message(tmp_path: Path, name: str) -> None:
    make, kind, words = NRRD_BROKEN[name]
    with pytest.raises(kind, match=words):
        read_image(make(tmp_path / "a.nrrd"), unit="HU")


def test_header_without_its_data_is_refused(tmp_path: Path) -> None:
    save_nrrd(tmp_path / "a.nhdr")
    next(tmp_path.glob("a.raw*")).unlink()
    with pytest.raises(BadInput, match="data file is not beside it"):
        read_image(tmp_path / "a.nhdr", unit="HU")
