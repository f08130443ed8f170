"""Standardised differences against tableone, closed forms and properties."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.errors import BadInput, OutOfScope
from glisson.learn.cohort.standardised_difference import (
    difference_of_means,
    difference_of_shares,
    standardised_difference,
    standardised_differences,
)

SHARES = st.lists(st.integers(1, 50), min_size=2, max_size=5)
NUMBERS = st.lists(st.integers(-30, 30).map(float), min_size=3, max_size=20).filter(lambda values: len(set(values)) > 1)


def _table(rows: int = 150) -> pl.DataFrame:
    random = np.random.default_rng(7)
    group = random.choice(["a", "b", "c"], rows, p=[0.5, 0.3, 0.2])
    size = random.choice(["small", "medium", "large"], rows)
    age = 60 + 10 * random.normal(size=rows) + 4 * (group == "b")
    return pl.DataFrame({"group": group, "size": np.where(group == "c", "large", size), "age": age, "sex": age > 62})


@pytest.mark.filterwarnings("ignore")  # the peer's own
def test_two_groups_against_tableone() -> None:
    import pandas as pd
    from tableone import TableOne

    table = _table().filter(pl.col("group") != "c")
    columns = ["age", "size", "sex"]
    frame = pd.DataFrame({name: table[name].to_list() for name in table.columns}).astype({"sex": str})
    peer = TableOne(frame, columns=columns, categorical=["size", "sex"], groupby="group", smd=True, pval=False).smd_table
    for name in columns:
        theirs = float(peer.loc[name].to_numpy().ravel()[0])
        found = standardised_differences(table[name], table["group"].to_list())
        assert found.pairs[0].difference == pytest.approx(theirs if name == "age" else abs(theirs), abs=5e-4)  # three digits


def test_shares_by_hand() -> None:
    """One level against the rest: (p - q) / √((p(1 - p) + q(1 - q)) / 2); three levels: the 2 × 2 inverse written out."""
    assert difference_of_shares(first=(0.9, 0.1), second=(0.6, 0.4)) == pytest.approx(0.3 / np.sqrt((0.09 + 0.24) / 2))
    first, second = (0.2, 0.3, 0.5), (0.4, 0.1, 0.5)
    a = (0.3 * 0.7 + 0.1 * 0.9) / 2
    b, c = (0.25 + 0.25) / 2, -(0.3 * 0.5 + 0.1 * 0.5) / 2
    assert difference_of_shares(first=first, second=second) == pytest.approx(np.sqrt(0.04 * b / (a * b - c * c)))


def test_weighted_numbers_by_hand() -> None:
    values, weight = pl.Series([1.0, 3.0, 2.0, 5.0]), np.array([1.0, 3.0, 2.0, 2.0])
    # means 2.5 and 3.5; 4/(16 - 10) × (2.25 + 0.75) = 2; 4/(16 - 8) × (4.5 + 4.5) = 4.5
    assert standardised_difference(values, list("aabb"), weight=weight) == pytest.approx(1 / np.sqrt((2 + 4.5) / 2))


def test_weighted_shares_are_those_of_rows_repeated() -> None:
    table = _table(80)
    times = np.random.default_rng(3).integers(1, 4, 80)
    again = table[np.repeat(np.arange(80), times)]
    weighted = standardised_difference(table["size"], table["group"].to_list(), weight=times.astype(float))
    assert weighted == pytest.approx(standardised_difference(again["size"], again["group"].to_list()), rel=1e-12)


def test_several_groups_give_the_largest_pair() -> None:
    table = _table()
    found = standardised_differences(table["size"], table["group"].to_list())
    assert [(pair.first, pair.second) for pair in found.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert found.largest is not None and "c" in (found.largest.first, found.largest.second)
    assert standardised_difference(table["size"], table["group"].to_list()) == max(pair.difference or 0 for pair in found.pairs)


def test_missing_values_are_counted_and_may_be_a_level() -> None:
    values = pl.Series(["x", "y", None, None, "x", "y", "x", "y"])
    group: list[str | None] = ["a", "a", "a", "a", "b", "b", "b", None]
    found = standardised_differences(values, group)
    assert (found.groups, found.known, found.missing) == (("a", "b"), (2, 3), (2, 0))
    shares = difference_of_shares(first=(0.5, 0.5), second=(2 / 3, 1 / 3))
    assert found.pairs[0].difference == pytest.approx(shares)
    as_level = standardised_difference(values, group, missing="a level")
    assert as_level == pytest.approx(difference_of_shares(first=(0.5, 0.25, 0.25), second=(0, 2 / 3, 1 / 3)))
    with pytest.raises(BadInput, match="missing numbers"):
        standardised_differences(pl.Series([1.0, None]), ["a", "b"], missing="a level")


def test_words_that_can_hold_together_are_taken_one_by_one() -> None:
    values = pl.Series([["lung"], ["lung", "node"], [], None, ["node"], ["node"], ["lung"], []])
    found = standardised_differences(values, ["a"] * 4 + ["b"] * 4)
    assert found.kind == "choices" and found.known == (3, 4)
    assert found.pairs[0].difference == pytest.approx(difference_of_shares(first=(1 / 3, 2 / 3), second=(3 / 4, 1 / 4)))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([1.0, 1.0, 2.0, 2.0], "no spread"),
        ([1.0, None, 2.0, 3.0], "fewer than two"),
        ([None, None, 2.0, 3.0], "nobody in 'a'"),
        (["x", "x", "y", "z"], "no level in common"),
        ([[], ["u"], ["v"], ["v"]], None),
        ([["v"], ["v"], [], []], "no level in common"),
    ],
)
def test_what_cannot_be_said_is_said(values: list[object], why: str | None) -> None:
    found = standardised_differences(pl.Series(values), ["a", "a", "b", "b"])
    if why is None:
        assert found.largest is None and "no level" in str(found.pairs[0].cannot_say)
    else:
        assert why in str(found.pairs[0].cannot_say) and found.largest is None
    assert standardised_difference(pl.Series(values), ["a", "a", "b", "b"]) is None


def test_nothing_that_differs_is_zero() -> None:
    assert standardised_difference(pl.Series([5.0] * 6), list("aaabbb"), weight=np.array([0.1, 0.7, 0.3, 0.9, 0.2, 0.1])) == 0
    assert standardised_difference(pl.Series(["x"] * 4), list("aabb")) == 0
    assert standardised_difference(pl.Series([1.0, 2.0]), ["a", "a"]) is None


@pytest.mark.parametrize(
    ("group", "weight"),
    [(["a"], None), (["a", "b"], np.ones(3)), (["a", "b"], np.array([1, -1])), (["a", "b"], np.array([1, np.nan]))],
)
def test_lengths_and_weights_that_do_not_fit_are_refused(group: list[str | None], weight: np.ndarray | None) -> None:
    with pytest.raises(BadInput):
        standardised_difference(pl.Series([1.0, 2.0]), group, weight=weight)
    with pytest.raises(BadInput, match="not finite"):
        standardised_difference(pl.Series([1.0, np.inf]), ["a", "b"])


def test_equations_refuse_what_has_no_spread() -> None:
    with pytest.raises(OutOfScope):
        difference_of_means(means=(1, 2), variances=(0, 0))
    with pytest.raises(OutOfScope):
        difference_of_shares(first=(1, 0), second=(0, 1))
    with pytest.raises(BadInput):
        difference_of_shares(first=(0.5, 0.2), second=(0.5, 0.5))
    with pytest.raises(BadInput):
        difference_of_shares(first=(1.0,), second=(0.5, 0.5))


@settings(deadline=None)
@given(SHARES, SHARES, st.randoms())
def test_shares_do_not_depend_on_the_order_of_levels_or_groups(first: list[int], second: list[int], random: object) -> None:
    size = min(len(first), len(second))
    one, two = (np.array(part[:size]) / sum(part[:size]) for part in (first, second))
    order = sorted(range(size), key=lambda _: random.random())  # type: ignore[attr-defined]
    found = difference_of_shares(first=one.tolist(), second=two.tolist())
    assert found == pytest.approx(difference_of_shares(first=two[order].tolist(), second=one[order].tolist()), rel=1e-9, abs=1e-9)


@settings(deadline=None)
@given(NUMBERS, NUMBERS, st.floats(0.01, 100), st.floats(-50, 50))
def test_numbers_do_not_depend_on_their_unit_or_the_scale_of_weights(
    one: list[float], two: list[float], scale: float, shift: float
) -> None:
    values, group = np.array([*one, *two]), ["a"] * len(one) + ["b"] * len(two)
    found = standardised_differences(pl.Series(values), group).pairs[0].difference
    other = standardised_differences(pl.Series(values * scale + shift), group, weight=np.full(len(values), scale))
    assert other.pairs[0].difference == pytest.approx(found, rel=1e-6, abs=1e-9)
