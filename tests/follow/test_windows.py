"""Windows of assessment: CIREL's own, gaps that stay gaps, and the named rules for several scans, deaths and other therapy."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.errors import BadInput
from glisson.follow.windows import (
    OUTSIDE,
    Window,
    WindowRule,
    cirel_windows,
    outside_windows,
    place_in_windows,
    responses_in_windows,
    window_rates,
)

START = date(2024, 1, 1)
MONTH = 30.4375
PATIENTS = pl.DataFrame({"patient": ["a", "b"], "reference": [START, START]})


def scans(*rows: tuple[str, int, str]) -> pl.DataFrame:
    return pl.DataFrame(
        [(p, "investigator", "RECIST 1.1", f"day {d}", float(d), START + timedelta(days=d), call) for p, d, call in rows],
        schema={"patient": pl.String, "reader": pl.String, "criterion": pl.String, "visit": pl.String, "visit_number": pl.Float64,
                "date": pl.Date, "overall": pl.String},
        orient="row",
    )  # fmt: skip


def status(table: pl.DataFrame, patient: str, window: str, column: str = "status") -> Any:
    return table.filter((pl.col("patient") == patient) & (pl.col("window") == window))[column].item()


@pytest.mark.parametrize(
    ("day", "window"),
    [
        (15, OUTSIDE),  # 0.49 months
        (16, "FU1"),  # 0.53
        (76, "FU1"),  # 2.497
        (77, OUTSIDE),  # 2.53: in the gap between the windows
        (82, OUTSIDE),  # 2.694
        (83, "FU2"),  # 2.727
        (210, "FU2"),  # 6.899
        (211, OUTSIDE),  # 6.93
    ],
)
def test_placement_against_the_cirel_windows(day: int, window: str) -> None:
    placed = place_in_windows(scans(("a", day, "SD")), PATIENTS, cirel_windows())
    assert placed["window"].item() == window
    assert placed["months"].item() == pytest.approx(day / MONTH)


def test_a_scan_outside_is_counted_and_stands_for_no_window() -> None:
    placed = place_in_windows(scans(("a", 79, "PD"), ("a", 100, "SD"), ("b", 250, "SD")), PATIENTS, cirel_windows())
    assert outside_windows(placed).row(0) == ("investigator", "RECIST 1.1", 3, 2, 2)
    table = responses_in_windows(placed, PATIENTS, cirel_windows())
    assert table.height == 4
    assert status(table, "a", "FU1") == "not assessed"
    assert status(table, "a", "FU2") == "SD"
    assert status(table, "b", "FU2", "why") == "no scan in the window"


@pytest.mark.parametrize(
    ("several", "expected"),
    [("nearest to centre", "SD"), ("first", "PR"), ("last", "PD"), ("best", "PR"), ("worst", "PD")],
)
def test_several_scans_in_one_window_follow_the_named_rule(several: Any, expected: str) -> None:
    """FU2 runs from 2.7 to 6.9 months; its centre is day 146."""
    placed = place_in_windows(
        scans(("a", 90, "PR"), ("a", 150, "SD"), ("a", 170, "NE"), ("a", 200, "PD")), PATIENTS, cirel_windows()
    )
    rule = WindowRule(several=several)
    table = responses_in_windows(placed, PATIENTS, cirel_windows(), rule=rule)
    assert status(table, "a", "FU2") == expected
    assert status(table, "a", "FU2", "scans") == 4
    assert several.split(" ")[0] in rule.words


def test_the_default_rule_is_stated_with_the_table() -> None:
    table = responses_in_windows(place_in_windows(scans(("a", 90, "SD")), PATIENTS, cirel_windows()), PATIENTS, cirel_windows())
    assert table["definition"].unique().to_list() == [
        "of several scans in a window the one nearest to its centre; a death by the end of the window without a scan counts as "
        "not assessed"
    ]
    assert "nearest to its centre" in window_rates(table)["definition"][0]


def test_only_scans_before_another_therapy_where_that_is_the_rule() -> None:
    placed = place_in_windows(scans(("a", 90, "SD"), ("a", 150, "PR"), ("b", 160, "PR")), PATIENTS, cirel_windows())
    therapy = pl.DataFrame({"patient": ["a", "b"], "date": [START + timedelta(days=100)] * 2})
    rule = WindowRule(several="last", before_new_therapy=True)
    table = responses_in_windows(placed, PATIENTS, cirel_windows(), rule=rule, new_therapy=therapy)
    assert status(table, "a", "FU2") == "SD"
    assert status(table, "a", "FU2", "scans_after_new_therapy") == 1
    assert status(table, "b", "FU2", "why") == "scanned only after the start of another therapy"
    ignored = responses_in_windows(placed, PATIENTS, cirel_windows(), rule=WindowRule(several="last"), new_therapy=therapy)
    assert status(ignored, "a", "FU2") == "PR"


def test_deaths_and_earlier_progression_follow_the_named_rule() -> None:
    placed = place_in_windows(scans(("a", 40, "PD"), ("b", 40, "SD")), PATIENTS, cirel_windows())
    deaths = pl.DataFrame({"patient": ["b"], "date": [START + timedelta(days=209)]})

    def fu2(patient: str, column: str, **rule: Any) -> Any:
        table = responses_in_windows(placed, PATIENTS, cirel_windows(), rule=WindowRule(**rule), deaths=deaths)
        return status(table, patient, "FU2", column)

    assert fu2("b", "status") == "not assessed"
    assert fu2("b", "why") == "dead, counted as not assessed"
    assert fu2("b", "status", deaths="progression") == "PD"
    assert fu2("a", "status", deaths="progression") == "not assessed"
    assert fu2("a", "why", carry_progression=True) == "earlier PD carried forward"


def test_a_scan_that_stands_goes_before_the_death() -> None:
    placed = place_in_windows(scans(("a", 100, "SD")), PATIENTS, cirel_windows())
    deaths = pl.DataFrame({"patient": ["a"], "date": [START + timedelta(days=120)]})
    table = responses_in_windows(placed, PATIENTS, cirel_windows(), rule=WindowRule(deaths="progression"), deaths=deaths)
    assert status(table, "a", "FU2") == "SD"


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 400), st.sampled_from(("CR", "PR", "SD", "PD", "NE"))), max_size=12)
)
def test_every_scan_is_in_one_window_or_counted_outside(rows: list[tuple[str, int, str]]) -> None:
    placed = place_in_windows(scans(*dict.fromkeys(rows)), PATIENTS, cirel_windows())
    table = responses_in_windows(placed, PATIENTS, cirel_windows())
    outside = outside_windows(placed)["outside"].sum() if placed.height else 0
    assert table["scans"].sum() + outside == len(set(rows))
    assert table.height == 4


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Window("w", 3, 2), "3 to 2 months"),
        (lambda: WindowRule(several="middle"), "several scans"),  # type: ignore[arg-type]
        (lambda: WindowRule(deaths="alive"), "rule for deaths"),  # type: ignore[arg-type]
        (lambda: place_in_windows(scans(), PATIENTS, [Window("a", 0, 2), Window("b", 2, 3)]), "overlap"),
        (lambda: place_in_windows(scans(), PATIENTS, [Window("a", 0, 2), Window("a", 3, 4)]), "distinct names"),
        (lambda: place_in_windows(scans(("c", 9, "SD")), PATIENTS, cirel_windows()), "no reference date"),
        (lambda: place_in_windows(scans(("a", 9, "SD")).with_columns(date=None), PATIENTS, cirel_windows()), "have no date"),
    ],
)
def test_windows_that_cannot_be_are_refused(make: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        make()
