"""Kaplan-Meier against R's survfit, and what is read off the curve."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from r_numbers import frozen, small

from glisson.errors import BadInput
from glisson.learn.cohort.interval import INTERVALS
from glisson.learn.cohort.kaplan_meier import Curve, follow_up_curve, kaplan_meier
from glisson.learn.cohort.reading import curve_table, risk_table, survival_at, survival_quantile
from glisson.learn.cohort.table import SurvivalData, survival_data

EXACT = 1e-8


def _data(*columns: str) -> SurvivalData:
    table = small()
    given = {name.replace("times", "weight"): table[name].to_numpy() for name in columns}
    return survival_data(table["time"].to_numpy(), (table["cause"] > 0).cast(int).to_numpy(), **given)


def _same(curve: Curve, analysis: str) -> None:
    r = frozen("survival_small_r")
    at = np.searchsorted(curve.time, r[analysis, "time"])
    names = {
        "n.risk": "at_risk",
        "n.event": "events",
        "n.censor": "censored",
        "surv": "survival",
        "lower": "low",
        "upper": "high",
    }
    for item, ours in names.items():
        spread = curve.survival[at] < (1.0 if ours in ("low", "high") else 2.0)  # before the first event R says NA, we 1 to 1
        np.testing.assert_allclose(getattr(curve, ours)[at][spread], r[analysis, item][spread], EXACT, EXACT, err_msg=item)
    alive = curve.survival[at] > 0
    np.testing.assert_allclose(curve.standard_error[at][alive], r[analysis, "std.err"][alive], rtol=EXACT, atol=EXACT)
    for place, fraction in enumerate((0.25, 0.5, 0.75)):
        found = survival_quantile(curve, fraction)
        mine = [np.nan if value is None else value for value in (found.time, found.low, found.high)]
        theirs = [r[analysis, item][place] for item in ("quantile", "quantile.lower", "quantile.upper")]
        np.testing.assert_allclose(mine, theirs, rtol=EXACT, err_msg=f"{fraction}")


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("entry", [False, True])
def test_kaplan_meier_against_r(interval: str, entry: bool) -> None:
    curve = kaplan_meier(_data("entry") if entry else _data(), interval=interval)
    _same(curve, f"km.{'entry.' * entry}{interval}")
    assert curve.interval == interval and curve.variance == "Greenwood"


def test_counts_as_weights_against_r() -> None:
    _same(kaplan_meier(_data("times")), "km.times")


@pytest.mark.parametrize(
    ("columns", "analysis"),
    [(("weight",), "km.weight"), (("entry", "weight"), "km.entry.weight"), (("cluster",), "km.cluster")],
)
def test_robust_variance_against_r(columns: tuple[str, ...], analysis: str) -> None:
    curve = kaplan_meier(_data(*columns))
    _same(curve, analysis)
    assert curve.variance == "infinitesimal jackknife"


def test_every_row_its_own_cluster_against_the_independent_variance() -> None:
    table = small()
    both = [kaplan_meier(_data("entry", "weight")), kaplan_meier(_data("entry", "weight", "cluster"))]
    alone = survival_data(
        table["time"], (table["cause"] > 0).cast(int), entry=table["entry"], weight=table["weight"], cluster=table["id"]
    )
    np.testing.assert_allclose(kaplan_meier(alone).standard_error, both[0].standard_error, rtol=1e-10)
    assert not np.allclose(both[1].standard_error, both[0].standard_error, rtol=1e-3, equal_nan=True)


def test_follow_up_against_r() -> None:
    _same(follow_up_curve(_data()), "km.reverse")


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 1)), min_size=2, max_size=40).filter(
        lambda rows: any(e for _, e in rows)
    )
)
@settings(max_examples=60, deadline=None)
def test_influence_without_weights_against_greenwood(rows: list[tuple[int, int]]) -> None:
    data = survival_data([time for time, _ in rows], [event for _, event in rows])
    greenwood, influence = kaplan_meier(data, robust=False), kaplan_meier(data, robust=True)
    np.testing.assert_allclose(influence.standard_error, greenwood.standard_error, rtol=1e-9, atol=1e-12)
    assert (np.diff(greenwood.survival) <= 1e-15).all() and greenwood.survival.min() >= 0


def test_not_reached_is_said() -> None:
    curve = kaplan_meier(survival_data([1, 2, 3, 4], [1, 0, 0, 0]))
    median = survival_quantile(curve)
    assert median.time is None and "not reached" in str(median) and "log-log" in str(median)


def test_flat_at_one_half_against_r() -> None:
    curve = kaplan_meier(survival_data([1, 2, 3, 4], [1, 1, 0, 1]))
    assert survival_quantile(curve).time == 3.0  # R 4.2.2, survival 3.5.3: quantile(survfit(...), 0.5)


def test_survival_at_times_says_nothing_after_the_last_follow_up() -> None:
    table = survival_at(kaplan_meier(survival_data([1, 2, 3, 4], [1, 0, 1, 0])), [0.5, 1, 3.5, 9])
    assert table["survival"].to_list() == [1.0, 0.75, 0.375, None]
    assert table["at_risk"].to_list() == [4, 4, 1, 0] and table["low"].to_list()[3] is None
    ended = survival_at(kaplan_meier(survival_data([1, 2], [1, 1])), [5])
    assert ended["survival"].to_list() == [0.0]


def test_risk_table_by_hand() -> None:
    data = survival_data([2, 3, 3, 5, 6], [1, 0, 1, 0, 1], entry=[0, 0, 1, 0, 4])
    table = risk_table(data, [1, 3, 5, 9])
    assert table["at_risk"].to_list() == [3, 3, 2, 0]  # the third enters after 1, the fifth after 4
    assert table["events"].to_list() == [0, 2, 2, 3] and table["censored"].to_list() == [0, 1, 2, 2]


def test_curve_as_a_table() -> None:
    table = curve_table(kaplan_meier(survival_data([1, 2], [1, 1])))
    assert table["time"].to_list() == [0, 1, 2] and table["survival"].to_list() == [1, 0.5, 0]
    assert table["low"].to_list()[-1] is None  # no interval at 0


def test_rounding_makes_no_new_times() -> None:
    data = survival_data([0.1 + 0.2, 0.3, 1.0], [1, 1, 0])
    assert len(np.unique(data.time)) == 2


@pytest.mark.parametrize(
    ("time", "event", "rest"),
    [
        ([-1, 2], [1, 0], {}),
        ([float("nan"), 2], [1, 0], {}),
        ([1, 2], [0.5, 0], {}),
        ([1, 2], [1, 0, 1], {}),
        ([1, 2], [1, 0], {"entry": [1, 0]}),
        ([1, 2], [1, 0], {"weight": [-1, 1]}),
    ],
)
def test_what_is_no_follow_up_is_refused(time: list[float], event: list[float], rest: dict[str, list[float]]) -> None:
    with pytest.raises(BadInput):
        survival_data(time, event, **rest)


def test_unknown_interval_confidence_and_fraction_are_refused() -> None:
    data = survival_data([1, 2], [1, 0])
    with pytest.raises(BadInput, match="log-log"):
        kaplan_meier(data, interval="wald")  # type: ignore[arg-type]
    with pytest.raises(BadInput):
        kaplan_meier(data, confidence_fraction=1.0)
    with pytest.raises(BadInput):
        survival_quantile(kaplan_meier(data), 1.0)
