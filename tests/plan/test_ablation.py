"""Ablation margins against spheres and boxes, whose margins are known everywhere."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.errors import BadInput, GridMismatch
from glisson.plan.ablation import MarginMap, area_by_margin, fraction_below, margin_map, margin_numbers
from glisson.plan.ablation_result import margin_result
from glisson.voxels import Grid, Image, Quantity
from glisson.voxels.surface import SignedDistance, surface_of

SPACINGS = [
    (1.0, 1.0, 1.0), (2.0, 2.0, 2.0), (1.0, 0.7, 0.7), (2.5, 0.8, 0.8), (3.0, 1.0, 1.0), (1.0, 1.0, 3.0), (5.0, 0.8, 0.8),
]  # fmt: skip
CENTRE = np.array([36.0, 36.0, 36.0])
WIDE_mm = 72.0


def grid_of(spacing: tuple[float, float, float]) -> Grid:
    return Grid.aligned(tuple(int(WIDE_mm / edge) + 1 for edge in spacing), spacing)  # type: ignore[arg-type]


def ball(grid: Grid, centre: np.ndarray, radius: float) -> Image:
    world = grid.to_world(np.stack(np.indices(grid.shape), axis=-1))
    return Image(grid, np.linalg.norm(world - centre, axis=-1) <= radius, Quantity.MASK)


def below_of_shifted(radius: float, zone: float, shift: float, threshold: float) -> float:
    """Share of a sphere's surface whose distance to a shifted sphere around it is below a threshold (Archimedes' hat box)."""
    if threshold >= zone:
        return 1.0
    cosine = (radius**2 + shift**2 - (zone - threshold) ** 2) / (2 * radius * shift)
    return float(np.clip((1 + cosine) / 2, 0, 1))


def margins_of(spacing: tuple[float, float, float], radius: float, zone: float, shift: float, seed: int = 0) -> MarginMap:
    rng = np.random.default_rng(seed)
    grid = grid_of(spacing)
    centre = CENTRE + rng.uniform(-0.5, 0.5, 3) * np.array(spacing)[::-1]
    way = rng.normal(size=3)
    return margin_map(tumour=ball(grid, centre, radius), zone=ball(grid, centre + shift * way / np.linalg.norm(way), zone))


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize(("radius", "zone"), [(10.0, 15.0), (8.0, 20.0), (15.0, 15.0)])
def test_margin_of_concentric_spheres_within_half_a_voxel(
    spacing: tuple[float, float, float], radius: float, zone: float
) -> None:
    """Every point of the surface, by half of the longest edge."""
    half = max(spacing) / 2
    for seed in range(2):
        margins = margins_of(spacing, radius, zone, 0.0, seed)
        off = np.abs(margins.margin_mm - (zone - radius))
        assert off.max() < half
        numbers = margin_numbers(margins, [zone - radius - half, zone - radius + half])
        assert numbers.below_fraction == pytest.approx((0.0, 1.0), abs=0.05)
        assert numbers.mean_mm == pytest.approx(zone - radius, abs=0.3 * half)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize(
    ("radius", "zone", "shift"), [(10.0, 15.0, 4.0), (10.0, 15.0, 8.0), (15.0, 22.0, 9.0), (12.0, 14.0, 7.0)]
)
def test_margin_of_shifted_spheres_within_half_a_voxel(
    spacing: tuple[float, float, float], radius: float, zone: float, shift: float
) -> None:
    half = max(spacing) / 2
    for seed in range(2):
        margins = margins_of(spacing, radius, zone, shift, seed)
        numbers = margin_numbers(margins, [0.0, 5.0, 10.0])
        assert numbers.minimum_mm == pytest.approx(zone - radius - shift, abs=half)
        assert margins.margin_mm.max() == pytest.approx(zone - radius + shift, abs=half)
        for threshold, share in zip((0.0, 5.0, 10.0), numbers.below_fraction, strict=True):
            low, high = (below_of_shifted(radius, zone, shift, threshold + d) for d in (-half, half))
            assert low - 1e-9 <= share <= high + 1e-9
            assert share == pytest.approx(below_of_shifted(radius, zone, shift, threshold), abs=0.06)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_surface_against_the_sphere(spacing: tuple[float, float, float]) -> None:
    surface = surface_of(ball(grid_of(spacing), CENTRE + 0.3, 14.0))
    away = np.linalg.norm(surface.points_mm - CENTRE - 0.3, axis=1) - 14.0
    assert np.abs(away).max() < max(spacing) / 2
    assert surface.areas_mm2.sum() == pytest.approx(4 * np.pi * 14.0**2, rel=0.06)


def test_signed_distance_against_every_triangle() -> None:
    """The distance to the nearest of a few triangles is the distance to the nearest of all."""
    grid = grid_of((3.0, 1.0, 1.0))
    mask = ball(grid, CENTRE, 9.0)
    distance = SignedDistance(mask)
    points = np.random.default_rng(5).uniform(20, 52, (300, 3))
    from glisson.voxels.surface import _to_triangles

    a, b, c = distance.surface.corners_mm
    corners = np.stack([a, b, c], axis=1)
    plain = np.array([_to_triangles(np.repeat(p[None], len(corners), axis=0), corners).min() for p in points])
    assert np.abs(np.abs(distance(points)) - plain).max() < 1e-9
    inside = np.linalg.norm(points - CENTRE, axis=1) < 9.0 - 1.5
    outside = np.linalg.norm(points - CENTRE, axis=1) > 9.0 + 1.5
    assert (distance(points)[inside] > 0).all() and (distance(points)[outside] < 0).all()


def test_turned_grid_gives_the_same_margin() -> None:
    turn = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
    straight = grid_of((1.0, 1.0, 1.0))
    affine = straight.affine.copy()
    affine[:3, :3] = turn @ affine[:3, :3]
    affine[:3, 3] = CENTRE - affine[:3, :3] @ np.array([36.0, 36.0, 36.0])
    turned = Grid(straight.shape, affine)
    numbers = [
        margin_numbers(margin_map(tumour=ball(g, CENTRE, 10.0), zone=ball(g, CENTRE + np.array([0, 0, 5.0]), 14.0)), [0.0])
        for g in (straight, turned)
    ]
    assert numbers[0].minimum_mm == pytest.approx(-1.0, abs=0.5)
    assert numbers[1].minimum_mm == pytest.approx(numbers[0].minimum_mm, abs=0.5)


def test_residual_volume_against_the_lens() -> None:
    """Two equal spheres at a distance: the part of one outside the other is the sphere less a lens."""
    radius, shift = 12.0, 9.0
    lens = np.pi * (4 * radius + shift) * (2 * radius - shift) ** 2 / 12 / 1000
    grid = grid_of((0.8, 0.8, 0.8))
    margins = margin_map(tumour=ball(grid, CENTRE, radius), zone=ball(grid, CENTRE + np.array([shift, 0, 0]), radius))
    assert margins.residual_mL == pytest.approx(4 / 3 * np.pi * radius**3 / 1000 - lens, rel=0.01)


def test_subcapsular_surface_against_the_cap() -> None:
    """A flat capsule beside a sphere: the part of its surface nearer than a distance is a cap, and both sets of numbers are printed."""
    grid = grid_of((1.0, 1.0, 1.0))
    tumour = ball(grid, CENTRE, 10.0)
    world = grid.to_world(np.stack(np.indices(grid.shape), axis=-1))
    liver = Image(grid, (world[..., 0] <= 48.5) & (np.abs(world - CENTRE).max(axis=-1) < 33), Quantity.MASK)
    zone = Image(grid, (np.linalg.norm(world - CENTRE, axis=-1) <= 16) & liver.array, Quantity.MASK)
    margins = margin_map(tumour=tumour, zone=zone, liver=liver)
    result = margin_result(margins, parameters={}, inputs={})
    cap = (10.0 - (48.5 + 0.5 - 5.0 - 36.0)) / 20.0
    assert result.value["subcapsular_fraction"] == pytest.approx(cap, abs=0.05)
    assert result.value["whole"]["minimum_mm"] == pytest.approx(3.0, abs=0.6)
    assert result.value["away_from_capsule"]["minimum_mm"] == pytest.approx(5.0, abs=0.6)
    assert margin_result(margins, subcapsular_mm=0.0, parameters={}, inputs={}).value["subcapsular_fraction"] == 0.0
    with pytest.raises(BadInput, match="subcapsular distance"):
        margins.away_from_capsule(-1.0)


def test_what_the_result_says_of_residual_tumour_and_of_what_is_not_sourced() -> None:
    result = margin_result(margins_of((1.0, 1.0, 1.0), 10.0, 12.0, 6.0), parameters={}, inputs={})
    assert {"residual-tumour", "no-capsule", "applicators-not-sourced", "registration-not-included"} <= {
        f.code for f in result.findings
    }
    assert result.value["applicators"] is None and not result.value["reached"]
    assert "sandu-2021" in result.sources
    assert sum(result.value["histogram"]["area_fraction"]) == pytest.approx(1.0, abs=1e-4)
    border = margin_result(margins_of((2.0, 2.0, 2.0), 10.0, 15.0, 0.0), parameters={}, inputs={})
    assert "margin-at-border" in {f.code for f in border.findings}


def test_other_grid_is_refused() -> None:
    tumour = ball(grid_of((1.0, 1.0, 1.0)), CENTRE, 10.0)
    with pytest.raises(GridMismatch, match="spacing"):
        margin_map(tumour=tumour, zone=ball(grid_of((2.0, 1.0, 1.0)), CENTRE, 15.0))
    elsewhere = ball(grid_of((1.0, 1.0, 1.0)).in_frame("after"), CENTRE, 15.0)
    with pytest.raises(GridMismatch, match="frame of reference"):
        margin_map(tumour=tumour, zone=elsewhere)


def test_empty_masks_and_other_images_are_refused() -> None:
    grid = grid_of((1.0, 1.0, 1.0))
    tumour = ball(grid, CENTRE, 10.0)
    nothing = tumour.with_array(np.zeros(grid.shape, bool))
    with pytest.raises(BadInput, match="zone is empty"):
        margin_map(tumour=tumour, zone=nothing)
    with pytest.raises(BadInput, match="tumour is empty"):
        margin_map(tumour=nothing, zone=tumour)
    with pytest.raises(BadInput, match="image of HU"):
        margin_map(tumour=tumour, zone=Image(grid, np.zeros(grid.shape), Quantity.HU))
    sheared = grid.affine.copy()
    sheared[0, 1] = 0.5
    leaning = Grid(grid.shape, sheared)
    with pytest.raises(BadInput, match="sheared"):
        margin_map(tumour=ball(leaning, CENTRE, 9.0), zone=ball(leaning, CENTRE, 14.0))


def test_a_mask_at_the_edge_of_its_image_is_said() -> None:
    grid = grid_of((1.0, 1.0, 1.0))
    margins = margin_map(tumour=ball(grid, CENTRE, 10.0), zone=ball(grid, np.array([36.0, 36.0, 60.0]), 40.0))
    assert margins.zone_cut
    assert "cut-by-image" in {f.code for f in margin_result(margins, parameters={}, inputs={}).findings}


@given(st.lists(st.floats(-20, 20), min_size=3, max_size=3), st.floats(-25, 25))
@settings(max_examples=60)
def test_share_of_a_triangle_against_many_points(corners: list[float], threshold: float) -> None:
    u, v = np.random.default_rng(1).uniform(size=(2, 20000))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    values = corners[0] + u * (corners[1] - corners[0]) + v * (corners[2] - corners[0])
    share = float(fraction_below(np.array([corners]), threshold)[0])
    if max(corners) - min(corners) > 1e-6:
        assert share == pytest.approx(float((values < threshold).mean()), abs=0.02)


def test_bins_of_margin_hold_the_whole_surface() -> None:
    margins = margins_of((1.0, 1.0, 1.0), 10.0, 15.0, 8.0)
    shares = area_by_margin(margins, np.arange(-2.0, 8.0))
    assert shares.sum() == pytest.approx(1.0) and (shares >= 0).all()


def test_capsule_far_away_and_near_against_the_plane() -> None:
    """Distances to a flat capsule are exact near the tumour; beyond the reach they are at least it."""
    grid = grid_of((1.0, 1.0, 1.0))
    tumour = ball(grid, CENTRE, 8.0)
    world = grid.to_world(np.stack(np.indices(grid.shape), axis=-1))
    zone = ball(grid, CENTRE, 12.0)
    near = margin_map(tumour=tumour, zone=zone, liver=Image(grid, world[..., 2] <= 50, Quantity.MASK))
    expected = np.minimum(50.5 - near.surface.points_mm[:, 2], 36.5)
    assert near.capsule_mm is not None and np.abs(near.capsule_mm - expected)[expected < 20].max() < 0.5
    with pytest.raises(BadInput, match="below 40 mm"):
        near.away_from_capsule(40.0)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.5, 0.8, 0.8)])
def test_margin_of_boxes_against_their_faces(spacing: tuple[float, float, float]) -> None:
    """Flat faces along the grid: the distance between faces, away from the edges, where both boxes are rounded."""
    grid = grid_of(spacing)
    index = np.stack(np.indices(grid.shape), axis=-1)
    middle = np.array(grid.shape) // 2
    half = np.round(np.array([15.0, 15.0, 15.0]) / spacing).astype(int)
    grown = half + np.round(np.array([5.0, 5.0, 5.0]) / spacing).astype(int)
    tumour, zone = (Image(grid, (np.abs(index - middle) <= size).all(axis=-1), Quantity.MASK) for size in (half, grown))
    margins = margin_map(tumour=tumour, zone=zone)
    away = np.abs(margins.surface.points_mm - grid.to_world(middle))
    for axis, edge in ((0, spacing[2]), (1, spacing[1]), (2, spacing[0])):
        others = [other for other in range(3) if other != axis]
        face = (away[:, others] < 6).all(axis=1)
        expected = (grown - half)[2 - axis] * edge
        assert np.abs(margins.margin_mm[face] - expected).max() < 0.25 * edge
