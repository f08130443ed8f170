"""A meta-analysis as a page: the mean, its heterogeneity, the forest, the funnel, and the mean study by study."""

import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from glisson import __version__
from glisson.case import Level, Result
from glisson.report.back_pages import findings_block, provenance_blocks
from glisson.report.citations import Citations
from glisson.report.cohort_words import p_value
from glisson.report.document import Block, Cell, Column, Document, Figure, HeadlineItem, Headlines, Paragraph, Section, table
from glisson.report.figures.style import drawing
from glisson.report.follow_write import write_document
from glisson.report.inputs import ReportFiles
from glisson.report.meta_pictures import draw_meta, heterogeneity_words, quantity_of
from glisson.report.pages import DISCLAIMER
from glisson.report.words import instant, opening

Value = Mapping[str, Any]
Figures = Mapping[str, list[Figure]]


def write_meta_page(folder: Path, *, result: Result, made_at: datetime) -> ReportFiles:
    """Writes ``meta.html``, ``meta.pdf`` and ``figures/``; the same input gives the same bytes.

    Args:
        folder: made if it does not exist.
        result: of kind "meta-analysis".
        made_at: instant of the page, with its zone.

    Raises:
        BadInput: ``made_at`` without a time zone.
    """
    with tempfile.TemporaryDirectory(prefix="glisson-meta-") as name:
        drawn = Path(name)
        with drawing():
            figures = draw_meta(drawn, result.value, float(result.parameters["confidence_fraction"]))
        document = build_meta_document(result, figures, made_at=made_at)
        return write_document(folder, "meta", document, drawn, made_at)


def build_meta_document(result: Result, figures: Figures, *, made_at: datetime) -> Document:
    """The page from a Result of kind "meta-analysis" and its figures."""
    value, citations = result.value, Citations()
    what = quantity_of(value)
    small = [*figures.get("funnel", ()), *_asymmetry(value)]
    sections = [
        Section("At a glance", (Headlines(tuple(headlines(value))), findings_block([result], (), (Level.STOP, Level.WARNING)))),
        *([Section("Studies and their mean", tuple(figures["forest"]))] if "forest" in figures else []),
        *([Section("Meta-regression", (_terms(value),))] if "forest" not in value else []),
        *([Section("Small studies", tuple(small))] if small else []),
        *([Section("Study by study", tuple(figures["series"]))] if figures.get("series") else []),
        Section(
            "How this was made",
            (Paragraph(opening(value["words"])), Paragraph(heterogeneity_words(value)), *_mixed(value), *_notes(result)),
        ),
    ]
    for name in result.sources:
        citations.mark(name)
    if result.sources:
        sections.append(Section("Sources", (citations.references(),)))
    sections.append(Section("Provenance", provenance_blocks([result])))
    return Document(
        case="Meta-analysis", subtitle=f"{what.name} · {value['studies']} studies", made_at=instant(made_at), simulated=False,
        disclaimer=DISCLAIMER, version=__version__, sections=tuple(sections), kicker="What is published",
    )  # fmt: skip


def headlines(value: Value) -> list[HeadlineItem]:
    """Mean, heterogeneity, the interval for a new study."""
    items = [HeadlineItem(str(value["studies"]), "studies", quantity_of(value).name)]
    if "mean" in value:
        mean = value["mean"]
        said = [shown(value, mean[key]) for key in ("estimate", "low", "high")]
        items.append(HeadlineItem(said[0], "", "mean", f"{said[1]} to {said[2]}"))
    items.append(HeadlineItem(f"{100 * value['heterogeneity']['i2_fraction']:.0f}", "%", "I²: share of variance between studies"))
    if value.get("prediction"):
        low, high = (shown(value, end) for end in value["prediction"])
        items.append(HeadlineItem(f"{low} to {high}", "", "interval for a new study"))
    return items


def shown(value: Value, number: float) -> str:
    """A number of the pooled quantity as printed.

    >>> shown({"measure": "logit of a share", "scale": "logit"}, 0.254), shown({"measure": "log odds ratio", "scale": "log"}, 0.491)
    ('25.4 %', '0.49')
    """
    return f"{100 * number:.1f} %" if quantity_of(value).percent else f"{number:.2f}"


def _terms(value: Value) -> Block:
    rows = [
        [
            Cell(one["name"]),
            Cell(f"{one['estimate']:.4f}"),
            Cell(f"{one['low']:.4f} to {one['high']:.4f}"),
            Cell(p_value(one["p"])),
        ]
        for one in value["terms"]
    ]
    columns = (Column("Term", align="left"), Column("Estimate"), Column("Interval"), Column("P"))
    return table("Terms", columns, rows, f"On the scale of analysis: {value['measure']}.")


def _asymmetry(value: Value) -> list[Block]:
    filled = value.get("trim_and_fill")
    if not filled or not filled["missing"]:
        return []
    ends = f"{filled['estimate']:.3f} ({filled['low']:.3f} to {filled['high']:.3f})"
    added = "1 study" if filled["missing"] == 1 else f"{filled['missing']} studies"
    text = (
        f"Symmetry would add {added} on the {filled['side']} ({filled['estimator']}); with them the mean, on the scale of analysis, is "
        f"{ends} instead of {value['terms'][0]['estimate']:.3f}."
    )
    return [Paragraph(text)]


def _mixed(value: Value) -> list[Paragraph]:
    """Of shares the logit mixed model, which has no transformed variances."""
    found = value.get("mixed_logit")
    if found is None:
        return []
    said = [f"{100 * found[key]:.1f}" for key in ("share", "low", "high")]
    return [Paragraph(f"Logit mixed model: {said[0]} % ({said[1]} to {said[2]}), tau² {found['tau2']:.3f}.")]


def _notes(result: Result) -> list[Paragraph]:
    return [Paragraph(one.text) for one in result.findings if one.level is Level.NOTE]
