"""Checks the values of one entry against its form. No problem repeats what was entered."""

import re
from collections.abc import Mapping
from datetime import date
from math import isfinite
from typing import Any

from glisson.records.forms.definition import Form, Item, ItemType
from glisson.records.forms.entry import instant_of
from glisson.records.forms.problem import Problem, Severity
from glisson.spreadsheet import FORMULA

IDENTIFIER = r"[a-z0-9][a-z0-9._-]{0,63}"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def check_values(form: Form, values: Mapping[str, Any]) -> list[Problem]:
    """Everything that is wrong with the values of one entry, in the order of the form.

    Codes, all of level refuse but the last: ``unknown-item``, ``wrong-type``, ``not-a-choice``, ``not-a-reason``,
    ``not-asked`` (its condition does not hold), ``missing-without-reason``, ``out-of-range``, ``unusual``.

    >>> from glisson.records.forms import form
    >>> [problem.code for problem in check_values(form("death"), {"died_on": "2026-02-30", "caus": "cancer"})]
    ['unknown-item', 'wrong-type', 'missing-without-reason']
    """
    known = form.by_name
    unknown = sorted(set(map(str, values)) - set(known))
    found = [_unknown(form, len(unknown))] if unknown else []
    for item in form.items:
        problem = _check_item(item, values)
        if problem is not None:
            found.append(problem)
    return found


def refused(problems: list[Problem]) -> list[Problem]:
    """Those for which the entry is not taken."""
    return [problem for problem in problems if problem.level == "refuse"]


def _unknown(form: Form, count: int) -> Problem:
    words = f"{count} item{'s' if count > 1 else ''} that form {form.form}, edition {form.edition}, does not have"
    return Problem("unknown-item", "refuse", words)


def _check_item(item: Item, values: Mapping[str, Any]) -> Problem | None:
    value = values.get(item.name)
    if not item.asked(values):
        if value is None or _says_not_applicable(value):
            return None
        return _problem("not-asked", item, "is not asked here: " + "; ".join(map(_condition_words, item.when)))
    if value is None:
        if not item.required:
            return None
        return _problem("missing-without-reason", item, f"is asked for; give a value{_or_reason(item)}")
    if isinstance(value, Mapping):
        return _check_reason(item, value)
    return _check_type(item, value) or _check_range(item, value)


def _says_not_applicable(value: Any) -> bool:
    return isinstance(value, Mapping) and dict(value) == {"missing": "not applicable"}


def _check_reason(item: Item, value: Mapping[str, Any]) -> Problem | None:
    if set(value) == {"missing"} and value["missing"] in item.missing:
        return None
    allowed = f"allowed reasons: {', '.join(item.missing)}" if item.missing else "no reason is allowed"
    return _problem("not-a-reason", item, f"is said to be missing, but not by an allowed reason; {allowed}")


def _check_type(item: Item, value: Any) -> Problem | None:
    kind = item.type
    if kind in (ItemType.CHOICE, ItemType.YES_NO):
        right = isinstance(value, str) and value in item.words
        return None if right else _problem("not-a-choice", item, f"is none of: {', '.join(item.words)}")
    if kind is ItemType.CHOICES:
        count = "at least one word" if item.some else "different words"
        return (
            None
            if _is_list(item, value)
            else _problem("not-a-choice", item, f"is not a list of {count} among: {', '.join(item.words)}")
        )
    right, wanted = _fits(item, value)
    return None if right else _problem("wrong-type", item, f"is not {wanted}")


def _is_list(item: Item, value: Any) -> bool:
    right = isinstance(value, list | tuple) and all(isinstance(word, str) and word in item.words for word in value)
    return right and len(set(value)) == len(value) >= item.some


def _fits(item: Item, value: Any) -> tuple[bool, str]:
    """Whether a value has the type of its item, and what it should be."""
    match item.type:
        case ItemType.INTEGER | ItemType.SCALE:
            return isinstance(value, int) and not isinstance(value, bool), "a whole number"
        case ItemType.NUMBER:
            number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
            return number, "a number"
        case ItemType.DATE:
            return _is_date(value), "a date as 2026-03-02"
        case ItemType.INSTANT:
            return instant_of(value) is not None, "a time with its offset, as 2026-03-02T09:30:00+01:00"
        case ItemType.IDENTIFIER:
            right = isinstance(value, str) and re.fullmatch(IDENTIFIER, value) is not None
            return right, "a name of small letters, digits, dot, dash, underscore"
        case _:
            return _is_text(item, value), f"text of 1 to {item.longest} characters" + (
                f" like {item.pattern}" if item.pattern else ", not beginning with = + - @"
            )


def _is_date(value: Any) -> bool:
    if not isinstance(value, str) or re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) is None:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_text(item: Item, value: Any) -> bool:
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= len(value) <= item.longest or CONTROL.search(value):
        return False
    return FORMULA.match(value) is None if item.pattern is None else re.fullmatch(item.pattern, value) is not None


def _check_range(item: Item, value: Any) -> Problem | None:
    if not item.type.is_number:
        return None
    assert item.refuse is not None
    unit = f" {item.unit}" if item.unit not in ("", "1") else ""
    low, high = item.refuse
    if not low <= value <= high:
        return _problem("out-of-range", item, f"is outside {low:g} to {high:g}{unit}; check the unit")
    if item.warn is not None and not item.warn[0] <= value <= item.warn[1]:
        return _problem("unusual", item, f"is unusual: outside {item.warn[0]:g} to {item.warn[1]:g}{unit}", "warn")
    return None


def _or_reason(item: Item) -> str:
    return f", or the reason why there is none ({', '.join(item.missing)})" if item.missing else ""


def _condition_words(condition: Any) -> str:
    if condition.answered:
        return f"{condition.item} is not answered"
    if condition.above is not None:
        return f"{condition.item} is not above {condition.above:g}"
    return f"{condition.item} is not {' or '.join(condition.among)}"


def _problem(code: str, item: Item, words: str, level: Severity = "refuse") -> Problem:
    return Problem(code, level, f"{item.name} {words}", item=item.name)
