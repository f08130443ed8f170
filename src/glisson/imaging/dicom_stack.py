"""From image planes to one regular grid: sorted by position, never by number or name; every irregularity is named."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.case.result import Finding
from glisson.errors import BadInput
from glisson.imaging.dicom_file import Header
from glisson.imaging.readout import note, warning
from glisson.voxels import Grid

Float = NDArray[np.float64]

POSITION_TOLERANCE_mm = 0.1
"""Slices may stray this far from an evenly spaced line: twice the rounding error of positions given to 0.1 mm."""
SAME_PLACE_mm = 0.01
DIRECTION_TOLERANCE = 1e-4


@dataclass(frozen=True, eq=False)
class Plane:
    """One image plane.

    Attributes:
        name: file name, for messages.
        position: centre of its first pixel, mm LPS.
        along_row: unit vector along a row (column index grows); ``along_column``: along a column (row index grows).
        spacing_mm: between rows, between columns.
        shape: rows, columns.
        slope, intercept: stored value to quantity.
        frame_of_reference: UID or ``None``.
        pixels: reads the stored values, shape ``shape``.
        factor: further factor on the value (decay correction).
    """

    name: str
    position: Float
    along_row: Float
    along_column: Float
    spacing_mm: tuple[float, float]
    shape: tuple[int, int]
    slope: float
    intercept: float
    frame_of_reference: str | None
    pixels: Callable[[], NDArray[Any]]
    factor: float = 1.0

    @property
    def normal(self) -> Float:
        """Unit vector across the plane: row direction x column direction."""
        normal: Float = np.cross(self.along_row, self.along_column)
        return normal

    def values(self) -> Float:
        """Pixels in the quantity's unit."""
        stored = self.pixels()
        if stored.shape != self.shape:
            raise BadInput(f"{self.name}: {stored.shape} pixels where the header says {self.shape}", do="export it again")
        return (stored.astype(np.float64) * self.slope + self.intercept) * self.factor


def directions(cosines: Float, name: str) -> tuple[Float, Float]:
    """Unit vectors (along a row, along a column) from ImageOrientationPatient.

    Raises:
        BadInput: not two unit vectors at right angles.
    """
    along_row, along_column = cosines[:3], cosines[3:]
    lengths = np.linalg.norm(along_row), np.linalg.norm(along_column)
    if max(abs(length - 1) for length in lengths) > 1e-2 or abs(along_row @ along_column) > 1e-3:
        raise BadInput(f"{name}: its ImageOrientationPatient is not two unit vectors at right angles", do="export it again")
    return along_row / lengths[0], along_column / lengths[1]


def pixel_spacing(header: Header) -> tuple[float, float]:
    """Distance in mm between rows and between columns.

    Raises:
        BadInput: missing, zero or negative.
    """
    spacing = header.require_numbers("PixelSpacing", 2)
    if spacing.min() <= 0:
        raise BadInput(f"{header.name}: pixel spacing of zero or less", allowed="more than 0 mm", do="export it again")
    return float(spacing[0]), float(spacing[1])


def rescale(header: Header) -> tuple[float, float]:
    """Slope and intercept; 1 and 0 where not stated.

    Raises:
        BadInput: a slope of zero.
    """
    slope = header.number("RescaleSlope")
    slope = 1.0 if slope is None else slope
    if slope == 0:
        raise BadInput(f"{header.name}: a rescale slope of zero", do="export it again")
    return slope, header.number("RescaleIntercept") or 0.0


def grid_of(planes: Sequence[Plane], *, gaps_allowed: bool = False, spacing_mm: float | None = None) -> tuple[Grid, list[int]]:
    """The grid of planes and the slice index of each. Slices run along the normal, whatever the order of the files.

    Args:
        planes: at least one.
        gaps_allowed: planes may be absent (a segmentation leaves out empty ones).
        spacing_mm: stated distance between slices, used where gaps are allowed or there is one plane.

    Raises:
        BadInput: planes of different size, spacing, orientation or frame; missing slices; uneven spacing; one slice alone.
    """
    first = planes[0]
    _require_alike(planes)
    normal = first.normal
    offsets = np.array([plane.position @ normal for plane in planes])
    order = np.argsort(offsets, kind="stable")
    places = _distinct(offsets[order])
    if spacing_mm is None and places.size == 1:
        raise BadInput(
            f"{first.name}: a single slice, whose distance to the next is unknown (SliceThickness is not a distance)",
            do="give the whole series",
        )
    if not gaps_allowed:
        _require_no_gap(places)
    step = _step(places, spacing_mm, gaps_allowed=gaps_allowed)
    index = np.rint((offsets - places[0]) / step).astype(int)
    slices = int(index.max()) + 1
    low = planes[int(order[0])].position
    along_slices = _along_slices(planes, index, low, normal * step)
    affine = np.eye(4)
    affine[:3, 0] = along_slices
    affine[:3, 1] = first.along_column * first.spacing_mm[0]
    affine[:3, 2] = first.along_row * first.spacing_mm[1]
    affine[:3, 3] = low
    return Grid((slices, *first.shape), affine, first.frame_of_reference), index.tolist()


