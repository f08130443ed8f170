"""RTDOSE and its plan against pydicom, SimpleITK and dciodvfy."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_files import errors_of_dciodvfy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from glisson.errors import BadInput
from glisson.imaging.dicom_context import pseudonymous
from glisson.imaging.dicom_order import in_dicom_order
from glisson.imaging.dicom_source import context_from_path
from glisson.imaging.write_rtdose import LARGEST_STORED, scaling_for, write_rtdose
from glisson.imaging.write_rtplan import write_rtplan
from glisson.voxels import Grid, Image, Quantity

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FRAME = "1.2.826.0.1.3680043.8.498.1"
CONTEXT = pseudonymous("case-1", content_at=AT)


def dose_on(grid: Grid, maximum_Gy: float = 180.0, seed: int = 0) -> Image:
    array = np.random.default_rng(seed).uniform(0, maximum_Gy, grid.shape).astype(np.float32)
    array.flat[0] = maximum_Gy
    return Image(grid, array, Quantity.DOSE)


def grids() -> dict[str, Grid]:
    straight = Grid.aligned((5, 6, 7), (2.78, 2.34, 2.1), (-20.5, -31.25, 400.125), FRAME)
    turned = np.eye(4)
    turned[:3, :3] = Rotation.from_euler("xyz", [10, -14, 8], degrees=True).as_matrix()
    flipped = straight.affine @ np.diag([-1, 1, -1, 1.0])
    return {
        "straight": straight,
        "oblique": Grid(straight.shape, turned @ straight.affine, FRAME),
        "negative spacing": Grid(straight.shape, flipped, FRAME),
        "left-handed": Grid(straight.shape, straight.affine @ np.diag([-1, 1, 1, 1.0]), FRAME),
        "coronal": Grid(straight.shape, straight.affine[[0, 2, 1, 3]], FRAME),
        "columns first": Grid(straight.shape, straight.affine[:, [2, 1, 0, 3]], FRAME),
        "one slice": Grid.aligned((1, 6, 7), (5, 2, 2), frame_of_reference=FRAME),
    }


@pytest.mark.parametrize("name", grids())
@pytest.mark.parametrize("bits", [16, 32])
def test_rtdose_against_pydicom_and_simpleitk(tmp_path: Path, name: str, bits: int) -> None:
    import SimpleITK as sitk

    dose = dose_on(grids()[name])
    plan = write_rtplan(tmp_path / "plan.dcm", context=CONTEXT, plan_label="Y-90")
    written = write_rtdose(dose, tmp_path / "dose.dcm", context=CONTEXT, plan=plan, bits=bits)
    ds = pydicom.dcmread(written.path)
    half_Gy = float(ds.DoseGridScaling) / 2
    assert written.choices["dose_grid_scaling_Gy"] == float(ds.DoseGridScaling)
    assert (ds.DoseType, ds.DoseUnits, ds.DoseSummationType) == ("PHYSICAL", "GY", "PLAN")
    assert ds.FrameOfReferenceUID == FRAME == written.frame_of_reference_uid
    assert ds.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID == plan.sop_instance_uid
    offsets = np.asarray(ds.get("GridFrameOffsetVector", [0.0]), float)
    assert offsets[0] == 0 and (np.diff(offsets) > 0).all(), "ascending along the normal"
    row, column = np.array(ds.ImageOrientationPatient[:3], float), np.array(ds.ImageOrientationPatient[3:], float)
    normal = np.cross(row, column)
    assert row[0] > 0.5 and column[1] > 0.5 and normal[2] > 0.5, "axial as far as the grid allows, right-handed"

    values_Gy = ds.pixel_array.reshape(len(offsets), ds.Rows, ds.Columns) * float(ds.DoseGridScaling)
    s, r, c = np.indices(values_Gy.shape)
    spacing = [float(v) for v in ds.PixelSpacing]
    world = (
        np.array(ds.ImagePositionPatient, float)
        + c[..., None] * spacing[1] * row
        + r[..., None] * spacing[0] * column
        + offsets[s][..., None] * normal
    )
    index = dose.grid.to_index(world)
    assert np.abs(index - np.rint(index)).max() < 1e-6
    expected = dose.array[tuple(np.moveaxis(np.rint(index).astype(int), -1, 0))]
    assert np.abs(values_Gy - expected).max() <= half_Gy * (1 + 1e-6)

    independent = sitk.ReadImage(str(written.path))
    at = independent.TransformIndexToPhysicalPoint((2, 3, len(offsets) - 1))
    i, j, k = np.rint(dose.grid.to_index(at)).astype(int)
    stored = independent.GetPixel(2, 3, len(offsets) - 1)
    assert stored * float(ds.DoseGridScaling) == pytest.approx(float(dose.array[i, j, k]), abs=half_Gy * 1.001)
    assert dose.grid.to_world([i, j, k]) == pytest.approx(at, abs=1e-6)


@pytest.mark.dicom3tools
@pytest.mark.parametrize("name", ["straight", "oblique", "one slice"])
def test_rtdose_and_rtplan_against_dciodvfy(tmp_path: Path, name: str) -> None:
    plan = write_rtplan(tmp_path / "plan.dcm", context=CONTEXT, plan_label="Y-90")
    written = write_rtdose(dose_on(grids()[name]), tmp_path / "dose.dcm", context=CONTEXT, plan=plan)
    assert written.choices["bits"] == 16
    assert errors_of_dciodvfy(plan.path) == []
    assert errors_of_dciodvfy(written.path) == []


@pytest.mark.dicom3tools
def test_rtdose_of_32_bit_against_dciodvfy_as_far_as_it_goes(tmp_path: Path) -> None:
    """dicom3tools 1.00 stops at 32-bit pixels with an assertion: everything else is checked with the pixels split in halves."""
    plan = write_rtplan(tmp_path / "plan.dcm", context=CONTEXT, plan_label="Y-90")
    written = write_rtdose(dose_on(grids()["straight"], 5000), tmp_path / "dose.dcm", context=CONTEXT, plan=plan)
    assert written.choices["bits"] == 32
    ds = pydicom.dcmread(written.path)
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.Columns = 16, 16, 15, ds.Columns * 2
    ds.save_as(tmp_path / "halves.dcm")
    assert errors_of_dciodvfy(tmp_path / "halves.dcm") == []


@pytest.mark.dicom3tools
def test_dciodvfy_finds_an_error_when_there_is_one(tmp_path: Path) -> None:
    plan = write_rtplan(tmp_path / "plan.dcm", context=CONTEXT, plan_label="Y-90")
    written = write_rtdose(dose_on(grids()["straight"]), tmp_path / "dose.dcm", context=CONTEXT, plan=plan)
    ds = pydicom.dcmread(written.path)
    del ds.DoseUnits
    ds.save_as(tmp_path / "bad.dcm")
    assert any("DoseUnits" in line for line in errors_of_dciodvfy(tmp_path / "bad.dcm"))


@given(st.floats(1e-6, 1e6), st.sampled_from([16, 32]))
def test_scaling_lets_the_maximum_fit_and_wastes_nothing(maximum_Gy: float, bits: int) -> None:
    text = scaling_for(maximum_Gy, bits)
    assert len(text) <= 16
    assert maximum_Gy <= float(text) * LARGEST_STORED[bits] <= maximum_Gy * (1 + 1e-8)


@given(st.permutations([0, 1, 2]), st.tuples(*[st.sampled_from([-1.0, 1.0])] * 3), st.tuples(*[st.floats(-180, 180)] * 3))
@settings(deadline=None)
def test_dicom_order_keeps_every_voxel_where_it_was(axes, signs, angles) -> None:
    linear = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() @ (np.eye(3)[:, axes] * (np.array(signs) * (4, 3, 2)))
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = linear, (5, -6, 7)
    image = Image(Grid((2, 3, 4), affine), np.arange(24.0).reshape(2, 3, 4), Quantity.DOSE)
    ordered = in_dicom_order(image)
    directions = ordered.grid.directions
    assert np.cross(directions[:, 2], directions[:, 1]) == pytest.approx(directions[:, 0], abs=1e-6)
    for index in np.ndindex(*ordered.grid.shape):
        back = np.rint(image.grid.to_index(ordered.grid.to_world(index))).astype(int)
        assert ordered.array[index] == image.array[tuple(back)]
        assert image.grid.to_world(back) == pytest.approx(ordered.grid.to_world(index), abs=1e-6)


def test_rtdose_is_the_same_bytes_twice_and_other_bytes_for_another_dose(tmp_path: Path) -> None:
    plan = write_rtplan(tmp_path / "plan.dcm", context=CONTEXT, plan_label="Y-90")
    one, two, other = (
        write_rtdose(dose_on(grids()["straight"], seed=seed), tmp_path / f"{name}.dcm", context=CONTEXT, plan=plan)
        for name, seed in (("one", 0), ("two", 0), ("other", 1))
    )
    assert one.path.read_bytes() == two.path.read_bytes()
    assert one.sop_instance_uid != other.sop_instance_uid
    later = pseudonymous("case-1", content_at=datetime(2026, 3, 3, tzinfo=UTC))
    again = write_rtdose(dose_on(grids()["straight"]), tmp_path / "later.dcm", context=later, plan=plan)
    assert again.sop_instance_uid != one.sop_instance_uid


def test_rtdose_on_a_named_frame_gets_a_derived_one_and_says_so(tmp_path: Path) -> None:
    plan = write_rtplan(tmp_path / "plan.dcm", context=CONTEXT, plan_label="Y-90")
    frames = {}
    for name in (None, "planning", "other"):
        dose = dose_on(grids()["straight"].in_frame(name))
        written = write_rtdose(dose, tmp_path / "dose.dcm", context=CONTEXT, plan=plan)
        assert [finding.code for finding in written.findings] == ["dicom-frame-derived"]
        assert not any(part in written.findings[0].text for part in (FRAME, "planning", "2.25"))
        frames[name] = written.frame_of_reference_uid
    assert len(set(frames.values())) == 3 and all(uid.startswith("2.25.") for uid in frames.values())


def test_rtdose_of_nothing_is_zero_everywhere(tmp_path: Path) -> None:
    plan = write_rtplan(tmp_path / "plan.dcm", context=CONTEXT, plan_label="Y-90")
    zero = Image(grids()["straight"], np.zeros((5, 6, 7)), Quantity.DOSE)
    ds = pydicom.dcmread(write_rtdose(zero, tmp_path / "dose.dcm", context=CONTEXT, plan=plan).path)
    assert not ds.pixel_array.any() and float(ds.DoseGridScaling) > 0


def test_rtdose_refuses_and_leaves_no_file(tmp_path: Path) -> None:
    plan = write_rtplan(tmp_path / "plan.dcm", context=CONTEXT, plan_label="Y-90")
    grid = grids()["straight"]
    target = tmp_path / "dose.dcm"
    with pytest.raises(BadInput, match="negative values"):
        write_rtdose(Image(grid, np.full(grid.shape, -0.5), Quantity.DOSE), target, context=CONTEXT, plan=plan)
    with pytest.raises(BadInput, match="an image of HU"):
        write_rtdose(Image(grid, np.ones(grid.shape), Quantity.HU), target, context=CONTEXT, plan=plan)
    tilted = grid.affine.copy()
    tilted[1, 0] = 0.5
    with pytest.raises(BadInput, match="sheared"):
        write_rtdose(dose_on(Grid(grid.shape, tilted, FRAME)), target, context=CONTEXT, plan=plan)
    with pytest.raises(BadInput, match="folder does not exist"):
        write_rtdose(dose_on(grid), tmp_path / "none" / "dose.dcm", context=CONTEXT, plan=plan)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.dcm"]


def test_rtplan_has_no_beam_and_refuses_a_long_label(tmp_path: Path) -> None:
    ds = pydicom.dcmread(write_rtplan(tmp_path / "plan.dcm", context=CONTEXT, plan_label="Y-90 verified").path)
    group = ds.FractionGroupSequence[0]
    assert (group.NumberOfBeams, group.NumberOfBrachyApplicationSetups) == (0, 0) and "BeamSequence" not in ds
    assert (ds.ApprovalStatus, ds.PlanIntent, ds.RTPlanGeometry) == ("UNAPPROVED", "RESEARCH", "TREATMENT_DEVICE")
    with pytest.raises(BadInput, match="at most 16"):
        write_rtplan(tmp_path / "long.dcm", context=CONTEXT, plan_label="a label of more than 16")


@pytest.mark.real_data
@pytest.mark.dicom3tools
def test_rtdose_in_the_study_of_a_real_ct_against_dciodvfy(tmp_path: Path, real_data: Path) -> None:
    folder = real_data / "crlm_ct" / "dicom"
    context = context_from_path(folder, case_id="crlm", content_at=AT)
    source = pydicom.dcmread(sorted(p for p in folder.rglob("*") if p.is_file())[0], stop_before_pixels=True)
    grid = Grid.aligned((4, 20, 20), (5, 4, 4), (-50, -50, -300), str(source.FrameOfReferenceUID))
    plan = write_rtplan(tmp_path / "plan.dcm", context=context, plan_label="Y-90")
    written = write_rtdose(dose_on(grid), tmp_path / "dose.dcm", context=context, plan=plan)
    ds = pydicom.dcmread(written.path)
    assert ds.StudyInstanceUID == source.StudyInstanceUID and ds.PatientID == source.PatientID
    assert ds.FrameOfReferenceUID == source.FrameOfReferenceUID and written.findings == ()
    assert errors_of_dciodvfy(plan.path) == [] and errors_of_dciodvfy(written.path) == []
