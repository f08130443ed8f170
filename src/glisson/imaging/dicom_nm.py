"""Reconstructed SPECT in one multi-frame NM file: geometry from the detector, counts or Bq/mL."""

from datetime import datetime, tzinfo

import numpy as np

from glisson.case.result import Finding
from glisson.errors import BadInput, OutOfScope
from glisson.imaging.dicom_ct import frame_findings, shape_of
from glisson.imaging.dicom_file import FrameReader, Header
from glisson.imaging.dicom_pet import UNITS
from glisson.imaging.dicom_series import Series
from glisson.imaging.dicom_stack import Plane, directions, pixel_spacing, rescale, stack, thickness_note
from glisson.imaging.dicom_time import acquisition_clock, instant, seconds, series_clock, zone_finding, zone_of
from glisson.imaging.radiopharmaceutical import agreed_nuclide, given_at, half_life_findings, stated_half_life_s
from glisson.imaging.readout import Asked, ReadImage, note, warning
from glisson.voxels import Image, Quantity

RECONSTRUCTED = "RECON TOMO"


def read_nm(series: Series, asked: Asked) -> ReadImage:
    """A reconstructed SPECT as counts or Bq/mL.

    Raises:
        BadInput: several files, missing geometry, another unit or nuclide than asked for.
        OutOfScope: projections, gated or planar data.
    """
    header = series.headers[0]
    if len(series.headers) > 1:
        raise BadInput(
            f"{len(series.headers)} NM files in one series, as {header.name} and {series.headers[1].name}",
            allowed="one multi-frame file",
            do="name the file of the wanted reconstruction",
        )
    _require_reconstruction(header)
    nuclide = agreed_nuclide(header, asked.nuclide)
    quantity, slope, intercept, findings = _quantity(header, asked)
    planes = _planes(header, slope, intercept)
    array, grid, more = stack(planes)
    findings += more + thickness_note([header], grid) + frame_findings([header])
    stated_s = stated_half_life_s(header)
    findings += half_life_findings(nuclide, stated_s)
    zone = zone_of(header, asked.timezone)
    start = acquisition_clock(header)
    correction, activity, unsure = _activity_clock(header, start, zone)
    if quantity is Quantity.ACTIVITY:
        findings += unsure + zone_finding(start, zone, header.name)
    activity_at = instant(activity, zone)
    return ReadImage(
        Image(grid, array, quantity, nuclide, activity_at),
        "NM",
        acquired_at=instant(start, zone),
        activity_at=activity_at,
        activity_after_start_s=seconds(activity, start),
        duration_s=_duration_s(header),
        decay_correction=correction,
        half_life_s=stated_s,
        findings=tuple(findings),
    )


def nm_type(header: Header) -> str:
    """Third value of ImageType, as "RECON TOMO", "WHOLE BODY", "STATIC"; "" when not stated."""
    values = header.text("ImageType").upper().split("\\")
    return values[2].strip() if len(values) > 2 else ""


def _require_reconstruction(header: Header) -> None:
    kind = nm_type(header)
    if kind == RECONSTRUCTED:
        return
    if kind in ("STATIC", "WHOLE BODY"):
        raise OutOfScope(f"{header.name} is a planar image, not a volume", do="use it as kind planar, purpose lung-shunt")
    if kind == "TOMO":
        raise OutOfScope(
            f"{header.name} holds the projections of a SPECT, not its reconstruction", do="give the reconstructed volume"
        )
    raise OutOfScope(f"{header.name} is an NM image that is no reconstructed SPECT", allowed="image type RECON TOMO")


