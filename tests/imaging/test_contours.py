"""Contours from outside: RTSTRUCT, SEG, .seg.nrrd, label maps; volumes against SimpleITK, highdicom and geometry."""

from pathlib import Path
from typing import Any

import nibabel as nib
import nrrd
import numpy as np
import pytest
import SimpleITK as sitk
from dicom_files import FRAME, SECRET, circle, oblique_grid, write_rtstruct, write_seg, write_slices
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from glisson.errors import BadInput, GlissonError, GridMismatch, OutOfScope
from glisson.imaging.contours import read_contours, read_mask
from glisson.imaging.dicom_file import open_dicom
from glisson.imaging.polygons import area_even_odd, inside, raster
from glisson.imaging.rtstruct import contour_counts, planimetric_volume_mL, read_region
from glisson.voxels import Grid
from glisson.voxels.resample import covered_fraction

GRID = Grid.aligned((11, 60, 80), (3.0, 1.0, 1.0), (-40.0, -30.0, -15.0), FRAME)
HEIGHTS = np.arange(-15.0, 16.0, 3.0)

# --- real files -------------------------------------------------------------------------------------------------------


@pytest.mark.real_data
def test_rtstruct_contour_counts_against_images_md(real_data: Path) -> None:
    header = open_dicom(real_data / "rt_struct_plan" / "rtss.dcm")
    assert contour_counts(header) == {
        "BODY": 141, "Areola": 0, "Borders": 2, "Breast": 48, "Heart": 33, "Lt Lung": 165, "Nodes": 4, "Scar": 6,
        "Tumor Bed": 18, "Tumor Bed Block": 24,
    }  # fmt: skip


@pytest.mark.real_data
@pytest.mark.parametrize(
    "name", ["BODY", "Breast", "Heart", "Lt Lung", "Tumor Bed", "Tumor Bed Block", "Nodes", "Scar", "Borders"]
)
def test_rtstruct_voxels_against_planimetric_volume(real_data: Path, name: str) -> None:
    path = real_data / "rt_struct_plan" / "rtss.dcm"
    entry = next(entry for entry in read_contours(path) if entry.name == name)
    contours, findings = read_region(open_dicom(path), entry.number, name)
    assert findings == []
    read = read_mask(path, roi=name)
    assert read.mask.volume_mL == pytest.approx(planimetric_volume_mL(contours), rel=0.01 if entry.contours < 10 else 2e-3)
    assert read.mask.grid.spacing_mm[0] == pytest.approx(3.0)


@pytest.mark.real_data
def test_roi_without_contours_is_refused(real_data: Path) -> None:
    with pytest.raises(BadInput, match="ROI 'Areola' has no closed contour"):
        read_mask(real_data / "rt_struct_plan" / "rtss.dcm", roi="Areola")


@pytest.mark.real_data
def test_seg_on_its_ct_against_simpleitk_and_nrrd(real_data: Path) -> None:
    folder = real_data / "ct_liver_seg_dicom"
    read = read_mask(folder / "liver.dcm")
    theirs = sitk.ReadImage(str(folder / "liver_seg.nrrd"))
    array = sitk.GetArrayFromImage(theirs) == 1
    assert int(read.mask.array.sum()) == 107_098
    volume_mL = float(array.sum()) * float(np.prod(theirs.GetSpacing())) / 1000
    assert read.mask.volume_mL == pytest.approx(volume_mL, rel=0.005)
    assert read.mask.volume_mL == pytest.approx(70.36, abs=0.005)
    np.testing.assert_array_equal(read.mask.array, array)
    np.testing.assert_allclose(
        read.mask.grid.to_world((2, 511, 511)), theirs.TransformIndexToPhysicalPoint((511, 511, 2)), atol=1e-4
    )


@pytest.mark.real_data
def test_overlapping_segments_against_images_md_and_highdicom(real_data: Path) -> None:
    import highdicom

    path = real_data / "ct_liver_seg_dicom" / "partial_overlaps.dcm"
    counts = {"GREEN": 9602, "ORANGE": 11888, "PURPLE": 10743, "LIGHT_BLUE": 6693, "DARK_BLUE": 4713}
    assert [entry.name for entry in read_contours(path)] == list(counts)
    volume = highdicom.seg.segread(path).get_volume(combine_segments=False)
    masks = []
    for number, (name, voxels) in enumerate(counts.items()):
        read = read_mask(path, segment=name)
        assert int(read.mask.array.sum()) == voxels
        corner = np.array(volume.map_indices_to_reference(np.array([[0, 0, 0], [2, 511, 511]])))
        at = np.rint(read.mask.grid.to_index(corner)).astype(int)
        assert sorted(at[:, 0]) == [0, 2]
        flip = slice(None, None, -1) if at[0, 0] == 2 else slice(None)
        np.testing.assert_array_equal(read.mask.array, volume.array[flip, :, :, number] > 0)
        masks.append(read.mask.array)
    assert (np.sum(masks, axis=0) > 1).any(), "segments overlap and none lost its voxels to another"


