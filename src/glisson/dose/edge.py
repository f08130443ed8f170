"""What an uncertain outline and a blurred image do to a mean dose: closed forms for a sphere, and measures from an image.

A structure is taken as a sphere of its own volume; blur is a Gaussian of full width FWHM. Derived in
``docs/theory/uncertainty.md``; the sphere, its edge and the recovery are the picture of Gear et al. 2018 (gear-2018).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.errors import BadInput, OutOfScope
from glisson.voxels import Image, Quantity, bounding_box, require_quantity, require_same_grid

FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))


def sphere_diameter_mm(*, volume_mL: float) -> float:
    """Diameter of the sphere of that volume, mm.

    >>> round(sphere_diameter_mm(volume_mL=10.0), 3)
    26.73
    """
    if not volume_mL > 0:
        raise BadInput(f"volume {volume_mL} mL", allowed="more than 0 mL")
    return float((6000.0 * volume_mL / math.pi) ** (1.0 / 3.0))


def diameter_uncertainty_mm(*, voxel_mm: float, fwhm_mm: float, observer_sd_mm: float = 0.0) -> float:
    """Standard uncertainty of a diameter between two outlined edges, mm: u2 = a2/6 + FWHM2/(4 ln 2) + 2 s2.

    Each of the two edges is uncertain by the voxel (rectangular, a2/12), by the resolution of the image it was drawn on
    (Gaussian, FWHM2/(8 ln 2)) and by the reader (s2).

    >>> round(diameter_uncertainty_mm(voxel_mm=4.0, fwhm_mm=8.0), 3)
    5.074

    References: gear-2018 (voxel and resolution terms); the reader's term is this project's addition.
    """
    if min(voxel_mm, fwhm_mm, observer_sd_mm) < 0:
        raise BadInput(f"voxel {voxel_mm} mm, FWHM {fwhm_mm} mm, reader {observer_sd_mm} mm", allowed="0 mm or more")
    return math.sqrt(voxel_mm**2 / 6.0 + fwhm_mm**2 / (4.0 * math.log(2.0)) + 2.0 * observer_sd_mm**2)


def volume_uncertainty(
    *, volume_mL: float, voxel_mm: tuple[float, float, float], fwhm_mm: float, observer_sd_mm: float = 0.0
) -> float:
    """Relative standard uncertainty of an outlined volume: sum over the axes of u(d)/d, with d of the equal sphere.

    The axes are added, not squared and added: one reader draws too large, or too small, on every side. For equal voxel
    edges this is 3 u(d)/d.

    >>> round(volume_uncertainty(volume_mL=10.0, voxel_mm=(4.0, 4.0, 4.0), fwhm_mm=8.0), 4)
    0.5695

    References: gear-2018.
    """
    diameter = sphere_diameter_mm(volume_mL=volume_mL)
    return sum(diameter_uncertainty_mm(voxel_mm=a, fwhm_mm=fwhm_mm, observer_sd_mm=observer_sd_mm) for a in voxel_mm) / diameter


def sphere_recovery(*, volume_mL: float, fwhm_mm: float) -> float:
    """Share of a uniform sphere's activity that a Gaussian blur leaves inside its own outline, 0 to 1.

    The mean over the Gaussian's displacement r of the overlap of two spheres, 1 - 3x/4 + x3/16 with x = r/R, in closed form.

    >>> round(sphere_recovery(volume_mL=10.0, fwhm_mm=8.0), 4)
    0.7023
    """
    if not fwhm_mm >= 0:
        raise BadInput(f"FWHM {fwhm_mm} mm", allowed="0 mm or more")
    if fwhm_mm == 0:
        return 1.0
    s = fwhm_mm / FWHM_PER_SIGMA / (sphere_diameter_mm(volume_mL=volume_mL) / 2.0)
    z = 2.0 / s
    tail, root = math.exp(-z * z / 2.0), math.sqrt(2.0 / math.pi)
    zeroth = math.erf(z / math.sqrt(2.0)) - root * z * tail
    first = root * (2.0 - (z * z + 2.0) * tail)
    third = root * (8.0 - (z**4 + 4.0 * z * z + 8.0) * tail)
    return zeroth - 0.75 * s * first + s**3 / 16.0 * third


def sphere_edge_share(*, volume_mL: float, fwhm_mm: float) -> float:
    """Blurred value on the edge of a uniform sphere over its true value: phi / 2, with 1/2 for a large sphere.

    phi = erf(z/sqrt 2) - 4 (1 - exp(-z2/2)) / (z sqrt(2 pi)), z = diameter / sigma.

    >>> round(sphere_edge_share(volume_mL=10.0, fwhm_mm=8.0), 4)
    0.3986
    """
    if fwhm_mm == 0:
        return 0.5
    z = sphere_diameter_mm(volume_mL=volume_mL) / (fwhm_mm / FWHM_PER_SIGMA)
    return 0.5 * (math.erf(z / math.sqrt(2.0)) - 4.0 * (1.0 - math.exp(-z * z / 2.0)) / (z * math.sqrt(2.0 * math.pi)))


def noise_of_mean(*, voxel_noise_fraction: float, volume_mL: float, noise_fwhm_mm: float, voxel_volume_mL: float) -> float:
    """Relative standard uncertainty of a mean over noisy voxels: CoV / sqrt(n), n independent cells in the volume.

    White noise smoothed to a full width FWHM is independent over cells of (4 pi)^(3/2) sigma3, or a voxel if that is larger.

    >>> round(noise_of_mean(voxel_noise_fraction=0.3, volume_mL=100.0, noise_fwhm_mm=6.0, voxel_volume_mL=0.015), 4)
    0.0258
    """
    if min(voxel_noise_fraction, noise_fwhm_mm) < 0 or min(volume_mL, voxel_volume_mL) <= 0:
        raise BadInput("a negative noise or width, or a volume of 0 mL")
    cell_mL = max((4.0 * math.pi) ** 1.5 * (noise_fwhm_mm / FWHM_PER_SIGMA) ** 3 / 1000.0, voxel_volume_mL)
    return voxel_noise_fraction / math.sqrt(max(volume_mL / cell_mL, 1.0))


@dataclass(frozen=True)
class Region:
    """What the uncertainty of a mean dose needs to know of a structure.

    Attributes:
        volume_mL: of the structure.
        edge_ratio: mean dose on its edge / its mean dose; ``None``: not measured, a lone blurred sphere is assumed.
        surroundings_ratio: mean dose between one and two FWHM outside / its mean dose; ``None``: not measured.
    """

    volume_mL: float
    edge_ratio: float | None = None
    surroundings_ratio: float | None = None


def measure_region(dose: Image, mask: Image, *, fwhm_mm: float | None = None) -> Region:
    """Edge and surroundings of a structure, read from the dose map itself.

    The edge is where the mask changes: voxels weighted by the mask's gradient. Surroundings need the resolution.

    Raises:
        GridMismatch: mask and dose lie on different grids.
        OutOfScope: an empty mask, or a mean dose of 0 Gy.
    """
    require_quantity(dose, Quantity.DOSE)
    require_quantity(mask, Quantity.MASK)
    require_same_grid(dose, mask)
    spacing = dose.grid.spacing_mm
    margin = 2 if not fwhm_mm else 2 + math.ceil(2.0 * fwhm_mm / min(spacing))
    box = bounding_box(mask.array, margin)
    if box is None:
        raise OutOfScope("the uncertainty of a structure that covers no voxel", do="report it as empty")
    doses = np.pad(dose.array[box].astype(np.float64), 1, mode="edge")
    cover = np.pad(mask.array[box].astype(np.float64), 1)
    mean = float(np.average(doses, weights=cover))
    if not mean > 0:
        raise OutOfScope(f"a relative uncertainty of a mean dose of {mean:g} Gy")
    slopes = np.gradient(cover, *spacing)
    edge = np.sqrt(sum(slope**2 for slope in slopes))
    around = _around(doses, cover, spacing, fwhm_mm) if fwhm_mm else None
    return Region(
        volume_mL=mask.volume_mL,
        edge_ratio=float(np.average(doses, weights=edge)) / mean,
        surroundings_ratio=None if around is None else around / mean,
    )


def _around(doses: NDArray[Any], cover: NDArray[Any], spacing: tuple[float, float, float], fwhm_mm: float) -> float | None:
    """Mean dose between one and two FWHM outside; ``None`` when no voxel lies there."""
    from scipy import ndimage

    distance = ndimage.distance_transform_edt(cover <= 0, sampling=spacing)
    shell = (distance >= fwhm_mm) & (distance <= 2.0 * fwhm_mm)
    return float(doses[shell].mean()) if shell.any() else None
