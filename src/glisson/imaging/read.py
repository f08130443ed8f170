"""One door for every image: DICOM file or folder, NIfTI, NRRD."""

from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glisson.case.image_reference import ImageKind
from glisson.case.result import Finding
from glisson.errors import BadInput
from glisson.imaging.dicom_file import is_dicom, open_dicom, quiet
from glisson.imaging.readout import Asked, ReadImage, add_findings, note, warning
from glisson.voxels import Grid, Image, Quantity

if TYPE_CHECKING:
    from glisson.imaging.dicom_series import Series

MODALITIES: dict[ImageKind, tuple[str, ...]] = {
    ImageKind.CT: ("CT",),
    ImageKind.CBCT: ("CT",),
    ImageKind.MR: ("MR",),
    ImageKind.PET: ("PT",),
    ImageKind.SPECT: ("NM", "PT"),
    ImageKind.PLANAR: ("NM",),
}
"""DICOM modalities in which each kind comes; quantitative SPECT is also stored as PT."""

QUANTITIES: dict[ImageKind, tuple[Quantity, ...]] = {
    ImageKind.CT: (Quantity.HU,),
    ImageKind.CBCT: (Quantity.HU, Quantity.SIGNAL),
    ImageKind.MR: (Quantity.SIGNAL,),
    ImageKind.PET: (Quantity.ACTIVITY, Quantity.COUNTS),
    ImageKind.SPECT: (Quantity.ACTIVITY, Quantity.COUNTS),
    ImageKind.PLANAR: (Quantity.COUNTS,),
}
"""What the voxels of each kind may be."""

UNITS: dict[str, tuple[Quantity, float]] = {
    "Bq/mL": (Quantity.ACTIVITY, 1.0),
    "kBq/mL": (Quantity.ACTIVITY, 1e3),
    "MBq/mL": (Quantity.ACTIVITY, 1e6),
    "counts": (Quantity.COUNTS, 1.0),
    "HU": (Quantity.HU, 1.0),
    "Gy": (Quantity.DOSE, 1.0),
    "mGy": (Quantity.DOSE, 1e-3),
    "g/mL": (Quantity.DENSITY, 1.0),
    "kg/m3": (Quantity.DENSITY, 1e-3),
    "fraction": (Quantity.MASK, 1.0),
    "signal": (Quantity.SIGNAL, 1.0),
}
"""What a voxel value may be, and the factor to the canonical unit."""

PER_VOXEL: dict[str, float] = {"Bq": 1.0, "kBq": 1e3, "MBq": 1e6}
"""Activity per voxel; divided by the voxel volume."""

NIFTI_SUFFIXES = (".nii", ".nii.gz")
NRRD_SUFFIXES = (".nrrd", ".nhdr")
FORMATS = "a DICOM file, a folder of DICOM, NIfTI (.nii, .nii.gz), NRRD (.nrrd, .nhdr)"


def read_image(
    path: Path,
    *,
    unit: str | None = None,
    nuclide: str | None = None,
    series: int | None = None,
    kind: ImageKind | None = None,
    timezone: tzinfo | None = None,
) -> ReadImage:
    """Any image of the patient with its grid, quantity and times. Nothing is resampled, clipped or repaired.

    Args:
        path: file or folder.
        unit: what a voxel value is, where the file cannot say: a key of ``UNITS`` or ``PER_VOXEL``.
        nuclide: as the case says; a file that says another is refused.
        series: number of the series, where a folder holds several (see ``dicom_series``).
        kind: what the case takes the image for; a file of another modality is refused.
        timezone: of the clock in the file, where the file does not state one.

    Raises:
        BadInput: damaged, inconsistent, or contradicting what was asked.
        OutOfScope: an image that is no such volume.
        MissingFact: what is needed and neither the file nor the caller says.
    """
    if kind is ImageKind.PLANAR:
        raise BadInput(f"{path.name} is a planar image", do="read it with read_planar")
    if not path.exists():
        raise BadInput(f"{path.name} is not there", do="check the path in case.yaml")
    asked = Asked(unit, nuclide, timezone)
    with quiet():
        if path.is_dir() or is_dicom(path) or path.suffix.lower() == ".dcm":
            read = _read_dicom(path, asked, series, kind)
        else:
            read = _read_volume(path, asked, kind)
    return add_findings(read, *_value_findings(read.image))


def file_format(path: Path) -> str | None:
    """The format, "NIfTI" or "NRRD" by the name, "DICOM" by the content; ``None`` for anything else."""
    name = path.name.lower()
    if name.endswith(NIFTI_SUFFIXES):
        return "NIfTI"
    if name.endswith(NRRD_SUFFIXES):
        return "NRRD"
    return "DICOM" if is_dicom(path) else None


