"""What came in: the two tables of follow-up and the course, from cases or from tables, with what was noticed on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from glisson.case import Case, Finding, Level, current
from glisson.errors import BadInput
from glisson.follow.case_measurements import measurements_of
from glisson.follow.course import Course
from glisson.follow.from_cases import INDEX_KINDS, course_of
from glisson.follow.measurements import MEASUREMENTS, STATEMENTS
from glisson.follow.quality import TableFinding, quality, without_faulty


@dataclass(frozen=True)
class Read:
    """One case, or many patients.

    Attributes:
        measurements, statements: tables of ``glisson.follow.measurements``; without the patients that were left out.
        course: origins and named sources, without what responses add; ``None``: not known, and no endpoint is computed.
        inputs: sha256 of what was read, by name.
        findings: faults of the tables and their rows.
        left_out: patients in whose rows a fault stands that stops; their responses are not computed.
        cases: the nouns, where there are any.
        reference_words: what the reference date of a patient is where the first session is not known.
    """

    measurements: pl.DataFrame
    statements: pl.DataFrame
    course: Course | None
    inputs: dict[str, str]
    findings: tuple[Finding, ...] = ()
    left_out: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()


def first_session(case: Case) -> date | None:
    """Day of the first session of an index treatment, mapping aside."""
    sessions = [s for t in current(case.treatments) if t.kind in INDEX_KINDS for s in current(t.sessions) if s.kind != "mapping"]
    days = [s.at.date() if isinstance(s.at, datetime) else s.at for s in sessions if s.at is not None]
    return min(days, default=None)


def read_cases(cases: Sequence[Case], inputs: dict[str, str]) -> Read:
    """The tables of cases.

    Raises:
        BadInput: two cases of one id, or faults in the only one.
        MissingFact: an event that decides an endpoint has no day.
    """
    if len({case.id for case in cases}) < len(cases):
        raise BadInput("two cases have one id", do="give every case once")
    pairs = [measurements_of(case, since=first_session(case)) for case in cases]
    measurements = pl.concat([pl.DataFrame(schema=MEASUREMENTS), *(pair[0] for pair in pairs)])
    statements = pl.concat([pl.DataFrame(schema=STATEMENTS), *(pair[1] for pair in pairs)])
    return checked(measurements, statements, course_of(cases), inputs, tuple(cases))


def checked(
    measurements: pl.DataFrame,
    statements: pl.DataFrame,
    course: Course | None,
    inputs: dict[str, str],
    cases: tuple[Case, ...] = (),
) -> Read:
    """The tables without patients in whom a fault stops, every fault told.

    Raises:
        BadInput: nobody would be left.
    """
    found = quality(measurements, statements)
    stops = [one for one in found if one.level is Level.STOP]
    if not stops:
        return Read(measurements, statements, course, inputs, tuple(map(_finding, found)), (), cases)
    kept, out = without_faulty(measurements)
    if kept.is_empty():
        raise BadInput("; ".join(one.text for one in stops), do="correct these rows")
    remaining = statements.filter(~pl.col("patient").is_in(list(out)))
    named = Finding(
        code="patients-left-out", level=Level.STOP,
        text=f"no response is computed of {len(out)} patients, whose rows hold a fault: {', '.join(out)}",
    )  # fmt: skip
    return Read(kept, remaining, course, inputs, (named, *map(_finding, found)), out, cases)


def _finding(one: TableFinding) -> Finding:
    return Finding(code=one.code, level=one.level, text=one.text)
