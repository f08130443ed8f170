"""Whether a condition of the protocol holds for each patient: yes, no, or nobody knows."""

import polars as pl

from glisson.errors import BadInput
from glisson.learn.cohort.registry.protocol import Condition
from glisson.learn.cohort.registry.tables import RegistryTables, Variable


def condition_words(condition: Condition, variable: Variable) -> str:
    """The condition as printed.

    >>> condition_words(Condition(variable="patient.ecog", at_most=2), Variable("patient.ecog", "ECOG", "number"))
    'ECOG at most 2'
    """
    if condition.among:
        return f"{variable.label}: {' or '.join(variable.label_of(word) for word in condition.among)}"
    bounds = [f"at least {condition.at_least:g}"] if condition.at_least is not None else []
    bounds += [f"at most {condition.at_most:g}"] if condition.at_most is not None else []
    return f"{variable.label} {' and '.join(bounds)}{f' {variable.unit}' if variable.unit else ''}"


def require_levels(variable: Variable, words: "tuple[str, ...] | list[str]", where: str) -> None:
    """Every word is one of the variable's.

    Raises:
        BadInput: one is not; the message has the nearest.
    """
    from difflib import get_close_matches

    for word in words:
        if word not in variable.levels:
            near = get_close_matches(word, variable.levels, n=3, cutoff=0.5)
            raise BadInput(f"{where}: '{variable.name}' has no word '{word}'", allowed=", ".join(near or variable.levels))


def holds(condition: Condition, tables: RegistryTables) -> pl.Series:
    """Whether the condition holds for each row of ``tables.patients``; null where the value is missing.

    Of a variable with several words one of those named is enough.

    Raises:
        BadInput: no such variable or word, a variable of sessions, bounds of words, or words of a number.
    """
    variable = tables.variable(condition.variable)
    if condition.variable not in tables.patients.columns:
        raise BadInput(f"'{condition.variable}' is known of sessions, not of patients", do="name a variable of patients")
    value = pl.col(condition.variable)
    if variable.kind == "number":
        value = value.cast(pl.Float64).fill_nan(None)
        if condition.among:
            raise BadInput(f"'{condition.variable}' is a number", allowed="at_least and at_most")
        found = (value >= (condition.at_least if condition.at_least is not None else float("-inf"))) & (
            value <= (condition.at_most if condition.at_most is not None else float("inf"))
        )
    else:
        if not condition.among:
            raise BadInput(f"'{condition.variable}' holds words, not numbers", allowed=f"is: {', '.join(variable.levels)}")
        require_levels(variable, condition.among, "a condition")
        wanted = list(condition.among)
        several = isinstance(tables.patients.schema[condition.variable], pl.List)
        found = value.list.set_intersection(pl.lit(wanted, pl.List(pl.String))).list.len() > 0 if several else value.is_in(wanted)
    return tables.patients.select(pl.when(value.is_not_null()).then(found).alias("holds"))["holds"]
