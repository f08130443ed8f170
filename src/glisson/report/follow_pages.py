"""The follow-up page of one patient as a document: which sections there are, in which order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from glisson import __version__
from glisson.case import Level, Result
from glisson.report.back_pages import findings_block, provenance_blocks
from glisson.report.citations import Citations
from glisson.report.document import Block, Document, Figure, HeadlineItem, Headlines, Paragraph, Section
from glisson.report.follow_course import visits_of
from glisson.report.follow_harm import harm_blocks, quality_blocks
from glisson.report.follow_tables import (
    EVENTS,
    TONES,
    best_table,
    check_blocks,
    course_tables,
    endpoint_blocks,
    lesion_table,
    rules_table,
    signed,
)
from glisson.report.pages import DISCLAIMER
from glisson.report.words import CANNOT_SAY, cannot_say, instant, listed, number, percent

Value = Mapping[str, Any]


def build_follow_document(
    result: Result,
    figures: Sequence[Figure],
    *,
    made_at: datetime,
    subtitle: str,
    simulated: bool,
    names: Mapping[str, str],
) -> Document:
    """The page from a Result of kind "response".

    Args:
        result: what was computed; any part of it may be absent.
        figures: already drawn.
        made_at: printed as the time of the page.
        subtitle: disease and treatments in words.
        simulated: prints the banner.
        names: of lesions, by id.
    """
    value, citations = result.value, Citations()
    reader = str(value["reader"] or (value["readers"] or [CANNOT_SAY])[0])
    loud = findings_block([result], (), (Level.STOP, Level.WARNING))
    sections = [
        Section("At a glance", (Headlines(tuple(headlines(value, reader))), _rules_line(value))),
        Section("Findings", (loud if loud.lines else Paragraph("No stop, no warning."),)),
        Section("Course", tuple(_course(value, reader, figures, names))),
        Section("Best response", tuple(best_table(value))),
        Section("Endpoints", tuple(endpoint_blocks(value))),
    ]
    if checked := check_blocks(listed(value, "check")):
        sections.append(Section("Stated against computed", tuple(checked)))
    if value.get("harm") is not None:
        sections.append(Section("Harm", tuple(harm_blocks(value["harm"], citations))))
        sections.append(Section("Quality of life", tuple(quality_blocks(value.get("quality_of_life")))))
    sections.append(Section("Rules", (rules_table(value, citations),)))
    for name in result.sources:
        citations.mark(name)
    if (quiet := findings_block([result], (), (Level.NOTE,))).lines:
        sections.append(Section("Notes", (quiet,)))
    sections.append(Section("Sources", (citations.references(),)))
    sections.append(Section("Provenance", provenance_blocks([result])))
    return Document(
        case=str(value["patient"]), subtitle=subtitle, made_at=instant(made_at), simulated=simulated, disclaimer=DISCLAIMER,
        version=__version__, sections=tuple(sections), kicker="Follow-up",
    )  # fmt: skip


def headlines(value: Value, reader: str) -> list[HeadlineItem]:
    """Best response, deepest change, last call, worst grade and survival."""
    criterion = (value["criteria"] or [""])[0]
    return [
        _best(value, criterion, reader),
        _deepest(value, criterion, reader),
        _last(value, criterion, reader),
        *_worst(value),
        *_survival(value),
    ]


def _best(value: Value, criterion: str, reader: str) -> HeadlineItem:
    found = {
        row["confirmed"]: row["best"] for row in listed(value, "best") if (row["criterion"], row["reader"]) == (criterion, reader)
    }
    said = str(found.get(False) or CANNOT_SAY)
    note = f"{found[True]} when confirmation is asked for" if found.get(True) else ""
    return HeadlineItem(
        said, "", f"best response, {criterion}" if criterion else "best response", note, "bad" if TONES.get(said) == "bad" else ""
    )


def _deepest(value: Value, criterion: str, reader: str) -> HeadlineItem:
    row = next((r for r in listed(value, "depth") if (r["criterion"], r["reader"]) == (criterion, reader)), None)
    change = row["best_change_fraction"] if row else None
    note = f"at {row['visit']}" if row and change is not None else ""
    return HeadlineItem(signed(percent(change)), "%" if change is not None else "", "best change of the sum", note)


def _last(value: Value, criterion: str, reader: str) -> HeadlineItem:
    visits = visits_of(value, criterion, reader)
    if not visits:
        return HeadlineItem(CANNOT_SAY, "", "last visit", "no follow-up was measured")
    last = visits[-1]
    return HeadlineItem(
        str(last["overall"]),
        "",
        f"last visit, {last['visit']}",
        str(last["date"] or ""),
        "bad" if TONES.get(last["overall"]) == "bad" else "",
    )


def _worst(value: Value) -> list[HeadlineItem]:
    harm = value.get("harm")
    if harm is None:
        return []
    grades = [
        (e["grade"], e["term"]) for e in listed(harm, "events") if e["grade"] is not None and e["phase"] != "before treatment"
    ]
    if not grades:
        return [HeadlineItem("none", "", "worst adverse event", "none is on record since treatment")]
    grade, term = max(grades, key=lambda pair: pair[0])
    return [HeadlineItem(f"grade {grade}", "", "worst adverse event", str(term), "bad" if grade >= 3 else "")]


def _survival(value: Value) -> list[HeadlineItem]:
    row = next((r for r in listed(value, "endpoints") if r["endpoint"] == "OS"), None)
    if row is None or row["months"] is None:
        return []
    note = "died" if row["event"] == 1 else f"{EVENTS[row['event']]}, alive then"
    return [HeadlineItem(number(row["months"], 1), "months", f"survival from {row['origin_name']}", note)]


def _rules_line(value: Value) -> Paragraph:
    changed = [f"{rule['option']}: {rule['choice']}" for rule in listed(value, "rules") if not rule["default"]]
    criteria = ", ".join(value["criteria"]) or cannot_say("no lesion was measured")
    said = (
        f"Options changed from their defaults: {'; '.join(changed)}."
        if changed
        else "All options at their defaults; the section Rules lists them."
    )
    return Paragraph(f"Criteria: {criteria}. {said}")


def _course(value: Value, reader: str, figures: Sequence[Figure], names: Mapping[str, str]) -> list[Block]:
    if not listed(value, "visits"):
        return [Paragraph(f"Response: {cannot_say('no follow-up of a lesion with a role was measured')}.")]
    readers = [reader, *(name for name in value["readers"] if name != reader)]
    blocks: list[Block] = [*figures, lesion_table(value, reader, names)]
    blocks += [block for criterion in value["criteria"] for block in course_tables(value, criterion, reader)]
    blocks += [lesion_table(value, other, names) for other in readers[1:]]
    return blocks + [
        block for other in readers[1:] for criterion in value["criteria"] for block in course_tables(value, criterion, other)
    ]
