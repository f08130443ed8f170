"""Weighting of two groups against R's glm, coxph and survfit, and what happens where it cannot be done."""

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from adjusted_numbers import adjusted, adjusted_r, follow_up
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.errors import BadInput
from glisson.learn.cohort.adjusted import AdjustedEffect, Reading, adjusted_effect
from glisson.learn.cohort.logistic import logistic
from glisson.learn.cohort.propensity import Propensity, propensity
from glisson.learn.cohort.weighting import Choice, Weighting, effective_size, treatment_weights, weighting

CHOICES = {
    "plain": Choice(stabilised=False),
    "stable": Choice(),
    "cut": Choice(truncate_fraction=0.05),
    "treated": Choice("ATT", stabilised=False),
    "treated.cut": Choice("ATT", stabilised=False, truncate_fraction=0.05),
}
ITERATED = 1e-6


def _exposed(name: str = "first") -> list[bool | None]:
    return [value == 1 for value in adjusted()[name]]


def _covariates() -> pl.DataFrame:
    return adjusted().select("age", "sex", "stage")


def _propensity() -> Propensity:
    return propensity(_exposed(), _covariates())


def _weights(choice: Choice) -> Weighting:
    found = weighting(_propensity(), choice)
    assert found is not None
    return found


def _codes(found: AdjustedEffect) -> set[str]:
    return {finding.code for finding in found.findings}


def test_logistic_against_r() -> None:
    r, model = adjusted_r(), _propensity().model
    assert model.names == ("age", "sex: f against m", "stage: three against one", "stage: two against one")
    np.testing.assert_allclose([model.intercept, *model.coefficient], r["logistic", "coef"], rtol=ITERATED)
    np.testing.assert_allclose(model.variance.ravel(), r["logistic", "var"], rtol=ITERATED, atol=1e-10)
    np.testing.assert_allclose(model.fraction, r["logistic", "fitted"], rtol=ITERATED)
    assert model.log_likelihood == pytest.approx(r["logistic", "loglik"][0], rel=1e-10)


@pytest.mark.parametrize("name", CHOICES)
def test_weights_against_r(name: str) -> None:
    r, found = adjusted_r(), _weights(CHOICES[name])
    np.testing.assert_allclose(found.weight, r[f"weights.{name}", "weight"], rtol=ITERATED)
    np.testing.assert_allclose(found.effective, r[f"weights.{name}", "effective"], rtol=ITERATED)
    assert bool(found.truncated) == name.endswith("cut") and (found.limits is None) != name.endswith("cut")


@pytest.mark.parametrize("name", CHOICES)
def test_weighted_survival_against_r(name: str) -> None:
    r, key = adjusted_r(), f"weights.{name}"
    found = adjusted_effect(follow_up(), _exposed(), _covariates(), choice=CHOICES[name], reading=Reading((6, 12, 18)))
    weighted = found.value["cox"]["weighted"]
    assert weighted["coefficient"] == pytest.approx(r[key, "coef"][0], rel=ITERATED)
    assert weighted["standard_error"] ** 2 == pytest.approx(r[key, "var"][0], rel=ITERATED)
    for place in (0, 1):
        at_times = found.value["curves"][place]["weighted"]["at_times"]
        for mine, theirs in {"survival": "surv", "standard_error": "std.err", "low": "lower", "high": "upper"}.items():
            np.testing.assert_allclose([row[mine] for row in at_times], r[f"{key}.km.{place}", theirs], rtol=ITERATED)
    clustered = adjusted_effect(follow_up(cluster="centre"), _exposed(), _covariates(), choice=CHOICES[name])
    assert clustered.value["cox"]["weighted"]["standard_error"] ** 2 == pytest.approx(r[key, "var.centre"][0], rel=ITERATED)
    assert clustered.value["cox"]["variance"] == "robust, clustered"


def test_balance_against_r() -> None:
    r, found = adjusted_r(), adjusted_effect(follow_up(), _exposed(), _covariates(), names=("without", "with"))
    for item in ("before", "after"):
        np.testing.assert_allclose([one[item] for one in found.value["balance"]], r["balance", item], rtol=1e-5)
    assert "not-balanced" not in _codes(found) and found.value["groups"] == ["without", "with"]
    json.dumps(found.value, allow_nan=False)
    assert "with against without" in found.value["method"] and "stabilised" in found.value["method"]


