"""Cumulative incidence against R's multi-state survfit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from r_numbers import frozen, small

from glisson.errors import BadInput
from glisson.learn.cohort.competing import Incidence, cumulative_incidence
from glisson.learn.cohort.kaplan_meier import kaplan_meier
from glisson.learn.cohort.table import SurvivalData, survival_data


def _data(**columns: str) -> SurvivalData:
    table = small()
    return survival_data(table["time"], table["cause"], **{name: table[column].to_numpy() for name, column in columns.items()})


def _same(found: Incidence, analysis: str, *, counts: bool = True) -> None:
    r = frozen("survival_small_r")
    at = np.searchsorted(found.time, r[analysis, "time"])
    if counts:
        np.testing.assert_allclose(found.at_risk[at], r[analysis, "n.risk"], rtol=1e-10)
    items = {"pstate": "incidence", "std.err": "standard_error", "lower": "low", "upper": "high"}
    for item, ours in items.items():
        begun = found.incidence[at] > 0  # R prints NA as the interval of an incidence of 0
        theirs = r[analysis, f"{item}.{found.cause}"]
        np.testing.assert_allclose(getattr(found, ours)[at][begun], theirs[begun], rtol=1e-8, atol=1e-10, err_msg=item)


@pytest.mark.parametrize("interval", ["log", "log-log"])
@pytest.mark.parametrize("cause", [1, 2])
@pytest.mark.parametrize("entry", [False, True])
def test_cumulative_incidence_against_r(interval: str, cause: int, entry: bool) -> None:
    data = _data(entry="entry") if entry else _data()
    robust = True if entry else None  # R has only the influence; the Greenwood type equals it where nobody enters late
    _same(cumulative_incidence(data, cause=cause, interval=interval, robust=robust), f"aj.{'entry.' * entry}{interval}")


@pytest.mark.parametrize("cause", [1, 2])
def test_weighted_cumulative_incidence_against_r(cause: int) -> None:
    found = cumulative_incidence(_data(weight="weight"), cause=cause)
    _same(found, "aj.weight", counts=False)  # R counts rows there, we the weight at risk
    assert found.variance == "infinitesimal jackknife"


rows = st.lists(st.tuples(st.integers(1, 20), st.integers(0, 2)), min_size=2, max_size=40)


@given(rows)
@settings(max_examples=60, deadline=None)
def test_causes_and_survival_add_up_to_one(rows: list[tuple[int, int]]) -> None:
    data = survival_data([time for time, _ in rows], [cause for _, cause in rows])
    one, two, alive = cumulative_incidence(data), cumulative_incidence(data, cause=2), kaplan_meier(data)
    np.testing.assert_allclose(one.incidence + two.incidence + alive.survival, 1.0, atol=1e-12)
    robust = cumulative_incidence(data, robust=True)
    np.testing.assert_allclose(
        robust.standard_error**2, one.standard_error**2, atol=1e-14
    )  # a variance of 0 is one up to rounding


@pytest.mark.parametrize("entry", [False, True])
def test_one_cause_against_kaplan_meier(entry: bool) -> None:
    table = small()
    data = survival_data(table["time"], (table["cause"] > 0).cast(int), entry=table["entry"] if entry else None)
    found, curve = cumulative_incidence(data), kaplan_meier(data)
    np.testing.assert_allclose(found.incidence, 1 - curve.survival, atol=1e-12)
    alive = curve.survival > 0
    np.testing.assert_allclose(found.standard_error[alive], curve.standard_error[alive], rtol=1e-9)


def test_a_cause_that_is_no_cause_is_refused() -> None:
    with pytest.raises(BadInput, match="censored"):
        cumulative_incidence(_data(), cause=0)
    assert cumulative_incidence(_data(), cause=7).incidence.max() == 0.0
