"""The groups that a protocol compares: who is in which, who is in none, and which are too small to be described."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.learn.cohort.registry.condition import require_levels
from glisson.learn.cohort.registry.new_variables import level_order
from glisson.learn.cohort.registry.protocol import Protocol
from glisson.learn.cohort.registry.tables import RegistryTables

ALL = "all"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Patients by group.

    Attributes:
        label: of the variable; empty where the protocol compares nothing.
        of: patient and group; null: the value is missing, or stands outside the order that the protocol gives.
        names: groups that are described, in their order; the first is the reference.
        labels: how each is printed.
        small: groups of fewer patients than the protocol's minimum, with how many.
    """

    label: str
    of: pl.DataFrame
    names: tuple[str, ...]
    labels: dict[str, str]
    small: dict[str, int]

    @cached_property
    def members(self) -> dict[str, pl.Series]:
        """Patients of every described group, "all" first: everyone, also those of no group."""
        found = {ALL: self.of["patient"]}
        return found | {name: self.of.filter(pl.col("group") == name)["patient"] for name in self.names}

    @property
    def of_no_group(self) -> int:
        """How many patients belong to no group for want of a value."""
        return self.of["group"].null_count() if self.label else 0

    def heads(self) -> list[dict[str, object]]:
        """Group, label and number of patients: the head of every table."""
        return [
            {"group": name, "label": "All" if name == ALL else self.labels[name], "patients": len(who)}
            for name, who in self.members.items()
        ]

    def findings(self) -> tuple[Finding, ...]:
        """Groups that are not described, and patients of none."""
        said = [
            Finding(code="small-group", level=Level.NOTE,
                    text=f"{self.label}: '{self.labels[name]}' has {n} patients, too few to be described by itself; they count in all")
            for name, n in self.small.items()
        ]  # fmt: skip
        if self.of_no_group:
            text = f"{self.of_no_group} patients belong to no group ({self.label} is missing); they count in all"
            said.append(Finding(code="no-group", level=Level.WARNING, text=text))
        return tuple(said)


def comparison(tables: RegistryTables, protocol: Protocol) -> Comparison:
    """Patients by the protocol's groups.

    Raises:
        BadInput: a grouping variable that is not there, is a number or can hold several words; an order with a word it lacks.
    """
    who = tables.patients.select("patient")
    if protocol.groups is None:
        return Comparison("", who.with_columns(group=pl.lit(None, pl.String)), (), {}, {})
    variable = tables.variable(protocol.groups)
    if variable.kind != "choice" or protocol.groups not in tables.patients.columns:
        raise BadInput(
            f"'{protocol.groups}' makes no groups", allowed="a variable of patients that holds one word", do="cut it first"
        )
    require_levels(variable, protocol.group_order, "group_order")
    of = tables.patients.select("patient", group=pl.col(protocol.groups))
    counts = {row["group"]: row["len"] for row in of.group_by("group").len().iter_rows(named=True) if row["group"] is not None}
    order = level_order(variable, protocol.group_order, counts)
    large = tuple(name for name in order if counts[name] >= protocol.minimum_cell)
    labels = {name: variable.label_of(name) for name in order}
    return Comparison(variable.label, of, large, labels, {name: counts[name] for name in order if name not in large})


def rows_of(table: pl.DataFrame, members: pl.Series) -> pl.DataFrame:
    """Rows of some patients."""
    return table.filter(pl.col("patient").is_in(members.implode()))
