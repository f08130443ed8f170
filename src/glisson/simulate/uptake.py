"""Where the particles of a simulated patient go: true activity per compartment, and as a map."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from glisson.simulate.anatomy import LESIONS, Mask
from glisson.simulate.shapes import Level


@dataclass(frozen=True)
class Uptake:
    """How activity is shared.

    Attributes:
        right_share: part of the liver's activity that goes to the right territory.
        lung_shunt_fraction: part of all activity that goes to the lungs.
        tumour_to_normal: mean concentration of each lesion over that of its territory's normal tissue.
        unevenness: standard deviation of the logarithm of the concentration in normal tissue.
    """

    right_share: float
    lung_shunt_fraction: float
    tumour_to_normal: Mapping[str, float]
    unevenness: float


def compartments(masks: Mapping[str, Mask]) -> dict[str, Mask]:
    """The parts that hold all activity, none of them overlapping: normal tissue by territory, each lesion, lungs."""
    lesions = np.logical_or.reduce([masks[name] for name in LESIONS])
    parts = {f"{side}-normal": masks[f"{side}-lobe"] & ~lesions for side in ("right", "left")}
    parts |= {name: masks[name] for name in LESIONS}
    parts["lungs"] = masks["lungs"]
    return parts


def relative_map(masks: Mapping[str, Mask], uptake: Uptake, grain: Level) -> NDArray[np.float32]:
    """Share of the activity per voxel; sums to 1 over the grid. ``grain`` is a texture of mean 0 and deviation 1."""
    parts = compartments(masks)
    uneven = np.exp(np.float32(uptake.unevenness) * grain)
    array = np.zeros(grain.shape, dtype=np.float32)
    for side, share in (("right", uptake.right_share), ("left", 1.0 - uptake.right_share)):
        territory = masks[f"{side}-lobe"]
        normal = parts[f"{side}-normal"]
        array[normal] = uneven[normal] / uneven[normal].mean(dtype=np.float64)
        for name, ratio in uptake.tumour_to_normal.items():
            lesion = masks[name] & territory
            if lesion.any():
                profile = _rim(masks[name], lesion)
                array[lesion] = ratio * profile / profile.mean(dtype=np.float64)
        total = array[territory].sum(dtype=np.float64)
        array[territory] *= share * (1.0 - uptake.lung_shunt_fraction) / total
    lungs = parts["lungs"]
    array[lungs] = uneven[lungs] * (uptake.lung_shunt_fraction / uneven[lungs].sum(dtype=np.float64))
    return array


def _rim(whole: Mask, part: Mask) -> NDArray[np.float32]:
    """Concentration across a lesion: the fed rim takes more than the core, the more so the larger the lesion."""
    depth = ndimage.gaussian_filter(whole.astype(np.float32), 3.0)[part]
    profile: NDArray[np.float32] = 1.0 - 0.65 * np.clip(depth, 0.0, 1.0) ** 2
    return profile
