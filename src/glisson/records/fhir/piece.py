"""One resource that an entry becomes: its constants, and the items that stand in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from glisson.records.fhir.element import Element
from glisson.records.fhir.links import Links
from glisson.records.forms import FormEntry, ItemType
from glisson.records.forms import form as form_of

MAIN = "main"
Base = Callable[[FormEntry, Links], dict[str, Any]]


@dataclass(frozen=True)
class Piece:
    """A resource of an entry.

    Attributes:
        key: name of the part; every entry has one part 'main', which also carries what stands nowhere else.
        type: FHIR resource type.
        base: constants, and what follows from other items; never read back.
        elements: items, written and read by the same description.
        profile: mCODE profile that it claims, if any.
        when: whether the entry has this part; an item of its name with a value, or a reason that it can hold, if ``None``.
    """

    key: str
    type: str
    base: Base
    elements: tuple[Element, ...] = ()
    profile: Callable[[FormEntry], str | None] = field(default=lambda _: None)
    when: Callable[[FormEntry], bool] | None = None

    def there(self, entry: FormEntry) -> bool:
        """Whether the entry has this part."""
        if self.when is not None:
            return self.when(entry)
        return self.key == MAIN or self.elements[0].put({}, entry.values.get(self.key))

    def write(self, entry: FormEntry, values: Mapping[str, Any], links: Links) -> tuple[dict[str, Any], set[str]]:
        """The resource, and the items that it holds."""
        resource: dict[str, Any] = {"resourceType": self.type, **links.meta(self.profile(entry)), **self.base(entry, links)}
        return resource, {element.item for element in self.elements if element.put(resource, values.get(element.item))}

    def read(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """Items that stand in the resource."""
        found = {element.item: element.get(resource) for element in self.elements}
        return {item: value for item, value in found.items() if value is not None}


def day(entry: FormEntry) -> dict[str, str]:
    """The day of an entry as an Observation has it."""
    at = form_of(entry.form, entry.edition).at
    found = entry.get(at) if at else None
    return {"effectiveDateTime": found} if isinstance(found, str) else {}


def words_of(form: str, item: str) -> dict[str, Any]:
    """Words of an item to local concepts, with the labels of the form."""
    from glisson.records.fhir.names import word

    found = form_of(form).by_name[item]
    labels = {"yes": "yes", "no": "no"} if found.type is ItemType.YES_NO else {c.value: c.label for c in found.choices}
    return {name: {"coding": [word(form, item, name) | {"display": label}]} for name, label in labels.items()}


def reasons(links: Links) -> dict[str, Any]:
    """What a treatment was given for: the metastases."""
    return {"reasonReference": links.metastases} if links.metastases else {}
