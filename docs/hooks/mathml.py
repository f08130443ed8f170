"""Turns LaTeX in the pages into MathML when the site is built: formulas need no script and no network."""

import html
import re
from typing import Any

from latex2mathml.converter import convert

INLINE = re.compile(r'<span class="arithmatex">\\\((.+?)\\\)</span>', re.DOTALL)
DISPLAY = re.compile(r'<div class="arithmatex">\s*\\\[(.+?)\\\]\s*</div>', re.DOTALL)


def on_page_content(content: str, **_: Any) -> str:
    content = DISPLAY.sub(lambda m: f'<div class="formula">{convert(html.unescape(m[1]), display="block")}</div>', content)
    return INLINE.sub(lambda m: convert(html.unescape(m[1])), content)
