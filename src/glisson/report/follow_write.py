"""The door of the follow-up pages: HTML, PDF and figures with the numbers behind them, written whole or not at all."""

import csv
import io
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from glisson.case import Result
from glisson.errors import BadInput
from glisson.report.document import Document, Figure
from glisson.report.inputs import ReportFiles
from glisson.spreadsheet import harmless
from glisson.whole_file import write_bytes


def write_follow_page(
    folder: Path,
    *,
    result: Result,
    made_at: datetime,
    subtitle: str = "",
    simulated: bool = False,
    names: Mapping[str, str] | None = None,
) -> ReportFiles:
    """Writes ``follow.html``, ``follow.pdf`` and ``figures/`` of one patient; the same input gives the same bytes.

    Args:
        folder: made if it does not exist.
        result: of kind "response".
        made_at: instant of the page, with its zone.
        subtitle: disease and treatments in words.
        simulated: a banner on top, and a mark on every page.
        names: of lesions, by id.

    Raises:
        BadInput: ``made_at`` without a time zone.
    """
    from glisson.report.follow_pages import build_follow_document

    with tempfile.TemporaryDirectory(prefix="glisson-follow-") as name:
        drawing_folder = Path(name)
        figures = _draw(drawing_folder, result.value, names or {})
        document = build_follow_document(
            result, figures, made_at=made_at, subtitle=subtitle, simulated=simulated, names=names or {}
        )
        return write_document(folder, "follow", document, drawing_folder, made_at)


def write_document(folder: Path, stem: str, document: Document, drawn: Path, made_at: datetime) -> ReportFiles:
    """A document as HTML and PDF, its figures beside it; nothing is written before both are made."""
    from glisson.report.html import to_html
    from glisson.report.pdf import to_pdf

    if made_at.tzinfo is None:
        raise BadInput("a page's time without a time zone", do="give the offset from UTC")
    contents = {
        folder / f"{stem}.html": to_html(document, drawn).encode("utf-8"),
        folder / f"{stem}.pdf": to_pdf(document, drawn, made_at),
    }
    pictures = {folder / "figures" / file.name: file.read_bytes() for file in sorted(drawn.iterdir())}
    for path, content in (pictures | contents).items():
        write_bytes(path, content)
    return ReportFiles(folder / f"{stem}.html", folder / f"{stem}.pdf", tuple(pictures))


def _draw(folder: Path, value: Mapping[str, Any], names: Mapping[str, str]) -> list[Figure]:
    from glisson.report.figures.follow_lesions import draw_lesions
    from glisson.report.figures.style import drawing
    from glisson.report.follow_course import patient_course
    from glisson.report.words import listed

    criteria, reader = value["criteria"], value["reader"] or next(iter(value["readers"]), None)
    course = patient_course(value, criteria[0], reader, names) if criteria and reader else None
    if course is None:
        return []
    with drawing():
        draw_lesions(folder / "lesions.svg", course)
    write_numbers(folder / "lesions.csv", [row for row in listed(value, "lesions") if row["reader"] == reader])
    names_in_words = ", ".join(lesion.name for lesion in course.lesions)
    return [
        Figure(
            "lesions.svg",
            f"Sum of the targets and sizes of {names_in_words} at {len(course.visits)} visits.",
            f"Sum of the targets by {criteria[0]}, {reader}, as a share of the baseline, with the overall response at each visit; below it "
            "the size of every lesion, and in lanes lesions that were seen but never measured. The dotted line of progression follows the "
            "smallest sum before each visit. Numbers: lesions.csv.",
        )
    ]


def write_numbers(path: Path, rows: list[Any]) -> Path:
    """The rows behind a figure as CSV, no text of which a spreadsheet runs; an empty file for none."""
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: harmless(value) for name, value in row.items()} for row in rows)
    path.write_text(out.getvalue(), encoding="utf-8")
    return path