def _quantity(header: Header, asked: Asked) -> tuple[Quantity, float, float, list[Finding]]:
    """What a value is, and slope and intercept from stored value to it."""
    slope, intercept = rescale(header)
    real = _real_world(header)
    stated = UNITS.get(header.text("Units").upper())
    if real is not None:
        stated, slope, intercept = Quantity.ACTIVITY, *real
    if asked.unit not in (None, Quantity.ACTIVITY.value, Quantity.COUNTS.value):
        raise BadInput(f"{header.name}: unit {asked.unit} for an NM image", allowed="Bq/mL, counts")
    if stated is not None and asked.unit is not None and asked.unit != stated.value:
        raise BadInput(
            f"{header.name}: the file says {stated.value}, the case says {asked.unit}", do="correct the unit in case.yaml"
        )
    if stated is not None:
        return stated, slope, intercept, []
    if asked.unit == Quantity.ACTIVITY.value:
        text = "the file does not say what a voxel value is; taken as Bq/mL because the case says so"
        return Quantity.ACTIVITY, slope, intercept, [note("image.unit-from-case", text)]
    return Quantity.COUNTS, slope, intercept, []


def _real_world(header: Header) -> tuple[float, float] | None:
    """Slope and intercept of a real-world value mapping to Bq/mL, if there is one."""
    for item in header.items("RealWorldValueMappingSequence"):
        unit = item.item("MeasurementUnitsCodeSequence")
        slope = item.number("RealWorldValueSlope")
        if unit is not None and unit.text("CodeValue").lower() == "bq/ml" and slope:
            return slope, item.number("RealWorldValueIntercept") or 0.0
    return None


def _planes(header: Header, slope: float, intercept: float) -> list[Plane]:
    """Planes of the volume. A positive SpacingBetweenSlices stacks along row x column, a negative one against it (PS3.3 C.8.4.15)."""
    place = header.item("DetectorInformationSequence")
    if place is None or not place.has("ImagePositionPatient"):
        place = header
    first = place.require_numbers("ImagePositionPatient", 3)
    along_row, along_column = directions(place.require_numbers("ImageOrientationPatient", 6), header.name)
    spacing = header.number("SpacingBetweenSlices")
    if not spacing:
        raise BadInput(
            f"{header.name}: the distance between slices is missing or zero (SliceThickness is not a distance)",
            do="export the volume with SpacingBetweenSlices",
        )
    normal = np.cross(along_row, along_column)
    reader = FrameReader(header)
    return [
        Plane(
            name=f"{header.name} frame {number + 1}",
            position=first + normal * spacing * (slice_number - 1),
            along_row=along_row,
            along_column=along_column,
            spacing_mm=pixel_spacing(header),
            shape=shape_of(header),
            slope=slope,
            intercept=intercept,
            frame_of_reference=header.frame_of_reference,
            pixels=reader.frame(number),
        )
        for number, slice_number in enumerate(_slice_numbers(header))
    ]


def _slice_numbers(header: Header) -> list[int]:
    vector = header.numbers("SliceVector")
    if vector is None:
        return list(range(1, header.frames + 1))
    if vector.size != header.frames:
        raise BadInput(f"{header.name}: {vector.size} slice numbers for {header.frames} frames", do="export it again")
    if len(set(vector.tolist())) != vector.size:
        raise OutOfScope(
            f"{header.name}: several volumes in one file (energy windows, detectors or gates)", do="export one volume"
        )
    return [int(number) for number in vector]


def _activity_clock(
    header: Header, start: datetime | None, zone: tzinfo | None
) -> tuple[str | None, datetime | None, list[Finding]]:
    """Decay correction as stated, the clock reading at which the activity holds, and what is unsure about it."""
    correction = header.text("DecayCorrection").upper() or None
    if correction == "START":
        return correction, start if start is not None else series_clock(header), []
    if correction == "ADMIN" and (given := given_at(header, zone)) is not None:
        return correction, given, []
    text = "the file does not say at which time its activity holds; enter activity_at in case.yaml"
    return correction, None, [warning("time.decay-correction-unknown", text)]


def _duration_s(header: Header) -> float | None:
    rotations = header.items("RotationInformationSequence")
    total = 0.0
    for rotation in rotations:
        frame_ms, frames = rotation.number("ActualFrameDuration"), rotation.number("NumberOfFramesInRotation")
        if frame_ms is None or frames is None:
            return None
        total += frame_ms * frames / 1000.0
    if rotations:
        return total
    frame_ms = header.number("ActualFrameDuration")
    return None if frame_ms is None else frame_ms / 1000.0