@pytest.mark.real_data
@pytest.mark.parametrize("patient", [1, 2])
def test_layered_seg_nrrd_against_one_nifti_per_segment(real_data: Path, patient: int) -> None:
    folder = real_data / "y90_pet_maa_spect"
    layered = folder / f"patient_{patient}_Segmentation.seg.nrrd"
    entries = {entry.name.lower().replace(" ", "_"): entry for entry in read_contours(layered)}
    for file in sorted((folder / f"patient_{patient}_masks").iterdir()):
        ours = read_mask(layered, segment=entries[file.name.removesuffix(".nii.gz")].name).mask
        single = read_mask(file).mask
        assert ours.volume_mL == pytest.approx(single.volume_mL, rel=1e-6)
        place = np.argwhere(ours.array)[:: max(1, int(ours.array.sum()) // 50)]
        at = np.rint(single.grid.to_index(ours.grid.to_world(place))).astype(int)
        assert single.array[tuple(at.T)].all()


# --- RTSTRUCT -----------------------------------------------------------------------------------------------------------


def ring() -> list[np.ndarray]:
    """A tube: outer radius 20.3 mm, hole of radius 8.2 mm, on every plane."""
    return [loop for z in HEIGHTS for loop in (circle(20.3, z), circle(8.2, z)[::-1])]


def keyhole(z: float) -> np.ndarray:
    """The same ring as one contour that enters the hole through a channel."""
    outer, inner = circle(20.3, z), circle(8.2, z)[::-1]
    return np.concatenate([outer, outer[:1], inner[-1:], inner])


def region(path: Path) -> Any:
    return read_region(open_dicom(path), 1, "x")[0]


RING_mL = np.pi * (20.3**2 - 8.2**2) * 33 / 1000


@pytest.mark.parametrize("loops", [ring(), [keyhole(z) for z in HEIGHTS]], ids=["hole", "keyhole"])
def test_ring_against_its_volume(tmp_path: Path, loops: list[np.ndarray]) -> None:
    path = write_rtstruct(tmp_path / "rt.dcm", {"ring": loops})
    assert planimetric_volume_mL(region(path)) == pytest.approx(RING_mL, rel=2e-3)
    on_grid = read_mask(path, grid=GRID).mask
    assert on_grid.volume_mL == pytest.approx(RING_mL, rel=0.01)
    assert not on_grid.array[:, 30, 40].any(), "the hole is empty"
    assert read_mask(path).mask.volume_mL == pytest.approx(RING_mL, rel=5e-3)


def test_two_pieces_on_one_plane(tmp_path: Path) -> None:
    loops = [circle(5.3, z, centre) for z in HEIGHTS for centre in ((-12.0, 0.0), (12.0, 3.0))]
    read = read_mask(write_rtstruct(tmp_path / "rt.dcm", {"two": loops}), grid=GRID)
    assert read.mask.volume_mL == pytest.approx(2 * np.pi * 5.3**2 * 33 / 1000, rel=0.02)
    assert read.findings == ()


@pytest.mark.parametrize("spacing_mm", [1.0, 1.5, 6.0])
def test_contours_finer_or_coarser_than_the_slices(tmp_path: Path, spacing_mm: float) -> None:
    heights = np.arange(-15.0, 15.01, spacing_mm)
    path = write_rtstruct(tmp_path / "rt.dcm", {"tube": [circle(20, z) for z in heights]})
    tall = Grid.aligned((41, 60, 80), (1.0, 1.0, 1.0), (-40.0, -30.0, -20.0), FRAME)
    expected_mL = np.pi * 400 * (30 + spacing_mm) / 1000
    assert planimetric_volume_mL(region(path)) == pytest.approx(expected_mL, rel=2e-3)
    own = read_mask(path).mask
    assert own.volume_mL == pytest.approx(expected_mL, rel=5e-3)
    assert covered_fraction(own, tall).volume_mL == pytest.approx(own.volume_mL, rel=1e-6)
    read = read_mask(path, grid=tall).mask
    assert read.volume_mL == pytest.approx(expected_mL, rel=0.03)
    filled = np.flatnonzero(read.array.any(axis=(1, 2)))
    assert filled.tolist() == list(range(filled[0], filled[-1] + 1)), "no slice between two planes is left out"


def test_missing_planes_are_left_empty_and_said(tmp_path: Path) -> None:
    loops = [circle(20, z) for z in HEIGHTS if abs(z) > 4]
    read = read_mask(write_rtstruct(tmp_path / "rt.dcm", {"gap": loops}), grid=GRID)
    assert [finding.code for finding in read.findings] == ["contour.gap"]
    assert read.mask.array.any(axis=(1, 2)).tolist() == [True] * 4 + [False] * 3 + [True] * 4


def test_oblique_planes_against_the_same_ring_upright(tmp_path: Path) -> None:
    """Contours on planes turned about two axes, rasterised on an upright grid."""
    turn = oblique_grid().directions[:, ::-1]
    loops = [loop @ turn.T for loop in ring()]
    path = write_rtstruct(tmp_path / "rt.dcm", {"ring": loops})
    assert planimetric_volume_mL(region(path)) == pytest.approx(RING_mL, rel=2e-3)
    cube = Grid.aligned((60, 60, 60), (1.0, 1.0, 1.0), (-30.0, -30.0, -30.0), FRAME)
    read = read_mask(path, grid=cube).mask
    assert read.volume_mL == pytest.approx(RING_mL, rel=0.01)
    centres = cube.to_world(np.argwhere(np.ones(cube.shape, dtype=bool))) @ turn
    radius, height = np.hypot(centres[:, 0], centres[:, 1]), centres[:, 2]
    sure_in = (radius < 20.2) & (radius > 8.3) & (np.abs(height) < 16)
    sure_out = (radius > 20.4) | (radius < 8.0) | (np.abs(height) > 17)
    assert read.array.ravel()[sure_in].all()
    assert not read.array.ravel()[sure_out].any()


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1)])
def test_grid_cut_along_other_planes_gives_the_same_voxels(tmp_path: Path, order: tuple[int, int, int]) -> None:
    """A sagittal or coronal grid holds the same points of the patient."""
    path = write_rtstruct(tmp_path / "rt.dcm", {"ring": ring()})
    straight = read_mask(path, grid=GRID).mask.array
    affine = GRID.affine.copy()
    affine[:3, :3] = GRID.affine[:3, list(order)]
    turned = Grid(tuple(GRID.shape[axis] for axis in order), affine, FRAME)
    np.testing.assert_array_equal(read_mask(path, grid=turned).mask.array, straight.transpose(order))


