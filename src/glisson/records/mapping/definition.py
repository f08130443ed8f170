"""What a mapping file says. Unknown keys, forms, items, units and words are refused when it is read, before any row."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from glisson.errors import BadInput
from glisson.records.forms import Form, Item, ItemType, form
from glisson.records.forms.definition import Reason

EDITION = 1
LENGTHS_AND_MASSES: dict[tuple[str, str], Decimal] = {
    ("cm", "mm"): Decimal(10),
    ("m", "cm"): Decimal(100),
    ("mm", "cm"): Decimal("0.1"),
    ("g", "kg"): Decimal("0.001"),
    ("g/dL", "g/L"): Decimal(10),
    ("ng/mL", "µg/L"): Decimal(1),
    ("MBq", "GBq"): Decimal("0.001"),
    ("%", "fraction"): Decimal("0.01"),
}
"""Units whose ratio is a matter of definition. Between mass and amount of a substance the mapping gives its own factor."""

Text = Annotated[str, BeforeValidator(lambda value: value if isinstance(value, str) else _plain(value))]


def _plain(value: Any) -> Any:
    return (
        "" if value is None else str(value) if isinstance(value, int | float | dt.date) and not isinstance(value, bool) else value
    )


class _Part(BaseModel):
    """Frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Test(_Part):
    """What another column has to say. Numbers are compared as numbers, so that 1 and 1.0 are the same."""

    column: str
    among: Annotated[tuple[Text, ...], BeforeValidator(lambda v: v if isinstance(v, list | tuple) else (v,))] = Field(
        (), alias="is"
    )
    above: Decimal | None = None
    empty: bool | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.among) + (self.above is not None) + (self.empty is not None) != 1:
            raise ValueError("a test says one of 'is', 'above' or 'empty'")
        return self


Tests = Annotated[tuple[Test, ...], BeforeValidator(lambda v: (v,) if isinstance(v, dict) else v)]


class Value(_Part):
    """Where the value of an item comes from: a column, a constant, or a reason why there is none.

    Attributes:
        when: all must hold; else the item has no value.
        codes: what is written to the word of the form.
        missing: what is written to a reason; beside the mapping's own codes.
        unit: of the column, where it is not the item's; factor: in its place where the ratio is no matter of definition.
        date: how a day is written, as %d.%m.%Y; ISO if not given.
        days_after: the column counts days (of ``days_each`` if it counts something else) from this day.
        empty: reason for an empty cell.
    """

    column: str | None = None
    constant: Any = None
    reason: Reason | None = None
    when: Tests = ()
    codes: dict[Text, Any] = Field(default_factory=dict)
    missing: dict[Text, Reason] = Field(default_factory=dict)
    unit: str | None = None
    factor: Decimal | None = None
    date: str | None = None
    days_after: dt.date | None = None
    days_each: Decimal = Decimal(1)
    empty: Reason | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.column is not None) + (self.constant is not None) + (self.reason is not None) != 1:
            raise ValueError("a value comes from one of 'column', 'constant' or 'reason'")
        if self.column is None and (self.codes or self.missing or self.unit or self.factor or self.date or self.days_after):
            raise ValueError("codes, missing, unit, factor, date and days_after belong to a column")
        if self.unit is not None and self.factor is not None:
            raise ValueError("give the unit or the factor, not both")
        return self


Values = Annotated[tuple[Value, ...], BeforeValidator(lambda v: (v,) if isinstance(v, dict) else v)]


class Filling(_Part):
    """One form that each row fills.

    Attributes:
        visit, instance: where the entry stands; a visit can be read from a column.
        when: rows for which the form is filled.
        items: item to where its value comes from; of several the first whose ``when`` holds.
    """

    form: str
    edition: int | None = None
    visit: str = ""
    visit_column: str | None = None
    visit_codes: dict[Text, str] = Field(default_factory=dict)
    instance: int = 1
    instance_column: str | None = None
    when: Tests = ()
    items: dict[str, Values]

    @property
    def definition(self) -> Form:
        """The form in its edition."""
        return form(self.form, self.edition)


class Points(_Part):
    """What a score adds up: a point where the test holds, one or none where the cell is empty or a missing code."""

    column: str
    among: Annotated[tuple[Text, ...], BeforeValidator(lambda v: v if isinstance(v, list | tuple) else (v,))] = Field(
        (), alias="is"
    )
    above: Decimal | None = None


