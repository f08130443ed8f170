"""A scan on a case: where its file is, what kind it is and what it was made for."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from glisson.case.base import Entry, Identifier, Instant


class ImageKind(StrEnum):
    """How the image was made."""

    CT = "CT"
    CBCT = "CBCT"
    MR = "MR"
    PET = "PET"
    SPECT = "SPECT"
    PLANAR = "planar"


class Purpose(StrEnum):
    """What the image is used for on this case."""

    MAPPING = "mapping"
    """activity of the test injection, from which the plan is made"""
    VERIFICATION = "verification"
    """activity of the treatment, from which the absorbed dose is computed"""
    ANATOMY = "anatomy"
    LUNG_SHUNT = "lung-shunt"
    FOLLOW_UP = "follow-up"


class ImageReference(Entry):
    """A reference to voxels.

    Attributes:
        file: path inside the case folder: a NIfTI or NRRD file, a DICOM file, or a folder of one DICOM series.
        series: DICOM series number within that folder (1, 2, …, in the order of ``glisson case new``), where it holds several.
        unit: what a voxel value is where the file cannot say: "Bq/mL", "Bq", "counts", "HU".
        nuclide: as "Y-90"; overrides nothing: a file that says another nuclide is refused.
        acquired_at: start of the acquisition.
        activity_at: the instant to which the stored activity is decay-corrected; the start of the acquisition if absent.
        frame_of_reference: name of the patient's coordinate system where the file states none. Images with one name are
            said, by the person who wrote it, to be aligned.
        registration: file of a rigid transform that takes this image into that frame.
        resolution_fwhm_mm: spatial resolution, full width at half maximum, from the centre's own measurement.
        voxel_noise_fraction: standard deviation over mean of one voxel in a uniform region.
        calibration_fraction: relative standard uncertainty of its calibration.
            The last three enter the uncertainty of the dose; what is absent is reported as not included.
    """

    id: Identifier
    file: str
    kind: ImageKind
    purpose: Purpose
    series: int | None = None
    unit: str | None = None
    nuclide: str | None = None
    acquired_at: Instant | None = None
    activity_at: Instant | None = None
    frame_of_reference: str | None = None
    registration: str | None = None
    resolution_fwhm_mm: Annotated[float, Field(gt=0, le=50)] | None = None
    voxel_noise_fraction: Annotated[float, Field(ge=0, le=10)] | None = None
    calibration_fraction: Annotated[float, Field(ge=0, le=1)] | None = None
