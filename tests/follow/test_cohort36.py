"""The constructed cohort gives the published margins, with deaths as PD by a named rule and, beside it, as not assessed."""

import csv
from pathlib import Path

import polars as pl
import pytest

from glisson.follow.best_response import BestResponseRule, best_responses
from glisson.follow.case_measurements import measurements_of
from glisson.follow.course import Course
from glisson.follow.endpoints import EndpointRules, endpoints
from glisson.follow.from_cases import course_of
from glisson.follow.hepatic import recist11_liver
from glisson.follow.measurements import MEASUREMENTS
from glisson.follow.objective_response import response_rates
from glisson.follow.quality import quality
from glisson.follow.recist import recist11
from glisson.follow.windows import (
    OUTSIDE,
    Window,
    WindowRule,
    outside_windows,
    place_in_windows,
    responses_in_windows,
    window_rates,
)
from glisson.simulate.cohort36 import LABEL, cohort36

MARGINS = Path(__file__).parents[1] / "reference" / "stukalova_2022" / "margins.csv"
MONTHS = (Window("6 months", 4.5, 7.5), Window("12 months", 10.5, 13.5))
COHORT = cohort36()


@pytest.fixture(scope="module")
def responses() -> pl.DataFrame:
    return recist11(COHORT.measurements)


@pytest.fixture(scope="module")
def course(responses: pl.DataFrame) -> Course:
    return course_of(COHORT.cases, responses=pl.concat([responses, recist11_liver(COHORT.measurements)]))


@pytest.fixture(scope="module")
def placed(course: Course, responses: pl.DataFrame) -> pl.DataFrame:
    return place_in_windows(responses, course.origin("first session"), MONTHS)


def published(months: int) -> dict[str, int]:
    with MARGINS.open() as file:
        return {row["what"]: int(row["count"]) for row in csv.DictReader(file) if int(row["months"]) == months}


def in_windows(course: Course, placed: pl.DataFrame, rule: WindowRule) -> pl.DataFrame:
    return responses_in_windows(placed, course.origin("first session"), MONTHS, rule=rule, deaths=course.source("death"))


def counts(table: pl.DataFrame, window: str) -> dict[str, int]:
    return dict(table.filter(pl.col("window") == window).group_by("status").len().rows())


def test_it_is_a_table_of_the_contract_without_faults_and_says_what_it_is() -> None:
    assert COHORT.measurements.schema == pl.Schema(MEASUREMENTS)
    assert quality(COHORT.measurements) == ()
    assert cohort36().measurements.equals(COHORT.measurements)
    assert all(case.simulated and case.note == LABEL for case in COHORT.cases)
    assert "not patient data" in LABEL


def test_the_cases_hold_the_same_lesions_as_the_table() -> None:
    own = pl.concat([measurements_of(case)[0] for case in COHORT.cases]).drop("row").sort("patient", "visit_number", "lesion")
    assert own.equals(COHORT.measurements.drop("row").sort("patient", "visit_number", "lesion"))


@pytest.mark.parametrize("months", [6, 12])
def test_counts_with_deaths_as_progression_against_stukalova_2022(course: Course, placed: pl.DataFrame, months: int) -> None:
    expected = published(months)
    deaths = expected.pop("deaths")
    table = in_windows(course, placed, WindowRule(deaths="progression"))
    assert counts(table, f"{months} months") == expected
    died = table.filter((pl.col("window") == f"{months} months") & (pl.col("why") == "death counted as PD"))
    assert died.height == deaths
    assert table["definition"].unique().to_list() == [WindowRule(deaths="progression").words]
    assert "a death by the end of the window without a scan counts as PD" in WindowRule(deaths="progression").words


@pytest.mark.parametrize(
    ("window", "measure", "count", "percent", "low", "high"),
    [
        ("6 months", "PR", 1, 2.8, 0.07, 14.53),
        ("6 months", "SD", 29, 80.6, 63.98, 91.81),
        ("6 months", "PD", 6, 16.7, 6.37, 32.81),
        ("12 months", "SD", 21, 58.3, 40.76, 74.49),
        ("12 months", "PD", 15, 41.7, 25.51, 59.24),
        ("12 months", "objective response", 0, 0.0, 0.0, 9.74),
        ("6 months", "disease control", 30, 83.3, 67.19, 93.63),
    ],
)
def test_shares_and_exact_intervals_of_all_treated(
    course: Course, placed: pl.DataFrame, window: str, measure: str, count: int, percent: float, low: float, high: float
) -> None:
    rates = window_rates(in_windows(course, placed, WindowRule(deaths="progression")))
    row = rates.filter((pl.col("window") == window) & (pl.col("measure") == measure)).row(0, named=True)
    assert (row["count"], row["of"]) == (count, 36)
    assert round(100 * row["fraction"], 1) == percent
    assert (round(100 * row["low"], 2), round(100 * row["high"], 2)) == (low, high)
    assert row["denominator"] == "all 36 treated, 0 of them not evaluable"


