"""Best responses and times to event against the analysis data sets of the pharmaverse, from its tabulation data sets."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from glisson.follow.adam import adrs_like, adtte_like
from glisson.follow.best_response import BestResponseRule, best_responses, counted_visits, first_counted
from glisson.follow.course import Course, course_from_tables
from glisson.follow.endpoints import EndpointRules, duration_of_response, endpoints
from glisson.follow.partial_dates import complete_dates
from glisson.follow.recist import recist11
from glisson.follow.sources import dated, dated_from_responses
from glisson.records.cdisc.oncology import read_tumour_tables

pytestmark = pytest.mark.real_data
DAY_ONE = EndpointRules(origin="randomisation", first_day=1)
NAMED = {"Death": "death", "Disease Progression": "progression", "Last Tumor Assessment": "adequate assessment"}
NAMED |= {"Alive": "known alive", "Randomization": "origin: randomisation"}


@pytest.fixture(scope="module")
def folder(real_data: Path) -> Path:
    return real_data / "response_cdisc"


def read(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(folder / f"{name}.csv", infer_schema_length=0)


def stated_responses(folder: Path) -> pl.DataFrame:
    """What the investigator stated; the one partial date completed as the analysis data set does."""
    stated = read(folder, "sdtm_rs_onco_recist").filter(pl.col("RSEVAL") == "INVESTIGATOR")
    return complete_dates(stated, column="RSDTC", rule="last day").select(
        patient="USUBJID",
        reader=pl.lit("investigator"),
        criterion=pl.lit("RECIST 1.1"),
        visit="VISIT",
        visit_number=pl.col("VISITNUM").cast(pl.Float64),
        date="date",
        overall=pl.col("RSSTRESC").str.replace("NON-CR/NON-PD", "non-CR/non-PD"),
        words=pl.lit("as stated"),
    )


def computed_responses(folder: Path) -> pl.DataFrame:
    """What RECIST 1.1 makes of the investigator's measurements."""
    tu, tr, rs = (read(folder, f"sdtm_{domain}_onco_recist") for domain in ("tu", "tr", "rs"))
    tables = read_tumour_tables(tu, tr, rs, partial_dates="last")
    return recist11(tables.measurements, tables.statements).filter(pl.col("reader") == "investigator")


@pytest.fixture(scope="module", params=[stated_responses, computed_responses])
def responses(request: pytest.FixtureRequest, folder: Path) -> pl.DataFrame:
    """Table 2 of the eight subjects, once as stated and once computed from the lesions: the answers must be the same."""
    found: pl.DataFrame = request.param(folder)
    return found


@pytest.fixture(scope="module")
def subjects(folder: Path) -> pl.DataFrame:
    days = [pl.col(name).str.to_date() for name in ("RANDDT", "DTHDT", "LSTALVDT")]
    return read(folder, "adam_adsl").select(pl.col("USUBJID").alias("patient"), *days).filter(pl.col("RANDDT").is_not_null())


@pytest.fixture(scope="module")
def course(subjects: pl.DataFrame, responses: pl.DataFrame) -> Course:
    """Deaths and last days alive come from the subject table alone, scans from the response table alone."""
    seen = dated_from_responses(responses, reader="investigator", criterion="RECIST 1.1", liver_criterion=None)
    return course_from_tables(
        subjects,
        dated(subjects, source="death", date="DTHDT"),
        dated(subjects, source="known alive", date="LSTALVDT"),
        seen.filter(pl.col("source") != "known alive"),
        called="RECIST 1.1 by investigator",
        origins={"randomisation": "RANDDT"},
    )


def reference_days(subjects: pl.DataFrame) -> pl.DataFrame:
    return subjects.select("patient", reference="RANDDT")


@pytest.mark.parametrize(("code", "confirmed"), [("BOR", False), ("CBOR", True)])
def test_best_response_against_adrs(
    folder: Path, responses: pl.DataFrame, subjects: pl.DataFrame, code: str, confirmed: bool
) -> None:
    stated = read(folder, "adam_adrs_onco").filter(pl.col("PARAMCD") == code).select("USUBJID", "PARAMCD", "AVALC", "ADT", "AVAL")
    found = adrs_like(best_responses(responses, reference_days(subjects), rule=BestResponseRule(confirmed=confirmed)))
    both = stated.join(found, on=["USUBJID", "PARAMCD"], how="inner")
    assert both.filter(pl.col("AVALC") != "MISSING").height == 8
    assert both.height == subjects.height == 254
    assert both["AVALC"].to_list() == both["AVALC_right"].to_list()
    assert both["AVAL"].cast(pl.Float64).to_list() == both["AVAL_right"].cast(pl.Float64).to_list()
    assert both["ADT"].str.to_date().to_list() == both["ADT_right"].to_list()


