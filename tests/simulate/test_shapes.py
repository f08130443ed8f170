"""Level functions against the volumes and distances of the solids they stand for."""

import numpy as np
import pytest

from glisson.simulate.shapes import Space, blend, box_around, capsule, ellipsoid, texture, tubes
from glisson.voxels import Grid

GRID = Grid.aligned((60, 80, 100), (2.0, 1.5, 1.0), (-50.0, -60.0, -60.0))
SPACE = Space.of(GRID)


def volume_mL(level) -> float:
    return float(np.count_nonzero(np.broadcast_to(level, GRID.shape) < 0)) * GRID.voxel_volume_mL


def test_ellipsoid_volume_against_the_formula():
    assert volume_mL(ellipsoid(SPACE, (0, 0, 0), (40, 30, 20))) == pytest.approx(4 / 3 * np.pi * 40 * 30 * 20 / 1000, rel=0.01)


def test_capsule_volume_against_cylinder_and_two_half_spheres():
    level = capsule(SPACE, (-20, 0, 0), (20, 0, 0), 10.4, 10.4)
    assert volume_mL(level) == pytest.approx((np.pi * 10.4**2 * 40 + 4 / 3 * np.pi * 10.4**3) / 1000, rel=0.02)


def test_tubes_against_the_capsules_they_are_made_of():
    segments = [((-20.0, 0.0, 0.0), (20.0, 5.0, 9.0), 6.0, 3.0), ((0.0, -30.0, 0.0), (0.0, 30.0, 10.0), 4.0, 4.0)]
    whole = np.minimum(*(capsule(SPACE, *segment) for segment in segments))
    assert np.array_equal(tubes(SPACE, segments) < 0, whole < 0)


def test_blend_is_at_least_the_union():
    a, b = ellipsoid(SPACE, (-12, 0, 0), (20, 20, 20)), ellipsoid(SPACE, (12, 0, 0), (20, 20, 20))
    assert np.all(blend(a, b, 8.0) <= np.minimum(a, b) + 1e-4)
    assert volume_mL(blend(a, b, 8.0)) > volume_mL(np.minimum(a, b))


def test_box_around_holds_the_corners():
    box = box_around(SPACE, np.array([-10, -10, -10]), np.array([10, 10, 10]))
    crop = GRID.crop(box)
    assert np.all(crop.to_world((0, 0, 0)) >= -10)
    assert np.all(crop.to_world(np.array(crop.shape) - 1) <= 10)
    assert np.all(crop.to_world((0, 0, 0)) < -7.9)


def test_texture_has_mean_0_and_the_grain_asked_for():
    field = texture(GRID, 12.0, np.random.default_rng(1))
    assert abs(field.mean()) < 0.2
    assert field.std() == pytest.approx(0.9, abs=0.2)
    near = np.corrcoef(field[:, :, :-2].ravel(), field[:, :, 2:].ravel())[0, 1]
    far = np.corrcoef(field[:, :, :-40].ravel(), field[:, :, 40:].ravel())[0, 1]
    assert near > 0.9 > 0.3 > abs(far)
