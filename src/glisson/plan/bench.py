"""Everything of a plan that does not depend on product or limits: the field, the masses, the compartments, what was given before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.case import Case, Finding, Planning, Purpose, Structure
from glisson.dose.compartments import Compartment, share_out
from glisson.dose.engine import Engine
from glisson.errors import BadInput, MissingFact
from glisson.knowledge.limits import fact
from glisson.plan.earlier import Earlier, earlier_treatments
from glisson.plan.field import Assignment, Field, make_field, voxel_mass
from glisson.plan.injections import PlannedDelivery, resolve
from glisson.plan.models import Partition
from glisson.plan.shunt import LungMass, Shunt, conventional_lung_mass
from glisson.plan.volumes import Reference, lesions, lungs, reference_volumes, union
from glisson.voxels import Image, Quantity, require_quantity, require_same_grid


@dataclass(frozen=True)
class Bench:
    """The prepared case.

    Attributes:
        mass_g: of every voxel.
        compartments: a partition of every voxel, for the ledger.
        references: volumes that limits refer to.
        perfused: union of the territories, 0 to 1.
        treated: ids of lesions that lie in the perfused volume.
        reserve_fraction: liver mass outside the perfused volume over liver mass; ``None`` without a liver contour.
    """

    case: Case
    treatment_id: str
    planning: Planning
    mapping: Image
    structures: tuple[Structure, ...]
    density: Image | float
    engine: Engine | None
    assignment: Assignment
    shunt: Shunt | None
    lung_mass: LungMass
    deliveries: tuple[PlannedDelivery, ...]
    field: Field
    mass_g: NDArray[np.float64]
    compartments: tuple[Compartment, ...]
    references: tuple[Reference, ...]
    perfused: NDArray[np.float32]
    treated: tuple[str, ...]
    reserve_fraction: float | None
    earlier: Earlier
    image_id: str

    @property
    def partitions(self) -> tuple[Partition, ...]:
        """Tumour and normal liver of every injection."""
        tumour = union(lesions(self.structures), self.mapping.grid.shape)
        parts = []
        for d in self.deliveries:
            normal = next(r.mask for r in self.references if r.on == "perfused normal liver" and _belongs(r, d, self.structures))
            own = np.minimum(tumour, d.territory.mask.array.astype(np.float32))
            parts.append(Partition(own, np.minimum(normal, 1.0 - own)))
        return tuple(parts)

    def mean(self, values: NDArray[Any], mask: NDArray[Any]) -> float | None:
        """Sum of values per gram of a mask; ``None`` where it holds no mass."""
        mass = float(np.sum(mask * self.mass_g))
        return float(np.sum(mask * values)) / mass if mass > 0 else None


def _belongs(reference: Reference, delivery: PlannedDelivery, structures: Sequence[Structure]) -> bool:
    if reference.site == delivery.territory.id:
        return True
    return any(s.id == reference.site and s.site.parent == delivery.territory.id for s in structures)


def prepare(
    case: Case,
    treatment_id: str,
    *,
    mapping: Image,
    structures: Sequence[Structure],
    density_g_per_mL: float | Image,
    lung_shunt: Shunt | None,
    lung_mass: LungMass | None,
    engine: Engine | None,
    assignment: Assignment,
    mappings: Mapping[str, Image] | None,
) -> Bench:
    """Check what is given and lay it out.

    Raises:
        MissingFact: no planning, no territory, no lung shunt, no CT lung mass where it was asked for.
        GridMismatch: a mask, a density or a second mapping image on another grid.
        BadInput: no counts, or another quantity than counts or activity.
    """
    planning = case.treatment(treatment_id).planning
    if planning is None:
        raise MissingFact(f"a plan for '{treatment_id}'", missing=["planning (products, approach, limits)"])
    require_quantity(mapping, Quantity.COUNTS, Quantity.ACTIVITY)
    image_id = mapping_id(case, planning)
    images = {**(mappings or {}), image_id: mapping}
    for image in images.values():
        require_quantity(image, Quantity.COUNTS, Quantity.ACTIVITY)
        require_same_grid(mapping, image)
    for structure in structures:
        require_same_grid(mapping, structure.mask)
    if not mapping.array.max() > 0:
        raise BadInput("the mapping image holds no counts above 0")
    shunt = lung_shunt or _observed_shunt(case)
    mass_g = voxel_mass(mapping.grid, density_g_per_mL)
    deliveries = resolve(
        case, planning, structures=structures, mappings=images, default_image=image_id, shunt=shunt, voxel_mass_g=mass_g
    )
    territories = list({d.territory.id: d.territory for d in deliveries}.values())
    shape = mapping.grid.shape
    perfused = union(territories, shape)
    lung = lungs(structures, shape)
    whole_field = make_field(
        deliveries, grid=mapping.grid, assignment=assignment, lung=None if lung is None else lung.astype(np.float64)
    )
    return Bench(
        case,
        treatment_id,
        planning,
        mapping,
        tuple(structures),
        density_g_per_mL,
        engine,
        assignment,
        shunt,
        lung_mass or _lung_mass(case, planning),
        deliveries,
        whole_field,
        mass_g,
        share_out(structures, shape),
        reference_volumes(structures, territories),
        perfused,
        treated_lesions(structures, perfused),
        reserve_fraction_of(structures, perfused, mass_g),
        earlier_treatments(case, treatment_id, planning),
        image_id,
    )


def mapping_id(case: Case, planning: Planning) -> str:
    """Id of the mapping image: the one named, else the first one of that purpose, else "mapping"."""
    if planning.mapping_image is not None:
        return planning.mapping_image
    found = case.images_for(Purpose.MAPPING)
    return found[0].id if found else "mapping"


def _observed_shunt(case: Case) -> Shunt | None:
    seen = case.observed("lung_shunt_fraction")
    return Shunt(seen.number, "entered", "observation lung_shunt_fraction") if seen else None


def _lung_mass(case: Case, planning: Planning) -> LungMass:
    if planning.lung_mass_g is not None:
        return LungMass(planning.lung_mass_g, "entered", "entered")
    seen = case.observed("lung_mass_g")
    if seen is not None:
        return LungMass(seen.number, "entered", "observation lung_mass_g")
    if planning.lung_mass_from_ct:
        raise MissingFact(
            "a lung mass from CT", missing=["a CT with a lung contour"], do="give them, or leave lung_mass_from_ct out"
        )
    return conventional_lung_mass()


def treated_lesions(structures: Sequence[Structure], perfused: NDArray[np.float32]) -> tuple[str, ...]:
    """Ids of lesions of which enough lies in the perfused volume for a target to apply to them."""
    least = float(fact("treated-lesion-share").value)
    found = []
    for lesion in lesions(structures):
        mask = lesion.mask.array.astype(np.float64)
        whole = float(mask.sum())
        if whole > 0 and float(np.sum(np.minimum(mask, perfused))) / whole >= least:
            found.append(lesion.id)
    return tuple(found)


def reserve_fraction_of(
    structures: Sequence[Structure], perfused: NDArray[np.float32], mass_g: NDArray[np.float64]
) -> float | None:
    """Liver mass outside the perfused volume over liver mass, 0 to 1; ``None`` without a liver contour."""
    for structure in structures:
        if structure.site.organ == "liver":
            liver = structure.mask.array.astype(np.float64)
            total = float(np.sum(liver * mass_g))
            if total > 0:
                return float(np.sum(np.maximum(liver - perfused, 0.0) * mass_g)) / total
    return None


def unique(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings without repeats, in order."""
    return tuple(dict.fromkeys(findings))
