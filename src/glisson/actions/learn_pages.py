"""Pages of ``learn``: a Result with its figures as HTML and PDF, and the numbers behind every figure."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from glisson.case import Result
from glisson.errors import BadInput

if TYPE_CHECKING:
    from glisson.report.inputs import ReportFiles

KINDS = ("meta-analysis", "survival", "friend or foe")


def write_learn_page(result: Result, out: Path, *, made_at: datetime) -> tuple[Path, ...]:
    """Writes the page of a Result into a folder; files of an earlier one are replaced.

    Args:
        result: of a kind in ``KINDS``; one of survival has to hold its curves (``SurvivalWanted(curves=True)``).
        out: made if it does not exist.
        made_at: printed, with its zone.

    Raises:
        BadInput: a Result of another kind, or ``out`` is a file.
    """
    if out.exists() and not out.is_dir():
        raise BadInput(f"'{out.name}' is a file", do="name a folder with --out")
    files = _writer(result.kind)(out, result=result, made_at=made_at)
    return (files.html, files.pdf, *files.figures)


def _writer(kind: str) -> "Callable[..., ReportFiles]":
    from glisson.report.combination_pages import write_combination_page
    from glisson.report.meta_pages import write_meta_page
    from glisson.report.survival_pages import write_survival_page

    writers = dict(zip(KINDS, (write_meta_page, write_survival_page, write_combination_page), strict=True))
    if kind not in writers:
        raise BadInput(f"no page for a Result of kind '{kind}'", allowed=", ".join(KINDS))
    return writers[kind]
