"""Interaction of two exposures against R's coxph with the delta method written out, a published table, and closed forms."""

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from adjusted_numbers import adjusted, adjusted_r, follow_up
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.errors import BadInput
from glisson.learn.cohort.additive_interaction import additive_interaction, recoded
from glisson.learn.cohort.interaction import Exposures, Interaction, interaction
from glisson.learn.cohort.table import survival_data

ITERATED = 1e-6
LOGS = st.floats(-2, 2)


def _exposures() -> Exposures:
    table = adjusted()
    return Exposures((table["first"] == 1).to_list(), (table["second"] == 1).to_list(), ("anti-VEGF", "chemotherapy"))


def _three(measure: dict[str, Any]) -> list[float]:
    return [measure["value"], measure["low"], measure["high"]]


def _codes(found: Interaction) -> list[str]:
    return [finding.code for finding in found.findings]


def _model(name: str) -> Interaction:
    covariates = adjusted().select("age", "stage") if name == "adjusted" else None
    data = follow_up(weight="weight", cluster="centre") if name == "clustered" else follow_up()
    return interaction(data, _exposures(), covariates, times=(6, 12))


@pytest.mark.parametrize("name", ["alone", "adjusted", "clustered"])
def test_interaction_against_r(name: str) -> None:
    r, key, value = adjusted_r(), f"interaction.{name}", _model(name).value
    beta, variance = r[key, "coef"], r[key, "var"].reshape(3, 3)
    assert value["multiplicative"]["coefficient"] == pytest.approx(beta[2], rel=ITERATED)
    assert value["multiplicative"]["standard_error"] ** 2 == pytest.approx(variance[2, 2], rel=ITERATED)
    assert value["variance"] == ("robust" if name == "clustered" else "model-based")
    for item, theirs in {"reri": "reri", "attributable": "ap", "synergy": "s"}.items():
        np.testing.assert_allclose(_three(value["additive"][item]), r[key, theirs], rtol=1e-5)
    logs = [cell["effect"]["coefficient"] for cell in value["cells"][1:]]
    np.testing.assert_allclose(logs, [beta[0], beta[1], beta.sum()], rtol=ITERATED)
    assert value["cells"][3]["effect"]["standard_error"] ** 2 == pytest.approx(variance.sum(), rel=ITERATED)
    within = {(row["exposure"], row["other_present"]): row["effect"]["coefficient"] for row in value["within"]}
    assert within["anti-VEGF", True] == pytest.approx(beta[0] + beta[2], rel=ITERATED)
    assert within["chemotherapy", False] == pytest.approx(beta[1], rel=ITERATED)
    json.dumps(value, allow_nan=False)


def test_difference_of_differences_against_r() -> None:
    r, rows = adjusted_r(), _model("alone").value["survival"]
    np.testing.assert_allclose([row["difference"] for row in rows], r["interaction.survival", "difference"], rtol=1e-9)
    for row, error in zip(rows, r["interaction.survival", "se"], strict=True):
        assert (row["high"] - row["low"]) / 2 == pytest.approx(1.959963984540054 * error, rel=1e-9)


def test_recoded_exposures_against_r() -> None:
    r = adjusted_r()
    beta, variance = recoded(
        coefficient=r["interaction.alone", "coef"], variance=r["interaction.alone", "var"].reshape(3, 3), turned=(True, False)
    )
    np.testing.assert_allclose(beta, r["interaction.recoded", "coef"], rtol=1e-6)
    np.testing.assert_allclose(variance.ravel(), r["interaction.recoded", "var"], rtol=1e-6)
    reri = additive_interaction(coefficient=beta, variance=variance).reri
    np.testing.assert_allclose([reri.value, reri.low, reri.high], r["interaction.recoded", "reri"], rtol=1e-6)


