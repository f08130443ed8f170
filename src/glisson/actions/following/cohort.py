"""What is written of many patients: tables, the Result, the page with its plots, and pages of patients that were asked for."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from glisson.actions.following.asked import Asked
from glisson.actions.following.files import write_tables
from glisson.actions.following.output import Output
from glisson.actions.following.pictures import pictures_of
from glisson.actions.following.read import Read
from glisson.actions.following.responses import Answers
from glisson.actions.following.results import result_of_one
from glisson.actions.following.words import lesion_names, subtitle
from glisson.case import Case, Result
from glisson.errors import BadInput
from glisson.whole_file import write_text

ALL = "all"


@dataclass(frozen=True)
class Work:
    """What was read, asked and answered, and the instant that is printed."""

    answers: Answers
    read: Read
    asked: Asked
    made_at: datetime

    def case(self, patient: str) -> Case | None:
        """The case of a patient, where there is one."""
        return next((case for case in self.read.cases if case.id == patient), None)


def write_cohort(result: Result, work: Work, tables: dict[str, pl.DataFrame], output: Output) -> tuple[Path, ...]:
    """Writes everything into ``output.out`` and returns the files to open.

    Raises:
        BadInput: a page is asked for of a patient who is not there.
    """
    from glisson.report.follow_cohort import write_cohort_page
    from glisson.report.follow_plots import MOST_DRAWN

    out = output.out
    assert out is not None
    patients = _with_page(work.answers, output.pages)
    simulated = bool(work.read.cases) and all(case.simulated for case in work.read.cases)
    few = work.answers.references.height <= MOST_DRAWN
    pictures = pictures_of(work.answers, work.asked) if few else None
    page = write_cohort_page(out, result=result, pictures=pictures, made_at=work.made_at, simulated=simulated)
    written = write_tables(out, tables, output.format)
    stamped = out / "response.json"
    write_text(stamped, result.to_json() + "\n")
    pages = [_page(out / "patients" / folder_name(patient), patient, work) for patient in patients]
    return (page.html, page.pdf, *written, stamped, *pages)


def _with_page(answers: Answers, pages: tuple[str, ...]) -> list[str]:
    """Patients whose page is asked for."""
    known = answers.references["patient"].to_list()
    if ALL in pages:
        return list(known)
    strange = len([name for name in pages if name not in known])
    if strange:
        said = f"{ALL}, or some of the {len(known)} patients of the tables"
        raise BadInput(f"pages of {strange} patients who are not in the tables", allowed=said)
    return list(dict.fromkeys(pages))


def _page(folder: Path, patient: str, work: Work) -> Path:
    from glisson.report.follow_write import write_follow_page

    case = work.case(patient)
    result = result_of_one(patient, work.answers, work.asked, work.read, case)
    page = write_follow_page(
        folder,
        result=result,
        made_at=work.made_at,
        subtitle=subtitle(case) if case else ", ".join(result.value["criteria"]),
        simulated=case.simulated if case else False,
        names=lesion_names(case) if case else {},
    )
    return page.html


def folder_name(patient: str) -> str:
    """A name for a folder, from a pseudonym.

    >>> folder_name("01-701/1015")
    '01-701_1015'
    """
    return re.sub(r"[^A-Za-z0-9._-]", "_", patient).strip(".") or "patient"
