"""CT series: grid and HU against SimpleITK, and every irregularity of a series."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from dicom_files import FRAME, SECRET, oblique_grid, write_slices
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from glisson.case.image_reference import ImageKind
from glisson.errors import BadInput
from glisson.imaging.read import read_image
from glisson.voxels import Grid, Quantity

GRID = Grid.aligned((5, 6, 7), (3.0, 1.5, 2.0), (-10.0, -20.0, -30.0), FRAME)


def some_hu(shape: tuple[int, int, int]) -> np.ndarray:
    return np.arange(np.prod(shape)).reshape(shape) - 900


def sitk_series(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Voxels (slice, row, column) and affine in the house's order, as ITK reads them."""
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return from_sitk(reader.Execute())


def from_sitk(image: sitk.Image) -> tuple[np.ndarray, np.ndarray]:
    affine = np.eye(4)
    affine[:3, :3] = (np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing()))[:, ::-1]
    affine[:3, 3] = image.GetOrigin()
    return sitk.GetArrayFromImage(image), affine


@pytest.mark.real_data
@pytest.mark.parametrize("folder", ["crlm_ct/dicom", "ct_liver_seg_dicom/ct"])
def test_ct_grid_and_hu_against_simpleitk(real_data: Path, folder: str) -> None:
    read = read_image(real_data / folder, kind=ImageKind.CT)
    array, affine = sitk_series(real_data / folder)
    np.testing.assert_array_equal(read.image.array, array)
    np.testing.assert_allclose(read.image.grid.affine, affine, atol=1e-6)
    assert read.image.quantity is Quantity.HU
    assert read.image.grid.frame_of_reference


@pytest.mark.real_data
def test_ct_facts_of_the_51_slices(real_data: Path) -> None:
    read = read_image(real_data / "crlm_ct" / "dicom")
    assert read.image.grid.shape == (51, 512, 512)
    np.testing.assert_allclose(read.image.grid.spacing_mm, (5.0, 0.804688, 0.804688), atol=1e-6)
    np.testing.assert_allclose(read.image.grid.to_world((50, 0, 0))[2], -126.44, atol=1e-5)
    assert read.image.array.min() == -3024
    assert "image.padding" in {finding.code for finding in read.findings}
    assert read.acquired_at is None, "the file's clock has no zone"


@pytest.mark.real_data
def test_slab_with_empty_uids_is_read_with_a_warning(real_data: Path) -> None:
    """JPEG 2000, empty UIDs, thickness 3 mm but 2 mm apart: read, and each of these said."""
    read = read_image(real_data / "totalsegmentator_example" / "example_ct_dicom")
    assert read.image.grid.shape == (20, 512, 512)
    np.testing.assert_allclose(read.image.grid.spacing_mm, (2.0, 0.9765625, 0.9765625))
    np.testing.assert_allclose(read.image.grid.to_world((0, 0, 0))[2], -804.5)
    assert {finding.code for finding in read.findings} == {"image.empty-uids", "image.slice-thickness"}
    liver = read_image(real_data / "totalsegmentator_example" / "example_seg_dicom.nii.gz", unit="signal")
    last = np.array(liver.image.grid.shape) - 1
    np.testing.assert_allclose(liver.image.grid.to_world(0 * last), read.image.grid.to_world((0, 511, 0)), atol=0.01)


def test_oblique_series_against_what_was_written(tmp_path: Path) -> None:
    grid = oblique_grid()
    array = some_hu(grid.shape)
    read = read_image(write_slices(tmp_path / "ct", array, grid))
    np.testing.assert_array_equal(read.image.array, array)
    assert read.image.grid.differences(grid) == []
    theirs, affine = sitk_series(tmp_path / "ct")
    np.testing.assert_array_equal(read.image.array, theirs)
    np.testing.assert_allclose(read.image.grid.affine, affine, atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(st.permutations([0, 1, 2]), st.tuples(*[st.sampled_from([-1, 1])] * 3))
def test_any_orientation_keeps_every_voxel_in_its_place(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], signs: tuple[int, int, int]
) -> None:
    affine = np.eye(4)
    affine[:3, :3] = (np.eye(3)[order] * signs) * np.array([3.0, 2.5, 2.0])
    affine[:3, 3] = (5.0, -7.0, 11.0)
    grid = Grid((4, 3, 5), affine, FRAME)
    array = some_hu(grid.shape)
    read = read_image(write_slices(tmp_path_factory.mktemp("ct"), array, grid))
    where = np.argwhere(np.ones(grid.shape))
    there = np.rint(read.image.grid.to_index(grid.to_world(where))).astype(int)
    np.testing.assert_array_equal(read.image.array[tuple(there.T)], array[tuple(where.T)])


