"""The gamma index against numbers worked out by hand, closed forms, and a search over finely sampled tetrahedra."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.dose.gamma import Criteria, gamma_index
from glisson.dose.simplices import build_distance
from glisson.errors import BadInput, GridMismatch, OutOfScope
from glisson.voxels import Grid, Image, Quantity


def dose(array: Any, spacing: tuple[float, float, float] = (2.0, 2.0, 2.0)) -> Image:
    array = np.asarray(array, dtype=np.float64)
    return Image(Grid.aligned(array.shape, spacing), array, Quantity.DOSE)


def along(axis: int, values: Any, others: int = 5) -> Any:
    shape = [others, others, others]
    shape[axis] = len(values)
    return np.broadcast_to(np.asarray(values)[tuple(slice(None) if a == axis else None for a in range(3))], shape)


def at_middle(index: Any, shape: tuple[int, ...], axis: int) -> Any:
    where = [2, 2, 2]
    return index.reshape(shape)[tuple(slice(None) if a == axis else where[a] for a in range(3))]


def test_gamma_of_a_dose_against_itself_is_zero() -> None:
    noisy = dose(np.random.default_rng(1).gamma(4.0, 20.0, (8, 9, 10)))
    found = gamma_index(noisy, noisy)
    assert found.pass_fraction == 1.0 and found.index.max() == 0.0


@pytest.mark.parametrize(("factor", "expected"), [(1.01, 0.5), (0.97, 1.5), (1.02, 1.0), (1.03, 1.5), (1.2, 2.0)])
def test_gamma_of_a_flat_scaled_dose_against_the_dose_difference(factor: float, expected: float) -> None:
    """Nothing in space can help a flat dose: 1 % off is half of a 2 % criterion; beyond the search it is the end of it."""
    flat = dose(np.full((4, 5, 6), 80.0))
    found = gamma_index(flat, flat.with_array(flat.array * factor))
    assert found.index == pytest.approx(np.full(flat.array.size, expected), rel=1e-9)
    assert expected == 1.0 or found.pass_fraction == float(expected < 1.0)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("spacing", [(2.0, 2.0, 2.0), (3.0, 1.5, 0.8)])
@pytest.mark.parametrize("shift_mm", [0.4, 1.0, 1.7])
def test_gamma_of_a_shifted_ramp_against_the_closed_form(axis: int, spacing: tuple[float, float, float], shift_mm: float) -> None:
    """A ramp of g Gy/mm moved by d: the distance of a point to a line, g d / (2 % D sqrt(1 + (2 mm g / 2 % D)²))."""
    slope, x = 3.0, np.arange(24) * spacing[axis]
    reference = dose(along(axis, 100.0 + slope * x), spacing)
    moved = dose(along(axis, 100.0 + slope * (x - shift_mm)), spacing)
    found = at_middle(gamma_index(reference, moved, Criteria(threshold_fraction=0.01)).index, reference.array.shape, axis)
    unit = 0.02 * (100.0 + slope * x)
    expected = slope * shift_mm / unit / np.sqrt(1.0 + (2.0 * slope / unit) ** 2)
    inner = slice(int(np.ceil(4.0 / spacing[axis])), -int(np.ceil(4.0 / spacing[axis])) or None)
    assert found[inner] == pytest.approx(expected[inner], rel=1e-9)


@pytest.mark.parametrize("spacing_mm", [0.5, 2.0])
def test_gamma_of_a_shifted_step_against_the_distance_alone(spacing_mm: float) -> None:
    """A slab edge of 100 to 20 Gy moved by 1 mm: in the flat parts nothing is off, on the edge the nearest equal dose is 1 mm away."""
    x = np.arange(40) * spacing_mm
    edge, steep = 9.0 * spacing_mm, 2.0 * spacing_mm  # a linear edge, so that its interpolation is exact
    reference = np.interp(x, [edge, edge + steep], [100.0, 20.0])
    moved = np.interp(x - spacing_mm, [edge, edge + steep], [100.0, 20.0])
    found = gamma_index(dose(along(0, reference), (spacing_mm,) * 3), dose(along(0, moved), (spacing_mm,) * 3)).index
    line = at_middle(found, (40, 5, 5), 0)
    middle = round((edge + steep / 2) / spacing_mm)  # 60 Gy, which the moved edge has one voxel further on
    slope_per_mm = 40.0 / spacing_mm
    units = slope_per_mm / (0.02 * 60.0)
    assert line[middle] == pytest.approx(spacing_mm / 2.0 * units * 2.0 / np.sqrt(1.0 + (2.0 * units) ** 2), rel=1e-9)
    assert line[middle] == pytest.approx(spacing_mm / 2.0, rel=2e-3)
    assert line[:8].max() == 0.0 and line[14:].max() == 0.0


def test_a_voxel_with_dose_nowhere_near_is_given_the_end_of_the_search() -> None:
    hot = np.full((5, 5, 5), 10.0)
    hot[2, 2, 2] = 100.0
    found = gamma_index(dose(hot), dose(np.full((5, 5, 5), 10.0)), Criteria(threshold_fraction=0.05, largest=3.0))
    assert found.index.reshape(5, 5, 5)[2, 2, 2] == 3.0
    assert np.count_nonzero(found.index) == 1
    assert found.pass_fraction == pytest.approx(124 / 125)
    assert found.pass_fraction_in(hot > 50) == 0.0
    assert found.pass_fraction_in(np.zeros((5, 5, 5), dtype=bool)) is None


def test_one_plane_of_voxels_is_searched_in_its_plane() -> None:
    x = np.arange(30) * 2.0
    values = np.broadcast_to((100.0 + 3.0 * x), (1, 7, 30))
    found = gamma_index(dose(values), dose(values - 3.0)).index.reshape(7, 30)
    unit = 0.02 * (100.0 + 3.0 * x)
    expected = 3.0 / unit / np.sqrt(1.0 + (6.0 / unit) ** 2)
    assert found[3, 3:-3] == pytest.approx(expected[3:-3], rel=1e-9)


def brute_force(reference: Image, evaluated: Image, criteria: Criteria, parts: int) -> Any:
    """The smallest distance over every point of a fine lattice inside every tetrahedron of every cell."""
    weights = [
        np.array([parts - a - b - c, a, b, c]) / parts
        for a in range(parts + 1) for b in range(parts + 1 - a) for c in range(parts + 1 - a - b)
    ]  # fmt: skip
    lattice = np.array(weights)
    points, values = [], []
    for cell in np.ndindex(*(n - 1 for n in evaluated.array.shape)):
        for order in permutations(range(3)):
            corners = np.zeros((4, 3), dtype=int)
            for step, axis in enumerate(order):
                corners[step + 1 :, axis] = 1
            corners = corners + np.array(cell)
            points.append(lattice @ (corners * np.array(evaluated.grid.spacing_mm)))
            values.append(lattice @ evaluated.array[tuple(corners.T)])
    where, what = np.concatenate(points), np.concatenate(values)
    found = []
    for place in np.ndindex(*reference.array.shape):
        here = np.array(place) * np.array(reference.grid.spacing_mm)
        known = reference.array[place]
        squared = np.sum((where - here) ** 2, axis=1) / criteria.distance_mm**2
        squared = squared + ((what - known) / (criteria.dose_fraction * known)) ** 2
        found.append(min(np.sqrt(squared.min()), criteria.largest))
    return np.array(found)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.tuples(*[st.floats(0.7, 3.0)] * 3))
def test_gamma_against_a_search_over_a_fine_lattice(seed: int, spacing: tuple[float, float, float]) -> None:
    rng = np.random.default_rng(seed)
    reference = dose(100.0 + 2.0 * rng.standard_normal((3, 3, 3)), spacing)
    evaluated = dose(reference.array + 3.0 * rng.standard_normal((3, 3, 3)), spacing)
    criteria = Criteria(dose_fraction=0.03, distance_mm=2.0, threshold_fraction=0.01)
    exact = gamma_index(reference, evaluated, criteria).index
    sampled = brute_force(reference, evaluated, criteria, parts=10)
    assert (exact <= sampled + 1e-9).all()
    assert exact == pytest.approx(sampled, abs=0.12)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**9))
def test_distance_to_a_tetrahedron_against_a_quadratic_program(seed: int) -> None:
    """The weights of the nearest point are the solution of a non-negative least squares problem."""
    from scipy.optimize import nnls

    rng = np.random.default_rng(seed)
    corners = rng.normal(size=(4, 4)) + rng.normal(size=4)
    heavy = 1e4  # pins the sum of the weights to 1
    weights, _ = nnls(np.vstack([corners.T, heavy * np.ones(4)]), np.array([0.0, 0.0, 0.0, 0.0, heavy]))
    weights /= weights.sum()
    expected = float(np.sum((weights @ corners) ** 2))
    plain: Callable[[Any], float] = build_distance(lambda function: function)
    assert plain(corners) == pytest.approx(expected, rel=1e-5, abs=1e-7)


def test_threads_change_nothing() -> None:
    rng = np.random.default_rng(4)
    a, b = dose(rng.gamma(3, 20, (9, 10, 11))), dose(rng.gamma(3, 20, (9, 10, 11)))
    assert np.array_equal(gamma_index(a, b).index, gamma_index(a, b, threads=3).index)


def test_only_a_region_is_judged_when_one_is_given() -> None:
    a = dose(np.full((4, 4, 4), 10.0))
    inside = np.zeros((4, 4, 4), dtype=bool)
    inside[1] = True
    assert gamma_index(a, a, judged=inside).index.size == 16
    with pytest.raises(OutOfScope, match="no voxel"):
        gamma_index(a, a, judged=np.zeros((4, 4, 4), dtype=bool))


def test_what_cannot_be_judged_is_refused() -> None:
    a = dose(np.full((4, 4, 4), 10.0))
    with pytest.raises(GridMismatch):
        gamma_index(a, dose(np.full((4, 4, 5), 10.0)))
    with pytest.raises(BadInput, match="0 Gy everywhere"):
        gamma_index(a.with_array(a.array * 0.0), a)
    with pytest.raises(BadInput, match="image of"):
        gamma_index(a, a.with_array(a.array, Quantity.DENSITY))
    sheared = np.array(a.grid.affine)
    sheared[0, 0] = 0.5
    tilted = Image(Grid((4, 4, 4), sheared), a.array, Quantity.DOSE)
    with pytest.raises(OutOfScope, match="right angles"):
        gamma_index(tilted, tilted)
    for wrong in ({"dose_fraction": 2.0}, {"distance_mm": 0.0}, {"threshold_fraction": 0.0}, {"largest": 0.5}):
        with pytest.raises(BadInput):
            Criteria(**wrong)
