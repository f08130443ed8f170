"""Stop at an uncertainty by region: hand values, both criteria, what cannot be said, and the bias of stopping when pleased."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.dose.batches import LEAST_BATCHES, Judge, Stop, Tally
from glisson.dose.certainty import Criterion, Region, Watched, watch
from glisson.dose.constant import dose_constant
from glisson.dose.montecarlo import MonteCarlo
from glisson.errors import BadInput, GridMismatch
from glisson.voxels import Grid, Image, Quantity

Y90 = dose_constant("Y-90")
SIZE = 13
z, y, x = np.mgrid[:SIZE, :SIZE, :SIZE]
GRID = Grid.aligned((SIZE, SIZE, SIZE), (4.0, 4.0, 4.0))
HOT = (z - 6) ** 2 + (y - 6) ** 2 + (x - 3) ** 2 <= 4
COOL = (z - 6) ** 2 + (y - 6) ** 2 + (x - 10) ** 2 <= 4
ACTIVITY = Image(GRID, np.where(HOT, 1e6, np.where(COOL, 2e5, 0.0)), Quantity.ACTIVITY, "Y-90")
WHOLE = (slice(0, SIZE),) * 3


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of 500 histories, so that a run ends where its uncertainty says and not at the least number of batches."""
    monkeypatch.setattr("glisson.dose.montecarlo.HISTORIES_PER_BATCH", 500)


def region(name: str, inside: np.ndarray, grid: Grid = GRID, **other: Any) -> Region:
    return Region(name, Image(grid, inside, Quantity.MASK), **other)


TWO = (region("hot", HOT), region("cool", COOL))


def test_the_standard_error_of_a_region_against_numpy() -> None:
    random = np.random.default_rng(1)
    batches = random.gamma(9.0, 1.0, (40, 50)) * np.linspace(0.1, 1.0, 50)
    tally = Tally.empty(50, 1)
    for batch in batches:
        tally.add(batch.copy(), np.zeros(1), 10)
    per_mass = np.where(np.arange(50) == 49, 0.0, 2.0)  # the highest score lies in air
    found = Watched("r", np.arange(10, 50)).certainty(tally.sum, tally.squares, 40, per_mass)
    mean = batches.mean(axis=0)
    counted = [v for v in range(10, 49) if mean[v] > 0.5 * mean[10:49].max()]
    relative = batches[:, counted].std(axis=0, ddof=1) / math.sqrt(40) / mean[counted]
    assert found.voxels == len(counted) > 5
    assert found.largest == pytest.approx(relative.max(), rel=1e-9)
    assert found.rms == pytest.approx(math.sqrt(np.mean(relative**2)), rel=1e-9)
    by_mean = Watched("r", np.arange(10, 50), "mean").certainty(tally.sum, tally.squares, 40, per_mass)
    assert by_mean.voxels == np.count_nonzero(mean[10:49] > 0.5 * mean[10:49].mean()) > found.voxels


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=30))
def test_the_root_mean_square_is_never_above_the_largest(spread: list[float]) -> None:
    score = np.array(spread)
    found = Watched("r", np.arange(score.size)).certainty(2 * score, 4 * score**2, 2, np.ones(score.size))
    assert 0 <= found.rms <= found.largest * (1 + 1e-12)


@pytest.mark.parametrize("criterion", Criterion)
def test_every_region_reaches_what_was_asked_of_its_own_maximum(small_batches: None, criterion: Criterion) -> None:
    stop = Stop(uncertainty=0.05, criterion=criterion)
    result = MonteCarlo(stop=stop, regions=TWO)(ACTIVITY, density=1.05, constant=Y90)
    assert result.statistics is not None and result.findings == ()
    by_name = {found["region"]: found for found in result.statistics["regions"]}
    assert set(by_name) == {"hot", "cool"}
    key = "relative_standard_error_largest" if criterion is Criterion.EVERY else "relative_standard_error_rms"
    assert 0.045 < max(found[key] for found in by_name.values()) <= 0.05
    assert by_name["hot"][key] < 0.7 * by_name["cool"][key]  # five times fewer decays in the cool one
    assert 5 < by_name["cool"]["voxels"] <= np.count_nonzero(COOL)
    cooler = MonteCarlo(stop=stop)(ACTIVITY, density=1.05, constant=Y90)
    assert cooler.parameters["histories"] < 0.75 * result.parameters["histories"]  # the whole image ends sooner


def test_the_root_mean_square_is_reached_before_every_voxel(small_batches: None) -> None:
    runs = [
        MonteCarlo(stop=Stop(uncertainty=0.02, criterion=criterion), regions=TWO)(ACTIVITY, density=1.05, constant=Y90)
        for criterion in (Criterion.RMS, Criterion.EVERY)
    ]
    assert runs[0].parameters["histories"] < runs[1].parameters["histories"]
    assert "root mean square" in runs[0].parameters["stop"]["criterion"]
    assert "every voxel" in runs[1].parameters["stop"]["criterion"]


