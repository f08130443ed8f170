"""RTDOSE in: Gy on its grid, as after an earlier treatment."""

import numpy as np

from glisson.errors import BadInput, OutOfScope
from glisson.imaging.dicom_ct import frame_findings, shape_of
from glisson.imaging.dicom_file import FrameReader, Header
from glisson.imaging.dicom_series import Series
from glisson.imaging.dicom_stack import Plane, directions, pixel_spacing, stack
from glisson.imaging.readout import Asked, ReadImage
from glisson.voxels import Image, Quantity


def read_dose(series: Series, asked: Asked) -> ReadImage:
    """A dose grid in Gy.

    Raises:
        BadInput: several files, missing offsets or scaling.
        OutOfScope: relative dose.
    """
    header = series.headers[0]
    if len(series.headers) > 1:
        raise BadInput(
            f"{len(series.headers)} RTDOSE files in one series, as {header.name}", do="name the file of the wanted dose"
        )
    if asked.unit not in (None, Quantity.DOSE.value):
        raise BadInput(f"{header.name}: the file says Gy, the case says {asked.unit}")
    if header.text("DoseUnits").upper() != "GY":
        raise OutOfScope(f"{header.name}: a dose that is not in Gy", allowed="dose units GY")
    scaling = header.number("DoseGridScaling")
    if not scaling:
        raise BadInput(f"{header.name}: DoseGridScaling is missing or zero", do="export it again")
    array, grid, findings = stack(_planes(header, scaling))
    findings += frame_findings([header])
    return ReadImage(Image(grid, array, Quantity.DOSE), "RTDOSE", findings=tuple(findings))


def _planes(header: Header, scaling: float) -> list[Plane]:
    along_row, along_column = directions(header.require_numbers("ImageOrientationPatient", 6), header.name)
    normal = np.cross(along_row, along_column)
    first = header.require_numbers("ImagePositionPatient", 3)
    offsets = header.require_numbers("GridFrameOffsetVector", header.frames)
    if offsets[0] != 0:  # the second form of PS3.3 C.8.8.3.2: z coordinates, axial planes only
        if abs(abs(normal[2]) - 1) > 1e-4:
            raise OutOfScope(
                f"{header.name}: absolute plane coordinates on an oblique dose grid", do="export it with relative offsets"
            )
        offsets = (offsets - first[2]) * normal[2]
    reader = FrameReader(header)
    return [
        Plane(
            name=f"{header.name} frame {number + 1}",
            position=first + normal * float(offset),
            along_row=along_row,
            along_column=along_column,
            spacing_mm=pixel_spacing(header),
            shape=shape_of(header),
            slope=scaling,
            intercept=0.0,
            frame_of_reference=header.frame_of_reference,
            pixels=reader.frame(number),
        )
        for number, offset in enumerate(offsets)
    ]
