"""Requests and answers as JSON that carries the hash of its own content, so that a changed file is noticed."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from glisson.errors import BadInput

SEAL = "sha256"


def digest(content: Mapping[str, Any]) -> str:
    """Hash of the canonical JSON of a content: sorted keys, no spaces, no NaN.

    >>> digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    True
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def sealed(content: Mapping[str, Any]) -> str:
    """The file: content and its hash, readable, the same bytes for the same content."""
    whole = {**content, SEAL: digest(content)}
    return json.dumps(whole, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def opened(text: str, what: str) -> dict[str, Any]:
    """Content of a sealed file, after its hash was checked. A hash shows a change, not who made it.

    Args:
        text: of the file.
        what: to call it in a message, as "answer 'madrid.json'".

    Raises:
        BadInput: no JSON, no seal, or a content that is not the one that was sealed.
    """
    try:
        whole = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadInput(f"{what} is no JSON that glisson wrote", do="ask for the file again") from None
    if not isinstance(whole, dict) or not isinstance(whole.get(SEAL), str):
        raise BadInput(f"{what} carries no seal", do="give a file that 'glisson learn ask', 'answer' or 'pool' wrote")
    seal = whole.pop(SEAL)
    if digest(whole) != seal:
        raise BadInput(
            f"{what} was changed after it was written: its content does not have its hash", do="ask for the file again"
        )
    return whole


def _no_number(word: str) -> float:
    raise ValueError(word)
