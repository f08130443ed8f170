"""DICOM without the person: nothing of theirs is left, and everything that dosimetry needs is."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from dicom_files import (
    FRAME,
    circle,
    errors_of_dciodvfy,
    radiopharmaceutical,
    some_activity,
    write_pet,
    write_rtstruct,
    write_seg,
    write_slices,
)
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset

from glisson.errors import BadInput, OutOfScope
from glisson.imaging.deidentify import Deidentification, deidentify, shift_of
from glisson.imaging.deidentify_folder import deidentify_folder
from glisson.imaging.read import read_image
from glisson.voxels import Grid

KEY = b"a secret of the registry"
HOW = Deidentification("crlm-017", KEY, -400)
GRID = Grid.aligned((5, 6, 7), (3.0, 1.5, 2.0), (-10.0, -20.0, -30.0), FRAME)
PLANTED = {
    "PatientName": "Brontë^Émilie",
    "PatientID": "HN-4711-X",
    "PatientBirthDate": "19480730",
    "PatientAddress": "Moor Lane 3, Haworth",
    "PatientTelephoneNumbers": "+44 20 7946 0958",
    "OtherPatientIDs": "OLD-0815-Z",
    "AccessionNumber": "ACC-990011",
    "ReferringPhysicianName": "Nightingale^Florence",
    "OperatorsName": "Seacole^Mary",
    "InstitutionName": "Haworth Infirmary",
    "StudyID": "ST-55667",
    "StudyDescription": "liver of Mrs Bronte",
    "SeriesDescription": "Y90 Bronte",
    "PatientComments": "neighbour of Nightingale",
    "ImageComments": "Bronte",
    "DeviceSerialNumber": "SN-12345678",
    "StationName": "HAWORTH-CT1",
    "Manufacturer": "Haworth Infirmary Works",
    "Radiopharmaceutical": "ordered for HN-4711-X",
    "ManufacturerModelName": "gift of Emilie",
}
SECRETS = (
    "bront", "milie", "4711", "19480730", "moor lane", "7946", "0815", "990011", "nightingale", "florence", "seacole", "haworth",
    "55667", "12345678",
)  # fmt: skip


def planted(tags: dict[str, object]) -> dict[str, object]:
    return {"SpecificCharacterSet": "ISO_IR 192", **tags, **PLANTED}


def secrets_in(folder: Path) -> list[str]:
    """Planted words that stand anywhere in the bytes or in a path."""
    found = []
    for path in folder.rglob("*"):
        content = path.read_bytes().lower() if path.is_file() else b""
        text = content.decode("utf-8", "replace") + content.decode("latin-1") + str(path.relative_to(folder)).lower()
        found += [secret for secret in SECRETS if secret in text]
    return found


@pytest.fixture
def pet(tmp_path: Path) -> Path:
    return write_pet(tmp_path / "pet", some_activity(GRID.shape), GRID, **planted({"PatientWeight": 71, "PatientSize": 1.68}))


def test_nothing_planted_is_left_in_any_byte_or_path(tmp_path: Path, pet: Path) -> None:
    assert secrets_in(pet)
    done = deidentify_folder(pet, tmp_path / "out", HOW)
    assert len(done.files) == GRID.shape[0]
    assert secrets_in(tmp_path / "out") == []
    assert not [f for f in done.findings for s in SECRETS if s in f.text.lower()]


def test_the_image_reads_as_before_but_for_the_moved_dates(tmp_path: Path, pet: Path) -> None:
    deidentify_folder(pet, tmp_path / "out", HOW)
    before, after = read_image(pet), read_image(tmp_path / "out")
    np.testing.assert_array_equal(after.image.array, before.image.array)
    assert after.image.grid.spacing_mm == before.image.grid.spacing_mm
    assert (after.decay_correction, after.half_life_s, after.duration_s) == (
        before.decay_correction, before.half_life_s, before.duration_s,
    )  # fmt: skip
    assert before.acquired_at is not None and after.acquired_at == before.acquired_at + timedelta(days=HOW.shift_days)
    assert before.image.nuclide == after.image.nuclide == "Y-90"


def test_size_and_weight_stay_and_the_method_is_signed(tmp_path: Path, pet: Path) -> None:
    done = deidentify_folder(pet, tmp_path / "out", HOW)
    ds = dcmread(done.files[0])
    assert (float(ds.PatientWeight), float(ds.PatientSize)) == (71, 1.68)
    assert (str(ds.PatientName), ds.PatientID, ds.PatientIdentityRemoved) == ("crlm-017", "crlm-017", "YES")
    assert ds.LongitudinalTemporalInformationModified == "MODIFIED"
    assert [item.CodeValue for item in ds.DeidentificationMethodCodeSequence] == ["113100", "113107", "113108", "113111"]
    assert ds.file_meta.MediaStorageSOPInstanceUID == ds.SOPInstanceUID
    assert done.files[0].read_bytes()[:128] == b"\0" * 128


@pytest.mark.dicom3tools
def test_what_is_written_against_dciodvfy(tmp_path: Path, pet: Path) -> None:
    before = {line for path in pet.iterdir() for line in errors_of_dciodvfy(path)}
    done = deidentify_folder(pet, tmp_path / "out", HOW)
    added = {line for path in done.files for line in errors_of_dciodvfy(path)} - before
    assert not added


def test_series_frames_and_contours_stay_together(tmp_path: Path) -> None:
    source = tmp_path / "scans"
    write_slices(source / "ct", np.zeros(GRID.shape, np.int16), GRID, **planted({}))
    mask = np.zeros(GRID.shape)
    mask[2, 2:4, 2:4] = 1
    write_seg(source / "seg.dcm", {"Liver": mask}, GRID, FrameOfReferenceUID=FRAME)
    deidentify_folder(source, tmp_path / "out", HOW)
    objects = [dcmread(path) for path in (tmp_path / "out").rglob("*.dcm")]
    assert {ds.FrameOfReferenceUID for ds in objects} == {HOW.uid(FRAME)}
    assert FRAME not in {ds.FrameOfReferenceUID for ds in objects}
    assert len({ds.SOPInstanceUID for ds in objects}) == len(objects)
    seg = next(ds for ds in objects if ds.Modality == "SEG")
    assert seg.SegmentSequence[0].SegmentLabel == "Liver"


def test_a_name_among_contours_is_replaced_and_anatomy_stays(tmp_path: Path) -> None:
    ring = [circle(20.0, 0.0)]
    path = write_rtstruct(tmp_path / "rt" / "s.dcm", {"Liver": ring, "Tumor 1": ring, "Tumor Bronte": ring})
    done = deidentify_folder(path.parent, tmp_path / "out", HOW)
    names = [item.ROIName for item in dcmread(done.files[0]).StructureSetROISequence]
    assert names == ["Liver", "Tumor 1", "structure 1"]
    assert any("names of contours" in finding.text for finding in done.findings)


def test_private_elements_go_but_for_the_scale_factors_that_suv_needs() -> None:
    ds = Dataset()
    ds.Modality = "PT"
    ds.private_block(0x7053, "Philips PET Private Group", create=True).add_new(0x00, "DS", "0.000551")
    ds.private_block(0x7053, "Philips PET Private Group").add_new(0x05, "LO", "Bronte")
    ds.private_block(0x0009, "GEMS_PETD_01", create=True).add_new(0x01, "LO", "Bronte")
    clean, _ = deidentify(ds, HOW)
    assert [(e.tag.group, float(e.value)) for e in clean if e.tag.is_private and not e.tag.is_private_creator] == [
        (0x7053, 0.000551)
    ]


def test_overlays_and_free_text_outside_the_list_are_left_out_and_said() -> None:
    ds = Dataset()
    ds.Modality = "CT"
    ds.add_new((0x6000, 0x3000), "OW", b"\1\0")
    ds.SegmentDescription = "as dictated by the patient"
    clean, findings = deidentify(ds, HOW)
    assert (0x6000, 0x3000) not in clean and not clean.SegmentDescription
    assert {word for f in findings for word in ("overlay", "SegmentDescription") if word in f.text} == {
        "overlay",
        "SegmentDescription",
    }


def test_a_date_that_cannot_be_read_is_emptied_and_said() -> None:
    ds = Dataset()
    ds.Modality = "CT"
    ds.add_new("AcquisitionDateTime", "DT", "2026")
    clean, findings = deidentify(ds, HOW)
    assert not clean.AcquisitionDateTime
    assert any("AcquisitionDateTime" in f.text for f in findings)


def test_dates_inside_sequences_move_too() -> None:
    ds = Dataset()
    ds.Modality = "PT"
    ds.RadiopharmaceuticalInformationSequence = radiopharmaceutical(RadiopharmaceuticalStartDateTime="20260302093000+0100")
    clean, _ = deidentify(ds, HOW)
    assert clean.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartDateTime == "20250126093000+0100"


@pytest.mark.parametrize(("tags", "said"), [({"BurnedInAnnotation": "YES"}, "burned-in"), ({"Modality": "SR"}, "document")])
def test_what_no_rule_makes_safe_is_left_out_and_counted(tmp_path: Path, tags: dict[str, str], said: str) -> None:
    write_slices(tmp_path / "in", np.zeros(GRID.shape, np.int16), GRID, change=lambda k, ds: k == 0 and ds.update(_dataset(tags)))
    done = deidentify_folder(tmp_path / "in", tmp_path / "out", HOW)
    assert (len(done.files), done.left_out) == (GRID.shape[0] - 1, 1)
    assert any(said in finding.text for finding in done.findings)
    with pytest.raises(OutOfScope, match=said):
        deidentify(_dataset(tags), HOW)


def _dataset(tags: dict[str, str]) -> Dataset:
    ds = Dataset()
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    return ds


def test_folders_that_cannot_be_used_are_refused(tmp_path: Path, pet: Path) -> None:
    with pytest.raises(BadInput, match="no folder"):
        deidentify_folder(tmp_path / "none", tmp_path / "out", HOW)
    with pytest.raises(BadInput, match="not empty"):
        deidentify_folder(pet, pet, HOW)
    with pytest.raises(BadInput, match="lies inside"):
        deidentify_folder(pet, pet / "out", HOW)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="no DICOM"):
        deidentify_folder(tmp_path / "empty", tmp_path / "out", HOW)


def test_a_weak_key_and_a_wild_shift_are_refused() -> None:
    with pytest.raises(BadInput, match="16 bytes"):
        Deidentification("a", b"short", 0)
    with pytest.raises(BadInput, match="3650"):
        Deidentification("a", KEY, 4000)
    assert "secret" not in repr(HOW)


@given(st.text("0123456789.", min_size=5, max_size=40), st.text("0123456789.", min_size=5, max_size=40))
def test_identifiers_map_one_to_one_and_stay_valid(one: str, other: str) -> None:
    new = HOW.uid(one)
    assert len(new) <= 64 and (one == other) == (new == HOW.uid(other))
    assert new != Deidentification("crlm-017", b"another secret key", -400).uid(one) or one.startswith("1.2.840.10008.")


@given(st.text(min_size=1, max_size=10))
def test_the_shift_of_a_person_is_fixed_by_the_key(pseudonym: str) -> None:
    assert shift_of(key=KEY, pseudonym=pseudonym) == shift_of(key=KEY, pseudonym=pseudonym)
    assert -3650 <= shift_of(key=KEY, pseudonym=pseudonym) <= -1


@pytest.mark.real_data
def test_a_real_ct_keeps_its_voxels_and_frames(tmp_path: Path, real_data: Path) -> None:
    source = real_data / "ct_liver_seg_dicom" / "ct"
    deidentify_folder(source, tmp_path / "out", HOW)
    before, after = read_image(source), read_image(tmp_path / "out")
    np.testing.assert_array_equal(before.image.array, after.image.array)
    assert before.image.grid.differences(after.image.grid) == ["frame of reference: two different ones"]
