"""Patients like this one as a page: the warning first, how alike they are, what became of them, what is held back."""

import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from glisson import __version__
from glisson.case import Level, Result
from glisson.report.back_pages import findings_block, provenance_blocks
from glisson.report.citations import Citations
from glisson.report.cohort_words import NONE, Names, joined, long_name, months, percent
from glisson.report.document import Block, Cell, Column, Document, Figure, HeadlineItem, Headlines, Paragraph, Section, table
from glisson.report.figures.cohort_like import StatedPlot, StatedPoint, draw_stated, stated_rows
from glisson.report.figures.style import drawing
from glisson.report.follow_write import write_document, write_numbers
from glisson.report.inputs import ReportFiles
from glisson.report.pages import DISCLAIMER
from glisson.report.words import instant

Value = Mapping[str, Any]
HELD_BACK = "held back"
WAYS = {"exact": "the same", "within": "within {}", "alike": "distance"}
LEFT: Literal["left"] = "left"


def write_like_page(folder: Path, *, result: Result, made_at: datetime) -> ReportFiles:
    """Writes ``like.html``, ``like.pdf`` and ``figures/``; the same input gives the same bytes.

    Args:
        folder: made if it does not exist.
        result: of kind "patients like this one".
        made_at: instant of the page, with its zone.

    Raises:
        BadInput: ``made_at`` without a time zone.
    """
    with tempfile.TemporaryDirectory(prefix="glisson-like-") as name:
        drawn = Path(name)
        document = build_like_document(result, _figures(drawn, result.value), made_at=made_at)
        return write_document(folder, "like", document, drawn, made_at)


def build_like_document(result: Result, figures: list[Figure], *, made_at: datetime) -> Document:
    """The page from a Result of kind "patients like this one"."""
    value, citations = result.value, Citations()
    loud = findings_block([result], (), (Level.STOP, Level.WARNING))
    why = value.get("suppressed") or value.get("cannot_say")
    first: list[Block] = [Headlines(tuple(headlines(value))), loud]
    sections = [Section("At a glance", tuple(first))]
    if why is None:
        told = Paragraph(value["endpoint"]["definition"])
        sections += [
            Section("How alike they are", tuple(likeness_blocks(value))),
            Section(long_name(value["endpoint"]["name"]), (*figures, survival_table(value), told)),
            *([Section("Response", (response_table(value),))] if value["responses"] else []),
        ]
    sections.append(Section("How this was made", tuple(Paragraph(text) for text in method_words(value))))
    for name in result.sources:
        citations.mark(name)
    sections += [Section("Sources", (citations.references(),)), Section("Provenance", provenance_blocks([result]))]
    return Document(
        case="Patients like this one", subtitle=f"{value['protocol']['title']} · protocol {value['protocol']['protocol']}",
        made_at=instant(made_at), simulated=value["simulated"], disclaimer=DISCLAIMER, version=__version__, sections=tuple(sections),
        kicker="A description of a cohort, no forecast",
    )  # fmt: skip


def headlines(value: Value) -> list[HeadlineItem]:
    """How many, the median, survival at the middle time, the response; or why nothing is shown."""
    if why := value.get("suppressed") or value.get("cannot_say"):
        return [HeadlineItem("nothing shown", "", why, tone="unknown")]
    median, name = value["survival"]["median"], long_name(value["endpoint"]["name"]).lower()
    items = [HeadlineItem(str(value["matched"]), "patients", f"like this one, of {value['cohort']}")]
    said = median_words(median)
    items.append(HeadlineItem(said.partition(" (")[0], "months", f"median {name}", said) if median["time"] is not None
                 else HeadlineItem(said, "", f"median {name}", tone="unknown"))  # fmt: skip
    for row in value["survival"]["at_times"]:
        if row["survival"] is not None:
            items.append(
                HeadlineItem(f"{100 * row['survival']:.0f}", "%", f"{name} at {row['time']:g} months", percent(row, "survival"))
            )
    return items[:4]


def median_words(median: Value) -> str:
    """A median with its interval; held back is not the same as not reached.

    >>> median_words({"time": None, "low": None, "high": None, "withheld": ["time", "low", "high"]})
    'held back'
    >>> median_words({"time": 15.4, "low": 11.0, "high": None, "withheld": ["high"]})
    '15.4 (11.0 to held back)'
    """
    if "time" in median["withheld"]:
        return HELD_BACK
    if not median["withheld"]:
        return months(median)
    ends = [HELD_BACK if end in median["withheld"] else "not reached" if median[end] is None else f"{median[end]:.1f}"
            for end in ("time", "low", "high")]  # fmt: skip
    return f"{ends[0]} ({ends[1]} to {ends[2]})"


