"""SEG out: structures as segments of one DICOM Segmentation, binary or fractional (occupancy)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pack_bits
from pydicom.sequence import Sequence as Items
from pydicom.tag import Tag
from pydicom.uid import SegmentationStorage

from glisson import __version__
from glisson.case import FileContour, Finding, Level, Structure
from glisson.errors import BadInput
from glisson.imaging.dicom_context import DicomContext, SourceInstance, Written, stable_uid
from glisson.imaging.dicom_object import (
    PROGRAM,
    code_item,
    date_and_time,
    ds_number,
    finish,
    new_object,
    reference,
    require_structures,
    short,
)
from glisson.imaging.dicom_order import PLANE_TOLERANCE_mm, in_dicom_order, orientation, plane_origins
from glisson.imaging.structure_codes import category_and_type
from glisson.voxels import Grid, Image

SERIES_NUMBER = 9004
FULL = 255
"""Stored value of a voxel that is wholly covered."""


def write_seg(structures: Sequence[Structure], path: Path, *, context: DicomContext) -> Written:
    """Write structures as one SEG, one segment each, in the order given; they may overlap.

    BINARY when every mask is boolean; as soon as one holds covered fractions, FRACTIONAL of type OCCUPANCY, whose values return
    within 1/510. Slices without the structure are not stored. The frame of reference is the grid's own, or derived from
    its name; source images are referred to only when they lie in that frame.

    Args:
        structures: on one grid.
        path: file to write.
        context: patient, study and source images.

    Raises:
        BadInput: no structure, one id twice, all masks empty, a sheared grid, a label DICOM cannot hold.
        GridMismatch: the masks lie on different grids or in different frames of reference.
    """
    require_structures(structures)
    masks = [in_dicom_order(structure.mask) for structure in structures]
    grid = masks[0].grid
    binary = all(mask.array.dtype == np.bool_ for mask in masks)
    stored = [_stored(mask, binary) for mask in masks]
    if not any(array.any() for array in stored):
        raise BadInput("every structure is empty on this grid: a SEG needs at least one voxel")
    ds = new_object(context, sop_class=SegmentationStorage, modality="SEG", series_number=SERIES_NUMBER, description="Structures")
    ds.ContentDate, ds.ContentTime = date_and_time(context)
    ds.FrameOfReferenceUID, findings = context.frame_of(grid)
    ds.PositionReferenceIndicator = ""
    _segmentation(ds, binary=binary, overlap=_overlap(stored))
    ds.SegmentSequence = Items([_segment(number, s, context) for number, s in enumerate(structures, start=1)])
    sources = context.sources_in(ds.FrameOfReferenceUID)
    _frames(ds, grid, stored, sources, binary=binary)
    _refer_to_sources(ds, sources)
    empty = [s for s, array in zip(structures, stored, strict=True) if not array.any()]
    return finish(
        ds,
        path,
        numbers={s.id: number for number, s in enumerate(structures, start=1)},
        choices={"segmentation_type": ds.SegmentationType},
        findings=(*findings, *(_empty(s) for s in empty)),
    )


def _stored(mask: Image, binary: bool) -> NDArray[np.uint8]:
    if binary:
        return mask.array.astype(np.uint8)
    stored: NDArray[np.uint8] = np.rint(mask.array.astype(np.float64) * FULL).astype(np.uint8)
    return stored


def _overlap(stored: Sequence[NDArray[np.uint8]]) -> bool:
    seen = np.zeros(stored[0].shape, dtype=bool)
    for array in stored:
        if (seen & (array > 0)).any():
            return True
        seen |= array > 0
    return False


def _empty(structure: Structure) -> Finding:
    text = f"Structure '{structure.id}' has no voxel on this grid: its segment is named but empty."
    return Finding(code="seg-empty-structure", level=Level.WARNING, text=text)


def _segmentation(ds: Dataset, *, binary: bool, overlap: bool) -> None:
    ds.ImageType = ["DERIVED", "PRIMARY"]
    ds.ContentLabel = "STRUCTURES"
    ds.ContentDescription = "Structures of a case"
    ds.ContentCreatorName = ""
    ds.LossyImageCompression = "00"
    ds.SegmentsOverlap = "YES" if overlap else "NO"
    ds.SegmentationType = "BINARY" if binary else "FRACTIONAL"
    if not binary:
        ds.SegmentationFractionalType = "OCCUPANCY"
        ds.MaximumFractionalValue = FULL
    bits = 1 if binary else 8
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.PixelRepresentation = 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = bits, bits, bits - 1


def _segment(number: int, structure: Structure, context: DicomContext) -> Dataset:
    site = structure.site
    category, kind = category_and_type(site)
    item = Dataset()
    item.SegmentNumber = number
    item.SegmentLabel = short(site.label, 64, "name of a structure")
    item.SegmentedPropertyCategoryCodeSequence = Items([code_item(*category)])
    item.SegmentedPropertyTypeCodeSequence = Items([code_item(*kind)])
    made_elsewhere = isinstance(site.contour, FileContour)
    item.SegmentAlgorithmType = "MANUAL" if made_elsewhere else "SEMIAUTOMATIC"
    if made_elsewhere:
        item.SegmentDescription = f"Read from a file that does not say how it was drawn; on this grid by {structure.rule}"
    else:
        item.SegmentAlgorithmName = f"{PROGRAM} {__version__}"
        item.SegmentDescription = f"Made from other structures or an image; on this grid by {structure.rule}"
    item.TrackingID = structure.id
    item.TrackingUID = stable_uid("structure", context.case_id, structure.id)
    return item


def _frames(
    ds: Dataset, grid: Grid, stored: Sequence[NDArray[np.uint8]], sources: Sequence[SourceInstance], *, binary: bool
) -> None:
    origins = plane_origins(grid)
    organization = stable_uid("dimensions", repr(grid.shape), grid.affine.tobytes().hex(), str(ds.FrameOfReferenceUID))
    ds.DimensionOrganizationSequence = Items([Dataset()])
    ds.DimensionOrganizationSequence[0].DimensionOrganizationUID = organization
    ds.DimensionIndexSequence = Items(
        [
            _dimension("ReferencedSegmentNumber", "SegmentIdentificationSequence", "Segment", organization),
            _dimension("ImagePositionPatient", "PlanePositionSequence", "Position", organization),
        ]
    )
    ds.Rows, ds.Columns = grid.shape[1], grid.shape[2]
    ds.SharedFunctionalGroupsSequence = Items([_shared(grid)])
    used = sorted({int(k) for array in stored for k in np.flatnonzero(array.any(axis=(1, 2)))})
    place = {k: position for position, k in enumerate(used, start=1)}
    by_slice = {k: [s for s in sources if _in_plane(s, origins[k], grid)] for k in used}
    frames: list[NDArray[np.uint8]] = []
    items: list[Dataset] = []
    for number, array in enumerate(stored, start=1):
        for k in np.flatnonzero(array.any(axis=(1, 2))):
            frames.append(array[k])
            items.append(_frame(number, place[int(k)], origins[k], by_slice[int(k)]))
    ds.PerFrameFunctionalGroupsSequence = Items(items)
    ds.NumberOfFrames = len(frames)
    pixels = np.stack(frames)
    data = pack_bits(pixels.ravel(), pad=True) if binary else pixels.tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)


def _dimension(pointer: str, group: str, label: str, organization: str) -> Dataset:
    item = Dataset()
    item.DimensionOrganizationUID = organization
    item.DimensionIndexPointer = Tag(pointer)
    item.FunctionalGroupPointer = Tag(group)
    item.DimensionDescriptionLabel = label
    return item


def _shared(grid: Grid) -> Dataset:
    measures = Dataset()
    measures.SliceThickness = ds_number(grid.spacing_mm[0])
    measures.SpacingBetweenSlices = ds_number(grid.spacing_mm[0])
    measures.PixelSpacing = [ds_number(grid.spacing_mm[1]), ds_number(grid.spacing_mm[2])]
    plane = Dataset()
    plane.ImageOrientationPatient = [ds_number(v) for v in orientation(grid)]
    shared = Dataset()
    shared.PixelMeasuresSequence = Items([measures])
    shared.PlaneOrientationSequence = Items([plane])
    return shared


def _frame(segment: int, position: int, origin_mm: NDArray[np.float64], sources: Sequence[SourceInstance]) -> Dataset:
    content = Dataset()
    content.DimensionIndexValues = [segment, position]
    plane = Dataset()
    plane.ImagePositionPatient = [ds_number(v) for v in origin_mm]
    which = Dataset()
    which.ReferencedSegmentNumber = segment
    frame = Dataset()
    frame.FrameContentSequence = Items([content])
    frame.PlanePositionSequence = Items([plane])
    frame.SegmentIdentificationSequence = Items([which])
    if sources:
        derivation = Dataset()
        derivation.DerivationCodeSequence = Items([code_item("113076", "DCM", "Segmentation")])
        derivation.SourceImageSequence = Items([_source(s) for s in sources])
        frame.DerivationImageSequence = Items([derivation])
    return frame


def _source(instance: SourceInstance) -> Dataset:
    item = reference(instance)
    purpose = code_item("121322", "DCM", "Source Image for Image Processing Operation")
    item.PurposeOfReferenceCodeSequence = Items([purpose])
    return item


def _in_plane(source: SourceInstance, origin_mm: NDArray[np.float64], grid: Grid) -> bool:
    """True when the source image lies in the plane of a slice of the grid."""
    if source.position_mm is None or source.normal is None:
        return False
    normal = grid.directions[:, 0]
    apart = float(np.dot(np.asarray(source.position_mm) - origin_mm, normal))
    return abs(apart) <= PLANE_TOLERANCE_mm and abs(float(np.dot(source.normal, normal))) > 1 - 1e-6


def _refer_to_sources(ds: Dataset, sources: Sequence[SourceInstance]) -> None:
    series: dict[str, list[Any]] = {}
    for source in sources:
        series.setdefault(source.series_instance_uid, []).append(reference(source))
    if series:
        ds.ReferencedSeriesSequence = Items()
        for uid, instances in series.items():
            item = Dataset()
            item.SeriesInstanceUID = uid
            item.ReferencedInstanceSequence = Items(instances)
            ds.ReferencedSeriesSequence.append(item)
