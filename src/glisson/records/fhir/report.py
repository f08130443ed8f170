"""What a bundle held and was not taken: where it stood, of which kind it was, and why; never what it said."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

IDENTIFYING = frozenset(
    {"name", "telecom", "address", "birthDate", "photo", "contact", "identifier", "text", "link", "contained"}
)
"""Elements of a Patient that name a person, or may."""


@dataclass(frozen=True)
class NotTaken:
    """One thing that was not taken.

    Attributes:
        resource: FHIR type. index: in the bundle, from 0; -1 for the bundle itself.
        path: inside the resource; empty for the whole of it.
        kind: class of the value: text, date, number, code, reference, truth, resource.
        reason: why, and what to do.
    """

    resource: str
    index: int
    path: str
    kind: str
    reason: str


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value with its path.

    >>> list(leaves({"a": [{"b": 1}, {"b": 2}]}))
    [('a[0].b', 1), ('a[1].b', 2)]
    """
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{number}]")
    else:
        yield path, value


def kind_of(path: str, value: Any) -> str:
    """Class of a value.

    >>> kind_of("birthDate", "1951-05-03"), kind_of("value", 2.5), kind_of("code", "x")
    ('date', 'number', 'code')
    """
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int | float):
        return "number"
    last = path.rpartition(".")[2]
    if last in ("reference", "url", "system"):
        return "reference"
    if _is_date(value):
        return "date"
    return "code" if last in ("code", "status") else "text"


def _is_date(value: Any) -> bool:
    if not isinstance(value, str) or not re.match(r"\d{4}-\d{2}-\d{2}", value):
        return False
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return False
    return True