def test_weights_that_average_one_and_att_that_leaves_the_exposed_alone() -> None:
    assert _weights(Choice()).mean == pytest.approx((1, 1), abs=0.02)
    treated = _weights(Choice("ATT"))
    assert treated.mean[1] == treated.largest[1] == 1 and treated.effective[1] == treated.rows[1]


@given(st.lists(st.floats(0.02, 0.98), min_size=3, max_size=30), st.booleans())
@settings(deadline=None)
def test_effective_size_lies_between_one_and_the_number_of_patients(fractions: list[float], stabilised: bool) -> None:
    exposed = np.arange(len(fractions)) % 2 == 0
    weight = treatment_weights(fraction=np.array(fractions), exposed=exposed, estimand="ATE", stabilised=stabilised)
    assert 1 - 1e-9 <= effective_size(weight[exposed]) <= exposed.sum() + 1e-9


def test_weighting_finds_the_effect_that_confounding_hides() -> None:
    """Truth by design: no effect of the exposure; age drives both. Crude is biased, weighted is not."""
    random = np.random.default_rng(11)
    age = random.normal(size=4000)
    exposed = random.random(4000) < 1 / (1 + np.exp(-age))
    time = random.exponential(np.exp(-0.8 * age))
    from glisson.learn.cohort.table import survival_data

    found = adjusted_effect(survival_data(time, np.ones(4000)), exposed.tolist(), pl.DataFrame({"age": age}))
    crude, weighted = found.value["cox"]["crude"], found.value["cox"]["weighted"]
    assert crude["low"] > 1.3 and weighted["low"] < 1 < weighted["high"]
    assert found.value["balance"][0]["before"] > 0.8 and abs(found.value["balance"][0]["after"]) < 0.1
    assert {"positivity", "poor-overlap"} & _codes(found)


def _alike(group: list[Any], **columns: list[Any]) -> AdjustedEffect:
    from glisson.learn.cohort.table import survival_data

    number = len(group)
    return adjusted_effect(survival_data(np.arange(number) + 1, np.ones(number)), group, pl.DataFrame(columns))


def test_separation_keeps_the_crude_comparison_and_says_why() -> None:
    found = _alike([True] * 10 + [False] * 10, stage=["late"] * 10 + ["early"] * 10)
    assert "separation" in found.value["cannot_say"] and "stage" in found.value["cannot_say"]
    assert found.value["cox"]["weighted"] is None and "balance" not in found.value and found.weights is None
    assert found.value["curves"][0]["crude"]["median"]["time"] is not None and "weighted" not in found.value["curves"][0]
    json.dumps(found.value, allow_nan=False)


@pytest.mark.parametrize(
    ("group", "columns", "why"),
    [
        ([True] * 20, {"age": list(range(20))}, "one of the two groups is empty"),
        ([None] * 20, {"age": list(range(20))}, "one of the two groups is empty"),
        ([True, False] * 10, {"age": [None] * 20}, None),
        ([True] * 2 + [False] * 18, {name: np.random.default_rng(place).normal(size=20).tolist() for place, name in enumerate("abc")},
         "3 covariates and 2 rows"),
        ([True, False] * 10, {"age": [None, 1.0] * 10}, "one of the two groups is empty"),
    ],
)  # fmt: skip
def test_ill_posed_weighting_says_why(group: list[bool | None], columns: dict[str, list[Any]], why: str | None) -> None:
    found = _alike(group, **columns)
    json.dumps(found.value, allow_nan=False)
    assert found.findings
    if why is None:  # no usable covariate: weights of one, and that is said
        assert "covariate-left-out" in _codes(found) and found.weights is not None
        np.testing.assert_allclose(found.weights.weight, 1)
    else:
        assert why in found.value["cannot_say"] and found.value["cox"]["weighted"] is None


