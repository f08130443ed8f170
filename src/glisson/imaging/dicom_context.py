"""Whose data a written DICOM object belongs to, and identifiers that the same inputs always give again.

A context comes from the source series (patient and study are carried over, so that stations file the result beside the
images), or, for a case made from NIfTI or NRRD, is a pseudonymous one: the case id as patient name and number, a study
identifier derived from it. Identifiers have the form 2.25.<number> (a UUID written as a whole number: DICOM PS3.5, B.2)
with the number taken from a SHA-256 hash, never from a clock or a random source.
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydicom.uid import UID

from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.voxels import Grid

CARRIED = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)
"""Attributes of patient and study that a written object takes over; DICOM asks for all of them, empty where unknown."""


@dataclass(frozen=True)
class SourceInstance:
    """One image that a written object may refer to.

    Attributes:
        sop_class_uid: what kind of object it is.
        sop_instance_uid: which one.
        series_instance_uid: the series it lies in.
        frame_of_reference_uid: its coordinate system; ``None`` when the file says nothing.
        position_mm: centre of its first voxel; ``None`` for multi-frame and planar images.
        normal: unit vector across its plane; ``None`` as above.
    """

    sop_class_uid: str
    sop_instance_uid: str
    series_instance_uid: str
    frame_of_reference_uid: str | None = None
    position_mm: tuple[float, float, float] | None = None
    normal: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class DicomContext:
    """Patient, study and sources of the objects that a case writes. Its text form shows no patient data.

    Attributes:
        case_id: the case's pseudonym.
        content_at: instant written as the date and time of creation (zone-aware).
        study_instance_uid: the study that the objects join.
        attributes: patient and study attributes by DICOM keyword.
        sources: images of the source series; empty for a pseudonymous context.
        simulated: every series description then begins with SIMULATED.
        findings: what was missing in the source and what stands in its place.
    """

    case_id: str
    content_at: datetime
    study_instance_uid: str = field(repr=False)
    attributes: Mapping[str, Any] = field(repr=False)
    sources: tuple[SourceInstance, ...] = field(default=(), repr=False)
    simulated: bool = False
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        if self.content_at.tzinfo is None:
            raise BadInput("the content time has no time zone", do="give the offset from UTC")

    @property
    def written_at(self) -> datetime:
        """``content_at`` in the zone of the source's other times (the zone it was given in where the source states none)."""
        offset = str(self.attributes.get("TimezoneOffsetFromUTC", ""))
        if not offset:
            return self.content_at
        minutes = int(offset[1:3]) * 60 + int(offset[3:5])
        return self.content_at.astimezone(timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes)))

    def frame_of(self, grid: Grid) -> tuple[str, tuple[Finding, ...]]:
        """The frame of reference UID to write for a grid, and a finding when it had to be derived from a name.

        A name given in case.yaml, or no frame at all, becomes a UID derived from the case id and that name, so all files of
        one case whose grids carry the same name agree.
        """
        name = grid.frame_of_reference
        if name is not None and is_uid(name):
            return name, ()
        said = "states no frame of reference" if name is None else "names its frame of reference in words"
        finding = Finding(
            code="dicom-frame-derived",
            level=Level.NOTE,
            text=f"The image {said}; the DICOM files carry a frame of reference UID derived from the case id and that name.",
        )
        return stable_uid("frame of reference", self.case_id, "" if name is None else name), (finding,)

    def sources_in(self, frame_of_reference_uid: str) -> tuple[SourceInstance, ...]:
        """Source images in one frame of reference; only these may be referred to by position."""
        return tuple(s for s in self.sources if s.frame_of_reference_uid == frame_of_reference_uid)


@dataclass(frozen=True)
class Written:
    """A DICOM object that was written.

    Attributes:
        path: the file.
        sop_class_uid: its kind.
        sop_instance_uid: its identifier, derived from its content.
        series_instance_uid: its series.
        frame_of_reference_uid: its coordinate system, where it has one.
        numbers: segment or ROI number of every structure id.
        choices: how it was written, in words or numbers, by name.
        findings: what a reader must know.
    """

    path: Path
    sop_class_uid: str
    sop_instance_uid: str = field(repr=False)
    series_instance_uid: str = field(repr=False)
    frame_of_reference_uid: str | None = field(default=None, repr=False)
    numbers: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    choices: Mapping[str, str | float] = field(default_factory=lambda: MappingProxyType({}))
    findings: tuple[Finding, ...] = ()


def pseudonymous(case_id: str, *, content_at: datetime, simulated: bool = False) -> DicomContext:
    """Context of a case whose images carried no DICOM header: the case id is the patient number, and the name says so.

    >>> from datetime import UTC
    >>> context = pseudonymous("case-7", content_at=datetime(2026, 3, 2, tzinfo=UTC))
    >>> context.attributes["PatientID"], len(context.study_instance_uid) <= 64
    ('case-7', True)
    """
    note = Finding(
        code="dicom-pseudonymous",
        level=Level.NOTE,
        text="No source image carried DICOM headers: the case id stands as patient name and number, and the study is a new one.",
    )
    attributes: dict[str, Any] = dict.fromkeys(CARRIED, "")
    attributes |= {"PatientName": f"{case_id}^pseudonym", "PatientID": case_id}
    attributes["TimezoneOffsetFromUTC"] = _offset(content_at)
    study = stable_uid("study", case_id)
    return DicomContext(case_id, content_at, study, MappingProxyType(attributes), (), simulated, (note,))


def stable_uid(*parts: str) -> str:
    """A DICOM UID that depends on nothing but ``parts``.

    >>> stable_uid("a", "b") == stable_uid("a", "b") != stable_uid("ab")
    True
    """
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=5).int}"


def is_uid(text: str) -> bool:
    """True for a well-formed DICOM UID with at least one dot.

    >>> is_uid("1.2.840.10008"), is_uid("ct"), is_uid("1")
    (True, False, False)
    """
    return "." in text and bool(UID(text).is_valid)


def _offset(instant: datetime) -> str:
    seconds = instant.utcoffset()
    assert seconds is not None, "aware by construction"
    minutes = int(seconds.total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
