"""Independent action against brute force, and combinations of known truth; harm of both against counting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.errors import BadInput
from glisson.learn.literature.friend_or_foe import ASSUMPTIONS, friend_or_foe
from glisson.learn.literature.harm_of_both import harm_of_both
from glisson.learn.literature.independent_action import both_above, independent_action
from glisson.learn.literature.steps import Steps, people, product_limit

MONTHS = 24.0


def group(rng, time):
    censoring = rng.uniform(0.7 * MONTHS, 1.1 * MONTHS, size=len(time))
    return people(np.minimum(time, censoring), (time <= censoring).astype(float))


def trial(seed, *, number=600, rho=0.3, stretch=1.0, medians=(6.0, 8.0)):
    """Three groups; with both each patient has the longer of two times that go together by ``rho``, times ``stretch``."""
    rng = np.random.default_rng(seed)
    pearson = 2 * np.sin(np.pi * rho / 6)
    from scipy.stats import norm

    pairs = norm.cdf(rng.multivariate_normal([0, 0], [[1, pearson], [pearson, 1]], size=number))
    both = (-np.log1p(-pairs) / np.log(2) * np.array(medians)).max(axis=1) * stretch
    alone = [rng.exponential(m / np.log(2), size=number) for m in medians]
    return {"first": group(rng, alone[0]), "second": group(rng, alone[1]), "both": group(rng, both)}


def asked(seed, **how):
    return friend_or_foe(**trial(seed, **how), seed=1, draws=200, horizon=16.0)


def test_joint_probability_against_scipy():
    from scipy.stats import multivariate_normal, norm

    p, q = np.array([0.02, 0.3, 0.7, 0.95]), np.array([0.5, 0.2, 0.9, 0.99])
    for rho in (-0.8, -0.3, 0.2, 0.6, 0.9):
        r = 2 * np.sin(np.pi * rho / 6)
        wanted = [multivariate_normal(cov=[[1, r], [r, 1]]).cdf(norm.ppf([a, b])) for a, b in zip(p, q, strict=True)]
        np.testing.assert_allclose(both_above(first=p, second=q, rank_correlation=rho), wanted, atol=2e-6)


def test_copula_has_the_rank_correlation_asked_for():
    """Spearman's: 12 ∫∫ P(U > u, V > v) du dv - 3."""
    u = (np.arange(400) + 0.5) / 400
    for rho in (-0.5, 0.0, 0.3, 0.6):
        joint = both_above(first=np.repeat(u, 400), second=np.tile(u, 400), rank_correlation=rho)
        assert 12 * joint.mean() - 3 == pytest.approx(rho, abs=2e-4)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-1, 1))
def test_expectation_lies_between_its_bounds(a, b, rho):
    found = float(independent_action(first=a, second=b, rank_correlation=rho))
    assert max(a, b) - 1e-12 <= found <= min(1.0, a + b) + 1e-12
    assert found == pytest.approx(float(independent_action(first=b, second=a, rank_correlation=rho)), abs=1e-12)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_the_more_times_go_together_the_less_is_gained(a, b):
    found = [float(independent_action(first=a, second=b, rank_correlation=rho)) for rho in (-1, -0.5, 0, 0.4, 0.8, 1)]
    assert (np.diff(found) <= 1e-9).all()


@pytest.mark.parametrize(("stretch", "answer"), [(1.6, "beyond"), (0.45, "below")])
def test_answers_of_known_truth(stretch, answer):
    assert asked(4, stretch=stretch).answer == answer


def test_independent_truth_is_as_expected_where_patients_are_many():
    found = asked(7, number=3000)
    assert found.answer == "as expected"
    near = min(found.expected, key=lambda one: abs(one.rank_correlation - 0.3))
    assert near.low < 0 < near.high


def test_few_patients_cannot_say():
    assert asked(7, number=60).answer == "cannot say"
    tiny = asked(7, number=8)
    assert tiny.answer == "cannot say"
    assert "events" in tiny.reason


