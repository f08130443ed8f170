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
UNIT_mm = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
"""Codes of NIfTI's xyzt_units for lengths: not stated, metre, millimetre, micrometre."""
SAME_PLACE_mm = 0.1
DAMAGED = (OSError, EOFError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError, zlib.error)


def read_nifti(path: Path) -> tuple[NDArray[Any], Grid, list[Finding]]:
    """Voxels, grid (no frame of reference: NIfTI has none) and findings.

    Raises:
        BadInput: damaged, colour or complex voxels, no stated orientation.
        OutOfScope: not three dimensions.
    """
    image = _opened(path)
    header, shape = image.header, tuple(int(n) for n in image.shape)
    if len(shape) < 3 or any(n != 1 for n in shape[3:]):
        raise OutOfScope(f"{path.name} has {len(shape)} dimensions, {_times(shape)}", allowed="three", do="save one whole volume")
    _require_orientation(path, header)
    try:
        array = np.asanyarray(image.dataobj)
    except _damaged():
        raise BadInput(f"{path.name} is cut short or damaged", do="copy or export it again") from None
    if array.dtype.kind not in "fbiu":
        raise BadInput(f"{path.name} holds colours or complex numbers", allowed="one real number per voxel")
    findings: list[Finding] = []
    factor = _length_factor(path, header)
    affine = np.array(image.affine, dtype=np.float64)
    if factor != 1.0:
        affine[:3] *= factor
        findings.append(note("image.length-unit", f"lengths in the file are not in mm; they were multiplied by {factor:g}"))
    if header["sform_code"] and header["qform_code"]:
        _compare_forms(header, shape, findings)
    lps = RAS_TO_LPS @ affine
    grid = Grid((shape[2], shape[1], shape[0]), lps[:, [2, 1, 0, 3]])
    return array.reshape(shape[:3]).T, grid, findings


def _damaged() -> tuple[type[BaseException], ...]:
    from nibabel.filebasedimages import ImageFileError
    from nibabel.spatialimages import HeaderDataError
    from nibabel.wrapstruct import WrapStructError

    return (*DAMAGED, ImageFileError, HeaderDataError, WrapStructError)


def _opened(path: Path) -> Any:
    """The file with its header read.

    Raises:
        BadInput: not NIfTI, or damaged.
    """
    import nibabel

    try:
        image: Any = nibabel.load(path)
        _ = image.shape, image.affine, int(image.header["sform_code"])
    except _damaged():
        raise BadInput(f"{path.name} is not NIfTI, or is damaged", do="copy or export it again") from None
    return image


def _require_orientation(path: Path, header: Any) -> None:
    if not header["sform_code"] and not header["qform_code"]:
        raise BadInput(
            f"{path.name} does not say how it lies in the patient (sform and qform codes are 0)",
            do="save it with its affine; left and right cannot be guessed",
        )
    if not header["sform_code"] and not _stated_spacing(path, header).min() > 0:
        raise BadInput(f"{path.name} states a distance of zero or less between voxels", do="save it with its spacing")


def _length_factor(path: Path, header: Any) -> float:
    """From the file's unit of length to mm; what is not stated is mm by custom."""
    code = int(header["xyzt_units"]) & 7
    if code not in UNIT_mm:
        raise BadInput(f"{path.name} measures lengths in a unit that NIfTI does not know", allowed="mm, metre, micrometre")
    return UNIT_mm[code]


def _stated_spacing(path: Path, header: Any) -> NDArray[np.float64]:
    """Spacing as written in the file, before the library repairs zeros and signs in silence."""
    from nibabel.openers import Opener

    with Opener(str(path)) as file:
        raw = type(header).from_fileobj(file, check=False)
    return np.asarray(raw["pixdim"][1:4], dtype=np.float64)


def _compare_forms(header: Any, shape: tuple[int, ...], findings: list[Finding]) -> None:
    """A warning where the file's two orientations differ."""
    corners = np.array([[i, j, k, 1] for i in (0, shape[0] - 1) for j in (0, shape[1] - 1) for k in (0, shape[2] - 1)])
    apart = np.abs(corners @ (header.get_sform() - header.get_qform()).T).max()
    if apart > SAME_PLACE_mm:
        text = f"the file states two orientations (sform, qform) up to {apart:.3g} mm apart; sform is used"
        findings.append(warning("image.two-orientations", text))


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(str(n) for n in shape)
