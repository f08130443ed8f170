"""Disease, history and decision: classes against counts, lines against drivers, intention against its definition."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from glisson.records.checks.course import Course, Hit
from glisson.records.checks.settings import CheckSettings
from glisson.records.forms import FormEntry
from glisson.score.intention import IntentionReading, derive_intention

LESIONS = {"1": (1, 1), "2-3": (2, 3), "4-10": (4, 10), ">10": (11, 10**6)}
INVOLVEMENT = {"<=25": (0.0, 0.25), ">25-50": (0.25, 0.5), ">50": (0.5, 1.0)}
"""Shared ends belong to the lower class; measured values within 0.005 of an end are not asked about."""
EDGE = 0.005


def disease(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """Counts and shares lie in the class that was ticked."""
    for entry in course.all("disease"):
        count, lesions = entry.number("liver_lesions"), LESIONS.get(str(entry.get("liver_lesions_class")))
        if count is not None and lesions is not None and not lesions[0] <= count <= lesions[1]:
            yield Hit("disease.count-and-class", (entry,))
        share, bounds = entry.number("liver_involvement_fraction"), INVOLVEMENT.get(str(entry.get("liver_involvement_class")))
        if share is not None and bounds is not None and not bounds[0] - EDGE <= share <= bounds[1] + EDGE:
            yield Hit("disease.involvement-and-class", (entry,))


def lines(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """Lines of systemic therapy are numbered without gaps, each once."""
    numbers: dict[int, list[FormEntry]] = defaultdict(list)
    for entry in _systemic(course):
        if (line := entry.number("line")) is not None:
            numbers[int(line)].append(entry)
    for entries in numbers.values():
        if len(entries) > 1:
            yield Hit("history.line-twice", tuple(entries))
    if numbers and set(numbers) != set(range(1, max(numbers) + 1)):
        yield Hit("history.line-gap", tuple(entry for entries in numbers.values() for entry in entries))


def decision(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """The drivers of the decision are those of the history before it."""
    for entry in course.all("decision"):
        board = entry.day("board_on") or date.max
        before = sorted(
            (line for line in _systemic(course) if (line.day("started_on") or date.min) <= board),
            key=lambda line: line.number("line") or 0,
        )
        counted = len({line.number("line") for line in before})
        if before and (said := entry.number("systemic_lines")) is not None and said != counted:
            yield Hit("history.lines-and-decision", (entry, *before), "systemic_lines")
        last = before[-1].get("last_response") if before else None
        stated = entry.get("last_response")
        if last not in (None, "NE") and stated is not None and last != stated:
            yield Hit("history.response-and-decision", (entry, before[-1]), "last_response")


def intention(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """The investigator's class beside the derived one."""
    for entry in course.all("decision"):
        if entry.get("treatment") == "TACE" and intention_of(entry).compared_with(entry.get("intention")) == "disagrees":
            yield Hit("intention.disagrees", (entry,), "intention")


def intention_of(decision: FormEntry) -> IntentionReading:
    """The class that the drivers of a decision lead to."""
    count = decision.number("systemic_lines")
    return derive_intention(
        systemic_lines=None if count is None else int(count),
        last_response=decision.get("last_response"),
        ablation_planned=decision.yes("ablation_planned"),
        curative_intent=decision.yes("curative_intent"),
    )


def _systemic(course: Course) -> list[FormEntry]:
    return [entry for entry in course.all("history_line") if entry.get("therapy") == "systemic"]