def drop(path: Path, number: int) -> None:
    next(path.glob(f"*-{number}.dcm")).unlink()


def shift(at: int, x: float = 0.0, z: float = 0.0):
    def change(k: int, ds: Dataset) -> None:
        if k == at:
            ds.ImagePositionPatient = [ds.ImagePositionPatient[0] + x, ds.ImagePositionPatient[1], ds.ImagePositionPatient[2] + z]

    return change


def on(at: int, **tags: object):
    def change(k: int, ds: Dataset) -> None:
        if k == at:
            for keyword, value in tags.items():
                setattr(ds, keyword, value)

    return change


BROKEN = {
    "slice off its spacing": (shift(2, z=0.7), "not evenly spaced"),
    "one slice beside the line": (shift(2, x=4.0), "do not lie on one line"),
    "two patients": (on(3, PatientID="secret-2"), "2 different patients"),
    "two frames of reference": (on(3, FrameOfReferenceUID=FRAME + ".9"), "different frames of reference"),
    "mixed orientation": (on(3, ImageOrientationPatient=[0, 1, 0, 0, 0, -1]), "differ in orientation"),
    "mixed pixel spacing": (on(3, PixelSpacing=[1.6, 2.0]), "differ in pixel spacing"),
    "zero pixel spacing": (on(3, PixelSpacing=[0, 2.0]), "spacing of zero or less"),
    "zero slope": (on(3, RescaleSlope=0), "slope of zero"),
    "skewed orientation": (on(0, ImageOrientationPatient=[1, 0, 0, 0.5, 1, 0]), "right angles"),
    "no position": (on(3, ImagePositionPatient=None), "ImagePositionPatient is missing"),
    "two numbers for a position": (on(3, ImagePositionPatient=[1, 2]), "2 numbers"),
    "not HU": (on(3, RescaleType="OD"), "not Hounsfield units"),
    "a colour slice": (on(3, SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0), "colour"),
    "too few pixels": (on(3, PixelData=b"\0" * 10), "cannot be decoded"),
    "no rows": (on(3, Rows=0), "no image"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_series_gives_one_clear_message(tmp_path: Path, name: str) -> None:
    change, words = BROKEN[name]
    write_slices(tmp_path / "ct", some_hu(GRID.shape), GRID, change=change)
    with pytest.raises(BadInput, match=words) as error:
        read_image(tmp_path / "ct")
    for private in (SECRET, "Secret", "secret-", FRAME, str(tmp_path)):
        assert private not in str(error.value)


def test_missing_slice_is_counted(tmp_path: Path) -> None:
    drop(write_slices(tmp_path / "ct", some_hu(GRID.shape), GRID), 2)
    with pytest.raises(BadInput, match=r"1 slices are missing.*3 mm apart, but 6 mm after slice 2"):
        read_image(tmp_path / "ct")


def test_truncated_file_is_refused(tmp_path: Path) -> None:
    folder = write_slices(tmp_path / "ct", some_hu(GRID.shape), GRID)
    for share in (0.95, 0.5, 0.2):
        file = next(folder.glob("*-1.dcm"))
        file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
        with pytest.raises(BadInput, match=file.name):
            read_image(folder)


def test_duplicate_slice_is_kept_once_and_said(tmp_path: Path) -> None:
    folder = write_slices(tmp_path / "ct", some_hu(GRID.shape), GRID)
    file = next(folder.glob("*-1.dcm"))
    (folder / "copy.dcm").write_bytes(file.read_bytes())
    read = read_image(folder)
    np.testing.assert_array_equal(read.image.array, some_hu(GRID.shape))
    assert [finding.code for finding in read.findings] == ["image.duplicate-slices"]


def test_two_images_at_one_place_are_refused(tmp_path: Path) -> None:
    folder = write_slices(tmp_path / "ct", some_hu(GRID.shape), GRID)
    write_slices(tmp_path / "other", some_hu(GRID.shape) + 1, GRID)
    (folder / "again.dcm").write_bytes(next((tmp_path / "other").glob("*-1.dcm")).read_bytes())
    with pytest.raises(BadInput, match="two different images at one place"):
        read_image(folder)


def test_gantry_tilt_is_kept_in_the_affine_and_said(tmp_path: Path) -> None:
    affine = GRID.affine.copy()
    affine[1, 0] = 0.8
    tilted = Grid(GRID.shape, affine, FRAME)
    read = read_image(write_slices(tmp_path / "ct", some_hu(GRID.shape), tilted))
    assert read.image.grid.differences(tilted) == []
    assert "image.gantry-tilt" in {finding.code for finding in read.findings}


def test_slice_thickness_is_never_the_distance(tmp_path: Path) -> None:
    read = read_image(write_slices(tmp_path / "ct", some_hu(GRID.shape), GRID, SliceThickness=5.0))
    assert read.image.grid.spacing_mm[0] == 3.0
    assert [finding.text for finding in read.findings] == [
        "SliceThickness 5 mm is not the distance between slices, 3 mm; the distance is used"
    ]


def test_single_slice_is_refused(tmp_path: Path) -> None:
    write_slices(tmp_path / "ct", some_hu((1, 6, 7)), Grid.aligned((1, 6, 7), (3, 1.5, 2)), SliceThickness=5.0)
    with pytest.raises(BadInput, match="single slice"):
        read_image(tmp_path / "ct")


def test_emptied_frame_of_reference_is_none_and_said(tmp_path: Path) -> None:
    read = read_image(write_slices(tmp_path / "ct", some_hu(GRID.shape), GRID, FrameOfReferenceUID="", SeriesInstanceUID=""))
    assert read.image.grid.frame_of_reference is None
    assert {finding.code for finding in read.findings} == {"image.no-frame", "image.empty-uids"}


def test_two_series_need_a_number(tmp_path: Path) -> None:
    write_slices(tmp_path / "all" / "a", some_hu(GRID.shape), GRID)
    write_slices(tmp_path / "all" / "b", some_hu(GRID.shape) + 5, GRID, SeriesInstanceUID="1.2.3", SeriesNumber=4)
    with pytest.raises(BadInput, match=r"2 image series.*1: CT \(5 files\), 2: CT \(5 files\)"):
        read_image(tmp_path / "all")
    assert read_image(tmp_path / "all", series=2).image.array[0, 0, 0] == -895
    with pytest.raises(BadInput, match="no series 3"):
        read_image(tmp_path / "all", series=3)


def test_localizer_in_the_folder_is_passed_over(tmp_path: Path) -> None:
    write_slices(tmp_path / "all" / "ct", some_hu(GRID.shape), GRID)
    scout = Grid.aligned((1, 6, 7), (3, 1.5, 2))
    write_slices(tmp_path / "all" / "scout", some_hu((1, 6, 7)), scout, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    assert read_image(tmp_path / "all").image.grid.shape == GRID.shape


def test_kind_and_unit_that_contradict_the_file_are_refused(tmp_path: Path) -> None:
    folder = write_slices(tmp_path / "ct", some_hu(GRID.shape), GRID)
    with pytest.raises(BadInput, match="no image series of the wanted kind; found: CT"):
        read_image(folder, kind=ImageKind.PET)
    with pytest.raises(BadInput, match="the file holds HU, the case says Bq/mL"):
        read_image(folder, unit="Bq/mL")
    with pytest.raises(BadInput, match="modality CT; the case takes it for PET"):
        read_image(next(folder.glob("*.dcm")), kind=ImageKind.PET)


def test_what_is_no_dicom_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.dcm").write_text("hello")
    with pytest.raises(BadInput, match=r"text.dcm is not a DICOM file"):
        read_image(tmp_path / "text.dcm")
    with pytest.raises(BadInput, match=r"text.dcm is not a DICOM file"):
        read_image(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="found: no DICOM file"):
        read_image(tmp_path / "empty")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    with pytest.raises(BadInput, match=r"no format that is read here.*NIfTI"):
        read_image(tmp_path / "picture.png", unit="HU")
    with pytest.raises(BadInput, match=r"nothing.dcm is not there"):
        read_image(tmp_path / "nothing.dcm")


def test_lossy_compression_is_said(tmp_path: Path) -> None:
    read = read_image(write_slices(tmp_path / "ct", some_hu(GRID.shape), GRID, LossyImageCompression="01"))
    assert [finding.code for finding in read.findings] == ["image.lossy"]


@pytest.mark.parametrize("syntax", ["RLELosslessUID", "JPEGLSLossless"])
def test_compressed_series_against_uncompressed(tmp_path: Path, syntax: str) -> None:
    import pydicom
    import pydicom.uid

    folder = write_slices(tmp_path / "ct", some_hu(GRID.shape), GRID)
    for file in folder.glob("*.dcm"):
        ds = pydicom.dcmread(file)
        uid = pydicom.uid.RLELossless if syntax == "RLELosslessUID" else pydicom.uid.JPEGLSLossless
        try:
            ds.compress(uid, generate_instance_uid=False)
        except RuntimeError:
            pytest.skip("no encoder for this syntax is installed")
        ds.save_as(file)
    np.testing.assert_array_equal(read_image(folder).image.array, some_hu(GRID.shape))
