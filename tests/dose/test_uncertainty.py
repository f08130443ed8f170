"""Uncertainty of a mean dose against hand-worked numbers and against random draws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from glisson.dose import edge as e
from glisson.dose.budget import MeanDoseUncertainty, Term, budget
from glisson.dose.constant import DoseConstant, dose_constant
from glisson.dose.uncertainty import Emission, Outline, Recovery, mean_dose_uncertainty
from glisson.errors import BadInput, GridMismatch, OutOfScope
from glisson.knowledge import sources
from glisson.knowledge.uncertainty_terms import uncertainty_terms
from glisson.voxels import Grid, Image, Quantity

Y90 = dose_constant("Y-90")
SIGMA = 2 * math.sqrt(2 * math.log(2))


def uncertainty(
    region: e.Region,
    *,
    outline: Outline | None = None,
    emission: Emission | None = None,
    constant: DoseConstant = Y90,
    method: str = "local",
    density_fraction: float | None = 0.01,
) -> MeanDoseUncertainty:
    return mean_dose_uncertainty(
        region,
        outline=outline or Outline((4.0, 4.0, 4.0), fwhm_mm=8.0, observer_sd_mm=0.0),
        emission=emission or Emission(voxel_volume_mL=0.064, fwhm_mm=8.0, voxel_noise_fraction=0.2, elapsed_h=0.0),
        constant=constant,
        method=method,
        density_fraction=density_fraction,
    )


# ---- by hand: a 10 mL sphere, voxels of 4 mm, resolution 8 mm, everything else small


def test_terms_against_hand_worked_example() -> None:
    """d = (60/pi)^(1/3) cm = 26.730 mm; u(d)2 = 16/6 + 64/(4 x 0.693147) = 2.6667 + 23.0831; u(v)/v = 3 x 5.0744 / 26.730."""
    terms = uncertainty(e.Region(volume_mL=10.0, surroundings_ratio=0.0)).terms
    u_volume = 3 * 5.0744 / 26.730
    sigma, radius = 8 / 2.354820, 26.730 / 2  # 3.39729, 13.365 mm; z = 2R/sigma = 7.868, tails below 1e-13
    phi = 1 - 4 / (7.868 * 2.506628)
    recovery = 1 - 0.75 * sigma / radius * 2 * 0.797885 + (sigma / radius) ** 3 / 16 * 8 * 0.797885
    assert (phi, recovery, u_volume) == (
        pytest.approx(0.79718, abs=1e-4),
        pytest.approx(0.7023, abs=1e-4),
        pytest.approx(0.5695, abs=1e-4),
    )
    assert terms["volume"] == pytest.approx((1 - phi / (2 * recovery)) * u_volume, rel=1e-3)
    assert terms["partial volume"] == pytest.approx((1 - recovery) / recovery / math.sqrt(3), rel=1e-3)
    cell = (4 * math.pi) ** 1.5 * sigma**3 / 1000
    assert terms["counts"] == pytest.approx(0.2 / math.sqrt(10 / cell), rel=1e-4)
    assert terms["calibration"] == 0.05
    assert terms["half-life"] == pytest.approx(0.0016 / math.sqrt(3))
    assert terms["time of the image"] == 0.0
    assert terms["dose constant"] == pytest.approx((0.9367 - 0.9267) / 2 / 0.9312 / math.sqrt(3))
    assert terms["transport"] == pytest.approx(0.05 / math.sqrt(3))


def test_total_against_root_of_squares_and_largest() -> None:
    found = uncertainty(e.Region(volume_mL=10.0, surroundings_ratio=0.0))
    assert found.relative_total == pytest.approx(math.hypot(*found.terms.values()))
    assert found.largest == "volume" and not found.is_lower_bound
    assert found.text == "± 36 % (k = 1; largest: volume, 25 %)"
    assert found.absolute_Gy(100.0) == pytest.approx(100 * found.relative_total)
    assert found.to_value()["lower_bound"] is False
    assert len(found.assumptions) == len(found.terms)
    assert set(found.sources) == {"gear-2018", "darienzo-2017", "eanm-2022", "mikell-2015"}


def test_what_is_unknown_makes_a_lower_bound_and_is_named() -> None:
    found = uncertainty(
        e.Region(volume_mL=10.0),
        outline=Outline((4.0, 4.0, 4.0)),
        emission=Emission(voxel_volume_mL=0.064),
        density_fraction=None,
    )
    assert found.is_lower_bound
    assert found.not_included == (
        "resolution of the outlined image",
        "reader",
        "partial volume",
        "counts",
        "time of the image",
        "density",
    )
    assert found.text.startswith("± at least ")
    assert "not included: resolution of the outlined image" in found.text
    assert found.terms["volume"] == pytest.approx(3 * 4 / math.sqrt(6) / 26.730, rel=1e-3)  # activity fixed: dose as 1/volume
    monte_carlo = uncertainty(e.Region(volume_mL=10.0), method="monte carlo")
    assert monte_carlo.not_included == ("transport",)
    other = DoseConstant("Re-188", "x", 0.9312, 17.0, "icrp-107")
    with pytest.raises(BadInput, match="unknown nuclide"):
        uncertainty(e.Region(volume_mL=10.0), constant=other)


def test_percent_is_never_a_power_of_ten() -> None:
    tiny = uncertainty(e.Region(volume_mL=0.1, surroundings_ratio=0.0))
    assert tiny.relative_total > 1
    assert "e+" not in tiny.text + " ".join(tiny.assumptions)
    assert "first-order propagation is rough" in " ".join(tiny.assumptions)


def test_recovery_correction_moves_volume_and_partial_volume_together() -> None:
    """R = 1 - 1/(1 + (v/b1)^b2): dlnR/dlnv = b2 (1 - R), against a finite difference; a wider outline raises R and lowers the dose."""

    def curve(v: float) -> float:
        return 1 - 1 / (1 + (v / 5.0) ** 0.8)

    value = curve(10.0)
    slope = 0.8 * (1 - value)
    assert (math.log(curve(10.01)) - math.log(curve(9.99))) / (math.log(10.01) - math.log(9.99)) == pytest.approx(slope, rel=1e-5)
    region = e.Region(volume_mL=10.0, edge_ratio=0.6)
    emission = Emission(
        voxel_volume_mL=0.064, fwhm_mm=8.0, voxel_noise_fraction=0.2, elapsed_h=0.0, recovery=Recovery(value, 0.04, slope)
    )
    found = uncertainty(region, emission=emission)
    assert found.terms["partial volume"] == 0.04
    assert found.terms["volume"] == pytest.approx((0.4 + slope) * 0.5695, rel=1e-3)


def test_time_term_against_derivative() -> None:
    """A(t) e^(lambda t) / lambda: relative change per relative change of T is |lambda t - 1|; a clock error costs lambda per hour."""
    late = uncertainty(
        e.Region(volume_mL=10.0),
        emission=Emission(voxel_volume_mL=0.064, fwhm_mm=8.0, voxel_noise_fraction=0.2, elapsed_h=20.0, clock_h=1.0),
    )
    assert late.terms["time of the image"] == pytest.approx(0.01081, abs=1e-5)  # the missed daylight-saving hour

    def decays(half_life: float) -> float:
        decay = math.log(2) / half_life
        return math.exp(decay * 20) / decay

    step = 1e-4
    numeric = (decays(64.1 * (1 + step)) - decays(64.1 * (1 - step))) / (2 * step) / decays(64.1)
    assert late.terms["half-life"] == pytest.approx(abs(numeric) * 0.0016 / math.sqrt(3), rel=1e-5)


def test_lung_takes_the_published_error_of_its_engine() -> None:
    lung = mean_dose_uncertainty(
        e.Region(volume_mL=2000.0),
        outline=Outline((4, 4, 4), 8.0, 0.0),
        emission=Emission(0.064, 8.0, 0.2, elapsed_h=0.0),
        constant=Y90,
        method="local",
        organ="lung",
    )
    assert lung.terms["transport"] == pytest.approx(0.17 / math.sqrt(3))


# ---- closed forms against numbers


@pytest.mark.parametrize(("volume_mL", "fwhm_mm"), [(10.0, 8.0), (2.0, 8.0), (30.0, 5.0), (0.5, 7.0)])
def test_blurred_sphere_against_a_filtered_voxel_sphere(volume_mL: float, fwhm_mm: float) -> None:
    radius = e.sphere_diameter_mm(volume_mL=volume_mL) / 2
    step = radius / 20
    reach = radius + 2.5 * fwhm_mm
    axis = np.arange(-reach, reach + step, step)
    r = np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2)
    body = np.clip((radius - r) / step + 0.5, 0, 1)  # antialiased
    blurred = ndimage.gaussian_filter(body, fwhm_mm / SIGMA / step, truncate=5)
    assert e.sphere_recovery(volume_mL=volume_mL, fwhm_mm=fwhm_mm) == pytest.approx(
        float((blurred * body).sum() / body.sum()), rel=0.003
    )
    shell = np.abs(r - radius) < step / 2
    assert e.sphere_edge_share(volume_mL=volume_mL, fwhm_mm=fwhm_mm) == pytest.approx(float(blurred[shell].mean()), rel=0.01)


@given(st.floats(0.05, 3000), st.floats(0.1, 25), st.floats(0.1, 25))
def test_recovery_falls_with_blur_and_stays_a_share(volume_mL: float, a: float, b: float) -> None:
    sharp, wide = (e.sphere_recovery(volume_mL=volume_mL, fwhm_mm=w) for w in sorted((a, b)))
    assert 0 <= wide <= sharp + 1e-12 <= 1 + 1e-9
    assert 0 < e.sphere_edge_share(volume_mL=volume_mL, fwhm_mm=a) <= 0.5


def test_no_blur_loses_nothing_against_definition() -> None:
    assert e.sphere_recovery(volume_mL=1.0, fwhm_mm=0.0) == 1.0
    assert e.sphere_edge_share(volume_mL=1.0, fwhm_mm=0.0) == 0.5


def test_noise_of_mean_against_smoothed_white_noise() -> None:
    rng = np.random.default_rng(20261122)
    fwhm_voxels, size, side = 2.4, 48, 20
    means, spread = [], []
    for _ in range(60):
        noise = ndimage.gaussian_filter(rng.standard_normal((size, size, size)), fwhm_voxels / SIGMA, mode="wrap")
        spread.append(noise.std())
        means.append([noise[i : i + side, j : j + side, k : k + side].mean() for i in (0, 26) for j in (0, 26) for k in (0, 26)])
    want = e.noise_of_mean(
        voxel_noise_fraction=float(np.mean(spread)), volume_mL=side**3, noise_fwhm_mm=10 * fwhm_voxels, voxel_volume_mL=1.0
    )
    assert float(np.std(means)) == pytest.approx(want, rel=0.15)  # a box of 20 voxels loses some cells at its faces
    assert e.noise_of_mean(voxel_noise_fraction=0.3, volume_mL=0.01, noise_fwhm_mm=8.0, voxel_volume_mL=0.064) == 0.3


# ---- Monte Carlo propagation: draw outlines around a blurred sphere


@pytest.mark.parametrize(("radius_mm", "background"), [(20.0, 0.0), (14.0, 0.0), (16.0, 0.2)])
def test_volume_term_against_random_outlines(radius_mm: float, background: float) -> None:
    """Erode and dilate the outline of a blurred voxel sphere at random; the spread of the mean dose is the volume term."""
    rng = np.random.default_rng(7)
    step, fwhm, sd_edge = 1.0, 7.0, 0.5
    grid = Grid.aligned((80, 80, 80), (step, step, step), (-39.5, -39.5, -39.5))
    x = grid.to_world(np.stack(np.indices(grid.shape), axis=-1))
    r = np.linalg.norm(x, axis=-1)
    cover = np.clip(radius_mm - r + 0.5, 0, 1)
    dose = 100 * ndimage.gaussian_filter(background + (1 - background) * cover, fwhm / SIGMA / step)

    def mean_in(outline_mm: float) -> float:
        return float(np.average(dose, weights=np.clip(outline_mm - r + 0.5, 0, 1)))

    shifts = np.linspace(-4 * sd_edge, 4 * sd_edge, 17)
    drawn = np.interp(rng.normal(0, sd_edge, 50_000), shifts, [mean_in(radius_mm + shift) for shift in shifts])
    observed = float(np.std(drawn) / mean_in(radius_mm))
    image, mask = Image(grid, dose, Quantity.DOSE), Image(grid, cover, Quantity.MASK)
    region = e.measure_region(image, mask, fwhm_mm=fwhm)
    # u(d) of one edge moving on both sides alike is 2 sd; the guidance adds two independent edges: sqrt 2 sd. Ask for the former.
    outline = Outline((0.0, 0.0, 0.0), fwhm_mm=0.0, observer_sd_mm=math.sqrt(2) * sd_edge)
    emission = Emission(voxel_volume_mL=0.001, fwhm_mm=fwhm, voxel_noise_fraction=0.0, elapsed_h=0.0)
    measured = uncertainty(region, outline=outline, emission=emission)
    assert measured.terms["volume"] == pytest.approx(observed, rel=0.03)
    assert region.surroundings_ratio == pytest.approx(background / (mean_in(radius_mm) / 100), abs=0.01)
    if background == 0:
        closed = uncertainty(e.Region(volume_mL=region.volume_mL), outline=outline, emission=emission)
        assert closed.terms["volume"] == pytest.approx(observed, rel=0.03)
    recovered = e.sphere_recovery(volume_mL=region.volume_mL, fwhm_mm=fwhm)
    loss = (100 - mean_in(radius_mm)) / mean_in(radius_mm)
    assert measured.terms["partial volume"] * math.sqrt(3) == pytest.approx(loss, rel=0.05)
    assert recovered < 1


def test_all_terms_against_monte_carlo() -> None:
    """Draw volume, calibration, noise, energy, half-life, density and transport together; compare the spread of K Q C(v) / (rho v)."""
    rng = np.random.default_rng(11)
    n = 200_000
    small = Outline((1.0, 1.0, 1.0), fwhm_mm=1.0, observer_sd_mm=0.0)
    region = e.Region(volume_mL=50.0, edge_ratio=0.55, surroundings_ratio=1.0)
    found = uncertainty(region, outline=small, density_fraction=0.02)
    u_volume = e.volume_uncertainty(volume_mL=50.0, voxel_mm=(1, 1, 1), fwhm_mm=1.0)
    volume = 1 + rng.normal(0, u_volume, n)
    count = volume**0.55
    t = found.terms
    half_life = 1 + rng.uniform(-0.0016, 0.0016, n)
    dose = count / volume * (1 + rng.normal(0, 0.05, n)) * (1 + rng.normal(0, t["counts"], n)) * half_life
    dose *= 1 + rng.uniform(-1, 1, n) * t["dose constant"] * math.sqrt(3)
    dose *= (1 + rng.uniform(-0.05, 0.05, n)) / (1 + rng.normal(0, 0.02, n))
    assert float(dose.std() / dose.mean()) == pytest.approx(found.relative_total, rel=0.01)
    assert t["partial volume"] == 0.0


# ---- guards and sources


def test_guards_fire() -> None:
    with pytest.raises(BadInput, match="volume 0"):
        e.sphere_diameter_mm(volume_mL=0.0)
    with pytest.raises(BadInput, match="0 mm or more"):
        e.diameter_uncertainty_mm(voxel_mm=-1.0, fwhm_mm=0.0)
    with pytest.raises(BadInput, match="FWHM"):
        e.sphere_recovery(volume_mL=1.0, fwhm_mm=-1.0)
    with pytest.raises(BadInput, match="negative noise"):
        e.noise_of_mean(voxel_noise_fraction=-0.1, volume_mL=1.0, noise_fwhm_mm=1.0, voxel_volume_mL=1.0)
    with pytest.raises(BadInput, match="negative relative"):
        uncertainty(e.Region(volume_mL=1.0), density_fraction=-0.1)
    with pytest.raises(BadInput, match="no term"):
        budget([Term("counts", None, "unknown")])
    with pytest.raises(OutOfScope, match="kidney"):
        mean_dose_uncertainty(
            e.Region(volume_mL=1.0),
            outline=Outline((1, 1, 1)),
            emission=Emission(1.0),
            constant=Y90,
            method="local",
            organ="kidney",  # type: ignore[arg-type]
        )
    grid = Grid.aligned((3, 3, 3), (1, 1, 1))
    ones, nothing = Image(grid, np.ones(grid.shape), Quantity.DOSE), Image(grid, np.zeros(grid.shape, dtype=bool), Quantity.MASK)
    with pytest.raises(OutOfScope, match="no voxel"):
        e.measure_region(ones, nothing)
    with pytest.raises(OutOfScope, match="0 Gy"):
        e.measure_region(ones.with_array(np.zeros(grid.shape)), nothing.with_array(np.ones(grid.shape, dtype=bool)))
    with pytest.raises(GridMismatch):
        e.measure_region(ones, Image(Grid.aligned((3, 3, 4), (1, 1, 1)), np.ones((3, 3, 4), dtype=bool), Quantity.MASK))
    whole = e.measure_region(ones, nothing.with_array(np.ones(grid.shape, dtype=bool)), fwhm_mm=8.0)
    assert whole.surroundings_ratio is None and whole.edge_ratio == pytest.approx(1.0)


def test_every_default_names_a_source_that_exists() -> None:
    for term in uncertainty_terms().values():
        assert term.value.source in sources()
