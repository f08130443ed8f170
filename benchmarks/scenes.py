"""Activity images to measure on: the grid of the real PET, 256 x 256 x 89 voxels of 2.34 x 2.34 x 2.78 mm."""

import os
from pathlib import Path

import numpy as np

from glisson.simulate import simulated_patient
from glisson.voxels import Grid, Image, Quantity
from glisson.voxels.resample import conserve

SHAPE, SPACING_mm = (89, 256, 256), (2.78, 2.34375, 2.34375)
SHARED = Path(os.environ.get("GLISSON_SHARED", Path(__file__).parents[2] / "shared"))
PET = SHARED / "data" / "y90_pet_maa_spect" / "patient_1_Y90_PET.nrrd"


def demo_liver() -> Image:
    """The Y-90 of the simulated patient's liver, nothing outside it."""
    patient = simulated_patient(1)
    truth = patient.truth.activity
    liver = truth.with_array(np.where(patient.structures["liver"].array > 0, truth.array, 0))
    centre = liver.grid.to_world((np.array(liver.grid.shape) - 1) / 2)
    origin = centre - (np.array(SHAPE) - 1)[::-1] / 2 * np.array(SPACING_mm)[::-1]
    x, y, z = (float(v) for v in origin)
    return conserve(liver, Grid.aligned(SHAPE, SPACING_mm, (x, y, z), liver.grid.frame_of_reference)).image


def box_of_30_per_cent() -> Image:
    """Noise in a block of 30 % of the grid: the largest box that counts as a liver."""
    array = np.zeros(SHAPE, np.float32)
    array[14:74, 48:208, 37:219] = np.random.default_rng(1).gamma(2.0, 1e5, (60, 160, 182))
    return Image(Grid.aligned(SHAPE, SPACING_mm), array, Quantity.ACTIVITY, "Y-90")


def real_pet() -> Image | None:
    """The real PET, whose activity fills the grid; ``None`` where it does not lie beside the repository."""
    if not PET.is_file():
        return None
    import nrrd

    array, _ = nrrd.read(str(PET))
    return Image(Grid.aligned(SHAPE, SPACING_mm), np.ascontiguousarray(array.T, dtype=np.float32), Quantity.ACTIVITY, "Y-90")


SCENES = {"demo liver": demo_liver, "30 % box": box_of_30_per_cent, "real PET": real_pet}