def stack(planes: Sequence[Plane]) -> tuple[NDArray[np.float32], Grid, list[Finding]]:
    """Values (float32) and grid of a whole series.

    Raises:
        BadInput: as ``grid_of``; two different images at one place.
    """
    findings: list[Finding] = []
    grid, index = grid_of(planes)
    array = np.empty(grid.shape, dtype=np.float32)
    filled: dict[int, str] = {}
    copies = 0
    for plane, at in zip(planes, index, strict=True):
        values = plane.values().astype(np.float32)
        if at in filled:
            if not np.array_equal(values, array[at]):
                raise BadInput(
                    f"{plane.name} and {filled[at]} are two different images at one place",
                    do="keep one reconstruction, one time frame or one gate per series",
                )
            copies += 1
            continue
        array[at] = values
        filled[at] = plane.name
    if copies:
        findings.append(
            warning("image.duplicate-slices", f"{copies} slices were there twice with equal values; one of each was kept")
        )
    if not grid.is_orthogonal:
        findings.append(
            warning("image.gantry-tilt", "the slices are sheared (gantry tilt); the grid keeps the shear, nothing was resampled")
        )
    return array, grid, findings


def thickness_note(headers: Sequence[Header], grid: Grid) -> list[Finding]:
    """A note where SliceThickness is not the distance between slices (the distance is used)."""
    stated = {value for header in headers if (value := header.number("SliceThickness")) is not None}
    spacing = grid.spacing_mm[0]
    other = sorted(value for value in stated if abs(value - spacing) > 0.01)
    if not other:
        return []
    text = f"SliceThickness {other[0]:g} mm is not the distance between slices, {spacing:.4g} mm; the distance is used"
    return [note("image.slice-thickness", text)]


def _require_alike(planes: Sequence[Plane]) -> None:
    first = planes[0]
    for plane in planes[1:]:
        where = f"{plane.name} and {first.name}"
        if plane.shape != first.shape:
            raise BadInput(f"{where} differ in size: {plane.shape} and {first.shape} pixels", do="split the series")
        if max(abs(a - b) / b for a, b in zip(plane.spacing_mm, first.spacing_mm, strict=True)) > DIRECTION_TOLERANCE:
            raise BadInput(f"{where} differ in pixel spacing", do="split the series")
        turned = max(np.abs(plane.along_row - first.along_row).max(), np.abs(plane.along_column - first.along_column).max())
        if turned > 1e-3:
            raise BadInput(f"{where} differ in orientation", do="split the series: localizers and reformats apart")
        if plane.frame_of_reference != first.frame_of_reference:
            raise BadInput(f"{where} lie in different frames of reference", do="split the series")


def _distinct(offsets: Float) -> Float:
    keep = np.concatenate([[True], np.diff(offsets) > SAME_PLACE_mm])
    distinct: Float = offsets[keep]
    return distinct


def _require_no_gap(places: Float) -> None:
    apart = np.diff(places)
    if apart.size < 2:
        return
    usual = float(np.median(apart))
    missing = np.rint(apart / usual).astype(int) - 1
    if missing.max() > 0:
        at = int(np.argmax(missing))
        raise BadInput(
            f"{int(missing.clip(0).sum())} slices are missing: the slices are {usual:.4g} mm apart, "
            f"but {apart[at]:.4g} mm after slice {at + 1} of {places.size}",
            do="export the whole series",
        )


def _step(places: Float, stated: float | None, *, gaps_allowed: bool) -> float:
    """Distance between slices."""
    if places.size == 1 or (gaps_allowed and stated):
        assert stated is not None
        if stated <= 0:
            raise BadInput(f"a distance of {stated:g} mm between slices", allowed="more than 0 mm")
        step = stated
    elif gaps_allowed:
        step = float(np.diff(places).min())
    else:
        step = float(places[-1] - places[0]) / (places.size - 1)
    index = np.rint((places - places[0]) / step)
    if index[-1] > 0:  # the overall length is known better than one distance
        step = float(places[-1] - places[0]) / float(index[-1])
    astray = np.abs(places - places[0] - index * step).max()
    if astray > min(POSITION_TOLERANCE_mm, step / 4):
        raise BadInput(
            f"the slices are not evenly spaced: up to {astray:.3g} mm from a spacing of {step:.4g} mm",
            do="give a series with one spacing, or resample it where it was made",
        )
    return step


def _along_slices(planes: Sequence[Plane], index: NDArray[Any], low: Float, upright: Float) -> Float:
    """Vector from one slice to the next: ``upright`` (along the normal), or leaning where the gantry was tilted."""
    last = int(np.argmax(index))
    if index[last] == 0:
        return upright
    along: Float = (planes[last].position - low) / index[last]
    normal = planes[0].normal
    sideways = np.linalg.norm(along - (along @ normal) * normal) * index[last]
    if sideways <= POSITION_TOLERANCE_mm:
        along = upright
    astray = max(float(np.linalg.norm(p.position - low - i * along)) for p, i in zip(planes, index, strict=True))
    if astray > 2 * POSITION_TOLERANCE_mm:
        raise BadInput(
            f"{planes[0].name}: the slices of its series do not lie on one line: up to {astray:.3g} mm beside it",
            do="split the series, or resample it where it was made",
        )
    return along
