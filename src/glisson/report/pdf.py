"""The same document as PDF, typeset by typst with the fonts inside its wheel: no network, no fonts of the machine."""

import json
import shutil
import tempfile
from datetime import datetime
from importlib import resources
from pathlib import Path

from glisson.report.document import Document


def to_pdf(document: Document, figures: Path, made_at: datetime) -> bytes:
    """The PDF; ``made_at`` is its only date."""
    import typst

    with tempfile.TemporaryDirectory(prefix="glisson-typst-") as name:
        root = Path(name)
        template = resources.files("glisson.report").joinpath("templates", "report.typ")
        (root / "report.typ").write_bytes(template.read_bytes())
        (root / "document.json").write_text(json.dumps(document.as_dict(), ensure_ascii=False), encoding="utf-8")
        for picture in figures.iterdir():
            shutil.copy(picture, root / picture.name)
        content: bytes = typst.compile(
            root / "report.typ", root=root, font_paths=[], ignore_system_fonts=True, timestamp=int(made_at.timestamp())
        )
    return content