def test_contour_that_is_there_twice_does_not_vanish(tmp_path: Path) -> None:
    loops = [loop for z in HEIGHTS for loop in (circle(10.3, z), circle(10.3, z))]
    read = read_mask(write_rtstruct(tmp_path / "rt.dcm", {"double": loops}), grid=GRID)
    assert read.mask.volume_mL == pytest.approx(np.pi * 10.3**2 * 33 / 1000, rel=0.03)
    assert [finding.code for finding in read.findings] == ["contour.twice"]


def test_contours_that_overlap_in_part_are_said(tmp_path: Path) -> None:
    loops = [loop for z in HEIGHTS for loop in (circle(10, z), circle(10, z, (8.0, 0.0)))]
    read = read_mask(write_rtstruct(tmp_path / "rt.dcm", {"crossing": loops}), grid=GRID)
    assert [finding.code for finding in read.findings] == ["contour.cross"]


def test_region_outside_the_grid_is_empty_and_said(tmp_path: Path) -> None:
    loops = [circle(10, z + 500) for z in HEIGHTS]
    read = read_mask(write_rtstruct(tmp_path / "rt.dcm", {"far": loops}), grid=GRID)
    assert not read.mask.array.any()
    assert [finding.code for finding in read.findings] == ["contour.empty"]