def test_the_same_table_with_deaths_as_not_assessed(course: Course, placed: pl.DataFrame) -> None:
    table = in_windows(course, placed, WindowRule())
    assert counts(table, "6 months") == {"PR": 1, "SD": 29, "PD": 4, "not assessed": 2}
    assert counts(table, "12 months") == {"SD": 21, "PD": 9, "not assessed": 6}
    whole = window_rates(table).filter(pl.col("measure") == "not assessed")
    assert whole["denominator"].to_list() == [
        "all 36 treated, 6 of them not evaluable",
        "all 36 treated, 2 of them not evaluable",
    ]
    evaluable = window_rates(table, denominator="evaluable")
    stable = evaluable.filter((pl.col("measure") == "SD") & (pl.col("window") == "12 months")).row(0, named=True)
    assert (stable["count"], stable["of"], stable["denominator"]) == (21, 30, "30 evaluable of 36 treated")
    assert "not assessed" not in evaluable["measure"].to_list()


def test_scans_between_the_windows_are_counted_as_outside(placed: pl.DataFrame) -> None:
    months = placed.filter(pl.col("window") == OUTSIDE)["visit"].unique().sort().to_list()
    assert months == ["month-3", "month-9"]
    assert outside_windows(placed).select("scans", "outside").row(0) == (placed.height, 35 + 32)


def test_the_responder_progresses_before_twelve_months_and_nobody_is_censored_before(course: Course) -> None:
    table = endpoints(course, names=["OS", "PFS"])
    responder = table.filter((pl.col("patient") == "cohort36-01") & (pl.col("endpoint") == "PFS")).row(0, named=True)
    assert (responder["event"], responder["source"]) == (1, "progression")
    assert responder["months"] < 12
    survival = table.filter(pl.col("endpoint") == "OS")
    assert survival.filter((pl.col("event") == 0) & (pl.col("months") < 12)).height == 0


def product_limit(days: list[int], events: list[int]) -> dict[int, float]:
    """Kaplan-Meier by hand: survival just after each day of an event."""
    survival, found = 1.0, {}
    for day in sorted({d for d, e in zip(days, events, strict=True) if e}):
        at_risk = sum(d >= day for d in days)
        survival *= 1 - sum(e for d, e in zip(days, events, strict=True) if d == day) / at_risk
        found[day] = survival
    return found


def test_one_year_and_median_survival_against_stukalova_2022(course: Course) -> None:
    table = endpoints(course, names=["OS"])
    curve = product_limit(table["days"].to_list(), table["event"].to_list())
    at_one_year = min(survival for day, survival in curve.items() if day <= 365)
    assert round(100 * at_one_year, 1) == 83.3
    median_days = next(day for day, survival in curve.items() if survival < 0.5)
    assert all(survival > 0.5 for day, survival in curve.items() if day < median_days)  # no flat stretch at one half
    assert round(median_days / 30.4375, 1) == 22.0
    assert table.filter(pl.col("ended_by") == "lost to follow-up")["patient"].to_list() == ["cohort36-22"]


def test_three_meanings_of_hepatic_pfs_give_three_answers(course: Course) -> None:
    table = endpoints(course)
    events = {
        name: (found.filter(pl.col("event") == 1).height, found.filter(pl.col("event") == 2).height)
        for (name,), found in table.group_by("endpoint")
    }
    either = events["hepatic PFS (liver progression or death)"]
    competing = events["hepatic PFS (liver progression, death competing)"]
    censored = events["hepatic PFS (death censored)"]
    assert competing[0] + competing[1] == either[0]
    assert censored == (competing[0], 0) == events["time to liver progression"]
    assert events["TTP"][0] == 13  # eleven in the liver and two outside; one of those two in the liver as well
    assert competing[0] == 12
    lung_only = table.filter(
        (pl.col("patient") == "cohort36-12") & pl.col("endpoint").is_in(["TTP", "time to liver progression"])
    )
    assert dict(lung_only.select("endpoint", "event").rows()) == {"TTP": 1, "time to liver progression": 0}


def test_every_number_carries_its_definition(course: Course, responses: pl.DataFrame) -> None:
    for rules in (EndpointRules(), EndpointRules(origin="diagnosis of metastases", entry="first session")):
        table = endpoints(course, rules=rules)
        assert table["definition"].null_count() == 0
        assert table.select(pl.col("definition").str.contains("Time from ").all()).item()
        assert table.group_by("endpoint").agg(pl.col("definition").n_unique())["definition"].unique().to_list() == [1]
    rates = response_rates(best_responses(responses, course.origin("first session")), rule=BestResponseRule())
    assert rates.select(pl.col("definition").str.contains("all 36 treated").all()).item()


def test_delayed_entry_and_the_origin_change_the_time_and_say_so(course: Course) -> None:
    rules = EndpointRules(origin="diagnosis of metastases", entry="first session")
    late = endpoints(course, names=["OS"], rules=rules).sort("patient")
    plain = endpoints(course, names=["OS"]).sort("patient")
    assert (late["days"] - late["entry_days"]).to_list() == plain["days"].to_list()
    assert "Time from diagnosis of metastases; delayed entry at first session" in late["definition"][0]
