"""The page of options as a document: verdicts first, then what to ask, timing, conflicts, and each option in detail."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from glisson import __version__
from glisson.case import Level, Result
from glisson.report.back_pages import findings_block, provenance_blocks
from glisson.report.citations import Citations
from glisson.report.document import (
    Block,
    Cell,
    Column,
    Document,
    Facts,
    Heading,
    HeadlineItem,
    Headlines,
    Paragraph,
    Section,
    table,
)
from glisson.report.pages import DISCLAIMER
from glisson.report.weigh_like import LikeShown, like_section
from glisson.report.weigh_tables import (
    arms_table,
    ask_table,
    computed_table,
    conflict_table,
    links,
    rules_table,
    timeline_table,
    verdict_table,
)
from glisson.report.words import CANNOT_SAY, cannot_say, instant, opening

Value = Mapping[str, Any]
GROUPS = (("procedure", "Procedures"), ("systemic", "Systemic therapy"), ("combination", "Combinations and sequences"))
MOST_NAMES, MOST_OPEN = 5, 12
FONG = (
    "Fong is made here from its five criteria. Of 168 patients of a public table who have a stored score, 36 differ by one point from what "
    "the table's own columns allow: compare a score from elsewhere criterion by criterion."
)


def build_weigh_document(result: Result, *, made_at: datetime, simulated: bool, like: LikeShown | None = None) -> Document:
    """The page from a Result of kind "options".

    Args:
        result: what was weighed.
        made_at: printed as the time of the page.
        simulated: prints the banner.
        like: patients like this one, in a section of their own; no answer knows of them.
    """
    value, citations = result.value, Citations()
    rows = value["options"]
    sections = [Section("At a glance", (Headlines(tuple(headlines(value))), *_verdicts(value, citations)))]
    sections.append(
        Section("Next", (ask_table(value) if value["missing"] else Paragraph("No missing fact would change an answer."),))
    )
    if value["timeline"]:
        sections.append(Section("Timing", (timeline_table(value, citations),)))
    if any(row["conflicts"] for row in rows):
        sections.append(Section("Conflicts", (conflict_table(value, citations),)))
    sections.append(Section("Findings", (findings_block([result], (), (Level.STOP, Level.WARNING)),)))
    sections += [Section("From stored results", (computed_table(value),))] if value["computed"] else []
    sections += [Section("Decisions of the board", tuple(decision_blocks(value)))] if value["decisions"] else []
    fong = [Paragraph(FONG)] if any(score["score"] == "Fong" for score in value["scores"]) else []
    sections.append(Section("Scores", (_scores(value), *fong)))
    sections.append(Section("Guidance that must be read", (_guidance(value, citations),)))
    sections += [like_section(like)] if like is not None else []
    sections += [Section(f"{row['name']}: {row['answer']}", tuple(_details(value, row, citations))) for row in rows]
    used = [result, *([like.result] if like is not None and like.in_time else [])]
    for name in (name for one in used for name in one.sources):
        citations.mark(name)
    sections.append(Section("Sources", (citations.references(),)))
    sections.append(Section("Provenance", provenance_blocks(used)))
    return Document(
        case=str(value["case"]), subtitle=_subtitle(value), made_at=instant(made_at), simulated=simulated, disclaimer=DISCLAIMER,
        version=__version__, sections=tuple(sections), kicker=f"Options for the tumour board, as known on {value['as_of']}",
    )  # fmt: skip


def headlines(value: Value) -> list[HeadlineItem]:
    """How many options are open, need caution, cannot be told or are closed, and which."""
    rows = value["options"]
    told = {answer: [row["name"] for row in rows if row["answer"] == answer] for answer in ("open", "caution", "closed")}
    unsaid = [row for row in rows if row["answer"] == CANNOT_SAY]
    clear = [row["name"] for row in unsaid if "open" in row["possible"]]
    doubtful = [row["name"] for row in unsaid if "open" not in row["possible"]]
    notes = [f"nothing known against: {_names(clear)}"] if clear else []
    notes += [f"caution at best: {_names(doubtful)}"] if doubtful else []
    return [
        HeadlineItem(str(len(told["open"])), "", "open", _names(told["open"], MOST_OPEN)),
        HeadlineItem(str(len(told["caution"])), "", "caution", _names(told["caution"])),
        HeadlineItem(str(len(unsaid)), "", CANNOT_SAY, ". ".join(opening(note) for note in notes) or "none"),
        HeadlineItem(str(len(told["closed"])), "", "closed", _names(told["closed"]), "bad" if told["closed"] else ""),
    ]


def _names(names: Sequence[str], most: int = MOST_NAMES) -> str:
    shown = "; ".join(names[:most]) + (f"; and {len(names) - most} more" if len(names) > most else "")
    return shown or "none"


def _subtitle(value: Value) -> str:
    lines = "; ".join(f"{line['words']}{', goes on' if line['goes_on'] else ''}" for line in value["lines"])
    disease = value["disease"] if value["disease"] != "unknown" else f"disease: {cannot_say('not entered')}"
    return f"{disease}{' · ' + lines if lines else ''}"


def _verdicts(value: Value, citations: Citations) -> list[Block]:
    """What is left by group, then what is closed, so that the first page holds every option that can still be chosen."""
    left = [row for row in value["options"] if row["answer"] != "closed"]
    shut = [row for row in value["options"] if row["answer"] == "closed"]
    parts = [(title, [row for row in left if row["group"] == group]) for group, title in GROUPS]
    found: list[Block] = [verdict_table(value, title, rows, citations) for title, rows in [*parts, ("Closed", shut)] if rows]
    return found or [Paragraph(f"Options: {cannot_say('none is sourced for this disease')}.")]


def _scores(value: Value) -> Block:
    return Facts(tuple((score["score"], "; ".join([score["text"], *score["notes"]])) for score in value["scores"]))


def _guidance(value: Value, citations: Citations) -> Block:
    columns = (Column("guidance", align="left"), Column("source", align="left"))
    rows = [
        (Cell(opening(entry["says"])), Cell(entry["place"], "quiet", links=links(citations, [entry["source"]])))
        for entry in value["guidance"]
    ]
    return table(
        "Not encoded here",
        columns,
        rows,
        "These speak on the options above; their wording was not at hand, so no rule was made of it.",
    )


def _details(value: Value, row: Value, citations: Citations) -> list[Block]:
    blocks: list[Block] = [rules_table(value, row, citations)]
    if (intention := value["intention"]) is not None and intention["option"] == row["option"]:
        blocks.append(Paragraph(f"Class of intention in CIREL: {intention['words']}."))
    if row["guidance"]:
        says = {entry["id"]: entry["says"] for entry in value["guidance"]}
        blocks.append(Paragraph(f"Read as well: {'; '.join(says[name] for name in row['guidance'])}."))
    if row["arms"] and row["answer"] != "closed":
        blocks.append(arms_table(value, row["arms"], citations))
    return blocks


def decision_blocks(value: Value) -> Sequence[Block]:
    """Every decision on record, with its reasons and dissent."""
    names = {row["option"]: row["name"] for row in value["options"]}
    blocks: list[Block] = []
    for entry in value["decisions"]:
        chosen = names.get(entry["option"], entry["option"]) or cannot_say("no option named")
        rows = [("By", entry["by"] or cannot_say("not entered")), *(("Reason", reason) for reason in entry["reasons"])]
        rows += [("Dissent", words) for words in entry["dissent"]]
        if entry["result"]:
            rows.append(("Page shown", f"sha256 {entry['result']}"))
        blocks += [Heading(f"{entry['at']}: {chosen}"), Facts(tuple(rows))]
    return blocks
