"""RTSTRUCT in: contours of a region as planes of polygons, their planimetric volume, and their voxels on a grid.

A region is what its contours enclose by the even-odd rule (holes, keyholes, several pieces), each plane reaching half-way
to the next. Nothing is added between planes further apart than the contours' own spacing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glisson.case.result import Finding
from glisson.errors import BadInput, OutOfScope
from glisson.imaging.dicom_file import Header
from glisson.imaging.polygons import area_even_odd, cross, inside, raster
from glisson.imaging.readout import warning
from glisson.voxels import Grid

Float = NDArray[np.float64]

SAME_PLANE_mm = 0.02
OUT_OF_PLANE_mm = 0.5
GAP = 1.5
"""Planes further apart than this many contour spacings are separate pieces."""
RASTER_mm = 1.0
"""In-plane voxel of a region's own grid."""
FINEST_RASTER = 64
"""A small region gets at least this many voxels across, so that its volume is right."""


@dataclass(frozen=True, eq=False)
class Contours:
    """The closed contours of one region.

    Attributes:
        normal: unit vector across the planes; ``u``, ``v``: unit vectors in them, right-handed (u, v, normal).
        offsets_mm: place of each plane along the normal, ascending.
        polygons: for each plane its polygons, (n, 2) in (u, v) mm.
        thickness_mm: stated slab thickness, used where there is one plane only.
        frame_of_reference: UID or ``None``.
    """

    normal: Float
    u: Float
    v: Float
    offsets_mm: Float
    polygons: tuple[tuple[Float, ...], ...]
    thickness_mm: float | None
    frame_of_reference: str | None

    @property
    def count(self) -> int:
        """Number of closed contours."""
        return sum(len(plane) for plane in self.polygons)

    @property
    def spacing_mm(self) -> float:
        """Usual distance between planes.

        Raises:
            BadInput: one plane without a stated thickness.
        """
        if self.offsets_mm.size > 1:
            return float(np.median(np.diff(self.offsets_mm)))
        if self.thickness_mm is None:
            raise BadInput(
                "a region drawn on a single plane, whose thickness the file does not state", do="draw it on two planes or more"
            )
        return self.thickness_mm

    def slabs_mm(self) -> Float:
        """(planes, 2): from where to where along the normal each plane reaches."""
        half = self.spacing_mm / 2
        apart = np.diff(self.offsets_mm)
        between = np.where(apart <= GAP * self.spacing_mm, apart / 2, half)
        below, above = np.concatenate([[half], between]), np.concatenate([between, [half]])
        return np.stack([self.offsets_mm - below, self.offsets_mm + above], axis=1)


def planimetric_volume_mL(contours: Contours) -> float:
    """Area of every plane, holes left out, times its thickness; mL."""
    areas = np.array([area_even_odd(plane) for plane in contours.polygons])
    return float(areas @ np.diff(contours.slabs_mm(), axis=1)[:, 0]) / 1000.0


def contour_counts(header: Header) -> dict[str, int]:
    """Number of contours of each region by its name, in the order of the file."""
    counts = {}
    items = {item.number("ReferencedROINumber"): item for item in header.items("ROIContourSequence")}
    for region in header.items("StructureSetROISequence"):
        item = items.get(region.number("ROINumber"))
        counts[region.text("ROIName")] = 0 if item is None else len(item.items("ContourSequence"))
    return counts


