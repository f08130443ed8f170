"""A case on the board in the variables of a registry: what was known of it before treatment, item by item of the forms."""

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from glisson.actions.cohort.derived import derived_columns
from glisson.actions.cohort.items import AFTER_ALL, BASELINE, DTYPES, ONCE, variables_of_forms
from glisson.case import Case, Observation, current
from glisson.follow.harm_from_cases import day_of, sessions_of
from glisson.learn.cohort.registry.new_variables import with_new_variables
from glisson.learn.cohort.registry.protocol import Protocol
from glisson.learn.cohort.registry.tables import RegistryTables, Variable
from glisson.records.forms import form

if TYPE_CHECKING:
    from glisson.records.forms import Item

CLASSES = {"liver_lesions_class": ("liver_lesions", 1.0), "liver_involvement_class": ("liver_involvement_fraction", 100.0)}
"""Items that are classes of an observation, with the factor to the unit of their words."""
CLASS = re.compile(r"(?P<sign><=|>)?(?P<first>\d+)(?:-(?P<last>\d+))?")


def case_row(case: Case, tables: RegistryTables, protocol: Protocol) -> dict[str, Any]:
    """Every variable of patients for a case that is not in the registry; ``None`` where the case does not say.

    Known before treatment: up to the day of its first session of the protocol's treatments; everything where it had none.

    Args:
        case: corrections are applied.
        tables: of the registry, for its variables.
        protocol: its treatments, classes of intention and own variables.

    Raises:
        BadInput: an own variable of the protocol that cannot be made.
    """
    day = sessions_of([case], kinds=protocol.treatments)["date"].drop_nulls().min()
    assert day is None or isinstance(day, date)
    known = variables_of_forms((*ONCE, *BASELINE))
    values = {name: _value(case, name, variable, day) for name, variable in known.items()}
    derived, of_derived = derived_columns([values], protocol.intention_classes)
    values |= {name: column[0] for name, column in derived.items()}
    row = pl.DataFrame({"patient": [case.id], "centre": [case.centre]}, schema={"patient": pl.String, "centre": pl.String})
    row = row.with_columns(
        pl.Series(name, [value], dtype=DTYPES[(known | of_derived)[name].kind]) for name, value in values.items()
    )
    return own_row(with_new_variables(_only(tables, row), protocol), case.id)


def own_row(tables: RegistryTables, patient: str) -> dict[str, Any]:
    """The row of one patient, without who and when."""
    row: dict[str, Any] = tables.patients.row(by_predicate=pl.col("patient") == patient, named=True)
    return {name: value for name, value in row.items() if name not in ("patient", "first_session")}


def _only(tables: RegistryTables, row: pl.DataFrame) -> RegistryTables:
    """Tables of nobody but this one; variables that the registry knows and the forms do not are unknown."""
    from dataclasses import replace

    absent = [name for name in tables.patients.columns if name not in row.columns]
    row = row.with_columns(pl.lit(None, dtype=tables.patients.schema[name]).alias(name) for name in absent)
    return replace(tables, patients=row.select(tables.patients.columns), sessions=tables.sessions.clear())


def _value(case: Case, name: str, variable: Variable, day: date | None) -> Any:
    form_name, _, item_name = name.partition(".")
    item = form(form_name).item(item_name)
    if item_name in CLASSES and item.noun is None:
        what, factor = CLASSES[item_name]
        seen = case.observed(what, by=day)
        return None if seen is None or seen.value is None else class_of(seen.value * factor, variable.levels)
    if item.noun is None:
        return None
    if item.noun.noun == "event":
        return _of_decision(case, item.noun.field, day) if form_name in AFTER_ALL and variable.kind == "choice" else None
    return _of_observation(case, item, variable, day) if item.noun.noun == "observation" else None


def _of_observation(case: Case, item: "Item", variable: Variable, day: date | None) -> Any:
    assert item.noun is not None
    what, part = item.noun.field, item.noun.part
    if variable.kind == "choices":
        return sorted({one.answer for one in _seen(case, what, day) if one.answer is not None}) or None
    if part != "value":
        limits = (getattr(one, part) for one in _seen(case, what, day))
        return next((limit for limit in limits if limit is not None), None)
    latest = case.observed(what, by=day)
    if latest is None or variable.kind == "number":
        return latest and latest.value
    return latest.answer if latest.answer is not None else f"{latest.value:g}"


def _seen(case: Case, what: str, day: date | None) -> list[Observation]:
    """Observations of that name up to that day, the last one first; undated ones come last."""
    found = [(day_of(one.at), one) for one in current(case.observations) if one.what == what]
    kept = [(at or date.min, one) for at, one in found if at is None or day is None or at <= day]
    return [one for _, one in sorted(kept, key=lambda pair: pair[0], reverse=True)]


def _of_decision(case: Case, field: str, day: date | None) -> Any:
    """Of the last decision up to that day; of the first one where none came before."""
    made = [event for event in current(case.events) if event.kind == "decision" and event.at is not None]
    made.sort(key=lambda event: day_of(event.at) or date.min)
    before = [event for event in made if day is None or (day_of(event.at) or date.max) <= day]
    chosen = before[-1:] or made[:1]
    return getattr(chosen[0], field) if chosen else None


def class_of(value: float, words: Sequence[str]) -> str | None:
    """The class, as forms word it, that a number falls into; ``None`` where no class holds it.

    >>> [class_of(value, ("1", "2-3", "4-10", ">10")) for value in (0, 1, 3, 12)]
    [None, '1', '2-3', '>10']
    >>> [class_of(value, ("<=25", ">25-50", ">50")) for value in (25, 25.1, 50, 80)]
    ['<=25', '>25-50', '>25-50', '>50']
    """
    return next((word for word in words if (found := CLASS.fullmatch(word)) and _holds(value, found)), None)


def _holds(value: float, found: "re.Match[str]") -> bool:
    sign, first = found["sign"], float(found["first"])
    if sign == "<=":
        return value <= first
    last = float(found["last"]) if found["last"] else (float("inf") if sign == ">" else first)
    return (value > first if sign == ">" else value >= first) and value <= last