@pytest.mark.parametrize(
    ("code", "confirmed", "calls"),
    [
        ("RSP", False, ("CR", "PR")),
        ("CRSP", True, ("CR", "PR")),
        ("CB", False, ("CR", "PR", "SD", "non-CR/non-PD")),
        ("CCB", True, ("CR", "PR", "SD", "non-CR/non-PD")),
    ],
)
def test_first_response_and_first_benefit_against_adrs(
    folder: Path, responses: pl.DataFrame, subjects: pl.DataFrame, code: str, confirmed: bool, calls: tuple[str, ...]
) -> None:
    stated = read(folder, "adam_adrs_onco").filter((pl.col("PARAMCD") == code) & (pl.col("AVALC") == "Y"))
    counted = counted_visits(responses, reference_days(subjects), rule=BestResponseRule(confirmed=confirmed, stable_from_days=42))
    found = first_counted(counted, calls)
    expected = dict(zip(stated["USUBJID"], stated["ADT"].str.to_date(), strict=True))
    assert dict(zip(found["patient"], found["date"], strict=True)) == expected


@pytest.mark.parametrize(("name", "code", "events"), [("OS", "OS", 3), ("PFS", "PFS", 6)])
def test_times_and_censoring_against_adtte(folder: Path, course: Course, name: str, code: str, events: int) -> None:
    """All 254 randomised subjects, day for day, and each time by the source that the data set names too."""
    stated = read(folder, "adam_adtte_onco").filter(pl.col("PARAMCD") == code).sort("USUBJID")
    table = endpoints(course, names=[name], rules=DAY_ONE).sort("patient")
    found = adtte_like(table)
    assert found["USUBJID"].to_list() == stated["USUBJID"].to_list()
    assert found["AVAL"].to_list() == stated["AVAL"].cast(pl.Float64).cast(pl.Int64).to_list()
    assert table["days"].to_list() == found["AVAL"].to_list()
    assert found["CNSR"].to_list() == stated["CNSR"].cast(pl.Int32).to_list()
    assert found["ADT"].to_list() == stated["ADT"].str.to_date().to_list()
    named = zip(found.select("USUBJID", "EVNTDESC", "ADT", "STARTDT").rows(), stated["EVNTDESC"], strict=True)
    others = [row for row, said in named if row[1] != NAMED[said]]
    assert [row[1:2] for row in others] == ([("known alive",)] if name == "OS" else [])
    assert all(row[2] == row[3] for row in others)  # last known alive on the very day of randomisation: both sources say it
    assert table["event"].sum() == events
    assert all(name in said or "survival" in said for said in found["DEFN"])


def test_a_scan_after_the_last_contact_explains_the_one_difference(
    folder: Path, subjects: pl.DataFrame, responses: pl.DataFrame
) -> None:
    """The data set takes last contact from the subject table alone; a scan is a day alive too, and one lies later."""
    seen = dated_from_responses(responses, reader="investigator", criterion="RECIST 1.1", liver_criterion=None)
    everything = course_from_tables(
        subjects,
        dated(subjects, source="death", date="DTHDT"),
        dated(subjects, source="known alive", date="LSTALVDT"),
        seen,
        called="RECIST 1.1 by investigator",
        origins={"randomisation": "RANDDT"},
    )
    stated = read(folder, "adam_adtte_onco").filter(pl.col("PARAMCD") == "OS").select("USUBJID", "ADT")
    found = endpoints(everything, names=["OS"], rules=DAY_ONE).join(stated, left_on="patient", right_on="USUBJID")
    moved = found.filter(pl.col("date") != pl.col("ADT").str.to_date())
    scans = seen.filter(pl.col("source") == "known alive").group_by("patient").agg(pl.col("date").max().alias("scan"))
    assert moved.join(scans, on="patient").select((pl.col("date") == pl.col("scan")).all()).item()
    assert moved.select("patient", "source").rows() == [("01-701-1115", "known alive")]


def test_duration_of_response_against_adtte(
    folder: Path, course: Course, responses: pl.DataFrame, subjects: pl.DataFrame
) -> None:
    stated = read(folder, "adam_adtte_onco").filter(pl.col("PARAMCD") == "RSD").sort("USUBJID")
    first = first_counted(counted_visits(responses, reference_days(subjects)))
    found = adtte_like(duration_of_response(course, first, rules=DAY_ONE))
    columns: dict[str, Any] = {"USUBJID": pl.String, "AVAL": pl.Float64, "CNSR": pl.Float64}
    assert (
        found.select(pl.col(n).cast(t) for n, t in columns.items()).rows()
        == stated.select(pl.col(n).cast(t) for n, t in columns.items()).rows()
    )


def test_the_partial_date_moves_no_time_by_either_rule(folder: Path, course: Course) -> None:
    """Two packages of the origin take its first or its last day; the visit is NE, so no endpoint hangs on it."""
    stated = read(folder, "sdtm_rs_onco_recist").filter(pl.col("RSDTC").str.len_chars() < 10)
    assert stated["RSSTRESC"].unique().to_list() == ["NE"]
    first = complete_dates(stated, column="RSDTC", rule="first day")
    last = complete_dates(stated, column="RSDTC", rule="last day")
    assert (last["date"] - first["date"]).unique().to_list() == [timedelta(days=27)]
    assert stated["USUBJID"].n_unique() == 1
    assert course.source("adequate assessment").join(first, left_on=["patient", "date"], right_on=["USUBJID", "date"]).height == 0