def test_an_empty_group_has_a_curve_of_nobody() -> None:
    found = _alike([True] * 20, age=list(range(20)))
    assert [(one.group, one.crude.rows) for one in found.curves] == [("unexposed", 0), ("exposed", 20)]
    assert (
        found.value["curves"][0]["crude"]["median"]["time"] is None
        and found.value["curves"][1]["crude"]["median"]["time"] == 10.5
    )


def test_no_events_leave_balance_and_curves() -> None:
    from glisson.learn.cohort.table import survival_data

    data = survival_data(adjusted()["time"], np.zeros(240))
    found = adjusted_effect(data, _exposed(), _covariates())
    assert "no-events" in _codes(found) and found.value["cox"]["weighted"]["ratio"] is None
    assert found.value["balance"] and found.value["curves"][0]["weighted"]["median"]["time"] is None
    json.dumps(found.value, allow_nan=False)


def test_gaps_are_left_out_and_counted() -> None:
    gaps = _covariates().with_columns(pl.when(pl.int_range(240) < 7).then(None).otherwise(pl.col("age")).alias("age"))
    group = [None, *_exposed()[1:]]
    found = adjusted_effect(follow_up(), group, gaps)
    assert (found.value["rows"], found.value["left_out"]) == (233, 7)
    assert {"incomplete-rows", "unknown-exposure"} <= _codes(found)


def test_one_patient_who_carries_a_group_is_named() -> None:
    random = np.random.default_rng(5)
    age = np.append(random.normal(size=60), [4.0, -4.0])
    group = (np.append(age[:60] + 0.4 * random.normal(size=60) > 0, [False, True])).tolist()
    found = _alike(group, age=age.tolist())
    assert {"one-large-weight", "small-effective-size", "not-balanced"} <= _codes(found)
    cut = adjusted_effect(follow_up(), _exposed(), _covariates(), choice=Choice(truncate_fraction=0.1))
    assert "weights-truncated" in _codes(cut) and "10 and 90 percentiles" in cut.value["method"]


def test_few_patients_for_the_propensity_model_are_said() -> None:
    part = propensity(_exposed()[:60], _covariates()[:60])
    assert "few-rows-per-coefficient" in {finding.code for finding in part.findings}


def test_logistic_refuses_what_is_not_a_table_and_says_what_it_cannot() -> None:
    with pytest.raises(BadInput):
        logistic(np.array([True, False]), np.ones((3, 1)), ["x"])
    with pytest.raises(BadInput):
        logistic(np.array([True, False]), np.array([[np.nan], [1.0]]), ["x"])
    same = logistic(np.ones(4, dtype=bool), np.ones((4, 1)), ["x"])
    assert same.fraction is None and "same answer" in str(same.cannot_say) and same.findings[0].code == "no-logistic-model"
    assert "no rows" in str(logistic(np.zeros(0, dtype=bool), np.zeros((0, 1)), ["x"]).cannot_say)
    constant = logistic(np.array([True, False, True]), np.ones((3, 1)), ["x"])
    assert (
        constant.names == ()
        and constant.intercept == pytest.approx(np.log(2))
        and constant.findings[0].code == "constant-covariate"
    )
    apart = logistic(np.array([True, True, False, False]), np.array([[3.0], [4.0], [1.0], [2.0]]), ["x"])
    assert "x tells yes from no" in str(apart.cannot_say)


def test_wrong_choices_and_lengths_are_refused() -> None:
    for wrong in ({"estimand": "ATU"}, {"truncate_fraction": 0.5}, {"truncate_fraction": -0.1}):
        with pytest.raises(BadInput):
            Choice(**wrong)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="0 or 1"):
        treatment_weights(fraction=np.array([1.0]), exposed=np.array([True]), estimand="ATE", stabilised=False)
    with pytest.raises(BadInput, match="weights"):
        adjusted_effect(follow_up(weight="weight"), _exposed(), _covariates())
    with pytest.raises(BadInput, match="one of each"):
        adjusted_effect(follow_up(), _exposed()[1:], _covariates())
    with pytest.raises(BadInput, match="one of each"):
        propensity(_exposed()[1:], _covariates())
