"""Boolean operations, margins, thresholds and seeded growing against closed forms and set algebra."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from glisson.errors import BadInput, GridMismatch
from glisson.voxels import Grid, Image, Quantity
from glisson.voxels.regions import (
    connected_parts,
    grow_region,
    intersect,
    margin,
    normal_tissue,
    perfused_territory,
    subtract,
    union,
    volume_outside_mL,
)

GRID = Grid.aligned((3, 4, 5), (4.0, 2.0, 2.0), frame_of_reference="ct")


def mask(array: np.ndarray, grid: Grid = GRID) -> Image:
    return Image(grid, array, Quantity.MASK)


def sphere(radius_mm: float, spacing_mm: tuple[float, float, float], offset: np.ndarray, room_mm: float = 12.0) -> Image:
    shape = tuple(int(2 * (radius_mm + room_mm) / s) + 3 for s in spacing_mm)
    grid = Grid.aligned(shape, spacing_mm)
    centre = (np.array(shape) - 1) / 2 + offset
    index = np.stack(np.indices(shape), axis=-1)
    return mask((((index - centre) * spacing_mm) ** 2).sum(-1) <= radius_mm**2, grid)


masks = arrays(np.bool_, GRID.shape).map(mask)
fractions = arrays(np.float32, GRID.shape, elements=st.floats(0, 1, width=32)).map(mask)


@given(masks, masks, masks)
@settings(deadline=None)
def test_boolean_operations_against_set_algebra(a: Image, b: Image, c: Image) -> None:
    whole = np.ones(GRID.shape, dtype=bool)
    assert np.array_equal(union(a, b, c).array, ~(~a.array & ~b.array & ~c.array))
    assert np.array_equal(intersect(a, union(b, c)).array, union(intersect(a, b), intersect(a, c)).array)
    assert np.array_equal(subtract(a, b, c).array, a.array & ~b.array & ~c.array)
    assert np.array_equal(union(subtract(a, b), intersect(a, b)).array, a.array)
    assert subtract(mask(whole), a).array.dtype == np.bool_


@given(fractions, fractions)
@settings(deadline=None)
def test_fractions_stay_fractions_and_nested_masks_keep_volume(a: Image, b: Image) -> None:
    inner = intersect(a, b)
    assert subtract(a, inner).volume_mL + inner.volume_mL == pytest.approx(a.volume_mL, abs=1e-6)
    assert union(a, inner).array == pytest.approx(a.array)
    assert float(subtract(a, b).array.min()) >= 0 and float(union(a, b).array.max()) <= 1


def test_normal_tissue_and_volume_outside_against_counting() -> None:
    organ, lesion = np.zeros(GRID.shape, dtype=bool), np.zeros(GRID.shape, dtype=bool)
    organ[:, :, :3] = True
    lesion[0, 0, 2:5] = True
    assert normal_tissue(mask(organ), mask(lesion)).volume_mL == pytest.approx((36 - 1) * 0.016)
    assert volume_outside_mL(mask(lesion), mask(organ)) == pytest.approx(2 * 0.016)


def test_operations_refuse_other_grids_other_frames_and_what_is_no_mask() -> None:
    a = mask(np.ones(GRID.shape, dtype=bool))
    with pytest.raises(GridMismatch, match="frame of reference"):
        union(a, a.in_frame("pet"))
    with pytest.raises(GridMismatch, match="shape"):
        subtract(a, mask(np.ones((3, 4, 6), dtype=bool), Grid.aligned((3, 4, 6), (4.0, 2.0, 2.0), frame_of_reference="ct")))
    with pytest.raises(BadInput, match="an image of HU"):
        intersect(a, Image(GRID, np.zeros(GRID.shape), Quantity.HU))
    with pytest.raises(BadInput, match="no mask"):
        union()


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (2.0, 2.0, 2.0), (2.78, 2.34, 2.34), (5.0, 0.8, 0.8)])
@pytest.mark.parametrize(("radius_mm", "margin_mm"), [(20.0, 5.0), (20.0, -5.0), (15.0, 10.0), (20.0, -3.3)])
def test_margin_against_the_analytic_sphere(spacing_mm: tuple[float, float, float], radius_mm: float, margin_mm: float) -> None:
    rng = np.random.default_rng(5)
    radii = []
    for _ in range(3):
        moved = margin(sphere(radius_mm, spacing_mm, rng.uniform(-0.5, 0.5, 3)), margin_mm)
        radii.append((moved.volume_mL * 1000 * 3 / (4 * np.pi)) ** (1 / 3))
    assert np.mean(radii) == pytest.approx(radius_mm + margin_mm, abs=0.15 * max(spacing_mm))


def test_margin_moves_a_plane_wall_by_whole_voxels_exactly() -> None:
    wall = np.zeros((12, 9, 9), dtype=bool)
    wall[:6] = True
    grid = Grid.aligned((12, 9, 9), (2.0, 3.0, 3.0))
    assert np.flatnonzero(margin(mask(wall, grid), 4.1).array.any(axis=(1, 2))).max() == 7
    assert np.flatnonzero(margin(mask(wall, grid), -3.9).array.any(axis=(1, 2))).max() == 3, "not shrunk from the grid's edge"


def test_margin_keeps_what_it_must_and_refuses_what_it_cannot() -> None:
    ball = sphere(10, (2, 2, 2), np.zeros(3))
    assert (margin(ball, 3).array & ball.array).sum() == ball.array.sum()
    assert not (margin(ball, -3).array & ~ball.array).any()
    assert not margin(ball, -20).array.any()
    assert margin(ball, 0) is ball
    speck = np.zeros(GRID.shape, dtype=bool)
    speck[1, 2, 2] = True
    assert margin(mask(speck), 2.1).array.sum() >= 5
    everything = mask(np.ones(GRID.shape, dtype=bool))
    assert margin(everything, -5).array.all()
    with pytest.raises(BadInput, match="covered fractions"):
        margin(mask(np.full(GRID.shape, 0.5)), 1)
    with pytest.raises(BadInput, match="margin of nan"):
        margin(ball, float("nan"))
    tilted = GRID.affine.copy()
    tilted[1, 0] = 2.0
    with pytest.raises(BadInput, match="sheared"):
        margin(mask(speck, Grid(GRID.shape, tilted)), 1)


def test_perfused_territory_against_the_threshold() -> None:
    uptake = Image(GRID, np.arange(60, dtype=float).reshape(GRID.shape), Quantity.COUNTS)
    within = np.zeros(GRID.shape, dtype=bool)
    within[:, :, :4] = True
    got = perfused_territory(uptake, mask(within), 0.5)
    assert np.array_equal(got.array, within & (uptake.array >= 29.0)), "the maximum inside is 58, not 59"
    assert got.quantity is Quantity.MASK and got.array.dtype == np.bool_


def test_perfused_territory_refuses() -> None:
    uptake = Image(GRID, np.ones(GRID.shape), Quantity.COUNTS)
    whole, none = mask(np.ones(GRID.shape, dtype=bool)), mask(np.zeros(GRID.shape, dtype=bool))
    with pytest.raises(BadInput, match="between 0 and 1"):
        perfused_territory(uptake, whole, 40)
    with pytest.raises(BadInput, match="empty"):
        perfused_territory(uptake, none, 0.4)
    with pytest.raises(BadInput, match="no uptake"):
        perfused_territory(uptake.with_array(np.zeros(GRID.shape)), whole, 0.4)
    with pytest.raises(GridMismatch):
        perfused_territory(uptake, whole.in_frame(None), 0.4)


def test_grow_region_against_two_rooms_with_a_wall() -> None:
    grid = Grid.aligned((5, 5, 9), (2.0, 2.0, 2.0), origin_mm=(-8.0, 10.0, 100.0))
    values = np.full(grid.shape, 100.0)
    values[:, :, 4] = 0.0
    image = Image(grid, values, Quantity.HU)
    left = grow_region(image, (-7.0, 12.2, 103.9), 80, 120)
    assert left.array[:, :, :4].all() and not left.array[:, :, 4:].any()
    inside = np.zeros(grid.shape, dtype=bool)
    inside[:2] = True
    assert grow_region(image, (-7.0, 12.0, 100.0), 80, 120, mask(inside, grid)).array.sum() == 2 * 5 * 4
    values[2, 2, 4] = 100.0
    assert grow_region(image.with_array(values), (-7.0, 12.0, 104.0), 80, 120).array.sum() == 2 * 100 + 1, "through the door"


def test_grow_region_refuses_and_says_the_value_at_the_seed() -> None:
    image = Image(GRID, np.full(GRID.shape, 42.5), Quantity.HU)
    with pytest.raises(BadInput, match="outside the image"):
        grow_region(image, (1000.0, 0.0, 0.0), 0, 100)
    with pytest.raises(BadInput, match=r"value at the seed is 42\.5, outside 50 to 100"):
        grow_region(image, (2.0, 2.0, 4.0), 50, 100)
    with pytest.raises(BadInput, match="low not above high"):
        grow_region(image, (2.0, 2.0, 4.0), 100, 50)
    with pytest.raises(BadInput, match="outside the mask"):
        grow_region(image, (2.0, 2.0, 4.0), 0, 100, mask(np.zeros(GRID.shape, dtype=bool)))
    with pytest.raises(GridMismatch):
        grow_region(image, (2.0, 2.0, 4.0), 0, 100, mask(np.ones(GRID.shape, dtype=bool)).in_frame(None))


def test_connected_parts_against_three_blocks() -> None:
    array = np.zeros((6, 8, 8), dtype=bool)
    array[0:2, 0:2, 0:2] = True
    array[4:6, 5:8, 5:8] = True
    array[3, 0, 7] = True
    grid = Grid.aligned(array.shape, (2.0, 1.0, 1.0), frame_of_reference="ct")
    parts = connected_parts(mask(array, grid), minimum_mL=0.005)
    assert [round(part.volume_mL, 6) for part in parts] == [0.036, 0.016]
    assert parts[0].centre_mm == pytest.approx((6.0, 6.0, 9.0))
    assert parts[0].mask.array.all() and parts[0].mask.grid.to_world([0, 0, 0]) == pytest.approx([5, 5, 8])
    assert len(connected_parts(mask(array, grid))) == 3
    half = mask(array * np.float32(0.5), grid)
    assert connected_parts(half)[0].volume_mL == pytest.approx(0.018)
    assert connected_parts(mask(np.zeros_like(array), grid)) == ()


def test_perfused_territory_does_not_follow_a_hotter_voxel_outside() -> None:
    """Largest 10 inside, 100 outside: 40 % is 4, not 40."""
    values = np.full(GRID.shape, 5.0)
    values[0, 0, 0], values[2, 3, 4] = 10.0, 100.0
    within = np.ones(GRID.shape, dtype=bool)
    within[2] = False
    got = perfused_territory(Image(GRID, values, Quantity.COUNTS), mask(within), 0.4)
    assert np.array_equal(got.array, within)
