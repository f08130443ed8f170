"""Variables that the protocol makes from others, and the population that it chooses, criterion by criterion."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import polars as pl

from glisson.errors import BadInput
from glisson.learn.cohort.registry.condition import condition_words, holds, require_levels
from glisson.learn.cohort.registry.protocol import NewVariable, Protocol
from glisson.learn.cohort.registry.tables import RegistryTables, Variable

TREATED = "no session of the treatments on record"


@dataclass(frozen=True)
class Step:
    """One step of the choice of patients: ``before`` = ``after`` + ``left_out`` + ``not_known`` (who was left out for want of a value).

    Attributes:
        condition: in words.
        reason: as the protocol prints it for those who are left out.
        kept_not_known: patients kept although the value is missing; part of ``after``.
    """

    condition: str
    reason: str
    before: int
    left_out: int
    not_known: int
    kept_not_known: int
    after: int


def with_new_variables(tables: RegistryTables, protocol: Protocol) -> RegistryTables:
    """The tables with the protocol's own variables as further columns, in its order; one may be made from an earlier one.

    A missing value stays missing, and so does a word that no class names.

    Raises:
        BadInput: a source or a word that is not there (with the nearest), a name that is taken, cuts of words, classes of a number
            or of a variable of which several words can hold.
    """
    for wanted in protocol.variables:
        tables = _with(tables, wanted)
    return tables


def _with(tables: RegistryTables, wanted: NewVariable) -> RegistryTables:
    source = tables.variable(wanted.source)
    if wanted.name in tables.variables:
        raise BadInput(f"there is a variable '{wanted.name}' already", do="choose another name")
    variable, made = _cut(source, wanted) if wanted.cuts else _grouped(source, wanted)
    parts: dict[str, Any] = {
        part: table.with_columns(made.alias(wanted.name))
        for part, table in (("patients", tables.patients), ("sessions", tables.sessions))
        if source.name in table.columns
    }
    why = tables.missing_reasons.filter(pl.col("variable") == source.name).with_columns(variable=pl.lit(wanted.name))
    return replace(
        tables,
        variables={**tables.variables, wanted.name: variable},
        missing_reasons=pl.concat([tables.missing_reasons, why.select(tables.missing_reasons.columns)]),
        **parts,
    )


def cut_labels(cuts: tuple[float, ...]) -> tuple[str, ...]:
    """Names of the classes between cuts; each class begins with its lower cut.

    >>> cut_labels((65,)), cut_labels((1, 3))
    (('< 65', '≥ 65'), ('< 1', '1 to < 3', '≥ 3'))
    """
    inner = tuple(f"{low:g} to < {high:g}" for low, high in pairwise(cuts))
    return (f"< {cuts[0]:g}", *inner, f"≥ {cuts[-1]:g}")


def _cut(source: Variable, wanted: NewVariable) -> tuple[Variable, pl.Expr]:
    if source.kind != "number":
        raise BadInput(f"{wanted.name}: '{source.name}' holds words and cannot be cut", allowed="groups")
    levels = wanted.labels or cut_labels(wanted.cuts)
    value = pl.col(source.name)
    place = pl.sum_horizontal((value >= cut).cast(pl.Int64) for cut in wanted.cuts)
    named = place.replace_strict(list(range(len(levels))), list(levels), return_dtype=pl.String)
    made = pl.when(value.is_not_null() & value.is_not_nan()).then(named)
    label = wanted.label or source.label
    return Variable(wanted.name, label, "choice", unit=source.unit, levels=tuple(levels)), made


def _grouped(source: Variable, wanted: NewVariable) -> tuple[Variable, pl.Expr]:
    if source.kind == "number":
        raise BadInput(f"{wanted.name}: '{source.name}' is a number", allowed="cuts")
    if source.kind == "choices":
        raise BadInput(f"{wanted.name}: several words of '{source.name}' can hold, so they make no classes")
    require_levels(source, tuple(wanted.groups), wanted.name)
    levels = tuple(dict.fromkeys(wanted.groups.values()))
    made = pl.col(source.name).replace_strict(
        list(wanted.groups), list(wanted.groups.values()), default=None, return_dtype=pl.String
    )
    return Variable(wanted.name, wanted.label or source.label, "choice", levels=levels), made


def of_population(tables: RegistryTables, protocol: Protocol) -> tuple[RegistryTables, tuple[Step, ...]]:
    """The patients that the protocol asks for, and what each criterion left out, in its order.

    The last step is always the treatment: without a first session there is no day from which to count. Variables that the protocol
    makes must be there (``with_new_variables``).

    Raises:
        BadInput: as ``condition.holds``.
    """
    steps: list[Step] = []
    for criterion in protocol.population:
        words = condition_words(criterion.keep, tables.variable(criterion.keep.variable))
        tables, step = _step(
            tables, holds(criterion.keep, tables), words, criterion.reason, keep=criterion.keep.unknown == "kept"
        )
        steps.append(step)
    treated = tables.patients["first_session"].is_not_null()
    tables, last = _step(tables, treated, f"treated ({', '.join(protocol.treatments)})", TREATED, keep=False)
    return tables, (*steps, last)


def _step(tables: RegistryTables, met: pl.Series, condition: str, reason: str, *, keep: bool) -> tuple[RegistryTables, Step]:
    """The tables after one criterion. ``keep``: whether patients of whom it is not known stay."""
    unknown = int(met.null_count())
    chosen = met.fill_null(keep)
    after = int(chosen.sum())
    step = Step(
        condition=condition,
        reason=reason,
        before=len(met),
        left_out=len(met) - after - (0 if keep else unknown),
        not_known=0 if keep else unknown,
        kept_not_known=unknown if keep else 0,
        after=after,
    )
    return tables.of_patients(tables.patients.filter(chosen)["patient"]), step


def level_order(variable: Variable, order: tuple[str, ...], counts: Mapping[str, int]) -> tuple[str, ...]:
    """Words of a variable that somebody has, in the order given, then in that of the form."""
    wanted = (*order, *(level for level in variable.levels if level not in order))
    return tuple(level for level in wanted if counts.get(level))
