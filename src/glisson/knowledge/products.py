"""The catalogue of microsphere products."""

from functools import cache
from typing import Literal

from pydantic import Field

from glisson.errors import BadInput
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited, Strict

DeviceClass = Literal["glass", "resin", "holmium"]


class LabelNote(Cited):
    """A number of the product's label that is shown beside a plan; it never enters the arithmetic."""

    id: str


class Product(Strict):
    """A microsphere product.

    Attributes:
        device_class: chooses the table of limits; a limit of one class never stands for another.
        vials_GBq: activities offered, at calibration; ``None`` where no list is known.
        activity_per_sphere_Bq: at calibration; a number, or [low, high] where a range is stated.
        calibration_zone: IANA zone of the clock times on the vial's papers; ``None``: the papers say it.
    """

    id: str
    name: str
    device_class: DeviceClass
    nuclide: str
    vials_GBq: Cited | None = None
    activity_per_sphere_Bq: Cited
    calibration_zone: Cited | None = None
    facts: dict[str, Cited] = Field(default_factory=dict)
    indications: tuple[Cited, ...] = ()
    label_notes: tuple[LabelNote, ...] = ()

    @property
    def vials(self) -> tuple[float, ...]:
        """Activities offered at calibration, GBq; empty where none are known."""
        return tuple(float(a) for a in self.vials_GBq.value) if self.vials_GBq else ()

    @property
    def sphere_range_Bq(self) -> tuple[float, float]:
        """Lowest and highest stated activity of one sphere at calibration, Bq."""
        value = self.activity_per_sphere_Bq.value
        low, high = value if isinstance(value, list | tuple) else (value, value)
        return float(low), float(high)


@cache
def products() -> dict[str, Product]:
    """Every product by id, as "sir-spheres"."""
    return {entry.id: entry for entry in read_entries("products/products.yaml", Product)}


def product(name: str) -> Product:
    """The product of that id.

    >>> product("therasphere").vials
    (3.0, 5.0, 7.0, 10.0, 15.0, 20.0)

    Raises:
        BadInput: unknown product; the message lists the known ones.
    """
    if name not in products():
        raise BadInput(f"unknown product '{name}'", allowed=", ".join(products()))
    return products()[name]
