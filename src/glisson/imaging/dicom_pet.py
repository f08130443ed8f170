"""PET series: Bq/mL, and the instant at which it holds.

DICOM PS3.3 C.8.9.1 knows three decay corrections. START: to the start of the acquisition. ADMIN: to the administration.
NONE: none, every image is the mean over its own frame. The series time is only a reference for other times; programs
that process a series often write the time of processing there, so it is believed only when it is not later than the
first acquisition. DecayFactor, where stated, tells what was really done and is checked against it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

import numpy as np

from glisson.case.result import Finding
from glisson.decay import decay_factor, mean_over_acquisition
from glisson.errors import BadInput, MissingFact, OutOfScope
from glisson.imaging.dicom_ct import frame_findings, planes_of
from glisson.imaging.dicom_file import Header
from glisson.imaging.dicom_series import Series, require_one_patient
from glisson.imaging.dicom_stack import Plane, stack, thickness_note
from glisson.imaging.dicom_time import acquisition_clock, instant, seconds, series_clock, zone_finding, zone_of
from glisson.imaging.radiopharmaceutical import agreed_nuclide, given_at, half_life_findings, half_life_h, stated_half_life_s
from glisson.imaging.readout import Asked, ReadImage, note, warning
from glisson.voxels import Image, Quantity

UNITS = {
    "BQML": Quantity.ACTIVITY,
    "CNTS": Quantity.COUNTS,
    "CPS": Quantity.COUNTS,
    "PROPCNTS": Quantity.COUNTS,
    "PROPCPS": Quantity.COUNTS,
}
DECAY_FACTOR_TOLERANCE = 0.01
SAME_START_s = 1.0


@dataclass(frozen=True)
class Clock:
    """Clock readings of a series: first acquisition, series reference, instant of the activity, and the zone."""

    start: datetime | None
    series: datetime | None
    activity: datetime | None
    zone: tzinfo | None


def read_pet(series: Series, asked: Asked) -> ReadImage:
    """A PET series as Bq/mL (or counts) with the instant at which it holds.

    Raises:
        BadInput: an irregular series, another unit than asked for, a nuclide that contradicts the case.
        OutOfScope: a unit that is no activity (SUV and the like).
        MissingFact: an image without decay correction whose half-life is unknown.
    """
    headers = series.headers
    require_one_patient(headers)
    first = headers[0]
    if first.items("PerFrameFunctionalGroupsSequence"):
        raise OutOfScope(f"{first.name} is an enhanced multi-frame PET", do="export it as one file per slice")
    quantity = _quantity(headers, asked)
    nuclide = agreed_nuclide(first, asked.nuclide)
    stated_s = stated_half_life_s(first)
    half_life = half_life_h(nuclide, stated_s)
    correction = _correction(headers)
    zone = zone_of(first, asked.timezone)
    clock, findings = _clock(headers, correction, zone)
    planes = planes_of(headers)
    if correction == "NONE" and quantity is Quantity.ACTIVITY:
        planes, undone = _corrected_to_start(planes, headers, clock, half_life)
        findings += undone
    elif correction in ("START", "ADMIN"):
        findings += _decay_factor_findings(first, clock, half_life)
    array, grid, more = stack(planes)
    findings += more + thickness_note(headers, grid) + frame_findings(headers) + half_life_findings(nuclide, stated_s)
    findings += zone_finding(clock.start, zone, first.name)
    activity_at = instant(clock.activity, zone)
    return ReadImage(
        Image(grid, array, quantity, nuclide, activity_at),
        series.modality,
        acquired_at=instant(clock.start, zone),
        activity_at=activity_at,
        activity_after_start_s=seconds(clock.activity, clock.start),
        duration_s=max((d for header in headers if (d := _duration_s(header)) is not None), default=None),
        decay_correction=correction,
        half_life_s=stated_s,
        findings=tuple(findings),
    )


def _quantity(headers: Sequence[Header], asked: Asked) -> Quantity:
    units = {header.text("Units").upper() for header in headers}
    name = headers[0].name
    if len(units) != 1:
        raise BadInput(f"{name}: the slices of its series have different units", do="split the series")
    unit = units.pop()
    if not unit:
        raise BadInput(
            f"{name}: the file does not say what a voxel value is (Units is missing)", do="export the series with its units"
        )
    if unit not in UNITS:
        raise OutOfScope(
            f"{name}: PET values that are no activity concentration",
            allowed="Units BQML (or counts)",
            do="export the series in Bq/mL",
        )
    quantity = UNITS[unit]
    if asked.unit is not None and asked.unit != quantity.value:
        raise BadInput(
            f"{name}: the file says {quantity.value}, the case says {asked.unit}",
            do="correct the unit in case.yaml or take the right series",
        )
    return quantity


def _correction(headers: Sequence[Header]) -> str | None:
    stated = {header.text("DecayCorrection").upper() for header in headers}
    name = headers[0].name
    if len(stated) != 1:
        raise BadInput(f"{name}: the slices of its series have different decay corrections", do="split the series")
    correction = stated.pop()
    if correction not in ("", "START", "ADMIN", "NONE"):
        raise BadInput(f"{name}: a decay correction that DICOM does not know", allowed="START, ADMIN, NONE")
    return correction or None


def _clock(headers: Sequence[Header], correction: str | None, zone: tzinfo | None) -> tuple[Clock, list[Finding]]:
    starts = [at for header in headers if (at := acquisition_clock(header)) is not None]
    start = min(starts, default=None)
    series = min((at for header in headers if (at := series_clock(header)) is not None), default=None)
    clock = Clock(start, series, None, zone)
    if correction is None:
        text = "the file does not say whether or to when its activity is decay-corrected; enter activity_at in case.yaml"
        return clock, [warning("time.decay-correction-unknown", text)]
    if correction == "ADMIN":
        given = given_at(headers[0], zone)
        if given is None:
            text = (
                "the activity is corrected to the administration, whose date and time the file does not give; "
                "enter activity_at in case.yaml"
            )
            return clock, [warning("time.administration-unknown", text)]
        return replace(clock, activity=given), []
    if correction == "NONE":
        return replace(clock, activity=start if start is not None else series), []
    return _clock_at_start(clock)


def _clock_at_start(clock: Clock) -> tuple[Clock, list[Finding]]:
    """START: the series time, unless it is later than the first acquisition, which shows that it was rewritten."""
    if clock.start is None:
        text = "the acquisition time is missing; the series time is taken as the start to which the activity is corrected"
        findings = [] if clock.series is None else [warning("time.series-time", text)]
        return replace(clock, activity=clock.series), findings
    after_s = seconds(clock.series, clock.start)
    if after_s is None or after_s > SAME_START_s:
        findings = []
        if after_s is not None:
            text = (
                f"the series time is {after_s / 60:.0f} min after the first acquisition (time of processing?); "
                "the start of the acquisition is used"
            )
            findings.append(warning("time.series-time-later", text))
        return replace(clock, activity=clock.start), findings
    return replace(clock, activity=clock.series), []


def _corrected_to_start(
    planes: Sequence[Plane], headers: Sequence[Header], clock: Clock, half_life: float | None
) -> tuple[list[Plane], list[Finding]]:
    """Every plane from the mean over its own frame to the activity at the start of the first one.

    Raises:
        MissingFact: no half-life.
    """
    if half_life is None:
        raise MissingFact(
            "these images are not decay-corrected; bringing their frames to one time needs the nuclide",
            missing=["nuclide of the image"],
        )
    factors, whole = [], True
    for header in headers:
        factor, complete = _factor_to(header, clock, half_life)
        factors.append(factor)
        whole &= complete
    if not whole or clock.activity is None:
        text = "no decay correction in the file, and frame times or durations are missing: decay within the frames was left uncorrected"
        findings = [warning("time.frames-uncorrected", text)]
    else:
        text = (
            "no decay correction in the file: each frame's mean was brought to the start of the first acquisition, "
            f"factors {min(factors):.5f} to {max(factors):.5f}"
        )
        findings = [note("time.corrected-to-start", text)]
    return [replace(plane, factor=factor) for plane, factor in zip(planes, factors, strict=True)], findings


def _factor_to(header: Header, clock: Clock, half_life: float) -> tuple[float, bool]:
    """Factor from the frame's mean to the reference, and whether everything it needs was there."""
    start, duration_s = acquisition_clock(header), _duration_s(header)
    if start is not None and clock.activity is not None and duration_s is not None:
        late_h = (start - clock.activity).total_seconds() / 3600.0
        within = mean_over_acquisition(duration_s=duration_s, half_life_h=half_life)
        return 1.0 / (decay_factor(elapsed_h=late_h, half_life_h=half_life) * within), True
    reference_ms = header.number("FrameReferenceTime")
    if (
        start is None and reference_ms is not None and clock.series is not None
    ):  # when the frame's mean occurred, after the series time
        return 1.0 / decay_factor(elapsed_h=reference_ms / 3.6e6, half_life_h=half_life), True
    if start is not None and clock.activity is not None:
        late_h = (start - clock.activity).total_seconds() / 3600.0
        return 1.0 / decay_factor(elapsed_h=late_h, half_life_h=half_life), False
    return 1.0, False


