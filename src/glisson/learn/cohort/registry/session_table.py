"""The table of sessions: what was given each time. The unit is the session; intervals know that sessions of one patient are alike."""

from typing import Any

import polars as pl

from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.learn.cohort.clustered_proportion import METHODS
from glisson.learn.cohort.registry.comparison import ALL, Comparison, comparison, rows_of
from glisson.learn.cohort.registry.described import QUARTILES, clustered_share, numbers
from glisson.learn.cohort.registry.protocol import Protocol
from glisson.learn.cohort.registry.section import Section, cannot_say
from glisson.learn.cohort.registry.tables import RegistryTables, Variable

SUCCESS = ".technical_success"
PRODUCT = "sirt_session.product"
DOSES = ("tumour_dose_Gy", "normal_liver_dose_Gy")
SEVERAL = "a session with several catheter positions counts under the words of each"


def session_table(tables: RegistryTables, protocol: Protocol) -> Section:
    """Sessions per patient, every variable of ``protocol.sessions``, technical success, and absorbed doses where there are some.

    Returns:
        ``groups`` (heads with patients and sessions), ``per_patient`` (numbers and counts by group), ``kinds``, ``rows`` (cells by
        group: numbers, or words as share of the sessions known, with interval), ``doses`` by product.

    Raises:
        BadInput: a variable that is not there, or that is known of patients only.
    """
    of_treatments = tables.sessions.filter(pl.col("kind").is_in(list(protocol.treatments)))
    if of_treatments.is_empty():
        return cannot_say("Sessions", "no session of these treatments is on record")
    who = comparison(tables, protocol)
    groups = {name: rows_of(of_treatments, members) for name, members in who.members.items()}
    rows = [_row(groups, tables.variable(name), protocol) for name in _wanted(tables, protocol)]
    kinds = of_treatments.group_by("kind").len().sort(["len", "kind"], descending=[True, False])
    value = {
        "title": "Sessions",
        "group_variable": who.label or None,
        "of_no_group": who.of_no_group,
        "groups": [{**head, "sessions": groups[str(head["group"])].height} for head in who.heads()],
        "per_patient": {name: _per_patient(sessions, len(who.members[name])) for name, sessions in groups.items()},
        "kinds": {str(kind): int(count) for kind, count in kinds.iter_rows()},
        "rows": rows,
        "doses": _doses(tables, who),
        "quartiles": QUARTILES,
        "several": SEVERAL if any(row["several"] for row in rows) else None,
        "interval": _interval_words(rows, protocol.confidence_fraction),
    }
    return Section(value, tuple(_findings(tables, of_treatments)))


def _findings(tables: RegistryTables, of_treatments: pl.DataFrame) -> list[Finding]:
    """Treated patients of whom there is no session: arterial infusion is entered by course, not by session."""
    treated = tables.patients.filter(pl.col("first_session").is_not_null())
    without = treated.join(of_treatments, on="patient", how="anti").height
    if not without:
        return []
    text = f"{without} treated patients have no session in the table of sessions (infusions are entered by course); they count with 0"
    return [Finding(code="no-sessions", level=Level.WARNING, text=text)]


def _wanted(tables: RegistryTables, protocol: Protocol) -> list[str]:
    """The protocol's variables, and technical success of every kind of session that was given."""
    success = [
        name
        for name in tables.variables
        if name.endswith(SUCCESS)
        and name in tables.sessions.columns
        and tables.sessions[name].null_count() < tables.sessions.height
    ]
    return list(dict.fromkeys([*protocol.sessions, *success]))


def _per_patient(sessions: pl.DataFrame, patients: int) -> dict[str, Any]:
    """How many sessions each patient had; patients without any count as 0."""
    counts = sessions.group_by("patient").len()["len"].cast(pl.Int64)
    every = pl.concat([counts, pl.Series("len", [0] * (patients - len(counts)), dtype=pl.Int64)])
    found = every.value_counts().sort("len")
    return {**numbers(every), "counts": {str(number): int(count) for number, count in found.iter_rows()}}


