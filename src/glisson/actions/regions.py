"""Regions whose uncertainty a Monte Carlo watches: the lesions of a case, or the labels of an image."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from glisson.case import SiteKind, Structure
from glisson.dose.certainty import Region
from glisson.errors import BadInput
from glisson.voxels import Image, Quantity, require_same_grid

MOST_LABELS = 250


def lesion_regions(structures: Sequence[Structure]) -> tuple[Region, ...]:
    """Every lesion that has a voxel on the grid; empty (the whole image then) where there is none."""
    lesions = [s for s in structures if s.site.kind is SiteKind.LESION and s.volume_mL > 0]
    return tuple(Region(lesion.id, lesion.mask) for lesion in lesions)


def read_regions(path: Path, activity: Image) -> tuple[Region, ...]:
    """One region for each label above 0 of an image on the grid of the activity.

    Raises:
        BadInput: the file cannot be read, values that are no labels, no label above 0.
        GridMismatch: another grid.
    """
    from glisson.imaging.read import read_image

    labels = read_image(path, unit="signal").image
    require_same_grid(activity, labels)
    found = np.unique(labels.array)
    if len(found) > MOST_LABELS + 1 or any(float(value) != int(value) or value < 0 for value in found):
        raise BadInput(f"'{path.name}' does not hold labels", allowed=f"whole numbers from 0, at most {MOST_LABELS} above 0")
    names = [int(value) for value in found if value > 0]
    if not names:
        raise BadInput(f"no region in '{path.name}': every voxel is 0", do="give 1, 2, ... to the voxels of each region")
    return tuple(Region(f"region {name}", labels.with_array(labels.array == name, Quantity.MASK)) for name in names)
