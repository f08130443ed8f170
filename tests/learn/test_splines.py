"""Restricted cubic splines against R's Hmisc and coxph, and their defining properties."""

import json
from typing import Any

import numpy as np
import pytest
from adjusted_numbers import adjusted, adjusted_r, follow_up
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.errors import BadInput, OutOfScope
from glisson.learn.cohort.splines import Others, Shape, SplineEffect, harrell_knots, spline_basis, spline_effect
from glisson.learn.cohort.table import survival_data

ITERATED = 1e-6
AT = (1.0, 3.0, 7.0, 10.0, 30.0, 60.0)


def _column(name: str) -> np.ndarray:
    return adjusted()[name].cast(float).to_numpy()


@pytest.mark.parametrize("number", range(3, 8))
def test_knots_and_basis_against_hmisc(number: int) -> None:
    r, age = adjusted_r(), _column("age")
    knots = harrell_knots(age, number=number)
    np.testing.assert_allclose(knots, r[f"spline.{number}", "knots"], rtol=1e-12)
    basis = spline_basis(age[:12], knots)
    np.testing.assert_allclose(basis.ravel("F"), r[f"spline.{number}", "basis"], rtol=1e-9, atol=1e-12)


def test_outer_knots_of_few_values_against_hmisc() -> None:
    np.testing.assert_allclose(harrell_knots(_column("age")[:60], number=5), adjusted_r()["spline.few", "knots"], rtol=1e-12)


def _effect(name: str) -> SplineEffect:
    marker = _column("marker")
    if name == "alone":
        return spline_effect(follow_up(), marker, "marker", shape=Shape(grid=AT))
    if name == "adjusted":
        others = Others(np.column_stack([_column("age"), _column("first")]), ("age", "first"))
        return spline_effect(follow_up(), marker, "marker", shape=Shape(grid=AT, reference=10.0), others=others)
    data = follow_up(weight="weight", stratum="sex")
    return spline_effect(data, marker, "marker", shape=Shape(grid=AT, reference=10.0))


@pytest.mark.parametrize("name", ["alone", "adjusted", "weighted"])
def test_spline_of_a_cox_model_against_r(name: str) -> None:
    r, key, found = adjusted_r(), f"spline.{name}", _effect(name)
    np.testing.assert_allclose(found.coefficient, r[key, "coef"], rtol=1e-5)
    np.testing.assert_allclose(found.variance.ravel(), r[key, "var"], rtol=1e-5, atol=1e-9)
    value = found.value
    assert value["non_linear"]["statistic"] == pytest.approx(r[key, "wald.nonlinear"][0], rel=ITERATED)
    assert value["overall"]["statistic"] == pytest.approx(r[key, "wald.overall"][0], rel=ITERATED)
    assert (value["overall"]["degrees"], value["non_linear"]["degrees"]) == (3, 2)
    if name == "weighted":
        assert value["non_linear_likelihood_ratio"] is None and value["variance"] == "robust"
    else:
        assert value["non_linear_likelihood_ratio"]["statistic"] == pytest.approx(r[key, "lr.nonlinear"][0], rel=ITERATED)
    np.testing.assert_allclose([row["log_hazard_ratio"] for row in value["curve"]], r[key, "curve"], rtol=1e-5)
    np.testing.assert_allclose([row["standard_error"] for row in value["curve"]], r[key, "curve.se"], rtol=1e-5)


def test_the_curve_is_one_at_its_reference_and_has_no_width_there() -> None:
    found = spline_effect(follow_up(), _column("marker"), "marker", shape=Shape(grid=(7.5,), reference=7.5))
    row = found.value["curve"][0]
    assert row["hazard_ratio"] == row["low"] == row["high"] == 1
    whole = spline_effect(follow_up(), _column("marker"), "marker")
    assert whole.reference == np.median(_column("marker")) and len(whole.value["curve"]) == 101
    assert [row["value"] for row in whole.value["curve"]][::100] == pytest.approx(np.quantile(_column("marker"), [0.025, 0.975]))
    json.dumps(whole.value, allow_nan=False)


