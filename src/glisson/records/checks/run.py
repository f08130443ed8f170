"""Runs every check over the current entries of one case."""

from collections.abc import Callable, Iterable, Iterator

from glisson.records.checks import adverse, dates, entries, history, imaging, laboratory, lesions, sessions
from glisson.records.checks.course import Course, Hit
from glisson.records.checks.settings import CheckSettings
from glisson.records.forms import Catalogue, FormEntry, Problem

Check = Callable[[Course, CheckSettings], Iterator[Hit]]

CHECKS: tuple[Check, ...] = (
    entries.standing, dates.recording, dates.intervals, dates.age, dates.before_treatment, dates.session_order,
    dates.injection_day, dates.follow_up, dates.death, dates.not_alive, dates.withdrawal, history.disease, history.lines,
    history.decision, history.intention, sessions.beads, sessions.positions, sessions.mapping, sessions.ablated,
    imaging.baseline, imaging.windows, lesions.tables, lesions.baseline, lesions.across_scans, lesions.related,
    imaging.responses, laboratory.units, laboratory.differential, adverse.fatal, adverse.serious, adverse.belongs,
    adverse.twice, entries.quality,
)  # fmt: skip
"""In the order of a case."""


def cross_checks(
    case_entries: Iterable[FormEntry], *, settings: CheckSettings | None = None, known: Catalogue | None = None
) -> list[Problem]:
    """Everything that is wrong in one case: each entry by its own edition, and the entries against each other.

    Replaced entries among ``case_entries`` are left out. The order is that of the checks, then of the entries; the same
    entries give the same list.

    >>> from glisson.records.forms import FormEntry
    >>> death = FormEntry("e1", "p-1", "site-1", "death", values={"died_on": "2026-03-02", "cause": "treatment"})
    >>> [problem.code for problem in cross_checks([death])]
    ['entry.no-patient', 'adverse.death-by-treatment-without-event']
    """
    course = Course.of(case_entries, known)
    settings = settings or CheckSettings()
    found = list(entries.values(course))
    found += [hit.problem for check in CHECKS for hit in check(course, settings)]
    return list(dict.fromkeys(found))
