"""Subgroup forests against R's coxph and anova, and what is said where a subgroup has no estimate."""

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from adjusted_numbers import adjusted, adjusted_r, follow_up

from glisson.errors import BadInput
from glisson.learn.cohort.cox import cox
from glisson.learn.cohort.subgroups import Forest, subgroup_forest
from glisson.learn.cohort.table import survival_data

ITERATED = 1e-6


def _exposed() -> list[bool | None]:
    return (adjusted()["first"] == 1).to_list()


def _codes(found: Forest) -> list[str]:
    return [finding.code for finding in found.findings]


def test_effects_in_subgroups_against_r() -> None:
    r = adjusted_r()
    found = subgroup_forest(follow_up(), _exposed(), adjusted().select("stage"))
    assert [one.level for one in found.subgroups] == ["one", "three", "two"]
    for one in found.subgroups:
        key = f"subgroup.stage.{one.level}"
        assert one.effect["coefficient"] == pytest.approx(r[key, "coef"][0], rel=ITERATED)
        assert one.effect["standard_error"] ** 2 == pytest.approx(r[key, "var"][0], rel=ITERATED)
    assert sum(one.rows for one in found.subgroups) == found.overall.rows == 240
    assert sum(one.exposed_events for one in found.subgroups) == found.overall.exposed_events


def test_interaction_tests_against_r() -> None:
    r = adjusted_r()
    plain = subgroup_forest(follow_up(), _exposed(), adjusted().select("stage")).interactions[0]
    assert plain.statistic == pytest.approx(r["subgroup.stage", "lr"][0], rel=1e-5) and plain.degrees == 2
    assert plain.p == pytest.approx(r["subgroup.stage", "lr.p"][0], rel=1e-5) and plain.test == "likelihood ratio"
    clustered = subgroup_forest(follow_up(cluster="centre"), _exposed(), adjusted().select("stage")).interactions[0]
    assert clustered.statistic == pytest.approx(r["subgroup.stage.clustered", "wald"][0], rel=ITERATED)
    assert clustered.test == "Wald"
    given = subgroup_forest(follow_up(), _exposed(), adjusted().select("stage"), covariates=adjusted().select("age", "stage"))
    assert given.interactions[0].statistic == pytest.approx(r["subgroup.stage.adjusted", "lr"][0], rel=1e-5)
    assert "constant-covariate" not in _codes(given)  # the variable itself is no covariate within its levels


def test_the_overall_effect_is_that_of_a_cox_model_of_all() -> None:
    fit = cox(follow_up(), np.array(_exposed(), dtype=float)[:, None], ["x"])
    found = subgroup_forest(follow_up(), _exposed(), adjusted().select("sex", "stage"), levels={"sex": ["m", "f"]})
    assert found.overall.effect["coefficient"] == pytest.approx(fit.coefficient[0])
    assert [(one.variable, one.level) for one in found.subgroups[:2]] == [("sex", "m"), ("sex", "f")]
    assert found.statement.startswith("5 subgroups of 2 variables; 2 tests") and "0.1 of them" in found.statement
    json.dumps(found.value, allow_nan=False)
    assert "findings" not in found.value and found.value["subgroups"][0]["effect"]["ratio"]


def _sixty(**columns: list[Any]) -> tuple[Any, list[bool | None], pl.DataFrame]:
    random = np.random.default_rng(17)
    return (
        survival_data(random.permutation(60) + 1.0, np.ones(60)),
        [place % 2 == 0 for place in range(60)],
        pl.DataFrame(columns),
    )


