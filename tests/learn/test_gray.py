"""Gray's test against cmprsk."""

import numpy as np
import pytest
from r_numbers import frozen, small

from glisson.learn.cohort.gray import gray_test
from glisson.learn.cohort.groups import groups
from glisson.learn.cohort.log_rank import log_rank
from glisson.learn.cohort.table import SurvivalData, survival_data


def _data(**columns: str) -> SurvivalData:
    table = small()
    return survival_data(table["time"], table["cause"], **{name: table[column].to_numpy() for name, column in columns.items()})


@pytest.mark.parametrize(("analysis", "group", "rho"), [("gray", "group", 0), ("gray.two", "x2", 0), ("gray.rho", "group", 1)])
@pytest.mark.parametrize("cause", [1, 2])
def test_gray_against_cmprsk(analysis: str, group: str, rho: int, cause: int) -> None:
    test = gray_test(_data(), groups(small()[group]), cause=cause, rho=rho)
    assert test.statistic == pytest.approx(frozen("survival_small_r")[analysis, "stat"][cause - 1], rel=1e-8)


@pytest.mark.parametrize("cause", [1, 2])
def test_stratified_gray_against_cmprsk(cause: int) -> None:
    test = gray_test(_data(stratum="stratum"), groups(small()["group"]), cause=cause)
    assert test.statistic == pytest.approx(frozen("survival_small_r")["gray.strata", "stat"][cause - 1], rel=1e-8)


def test_gray_without_competing_events_against_the_log_rank_score() -> None:
    table = small()
    data = survival_data(table["time"], (table["cause"] > 0).cast(int))
    gray, logrank = gray_test(data, groups(table["group"])), log_rank(data, groups(table["group"]))
    np.testing.assert_allclose(gray.expected, logrank.expected, rtol=1e-10)
    assert gray.statistic == pytest.approx(logrank.statistic, rel=0.1)  # another estimate of the same variance


def test_late_entry_and_an_empty_cause_give_a_reason_and_no_number() -> None:
    late = gray_test(_data(entry="entry"), groups(small()["group"]))
    assert late.p is None and late.findings[0].code == "late-entry"
    none = gray_test(_data(), groups(small()["group"]), cause=9)
    assert none.p is None and none.findings[-1].code == "nothing-to-compare"


def test_weights_do_not_pass_in_silence() -> None:
    weighted = gray_test(_data(weight="weight"), groups(small()["group"]))
    assert [finding.code for finding in weighted.findings] == ["weights-ignored"]
