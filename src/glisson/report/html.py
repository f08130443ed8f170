"""One HTML file that needs nothing else: styles inside, pictures as data, links only in the list of sources."""

import base64
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from glisson.report.document import Document

if TYPE_CHECKING:
    from jinja2 import Template

MEDIA = {".svg": "image/svg+xml", ".png": "image/png"}


def to_html(document: Document, figures: Path) -> str:
    """The page; figures are read from the folder and embedded."""
    page, style = _template()
    return page.render(document=document, style=style, picture=lambda file: data_uri(figures / file))


@cache
def _template() -> "tuple[Template, str]":
    """The compiled page and its style; parsed once."""
    from jinja2 import Environment, StrictUndefined

    templates = resources.files("glisson.report").joinpath("templates")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page = environment.from_string(templates.joinpath("report.html").read_text(encoding="utf-8"))
    return page, templates.joinpath("report.css").read_text(encoding="utf-8")


def data_uri(path: Path) -> str:
    """A picture as text inside the page."""
    return f"data:{MEDIA[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