def _row(groups: dict[str, pl.DataFrame], variable: Variable, protocol: Protocol) -> dict[str, Any]:
    if any(variable.name not in sessions.columns for sessions in groups.values()):
        raise BadInput(f"'{variable.name}' is known of patients, not of sessions", do="put it under 'table_one'")
    kinds = _kinds(groups[ALL], variable)
    groups = {name: sessions.filter(pl.col("kind").is_in(kinds)) for name, sessions in groups.items()}
    dtype = groups[ALL].schema[variable.name]
    several = variable.kind == "choice" and isinstance(dtype, pl.List)
    cells = {name: _cell(_known(sessions, variable), variable, protocol) for name, sessions in groups.items()}
    return {
        "variable": variable.name, "label": variable.label, "unit": variable.unit or None, "kind": variable.kind,
        "levels": [{"level": level, "label": variable.label_of(level)} for level in variable.levels],
        "of_kinds": kinds, "several": several and any(cell["more_than_one"] for cell in cells.values()), "cells": cells,
    }  # fmt: skip


def _kinds(sessions: pl.DataFrame, variable: Variable) -> list[str]:
    """Kinds of session whose form holds the variable: a session of another kind does not miss it."""
    form = variable.name.partition(".")[0] + "."
    mine = [name for name in sessions.columns if name.startswith(form)] or [variable.name]
    filled = sessions.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in mine))
    return filled["kind"].unique().sort().to_list()


def _known(sessions: pl.DataFrame, variable: Variable) -> pl.DataFrame:
    """Patient and value of every session; words as lists. Of one word an empty list is a missing one."""
    value = pl.col(variable.name)
    if variable.kind == "number":
        value = value.cast(pl.Float64).fill_nan(None)
    elif not isinstance(sessions.schema[variable.name], pl.List):
        value = pl.when(value.is_not_null()).then(pl.concat_list(value))
    if variable.kind == "choice":
        listed = value.list.drop_nulls().list.unique()
        value = pl.when(listed.list.len() > 0).then(listed)
    return sessions.select("patient", value=value)


def _cell(column: pl.DataFrame, variable: Variable, protocol: Protocol) -> dict[str, Any]:
    known = column.filter(pl.col("value").is_not_null())
    about = {"known": known.height, "missing": column.height - known.height, "patients": known["patient"].n_unique()}
    if variable.kind == "number":
        return {**about, "more_than_one": 0, **numbers(known["value"])}
    words = {
        level: clustered_share(known.filter(pl.col("value").list.contains(level)), known, protocol.confidence_fraction)
        for level in variable.levels
    }
    return {**about, "more_than_one": int((known["value"].list.len() > 1).sum()), "words": words}


def _doses(tables: RegistryTables, who: Comparison) -> list[dict[str, Any]]:
    """Absorbed doses of each product: of sessions, with how many patients they belong to."""
    known = tables.variables.get(PRODUCT)
    label_of = known.label_of if known is not None else str
    found = []
    for product in tables.doses["product"].drop_nulls().unique().sort().to_list() if tables.doses.height else []:
        mine = rows_of(tables.doses.filter(pl.col("product") == product), who.members["all"])
        about = {"product": product, "label": label_of(product), "sessions": mine.height, "patients": mine["patient"].n_unique()}
        found.append({**about, **{name: numbers(mine[name]) for name in DOSES}})
    return found


def _interval_words(rows: list[dict[str, Any]], confidence_fraction: float) -> str:
    """Which intervals stand in the table, in words."""
    shares = [share for row in rows for cell in row["cells"].values() for share in cell.get("words", {}).values()]
    used = [words for method, words in METHODS.items() if any(share["method"] == method for share in shares)]
    return f"{confidence_fraction * 100:g} % intervals: {'; '.join(used)}" if used else ""
