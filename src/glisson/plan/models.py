"""The ways from activity to mean doses, each as the energy it puts into parts of the field for 1 GBq of the session.

One currency for all: joules. Mean doses of contours, of reference volumes and of the ledger's compartments are the same two
sums (energy and mass) whatever the method, and the energy balance tests every one of them.

Where a mask covers a voxel partly, a part holds its energy in the covered share of the voxel. A volume that is read takes from
the parts of a voxel as much as it covers: a lesion first from the tumour's part, normal liver first from the normal one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from glisson.case import Finding
from glisson.dose.compartments import COMPARTMENT_TOLERANCE, ESCAPED, LUNG_SHUNT, VOXEL_TOLERANCE, Compartment, Row
from glisson.dose.constant import DoseConstant
from glisson.dose.engine import AbsorbedDose, Engine, Progress, silent
from glisson.dose.mird import mean_dose_Gy
from glisson.errors import MissingFact
from glisson.plan.field import Assignment, Field
from glisson.plan.injections import PlannedDelivery
from glisson.plan.sirt import partition_dose, tumour_to_normal_ratio
from glisson.plan.volumes import Tissue
from glisson.voxels import Image, bounding_box

Float = NDArray[np.float64]
Box = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Part:
    """Energy that lies in a share of every voxel; both arrays are cropped to the model's box."""

    tissue: Tissue
    share: Float
    energy_J: Float

    def taken(self, take: Float) -> float:
        """Energy of ``take`` (at most ``share``) of every voxel, J."""
        held = self.share > 0
        return float(np.sum(self.energy_J[held] * (take[held] / self.share[held])))


@dataclass(frozen=True)
class Model:
    """What a method does with 1 GBq of the session.

    Attributes:
        method: "voxel", "partition" or "mird".
        words: how the dose was computed.
        groups: parts; those of one group exclude each other inside a voxel, groups add.
        box: where the parts lie.
        map_J: energy per voxel of everything that is read, counts beyond the territories included; ``None`` for compartment models.
        escaped_J: left the grid or the reach of the engine.
        lung_J: of the shunted activity.
        emitted_J: K times the delivered part of 1 GBq.
        beyond_J: energy of counts outside the territories, which is read but is no part of the activity.
        tolerance: of the energy balance.
        ratios: tumour-to-normal ratio of every injection, where the method uses one.
        findings: what the engine said.
        sources: ids of the knowledge sources that the engine used.
    """

    method: str
    words: str
    groups: tuple[tuple[Part, ...], ...]
    box: Box
    map_J: Float | None
    escaped_J: float
    lung_J: float
    emitted_J: float
    beyond_J: float
    tolerance: float
    ratios: dict[str, float] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    sources: tuple[str, ...] = ()

    def mean_Gy(self, mask: NDArray[np.float32], mass_g: Float, *, tissue: Tissue, beyond: bool = True) -> float | None:
        """Mean dose of a mask in Gy per GBq; ``None`` where it holds no mass. ``beyond``: with counts outside the territories."""
        mass_kg = float(np.sum(mask * mass_g)) / 1000.0
        if mass_kg <= 0:
            return None
        if beyond and self.map_J is not None:
            return float(np.sum(mask * self.map_J)) / mass_kg
        cover = mask[self.box].astype(np.float64)
        return sum(_read(cover, group, tissue) for group in self.groups) / mass_kg

    def ledger(
        self, compartments: Sequence[Compartment], mass_g: Float, *, activity_GBq: float, lung_mass_g: float
    ) -> tuple[Row, ...]:
        """Mass times mean dose of every compartment at an activity; lungs and escaped energy are rows like all others."""
        rows = []
        for compartment, energy_J in zip(compartments, hand_out(self.groups, self.box, compartments), strict=True):
            mass = float(np.sum(compartment.share * mass_g))
            mean = energy_J / (mass / 1000.0) if mass > 0 else 0.0
            rows.append(Row.of_dose(compartment.name, compartment.role, mass_g=mass, mean_Gy=mean * activity_GBq))
        lung_Gy = self.lung_J / (lung_mass_g / 1000.0) * activity_GBq
        rows.append(Row.of_dose(LUNG_SHUNT, "lung", mass_g=lung_mass_g, mean_Gy=lung_Gy))
        if self.escaped_J:
            rows.append(Row(ESCAPED, "escaped", None, None, self.escaped_J * activity_GBq))
        return tuple(rows)


def hand_out(groups: Sequence[Sequence[Part]], box: Box, compartments: Sequence[Compartment]) -> list[float]:
    """Every part's energy to the compartments in their order, nothing twice and nothing left, J per compartment."""
    left = [[part.share.copy() for part in group] for group in groups]
    found = []
    for compartment in compartments:
        energy = 0.0
        for group, remains in zip(groups, left, strict=True):
            need = compartment.share[box].astype(np.float64)
            for number in _order(group, _tissue_of(compartment.role)):
                take = np.minimum(need, remains[number])
                energy += group[number].taken(take)
                remains[number] -= take
                need -= take
        found.append(energy)
    return found


def _tissue_of(role: str) -> Tissue:
    if role == "tumour":
        return "tumour"
    return "normal" if "normal" in role else "any"


def _order(group: Sequence[Part], tissue: Tissue) -> list[int]:
    return sorted(range(len(group)), key=lambda number: group[number].tissue != tissue)


