"""One HTML file that needs nothing else: styles inside, pictures as data, links only in the list of sources."""

import base64
from importlib import resources
from pathlib import Path

from glisson.report.document import Document

MEDIA = {".svg": "image/svg+xml", ".png": "image/png"}


def to_html(document: Document, figures: Path) -> str:
    """The page; figures are read from the folder and embedded."""
    from jinja2 import Environment, StrictUndefined

    templates = resources.files("glisson.report").joinpath("templates")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["data_uri"] = lambda file: data_uri(figures / file)
    page = environment.from_string(templates.joinpath("report.html").read_text(encoding="utf-8"))
    style = templates.joinpath("report.css").read_text(encoding="utf-8")
    return page.render(document=document.as_dict(), style=style)


def data_uri(path: Path) -> str:
    """A picture as text inside the page."""
    return f"data:{MEDIA[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
