"""What coarse times can have moved: limits by hand, and the truth of made-up tables inside them."""

from itertools import permutations
from typing import Any
from unittest.mock import patch

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sites_tables import asked, central_curves, cohort, rules, split

from glisson.errors import NotAllowed
from glisson.learn.cohort.groups import groups
from glisson.learn.cohort.log_rank import log_rank
from glisson.learn.cohort.sites import pooled_curves
from glisson.learn.cohort.sites.coarse import expected_limits, incidence_limits, intervals, median_limits, survival_limits
from glisson.learn.cohort.sites.curves import Ends, expanded
from glisson.learn.cohort.sites.together import over_sites
from glisson.learn.cohort.table import survival_data


def _ends(rows: list[tuple[float, float, int, int]], group: str = "") -> Ends:
    """Low, high, cause, rows."""
    low, high, cause, count = zip(*rows, strict=True)
    mean = tuple((one + other) / 2 for one, other in zip(low, high, strict=True))
    return Ends(stratum=("",) * len(rows), group=(group,) * len(rows), low=low, high=high, mean=mean, cause=cause, rows=count)


def _limits(rows: list[tuple[float, float, int, int]], time: float) -> tuple[float, float]:
    return survival_limits(intervals([_ends(rows)], [time]), time)


def test_survival_limits_against_hand() -> None:
    """Ten watched, in (0, 6] two die and three are censored: 1 - 2/10 if the deaths come first, 1 - 2/7 if last."""
    rows = [(0.0, 6.0, 1, 2), (0.0, 6.0, 0, 3), (6.0, 12.0, 0, 5)]
    assert _limits(rows, 6.0) == pytest.approx((5 / 7, 8 / 10))
    assert _limits(rows, 3.0) == pytest.approx((5 / 7, 1.0))  # all of it before 3, or none
    assert _limits(rows, 12.0) == pytest.approx((5 / 7, 8 / 10))
    exact = [(2.0, 2.0, 1, 2), (3.0, 3.0, 0, 3), (8.0, 8.0, 0, 5)]
    assert _limits(exact, 6.0) == pytest.approx((0.8, 0.8))
    overlapping = [(0.0, 6.0, 1, 1), (4.0, 8.0, 0, 1), (10.0, 10.0, 0, 1)]
    assert _limits(overlapping, 8.0) == pytest.approx((1 / 2, 2 / 3))


def test_median_limits_against_hand() -> None:
    rows = [(0.0, 6.0, 1, 4), (6.0, 12.0, 1, 4), (12.0, 12.0, 0, 2)]
    given_ = intervals([_ends(rows)], [])
    assert median_limits(given_) == (6.0, 12.0)
    assert median_limits(intervals([_ends([(0.0, 6.0, 1, 4), (6.0, 6.0, 0, 6)])], []))[1] is None


def test_incidence_limits_against_hand() -> None:
    """Four watched, one censored and one of each cause in (0, 6]: 1/4 before the censoring, 1/3 after it."""
    rows = [(0.0, 6.0, 1, 1), (0.0, 6.0, 2, 1), (0.0, 6.0, 0, 1), (9.0, 9.0, 0, 1)]
    low, high = incidence_limits(intervals([_ends(rows)], [6.0]), 1, 6.0)
    assert low == pytest.approx(1 / 4)
    assert 3 / 8 <= high <= 1 / 2 + 1e-12  # competing first, then the censoring, then the cause: 3/4 × 1/2


def _orders(sizes: list[tuple[int, int, int]]) -> list[tuple[int, ...]]:
    """All orders of (cause, low, high) marks whose intervals allow them."""
    return [order for order in permutations(range(len(sizes))) if _allowed(sizes, order)]


def _allowed(marks: list[tuple[int, int, int]], order: tuple[int, ...]) -> bool:
    at = 0.0
    for one in order:
        _, low, high = marks[one]
        at = max(at, low)
        if at >= high:
            return False
    return True


def test_survival_limits_are_reached_against_all_orders() -> None:
    """Six ends in three overlapping intervals: the limits are the extremes of every order that they allow."""
    marks = [(1, 0, 4), (0, 0, 4), (1, 2, 6), (0, 2, 6), (1, 4, 6), (0, 1, 2)]
    found = []
    for order in _orders(marks):
        left, survival = len(marks), 1.0
        for one in order:
            survival *= 1 - (marks[one][0] > 0) / left
            left -= 1
        found.append(survival)
    low, high = _limits([(float(a), float(b), cause, 1) for cause, a, b in marks], 6.0)
    assert (low, high) == pytest.approx((min(found), max(found)))


TABLES = st.tuples(st.integers(0, 5_000), st.integers(24, 120), st.integers(1, 6), st.sampled_from([1.0, 3.0, 7.5]))