def test_subgroups_without_an_estimate_say_why() -> None:
    data, exposed, variables = _sixty(
        site=["alone"] * 1 + ["no event"] * 9 + ["one side"] * 20 + ["left"] * 20 + ["right"] * 9 + [None],
    )
    event = np.ones(60)
    event[1:10] = 0
    event[10:30:2] = 0  # no exposed has the event
    data = survival_data(data.time, event)
    found = subgroup_forest(
        data, exposed, variables, levels={"site": ["alone", "no event", "one side", "left", "right", "nobody"]}
    )
    whys = {one.level: one.cannot_say for one in found.subgroups}
    assert whys == {
        "alone": "everybody in it is exposed",
        "no event": "no event in it", "one side": "while both sides were at risk only one had events",
        "left": None, "right": None, "nobody": "nobody is in it",
    }  # fmt: skip
    test = found.interactions[0]
    assert test.left_out == ("alone", "no event", "one side", "nobody") and test.missing == 1
    assert test.p is not None and test.degrees == 1
    assert {"unknown-subgroup", "separation", "few-events-in-subgroups"} <= set(_codes(found))
    assert next(finding.text for finding in found.findings if finding.code == "separation").startswith("site one side: ")
    json.dumps(found.value, allow_nan=False)


def test_no_two_levels_with_an_estimate_no_test() -> None:
    data, exposed, variables = _sixty(site=["left"] * 60)
    found = subgroup_forest(data, exposed, variables)
    assert found.interactions[0].p is None and "fewer than two" in str(found.interactions[0].cannot_say)
    assert "by chance" not in found.statement


@pytest.mark.parametrize(
    ("column", "why"),
    [
        (np.arange(60.0).tolist(), "cut into classes"),
        ([f"word {place}" for place in range(60)], "60 different words"),
        ([None] * 60, "no value"),
        ([["lung"]] * 60, "several of its words"),
    ],
)
def test_variables_that_make_no_subgroups_are_said_and_the_rest_stands(column: list[Any], why: str) -> None:
    data, exposed, variables = _sixty(bad=column, good=["a", "b"] * 30)
    exposed = [place % 4 > 1 for place in range(60)]
    found = subgroup_forest(data, exposed, variables)
    assert why in found.findings[0].text and found.findings[0].code == "no-subgroups"
    assert [one.level for one in found.subgroups] == ["a", "b"] and found.interactions[1].p is not None
    assert found.interactions[0].variable == "bad" and why in str(found.interactions[0].cannot_say)
    assert found.statement.startswith("2 subgroups of 1 variables; 1 tests")


def test_no_events_at_all_and_too_many_covariates_are_said() -> None:
    data, exposed, variables = _sixty(site=["a", "b", "b"] * 20)
    none = subgroup_forest(survival_data(data.time, np.zeros(60)), exposed, variables)
    assert none.overall.cannot_say == "no event in it" and none.interactions[0].p is None and "no-events" in _codes(none)
    covariates = pl.DataFrame(np.random.default_rng(2).normal(size=(60, 4)), schema=list("wxyz"))
    few = subgroup_forest(survival_data(data.time, np.arange(60) < 3), exposed, variables, covariates=covariates)
    assert few.overall.cannot_say == "fewer events than covariates" and "more-covariates-than-events" in _codes(few)
    json.dumps(few.value, allow_nan=False)


def test_sides_that_are_never_watched_together_say_so() -> None:
    time = np.r_[np.arange(1.0, 31), np.arange(41.0, 71)]
    data = survival_data(time, np.ones(60), entry=np.r_[np.zeros(30), np.full(30, 35.0)])
    found = subgroup_forest(data, [True] * 30 + [False] * 30, pl.DataFrame({"site": ["a", "b"] * 30}))
    assert found.overall.cannot_say == "at no event were both sides under observation"


def test_gaps_are_left_out_and_counted() -> None:
    data, exposed, variables = _sixty(site=["a", "b", "b"] * 20)
    found = subgroup_forest(data, [None, *exposed[1:]], variables, covariates=pl.DataFrame({"age": [*range(59), None]}))
    assert found.overall.rows == 58 and {"unknown-exposure", "incomplete-rows"} <= set(_codes(found))


def test_wrong_shapes_and_orders_are_refused() -> None:
    data, exposed, variables = _sixty(site=["a", "b", "b"] * 20)
    with pytest.raises(BadInput, match="different lengths"):
        subgroup_forest(data, exposed[1:], variables)
    with pytest.raises(BadInput, match="does not name"):
        subgroup_forest(data, exposed, variables, levels={"site": ["a"]})
