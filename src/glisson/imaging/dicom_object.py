"""The parts that every written DICOM object shares: patient, study, equipment, identifiers, and the way to disk."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian
from pydicom.valuerep import format_number_as_ds

from glisson import __version__
from glisson.case import Finding, Structure
from glisson.errors import BadInput
from glisson.imaging.dicom_context import DicomContext, SourceInstance, Written, stable_uid
from glisson.whole_file import write_whole

PROGRAM = "glisson"
NOT_A_DEVICE = "Research software, not a medical device"


def new_object(context: DicomContext, *, sop_class: UID, modality: str, series_number: int, description: str) -> Dataset:
    """A dataset with everything but its own content and its identifiers.

    Raises:
        BadInput: a description longer than DICOM allows (64 characters).
    """
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID = sop_class
    for keyword, value in context.attributes.items():
        setattr(ds, keyword, value)
    ds.StudyInstanceUID = context.study_instance_uid
    ds.Modality = modality
    ds.SeriesNumber = series_number
    ds.InstanceNumber = 1
    ds.SeriesDescription = short(f"SIMULATED {description}" if context.simulated else description, 64, "series description")
    ds.Manufacturer = PROGRAM
    ds.ManufacturerModelName = PROGRAM
    ds.DeviceSerialNumber = __version__
    ds.SoftwareVersions = __version__
    ds.InstanceCreationDate, ds.InstanceCreationTime = date_and_time(context)
    return ds


def date_and_time(context: DicomContext) -> tuple[str, str]:
    """The context's creation instant as DICOM DA and TM."""
    at = context.written_at
    return at.strftime("%Y%m%d"), at.strftime("%H%M%S")


def finish(
    ds: Dataset,
    path: Path,
    *,
    transfer_syntax: UID = ExplicitVRLittleEndian,
    numbers: Mapping[str, int] | None = None,
    choices: Mapping[str, str | float] | None = None,
    findings: Iterable[Finding] = (),
) -> Written:
    """Give the object identifiers derived from its content and write it whole: the same content gives the same bytes."""
    content = BytesIO()
    ds.save_as(content, implicit_vr=transfer_syntax.is_implicit_VR, little_endian=True)
    digest = hashlib.sha256(content.getvalue()).hexdigest()
    ds.SOPInstanceUID = stable_uid("instance", digest)
    ds.SeriesInstanceUID = stable_uid("series", digest)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.file_meta.TransferSyntaxUID = transfer_syntax
    write_whole(path, lambda temporary: ds.save_as(temporary, enforce_file_format=True))
    return Written(
        path=Path(path),
        sop_class_uid=str(ds.SOPClassUID),
        sop_instance_uid=str(ds.SOPInstanceUID),
        series_instance_uid=str(ds.SeriesInstanceUID),
        frame_of_reference_uid=str(ds.FrameOfReferenceUID) if "FrameOfReferenceUID" in ds else None,
        numbers=MappingProxyType(dict(numbers or {})),
        choices=MappingProxyType(dict(choices or {})),
        findings=tuple(findings),
    )


def reference(target: Written | SourceInstance) -> Dataset:
    """An item that refers to another object by class and instance."""
    item = Dataset()
    item.ReferencedSOPClassUID = target.sop_class_uid
    item.ReferencedSOPInstanceUID = target.sop_instance_uid
    return item


def code_item(value: str, scheme: str, meaning: str) -> Dataset:
    """A coded concept."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def ds_number(value: float) -> str:
    """A number as a DICOM decimal string of at most 16 characters, rounded where it must be.

    >>> ds_number(0.1), ds_number(-1 / 3), len(ds_number(4.655e-08 / 3)) <= 16
    ('0.1', '-0.3333333333333', True)
    """
    return format_number_as_ds(float(value) + 0.0)


def short(text: str, limit: int, what: str) -> str:
    """``text``, refused when longer than DICOM allows there: a cut label can name the wrong thing.

    Raises:
        BadInput: too long, or with a backslash or control character, which DICOM text cannot hold.
    """
    if len(text) > limit:
        raise BadInput(f"the {what} has {len(text)} characters", allowed=f"at most {limit} in DICOM", do="give a shorter one")
    if "\\" in text or any(ord(c) < 32 for c in text):
        raise BadInput(f"the {what} holds a backslash or a control character", allowed="plain text", do="give another one")
    return text


def require_structures(structures: Sequence[Structure]) -> None:
    """Refuse an empty list, two structures of one id, or structures on different grids.

    Raises:
        BadInput: none given, or an id twice.
        GridMismatch: the masks lie on different grids or in different frames of reference.
    """
    from glisson.voxels import require_same_grid

    if not structures:
        raise BadInput("no structure to write", do="give at least one")
    ids = [structure.id for structure in structures]
    for name in ids:
        if ids.count(name) > 1:
            raise BadInput(f"two structures have the id '{name}'", do="give every structure its own id")
    for other in structures[1:]:
        require_same_grid(structures[0].mask, other.mask)
