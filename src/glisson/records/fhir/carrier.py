"""Extensions for what FHIR and mCODE have no element for: one for each item, on the main resource of its entry."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from glisson.records.fhir.names import ABSENT, ENTRY, ITEM, MASKED, REASON
from glisson.records.forms import Item, ItemType

_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")
_KEYS = {
    ItemType.INTEGER: "valueInteger",
    ItemType.SCALE: "valueInteger",
    ItemType.NUMBER: "valueDecimal",
    ItemType.DATE: "valueDate",
}


def item_extension(item: Item, value: Any) -> dict[str, Any]:
    """Extension of one item: its name, and its value, its values, or the reason why there is none."""
    return {"url": ITEM, "extension": [{"url": "name", "valueString": item.name}, *_values(item, value)]}


def masked(name: str) -> dict[str, Any]:
    """Extension of an item whose text may betray a person."""
    return {"url": ITEM, "extension": [{"url": "name", "valueString": name}, {"url": "missing", "valueCode": MASKED}]}


def _values(item: Item, value: Any) -> Iterable[dict[str, Any]]:
    if isinstance(value, Mapping):
        yield {"url": "missing", "valueCode": ABSENT.get(str(value.get("missing")), "unknown")}
    elif item.type is ItemType.CHOICES and isinstance(value, list | tuple):
        yield {"url": "count", "valueInteger": len(value)}
        yield from ({"url": "value", "valueString": word} for word in value)
    else:
        yield {"url": "value", _key(item, value): value}


def _key(item: Item, value: Any) -> str:
    if item.type is ItemType.INSTANT and _DATE_TIME.fullmatch(str(value)):
        return "valueDateTime"
    return _KEYS.get(item.type, "valueString")


def read_items(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Items in the extensions of a resource; a masked one is left out."""
    found: dict[str, Any] = {}
    for extension in resource.get("extension", []):
        if extension.get("url") == ITEM:
            inner = extension.get("extension", [])
            name = _one(inner, "name")
            if isinstance(name, str):
                found[name] = _read(inner)
    return {name: value for name, value in found.items() if value is not None}


def _read(inner: list[Mapping[str, Any]]) -> Any:
    reason = _one(inner, "missing")
    if reason is not None:
        return {"missing": REASON[reason]} if reason in REASON else None
    values = [_value(one) for one in inner if one.get("url") == "value"]
    return values if _one(inner, "count") is not None else (values[0] if values else None)


def read_part(resource: Mapping[str, Any]) -> dict[str, Any] | None:
    """Which entry and part a resource says that it is; ``None`` where it is not of this program's making."""
    for extension in resource.get("extension", []):
        if extension.get("url") == ENTRY:
            inner = extension.get("extension", [])
            return {name: _one(inner, name) for name in ("part", "form", "edition", "visit", "instance")}
    return None


def _one(inner: Iterable[Mapping[str, Any]], url: str) -> Any:
    return next((_value(one) for one in inner if one.get("url") == url), None)


def _value(extension: Mapping[str, Any]) -> Any:
    return next((value for key, value in extension.items() if key.startswith("value")), None)
