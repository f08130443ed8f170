"""SEG and RTSTRUCT against highdicom, an even-odd test of points, the reading side, and dciodvfy."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_files import errors_of_dciodvfy
from hypothesis import given, settings
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.spatial.transform import Rotation

from glisson.case import Combined, FileContour, Site, SiteKind, Structure
from glisson.errors import BadInput, GridMismatch
from glisson.imaging.contours import read_mask
from glisson.imaging.dicom_context import DicomContext, pseudonymous
from glisson.imaging.dicom_source import context_from_datasets, context_from_path
from glisson.imaging.outlines import area, outlines
from glisson.imaging.write_rtplan import write_rtplan
from glisson.imaging.write_rtstruct import write_rtstruct
from glisson.imaging.write_seg import write_seg
from glisson.voxels import Grid, Image, Quantity

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FRAME = "1.2.826.0.1.3680043.8.498.1"
CONTEXT = pseudonymous("case-1", content_at=AT)
STRAIGHT = Grid.aligned((6, 20, 26), (5.0, 2.0, 1.5), (-10.0, -20.0, 300.5), FRAME)
TURN = np.eye(4)
TURN[:3, :3] = Rotation.from_euler("xyz", [12, -9, 20], degrees=True).as_matrix()
GRIDS = {
    "straight": STRAIGHT,
    "oblique": Grid(STRAIGHT.shape, TURN @ STRAIGHT.affine, FRAME),
    "upside down": Grid(STRAIGHT.shape, STRAIGHT.affine @ np.diag([-1, 1, -1, 1.0]), FRAME),
}


def structure(name: str, array: np.ndarray, grid: Grid = STRAIGHT, *, made: bool = False) -> Structure:
    kind = {"liver": SiteKind.ORGAN, "territory": SiteKind.TERRITORY, "normal": SiteKind.NORMAL}.get(name, SiteKind.LESION)
    contour = Combined(operation="union", sites=("a", "b")) if made else FileContour(file="contours.nrrd")
    parent = None if kind is SiteKind.ORGAN else "liver"
    site = Site(id=name, kind=kind, organ="liver" if kind is SiteKind.ORGAN else None, parent=parent, contour=contour)
    mask = Image(grid, array, Quantity.MASK)
    return Structure(site, mask, "drawn on this grid", mask.volume_mL)


def shapes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An organ, a lesion inside it, and the organ with the lesion as a hole and a second part."""
    s, r, c = np.indices(STRAIGHT.shape)
    organ = ((r - 9) ** 2 + (c - 11) ** 2 < 62) & (s > 0)
    lesion = ((r - 9) ** 2 + (c - 12) ** 2 < 9) & (s > 1) & (s < 5)
    normal = (organ & ~lesion) | ((c > 22) & (r < 4) & (s == 3))
    return organ, lesion, normal


def ct_headers(grid: Grid, frame: str = FRAME) -> list[pydicom.Dataset]:
    headers = []
    for k in range(grid.shape[0]):
        ds = pydicom.Dataset()
        ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", f"1.2.3.4.{k + 1}"
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = "1.2.3", "1.2.3.4", frame
        ds.PatientName, ds.PatientID, ds.PatientSex, ds.PatientBirthDate = "Doe^Jane", "77", "F", ""
        ds.StudyDate, ds.StudyTime, ds.StudyID, ds.AccessionNumber = "20260301", "101112", "1", ""
        ds.ImagePositionPatient = [float(v) for v in grid.to_world([k, 0, 0])]
        ds.ImageOrientationPatient = [float(v) for v in (*grid.directions[:, 2], *grid.directions[:, 1])]
        headers.append(ds)
    return headers


