"""Dose-volume histograms against definitions, hand sums and closed forms."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from glisson.case import FileContour, Site, SiteKind, Structure
from glisson.dose.dvh import DVH, dvh, generalised_mean
from glisson.dose.sample import Sample, sample
from glisson.errors import BadInput, GridMismatch, OutOfScope
from glisson.voxels import Grid, Image, Quantity


def line(doses: list[float], cover: list[float] | None = None, **choices: Any) -> DVH:
    """A DVH of a row of 1 mL voxels."""
    grid = Grid.aligned((1, 1, len(doses)), (10.0, 10.0, 10.0))
    image = Image(grid, np.array([[doses]], dtype=np.float64), Quantity.DOSE)
    mask = np.ones((1, 1, len(doses)), dtype=bool) if cover is None else np.array([[cover]], dtype=np.float64)
    return dvh(image, Image(grid, mask, Quantity.MASK), **choices)


doses_and_covers = st.lists(st.tuples(st.floats(0, 500), st.floats(0.02, 1)), min_size=1, max_size=40)


# ---- definitions, by hand


def test_dx_and_vx_against_hand_count() -> None:
    four = line([40.0, 10.0, 30.0, 20.0])
    assert (four.min_Gy, four.max_Gy, four.mean_Gy, four.median_Gy) == (10.0, 40.0, 25.0, 30.0)
    assert [four.dose_to_fraction_Gy(v) for v in (0.0, 0.25, 0.26, 0.5, 0.75, 0.76, 1.0)] == [40, 40, 30, 30, 20, 10, 10]
    assert [four.fraction_at_least(x) for x in (0.0, 10.0, 10.1, 20.0, 40.0, 40.1)] == [1, 1, 0.75, 0.75, 0.25, 0]
    assert four.volume_at_least_mL(20.0) == pytest.approx(3.0)
    assert four.dose_to_volume_Gy(1.0) == 40.0
    assert four.sd_Gy == pytest.approx(np.std([10, 20, 30, 40]))


def test_partly_covered_voxels_against_hand_sum() -> None:
    part = line([10.0, 20.0, 30.0], [0.5, 1.0, 0.25])
    assert part.volume_mL == pytest.approx(1.75)
    assert part.mean_Gy == pytest.approx((5 + 20 + 7.5) / 1.75)
    assert part.fraction_at_least(20.0) == pytest.approx(1.25 / 1.75)
    assert part.sample.voxels == pytest.approx(1.75)
    spread = (0.5 * (10 - part.mean_Gy) ** 2 + (20 - part.mean_Gy) ** 2 + 0.25 * (30 - part.mean_Gy) ** 2) / 1.75
    assert part.sd_Gy == pytest.approx(spread**0.5)


@pytest.mark.parametrize("rule", ["step", "linear"])
def test_flat_plateau_keeps_its_whole_volume_against_definition(rule: str) -> None:
    plateau = line([50.0] * 6 + [10.0, 90.0], interpolation=rule)
    assert plateau.fraction_at_least(50.0) >= 6 / 8
    assert plateau.dose_to_fraction_Gy(0.3) == 50.0 == plateau.dose_to_fraction_Gy(0.7)
    flat = line([50.0] * 7, interpolation=rule)
    assert [flat.dose_to_fraction_Gy(v) for v in (0.0, 0.02, 0.5, 0.98, 1.0)] == [50.0] * 5
    assert flat.fraction_at_least(50.0) > 0.9
    assert flat.fraction_at_least(50.0001) == 0.0
    assert flat.homogeneity_icru83 == 0.0
    assert flat.homogeneity_d5_d95 == 1.0


def test_linear_rule_against_hand_interpolation() -> None:
    four = line([10.0, 20.0, 30.0, 40.0], interpolation="linear")
    assert four.dose_to_fraction_Gy(0.5) == pytest.approx(25.0)
    assert four.fraction_at_least(25.0) == pytest.approx(0.5)
    assert (four.dose_to_fraction_Gy(0.0), four.dose_to_fraction_Gy(1.0)) == (40.0, 10.0)
    assert four.fraction_at_least(5.0) == 1.0


def test_one_voxel_is_its_own_dose_against_definition() -> None:
    one = line([66.0])
    assert [one.dose_to_fraction_Gy(v) for v in (0, 0.02, 0.5, 0.98, 1)] == [66.0] * 5
    assert one.findings()[0].code == "dvh.few-voxels"
    assert "100 %" in one.findings()[0].text


def test_homogeneity_against_hand_value() -> None:
    hundred = line([float(d) for d in range(1, 101)])
    assert hundred.homogeneity_icru83 == pytest.approx((99 - 3) / 51)
    assert hundred.homogeneity_d5_d95 == pytest.approx(96 / 6)
    assert line([0.0, 0.0]).homogeneity_icru83 is None
    assert line([0.0, 0.0]).homogeneity_d5_d95 is None


def test_slivers_are_left_out_and_counted_against_hand_volume() -> None:
    part = line([1.0, 50.0], [0.005, 1.0])
    assert part.min_Gy == 50.0
    assert part.sample.excluded_mL == pytest.approx(0.005)
    assert "left out (0.005 mL)" in part.rule
    assert line([1.0, 50.0], [0.005, 1.0], coverage_floor=0.0).min_Gy == 1.0
    assert line([1.0, 50.0], [0.25, 1.0], coverage_floor=0.25).min_Gy == 50.0, "covered by the floor or less is left out"
    assert line([1.0, 50.0], [0.0, 1.0], coverage_floor=0.0).min_Gy == 50.0


# ---- gEUD


def test_geud_against_its_special_cases() -> None:
    some = line([10.0, 20.0, 40.0, 80.0])
    assert some.gEUD_Gy(1) == pytest.approx(some.mean_Gy)
    assert some.gEUD_Gy(0) == pytest.approx((10 * 20 * 40 * 80) ** 0.25)
    assert some.gEUD_Gy(1e-10) == pytest.approx(some.gEUD_Gy(1e-6), rel=1e-4)
    assert some.gEUD_Gy(-1) == pytest.approx(4 / (1 / 10 + 1 / 20 + 1 / 40 + 1 / 80))
    assert some.gEUD_Gy(800) == pytest.approx(80, rel=0.01)
    assert some.gEUD_Gy(-800) == pytest.approx(10, rel=0.01)
    assert line([0.0, 10.0]).gEUD_Gy(-5) == 0.0
    assert line([0.0, 0.0]).gEUD_Gy(5) == 0.0
    assert line([0.0, 10.0]).gEUD_Gy(2) == pytest.approx(np.sqrt(50))


@given(doses_and_covers, st.floats(-20, 20), st.floats(-20, 20))
def test_geud_grows_with_a(voxels: list[tuple[float, float]], a: float, b: float) -> None:
    some = line([d + 0.1 for d, _ in voxels], [c for _, c in voxels])
    low, high = sorted((a, b))
    assert some.gEUD_Gy(low) <= some.gEUD_Gy(high) * (1 + 1e-6)
    assert some.min_Gy * (1 - 1e-9) <= some.gEUD_Gy(low) <= some.max_Gy * (1 + 1e-9)


# ---- properties


@pytest.mark.parametrize("rule", ["step", "linear"])
@given(voxels=doses_and_covers, v=st.floats(0, 1))
def test_v_of_dx_is_at_least_x(rule: str, voxels: list[tuple[float, float]], v: float) -> None:
    some = line([d for d, _ in voxels], [c for _, c in voxels], interpolation=rule)
    assert some.fraction_at_least(some.dose_to_fraction_Gy(v) - 1e-9) >= v - 1e-9


@pytest.mark.parametrize("rule", ["step", "linear"])
@given(voxels=doses_and_covers)
def test_curve_never_rises_and_starts_at_one(rule: str, voxels: list[tuple[float, float]]) -> None:
    some = line([d for d, _ in voxels], [c for _, c in voxels], interpolation=rule)
    for points in (2, 20, 200):
        doses, shares = some.curve(points)
        assert np.all(np.diff(doses) >= 0)
        assert np.all(np.diff(shares) <= 1e-12)
        assert shares[0] == 1.0 if doses[0] == 0 else shares[0] <= 1.0
        assert some.fraction_at_least(0.0) == 1.0
    grid = np.linspace(0, 1, 33)
    assert np.all(np.diff([some.dose_to_fraction_Gy(v) for v in grid]) <= 0)


@given(doses_and_covers)
def test_mean_is_the_area_under_the_curve(voxels: list[tuple[float, float]]) -> None:
    some = line([d for d, _ in voxels], [c for _, c in voxels])
    doses, shares = some.curve(10_000)
    assert float(np.trapezoid(shares, doses)) == pytest.approx(some.mean_Gy, rel=1e-9, abs=1e-9)


@given(doses_and_covers, st.floats(0.01, 100), st.floats(0, 1))
def test_every_number_scales_with_the_dose(voxels: list[tuple[float, float]], factor: float, v: float) -> None:
    covers = [c for _, c in voxels]
    one, scaled = line([d for d, _ in voxels], covers), line([d * factor for d, _ in voxels], covers)
    assert scaled.mean_Gy == pytest.approx(factor * one.mean_Gy)
    assert scaled.dose_to_fraction_Gy(v) == pytest.approx(factor * one.dose_to_fraction_Gy(v))
    assert scaled.gEUD_Gy(3) == pytest.approx(factor * one.gEUD_Gy(3))


@given(doses_and_covers)
def test_differential_keeps_the_volume(voxels: list[tuple[float, float]]) -> None:
    some = line([d for d, _ in voxels], [c for _, c in voxels])
    assert some.differential(np.linspace(0, 500, 26)).sum() == pytest.approx(some.volume_mL)


def test_curve_shows_every_corner_of_a_few_voxels_against_hand() -> None:
    doses, shares = line([10.0, 30.0]).curve()
    assert doses.tolist() == [0, 10, 10, 30, 30]
    assert shares.tolist() == [1, 1, 0.5, 0.5, 0]
    doses, shares = line([0.0, 30.0]).curve()
    assert (doses.tolist(), shares.tolist()) == ([0, 0, 30, 30], [1, 0.5, 0.5, 0])


# ---- analytic solids in a linear gradient (after Nelms et al. 2015, doi:10.1118/1.4923175; closed forms derived here)

RADIUS, HEIGHT, GRADIENT, CENTRE_Gy = 12.0, 24.0, 1.0, 16.0


def sphere_share(t: float) -> float:
    """Share of a sphere beyond the plane at t from its centre: a cap."""
    t = float(np.clip(t, -RADIUS, RADIUS))
    return (RADIUS - t) ** 2 * (2 * RADIUS + t) / (4 * RADIUS**3)


def disc_share(t: float, radius: float) -> float:
    """Share of a disc beyond the chord at t: a circular segment."""
    u = float(np.clip(t / radius, -1, 1))
    return (np.arccos(u) - u * np.sqrt(1 - u * u)) / np.pi


def cone_along_share(t: float) -> float:
    """Cone with its base at -h/2 and apex at +h/2, plane across the axis at t: a similar cone."""
    return float(np.clip((HEIGHT / 2 - t) / HEIGHT, 0, 1)) ** 3


def cone_across_share(t: float) -> float:
    """The same cone, plane along the axis: (acos u - 2u sqrt(1-u2) + u3 acosh(1/u)) / pi for u = t/R."""
    u = abs(t) / RADIUS
    if u >= 1:
        return float(t < 0)
    tail = 0.5 if u == 0 else (np.arccos(u) - 2 * u * np.sqrt(1 - u * u) + u**3 * np.arccosh(1 / u)) / np.pi
    return float(tail if t >= 0 else 1 - tail)


def test_cone_closed_form_against_quadrature() -> None:
    for t in (0.0, 2.5, 7.0, 11.0, -4.0):
        inner = quad(
            lambda z, t=t: disc_share(t, RADIUS * (1 - z)) * 3 * (1 - z) ** 2 if z < 1 else 0.0,
            0,
            1,
            limit=500,
            points=[1 - abs(t) / RADIUS],
        )[0]
        assert cone_across_share(t) == pytest.approx(inner, abs=1e-6)


def inside(solid: str, x: Any, y: Any, z: Any) -> Any:
    if solid == "sphere":
        return x**2 + y**2 + z**2 <= RADIUS**2
    if solid == "cylinder":
        return (x**2 + y**2 <= RADIUS**2) & (np.abs(z) <= HEIGHT / 2)
    return (np.sqrt(x**2 + y**2) <= RADIUS * (HEIGHT / 2 - z) / HEIGHT) & (np.abs(z) <= HEIGHT / 2)


SHARES = {
    ("sphere", "z"): sphere_share,
    ("sphere", "x"): sphere_share,
    ("cylinder", "z"): lambda t: float(np.clip((HEIGHT / 2 - t) / HEIGHT, 0, 1)),
    ("cylinder", "x"): lambda t: disc_share(t, RADIUS),
    ("cone", "z"): cone_along_share,
    ("cone", "x"): cone_across_share,
}


def coordinates(grid: Grid) -> tuple[Any, Any, Any]:
    world = grid.to_world(np.stack(np.indices(grid.shape), axis=-1))
    return world[..., 0], world[..., 1], world[..., 2]


def centred(spacing: tuple[float, float, float], half: float = 15.0) -> Grid:
    """A grid over +-half mm whose centre is off any voxel centre or face."""
    shape = (int(2 * half / spacing[0]) + 2, int(2 * half / spacing[1]) + 2, int(2 * half / spacing[2]) + 2)
    origin = tuple(-(n - 1) / 2 * s + 0.13 * s for n, s in zip(shape, spacing, strict=True))[::-1]
    return Grid.aligned(shape, spacing, (origin[0], origin[1], origin[2]))


@pytest.fixture(scope="module")
def solids() -> dict[str, Image]:
    fine = Grid.aligned((100, 100, 100), (0.25, 0.25, 0.25), (-12.375, -12.375, -12.375))  # +-12 mm lies on voxel faces
    x, y, z = coordinates(fine)
    return {name: Image(fine, inside(name, x, y, z), Quantity.MASK) for name in ("sphere", "cylinder", "cone")}


def gradient_dose(grid: Grid, axis: str) -> Image:
    x, _, z = coordinates(grid)
    return Image(grid, CENTRE_Gy + GRADIENT * (x if axis == "x" else z), Quantity.DOSE)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.0, 2.0, 2.0), (3.0, 3.0, 3.0), (3.0, 1.5, 1.5), (1.0, 4.0, 2.0)])
@pytest.mark.parametrize("solid_axis", list(SHARES), ids="-".join)
def test_solids_in_a_gradient_against_closed_forms(
    solids: dict[str, Image], solid_axis: tuple[str, str], spacing: tuple[float, float, float]
) -> None:
    solid, axis = solid_axis
    truth = SHARES[solid_axis]
    mask = solids[solid]
    dose = gradient_dose(centred(spacing), axis)
    step_mm = spacing[0] if axis == "z" else spacing[2]
    plain = dvh(dose, mask, rule="covered fraction")
    fine = dvh(dose, mask, rule="covered fraction", oversample=4)
    shift = 3 * HEIGHT / 4 - HEIGHT / 2 if solid == "cone" and axis == "z" else 0.0  # centroid of a cone: a quarter of its height
    volume = {"sphere": 4 / 3 * np.pi * RADIUS**3, "cylinder": np.pi * RADIUS**2 * HEIGHT, "cone": np.pi * RADIUS**2 * HEIGHT / 3}
    for found in (plain, fine):
        assert found.volume_mL + found.sample.excluded_mL == pytest.approx(volume[solid] / 1000, rel=0.005)
        assert found.mean_Gy == pytest.approx(CENTRE_Gy - shift, abs=0.04)
    for share in (0.02, 0.05, 0.3, 0.5, 0.7, 0.95, 0.98):
        want = _inverse(truth, share)
        assert abs(plain.dose_to_fraction_Gy(share) - want) <= GRADIENT * (step_mm / 2 + 0.02)
        assert abs(fine.dose_to_fraction_Gy(share) - want) <= GRADIENT * (step_mm / 8 + 0.02)
    for t in np.arange(-10.3, 10.5, 1.7):
        assert fine.fraction_at_least(CENTRE_Gy + GRADIENT * t) == pytest.approx(truth(float(t)), abs=0.02 + 0.01 * step_mm)


def _inverse(truth: Any, share: float) -> float:
    low, high = -HEIGHT, HEIGHT
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if truth(middle) >= share else (low, middle)
    return CENTRE_Gy + GRADIENT * (low + high) / 2


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.78, 2.344, 2.344)])
def test_gaussian_dose_in_a_sphere_against_closed_form(solids: dict[str, Image], spacing: tuple[float, float, float]) -> None:
    """D = D0 exp(-r2/2s2): V(x) = (r(x)/R)^3 with r = s sqrt(2 ln(D0/x))."""
    width, top = 10.0, 200.0
    grid = centred(spacing)
    x, y, z = coordinates(grid)
    dose = Image(grid, top * np.exp(-(x**2 + y**2 + z**2) / (2 * width**2)), Quantity.DOSE)
    found = dvh(dose, solids["sphere"], rule="covered fraction", oversample=3)
    for share in (0.05, 0.3, 0.5, 0.7, 0.95):
        want = top * np.exp(-((share ** (1 / 3) * RADIUS) ** 2) / (2 * width**2))
        assert found.dose_to_fraction_Gy(share) == pytest.approx(want, rel=0.015)
    mean = quad(lambda r: 3 * r**2 / RADIUS**3 * top * np.exp(-(r**2) / (2 * width**2)), 0, RADIUS)[0]
    assert found.mean_Gy == pytest.approx(mean, rel=0.012)  # trilinear interpolation flattens the peak
    assert dvh(dose, solids["sphere"], rule="covered fraction").mean_Gy == pytest.approx(mean, rel=0.006)


def test_oversampling_keeps_a_linear_gradient_up_to_the_border() -> None:
    grid = Grid.aligned((4, 4, 4), (2.0, 2.0, 2.0))
    dose = gradient_dose(grid, "x")
    mask = Image(grid, np.ones(grid.shape, dtype=bool), Quantity.MASK)
    whole = dvh(dose, mask, oversample=3)
    assert whole.mean_Gy == pytest.approx(dvh(dose, mask).mean_Gy, rel=1e-6)
    assert whole.volume_mL == pytest.approx(64 * 0.008)
    assert (whole.min_Gy, whole.max_Gy) == (16.0, 22.0)  # constant beyond the outermost centres: never 0, never extrapolated
    assert "3 parts per voxel edge" in whole.rule
    assert dvh(
        dose, Image(grid, np.zeros(grid.shape, dtype=bool).copy() | (np.arange(4) == 1), Quantity.MASK), oversample=2
    ).mean_Gy == pytest.approx(18.0)


# ---- rules


def test_rules_differ_on_a_small_lesion_and_are_printed() -> None:
    fine = Grid.aligned((12, 12, 12), (1.0, 1.0, 1.0))
    coarse = Grid.aligned((4, 4, 4), (3.0, 3.0, 3.0), (1.0, 1.0, 1.0))
    mask = np.zeros(fine.shape, dtype=bool)
    mask[2:7, 2:7, 2:7] = True
    dose = Image(coarse, np.arange(64, dtype=np.float64).reshape(4, 4, 4), Quantity.DOSE)
    drawn = Image(fine, mask, Quantity.MASK)
    covered, picked = dvh(dose, drawn, rule="covered fraction"), dvh(dose, drawn, rule="nearest neighbour")
    assert covered.volume_mL == pytest.approx(0.125)
    assert picked.volume_mL == pytest.approx(0.027)  # centres at 1, 4, 7, 10: only one is inside along each axis
    assert picked.mean_Gy == 21.0
    assert covered.rule.startswith("covered fraction")
    assert picked.rule.startswith("nearest neighbour")
    assert covered.sample.given_volume_mL == pytest.approx(0.125)


def test_structure_brings_its_own_rule_and_name() -> None:
    grid = Grid.aligned((1, 1, 2), (10, 10, 10))
    mask = Image(grid, np.array([[[0.5, 1.0]]]), Quantity.MASK)
    site = Site(id="right", kind=SiteKind.TERRITORY, parent="liver", contour=FileContour(file="masks/right.nii.gz"))
    found = dvh(Image(grid, np.array([[[1.0, 2.0]]]), Quantity.DOSE), Structure(site, mask, "covered fraction", 1.6))
    assert found.structure == "right"
    assert found.rule == "covered fraction; step rule"
    assert found.sample.given_volume_mL == 1.6
    value = found.summary(doses_Gy=(2.0,))
    assert value["V2Gy_fraction"] == pytest.approx(2 / 3)
    assert value["D98_Gy"] == 1.0
    assert value["of"] == "absorbed dose"


# ---- guards


def test_mask_on_another_grid_needs_a_named_rule() -> None:
    dose = Image(Grid.aligned((2, 2, 2), (2, 2, 2)), np.ones((2, 2, 2)), Quantity.DOSE)
    mask = Image(Grid.aligned((4, 4, 4), (1, 1, 1)), np.ones((4, 4, 4), dtype=bool), Quantity.MASK)
    with pytest.raises(GridMismatch, match="shape"):
        dvh(dose, mask)
    assert dvh(dose, mask, rule="covered fraction").mean_Gy == 1.0
    with pytest.raises(GridMismatch, match="frame"):
        dvh(dose, mask.in_frame("another"), rule="covered fraction")


def test_guards_fire() -> None:
    grid = Grid.aligned((1, 1, 2), (1, 1, 1))
    dose = Image(grid, np.array([[[1.0, -2.0]]]), Quantity.DOSE)
    full = Image(grid, np.ones(grid.shape, dtype=bool), Quantity.MASK)
    with pytest.raises(BadInput, match="an image of Gy"):
        dvh(Image(grid, np.ones(grid.shape), Quantity.HU), full)
    with pytest.raises(BadInput, match="fraction"):
        dvh(dose, dose)
    with pytest.raises(BadInput, match="fractions with the nearest"):
        dvh(dose, Image(grid, np.full(grid.shape, 0.5), Quantity.MASK), rule="nearest neighbour")
    with pytest.raises(BadInput, match="sampling rule"):
        dvh(dose, full, rule="best")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="oversample"):
        dvh(dose, full, oversample=0)
    with pytest.raises(BadInput, match="coverage floor"):
        dvh(dose, full, coverage_floor=1.0)
    with pytest.raises(BadInput, match="interpolation"):
        dvh(dose, full, interpolation="cubic")  # type: ignore[arg-type]
    with pytest.raises(OutOfScope, match="pieces"):
        dvh(dose, full, oversample=1000)
    with pytest.raises(OutOfScope, match="no voxel"):
        dvh(dose, Image(grid, np.zeros(grid.shape, dtype=bool), Quantity.MASK))
    with pytest.raises(OutOfScope, match="no voxel"):
        dvh(dose, Image(grid, np.zeros(grid.shape, dtype=bool), Quantity.MASK), oversample=2)
    some = dvh(dose, full)
    with pytest.raises(BadInput, match="0 to 1"):
        some.dose_to_fraction_Gy(95)
    with pytest.raises(OutOfScope, match="dose to 2 mL"):
        some.dose_to_volume_Gy(2.0)
    with pytest.raises(BadInput, match="below 0 Gy"):
        some.gEUD_Gy(2)
    with pytest.raises(BadInput, match="finite"):
        generalised_mean(values=np.ones(1), weights=np.ones(1), a=np.inf)
    with pytest.raises(BadInput, match="points"):
        some.curve(1)
    assert [f.code for f in some.findings()] == ["dvh.few-voxels", "dvh.negative"]


def test_empty_sample_says_so() -> None:
    grid = Grid.aligned((1, 1, 2), (1, 1, 1))
    nothing = sample(
        Image(grid, np.ones(grid.shape), Quantity.DOSE), Image(grid, np.zeros(grid.shape, dtype=bool), Quantity.MASK)
    )
    assert nothing.is_empty
    assert nothing.volume_mL == 0.0
    assert isinstance(nothing, Sample)