def _decay_factor_findings(header: Header, clock: Clock, half_life: float | None) -> list[Finding]:
    """A warning where the stated DecayFactor does not fit the times."""
    factor, duration_s, start = header.number("DecayFactor"), _duration_s(header), acquisition_clock(header)
    if factor is None or factor <= 0 or duration_s is None or start is None or clock.activity is None or half_life is None:
        return []
    late_h = (start - clock.activity) / timedelta(hours=1)
    expected = 1.0 / decay_factor(elapsed_h=late_h, half_life_h=half_life)
    within = mean_over_acquisition(duration_s=duration_s, half_life_h=half_life)
    apart = min(abs(factor / expected - 1.0), abs(factor / (expected / within) - 1.0))
    if apart <= DECAY_FACTOR_TOLERANCE:
        return []
    text = (
        f"the file's DecayFactor {factor:.4g} does not fit its times and half-life (expected {expected / within:.4g}): "
        f"the activity may be off by {100 * apart:.1f} %"
    )
    return [warning("time.decay-factor", text)]


def _duration_s(header: Header) -> float | None:
    duration_ms = header.number("ActualFrameDuration")
    if duration_ms is None or duration_ms == 0:
        return None
    if duration_ms < 0:
        raise BadInput(f"{header.name}: a negative frame duration", do="export it again")
    return float(np.float64(duration_ms) / 1000.0)
