"""The slice-by-slice convolution against SciPy's in float64 and against the definition."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import fftconvolve

from glisson.dose import convolve as module
from glisson.dose.convolve import convolve
from glisson.dose.point_kernel import point_kernel
from glisson.dose.support import Reach, support, total_inside
from glisson.dose.voxel_kernel import VoxelKernel, voxel_kernel

Y90 = point_kernel("Y-90")
KERNEL = voxel_kernel(Y90, (2.78, 2.344, 2.0), density_g_per_mL=1.05)
COARSE = voxel_kernel(Y90, (9.0, 4.0, 6.0), density_g_per_mL=1.05)

shapes = st.tuples(st.integers(1, 16), st.integers(1, 24), st.integers(1, 24))


def scene(shape: tuple[int, int, int], seed: int, filled: float = 0.1) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.where(random.random(shape) < filled, random.gamma(2.0, 1e5, shape), 0).astype(np.float32)


def spread(array: np.ndarray, kernel: VoxelKernel, **choices) -> np.ndarray:
    box = support(array)
    assert box is not None
    return convolve(array, kernel, Reach.of(box, array.shape, kernel.reach), **choices)


@settings(max_examples=40, deadline=None)
@given(shapes, st.integers(0, 1000), st.sampled_from([KERNEL, COARSE]))
def test_convolution_against_scipy_float64(shape: tuple[int, int, int], seed: int, kernel: VoxelKernel) -> None:
    array = scene(shape, seed)
    array[shape[0] // 2, shape[1] // 2, shape[2] // 2] = 1e6
    padded = np.pad(array.astype(np.float64), [(r, r) for r in kernel.reach])
    expected = fftconvolve(padded, kernel.full, mode="same")[
        tuple(slice(r, r + n) for r, n in zip(kernel.reach, shape, strict=True))
    ]
    found = spread(array, kernel)
    assert found.dtype == np.float32
    assert found.min() >= 0
    assert np.abs(found - expected).max() < 1e-6 * expected.max()


@pytest.mark.parametrize("corner", list(product((0, -1), repeat=3)))
def test_a_point_in_a_corner_gives_the_kernel_and_nothing_wraps(corner: tuple[int, int, int]) -> None:
    array = np.zeros((12, 14, 16), np.float32)
    array[corner] = 1.0
    found = spread(array, KERNEL)[tuple(slice(None, None, 1 if c == 0 else -1) for c in corner)]
    expected = np.zeros_like(found)
    a, b, c = KERNEL.octant.shape
    expected[:a, :b, :c] = KERNEL.octant
    assert np.abs(found - expected).max() < 1e-7


@pytest.mark.parametrize("workers", [2, 3, 50])
def test_threads_change_nothing(workers: int) -> None:
    array = scene((11, 20, 18), 3)
    assert np.array_equal(spread(array, KERNEL), spread(array, KERNEL, workers=workers))


def test_slices_out_of_reach_are_exactly_zero() -> None:
    array = np.zeros((30, 30, 30), np.float32)
    array[10, 10:12, 14] = 5.0
    found = spread(array, KERNEL)
    box = support(found)
    assert box is not None
    reach = Reach.of((slice(10, 11), slice(10, 12), slice(14, 15)), array.shape, KERNEL.reach)
    assert all(inner.start >= outer.start and inner.stop <= outer.stop for inner, outer in zip(box, reach.target, strict=True))


def test_a_gap_between_two_lesions_is_bridged_rightly() -> None:
    array = np.zeros((40, 12, 12), np.float32)
    array[3, 6, 6] = array[35, 6, 6] = 1e6
    found = spread(array, KERNEL)
    assert np.abs(found - found[::-1].copy()[[*range(1, 40), 0]]).max() < 0.1
    assert found[18].max() == 0


@pytest.mark.parametrize("dtype", [np.float64, np.int32, np.uint16])
def test_any_kind_of_number_is_taken(dtype) -> None:
    array = (scene((6, 9, 9), 4) / 100).astype(dtype)
    assert np.abs(spread(array, KERNEL) - spread(array.astype(np.float32), KERNEL)).max() < 1e-3


def test_scale_multiplies() -> None:
    array = scene((6, 9, 9), 5)
    assert np.allclose(spread(array, KERNEL, scale=3.0), 3.0 * spread(array, KERNEL), rtol=1e-4, atol=0.1)


def test_progress_grows_to_one() -> None:
    for workers in (1, 2):
        seen: list[float] = []
        spread(scene((6, 9, 9), 6), KERNEL, workers=workers, advance=seen.append)
        assert seen == sorted(seen)
        assert seen[-1] == 1.0


def test_rounding_beyond_float32_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NEGATIVE_LIMIT", -1.0)
    with pytest.raises(FloatingPointError, match="below zero"):
        spread(scene((6, 9, 9), 7), KERNEL)


@given(shapes, st.integers(0, 1000), st.floats(0, 0.05))
def test_support_against_argwhere(shape: tuple[int, int, int], seed: int, filled: float) -> None:
    array = scene(shape, seed, filled)
    where = np.argwhere(array)
    expected = None if where.size == 0 else tuple(slice(a, b + 1) for a, b in zip(where.min(0), where.max(0), strict=True))
    assert support(array) == expected


@settings(max_examples=40, deadline=None)
@given(shapes, st.integers(0, 1000), st.sampled_from([KERNEL, COARSE]))
def test_total_inside_against_the_definition(shape: tuple[int, int, int], seed: int, kernel: VoxelKernel) -> None:
    """Every voxel of activity sends out its kernel; what falls outside the array is left out."""
    array = scene(shape, seed, 0.02)
    box = support(array)
    if box is None:
        return
    full, reach = kernel.full, kernel.reach
    landed = 0.0
    for index in np.argwhere(array):
        part = tuple(slice(max(0, r - i), 2 * r + 1 - max(0, i + r - n + 1)) for i, r, n in zip(index, reach, shape, strict=True))
        landed += float(array[tuple(index)]) * full[part].sum()
    total, inside = total_inside(array, kernel, box)
    assert total == pytest.approx(float(array.sum(dtype=np.float64)), rel=1e-6)
    assert inside == pytest.approx(landed, rel=1e-6)
