"""Recovery of a known truth: intervals of weighted hazard ratios, interactions and splines cover what the data were made from."""

import numpy as np
import polars as pl
import pytest

from glisson.learn.cohort.adjusted import adjusted_effect
from glisson.learn.cohort.interaction import Exposures, interaction
from glisson.learn.cohort.splines import Shape, spline_effect
from glisson.learn.cohort.table import SurvivalData, survival_data

SOME = pytest.param(150, 0.89, 0.995, id="150")
MANY = pytest.param(2000, 0.935, 0.965, id="2000", marks=pytest.mark.long)


def _followed(random: np.random.Generator, rate: np.ndarray) -> SurvivalData:
    event, censored = random.exponential(1 / rate), random.uniform(0.3, 3, len(rate))
    return survival_data(np.minimum(event, censored), event <= censored)


@pytest.mark.parametrize(("runs", "least", "most"), [SOME, pytest.param(2000, 0.945, 1.0, id="2000", marks=pytest.mark.long)])
def test_weighting_covers_no_effect_under_confounding(runs: int, least: float, most: float) -> None:
    """The robust interval takes the weights as known and is wider than needed: it covers at least what it says."""
    covered = crude = 0
    for seed in range(runs):
        random = np.random.default_rng(seed)
        age, late = random.normal(size=300), random.random(300) < 0.4
        exposed = random.random(300) < 1 / (1 + np.exp(-0.6 * age - 0.7 * late))
        data = _followed(random, np.exp(0.5 * age + 0.6 * late))
        table = pl.DataFrame({"age": age, "late": late.astype(int)})
        found = adjusted_effect(data, exposed.tolist(), table).value["cox"]
        covered += found["weighted"]["low"] <= 1 <= found["weighted"]["high"]
        crude += found["crude"]["low"] <= 1 <= found["crude"]["high"]
    assert least <= covered / runs <= most + 0.005
    assert crude / runs < 0.5


@pytest.mark.parametrize(("runs", "least", "most"), [SOME, MANY])
def test_intervals_of_interaction_cover_the_truth(runs: int, least: float, most: float) -> None:
    """Hazards 1, 1.5, 2 and 4: RERI 1.5, AP 0.375, S 2, ratio of ratios 4/3; survival at 0.5 from the exponentials."""
    hazard = np.array([1.0, 1.5, 2.0, 4.0])
    truth = {"reri": 1.5, "attributable": 0.375, "synergy": 2.0}
    alive = np.exp(-hazard * 0.5)
    covered = dict.fromkeys((*truth, "multiplicative", "survival"), 0)
    for seed in range(runs):
        random = np.random.default_rng(seed)
        first, second = random.random(800) < 0.5, random.random(800) < 0.4
        data = _followed(random, hazard[first * 1 + second * 2])
        found = interaction(data, Exposures(first.tolist(), second.tolist()), times=(0.5,)).value
        for name, value in truth.items():
            covered[name] += found["additive"][name]["low"] <= value <= found["additive"][name]["high"]
        covered["multiplicative"] += found["multiplicative"]["low"] <= 4 / 3 <= found["multiplicative"]["high"]
        row = found["survival"][0]
        covered["survival"] += row["low"] <= alive[3] - alive[1] - alive[2] + alive[0] <= row["high"]
    shares = {name: count / runs for name, count in covered.items()}
    assert all(least <= share <= most for share in shares.values()), shares


@pytest.mark.parametrize(("runs", "least", "most"), [SOME, MANY])
def test_the_curve_of_a_spline_covers_a_straight_truth(runs: int, least: float, most: float) -> None:
    covered, false_alarms = np.zeros(3), 0
    for seed in range(runs):
        random = np.random.default_rng(seed)
        x = random.normal(size=300)
        found = spline_effect(_followed(random, np.exp(0.5 * x)), x, "x", shape=Shape(reference=0.0, grid=(-1.5, 0.7, 1.5))).value
        truth = np.exp(0.5 * np.array([-1.5, 0.7, 1.5]))
        covered += [row["low"] <= value <= row["high"] for row, value in zip(found["curve"], truth, strict=True)]
        false_alarms += found["non_linear"]["p"] < 0.05
    assert ((least <= covered / runs) & (covered / runs <= most)).all(), covered / runs
    assert 1 - most <= false_alarms / runs <= 1 - least, false_alarms / runs
