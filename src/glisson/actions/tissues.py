"""What a case is made of: density and composition of every voxel, from CT, from what sites say of themselves, or uniform."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glisson.actions.engines import FROM_CT, medium, with_lungs
from glisson.actions.open_case import OpenCase
from glisson.case import ImageKind, Level, Structure
from glisson.dose.absorbed import Medium
from glisson.dose.composition import Overlay
from glisson.errors import BadInput
from glisson.knowledge.media import medium as known_medium
from glisson.knowledge.tissues import density as known_density
from glisson.voxels import Grid, Image, Quantity

BEST_CT = "ct-schneider"
USUAL = {"soft-tissue": "liver", "lung": "lung"}
"""Tissues whose usual density is not the nominal one of their composition."""


@dataclass(frozen=True, eq=False)
class Filled:
    """Density, and composition where it does not follow the density."""

    medium: Medium
    overlay: Overlay | None


def fill(opened: OpenCase, structures: Sequence[Structure], asked: str | None, *, method: str, grid: Grid) -> Filled:
    """Density and composition of a case's voxels.

    The density is what was asked for. Without that, a Monte Carlo takes the case's CT where it has one in the frame of the
    emission image (by the table of Schneider 2000); everything else, and a case without, takes the liver's density everywhere but in
    contoured lungs. What a site says of its own density and tissue holds against all of these, the later site against the earlier.

    Raises:
        BadInput, MissingFact: a density that cannot be used.
    """
    found, from_ct = _asked(opened, asked, method=method, grid=grid)
    if not from_ct:
        found = with_lungs(found, structures)
    told = [s for s in structures if (s.site.tissue or s.site.density_g_per_mL) and s.volume_mL > 0]
    for structure in told:
        found = _with_density(found, structure, from_ct=from_ct)
    parts = tuple((s.id, s.mask, s.site.tissue) for s in told if s.site.tissue is not None)
    return Filled(found, Overlay(parts) if parts else None)


def _asked(opened: OpenCase, asked: str | None, *, method: str, grid: Grid) -> tuple[Medium, bool]:
    """The density, and whether it comes from CT."""
    has_ct = any(image.kind is ImageKind.CT for image in opened.case.images)
    if asked is not None or method != "montecarlo" or not has_ct:
        return medium(opened, asked, grid), asked in FROM_CT
    try:
        return medium(opened, BEST_CT, grid), True
    except BadInput as error:
        opened.note("dose.ct-not-used", f"the dose is not computed with the CT's densities: {error.problem}", Level.WARNING)
        return medium(opened, None, grid), False


def _with_density(found: Medium, structure: Structure, *, from_ct: bool) -> Medium:
    """The density that a site states, or its tissue's usual one where no CT tells."""
    source: tuple[str, ...] = ()
    value = structure.site.density_g_per_mL
    if value is None:
        if from_ct or structure.site.tissue is None:
            return found
        value, source = _usual(structure.site.tissue)
    share = structure.mask.array.astype(np.float32)
    before = found.density.array if isinstance(found.density, Image) else np.float32(found.density)
    image = Image(structure.mask.grid, ((1.0 - share) * before + share * np.float32(value)).astype(np.float32), Quantity.DENSITY)
    return Medium(image, f"{found.words}; {value:g} g/mL in {structure.id}", tuple(dict.fromkeys((*found.sources, *source))))


def _usual(tissue: str) -> tuple[float, tuple[str, ...]]:
    """Density of a tissue in g/mL, with its source."""
    if tissue in USUAL:
        known = known_density(USUAL[tissue])
        return float(known.value), (known.source,)
    nominal = known_medium(tissue)
    return nominal.nominal_density_g_per_mL, (nominal.source,)
