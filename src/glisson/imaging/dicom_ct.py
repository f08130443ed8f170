"""CT (HU) and MR (signal) series, one file per slice or enhanced multi-frame."""

from collections.abc import Sequence

import numpy as np

from glisson.case.result import Finding
from glisson.errors import BadInput, OutOfScope
from glisson.imaging.dicom_file import FrameReader, Header, open_dicom, stored_pixels
from glisson.imaging.dicom_series import Series, require_one_patient
from glisson.imaging.dicom_stack import Plane, directions, pixel_spacing, rescale, stack, thickness_note
from glisson.imaging.dicom_time import acquisition_clock, instant, zone_of
from glisson.imaging.readout import Asked, ReadImage, note, warning
from glisson.voxels import Image, Quantity

LOWEST_HU = -1024.0
"""Air is -1000 HU; 12-bit scanners store down to -1024. What lies below is padding."""


def read_ct(series: Series, asked: Asked) -> ReadImage:
    """A CT series in HU, or an MR series as signal. Padding values are kept, and counted in a finding.

    Raises:
        BadInput: an irregular series, or values that are not HU.
    """
    quantity = Quantity.HU if series.modality == "CT" else Quantity.SIGNAL
    if asked.unit not in (None, quantity.value):
        name = series.headers[0].name
        raise BadInput(f"{name}: the file holds {quantity.value}, the case says {asked.unit}", do="correct the unit in case.yaml")
    require_one_patient(series.headers)
    planes = planes_of(series.headers)
    for header in series.headers:
        unit = header.text("RescaleType").upper()
        if quantity is Quantity.HU and unit not in ("", "HU", "US"):
            raise BadInput(f"{header.name}: CT values that are not Hounsfield units", allowed="rescale type HU")
    array, grid, findings = stack(planes)
    findings += thickness_note(series.headers, grid) + frame_findings(series.headers)
    if quantity is Quantity.HU and (padded := int(np.count_nonzero(array < LOWEST_HU))):
        text = f"{padded} voxels lie below {LOWEST_HU:g} HU (down to {array.min():g}): padding outside the scan circle, kept as it is"
        findings.append(note("image.padding", text))
    start = min((at for header in series.headers if (at := acquisition_clock(header)) is not None), default=None)
    zone = zone_of(series.headers[0], asked.timezone)
    return ReadImage(Image(grid, array, quantity), series.modality, acquired_at=instant(start, zone), findings=tuple(findings))


def planes_of(headers: Sequence[Header]) -> list[Plane]:
    """Every image plane of a series; pixels are read when they are asked for.

    Raises:
        BadInput: geometry missing or wrong.
        OutOfScope: multi-frame without functional groups.
    """
    planes: list[Plane] = []
    for header in headers:
        if header.items("PerFrameFunctionalGroupsSequence"):
            planes += _enhanced_planes(header)
        elif header.frames > 1:
            raise OutOfScope(f"{header.name}: several frames in one {header.modality} file without their positions")
        else:
            planes.append(_plane(header))
    return planes


def frame_findings(headers: Sequence[Header]) -> list[Finding]:
    """Warnings on emptied identifiers and lossy compression."""
    findings = []
    if headers[0].frame_of_reference is None:
        text = "the file names no frame of reference; it is equal to no other image until a person says so"
        findings.append(warning("image.no-frame", text))
    if any(not header.text(field) for header in headers for field in ("SOPInstanceUID", "SeriesInstanceUID")):
        text = "series or instance UIDs are empty (anonymised too far); the geometry is intact and was used"
        findings.append(warning("image.empty-uids", text))
    if any(header.text("LossyImageCompression") == "01" for header in headers):
        findings.append(warning("image.lossy", "the pixels were compressed with loss; values differ from what was measured"))
    return findings


def _plane(header: Header) -> Plane:
    along_row, along_column = directions(header.require_numbers("ImageOrientationPatient", 6), header.name)
    slope, intercept = rescale(header)
    return Plane(
        name=header.name,
        position=header.require_numbers("ImagePositionPatient", 3),
        along_row=along_row,
        along_column=along_column,
        spacing_mm=pixel_spacing(header),
        shape=shape_of(header),
        slope=slope,
        intercept=intercept,
        frame_of_reference=header.frame_of_reference,
        pixels=lambda: stored_pixels(open_dicom(header.path)),
    )


def shape_of(header: Header) -> tuple[int, int]:
    """Rows and columns.

    Raises:
        BadInput: missing or zero.
    """
    rows, columns = header.number("Rows"), header.number("Columns")
    if not rows or not columns:
        raise BadInput(f"{header.name} holds no image (no rows or columns)", do="export it again")
    return int(rows), int(columns)


def _enhanced_planes(header: Header) -> list[Plane]:
    shared = header.item("SharedFunctionalGroupsSequence")
    frames = header.items("PerFrameFunctionalGroupsSequence")
    pixels = FrameReader(header)
    planes = []
    for number, frame in enumerate(frames):
        measures = _group(frame, shared, "PixelMeasuresSequence")
        orientation = _group(frame, shared, "PlaneOrientationSequence")
        position = _group(frame, shared, "PlanePositionSequence")
        along_row, along_column = directions(orientation.require_numbers("ImageOrientationPatient", 6), header.name)
        slope, intercept = rescale(_group(frame, shared, "PixelValueTransformationSequence"))
        planes.append(
            Plane(
                name=f"{header.name} frame {number + 1}",
                position=position.require_numbers("ImagePositionPatient", 3),
                along_row=along_row,
                along_column=along_column,
                spacing_mm=pixel_spacing(measures),
                shape=shape_of(header),
                slope=slope,
                intercept=intercept,
                frame_of_reference=header.frame_of_reference,
                pixels=pixels.frame(number),
            )
        )
    return planes


def _group(frame: Header, shared: Header | None, keyword: str) -> Header:
    found = frame.item(keyword) or (shared.item(keyword) if shared is not None else None)
    if found is None:
        raise BadInput(f"{frame.name}: functional group {keyword} is missing", do="export it again")
    return found
