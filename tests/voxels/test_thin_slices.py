"""Thick slices divided into thin ones, against shapes whose outline is known between the slices too."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from glisson.voxels import Grid, Image, Quantity
from glisson.voxels.surface import surface_of
from glisson.voxels.thin_slices import PAD, thin_slices

THICK = [(2.5, 0.8, 0.8), (3.0, 1.0, 1.0), (1.0, 1.0, 3.0), (5.0, 0.8, 0.8), (5.0, 1.0, 1.0)]
WIDE_mm = 66.0
MIDDLE = np.full(3, WIDE_mm / 2)
Away = Callable[[np.ndarray], np.ndarray]
"""Signed distance of points to a shape, to the first order near its surface; below 0 inside."""


def ellipsoid(half_axes: tuple[float, float, float]) -> Callable[[np.random.Generator], tuple[Away, Away]]:
    def make(rng: np.random.Generator) -> tuple[Away, Away]:
        axes, turn = np.array(half_axes), np.linalg.qr(rng.normal(size=(3, 3)))[0]

        def away(points: np.ndarray) -> np.ndarray:
            own = points @ turn
            size = np.linalg.norm(own / axes, axis=-1)
            found: np.ndarray = (size - 1.0) * np.maximum(size, 1e-9) / np.maximum(np.linalg.norm(own / axes**2, axis=-1), 1e-9)
            return found

        return away, lambda points: np.ones(len(points), dtype=bool)

    return make


def two_lobes(rng: np.random.Generator) -> tuple[Away, Away]:
    """Two spheres that overlap, away from the crease between them."""
    way = rng.normal(size=3)
    way /= np.linalg.norm(way)

    def away(points: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.minimum(
            np.linalg.norm(points - 9 * way, axis=-1) - 11, np.linalg.norm(points + 9 * way, axis=-1) - 9
        )
        return found

    return away, lambda points: np.abs(points @ way) > 6


def furthest_off(
    shape: Callable[[np.random.Generator], tuple[Away, Away]], spacing: tuple[float, float, float], seed: int
) -> float:
    """Of the surface's points from the shape, in halves of the longest edge."""
    rng = np.random.default_rng(seed)
    grid = Grid.aligned(tuple(int(WIDE_mm / edge) + 1 for edge in spacing), spacing)  # type: ignore[arg-type]
    away, counted = shape(rng)
    centre = MIDDLE + rng.uniform(-0.5, 0.5, 3) * np.array(spacing)[::-1]
    world = grid.to_world(np.moveaxis(np.indices(grid.shape), 0, -1)) - centre
    points = surface_of(Image(grid, away(world) <= 0, Quantity.MASK)).points_mm - centre
    return float(np.abs(away(points)[counted(points)]).max() / (max(spacing) / 2))


@pytest.mark.parametrize("spacing", THICK)
@pytest.mark.parametrize(
    "shape",
    [ellipsoid((8, 8, 8)), ellipsoid((15, 15, 15)), ellipsoid((10, 14, 18)), ellipsoid((8, 8, 16)), two_lobes],
    ids=["sphere 8", "sphere 15", "ellipsoid 10 14 18", "ellipsoid 8 8 16", "two lobes"],
)
def test_surface_in_thick_slices_against_the_shape(
    shape: Callable[[np.random.Generator], tuple[Away, Away]], spacing: tuple[float, float, float]
) -> None:
    """Round shapes in any direction: every point within 0.7 of half the longest edge (0.5 but for small ones in 5 mm)."""
    assert max(furthest_off(shape, spacing, seed) for seed in range(3)) < 0.7


def test_pole_between_slices_against_the_sphere() -> None:
    """A sphere of 10 mm in slices of 5 mm ends where it ends, not half way to the next slice."""
    for shift in (0.0, 1.0, 2.0, -2.0):
        z = 5.0 * np.arange(-8, 9)[:, None, None] - shift
        y, x = np.arange(-40, 41)[None, :, None] * 0.5, np.arange(-40, 41)[None, None, :] * 0.5
        thin, parts = thin_slices(x**2 + y**2 + z**2 <= 100.0, (5.0, 0.5, 0.5))
        assert parts == (10, 1, 1)
        held = np.flatnonzero(thin.any(axis=(1, 2)))
        places = ((held + 0.5) / 10 - 0.5 - 8) * 5.0 - shift
        assert places.min() == pytest.approx(-9.75, abs=0.8) and places.max() == pytest.approx(9.75, abs=0.8)


def test_cubes_stay_as_they_are() -> None:
    mask = np.zeros((12, 12, 12), dtype=bool)
    mask[5:8, 5:8, 5:8] = True
    thin, parts = thin_slices(mask, (1.0, 0.8, 1.0))
    assert parts == (1, 1, 1) and thin is mask


def test_flat_face_lies_half_way_to_the_next_slice() -> None:
    mask = np.zeros((12, 30, 30), dtype=bool)
    mask[4:8, 8:22, 8:22] = True
    thin, _ = thin_slices(mask, (4.0, 1.0, 1.0))
    assert np.flatnonzero(thin[:, 15, 15]).tolist() == list(range(16, 32))


def test_an_axis_that_is_thick_beside_another_is_divided_too() -> None:
    mask = np.zeros((14, 14, 40), dtype=bool)
    mask[5:9, 5:9, 12:28] = True
    thin, parts = thin_slices(mask, (3.0, 3.0, 1.0))
    assert parts == (3, 3, 1) and thin.shape == (42, 42, 40)


@given(st.integers(0, 10_000), st.floats(0.35, 0.65))
@settings(max_examples=25, deadline=None)
def test_new_voxels_at_old_centres_are_as_those_were(seed: int, level: float) -> None:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(5, 16, 16)), (0.5, 1.5, 1.5))
    mask = np.pad(noise > np.quantile(noise, level), PAD)
    thin, parts = thin_slices(mask, (3.0, 1.0, 1.0))
    assert parts == (3, 1, 1)
    assert np.array_equal(thin[1::3], mask)


def test_a_single_voxel_in_a_thick_slice_has_a_surface() -> None:
    grid = Grid.aligned((9, 20, 20), (5.0, 1.0, 1.0))
    speck = np.zeros(grid.shape, dtype=bool)
    speck[4, 10, 10] = True
    surface = surface_of(Image(grid, speck, Quantity.MASK))
    assert np.abs(surface.points_mm - grid.to_world((4, 10, 10))).max() < 5.0
