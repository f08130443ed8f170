"""The page of many patients: rates, endpoints, agreement of readers, and the plots with the numbers behind them."""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from glisson import __version__
from glisson.case import Level, Result
from glisson.report.back_pages import findings_block, provenance_blocks
from glisson.report.citations import Citations
from glisson.report.document import Block, Document, Figure, Headlines, Paragraph, Section
from glisson.report.follow_cohort_tables import (
    agreement_blocks,
    cohort_headlines,
    disagreement_blocks,
    endpoint_counts,
    rate_blocks,
)
from glisson.report.follow_plots import MOST_DRAWN, CohortPictures, draw_plots
from glisson.report.follow_tables import rules_table
from glisson.report.follow_write import write_document
from glisson.report.inputs import ReportFiles
from glisson.report.pages import DISCLAIMER
from glisson.report.words import cannot_say, instant

Value = Mapping[str, Any]


def write_cohort_page(
    folder: Path,
    *,
    result: Result,
    pictures: CohortPictures | None,
    made_at: datetime,
    simulated: bool = False,
    title: str = "Cohort",
) -> ReportFiles:
    """Writes ``cohort.html``, ``cohort.pdf`` and ``figures/`` (SVG, PNG, PDF and CSV of every plot).

    Args:
        folder: made if it does not exist.
        result: of kind "responses of many".
        pictures: ``None`` where no reader was chosen; the page says so.
        made_at: instant of the page, with its zone.
        simulated: a banner on top.
        title: in large letters.

    Raises:
        BadInput: ``made_at`` without a time zone.
    """
    with tempfile.TemporaryDirectory(prefix="glisson-cohort-") as name:
        drawn = Path(name)
        figures = draw_plots(drawn, pictures) if pictures is not None else []
        document = build_cohort_document(
            result, figures, made_at=made_at, simulated=simulated, title=title, drawable=pictures is not None
        )
        return write_document(folder, "cohort", document, drawn, made_at)


def build_cohort_document(
    result: Result, figures: Sequence[Figure], *, made_at: datetime, simulated: bool, title: str, drawable: bool = True
) -> Document:
    """The page from a Result of kind "responses of many"."""
    value, citations = result.value, Citations()
    loud = findings_block([result], (), (Level.STOP, Level.WARNING))
    sections = [
        Section("At a glance", (Headlines(tuple(cohort_headlines(value))),)),
        Section("Findings", (loud if loud.lines else Paragraph("No stop, no warning."),)),
        Section("Response", (*_plots(value, figures, drawable), *rate_blocks(value))),
        Section("Endpoints", tuple(endpoint_counts(value))),
    ]
    if len(value["readers"]) > 1:
        sections.append(Section("Readers", tuple(agreement_blocks(value))))
    if value["check"]["compared"]:
        sections.append(Section("Stated against computed", tuple(disagreement_blocks(value["check"]))))
    sections.append(Section("Rules", (rules_table(value, citations),)))
    for name in result.sources:
        citations.mark(name)
    if (quiet := findings_block([result], (), (Level.NOTE,))).lines:
        sections.append(Section("Notes", (quiet,)))
    sections += [Section("Sources", (citations.references(),)), Section("Provenance", provenance_blocks([result]))]
    criteria = ", ".join(value["criteria"]) or cannot_say("nothing was measured")
    return Document(
        case=title, subtitle=f"{value['patients']} patients · {criteria}", made_at=instant(made_at), simulated=simulated,
        disclaimer=DISCLAIMER, version=__version__, sections=tuple(sections), kicker="Follow-up",
    )  # fmt: skip


def _plots(value: Value, figures: Sequence[Figure], drawable: bool) -> list[Block]:
    if figures:
        return list(figures)
    why = "no sum was measured" if drawable else "no reader was chosen"
    return [Paragraph(f"Plots: not drawn ({f'more than {MOST_DRAWN} patients' if value['patients'] > MOST_DRAWN else why}).")]