def ct_context(grid: Grid = STRAIGHT, frame: str = FRAME) -> DicomContext:
    return context_from_datasets(ct_headers(grid, frame), case_id="case-1", content_at=AT)


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=9)))
@settings(deadline=None)
def test_outlines_against_area_and_the_even_odd_rule(inside: np.ndarray) -> None:
    polygons = outlines(inside)
    assert sum(area(polygon) for polygon in polygons) == pytest.approx(inside.sum())
    rows, columns = np.indices(inside.shape)
    # crossings of a ray to the left, slightly off the voxel centres so that it meets no corner
    r, c = rows.ravel() + 1e-7, columns.ravel()
    crossings = np.zeros(inside.size, dtype=int)
    for polygon in polygons:
        for (r0, c0), (r1, c1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            if r0 != r1:
                crossings += ((r0 > r) != (r1 > r)) & (c < c0 + (r - r0) / (r1 - r0) * (c1 - c0))
    assert np.array_equal((crossings % 2).astype(bool).reshape(inside.shape), inside)


@pytest.mark.parametrize("name", GRIDS)
def test_binary_seg_against_highdicom(tmp_path: Path, name: str) -> None:
    import highdicom

    organ, lesion, normal = shapes()
    given_masks = {"liver": organ, "t1": lesion, "normal": normal}
    written = write_seg(
        [structure(key, array, GRIDS[name]) for key, array in given_masks.items()], tmp_path / "seg.dcm", context=CONTEXT
    )
    assert dict(written.numbers) == {"liver": 1, "t1": 2, "normal": 3}
    seg = highdicom.seg.segread(written.path)
    assert seg.segmentation_type.value == "BINARY" and seg.SegmentsOverlap == "YES"
    volume = seg.get_volume(combine_segments=False)
    assert volume.frame_of_reference_uid == FRAME
    for number, array in enumerate(given_masks.values()):
        found = np.argwhere(np.asarray(volume.array)[..., number])
        world = found @ volume.affine[:3, :3].T + volume.affine[:3, 3]
        index = GRIDS[name].to_index(world)
        assert np.abs(index - np.rint(index)).max() < 1e-6
        back = np.zeros(STRAIGHT.shape, dtype=bool)
        back[tuple(np.rint(index).astype(int).T)] = True
        assert np.array_equal(back, array)


def test_fractional_seg_against_highdicom(tmp_path: Path) -> None:
    import highdicom

    organ, _, _ = shapes()
    covered = np.random.default_rng(3).uniform(0, 1, STRAIGHT.shape).astype(np.float32)
    written = write_seg([structure("liver", organ), structure("t1", covered)], tmp_path / "seg.dcm", context=CONTEXT)
    seg = highdicom.seg.segread(written.path)
    assert (seg.SegmentationType, seg.SegmentationFractionalType, seg.MaximumFractionalValue) == ("FRACTIONAL", "OCCUPANCY", 255)
    volume = seg.get_volume(combine_segments=False, rescale_fractional=True)
    index = np.stack(np.indices(volume.spatial_shape), axis=-1)
    at = STRAIGHT.to_index(index @ volume.affine[:3, :3].T + volume.affine[:3, 3])
    at = tuple(np.moveaxis(np.rint(at).astype(int), -1, 0))
    assert np.abs(volume.array[..., 1] - covered[at]).max() <= 1 / 510 + 1e-6
    assert np.array_equal(volume.array[..., 0] == 1, organ[at])


@pytest.mark.dicom3tools
@pytest.mark.parametrize("context", [CONTEXT, ct_context()], ids=["pseudonymous", "ct"])
def test_seg_and_rtstruct_against_dciodvfy(tmp_path: Path, context: DicomContext) -> None:
    organ, lesion, normal = shapes()
    masks = [structure("liver", organ), structure("t1", lesion), structure("normal", normal, made=True)]
    half = structure("territory", organ * np.float32(0.5), made=True)
    for written in (
        write_seg(masks, tmp_path / "binary.dcm", context=context),
        write_seg([*masks, half], tmp_path / "fractional.dcm", context=context),
        rtstruct := write_rtstruct(masks, tmp_path / "rtstruct.dcm", context=context),
        write_rtplan(tmp_path / "plan.dcm", context=context, plan_label="Y-90", structure_set=rtstruct),
    ):
        assert errors_of_dciodvfy(written.path) == [], written.path.name


@pytest.mark.parametrize("name", GRIDS)
def test_structures_return_through_the_reading_side(tmp_path: Path, name: str) -> None:
    organ, lesion, normal = shapes()
    given_masks = {"liver": organ, "t1": lesion, "normal": normal}
    structures = [structure(key, array, GRIDS[name]) for key, array in given_masks.items()]
    seg = write_seg(structures, tmp_path / "seg.dcm", context=CONTEXT)
    rtstruct = write_rtstruct(structures, tmp_path / "rtstruct.dcm", context=CONTEXT)
    for key, array in given_masks.items():
        from_contours = read_mask(rtstruct.path, roi=key, grid=GRIDS[name]).mask
        assert np.array_equal(from_contours.array, array), "every voxel centre, holes included"
        from_segment = read_mask(seg.path, segment=key).mask
        assert from_segment.volume_mL == pytest.approx(array.sum() * 0.015)
        assert from_segment.grid.frame_of_reference == FRAME


def test_rtstruct_contours_hold_exactly_the_masks_volume(tmp_path: Path) -> None:
    organ, lesion, normal = shapes()
    speck = np.zeros(STRAIGHT.shape, dtype=bool)
    speck[2, 3, 4] = True
    masks = [structure("liver", organ), structure("t1", lesion), structure("normal", normal), structure("t2", speck)]
    written = write_rtstruct(masks, tmp_path / "rtstruct.dcm", context=CONTEXT)
    ds = pydicom.dcmread(written.path)
    for roi, contours, one in zip(ds.StructureSetROISequence, ds.ROIContourSequence, masks, strict=True):
        planimetric_mL = 0.0
        for contour in contours.ContourSequence:
            assert contour.ContourGeometricType == "CLOSED_PLANAR"
            points = np.array(contour.ContourData, float).reshape(-1, 3)
            assert len(points) == contour.NumberOfContourPoints
            x, y = points[:, 0], points[:, 1]
            planimetric_mL += abs(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2 * 5.0 / 1000
        assert planimetric_mL == pytest.approx(one.volume_mL, rel=1e-6)
        assert float(roi.ROIVolume) == pytest.approx(one.volume_mL)
    assert len(ds.ROIContourSequence[2].ContourSequence) == 6, (
        "five slices, one with a second part; a hole has no contour of its own"
    )


def test_source_slices_are_referred_to_by_plane_and_only_in_the_same_frame(tmp_path: Path) -> None:
    organ, _, _ = shapes()
    seg = pydicom.dcmread(write_seg([structure("liver", organ)], tmp_path / "seg.dcm", context=ct_context()).path)
    rtstruct = pydicom.dcmread(write_rtstruct([structure("liver", organ)], tmp_path / "rs.dcm", context=ct_context()).path)
    for frame in seg.PerFrameFunctionalGroupsSequence:
        z = float(frame.PlanePositionSequence[0].ImagePositionPatient[2])
        named = frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        assert named == f"1.2.3.4.{round((z - 300.5) / 5) + 1}"
    for contour in rtstruct.ROIContourSequence[0].ContourSequence:
        named = contour.ContourImageSequence[0].ReferencedSOPInstanceUID
        assert named == f"1.2.3.4.{round((float(contour.ContourData[2]) - 300.5) / 5) + 1}"
    assert seg.StudyInstanceUID == "1.2.3" and str(seg.PatientName) == "Doe^Jane"
    for context in (ct_context(frame="1.2.9"), CONTEXT):
        other = pydicom.dcmread(write_seg([structure("liver", organ)], tmp_path / "o.dcm", context=context).path)
        assert "ReferencedSeriesSequence" not in other
        assert all("DerivationImageSequence" not in frame for frame in other.PerFrameFunctionalGroupsSequence)
        other = pydicom.dcmread(write_rtstruct([structure("liver", organ)], tmp_path / "o.dcm", context=context).path)
        assert "RTReferencedStudySequence" not in other.ReferencedFrameOfReferenceSequence[0]


def test_how_a_contour_was_made_is_said_as_far_as_it_is_known(tmp_path: Path) -> None:
    organ, lesion, _ = shapes()
    both = [structure("liver", organ), structure("t1", lesion, made=True)]
    seg = pydicom.dcmread(write_seg(both, tmp_path / "seg.dcm", context=CONTEXT).path)
    assert [s.SegmentAlgorithmType for s in seg.SegmentSequence] == ["MANUAL", "SEMIAUTOMATIC"]
    assert "does not say how" in seg.SegmentSequence[0].SegmentDescription
    rtstruct = pydicom.dcmread(write_rtstruct(both, tmp_path / "rs.dcm", context=CONTEXT).path)
    assert [r.ROIGenerationAlgorithm or "" for r in rtstruct.StructureSetROISequence] == ["", "SEMIAUTOMATIC"]
    assert [r.RTROIInterpretedType for r in rtstruct.RTROIObservationsSequence] == ["ORGAN", "GTV"]


def test_structures_are_the_same_bytes_twice(tmp_path: Path) -> None:
    organ, lesion, _ = shapes()
    both = [structure("liver", organ), structure("t1", lesion * np.float32(0.7))]
    for write in (write_seg, write_rtstruct):
        once, twice = write(both, tmp_path / "a.dcm", context=CONTEXT), write(both, tmp_path / "b.dcm", context=CONTEXT)
        assert once.path.read_bytes() == twice.path.read_bytes()


def test_empty_structures_are_named_and_warned_about(tmp_path: Path) -> None:
    organ, _, _ = shapes()
    none = np.zeros(STRAIGHT.shape, dtype=bool)
    both = [structure("liver", organ), structure("t1", none)]
    seg, rtstruct = (write(both, tmp_path / "x.dcm", context=CONTEXT) for write in (write_seg, write_rtstruct))
    assert [finding.code for finding in seg.findings] == ["seg-empty-structure"]
    assert [finding.code for finding in rtstruct.findings] == ["rtstruct-empty-structure"]
    with pytest.raises(BadInput, match="every structure is empty"):
        write_seg([structure("t1", none)], tmp_path / "none.dcm", context=CONTEXT)
    assert not (tmp_path / "none.dcm").exists()


def test_rtstruct_of_covered_fractions_warns_when_the_volume_changes(tmp_path: Path) -> None:
    covered = np.zeros(STRAIGHT.shape, dtype=np.float32)
    covered[2, 5:10, 5:10] = 0.6
    written = write_rtstruct([structure("t1", covered)], tmp_path / "x.dcm", context=CONTEXT)
    assert [finding.code for finding in written.findings] == ["rtstruct-volume"]
    assert "0.375 mL, its covered fractions 0.225 mL" in written.findings[0].text


def test_structures_are_refused_on_two_grids_or_frames_or_with_one_name(tmp_path: Path) -> None:
    organ, lesion, _ = shapes()
    for write in (write_seg, write_rtstruct):
        with pytest.raises(GridMismatch, match="frame of reference"):
            other = structure("t1", lesion, STRAIGHT.in_frame("1.2.9"))
            write([structure("liver", organ), other], tmp_path / "x.dcm", context=CONTEXT)
        with pytest.raises(BadInput, match="two structures have the id 't1'"):
            write([structure("t1", organ), structure("t1", lesion)], tmp_path / "x.dcm", context=CONTEXT)
        with pytest.raises(BadInput, match="no structure"):
            write([], tmp_path / "x.dcm", context=CONTEXT)
    assert not list(tmp_path.iterdir())


def test_highdicom_counts_two_frames_as_one_which_is_why_glisson_compares_them_itself() -> None:
    """A known fault of the library (0.28); when this test fails the library is mended, and nothing here depends on it."""
    import highdicom

    array = np.zeros((2, 2, 2), dtype=np.uint8)
    one, two = (
        highdicom.Volume(array, np.eye(4), coordinate_system="PATIENT", frame_of_reference_uid=uid) for uid in ("1.2.3", "1.2.4")
    )
    assert one.geometry_equal(two)
    grids = [Grid((2, 2, 2), np.eye(4), uid) for uid in ("1.2.3", "1.2.4")]
    assert grids[0].differences(grids[1]) == ["frame of reference: two different ones"]


@pytest.mark.real_data
@pytest.mark.dicom3tools
def test_real_liver_mask_in_the_study_of_its_ct(tmp_path: Path, real_data: Path) -> None:
    from glisson.imaging.read import read_image

    folder = real_data / "crlm_ct" / "dicom"
    ct = read_image(folder).image
    context = context_from_path(folder, case_id="crlm", content_at=AT)
    drawn = read_mask(real_data / "crlm_ct" / "liver_rough_mask.nii.gz").mask
    from glisson.voxels.resample import nearest

    mask = nearest(drawn.in_frame(ct.grid.frame_of_reference), ct.grid)
    liver = structure("liver", mask.array.astype(bool), ct.grid)
    seg = write_seg([liver], tmp_path / "seg.dcm", context=context)
    rtstruct = write_rtstruct([liver], tmp_path / "rtstruct.dcm", context=context)
    assert errors_of_dciodvfy(seg.path) == [] and errors_of_dciodvfy(rtstruct.path) == []
    assert liver.volume_mL == pytest.approx(1617.82, rel=1e-4)
    assert np.array_equal(read_mask(rtstruct.path, roi="liver", grid=ct.grid).mask.array, liver.mask.array)
    assert len(pydicom.dcmread(rtstruct.path).ROIContourSequence[0].ContourSequence[0].ContourImageSequence) == 1
