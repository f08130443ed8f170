"""Planar scintigrams for the lung shunt: an anterior and a posterior view of one acquisition."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.case.result import Finding
from glisson.errors import BadInput, OutOfScope
from glisson.imaging.dicom_file import FrameReader, Header, is_dicom, open_dicom, quiet
from glisson.imaging.dicom_nm import nm_type
from glisson.imaging.dicom_series import require_one_patient
from glisson.imaging.dicom_stack import pixel_spacing
from glisson.imaging.radiopharmaceutical import agreed_nuclide
from glisson.imaging.readout import note, warning

VIEW_CODES = {
    ("SCT", "399321004"): "anterior",
    ("SRT", "R-10206"): "anterior",
    ("SCT", "399001007"): "posterior",
    ("SCT", "399348003"): "anterior",
    ("SCT", "255549009"): "anterior",
    ("SCT", "255551008"): "posterior",
}
"""Codes of DICOM context group 26 (nuclear medicine projections) and plain SNOMED CT anterior, posterior."""


@dataclass(frozen=True)
class Planar:
    """Counts seen from the front and from the back. Row and column of both arrays name the same line through the patient.

    Attributes:
        anterior: counts, shape (rows, columns).
        posterior: counts, mirrored left to right onto the anterior view.
        pixel_mm: distance between rows, between columns; ``None`` when not stated.
        nuclide: as "Tc-99m"; ``None`` when not stated.
        findings: what a person must know.
    """

    anterior: NDArray[np.float64]
    posterior: NDArray[np.float64]
    pixel_mm: tuple[float, float] | None
    nuclide: str | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, eq=False)
class _View:
    side: str
    counts: NDArray[np.float64]
    window: int
    along_row: NDArray[np.float64] | None
    header: Header


def read_planar(path: Path, *, energy_window: int | None = None, nuclide: str | None = None) -> Planar:
    """The two views in an NM file, or in a folder with one file for each view.

    Args:
        path: STATIC or WHOLE BODY image(s).
        energy_window: number of the window to take, from 1, where there are several.
        nuclide: as the case says; a file that says another is refused.

    Raises:
        BadInput: a view is missing, not named or there twice; several energy windows and none chosen.
        OutOfScope: not a planar NM image.
    """
    with quiet():
        headers = [open_dicom(file, pixels=False) for file in _files(path)]
        require_one_patient(headers)
        views = [view for header in headers for view in _views(header)]
        views = _of_window(views, energy_window, path.name)
        anterior, posterior = _one(views, "anterior", path.name), _one(views, "posterior", path.name)
        if anterior.counts.shape != posterior.counts.shape:
            raise BadInput(f"{path.name}: the two views differ in size", do="give both views of one acquisition")
        first = anterior.header
        findings: list[Finding] = []
        back = _mirrored(anterior, posterior, findings)
        if first.has("PixelSpacing"):
            pixel_mm: tuple[float, float] | None = pixel_spacing(first)
        else:
            pixel_mm = None
            findings.append(note("planar.no-pixel-size", "the file does not state the pixel size; count ratios do not need it"))
        return Planar(anterior.counts, back, pixel_mm, agreed_nuclide(first, nuclide), tuple(findings))


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if file.is_file() and is_dicom(file))
        if not found:
            raise BadInput(f"{path.name} holds no DICOM file")
        return found
    return [path]


def _views(header: Header) -> list[_View]:
    kind = nm_type(header)
    if header.modality != "NM" or kind not in ("STATIC", "WHOLE BODY"):
        raise OutOfScope(f"{header.name} is not a planar NM image", allowed="NM image type STATIC or WHOLE BODY")
    detectors = header.items("DetectorInformationSequence")
    frames = FrameReader(header).all().astype(np.float64)
    of_frame = _vector(header, "DetectorVector", len(frames), default_counts_up=len(detectors) == len(frames))
    windows = _vector(header, "EnergyWindowVector", len(frames), default_counts_up=False)
    views = []
    for counts, number, window in zip(frames, of_frame, windows, strict=True):
        detector = detectors[number - 1] if number <= len(detectors) else None
        side = _side(detector)
        if side is None:
            raise BadInput(
                f"{header.name}: the file does not say which view is anterior and which posterior",
                do="export the views with their view code, or enter lung_shunt_fraction in case.yaml",
            )
        cosines = detector.numbers("ImageOrientationPatient", 6) if detector is not None else None
        views.append(_View(side, counts, window, None if cosines is None else cosines[:3], header))
    return views


def _vector(header: Header, keyword: str, frames: int, *, default_counts_up: bool) -> list[int]:
    stated = header.numbers(keyword)
    if stated is None:
        return list(range(1, frames + 1)) if default_counts_up else [1] * frames
    if stated.size != frames:
        raise BadInput(f"{header.name}: {keyword} has {stated.size} values for {frames} frames", do="export it again")
    return [int(value) for value in stated]


def _side(detector: Header | None) -> str | None:
    code = detector.item("ViewCodeSequence") if detector is not None else None
    if code is None:
        return None
    known = VIEW_CODES.get((code.text("CodingSchemeDesignator"), code.text("CodeValue")))
    if known is not None:
        return known
    meaning = code.text("CodeMeaning").lower()
    sides = [side for side in ("anterior", "posterior") if side in meaning and "oblique" not in meaning]
    return sides[0] if len(sides) == 1 else None


def _of_window(views: Sequence[_View], wanted: int | None, name: str) -> list[_View]:
    windows = sorted({view.window for view in views})
    if wanted is None and len(windows) > 1:
        ranges = ", ".join(_describe(views[0].header, window) for window in windows)
        raise BadInput(
            f"{name} holds {len(windows)} energy windows", allowed=ranges, do="choose the photopeak with energy_window"
        )
    if wanted is not None and wanted not in windows:
        raise BadInput(f"{name} has no energy window {wanted}", allowed=", ".join(str(window) for window in windows))
    return [view for view in views if wanted is None or view.window == wanted]


def _describe(header: Header, window: int) -> str:
    items = header.items("EnergyWindowInformationSequence")
    span = items[window - 1].item("EnergyWindowRangeSequence") if window <= len(items) else None
    low, high = (
        (span.number("EnergyWindowLowerLimit"), span.number("EnergyWindowUpperLimit")) if span is not None else (None, None)
    )
    return f"{window}" if low is None or high is None else f"{window} ({low:g} to {high:g} keV)"


def _one(views: Sequence[_View], side: str, name: str) -> _View:
    found = [view for view in views if view.side == side]
    if not found:
        raise BadInput(f"{name} has no {side} view; the geometric mean needs both", do="give both views")
    if len(found) > 1:
        raise BadInput(f"{name} has {len(found)} {side} views", do="give the file of one acquisition")
    return found[0]


def _mirrored(anterior: _View, posterior: _View, findings: list[Finding]) -> NDArray[Any]:
    """The posterior counts in the anterior's left and right."""
    if anterior.along_row is not None and posterior.along_row is not None:
        opposite = float(anterior.along_row @ posterior.along_row) < 0
        return posterior.counts[:, ::-1].copy() if opposite else posterior.counts
    text = (
        "the file does not state the direction of its rows; the posterior view is taken as seen from behind and was mirrored: "
        "check that the liver lies on one side in both"
    )
    findings.append(warning("planar.mirrored", text))
    return posterior.counts[:, ::-1].copy()
