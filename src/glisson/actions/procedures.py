"""``tace``, ``hai``, ``systemic``: plans of drugs from what case.yaml asks; each leaves its Result and its page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from glisson.actions.open_case import OpenCase, open_case
from glisson.case import Case, Result, Treatment
from glisson.errors import BadInput, MissingFact
from glisson.records.results import store_result

if TYPE_CHECKING:
    from glisson.report.figures.procedure_margin import SurfacePicture

FOLDER = "procedures"
"""Where the pages lie in a case."""


@dataclass(frozen=True)
class Verb:
    """A plan of drugs: its name, the kind of treatment that asks for it, and the keys under which it asks."""

    name: str
    kind: str
    keys: tuple[str, ...]


TACE, HAI, SYSTEMIC = (
    Verb("tace", "TACE", ("tace",)),
    Verb("hai", "HAI", ("pump", "cycles")),
    Verb("systemic", "systemic", ("cycles",)),
)


@dataclass(frozen=True)
class ProcedureDone:
    """What was computed and written."""

    result: Result
    files: tuple[Path, ...]


def plan_tace(folder: Path, *, treatment: str | None = None, out: Path | None = None, made_at: datetime) -> ProcedureDone:
    """The plan of a chemoembolization; writes ``results/tace-<treatment>.json`` and its page.

    What the rules of ``weigh`` say against the option on the day of ``made_at`` stands beside the plan.

    Args:
        folder: the case folder.
        treatment: id; needed only if several are asked for.
        out: folder of the page; ``procedures/`` in the case if ``None``.
        made_at: printed on the page, with its zone.

    Raises:
        GlissonError: the case asks for none, or what it says cannot be used; nothing was written.
    """
    from glisson.knowledge.guidelines import option
    from glisson.plan.tace_of_case import tace_result
    from glisson.plan.tace_warnings import IRINOTECAN
    from glisson.weigh.warnings import warnings_on

    def result_of(case: Case, asked: Treatment) -> Result:
        day = made_at.date()
        irinotecan = asked.tace is not None and asked.tace.drug == IRINOTECAN
        said = warnings_on(case, option("irinotecan-tace" if irinotecan else "tace"), day=day)
        result = tace_result(case, asked, findings=said.findings)
        parameters = {**result.parameters, "rules_asked_on": day.isoformat()}
        return result.model_copy(
            update={"parameters": parameters, "sources": tuple(dict.fromkeys([*result.sources, *said.sources]))}
        )

    return _planned(folder, treatment, TACE, result_of, out=out, made_at=made_at)


def plan_hai(folder: Path, *, treatment: str | None = None, out: Path | None = None, made_at: datetime) -> ProcedureDone:
    """The plan of a pump, or the cycles of an infusion into the hepatic artery; writes ``results/hai-<treatment>.json`` and its page.

    Arguments and errors are those of ``plan_tace``.
    """
    from glisson.plan.pump_of_case import pump_result
    from glisson.plan.systemic_of_case import systemic_result

    def result_of(case: Case, asked: Treatment) -> Result:
        return (pump_result if asked.pump is not None else systemic_result)(case, asked)

    return _planned(folder, treatment, HAI, result_of, out=out, made_at=made_at)


def plan_systemic(folder: Path, *, treatment: str | None = None, out: Path | None = None, made_at: datetime) -> ProcedureDone:
    """Doses and calendar of a systemic regimen beside the procedures; writes ``results/systemic-<treatment>.json`` and its page.

    Arguments and errors are those of ``plan_tace``.
    """
    from glisson.plan.systemic_of_case import systemic_result

    return _planned(folder, treatment, SYSTEMIC, systemic_result, out=out, made_at=made_at)


def keep(
    opened: OpenCase,
    result: Result,
    name: str,
    *,
    out: Path | None,
    made_at: datetime,
    picture: "SurfacePicture | None" = None,
) -> ProcedureDone:
    """Writes a Result and its page; nothing is written before both are made."""
    from glisson.report.procedure_write import write_procedure_page

    case = opened.case
    page = write_procedure_page(out or opened.folder / FOLDER, name, case=case, result=result, made_at=made_at, picture=picture)
    return ProcedureDone(result, (page.html, page.pdf, store_result(opened.folder, result, name)))


def _planned(
    folder: Path,
    treatment: str | None,
    verb: Verb,
    result_of: Callable[[Case, Treatment], Result],
    *,
    out: Path | None,
    made_at: datetime,
) -> ProcedureDone:
    """One plan: the treatment that asks for it, its Result, its page."""
    opened = open_case(folder)
    asked = _asked(opened, treatment, verb)
    return keep(opened, result_of(opened.case, asked), f"{verb.name}-{asked.id}", out=out, made_at=made_at)


def _asked(opened: OpenCase, name: str | None, verb: Verb) -> Treatment:
    """The treatment of that id, or the only one of the verb's kind of which one of its keys is asked."""
    keys = verb.keys
    wanted = f"a treatment of kind {verb.kind} with {' or '.join(repr(key) for key in keys)}"
    if name is not None:
        found = [opened.case.treatment(name)]
        if found[0].kind != verb.kind:
            raise BadInput(f"treatment '{name}' is {found[0].kind}", allowed=verb.kind, do="name another with --treatment")
    else:
        found = [t for t in opened.case.treatments if t.kind == verb.kind and any(getattr(t, key) is not None for key in keys)]
    if not found or all(getattr(found[0], key) is None for key in keys):
        raise MissingFact("nothing to plan", missing=[wanted], do="add it to case.yaml")
    if len(found) > 1:
        allowed = ", ".join(treatment.id for treatment in found)
        raise BadInput(f"{len(found)} treatments could be planned", allowed=allowed, do="name one with --treatment")
    return found[0]
