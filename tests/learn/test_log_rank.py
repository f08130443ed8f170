"""The log-rank test against R's survdiff and the exact score of coxph."""

import numpy as np
import pytest
from r_numbers import frozen, small

from glisson.errors import BadInput
from glisson.learn.cohort.groups import groups
from glisson.learn.cohort.log_rank import log_rank
from glisson.learn.cohort.table import SurvivalData, survival_data

R = "survival_small_r"


def _data(**columns: str) -> SurvivalData:
    table = small()
    given = {name: table[column].to_numpy() for name, column in columns.items()}
    return survival_data(table["time"], (table["cause"] > 0).cast(int), **given)


@pytest.mark.parametrize("rho", [0, 1])
def test_log_rank_against_r(rho: int) -> None:
    test, r = log_rank(_data(), groups(small()["group"]), rho=rho), frozen(R)
    name = f"logrank.{rho}"
    np.testing.assert_allclose(test.observed, r[name, "obs"], rtol=1e-10)
    np.testing.assert_allclose(test.expected, r[name, "exp"], rtol=1e-10)
    np.testing.assert_allclose(test.variance.ravel(), r[name, "var"], rtol=1e-8, atol=1e-12)
    assert test.statistic == pytest.approx(r[name, "chisq"][0], rel=1e-8) and test.degrees == 2


def test_stratified_log_rank_against_r() -> None:
    test, r = log_rank(_data(stratum="stratum"), groups(small()["group"])), frozen(R)
    np.testing.assert_allclose(test.expected, r["logrank.strata", "exp"], rtol=1e-10)
    assert test.statistic == pytest.approx(r["logrank.strata", "chisq"][0], rel=1e-8)
    assert "stratified (2 strata)" in test.test


def test_log_rank_with_late_entry_against_the_exact_score_of_r() -> None:
    test = log_rank(_data(entry="entry"), groups(small()["group"]))
    assert test.statistic == pytest.approx(frozen(R)["logrank.entry", "chisq"][0], rel=1e-8)


def test_an_empty_group_is_said_and_the_others_are_tested() -> None:
    table = small()
    full = log_rank(_data(), groups(table["group"]))
    with_nobody = log_rank(_data(), groups(table["group"], order=["A", "B", "nobody", "C"]))
    assert with_nobody.statistic == pytest.approx(full.statistic) and with_nobody.degrees == 2
    assert [finding.code for finding in with_nobody.findings] == ["empty-group"] and "nobody" in with_nobody.findings[0].text


def test_one_group_or_no_event_gives_no_number() -> None:
    one = log_rank(survival_data([1, 2], [1, 1]), groups(["a", "a"]))
    assert one.statistic is None and one.p is None and one.findings[-1].code == "nothing-to-compare"
    none = log_rank(survival_data([1, 2], [0, 0]), groups(["a", "b"]))
    assert none.p is None and {finding.code for finding in none.findings} == {"empty-group", "nothing-to-compare"}


def test_weights_do_not_pass_in_silence() -> None:
    weighted = log_rank(_data(weight="weight"), groups(small()["group"]))
    assert [finding.code for finding in weighted.findings] == ["weights-ignored"]


def test_an_order_that_lacks_a_group_is_refused() -> None:
    with pytest.raises(BadInput):
        groups(["a", "b"], order=["a"])
