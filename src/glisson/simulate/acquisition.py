"""From a true activity map to what a camera would show: blur, counting noise, and the camera's own grid.

The blur is Gaussian with the given full width at half maximum, half of its variance before the counting noise and half
after it (as a reconstruction filter would), so that the noise has the grain of a reconstructed image.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from glisson.errors import BadInput
from glisson.voxels import Grid, Image, Quantity, require_quantity
from glisson.voxels.resample import conserve

SIGMA_PER_FWHM = 1.0 / np.sqrt(8.0 * np.log(2.0))


@dataclass(frozen=True)
class Camera:
    """An emission tomograph, reduced to what decides how its images look.

    Attributes:
        grid: where its voxels lie.
        fwhm_mm: resolution of the reconstructed image.
        counts: events that carry the noise of the whole image; fewer than detected, as reconstruction raises noise.
    """

    grid: Grid
    fwhm_mm: float
    counts: float

    def __post_init__(self) -> None:
        if not (self.fwhm_mm > 0 and self.counts > 0):
            raise BadInput(f"a camera of {self.fwhm_mm} mm and {self.counts} counts", allowed="both more than 0")


def acquire(activity: Image, camera: Camera, rng: np.random.Generator) -> Image:
    """What ``camera`` shows of ``activity`` (Bq/mL): Bq/mL on its grid, total kept but for the Poisson noise.

    Raises:
        BadInput: not activity.
    """
    require_quantity(activity, Quantity.ACTIVITY)
    seen = conserve(activity, camera.grid).image.array
    first = _blur(seen, camera.grid, camera.fwhm_mm / np.sqrt(2.0))
    per_count = float(first.sum(dtype=np.float64)) / camera.counts
    array = np.zeros(camera.grid.shape, dtype=np.float32)
    if per_count > 0:
        noisy = rng.poisson(np.maximum(first, 0.0) / per_count).astype(np.float32) * np.float32(per_count)
        array = _blur(noisy, camera.grid, camera.fwhm_mm / np.sqrt(2.0))
    return Image(camera.grid, array, Quantity.ACTIVITY, activity.nuclide, activity.reference_time)


def as_counts(image: Image, *, total: float) -> Image:
    """The same image as whole counts with about that sum and no calibration, as SPECT is often stored."""
    array = np.round(image.array * (total / float(image.array.sum(dtype=np.float64)))).astype(np.float32)
    return Image(image.grid, array, Quantity.COUNTS, image.nuclide)


def ct_noise(ct_HU: NDArray[np.float32], *, sd_HU: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """CT with grainy noise of ``sd_HU``, limited to -1024 to 3071 HU and whole numbers, as scanners store it."""
    noise = ndimage.gaussian_filter(rng.standard_normal(ct_HU.shape, dtype=np.float32), (0.0, 0.6, 0.6))
    noise *= sd_HU / float(noise.std())
    return np.clip(np.round(ct_HU + noise), -1024, 3071).astype(np.float32)


def _blur(array: NDArray[np.float32], grid: Grid, fwhm_mm: float) -> NDArray[np.float32]:
    sigma = [fwhm_mm * SIGMA_PER_FWHM / step for step in grid.spacing_mm]
    blurred: NDArray[np.float32] = ndimage.gaussian_filter(array, sigma, mode="constant", truncate=4.0)
    return blurred