def read_region(header: Header, number: int, name: str) -> tuple[Contours, list[Finding]]:
    """The closed contours of the region with that ROI number.

    Raises:
        BadInput: no closed contour; planes that are not parallel; points outside their plane.
    """
    regions = {region.number("ROINumber"): region for region in header.items("StructureSetROISequence")}
    items = [item for item in header.items("ROIContourSequence") if item.number("ReferencedROINumber") == number]
    loops, thickness, skipped = _loops(items, header.name)
    if not loops:
        raise BadInput(f"{header.name}: ROI '{name}' has no closed contour", do="choose another ROI, or have it drawn")
    findings: list[Finding] = []
    if skipped:
        findings.append(
            warning("contour.open", f"{skipped} open contours or points of ROI '{name}' enclose no volume and were left out")
        )
    contours = _on_planes(loops, thickness, _frame(header, regions[number]), header.name)
    contours, doubles = _without_doubles(contours)
    if doubles:
        findings.append(warning("contour.twice", f"{doubles} contours of ROI '{name}' were there twice; one of each was kept"))
    crossing = sum(_crossings(plane) for plane in contours.polygons)
    if crossing:
        text = (
            f"{crossing} pairs of contours of ROI '{name}' overlap in part; what lies in both is taken as outside (even-odd rule)"
        )
        findings.append(warning("contour.cross", text))
    gaps = 0 if contours.offsets_mm.size < 2 else int(np.count_nonzero(np.diff(contours.offsets_mm) > GAP * contours.spacing_mm))
    if gaps:
        text = (
            f"ROI '{name}' has {gaps} gaps between its planes (usually {contours.spacing_mm:.3g} mm apart); they were left empty"
        )
        findings.append(warning("contour.gap", text))
    return contours, findings


def own_grid(contours: Contours) -> Grid:
    """A grid along the contours' planes, one slice for each, that holds the whole region."""
    corners = np.concatenate([polygon for plane in contours.polygons for polygon in plane])
    low, high = corners.min(0), corners.max(0)
    pixel = min(RASTER_mm, float((high - low).max()) / FINEST_RASTER)
    columns, rows = (int(n) for n in np.ceil((high - low) / pixel).astype(int) + 2)
    spacing = contours.spacing_mm
    places = np.rint((contours.offsets_mm - contours.offsets_mm[0]) / spacing)
    step = spacing if places[-1] == 0 else float(contours.offsets_mm[-1] - contours.offsets_mm[0]) / places[-1]
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = contours.normal * step, contours.v * pixel, contours.u * pixel
    middle = (low + high) / 2
    first = middle - pixel * (np.array([columns, rows]) - 1) / 2
    affine[:3, 3] = contours.normal * contours.offsets_mm[0] + contours.u * first[0] + contours.v * first[1]
    return Grid((int(places[-1]) + 1, rows, columns), affine, contours.frame_of_reference)


def voxels_of(contours: Contours, grid: Grid) -> NDArray[np.bool_]:
    """Voxels of ``grid`` whose centre lies in the region. The frames of reference are the caller's care."""
    to_plane = np.stack([contours.u, contours.v, contours.normal]) @ grid.affine[:3, :3]
    origin = np.stack([contours.u, contours.v, contours.normal]) @ grid.affine[:3, 3]
    across = int(np.argmax(np.abs(to_plane[2])))
    sideways = np.delete(np.abs(to_plane[2]), across) * np.delete(grid.shape, across)
    if sideways.max() < SAME_PLANE_mm:
        return _voxels_parallel(contours, grid, to_plane, origin, across)
    return _voxels_oblique(contours, grid, to_plane, origin)


def _voxels_parallel(contours: Contours, grid: Grid, to_plane: Float, origin: Float, across: int) -> NDArray[np.bool_]:
    """The grid's slices (or rows, or columns) lie in the contours' planes."""
    a, b = (axis for axis in range(3) if axis != across)
    plane_to_pixel = np.linalg.inv(to_plane[:2][:, [a, b]])
    heights = to_plane[2, across] * np.arange(grid.shape[across]) + origin[2]
    array = np.zeros(grid.shape, dtype=np.bool_)
    view = np.moveaxis(array, across, 0)
    slabs = contours.slabs_mm()
    for at, height in enumerate(heights):
        plane = _plane_at(slabs, np.array([height]))[0]
        if plane < 0:
            continue
        shift = origin[:2] + to_plane[:2, across] * at
        pixels = [(polygon - shift) @ plane_to_pixel.T for polygon in contours.polygons[plane]]
        view[at] = raster([polygon[:, ::-1] for polygon in pixels], grid.shape[a], grid.shape[b])
    return array


