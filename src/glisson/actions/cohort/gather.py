"""From the entries of a registry to the tables of its report: cases, what ``follow`` says of them, variables, sessions."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from glisson.actions.cohort.derived import derived_columns
from glisson.actions.cohort.items import BASELINE, DTYPES, NOT_ENTERED, ONCE, baseline_columns, session_table, variables_of_forms
from glisson.actions.following.asked import Asked
from glisson.actions.following.read import Read, checked
from glisson.actions.following.responses import Answers, answers_of
from glisson.case import Case, current
from glisson.errors import BadInput, MissingFact
from glisson.follow.case_measurements import measurements_of
from glisson.follow.course import Course
from glisson.follow.from_cases import course_of
from glisson.follow.harm_from_cases import adverse_events_of, day_of, graded_laboratory_of, laboratory_events, sessions_of
from glisson.follow.measurements import MEASUREMENTS, STATEMENTS
from glisson.follow.phases import attribute, with_phase
from glisson.follow.qol import answers_of as questionnaires_of
from glisson.follow.qol import score_table
from glisson.knowledge.endpoints import month_days
from glisson.learn.cohort.registry.protocol import Protocol
from glisson.learn.cohort.registry.tables import RegistryTables, Variable

if TYPE_CHECKING:
    from glisson.records.forms import FormEntry

Left = tuple[str, str, str]
DIED_BEFORE = "a death dated before the first session"
THERAPIES: dict[str, Any] = {"patient": pl.String, "start": pl.Date, "phase": pl.String, "what": pl.String}
DOSES: dict[str, Any] = {
    "patient": pl.String, "session": pl.String, "date": pl.Date, "product": pl.String, "tumour_dose_Gy": pl.Float64,
    "normal_liver_dose_Gy": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True)
class Gathered:
    """A registry as tables, and what the course of every patient is drawn from.

    Attributes:
        answers, asked: of ``follow``.
    """

    tables: RegistryTables
    answers: Answers
    asked: Asked


def gathered(entries: "Sequence[FormEntry]", protocol: Protocol) -> Gathered:
    """The tables of a registry, as a protocol needs them.

    Patients stand in the order of what was entered, not of their pseudonyms: the same content gives the same report.

    Args:
        entries: that stand, of every patient.
        protocol: its treatments start the clock; its reading decides.

    Raises:
        BadInput: no patient, or the reader asked for is not in the registry.
    """
    grouped: dict[str, list[FormEntry]] = defaultdict(list)
    for entry in entries:
        grouped[entry.case].append(entry)
    if not grouped:
        raise BadInput("a registry without patients", do="enter or import them; 'glisson simulate' makes some that never were")
    left: list[Left] = []
    order = {case: content_hash(mine) for case, mine in grouped.items()}
    names = sorted(grouped, key=lambda case: (order[case], case))
    inputs = {"entries": hashlib.sha256("".join(order[case] for case in names).encode()).hexdigest()}
    cases = _cases(names, grouped, protocol, left)
    asked = Asked(
        criteria=protocol.reading.criteria, reader=protocol.reading.reader, choices=protocol.reading.options,
        origin=protocol.origin, cut_off=protocol.cut_off,
    )  # fmt: skip
    read = _read(cases, protocol, inputs)
    answers = answers_of(read, asked)
    assert answers.course is not None
    names = [case.id for case in cases]
    first = dict(answers.course.origin("first session").select("patient", "reference").iter_rows())
    patients, variables, reasons = _patients(cases, grouped, first, protocol)
    sessions, of_sessions = session_table((entry for case in names for entry in grouped[case]), names)
    left += [(patient, "responses", "a fault in the rows of measurements") for patient in read.left_out]
    tables = RegistryTables(
        patients=patients, variables=variables | of_sessions, missing_reasons=reasons, sessions=sessions, course=answers.course,
        responses=_of_reader(answers.responses, answers.reader), best=_of_reader(answers.best, answers.reader),
        references=answers.references, depth=_of_reader(answers.depth, answers.reader),
        adverse_events=_harm(cases, protocol), **_quality(cases, first, answers),
        therapies=_therapies(cases, protocol, first), doses=_doses(sessions), reader=answers.reader,
        simulated=any(case.simulated for case in cases), left_out=tuple(left), inputs=inputs,
    )  # fmt: skip
    return Gathered(_in_order(tables, names), answers, asked)


def _in_order(tables: RegistryTables, names: Sequence[str]) -> RegistryTables:
    """Every table with its patients in this order: sums then run alike under any pseudonyms, to the last digit."""
    rank = pl.DataFrame({"patient": names, "rank": range(len(names))}, schema={"patient": pl.String, "rank": pl.Int64})

    def ordered(table: pl.DataFrame) -> pl.DataFrame:
        return table.join(rank, on="patient", how="left", maintain_order="left").sort("rank", maintain_order=True).drop("rank")

    parts: dict[str, Any] = {
        name: ordered(getattr(tables, name))
        for name in (
            "responses",
            "best",
            "references",
            "depth",
            "adverse_events",
            "quality",
            "quality_expected",
            "therapies",
            "doses",
        )
    }
    return replace(tables, **parts)


def content_hash(entries: "Sequence[FormEntry]") -> str:
    """sha256 of what was entered about one patient, without pseudonym, author and times of record."""
    said = sorted(
        json.dumps(
            [entry.form, entry.edition, entry.visit, entry.instance, str(entry.at), entry.values], sort_keys=True, default=str
        )
        for entry in entries
    )
    return hashlib.sha256("".join(said).encode()).hexdigest()


def _cases(
    names: Sequence[str], grouped: "Mapping[str, Sequence[FormEntry]]", protocol: Protocol, left: list[Left]
) -> list[Case]:
    """Cases that can be followed; the others are told."""
    from glisson.records.projection import case_of

    found = []
    for name in names:
        try:
            case = case_of(name, grouped[name])
            course = course_of([case], index_kinds=protocol.treatments)
        except (BadInput, MissingFact) as error:
            left.append((name, "everything", error.problem))
            continue
        if _died_before_treatment(course):
            left.append((name, "everything", DIED_BEFORE))
        else:
            found.append(case)
    if not found:
        raise BadInput("no patient of this registry can be used", do="run 'glisson records check'; it names the entries")
    return found


def _died_before_treatment(course: Course) -> bool:
    """Whether one patient's death is dated before the first session."""
    both = course.source("death").join(course.origin("first session"), on="patient")
    return bool((both["date"] < both["reference"]).any())


