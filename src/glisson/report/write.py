"""The report's door: HTML, PDF and figures from nouns, written whole or not at all."""

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from glisson.case import Case, Finding, Result, Run
from glisson.errors import BadInput
from glisson.report.inputs import ReportFiles, ReportImages
from glisson.whole_file import write_bytes


def write_report(
    folder: Path,
    *,
    case: Case,
    results: Sequence[Result],
    images: ReportImages,
    made_at: datetime,
    findings: Sequence[Finding] = (),
    runs: Sequence[Run] = (),
) -> ReportFiles:
    """Writes ``report.html``, ``report.pdf`` and ``figures/`` into ``folder``; the same input gives the same bytes.

    Args:
        folder: made if it does not exist.
        case: who; its names of sites are printed.
        results: plan, dose, or both; any key inside them may be absent and is then printed as "cannot say".
        images: to draw; what is not there is said.
        made_at: instant of the report, with its zone; printed, and the only time in the files.
        findings: about the results as they stand in the case now; printed before their own.
        runs: what computing the results took.

    Raises:
        BadInput: ``made_at`` without a time zone.
    """
    from glisson.report.draw import draw_all
    from glisson.report.html import to_html
    from glisson.report.pages import build_document
    from glisson.report.pdf import to_pdf

    if made_at.tzinfo is None:
        raise BadInput("a report time without a time zone", do="give the offset from UTC")
    with tempfile.TemporaryDirectory(prefix="glisson-report-") as name:
        drawing_folder = Path(name)
        drawn = draw_all(drawing_folder, case=case, results=results, images=images)
        document = build_document(case, results, drawn.figures(), drawn.missing, made_at, findings=findings, runs=runs)
        contents = {
            folder / "report.html": to_html(document, drawing_folder).encode("utf-8"),
            folder / "report.pdf": to_pdf(document, drawing_folder, made_at),
        }
        pictures = {folder / "figures" / file.name: file.read_bytes() for file in sorted(drawing_folder.iterdir())}
    for path, content in (pictures | contents).items():
        write_bytes(path, content)
    return ReportFiles(folder / "report.html", folder / "report.pdf", tuple(pictures))
