"""Numbers of TACE, pump, remnant and ablation margin, each with its source; what no source states is not here."""

from functools import cache
from typing import Literal

from glisson.errors import BadKnowledge
from glisson.knowledge.limits import Fact
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited, Strict

Procedure = Literal["tace", "pump", "remnant", "ablation"]
FILES: dict[Procedure, str] = {
    "tace": "beads/technique.yaml",
    "pump": "pump/floxuridine.yaml",
    "remnant": "remnant/facts.yaml",
    "ablation": "ablation/margin.yaml",
}
Liver = Literal["normal", "chemotherapy over 3 months", "fibrosis or cirrhosis"]


@cache
def _facts(procedure: Procedure) -> dict[str, Fact]:
    return {entry.id: entry for entry in read_entries(FILES[procedure], Fact)}


def procedure_fact(procedure: Procedure, name: str) -> Fact:
    """One number, or list of numbers, of a procedure.

    >>> procedure_fact("pump", "dose").value
    0.12

    Raises:
        BadKnowledge: none of that name.
    """
    if name not in _facts(procedure):
        raise BadKnowledge(f"no number '{name}' of {procedure}", allowed=", ".join(_facts(procedure)))
    return _facts(procedure)[name]


def procedure_number(procedure: Procedure, name: str) -> float:
    """A single number.

    >>> procedure_number("ablation", "required")
    5.0
    """
    return float(procedure_fact(procedure, name).value)


def procedure_numbers(procedure: Procedure, name: str) -> tuple[float, ...]:
    """A list of numbers.

    >>> procedure_numbers("pump", "label-dose")
    (0.1, 0.6)
    """
    return tuple(float(value) for value in procedure_fact(procedure, name).value)


class Beads(Strict):
    """A bead product, with what sources say of it when irinotecan is loaded."""

    id: str
    name: str
    facts: dict[str, Cited]


@cache
def bead_products() -> dict[str, Beads]:
    """Every bead product by id.

    >>> bead_products()["dc-bead"].facts["load"].value
    50.0
    """
    return {entry.id: entry for entry in read_entries("beads/products.yaml", Beads)}


class Minimum(Strict):
    """The least remnant that one group asks for.

    Attributes:
        liver: state of the liver.
        by: whose rule it is.
        of: to which remnant it refers: the standardised one, per body surface, or "not said" in what is quoted here.
    """

    id: str
    liver: Liver
    by: str
    of: Literal["standardised", "body surface", "not said"]
    minimum: Cited

    @property
    def bounds(self) -> tuple[float, float]:
        """From and to; the same number where there is one."""
        value = self.minimum.value
        return (float(value[0]), float(value[1])) if isinstance(value, list | tuple) else (float(value), float(value))


@cache
def remnant_minima() -> tuple[Minimum, ...]:
    """Every rule for the least remnant, in the order of the table.

    >>> sorted({row.liver for row in remnant_minima()})
    ['chemotherapy over 3 months', 'fibrosis or cirrhosis', 'normal']
    """
    return read_entries("remnant/minimum.yaml", Minimum)