class Check(_Part):
    """A check of the table itself, also of columns that go nowhere.

    Attributes:
        range: the smallest and the largest value.
        points: of a score; unseen: points for which the table has no column.
        not_above: another column that this one never exceeds.
        reject: drop the row; else it is stored and listed as doubtful.
    """

    column: str
    range: tuple[Decimal, Decimal] | None = None
    points: tuple[Points, ...] = ()
    unseen: int = 0
    not_above: str | None = None
    words: str
    reject: bool = False


class CaseName(_Part):
    """Who a row is about: a column with the site's own identifier, made a pseudonym and not stored, or with pseudonyms."""

    identifier: str | None = None
    pseudonym: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.identifier is None) == (self.pseudonym is None):
            raise ValueError("a case is named by one of 'identifier' or 'pseudonym'")
        return self

    @property
    def column(self) -> str:
        """The column that names the case."""
        return self.identifier or self.pseudonym or ""


class Mapping(_Part):
    """A mapping file.

    Attributes:
        site: of every row, or site_column with site_codes.
        missing: codes that mean the same in every column.
        ignored: columns that go nowhere, each with why.
    """

    glisson_mapping: Literal[1]
    title: str = ""
    source: str = ""
    site: str | None = None
    site_column: str | None = None
    site_codes: dict[Text, str] = Field(default_factory=dict)
    case: CaseName
    missing: dict[Text, Reason] = Field(default_factory=dict)
    ignored: dict[str, str] = Field(default_factory=dict)
    entries: tuple[Filling, ...]
    checks: tuple[Check, ...] = ()

    @model_validator(mode="after")
    def _fits_the_forms(self) -> Self:
        if (self.site is None) == (self.site_column is None):
            raise ValueError("the site is one of 'site' or 'site_column'")
        for filling in self.entries:
            try:
                definition = filling.definition
            except BadInput as error:
                raise ValueError(f"form '{filling.form}': {error.problem}") from None
            for name, values in filling.items.items():
                if name not in definition.by_name:
                    raise ValueError(f"form {filling.form} has no item '{name}'")
                for value in values:
                    _require_fit(definition.item(name), value)
        return self

    def columns(self) -> set[str]:
        """Every column that goes somewhere: into a value, a name, a place or a test."""
        found = {self.case.column, self.site_column}
        for filling in self.entries:
            found |= {filling.visit_column, filling.instance_column, *(test.column for test in filling.when)}
            for values in filling.items.values():
                for value in values:
                    found |= {value.column, *(test.column for test in value.when)}
        return {column for column in found if column is not None}

    def checked_columns(self) -> set[str]:
        """Columns that only the checks look at."""
        found = {name for check in self.checks for name in (check.column, check.not_above) if name is not None}
        return found | {points.column for check in self.checks for points in check.points}


def _require_fit(item: Item, value: Value) -> None:
    """Refuse what could never become a value of the item."""
    if value.unit is not None and (value.unit != item.unit and (value.unit, item.unit) not in LENGTHS_AND_MASSES):
        raise ValueError(f"{item.name}: no way from '{value.unit}' to '{item.unit}' by definition; give the factor")
    if (value.unit or value.factor) and not item.type.is_number:
        raise ValueError(f"{item.name}: a unit or factor, and it is no number")
    if (value.date or value.days_after) and item.type is not ItemType.DATE:
        raise ValueError(f"{item.name}: a date or days_after, and it is no date")
    for word in value.codes.values():
        words = word if isinstance(word, list) else [word]
        if item.words and not set(map(str, words)) <= set(item.words):
            raise ValueError(f"{item.name}: a code leads to a word that the form does not have; it has {', '.join(item.words)}")


def read_mapping(path: Path) -> Mapping:
    """A mapping from YAML.

    Raises:
        BadInput: no such file, not YAML, or something in it does not fit (with the place in the file).
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import SafeConstructor
    from ruamel.yaml.error import YAMLError

    class Constructor(SafeConstructor):
        """Leaves days as text."""

    Constructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)
    reader = YAML(typ="safe", pure=True)
    reader.Constructor = Constructor
    if not path.is_file():
        raise BadInput(f"no file '{path.name}'", do="check the path")
    try:
        return Mapping.model_validate(reader.load(path.read_text(encoding="utf-8")))
    except (YAMLError, UnicodeDecodeError):
        raise BadInput(f"'{path.name}' is not YAML in UTF-8", do="look for a missing colon, quote or indent") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise BadInput(
            f"'{path.name}', {where}: {first['msg'].removeprefix('Value error, ')}", do="correct the mapping"
        ) from None
