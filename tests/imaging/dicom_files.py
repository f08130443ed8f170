"""Writes valid DICOM files for the tests: CT, PET, NM, planar NM, SEG, RTSTRUCT. Any tag can be overridden to break them."""

from __future__ import annotations

import subprocess
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from glisson.voxels import Grid

SOP = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
    "NM": "1.2.840.10008.5.1.4.1.1.20",
    "SEG": "1.2.840.10008.5.1.4.1.1.66.4",
    "RTSTRUCT": "1.2.840.10008.5.1.4.1.1.481.3",
}
FRAME = "1.2.826.0.1.3680043.8.498.1"
SERIES = "1.2.826.0.1.3680043.8.498.2"
STUDY = "1.2.826.0.1.3680043.8.498.3"
Y90 = ("14691008", "SCT", "^90^Yttrium")
TC99M = ("C-163A8", "SRT", "^99m^Technetium")
SECRET = "Secret^Patient"
Tags = Mapping[str, Any]


def errors_of_dciodvfy(path: Path) -> list[str]:
    """Lines of dciodvfy that say Error; a crash of the program counts as one. Tests that call it carry the marker dicom3tools."""
    done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")]
    return lines or ([f"dciodvfy ended with {done.returncode}"] if done.returncode else [])


def base(modality: str, seed: str, **tags: Any) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = SOP[modality]
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = generate_uid(entropy_srcs=[seed])
    ds.Modality = modality
    ds.PatientName, ds.PatientID = SECRET, "secret-1"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = STUDY, SERIES, FRAME
    ds.SeriesNumber = 1
    put(ds, tags)
    return ds


