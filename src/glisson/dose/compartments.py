"""Compartments that share every voxel out exactly once, and the energy balance over them.

The table of structures shows contours as they were drawn, and these may overlap. The ledger below is another thing: a partition,
so that energy is counted once. Priority: lesions, other organs, perfused normal liver, normal liver that is not perfused, remainder.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.case import SiteKind, Structure
from glisson.errors import GlissonError

COMPARTMENT_TOLERANCE = 1e-6
VOXEL_TOLERANCE = 1e-3

REMAINDER = "remainder of the field"
LUNG_SHUNT = "lungs (shunt)"
ESCAPED = "escaped"


@dataclass(frozen=True)
class Compartment:
    """Voxels that belong to one compartment and to no other; ``share`` is 0 to 1 per voxel."""

    name: str
    role: str
    site: str | None
    share: NDArray[np.float32]


@dataclass(frozen=True)
class Row:
    """One line of the energy ledger. ``mean_Gy`` is ``None`` for energy that is in no mass (escaped)."""

    compartment: str
    role: str
    mass_g: float | None
    mean_Gy: float | None
    energy_J: float

    @classmethod
    def of_dose(cls, compartment: str, role: str, *, mass_g: float, mean_Gy: float) -> "Row":
        """Energy from mass and mean dose: J = kg x Gy.

        >>> Row.of_dose("lungs (shunt)", "lung", mass_g=1000, mean_Gy=5).energy_J
        5.0
        """
        return cls(compartment, role, mass_g, mean_Gy, mass_g / 1000.0 * mean_Gy)


def share_out(structures: Sequence[Structure], shape: tuple[int, int, int]) -> tuple[Compartment, ...]:
    """Compartments that add up to 1 in every voxel. A structure takes what those before it left of its mask.

    Lesions in the order given come first; the remainder is always the last one, also where it is empty.
    """
    free = np.ones(shape, dtype=np.float32)
    found: list[Compartment] = []
    for role, structure in _in_order(structures):
        share = np.minimum(structure.mask.array.astype(np.float32), free)
        free -= share
        name = structure.site.label if role != "perfused normal liver" else f"{structure.site.label}, not lesion or organ"
        found.append(Compartment(name, role, structure.id, share))
    found.append(Compartment(REMAINDER, "remainder", None, np.clip(free, 0.0, 1.0)))
    return tuple(found)


def _in_order(structures: Sequence[Structure]) -> list[tuple[str, Structure]]:
    def organs(*names: str) -> list[Structure]:
        return [s for s in structures if s.site.kind is SiteKind.ORGAN and s.site.organ in names]

    of_kind = {kind: [s for s in structures if s.site.kind is kind] for kind in SiteKind}
    others = [s for s in of_kind[SiteKind.ORGAN] if s.site.organ not in ("liver", "lung")]
    return [
        *(("tumour", s) for s in of_kind[SiteKind.LESION]),
        *(("other organ", s) for s in others),
        *(("lung in the field", s) for s in organs("lung")),
        *(("perfused normal liver", s) for s in of_kind[SiteKind.TERRITORY]),
        *(("normal liver, not perfused", s) for s in organs("liver")),
    ]


def imbalance(rows: Sequence[Row], *, emitted_J: float) -> float:
    """(sum of energies - emitted) / emitted; 0 when nothing was emitted and nothing arrived."""
    total = sum(row.energy_J for row in rows)
    if emitted_J == 0:
        return 0.0 if total == 0 else float("inf")
    return (total - emitted_J) / emitted_J


class EnergyNotConserved(GlissonError):
    """Mass times dose over all compartments is not the energy of the activity: the plan is wrong somewhere."""


def require_conservation(rows: Sequence[Row], *, emitted_J: float, tolerance: float) -> None:
    """The guard before any plan is shown: energy over all compartments equals K times the delivered activity.

    Args:
        rows: every compartment that took activity, lungs, remainder and escaped energy among them.
        emitted_J: K x sum of A (1 - R), J.
        tolerance: relative; 1e-6 for compartment models, 1e-3 for voxel engines.

    Raises:
        EnergyNotConserved: with the imbalance in percent.

    >>> require_conservation([Row.of_dose("liver", "liver", mass_g=1500, mean_Gy=10)], emitted_J=15.0, tolerance=1e-6)
    """
    off = imbalance(rows, emitted_J=emitted_J)
    if not abs(off) <= tolerance:
        raise EnergyNotConserved(
            f"energy is not conserved: the compartments hold {off:+.3%} of what the activity emits",
            allowed=f"within {tolerance:.1e} of the emitted energy",
            do="do not use this plan; report it with the case's structures and formula",
        )


def ledger_as_json(rows: Sequence[Row], *, emitted_J: float) -> list[dict[str, Any]]:
    """Rows for a Result: energy and its fraction of what was emitted."""
    return [
        {
            "compartment": row.compartment,
            "role": row.role,
            "mass_g": row.mass_g,
            "mean_Gy": row.mean_Gy,
            "energy_J": row.energy_J,
            "fraction": row.energy_J / emitted_J if emitted_J else 0.0,
        }
        for row in rows
    ]
