"""Reference volumes: what a limit refers to, as contoured or derived from what is contoured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glisson.case import SiteKind, Structure
from glisson.knowledge.limits import Volume

Mask = NDArray[np.float32]
Tissue = Literal["tumour", "normal", "any"]


@dataclass(frozen=True)
class Reference:
    """A volume that limits refer to.

    Attributes:
        on: which kind of volume.
        site: id of the site it was contoured as, or of the territory or organ it was derived from.
        name: on screens; says when it was derived.
        mask: shares 0 to 1.
    """

    on: Volume
    site: str
    name: str
    mask: Mask

    @property
    def tissue(self) -> Tissue:
        """Which tissue the volume is made of."""
        if self.on == "tumour":
            return "tumour"
        return "normal" if "normal" in self.on else "any"


def reference_volumes(structures: Sequence[Structure], territories: Sequence[Structure]) -> tuple[Reference, ...]:
    """Every reference volume that can be made: perfused, perfused normal, whole normal, whole liver, tumours.

    Normal liver that is not contoured is its parent less all lesions and all other organs.
    """
    found = [Reference("perfused volume", t.id, t.site.label, _share(t)) for t in territories]
    found += [_normal_of(t, structures, "perfused normal liver") for t in territories]
    for liver in _organs(structures, "liver"):
        found.append(_normal_of(liver, structures, "whole normal liver"))
        found.append(Reference("whole liver", liver.id, liver.site.label, _share(liver)))
    found += [Reference("tumour", s.id, s.site.label, _share(s)) for s in lesions(structures)]
    return tuple(found)


def lesions(structures: Sequence[Structure]) -> list[Structure]:
    """Every lesion, in the order given."""
    return [s for s in structures if s.site.kind is SiteKind.LESION]


def tissue_of(structure: Structure) -> Tissue:
    """Which tissue a contour is drawn around."""
    if structure.site.kind is SiteKind.LESION:
        return "tumour"
    return "normal" if structure.site.kind is SiteKind.NORMAL else "any"


def other_organs(structures: Sequence[Structure]) -> list[Structure]:
    """Every organ that is neither liver nor lung."""
    return [s for s in structures if s.site.kind is SiteKind.ORGAN and s.site.organ not in ("liver", "lung")]


def union(structures: Sequence[Structure], shape: tuple[int, int, int]) -> Mask:
    """Largest share of any of them, per voxel."""
    out = np.zeros(shape, dtype=np.float32)
    for structure in structures:
        np.maximum(out, structure.mask.array.astype(np.float32), out=out)
    return out


def lungs(structures: Sequence[Structure], shape: tuple[int, int, int]) -> Mask | None:
    """Both lungs in the field; ``None`` where none is contoured."""
    found = _organs(structures, "lung")
    return union(found, shape) if found else None


def _organs(structures: Sequence[Structure], organ: str) -> list[Structure]:
    return [s for s in structures if s.site.kind is SiteKind.ORGAN and s.site.organ == organ]


def _share(structure: Structure) -> Mask:
    return structure.mask.array.astype(np.float32)


def _normal_of(parent: Structure, structures: Sequence[Structure], on: Volume) -> Reference:
    for structure in structures:
        if structure.site.kind is SiteKind.NORMAL and structure.site.parent == parent.id:
            return Reference(on, structure.id, structure.site.label, _share(structure))
    taken = union([*lesions(structures), *other_organs(structures)], parent.mask.grid.shape)
    rest = np.minimum(_share(parent), 1.0 - taken)
    return Reference(on, parent.id, f"{parent.site.label} less lesions and other organs", rest)
