"""What every engine owes: the one signature, the energy ledger, guards that fire, words to the reader."""

import inspect
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.case.result import Level
from glisson.dose.constant import dose_constant
from glisson.dose.engine import AbsorbedDose, Engine
from glisson.dose.kernel import KernelConvolution
from glisson.dose.local import LocalDeposition
from glisson.errors import BadInput, GridMismatch, OutOfScope
from glisson.voxels import Grid, Image, Quantity

Y90 = dose_constant("Y-90")
ENGINES: dict[str, Engine] = {
    "local": LocalDeposition(),
    "kernel": KernelConvolution(),
    "kernel, renormalised": KernelConvolution(renormalise=True),
    "kernel, two threads": KernelConvolution(workers=2),
}
SPACINGS = [(3.0, 3.0, 3.0), (2.78, 2.344, 2.344), (5.0, 2.0, 3.0)]
each_engine = pytest.mark.parametrize("engine", ENGINES.values(), ids=list(ENGINES))


def activity(array: np.ndarray, spacing: tuple[float, float, float] = (3.0, 3.0, 3.0), **other: Any) -> Image:
    return Image(Grid.aligned(array.shape, spacing), array, Quantity.ACTIVITY, **{"nuclide": "Y-90", **other})


def density_like(image: Image, values: Any) -> Image:
    return Image(image.grid, np.broadcast_to(values, image.grid.shape).copy(), Quantity.DENSITY)


def mass_times_dose_J(result: AbsorbedDose, density: Image | float) -> float:
    rho = density.array if isinstance(density, Image) else density
    return float(np.sum(result.dose.array.astype(np.float64) * rho)) * result.dose.grid.voxel_volume_mL / 1000.0


@each_engine
def test_every_engine_has_the_one_signature(engine: Engine) -> None:
    wanted, found = inspect.signature(Engine.__call__).parameters, inspect.signature(type(engine).__call__).parameters
    assert [(p.name, p.kind, p.default, p.annotation) for p in found.values()] == [
        (p.name, p.kind, p.default, p.annotation) for p in wanted.values()
    ]


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(list(ENGINES)),
    st.tuples(st.integers(1, 9), st.integers(1, 12), st.integers(1, 12)),
    st.sampled_from(SPACINGS),
    st.integers(0, 10_000),
    st.sampled_from([0.95, 1.05, "image"]),
)
def test_energy_is_conserved(
    name: str, shape: tuple[int, int, int], spacing: tuple[float, float, float], seed: int, rho: Any
) -> None:
    """Mass times dose plus what is said to have escaped is what was emitted, whatever the image."""
    random = np.random.default_rng(seed)
    image = activity(np.where(random.random(shape) < 0.3, random.gamma(2.0, 1e6, shape), 0), spacing)
    density = density_like(image, random.choice([0.001, 0.26, 1.05, 1.85], shape)) if rho == "image" else rho
    if rho == "image" and float(image.array[density.array < 0.05].sum()) > 0.5 * float(image.array.sum()):
        with pytest.raises(BadInput, match="air"):
            ENGINES[name](image, density=density, constant=Y90)
        return
    result = ENGINES[name](image, density=density, constant=Y90)
    assert result.energy.emitted_J == pytest.approx(image.total * 1e-9 * Y90.K_Gy_kg_per_GBq, rel=1e-6)
    assert result.energy.deposited_J == pytest.approx(mass_times_dose_J(result, density), rel=1e-5, abs=1e-12)
    assert abs(result.energy.imbalance) < 1e-5
    assert result.energy.escaped_J == pytest.approx(math.fsum(result.energy.escaped_where.values()), abs=1e-15)
    assert min(result.energy.escaped_where.values()) >= -1e-6 * result.energy.emitted_J
    assert np.isfinite(result.dose.array).all()
    assert result.dose.array.min() >= 0


@each_engine
def test_uniform_activity_gives_the_closed_form_in_the_middle(engine: Engine) -> None:
    """Far from every edge D = K c / rho, times the share of the energy that the kernel keeps."""
    image = activity(np.full((13, 13, 13), 1e6))
    result = engine(image, density=1.05, constant=Y90)
    kept = 0.99608 if isinstance(engine, KernelConvolution) and not engine.renormalise else 1.0
    assert float(result.dose.array[6, 6, 6]) == pytest.approx(kept * Y90.K_Gy_kg_per_GBq / 1.05, rel=2e-5)


