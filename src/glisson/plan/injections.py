"""The injections of a session: which territory each one feeds, its share of the activity, its shunt and its residue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from glisson.case import Case, PlannedInjection, Planning, SiteKind, Structure
from glisson.errors import BadInput, MissingFact
from glisson.plan.shunt import Shunt
from glisson.voxels import Image


@dataclass(frozen=True)
class PlannedDelivery:
    """One injection with everything resolved.

    Attributes:
        id: of the injection.
        territory: the perfused volume.
        image: id of the mapping image whose counts spread the activity.
        counts: its counts, 0 or more.
        residual_fraction: expected to stay in the vial and tubing.
        lung_shunt_fraction: of what leaves the catheter.
        share: of the session's activity.
        share_rule: who or what fixed the share.
    """

    id: str
    territory: Structure
    image: str
    counts: NDArray[np.float64]
    residual_fraction: float
    lung_shunt_fraction: float
    share: float = 1.0
    share_rule: str = "the only injection"

    @property
    def delivered(self) -> float:
        """GBq that leave the vial per GBq of the session."""
        return self.share * (1.0 - self.residual_fraction)

    @property
    def to_liver(self) -> float:
        """GBq that stay in the field per GBq of the session."""
        return self.delivered * (1.0 - self.lung_shunt_fraction)

    @property
    def to_lung(self) -> float:
        """GBq that reach the lungs per GBq of the session."""
        return self.delivered * self.lung_shunt_fraction


def resolve(
    case: Case,
    planning: Planning,
    *,
    structures: Sequence[Structure],
    mappings: Mapping[str, Image],
    default_image: str,
    shunt: Shunt | None,
    voxel_mass_g: NDArray[np.float64],
) -> tuple[PlannedDelivery, ...]:
    """Planned injections; one for every territory where none is written, or one into the liver where it is the only site.

    Shares that nobody fixed are proportional to M / ((1 - L)(1 - R)): every perfused volume gets the same mean dose.

    Raises:
        MissingFact: no territory, no contour of one, no lung shunt, or no image of that id.
        BadInput: shares that do not add up to 1, or a territory without counts.
    """
    by_id = {s.id: s for s in structures}
    planned = planning.injections or _one_for_each(case, structures)
    found = []
    for injection in planned:
        if injection.territory not in by_id:
            raise MissingFact(f"injection '{injection.id}'", missing=[f"the contour of '{injection.territory}'"])
        shunt_fraction = injection.lung_shunt_fraction
        if shunt_fraction is None:
            if shunt is None:
                raise MissingFact(
                    f"injection '{injection.id}'",
                    missing=["lung_shunt_fraction"],
                    do="enter it as an observation or on the injection, or give planar or SPECT/CT images; 0 is not assumed",
                )
            shunt_fraction = shunt.fraction
        image = injection.mapping_image or default_image
        if image not in mappings:
            raise MissingFact(f"injection '{injection.id}'", missing=[f"the mapping image '{image}' on the plan's grid"])
        counts = np.maximum(mappings[image].array.astype(np.float64), 0.0)
        territory = by_id[injection.territory]
        if not float(np.sum(counts * territory.mask.array)) > 0:
            raise BadInput(
                f"no counts of '{image}' inside the territory '{territory.id}'",
                do="check the contour against the mapping image, and that both are in one frame of reference",
            )
        found.append(PlannedDelivery(injection.id, territory, image, counts, injection.residual_fraction, shunt_fraction))
    return _with_shares(found, planned, voxel_mass_g)


def _one_for_each(case: Case, structures: Sequence[Structure]) -> tuple[PlannedInjection, ...]:
    territories = [s for s in structures if s.site.kind is SiteKind.TERRITORY]
    if not territories:
        territories = [s for s in structures if s.site.kind is SiteKind.ORGAN and s.site.organ == "liver"]
    if not territories:
        known = ", ".join(site.id for site in case.sites) or "none"
        raise MissingFact(
            "no perfused volume to plan for", missing=["a territory with its contour"], do=f"add one; sites of this case: {known}"
        )
    return tuple(PlannedInjection(id=s.id, territory=s.id) for s in territories)


def _with_shares(
    found: Sequence[PlannedDelivery], planned: Sequence[PlannedInjection], voxel_mass_g: NDArray[np.float64]
) -> tuple[PlannedDelivery, ...]:
    fixed = sum(p.share for p in planned if p.share is not None)
    open_ones = [p.id for p in planned if p.share is None]
    if len({p.id for p in planned}) != len(planned):
        raise BadInput("two planned injections have one id")
    if (not open_ones and abs(fixed - 1.0) > 1e-6) or (open_ones and fixed >= 1.0):
        raise BadInput(
            f"the shares of the injections add up to {fixed:g}" + (f" with {len(open_ones)} left open" if open_ones else ""),
            allowed="1 in all, less than 1 where some are left open",
        )
    weight = {
        d.id: float(np.sum(voxel_mass_g * d.territory.mask.array)) / ((1.0 - d.lung_shunt_fraction) * (1.0 - d.residual_fraction))
        for d in found
    }
    rest = sum(weight[name] for name in open_ones)
    out = []
    for delivery, injection in zip(found, planned, strict=True):
        if injection.share is not None:
            out.append(replace(delivery, share=injection.share, share_rule="entered"))
        elif len(found) == 1:
            out.append(delivery)
        else:
            share = (1.0 - fixed) * weight[delivery.id] / rest
            out.append(replace(delivery, share=share, share_rule="same mean dose in every perfused volume"))
    return tuple(out)
