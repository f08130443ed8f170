"""Mass densities of tissues where none is measured."""

from functools import cache

from glisson.errors import BadInput
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited


class Density(Cited):
    """Density of one tissue, or a bound on one."""

    id: str


@cache
def _densities() -> dict[str, Density]:
    return {entry.id: entry for entry in read_entries("tissues/densities.yaml", Density)}


def density(tissue: str) -> Density:
    """The density of a tissue in g/mL.

    >>> density("liver").value
    1.05

    Raises:
        BadInput: none of that name.
    """
    if tissue not in _densities():
        raise BadInput(f"no density for '{tissue}'", allowed=", ".join(_densities()))
    return _densities()[tissue]
