"""Where voxels are: affine, crop, frames and the words for every difference."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from glisson.errors import BadInput, GridMismatch
from glisson.voxels import Grid, require_same_frame
from glisson.voxels.grid import CORNER_TOLERANCE_mm

GRID = Grid.aligned((4, 5, 6), (3.0, 2.0, 1.5), (-10.0, 20.0, 30.0), "1.2.3")


def turned(angles: tuple[float, float, float], spacing: tuple[float, float, float] = (3.0, 2.0, 1.5)) -> Grid:
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", angles).as_matrix() @ np.diag(spacing)[:, ::-1].T
    affine[:3, 3] = (5.0, -6.0, 7.0)
    return Grid((4, 5, 6), affine)


angles = st.tuples(*[st.floats(-3, 3)] * 3)


@given(angles)
def test_world_of_an_index_against_simpleitk(angle: tuple[float, float, float]) -> None:
    grid = turned(angle)
    image = sitk.Image(list(grid.shape[::-1]), sitk.sitkUInt8)
    image.SetSpacing(grid.spacing_mm[::-1])
    image.SetDirection(grid.directions[:, ::-1].ravel().tolist())
    image.SetOrigin(grid.affine[:3, 3].tolist())
    np.testing.assert_allclose(grid.to_world((1, 2, 3)), image.TransformIndexToPhysicalPoint((3, 2, 1)), atol=1e-9)
    assert grid.is_orthogonal


@given(angles, st.tuples(*[st.floats(-50, 50)] * 3))
def test_index_undoes_world(angle: tuple[float, float, float], point: tuple[float, float, float]) -> None:
    grid = turned(angle)
    np.testing.assert_allclose(grid.to_world(grid.to_index(point)), point, atol=1e-9)


@given(angles)
def test_volume_and_spacing_do_not_depend_on_direction(angle: tuple[float, float, float]) -> None:
    grid = turned(angle)
    np.testing.assert_allclose(grid.spacing_mm, (3.0, 2.0, 1.5))
    assert grid.voxel_volume_mL == pytest.approx(0.009)


def test_crop_keeps_voxels_in_their_place() -> None:
    part = GRID.crop((slice(1, 3), slice(2, 5), slice(0, 4)))
    assert part.shape == (2, 3, 4)
    np.testing.assert_allclose(part.to_world((0, 0, 0)), GRID.to_world((1, 2, 0)))
    np.testing.assert_allclose(part.to_world((1, 2, 3)), GRID.to_world((2, 4, 3)))
    assert part.frame_of_reference == "1.2.3"


def test_shear_is_not_orthogonal() -> None:
    affine = GRID.affine.copy()
    affine[1, 0] = 0.5
    assert not Grid(GRID.shape, affine).is_orthogonal
    assert Grid(GRID.shape, affine).voxel_volume_mL == GRID.voxel_volume_mL


def moved(mm: float) -> Grid:
    affine = GRID.affine.copy()
    affine[0, 3] += mm
    return Grid(GRID.shape, affine, "1.2.3")


DIFFERENT = {
    "shape": (Grid((*GRID.shape[:2], 7), GRID.affine, "1.2.3"), "shape (4, 5, 6) against (4, 5, 7)"),
    "frame": (GRID.in_frame("1.2.4"), "frame of reference: two different ones"),
    "no frame": (GRID.in_frame(None), "frame of reference: one image states none"),
    "origin": (moved(2 * CORNER_TOLERANCE_mm), "affine"),
    "spacing": (Grid.aligned((4, 5, 6), (3.0, 2.0, 1.51), (-10.0, 20.0, 30.0), "1.2.3"), "affine"),
    "flipped": (Grid(GRID.shape, GRID.affine @ np.diag([-1.0, 1, 1, 1]), "1.2.3"), "affine"),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_every_difference_is_named(name: str) -> None:
    other, words = DIFFERENT[name]
    differences = GRID.differences(other)
    assert len(differences) == 1
    assert any(words in difference for difference in differences)
    assert not any(uid in "".join(differences) for uid in ("1.2.3", "1.2.4")), "UIDs are never printed"
    assert other != GRID


def test_two_differences_are_both_named() -> None:
    assert len(GRID.differences(moved(5.0).in_frame("other"))) == 2


def test_rounding_of_the_file_is_no_difference() -> None:
    assert GRID.differences(moved(0.5 * CORNER_TOLERANCE_mm)) == []


def test_frames_are_one_or_refused() -> None:
    require_same_frame(GRID, moved(100.0))
    require_same_frame(GRID.in_frame(None), GRID.in_frame(None))
    for other in ("1.2.4", None):
        with pytest.raises(GridMismatch, match="frame of reference") as error:
            require_same_frame(GRID, GRID.in_frame(other))
        assert "1.2.3" not in str(error.value)
        with pytest.raises(GridMismatch, match="frame of reference"):
            require_same_frame(GRID.in_frame(other), GRID)


@pytest.mark.parametrize(
    ("shape", "affine", "words"),
    [
        ((0, 2, 2), np.eye(4), "three positive whole numbers"),
        ((2, 2), np.eye(4), "three positive whole numbers"),
        ((2.5, 2, 2), np.eye(4), "three positive whole numbers"),
        ((2, 2, 2), np.diag([1.0, 0, 1, 1]), "singular"),
        ((2, 2, 2), np.diag([1.0, np.nan, 1, 1]), "finite"),
        ((2, 2, 2), np.eye(3), "4 x 4"),
        ((2, 2, 2), np.diag([1.0, 1, 1, 2]), "last row"),
    ],
)
def test_impossible_grids_are_refused(shape: tuple[int, ...], affine: np.ndarray, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Grid(shape, affine)  # type: ignore[arg-type]


def test_a_grid_cannot_be_edited() -> None:
    with pytest.raises(ValueError, match="read-only"):
        GRID.affine[0, 0] = 5.0


@pytest.mark.parametrize(("shear", "right"), [(5e-5, True), (2e-4, False), (0.05, False)])
def test_right_angles_to_a_tenth_of_a_milliradian(shear: float, right: bool) -> None:
    affine = np.eye(4)
    affine[1, 0] = shear
    assert Grid((2, 2, 2), affine).is_orthogonal is right
