"""Observations of an entry, as its form says."""

from typing import Any

from glisson.records.forms import Form, FormEntry, Item, ItemType
from glisson.records.projection.mapping import common


def observations_of(form: Form, entry: FormEntry) -> list[dict[str, Any]]:
    """Every observation that an entry's items become, missing ones with their reason, as fields of the noun."""
    shared = common(form, entry).fields()
    if (reader := entry.get("reader")) is not None:
        shared["by"] = reader
    found: dict[str, dict[str, Any]] = {}
    several: list[dict[str, Any]] = []
    for item in form.items:
        if item.noun is None or item.noun.noun != "observation" or item.name not in entry.values:
            continue
        name = item.noun.field
        if item.type is ItemType.CHOICES and entry.reason(item.name) is None:
            several += [{"what": name, "answer": word} for word in entry.words(item.name)]
            continue
        found.setdefault(name, {"what": name}).update(_said(item, entry))
    told = [one for one in found.values() if {"value", "answer", "missing"} & set(one)]
    return [{**shared, **one} for one in (*told, *several)]


def _said(item: Item, entry: FormEntry) -> dict[str, Any]:
    """One item's part of an observation: value, answer, reason or a limit of normal."""
    assert item.noun is not None
    value = entry.get(item.name)
    if item.noun.part != "value":
        return {} if value is None else {item.noun.part: value}
    if value is None:
        return {"missing": entry.reason(item.name)}
    return {"value": value} if item.type.is_number else {"answer": value}


def lesion_observations(form: Form, entry: FormEntry, site: str) -> list[dict[str, Any]]:
    """What was seen of one lesion on one scan by one reader: its sizes, or the state in their place."""
    state = entry.get("state")
    if state == "measured":
        return [{**one, "site": site} for one in observations_of(form, entry)]
    if state is None:
        return []
    what = "short_axis_mm" if entry.yes("node") else "longest_diameter_mm"
    return [{**common(form, entry).fields(), "by": entry.get("reader"), "what": what, "site": site, "state": state}]
