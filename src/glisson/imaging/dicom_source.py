"""The context of written DICOM objects, taken from the source series they belong to."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from pydicom import config
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.imaging.dicom_context import CARRIED, DicomContext, SourceInstance, is_uid, pseudonymous, stable_uid
from glisson.imaging.dicom_file import is_dicom, open_dicom, quiet
from glisson.imaging.dicom_series import VOXEL_MODALITIES, choose, read_folder


def context_from_path(
    path: Path, *, series: int | None = None, case_id: str, content_at: datetime, simulated: bool = False
) -> DicomContext:
    """Context of an image of the case: of its series for a DICOM file or folder, a pseudonymous one for any other format.

    Args:
        path: file or folder of the image.
        series: number of the series where the folder holds several, as in case.yaml.
        case_id: pseudonym of the case.
        content_at: creation instant of what will be written.
        simulated: True for a patient made by a program.

    Raises:
        BadInput: no such file, damaged files, several series and none chosen, several patients.
    """
    if not path.exists():
        raise BadInput(f"no file or folder {path.name}", do="check the path in case.yaml")
    if path.is_dir():
        headers = choose(read_folder(path), number=series, modalities=VOXEL_MODALITIES, name=path.name).headers
    elif is_dicom(path):
        headers = (open_dicom(path, pixels=False),)
    else:
        return pseudonymous(case_id, content_at=content_at, simulated=simulated)
    datasets = [header.dataset for header in headers]
    return context_from_datasets(datasets, case_id=case_id, content_at=content_at, simulated=simulated)


def context_from_datasets(
    datasets: Sequence[Dataset], *, case_id: str, content_at: datetime, simulated: bool = False
) -> DicomContext:
    """Context of the patient and study of a source series. A value that breaks DICOM's own rules is left empty, and said.

    Args:
        datasets: headers of the instances of one series (pixel data are not needed).
        case_id: pseudonym of the case, from which missing identifiers are derived.
        content_at: creation instant of what will be written.
        simulated: True for a patient made by a program.

    Raises:
        BadInput: no instance, or instances of several patients or studies.
    """
    if not datasets:
        raise BadInput("no source image was given", do="give the headers of the source series, or use a pseudonymous context")
    with quiet():
        if len({(_text(d, "PatientID"), _text(d, "StudyInstanceUID")) for d in datasets}) > 1:
            raise BadInput("the source images belong to several patients or studies", do="give the images of one series")
        attributes, findings = _attributes(datasets[0])
        study = _text(datasets[0], "StudyInstanceUID")
        if not is_uid(study):
            study = stable_uid("study", case_id)
            text = "The source images carry no valid study identifier: the DICOM files carry one derived from the case id."
            findings.append(Finding(code="dicom-study-derived", level=Level.WARNING, text=text))
        sources = tuple(s for d in datasets if (s := _source_instance(d)) is not None)
    if len(sources) < len(datasets):
        count = len(datasets) - len(sources)
        text = f"{count} of {len(datasets)} source images carry no valid identifiers: the DICOM files do not refer to them."
        findings.append(Finding(code="dicom-source-unidentified", level=Level.WARNING, text=text))
    return DicomContext(case_id, content_at, study, MappingProxyType(attributes), sources, simulated, tuple(findings))


def _attributes(dataset: Dataset) -> tuple[dict[str, Any], list[Finding]]:
    attributes: dict[str, Any] = {}
    dropped: list[str] = []
    for keyword in CARRIED:
        value = _text(dataset, keyword)
        attributes[keyword] = value if _writable(keyword, value) else ""
        if attributes[keyword] != value:
            dropped.append(keyword)
    if attributes["PatientSex"] not in ("M", "F", "O"):
        attributes["PatientSex"] = ""
    zone = _text(dataset, "TimezoneOffsetFromUTC")
    if len(zone) == 5 and zone[0] in "+-" and zone[1:].isdigit():
        attributes["TimezoneOffsetFromUTC"] = zone
    if not dropped:
        return attributes, []
    text = f"Header fields of the source images that break DICOM's rules were left empty: {', '.join(dropped)}."
    return attributes, [Finding(code="dicom-attribute-dropped", level=Level.WARNING, text=text)]


def _writable(keyword: str, value: str) -> bool:
    tag = tag_for_keyword(keyword)
    assert tag is not None, "a keyword of the standard"
    try:
        DataElement(tag, dictionary_VR(tag), value, validation_mode=config.RAISE)
    except ValueError:
        return False
    return True


def _text(dataset: Dataset, keyword: str) -> str:
    value = dataset.get(keyword, "")
    return "" if value is None else str(value).strip()


def _source_instance(dataset: Dataset) -> SourceInstance | None:
    sop_class, instance, series = (_text(dataset, name) for name in ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID"))
    if not (is_uid(sop_class) and is_uid(instance) and is_uid(series)):
        return None
    frame = _text(dataset, "FrameOfReferenceUID")
    position, directions = dataset.get("ImagePositionPatient"), dataset.get("ImageOrientationPatient")
    known_frame = frame if is_uid(frame) else None
    if not position or not directions or int(dataset.get("NumberOfFrames") or 1) > 1:
        return SourceInstance(sop_class, instance, series, known_frame)
    x, y, z = (float(v) for v in position)
    a, b, c = (float(v) for v in np.cross(np.array(directions[:3], float), np.array(directions[3:], float)))
    return SourceInstance(sop_class, instance, series, known_frame, (x, y, z), (a, b, c))