def read_voxels(path: Path) -> tuple[NDArray[Any], Grid, list[Finding]]:
    """Bare values and grid of a NIfTI or NRRD file, whose meaning the caller must know.

    Raises:
        BadInput: another format, or damaged.
    """
    kind = file_format(path)
    if kind == "NIfTI":
        from glisson.imaging.nifti import read_nifti

        return read_nifti(path)
    if kind == "NRRD":
        from glisson.imaging.nrrd_file import read_nrrd

        file = read_nrrd(path)
        if file.layers.shape[0] != 1:
            raise BadInput(f"{path.name} holds {file.layers.shape[0]} layers, not one volume", do="save one volume")
        return file.layers[0], file.grid, []
    raise BadInput(f"{path.name} is in no format that is read here", allowed=FORMATS)


def _read_volume(path: Path, asked: Asked, kind: ImageKind | None) -> ReadImage:
    array, grid, findings = read_voxels(path)
    unit = asked.unit or {ImageKind.CT: "HU", ImageKind.CBCT: "HU", ImageKind.MR: "signal"}.get(kind) if kind else asked.unit
    if unit is None:
        raise BadInput(
            f"{path.name}: the format cannot say what a voxel value is",
            allowed=", ".join([*UNITS, *PER_VOXEL]),
            do="give its unit (--unit, or 'unit' in case.yaml)",
        )
    quantity, factor = _meaning(unit, grid)
    if kind is not None and quantity not in QUANTITIES[kind]:
        raise BadInput(f"{path.name}: unit {unit} for a {kind.value} image", allowed=", ".join(q.value for q in QUANTITIES[kind]))
    nuclide = asked.nuclide if quantity in (Quantity.ACTIVITY, Quantity.COUNTS) else None
    if factor != 1.0:
        array = array.astype(np.float64) * factor
    if quantity is not Quantity.MASK:
        array = np.ascontiguousarray(array, dtype=np.float32)
    if unit in PER_VOXEL:
        text = f"{unit} per voxel was divided by the voxel volume of {grid.voxel_volume_mL:.6g} mL"
        findings.append(note("image.per-voxel", text))
    return ReadImage(Image(grid, array, quantity, nuclide), findings=tuple(findings))


def _meaning(unit: str, grid: Grid) -> tuple[Quantity, float]:
    if unit in PER_VOXEL:
        return Quantity.ACTIVITY, PER_VOXEL[unit] / grid.voxel_volume_mL
    if unit not in UNITS:
        raise BadInput(f"unit '{unit}' is not known", allowed=", ".join([*UNITS, *PER_VOXEL]))
    return UNITS[unit]


def _read_dicom(path: Path, asked: Asked, number: int | None, kind: ImageKind | None) -> ReadImage:
    from glisson.imaging.dicom_series import VOXEL_MODALITIES, Series, choose, read_folder

    modalities = MODALITIES[kind] if kind is not None else ()
    findings: list[Finding] = []
    if path.is_dir():
        folder = read_folder(path)
        chosen = choose(folder, number=number, modalities=modalities, name=path.name)
        if folder.others:
            findings.append(
                note("image.other-files", f"{len(folder.others)} files in the folder are not DICOM and were left out")
            )
    else:
        header = open_dicom(path, pixels=False)
        modality = header.modality
        if modality not in (modalities or VOXEL_MODALITIES):
            what = f"the case takes it for {kind.value}" if kind is not None else "it holds no voxels of an image"
            raise BadInput(
                f"{path.name} has modality {_word(modality)}; {what}", allowed=" or ".join(modalities or VOXEL_MODALITIES)
            )
        chosen = Series(1, modality, (header,))
    return add_findings(_reader(chosen.modality)(chosen, asked), *findings)


def read_series(series: "Series", asked: Asked) -> ReadImage:
    """One DICOM series whose files are known already.

    Raises:
        BadInput, OutOfScope, MissingFact: as ``read_image``.
    """
    read = _reader(series.modality)(series, asked)
    return add_findings(read, *_value_findings(read.image))


def _word(modality: str) -> str:
    return modality if modality.isalpha() and len(modality) <= 16 else "unknown"


def _reader(modality: str) -> Callable[[Any, Asked], ReadImage]:
    if modality == "PT":
        from glisson.imaging.dicom_pet import read_pet

        return read_pet
    if modality == "NM":
        from glisson.imaging.dicom_nm import read_nm

        return read_nm
    if modality == "RTDOSE":
        from glisson.imaging.dicom_dose import read_dose

        return read_dose
    from glisson.imaging.dicom_ct import read_ct

    return read_ct


def _value_findings(image: Image) -> list[Finding]:
    """Warnings on values that cannot be true, which are kept."""
    if image.quantity not in (Quantity.ACTIVITY, Quantity.COUNTS, Quantity.DENSITY, Quantity.DOSE):
        return []
    negative = int(np.count_nonzero(image.array < 0))
    if not negative:
        return []
    text = f"{negative} voxels are negative (down to {float(image.array.min()):.4g} {image.quantity.value}); kept as they are"
    return [warning("image.negative", text)]
