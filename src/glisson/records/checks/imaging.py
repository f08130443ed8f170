"""Scans and responses: a baseline before treatment, windows of follow-up, a response that fits its lesion table."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date

from glisson.records.checks.course import Course, Hit
from glisson.records.checks.settings import CheckSettings
from glisson.records.forms import FormEntry


def baseline(course: Course, settings: CheckSettings) -> Iterator[Hit]:
    """A reader's scans begin with a baseline, shortly before the first session."""
    for scans in _by_reader(course).values():
        first = [scan for scan in scans if scan.get("timepoint") == "baseline"]
        if not first:
            yield Hit("imaging.no-baseline", (scans[0],))
        for scan in first:
            yield from _age(scan, course, settings)


def _age(scan: FormEntry, course: Course, settings: CheckSettings) -> Iterator[Hit]:
    day = scan.day("scanned_on")
    if day is None or course.first_session is None:
        return
    treated, session = course.first_session
    if day > treated:
        yield Hit("imaging.baseline-after-session", (scan, session))
    elif (treated - day).days > settings.baseline_days:
        yield Hit("imaging.baseline-too-early", (scan, session))


def windows(course: Course, settings: CheckSettings) -> Iterator[Hit]:
    """Follow-up scans within the window of their timepoint."""
    for scan in course.all("imaging"):
        if in_window(scan, course, settings) is False:
            yield Hit("imaging.outside-window", (scan,), "timepoint")


def in_window(scan: FormEntry, course: Course, settings: CheckSettings) -> bool | None:
    """Whether a scan lies in the window of its timepoint; ``None``: the timepoint has none, or a day is missing."""
    window = settings.windows_days.get(str(scan.get("timepoint")))
    day: date | None = scan.day("scanned_on")
    if window is None or day is None or course.first_session is None:
        return None
    return window[0] <= (day - course.first_session[0]).days <= window[1]


def count_windows(course: Course, settings: CheckSettings | None = None) -> dict[str, Counter[str]]:
    """Scans of each timepoint that has a window: how many inside, outside, and how many of which nobody can say."""
    settings = settings or CheckSettings()
    words = {True: "inside", False: "outside", None: "cannot say"}
    counts: dict[str, Counter[str]] = {name: Counter() for name in settings.windows_days}
    for scan in course.all("imaging"):
        if scan.get("timepoint") in counts:
            counts[str(scan.get("timepoint"))][words[in_window(scan, course, settings)]] += 1
    return counts


def responses(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """A response belongs to a scan, and agrees with the lesion table on new lesions."""
    for entry in course.all("response"):
        reader = str(entry.get("reader"))
        scan = course.scans.get((entry.visit, reader))
        if scan is None:
            yield Hit("response.no-scan", (entry,))
        elif None not in (day := entry.day("scanned_on"), other := scan.day("scanned_on")) and day != other:
            yield Hit("lesion.scan-date-differs", (scan, entry))
        yield from _new_lesion(entry, course.tables.get(reader, {}).get(entry.visit, []))


def _new_lesion(entry: FormEntry, lesions: list[FormEntry]) -> Iterator[Hit]:
    called = entry.yes("new_lesion")
    listed = [lesion for lesion in lesions if lesion.get("role") == "new" and lesion.get("state") != "absent"]
    if lesions and called is not None and called != bool(listed):
        yield Hit("response.new-lesion", (entry, *listed[:1]))
    if called and entry.get("criterion") == "RECIST 1.1" and entry.get("overall") not in ("PD", None):
        yield Hit("response.new-not-progression", (entry,))


def _by_reader(course: Course) -> dict[str, list[FormEntry]]:
    found: dict[str, list[FormEntry]] = defaultdict(list)
    for scan in sorted(course.all("imaging"), key=lambda scan: scan.day("scanned_on") or date.max):
        found[str(scan.get("reader"))].append(scan)
    return found
