"""A rigid transform: a rotation and a shift from one frame of reference into another, and its small file.

Applying it changes where an image lies, never its voxels: the rotation and shift go into the grid's affine, and bringing the
voxels onto another grid stays with ``glisson.voxels.resample``.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.case import Finding
from glisson.errors import BadInput, GridMismatch
from glisson.voxels import Grid, Image
from glisson.whole_file import write_whole

FILE_FORMAT = "glisson rigid transform 1"


@dataclass(frozen=True, eq=False)
class RigidTransform:
    """A rotation and a shift from one frame of reference into another.

    Attributes:
        matrix: 4 x 4; maps (x, y, z, 1) in mm (LPS) in ``from_frame`` to mm in ``to_frame``.
        from_frame: frame of reference of the image that was moved; ``None`` when it states none.
        to_frame: frame of reference it was moved into.
        metric: name of what was compared; ``None`` when not from a registration.
        metric_before: its value at the start, all voxels sampled alike (lower is better).
        metric_after: its value at the end.
        overlap_fraction: share of the fixed grid that the moved image covers, 0 to 1.
        iterations: optimiser steps at each resolution level.
        settings: seed, threads, start and the like.
        findings: what a person must look at.

    Raises:
        BadInput: the matrix is not a rotation with a shift.
    """

    matrix: NDArray[np.float64]
    from_frame: str | None
    to_frame: str | None
    metric: str | None = None
    metric_before: float | None = None
    metric_after: float | None = None
    overlap_fraction: float | None = None
    iterations: tuple[int, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, dtype=np.float64)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or not np.array_equal(matrix[3], [0, 0, 0, 1]):
            raise BadInput("a rigid transform that is not a finite 4 x 4 matrix with last row 0 0 0 1")
        rotation = matrix[:3, :3]
        if np.abs(rotation.T @ rotation - np.eye(3)).max() > 1e-6 or np.linalg.det(rotation) < 0:
            raise BadInput("the matrix scales, shears or mirrors", allowed="a rotation and a shift")
        matrix.flags.writeable = False
        object.__setattr__(self, "matrix", matrix)

    @property
    def angle_degrees(self) -> float:
        """Angle of the rotation about its own axis, 0 to 180."""
        cosine = (float(np.trace(self.matrix[:3, :3])) - 1) / 2
        return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))

    def shift_mm(self, at_mm: Sequence[float]) -> float:
        """Distance by which the point ``at_mm`` (x, y, z) is moved."""
        point = np.array([*at_mm, 1.0])
        return float(np.linalg.norm((self.matrix @ point - point)[:3]))

    def inverse(self) -> "RigidTransform":
        """The way back; the figures of the registration stay with it."""
        return replace(self, matrix=_inverse(self.matrix), from_frame=self.to_frame, to_frame=self.from_frame)


def apply(image: Image, transform: RigidTransform) -> Image:
    """The same voxels, lying where the transform puts them, in its ``to_frame``; nothing is resampled.

    Raises:
        GridMismatch: the image does not lie in the frame the transform starts from.
    """
    if image.grid.frame_of_reference != transform.from_frame:
        raise GridMismatch(["the image does not lie in the frame of reference that the transform starts from"])
    grid = Grid(image.grid.shape, transform.matrix @ image.grid.affine, transform.to_frame)
    return replace(image, grid=grid)


def write_transform(transform: RigidTransform, path: Path) -> Path:
    """Write a transform as JSON; the same transform gives the same bytes."""
    content = asdict(transform) | {
        "format": FILE_FORMAT,
        "matrix": transform.matrix.tolist(),
        "iterations": list(transform.iterations),
        "findings": [finding.model_dump(mode="json") for finding in transform.findings],
    }
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    return write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def read_transform(path: Path) -> RigidTransform:
    """Read what ``write_transform`` wrote.

    Raises:
        BadInput: no such file, not this format, unknown keys, or not a rigid matrix.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"no file {path.name}") from None
    except (ValueError, OSError):
        raise BadInput(f"{path.name} is not a transform file", allowed=f"JSON in the format '{FILE_FORMAT}'") from None
    if not isinstance(content, dict) or content.pop("format", None) != FILE_FORMAT:
        raise BadInput(f"{path.name} is not a transform file", allowed=f"JSON in the format '{FILE_FORMAT}'")
    try:
        content["iterations"] = tuple(content.get("iterations", ()))
        content["findings"] = tuple(Finding.model_validate(one) for one in content.get("findings", ()))
        return RigidTransform(**content)
    except (TypeError, ValueError):
        raise BadInput(f"{path.name} has keys or values that a rigid transform does not have") from None


def _inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    turned = np.eye(4)
    turned[:3, :3] = matrix[:3, :3].T
    turned[:3, 3] = -matrix[:3, :3].T @ matrix[:3, 3]
    return turned
