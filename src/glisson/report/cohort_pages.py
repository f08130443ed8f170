"""The report of a registry as a document: the results section of a paper, then how it was made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from glisson import __version__
from glisson.case import Level, Result
from glisson.report.back_pages import findings_block, provenance_blocks
from glisson.report.citations import Citations
from glisson.report.cohort_describe import flow_blocks, session_blocks, table_one_blocks
from glisson.report.cohort_describe_outcomes import harm_blocks, response_blocks
from glisson.report.cohort_describe_quality import quality_blocks
from glisson.report.cohort_dose import dose_blocks
from glisson.report.cohort_models import model_blocks, subgroup_blocks, weighting_blocks
from glisson.report.cohort_survival import beside_blocks, next_study_blocks, response_effect_blocks, survival_blocks
from glisson.report.cohort_words import Names, long_name, months, p_value, percent
from glisson.report.document import (
    Block,
    Cell,
    Column,
    Document,
    Figure,
    HeadlineItem,
    Headlines,
    Paragraph,
    Section,
    table,
)
from glisson.report.pages import DISCLAIMER
from glisson.report.words import instant

Value = Mapping[str, Any]
KICKER = "Registry report"


@dataclass
class Pictures:
    """Figures of a report by the section and part that they belong to."""

    found: dict[tuple[str, str], list[Figure]] = field(default_factory=dict)

    def add(self, section: str, figures: Sequence[Figure], part: str = "") -> None:
        """Adds figures to a section."""
        self.found.setdefault((section, part), []).extend(figures)

    def of(self, section: str, part: str = "") -> list[Figure]:
        """Figures of a part."""
        return self.found.get((section, part), [])


def build_registry_document(result: Result, pictures: Pictures, *, made_at: datetime, simulated: bool) -> Document:
    """The report from a Result of kind "registry report".

    Args:
        result: of the analysis by protocol.
        pictures: its figures.
        made_at: printed, with its zone.
        simulated: prints the banner.
    """
    value, citations = result.value, Citations()
    names = Names(value["variables"])
    loud = findings_block([result], (), (Level.STOP, Level.WARNING))
    sections = [
        Section("At a glance", (Headlines(tuple(headlines(value))), Paragraph(str(value["protocol"]["because"])))),
        Section("Patients", (*pictures.of("flow"), *flow_blocks(value["flow"]), *table_one_blocks(value["table_one"]))),
        Section("Treatment", (*session_blocks(value["sessions"]), *pictures.of("sequences"))),
        Section("Response", (*pictures.of("response"), *response_blocks(value["response"]), *pictures.of("course"))),
        *_survival(value, names, pictures),
        *_models(value, names, pictures),
        Section("Harm", (*pictures.of("harm"), *harm_blocks(value["harm"]))),
        Section("Quality of life", (*pictures.of("quality"), *quality_blocks(value["quality"]))),
        *_further(value),
        Section("Limits", tuple(Paragraph(text) for text in value["limits"])),
        Section("Findings", (loud if loud.lines else Paragraph("No stop, no warning."),)),
        Section("Methods", tuple(_methods(value))),
    ]
    for name in (*value["protocol"]["sources"], *result.sources):
        citations.mark(name)
    sections += [Section("Sources", (citations.references(),)), Section("Provenance", provenance_blocks([result]))]
    protocol = value["protocol"]
    return Document(
        case=str(protocol["title"]), subtitle=_subtitle(value), made_at=instant(made_at), simulated=simulated, disclaimer=DISCLAIMER,
        version=__version__, sections=tuple(section for section in sections if section.blocks), kicker=KICKER,
    )  # fmt: skip


def _subtitle(value: Value) -> str:
    protocol = value["protocol"]
    return f"{value['flow'].get('treated', 0)} patients · protocol {protocol['protocol']}, edition {protocol['edition']}"


def headlines(value: Value) -> list[HeadlineItem]:
    """How many, how long followed, and the main figure of every endpoint."""
    items = [HeadlineItem(str(value["flow"].get("treated", "–")), "patients", "treated and analysed")]
    for section in value["survival"]:
        if "cannot_say" in section:
            items.append(HeadlineItem("cannot say", "", long_name(section.get("name", section["id"])), tone="unknown"))
            continue
        everyone = section["groups"][0]
        if section["competing"]:
            at = next(
                (row for row in everyone["incidence"][0]["at_times"] if row["incidence"] is not None and row["time"] >= 12), None
            )
            if at is not None:
                label = f"{long_name(section['name'])}, incidence at {at['time']:g} months"
                items.append(HeadlineItem(f"{100 * at['incidence']:.0f}", "%", label, _ends(percent(at, "incidence"), section)))
        else:
            median = everyone["median"]
            said = "not reached" if median["time"] is None else f"{median['time']:.1f}"
            items.append(
                HeadlineItem(
                    said,
                    "" if median["time"] is None else "months",
                    f"median {long_name(section['name']).lower()}",
                    _ends(months(median), section),
                )
            )
    return items


def _ends(said: str, section: Value) -> str:
    """The interval behind an estimate, without the estimate: "95 % CI 11.7 to 19.9"; nothing where there is none."""
    _, opened, ends = said.partition("(")
    return f"{100 * section['confidence_fraction']:g} % CI {ends.removesuffix(')')}" if opened else ""


def _survival(value: Value, names: Names, pictures: Pictures) -> list[Section]:
    groups = value["protocol"]["groups"]
    sections = []
    for section in value["survival"]:
        figures = pictures.of("survival", section["id"])
        definition, *rest = survival_blocks(section, names, groups)
        sections.append(Section(long_name(section.get("name", section["id"])), (definition, *figures, *rest)))
    if figures := pictures.of("centres"):
        sections.append(Section("Centres", tuple(figures)))
    effects = [block for section in value["response_effect"] for block in response_effect_blocks(section)]
    return [*sections, *([Section("Response and survival", tuple(effects))] if effects else [])]


def _models(value: Value, names: Names, pictures: Pictures) -> list[Section]:
    blocks: list[Block] = []
    for section in value["models"]:
        blocks += model_blocks(section, names, pictures.of("models", section["id"]))
    sections = [Section("Prognostic factors", tuple(blocks))] if blocks else []
    if "weighting" in value:
        sections.append(
            Section("Adjusted comparison", tuple(weighting_blocks(value["weighting"], names, pictures.of("weighting"))))
        )
    if "subgroups" in value:
        sections.append(Section("Subgroups", tuple(subgroup_blocks(value["subgroups"], names, pictures.of("subgroups")))))
    if "dose_response" in value:
        sections.append(Section("Absorbed dose", tuple(dose_blocks(value["dose_response"], pictures.of("dose_response")))))
    return sections


def _further(value: Value) -> list[Section]:
    sections = []
    if value.get("beside"):
        sections.append(Section("Beside published figures", tuple(beside_blocks(value["beside"]))))
    if "next_study" in value:
        sections.append(Section("The next study", tuple(next_study_blocks(value["next_study"]))))
    return sections


def _methods(value: Value) -> list[Block]:
    """Sentences by STROBE item, with where each method is from."""
    rows = [[Cell(one["item"]), Cell(one["text"]), Cell("; ".join(one["references"]))] for one in value["methods"]]
    columns = (Column("STROBE", align="left"), Column("What was done", align="left"), Column("Method", align="left"))
    blocks: list[Block] = [
        table("Methods", columns, rows, "The sentences state what the protocol asked for and the program did.")
    ]
    if found := value.get("multiplicity"):
        blocks.append(_many_tests(found))
    return blocks


def _many_tests(found: Value) -> Block:
    """Tests of the family of the protocol, before and after adjustment."""
    rows = [[Cell(one["test"]), Cell(p_value(one["p"])), Cell(p_value(one["adjusted"]))] for one in found["tests"]]
    columns = (Column("Test", align="left"), Column("P"), Column("P adjusted"))
    return table("Tests adjusted together", columns, rows, found["statement"])
