"""Items to fields of nouns and back, as the forms themselves say."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from glisson.records.forms import Form, FormEntry, Item, ItemType

UNKNOWN = {"missing": "unknown"}


class Common(NamedTuple):
    """What every noun of one entry shares."""

    at: str | None
    recorded_at: datetime | None
    visit: str | None

    def fields(self) -> dict[str, Any]:
        """As fields of an observation."""
        return {"at": self.at, "recorded_at": self.recorded_at, "visit": self.visit}


def common(form: Form, entry: FormEntry) -> Common:
    """Time, time of record and visit of an entry."""
    day = entry.day(form.at) if form.at else None
    return Common(day.isoformat() if day else None, entry.recorded_at, entry.visit or None)


def fields_of(form: Form, entry: FormEntry, noun: str) -> dict[str, Any]:
    """Fields of one noun that the items of an entry fill; two items of one field make a pair. What has no value is left out."""
    found: dict[str, Any] = {}
    for item in form.items:
        if item.noun is None or item.noun.noun != noun or (value := entry.get(item.name)) is None:
            continue
        plain = value == "yes" if item.type is ItemType.YES_NO else tuple(value) if isinstance(value, list) else value
        field = item.noun.field
        found[field] = (found[field], plain) if field in found else plain
    return found


def values_of(form: Form, noun: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Items that the fields of one noun fill: the inverse of :func:`fields_of`."""
    values: dict[str, Any] = {}
    taken: dict[str, int] = {}
    for item in form.items:
        if item.noun is None or item.noun.noun != noun:
            continue
        field = item.noun.field
        value = fields.get(field)
        if _is_pair(form, noun, field) and isinstance(value, tuple | list):
            value = value[taken.get(field, 0)]
            taken[field] = taken.get(field, 0) + 1
        if (plain := plain_value(item, value)) is not None:
            values[item.name] = plain
    return values


def _is_pair(form: Form, noun: str, field: str) -> bool:
    return sum(item.noun is not None and (item.noun.noun, item.noun.field) == (noun, field) for item in form.items) > 1


def plain_value(item: Item, value: Any) -> Any:
    """A field's value as its item holds it in JSON; ``None`` where the item cannot hold it."""
    if isinstance(value, date):
        return _plain_moment(item, value)
    match item.type:
        case ItemType.YES_NO:
            return {True: "yes", False: "no", "yes": "yes", "no": "no"}.get(value)
        case ItemType.CHOICE:
            return value if value in item.words else None
        case ItemType.CHOICES:
            return [word for word in value if word in item.words] if isinstance(value, tuple | list) else None
        case ItemType.INTEGER | ItemType.SCALE:
            return int(value) if isinstance(value, int | float) and float(value).is_integer() else None
        case _:
            return value


def _plain_moment(item: Item, value: date) -> str | None:
    if item.type is ItemType.INSTANT:
        return value.isoformat() if isinstance(value, datetime) else None
    return value.isoformat()[:10] if item.type is ItemType.DATE else None


def completed(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values with the reason "unknown" wherever the form asks for something that is not there and takes that reason."""
    found: dict[str, Any] = {}
    for item in form.items:
        if item.asked({**values, **found}):
            if item.name in values:
                found[item.name] = values[item.name]
            elif item.required and "unknown" in item.missing:
                found[item.name] = dict(UNKNOWN)
    return found