def _read(cases: Sequence[Case], protocol: Protocol, inputs: Mapping[str, str]) -> Read:
    course = course_of(cases, index_kinds=protocol.treatments)
    since = dict(course.origin("first session").select("patient", "reference").iter_rows())
    pairs = [measurements_of(case, since=since.get(case.id)) for case in cases]
    measurements = pl.concat([pl.DataFrame(schema=MEASUREMENTS), *(pair[0] for pair in pairs)])
    statements = pl.concat([pl.DataFrame(schema=STATEMENTS), *(pair[1] for pair in pairs)])
    return checked(measurements, statements, course, dict(inputs), tuple(cases))


def _of_reader(table: pl.DataFrame, reader: str | None) -> pl.DataFrame:
    return table.filter(pl.col("reader") == reader) if reader is not None else table.clear()


def _patients(
    cases: Sequence[Case], grouped: "Mapping[str, Sequence[FormEntry]]", first: Mapping[str, date | None], protocol: Protocol
) -> tuple[pl.DataFrame, dict[str, Variable], pl.DataFrame]:
    names = [case.id for case in cases]
    columns = baseline_columns(names, grouped, first)
    rows = [{name: values[row] for name, values in columns.values.items()} for row in range(len(names))]
    derived, of_derived = derived_columns(rows, protocol.intention_classes)
    variables = variables_of_forms((*ONCE, *BASELINE)) | of_derived
    centre = Variable("centre", "Centre", "choice", levels=tuple(sorted({case.centre for case in cases if case.centre})))
    table = pl.DataFrame(
        {"patient": names, "centre": [case.centre for case in cases], "first_session": [first.get(name) for name in names]},
        schema={"patient": pl.String, "centre": pl.String, "first_session": pl.Date},
    ).with_columns(
        pl.Series(name, values, dtype=DTYPES[variables[name].kind]) for name, values in {**columns.values, **derived}.items()
    )
    missing = [(names[row], name, reason) for row, name, reason in columns.reasons]
    missing += [(names[row], name, NOT_ENTERED) for name, values in derived.items() for row, v in enumerate(values) if v is None]
    reasons = pl.DataFrame(missing, schema={"patient": pl.String, "variable": pl.String, "reason": pl.String}, orient="row")
    return table, variables | {"centre": centre}, reasons


