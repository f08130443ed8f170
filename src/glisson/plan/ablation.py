"""Ablation margin: how far the ablated zone reaches beyond the tumour, everywhere on the tumour's surface."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glisson.errors import BadInput
from glisson.voxels import Image, Quantity, require_quantity, require_same_grid
from glisson.voxels.image import bounding_box
from glisson.voxels.regions import inside_of, subtract
from glisson.voxels.surface import SignedDistance, Surface, surface_of

Float = NDArray[np.float64]
CAPSULE_REACH_mm = 40.0
"""The liver's surface is looked for this far around the tumour; a distance beyond is said as at least this."""


@dataclass(frozen=True, eq=False)
class MarginMap:
    """The signed margin at every point of the tumour's surface, mm: above 0 inside the zone, below 0 not ablated.

    Attributes:
        surface: of the tumour.
        margin_mm: at each of its points.
        capsule_mm: distance of each point to the surface of the liver, exact below 40 mm; ``None`` without a liver.
        tumour_mL, zone_mL: volumes of the masks.
        residual_mL: of the tumour outside the zone.
        voxel_mm: edges of the voxels (slice, row, column).
        zone_cut: True when the zone touches the edge of the image.
    """

    surface: Surface
    margin_mm: Float
    capsule_mm: Float | None
    tumour_mL: float
    zone_mL: float
    residual_mL: float
    voxel_mm: tuple[float, float, float]
    zone_cut: bool

    def away_from_capsule(self, nearer_than_mm: float) -> NDArray[np.bool_]:
        """Which triangles lie further from the capsule than this, with all three corners.

        Raises:
            BadInput: without a liver mask, or a negative distance.
        """
        if self.capsule_mm is None:
            raise BadInput("a subcapsular part without a liver", do="give the liver's mask")
        if not 0 <= nearer_than_mm < CAPSULE_REACH_mm:
            raise BadInput(
                f"a subcapsular distance of {nearer_than_mm:g} mm", allowed=f"0 mm or more, below {CAPSULE_REACH_mm:g} mm"
            )
        far = self.capsule_mm >= nearer_than_mm
        return np.asarray(far[self.surface.triangles].all(axis=1), dtype=np.bool_)


@dataclass(frozen=True)
class MarginNumbers:
    """The margin over a part of the surface.

    Attributes:
        area_mm2: of that part.
        minimum_mm: smallest margin; ``None`` where no surface is left.
        mean_mm: over the area.
        below_fraction: share of the area with a margin below each threshold, in their order.
        at_mm: x, y, z of the smallest margin.
    """

    area_mm2: float
    minimum_mm: float | None
    mean_mm: float | None
    below_fraction: tuple[float | None, ...]
    at_mm: tuple[float, float, float] | None


def margin_map(*, tumour: Image, zone: Image, liver: Image | None = None) -> MarginMap:
    """The signed margin of an ablation, from the tumour before and the zone after it.

    Both masks become smooth surfaces that enclose their volumes; the margin at a point of the tumour's surface is its distance to the
    zone's surface. On spheres it is within half a voxel of the truth, also where voxels are not cubes.

    Args:
        tumour: mask before ablation; fractions count from one half.
        zone: mask of the ablated zone, on the same grid: registered and resampled before.
        liver: mask for the distance to the capsule.

    Raises:
        GridMismatch: the masks lie on different grids.
        BadInput: not masks, an empty tumour or zone, or a sheared grid.
    """
    masks = [("tumour", tumour), ("zone", zone), *([("liver", liver)] if liver is not None else [])]
    for name, mask in masks:
        require_quantity(mask, Quantity.MASK)
        require_same_grid(tumour, mask)
        if not inside_of(mask).any():
            raise BadInput(
                f"the mask of the {name} is empty", do="check that it is the right contour, and that it lies in the field"
            )
    surface = surface_of(tumour)
    to_zone = SignedDistance(zone)
    capsule = _to_capsule(liver, tumour, surface) if liver is not None else None
    return MarginMap(
        surface=surface,
        margin_mm=to_zone(surface.points_mm),
        capsule_mm=capsule,
        tumour_mL=tumour.volume_mL,
        zone_mL=zone.volume_mL,
        residual_mL=subtract(tumour, zone).volume_mL,
        voxel_mm=tumour.grid.spacing_mm,
        zone_cut=to_zone.surface.cut,
    )


def _to_capsule(liver: Image, tumour: Image, surface: Surface) -> Float:
    """Distance of the tumour's surface to the liver's, from the part of the liver around the tumour."""
    box = bounding_box(inside_of(tumour))
    assert box is not None, "the tumour holds a voxel"
    reach = [int(np.ceil(CAPSULE_REACH_mm / edge)) for edge in tumour.grid.spacing_mm]
    wider = [slice(max(s.start - r, 0), min(s.stop + r, n)) for s, r, n in zip(box, reach, tumour.grid.shape, strict=True)]
    around = liver.crop((wider[0], wider[1], wider[2]))
    if not inside_of(around).any():
        return np.full(len(surface.points_mm), CAPSULE_REACH_mm)
    return np.abs(SignedDistance(around)(surface.points_mm, CAPSULE_REACH_mm))


def margin_numbers(margins: MarginMap, thresholds_mm: Sequence[float], kept: NDArray[np.bool_] | None = None) -> MarginNumbers:
    """Minimum, mean and shares of the area below thresholds, over the whole surface or the ``kept`` triangles."""
    triangles = margins.surface.triangles if kept is None else margins.surface.triangles[kept]
    areas = margins.surface.areas_mm2 if kept is None else margins.surface.areas_mm2[kept]
    total = float(areas.sum())
    if total <= 0:
        return MarginNumbers(0.0, None, None, tuple(None for _ in thresholds_mm), None)
    values = margins.margin_mm[triangles]
    lowest = int(triangles.ravel()[int(values.argmin())])
    x, y, z = (float(v) for v in margins.surface.points_mm[lowest])
    return MarginNumbers(
        total,
        float(values.min()),
        float((values.mean(axis=1) * areas).sum() / total),
        tuple(float((fraction_below(values, t) * areas).sum() / total) for t in thresholds_mm),
        (x, y, z),
    )


def fraction_below(corner_values: Float, threshold: float) -> Float:
    """Share of each triangle's area on which a value, linear between its corners, lies below a threshold.

    Args:
        corner_values: (triangles, 3).
        threshold: in the unit of the values.

    >>> [round(float(f), 4) for f in fraction_below(np.array([[0.0, 1.0, 1.0], [0.0, 0.0, 1.0], [2.0, 2.0, 2.0]]), 0.5)]
    [0.25, 0.75, 0.0]
    """
    low, middle, high = np.sort(corner_values, axis=1).T
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rising = (threshold - low) ** 2 / ((middle - low) * (high - low))
        falling = 1.0 - (high - threshold) ** 2 / ((high - low) * (high - middle))
    return np.select([threshold <= low, threshold >= high, threshold <= middle], [0.0, 1.0, rising], falling)


def area_by_margin(margins: MarginMap, edges_mm: Float, kept: NDArray[np.bool_] | None = None) -> Float:
    """Share of the area in each bin of the margin; what lies beyond the outer edges is in the outer bins. (edges - 1,)."""
    below = np.array(margin_numbers(margins, list(edges_mm), kept).below_fraction, dtype=np.float64)
    below[0], below[-1] = 0.0, 1.0
    return np.diff(below)
