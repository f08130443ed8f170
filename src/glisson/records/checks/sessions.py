"""Sessions: dose against beads, positions of one day, mapping before delivery, lesions that exist."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from glisson.records.checks.course import SESSIONS, Course, Hit
from glisson.records.checks.settings import CheckSettings
from glisson.records.forms import FormEntry


def beads(course: Course, settings: CheckSettings) -> Iterator[Hit]:
    """Drug against beads, position by position."""
    for entry in course.all("tace_session"):
        loaded, delivered = entry.number("drug_loaded_mg"), entry.number("drug_delivered_mg")
        low, high = entry.number("size_low_um"), entry.number("size_high_um")
        if low is not None and high is not None and low > high:
            yield Hit("session.size-reversed", (entry,))
        if loaded is not None and delivered is not None:
            yield from _delivered(entry, loaded, delivered)
        if loaded is not None and entry.get("drug") == "irinotecan":
            yield from _loading(entry, loaded, settings)


def _delivered(entry: FormEntry, loaded: float, delivered: float) -> Iterator[Hit]:
    if delivered > loaded:
        yield Hit("session.delivered-above-loaded", (entry,))
    elif delivered < loaded and entry.get("endpoint") == "dose delivered":
        yield Hit("session.endpoint-and-dose", (entry,))


def _loading(entry: FormEntry, loaded_mg: float, settings: CheckSettings) -> Iterator[Hit]:
    volume_mL = entry.number("volume_mL")
    if volume_mL and loaded_mg / volume_mL > settings.loading_mg_per_mL * (1 + 1e-9):
        yield Hit("session.loading-per-volume", (entry,))
    if loaded_mg > settings.loading_mg:
        yield Hit("session.loading-per-embolization", (entry,))


def positions(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """Entries of one session share day and course; one day has one session of a kind (mapping and delivery apart)."""
    for form in SESSIONS:
        numbers: dict[float | None, list[FormEntry]] = defaultdict(list)
        days: dict[tuple[date | None, Any], list[FormEntry]] = defaultdict(list)
        for entry in course.all(form):
            numbers[entry.number("session")].append(entry)
            days[entry.day("session_on"), entry.get("step")].append(entry)
        for entries in numbers.values():
            if len({(entry.day("session_on"), entry.number("course")) for entry in entries}) > 1:
                yield Hit("session.positions-differ", tuple(entries))
        for (day, _step), entries in days.items():
            if day is not None and len({entry.number("session") for entry in entries}) > 1:
                yield Hit("session.one-day-two-numbers", tuple(entries))


def mapping(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """A delivery of activity has a mapping before it in its course."""
    entries = course.all("sirt_session")
    for entry in entries:
        day = entry.day("session_on")
        if entry.get("step") != "delivery" or day is None:
            continue
        before = [
            other
            for other in entries
            if other.get("step") == "mapping" and other.number("course") == entry.number("course")
            and (mapped := other.day("session_on")) is not None and mapped <= day
        ]  # fmt: skip
        if not before:
            yield Hit("session.delivery-without-mapping", (entry,))


def ablated(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """An ablated lesion is in a lesion table, where there is one."""
    lesions = {entry.get("lesion") for entry in course.all("lesion")}
    for entry in course.all("ablation_session"):
        if lesions and (lesion := entry.get("lesion")) is not None and lesion not in lesions:
            yield Hit("session.lesion-unknown", (entry,), "lesion")
