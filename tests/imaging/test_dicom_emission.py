"""PET and SPECT: Bq/mL, geometry, and the instant at which the activity holds."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from dicom_files import FRAME, TC99M, Y90, bq_per_ml, oblique_grid, radiopharmaceutical, some_activity, write_nm, write_pet
from pydicom.dataset import Dataset

from glisson.case.image_reference import ImageKind
from glisson.decay import decay_factor, mean_over_acquisition
from glisson.errors import BadInput, GlissonError, MissingFact, OutOfScope
from glisson.imaging.read import read_image
from glisson.imaging.readout import ReadImage
from glisson.voxels import Grid, Image, Quantity

GRID = Grid.aligned((5, 6, 7), (3.0, 1.5, 2.0), (-10.0, -20.0, -30.0), FRAME)
ACTIVITY = some_activity(GRID.shape)
CET = timezone(timedelta(hours=1))
TEN = datetime(2026, 3, 2, 10, 0, tzinfo=CET)


def codes(read: ReadImage) -> set[str]:
    return {finding.code for finding in read.findings}


def same_at_every_place(read: Image, array: np.ndarray, grid: Grid, step: float) -> None:
    """Every voxel that was written is found at its place in the patient, within the rounding of its stored value."""
    where = np.argwhere(np.ones(grid.shape, dtype=bool))
    at = read.grid.to_index(grid.to_world(where))
    np.testing.assert_allclose(at, np.rint(at), atol=1e-3)
    np.testing.assert_allclose(read.array[tuple(np.rint(at).astype(int).T)], array[tuple(where.T)], atol=step, rtol=1e-6)
    assert read.grid.shape == grid.shape


@pytest.mark.parametrize("grid", [GRID, oblique_grid((5, 6, 7))], ids=["aligned", "oblique"])
@pytest.mark.parametrize("modality", ["PET", "NM"])
def test_emission_data_as_dicom_against_what_was_written(tmp_path: Path, grid: Grid, modality: str) -> None:
    step = ACTIVITY.max() / 32000 / 2
    if modality == "PET":
        read = read_image(write_pet(tmp_path / "pet", ACTIVITY, grid), nuclide="Y-90", kind=ImageKind.PET)
    else:
        path = write_nm(tmp_path / "nm.dcm", ACTIVITY, grid, Units="BQML")
        read = read_image(path, nuclide="Tc-99m", kind=ImageKind.SPECT)
    assert read.image.quantity is Quantity.ACTIVITY
    assert read.image.grid.differences(grid) == []
    same_at_every_place(read.image, ACTIVITY, grid, step)


@pytest.mark.real_data
def test_real_y90_pet_as_dicom_pet_and_nm_against_its_nrrd(real_data: Path, tmp_path: Path) -> None:
    source = read_image(real_data / "y90_pet_maa_spect" / "patient_1_Y90_PET.nrrd", unit="Bq/mL", nuclide="Y-90").image
    source = source.in_frame(FRAME)
    array = np.asarray(source.array, dtype=np.float64)
    pet = read_image(write_pet(tmp_path / "pet", array, source.grid), nuclide="Y-90").image
    step = array.max() / 32000
    nuclear = write_nm(tmp_path / "nm.dcm", array, source.grid, RealWorldValueMappingSequence=bq_per_ml(step))
    spect = read_image(nuclear, kind=ImageKind.SPECT).image
    for image in (pet, spect):
        assert image.quantity is Quantity.ACTIVITY
        assert image.grid.differences(source.grid) == []
        np.testing.assert_allclose(image.array, array, atol=step * 0.51, rtol=1e-6)
    assert pet.total == pytest.approx(1_122_964_579.807, rel=1e-4)
    assert spect.total == pytest.approx(1_122_964_579.807, rel=2e-3)


@pytest.mark.real_data
def test_real_maa_spect_with_negative_spacing_as_dicom_nm_against_its_nrrd(real_data: Path, tmp_path: Path) -> None:
    source = read_image(real_data / "y90_pet_maa_spect" / "patient_2_SPECT.nrrd", unit="counts", nuclide="Tc-99m")
    assert "image.negative" in codes(source)
    array = source.image.array.astype(np.int16)
    read = read_image(write_nm(tmp_path / "nm.dcm", array, source.image.grid), nuclide="Tc-99m").image
    assert read.quantity is Quantity.COUNTS
    same_at_every_place(read, array, source.image.grid, 0.0)


@pytest.mark.real_data
def test_real_nrrd_grid_against_simpleitk(real_data: Path) -> None:
    import SimpleITK as sitk

    for name, unit in (("patient_1_Y90_PET.nrrd", "Bq/mL"), ("patient_2_SPECT.nrrd", "counts")):
        theirs = sitk.ReadImage(str(real_data / "y90_pet_maa_spect" / name))
        ours = read_image(real_data / "y90_pet_maa_spect" / name, unit=unit).image
        np.testing.assert_array_equal(ours.array, sitk.GetArrayFromImage(theirs).astype(np.float32))
        corner = [int(n) - 1 for n in theirs.GetSize()]
        np.testing.assert_allclose(ours.grid.to_world(corner[::-1]), theirs.TransformIndexToPhysicalPoint(corner), atol=1e-6)


def test_start_is_the_series_time(tmp_path: Path) -> None:
    read = read_image(write_pet(tmp_path / "pet", ACTIVITY, GRID))
    assert read.activity_at == read.acquired_at == read.image.reference_time == TEN
    assert read.decay_correction == "START"
    assert read.duration_s == 1800
    assert read.half_life_s == 230_760
    assert read.image.nuclide == "Y-90"
    assert codes(read) == set()


def test_series_time_of_processing_is_not_believed(tmp_path: Path) -> None:
    read = read_image(write_pet(tmp_path / "pet", ACTIVITY, GRID, SeriesTime="163000"))
    assert read.activity_at == TEN
    assert codes(read) == {"time.series-time-later"}


def test_start_without_acquisition_time_takes_the_series_time_and_says_so(tmp_path: Path) -> None:
    read = read_image(write_pet(tmp_path / "pet", ACTIVITY, GRID, AcquisitionTime=None))
    assert read.activity_at == TEN
    assert codes(read) == {"time.series-time"}


def test_admin_is_the_administration_even_on_the_day_before(tmp_path: Path) -> None:
    given = radiopharmaceutical(RadiopharmaceuticalStartDateTime="20260301153000", RadionuclideHalfLife="230760")
    tags = {"DecayCorrection": "ADMIN", "RadiopharmaceuticalInformationSequence": given}
    read = read_image(write_pet(tmp_path / "pet", ACTIVITY, GRID, **tags))
    assert read.activity_at == datetime(2026, 3, 1, 15, 30, tzinfo=CET)
    assert read.activity_after_start_s == -18.5 * 3600


def test_administration_with_its_own_offset(tmp_path: Path) -> None:
    given = radiopharmaceutical(RadiopharmaceuticalStartDateTime="20260301143000+0000")
    tags = {"DecayCorrection": "ADMIN", "RadiopharmaceuticalInformationSequence": given}
    read = read_image(write_pet(tmp_path / "pet", ACTIVITY, GRID, **tags))
    assert read.activity_at == datetime(2026, 3, 1, 14, 30, tzinfo=UTC)


def test_administration_without_a_date_is_unknown(tmp_path: Path) -> None:
    given = radiopharmaceutical(RadiopharmaceuticalStartTime="153000")
    tags = {"DecayCorrection": "ADMIN", "RadiopharmaceuticalInformationSequence": given}
    read = read_image(write_pet(tmp_path / "pet", ACTIVITY, GRID, **tags))
    assert read.activity_at is None
    assert codes(read) == {"time.administration-unknown"}


def test_uncorrected_frames_against_the_decay_written(tmp_path: Path) -> None:
    """Two bed positions 30 min apart: each slice is the mean over its own frame of one true activity at 10:00."""
    half_life_h, duration_s = 64.1, 1800.0
    late_h = np.array([0.0, 0.0, 0.5, 0.5, 0.5])
    mean = mean_over_acquisition(duration_s=duration_s, half_life_h=half_life_h)
    seen = ACTIVITY * (np.array([decay_factor(elapsed_h=t, half_life_h=half_life_h) for t in late_h]) * mean)[:, None, None]

    def bed(k: int, ds: Dataset) -> None:
        ds.AcquisitionTime = "100000" if late_h[k] == 0 else "103000"

    read = read_image(write_pet(tmp_path / "pet", seen, GRID, DecayCorrection="NONE", change=bed))
    np.testing.assert_allclose(read.image.array, ACTIVITY, atol=ACTIVITY.max() / 32000)
    assert read.activity_at == TEN
    assert codes(read) == {"time.corrected-to-start"}


def test_uncorrected_frames_by_frame_reference_time(tmp_path: Path) -> None:
    seen = ACTIVITY * decay_factor(elapsed_h=0.25, half_life_h=64.1)
    tags = {"DecayCorrection": "NONE", "AcquisitionTime": None, "FrameReferenceTime": "900000"}
    read = read_image(write_pet(tmp_path / "pet", seen, GRID, **tags))
    np.testing.assert_allclose(read.image.array, ACTIVITY, atol=ACTIVITY.max() / 32000)
    assert read.activity_at == TEN


def test_uncorrected_frames_without_duration_are_left_and_said(tmp_path: Path) -> None:
    read = read_image(write_pet(tmp_path / "pet", ACTIVITY, GRID, DecayCorrection="NONE", ActualFrameDuration=None))
    np.testing.assert_allclose(read.image.array, ACTIVITY, atol=ACTIVITY.max() / 32000)
    assert codes(read) == {"time.frames-uncorrected"}


def test_uncorrected_frames_without_a_nuclide_are_refused(tmp_path: Path) -> None:
    folder = write_pet(tmp_path / "pet", ACTIVITY, GRID, DecayCorrection="NONE", RadiopharmaceuticalInformationSequence=None)
    with pytest.raises(MissingFact, match="nuclide of the image"):
        read_image(folder)
    assert codes(read_image(folder, nuclide="Y-90")) == {"time.corrected-to-start"}


def test_decay_factor_that_does_not_fit_is_said(tmp_path: Path) -> None:
    fits = 1 / mean_over_acquisition(duration_s=1800, half_life_h=64.1)
    assert codes(read_image(write_pet(tmp_path / "a", ACTIVITY, GRID, DecayFactor=f"{fits:.6f}"))) == set()
    assert codes(read_image(write_pet(tmp_path / "b", ACTIVITY, GRID, DecayFactor="1.2"))) == {"time.decay-factor"}


def test_no_zone_means_no_instant_but_the_difference_stays(tmp_path: Path) -> None:
    given = radiopharmaceutical(RadiopharmaceuticalStartDateTime="20260302040000")
    tags = {"DecayCorrection": "ADMIN", "RadiopharmaceuticalInformationSequence": given, "TimezoneOffsetFromUTC": None}
    folder = write_pet(tmp_path / "pet", ACTIVITY, GRID, **tags)
    read = read_image(folder)
    assert (read.activity_at, read.acquired_at, read.image.reference_time) == (None, None, None)
    assert read.activity_after_start_s == -6 * 3600
    assert codes(read) == {"time.no-zone"}
    assert read_image(folder, timezone=ZoneInfo("Europe/Berlin")).acquired_at == TEN


def test_wrong_half_life_is_said(tmp_path: Path) -> None:
    tags = {"RadiopharmaceuticalInformationSequence": radiopharmaceutical(RadionuclideHalfLife="6586.2")}
    assert "nuclide.half-life" in codes(read_image(write_pet(tmp_path / "pet", ACTIVITY, GRID, **tags)))


@pytest.mark.parametrize(
    ("nuclide", "found"),
    [
        (Y90, "Y-90"),
        (("C-162A7", "SRT", "whatever"), "Y-90"),
        (TC99M, "Tc-99m"),
        (("C1943", "NCIt", "^166^Holmium"), "Ho-166"),
        (("local", "99X", "Yttrium 90"), "Y-90"),
        (("local", "99X", "unclear"), None),
    ],
)
def test_nuclide_of_the_file(tmp_path: Path, nuclide: tuple[str, str, str], found: str | None) -> None:
    tags = {"RadiopharmaceuticalInformationSequence": radiopharmaceutical(nuclide)}
    assert read_image(write_pet(tmp_path / "pet", ACTIVITY, GRID, **tags)).image.nuclide == found


def test_unknown_decay_correction_gives_no_instant(tmp_path: Path) -> None:
    read = read_image(write_pet(tmp_path / "pet", ACTIVITY, GRID, DecayCorrection=None))
    assert read.activity_at is None
    assert "time.decay-correction-unknown" in codes(read)


PET_BROKEN: dict[str, tuple[dict[str, object], dict[str, str], type[GlissonError], str]] = {
    "another nuclide": ({}, {"nuclide": "Ho-166"}, BadInput, "says Y-90, the case says Ho-166"),
    "counts where the case says Bq/mL": ({"Units": "CNTS"}, {"unit": "Bq/mL"}, BadInput, "file says counts, the case says Bq/mL"),
    "SUV": ({"Units": "GML"}, {}, OutOfScope, "no activity concentration"),
    "no units": ({"Units": None}, {}, BadInput, "Units is missing"),
    "impossible decay correction": ({"DecayCorrection": "MAYBE"}, {}, BadInput, "DICOM does not know"),
    "time that is none": ({"AcquisitionTime": "256199"}, {}, BadInput, "not a date and time"),
    "offset that is none": ({"TimezoneOffsetFromUTC": "CET"}, {}, BadInput, "no valid offset"),
    "negative half-life": (
        {"RadiopharmaceuticalInformationSequence": radiopharmaceutical(RadionuclideHalfLife="-5")},
        {},
        BadInput,
        "half-life of zero or less",
    ),
    "negative duration": ({"ActualFrameDuration": -5}, {}, BadInput, "negative frame duration"),
    "duration that is text": ({"RescaleSlope": "1e400"}, {}, BadInput, "not finite"),
}


@pytest.mark.parametrize("name", PET_BROKEN)
def test_broken_pet_gives_one_clear_message(tmp_path: Path, name: str) -> None:
    tags, asked, kind, words = PET_BROKEN[name]
    folder = write_pet(tmp_path / "pet", ACTIVITY, GRID, **tags)
    with pytest.raises(kind, match=words):
        read_image(folder, unit=asked.get("unit"), nuclide=asked.get("nuclide"))


def test_units_that_differ_between_slices_are_refused(tmp_path: Path) -> None:
    def other(k: int, ds: Dataset) -> None:
        if k == 2:
            ds.Units = "CNTS"

    with pytest.raises(BadInput, match="different units"):
        read_image(write_pet(tmp_path / "pet", ACTIVITY, GRID, change=other))


def test_counts_pet_is_counts(tmp_path: Path) -> None:
    assert read_image(write_pet(tmp_path / "pet", ACTIVITY, GRID, Units="CNTS")).image.quantity is Quantity.COUNTS


def test_negative_activity_is_kept_and_counted(tmp_path: Path) -> None:
    array = ACTIVITY.copy()
    array[1, 2, 3:5] = -500.0
    read = read_image(write_pet(tmp_path / "pet", array, GRID))
    assert read.image.array.min() < -499
    assert next(f.text for f in read.findings if f.code == "image.negative").startswith("2 voxels are negative")


def test_nm_slices_follow_the_slice_vector_not_the_frames(tmp_path: Path) -> None:
    counts = np.arange(np.prod(GRID.shape)).reshape(GRID.shape)
    read = read_image(write_nm(tmp_path / "nm.dcm", counts, GRID, order=[3, 0, 4, 1, 2]))
    np.testing.assert_array_equal(read.image.array, counts)
    assert read.image.quantity is Quantity.COUNTS
    assert read.image.grid.differences(GRID) == []


def test_nm_negative_spacing_stacks_against_the_normal(tmp_path: Path) -> None:
    affine = GRID.affine.copy()
    affine[2, 0] = -3.0
    downwards = Grid(GRID.shape, affine, FRAME)
    counts = np.arange(np.prod(GRID.shape)).reshape(GRID.shape)
    path = write_nm(tmp_path / "nm.dcm", counts, downwards)
    read = read_image(path).image
    same_at_every_place(read, counts, downwards, 0.0)
    np.testing.assert_array_equal(read.array, counts[::-1])


def test_nm_unit_from_the_case_is_said(tmp_path: Path) -> None:
    read = read_image(write_nm(tmp_path / "nm.dcm", ACTIVITY, GRID), unit="Bq/mL")
    assert read.image.quantity is Quantity.ACTIVITY
    assert {"image.unit-from-case", "time.decay-correction-unknown"} <= codes(read)


NM_BROKEN: dict[str, tuple[dict[str, object], str]] = {
    "projections": ({"ImageType": ["ORIGINAL", "PRIMARY", "TOMO", "EMISSION"]}, "projections"),
    "planar": ({"ImageType": ["ORIGINAL", "PRIMARY", "STATIC", "EMISSION"]}, "planar image, not a volume"),
    "gated": ({"ImageType": ["ORIGINAL", "PRIMARY", "RECON GATED TOMO", "EMISSION"]}, "no reconstructed SPECT"),
    "no spacing": ({"SpacingBetweenSlices": None, "SliceThickness": "3"}, "distance between slices is missing or zero"),
    "spacing zero": ({"SpacingBetweenSlices": "0"}, "distance between slices is missing or zero"),
    "no detector": ({"DetectorInformationSequence": None}, "ImagePositionPatient is missing"),
    "slice vector too short": ({"SliceVector": [1, 2]}, "2 slice numbers for 5 frames"),
    "two volumes": ({"SliceVector": [1, 2, 3, 1, 2]}, "several volumes in one file"),
    "too few frames": ({"NumberOfFrames": 9, "SliceVector": None}, "cannot be decoded|frames"),
}


@pytest.mark.parametrize("name", NM_BROKEN)
def test_broken_nm_gives_one_clear_message(tmp_path: Path, name: str) -> None:
    tags, words = NM_BROKEN[name]
    with pytest.raises(GlissonError, match=words):
        read_image(write_nm(tmp_path / "nm.dcm", ACTIVITY, GRID, **tags))
