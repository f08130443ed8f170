"""Energy per decay and the dose constant K; every engine of a case uses the same pair."""

import math
from dataclasses import dataclass
from typing import Any

from glisson.errors import BadInput
from glisson.knowledge import nuclide

JOULE_PER_MeV = 1.602176634e-13
"""Exact (SI, 2019)."""


@dataclass(frozen=True)
class DoseConstant:
    """Mean energy per decay with the half-life it belongs to.

    Attributes:
        nuclide: as "Y-90".
        preset: name in the knowledge table, as "49.67".
        energy_MeV: energy per decay that is counted.
        half_life_h: physical half-life of the pair.
        source: id of the knowledge source.
    """

    nuclide: str
    preset: str
    energy_MeV: float
    half_life_h: float
    source: str

    @property
    def energy_J(self) -> float:
        """Energy per decay, J."""
        return self.energy_MeV * JOULE_PER_MeV

    @property
    def K_Gy_kg_per_GBq(self) -> float:
        """Energy of all decays of 1 GBq that stays, J: K = E x 1e9 x T1/2 / ln 2.

        >>> round(dose_constant("Y-90").K_Gy_kg_per_GBq, 2)
        49.67
        """
        return self.energy_J * 1e9 * self.half_life_h * 3600.0 / math.log(2.0)

    def to_value(self) -> dict[str, Any]:
        """JSON values for a Result: this pair, and K of the other published ones, because sources disagree."""
        others = [
            DoseConstant(self.nuclide, preset.id, preset.energy_MeV, preset.half_life_h, preset.source)
            for preset in nuclide(self.nuclide).presets
            if preset.id != self.preset
        ]
        return {
            "preset": self.preset,
            "nuclide": self.nuclide,
            "energy_MeV": self.energy_MeV,
            "half_life_h": self.half_life_h,
            "K_Gy_kg_per_GBq": self.K_Gy_kg_per_GBq,
            "source": self.source,
            "other_presets": [{"preset": other.preset, "K_Gy_kg_per_GBq": other.K_Gy_kg_per_GBq} for other in others],
        }


def dose_constant(name: str, preset: str | None = None) -> DoseConstant:
    """The dose constant of a nuclide: the default preset, or one by name.

    Raises:
        BadInput: unknown nuclide, or one that is for imaging only.
        BadKnowledge: no preset of that name; the message lists them.
    """
    entry = nuclide(name)
    if not entry.presets:
        raise BadInput(f"{name} has no dose constant: it is for imaging only", do="give the therapeutic nuclide")
    chosen = entry.preset(preset)
    return DoseConstant(entry.id, chosen.id, chosen.energy_MeV, chosen.half_life_h, chosen.source)
