"""What a reader hands back: an image, what its file states about time and nuclide, and what a person must know."""

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from glisson.case.result import Finding, Level
from glisson.voxels import Image


@dataclass(frozen=True)
class ReadImage:
    """An image as read.

    Attributes:
        image: voxels on their grid; ``image.reference_time`` is ``activity_at``.
        modality: the DICOM word ("CT", "PT", "NM", …); "" where the format has none.
        acquired_at: start of the acquisition; ``None`` when the file gives no time, or a time without a zone and none was passed.
        activity_at: instant at which the voxels' activity holds; ``None`` when the file does not say.
        activity_after_start_s: seconds from the start of the acquisition to that instant, known even without a time zone.
        duration_s: length of the acquisition (of the longest frame where there are several).
        decay_correction: "START", "ADMIN", "NONE" as stated; ``None`` when the file does not say. "NONE" images are
            returned corrected to the start of the acquisition, and a finding says so.
        half_life_s: as stated in the file.
        findings: what a person must know about this file.
    """

    image: Image
    modality: str = ""
    acquired_at: datetime | None = None
    activity_at: datetime | None = None
    activity_after_start_s: float | None = None
    duration_s: float | None = None
    decay_correction: str | None = None
    half_life_s: float | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What the caller knows about a file that may not say it itself."""

    unit: str | None = None
    nuclide: str | None = None
    timezone: tzinfo | None = None


def add_findings(read: ReadImage, *findings: Finding) -> ReadImage:
    """The same reading with more findings."""
    return replace(read, findings=(*read.findings, *findings))


def note(code: str, text: str) -> Finding:
    """A finding that needs no action."""
    return Finding(code=code, level=Level.NOTE, text=text)


def warning(code: str, text: str) -> Finding:
    """A finding that a person should look at."""
    return Finding(code=code, level=Level.WARNING, text=text)
