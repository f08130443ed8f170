"""Numbers of TACE, pump, remnant and ablation margin, each with its source; what no source states is not here."""

from functools import cache
from typing import Literal

from glisson.errors import BadKnowledge
from glisson.knowledge.limits import Fact
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited, Strict

Procedure = Literal["tace", "tace-cautions", "pump", "remnant", "ablation"]
FILES: dict[Procedure, str] = {
    "tace": "beads/technique.yaml",
    "tace-cautions": "beads/cautions.yaml",
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


class Warn(Strict):
    """A value of the patient beside a published limit.

    Attributes:
        what: name of the value, in the unit of the limit.
        above: True: warned from the limit upwards; False: below it.
        strict: True: the limit itself passes.
        disease: for which the source was written, or "any".
    """

    id: str
    what: str
    above: bool
    strict: bool = False
    disease: str
    limit: Cited

    def holds(self, value: float) -> bool:
        """Whether the value is one to warn of.

        >>> [w.holds(2.0) for w in bead_warnings() if w.id == "creatinine"]
        [True]
        """
        bounds = self.limit.value if isinstance(self.limit.value, list | tuple) else [self.limit.value]
        low, high = float(bounds[0]), float(bounds[-1])
        if not self.above:
            return value < low
        return value > high if self.strict else value >= high


@cache
def bead_warnings() -> tuple[Warn, ...]:
    """Every limit that a chemoembolization plan looks at."""
    return read_entries("beads/warnings.yaml", Warn)


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
