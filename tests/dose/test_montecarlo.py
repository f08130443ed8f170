"""The Monte Carlo engine: conservation, the same bits for any number of threads, an honest standard error, guards that fire."""

import dataclasses
import inspect
import math
from typing import Any

import numpy as np
import pytest

from glisson.dose.batches import LEAST_BATCHES, Stop
from glisson.dose.composition import composition
from glisson.dose.constant import dose_constant
from glisson.dose.engine import Engine
from glisson.dose.kernel import KernelConvolution
from glisson.dose.montecarlo import MonteCarlo
from glisson.errors import BadInput, GridMismatch, OutOfScope
from glisson.voxels import Grid, Image, Quantity

Y90 = dose_constant("Y-90")


def activity(array: np.ndarray, spacing: tuple[float, float, float] = (4.0, 4.0, 4.0), **other: Any) -> Image:
    return Image(Grid.aligned(array.shape, spacing), array, Quantity.ACTIVITY, **{"nuclide": "Y-90", **other})


def density_of(image: Image, values: Any) -> Image:
    return Image(image.grid, np.broadcast_to(values, image.grid.shape).astype(np.float32), Quantity.DENSITY)


def ball(size: int = 13, radius: float = 3.0) -> Image:
    z, y, x = np.mgrid[:size, :size, :size] - size // 2
    return activity(np.where(x**2 + y**2 + z**2 <= radius**2, 1e6, 0.0))


def test_the_engine_has_the_one_signature() -> None:
    wanted, found = inspect.signature(Engine.__call__).parameters, inspect.signature(MonteCarlo.__call__).parameters
    assert [(p.name, p.kind, p.default, p.annotation) for p in found.values()] == [
        (p.name, p.kind, p.default, p.annotation) for p in wanted.values()
    ]


@pytest.mark.parametrize("rho", [0.26, 1.05, "image"])
@pytest.mark.parametrize("spacing", [(3.0, 3.0, 3.0), (2.78, 2.344, 5.0)])
def test_energy_is_conserved(rho: Any, spacing: tuple[float, float, float]) -> None:
    random = np.random.default_rng(3)
    shape = (7, 8, 9)
    image = activity(np.where(random.random(shape) < 0.3, random.gamma(2.0, 1e6, shape), 0), spacing)
    density = density_of(image, random.choice([0.0012, 0.26, 1.05, 1.85], shape)) if rho == "image" else rho
    result = MonteCarlo(stop=Stop(histories=20_000))(image, density=density, constant=Y90)
    assert result.energy.emitted_J == pytest.approx(image.total * 1e-9 * Y90.K_Gy_kg_per_GBq, rel=1e-9)
    assert abs(result.energy.imbalance) < 1e-9
    assert result.energy.escaped_J == pytest.approx(math.fsum(result.energy.escaped_where.values()), rel=1e-12)
    mass = (density.array if isinstance(density, Image) else density) * image.grid.voxel_volume_mL / 1000.0
    assert float(np.sum(result.dose.array * mass, dtype=np.float64)) == pytest.approx(result.energy.deposited_J, rel=1e-6)
    assert min(result.energy.escaped_where.values()) >= 0
    assert 0.001 < result.energy.escaped_where["bremsstrahlung"] / result.energy.emitted_J < 0.006


def test_threads_change_no_bit_and_seeds_do() -> None:
    image = ball()
    density = density_of(image, np.where(np.arange(13)[:, None, None] > 8, 0.26, 1.05))
    found = [
        MonteCarlo(stop=Stop(histories=64_000), threads=threads, seed=seed)(image, density=density, constant=Y90)
        for threads, seed in ((1, 7), (2, 7), (4, 7), (1, 8))
    ]
    one, two, four, other = found
    for same in (two, four):
        assert np.array_equal(one.dose.array, same.dose.array)
        assert one.standard_error is not None and same.standard_error is not None
        assert np.array_equal(one.standard_error.array, same.standard_error.array)
        assert one.parameters == same.parameters
    assert not np.array_equal(one.dose.array, other.dose.array)


@pytest.mark.slow
def test_the_standard_error_against_the_spread_of_many_seeds() -> None:
    """z = (dose - mean over seeds) / standard error: variance 1, give or take the few batches that each error comes from."""
    image, seeds = ball(9, 2.0), 200
    total = np.zeros(image.grid.shape)
    doses, errors = [], []
    for seed in range(seeds):
        run = MonteCarlo(stop=Stop(histories=32_000), seed=seed)(image, density=1.05, constant=Y90)
        assert run.standard_error is not None
        doses.append(run.dose.array.astype(np.float64))
        errors.append(run.standard_error.array.astype(np.float64))
        total += doses[-1]
    mean = total / seeds
    high = mean > 0.01 * mean.max()
    z = np.array([(dose[high] - mean[high]) / error[high] for dose, error in zip(doses, errors, strict=True)])
    assert 0.9 < float(z.var()) < 1.1
    assert abs(float(z.mean())) < 0.1


