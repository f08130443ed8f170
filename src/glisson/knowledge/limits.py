"""Published limits and targets of mean absorbed dose, each with its own reference volume; and single numbers of planning."""

from functools import cache
from typing import Literal

from glisson.errors import BadKnowledge
from glisson.knowledge.load import read_entries
from glisson.knowledge.products import DeviceClass
from glisson.knowledge.schema import Cited, LimitKind, Strict

Volume = Literal["perfused volume", "perfused normal liver", "whole normal liver", "whole liver", "tumour", "lung"]
Condition = Literal["bilirubin above", "bilirubin not above", "reserve below", "reserve above", "pretreated or compromised"]
Dosimetry = Literal["single compartment", "multi-compartment"]

TABLES = ("limits/eanm_2022_glass.yaml", "limits/eanm_2022_resin.yaml", "limits/holmium.yaml")


class LimitRow(Strict):
    """One cell value of a published table.

    Attributes:
        table: name on screens, as "EANM 2022 Table 3".
        diseases: words of the case's disease for which it was written; empty: the source names none.
        approaches: extents for which it was written; empty: the source names none.
        dosimetry: the column: mean of the perfused volume alone, or tumour and normal liver apart.
        on: the volume to which the dose refers.
        aim: a limit is not exceeded, a target is reached.
        loe: level of evidence as the source prints it.
        condition: what must hold of the patient for the value to stand.
        when_unknown: what becomes of the row when nobody knows whether the condition holds.
        decides: False for a value that is shown beside another one of the same cell.
    """

    id: str
    table: str
    product_class: DeviceClass
    diseases: tuple[str, ...]
    approaches: tuple[str, ...]
    dosimetry: Dosimetry
    on: Volume
    aim: LimitKind
    dose: Cited
    loe: str | None = None
    condition: Condition | None = None
    when_unknown: Literal["decides", "shown"] = "shown"
    decides: bool = True

    @property
    def dose_Gy(self) -> float:
        """Mean absorbed dose, Gy."""
        return float(self.dose.value)

    def holds_for(self, *, device_class: str, disease: str, approach: str | None) -> bool:
        """True when the row was written for this device class, this disease and this extent."""
        return (
            self.product_class == device_class
            and (not self.diseases or disease in self.diseases)
            and (not self.approaches or approach in self.approaches)
        )


class Fact(Cited):
    """A single cited number with a name."""

    id: str


@cache
def limit_rows() -> tuple[LimitRow, ...]:
    """Every row of every table.

    >>> sorted({row.table for row in limit_rows()})
    ['EANM 2022 Table 2', 'EANM 2022 Table 3', 'holmium activity formula']
    """
    rows = tuple(row for table in TABLES for row in read_entries(table, LimitRow))
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            raise BadKnowledge(f"two limit rows have the id '{row.id}'")
        seen.add(row.id)
    return rows


@cache
def _facts() -> dict[str, Fact]:
    return {entry.id: entry for entry in read_entries("limits/facts.yaml", Fact)}


def fact(name: str) -> Fact:
    """A single number of planning.

    >>> fact("lung-limit-treatment").value
    30.0

    Raises:
        BadKnowledge: none of that name.
    """
    if name not in _facts():
        raise BadKnowledge(f"no planning fact '{name}'", allowed=", ".join(_facts()))
    return _facts()[name]
