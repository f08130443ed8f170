"""What voxels mean: an array on a grid with its quantity, nuclide and time."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.errors import BadInput, GridMismatch
from glisson.voxels.grid import Grid


class Quantity(StrEnum):
    """What one voxel value is."""

    HU = "HU"
    ACTIVITY = "Bq/mL"
    COUNTS = "counts"
    DOSE = "Gy"
    DENSITY = "g/mL"
    MASK = "fraction"
    SIGNAL = "signal"


@dataclass(frozen=True, eq=False)
class Image:
    """Voxel values on a grid. The array is read-only; a new value makes a new image.

    Attributes:
        grid: where the voxels are.
        array: values, shape ``grid.shape``; ``bool`` or fractions 0 to 1 for masks.
        quantity: what a value is.
        nuclide: as "Y-90", for activity and counts.
        reference_time: the instant at which the activity holds (zone-aware); ``None`` when the source does not say.

    Raises:
        BadInput: not finite, wrong shape, a mask outside 0 to 1, a time without a zone.
    """

    grid: Grid
    array: NDArray[Any]
    quantity: Quantity
    nuclide: str | None = None
    reference_time: datetime | None = None

    def __post_init__(self) -> None:
        array = np.asarray(self.array)
        if array.shape != self.grid.shape:
            raise BadInput(f"voxel array of shape {array.shape} on a grid of shape {self.grid.shape}")
        if array.dtype.kind == "f":
            bad = int(array.size - np.count_nonzero(np.isfinite(array)))
            if bad:
                raise BadInput(
                    f"{bad} of {array.size} voxels are not finite (NaN or infinite)",
                    do="repair the image where it was made; glisson does not guess voxel values",
                )
        elif array.dtype.kind not in "biu":
            raise BadInput(f"voxels of type {array.dtype}", allowed="real numbers, integers or booleans")
        if self.quantity is Quantity.MASK and array.dtype != np.bool_ and array.size and (array.min() < 0 or array.max() > 1):
            raise BadInput("a mask with values outside 0 to 1", do="choose one label, or give a binary or fractional mask")
        if self.reference_time is not None and self.reference_time.tzinfo is None:
            raise BadInput("an image time without a time zone", do="give the offset from UTC")
        array = array.view()
        array.flags.writeable = False
        object.__setattr__(self, "array", array)

    def with_array(self, array: NDArray[Any], quantity: Quantity | None = None) -> "Image":
        """A new image on the same grid."""
        return replace(self, array=array, quantity=quantity or self.quantity)

    def in_frame(self, frame_of_reference: str | None) -> "Image":
        """The same voxels, said to lie in another frame of reference."""
        return replace(self, grid=self.grid.in_frame(frame_of_reference))

    def crop(self, box: tuple[slice, slice, slice]) -> "Image":
        """The part inside ``box``."""
        return replace(self, array=self.array[box], grid=self.grid.crop(box))

    @property
    def total(self) -> float:
        """Sum of values times voxel volume in mL: Bq for activity, mL for a mask."""
        return float(np.sum(self.array, dtype=np.float64)) * self.grid.voxel_volume_mL

    @property
    def volume_mL(self) -> float:
        """Volume of a mask, fractions counted as fractions.

        Raises:
            BadInput: the image is not a mask.
        """
        if self.quantity is not Quantity.MASK:
            raise BadInput(f"the volume of an image of {self.quantity.value}", allowed="a mask")
        return self.total

    def sha256(self) -> str:
        """Hash of grid, quantity and values; the same image read from another format gives the same hash."""
        digest = hashlib.sha256()
        digest.update(repr((self.grid.shape, self.quantity.value, self.nuclide)).encode())
        digest.update(np.round(self.grid.affine, 6).tobytes())
        digest.update(np.ascontiguousarray(self.array, dtype="<f4").tobytes())
        return digest.hexdigest()


def require_same_grid(a: Image, b: Image) -> None:
    """The guard before any two images are combined.

    Raises:
        GridMismatch: naming every difference in shape, affine and frame of reference.
    """
    differences = a.grid.differences(b.grid)
    if differences:
        raise GridMismatch(differences)


def require_quantity(image: Image, *allowed: Quantity) -> None:
    """Refuse an image of another quantity.

    Raises:
        BadInput: naming what was given and what is allowed.
    """
    if image.quantity not in allowed:
        raise BadInput(f"an image of {image.quantity.value}", allowed="an image of " + " or ".join(q.value for q in allowed))


def bounding_box(array: NDArray[Any], margin: int = 0) -> tuple[slice, slice, slice] | None:
    """Smallest box that holds every non-zero voxel, grown by ``margin`` voxels inside the array; ``None`` when all are zero."""
    box: list[slice] = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        hit = np.flatnonzero(np.any(array, axis=others))
        if hit.size == 0:
            return None
        box.append(slice(max(0, int(hit[0]) - margin), min(array.shape[axis], int(hit[-1]) + 1 + margin)))
    return box[0], box[1], box[2]