def test_a_uniform_volume_against_the_kernel() -> None:
    """Same spectrum, same medium, another way: the mean of a ball in tissue within a per cent of the kernel's."""
    image = ball(15, 4.0)
    inside = image.array > 0
    carlo = MonteCarlo(stop=Stop(histories=400_000), threads=2)(image, density=1.05, constant=Y90)
    kernel = KernelConvolution()(image, density=1.05, constant=Y90)
    assert carlo.dose.array[inside].mean() == pytest.approx(kernel.dose.array[inside].mean(), rel=0.01)


def test_lung_beside_tissue_gets_more_than_the_kernel_says() -> None:
    """The electrons that leave the liver fly on: in lung 5 mm away the dose is several times the homogeneous one (EGSnrc: 10)."""
    array = np.zeros((16, 9, 9))
    array[4:8] = 1e6
    image = activity(array, (3.0, 8.0, 8.0))
    density = density_of(image, np.where(np.arange(16)[:, None, None] > 7, 0.26, 1.04))
    stop = Stop(histories=400_000)
    lung = MonteCarlo(stop=stop)(image, density=density, constant=Y90).dose.array[9, 3:6, 3:6].mean()
    tissue = MonteCarlo(stop=stop)(image, density=1.04, constant=Y90).dose.array[9, 3:6, 3:6].mean()
    assert 7 < lung / tissue < 13


def test_it_stops_at_the_uncertainty_asked_for() -> None:
    result = MonteCarlo(stop=Stop(uncertainty=0.02))(ball(9, 2.0), density=1.05, constant=Y90)
    assert result.parameters["relative_standard_error_largest_above_half_maximum"] <= 0.02
    assert result.parameters["batches"] >= LEAST_BATCHES


def test_it_stops_when_the_time_is_over_but_never_before_the_least_batches() -> None:
    ticks = iter(range(0, 10_000_000, 10))
    result = MonteCarlo(stop=Stop(seconds=1.0), clock=lambda: float(next(ticks)))(ball(7, 1.0), density=1.05, constant=Y90)
    assert result.parameters["batches"] == LEAST_BATCHES


def test_an_interruption_keeps_what_was_computed_and_says_so() -> None:
    calls = []

    def interrupt(share: float, words: str) -> None:
        calls.append(words)
        if len(calls) == LEAST_BATCHES + 10:
            raise KeyboardInterrupt

    engine = MonteCarlo(stop=Stop(uncertainty=0.0001))
    result = engine(ball(7, 1.0), density=1.05, constant=Y90, progress=interrupt)
    assert [finding.code for finding in result.findings] == ["dose.interrupted", "dose.uncertainty-not-reached"]
    assert result.statistics is not None and result.statistics["interrupted"]
    assert result.dose.array.max() > 0


def test_an_interruption_before_there_is_a_standard_error_is_one() -> None:
    def interrupt(share: float, words: str) -> None:
        if share > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        MonteCarlo()(ball(7, 1.0), density=1.05, constant=Y90, progress=interrupt)


def test_progress_runs_from_zero_to_one_with_the_uncertainty_in_words() -> None:
    seen: list[tuple[float, str]] = []
    MonteCarlo(stop=Stop(histories=32_000))(
        ball(7, 1.0), density=1.05, constant=Y90, progress=lambda share, words: seen.append((share, words))
    )
    shares = [share for share, _ in seen]
    assert shares[0] == 0.0 and shares[-1] == 1.0 and shares == sorted(shares)
    assert "%" in seen[-2][1]


