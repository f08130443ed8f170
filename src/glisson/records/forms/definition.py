"""What a form is: its items with types, bounds, choices, conditions and targets. Unknown keys are refused."""

from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from glisson.case.observation import BOUNDS, CHOICES
from glisson.records.forms.entry import MISSING

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][A-Za-z0-9_]{0,59}$")]
Scalar = str | int | float
Bounds = tuple[float, float]
Reason = Literal["not done", "unknown", "not applicable"]

MISSING_CODES: dict[str, str] = {"not done": "NDONE", "unknown": "UNK", "not applicable": "NAPP"}
"""Code of each reason where a table holds codes: the missing data codes of REDCap. Longer than a country code: NA is Namibia."""


class Definition(BaseModel):
    """Frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ItemType(StrEnum):
    """What a value is in JSON."""

    INTEGER = "integer"
    NUMBER = "number"
    SCALE = "scale"
    """a whole number on a closed scale: every step within the bounds is ordinary"""
    CHOICE = "choice"
    """one word of the list"""
    CHOICES = "choices"
    """a list of words; an empty list says: none of them"""
    YES_NO = "yes_no"
    """the word yes or no"""
    DATE = "date"
    """YYYY-MM-DD"""
    INSTANT = "instant"
    """ISO 8601 with its offset"""
    TEXT = "text"
    IDENTIFIER = "identifier"
    """lower-case name: letters, digits, dot, dash, underscore"""

    @property
    def is_number(self) -> bool:
        """Whether values have bounds."""
        return self in (ItemType.INTEGER, ItemType.NUMBER, ItemType.SCALE)


class Choice(Definition):
    """One allowed word. ``code`` stays the same for good; ``value`` is what is stored; ``label`` is what is shown."""

    code: int
    value: str
    label: str


class Condition(Definition):
    """An item is asked only if another one says a certain thing."""

    item: Name
    among: Annotated[tuple[str, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)] = Field((), alias="is")
    above: float | None = None
    answered: bool = False

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if bool(self.among) + (self.above is not None) + self.answered != 1:
            raise ValueError("a condition says one of 'is', 'above' or 'answered'")
        return self

    def holds(self, values: Any) -> bool:
        """Whether the values say so; an item without a value never does."""
        value = values.get(self.item)
        if value is None or isinstance(value, dict):
            return False
        if self.answered:
            return True
        if self.above is not None:
            return isinstance(value, int | float) and value > self.above
        return bool(set(self.among) & set(value)) if isinstance(value, list | tuple) else str(value) in self.among


class CdiscTarget(Definition):
    """Where an item goes in SDTM: domain, variable, and the test code (or QNAM of a supplemental qualifier)."""

    domain: str
    variable: str
    testcode: str | None = None


def _cdisc(value: Any) -> Any:
    """Text as "LB.LBSTRESN BILI" to its parts."""
    if not isinstance(value, str):
        return value
    where, _, code = value.partition(" ")
    domain, _, variable = where.partition(".")
    return {"domain": domain, "variable": variable, "testcode": code or None}


class NounTarget(Definition):
    """What an item becomes on a Case: a field of a noun, or an observation of some name (its value, or a limit of normal)."""

    noun: Literal["case", "site", "treatment", "session", "embolization", "injection", "observation", "event"]
    field: str
    part: Literal["value", "lower_normal", "upper_normal"] = "value"


def _noun(value: Any) -> Any:
    """Text as "treatment.line" or "observation.ast_U_per_L upper_normal" to its parts."""
    if not isinstance(value, str):
        return value
    where, _, part = value.partition(" ")
    noun, _, field = where.partition(".")
    return {"noun": noun, "field": field, "part": part or "value"}


def _choices(value: Any) -> Any:
    """A mapping as {1: female} or {1: [lifepearl, LifePearl]} to choices."""
    if not isinstance(value, dict):
        return value
    pairs = ((code, (words, words) if isinstance(words, str) else tuple(words)) for code, words in value.items())
    return tuple({"code": code, "value": words[0], "label": words[1]} for code, words in pairs)


class Item(Definition):
    """One question.

    Attributes:
        name: key of the value; it carries the unit.
        label, help: on screens, in the codebook.
        unit: as printed; the one in the name.
        refuse: a number outside is not taken. From the noun's bounds where it has some.
        warn: a number outside is taken and asked about.
        required: asked for whenever its conditions hold, as a value or as a reason why there is none.
        missing: reasons that are allowed.
        some: of several choices at least one; else an empty list says: none of them.
        when: all must hold for the item to be asked.
        confirmed: a concept that CIREL is known to record; the others are proposed.
        redcap: field name there; prefix and name, lower case, if absent.
    """

    name: Name
    type: ItemType
    label: str
    help: str = ""
    section: str = ""
    unit: str = ""
    refuse: Bounds | None = None
    warn: Bounds | None = None
    choices: Annotated[tuple[Choice, ...], BeforeValidator(_choices)] = ()
    pattern: str | None = None
    longest: Annotated[int, Field(ge=1, le=4000)] = 200
    required: bool = False
    missing: Annotated[tuple[Reason, ...], BeforeValidator(lambda v: MISSING if v == "any" else v)] = ()
    some: bool = False
    when: Annotated[tuple[Condition, ...], BeforeValidator(lambda v: (v,) if isinstance(v, dict) else v)] = ()
    confirmed: bool = False
    redcap: str | None = None
    cdisc: Annotated[CdiscTarget | None, BeforeValidator(_cdisc)] = None
    noun: Annotated[NounTarget | None, BeforeValidator(_noun)] = None

    @model_validator(mode="before")
    @classmethod
    def _bounds_of_the_noun(cls, data: Any) -> Any:
        """The bounds, or the words' order, of the observation that the item becomes."""
        target = _noun(data.get("noun")) if isinstance(data, dict) else None
        if isinstance(target, dict) and target["noun"] == "observation" and data.get("refuse") is None:
            return data | ({"refuse": BOUNDS[target["field"]]} if target["field"] in BOUNDS else {})
        return data

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.type.is_number:
            self._check_bounds()
        elif self.warn is not None:
            raise ValueError(f"{self.name}: only a number has bounds")
        if (self.type in (ItemType.CHOICE, ItemType.CHOICES)) != bool(self.choices):
            raise ValueError(f"{self.name}: choices belong to the types choice and choices, and these need them")
        if self.some and self.type is not ItemType.CHOICES:
            raise ValueError(f"{self.name}: only an item of several choices asks for some")
        for what in ("code", "value"):
            if len({getattr(choice, what) for choice in self.choices}) != len(self.choices):
                raise ValueError(f"{self.name}: two choices have the same {what}")
        self._check_noun()
        return self

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Allowed words of a choice or of yes/no."""
        return ("yes", "no") if self.type is ItemType.YES_NO else tuple(choice.value for choice in self.choices)

    @property
    def widget(self) -> str:
        """What a page shows: number, radio, select, checkbox, date, datetime, text or textarea."""
        if self.type is ItemType.CHOICE:
            return "radio" if len(self.choices) <= 4 else "select"
        if self.type is ItemType.TEXT and self.longest > 200:
            return "textarea"
        kinds = {ItemType.CHOICES: "checkbox", ItemType.YES_NO: "radio", ItemType.DATE: "date", ItemType.INSTANT: "datetime"}
        return "number" if self.type.is_number else kinds.get(self.type, "text")

    def asked(self, values: Any) -> bool:
        """Whether its conditions hold."""
        return all(condition.holds(values) for condition in self.when)

    def _check_bounds(self) -> None:
        if self.refuse is None:
            raise ValueError(f"{self.name}: a number needs 'refuse' bounds")
        low, high = self.refuse
        if self.type is ItemType.SCALE:
            if self.warn is not None:
                raise ValueError(f"{self.name}: a scale has no 'warn' bounds")
        elif self.warn is None or not low <= self.warn[0] < self.warn[1] <= high:
            raise ValueError(f"{self.name}: a number needs 'warn' bounds inside its 'refuse' bounds")
        if not low < high:
            raise ValueError(f"{self.name}: the lower bound is not below the upper one")

    def _check_noun(self) -> None:
        if self.noun is None or self.noun.noun != "observation":
            return
        name = self.noun.field
        if name in CHOICES:
            if not set(self.words) <= set(CHOICES[name]):
                raise ValueError(f"{self.name}: a choice is not among the words of the observation {name}")
        elif name in BOUNDS:
            low, high = BOUNDS[name]
            if self.refuse is None or self.refuse[0] < low or self.refuse[1] > high:
                raise ValueError(f"{self.name}: 'refuse' reaches outside the bounds of the observation {name}")
        else:
            raise ValueError(f"{self.name}: no observation of the name {name}")


class Upgrade(Definition):
    """How values of the edition before become values of this one.

    Attributes:
        edition: from which.
        rename: old item to new item.
        recode: new item to (old word to new word).
        dropped: old items that this edition no longer asks.
    """

    edition: Annotated[int, Field(ge=1)]
    rename: dict[Name, Name] = Field(default_factory=dict)
    recode: dict[Name, dict[str, str]] = Field(default_factory=dict)
    dropped: tuple[Name, ...] = ()


class Form(Definition):
    """One edition of a form.

    Attributes:
        form, edition: its name and number.
        prefix: in front of its items' names where all forms share one space (REDCap).
        per: once in a case, once in a visit, or repeating within a visit.
        at: the item that says when it was true.
        proposal: what is proposed by this project and what is known of the registry it follows.
        upgrade: from the edition before.
    """

    form: Name
    edition: Annotated[int, Field(ge=1)]
    title: str
    prefix: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,11}$")]
    per: Literal["case", "visit", "repeating"]
    at: Name | None = None
    proposal: str
    items: tuple[Item, ...]
    upgrade: Upgrade | None = None

    @model_validator(mode="after")
    def _refers_to_its_items(self) -> Self:
        names = [item.name for item in self.items]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.form}: two items have the same name")
        seen: dict[str, Item] = {}
        for item in self.items:
            for condition in item.when:
                if condition.item not in seen:
                    raise ValueError(
                        f"{self.form}, {item.name}: its condition names '{condition.item}', which does not stand before it"
                    )
                unknown = set(condition.among) - set(seen[condition.item].words)
                if unknown:
                    raise ValueError(
                        f"{self.form}, {item.name}: its condition waits for a word that '{condition.item}' does not have"
                    )
            seen[item.name] = item
        if self.at is not None and (self.at not in seen or seen[self.at].type not in (ItemType.DATE, ItemType.INSTANT)):
            raise ValueError(f"{self.form}: 'at' is not one of its dates")
        return self

    def item(self, name: str) -> Item:
        """The item of that name.

        Raises:
            KeyError: none.
        """
        return self.by_name[name]

    @cached_property
    def by_name(self) -> dict[str, Item]:
        """Items by name, in order."""
        return {item.name: item for item in self.items}

    def field_name(self, item: Item) -> str:
        """Name of an item among those of all forms, lower case: the REDCap field."""
        return item.redcap or f"{self.prefix}_{item.name}".lower()