def put(ds: Dataset, tags: Tags) -> None:
    """Sets tags, also to values that the standard forbids; ``None`` deletes one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for keyword, value in tags.items():
            if value is None:
                if keyword in ds:
                    delattr(ds, keyword)
            else:
                setattr(ds, keyword, value)


def save(ds: Dataset, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds.save_as(path, enforce_file_format=True)
    return path


def code(value: str, scheme: str, meaning: str) -> Items:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Items([item])


def radiopharmaceutical(nuclide: tuple[str, str, str] | None = Y90, **tags: Any) -> Items:
    item = Dataset()
    if nuclide is not None:
        item.RadionuclideCodeSequence = code(*nuclide)
    put(item, tags)
    return Items([item])


def cosines(grid: Grid) -> list[float]:
    return [float(v) for v in np.concatenate([grid.directions[:, 2], grid.directions[:, 1]])]


def pixels(ds: Dataset, stored: np.ndarray) -> None:
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = stored.shape[-2:]
    ds.BitsAllocated = ds.BitsStored = stored.dtype.itemsize * 8
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(stored.dtype.kind == "i")
    ds.PixelData = stored.tobytes()


def write_slices(
    folder: Path,
    array: np.ndarray,
    grid: Grid,
    modality: str = "CT",
    *,
    change: Callable[[int, Dataset], object] | None = None,
    **tags: Any,
) -> Path:
    """One file per slice, in an order that says nothing: file names and instance numbers run against the positions."""
    count = grid.shape[0]
    for k in range(count):
        ds = base(modality, f"{folder.name}{k}")
        largest = float(np.abs(array[k]).max()) or 1.0
        slope = 1.0 if modality == "CT" else largest / 32000.0
        intercept = -1024.0 if modality == "CT" else 0.0
        pixels(ds, np.rint((array[k] - intercept) / slope).astype(np.int16))
        ds.RescaleSlope, ds.RescaleIntercept = f"{slope:.10g}", f"{intercept:g}"
        ds.ImagePositionPatient = [float(f"{v:.6f}") for v in grid.to_world((k, 0, 0))]
        ds.ImageOrientationPatient = [float(f"{v:.10f}") for v in cosines(grid)]
        ds.PixelSpacing = [grid.spacing_mm[1], grid.spacing_mm[2]]
        ds.InstanceNumber = (7 * k + 3) % count + 1
        ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        put(ds, tags)
        if change is not None:
            change(k, ds)
        save(ds, folder / f"{(5 * k + 2) % 97:03d}-{k}.dcm")
    return folder


def pet_tags(**tags: Any) -> dict[str, Any]:
    """A PET series that started at 10:00:00, in Bq/mL, decay-corrected to its start."""
    usual: dict[str, Any] = {
        "Units": "BQML",
        "DecayCorrection": "START",
        "SeriesDate": "20260302",
        "SeriesTime": "100000",
        "AcquisitionDate": "20260302",
        "AcquisitionTime": "100000.0",
        "ActualFrameDuration": 1800000,
        "FrameReferenceTime": "900000",
        "TimezoneOffsetFromUTC": "+0100",
        "RadiopharmaceuticalInformationSequence": radiopharmaceutical(RadionuclideHalfLife="230760"),
    }
    return usual | tags


def write_pet(folder: Path, array: np.ndarray, grid: Grid, **keywords: Any) -> Path:
    change = keywords.pop("change", None)
    return write_slices(folder, array, grid, "PT", change=change, **pet_tags(**keywords))


def write_nm(path: Path, array: np.ndarray, grid: Grid, *, order: Sequence[int] | None = None, **tags: Any) -> Path:
    """A reconstructed SPECT in one file. Slices against row x column are written with a negative SpacingBetweenSlices."""
    ds = base("NM", path.name)
    slope = max(float(np.abs(array).max()), 1e-9) / 32000.0
    if array.dtype.kind in "iu":
        slope = 1.0
    order = list(range(grid.shape[0])) if order is None else list(order)
    pixels(ds, np.rint(array[order] / slope).astype(np.int16))
    ds.NumberOfFrames = grid.shape[0]
    ds.FrameIncrementPointer = 0x00540080
    ds.SliceVector = [k + 1 for k in order]
    ds.NumberOfSlices = grid.shape[0]
    if slope != 1.0:
        ds.RescaleSlope, ds.RescaleIntercept = f"{slope:.10g}", "0"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"]
    ds.PixelSpacing = [grid.spacing_mm[1], grid.spacing_mm[2]]
    normal = np.cross(grid.directions[:, 2], grid.directions[:, 1])
    ds.SpacingBetweenSlices = f"{grid.affine[:3, 0] @ normal:.8g}"
    detector = Dataset()
    detector.ImagePositionPatient = [float(f"{v:.6f}") for v in grid.to_world((0, 0, 0))]
    detector.ImageOrientationPatient = cosines(grid)
    ds.DetectorInformationSequence = Items([detector])
    ds.AcquisitionDate, ds.AcquisitionTime = "20260302", "120000"
    ds.RadiopharmaceuticalInformationSequence = radiopharmaceutical(TC99M)
    put(ds, tags)
    return save(ds, path)


def bq_per_ml(slope: float) -> Items:
    """A real-world value mapping to Bq/mL."""
    item = Dataset()
    item.RealWorldValueSlope, item.RealWorldValueIntercept = slope, 0.0
    item.MeasurementUnitsCodeSequence = code("Bq/ml", "UCUM", "Becquerels/milliliter")
    return Items([item])


def write_planar(
    path: Path, views: Mapping[tuple[str, str, str] | None, np.ndarray], directions: bool = True, **tags: Any
) -> Path:
    """A whole-body NM image with one frame for each view."""
    ds = base("NM", path.name)
    pixels(ds, np.stack(list(views.values())).astype(np.uint16))
    ds.NumberOfFrames = len(views)
    ds.ImageType = ["ORIGINAL", "PRIMARY", "WHOLE BODY", "EMISSION"]
    ds.DetectorVector = list(range(1, len(views) + 1))
    ds.EnergyWindowVector = [1] * len(views)
    ds.PixelSpacing = [2.4, 2.4]
    detectors = []
    for view in views:
        detector = Dataset()
        if view is not None:
            detector.ViewCodeSequence = code(*view)
            if directions:
                sign = 1 if "ost" not in view[2] else -1
                detector.ImageOrientationPatient = [sign, 0, 0, 0, 0, -1]
        detectors.append(detector)
    ds.DetectorInformationSequence = Items(detectors)
    ds.RadiopharmaceuticalInformationSequence = radiopharmaceutical(TC99M)
    put(ds, tags)
    return save(ds, path)


ANTERIOR = ("399321004", "SCT", "Anterior projection")
POSTERIOR = ("399001007", "SCT", "Posterior projection")


def write_seg(
    path: Path,
    masks: Mapping[str, np.ndarray],
    grid: Grid,
    *,
    kind: str = "BINARY",
    change: Callable[[Dataset], object] | None = None,
    **tags: Any,
) -> Path:
    """A segmentation; planes without voxels are left out, frames run from the last slice to the first."""
    ds = base("SEG", path.name)
    frames, planes, described = [], [], []
    for number, (label, mask) in enumerate(masks.items(), start=1):
        segment = Dataset()
        segment.SegmentNumber, segment.SegmentLabel = number, label
        described.append(segment)
        for k in reversed(range(grid.shape[0])):
            if not mask[k].any():
                continue
            frame, place, owner = Dataset(), Dataset(), Dataset()
            place.ImagePositionPatient = [float(v) for v in grid.to_world((k, 0, 0))]
            owner.ReferencedSegmentNumber = number
            frame.PlanePositionSequence = Items([place])
            frame.SegmentIdentificationSequence = Items([owner])
            frames.append(frame)
            planes.append(mask[k])
    measures, orientation, shared = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = [grid.spacing_mm[1], grid.spacing_mm[2]]
    measures.SliceThickness, measures.SpacingBetweenSlices = 99.0, grid.spacing_mm[0]
    orientation.ImageOrientationPatient = cosines(grid)
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = Items([measures]), Items([orientation])
    stored = np.stack(planes) if planes else np.zeros((0, *grid.shape[1:]))
    ds.SegmentationType, ds.SegmentSequence = kind, Items(described)
    ds.SharedFunctionalGroupsSequence, ds.PerFrameFunctionalGroupsSequence = Items([shared]), Items(frames)
    pixels(ds, np.rint(stored * 255).astype(np.uint8))
    if kind == "BINARY":
        ds.BitsAllocated = ds.BitsStored = 1
        ds.HighBit = 0
        packed = np.packbits(stored.astype(bool).ravel(), bitorder="little").tobytes()
        ds.PixelData = packed + b"\0" * (len(packed) % 2)
    else:
        ds.SegmentationFractionalType, ds.MaximumFractionalValue = "OCCUPANCY", 255
        ds.PixelData += b"\0" * (len(ds.PixelData) % 2)
    ds.NumberOfFrames = len(planes)
    put(ds, tags)
    if change is not None:
        change(ds)
    return save(ds, path)


def write_rtstruct(
    path: Path, regions: Mapping[str, Sequence[np.ndarray]], *, frame: str = FRAME, kind: str = "CLOSED_PLANAR", **tags: Any
) -> Path:
    """A structure set; every region is a list of contours, each (n, 3) in mm."""
    ds = base("RTSTRUCT", path.name)
    names, drawn = [], []
    for number, (name, contours) in enumerate(regions.items(), start=1):
        region, item = Dataset(), Dataset()
        region.ROINumber, region.ROIName, region.ReferencedFrameOfReferenceUID = number, name, frame
        item.ReferencedROINumber = number
        sequence = []
        for points in contours:
            contour = Dataset()
            contour.ContourGeometricType, contour.NumberOfContourPoints = kind, len(points)
            contour.ContourData = [f"{v:.6f}" for v in np.asarray(points).ravel()]
            sequence.append(contour)
        if sequence:
            item.ContourSequence = Items(sequence)
        names.append(region)
        drawn.append(item)
    ds.StructureSetROISequence, ds.ROIContourSequence = Items(names), Items(drawn)
    put(ds, tags)
    return save(ds, path)


def circle(radius_mm: float, height_mm: float, centre: tuple[float, float] = (0.0, 0.0), points: int = 200) -> np.ndarray:
    """Points of a circle in an axial plane."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    x, y = centre[0] + radius_mm * np.cos(angle), centre[1] + radius_mm * np.sin(angle)
    return np.stack([x, y, np.full(points, height_mm)], axis=1)


def oblique_grid(shape: tuple[int, int, int] = (6, 7, 8), frame: str | None = FRAME) -> Grid:
    """A grid turned about two axes, right-handed in (row, column, slice) as scanners store it."""
    a, b = 0.3, -0.2
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]]) @ np.array(
        [[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]]
    )
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.array([[0, 0, 2.0], [0, 2.5, 0], [3.0, 0, 0]])
    affine[:3, 3] = (-30.0, 12.0, 55.0)
    return Grid(shape, affine, frame)


def some_activity(shape: tuple[int, int, int]) -> np.ndarray:
    """Activity that differs in every voxel, so that any flip or shift shows."""
    values: np.ndarray = np.arange(np.prod(shape), dtype=float).reshape(shape) * 371.5 + 1000.0
    return values
