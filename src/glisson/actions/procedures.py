"""``tace``, ``hai``, ``systemic``: plans of drugs from what case.yaml asks; each leaves its Result and its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from glisson.actions.open_case import OpenCase, open_case
from glisson.case import Result, Treatment
from glisson.errors import BadInput, MissingFact
from glisson.records.results import store_result

if TYPE_CHECKING:
    from glisson.report.figures.procedure_margin import SurfacePicture

FOLDER = "procedures"
"""Where the pages lie in a case."""


@dataclass(frozen=True)
class ProcedureDone:
    """What was computed and written."""

    result: Result
    files: tuple[Path, ...]


def plan_tace(folder: Path, *, treatment: str | None = None, out: Path | None = None, made_at: datetime) -> ProcedureDone:
    """The plan of a chemoembolization; writes ``results/tace-<treatment>.json`` and its page.

    Args:
        folder: the case folder.
        treatment: id; needed only if several are asked for.
        out: folder of the page; ``procedures/`` in the case if ``None``.
        made_at: printed on the page, with its zone.

    Raises:
        GlissonError: the case asks for none, or what it says cannot be used; nothing was written.
    """
    from glisson.plan.tace_of_case import tace_result

    opened = open_case(folder)
    asked = _asked(opened, treatment, keys=("tace",), kinds=("TACE",))
    return keep(opened, tace_result(opened.case, asked), f"tace-{asked.id}", out=out, made_at=made_at)


def plan_hai(folder: Path, *, treatment: str | None = None, out: Path | None = None, made_at: datetime) -> ProcedureDone:
    """The plan of a pump, or the cycles of an infusion into the hepatic artery; writes ``results/hai-<treatment>.json`` and its page.

    Args:
        folder: the case folder.
        treatment: id; needed only if several are asked for.
        out: folder of the page; ``procedures/`` in the case if ``None``.
        made_at: printed on the page, with its zone.

    Raises:
        GlissonError: the case asks for none, or what it says cannot be used; nothing was written.
    """
    from glisson.plan.pump_of_case import pump_result
    from glisson.plan.systemic_of_case import systemic_result

    opened = open_case(folder)
    asked = _asked(opened, treatment, keys=("pump", "cycles"), kinds=("HAI",))
    result = pump_result(opened.case, asked) if asked.pump is not None else systemic_result(opened.case, asked)
    return keep(opened, result, f"hai-{asked.id}", out=out, made_at=made_at)


def plan_systemic(folder: Path, *, treatment: str | None = None, out: Path | None = None, made_at: datetime) -> ProcedureDone:
    """Doses and calendar of a systemic regimen beside the procedures; writes ``results/systemic-<treatment>.json`` and its page.

    Args:
        folder: the case folder.
        treatment: id; needed only if several are asked for.
        out: folder of the page; ``procedures/`` in the case if ``None``.
        made_at: printed on the page, with its zone.

    Raises:
        GlissonError: the case asks for none, or what it says cannot be used; nothing was written.
    """
    from glisson.plan.systemic_of_case import systemic_result

    opened = open_case(folder)
    asked = _asked(opened, treatment, keys=("cycles",), kinds=("systemic",))
    return keep(opened, systemic_result(opened.case, asked), f"systemic-{asked.id}", out=out, made_at=made_at)


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


def _asked(opened: OpenCase, name: str | None, *, keys: Sequence[str], kinds: Sequence[str]) -> Treatment:
    """The treatment of that id, or the only one of these kinds of which one of ``keys`` is asked."""
    wanted = f"a treatment of kind {' or '.join(kinds)} with {' or '.join(repr(key) for key in keys)}"
    if name is not None:
        found = [opened.case.treatment(name)]
        if found[0].kind not in kinds:
            raise BadInput(
                f"treatment '{name}' is {found[0].kind}", allowed=" or ".join(kinds), do="name another with --treatment"
            )
    else:
        found = [t for t in opened.case.treatments if t.kind in kinds and any(getattr(t, key) is not None for key in keys)]
    if not found or all(getattr(found[0], key) is None for key in keys):
        raise MissingFact("nothing to plan", missing=[wanted], do="add it to case.yaml")
    if len(found) > 1:
        allowed = ", ".join(treatment.id for treatment in found)
        raise BadInput(f"{len(found)} treatments could be planned", allowed=allowed, do="name one with --treatment")
    return found[0]
