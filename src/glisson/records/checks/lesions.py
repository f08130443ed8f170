"""Lesion tables, reader by reader: targets, what RECIST 1.1 calls measurable, lesions that stay themselves."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator

from glisson.knowledge.response import parameter
from glisson.records.checks.course import Course, Hit
from glisson.records.checks.settings import CheckSettings
from glisson.records.forms import FormEntry

JUMP = 8.0
"""A diameter is asked about where it is so many times, or one part in so many, of the one before: a slip of unit is tenfold."""
PARTS = {
    "perpendicular_diameter_mm": "longest_diameter_mm",
    "viable_diameter_mm": "longest_diameter_mm",
    "viable_perpendicular_diameter_mm": "viable_diameter_mm",
}


def tables(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """Each lesion once on a scan, with a scan of the same day."""
    for reader, visits in course.tables.items():
        for visit, lesions in visits.items():
            yield from _twice(lesions)
            scan = course.scans.get((visit, reader))
            if scan is None:
                yield Hit("lesion.no-scan", (lesions[0],))
            else:
                yield from _other_day(scan, lesions)


def _twice(lesions: list[FormEntry]) -> Iterator[Hit]:
    names = Counter(entry.get("lesion") for entry in lesions)
    for name, count in names.items():
        if name is not None and count > 1:
            yield Hit("lesion.twice", tuple(entry for entry in lesions if entry.get("lesion") == name))


def _other_day(scan: FormEntry, entries: list[FormEntry]) -> Iterator[Hit]:
    for entry in entries:
        day, scanned = entry.day("scanned_on"), scan.day("scanned_on")
        if day is not None and scanned is not None and day != scanned:
            yield Hit("lesion.scan-date-differs", (scan, entry))


def baseline(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """Rules of RECIST 1.1 for the targets chosen at baseline."""
    for reader, visits in course.tables.items():
        for visit, lesions in visits.items():
            if course.is_baseline(visit, reader):
                yield from _new_here(lesions)
                targets = [entry for entry in lesions if entry.get("role") == "target"]
                yield from _too_many(targets)
                for target in targets:
                    yield from _measurable(target, course.scans[visit, reader].number("slice_thickness_mm"))


def _new_here(lesions: list[FormEntry]) -> Iterator[Hit]:
    for entry in lesions:
        if entry.get("role") == "new":
            yield Hit("lesion.new-at-baseline", (entry,))


def _too_many(targets: list[FormEntry]) -> Iterator[Hit]:
    if len(targets) > parameter("recist11-targets").value:
        yield Hit("lesion.too-many-targets", tuple(targets))
    organs: dict[str, list[FormEntry]] = defaultdict(list)
    for target in targets:
        organs["lymph nodes" if target.yes("node") else str(target.get("organ"))].append(target)
    for entries in organs.values():
        if len(entries) > parameter("recist11-targets-per-organ").value:
            yield Hit("lesion.too-many-in-organ", tuple(entries))


def _measurable(target: FormEntry, slice_mm: float | None) -> Iterator[Hit]:
    if target.yes("node"):
        size, least = target.number("short_axis_mm"), float(parameter("recist11-target-node-mm").value)
    else:
        size, least = target.number("longest_diameter_mm"), float(parameter("recist11-target-mm").value)
        if slice_mm is not None and slice_mm > float(parameter("recist11-thin-slice-mm").value):
            least = max(least, float(parameter("recist11-thick-slice-factor").value) * slice_mm)
    if size is not None and size < least:
        yield Hit("lesion.target-too-small", (target,))
    if target.get("treated_before_on") is not None and target.yes("progressed_since") is False:
        yield Hit("lesion.target-treated-before", (target,))


def across_scans(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """A lesion stays itself: role, organ, node; targets are read on each scan; what came later is new."""
    for reader, visits in course.tables.items():
        yield from _changed(visits)
        yield from _jumps(visits)
        first = next((lesions for visit, lesions in visits.items() if course.is_baseline(visit, reader)), None)
        if first is None:
            continue
        known = {entry.get("lesion") for entry in first}
        targets = {entry.get("lesion"): entry for entry in first if entry.get("role") == "target"}
        for visit, lesions in visits.items():
            if not course.is_baseline(visit, reader):
                yield from _later(lesions, known, targets)


def _later(lesions: list[FormEntry], known: set[object], targets: dict[object, FormEntry]) -> Iterator[Hit]:
    for entry in lesions:
        if entry.get("lesion") not in known and entry.get("role") != "new" and entry.get("split_from") is None:
            yield Hit("lesion.not-at-baseline", (entry,))
    read = {entry.get("lesion") for entry in lesions}
    for name, target in targets.items():
        if name not in read:
            yield Hit("lesion.target-not-read", (target, lesions[0]))


def _changed(visits: dict[str, list[FormEntry]]) -> Iterator[Hit]:
    for entries in _by_lesion(visits).values():
        first = entries[0]
        for entry in entries[1:]:
            if any(entry.get(item) != first.get(item) for item in ("role", "organ", "node")):
                yield Hit("lesion.changed", (first, entry))


def _jumps(visits: dict[str, list[FormEntry]]) -> Iterator[Hit]:
    for entries in _by_lesion(visits).values():
        for item in ("longest_diameter_mm", "short_axis_mm"):
            measured = [(entry, size) for entry in entries if (size := entry.number(item))]
            for (entry, size), (other, next_size) in itertools.pairwise(measured):
                if not 1 / JUMP < next_size / size < JUMP:
                    yield Hit("lesion.jump", (entry, other), item)


def _by_lesion(visits: dict[str, list[FormEntry]]) -> dict[object, list[FormEntry]]:
    """Entries of each lesion, earliest scan first."""
    found: dict[object, list[FormEntry]] = defaultdict(list)
    for lesions in visits.values():
        for entry in lesions:
            if entry.get("lesion") is not None:
                found[entry.get("lesion")].append(entry)
    return found


def related(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """Fragments and merged lesions name lesions of the same reader; parts are not longer than the whole."""
    for visits in course.tables.values():
        names = {entry.get("lesion") for lesions in visits.values() for entry in lesions}
        for lesions in visits.values():
            for entry in lesions:
                for item in ("split_from", "merged_into"):
                    other = entry.get(item)
                    if other is not None and (other not in names or other == entry.get("lesion")):
                        yield Hit("lesion.related-unknown", (entry,), item)
                yield from _parts(entry)


def _parts(entry: FormEntry) -> Iterator[Hit]:
    for part, whole in PARTS.items():
        size, longest = entry.number(part), entry.number(whole)
        if size is not None and longest is not None and size > longest:
            yield Hit("lesion.part-above-whole", (entry,), part)