def _harm(cases: Sequence[Case], protocol: Protocol) -> pl.DataFrame:
    """Adverse events that were entered and those that laboratory values show, with their phase."""
    sessions = sessions_of(cases, kinds=protocol.treatments)
    entered = adverse_events_of(cases)
    graded = graded_laboratory_of(cases, version=protocol.ctcae, kinds=protocol.treatments)
    return with_phase(attribute(pl.concat([entered, laboratory_events(graded)]), sessions))


def _quality(cases: Sequence[Case], first: Mapping[str, date | None], answers: Answers) -> dict[str, pl.DataFrame]:
    """Scores by visit, and who was due: alive and under observation on the day on which a visit usually is."""
    origin = pl.DataFrame(
        {"patient": list(first), "origin": list(first.values())}, schema={"patient": pl.String, "origin": pl.Date}
    )
    months = ((pl.col("date") - pl.col("origin")).dt.total_days() / month_days()).alias("months")
    found = questionnaires_of(cases)
    scores = score_table(found) if found.height else found.with_columns(answered=pl.lit(None, pl.Int64))
    scores = scores.join(origin, on="patient", how="left").with_columns(months).drop("origin")
    usual = scores.group_by("visit").agg(pl.col("months").median()).sort("months")
    assert answers.course is not None
    dated = answers.course.dated.filter(pl.col("source").is_in(["known alive", "death"]))
    last = dated.group_by("patient").agg(last=pl.col("date").max()).join(origin, on="patient", how="right")
    watched = last.with_columns(watched=(pl.col("last") - pl.col("origin")).dt.total_days() / month_days())
    due = watched.join(usual, how="cross").filter(
        (pl.col("watched") >= pl.col("months")).fill_null(False) | (pl.col("months") <= 0)
    )
    return {"quality": scores, "quality_expected": due.select("patient", "visit", "months").sort("months", "patient")}


def _therapies(cases: Sequence[Case], protocol: Protocol, first: Mapping[str, date | None]) -> pl.DataFrame:
    """What was given before, as index treatment, and after, in order."""
    rows = []
    for case in cases:
        start = first.get(case.id)
        for one in current(case.treatments):
            days = [day for entry in (one, *current(one.sessions)) if (day := day_of(entry.at)) is not None]
            day = min(days, default=None)
            index = one.kind in protocol.treatments and bool(one.sessions)
            phase = "index" if index else ("after" if day is not None and start is not None and day > start else "before")
            rows.append((case.id, day, phase, _what(one.kind, one.regimen)))
    return pl.DataFrame(rows, schema=THERAPIES, orient="row").sort("patient", "start", nulls_last=False, maintain_order=True)


def _what(kind: str, regimen: str | None) -> str:
    return regimen or kind if kind == "systemic" else kind


def _doses(sessions: pl.DataFrame) -> pl.DataFrame:
    """Absorbed doses on record, session by session."""
    columns = {"product": "sirt_session.product", "tumour_dose_Gy": "sirt_session.tumour_dose_Gy",
               "normal_liver_dose_Gy": "sirt_session.normal_liver_dose_Gy"}  # fmt: skip
    if columns["tumour_dose_Gy"] not in sessions.columns:
        return pl.DataFrame(schema=DOSES)
    chosen = sessions.filter(pl.col("kind") == "radioembolization")
    return chosen.select("patient", "session", "date", **{name: pl.col(column) for name, column in columns.items()}).cast(
        pl.Schema(DOSES)
    )