def test_oral_cancer_against_hosmer_and_lemeshow_1992() -> None:
    """Their page 455, as the documentation of R's epiR quotes it; printed from rounded coefficients."""
    r = adjusted_r()
    found = additive_interaction(coefficient=r["oral", "coef"], variance=r["oral", "var"].reshape(3, 3))
    printed = {"reri": (3.73, -1.84, 9.32), "attributable": (0.41, -0.07, 0.90), "synergy": (1.87, 0.64, 5.41)}
    for name, numbers in printed.items():
        measure = getattr(found, name)
        np.testing.assert_allclose([measure.value, measure.low, measure.high], numbers, atol=0.011)
    assert found.reading == "cannot say"


@given(LOGS, LOGS, LOGS)
@settings(deadline=None)
def test_measures_agree_with_each_other_and_turning_twice_changes_nothing(a: float, b: float, c: float) -> None:
    beta, variance = np.array([a, b, c]), np.diag([0.1, 0.2, 0.3])
    found = additive_interaction(coefficient=beta, variance=variance)
    r10, r01, r11 = np.exp([a, b, a + b + c])
    assert found.reri.value == pytest.approx((r11 - 1) - (r10 - 1) - (r01 - 1), rel=1e-9, abs=1e-9)
    assert found.attributable.value == pytest.approx(found.reri.value / r11, rel=1e-9, abs=1e-12)
    assert (found.synergy.value is None) == (not (r10 + r01 > 2 and r11 > 1))
    for turned in ((True, False), (False, True), (True, True)):
        once = recoded(coefficient=beta, variance=variance, turned=turned)
        again = recoded(coefficient=once[0], variance=once[1], turned=turned)
        np.testing.assert_allclose(again[0], beta, atol=1e-12)
        np.testing.assert_allclose(again[1], variance, atol=1e-12)


def _gradient(of: str, beta: np.ndarray) -> np.ndarray:
    def value(at: np.ndarray) -> float:
        measure = getattr(additive_interaction(coefficient=at, variance=np.eye(3)), of).value
        assert measure is not None
        return float(np.log(measure)) if of == "synergy" else float(measure)

    steps = 1e-6 * np.eye(3)
    return np.array([(value(beta + step) - value(beta - step)) / 2e-6 for step in steps])


@pytest.mark.parametrize("of", ["reri", "attributable", "synergy"])
def test_delta_method_against_numerical_derivatives(of: str) -> None:
    beta, variance = np.array([0.7, 0.4, 0.3]), np.array([[0.04, 0.01, -0.02], [0.01, 0.05, -0.03], [-0.02, -0.03, 0.09]])
    found, slope = getattr(additive_interaction(coefficient=beta, variance=variance), of), _gradient(of, beta)
    width = np.log(found.high / found.low) if of == "synergy" else found.high - found.low
    assert width / (2 * 1.959963984540054) == pytest.approx(np.sqrt(slope @ variance @ slope), rel=1e-6)


def test_readings_follow_the_interval_of_the_reri() -> None:
    small = np.eye(3) * 1e-4
    more = additive_interaction(coefficient=np.log([1.5, 1.5, 3.0]), variance=small)
    less = additive_interaction(coefficient=np.log([3.0, 3.0, 1 / 6]), variance=small)
    assert (more.reading, less.reading) == ("more than the sum", "less than the sum")
    assert less.synergy.value is not None and less.synergy.value < 1 and less.reri.p is not None and less.reri.p < 0.001


def _four(number: int = 40) -> tuple[list[bool | None], list[bool | None]]:
    return [place % 2 == 1 for place in range(number)], [place % 4 > 1 for place in range(number)]


def _times(number: int = 40) -> np.ndarray:
    return np.random.default_rng(8).permutation(number) + 1.0


