"""Partial dates are refused, or completed by a named rule within their bounds; never silently."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.errors import BadInput
from glisson.follow.partial_dates import complete_dates


def complete(text: str | None, rule: Any = "refuse", **bounds: date) -> tuple[Any, ...]:
    table = pl.DataFrame({"on": [text], **{name: [day] for name, day in bounds.items()}}, schema_overrides={"on": pl.String})
    found = complete_dates(table, column="on", rule=rule, **{name: name for name in bounds})
    return found.select("date", "date_earliest", "date_latest", "imputed").row(0)


@pytest.mark.parametrize(
    ("text", "rule", "expected", "imputed"),
    [
        ("2014-02-10", "refuse", date(2014, 2, 10), ""),
        ("2014-07-02T11:45", "refuse", date(2014, 7, 2), ""),
        ("2014-02", "first day", date(2014, 2, 1), "D"),
        ("2014-02", "middle", date(2014, 2, 15), "D"),
        ("2012-02", "last day", date(2012, 2, 29), "D"),
        ("2014", "first day", date(2014, 1, 1), "M"),
        ("2014", "middle", date(2014, 7, 1), "M"),
        ("2014", "last day", date(2014, 12, 31), "M"),
    ],
)
def test_each_rule_by_hand(text: str, rule: str, expected: date, imputed: str) -> None:
    found = complete(text, rule)
    assert (found[0], found[3]) == (expected, imputed)
    assert found[1] <= found[0] <= found[2]


def test_nothing_stays_nothing() -> None:
    assert complete(None)[:3] == (None, None, None)
    assert complete("  ")[0] is None


def test_bounds_narrow_a_partial_date_and_leave_a_whole_one() -> None:
    assert complete("2014-02", "first day", not_before=date(2014, 2, 20))[:3] == (
        date(2014, 2, 20),
        date(2014, 2, 20),
        date(2014, 2, 28),
    )
    assert complete("2014", "last day", not_after=date(2014, 6, 30))[0] == date(2014, 6, 30)
    assert complete("2014", "middle", not_before=date(2014, 9, 1))[0] == date(2014, 9, 1)
    assert complete("2014-02-10", not_before=date(2014, 2, 20))[0] == date(2014, 2, 10)


@pytest.mark.parametrize(
    ("text", "rule", "said"),
    [
        ("2014-02", "refuse", "a partial date in row 1"),
        ("2014-13", "last day", "no date in row 1"),
        ("2014-02-30", "last day", "no date in row 1"),
        ("02/10/2014", "last day", "no date in row 1"),
        ("2014-02", "guess", "unknown rule"),
    ],
)
def test_what_is_no_date_is_refused_by_row_and_never_quoted(text: str, rule: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as error:
        complete(text, rule)
    assert text not in str(error.value)


def test_bounds_that_leave_no_day_are_refused() -> None:
    with pytest.raises(BadInput, match="outside its bounds in row 1"):
        complete("2014-02", "first day", not_before=date(2014, 3, 1))


def test_many_rows_are_named_shortly() -> None:
    with pytest.raises(BadInput, match="row 1, 2, 3, 4, 5, 6, 7, 8 and 2 more"):
        complete_dates(pl.DataFrame({"on": ["2014"] * 10}), column="on")


@settings(deadline=None, max_examples=60)
@given(
    st.dates(date(1900, 1, 1), date(2100, 12, 31)),
    st.sampled_from((4, 7, 10)),
    st.sampled_from(("first day", "middle", "last day")),
)
def test_the_true_day_lies_within_the_bounds(day: date, known: int, rule: str) -> None:
    found = complete(day.isoformat()[:known], rule)
    assert found[1] <= day <= found[2]
    assert found[1] <= found[0] <= found[2]
    assert (found[0] == day) or known < 10