RT_BROKEN: dict[str, tuple[dict[str, Any], dict[str, Any], type[GlissonError], str]] = {
    "open contour": ({"kind": "OPEN_PLANAR"}, {}, BadInput, "no closed contour"),
    "another frame": ({"frame": FRAME + ".7"}, {"grid": GRID}, GridMismatch, "frame of reference"),
    "no frame": ({"frame": "", "FrameOfReferenceUID": ""}, {"grid": GRID}, GridMismatch, "frame of reference"),
    "unknown ROI": ({}, {"roi": "spleen"}, BadInput, "no ROI 'spleen'.*1 'ring'"),
    "both names": ({}, {"roi": "ring", "segment": 1}, BadInput, "both a segment and an ROI"),
    "wrong object": ({"Modality": "RTPLAN"}, {}, BadInput, "holds no contours"),
}


@pytest.mark.parametrize("name", RT_BROKEN)
def test_broken_rtstruct_gives_one_clear_message(tmp_path: Path, name: str) -> None:
    written, asked, kind, words = RT_BROKEN[name]
    path = write_rtstruct(tmp_path / "rt.dcm", {"ring": ring()}, **written)
    with pytest.raises(kind, match=words) as error:
        read_mask(path, **asked)
    assert FRAME not in str(error.value)
    assert SECRET not in str(error.value)


def test_bent_contour_is_refused(tmp_path: Path) -> None:
    bent = circle(10, 0.0)
    bent[:100, 2] += 3.0
    with pytest.raises(OutOfScope, match="parallel planes"):
        read_mask(write_rtstruct(tmp_path / "rt.dcm", {"bent": [circle(20, 5.0), bent]}))


def test_single_plane_without_thickness_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="single plane"):
        read_mask(write_rtstruct(tmp_path / "rt.dcm", {"one": [circle(20, 5.0)]}))


def test_two_rois_of_one_name_need_the_number(tmp_path: Path) -> None:
    path = write_rtstruct(tmp_path / "rt.dcm", {"Tumour": ring(), "tumour": ring()})
    with pytest.raises(BadInput, match="2 ROIs are named 'TUMOUR'"):
        read_mask(path, roi="TUMOUR")
    assert read_mask(path, roi="tumour").name == "tumour"
    with pytest.raises(BadInput, match="holds 2 ROIs"):
        read_mask(path)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.tuples(st.floats(-3, 12), st.floats(-3, 12)), min_size=3, max_size=9), min_size=1, max_size=3))
def test_scan_line_raster_against_point_by_point(loops: list[list[tuple[float, float]]]) -> None:
    polygons = [np.array(loop) for loop in loops]
    y, x = np.mgrid[0:9, 0:10].astype(float)
    np.testing.assert_array_equal(raster(polygons, 9, 10), inside(polygons, x, y))


def test_area_of_nested_polygons_against_sum_of_pixels() -> None:
    square = np.array([[0.0, 0.0], [30.0, 0.0], [30.0, 30.0], [0.0, 30.0]])
    nested = [square, square / 2 + 5.0, square / 6 + 10.0, square / 3 + 40.0]
    shifted = [polygon + 0.25 for polygon in nested]
    assert area_even_odd(nested) == 900 - 225 + 25 + 100
    assert raster([4 * p for p in shifted], 300, 300).sum() / 16 == pytest.approx(800, rel=1e-9)


# --- SEG ------------------------------------------------------------------------------------------------------------------


def blob(shape: tuple[int, int, int], low: int, high: int) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    mask[low:high, 1:5, 2 : high + 2] = True
    return mask


@pytest.mark.parametrize("grid", [Grid.aligned((9, 8, 16), (3, 2, 1), (1, 2, 3), FRAME), oblique_grid((9, 8, 16))])
def test_seg_against_what_was_written(tmp_path: Path, grid: Grid) -> None:
    """Overlapping segments, frames bottom-up, empty planes left out (also between two pieces), thickness that lies."""
    first = blob(grid.shape, 0, 3) | blob(grid.shape, 7, 9)
    second = blob(grid.shape, 2, 9)
    path = write_seg(tmp_path / "seg.dcm", {"Liver": first, "Tumour": second}, grid)
    for name, mask in (("Liver", first), ("tumour", second)):
        read = read_mask(path, segment=name)
        np.testing.assert_array_equal(read.mask.array, mask)
        assert read.mask.grid.differences(grid) == []
    assert read_mask(path, segment=2).name == "Tumour"


def test_fractional_seg_keeps_fractions(tmp_path: Path) -> None:
    grid = Grid.aligned((4, 5, 6), (3, 2, 1), (1, 2, 3), FRAME)
    fractions = np.random.default_rng(3).integers(0, 256, grid.shape) / 255
    read = read_mask(write_seg(tmp_path / "seg.dcm", {"Liver": fractions}, grid, kind="FRACTIONAL"))
    np.testing.assert_allclose(read.mask.array, fractions, atol=1e-6)
    assert read.mask.volume_mL == pytest.approx(fractions.sum() * 0.006, rel=1e-5)