def test_independent_truth_is_called_beyond_or_below_rarely():
    answers = [
        friend_or_foe(**trial(seed, number=200), seed=seed, draws=100, correlations=[0.3], horizon=16.0).answer
        for seed in range(60)
    ]
    assert sum(one in ("beyond", "below") for one in answers) <= 9  # 5 % of 60 is 3; 9 and more have a probability under 0.003


def test_same_seed_same_answer_and_order_of_treatments_does_not_matter():
    groups = trial(9, number=150)
    one = friend_or_foe(**groups, seed=3, draws=100)
    two = friend_or_foe(**groups, seed=3, draws=100)
    assert one.table().equals(two.table())
    swapped = friend_or_foe(first=groups["second"], second=groups["first"], both=groups["both"], seed=3, draws=100)
    np.testing.assert_allclose(one.table()["mean_time_expected"], swapped.table()["mean_time_expected"])


def test_expected_mean_time_against_brute_force():
    groups = trial(11, number=400)
    found = friend_or_foe(**groups, seed=3, draws=100, correlations=[0.0], horizon=15.0)
    a, b = product_limit(groups["first"]), product_limit(groups["second"])
    times = np.linspace(0, 15, 60001)[:-1]
    wanted = np.mean(1 - (1 - a.at(times)) * (1 - b.at(times))) * 15
    assert found.expected[0].mean_time == pytest.approx(wanted, rel=1e-3)
    curves = found.curve_table()
    assert (curves["expected_0"] >= curves["first"] - 1e-12).all()
    assert found.assumptions == ASSUMPTIONS
    assert found.best_alone[1] < found.best_alone[0] < found.best_alone[2]


def test_horizon_beyond_the_follow_up_is_refused():
    groups = trial(1, number=50)
    with pytest.raises(BadInput, match="shortest follow-up"):
        friend_or_foe(**groups, seed=1, horizon=100.0)
    with pytest.raises(BadInput, match="draws"):
        friend_or_foe(**groups, seed=1, draws=10)
    with pytest.raises(BadInput, match="rank correlation"):
        friend_or_foe(**groups, seed=1, correlations=[])
    with pytest.raises(BadInput, match="margin"):
        friend_or_foe(**groups, seed=1, margin_fraction=2)


def test_harm_beyond_and_within_the_sum():
    assert harm_of_both(first=(10, 100), second=(10, 100), both=(50, 100)).answer == "more than the sum"
    assert harm_of_both(first=(100, 500), second=(100, 500), both=(150, 500)).answer == "as the sum or less"
    assert harm_of_both(first=(2, 20), second=(3, 20), both=(7, 20)).answer == "cannot say"
    assert harm_of_both(first=(15, 20), second=(12, 20), both=(20, 20)).answer == "cannot say"
    with pytest.raises(BadInput, match="harmed"):
        harm_of_both(first=(21, 20), second=(3, 20), both=(7, 20))


def test_interval_of_harm_covers_the_truth():
    rng = np.random.default_rng(5)
    truth, n = (0.15, 0.25, 0.5), 120
    hits = np.zeros(2)
    for _ in range(400):
        counts = [(int(rng.binomial(n, p)), n) for p in truth]
        found = harm_of_both(first=counts[0], second=counts[1], both=counts[2])
        hits += (found.total_low < 0.1 < found.total_high, found.independent_low < 0.5 - 0.3625 < found.independent_high)
    assert (hits / 400 > 0.92).all()
    assert (hits / 400 < 0.98).all()


def test_steps_by_hand():
    curve = product_limit(people([1, 2, 2, 3, 4], [1, 1, 0, 0, 1]))
    np.testing.assert_allclose(curve.survival, [0.8, 0.6, 0.0])
    assert curve.median() == 4
    assert curve.area(4) == pytest.approx(1 + 0.8 + 2 * 0.6)
    assert curve.at([9.0])[0] == 0
    assert np.isnan(Steps(np.array([1.0]), np.array([0.7]), 2.0).at([3.0])[0])
    for time, event in (([], []), ([1.0], [2.0]), ([-1.0], [1.0]), ([1.0, 2.0], [1.0])):
        with pytest.raises(BadInput):
            people(time, event)
