"""Observations back into forms: those of one day, visit and reader fill one entry, as far as its items go."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from glisson.case import Observation
from glisson.records.forms import Form, Item, ItemType
from glisson.records.projection.made import Maker
from glisson.records.projection.mapping import plain_value

FORMS = ("patient", "disease", "decision", "imaging", "response", "qlq_c30", "laboratory")
"""Where two forms ask for the same observation, the earlier one takes it if it is there for another reason."""


class Group(NamedTuple):
    """What the observations of one entry have in common."""

    visit: str | None
    at: Any
    recorded_at: Any
    by: str | None


Filled = dict[str, list[dict[str, Any]]]
"""Form to the values of its entries."""


def filled(maker: Maker, observations: Iterable[Observation]) -> dict[Group, Filled]:
    """Values of every entry that the observations fill; lesions apart."""
    groups: dict[Group, list[Observation]] = defaultdict(list)
    for one in observations:
        groups[Group(one.visit, one.at, one.recorded_at, one.by)].append(one)
    index = _index(maker)
    return {group: _fill(maker, own, index) for group, own in groups.items()}


def _index(maker: Maker) -> dict[str, list[str]]:
    """Observation to the forms that ask for it."""
    index: dict[str, list[str]] = defaultdict(list)
    for name in FORMS:
        for item in maker.form(name).items:
            if item.noun is not None and item.noun.noun == "observation" and name not in index[item.noun.field]:
                index[item.noun.field].append(name)
    return index


def _fill(maker: Maker, observations: list[Observation], index: dict[str, list[str]]) -> Filled:
    entries: Filled = {}
    certain = [one for one in observations if len(index.get(one.what, ())) == 1]
    for one in certain:
        _put(maker.form(index[one.what][0]), one, entries)
    for one in observations:
        names = index.get(one.what, [])
        if len(names) > 1:
            there = [name for name in names if name in entries and not _has(maker.form(name), one.what, entries[name])]
            _put(maker.form((there or names[-1:])[0]), one, entries)
    return entries


def _has(form: Form, what: str, entries: list[dict[str, Any]]) -> bool:
    return all(_item(form, what).name in values for values in entries)


def _put(form: Form, one: Observation, entries: Filled) -> None:
    """Into the first entry of the form that lacks it, or a new one; of several words each into the same list."""
    item = _item(form, one.what)
    those = entries.setdefault(form.form, [])
    if item.type is ItemType.CHOICES and one.answer is not None and those and isinstance(those[0].get(item.name), list):
        those[0][item.name].append(one.answer)
        return
    values = next((values for values in those if item.name not in values), None)
    if values is None:
        values = {}
        those.append(values)
    values |= _values(form, item, one)


def _item(form: Form, what: str, part: str = "value") -> Item:
    return next(
        item
        for item in form.items
        if item.noun and (item.noun.noun, item.noun.field, item.noun.part) == ("observation", what, part)
    )


def _values(form: Form, item: Item, one: Observation) -> dict[str, Any]:
    plain: Any = [one.answer] if item.type is ItemType.CHOICES else one.answer if one.answer is not None else one.value
    found: dict[str, Any] = {item.name: {"missing": one.missing} if one.missing else plain_value(item, plain)}
    for part, limit in (("lower_normal", one.lower_normal), ("upper_normal", one.upper_normal)):
        if limit is not None and (other := _limit(form, one.what, part)) is not None:
            found[other.name] = limit
    return found


def _limit(form: Form, what: str, part: str) -> Item | None:
    targets = ((item, item.noun) for item in form.items if item.noun is not None)
    return next((item for item, noun in targets if (noun.noun, noun.field, noun.part) == ("observation", what, part)), None)
