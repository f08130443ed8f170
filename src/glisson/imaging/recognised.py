"""What was found in a folder of scans, in the words of a case."""

from dataclasses import dataclass

from glisson.case.image_reference import ImageReference
from glisson.case.result import Finding
from glisson.case.site import Site


@dataclass(frozen=True)
class RecognisedImage:
    """One image: a draft of its entry in case.yaml.

    Attributes:
        reference: kind and purpose are guesses; the file is relative to the folder.
        what: words for a screen: modality and size.
        frame: "A", "B", …: images and contours of one letter state one frame of reference; ``None`` when the file states none.
        findings: of the reader.
    """

    reference: ImageReference
    what: str
    frame: str | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class RecognisedContour:
    """One contour in a file.

    Attributes:
        file: relative to the folder.
        name: its name there, or the file's where the format has none.
        segment: number or name to ask for; ``None`` for an ROI or a plain mask.
        roi: name of an ROI.
        frame: as for images.
        site: id of the site made from it; ``None`` when its name says nothing known.
    """

    file: str
    name: str
    segment: str | int | None = None
    roi: str | None = None
    frame: str | None = None
    site: str | None = None


@dataclass(frozen=True)
class LeftOut:
    """A file, or a contour in it, that the case will not hold, and why."""

    file: str
    why: str


@dataclass(frozen=True)
class Recognised:
    """Everything in a folder of scans.

    Attributes:
        images: drafts of the case's images.
        contours: every contour that can be read.
        sites: drafts of the case's sites, for the contours whose names say what they are.
        left_out: the rest, with the reason.
        findings: what a person must decide.
    """

    images: tuple[RecognisedImage, ...] = ()
    contours: tuple[RecognisedContour, ...] = ()
    sites: tuple[Site, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    findings: tuple[Finding, ...] = ()
