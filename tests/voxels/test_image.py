"""What voxels mean: what is refused, what is kept, and the guard before two images are combined."""

from datetime import UTC, datetime

import numpy as np
import pytest

from glisson.errors import BadInput, GridMismatch
from glisson.voxels import Grid, Image, Quantity, bounding_box, require_quantity, require_same_grid

GRID = Grid.aligned((2, 3, 4), (2.0, 1.0, 1.0), frame_of_reference="1.2.3")
ONES = np.ones(GRID.shape, dtype=np.float32)


def image(array: np.ndarray = ONES, quantity: Quantity = Quantity.ACTIVITY, grid: Grid = GRID) -> Image:
    return Image(grid, array, quantity)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_counted_and_refused(bad: float) -> None:
    array = ONES.copy()
    array[0, 0, :3] = bad
    with pytest.raises(BadInput, match="3 of 24 voxels are not finite"):
        image(array)


@pytest.mark.parametrize(
    ("array", "quantity", "words"),
    [
        (np.ones((2, 3, 5)), Quantity.HU, "shape"),
        (ONES * 1.01, Quantity.MASK, "outside 0 to 1"),
        (ONES * -0.01, Quantity.MASK, "outside 0 to 1"),
        (ONES.astype(np.int16) * 2, Quantity.MASK, "outside 0 to 1"),
        (ONES.astype(np.complex64), Quantity.SIGNAL, "complex"),
        (ONES.astype(str), Quantity.SIGNAL, "real numbers"),
    ],
)
def test_impossible_images_are_refused(array: np.ndarray, quantity: Quantity, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        image(array, quantity)


def test_time_without_a_zone_is_refused() -> None:
    with pytest.raises(BadInput, match="time zone"):
        Image(GRID, ONES, Quantity.ACTIVITY, "Y-90", datetime(2026, 3, 2))
    assert Image(GRID, ONES, Quantity.ACTIVITY, "Y-90", datetime(2026, 3, 2, tzinfo=UTC)).reference_time


def test_negative_activity_is_kept() -> None:
    assert image(-ONES).total == pytest.approx(-24 * 0.002)


def test_voxels_cannot_be_edited() -> None:
    with pytest.raises(ValueError, match="read-only"):
        image().array[0, 0, 0] = 5.0


def test_total_is_summed_in_double_precision() -> None:
    grid = Grid.aligned((100, 100, 100), (1.0, 1.0, 1.0))
    assert image(np.full(grid.shape, 0.1, np.float32), grid=grid).total == pytest.approx(100.0, rel=1e-7)


def test_volume_counts_fractions_and_is_of_masks_only() -> None:
    assert image(ONES * 0.25, Quantity.MASK).volume_mL == pytest.approx(24 * 0.002 / 4)
    assert image(ONES.astype(bool), Quantity.MASK).volume_mL == pytest.approx(24 * 0.002)
    with pytest.raises(BadInput, match="a mask"):
        _ = image().volume_mL


def test_hash_is_of_meaning_not_of_storage() -> None:
    array = np.arange(24.0).reshape(GRID.shape)
    same = image(array.astype(np.int16)), image(array), image(np.asfortranarray(array))
    assert len({one.sha256() for one in same}) == 1
    others = (
        image(array + 1),
        image(array, Quantity.COUNTS),
        image(array, grid=Grid.aligned((2, 3, 4), (2.0, 1.0, 1.1))),
        Image(GRID, array, Quantity.ACTIVITY, "Y-90"),
    )
    assert len({one.sha256() for one in (image(array), *others)}) == 5


def test_quantity_guard_fires() -> None:
    require_quantity(image(), Quantity.ACTIVITY, Quantity.COUNTS)
    with pytest.raises(BadInput, match=r"an image of Bq/mL.*HU or g/mL"):
        require_quantity(image(), Quantity.HU, Quantity.DENSITY)


def test_grid_guard_fires_for_every_difference() -> None:
    require_same_grid(image(), image(ONES * 5, Quantity.HU))
    affine = GRID.affine.copy()
    affine[2, 3] += 1.0
    for other, count in (
        (Grid((2, 3, 4), affine, "1.2.3"), 1),
        (GRID.in_frame("1.2.4"), 1),
        (GRID.in_frame(None), 1),
        (Grid((2, 3, 4), affine, None), 2),
    ):
        with pytest.raises(GridMismatch) as error:
            require_same_grid(image(), image(grid=other))
        assert len(error.value.differences) == count


def test_crop_and_bounding_box() -> None:
    array = np.zeros((6, 7, 8))
    array[2, 3, 4] = array[4, 3, 6] = 1
    box = bounding_box(array)
    assert box == (slice(2, 5), slice(3, 4), slice(4, 7))
    assert bounding_box(array, margin=3) == (slice(0, 6), slice(0, 7), slice(1, 8))
    assert bounding_box(np.zeros((2, 2, 2))) is None
    whole = Image(Grid.aligned((6, 7, 8), (3.0, 2.0, 1.0)), array, Quantity.COUNTS)
    part = whole.crop(box)
    assert part.total == whole.total
    np.testing.assert_allclose(part.grid.to_world((2, 0, 2)), whole.grid.to_world((4, 3, 6)))