def _voxels_oblique(contours: Contours, grid: Grid, to_plane: Float, origin: Float) -> NDArray[np.bool_]:
    """Any grid: every centre near a plane is tested against its polygons, slice by slice."""
    array = np.zeros(grid.shape, dtype=np.bool_)
    rows, columns = np.meshgrid(np.arange(grid.shape[1]), np.arange(grid.shape[2]), indexing="ij")
    slabs = contours.slabs_mm()
    for at in range(grid.shape[0]):
        u, v, height = (to_plane[k, 0] * at + to_plane[k, 1] * rows + to_plane[k, 2] * columns + origin[k] for k in range(3))
        plane_of = _plane_at(slabs, height)
        for plane in np.unique(plane_of[plane_of >= 0]):
            here = plane_of == plane
            array[at][here] = inside(contours.polygons[plane], u[here], v[here])
    return array


def _plane_at(slabs: Float, heights: Float) -> NDArray[np.int64]:
    """Number of the slab that holds each height; -1 for none. A height on a border belongs to the upper slab."""
    at = np.searchsorted(slabs[:, 0], heights + 1e-9, side="right") - 1
    within = (at >= 0) & (heights + 1e-9 < slabs[np.maximum(at, 0), 1])
    found: NDArray[np.int64] = np.where(within, at, -1)
    return found


def _loops(items: Sequence[Header], name: str) -> tuple[list[Float], float | None, int]:
    """Corner points of every closed contour, the stated slab thickness, and how many others there are."""
    loops, skipped, thickness = [], 0, None
    for item in items:
        for contour in item.items("ContourSequence"):
            kind = contour.text("ContourGeometricType").upper()
            data = contour.numbers("ContourData")
            if data is None or kind not in ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR") or data.size < 9:
                skipped += 1
                continue
            if data.size % 3:
                raise BadInput(f"{name}: a contour whose coordinates do not come in threes", do="export it again")
            thickness = contour.number("ContourSlabThickness") or thickness
            loops.append(data.reshape(-1, 3))
    return loops, thickness, skipped


def _on_planes(loops: Sequence[Float], thickness: float | None, frame: str | None, name: str) -> Contours:
    largest = max(loops, key=lambda loop: float(np.linalg.norm(_area_vector(loop))))
    area = _area_vector(largest)
    if np.linalg.norm(area) < 1e-6:
        raise BadInput(f"{name}: a region whose contours enclose no area", do="have it drawn again")
    normal = area / np.linalg.norm(area)
    normal = normal * (1.0 if normal[int(np.argmax(np.abs(normal)))] > 0 else -1.0)
    u = np.cross(np.eye(3)[1] if abs(normal[1]) < 0.9 else np.eye(3)[2], normal)
    u /= np.linalg.norm(u)
    v = np.cross(normal, u)
    heights = [loop @ normal for loop in loops]
    if max(float(np.ptp(height)) for height in heights) > OUT_OF_PLANE_mm:
        raise OutOfScope(f"{name}: contours that do not lie in parallel planes", do="have the region exported on parallel planes")
    order = np.argsort([height.mean() for height in heights], kind="stable")
    offsets: list[float] = []
    planes: list[list[Float]] = []
    for at in order:
        height = float(heights[at].mean())
        if not offsets or height - offsets[-1] > SAME_PLANE_mm:
            offsets.append(height)
            planes.append([])
        planes[-1].append(np.stack([loops[at] @ u, loops[at] @ v], axis=1))
    return Contours(normal, u, v, np.array(offsets), tuple(tuple(plane) for plane in planes), thickness, frame)


def _area_vector(loop: Float) -> Float:
    centred = loop - loop[0]
    area: Float = 0.5 * np.cross(centred, np.roll(centred, -1, axis=0)).sum(axis=0)
    return area


def _without_doubles(contours: Contours) -> tuple[Contours, int]:
    from dataclasses import replace

    kept, doubles = [], 0
    for plane in contours.polygons:
        unique: list[Float] = []
        for polygon in plane:
            if any(other.shape == polygon.shape and np.allclose(other, polygon, atol=1e-3) for other in unique):
                doubles += 1
            else:
                unique.append(polygon)
        kept.append(tuple(unique))
    return replace(contours, polygons=tuple(kept)), doubles


def _crossings(plane: Sequence[Float]) -> int:
    return sum(cross(a, b) for at, a in enumerate(plane) for b in plane[at + 1 :])


def _frame(header: Header, region: Header) -> str | None:
    return region.text("ReferencedFrameOfReferenceUID") or header.frame_of_reference
