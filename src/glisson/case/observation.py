"""What was measured: one value with its name, which carries the unit, and bounds of plausibility."""

from typing import Self

from pydantic import model_validator

from glisson.case.base import Entry

BOUNDS: dict[str, tuple[float, float]] = {
    "weight_kg": (20, 350),
    "height_cm": (80, 250),
    "lung_shunt_fraction": (0, 1),
    "lung_mass_g": (200, 3000),
    "bilirubin_umol_per_L": (1, 1000),
    "albumin_g_per_L": (5, 80),
    "ecog": (0, 4),
}
"""Names that a case may use, each with the range outside which a value is taken for a slip of unit or key."""


class Observation(Entry):
    """One measured value.

    Raises:
        ValueError: an unknown name, or a value outside its bounds.
    """

    what: str
    value: float

    @model_validator(mode="after")
    def _known_and_plausible(self) -> Self:
        if self.what not in BOUNDS:
            raise ValueError(f"unknown observation; allowed: {', '.join(BOUNDS)}")
        low, high = BOUNDS[self.what]
        if not low <= self.value <= high:
            raise ValueError(f"{self.what} {self.value:g} is outside {low:g} to {high:g}; check the unit in the name")
        return self
