"""Restricted mean survival against R and against areas added up by hand."""

import numpy as np
import pytest
from r_numbers import frozen, small

from glisson.errors import BadInput, OutOfScope
from glisson.learn.cohort.kaplan_meier import Curve, kaplan_meier
from glisson.learn.cohort.restricted_mean import common_horizon, restricted_mean, restricted_mean_difference
from glisson.learn.cohort.table import rows, survival_data


def _curve(group: str | None = None) -> Curve:
    table = small()
    data = survival_data(table["time"], (table["cause"] > 0).cast(int))
    return kaplan_meier(data if group is None else rows(data, table["group"].to_numpy() == group))


@pytest.mark.parametrize("horizon", [10, 20])
def test_restricted_mean_against_r(horizon: int) -> None:
    found, r = restricted_mean(_curve(), horizon=horizon), frozen("survival_small_r")["rmst", f"tau.{horizon}"]
    np.testing.assert_allclose([found.time, found.standard_error], r, rtol=1e-10)


def test_difference_against_r() -> None:
    r = frozen("survival_small_r")
    first, second = r["rmst", "tau.15.A"], r["rmst", "tau.15.B"]
    found = restricted_mean_difference(_curve("A"), _curve("B"), horizon=15)
    assert found.time == pytest.approx(second[0] - first[0], rel=1e-9)
    assert found.standard_error == pytest.approx(np.hypot(first[1], second[1]), rel=1e-9)
    assert found.low is not None and found.high is not None and found.p is not None
    assert found.low < found.time < found.high and 0 < found.p < 1


def test_restricted_mean_against_an_area_by_hand() -> None:
    """Times 2, 4+, 6, 6, 9+: S = 4/5 from 2, 4/5 × 1/3 from 6; area to 8 = 2 + 4 × 0.8 + 2 × 4/15; A(2) = 56/15, A(6) = 8/15."""
    found = restricted_mean(kaplan_meier(survival_data([2, 4, 6, 6, 9], [1, 0, 1, 1, 0])), horizon=8)
    assert found.time == pytest.approx(2 + 3.2 + 8 / 15, rel=1e-12)
    assert found.standard_error == pytest.approx(np.sqrt((56 / 15) ** 2 / 20 + (8 / 15) ** 2 * 2 / 3), rel=1e-12)


def test_all_dead_before_the_horizon() -> None:
    found = restricted_mean(kaplan_meier(survival_data([1, 2, 3], [1, 1, 1])), horizon=5)
    assert found.time == pytest.approx(2.0) and found.standard_error == pytest.approx(np.sqrt(1 / 6 + 1 / 18))


def test_a_horizon_after_the_last_follow_up_is_out_of_scope() -> None:
    curve = kaplan_meier(survival_data([1, 2, 3], [1, 1, 0]))
    assert restricted_mean(curve, horizon=common_horizon(curve)).time == pytest.approx(2.0)
    with pytest.raises(OutOfScope, match="last follow-up"):
        restricted_mean(curve, horizon=4)
    with pytest.raises(BadInput):
        restricted_mean(curve, horizon=0)


def test_weighted_curves_give_no_standard_error() -> None:
    table = small()
    data = survival_data(table["time"], (table["cause"] > 0).cast(int), weight=table["weight"])
    assert restricted_mean(kaplan_meier(data), horizon=10).standard_error is None
    assert restricted_mean_difference(kaplan_meier(data), _curve(), horizon=10).p is None
