"""NIfTI in: voxels as (slice, row, column) and the affine in LPS. NIfTI itself speaks RAS."""

import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.case.result import Finding
from glisson.errors import BadInput, OutOfScope
from glisson.imaging.readout import note, warning
from glisson.voxels import Grid

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
UNIT_mm = {"mm": 1.0, "meter": 1000.0, "micron": 0.001, "unknown": 1.0}
SAME_PLACE_mm = 0.1


def read_nifti(path: Path) -> tuple[NDArray[Any], Grid, list[Finding]]:
    """Voxels, grid (no frame of reference: NIfTI has none) and findings.

    Raises:
        BadInput: damaged, colour or complex voxels, no stated orientation.
        OutOfScope: more than three dimensions.
    """
    import nibabel
    from nibabel.filebasedimages import ImageFileError
    from nibabel.spatialimages import HeaderDataError
    from nibabel.wrapstruct import WrapStructError

    damaged = (
        OSError,
        EOFError,
        ValueError,
        TypeError,
        LookupError,
        zlib.error,
        ImageFileError,
        HeaderDataError,
        WrapStructError,
    )
    try:
        image = nibabel.load(path)
        header = image.header
        sform, qform = int(header["sform_code"]), int(header["qform_code"])
        shape, affine = image.shape, np.array(image.affine, dtype=np.float64)
    except damaged:
        raise BadInput(f"{path.name} is not NIfTI, or is damaged", do="copy or export it again") from None
    if len([n for n in shape if n != 1]) > 3 or len(shape) > 7 or (len(shape) > 3 and any(n != 1 for n in shape[3:])):
        raise OutOfScope(f"{path.name} has {len(shape)} dimensions, {_times(shape)}", allowed="three", do="save one volume")
    if len(shape) < 3:
        raise OutOfScope(f"{path.name} has {len(shape)} dimensions", allowed="three", do="save the whole volume")
    if sform == 0 and qform == 0:
        raise BadInput(
            f"{path.name} does not say how it lies in the patient (sform and qform codes are 0)",
            do="save it with its affine; left and right cannot be guessed",
        )
    try:
        array = np.asanyarray(image.dataobj)
    except damaged:
        raise BadInput(f"{path.name} is cut short or damaged", do="copy or export it again") from None
    if array.dtype.kind not in "fbiu":
        raise BadInput(f"{path.name} holds colours or complex numbers", allowed="one real number per voxel")
    findings: list[Finding] = []
    factor = UNIT_mm.get(header.get_xyzt_units()[0], 1.0)
    if factor != 1.0:
        affine[:3] *= factor
        findings.append(note("image.length-unit", f"lengths in the file are not in mm; they were multiplied by {factor:g}"))
    if sform and qform:
        _compare_forms(header, shape, findings)
    lps = RAS_TO_LPS @ affine
    grid = Grid(tuple(reversed(shape[:3])), lps[:, [2, 1, 0, 3]])
    return array.reshape(shape[:3]).T, grid, findings


def _compare_forms(header: Any, shape: tuple[int, ...], findings: list[Finding]) -> None:
    """A warning where the file's two orientations differ."""
    corners = np.array([[i, j, k, 1] for i in (0, shape[0] - 1) for j in (0, shape[1] - 1) for k in (0, shape[2] - 1)])
    apart = np.abs(corners @ (header.get_sform() - header.get_qform()).T).max()
    if apart > SAME_PLACE_mm:
        text = f"the file states two orientations (sform, qform) up to {apart:.3g} mm apart; sform is used"
        findings.append(warning("image.two-orientations", text))


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(str(n) for n in shape)
