"""NRRD out: LPS millimetres, the unit in a key of its own."""

from pathlib import Path

import numpy as np

from glisson import __version__
from glisson.errors import BadInput
from glisson.voxels import Image
from glisson.whole_file import write_whole


def write_nrrd(image: Image, path: Path) -> Path:
    """Write ``image`` as NRRD (float32, gzip; boolean masks as bytes) and return the path.

    The key "unit" holds what a value is. The frame of reference has no place in NRRD and must be named again in case.yaml.

    Raises:
        BadInput: the name does not end in .nrrd, or the file cannot be written.
    """
    import nrrd

    path = Path(path)
    if not path.name.endswith(".nrrd"):
        raise BadInput(f"{path.name} is not an NRRD name", allowed="a name that ends in .nrrd")
    array = image.array.astype(np.uint8 if image.array.dtype == np.bool_ else np.float32).transpose(2, 1, 0)
    header = {
        "space": "left-posterior-superior",
        "space directions": image.grid.affine[:3, [2, 1, 0]].T,
        "space origin": image.grid.affine[:3, 3],
        "kinds": ["domain"] * 3,
        "encoding": "gzip",
        "unit": image.quantity.value,
        "made by": f"glisson {__version__}",
    }
    return write_whole(path, lambda temporary: nrrd.write(str(temporary), array, header, compression_level=6))
