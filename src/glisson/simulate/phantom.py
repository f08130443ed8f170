"""A simulated patient with colorectal liver metastases: CT, MAA SPECT, Y-90 PET, contours, and the truth behind them.

Everything here is simulated; the case says so and every report of it does. Nothing is written and no clock is read:
the instants are fixed, the random streams follow from ``seed``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glisson.case import Case
from glisson.decay import decay_factor, elapsed_h
from glisson.knowledge import nuclide
from glisson.simulate import story
from glisson.simulate.acquisition import Camera, acquire, as_counts, ct_noise
from glisson.simulate.anatomy import build_anatomy
from glisson.simulate.shapes import texture
from glisson.simulate.uptake import Uptake, compartments, relative_map
from glisson.voxels import Grid, Image, Quantity

FRAME = "simulated"
"""All images of the simulated patient are aligned in this frame of reference."""

CT_GRID = Grid.aligned((127, 140, 190), (3.0, 2.0, 2.0), (-189.0, -139.0, -140.0), FRAME)
SPECT = Camera(
    Grid.aligned((88, 88, 96), (4.42, 4.42, 4.42), (-210.0, -190.0, -143.0), FRAME), fwhm_mm=story.SPECT_FWHM_mm, counts=1.2e6
)
PET = Camera(
    Grid.aligned((137, 136, 160), (2.78, 2.344, 2.344), (-186.3, -158.2, -140.0), FRAME), fwhm_mm=story.PET_FWHM_mm, counts=3.0e5
)
SPECT_TOTAL_COUNTS = 6.0e6

MAPPED = Uptake(0.70, 0.045, {"lesion-1": 4.6, "lesion-2": 5.2, "lesion-3": 3.6}, 0.22)
"""How the test particles spread, but for the lung shunt, which is an argument."""

DELIVERED = Uptake(0.70, 0.045, {"lesion-1": 5.0, "lesion-2": 4.4, "lesion-3": 4.2}, 0.26)
"""How the treatment spread: the catheter never lies twice in quite the same place."""


@dataclass(frozen=True)
class Truth:
    """What really was where, before any camera looked.

    Attributes:
        activity_GBq: Y-90 at ``story.REFERENCE_AT`` by compartment; the parts do not overlap and hold everything.
        mapping_fraction: share of the MAA by compartment; sums to 1.
        tumour_to_normal: Y-90 concentration of each lesion over that of its territory's normal tissue.
        lung_shunt_fraction: of MAA and of Y-90.
        masks: the compartments on the CT grid.
        activity: Y-90 at ``story.REFERENCE_AT`` on the CT grid, Bq/mL, neither blurred nor noisy.
        mapping: share of the MAA per mL on the CT grid; its sum times the voxel volume is 1.
    """

    activity_GBq: Mapping[str, float]
    mapping_fraction: Mapping[str, float]
    tumour_to_normal: Mapping[str, float]
    lung_shunt_fraction: float
    masks: Mapping[str, Image]
    activity: Image
    mapping: Image


@dataclass(frozen=True)
class SimulatedPatient:
    """Everything a case folder holds, and the truth.

    Attributes:
        case: says ``simulated``; its entries name the files below.
        images: by image id: "ct", "maa-spect", "y90-pet".
        structures: by site id: masks on the CT grid, for every site that has a file.
        truth: what the images were made from.
    """

    case: Case
    images: Mapping[str, Image]
    structures: Mapping[str, Image]
    truth: Truth

    @property
    def files(self) -> dict[str, Image]:
        """Every image and mask by the path that the case gives it, relative to the case folder."""
        named = {entry.file: self.images[entry.id] for entry in self.case.images}
        return named | {story.mask_file(name): mask for name, mask in self.structures.items()}


def simulated_patient(seed: int = 1, *, lung_shunt_fraction: float = 0.045) -> SimulatedPatient:
    """A patient made by the program; the same seed gives the same bytes.

    Args:
        seed: of every random stream (organ outlines, texture, counting noise).
        lung_shunt_fraction: share of MAA and of Y-90 that goes to the lungs, 0 to 1.
    """
    shape, ct, maa, y90, spect, pet = (np.random.default_rng([seed, stream]) for stream in range(6))
    anatomy = build_anatomy(CT_GRID, shape)
    coarse, fine = texture(CT_GRID, 28.0, maa), texture(CT_GRID, 28.0, y90)
    mapped = relative_map(anatomy.masks, _with_shunt(MAPPED, lung_shunt_fraction), coarse)
    delivered = relative_map(anatomy.masks, _with_shunt(DELIVERED, lung_shunt_fraction), 0.8 * coarse + 0.6 * fine)
    truth = _truth(anatomy.masks, mapped, delivered, lung_shunt_fraction)
    at_scan = decay_factor(
        elapsed_h=elapsed_h(story.REFERENCE_AT, story.PET_AT), half_life_h=float(nuclide("Y-90").half_life_h.value)
    )
    scanned = Image(CT_GRID, truth.activity.array * np.float32(at_scan), Quantity.ACTIVITY, "Y-90", story.PET_AT)
    test = Image(CT_GRID, mapped * np.float32(1e9), Quantity.ACTIVITY, "Tc-99m", story.SPECT_AT)
    images = {
        "ct": Image(CT_GRID, ct_noise(anatomy.ct_HU, sd_HU=11.0, rng=ct), Quantity.HU),
        "maa-spect": as_counts(acquire(test, SPECT, spect), total=SPECT_TOTAL_COUNTS),
        "y90-pet": acquire(scanned, PET, pet),
    }
    structures = {name: _mask(anatomy.masks[name]) for name in story.DRAWN}
    return SimulatedPatient(story.case(seed), images, structures, truth)


def _with_shunt(uptake: Uptake, lung_shunt_fraction: float) -> Uptake:
    return Uptake(uptake.right_share, lung_shunt_fraction, uptake.tumour_to_normal, uptake.unevenness)


def _truth(
    masks: Mapping[str, NDArray[np.bool_]], mapped: NDArray[np.float32], delivered: NDArray[np.float32], shunt: float
) -> Truth:
    parts = compartments(masks)
    voxel_mL = CT_GRID.voxel_volume_mL
    per_mL = np.float32(story.delivered_GBq() * 1e9 / voxel_mL)
    activity = Image(CT_GRID, delivered * per_mL, Quantity.ACTIVITY, "Y-90", story.REFERENCE_AT)
    held = {name: float(activity.array[part].sum(dtype=np.float64)) * voxel_mL * 1e-9 for name, part in parts.items()}
    return Truth(
        activity_GBq=held,
        mapping_fraction={name: float(mapped[part].sum(dtype=np.float64)) for name, part in parts.items()},
        tumour_to_normal=dict(DELIVERED.tumour_to_normal),
        lung_shunt_fraction=shunt,
        masks={name: _mask(part) for name, part in parts.items()},
        activity=activity,
        mapping=Image(CT_GRID, mapped / np.float32(voxel_mL), Quantity.SIGNAL, "Tc-99m"),
    )


def _mask(array: NDArray[np.bool_]) -> Image:
    return Image(CT_GRID, array, Quantity.MASK)
