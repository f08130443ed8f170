"""The report as a document: which sections there are, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from glisson import __version__
from glisson.case import Case, Finding, Level, Result, Run
from glisson.report.back_pages import findings_block, provenance_blocks
from glisson.report.citations import Citations
from glisson.report.document import Block, Document, Figure, Headlines, Paragraph, Section
from glisson.report.dose_pages import delivery_blocks, dose_blocks, dose_headlines
from glisson.report.engine_pages import engine_blocks
from glisson.report.plan_pages import plan_blocks, plan_headlines
from glisson.report.signature import signature
from glisson.report.words import cannot_say, instant, opening, plain

PLAN, DOSE, ENGINES = "activity plan", "absorbed dose", "engines side by side"
DISCLAIMER = "Research software, not a medical device. It lists, computes and cites; it does not decide."


@dataclass(frozen=True)
class Figures:
    """Pictures by the place where they stand."""

    plan: tuple[Figure, ...] = ()
    dose: tuple[Figure, ...] = ()
    curves: tuple[Figure, ...] = ()
    engines: tuple[Figure, ...] = ()


def build_document(
    case: Case,
    results: Sequence[Result],
    figures: Figures,
    missing: Sequence[str],
    made_at: datetime,
    *,
    findings: Sequence[Finding] = (),
    runs: Sequence[Run] = (),
) -> Document:
    """At a glance, stops and warnings, then plan, dose, plan against delivery, engines side by side, other results, sources, provenance.

    Args:
        case: who.
        results: any of them may be absent, and any key inside them.
        figures: already drawn.
        missing: sentences about pictures that could not be drawn.
        made_at: printed as the time of the report.
        findings: about the results as they stand in the case now.
        runs: what computing them took; one that belongs to none of them is not printed.
    """
    citations = Citations()
    plans = [r for r in results if r.kind == PLAN]
    doses = [r for r in results if r.kind == DOSE]
    others = [r for r in results if r.kind not in (PLAN, DOSE, ENGINES)]
    loud = findings_block(results, findings, (Level.STOP, Level.WARNING))
    sections = [_glance(case, plans, doses), Section("Findings", (loud,))]
    for number, plan in enumerate(plans):
        last = number == len(plans) - 1
        sections.append(
            Section(_numbered("Plan", number, plans), plan_blocks(plan, case, citations, figures.plan if last else ()))
        )
    for number, dose in enumerate(doses):
        last = number == len(doses) - 1
        pictures, curves = (figures.dose, figures.curves) if last else ((), ())
        run = next((run for run in runs if run.result == dose.sha256()), None)
        blocks = dose_blocks(dose, case, citations, pictures, curves, run=run)
        sections.append(Section(_numbered("Absorbed dose", number, doses), blocks))
        if compared := delivery_blocks(dose):
            sections.append(Section("Plan against delivery", compared))
    sections += [Section("Engines side by side", engine_blocks(r, figures.engines)) for r in results if r.kind == ENGINES]
    sections += [Section(opening(r.kind), (Paragraph(plain(r.value)),)) for r in others]
    for result in results:
        citations.collect(result.value)
        for name in result.sources:
            citations.mark(name)
    if (quiet := findings_block(results, findings, (Level.NOTE,))).lines:
        sections.append(Section("Notes", (quiet,)))
    sections.append(Section("Sources", _sources(citations)))
    sections.append(Section("Provenance", (*(Paragraph(words) for words in missing), *provenance_blocks(results))))
    treatment = next((t for t in reversed(case.treatments) if t.kind == "radioembolization"), None)
    product = f" · {treatment.product}" if treatment is not None and treatment.product else ""
    return Document(
        case=case.id,
        subtitle=f"{case.disease.value if case.disease.value != 'unknown' else 'disease: ' + cannot_say('not entered')}{product}",
        made_at=instant(made_at),
        simulated=case.simulated,
        disclaimer=DISCLAIMER,
        version=__version__,
        sections=tuple(sections),
    )


def _numbered(title: str, number: int, several: Sequence[Result]) -> str:
    return title if len(several) == 1 else f"{title} {number + 1} ({several[number].method})"


def _glance(case: Case, plans: Sequence[Result], doses: Sequence[Result]) -> Section:
    blocks: list[Block] = []
    for result in plans:
        if items := plan_headlines(result, case):
            blocks += [Headlines(tuple(items)), signature(result, case)]
    for result in doses:
        blocks.append(Headlines(tuple(dose_headlines(result))))
    if not blocks:
        blocks.append(Paragraph(f"Plan and absorbed dose: {cannot_say('the report was made without either')}."))
    return Section("At a glance", tuple(blocks))


def _sources(citations: Citations) -> tuple[Block, ...]:
    references = citations.references()
    return (references,) if references.lines else (Paragraph(f"Sources: {cannot_say('the results name none')}."),)