def test_seg_of_another_frame_is_refused_although_highdicom_would_not(tmp_path: Path) -> None:
    """highdicom 0.28 compares a frame of reference with itself, so volumes of different frames count as equal there."""
    from highdicom import VolumeGeometry

    a, b = (
        VolumeGeometry.from_attributes(
            image_position=(0, 0, 0), image_orientation=(1, 0, 0, 0, 1, 0), pixel_spacing=(1, 1), spacing_between_slices=1,
            rows=4, columns=4, number_of_frames=4, coordinate_system="PATIENT", frame_of_reference_uid=uid,
        )
        for uid in ("1.2.3", "1.2.4")
    )  # fmt: skip
    assert a.geometry_equal(b), "the fault is gone: the note in this test and in the docs can go"
    grid = Grid.aligned((4, 5, 6), (3, 2, 1), (1, 2, 3), FRAME)
    path = write_seg(tmp_path / "seg.dcm", {"Liver": blob(grid.shape, 0, 2)}, grid)
    assert read_mask(path, grid=grid).mask.grid.frame_of_reference == FRAME
    for frame in (FRAME + ".7", None):
        with pytest.raises(GridMismatch, match="frame of reference"):
            read_mask(path, grid=grid.in_frame(frame))


SEG_BROKEN: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "no such segment": ({}, {"segment": "Spleen"}, "no segment 'Spleen'.*1 'Liver'"),
    "unknown type": ({"SegmentationType": "SURFACE"}, {}, "unknown type of segmentation"),
    "no planes": ({"PerFrameFunctionalGroupsSequence": None}, {}, "no planes"),
    "no shared groups": ({"SharedFunctionalGroupsSequence": None}, {}, "functional group .* is missing"),
    "no segments": ({"SegmentSequence": None}, {}, "describes no segment"),
    "pixels cut short": ({"PixelData": b"\0\0"}, {}, "cannot be decoded"),
}


@pytest.mark.parametrize("name", SEG_BROKEN)
def test_broken_seg_gives_one_clear_message(tmp_path: Path, name: str) -> None:
    written, asked, words = SEG_BROKEN[name]
    grid = Grid.aligned((4, 8, 16), (3, 2, 1), (1, 2, 3), FRAME)
    path = write_seg(tmp_path / "seg.dcm", {"Liver": blob(grid.shape, 0, 3)}, grid, **written)
    with pytest.raises(GlissonError, match=words):
        read_mask(path, **asked)


def test_seg_planes_off_their_lattice_are_refused(tmp_path: Path) -> None:
    def bend(ds: Dataset) -> None:
        ds.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0].ImagePositionPatient[2] += 1.1

    grid = Grid.aligned((4, 8, 16), (3, 2, 1), (1, 2, 3), FRAME)
    path = write_seg(tmp_path / "seg.dcm", {"Liver": blob(grid.shape, 0, 4)}, grid, change=bend)
    with pytest.raises(BadInput, match="not evenly spaced"):
        read_mask(path)


def test_segment_without_planes_is_empty_and_said(tmp_path: Path) -> None:
    grid = Grid.aligned((4, 8, 16), (3, 2, 1), (1, 2, 3), FRAME)
    nothing = np.zeros(grid.shape, dtype=bool)
    path = write_seg(tmp_path / "seg.dcm", {"Liver": blob(grid.shape, 0, 4), "Tumour": nothing}, grid)
    read = read_mask(path, segment="Tumour")
    assert not read.mask.array.any()
    assert [finding.code for finding in read.findings] == ["contour.empty"]


def test_ct_is_no_segmentation(tmp_path: Path) -> None:
    folder = write_slices(tmp_path / "ct", np.zeros((2, 3, 4)), Grid.aligned((2, 3, 4), (3, 2, 1)))
    with pytest.raises(BadInput, match="holds no contours"):
        read_mask(next(folder.glob("*.dcm")))


# --- NIfTI, NRRD ----------------------------------------------------------------------------------------------------------


def save_nifti(path: Path, array: np.ndarray, affine: np.ndarray | None = None) -> Path:
    nib.save(nib.Nifti1Image(array, np.eye(4) if affine is None else affine), path)
    return path


