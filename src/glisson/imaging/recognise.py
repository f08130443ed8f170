"""What lies in a folder of scans: images, contours, and what is left out and why. Every guess is for a person to correct."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path

from glisson.case.image_reference import ImageKind, ImageReference, Purpose
from glisson.case.result import Finding
from glisson.errors import BadInput, GlissonError
from glisson.imaging.contours import read_contours, segment_key
from glisson.imaging.dicom_file import Header, quiet
from glisson.imaging.dicom_nm import RECONSTRUCTED, nm_type
from glisson.imaging.dicom_series import Folder, Series, read_folder, require_one_patient
from glisson.imaging.planar import read_planar
from glisson.imaging.radiopharmaceutical import stated_nuclide
from glisson.imaging.read import FORMATS, file_format, read_series
from glisson.imaging.readout import Asked, ReadImage, warning
from glisson.imaging.recognise_volume import recognise_volume
from glisson.imaging.recognised import LeftOut, Recognised, RecognisedContour, RecognisedImage
from glisson.imaging.sites_from_names import sites_from_names
from glisson.imaging.structure_names import slug

NO_FORMAT = "not an image format that is read here"
TREATMENT_NUCLIDES = ("Y-90", "Ho-166", "Lu-177", "Re-188")
KIND_OF = {"CT": ImageKind.CT, "MR": ImageKind.MR, "PT": ImageKind.PET, "NM": ImageKind.SPECT}


def recognise(folder: Path, *, timezone: tzinfo | None = None, progress: Callable[[str], None] | None = None) -> Recognised:
    """Every image and contour below ``folder``, read once to be sure that it can be read.

    Args:
        folder: searched with its subfolders.
        timezone: of the clocks in the files, where they state none.
        progress: called with the name of each thing before it is read.

    Raises:
        BadInput: no folder, nothing that is read here, or files of different patients.
    """
    if not folder.is_dir():
        raise BadInput(f"no folder {folder.name}", do="give the folder that holds the scans")
    with quiet():
        found = read_folder(folder, skip_broken=True)
        volumes = [path for path in found.others if file_format(path) is not None]
        if not found.series and not volumes and not found.broken:
            raise BadInput(f"{folder.name} holds no image", allowed=FORMATS, do="give the folder that holds the scans")
        require_one_patient(header for series in found.series for header in series.headers)
        walk = _Walk(folder, found, timezone, progress or (lambda _: None))
        for series in found.series:
            walk.series(series)
        for path in volumes:
            walk.volume(path)
    for path, error in found.broken:
        walk.leave(path, str(error))
    for path in found.others:
        if path not in volumes:
            walk.leave(path, NO_FORMAT)
    return walk.result()


class _Walk:
    """Collects what is found; frames of reference get letters, so that no UID leaves the reader."""

    def __init__(self, folder: Path, found: Folder, timezone: tzinfo | None, progress: Callable[[str], None]) -> None:
        self._folder = folder
        self._found = found
        self._timezone = timezone
        self._progress = progress
        self._frames: dict[str, str] = {}
        self._ids: dict[str, int] = {}
        self._images: list[RecognisedImage] = []
        self._contours: list[RecognisedContour] = []
        self._left_out: list[LeftOut] = []

    def leave(self, path: Path, why: str) -> None:
        self._left_out.append(LeftOut(self._relative(path), why.removeprefix(f"{path.name}: ")))

    def series(self, series: Series) -> None:
        self._progress(f"{series.modality} {series.headers[0].name}")
        if series.localizer:
            self._leave_all(series, "a localizer, not a volume")
        elif series.modality in ("SEG", "RTSTRUCT"):
            for header in series.headers:
                self._contours_of(header.path, self._letter(_contour_frame(header)))
        elif series.modality in KIND_OF:
            try:
                self._image(series)
            except GlissonError as error:
                self._leave_all(series, str(error))
        else:
            self._leave_all(series, "a DICOM object that holds no image of this kind")

    def volume(self, path: Path) -> None:
        self._progress(path.name)
        try:
            draft = recognise_volume(path, self._relative(path))
        except GlissonError as error:
            self.leave(path, str(error))
            return
        if isinstance(draft, RecognisedImage):
            self._add(draft)
        elif isinstance(draft, LeftOut):
            self._left_out.append(draft)
        else:
            self._contours += draft

    def result(self) -> Recognised:
        contours, sites, left_out, findings = sites_from_names(self._contours)
        return Recognised(tuple(self._images), contours, sites, (*self._left_out, *left_out), (*self._decide(), *findings))

    def _image(self, series: Series) -> None:
        header = series.headers[0]
        nuclide = stated_nuclide(header)
        file, number = self._place(series)
        if series.modality == "NM" and nm_type(header) != RECONSTRUCTED:
            for one in series.headers:
                planar = read_planar(one.path)
                what = f"NM planar, 2 views of {planar.anterior.shape[0]} x {planar.anterior.shape[1]}"
                reference = self._reference(self._relative(one.path), ImageKind.PLANAR, Purpose.LUNG_SHUNT, planar.nuclide)
                self._add(RecognisedImage(reference, what, None, planar.findings))
            return
        for part in [series] if series.modality != "NM" else [replace(series, headers=(one,)) for one in series.headers]:
            read = read_series(part, Asked(timezone=self._timezone))
            kind = KIND_OF[series.modality]
            place = self._relative(part.headers[0].path) if series.modality == "NM" else file
            reference = self._reference(
                place, kind, _purpose(kind, nuclide), nuclide, None if series.modality == "NM" else number
            )
            reference = reference.model_copy(update={"acquired_at": read.acquired_at, "activity_at": read.activity_at})
            self._add(
                RecognisedImage(
                    reference, _size(series.modality, read), self._letter(read.image.grid.frame_of_reference), read.findings
                )
            )

    def _reference(
        self, file: str, kind: ImageKind, purpose: Purpose, nuclide: str | None, series: int | None = None
    ) -> ImageReference:
        name = slug(kind.value) if nuclide is None else slug(f"{kind.value} {nuclide}")
        return ImageReference(id=name, file=file, kind=kind, purpose=purpose, series=series, nuclide=nuclide)

    def _add(self, image: RecognisedImage) -> None:
        name = str(image.reference.id)
        self._ids[name] = count = self._ids.get(name, 0) + 1
        reference = image.reference if count == 1 else image.reference.model_copy(update={"id": f"{name}-{count}"})
        self._images.append(replace(image, reference=reference))

    def _contours_of(self, path: Path, frame: str | None) -> None:
        try:
            entries = read_contours(path)
        except GlissonError as error:
            self.leave(path, str(error))
            return
        file = self._relative(path)
        for entry in entries:
            if entry.is_roi and not entry.contours:
                self._left_out.append(LeftOut(file, f"ROI '{entry.name}' has no contours"))
                continue
            segment = None if entry.is_roi else segment_key(entry, entries)
            self._contours.append(RecognisedContour(file, entry.name, segment, entry.name if entry.is_roi else None, frame))

    def _leave_all(self, series: Series, why: str) -> None:
        """One line for a series, not one for each of its slices."""
        first, count = series.headers[0].path, len(series.headers)
        self.leave(first, why if count == 1 else f"{why} (series of {count} files)")

    def _place(self, series: Series) -> tuple[str, int | None]:
        """File or folder of a series, and its number where that folder holds several."""
        if len(series.headers) == 1:
            return self._relative(series.paths[0]), None
        home = Path(os.path.commonpath([path.parent for path in series.paths]))
        here = [other for other in self._found.images if any(path.is_relative_to(home) for path in other.paths)]
        alone = len([other for other in here if not other.localizer]) == 1
        return self._relative(home), None if alone else here.index(series) + 1

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()

    def _letter(self, frame: str | None) -> str | None:
        if frame is None:
            return None
        return self._frames.setdefault(
            frame, chr(ord("A") + len(self._frames)) if len(self._frames) < 26 else f"Z{len(self._frames)}"
        )

    def _decide(self) -> list[Finding]:
        """What a person must decide before the case can be computed."""
        findings = []
        placeless = [image for image in self._images if image.frame is None and image.reference.kind is not ImageKind.PLANAR]
        frames = {image.frame for image in self._images if image.frame} | ({None} if placeless else set())
        if len(frames) > 1 or len(placeless) > 1:
            text = (
                "not all images state one frame of reference: name 'frame_of_reference' where they are aligned, or register them"
            )
            findings.append(warning("case.frames", text))
        for image in self._images:
            emission = image.reference.kind in (ImageKind.PET, ImageKind.SPECT)
            if emission and image.reference.nuclide is None:
                text = f"image '{image.reference.id}': the file does not name its nuclide; enter it"
                findings.append(warning("case.nuclide", text))
        return findings


def _purpose(kind: ImageKind, nuclide: str | None) -> Purpose:
    if kind in (ImageKind.CT, ImageKind.MR):
        return Purpose.ANATOMY
    if nuclide in TREATMENT_NUCLIDES:
        return Purpose.VERIFICATION
    if nuclide == "Tc-99m":
        return Purpose.MAPPING
    if nuclide is None:
        return Purpose.VERIFICATION if kind is ImageKind.PET else Purpose.MAPPING
    return Purpose.FOLLOW_UP


def _size(modality: str, read: ReadImage) -> str:
    return f"{modality}, " + " x ".join(str(n) for n in read.image.grid.shape)


def _contour_frame(header: Header) -> str | None:
    """Frame of reference of a SEG or RTSTRUCT."""
    if header.modality == "SEG":
        return header.frame_of_reference
    frames: Sequence[str] = sorted(
        {item.text("ReferencedFrameOfReferenceUID") for item in header.items("StructureSetROISequence")} - {""}
    )
    return frames[0] if len(frames) == 1 else header.frame_of_reference
