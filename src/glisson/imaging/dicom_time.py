"""Times in DICOM: local clock readings, often without a zone. They become instants only where the zone is known."""

from datetime import datetime, timedelta, timezone, tzinfo

from glisson.case.result import Finding
from glisson.errors import BadInput
from glisson.imaging.dicom_file import Header
from glisson.imaging.readout import warning


def clock(header: Header, date_field: str, time_field: str) -> datetime | None:
    """Clock reading (no zone) from a date and a time field; ``None`` when either is missing.

    Raises:
        BadInput: there, and not a date and time.
    """
    day, time = header.text(date_field), header.text(time_field)
    if not day or not time:
        return None
    return _parse(header, day.replace(".", "") + time.replace(":", ""), f"{date_field} and {time_field}")


def acquisition_clock(header: Header) -> datetime | None:
    """Clock reading at the start of the acquisition of this image."""
    found = clock(header, "AcquisitionDate", "AcquisitionTime")
    return found if found is not None else date_time(header, "AcquisitionDateTime", None)


def series_clock(header: Header) -> datetime | None:
    """Series date and time; never the start of the acquisition by definition, see ``dicom_pet``."""
    return clock(header, "SeriesDate", "SeriesTime")


def date_time(header: Header, field: str, zone: tzinfo | None) -> datetime | None:
    """Clock reading from a DT field. Its own offset, if any, is turned into ``zone`` where that is known."""
    text = header.text(field)
    if not text:
        return None
    offset = None
    for sign in "+-":
        head, mark, tail = text.partition(sign)
        if mark:
            text, offset = head, _offset(header, sign + tail, field)
    reading = _parse(header, text, field)
    if reading is not None and offset is not None and zone is not None:
        return reading.replace(tzinfo=offset).astimezone(zone).replace(tzinfo=None)
    return reading


def zone_of(header: Header, given: tzinfo | None) -> tzinfo | None:
    """The zone of the file's clock: as stated in the file, else as given; ``None`` when neither says."""
    stated = header.text("TimezoneOffsetFromUTC")
    return _offset(header, stated, "TimezoneOffsetFromUTC") if stated else given


def instant(reading: datetime | None, zone: tzinfo | None) -> datetime | None:
    """An instant, where both the clock reading and its zone are known."""
    return None if reading is None or zone is None else reading.replace(tzinfo=zone)


def zone_finding(reading: datetime | None, zone: tzinfo | None, name: str) -> list[Finding]:
    """A warning where there is a clock reading without its zone."""
    if reading is None or zone is not None:
        return []
    text = (
        f"{name}: its times have no time zone, so they are not placed on the calendar; give the zone, or the times in case.yaml"
    )
    return [warning("time.no-zone", text)]


def seconds(later: datetime | None, earlier: datetime | None) -> float | None:
    """Seconds between two readings of one clock."""
    return None if later is None or earlier is None else (later - earlier).total_seconds()


def _parse(header: Header, text: str, what: str) -> datetime | None:
    whole, _, fraction = text.strip().partition(".")
    if len(whole) <= 8:  # a day without an hour is not an instant
        return None
    digits = whole + "0" * ((14 - len(whole)) if len(whole) in (10, 12) else 0)
    try:
        reading = datetime.strptime(digits, "%Y%m%d%H%M%S")
        return reading + timedelta(seconds=float(f"0.{fraction}") if fraction else 0.0)
    except ValueError:
        raise BadInput(f"{header.name}: header field {what} is not a date and time", do="export the image again") from None


def _offset(header: Header, text: str, field: str) -> timezone:
    digits = text.strip()[1:5]
    if text[:1] not in "+-" or len(digits) != 4 or not digits.isdigit() or int(digits[:2]) > 14 or int(digits[2:]) > 59:
        raise BadInput(f"{header.name}: header field {field} has no valid offset from UTC", allowed="as +0100")
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
