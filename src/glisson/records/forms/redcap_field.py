"""What a REDCap data dictionary says of an item: type, choices, validation, branching."""

from dataclasses import dataclass

from glisson.records.forms.definition import Condition, Form, Item, ItemType

VALIDATION = {
    ItemType.INTEGER: "integer",
    ItemType.SCALE: "integer",
    ItemType.NUMBER: "number",
    ItemType.DATE: "date_ymd",
}


@dataclass(frozen=True)
class RedcapField:
    """One line of a data dictionary, before it is written.

    Attributes:
        choices: (code, label), in order.
        minimum, maximum: the refusing bounds; REDCap itself only warns.
        branching: in REDCap's logic; empty: always shown.
        identifier: never; no item of these forms identifies a person.
    """

    name: str
    form: str
    section: str
    type: str
    label: str
    choices: tuple[tuple[str, str], ...]
    note: str
    validation: str
    minimum: str
    maximum: str
    identifier: bool
    branching: str
    required: bool

    @property
    def choices_text(self) -> str:
        """Choices in one cell, as ``1, female | 2, male``."""
        return " | ".join(f"{code}, {label}" for code, label in self.choices)


def redcap_field(form: Form, item: Item) -> RedcapField:
    """The field of an item. A field is required there only where no reason for a missing value is allowed.

    >>> from glisson.records.forms import form
    >>> field = redcap_field(form("history_line"), form("history_line").item("line"))
    >>> field.name, field.validation, field.branching
    ('hist_line', 'integer', "[hist_therapy] = '1'")
    """
    low, high = item.refuse or (None, None)
    return RedcapField(
        name=form.field_name(item),
        form=form.form,
        section=item.section,
        type=_type(item),
        label=item.label + (f" ({item.unit})" if item.unit not in ("", "1") else ""),
        choices=tuple((str(choice.code), choice.label) for choice in item.choices),
        note=item.help,
        validation=VALIDATION.get(item.type, ""),
        minimum="" if low is None else f"{low:g}",
        maximum="" if high is None else f"{high:g}",
        identifier=False,
        branching=" and ".join(_logic(form, condition) for condition in item.when),
        required=item.required and not item.missing and not item.when,
    )


def _type(item: Item) -> str:
    if item.type is ItemType.TEXT and item.longest > 200:
        return "notes"
    kinds = {ItemType.YES_NO: "yesno", ItemType.CHOICE: "radio", ItemType.CHOICES: "checkbox"}
    return "dropdown" if item.widget == "select" else kinds.get(item.type, "text")


def _logic(form: Form, condition: Condition) -> str:
    item = form.item(condition.item)
    field = form.field_name(item)
    if condition.answered:
        return f"[{field}] <> ''"
    if condition.above is not None:
        return f"[{field}] > {condition.above:g}"
    codes = {"yes": "1", "no": "0"} if item.type is ItemType.YES_NO else {c.value: str(c.code) for c in item.choices}
    if item.type is ItemType.CHOICES:
        tests = [f"[{field}({codes[word]})] = '1'" for word in condition.among]
    else:
        tests = [f"[{field}] = '{codes[word]}'" for word in condition.among]
    return tests[0] if len(tests) == 1 else "(" + " or ".join(tests) + ")"
