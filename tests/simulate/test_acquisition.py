"""The camera against closed forms: a point spreads to the width asked for, counts carry Poisson noise."""

import numpy as np
import pytest

from glisson.errors import BadInput
from glisson.simulate.acquisition import Camera, acquire, as_counts, ct_noise
from glisson.voxels import Grid, Image, Quantity

GRID = Grid.aligned((41, 41, 41), (2.0, 2.0, 2.0))


def point(value: float = 1e9) -> Image:
    array = np.zeros(GRID.shape, dtype=np.float32)
    array[20, 20, 20] = value
    return Image(GRID, array, Quantity.ACTIVITY, "Y-90")


def test_point_spread_against_the_gaussian_width():
    seen = acquire(point(), Camera(GRID, fwhm_mm=10.0, counts=1e9), np.random.default_rng(1))
    profile = seen.array[20, 20].astype(float)
    x = 2.0 * (np.arange(41) - 20)
    sd_mm = np.sqrt((profile * x**2).sum() / profile.sum())
    assert sd_mm * 2.3548 == pytest.approx(10.0, rel=0.01)


def test_total_is_kept_to_the_counting_noise():
    seen = acquire(point(), Camera(GRID, fwhm_mm=8.0, counts=1e6), np.random.default_rng(2))
    assert seen.total == pytest.approx(point().total, rel=5e-3)


def test_noise_of_the_total_against_poisson():
    camera = Camera(GRID, fwhm_mm=8.0, counts=1000)
    totals = [acquire(point(), camera, np.random.default_rng(seed)).total for seed in range(60)]
    assert np.std(totals) / np.mean(totals) == pytest.approx(1 / np.sqrt(1000), rel=0.35)


def test_empty_activity_gives_an_empty_image():
    seen = acquire(point(0.0), Camera(GRID, fwhm_mm=8.0, counts=1000), np.random.default_rng(1))
    assert seen.total == 0.0


def test_counts_are_refused_as_activity():
    with pytest.raises(BadInput, match="Bq/mL"):
        acquire(point().with_array(point().array, Quantity.COUNTS), Camera(GRID, 8.0, 1e3), np.random.default_rng(1))


@pytest.mark.parametrize(("fwhm_mm", "counts"), [(0.0, 1e6), (8.0, 0.0)])
def test_camera_without_width_or_counts_is_refused(fwhm_mm, counts):
    with pytest.raises(BadInput):
        Camera(GRID, fwhm_mm, counts)


def test_as_counts_reaches_the_wanted_sum():
    counts = as_counts(acquire(point(), Camera(GRID, 20.0, 1e6), np.random.default_rng(3)), total=1e6)
    assert counts.array.sum(dtype=float) == pytest.approx(1e6, rel=0.01)


def test_ct_noise_against_its_deviation():
    noisy = ct_noise(np.zeros((20, 60, 60), dtype=np.float32), sd_HU=11.0, rng=np.random.default_rng(4))
    assert noisy.std() == pytest.approx(11.0, rel=0.02)
    assert abs(noisy.mean()) < 0.5