def _read(cover: Float, group: Sequence[Part], tissue: Tissue) -> float:
    """Energy of the parts under a cover, J; a cover of no tissue of its own reads all parts alike."""
    if tissue == "any":
        total = np.sum([part.share for part in group], axis=0)
        factor = np.divide(np.minimum(cover, total), total, out=np.zeros_like(total), where=total > 0)
        return sum(float(np.sum(part.energy_J * factor)) for part in group)
    energy = 0.0
    need = cover.copy()
    for number in _order(group, tissue):
        take = np.minimum(need, group[number].share)
        energy += group[number].taken(take)
        need -= take
    return energy


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
    lung_J, emitted_J = _lung_and_emitted(deliveries, K)
    beyond_J = K * float(activity.outside.sum())
    if engine is None:
        energy, full = K * activity.inside, K * (activity.inside + activity.outside)
        box = _box(energy)
        share = np.ones(mass_g[box].shape) if activity.assignment is Assignment.FIELD else activity.covered[box]
        parts = ((Part("any", share, energy[box]),),)
        return Model("voxel", "local deposition", parts, box, full, 0.0, lung_J, emitted_J, beyond_J, VOXEL_TOLERANCE)

    def run(part: Float) -> AbsorbedDose:
        image = activity.as_activity(part, nuclide=constant.nuclide)
        return engine(image, density=density, constant=constant, progress=progress)

    inside = run(activity.inside)
    energy = inside.dose.array * (mass_g / 1000.0)
    full, said = energy, inside.findings
    if activity.outside.any():
        outside = run(activity.outside)
        full = energy + outside.dose.array * (mass_g / 1000.0)
    box = _box(energy)
    parts = ((Part("any", np.ones(energy[box].shape), energy[box]),),)
    return Model(
        "voxel",
        inside.method,
        parts,
        box,
        full,
        inside.energy.escaped_J,
        lung_J,
        emitted_J,
        beyond_J,
        VOXEL_TOLERANCE,
        findings=said,
        sources=inside.sources,
    )


def mird_model(deliveries: Sequence[PlannedDelivery], *, constant: DoseConstant, mass_g: Float) -> Model:
    """Every perfused volume takes the activity of its injection evenly."""
    K = constant.K_Gy_kg_per_GBq
    box = _box(np.maximum.reduce([d.territory.mask.array.astype(np.float32) for d in deliveries]))
    groups = []
    for d in deliveries:
        share = d.territory.mask.array[box].astype(np.float64)
        dose_Gy = mean_dose_Gy(
            activity_GBq=d.share,
            mass_g=float(np.sum(share * mass_g[box])),
            constant=constant,
            lung_shunt_fraction=d.lung_shunt_fraction,
            residual_fraction=d.residual_fraction,
        )
        groups.append((Part("any", share, dose_Gy * share * mass_g[box] / 1000.0),))
    return _compartment_model("mird", "one compartment: the perfused volume", groups, box, deliveries, K=K)


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
    if not any(p.tumour.any() for p in partitions):
        raise MissingFact(
            "the partition model", missing=["a tumour inside the perfused volume"], do="contour the tumour, or use mird"
        )
    box = _box(np.maximum.reduce([np.maximum(p.tumour, p.normal) for p in partitions]))
    groups = []
    ratios: dict[str, float] = {}
    for d, part in zip(deliveries, partitions, strict=True):
        tumour, normal = part.tumour[box].astype(np.float64), part.normal[box].astype(np.float64)
        tumour_g, normal_g = float(np.sum(tumour * mass_g[box])), float(np.sum(normal * mass_g[box]))
        if tumour_g > 0 and normal_g > 0:
            ratios[d.id] = entered_ratio or tumour_to_normal_ratio(
                tumour_counts=float(np.sum(d.counts[box] * tumour)),
                tumour_mass_g=tumour_g,
                normal_counts=float(np.sum(d.counts[box] * normal)),
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
        groups.append(
            (
                Part("tumour", tumour, dose.tumour_Gy * tumour * mass_g[box] / 1000.0),
                Part("normal", normal, dose.normal_Gy * normal * mass_g[box] / 1000.0),
            )
        )
    words = "tumour and normal liver by " + ("an entered ratio" if entered_ratio else "the ratio of their counts per gram")
    return _compartment_model("partition", words, groups, box, deliveries, K=K, ratios=ratios)


def _compartment_model(
    method: str,
    words: str,
    groups: Sequence[tuple[Part, ...]],
    box: Box,
    deliveries: Sequence[PlannedDelivery],
    *,
    K: float,
    ratios: dict[str, float] | None = None,
) -> Model:
    lung_J, emitted_J = _lung_and_emitted(deliveries, K)
    return Model(method, words, tuple(groups), box, None, 0.0, lung_J, emitted_J, 0.0, COMPARTMENT_TOLERANCE, ratios or {})


def _lung_and_emitted(deliveries: Sequence[PlannedDelivery], K: float) -> tuple[float, float]:
    return K * sum(d.to_lung for d in deliveries), K * sum(d.delivered for d in deliveries)


def _box(array: NDArray[np.floating]) -> Box:
    found = bounding_box(array)
    assert found is not None  # a territory without counts was refused before
    return found
