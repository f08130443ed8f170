"""Checks of single entries and of how they stand beside each other."""

import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator

from glisson.records.checks.course import Course, Hit
from glisson.records.checks.settings import CheckSettings
from glisson.records.forms import FormEntry, Problem, check_values


def values(course: Course) -> Iterator[Problem]:
    """What is wrong with the values of every entry, each by its own edition."""
    for entry in course.readable:
        for problem in check_values(course.known[entry.form, entry.edition], entry.values):
            yield Problem(f"values.{problem.code}", problem.level, problem.words, problem.item, (entry.id,), (entry.place,))


def standing(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """Entries in one place, forms filled too often, copies, a case without a patient."""
    for entry in course.entries:
        if (entry.form, entry.edition) not in course.known:
            yield Hit("entry.unknown-form", (entry,))
    yield from _twice(course)
    yield from _too_often(course)
    yield from _copies(course)
    if course.entries and course.one("patient") is None:
        yield Hit("entry.no-patient", course.entries[:1])


def _twice(course: Course) -> Iterator[Hit]:
    for entries in _grouped(course.entries, lambda entry: entry.place):
        if len(entries) > 1:
            yield Hit("entry.twice", entries)


def _too_often(course: Course) -> Iterator[Hit]:
    def space(entry: FormEntry) -> tuple[str, str]:
        per = course.known[entry.form, entry.edition].per
        return entry.form, {"case": "", "visit": entry.visit}.get(per, entry.place)

    for entries in _grouped(course.readable, space):
        if len({entry.place for entry in entries}) > 1:
            yield Hit("entry.more-than-one", entries)


def _copies(course: Course) -> Iterator[Hit]:
    def content(entry: FormEntry) -> tuple[str, str]:
        return entry.form, json.dumps(dict(entry.values), sort_keys=True, default=str)

    for entries in _grouped([entry for entry in course.entries if entry.values], content):
        if len({entry.place for entry in entries}) > 1:
            yield Hit("entry.copy", entries)


def quality(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """Questionnaires with fewer than half of their answers."""
    for entry in course.all("qlq_c30"):
        if sum(entry.get(f"q{number}") is not None for number in range(1, 31)) < 15:
            yield Hit("quality.mostly-empty", (entry,))


def _grouped(entries: Iterable[FormEntry], key: Callable[[FormEntry], Hashable]) -> list[tuple[FormEntry, ...]]:
    groups: dict[Hashable, list[FormEntry]] = defaultdict(list)
    for entry in entries:
        groups[key(entry)].append(entry)
    return [tuple(group) for group in groups.values()]
