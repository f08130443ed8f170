"""The door of the registry report: HTML, PDF, JSON, figures with their numbers, and every table as CSV; whole or not at all."""

import csv
import io
import re
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from glisson.case import Result
from glisson.errors import BadInput
from glisson.report.cohort_pages import build_registry_document
from glisson.report.cohort_patients import PatientPictures
from glisson.report.cohort_pictures import draw_registry
from glisson.report.document import Document, Table
from glisson.report.figures.style import drawing
from glisson.report.follow_write import write_document
from glisson.spreadsheet import harmless
from glisson.whole_file import write_text


def write_registry_report(
    folder: Path,
    *,
    result: Result,
    pictures: PatientPictures | None,
    made_at: datetime,
    simulated: bool = False,
    progress: Callable[[float, str], None] = lambda share, words: None,
) -> tuple[Path, ...]:
    """Writes ``report.html``, ``report.pdf``, ``report.json``, ``figures/`` and ``tables/``; the same input gives the same bytes.

    Args:
        folder: made if it does not exist.
        result: of kind "registry report".
        pictures: waterfall, spider and swimmer; ``None``: nothing to draw.
        made_at: instant of the report, with its zone.
        simulated: a banner on top, and a mark on every page.
        progress: called with the share done.

    Raises:
        BadInput: ``made_at`` without a time zone.
    """
    if made_at.tzinfo is None:
        raise BadInput("a report's time without a time zone", do="give the offset from UTC")
    with tempfile.TemporaryDirectory(prefix="glisson-registry-") as name:
        drawn = Path(name)
        with drawing():
            found = draw_registry(drawn, result.value, pictures, lambda share, words: progress(0.8 * share, words))
        progress(0.8, "writing")
        document = build_registry_document(result, found, made_at=made_at, simulated=simulated)
        files = write_document(folder, "report", document, drawn, made_at)
    tables = [write_text(folder / "tables" / file, text) for file, text in tables_of(document).items()]
    stamped = write_text(folder / "report.json", result.to_json() + "\n")
    return (files.html, files.pdf, stamped, *files.figures, *tables)


def tables_of(document: Document) -> dict[str, str]:
    """Every table of a document as CSV, by its file name: number and title."""
    found = {}
    number = 0
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                number += 1
                stem = re.sub(r"[^a-z0-9]+", "-", (block.title or section.title).lower()).strip("-")[:60]
                found[f"{number:02d}-{stem}.csv"] = _csv(block)
    return found


def _csv(block: Table) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([f"{column.head} ({column.unit})" if column.unit else column.head for column in block.columns])
    writer.writerows([[harmless(cell.text) for cell in row] for row in block.rows])
    return out.getvalue()
