"""The door of the page of options: HTML and PDF, written whole or not at all."""

import tempfile
from datetime import datetime
from pathlib import Path

from glisson.case import Result
from glisson.report.follow_write import write_document
from glisson.report.inputs import ReportFiles
from glisson.report.weigh_like import LikeShown
from glisson.report.weigh_pages import build_weigh_document


def write_weigh_page(
    folder: Path, stem: str, *, result: Result, made_at: datetime, simulated: bool = False, like: LikeShown | None = None
) -> ReportFiles:
    """Writes ``<stem>.html`` and ``<stem>.pdf``; the same input gives the same bytes.

    Args:
        folder: made if it does not exist.
        stem: name of the files.
        result: of kind "options".
        made_at: instant of the page, with its zone.
        simulated: a banner on top, and a mark on every page.
        like: patients like this one.

    Raises:
        BadInput: ``made_at`` without a time zone.
    """
    document = build_weigh_document(result, made_at=made_at, simulated=simulated, like=like)
    with tempfile.TemporaryDirectory(prefix="glisson-weigh-") as name:
        return write_document(folder, stem, document, Path(name), made_at)
