"""NIfTI out: the image in RAS millimetres, its unit in the header's description."""

from pathlib import Path

import numpy as np

from glisson import __version__
from glisson.errors import BadInput
from glisson.voxels import Image
from glisson.whole_file import write_whole

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def write_nifti(image: Image, path: Path) -> Path:
    """Write ``image`` as NIfTI-1 (float32, mm, RAS; boolean masks as bytes) and return the path.

    The description reads as "Gy Y-90 glisson 0.1.0". The affine is stored as sform, and as qform where the grid has right
    angles. The header holds its numbers as float32: a coordinate returns to within 6e-8 of its size. The frame of reference
    has no place in NIfTI and must be named again in case.yaml.

    Raises:
        BadInput: the name does not end in .nii or .nii.gz, the file cannot be written, or values beyond float32.
    """
    import nibabel

    path = Path(path)
    if not path.name.endswith((".nii", ".nii.gz")):
        raise BadInput(f"{path.name} is not a NIfTI name", allowed="a name that ends in .nii or .nii.gz")
    if image.array.dtype == np.bool_:
        array = image.array.astype(np.uint8)
    else:
        with np.errstate(over="ignore"):  # what does not fit is refused below
            array = image.array.astype(np.float32)
        if not np.isfinite(array).all():
            raise BadInput("values too large for a float32 image")
    to_ras = LPS_TO_RAS @ image.grid.affine[:, [2, 1, 0, 3]]
    nifti = nibabel.Nifti1Image(array.transpose(2, 1, 0), to_ras)
    nifti.set_sform(to_ras, code="scanner")
    if image.grid.is_orthogonal:
        nifti.set_qform(to_ras, code="scanner")
    else:
        nifti.set_qform(None, code="unknown")
    nifti.header.set_xyzt_units(xyz="mm")
    words = [image.quantity.value, image.nuclide or "", "glisson", __version__]
    nifti.header["descrip"] = " ".join(word for word in words if word).encode("ascii", "replace")[:79]
    return write_whole(path, lambda temporary: nibabel.save(nifti, temporary))
