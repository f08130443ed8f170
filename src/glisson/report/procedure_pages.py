"""The page of one procedure as a document: what is looked for first, what speaks against it, the numbers, who says so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from glisson import __version__
from glisson.case import Case, Level, Result
from glisson.report import procedure_ablation, procedure_cycles, procedure_pump, procedure_remnant, procedure_tace
from glisson.report.back_pages import findings_block, provenance_blocks
from glisson.report.citations import Citations
from glisson.report.document import Document, Figure, HeadlineItem, Headlines, Paragraph, Section
from glisson.report.pages import DISCLAIMER
from glisson.report.words import cannot_say, instant

Blocks = Callable[[Any, Sequence[Figure], Citations], list[Section]]


@dataclass(frozen=True)
class Page:
    """How the Result of one kind becomes a page."""

    kicker: str
    headlines: Callable[[Any], Sequence[HeadlineItem]]
    sections: Blocks


PAGES = {
    "ablation margin": Page("Ablation margin", procedure_ablation.headlines, procedure_ablation.sections),
    "remnant volume": Page("Future liver remnant", procedure_remnant.headlines, procedure_remnant.sections),
    "chemoembolization plan": Page("Chemoembolization plan", procedure_tace.headlines, procedure_tace.sections),
    "pump plan": Page("Hepatic artery pump", procedure_pump.headlines, procedure_pump.sections),
    "cycles": Page("Cycles and doses", procedure_cycles.headlines, procedure_cycles.sections),
}


def build_procedure_document(case: Case, result: Result, figures: Sequence[Figure], *, made_at: datetime) -> Document:
    """The page from a Result of one of the kinds of ``PAGES``.

    Args:
        case: who.
        result: what was computed.
        figures: already drawn.
        made_at: printed as the time of the page.
    """
    page, citations = PAGES[result.kind], Citations()
    loud = findings_block([result], (), (Level.STOP, Level.WARNING))
    sections = [
        Section("At a glance", (Headlines(tuple(page.headlines(result.value))),)),
        Section("Findings", (loud if loud.lines else Paragraph("No stop, no warning."),)),
        *page.sections(result.value, figures, citations),
    ]
    for name in result.sources:
        citations.mark(name)
    if (quiet := findings_block([result], (), (Level.NOTE,))).lines:
        sections.append(Section("Notes", (quiet,)))
    sections.append(Section("Sources", (citations.references(),)))
    sections.append(Section("Provenance", provenance_blocks([result])))
    disease = case.disease.value if case.disease.value != "unknown" else f"disease: {cannot_say('not entered')}"
    return Document(
        case=case.id,
        subtitle=f"{disease} · {result.method}",
        made_at=instant(made_at),
        simulated=case.simulated,
        disclaimer=DISCLAIMER,
        version=__version__,
        sections=tuple(sections),
        kicker=page.kicker,
    )