def test_energy_in_air_is_said() -> None:
    image = ball(9, 2.0)
    density = density_of(image, np.where(np.arange(9)[:, None, None] > 4, 0.0012, 1.05))
    result = MonteCarlo(stop=Stop(histories=32_000))(image, density=density, constant=Y90)
    assert "dose.energy-in-air" in [finding.code for finding in result.findings]
    assert not result.dose.array[5:].any()


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({}, "no end of the Monte Carlo"),
        ({"histories": 0}, "0 histories"),
        ({"histories": -5}, "-5 histories"),
        ({"uncertainty": 0.0}, "an uncertainty of 0"),
        ({"uncertainty": 1.5}, "an uncertainty of 1.5"),
        ({"uncertainty": math.nan}, "an uncertainty of nan"),
        ({"seconds": 0.0}, "0 seconds"),
        ({"seconds": math.inf}, "inf seconds"),
    ],
)
def test_a_stop_that_cannot_be_is_refused(limits: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Stop(**limits)


def test_bad_input_is_refused_before_anything_is_computed() -> None:
    image = ball(7, 1.0)
    engine = MonteCarlo(stop=Stop(histories=10**9))
    for density in (0.0, -1.0, 20.5, density_of(image, 0.0), density_of(image, np.where(image.array > 0, 1.0, 21.0))):
        with pytest.raises(BadInput, match=r"densit"):
            engine(image, density=density, constant=Y90)
    with pytest.raises(BadInput, match="no activity in the image"):
        engine(activity(np.zeros((3, 3, 3))), density=1.0, constant=Y90)
    with pytest.raises(BadInput, match="not finite"):
        activity(np.full((3, 3, 3), np.nan))
    with pytest.raises(BadInput, match="negative"):
        engine(activity(np.full((3, 3, 3), -1.0)), density=1.0, constant=Y90)
    with pytest.raises(GridMismatch):
        engine(image, density=density_of(activity(np.ones((3, 3, 3))), 1.0), constant=Y90)
    with pytest.raises(BadInput, match="0 threads"):
        MonteCarlo(threads=0)(image, density=1.0, constant=Y90)
    with pytest.raises(BadInput, match="seed -1"):
        MonteCarlo(seed=-1)(image, density=1.0, constant=Y90)
    with pytest.raises(BadInput, match="unknown material 'butter'"):
        MonteCarlo(medium="butter")(image, density=1.0, constant=Y90)


def test_a_nuclide_without_a_cited_spectrum_is_out_of_scope() -> None:
    image = activity(np.ones((3, 3, 3)), nuclide="Lu-177")
    with pytest.raises(OutOfScope, match="no cited beta spectrum"):
        MonteCarlo()(image, density=1.0, constant=dataclasses.replace(Y90, nuclide="Lu-177"))


def test_holmium_reaches_less_far_than_yttrium_and_keeps_its_energy() -> None:
    """A point source in 3 mm voxels: the softer spectrum leaves more in its own voxel; every joule is accounted for."""
    array = np.zeros((13, 13, 13))
    array[6, 6, 6] = 1e6
    kept = {}
    for nuclide in ("Y-90", "Ho-166"):
        image = activity(array, (3.0, 3.0, 3.0), nuclide=nuclide)
        result = MonteCarlo(stop=Stop(histories=64_000))(image, density=1.0, constant=dose_constant(nuclide))
        assert abs(result.energy.imbalance) < 1e-9
        kept[nuclide] = float(result.dose.array[6, 6, 6]) * 27e-6 / result.energy.emitted_J
    assert 1.2 < kept["Ho-166"] / kept["Y-90"] < 1.6


def test_without_photons_their_energy_is_said_to_have_escaped() -> None:
    image = ball(9, 2.0)
    on, off = (MonteCarlo(stop=Stop(histories=64_000), photons=p)(image, density=1.05, constant=Y90) for p in (True, False))
    assert off.energy.escaped_where["bremsstrahlung"] > on.energy.escaped_where["bremsstrahlung"] > 0
    assert off.energy.escaped_where["over the grid's edge"] == on.energy.escaped_where["over the grid's edge"]
    assert (on.dose.array - off.dose.array).min() > -1e-6 * on.dose.array.max()
    assert not off.parameters["photons"]


def test_a_sheared_grid_is_out_of_scope() -> None:
    affine = Grid.aligned((3, 3, 3), (3.0, 3.0, 3.0)).affine.copy()
    affine[1, 0] = 0.5
    image = Image(Grid((3, 3, 3), affine), np.ones((3, 3, 3)), Quantity.ACTIVITY, "Y-90")
    with pytest.raises(OutOfScope, match="right angles"):
        MonteCarlo()(image, density=1.0, constant=Y90)


def test_media_follow_the_ramp_of_density() -> None:
    image = activity(np.ones((1, 1, 6)))
    filled = composition(image, density_of(image, [0.0012, 0.26, 0.95, 1.0, 1.06, 1.85]))
    assert [filled.media[n] for n in filled.number.ravel()] == ["air", "lung", "adipose", "soft-tissue", "soft-tissue", "bone"]
    assert composition(image, 1.0, "water").media == ("water",)
