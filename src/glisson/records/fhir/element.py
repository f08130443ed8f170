"""Where one item of a form stands in a FHIR resource: written there and read from there by one description."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from glisson.records.fhir.names import ABSENT, HL7, REASON, UCUM, concept

Step = str | Mapping[str, Any]
"""A key; or, in a list, the first element that has these keys and values."""


@dataclass(frozen=True)
class Element:
    """One item and its place.

    Attributes:
        item: name in the form.
        path: keys down the resource.
        words: word of the item to what stands for it in FHIR; the value itself if ``None``.
        unit: UCUM code; the value is then a Quantity.
        year: the value is a whole number that FHIR holds as text of four digits.
        absent: path of a CodeableConcept that says why there is no value.
    """

    item: str
    path: tuple[Step, ...]
    words: Mapping[str, Any] | None = None
    unit: str | None = None
    year: bool = False
    absent: tuple[Step, ...] | None = None

    def put(self, resource: dict[str, Any], value: Any) -> bool:
        """Write the value or the reason for its absence; False where this element cannot hold it."""
        if isinstance(value, Mapping):
            reason = value.get("missing")
            if self.absent is None or reason not in ABSENT:
                return False
            _put(resource, self.absent, concept(f"{HL7}data-absent-reason", ABSENT[reason]))
            return True
        fragment = self._fragment(value)
        if fragment is None:
            return False
        _put(resource, self.path, fragment)
        return True

    def get(self, resource: Mapping[str, Any]) -> Any:
        """The value as the form holds it, ``{"missing": reason}``, or ``None`` where nothing known stands there."""
        found = _get(resource, self.path)
        if found is not None:
            return self._value(found)
        reason = None if self.absent is None else _get(resource, (*self.absent, "coding", {}, "code"))
        return {"missing": REASON[reason]} if reason in REASON else None

    def _fragment(self, value: Any) -> Any:
        if value is None:
            return None
        if self.words is not None:
            return self.words.get(value) if isinstance(value, str) else None
        if self.unit is not None:
            return {"value": value, "unit": self.unit, "system": UCUM, "code": self.unit}
        return f"{value:04d}" if self.year and isinstance(value, int) else value

    def _value(self, found: Any) -> Any:
        if self.words is not None:
            return next((name for name, fragment in self.words.items() if _says(found, fragment)), None)
        if self.unit is not None:
            same = isinstance(found, Mapping) and found.get("system") == UCUM and found.get("code") == self.unit
            return found.get("value") if same and "comparator" not in found else None
        if self.year:
            return int(found) if isinstance(found, str) and re.fullmatch(r"\d{4}", found) else None
        return found


def _says(found: Any, fragment: Any) -> bool:
    """Whether what was found is the fragment: concepts by their codings, everything else as it is."""
    if isinstance(fragment, Mapping) and "coding" in fragment:
        return isinstance(found, Mapping) and _codes(found) == _codes(fragment)
    return bool(found == fragment)


def _codes(of: Mapping[str, Any]) -> set[tuple[Any, Any]]:
    return {(coding.get("system"), coding.get("code")) for coding in of.get("coding", [])}


def _put(resource: dict[str, Any], path: tuple[Step, ...], value: Any) -> None:
    here: Any = resource
    for step, following in pairwise(path):
        if isinstance(step, str):
            here = here.setdefault(step, {} if isinstance(following, str) else [])
        else:
            here = _in_list(here, step) or _appended(here, step)
    here[path[-1]] = value


def _appended(rows: list[dict[str, Any]], step: Mapping[str, Any]) -> dict[str, Any]:
    rows.append(dict(step))
    return rows[-1]


def _in_list(rows: Any, step: Mapping[str, Any]) -> Any:
    if not isinstance(rows, list):
        return None
    return next((row for row in rows if isinstance(row, Mapping) and all(_says(row.get(k), v) for k, v in step.items())), None)


def _get(resource: Any, path: tuple[Step, ...]) -> Any:
    here = resource
    for step in path:
        here = _under(here, step) if isinstance(step, str) else _in_list(here, step)
        if here is None:
            return None
    return here


def _under(here: Any, key: str) -> Any:
    return here.get(key) if isinstance(here, Mapping) else None