@each_engine
def test_result_carries_its_choices_and_sources(engine: Engine) -> None:
    image = activity(np.full((3, 3, 3), 1e6))
    result = engine(image, density=1.05, constant=Y90)
    assert result.dose.quantity is Quantity.DOSE
    assert result.dose.array.dtype == np.float32
    assert result.dose.grid == image.grid
    assert result.parameters["dose_constant"] == "49.67"
    assert result.parameters["density_g_per_mL"] == 1.05
    assert "glisson-derivation" in result.sources
    if isinstance(engine, KernelConvolution):
        assert result.parameters["kernel_density_g_per_mL"] == 1.05
        assert result.parameters["kernel_renormalised"] is engine.renormalise
        assert "egs-y90-2026" in result.sources


@each_engine
def test_a_density_image_names_the_density_of_the_kernel(engine: Engine) -> None:
    image = activity(np.full((5, 5, 5), 1e6))
    as_image = engine(image, density=density_like(image, 1.05), constant=Y90)
    as_number = engine(image, density=1.05, constant=Y90)
    assert as_image.parameters["density"] == "image"
    assert np.allclose(as_image.dose.array, as_number.dose.array, rtol=1e-5)


@each_engine
def test_dose_is_energy_over_the_mass_of_the_voxel(engine: Engine) -> None:
    image = activity(np.full((5, 5, 5), 1e6))
    heavy = np.ones((5, 5, 5)) * 1.05
    heavy[2, 2, 2] = 2.1
    scaled = engine(image, density=density_like(image, heavy), constant=Y90).dose.array
    ratio = scaled / engine(image, density=1.05, constant=Y90).dose.array
    assert ratio[2, 2, 2] == pytest.approx(0.5, rel=1e-4)
    assert ratio[1, 2, 2] == pytest.approx(1.0, rel=1e-4)


@each_engine
def test_an_empty_image_gives_no_dose_and_no_energy(engine: Engine) -> None:
    result = engine(activity(np.zeros((3, 4, 5))), density=1.05, constant=Y90)
    assert not result.dose.array.any()
    assert (result.energy.emitted_J, result.energy.deposited_J, result.energy.imbalance) == (0.0, 0.0, 0.0)


@each_engine
def test_progress_runs_from_zero_to_one(engine: Engine) -> None:
    seen: list[float] = []
    engine(activity(np.full((5, 5, 5), 1e6)), density=1.05, constant=Y90, progress=lambda share, words: seen.append(share))
    assert seen[0] == 0.0
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


@each_engine
def test_activity_in_air_is_never_infinite_and_never_silent(engine: Engine) -> None:
    image = activity(np.full((5, 5, 5), 1e6))
    rho = np.full((5, 5, 5), 1.05)
    rho[0] = 0.0
    result = engine(image, density=density_like(image, rho), constant=Y90)
    assert not result.dose.array[0].any()
    assert result.energy.escaped_where["in air"] > 0.1 * result.energy.emitted_J
    (finding,) = [f for f in result.findings if f.code == "dose.energy-in-air"]
    assert finding.level is Level.WARNING
    assert "25 voxels" in finding.text


@each_engine
def test_lung_next_to_liver_is_warned_about_with_the_published_error(engine: Engine) -> None:
    image = activity(np.full((8, 8, 8), 1e6))
    rho = np.full((8, 8, 8), 1.05)
    rho[5:] = 0.26
    result = engine(image, density=density_like(image, rho), constant=Y90)
    (finding,) = [f for f in result.findings if f.code == "dose.low-density"]
    assert ("+17 %" if result.method == "local" else "+20 %") in finding.text
    soft = engine(image, density=density_like(image, 1.05), constant=Y90)
    assert not [f for f in soft.findings if f.code == "dose.low-density"]


def test_activity_at_the_edge_of_the_image_is_warned_about() -> None:
    array = np.zeros((12, 12, 12))
    array[:2, 5:7, 5:7] = 1e6
    edge = KernelConvolution()(activity(array), density=1.05, constant=Y90)
    assert [f.code for f in edge.findings] == ["dose.edge"]
    middle = KernelConvolution()(activity(np.roll(array, 5, axis=0)), density=1.05, constant=Y90)
    assert middle.findings == ()
    assert middle.energy.escaped_where["over the grid's edge"] == pytest.approx(0.0, abs=1e-6 * middle.energy.emitted_J)


