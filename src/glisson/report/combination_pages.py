"""Friend or foe as a page: the answer, the curves, the mean times by correlation, and what was assumed."""

import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from glisson import __version__
from glisson.case import Level, Result
from glisson.report.back_pages import findings_block, provenance_blocks
from glisson.report.document import Block, Cell, Column, Document, Figure, HeadlineItem, Headlines, Paragraph, Section, table
from glisson.report.figures.cohort_combination import CombinationPlot, combination_rows, draw_combination
from glisson.report.figures.style import drawing
from glisson.report.follow_write import write_document, write_numbers
from glisson.report.inputs import ReportFiles
from glisson.report.pages import DISCLAIMER
from glisson.report.words import instant, opening

Value = Mapping[str, Any]
EXPECTED = "expected_"


def write_combination_page(folder: Path, *, result: Result, made_at: datetime) -> ReportFiles:
    """Writes ``combination.html``, ``combination.pdf`` and ``figures/``; the same input gives the same bytes.

    Args:
        folder: made if it does not exist.
        result: of kind "friend or foe".
        made_at: instant of the page, with its zone.

    Raises:
        BadInput: ``made_at`` without a time zone.
    """
    with tempfile.TemporaryDirectory(prefix="glisson-combination-") as name:
        drawn = Path(name)
        plot = plot_of(result)
        with drawing():
            draw_combination(drawn / "combination", plot)
        write_numbers(drawn / "combination.csv", combination_rows(plot))
        words = f"Survival with {plot.names[2]} against independent action of {plot.names[0]} and {plot.names[1]}"
        below = "the band holds the expectations at every correlation tried. Numbers: combination.csv."
        figure = Figure("combination.svg", f"{words}.", f"{words}: {below}")
        document = build_combination_document(result, figure, made_at=made_at)
        return write_document(folder, "combination", document, drawn, made_at)


def plot_of(result: Result) -> CombinationPlot:
    """The figure of a Result."""
    value, names = result.value, result.parameters
    curves = value["curves"]
    expected = sorted((float(key.removeprefix(EXPECTED)), tuple(curves[key])) for key in curves if key.startswith(EXPECTED))
    return CombinationPlot(
        names=(str(names["first"]), str(names["second"]), str(names["both"])), time=tuple(curves["time"]), first=tuple(curves["first"]),
        second=tuple(curves["second"]), both=tuple(curves["combination"]), expected=tuple(expected), unit=str(names["time"]),
        notes=(f"Answer: {value['answer']}.",),
    )  # fmt: skip


def build_combination_document(result: Result, figure: Figure, *, made_at: datetime) -> Document:
    """The page from a Result of kind "friend or foe" and its figure."""
    value = result.value
    gain, low, high = value["best_alone"]
    headlines = Headlines(
        (
            HeadlineItem(value["answer"], "", "the combination against independent action", tone="strong"),
            HeadlineItem(f"{value['observed_mean_time']:.2f}", "", f"mean time until {value['horizon']:g}"),
            HeadlineItem(f"{gain:+.2f}", "", "against the better treatment alone", f"{low:+.2f} to {high:+.2f}"),
        )
    )
    sections = (
        Section(
            "At a glance",
            (headlines, Paragraph(f"{opening(value['reason'])}."), findings_block([result], (), (Level.STOP, Level.WARNING))),
        ),
        Section("Curves", (figure, _means(value))),
        Section("What is assumed", tuple(Paragraph(f"{opening(words)}.") for words in value["assumptions"])),
        Section("Provenance", provenance_blocks([result])),
    )
    return Document(
        case="Friend or foe", subtitle=f"{result.parameters['first']} and {result.parameters['second']}", made_at=instant(made_at),
        simulated=False, disclaimer=DISCLAIMER, version=__version__, sections=sections, kicker="A combination against its parts",
    )  # fmt: skip


def _means(value: Value) -> Block:
    rows = [
        [Cell(f"{one['rank_correlation']:g}"), Cell(f"{one['mean_time_expected']:.2f}"), Cell(f"{one['mean_time_observed']:.2f}"),
         Cell(f"{one['difference']:+.2f}".replace("-", "−")), Cell(f"{one['low']:+.2f} to {one['high']:+.2f}".replace("-", "−"))]
        for one in value["expected"]
    ]  # fmt: skip
    columns = (Column("Correlation"), Column("Expected"), Column("Observed"), Column("Difference"), Column("95 %", align="left"))
    note = f"Mean time until {value['horizon']:g}; no difference worth the name: {value['margin']:.2f}."
    return table("Mean time by the correlation of a patient's two times", columns, rows, note)
