"""The two real patients of ../shared, where they lie beside the repository: activity, contours, density."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from benchmarks.scenes import SHARED

from glisson.dose.certainty import Region
from glisson.imaging.contours import read_mask
from glisson.imaging.read import read_image
from glisson.voxels import Image, Quantity
from glisson.voxels.resample import nearest

FOLDER = SHARED / "data" / "y90_pet_maa_spect"


@dataclass(frozen=True)
class Patient:
    """A real emission image with its contours.

    Attributes:
        name: for files.
        title: for pages.
        words: what the image is and what is assumed.
        image: its file.
        unit: of its voxels.
        perfused: contour that all activity is put into, scaled to 1 GBq; empty: the image as it is.
        contours: folder of masks, and which to show.
        uncertainty: that the Monte Carlo of the page stops at in every tumour.
        density: g/mL everywhere.
    """

    name: str
    title: str
    words: str
    image: str
    unit: str
    contours: tuple[str, tuple[str, ...]]
    perfused: str = ""
    uncertainty: float = 0.01
    density: float = 1.05

    @property
    def here(self) -> bool:
        return (FOLDER / self.image).is_file()

    @cached_property
    def activity(self) -> Image:
        """Bq/mL, negatives set to zero."""
        image = read_image(FOLDER / self.image, unit=self.unit, nuclide="Y-90" if self.unit == "Bq/mL" else "Tc-99m").image
        array = np.maximum(image.array, 0).astype(np.float64)
        if self.perfused:
            array = np.where(self._mask(self.perfused, image).array, array, 0.0)
            array *= 1e9 / (array.sum() * image.grid.voxel_volume_mL)
        return Image(image.grid, array.astype(np.float32), Quantity.ACTIVITY, "Y-90")

    @cached_property
    def masks(self) -> dict[str, Image]:
        """Contours on the grid of the image, by nearest neighbour."""
        return {name.replace("_", " "): self._mask(name, self.activity) for name in self.contours[1]}

    @property
    def tumours(self) -> tuple[Region, ...]:
        return tuple(Region(name, mask) for name, mask in self.masks.items() if name.startswith("tumor"))

    def _mask(self, name: str, image: Image) -> Image:
        mask = read_mask(FOLDER / self.contours[0] / f"{name}.nii.gz").mask
        return nearest(mask.in_frame(image.grid.frame_of_reference), image.grid)


PET = Patient(
    "pet",
    "A real Y-90 PET",
    "256 × 256 × 89 voxels of 2.34 × 2.34 × 2.78 mm, soft tissue of 1.05 g/mL everywhere (there is no CT), contours by nearest "
    "neighbour, no decay "
    "correction: engines are compared, not doses stated. Monte Carlo to 1 % (rms over the voxels above half of its maximum) in "
    "every tumour.",
    "patient_1_Y90_PET.nrrd",
    "Bq/mL",
    ("patient_1_masks", ("liver", "normal_tissue", "tumor_1", "tumor_2", "tumor_3", "tumor_4", "tumor_5", "tumor_6")),
)
SPECT = Patient(
    "maa-spect",
    "A real Tc-99m-MAA SPECT",
    "128 × 128 × 160 voxels of 4.42 × 4.42 × 2.5 mm, taken as 1 GBq of Y-90 in the perfused volume, 1.05 g/mL everywhere. Monte "
    "Carlo to 1 % in every "
    "tumour, as above.",
    "patient_2_SPECT.nrrd",
    "counts",
    ("patient_2_masks", ("liver", "perfused_volume", "perfused_normal", "tumor_1", "tumor_2", "gallbladder")),
    perfused="perfused_volume",
)
PATIENTS = (PET, SPECT)
