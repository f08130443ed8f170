"""The tables on the last day of data against counting: what came later is not known, who died later was alive."""

from datetime import date, timedelta

import polars as pl
import pytest
from registry_tables import PATIENTS, START, protocol, small

from glisson.learn.cohort.registry.cut_off import until_cut_off
from glisson.learn.cohort.registry.flow import flow
from glisson.learn.cohort.registry.harm_table import harm_table
from glisson.learn.cohort.registry.new_variables import of_population
from glisson.learn.cohort.registry.quality_table import quality_table
from glisson.learn.cohort.registry.response_table import response_table
from glisson.learn.cohort.registry.session_table import session_table
from glisson.learn.cohort.registry.study import registry_study


def test_without_a_cut_off_nothing_changes() -> None:
    tables = small()
    assert until_cut_off(tables, protocol()) is tables


def test_what_came_later_is_left_out() -> None:
    asked = protocol(cut_off=START + timedelta(days=52))
    tables, _ = of_population(until_cut_off(small(), asked), asked)
    assert session_table(tables, asked).value["groups"][0]["sessions"] == 12  # p01's third is on day 60
    calls = {
        call: share["count"] for call, share in response_table(tables, asked).value["windows"][0]["groups"][0]["calls"].items()
    }
    assert calls == {"CR": 1, "PR": 2, "SD": 1, "PD": 0, "NE": 0, "not done": 5}
    assert {one["term"]: one["groups"]["all"]["patient"]["any"] for one in harm_table(tables, asked).value["entered"]["terms"]} == {
        "Nausea": 3, "Fever": 2, "Hepatic failure": 1, "Pancreatitis": 1
    }  # fmt: skip
    assert quality_table(tables, asked).value["completion"][1]["received"] == 5


def test_a_day_of_data_less_takes_the_events_of_that_day() -> None:
    asked = protocol(cut_off=START + timedelta(days=39))
    terms = [one["term"] for one in harm_table(until_cut_off(small(), asked), asked).value["entered"]["terms"]]
    assert "Pancreatitis" not in terms  # day 40
    assert until_cut_off(small(), asked).quality_expected["visit"].unique().to_list() == ["baseline"]


def test_why_nobody_was_seen_when_the_data_end_first() -> None:
    asked = protocol(cut_off=START + timedelta(days=52))
    tables, _ = of_population(until_cut_off(small(), asked), asked)
    why = response_table(tables, asked).value["windows"][0]["groups"][0]["why_not_done"]
    assert why == {"the data end before the window does": 4, "dead, counted as not assessed": 1}
    later = protocol(cut_off=START + timedelta(days=200))
    whole, _ = of_population(until_cut_off(small(), later), later)
    assert "no scan in the window" in response_table(whole, later).value["windows"][0]["groups"][0]["why_not_done"]


def test_who_died_later_was_alive_and_who_was_treated_later_is_not_treated_yet() -> None:
    asked = protocol(cut_off=START + timedelta(days=60))
    found = flow(until_cut_off(small(), asked), asked).value
    assert found["endpoints"][0]["analysed"] == 9
    assert found["endpoints"][0]["events"] == 1  # p07 on day 20; p01 dies on day 100
    course = until_cut_off(small(), asked).course
    assert course.source("death")["patient"].to_list() == ["p07"]
    assert date(2024, 3, 1) in course.source("known alive").filter(pl.col("patient") == "p01")["date"].to_list()
    before = protocol(cut_off=START - timedelta(days=1))
    assert flow(until_cut_off(small(), before), before).value["treated"] == 0


@pytest.mark.parametrize("days", [0, 30, 45, 60, 90, 500])
def test_best_response_is_worked_out_again_from_the_scans_that_are_left(days: int) -> None:
    asked = protocol(cut_off=START + timedelta(days=days))
    tables = until_cut_off(small(), asked)
    assert tables.responses.filter(pl.col("date") > asked.cut_off).is_empty()
    left = tables.responses["patient"].unique().to_list()
    counted = (
        tables.best.filter((pl.col("best") != "MISSING") & (pl.col("criterion") == "RECIST 1.1"))["patient"].unique().to_list()
    )
    assert set(counted) <= set(left) <= set(PATIENTS)


def test_nobody_left_to_analyse_is_said() -> None:
    study = registry_study(small(), protocol(cut_off=START - timedelta(days=4000)))
    assert "nobody-left" in [finding.code for finding in study.findings]