@given(st.lists(st.floats(-50, 50), min_size=3, max_size=7, unique=True), st.floats(0.1, 30))
@settings(deadline=None)
def test_a_spline_is_a_line_beyond_its_outer_knots_and_smooth_within(knots: list[float], step: float) -> None:
    knots = sorted(knots)
    if min(np.diff(knots)) < 0.5:
        return
    far = np.array([knots[-1] + step * k for k in range(4)] + [knots[0] - step * k for k in range(4)])
    basis = spline_basis(far, np.array(knots))
    size = np.abs(basis).max() + 1
    assert np.abs(np.diff(basis[:4], n=2, axis=0)).max() < 1e-7 * size
    assert np.abs(basis[4:, 1:]).max() == 0
    inside = spline_basis(np.array([k + d for k in knots for d in (-1e-6, 1e-6)]), np.array(knots))
    assert np.abs(inside[::2] - inside[1::2]).max() < 1e-4 * size


def test_a_curved_truth_is_found_and_a_straight_one_is_left() -> None:
    random = np.random.default_rng(21)
    x = random.normal(size=1500)
    for curved in (True, False):
        time = random.exponential(np.exp(-(x**2 if curved else 0.5 * x)))
        found = spline_effect(survival_data(time, np.ones(1500)), x, "x").value
        assert (found["non_linear"]["p"] < 1e-6) == curved and found["overall"]["p"] < 1e-6


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (np.repeat([1.0, 2.0, 3.0], 80), "no-spline"),
        (np.r_[np.zeros(200), np.arange(40)], "no-spline"),
        (np.full(240, 5.0), "no-spline"),
    ],
)
def test_covariates_that_bear_no_spline_say_why(values: np.ndarray, code: str) -> None:
    found = spline_effect(follow_up(), values, "marker")
    assert not len(found.coefficient) and "knots" in found.value["cannot_say"] and found.findings[-1].code == code


def test_models_without_an_estimate_say_why() -> None:
    none = spline_effect(survival_data(adjusted()["time"], np.zeros(240)), _column("age"), "age")
    assert [finding.code for finding in none.findings] == ["no-events", "no-spline"] and "cannot_say" in none.value
    few = spline_effect(survival_data(adjusted()["time"], np.arange(240) < 2), _column("age"), "age")
    assert "more-covariates-than-events" in [finding.code for finding in few.findings]
    far = spline_effect(follow_up(), _column("age"), "age", shape=Shape(knots=(50, 60, 70), grid=(1.0, 60.0, 200.0)))
    assert far.knots == (50, 60, 70) and far.findings[-1].code == "beyond-the-data" and "2 points" in far.findings[-1].text


def test_another_covariate_that_separates_leaves_the_spline() -> None:
    marker, apart = _column("marker"), (_column("event") == 0) * (np.arange(240) % 3 == 0)
    found = spline_effect(follow_up(), marker, "marker", others=Others(apart[:, None].astype(float), ["apart"]))
    assert np.isnan(found.coefficient[3]) and np.isfinite(found.coefficient[:3]).all()
    assert found.value["non_linear"]["p"] < 1 and "separation" in [finding.code for finding in found.findings]
    json.dumps(found.value, allow_nan=False)


def test_knots_that_no_value_lies_between_say_why() -> None:
    found = spline_effect(follow_up(), _column("age"), "age", shape=Shape(knots=(101, 102, 103, 104)))
    assert "add up to each other" in found.value["cannot_say"]


def test_wrong_knots_and_values_are_refused() -> None:
    calls: list[Any] = [
        lambda: harrell_knots(np.arange(50.0), number=8),
        lambda: harrell_knots(np.array([1.0, np.nan] * 50)),
        lambda: spline_basis(np.arange(3.0), np.array([1.0, 2.0])),
        lambda: spline_basis(np.arange(3.0), np.array([1.0, 3.0, 2.0])),
        lambda: spline_effect(follow_up(), np.arange(3.0), "x"),
        lambda: spline_effect(follow_up(), np.full(240, np.nan), "x"),
    ]
    for call in calls:
        with pytest.raises(BadInput):
            call()
    with pytest.raises(OutOfScope, match="do not lie apart"):
        harrell_knots(np.r_[np.zeros(300), np.arange(1, 9)], number=4)
