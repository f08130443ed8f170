"""Lung shunt fraction, lung mass and lung dose: planar or SPECT/CT, by convention or from CT."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glisson.dose import mird
from glisson.dose.constant import DoseConstant
from glisson.errors import BadInput
from glisson.knowledge.limits import fact
from glisson.voxels import Image, Quantity, require_quantity, require_same_grid


@dataclass(frozen=True)
class Shunt:
    """A lung shunt fraction and how it is known.

    Attributes:
        fraction: 0 to 1, of the activity that leaves the catheter.
        method: "planar geometric mean", "SPECT/CT", "entered".
        source: file name or who entered it; no patient text.
    """

    fraction: float
    method: str
    source: str = "entered"

    def __post_init__(self) -> None:
        if not 0 <= self.fraction < 1:
            raise BadInput(
                f"lung shunt fraction {self.fraction:g}", allowed="0 or more, below 1", do="give a fraction, not percent"
            )


@dataclass(frozen=True)
class LungMass:
    """Mass of both lungs in g, with the rule that gave it; printed beside every lung dose."""

    mass_g: float
    rule: str
    source: str

    def __post_init__(self) -> None:
        if not 100 < self.mass_g < 5000:
            raise BadInput(
                f"lung mass {self.mass_g:g} g", allowed="above 100 g, below 5000 g", do="check the unit and the contour"
            )


@dataclass(frozen=True)
class LungDeposit:
    """Activity (GBq, at its injection) with its own lung shunt, and what stayed in the vial."""

    activity_GBq: float
    lung_shunt_fraction: float
    residual_fraction: float = 0.0


def geometric_mean_counts(
    *, anterior: float, posterior: float, background_per_pixel: tuple[float, float] = (0.0, 0.0), pixels: int = 0
) -> float:
    """Geometric mean of opposed planar counts, each less its background.

    Args:
        anterior: counts in the region, front view.
        posterior: counts in the same region, back view.
        background_per_pixel: mean background counts per pixel (front, back).
        pixels: of the region; needed where a background is given.

    Raises:
        BadInput: negative counts, or a background larger than the counts.

    References:
        van Roekel, thesis, p. 30.

    >>> geometric_mean_counts(anterior=900, posterior=400)
    600.0
    """
    if min(anterior, posterior) < 0 or min(background_per_pixel) < 0:
        raise BadInput("negative planar counts", allowed="0 or more")
    if max(background_per_pixel) > 0 and pixels < 1:
        raise BadInput("a background per pixel without the number of pixels", do="give the region's pixels")
    front = anterior - background_per_pixel[0] * pixels
    back = posterior - background_per_pixel[1] * pixels
    if min(front, back) < 0:
        raise BadInput("the background is larger than the counts in the region", do="draw the background elsewhere")
    return float(np.sqrt(front * back))


def planar_shunt_fraction(*, lung_counts: float, liver_counts: float) -> float:
    """Lung over lung plus liver, both as geometric means; or both as SPECT/CT counts.

    >>> planar_shunt_fraction(lung_counts=50, liver_counts=950)
    0.05

    Raises:
        BadInput: negative counts, or none in the liver.
    """
    if lung_counts < 0 or liver_counts <= 0:
        raise BadInput(f"lung counts {lung_counts:g}, liver counts {liver_counts:g}", allowed="lung 0 or more, liver above 0")
    return lung_counts / (lung_counts + liver_counts)


def planar_shunt(
    *,
    lung: tuple[float, float],
    liver: tuple[float, float],
    background_per_pixel: tuple[float, float] = (0.0, 0.0),
    lung_pixels: int = 0,
    liver_pixels: int = 0,
    source: str = "entered",
) -> Shunt:
    """Lung shunt from (anterior, posterior) counts of lungs and liver.

    >>> planar_shunt(lung=(50, 50), liver=(950, 950)).fraction
    0.05
    """
    lungs = geometric_mean_counts(
        anterior=lung[0], posterior=lung[1], background_per_pixel=background_per_pixel, pixels=lung_pixels
    )
    livers = geometric_mean_counts(
        anterior=liver[0], posterior=liver[1], background_per_pixel=background_per_pixel, pixels=liver_pixels
    )
    method = "planar geometric mean" + (", background subtracted" if max(background_per_pixel) > 0 else "")
    return Shunt(planar_shunt_fraction(lung_counts=lungs, liver_counts=livers), method, source)


def spect_shunt(*, spect: Image, lung: Image, liver: Image, source: str = "SPECT/CT") -> Shunt:
    """Lung shunt from an attenuation-corrected SPECT and masks (bool or covered fractions) on its grid.

    Negative voxels count as zero. Where the two masks overlap the liver keeps the voxel, so no count is used twice.

    Raises:
        GridMismatch: a mask lies on another grid.
        BadInput: no counts in the liver, or another quantity.
    """
    require_quantity(spect, Quantity.COUNTS, Quantity.ACTIVITY)
    for mask in (lung, liver):
        require_quantity(mask, Quantity.MASK)
        require_same_grid(spect, mask)
    counts = np.maximum(spect.array.astype(np.float64), 0.0)
    liver_share = liver.array.astype(np.float64)
    lung_share = np.minimum(lung.array.astype(np.float64), 1.0 - liver_share)
    fraction = planar_shunt_fraction(
        lung_counts=float(np.sum(counts * lung_share)), liver_counts=float(np.sum(counts * liver_share))
    )
    return Shunt(fraction, "SPECT/CT", source)


def conventional_lung_mass() -> LungMass:
    """Both lungs by convention.

    >>> conventional_lung_mass().mass_g
    1000.0
    """
    known = fact("lung-mass-convention")
    return LungMass(float(known.value), "convention: 1 kg for both lungs", known.source)


def ct_lung_mass(*, ct: Image, lung: Image) -> LungMass:
    """Lung mass from CT: sum of voxel volume times (HU + 1000)/1000, held between 0 and 1.1 g/mL, inside the lung mask.

    Raises:
        GridMismatch: the mask is not on the CT's grid.
        BadInput: not a CT, or lungs that weigh nothing.

    References:
        Kao 2014.
    """
    require_quantity(ct, Quantity.HU)
    require_quantity(lung, Quantity.MASK)
    require_same_grid(ct, lung)
    known = fact("lung-density-ceiling")
    density = np.clip((ct.array.astype(np.float64) + 1000.0) / 1000.0, 0.0, float(known.value))
    mass_g = float(np.sum(density * lung.array)) * ct.grid.voxel_volume_mL
    return LungMass(
        mass_g, f"from CT: (HU + 1000)/1000 held between 0 and {known.value:g} g/mL in the lung contour", known.source
    )


def lung_dose_Gy(*, deposits: Sequence[LungDeposit], lung_mass_g: float, constant: DoseConstant) -> float:
    """Mean lung dose in Gy over several injections: K sum of A_i (1 - R_i) L_i over m_L.

    >>> from glisson.dose.constant import dose_constant
    >>> round(lung_dose_Gy(deposits=[LungDeposit(2.0, 0.05)], lung_mass_g=1000, constant=dose_constant("Y-90")), 3)
    4.967

    Raises:
        BadInput: a mass that is not positive, a fraction outside 0 to 1, a negative activity.
    """
    return math.fsum(
        mird.lung_dose_Gy(
            activity_GBq=deposit.activity_GBq,
            lung_shunt_fraction=deposit.lung_shunt_fraction,
            lung_mass_g=lung_mass_g,
            constant=constant,
            residual_fraction=deposit.residual_fraction,
        )
        for deposit in deposits
    )


def shunt_bound(*, lung_limit_Gy: float, lung_mass_g: float, liver_limit_Gy: float, liver_mass_g: float) -> float:
    """Shunt fraction above which the lung limit, and no longer the whole-liver limit, caps the activity: L/(1 + L).

    L is the energy the lungs may take over the energy the liver may take.

    References:
        Thomas 2026 defines the bound; this form is derived in docs/theory/lung_shunt.md.

    >>> round(shunt_bound(lung_limit_Gy=30, lung_mass_g=1000, liver_limit_Gy=75, liver_mass_g=1600), 3)
    0.2
    """
    if min(lung_limit_Gy, lung_mass_g, liver_limit_Gy, liver_mass_g) <= 0:
        raise BadInput("a limit or mass of 0 or less", allowed="doses and masses above 0")
    ratio = lung_limit_Gy * lung_mass_g / (liver_limit_Gy * liver_mass_g)
    return ratio / (1.0 + ratio)
