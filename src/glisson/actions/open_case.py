"""A case with its files at hand: images in their frames, and what was noticed on the way."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from glisson.case import Case, Finding, ImageReference, Level, Purpose
from glisson.errors import BadInput, MissingFact
from glisson.records import case_file, read_case
from glisson.voxels import Grid, Image

if TYPE_CHECKING:
    from glisson.imaging.readout import ReadImage


@dataclass
class OpenCase:
    """A case folder that has been read. Images are read once, when first asked for.

    Attributes:
        folder: where case.yaml lies.
        case: its content.
        findings: what readers noticed, in the order of reading.
    """

    folder: Path
    case: Case
    findings: list[Finding] = field(default_factory=list)
    _read: dict[str, Image] = field(default_factory=dict, repr=False)
    _acquired: dict[str, Grid] = field(default_factory=dict, repr=False)

    def path(self, file: str) -> Path:
        """A file that the case names.

        Raises:
            BadInput: it is not there.
        """
        path = self.folder / file
        if not path.exists():
            raise BadInput(
                f"case.yaml names '{path.name}', which is not there", do="correct the path in case.yaml, or bring the file back"
            )
        return path

    def note(self, code: str, text: str, level: Level = Level.NOTE) -> None:
        """Adds a finding once."""
        finding = Finding(code=code, level=level, text=text)
        if finding not in self.findings:
            self.findings.append(finding)

    def image(self, name: str) -> Image:
        """The voxels of an image, in the frame of reference that case.yaml gives it."""
        if name not in self._read:
            self._read[name] = self._load(self.case.image(name))
        return self._read[name]

    @property
    def images_read(self) -> tuple[Image, ...]:
        """Every image that has been read so far."""
        return tuple(self._read.values())

    def frame_of(self, name: str | None) -> str | None:
        """A frame of reference given in case.yaml: the frame of the image of that id, else the name itself."""
        if name is not None and any(reference.id == name for reference in self.case.images):
            return self.image(name).grid.frame_of_reference
        return name

    def only_image(self, purpose: Purpose, name: str | None) -> ImageReference:
        """The image of that id, or the only one of a purpose.

        Raises:
            MissingFact: there is none.
            BadInput: there are several and none was named.
        """
        if name is not None:
            return self.case.image(name)
        found = self.case.images_for(purpose)
        if not found:
            raise MissingFact(
                f"the case has no {purpose.value} image",
                missing=[f"an image with purpose {purpose.value}"],
                do="add it under images in case.yaml",
            )
        if len(found) > 1:
            raise BadInput(
                f"the case has {len(found)} {purpose.value} images",
                allowed=", ".join(reference.id for reference in found),
                do="name one",
            )
        return found[0]

    def _load(self, reference: ImageReference) -> Image:
        from glisson.imaging.read import read_image

        stated = reference.activity_at or reference.acquired_at
        read = read_image(
            self.path(reference.file),
            unit=reference.unit,
            nuclide=reference.nuclide,
            series=reference.series,
            kind=reference.kind,
            timezone=stated.tzinfo if stated else None,
        )
        for finding in read.findings:
            if finding.code == "image.negative":
                continue  # whoever uses the activity says what became of its negative voxels
            self.note(finding.code, f"{reference.id}: {finding.text}", finding.level)
        image = replace(read.image, reference_time=_activity_time(reference, read))
        self._acquired[reference.id] = image.grid
        return self.placed_with(reference.id, image)

    def as_acquired(self, name: str) -> Grid:
        """Grid of an image as its file states it, before case.yaml names its frame and moves it: where contours were drawn."""
        self.image(name)
        return self._acquired[name]

    def placed_with(self, name: str, image: Image) -> Image:
        """``image``, which lies where image ``name`` was acquired, put where case.yaml says that image lies."""
        from glisson.imaging.rigid_transform import apply, read_transform

        reference = self.case.image(name)
        if reference.frame_of_reference is not None and reference.frame_of_reference != reference.id:
            frame = self.frame_of(reference.frame_of_reference)
            if image.grid.frame_of_reference not in (None, frame):
                self.note(
                    "frame-stated-by-hand",
                    f"{reference.id}: case.yaml says that it is aligned with '{reference.frame_of_reference}'; its file names "
                    "another frame of reference. The statement in case.yaml was followed.",
                    Level.WARNING,
                )
            image = image.in_frame(frame)
        if reference.registration is not None:
            image = apply(image, read_transform(self.path(reference.registration)))
        return image


def _activity_time(reference: ImageReference, read: "ReadImage") -> datetime | None:
    """When the activity holds: as entered, else as the file says, else the start of the acquisition where no file could say."""
    if reference.activity_at is not None or read.activity_at is not None:
        return reference.activity_at or read.activity_at
    return None if read.modality else reference.acquired_at


def open_case(folder: Path) -> OpenCase:
    """Reads case.yaml; its files are read when they are needed.

    Raises:
        BadInput: no case there, or mistakes in case.yaml, each with its line.
    """
    return OpenCase(case_file(folder).parent, read_case(folder))
