"""Shows the doctests of docstrings as code in the API pages (a Griffe extension)."""

import re
from typing import Any

import griffe

BLOCK = re.compile(r"(?:^[ ]*>>> .*\n?(?:^(?!\s*$).*\n?)*)+", re.MULTILINE)


class Doctests(griffe.Extension):
    """Puts a fence around every run of lines that starts with ``>>>`` and ends with an empty line."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text: str) -> str:
    return BLOCK.sub(lambda match: f"```pycon\n{match[0].rstrip()}\n```\n", text)
