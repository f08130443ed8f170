"""The ways from activity to mean doses, each as the energy it puts into every voxel for 1 GBq of the session.

One currency for all: joules per voxel. Mean doses of contours, of reference volumes and of the ledger's compartments are then
the same two sums (energy and mass) whatever the method, and the energy balance tests every one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from glisson.dose.compartments import COMPARTMENT_TOLERANCE, ESCAPED, LUNG_SHUNT, VOXEL_TOLERANCE, Compartment, Row
from glisson.dose.constant import DoseConstant
from glisson.dose.engine import AbsorbedDose, Engine, Progress, silent
from glisson.errors import MissingFact
from glisson.plan.field import Field
from glisson.plan.injections import PlannedDelivery
from glisson.plan.sirt import mird_dose_Gy, partition_dose, tumour_to_normal_ratio
from glisson.voxels import Image

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """Energy per voxel for 1 GBq of the session.

    Attributes:
        method: "voxel", "partition" or "mird".
        energy_J: of the activity that is accounted for.
        beyond_J: of counts outside the territories (voxel method only); read in contours, not in the ledger.
        escaped_J: left the grid or the reach of the engine.
        lung_J: of the shunted activity.
        emitted_J: K times the delivered part of 1 GBq.
        tolerance: of the energy balance.
        words: how the dose was computed.
        ratios: tumour-to-normal ratio of every injection, where the method uses one.
    """

    method: str
    energy_J: Float
    beyond_J: Float
    escaped_J: float
    lung_J: float
    emitted_J: float
    tolerance: float
    words: str
    ratios: dict[str, float] = field(default_factory=dict)

    def mean_Gy(self, mask: NDArray[np.float32], mass_g: Float, *, beyond: bool = True) -> float | None:
        """Mean dose of a mask in Gy per GBq; ``None`` where it holds no mass."""
        mass_kg = float(np.sum(mask * mass_g)) / 1000.0
        if mass_kg <= 0:
            return None
        energy = float(np.sum(mask * self.energy_J))
        if beyond:
            energy += float(np.sum(mask * self.beyond_J))
        return energy / mass_kg

    def ledger(
        self, compartments: Sequence[Compartment], mass_g: Float, *, activity_GBq: float, lung_mass_g: float
    ) -> tuple[Row, ...]:
        """Mass times mean dose of every compartment at an activity; lungs and escaped energy are rows like all others."""
        rows = []
        for compartment in compartments:
            mass = float(np.sum(compartment.share * mass_g))
            mean = self.mean_Gy(compartment.share, mass_g, beyond=False)
            rows.append(Row.of_dose(compartment.name, compartment.role, mass_g=mass, mean_Gy=(mean or 0.0) * activity_GBq))
        lung_Gy = self.lung_J / (lung_mass_g / 1000.0) * activity_GBq
        rows.append(Row.of_dose(LUNG_SHUNT, "lung", mass_g=lung_mass_g, mean_Gy=lung_Gy))
        if self.escaped_J:
            rows.append(Row(ESCAPED, "escaped", None, None, self.escaped_J * activity_GBq))
        return tuple(rows)


@dataclass(frozen=True)
class Partition:
    """Tumour and normal liver of one injection, as masks."""

    tumour: NDArray[np.float32]
    normal: NDArray[np.float32]


def voxel_model(
    activity: Field,
    deliveries: Sequence[PlannedDelivery],
    *,
    constant: DoseConstant,
    density: Image | float,
    mass_g: Float,
    engine: Engine | None = None,
    progress: Progress = silent,
) -> Model:
    """Local deposition (no engine), or any engine run on the expected activity."""
    K = constant.K_Gy_kg_per_GBq
    lung_J, emitted_J = K * sum(d.to_lung for d in deliveries), K * sum(d.delivered for d in deliveries)
    if engine is None:
        return Model(
            "voxel", K * activity.inside, K * activity.outside, 0.0, lung_J, emitted_J, VOXEL_TOLERANCE, "local deposition"
        )

    def run(part: Float) -> AbsorbedDose:
        image = activity.as_activity(part, nuclide=constant.nuclide)
        return engine(image, density=density, constant=constant, progress=progress)

    mass_kg = mass_g / 1000.0
    inside = run(activity.inside)
    beyond = run(activity.outside).dose.array * mass_kg if activity.outside.any() else np.zeros(activity.grid.shape)
    energy = inside.dose.array * mass_kg
    return Model("voxel", energy, beyond, inside.energy.escaped_J, lung_J, emitted_J, VOXEL_TOLERANCE, inside.method)


def mird_model(deliveries: Sequence[PlannedDelivery], *, constant: DoseConstant, mass_g: Float) -> Model:
    """Every perfused volume takes the activity of its injection evenly."""
    K = constant.K_Gy_kg_per_GBq
    energy = np.zeros(mass_g.shape)
    for d in deliveries:
        share = d.territory.mask.array.astype(np.float64) * mass_g
        dose_Gy = mird_dose_Gy(
            activity_GBq=d.share,
            mass_g=float(share.sum()),
            K_Gy_kg_per_GBq=K,
            lung_shunt_fraction=d.lung_shunt_fraction,
            residual_fraction=d.residual_fraction,
        )
        energy += dose_Gy * share / 1000.0
    return _compartment_model("mird", energy, deliveries, K=K, words="one compartment: the perfused volume", ratios={})


def partition_model(
    deliveries: Sequence[PlannedDelivery],
    partitions: Sequence[Partition],
    *,
    constant: DoseConstant,
    mass_g: Float,
    entered_ratio: float | None = None,
) -> Model:
    """Tumour and normal liver of every perfused volume, each evenly, by the tumour-to-normal ratio of the counts or an entered one.

    Raises:
        MissingFact: no tumour inside the perfused volumes.
    """
    K = constant.K_Gy_kg_per_GBq
    energy = np.zeros(mass_g.shape)
    ratios: dict[str, float] = {}
    if not any(p.tumour.any() for p in partitions):
        raise MissingFact(
            "the partition model", missing=["a tumour inside the perfused volume"], do="contour the tumour, or use mird"
        )
    for d, part in zip(deliveries, partitions, strict=True):
        tumour, normal = part.tumour * mass_g, part.normal * mass_g
        tumour_g, normal_g = float(tumour.sum()), float(normal.sum())
        if tumour_g > 0 and normal_g > 0:
            ratios[d.id] = entered_ratio or tumour_to_normal_ratio(
                tumour_counts=float(np.sum(d.counts * part.tumour)),
                tumour_mass_g=tumour_g,
                normal_counts=float(np.sum(d.counts * part.normal)),
                normal_mass_g=normal_g,
            )
        dose = partition_dose(
            activity_GBq=d.share,
            tumour_mass_g=tumour_g,
            normal_mass_g=normal_g,
            tumour_to_normal=ratios.get(d.id, 1.0),
            K_Gy_kg_per_GBq=K,
            lung_shunt_fraction=d.lung_shunt_fraction,
            residual_fraction=d.residual_fraction,
        )
        energy += (dose.tumour_Gy * tumour + dose.normal_Gy * normal) / 1000.0
    words = "tumour and normal liver by " + ("an entered ratio" if entered_ratio else "the ratio of their counts per gram")
    return _compartment_model("partition", energy, deliveries, K=K, words=words, ratios=ratios)


def _compartment_model(
    method: str, energy: Float, deliveries: Sequence[PlannedDelivery], *, K: float, words: str, ratios: dict[str, float]
) -> Model:
    lung_J, emitted_J = K * sum(d.to_lung for d in deliveries), K * sum(d.delivered for d in deliveries)
    return Model(method, energy, np.zeros(energy.shape), 0.0, lung_J, emitted_J, COMPARTMENT_TOLERANCE, words, ratios)