def test_a_combination_that_protects_is_read_against_the_group_of_lowest_hazard() -> None:
    random = np.random.default_rng(31)
    first, second = _four(800)
    time = random.exponential(np.array([1.0, 1.4, 1.4, 3.0])[np.array(first) * 1 + np.array(second) * 2])
    found = interaction(survival_data(time, np.ones(800)), Exposures(first, second), times=(0.5,))
    assert found.value["additive_recoded"]["reference"] == "both" and "recoded-beside" in _codes(found)
    assert found.value["additive"]["synergy"]["cannot_say"] and found.value["additive"]["synergy"]["value"] is None
    reri = found.value["additive_recoded"]["reri"]  # hazards 3 and 3/1.4 times that of both: 3 - 2 × 3/1.4 + 1
    assert reri["low"] < 4 - 6 / 1.4 < reri["high"] and found.value["survival"][0]["p"] is not None


def test_an_empty_group_is_said_and_nothing_else_breaks() -> None:
    first, _ = _four()
    found = interaction(survival_data(_times(), np.ones(40)), Exposures(first, first), times=(5,))
    assert found.value["cannot_say"] == "nobody is in the groups 'first only' and 'second only'" and found.value["survival"] == []
    assert _codes(found) == ["no-interaction"] and found.value["cells"][3]["rows"] == 20
    json.dumps(found.value, allow_nan=False)


def test_a_group_without_events_leaves_the_other_ratios() -> None:
    first, second = _four()
    event = ~(np.array(first) & np.array(second))
    found = interaction(survival_data(_times(), event), Exposures(first, second))
    assert "separation" in _codes(found) and "no estimate" in found.value["cannot_say"] and "additive" not in found.value
    assert found.value["cells"][1]["effect"]["ratio"] is not None and found.value["cells"][3]["effect"]["ratio"] is None
    assert found.value["multiplicative"]["ratio"] is None
    json.dumps(found.value, allow_nan=False)


@pytest.mark.parametrize(("events", "code"), [(0, "no-events"), (2, "more-covariates-than-events")])
def test_too_few_events_are_said(events: int, code: str) -> None:
    first, second = _four()
    found = interaction(survival_data(_times(), np.arange(40) < events), Exposures(first, second), times=(3, 39))
    assert code in _codes(found) and found.value["multiplicative"]["ratio"] is None
    json.dumps(found.value, allow_nan=False)


def test_times_beyond_follow_up_and_before_events_are_said() -> None:
    first, second = _four()
    time = _times() + 1
    data = survival_data(time, time < 25)
    found = interaction(data, Exposures(first, second), times=(0.5, 500)).value["survival"]
    assert found[0]["difference"] == 0 and "standard error" in found[0]["cannot_say"] and found[0]["low"] is None
    assert found[1]["difference"] is None and "ends before" in found[1]["cannot_say"]


def test_clusters_and_gaps_are_said() -> None:
    first, second = _four()
    first[3], second[7] = None, None
    data = survival_data(_times(), np.ones(40), cluster=np.arange(40) // 2)
    covariates = pl.DataFrame({"age": [None, *range(39)]})
    found = interaction(data, Exposures(first, second), covariates, times=(5,))
    assert (found.value["rows"], found.value["left_out"]) == (37, 3)
    assert {"clusters-across-groups", "unknown-exposure", "incomplete-rows"} <= set(_codes(found))


def test_wrong_shapes_are_refused() -> None:
    first, second = _four()
    with pytest.raises(BadInput, match="different lengths"):
        interaction(survival_data(_times(), np.ones(40)), Exposures(first[1:], second))
    for beta, variance in (([1.0, 2.0], np.eye(3)), ([1.0, 2.0, np.nan], np.eye(3)), ([900.0, 0, 0], np.eye(3))):
        with pytest.raises(BadInput):
            additive_interaction(coefficient=np.array(beta), variance=variance)
    nothing = additive_interaction(coefficient=np.array([0.5, 0.5, 0.1]), variance=np.zeros((3, 3)))
    assert nothing.reri.low is None and nothing.synergy.cannot_say and nothing.reading == "cannot say"