def test_a_region_without_dose_is_said_and_does_not_hold_the_run_up() -> None:
    cold = np.zeros(HOT.shape, bool)
    cold[12, 12, 12] = True
    engine = MonteCarlo(stop=Stop(uncertainty=0.1), photons=False, regions=(region("hot", HOT), region("cold", cold)))
    result = engine(ACTIVITY, density=1.05, constant=Y90)
    assert [finding.code for finding in result.findings] == ["dose.nothing-in-region"]
    assert result.statistics is not None
    assert result.statistics["regions"][1] == {
        "region": "cold", "voxels": 0, "relative_standard_error_rms": None, "relative_standard_error_largest": None,
    }  # fmt: skip


def test_an_uncertainty_that_was_not_reached_is_said() -> None:
    stop = Stop(histories=32_000, uncertainty=0.0005)
    result = MonteCarlo(stop=stop, regions=TWO)(ACTIVITY, density=1.05, constant=Y90)
    (finding,) = result.findings
    assert finding.code == "dose.uncertainty-not-reached" and "cool has" in finding.text
    assert result.statistics is not None
    assert result.statistics["batches"] == LEAST_BATCHES
    assert result.statistics["standard_error_known_to_fraction"] == pytest.approx(1 / math.sqrt(126))


def test_a_region_smaller_than_a_voxel_is_where_it_covers_most() -> None:
    covered = np.zeros(HOT.shape)
    covered[6, 6, 3:6] = 0.2, 0.4, 0.4
    assert np.argwhere(region("small", covered).inside).tolist() == [[6, 6, 4], [6, 6, 5]]
    covered[6, 6, 3] = 0.5
    assert np.argwhere(region("small", covered).inside).tolist() == [[6, 6, 3]]


def test_regions_that_cannot_be_are_refused_before_anything_is_computed() -> None:
    engine = MonteCarlo(stop=Stop(histories=10**9), regions=(region("a", HOT), region("a", COOL)))
    with pytest.raises(BadInput, match="two regions of one name"):
        engine(ACTIVITY, density=1.05, constant=Y90)
    with pytest.raises(BadInput, match="region 'none' has no voxel"):
        watch([region("none", np.zeros(HOT.shape, bool))], ACTIVITY, WHOLE)
    other = Grid.aligned((SIZE, SIZE, SIZE), (4.0, 4.0, 5.0))
    with pytest.raises(GridMismatch):
        watch([region("other", HOT, other)], ACTIVITY, WHOLE)


def test_looks_become_rarer_and_progress_never_runs_backwards_by_itself() -> None:
    judge = Judge(Stop(uncertainty=0.01), [Watched("r", np.arange(3))], np.ones(3))
    tally, random, looks, shares = Tally.empty(3, 1), np.random.default_rng(2), [], []
    for _ in range(500):
        tally.add(random.gamma(4.0, 1.0, 3), np.zeros(1), 1)
        before = judge.next_look
        shares.append(judge(tally, 0.0)[0])
        if judge.next_look != before:
            looks.append(tally.batches)
    assert looks[0] == LEAST_BATCHES and len(looks) < 45
    gaps = np.diff(looks)
    assert (np.diff(gaps) >= 0).all() and gaps[-1] >= 25
    between = [share for number, share in enumerate(shares, 1) if number > LEAST_BATCHES and number not in looks]
    assert min(between) > 0


@pytest.mark.slow
def test_stopping_when_pleased_biases_neither_dose_nor_error(small_batches: None) -> None:
    """300 runs that end by themselves: z-scores against their own mean have variance 1, and that mean is the one of a long run."""
    runs = [
        MonteCarlo(stop=Stop(uncertainty=0.05, criterion=Criterion.RMS), seed=seed, regions=TWO)(
            ACTIVITY, density=1.05, constant=Y90
        )
        for seed in range(2, 302)
    ]
    long = MonteCarlo(stop=Stop(histories=40_000_000), threads=2, regions=TWO)(ACTIVITY, density=1.05, constant=Y90)
    high = COOL & (long.dose.array > 0.5 * long.dose.array[COOL].max())
    dose = np.array([run.dose.array[high] for run in runs], float)
    error = np.array([run.standard_error.array[high] for run in runs if run.standard_error is not None], float)
    ended = np.array([run.parameters["batches"] for run in runs])
    assert ended.min() > LEAST_BATCHES
    mean = dose.mean(axis=0)
    z = (dose - mean) / error
    assert 0.95 < float(z.var()) * 300 / 299 < 1.08
    off = mean / long.dose.array[high] - 1.0  # in units of one run's standard error, with that of the mean of 300: 0.06
    assert abs(float(off.mean())) / 0.05 < 0.06
    true_rms = math.sqrt(float(np.mean(np.square(dose / mean - 1.0))))
    assert true_rms == pytest.approx(0.05, rel=0.05)
