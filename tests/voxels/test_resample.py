"""From grid to grid: totals are kept, coverage is exact, and interpolation agrees with SimpleITK."""

import itertools

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from glisson.errors import BadInput, GridMismatch
from glisson.voxels import Grid, Image, Quantity
from glisson.voxels.resample import conserve, covered_fraction, linear, nearest

SHAPE = (7, 8, 9)
FRAME = "1.2.3"


def grid_with(matrix: np.ndarray, shape: tuple[int, int, int], centre: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Grid:
    """A grid whose middle lies at ``centre``."""
    affine = np.eye(4)
    affine[:3, :3] = matrix
    affine[:3, 3] = np.array(centre) - matrix @ ((np.array(shape) - 1) / 2)
    return Grid(shape, affine, FRAME)


SOURCE = grid_with(np.diag([3.0, 2.0, 1.5])[::-1].T, SHAPE)
AXIS_ORDERS = list(itertools.permutations(range(3)))


def activity(seed: int = 0, grid: Grid = SOURCE) -> Image:
    return Image(grid, np.random.default_rng(seed).random(grid.shape).astype(np.float32) * 1e6, Quantity.ACTIVITY, "Y-90")


def mask(seed: int = 0) -> Image:
    return Image(SOURCE, np.random.default_rng(seed).random(SHAPE) > 0.6, Quantity.MASK)


def permuted(order: tuple[int, ...], signs: tuple[int, ...], spacing: tuple[float, ...], shift: tuple[float, ...]) -> Grid:
    """A big grid along the same lines, flipped and in another order, that holds the whole source."""
    matrix = np.eye(3)[list(order)].T * signs * np.array(spacing)
    shape = tuple(int(60 / s) + 3 for s in spacing)
    return grid_with(matrix, shape, shift)  # type: ignore[arg-type]


grids_along = st.builds(
    permuted,
    st.sampled_from(AXIS_ORDERS),
    st.tuples(*[st.sampled_from([-1, 1])] * 3),
    st.tuples(*[st.floats(0.9, 7.0)] * 3),
    st.tuples(*[st.floats(-3.0, 3.0)] * 3),
)


def turned(angles: tuple[float, float, float], spacing: tuple[float, float, float]) -> Grid:
    shape = tuple(int(60 / s) + 3 for s in spacing)
    return grid_with(Rotation.from_euler("xyz", angles).as_matrix() @ np.diag(spacing), shape)  # type: ignore[arg-type]


oblique_grids = st.builds(turned, st.tuples(*[st.floats(0.1, 1.2)] * 3), st.tuples(*[st.floats(2.0, 6.0)] * 3))


@settings(max_examples=40, deadline=None)
@given(grids_along, st.integers(0, 9))
def test_conserve_keeps_total_and_centre_on_flipped_and_permuted_grids(grid: Grid, seed: int) -> None:
    image = activity(seed)
    moved = conserve(image, grid)
    assert moved.image.total == pytest.approx(image.total, rel=1e-5)
    assert moved.lost_fraction == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_allclose(centre_of_mass(moved.image), centre_of_mass(image), atol=0.5)
    assert moved.image.array.min() >= 0


@settings(max_examples=10, deadline=None)
@given(oblique_grids, st.integers(0, 9))
def test_conserve_keeps_total_and_centre_on_oblique_grids(grid: Grid, seed: int) -> None:
    image = activity(seed)
    moved = conserve(image, grid)
    assert moved.image.total == pytest.approx(image.total, rel=1e-5)
    assert moved.lost_fraction == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_allclose(centre_of_mass(moved.image), centre_of_mass(image), atol=0.5)


def centre_of_mass(image: Image) -> np.ndarray:
    where = image.grid.to_world(np.argwhere(np.ones(image.grid.shape, dtype=bool)))
    weights = image.array.ravel().astype(np.float64)
    return np.asarray(weights @ where / weights.sum())


@settings(max_examples=30, deadline=None)
@given(grids_along, st.integers(0, 9))
def test_covered_fraction_keeps_the_volume_exactly(grid: Grid, seed: int) -> None:
    source = mask(seed)
    covered = covered_fraction(source, grid)
    assert covered.volume_mL == pytest.approx(source.volume_mL, rel=1e-5)
    assert covered.array.min() >= 0
    assert covered.array.max() <= 1


@settings(max_examples=8, deadline=None)
@given(oblique_grids, st.integers(0, 9))
def test_covered_fraction_keeps_the_volume_on_oblique_grids(grid: Grid, seed: int) -> None:
    source = mask(seed)
    # pieces of neighbouring voxels may overfill a target voxel by a little, which is cut at 1
    assert covered_fraction(source, grid).volume_mL == pytest.approx(source.volume_mL, rel=0.02)


def test_covered_fraction_of_half_a_voxel_by_hand() -> None:
    small = Image(Grid.aligned((1, 1, 2), (4.0, 4.0, 2.0), (0.0, 0.0, 0.0), FRAME), np.array([[[True, False]]]), Quantity.MASK)
    big = Grid.aligned((1, 1, 1), (4.0, 4.0, 4.0), (1.0, 0.0, 0.0), FRAME)
    assert covered_fraction(small, big).array.tolist() == [[[0.5]]]
    shifted = Grid.aligned((1, 1, 1), (4.0, 4.0, 4.0), (2.0, 0.0, 0.0), FRAME)
    assert covered_fraction(small, shifted).array.tolist() == [[[0.25]]]


def test_what_falls_outside_is_reported() -> None:
    image = activity()
    half = Grid(SHAPE, SOURCE.affine, FRAME).crop((slice(0, 3), slice(0, 8), slice(0, 9)))
    moved = conserve(image, half)
    inside = float(image.array[:3].sum(dtype=np.float64) / image.array.sum(dtype=np.float64))
    assert moved.lost_fraction == pytest.approx(1 - inside, rel=1e-6)
    np.testing.assert_allclose(moved.image.array, image.array[:3], rtol=1e-6)
    away = Grid.aligned((2, 2, 2), (1.0, 1.0, 1.0), (900.0, 0.0, 0.0), FRAME)
    assert conserve(image, away).lost_fraction == 1.0
    nothing = Image(SOURCE, np.zeros(SHAPE), Quantity.ACTIVITY)
    assert conserve(nothing, away).lost_fraction == 0.0


def test_negative_counts_are_conserved_too() -> None:
    image = Image(SOURCE, np.random.default_rng(2).normal(5.0, 4.0, SHAPE), Quantity.COUNTS)
    assert image.array.min() < 0
    moved = conserve(image, permuted((2, 0, 1), (1, -1, 1), (4.0, 3.0, 5.0), (1.0, 0.0, 0.0)))
    assert moved.image.total == pytest.approx(image.total, rel=1e-5)


def to_sitk(image: Image) -> sitk.Image:
    made = sitk.GetImageFromArray(image.array.astype(np.float32))
    place(made, image.grid)
    return made


def place(made: sitk.Image, grid: Grid) -> None:
    made.SetSpacing(grid.spacing_mm[::-1])
    made.SetDirection(grid.directions[:, ::-1].ravel().tolist())
    made.SetOrigin(grid.affine[:3, 3].tolist())


def resampled_by_sitk(image: Image, grid: Grid, how: int) -> np.ndarray:
    reference = sitk.Image(list(grid.shape[::-1]), sitk.sitkFloat32)
    place(reference, grid)
    out: np.ndarray = sitk.GetArrayFromImage(sitk.Resample(to_sitk(image), reference, sitk.Transform(), how, -5.0))
    return out


TARGETS = {
    "finer": grid_with(np.diag([1.1, 0.9, 0.7])[::-1].T, (16, 15, 14), (0.31, 0.17, -0.23)),
    "coarser": grid_with(np.diag([4.1, 5.3, 3.3])[::-1].T, (5, 5, 6), (0.31, 0.17, -0.23)),
    "flipped": grid_with(np.diag([3.0, 2.0, 1.5])[::-1].T * [-1, 1, -1], SHAPE, (0.31, 0.17, -0.23)),
    "sagittal": grid_with(np.diag([1.3, 2.2, 2.9]), (10, 8, 7), (0.31, 0.17, -0.23)),
    "oblique": grid_with(Rotation.from_euler("xyz", (0.3, -0.2, 0.5)).as_matrix() @ np.diag([1.3, 2.2, 2.9]), (10, 8, 7)),
}


@pytest.mark.parametrize("name", TARGETS)
def test_nearest_against_simpleitk(name: str) -> None:
    image = Image(SOURCE, np.arange(np.prod(SHAPE)).reshape(SHAPE), Quantity.HU)
    ours = nearest(image, TARGETS[name], outside=-5).array
    theirs = resampled_by_sitk(image, TARGETS[name], sitk.sitkNearestNeighbor)
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", TARGETS)
def test_linear_against_simpleitk(name: str) -> None:
    image = Image(SOURCE, np.random.default_rng(4).random(SHAPE) * 1000, Quantity.HU)
    grid = TARGETS[name]
    ours, theirs = linear(image, grid, outside=-5.0).array, resampled_by_sitk(image, grid, sitk.sitkLinear)
    at = image.grid.to_index(grid.to_world(np.argwhere(np.ones(grid.shape, dtype=bool)))).reshape(*grid.shape, 3)
    between_centres = np.all((at >= 0) & (at <= np.array(SHAPE) - 1), axis=-1)
    assert between_centres.any()
    np.testing.assert_allclose(ours[between_centres], theirs[between_centres], atol=0.01)
    np.testing.assert_array_equal(ours[~between_centres], -5.0)


def test_nearest_keeps_the_type_of_a_mask() -> None:
    moved = nearest(mask(), TARGETS["finer"])
    assert moved.array.dtype == np.bool_
    assert nearest(mask(), TARGETS["oblique"]).array.dtype == np.bool_
    assert nearest(mask(), SOURCE).array is not None


@pytest.mark.parametrize("frame", ["1.2.4", None])
def test_other_frames_are_refused_by_every_rule(frame: str | None) -> None:
    elsewhere = SOURCE.in_frame(frame)
    hu = Image(SOURCE, np.zeros(SHAPE), Quantity.HU)
    for move in (
        lambda: nearest(hu, elsewhere),
        lambda: linear(hu, elsewhere),
        lambda: covered_fraction(mask(), elsewhere),
        lambda: conserve(activity(), elsewhere),
    ):
        with pytest.raises(GridMismatch, match="frame of reference"):
            move()


def test_each_rule_refuses_what_it_would_spoil() -> None:
    with pytest.raises(BadInput, match="an image of Bq/mL"):
        linear(activity(), TARGETS["finer"])
    with pytest.raises(BadInput, match="an image of HU"):
        conserve(Image(SOURCE, np.zeros(SHAPE), Quantity.HU), TARGETS["finer"])
    with pytest.raises(BadInput, match="an image of Bq/mL"):
        covered_fraction(activity(), TARGETS["finer"])
    with pytest.raises(BadInput, match="parts per voxel edge"):
        covered_fraction(mask(), TARGETS["oblique"], parts=0)


def test_same_grid_gives_the_same_voxels() -> None:
    np.testing.assert_allclose(conserve(activity(), SOURCE).image.array, activity().array, rtol=1e-6)
    np.testing.assert_array_equal(covered_fraction(mask(), SOURCE).array, mask().array.astype(np.float32))