def method_words(value: Value) -> list[str]:
    """How patients were matched, and how their outcomes are read."""
    said = [
        f"Population, endpoint and windows: protocol {value['protocol']['protocol']}, edition {value['protocol']['edition']}. Values are "
        "those known before treatment.",
    ]
    ways = {way for one in value["matched_on"] for way in one["ways"]}
    if "alike" in ways:
        nearest = value["nearest"]
        taken = (
            "everyone who can be compared" if nearest is None else f"the {nearest} nearest, and those as near as the last of them"
        )
        said.append(
            "Distance: Gower's, the mean over the variables that a patient has of the difference as a share of the range (numbers) or of 0 "
            f"or 1 (words); taken are {taken}. Gower, Biometrics 1971;27:857."
        )
    if ways & {"exact", "within"}:
        said.append("Variables to be the same or within a reach: a patient who lacks one is not taken.")
    if value["not_matched_on"]:
        names = Names(value["variables"])
        said.append(
            f"Not matched on, since the case does not say: {joined([names.variable(n) for n in value['not_matched_on']])}."
        )
    said.append(
        f"Nothing is shown of fewer than {value['minimum']} patients, nor what would give such a cell by subtraction. No curve is drawn: "
        "its steps are single deaths."
    )
    return said


def likeness_blocks(value: Value) -> list[Block]:
    """The case beside those like it, and how far they are from it."""
    return [_alike(value, Names(value["variables"])), *_distance(value)]


def _alike(value: Value, names: Names) -> Block:
    ways = {one["variable"]: one for one in value["matched_on"]}
    rows = []
    for one in value["alike"]:
        name = one["variable"]
        way = ", ".join(WAYS[way].format(f"{ways[name]['within']:g}" if way == "within" else "") for way in ways[name]["ways"])
        rows.append(
            [Cell(names.with_unit(name)), Cell(way), Cell(own_words(one, names)), Cell(matched_words(one)), Cell(away_words(one))]
        )
    columns = (Column("Variable", align=LEFT), Column("Matched by", align=LEFT), Column("This case", align=LEFT),
               Column("Those like it", align=LEFT), Column("Away from the case, SD"))  # fmt: skip
    note = "Those like it: mean (standard deviation) of a number, share with the same word. Away: their mean less the case, in their SD."
    return table("This case and those like it", columns, rows, note)


def own_words(one: Value, names: Names) -> str:
    """The case's own value as printed."""
    own = one["case"]
    if isinstance(own, list):
        return ", ".join(names.level(one["variable"], word) for word in own) or "none"
    return f"{own:.4g}" if isinstance(own, int | float) else names.level(one["variable"], own)


def matched_words(one: Value) -> str:
    """Mean and spread, or the share with the same word."""
    if one["withheld"]:
        return HELD_BACK
    if one["kind"] == "number":
        return f"{one['mean']:.1f} ({one['standard_deviation']:.1f})"
    return f"{100 * one['same_fraction']:.0f} % the same"


def away_words(one: Value) -> str:
    """How far the mean of the matched lies from the case, in their standard deviations."""
    away = one.get("standardised_difference")
    return NONE if away is None else f"{away:+.1f}".replace("-", "−")


def _distance(value: Value) -> list[Block]:
    found = value["distance"]
    if found is None:
        return []
    others = "" if found["others_mean"] is None else f"; of the others {found['others_mean']:.2f}"
    return [Paragraph(f"Mean distance of those like it: {found['matched_mean']:.2f} (0 is the same in everything){others}.")]


def survival_table(value: Value) -> Block:
    """Median and survival at times, with how many were at risk."""
    survival = value["survival"]
    rows = [[Cell("median, months"), Cell(NONE), Cell(median_words(survival["median"]))]]
    for row in survival["at_times"]:
        said = HELD_BACK if row["withheld"] else percent(row, "survival") if row["survival"] is not None else "not known"
        rows.append(
            [Cell(f"at {row['time']:g} months, %"), Cell(NONE if row["at_risk"] is None else str(row["at_risk"])), Cell(said)]
        )
    level = f"{100 * survival['confidence_fraction']:g} % interval, {survival['interval']}"
    counted = HELD_BACK if survival["events"] is None else str(survival["events"])
    columns = (Column("", align=LEFT), Column("At risk"), Column(f"Kaplan-Meier ({level})", align=LEFT))
    return table("What became of them", columns, rows, f"Events among {value['matched']} patients: {counted}.")


def response_table(value: Value) -> Block:
    """Shares with a response, of those with a call."""
    rows = []
    for one in value["responses"]:
        counts = NONE if one["count"] is None else f"{one['count']} of {one['of']}"
        rows.append([Cell(one["response"]), Cell(counts), Cell(HELD_BACK if one["withheld"] else percent(one, "fraction"))])
    columns = (Column("Response", align=LEFT), Column("Patients", align=LEFT), Column("Share, % (exact interval)", align=LEFT))
    return table("Response", columns, rows, "Of those with a call; not evaluable and not seen are left out.")


def _figures(folder: Path, value: Value) -> list[Figure]:
    if "survival" not in value or all(row["survival"] is None for row in value["survival"]["at_times"]):
        return []
    points = tuple(
        StatedPoint(
            row["time"], row["survival"], row["low"], row["high"], row["at_risk"],
            HELD_BACK if row["withheld"] else "" if row["survival"] is not None else "not known",
        )
        for row in value["survival"]["at_times"]
    )  # fmt: skip
    endpoint = value["endpoint"]
    plot = StatedPlot(long_name(endpoint["name"]), points, endpoint["origin"], endpoint["unit"])
    with drawing():
        draw_stated(folder / "like-survival", plot)
    write_numbers(folder / "like-survival.csv", stated_rows(plot))
    words = f"{plot.endpoint} of {value['matched']} patients like this one, at stated times with intervals."
    return [Figure("like-survival.svg", words, f"{words} Numbers: like-survival.csv.")]
