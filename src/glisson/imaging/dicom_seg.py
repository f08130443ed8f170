"""DICOM segmentation in: one segment at a time, so that overlapping segments stay apart.

Geometry comes from the planes' own positions and the stated SpacingBetweenSlices; SliceThickness is never a distance.
Empty planes, which writers leave out, stay empty.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.case.result import Finding
from glisson.errors import BadInput, OutOfScope
from glisson.imaging.dicom_ct import shape_of
from glisson.imaging.dicom_file import FrameReader, Header
from glisson.imaging.dicom_stack import Plane, directions, grid_of, pixel_spacing
from glisson.imaging.readout import warning
from glisson.voxels import Grid


def segments(header: Header) -> list[tuple[int, str]]:
    """Number and label of every segment.

    Raises:
        BadInput: none is described.
    """
    found = [(int(item.number("SegmentNumber") or 0), item.text("SegmentLabel")) for item in header.items("SegmentSequence")]
    if not found:
        raise BadInput(f"{header.name} describes no segment", do="export the segmentation again")
    return found


def read_segment(header: Header, number: int) -> tuple[NDArray[Any], Grid, list[Finding]]:
    """Voxels (bool, or fractions 0 to 1) and grid of one segment.

    Raises:
        BadInput: no planes, geometry missing or irregular.
        OutOfScope: a segmentation type that DICOM did not have in 2024.
    """
    kind = header.text("SegmentationType").upper()
    if kind not in ("BINARY", "FRACTIONAL", "LABELMAP"):
        raise OutOfScope(f"{header.name}: an unknown type of segmentation", allowed="BINARY, FRACTIONAL, LABELMAP")
    frames = header.items("PerFrameFunctionalGroupsSequence")
    if not frames:
        raise BadInput(f"{header.name} has no planes", do="export the segmentation again")
    shared = header.item("SharedFunctionalGroupsSequence")
    reader = FrameReader(header)
    planes, owners, stated = [], [], None
    for at, frame in enumerate(frames):
        planes.append(_plane(header, shared, frame, at, reader))
        owners.append(_owner(frame, shared) if kind != "LABELMAP" else number)
        stated = stated or _group(frame, shared, "PixelMeasuresSequence").number("SpacingBetweenSlices")
    grid, index = grid_of(planes, gaps_allowed=True, spacing_mm=abs(stated) if stated else None)
    array: NDArray[Any] = np.zeros(grid.shape, dtype=np.float32 if kind == "FRACTIONAL" else np.bool_)
    scale = _fraction_scale(header) if kind == "FRACTIONAL" else 1.0
    filled: set[int] = set()
    for plane, owner, at in zip(planes, owners, index, strict=True):
        if owner != number:
            continue
        if at in filled:
            raise BadInput(f"{header.name}: two planes of one segment at one place", do="export the segmentation again")
        filled.add(at)
        stored = plane.pixels()
        array[at] = stored * scale if kind == "FRACTIONAL" else (stored == number if kind == "LABELMAP" else stored != 0)
    findings = []
    if header.frame_of_reference is None:
        text = "the segmentation names no frame of reference; it is equal to no other image until a person says so"
        findings.append(warning("image.no-frame", text))
    return array, grid, findings


def _plane(header: Header, shared: Header | None, frame: Header, at: int, reader: FrameReader) -> Plane:
    cosines = _group(frame, shared, "PlaneOrientationSequence").require_numbers("ImageOrientationPatient", 6)
    along_row, along_column = directions(cosines, header.name)
    return Plane(
        name=f"{header.name} frame {at + 1}",
        position=_group(frame, shared, "PlanePositionSequence").require_numbers("ImagePositionPatient", 3),
        along_row=along_row,
        along_column=along_column,
        spacing_mm=pixel_spacing(_group(frame, shared, "PixelMeasuresSequence")),
        shape=shape_of(header),
        slope=1.0,
        intercept=0.0,
        frame_of_reference=header.frame_of_reference,
        pixels=reader.frame(at),
    )


def _group(frame: Header, shared: Header | None, keyword: str) -> Header:
    found = frame.item(keyword) or (shared.item(keyword) if shared is not None else None)
    if found is None:
        raise BadInput(
            f"{frame.name}: functional group {keyword} is missing, so the place of the segment is unknown", do="export it again"
        )
    return found


def _owner(frame: Header, shared: Header | None) -> int:
    """Number of the segment that a frame belongs to."""
    number = _group(frame, shared, "SegmentIdentificationSequence").number("ReferencedSegmentNumber")
    if number is None:
        raise BadInput(f"{frame.name}: a plane that belongs to no segment", do="export the segmentation again")
    return int(number)


def _fraction_scale(header: Header) -> float:
    highest = header.number("MaximumFractionalValue")
    if not highest:
        raise BadInput(f"{header.name}: MaximumFractionalValue is missing or zero", do="export the segmentation again")
    return 1.0 / highest
