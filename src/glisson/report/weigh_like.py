"""Patients like this one on the page of options: a section of its own, from a stored Result, never beside an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glisson.case import Level, Result
from glisson.report.back_pages import findings_block
from glisson.report.cohort_like import headlines, likeness_blocks, method_words, response_table, survival_table
from glisson.report.cohort_words import sentence
from glisson.report.document import Block, Headlines, Paragraph, Section
from glisson.report.words import CANNOT_SAY

TITLE = "Patients like this one"
FILE = "results/like.json"
APART = (
    "What became of patients of a registry, beside no option and in no answer of this page: they were treated as they were for reasons "
    "that may not be on record (confounding by indication), so that it says nothing about which option to choose."
)
EARLIER = f"{FILE}: {CANNOT_SAY}. It is not shown, since a stored Result has no day and this page is of an earlier one."
CHANGED = "The case file has changed since these patients were matched: ask again with glisson learn like CASE --store."


@dataclass(frozen=True)
class LikeShown:
    """What a stored Result says of patients like this one.

    Attributes:
        result: of kind "patients like this one".
        case_changed: whether the case file is no longer the one that they were matched to.
        in_time: whether the page is of today; on a page of an earlier day nothing is shown.
    """

    result: Result
    case_changed: bool = False
    in_time: bool = True


def like_section(like: LikeShown) -> Section:
    """How many, how alike, what became of them, from which registry; or why nothing is shown. The warning stands first."""
    if not like.in_time:
        return Section(TITLE, (Paragraph(EARLIER),))
    value = like.result.value
    blocks: list[Block] = [Paragraph(APART), Headlines(tuple(headlines(value)))]
    if like.case_changed:
        blocks.append(Paragraph(CHANGED))
    blocks.append(findings_block([like.result], (), (Level.STOP, Level.WARNING)))
    if not (value.get("suppressed") or value.get("cannot_say")):
        blocks += [survival_table(value), Paragraph(sentence(value["endpoint"]["definition"]))]
        blocks += [response_table(value)] if value["responses"] else []
        blocks += likeness_blocks(value)
    blocks += [Paragraph(_origin(like.result)), *(Paragraph(text) for text in method_words(value))]
    return Section(TITLE, tuple(blocks))


def like_words(value: Mapping[str, Any]) -> str:
    """One line: how many are like this one, or why nothing is shown.

    >>> like_words({"suppressed": "too few", "protocol": {"protocol": "cirel"}})
    'nothing shown: too few (protocol cirel)'
    """
    of = f"(protocol {value['protocol']['protocol']})"
    if why := value.get("suppressed") or value.get("cannot_say"):
        return f"nothing shown: {why} {of}"
    return f"{value['matched']} of {value['cohort']} {of}"


def _origin(result: Result) -> str:
    """Which protocol, which state of the registry and of the case; a Result has no clock."""
    protocol = result.value["protocol"]
    states = [
        f"{words} sha256 {result.inputs[name][:12]}"
        for name, words in (("registry", "the registry"), ("case.yaml", "the case file"))
        if name in result.inputs
    ]
    cut_off = protocol.get("cut_off")
    day = f"data until {cut_off}" if cut_off else "no last day of data"
    asked = f", of {' and '.join(states)}" if states else ""
    return f"From {protocol['title']} (protocol {protocol['protocol']}, edition {protocol['edition']}; {day}){asked}."
