"""Whose data a written object is, and whole files or none."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import UID

from glisson.errors import BadInput
from glisson.imaging.dicom_context import pseudonymous, stable_uid
from glisson.imaging.dicom_source import context_from_datasets, context_from_path
from glisson.imaging.write_rtplan import write_rtplan
from glisson.whole_file import write_whole

AT = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)


def header(**changes: object) -> pydicom.Dataset:
    ds = pydicom.Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3.4.1"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = "1.2.3", "1.2.3.4", "1.2.3.5"
    ds.PatientName, ds.PatientID, ds.PatientSex = "Doe^Jane", "77", "F"
    ds.StudyDate, ds.StudyTime, ds.StudyID = "20260301", "101112", "1"
    for keyword, value in changes.items():
        setattr(ds, keyword, value)
    return ds


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_stable_uids_are_valid_and_depend_on_their_parts_only(parts: list[str]) -> None:
    uid = stable_uid(*parts)
    assert UID(uid).is_valid and len(uid) <= 64 and uid == stable_uid(*parts)
    assert uid != stable_uid(*parts, "more")


def test_context_of_a_source_carries_patient_and_study(tmp_path: Path) -> None:
    context = context_from_datasets([header()], case_id="case-1", content_at=AT)
    ds = pydicom.dcmread(write_rtplan(tmp_path / "plan.dcm", context=context, plan_label="Y-90").path)
    assert (str(ds.PatientName), ds.PatientID, ds.PatientSex, ds.StudyDate) == ("Doe^Jane", "77", "F", "20260301")
    assert ds.StudyInstanceUID == "1.2.3" and ds.InstanceCreationDate == "20260302" and "TimezoneOffsetFromUTC" not in ds


def test_times_are_written_in_the_zone_of_the_source(tmp_path: Path) -> None:
    context = context_from_datasets([header(TimezoneOffsetFromUTC="+0100")], case_id="case-1", content_at=AT)
    ds = pydicom.dcmread(write_rtplan(tmp_path / "plan.dcm", context=context, plan_label="Y-90").path)
    assert (ds.TimezoneOffsetFromUTC, ds.RTPlanDate, ds.RTPlanTime) == ("+0100", "20260303", "003000")
    west = pseudonymous("case-1", content_at=datetime(2026, 3, 2, 9, tzinfo=timezone(-timedelta(hours=3, minutes=30))))
    assert west.attributes["TimezoneOffsetFromUTC"] == "-0330" and west.written_at == west.content_at


def test_the_text_form_of_a_context_shows_no_patient_data() -> None:
    context = context_from_datasets([header()], case_id="case-1", content_at=AT)
    assert not any(secret in f"{context!r} {context}" for secret in ("Doe", "Jane", "77", "1.2.3", "20260301"))


def test_a_simulated_patient_is_said_to_be_one(tmp_path: Path) -> None:
    context = pseudonymous("phantom", content_at=AT, simulated=True)
    ds = pydicom.dcmread(write_rtplan(tmp_path / "plan.dcm", context=context, plan_label="Y-90").path)
    assert ds.SeriesDescription.startswith("SIMULATED ") and str(ds.PatientName) == "phantom^pseudonym"


def test_broken_source_headers_are_mended_and_said_without_their_text() -> None:
    bad = pydicom.Dataset()
    bad.PatientID, bad.StudyInstanceUID, bad.SOPInstanceUID = "77", "", ""
    with pydicom.config.disable_value_validation():
        bad.PatientBirthDate, bad.PatientSex = "about 1950", "female"
    context = context_from_datasets([bad], case_id="case-1", content_at=AT)
    assert [f.code for f in context.findings] == ["dicom-attribute-dropped", "dicom-study-derived", "dicom-source-unidentified"]
    assert context.attributes["PatientBirthDate"] == "" and context.attributes["PatientSex"] == ""
    assert "1950" not in " ".join(f.text for f in context.findings)
    assert context.study_instance_uid.startswith("2.25.")


def test_context_refuses_two_patients_no_source_and_a_time_without_zone(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="several patients") as caught:
        context_from_datasets([header(), header(PatientID="78")], case_id="case-1", content_at=AT)
    assert "77" not in str(caught.value) and "78" not in str(caught.value)
    with pytest.raises(BadInput, match="no source image"):
        context_from_datasets([], case_id="case-1", content_at=AT)
    with pytest.raises(BadInput, match="no time zone"):
        context_from_datasets([header()], case_id="case-1", content_at=datetime(2026, 3, 2))
    with pytest.raises(BadInput, match="no file or folder ct"):
        context_from_path(tmp_path / "ct", case_id="case-1", content_at=AT)


def test_context_of_a_file_that_is_no_dicom_is_pseudonymous(tmp_path: Path) -> None:
    (tmp_path / "pet.nii.gz").write_bytes(b"")
    context = context_from_path(tmp_path / "pet.nii.gz", case_id="case-1", content_at=AT)
    assert context == pseudonymous("case-1", content_at=AT) and context.findings[0].code == "dicom-pseudonymous"


def test_a_failing_writer_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = tmp_path / "dose.dcm"
    target.write_text("old")

    def half(path: Path) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(BadInput, match=r"cannot write dose\.dcm: No space left"):
        write_whole(target, half)
    assert target.read_text() == "old" and list(tmp_path.iterdir()) == [target]

    def broken(path: Path) -> None:
        path.write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_whole(target, broken)
    assert target.read_text() == "old" and list(tmp_path.iterdir()) == [target]
    write_whole(target, lambda path: path.write_text("new"))
    assert target.read_text() == "new" and list(tmp_path.iterdir()) == [target]


def test_a_folder_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dose.dcm").mkdir()
    with pytest.raises(BadInput, match="a folder of that name"):
        write_whole(tmp_path / "dose.dcm", lambda path: path.write_text("x"))
