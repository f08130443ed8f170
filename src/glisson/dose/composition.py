"""Which medium fills each voxel: by a ramp of density, or one for all."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glisson.errors import BadInput
from glisson.knowledge.media import density_ramp, medium
from glisson.voxels import Image, Quantity, require_quantity, require_same_grid

MOST_LABELS = 250
HALF = 0.5


@dataclass(frozen=True, eq=False)
class Materials:
    """A label in every voxel, and the medium that each label stands for.

    Attributes:
        labels: image of whole numbers from 0.
        legend: medium by label, as {1: "soft-tissue", 2: "bone"}.
    """

    labels: Image
    legend: Mapping[int, str]


@dataclass(frozen=True, eq=False)
class Overlay:
    """By density, but where a mask says which medium it is; of masks that overlap the later one holds.

    Attributes:
        parts: (name, mask, medium); a voxel belongs to a mask that covers half of it.
    """

    parts: tuple[tuple[str, Image, str], ...]


LOWEST_g_per_mL, HIGHEST_g_per_mL = 0.0, 20.0


@dataclass(frozen=True, eq=False)
class Composition:
    """Media of the voxels.

    Attributes:
        media: names, in the order of the numbers in ``number``.
        number: index into ``media``, shape of the grid.
        density_g_per_mL: float32, shape of the grid.
        words: how it was come by.
        sources: ids of knowledge sources.
    """

    media: tuple[str, ...]
    number: NDArray[np.uint8]
    density_g_per_mL: NDArray[np.float32]
    words: str
    sources: tuple[str, ...]


def composition(activity: Image, density: Image | float, only: str | Materials | Overlay | None = None) -> Composition:
    """Density and medium of every voxel of the grid of ``activity``.

    Args:
        activity: gives the grid.
        density: g/mL, one number or an image on that grid.
        only: one medium for all voxels, a label for each, or masks that hold against the ramp; the ramp alone if ``None``.

    Raises:
        BadInput: a density that is not above 0 and at most 20 g/mL, an unknown medium, a label without one.
        GridMismatch: a density or material image on another grid.
    """
    if isinstance(density, Image):
        require_quantity(density, Quantity.DENSITY)
        require_same_grid(activity, density)
        array = density.array.astype(np.float32)
    else:
        array = np.full(activity.grid.shape, density, np.float32)
    wrong = int(np.count_nonzero(~((array > LOWEST_g_per_mL) & (array <= HIGHEST_g_per_mL))))
    if wrong:
        raise BadInput(
            f"{wrong} of {array.size} voxels have a density between {float(array.min()):.4g} and {float(array.max()):.4g} g/mL",
            allowed=f"above {LOWEST_g_per_mL:g} up to {HIGHEST_g_per_mL:g} g/mL (air is 0.0012)",
            do="give g/mL, and the density of air where there is nothing",
        )
    if isinstance(only, Materials):
        return _by_label(activity, array, only)
    if isinstance(only, Overlay):
        return _overlaid(activity, composition(activity, density), only)
    if only is not None:
        filled = medium(only)
        return Composition((only,), np.zeros(array.shape, np.uint8), array, filled.name, (filled.source,))
    steps = density_ramp()
    starts = np.array([step.value for step in steps], np.float32)
    number = (np.searchsorted(starts, array, side="right") - 1).astype(np.uint8)
    names = tuple(step.id for step in steps)
    words = "by density: " + ", ".join(f"{step.id} from {step.value:g}" for step in steps) + " g/mL"
    sources = tuple(dict.fromkeys([*(step.source for step in steps), *(medium(name).source for name in names)]))
    return Composition(names, number, array, words, sources)


def _overlaid(activity: Image, ramp: Composition, given: Overlay) -> Composition:
    names, number = list(ramp.media), ramp.number.copy()
    for _, mask, name in given.parts:
        require_same_grid(activity, mask)
        if medium(name).id not in names:
            names.append(name)
        number[mask.array >= HALF] = names.index(name)
    words = "; ".join([ramp.words, *(f"{name} in {where}" for where, _, name in given.parts)])
    sources = dict.fromkeys([*ramp.sources, *(medium(name).source for name in names)])
    return Composition(tuple(names), number, ramp.density_g_per_mL, words, tuple(sources))


def _by_label(activity: Image, density: NDArray[np.float32], given: Materials) -> Composition:
    require_same_grid(activity, given.labels)
    labels = np.asarray(given.labels.array)
    found = np.unique(labels)
    if any(float(value) != int(value) for value in found) or len(found) > MOST_LABELS:
        raise BadInput("a material image that does not hold labels", allowed=f"whole numbers, at most {MOST_LABELS} of them")
    missing = sorted(int(value) for value in found if int(value) not in given.legend)
    if missing:
        listed = ", ".join(str(value) for value in missing[:10])
        raise BadInput(f"labels without a material in the legend: {listed}", do="add a line 'label,material' for each")
    names = tuple(dict.fromkeys(medium(given.legend[int(value)]).id for value in found))
    number = np.zeros(labels.shape, np.uint8)
    for value in found:
        number[labels == value] = names.index(given.legend[int(value)])
    words = "by label: " + ", ".join(f"{int(value)} {given.legend[int(value)]}" for value in found)
    return Composition(names, number, density, words, tuple(dict.fromkeys(medium(name).source for name in names)))
