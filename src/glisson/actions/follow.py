"""``follow``: did the tumour answer, did the patient suffer, when did the liver progress? Of one case, of tables, of many cases."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from glisson.actions.following.asked import Asked
from glisson.actions.following.output import Output, PartialDates, TumourFiles
from glisson.actions.following.words import lesion_names, subtitle
from glisson.case import Case, Finding, Level, Result
from glisson.dose.engine import Progress, silent
from glisson.errors import BadInput, MissingFact

if TYPE_CHECKING:
    import polars as pl

    from glisson.actions.following.read import Read
    from glisson.follow.course import Course

NAME = "response"
"""The current result of a case: ``results/response.json``."""


@dataclass(frozen=True)
class FollowDone:
    """What was computed, of one patient or of many, and what was written."""

    result: Result
    files: tuple[Path, ...]


def follow_case(
    folder: Path, *, asked: Asked | None = None, output: Output | None = None, made_at: datetime, progress: Progress = silent
) -> FollowDone:
    """Responses, endpoints, harm and quality of life of a case; writes ``results/response.json``, tables and the page.

    Args:
        folder: the case folder.
        asked: criteria and options; the defaults if ``None``.
        output: what to write; tables as CSV and the page into ``follow/`` of the case if ``None``.
        made_at: printed on the page, with its zone.
        progress: called with the share done.

    Raises:
        MissingFact: the case holds nothing that could be followed, or an event that decides an endpoint has no day.
        BadInput: the measurements contradict themselves; rows are the numbers of the observations.
    """
    from glisson.actions.following.files import require_format, tables_of, write_tables
    from glisson.actions.following.read import read_cases
    from glisson.actions.following.responses import answers_of
    from glisson.actions.following.results import result_of_one
    from glisson.records import case_file, read_case
    from glisson.records.results import store_result
    from glisson.report.follow_write import write_follow_page

    asked, output = asked or Asked(), output or Output()
    require_format(output.format)
    case = read_case(folder)
    _require_something(case)
    progress(0.1, "reading the measurements")
    read = read_cases([case], {"case.yaml": hashlib.sha256(case_file(folder).read_bytes()).hexdigest()})
    progress(0.3, "judging every visit")
    answers = answers_of(read, asked)
    result = result_of_one(case.id, answers, asked, read, case)
    progress(0.6, "drawing")
    out = output.out or folder / "follow"
    page = write_follow_page(
        out, result=result, made_at=made_at, subtitle=subtitle(case), simulated=case.simulated, names=lesion_names(case)
    )
    tables = write_tables(out, tables_of(answers, check=output.check), output.format)
    stored = store_result(folder, result, NAME)
    return FollowDone(result, (page.html, page.pdf, *tables, stored))


def follow_tables(
    files: TumourFiles,
    *,
    asked: Asked | None = None,
    output: Output | None = None,
    made_at: datetime,
    progress: Progress = silent,
) -> FollowDone:
    """Responses of every patient in SDTM tables; endpoints where a table of subjects is given. Writes only into ``output.out``.

    Args:
        files: the tables.
        asked: criteria and options; RECIST 1.1 if ``None``.
        output: what to write.
        made_at: printed on the pages, with its zone.
        progress: called with the share done.

    Raises:
        BadInput: a table cannot be used; rows are named as a spreadsheet counts.
    """
    from glisson.actions.following.read import checked
    from glisson.records.cdisc.oncology import read_tumour_tables
    from glisson.records.tables import read_table

    asked = asked or Asked(criteria=("recist11",))
    progress(0.05, "reading the tables")
    named = files.named()
    tables = {name: read_table(path) for name, path in named.items()}
    partial = cast("PartialDates", files.partial_dates)
    read = read_tumour_tables(tables["TU"], tables["TR"], tables.get("RS"), partial_dates=partial)
    remarks: list[Finding] = []
    if read.partial_dates:
        said = f"{read.partial_dates} visits have a date without day or month, taken as {_PARTIAL[partial]}"
        remarks.append(Finding(code="partial-dates", level=Level.WARNING, text=said))
    course = _course(tables.get("subjects"), read.measurements, remarks)
    inputs = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in named.items()}
    every = checked(read.measurements, read.statements, course, inputs)
    return _many(every, asked, output or Output(), made_at=made_at, progress=progress, remarks=remarks)


_PARTIAL = {"unknown": "unknown", "first": "the first day that they can mean", "last": "the last day that they can mean"}


def follow_cases(
    cases: Sequence[Case],
    *,
    asked: Asked | None = None,
    output: Output | None = None,
    made_at: datetime,
    progress: Progress = silent,
) -> FollowDone:
    """Responses and endpoints of many cases, as a registry holds them; writes only into ``output.out``.

    Args:
        cases: each patient once.
        asked: criteria and options; the defaults if ``None``.
        output: what to write.
        made_at: printed on the pages, with its zone.
        progress: called with the share done.

    Raises:
        BadInput: two cases of one id, or no case can be used.
        MissingFact: an event that decides an endpoint has no day.
    """
    from glisson.actions.following.read import read_cases

    if not cases:
        raise MissingFact("nothing to follow", missing=["a case"])
    hashes = {f"case {case.id}": hashlib.sha256(case.model_dump_json().encode()).hexdigest() for case in cases}
    return _many(read_cases(cases, hashes), asked or Asked(), output or Output(), made_at=made_at, progress=progress)


def _many(
    read: "Read", asked: Asked, output: Output, *, made_at: datetime, progress: Progress, remarks: Sequence[Finding] = ()
) -> FollowDone:
    """What one does with many patients, wherever they come from."""
    from dataclasses import replace

    from glisson.actions.following.cohort import Work, write_cohort
    from glisson.actions.following.files import require_format, tables_of
    from glisson.actions.following.responses import answers_of
    from glisson.actions.following.results import result_of_many

    require_format(output.format)
    progress(0.3, "judging every visit")
    answers = answers_of(replace(read, findings=(*remarks, *read.findings)), asked)
    tables = tables_of(answers, check=output.check)
    result = result_of_many(answers, asked, read, tables)
    if output.out is None:
        return FollowDone(result, ())
    progress(0.6, "drawing")
    return FollowDone(result, write_cohort(result, Work(answers, read, asked, made_at), tables, output))


def _course(subjects: "pl.DataFrame | None", measurements: "pl.DataFrame", remarks: list[Finding]) -> "Course | None":
    """Origins and survival of the patients whose tumours are in the tables; ``None`` without a table of subjects.

    Raises:
        BadInput: a patient with tumours is not among the subjects.
    """
    if subjects is None:
        return None
    from glisson.follow.course import course_from_tables
    from glisson.follow.sources import dated
    from glisson.records.cdisc.subjects import read_subjects

    table = read_subjects(subjects)
    measured = measurements.select("patient").unique()
    strangers = measured.join(table, on="patient", how="anti").height
    if strangers:
        raise BadInput(f"{strangers} patients of TU and TR are not among the subjects", do="give the whole table of subjects")
    kept = table.join(measured, on="patient", how="semi")
    if kept.height < table.height:
        said = f"{table.height - kept.height} of {table.height} subjects have no row in TU and TR: they are in no rate and no endpoint"
        remarks.append(Finding(code="subjects-without-tumours", level=Level.NOTE, text=said))
    died, alive = dated(kept, source="death", date="death"), dated(kept, source="known alive", date="last_alive")
    origins = {"first session": "first_session", "randomisation": "randomisation"}
    return course_from_tables(kept, died, alive, origins=origins)


FOLLOWED = ("adverse-event", "death", "progression", "last-contact", "lost-to-follow-up", "withdrawal")


def _require_something(case: Case) -> None:
    """Refuses a case in which nothing happened after a plan."""
    lesions = {site.id for site in case.sites if site.role is not None}
    measured = any(one.site in lesions for one in case.observations)
    happened = any(event.kind in FOLLOWED for event in case.events) or any(
        one.what.startswith("qlq_c30_") for one in case.observations
    )
    if not measured and not happened:
        raise MissingFact(
            "nothing to follow",
            missing=["measurements of lesions with a role", "an event after treatment", "a questionnaire"],
            do="add lesions with 'role' and their diameters by visit to case.yaml",
        )


__all__ = ["Asked", "FollowDone", "Output", "TumourFiles", "follow_case", "follow_cases", "follow_tables"]
