"""RTSTRUCT out: structures as closed planar contours, exact along voxel edges, holes by keyhole."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ImplicitVRLittleEndian, RTStructureSetStorage

from glisson.case import FileContour, Finding, Level, SiteKind, Structure
from glisson.imaging.dicom_context import DicomContext, SourceInstance, Written
from glisson.imaging.dicom_object import date_and_time, ds_number, finish, new_object, reference, require_structures, short
from glisson.imaging.dicom_order import PLANE_TOLERANCE_mm, in_dicom_order
from glisson.imaging.outlines import area, outlines
from glisson.voxels import Grid
from glisson.voxels.regions import inside_of

SERIES_NUMBER = 9001
COLOURS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167))
VOLUME_TOLERANCE_fraction = 0.02
"""Beyond this difference between the contours' volume and the mask's, a warning is given."""


def write_rtstruct(structures: Sequence[Structure], path: Path, *, context: DicomContext, label: str = "glisson") -> Written:
    """Write structures as an RTSTRUCT, one ROI each, in the order given.

    Contours run along voxel edges in the slices of the grid, so they enclose exactly the mask's voxels; they look stepped
    because the mask is. A hole is joined to its outer border by a keyhole (DICOM PS3.3 C.8.8.6.3), which readers that
    take contours one by one, as a union or by exclusive-or all understand. Covered fractions count from one half; where the
    volume then differs by more than 2 %, a finding says by how much. Source slices are referred to when they lie in the
    same frame of reference.

    Args:
        structures: on one grid.
        path: file to write.
        context: patient, study and source images.
        label: structure set label, at most 16 characters.

    Raises:
        BadInput: no structure, one id twice, a sheared grid, a name or label DICOM cannot hold.
        GridMismatch: the masks lie on different grids or in different frames of reference.
    """
    require_structures(structures)
    ds = new_object(
        context, sop_class=RTStructureSetStorage, modality="RTSTRUCT", series_number=SERIES_NUMBER, description="Structures"
    )
    ds.OperatorsName = ""
    ds.StructureSetLabel = short(label, 16, "structure set label")
    ds.StructureSetDate, ds.StructureSetTime = date_and_time(context)
    frame, frame_findings = context.frame_of(structures[0].mask.grid)
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = frame, ""
    sources = context.sources_in(frame)
    ds.ReferencedFrameOfReferenceSequence = Items([_referenced_frame(context, frame, sources)])
    ds.StructureSetROISequence, ds.ROIContourSequence, ds.RTROIObservationsSequence = Items(), Items(), Items()
    findings = list(frame_findings)
    for number, structure in enumerate(structures, start=1):
        contours, contour_mL = _contours(structure, sources)
        findings += _volume_findings(structure, contour_mL)
        ds.StructureSetROISequence.append(_roi(number, structure, frame, contour_mL))
        ds.ROIContourSequence.append(_roi_contours(number, contours))
        ds.RTROIObservationsSequence.append(_observation(number, structure))
    ds.ApprovalStatus = "UNAPPROVED"
    return finish(
        ds,
        path,
        transfer_syntax=ImplicitVRLittleEndian,  # explicit VR cannot hold a contour of more than 65534 bytes
        numbers={s.id: number for number, s in enumerate(structures, start=1)},
        choices={"holes": "keyhole", "outlines": "voxel edges"},
        findings=findings,
    )


def _referenced_frame(context: DicomContext, frame: str, sources: Sequence[SourceInstance]) -> Dataset:
    item = Dataset()
    item.FrameOfReferenceUID = frame
    if sources:
        study = Dataset()
        study.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"  # Detached Study Management, retired, as stations write it
        study.ReferencedSOPInstanceUID = context.study_instance_uid
        study.RTReferencedSeriesSequence = Items()
        for uid in dict.fromkeys(source.series_instance_uid for source in sources):
            series = Dataset()
            series.SeriesInstanceUID = uid
            series.ContourImageSequence = Items([reference(s) for s in sources if s.series_instance_uid == uid])
            study.RTReferencedSeriesSequence.append(series)
        item.RTReferencedStudySequence = Items([study])
    return item


def _contours(structure: Structure, sources: Sequence[SourceInstance]) -> tuple[list[Dataset], float]:
    """Contour items of every slice, and the volume they enclose, mL."""
    mask = in_dicom_order(structure.mask)
    grid = mask.grid
    inside = inside_of(mask)
    items: list[Dataset] = []
    voxels = 0.0
    for k in np.flatnonzero(inside.any(axis=(1, 2))):
        image = _source_in_plane(grid, int(k), sources)
        for polygon in outlines(inside[k]):
            voxels += area(polygon)
            points = grid.to_world(np.column_stack([np.full(len(polygon), float(k)), polygon]))
            items.append(_contour(points, image))
    return items, voxels * grid.voxel_volume_mL


def _contour(points_mm: NDArray[np.float64], image: SourceInstance | None) -> Dataset:
    item = Dataset()
    if image is not None:
        item.ContourImageSequence = Items([reference(image)])
    item.ContourGeometricType = "CLOSED_PLANAR"
    item.NumberOfContourPoints = len(points_mm)
    item.ContourData = [ds_number(v) for v in np.round(points_mm, 5).ravel()]
    return item


def _source_in_plane(grid: Grid, k: int, sources: Sequence[SourceInstance]) -> SourceInstance | None:
    origin, normal = grid.to_world([k, 0, 0]), grid.directions[:, 0]
    for source in sources:
        if source.position_mm is None or source.normal is None or abs(float(np.dot(source.normal, normal))) < 1 - 1e-6:
            continue
        if abs(float(np.dot(np.asarray(source.position_mm) - origin, normal))) <= PLANE_TOLERANCE_mm:
            return source
    return None


def _volume_findings(structure: Structure, contour_mL: float) -> list[Finding]:
    volume_mL = structure.volume_mL
    if contour_mL == 0:
        text = (
            f"Structure '{structure.id}' has no voxel that is at least half covered ({volume_mL:.3g} mL): its ROI has no contour."
        )
        return [Finding(code="rtstruct-empty-structure", level=Level.WARNING, text=text)]
    if abs(contour_mL - volume_mL) > VOLUME_TOLERANCE_fraction * volume_mL:
        text = (
            f"The contours of '{structure.id}' enclose {contour_mL:.4g} mL, its covered fractions {volume_mL:.4g} mL: "
            "write the RTSTRUCT from the mask on the grid it was drawn on."
        )
        return [Finding(code="rtstruct-volume", level=Level.WARNING, text=text)]
    return []


def _roi(number: int, structure: Structure, frame: str, contour_mL: float) -> Dataset:
    item = Dataset()
    item.ROINumber = number
    item.ReferencedFrameOfReferenceUID = frame
    item.ROIName = short(structure.site.label, 64, "name of a structure")
    item.ROIVolume = ds_number(contour_mL)
    item.ROIGenerationAlgorithm = "" if isinstance(structure.site.contour, FileContour) else "SEMIAUTOMATIC"
    return item


def _roi_contours(number: int, contours: Sequence[Dataset]) -> Dataset:
    item = Dataset()
    item.ROIDisplayColor = list(COLOURS[(number - 1) % len(COLOURS)])
    if contours:
        item.ContourSequence = Items(contours)
    item.ReferencedROINumber = number
    return item


def _observation(number: int, structure: Structure) -> Dataset:
    kind = structure.site.kind
    item = Dataset()
    item.ObservationNumber = number
    item.ReferencedROINumber = number
    item.RTROIInterpretedType = {SiteKind.LESION: "GTV", SiteKind.ORGAN: "ORGAN"}.get(kind, "")
    item.ROIInterpreter = ""
    return item
