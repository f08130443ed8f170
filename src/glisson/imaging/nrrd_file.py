"""NRRD in: voxels as (slice, row, column), the affine in LPS, and the header for those who need its segments."""

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.errors import BadInput, OutOfScope
from glisson.voxels import Grid

TO_LPS = {
    "left-posterior-superior": (1.0, 1.0, 1.0),
    "lps": (1.0, 1.0, 1.0),
    "right-anterior-superior": (-1.0, -1.0, 1.0),
    "ras": (-1.0, -1.0, 1.0),
    "left-anterior-superior": (1.0, -1.0, 1.0),
    "las": (1.0, -1.0, 1.0),
}
"""Spaces that NRRD defines by the patient's axes, and the signs that take them to LPS."""


@dataclass(frozen=True, eq=False)
class NrrdFile:
    """An NRRD file.

    Attributes:
        layers: shape (layers, slice, row, column); one layer for a plain volume.
        grid: where the voxels are (no frame of reference: NRRD has none).
        header: its fields.
    """

    layers: NDArray[Any]
    grid: Grid
    header: dict[str, Any]


def read_nrrd_header(path: Path) -> dict[str, Any]:
    """The fields of the header.

    Raises:
        BadInput: not NRRD, or damaged.
    """
    import nrrd

    try:
        return dict(nrrd.read_header(str(path)))
    except _damaged(nrrd):
        raise BadInput(f"{path.name} is not NRRD, or is damaged", do="copy or export it again") from None


def read_nrrd(path: Path) -> NrrdFile:
    """A volume, or several layers of one.

    Raises:
        BadInput: damaged, data file missing, no stated space, lengths not in mm.
        OutOfScope: not three-dimensional.
    """
    import nrrd

    header = read_nrrd_header(path)
    grid, layered = _grid(header, path.name)
    try:
        array, _ = nrrd.read(str(path))
    except _damaged(nrrd):
        raise BadInput(
            f"{path.name} is cut short or damaged, or its data file is not beside it", do="copy or export it again"
        ) from None
    if array.dtype.kind not in "fbiu":
        raise BadInput(f"{path.name} holds no plain numbers", allowed="one real number per voxel")
    layers = array.T if not layered else np.moveaxis(array, 0, -1).T
    return NrrdFile(layers if layered else layers[None], grid, header)


def _damaged(nrrd: Any) -> tuple[type[BaseException], ...]:
    return (nrrd.NRRDError, OSError, EOFError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError, zlib.error)


def _grid(header: dict[str, Any], name: str) -> tuple[Grid, bool]:
    """The grid, and whether the first axis is a list of layers."""
    space = str(header.get("space", "")).lower()
    directions, origin, sizes = header.get("space directions"), header.get("space origin"), np.asarray(header.get("sizes", []))
    if space not in TO_LPS or directions is None or origin is None:
        raise BadInput(
            f"{name} does not say how it lies in the patient (space, space directions, space origin)",
            allowed="a space of the patient's axes: left-posterior-superior, right-anterior-superior, left-anterior-superior",
            do="save it with its geometry; left and right cannot be guessed",
        )
    if any(str(unit).strip('"') not in ("mm", "") for unit in header.get("space units", [])):
        raise BadInput(f"{name} measures lengths in another unit than mm", do="save it in mm")
    vectors, start = _vectors(directions, origin, name)
    spatial = [axis for axis, row in enumerate(vectors) if np.isfinite(row).all()]
    lists = [axis for axis in range(len(vectors)) if axis not in spatial]
    if len(spatial) != 3 or any(axis != 0 for axis in lists) or len(vectors) != sizes.size:
        raise OutOfScope(
            f"{name} has {len(spatial)} spatial dimensions and {len(lists)} others",
            allowed="three spatial ones, and layers on the first axis",
            do="save one volume",
        )
    signs = np.array(TO_LPS[space])
    affine = np.eye(4)
    affine[:3, :3] = (vectors[spatial] * signs)[::-1].T
    affine[:3, 3] = start * signs
    shape = tuple(int(sizes[axis]) for axis in reversed(spatial))
    return Grid((shape[0], shape[1], shape[2]), affine), bool(lists)


def _vectors(directions: Any, origin: Any, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One vector per axis (NaN for a list of layers), and the origin."""
    try:
        vectors = np.array([[np.nan] * 3 if row is None else row for row in directions], dtype=np.float64)
        start = np.asarray(origin, dtype=np.float64)
    except (ValueError, TypeError):
        vectors, start = np.empty((0, 0)), np.empty(0)
    if vectors.ndim != 2 or vectors.shape[1] != 3 or start.shape != (3,):
        raise BadInput(f"{name}: its space directions or origin are not vectors of three numbers", do="save it again")
    return vectors, start
