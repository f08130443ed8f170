"""RTDOSE out: absorbed dose in Gy on the grid it was computed on."""

from decimal import ROUND_CEILING, Context, Decimal
from pathlib import Path
from typing import Literal

import numpy as np
from pydicom.sequence import Sequence as Items
from pydicom.tag import Tag
from pydicom.uid import ImplicitVRLittleEndian, RTDoseStorage

from glisson.errors import BadInput
from glisson.imaging.dicom_context import DicomContext, Written
from glisson.imaging.dicom_object import date_and_time, ds_number, finish, new_object, reference, short
from glisson.imaging.dicom_order import in_dicom_order, orientation
from glisson.voxels import Image, Quantity, require_quantity

SERIES_NUMBER = 9003

LARGEST_STORED = {16: 2**16 - 1, 32: 2**31 - 1}
"""Of 32 bits only half the range is used, so that software that reads them as signed is right too."""

CLOSE_ENOUGH_Gy = 0.01
"""16 bits are used while every voxel returns within this."""


def write_rtdose(
    dose: Image,
    path: Path,
    *,
    context: DicomContext,
    plan: Written,
    comment: str = "Absorbed dose",
    bits: Literal[16, 32] | None = None,
) -> Written:
    """Write an absorbed dose image as RTDOSE: PHYSICAL, in GY, summation type PLAN, referring to ``plan``.

    Values return within half of ``choices["dose_grid_scaling_Gy"]``. Slices are stored in ascending order along the normal of
    right-handed axial-most planes; a grid with other axes is permuted and flipped, not resampled. The frame of reference
    is the grid's own, or is derived from its name, which is then said in ``findings``.

    Args:
        dose: Gy.
        path: file to write.
        context: patient and study.
        plan: what ``write_rtplan`` returned: DICOM asks a dose of type PLAN to name it, and stations attach the dose to it.
        comment: what was computed, as "Y-90, kernel, complete decay".
        bits: stored bits per voxel. By default 16, which every reader and validator takes, where that keeps every voxel
            within 0.01 Gy (a maximum up to 1310 Gy), else 32 (on which dciodvfy of dicom3tools 1.00 stops with an assertion).

    Raises:
        BadInput: not a dose, negative values, a sheared grid, or a file that cannot be written.
    """
    require_quantity(dose, Quantity.DOSE)
    lowest = float(dose.array.min())
    if lowest < 0:
        raise BadInput(f"the dose has negative values (lowest {lowest:.4g} Gy)", allowed="0 Gy or more: an RTDOSE is unsigned")
    image = in_dicom_order(dose)
    grid = image.grid
    ds = new_object(context, sop_class=RTDoseStorage, modality="RTDOSE", series_number=SERIES_NUMBER, description="Absorbed dose")
    ds.OperatorsName = ""
    ds.ContentDate, ds.ContentTime = date_and_time(context)
    ds.FrameOfReferenceUID, findings = context.frame_of(grid)
    ds.PositionReferenceIndicator = ""
    ds.ImagePositionPatient = [ds_number(v) for v in grid.affine[:3, 3]]
    ds.ImageOrientationPatient = [ds_number(v) for v in orientation(grid)]
    ds.SliceThickness = ds_number(grid.spacing_mm[0])
    ds.PixelSpacing = [ds_number(grid.spacing_mm[1]), ds_number(grid.spacing_mm[2])]
    ds.Rows, ds.Columns = grid.shape[1:]
    if grid.shape[0] > 1:  # a single plane has no offsets: DICOM asks for at least two
        ds.NumberOfFrames = grid.shape[0]
        ds.FrameIncrementPointer = Tag("GridFrameOffsetVector")
        ds.GridFrameOffsetVector = [ds_number(k * grid.spacing_mm[0]) for k in range(grid.shape[0])]
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.PixelRepresentation = 0
    ds.DoseUnits = "GY"
    ds.DoseType = "PHYSICAL"
    ds.DoseSummationType = "PLAN"
    ds.DoseComment = short(comment, 64, "dose comment")
    ds.ReferencedRTPlanSequence = Items([reference(plan)])
    maximum_Gy = float(image.array.max())
    stored_bits = bits or (16 if maximum_Gy / LARGEST_STORED[16] / 2 <= CLOSE_ENOUGH_Gy else 32)
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = stored_bits, stored_bits, stored_bits - 1
    ds.DoseGridScaling = scaling_for(maximum_Gy, stored_bits)
    scaling_Gy = float(ds.DoseGridScaling)
    stored = np.rint(image.array.astype(np.float64) / scaling_Gy).astype(f"<u{stored_bits // 8}").tobytes()
    ds.PixelData = stored + b"\0" * (len(stored) % 2)
    choices: dict[str, str | float] = {"dose_grid_scaling_Gy": scaling_Gy, "dose_summation_type": "PLAN", "bits": stored_bits}
    return finish(ds, path, transfer_syntax=ImplicitVRLittleEndian, choices=choices, findings=findings)


def scaling_for(maximum_Gy: float, bits: int) -> str:
    """DoseGridScaling (Gy per stored unit) as a DICOM decimal string, rounded up so that the maximum still fits.

    >>> scaling_for(0.0, 16), scaling_for(100.0, 16), scaling_for(100.0, 32)
    ('1E-6', '1.525902190E-3', '4.656612876E-8')
    """
    if maximum_Gy == 0:
        return "1E-6"
    rounding = Context(prec=10, rounding=ROUND_CEILING)
    return f"{rounding.divide(Decimal(maximum_Gy), Decimal(LARGEST_STORED[bits])):E}"
