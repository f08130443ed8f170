"""Curves of a table for figures: against the curves themselves, and what they have to add up to."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.learn.cohort.drawn_curves import curves_to_draw, even_ticks
from glisson.learn.cohort.kaplan_meier import kaplan_meier
from glisson.learn.cohort.screen import Columns, Screened, screened
from glisson.learn.cohort.study import Options
from glisson.learn.cohort.table import survival_data


def table(rows: list[tuple[float, int, str | None]]) -> Screened:
    frame = pl.DataFrame(rows, schema={"time": pl.Float64, "event": pl.Int64, "arm": pl.String}, orient="row")
    return screened(frame, Columns(time="time", event="event", group="arm"))


ROWS = [(2.0, 1, "a"), (3.0, 2, "a"), (4.0, 0, "b"), (5.0, 1, "b"), (6.0, 2, None), (8.0, 1, "a"), (8.0, 0, "b")]


def test_curves_against_kaplan_meier_of_the_same_rows() -> None:
    found = curves_to_draw(table(ROWS), Options())
    every, *parts = found["groups"]
    assert [one["group"] for one in (every, *parts)] == ["all", "a", "b"] and [one["rows"] for one in parts] == [3, 3]
    wanted = kaplan_meier(survival_data([row[0] for row in ROWS], [int(row[1] > 0) for row in ROWS]))
    assert every["curve"]["survival"] == pytest.approx(wanted.survival.tolist())
    assert every["at_risk"][0] == len(ROWS) and sum(every["curve"]["censored"]) == 2


@given(st.lists(st.tuples(st.integers(1, 40).map(float), st.sampled_from([0, 1, 2]), st.just("a")), min_size=4, max_size=40))
def test_incidences_and_survival_add_up_to_one(rows: list[tuple[float, int, str | None]]) -> None:
    every = curves_to_draw(table([*rows, (1.0, 1, "a"), (2.0, 2, "a"), (3.0, 0, "a")]), Options())["groups"][0]
    at = np.array(every["curve"]["time"])
    total = np.array(every["curve"]["survival"], dtype=float)
    for one in every["incidence"]:
        place = np.searchsorted(one["time"], at, side="right") - 1
        total += np.where(place >= 0, np.array(one["incidence"], dtype=float)[place], 0.0)
        assert one["events_at_ticks"][-1] <= one["events"]
    assert total == pytest.approx(np.ones(len(at)))


def test_a_table_of_nobody_has_no_curves() -> None:
    assert curves_to_draw(table([(1.0, 1, "a")]), Options())["groups"]
    nobody = table([(-1.0, 1, "a")])
    assert curves_to_draw(nobody, Options()) == {"axis": [], "causes": [], "groups": []}


@given(st.floats(1e-3, 1e6))
def test_ticks_are_even_within_the_follow_up_and_few(longest: float) -> None:
    ticks = even_ticks(longest)
    assert ticks[0] == 0.0 and 3 <= len(ticks) <= 9 and ticks[-1] <= longest * (1 + 1e-6)
    assert np.diff(ticks) == pytest.approx(np.full(len(ticks) - 1, ticks[1]), rel=1e-4)
    assert even_ticks(0.0) == (0.0,)
