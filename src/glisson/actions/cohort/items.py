"""Items of forms as columns: about each patient at the first session, and about each session."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from glisson.learn.cohort.registry.tables import Variable
from glisson.records.forms import ItemType, form
from glisson.records.forms.entry import day_of

if TYPE_CHECKING:
    from glisson.records.forms import FormEntry, Item

ONCE = ("patient", "disease")
"""Forms that a patient has once."""
BASELINE = ("decision", "laboratory")
"""Repeating forms whose last entry up to the first session describes the patient."""
AFTER_ALL = ("decision",)
"""Of these the first entry counts where none came before the first session."""
SHOWN = (ItemType.INTEGER, ItemType.NUMBER, ItemType.SCALE, ItemType.CHOICE, ItemType.CHOICES, ItemType.YES_NO)
SUMMED = ("volume_mL", "drug_loaded_mg", "drug_delivered_mg", "activity_GBq")
"""Over the catheter positions of one session these add up; of other numbers the largest counts, of bead sizes the smallest lower end."""
SMALLEST = ("size_low_um",)
SESSION_FORMS = {"tace_session": "TACE", "sirt_session": "radioembolization", "ablation_session": "ablation"}
SEVERAL = "several"
NOT_ENTERED = "not entered"
NOT_APPLICABLE = "not applicable"


def variables_of_forms(forms: Iterable[str]) -> dict[str, Variable]:
    """Every item of these forms that a table can show, by "form.item"."""
    found = {}
    for name in forms:
        for item in form(name).items:
            if item.type in SHOWN:
                found[f"{name}.{item.name}"] = _variable(name, item)
    return found


def _variable(form_name: str, item: "Item") -> Variable:
    """An item as a variable; one that is asked only of some carries its section ("Where (outside the liver)")."""
    name = f"{form_name}.{item.name}"
    label = f"{item.label} ({item.section[:1].lower()}{item.section[1:]})" if item.when and item.section else item.label
    if item.type is ItemType.SCALE:
        low, high = (int(end) for end in item.refuse or (0, 0))
        return Variable(name, label, "choice", levels=tuple(str(step) for step in range(low, high + 1)))
    if item.type.is_number:
        return Variable(name, label, "number", unit="" if item.unit == "1" else item.unit)
    if item.type is ItemType.YES_NO:
        return Variable(name, label, "choice", levels=("no", "yes"))
    labels = {choice.value: choice.label for choice in item.choices}
    return Variable(name, label, "choices" if item.type is ItemType.CHOICES else "choice", levels=item.words, labels=labels)


@dataclass(frozen=True)
class Columns:
    """Columns of a table with what they are, and why values are missing (row, variable, reason)."""

    values: Mapping[str, list[Any]]
    reasons: tuple[tuple[int, str, str], ...]


def baseline_columns(
    cases: Sequence[str], entries: "Mapping[str, Sequence[FormEntry]]", first: Mapping[str, date | None]
) -> Columns:
    """What each patient was like at the first session, item by item."""
    known = variables_of_forms((*ONCE, *BASELINE))
    values: dict[str, list[Any]] = {name: [] for name in known}
    reasons: list[tuple[int, str, str]] = []
    for row, case in enumerate(cases):
        chosen = _describing(entries[case], first.get(case))
        for name, variable in known.items():
            form_name, _, item = name.partition(".")
            value, reason = _value(chosen.get(form_name, ()), item, variable)
            values[name].append(value)
            if value is None:
                reasons.append((row, name, reason))
    return Columns(values, tuple(reasons))


def _describing(entries: "Sequence[FormEntry]", first: date | None) -> "dict[str, list[FormEntry]]":
    """Entries that describe the patient at the first session, the last one first."""
    found: dict[str, list[FormEntry]] = {}
    for name in ONCE:
        found[name] = [entry for entry in entries if entry.form == name]
    for name in BASELINE:
        mine = sorted((entry for entry in entries if entry.form == name), key=_when, reverse=True)
        before = [entry for entry in mine if first is None or ((day := day_of(entry.at)) is not None and day <= first)]
        found[name] = before or (mine[-1:] if name in AFTER_ALL else [])
    return found


def _when(entry: "FormEntry") -> tuple[date, str, int]:
    return day_of(entry.at) or date.min, entry.visit, entry.instance


def _value(entries: "Sequence[FormEntry]", item: str, variable: Variable) -> tuple[Any, str]:
    """The first known value; else why the first entry has none."""
    for entry in entries:
        if (value := _plain(entry, item, variable)) is not None:
            return value, ""
    if not entries:
        return None, NOT_ENTERED
    asked = form(entries[0].form, entries[0].edition).item(item).asked(entries[0].values)
    return None, entries[0].reason(item) or (NOT_ENTERED if asked else NOT_APPLICABLE)


def _plain(entry: "FormEntry", item: str, variable: Variable) -> Any:
    value = entry.get(item)
    if value is None:
        return None
    if variable.kind == "number":
        return entry.number(item)
    if variable.kind == "choices":
        return list(entry.words(item))
    return str(value)


def session_table(entries: "Iterable[FormEntry]", names: Sequence[str]) -> tuple[pl.DataFrame, dict[str, Variable]]:
    """One row per session that treated, the catheter positions of one session put together.

    Args:
        entries: of every patient.
        names: patients, in the order of the table.
    """
    groups: dict[tuple[str, str, int], list[FormEntry]] = defaultdict(list)
    for entry in entries:
        if entry.form in SESSION_FORMS and entry.get("step") != "mapping":
            groups[entry.case, entry.form, int(entry.number("session") or entry.instance)].append(entry)
    used = tuple(name for name in SESSION_FORMS if any(key[1] == name for key in groups))
    known = {name: _of_session(one) for name, one in variables_of_forms(used).items() if not name.endswith(IDENTITY)}
    known |= {f"{name}.{POSITIONS}": Variable(f"{name}.{POSITIONS}", "Catheter positions", "number") for name in used}
    order = {case: place for place, case in enumerate(names)}
    rows = [_session(key, mine, known) for key, mine in groups.items() if key[0] in order]
    schema: dict[str, Any] = {
        "patient": pl.String, "centre": pl.String, "session": pl.String, "number": pl.Int64, "date": pl.Date, "kind": pl.String,
        **{name: DTYPES[one.kind] for name, one in known.items()},
    }  # fmt: skip
    rows.sort(key=lambda row: (order[row["patient"]], row["date"] or date.max, row["session"]))
    return pl.DataFrame(rows, schema=schema, orient="row"), known


POSITIONS = "positions"
IDENTITY = (".session", ".course", ".step")
DTYPES: dict[str, Any] = {"number": pl.Float64, "choice": pl.String, "choices": pl.List(pl.String)}


def _of_session(variable: Variable) -> Variable:
    """A choice may differ between the positions of one session."""
    if variable.kind != "choice":
        return variable
    from dataclasses import replace

    return replace(variable, levels=(*variable.levels, SEVERAL), labels={**variable.labels, SEVERAL: "differs between positions"})


def _session(key: tuple[str, str, int], entries: "list[FormEntry]", known: Mapping[str, Variable]) -> dict[str, Any]:
    case, form_name, number = key
    days = sorted(day for entry in entries if (day := entry.day("session_on")) is not None)
    row: dict[str, Any] = {
        "patient": case, "centre": entries[0].site, "session": f"{SESSION_FORMS[form_name]} {number}", "number": number,
        "date": days[0] if days else None, "kind": SESSION_FORMS[form_name],
    }  # fmt: skip
    for name, variable in known.items():
        of_form, _, item = name.partition(".")
        if of_form != form_name:
            row[name] = None
        elif item == POSITIONS:
            row[name] = float(len(entries))
        else:
            row[name] = _together(
                [value for entry in entries if (value := _plain(entry, item, variable)) is not None], item, variable
            )
    return row


def _together(values: list[Any], item: str, variable: Variable) -> Any:
    """One value for a session from those of its positions."""
    if not values:
        return None
    if variable.kind == "choices":
        return sorted({word for words in values for word in words}, key=variable.levels.index)
    if variable.kind == "choice":
        return values[0] if len(set(values)) == 1 else SEVERAL
    if item in SUMMED:
        return float(sum(values))
    return min(values) if item in SMALLEST else max(values)
