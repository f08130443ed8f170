"""Rigid registration against shifts and rotations that the test itself made."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from glisson.errors import BadInput, GridMismatch
from glisson.imaging.registration import register_rigid
from glisson.imaging.rigid_transform import RigidTransform, apply, read_transform, write_transform
from glisson.voxels import Grid, Image, Quantity

CT = Grid.aligned((40, 64, 64), (4, 3, 3), (-94, -94, -78), "ct")
SPECT = Grid((45, 50, 50), np.array([[0, 0, -4.4, 110], [0, 4.4, 0, -105], [-4, 0, 0, 92], [0, 0, 0, 1.0]]), "spect")


def scene(world_mm: np.ndarray) -> np.ndarray:
    x, y, z = np.moveaxis(world_mm, -1, 0)
    value = 100 * np.exp(-((x / 70) ** 4 + (y / 50) ** 4 + (z / 60) ** 4))
    for a, b, c, width, height in [(20, 10, 5, 15, 120), (-30, -15, 20, 12, 80), (10, -25, -25, 10, -60), (-20, 20, -15, 9, 150)]:
        value += height * np.exp(-((x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2) / (2 * width**2))
    return value


def truth(angles_degrees: tuple[float, float, float], shift_mm: tuple[float, float, float]) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", angles_degrees, degrees=True).as_matrix()
    matrix[:3, 3] = shift_mm
    return matrix


def seen(grid: Grid, to_scene: np.ndarray, quantity: Quantity, seed: int) -> Image:
    world = grid.to_world(np.stack(np.indices(grid.shape), axis=-1)) @ to_scene[:3, :3].T + to_scene[:3, 3]
    value = scene(world)
    if quantity is Quantity.COUNTS:
        value = 300 - value
    return Image(grid, (value + np.random.default_rng(seed).normal(0, 2, value.shape)).astype(np.float32), quantity)


FIXED = seen(CT, np.eye(4), Quantity.HU, 0)


@pytest.mark.parametrize("start", ["as is", "centres of the grids"])
@pytest.mark.parametrize(("angles", "shift"), [((0, 0, 0), (14, -9, 11)), ((4, -6, 8), (9, -7, 12))])
def test_registration_against_a_known_rotation_and_shift(start, angles, shift) -> None:
    known = truth(angles, shift)
    found = register_rigid(FIXED, seen(SPECT, known, Quantity.COUNTS, 1), start=start)
    left = RigidTransform(found.matrix @ np.linalg.inv(known), "spect", "ct")
    assert left.angle_degrees < 0.5
    for corner in [(-60, -40, -50), (60, 40, 50), (60, -40, 50), (0, 0, 0)]:
        assert left.shift_mm(corner) < 0.5
    assert (found.from_frame, found.to_frame, found.metric) == ("spect", "ct", "Mattes mutual information")
    assert found.metric_after < found.metric_before < 0
    assert 0.9 < found.overlap_fraction <= 1
    assert len(found.iterations) == 3 and found.findings == ()


def test_registration_is_identical_twice() -> None:
    moving = seen(SPECT, truth((2, 0, 3), (5, 5, 5)), Quantity.COUNTS, 1)
    once, twice = register_rigid(FIXED, moving), register_rigid(FIXED, moving)
    assert once.matrix.tobytes() == twice.matrix.tobytes() and once.metric_after == twice.metric_after


def test_registration_warns_about_little_overlap_and_about_stopping_early() -> None:
    moving = seen(SPECT, np.eye(4), Quantity.COUNTS, 1).crop((slice(5, 40), slice(5, 45), slice(18, 30)))
    found = register_rigid(FIXED, moving, start="as is", iterations=1)
    assert {finding.code for finding in found.findings} >= {"registration-overlap", "registration-not-converged"}


def test_registration_warns_when_the_match_did_not_improve() -> None:
    found = register_rigid(FIXED, FIXED, start="as is", iterations=1)
    assert "registration-no-gain" in {finding.code for finding in found.findings}


def test_registration_refuses_what_it_cannot_align() -> None:
    moving = seen(SPECT, np.eye(4), Quantity.COUNTS, 1)
    with pytest.raises(BadInput, match="one value only"):
        register_rigid(FIXED, moving.with_array(np.zeros(SPECT.shape)))
    with pytest.raises(BadInput, match="at least 4 voxels"):
        register_rigid(FIXED, moving.crop((slice(0, 3), slice(None), slice(None))))
    with pytest.raises(BadInput, match="1 or more"):
        register_rigid(FIXED, moving, threads=0)
    far = SPECT.affine.copy()
    far[0, 3] += 5000
    with pytest.raises(BadInput, match="do not overlap"):
        register_rigid(FIXED, Image(Grid(SPECT.shape, far, "spect"), moving.array, Quantity.COUNTS), start="as is")
    tilted = SPECT.affine.copy()
    tilted[1, 0] = 1.0
    with pytest.raises(BadInput, match="sheared"):
        register_rigid(FIXED, Image(Grid(SPECT.shape, tilted, "spect"), moving.array, Quantity.COUNTS))


def test_apply_moves_the_grid_and_no_voxel() -> None:
    transform = RigidTransform(truth((0, 0, 90), (1, 2, 3)), "spect", "ct")
    image = seen(SPECT, np.eye(4), Quantity.COUNTS, 1)
    moved = apply(image, transform)
    assert moved.array is image.array or np.shares_memory(moved.array, image.array)
    assert moved.grid.frame_of_reference == "ct"
    x, y, z = image.grid.to_world([3, 4, 5])
    assert moved.grid.to_world([3, 4, 5]) == pytest.approx([1 - y, 2 + x, 3 + z])
    back = apply(moved, transform.inverse())
    assert back.grid.affine == pytest.approx(image.grid.affine) and back.grid.frame_of_reference == "spect"
    with pytest.raises(GridMismatch, match="frame of reference"):
        apply(moved, transform)


def test_angle_and_shift_against_hand_values() -> None:
    transform = RigidTransform(truth((0, 0, 90), (3, 4, 0)), None, None)
    assert transform.angle_degrees == pytest.approx(90)
    assert transform.shift_mm((0, 0, 7)) == pytest.approx(5)


def test_a_transform_must_be_rigid() -> None:
    with pytest.raises(BadInput, match="scales, shears or mirrors"):
        RigidTransform(np.diag([1, 1, 1.01, 1]), None, None)
    with pytest.raises(BadInput, match="mirrors"):
        RigidTransform(np.diag([1, 1, -1.0, 1]), None, None)
    with pytest.raises(BadInput, match="4 x 4"):
        RigidTransform(np.eye(3), None, None)


def test_transform_file_returns_the_same_and_is_the_same_twice(tmp_path: Path) -> None:
    found = register_rigid(FIXED, seen(SPECT, truth((1, 1, 1), (2, 2, 2)), Quantity.COUNTS, 1), iterations=1)
    file = write_transform(found, tmp_path / "spect-to-ct.json")
    again = read_transform(file)
    assert again.matrix.tobytes() == found.matrix.tobytes()
    for name in ("from_frame", "to_frame", "metric", "metric_before", "metric_after", "iterations", "settings", "findings"):
        assert getattr(again, name) == getattr(found, name)
    assert write_transform(again, tmp_path / "again.json").read_bytes() == file.read_bytes()


@pytest.mark.parametrize("content", ["", "[1]", "{}", '{"format": "glisson rigid transform 1"}', "no json", None])
def test_transform_file_that_is_none_is_refused(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "transform.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(BadInput, match=r"transform\.json"):
        read_transform(file)


def test_transform_file_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    file = write_transform(RigidTransform(np.eye(4), None, None), tmp_path / "t.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"scale": 2}))
    with pytest.raises(BadInput, match="keys or values"):
        read_transform(file)
