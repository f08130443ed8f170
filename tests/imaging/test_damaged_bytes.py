"""Files with random bytes changed or cut off: an image, or one GlissonError; never another exception, never a header value."""

import random
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import nrrd
import numpy as np
import pytest
from dicom_files import (
    ANTERIOR,
    FRAME,
    POSTERIOR,
    SECRET,
    circle,
    some_activity,
    write_nm,
    write_pet,
    write_planar,
    write_rtstruct,
    write_seg,
)

from glisson.errors import GlissonError
from glisson.imaging.contours import read_mask
from glisson.imaging.planar import read_planar
from glisson.imaging.read import read_image
from glisson.voxels import Grid

GRID = Grid.aligned((4, 8, 16), (3.0, 2.0, 1.0), frame_of_reference=FRAME)
ACTIVITY = some_activity(GRID.shape)
MASK = ACTIVITY > 20_000
FILES: dict[str, tuple[Callable[[Path], object], Callable[[Path], object]]] = {
    "pet/slice.dcm": (lambda path: write_pet(path.parent, ACTIVITY, GRID), lambda path: read_image(path.parent)),
    "nm.dcm": (lambda path: write_nm(path, ACTIVITY, GRID), read_image),
    "planar.dcm": (lambda path: write_planar(path, {ANTERIOR: np.eye(9), POSTERIOR: np.eye(9)}), read_planar),
    "seg.dcm": (lambda path: write_seg(path, {"a": MASK, "b": MASK}, GRID), lambda path: read_mask(path, segment="a")),
    "rt.dcm": (lambda path: write_rtstruct(path, {"x": [circle(4, z) for z in (0.0, 3.0, 6.0)]}), read_mask),
    "a.nii": (lambda path: nib.save(nib.Nifti1Image(ACTIVITY, np.eye(4)), path), lambda path: read_image(path, unit="HU")),
    "a.nii.gz": (lambda path: nib.save(nib.Nifti1Image(ACTIVITY, np.eye(4)), path), lambda path: read_image(path, unit="HU")),
    "a.nrrd": (
        lambda path: nrrd.write(
            str(path), ACTIVITY, {"space": "LPS", "space directions": np.eye(3), "space origin": np.zeros(3)}
        ),
        lambda path: read_image(path, unit="HU"),
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_damaged_bytes_give_an_image_or_one_clear_message(tmp_path: Path, name: str) -> None:
    write, read = FILES[name]
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    write(path)
    if not path.exists():
        path = next(path.parent.glob("*.dcm"))
    whole = path.read_bytes()
    read(path)
    dice = random.Random(name)
    refused = 0
    for _ in range(60):
        damaged = bytearray(whole)
        if dice.random() < 0.3:
            del damaged[dice.randrange(200, len(damaged)) :]
        for _ in range(dice.randrange(1, 6)):
            damaged[dice.randrange(132 if "dcm" in name else 0, min(len(damaged), 3000))] = dice.randrange(256)
        path.write_bytes(damaged)
        try:
            read(path)
        except GlissonError as error:
            refused += 1
            assert SECRET not in str(error)
            assert FRAME not in str(error)
            assert str(tmp_path) not in str(error)
    assert refused > 5
