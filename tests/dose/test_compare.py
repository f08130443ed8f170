"""Differences between two doses against numbers worked out by hand."""

import numpy as np
import pytest

from glisson.case import FileContour, Site, SiteKind, Structure
from glisson.dose.compare import (
    COUPLED,
    compare_structures,
    profile_across,
    standard_error_of_mean_Gy,
    volume_gap,
    within_reach,
)
from glisson.dose.dvh import dvh
from glisson.errors import BadInput, GridMismatch
from glisson.voxels import Grid, Image, Quantity

GRID = Grid.aligned((1, 1, 10), (2.0, 2.0, 2.0))


def line(*values: float) -> Image:
    return Image(GRID, np.array(values, dtype=np.float32).reshape(1, 1, 10), Quantity.DOSE)


def structure(name: str, *covered: int) -> Structure:
    array = np.zeros((1, 1, 10), dtype=bool)
    array[0, 0, list(covered)] = True
    mask = Image(GRID, array, Quantity.MASK)
    site = Site(id=name, kind=SiteKind.ORGAN, name=name, organ="liver", contour=FileContour(file="mask.nii.gz"))
    return Structure(site, mask, "drawn on this grid", mask.volume_mL)


def test_differences_against_numbers_by_hand() -> None:
    known = line(10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
    held = line(11, 22, 33, 44, 55, 66, 77, 88, 99, 110)
    whole, hot = compare_structures(known, held, {"whole": structure("whole", *range(10)), "hot": structure("hot", 8, 9).mask})
    assert whole.reference["mean_Gy"] == pytest.approx(55.0) and whole.other["mean_Gy"] == pytest.approx(60.5)
    assert whole.relative("mean_Gy") == pytest.approx(0.1)
    assert whole.reference["D70_Gy"] == pytest.approx(40.0) and whole.relative("D70_Gy") == pytest.approx(0.1)
    assert whole.reference["V100Gy_fraction"] == pytest.approx(0.1)
    assert hot.reference["V100Gy_fraction"] == pytest.approx(0.5) and hot.other["V100Gy_fraction"] == pytest.approx(0.5)
    assert whole.volume_gap_fraction == pytest.approx(0.1)  # at any dose one voxel of ten at most lies between the curves
    assert hot.volume_gap_fraction == pytest.approx(0.5)


def test_a_structure_that_covers_no_voxel_is_left_out() -> None:
    dose = line(*range(10))
    assert compare_structures(dose, dose, {"none": structure("none"), "one": structure("one", 3)})[0].site == "one"


def test_no_relative_difference_from_zero() -> None:
    found = compare_structures(line(*[0] * 10), line(*[1] * 10), {"a": structure("a", 1, 2)})[0]
    assert found.relative("mean_Gy") is None and found.volume_gap_fraction == 1.0


def test_gap_between_histograms_is_symmetric_and_bounded() -> None:
    rng = np.random.default_rng(3)
    whole = structure("w", *range(10)).mask
    a, b = (dvh(line(*rng.gamma(2, 20, 10)), whole) for _ in range(2))
    assert volume_gap(a, b) == pytest.approx(volume_gap(b, a)) and 0 <= volume_gap(a, b) <= 1
    assert volume_gap(a, a) == 0.0


def test_standard_error_of_a_mean_against_independent_voxels() -> None:
    error = line(*[2.0] * 10)
    mask = structure("m", 0, 1, 2, 3).mask
    assert standard_error_of_mean_Gy(error, mask) == pytest.approx(COUPLED * 2.0 / 2.0)
    with pytest.raises(BadInput, match="no voxel"):
        standard_error_of_mean_Gy(error, structure("m").mask)


def dome(upside_down: bool = False) -> tuple[Image, Image, Image]:
    """Liver up to slice 9 or 10 in turns, one slice of diaphragm, lung above; a dose that is the height over the liver."""
    shape = (30, 4, 5)
    grid = Grid.aligned(shape, (3.0, 4.0, 4.0))
    if upside_down:
        affine = grid.affine.copy()
        affine[2, 0] = -3.0
        grid = Grid(shape, affine)
    slices, rows, _ = np.indices(shape)
    top = 9 + rows % 2
    height = slices - top
    arrays = [height <= 0, height >= 2, 1000.0 + 3.0 * (height - 0.5)]
    if upside_down:
        arrays = [array[::-1] for array in arrays]
    liver, lung = (Image(grid, array, Quantity.MASK) for array in arrays[:2])
    return liver, lung, Image(grid, arrays[2], Quantity.DOSE)


@pytest.mark.parametrize("upside_down", [False, True])
def test_profile_across_a_dome_against_the_height(upside_down: bool) -> None:
    liver, lung, height = dome(upside_down)
    found = profile_across({"height": height}, near=liver, far=lung, behind_mm=12.0, beyond_mm=21.0)
    assert found is not None and found.columns == 20
    assert found.distance_mm[[0, 3, 4, -1]] == pytest.approx([-10.5, -1.5, 1.5, 19.5])
    assert found.curves["height"] - 1000.0 == pytest.approx(found.distance_mm)
    assert found.to_value()["columns"] == 20


def test_no_profile_where_nothing_is_crossed() -> None:
    liver, lung, height = dome()
    assert profile_across({"a": height}, near=liver, far=lung.with_array(np.zeros(lung.array.shape, bool))) is None
    assert profile_across({"a": height}, near=liver, far=lung, beyond_mm=90.0) is None
    sideways = Grid(liver.grid.shape, liver.grid.affine[:, [1, 0, 2, 3]])
    turned = [Image(sideways, image.array, image.quantity) for image in (height, liver, lung)]
    assert profile_across({"a": turned[0]}, near=turned[1], far=turned[2]) is None
    with pytest.raises(GridMismatch):
        profile_across({"a": line(*range(10))}, near=liver, far=lung)


def test_voxels_within_reach_against_the_distance() -> None:
    near = within_reach(structure("all", *range(10)).mask, structure("end", 0, 1).mask, 5.0)
    assert near.array.ravel().tolist() == [True] * 4 + [False] * 6  # 2 and 4 mm away, not 6
    assert not within_reach(structure("all", *range(10)).mask, structure("none").mask, 5.0).array.any()