def test_label_map_by_number(tmp_path: Path) -> None:
    labels = np.zeros((4, 5, 6), dtype=np.uint8)
    labels[1, 2, 3], labels[2, :, :] = 1, 5
    path = save_nifti(tmp_path / "seg.nii.gz", labels)
    assert [entry.number for entry in read_contours(path)] == [1, 5]
    assert read_mask(path, segment=5).mask.array.sum() == 30
    one = read_mask(path, segment="1").mask
    np.testing.assert_allclose(one.grid.to_world(np.argwhere(one.array)[0]), (-1, -2, 3))
    with pytest.raises(BadInput, match=r"2 labels.*1, 5.*segment"):
        read_mask(path)
    with pytest.raises(BadInput, match=r"no label 7.*1, 5"):
        read_mask(path, segment=7)
    with pytest.raises(BadInput, match="labels have no names"):
        read_mask(path, segment="Liver")


def test_mask_of_fractions_is_kept(tmp_path: Path) -> None:
    fractions = np.linspace(0, 1, 120, dtype=np.float32).reshape(4, 5, 6)
    read = read_mask(save_nifti(tmp_path / "m.nii.gz", fractions))
    np.testing.assert_allclose(read.mask.array, fractions.T)


@pytest.mark.parametrize("bad", [-1.0, 7.5, np.nan])
def test_image_given_as_a_mask_is_refused(tmp_path: Path, bad: float) -> None:
    array = np.zeros((4, 5, 6), dtype=np.float32)
    array[0, 0, 0] = bad
    with pytest.raises(BadInput, match=r"m.nii.gz.*(is an image|not finite)"):
        read_mask(save_nifti(tmp_path / "m.nii.gz", array))


def write_layered(path: Path, header: dict[str, Any] | None = None, layers: int = 2) -> Path:
    array = np.zeros((layers, 3, 4, 5), dtype=np.uint8)
    array[0, :, :, 1], array[0, :, :, 3] = 1, 2
    if layers > 1:
        array[1, 1, :, :] = 1
    described = {
        "space": "left-posterior-superior",
        "space directions": np.array([[np.nan] * 3, [1.0, 0, 0], [0, 2.0, 0], [0, 0, -3.0]]),
        "space origin": np.array([10.0, 20.0, 30.0]),
        "kinds": ["list", "domain", "domain", "domain"],
        "Segment0_ID": "seg_a", "Segment0_Name": "Liver", "Segment0_LabelValue": "1", "Segment0_Layer": "0",
        "Segment1_ID": "seg_b", "Segment1_Name": "Tumour", "Segment1_LabelValue": "2", "Segment1_Layer": "0",
        "Segment2_ID": "seg_c", "Segment2_Name": "Perfused", "Segment2_LabelValue": "1", "Segment2_Layer": "1",
    }  # fmt: skip
    nrrd.write(str(path), array, described | (header or {}))
    return path


def test_layered_segments_by_name_id_and_number(tmp_path: Path) -> None:
    path = write_layered(tmp_path / "s.seg.nrrd")
    assert [(entry.number, entry.name) for entry in read_contours(path)] == [(1, "Liver"), (2, "Tumour"), (3, "Perfused")]
    for key in ("Perfused", "perfused", "seg_c", 3):
        mask = read_mask(path, segment=key).mask
        assert mask.grid.shape == (5, 4, 3)
        assert mask.array.sum() == 20
        assert mask.array[:, :, 1].all()
    tumour = read_mask(path, segment="Tumour").mask
    np.testing.assert_array_equal(np.unique(np.argwhere(tumour.array)[:, 0]), [3])
    np.testing.assert_allclose(tumour.grid.to_world((3, 0, 0)), (10, 20, 21))


def test_layered_segments_in_ras(tmp_path: Path) -> None:
    path = write_layered(tmp_path / "s.seg.nrrd", {"space": "right-anterior-superior"})
    np.testing.assert_allclose(read_mask(path, segment=1).mask.grid.to_world((0, 1, 2)), (-12, -22, 30))


def test_layer_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = write_layered(tmp_path / "s.seg.nrrd", {"Segment2_Layer": "5"})
    with pytest.raises(BadInput, match="layer that is not there"):
        read_mask(path, segment="Perfused")
    with pytest.raises(BadInput, match="has no label value"):
        read_contours(write_layered(tmp_path / "t.seg.nrrd", {"Segment2_LabelValue": "x"}))