def test_two_engines_with_one_constant_emit_the_same_energy() -> None:
    image = activity(np.random.default_rng(1).gamma(2, 1e6, (6, 7, 8)))
    for preset in ("49.67", "49.38", "50", "icrp-107"):
        constant = dose_constant("Y-90", preset)
        emitted = [engine(image, density=1.05, constant=constant).energy.emitted_J for engine in ENGINES.values()]
        assert emitted == pytest.approx([emitted[0]] * len(emitted), rel=1e-9)


def test_whole_numbers_are_activity_too() -> None:
    image = activity(np.full((3, 3, 3), 1_000_000, dtype=np.int32))
    for engine in ENGINES.values():
        assert engine(image, density=1.05, constant=Y90).energy.imbalance == pytest.approx(0.0, abs=1e-5)


def test_holmium_goes_by_local_deposition_only() -> None:
    image = activity(np.full((3, 3, 3), 1e6), nuclide="Ho-166")
    holmium = dose_constant("Ho-166")
    with pytest.raises(OutOfScope, match=r"Ho-166.*local deposition"):
        KernelConvolution()(image, density=1.0, constant=holmium)
    result = LocalDeposition()(image, density=1.0, constant=holmium)
    assert float(result.dose.array[1, 1, 1]) == pytest.approx(15.87, abs=0.01)


ONE = np.full((3, 3, 3), 1e6)
NEGATIVE = ONE.copy()
NEGATIVE[0, 0, 0] = -1.0


@each_engine
@pytest.mark.parametrize(
    ("image", "density", "words"),
    [
        (activity(NEGATIVE), 1.05, "1 of 27 voxels have a negative activity"),
        (activity(ONE, nuclide="Ho-166"), 1.05, "Ho-166 with the dose constant of Y-90"),
        (Image(Grid.aligned((3, 3, 3), (3, 3, 3)), ONE, Quantity.COUNTS, "Y-90"), 1.05, "an image of counts"),
        (activity(ONE), 0.0, "density 0 g/mL"),
        (activity(ONE), -1.0, "density -1 g/mL"),
        (activity(ONE), float("nan"), "density nan g/mL"),
        (activity(ONE), 1050.0, "density 1050 g/mL"),
        (activity(ONE), density_like(activity(ONE), -0.1), "density image from -0.1"),
        (activity(ONE), density_like(activity(ONE), 1050.0), "density image from 1050"),
        (activity(ONE), activity(ONE), "an image of Bq/mL"),
    ],
)
def test_what_cannot_be_dosed_is_refused(engine: Engine, image: Image, density: Image | float, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        engine(image, density=density, constant=Y90)


@each_engine
def test_a_density_on_another_grid_is_refused(engine: Engine) -> None:
    with pytest.raises(GridMismatch, match="affine"):
        engine(activity(ONE), density=density_like(activity(ONE, (3.0, 3.0, 3.1)), 1.05), constant=Y90)


def test_a_tilted_grid_is_out_of_scope_for_the_kernel() -> None:
    affine = Grid.aligned((3, 3, 3), (3.0, 3.0, 3.0)).affine.copy()
    affine[1, 0] = 0.5
    image = Image(Grid((3, 3, 3), affine), ONE, Quantity.ACTIVITY, "Y-90")
    with pytest.raises(OutOfScope, match="right angles"):
        KernelConvolution()(image, density=1.05, constant=Y90)
    assert LocalDeposition()(image, density=1.05, constant=Y90).dose.array.any()


def test_no_threads_are_refused() -> None:
    with pytest.raises(BadInput, match="0 workers"):
        KernelConvolution(workers=0)(activity(ONE), density=1.05, constant=Y90)


def test_an_oblique_grid_gives_the_same_dose_as_a_straight_one() -> None:
    array = np.random.default_rng(2).gamma(2, 1e6, (6, 7, 8))
    straight = activity(array, (3.0, 2.0, 2.5))
    turn = np.eye(4)
    turn[:3, :3] = [[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]]
    oblique = Image(Grid(straight.grid.shape, turn @ straight.grid.affine), array, Quantity.ACTIVITY, "Y-90")
    doses = [KernelConvolution()(image, density=1.05, constant=Y90).dose.array for image in (straight, oblique)]
    assert np.allclose(doses[0], doses[1], rtol=1e-5)
