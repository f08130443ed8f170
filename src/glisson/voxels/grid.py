"""Where voxels are: a grid in the patient's coordinates (mm, LPS) and its frame of reference."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glisson.errors import BadInput, GridMismatch

Float = NDArray[np.float64]

CORNER_TOLERANCE_mm = 0.01
"""Two grids are one when no corner voxel lies further apart than this (a tenth of the DICOM grid's usual rounding)."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A regular grid of voxels.

    Attributes:
        shape: voxels along (slice, row, column).
        affine: 4 x 4; maps (slice, row, column, 1) of a voxel **centre** to (x, y, z, 1) in mm, LPS
            (x to the patient's left, y to the back, z to the head).
        frame_of_reference: DICOM frame of reference UID or a name given in case.yaml; ``None`` when the file says nothing.

    Raises:
        BadInput: shape not three positive integers, or an affine that is not finite or is singular.
    """

    shape: tuple[int, int, int]
    affine: Float
    frame_of_reference: str | None = None
    _inverse: Float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.shape) != 3 or any(int(n) != n or n < 1 for n in self.shape):
            raise BadInput(f"grid shape {self.shape}", allowed="three positive whole numbers (slices, rows, columns)")
        affine = np.array(self.affine, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all() or not np.array_equal(affine[3], [0, 0, 0, 1]):
            raise BadInput("the grid's affine is not a finite 4 x 4 matrix with last row 0 0 0 1")
        if abs(np.linalg.det(affine[:3, :3])) < 1e-12:
            raise BadInput("the grid's affine is singular: two voxel axes point the same way, or a spacing is zero")
        affine.flags.writeable = False
        inverse = np.linalg.inv(affine)
        inverse.flags.writeable = False
        object.__setattr__(self, "shape", tuple(int(n) for n in self.shape))
        object.__setattr__(self, "affine", affine)
        object.__setattr__(self, "_inverse", inverse)

    @classmethod
    def aligned(
        cls,
        shape: tuple[int, int, int],
        spacing_mm: tuple[float, float, float],
        origin_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
        frame_of_reference: str | None = None,
    ) -> "Grid":
        """A grid along the patient's axes: slices along +z, rows along +y, columns along +x.

        Args:
            shape: (slice, row, column).
            spacing_mm: (slice, row, column).
            origin_mm: (x, y, z) of the centre of voxel (0, 0, 0).
            frame_of_reference: as in the class.

        >>> Grid.aligned((2, 3, 4), (5.0, 1.0, 1.0)).voxel_volume_mL
        0.005
        """
        affine = np.eye(4)
        affine[:3, :3] = 0.0
        affine[2, 0], affine[1, 1], affine[0, 2] = spacing_mm
        affine[:3, 3] = origin_mm
        return cls(shape, affine, frame_of_reference)

    @property
    def inverse(self) -> Float:
        """4 x 4; maps (x, y, z, 1) in mm to (slice, row, column, 1)."""
        return self._inverse

    @cached_property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between voxel centres along (slice, row, column), always positive."""
        s, r, c = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(s), float(r), float(c)

    @cached_property
    def directions(self) -> Float:
        """3 x 3; column k is the unit vector of axis k (slice, row, column) in LPS."""
        unit: Float = self.affine[:3, :3] / np.asarray(self.spacing_mm)
        return unit

    @property
    def voxel_volume_mL(self) -> float:
        """Volume of one voxel (parallelepiped), mL."""
        return float(round(abs(np.linalg.det(self.affine[:3, :3])) / 1000.0, 15))

    @property
    def voxels(self) -> int:
        """Number of voxels."""
        return int(np.prod(self.shape))

    @property
    def is_orthogonal(self) -> bool:
        """True when the three axes are at right angles to within 0.1 mrad (no shear, no gantry tilt)."""
        gram = self.directions.T @ self.directions
        return bool(np.abs(gram - np.eye(3)).max() < 1e-4)

    def to_world(self, index: ArrayLike) -> Float:
        """(..., 3) indices (slice, row, column) to (..., 3) mm (x, y, z)."""
        world: Float = np.asarray(index, dtype=np.float64) @ self.affine[:3, :3].T + self.affine[:3, 3]
        return world

    def to_index(self, world_mm: ArrayLike) -> Float:
        """(..., 3) mm (x, y, z) to (..., 3) fractional indices (slice, row, column)."""
        index: Float = np.asarray(world_mm, dtype=np.float64) @ self._inverse[:3, :3].T + self._inverse[:3, 3]
        return index

    def crop(self, box: tuple[slice, slice, slice]) -> "Grid":
        """The grid of the voxels inside ``box`` (slices with start and stop, step 1)."""
        start = [s.indices(n)[0] for s, n in zip(box, self.shape, strict=True)]
        stop = [s.indices(n)[1] for s, n in zip(box, self.shape, strict=True)]
        affine = self.affine.copy()
        affine[:3, 3] = self.to_world(start)
        shape = (stop[0] - start[0], stop[1] - start[1], stop[2] - start[2])
        return Grid(shape, affine, self.frame_of_reference)

    def in_frame(self, frame_of_reference: str | None) -> "Grid":
        """The same grid, said to lie in another frame of reference (a statement by a person or a registration)."""
        return Grid(self.shape, self.affine, frame_of_reference)

    def differences(self, other: "Grid") -> list[str]:
        """Every way in which ``other`` is not this grid, in words; empty when they are one."""
        found: list[str] = []
        if self.shape != other.shape:
            found.append(f"shape {self.shape} against {other.shape}")
        if self.frame_of_reference != other.frame_of_reference:
            found.append(frame_difference(self, other))
        last = np.array(self.shape) - 1
        corners = np.array([[i, j, k] for i in (0, last[0]) for j in (0, last[1]) for k in (0, last[2])])
        apart = np.linalg.norm(self.to_world(corners) - other.to_world(corners), axis=1).max()
        if apart > CORNER_TOLERANCE_mm:
            found.append(
                f"affine: spacing {_mm(self.spacing_mm)} against {_mm(other.spacing_mm)}, "
                f"origin {_mm(self.affine[:3, 3])} against {_mm(other.affine[:3, 3])}, corners up to {apart:.3g} mm apart"
            )
        return found

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Grid)
            and self.shape == other.shape
            and self.frame_of_reference == other.frame_of_reference
            and bool(np.array_equal(self.affine, other.affine))
        )

    def __hash__(self) -> int:
        return hash((self.shape, self.affine.tobytes(), self.frame_of_reference))


def frame_difference(a: Grid, b: Grid) -> str:
    """Words for two frames that differ, without printing the UIDs."""
    if a.frame_of_reference is None or b.frame_of_reference is None:
        return "frame of reference: one image states none"
    return "frame of reference: two different ones"


def require_same_frame(a: Grid, b: Grid) -> None:
    """Refuse two grids whose frames of reference differ.

    Raises:
        GridMismatch: the frames differ, or only one is stated.
    """
    if a.frame_of_reference != b.frame_of_reference:
        raise GridMismatch([frame_difference(a, b)])


def _mm(values: ArrayLike) -> str:
    return "(" + ", ".join(f"{v:.4g}" for v in np.asarray(values, dtype=float)) + ") mm"