def _pooled(seed: int, rows: int, min_cell: int, width: float, **given_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    table = cohort(rows, seed)
    wanted = asked(times=(3, 6, 12, 24, 40), **given_)
    try:
        pooled = over_sites(wanted, split(table, 2, min_cell=min_cell, time_width=width))
    except NotAllowed:
        assume(False)
    return pooled.value, central_curves(table, wanted)


@settings(max_examples=25, deadline=None)
@given(TABLES)
def test_the_true_curve_lies_inside_its_limits(drawn: tuple[int, int, int, float]) -> None:
    value, central = _pooled(*drawn)
    limits = value["coarsening"]["groups"][0]
    for ends, truth in zip(limits["survival"], central["overall"]["at_times"], strict=True):
        if truth["survival"] is not None:
            assert ends["low"] - 1e-9 <= truth["survival"] <= ends["high"] + 1e-9
    median, ends = central["overall"]["median"]["time"], limits["median"]
    if median is None:
        assert ends["high"] is None
    else:
        assert ends["low"] <= median and (ends["high"] is None or median <= ends["high"])


@settings(max_examples=25, deadline=None)
@given(TABLES)
def test_the_true_incidence_lies_inside_its_limits(drawn: tuple[int, int, int, float]) -> None:
    value, central = _pooled(*drawn, event="event", happened=("1", "2"))
    assume(len(central["causes"]) == 2)
    for ends, truth in zip(value["coarsening"]["groups"][0]["incidence"], central["incidence"], strict=True):
        for end, at in zip(ends["at_times"], truth["at_times"], strict=True):
            if at["incidence"] is not None:
                assert end["low"] - 1e-9 <= at["incidence"] <= end["high"] + 1e-9


@settings(max_examples=25, deadline=None)
@given(TABLES, st.booleans())
def test_the_true_expected_events_lie_inside_their_limits(drawn: tuple[int, int, int, float], by_site: bool) -> None:
    seed, rows, min_cell, width = drawn
    table = cohort(rows, seed).with_columns(time=pl.col("time") + np.random.default_rng(seed).uniform(-0.5, 0.5, rows))
    wanted = asked(group="sex", by_site=by_site)
    sites = split(table, 2, min_cell=min_cell, time_width=width)
    try:
        with patch.object(pooled_curves, "DRAWS", 2):
            value = over_sites(wanted, sites).value
    except NotAllowed:
        assume(False)
    strata = np.arange(rows) % 2 if by_site else np.zeros(rows)
    test = log_rank(survival_data(table["time"], table["dead"], stratum=strata), groups(table["sex"]))
    found = value["coarsening"]["log_rank"]
    for ends, truth in zip(found["expected"], test.expected, strict=True):
        assert ends["low"] - 1e-9 <= truth <= ends["high"] + 1e-9
    if test.statistic is not None:
        assert found["statistic"]["low"] - 1e-9 <= test.statistic
        assert found["statistic"]["high"] is None or test.statistic <= found["statistic"]["high"] + 1e-9


def test_expected_limits_of_exact_times_against_the_test() -> None:
    ends = [_ends([(1.0, 1.0, 1, 1), (3.0, 3.0, 1, 1)], "a"), _ends([(2.0, 2.0, 1, 1), (4.0, 4.0, 1, 1)], "b")]
    low, high, _, _ = expected_limits(intervals(ends, []), np.array([0, 0, 1, 1]), 2)
    assert low.tolist() == pytest.approx([1 / 2 + 1 / 3 + 1 / 2, 1 / 2 + 2 / 3 + 1 / 2 + 1])
    assert high.tolist() == pytest.approx(low.tolist())


def test_rows_of_an_interval_keep_their_mean_and_their_borders() -> None:
    ends = Ends(stratum=("",), group=("",), low=(6.0,), high=(30.0,), mean=(11.0,), cause=(1,), rows=(5,))
    times = expanded(ends, late_entry=False)[0]
    assert times.tolist() == pytest.approx([7.0, 9.0, 11.0, 13.0, 15.0])
    assert set(expanded(ends, late_entry=True)[0]) == {30.0}


def test_coarse_figures_stay_near_the_exact_ones() -> None:
    """Four sites of 200 under the careful rules: survival within 2 points, the median within a month."""
    table = cohort(800).with_columns(time=pl.col("time") - np.random.default_rng(5).uniform(0, 1, 800))
    wanted = asked()
    value, central = over_sites(wanted, split(table)).value, central_curves(table, wanted)
    for mine, exact in zip(value["overall"]["at_times"], central["overall"]["at_times"], strict=True):
        assert mine["survival"] == pytest.approx(exact["survival"], abs=0.02)
    assert value["overall"]["median"]["time"] == pytest.approx(central["overall"]["median"]["time"], abs=1.0)
    assert not value["exact"]


def test_the_log_rank_of_exact_times_lies_among_those_drawn() -> None:
    table = cohort(800)
    wanted = asked(group="sex")
    drawn = over_sites(wanted, split(table)).value["coarsening"]["log_rank"]["drawn"]
    exact = central_curves(table, wanted)["log_rank"]["statistic"]
    assert drawn["low"] <= exact <= drawn["high"] and drawn["draws"] == 200


def test_many_exact_times_beside_coarse_ones_get_no_limits() -> None:
    table = cohort(9000).with_columns(time=pl.col("time") + pl.col("id") / 1e5)
    sites = {"A": (table[:8500], rules(table, "A", min_cell=1, time_width=0)), "B": (table[8500:], rules(table, "B"))}
    found = over_sites(asked(), sites)
    assert not found.value["exact"] and found.value["coarsening"] is None
    assert "coarse-times" in [finding.code for finding in found.findings]


def test_late_entry_gives_no_limits_and_says_so() -> None:
    """Who enters late makes early risk sets small: no order is known to be the extreme one."""
    found = over_sites(asked(entry="entry"), split(cohort()))
    assert found.value["coarsening"] is None and "late entry" in found.findings[-1].text
