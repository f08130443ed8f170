"""Response in windows and best response of a small registry against counting, with both denominators and exact intervals."""

import json
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from registry_tables import protocol, small

from glisson.errors import BadInput
from glisson.follow.proportion import exact_proportion
from glisson.learn.cohort.registry.new_variables import of_population
from glisson.learn.cohort.registry.response_table import response_table
from glisson.learn.cohort.registry.section import Section
from glisson.learn.cohort.registry.tables import RegistryTables


def section(tables: RegistryTables | None = None, **more: Any) -> Section:
    asked = protocol(**more)
    found = response_table(of_population(tables or small(), asked)[0], asked)
    json.dumps(found.value, allow_nan=False)
    return found


def group(table: dict[str, Any], name: str = "all") -> dict[str, Any]:
    return next(one for one in table["groups"] if one["group"] == name)


def counts(table: dict[str, Any], name: str = "all") -> dict[str, int]:
    return {call: share["count"] for call, share in group(table, name)["calls"].items()}


def test_window_against_counting() -> None:
    table = section().value["windows"][0]
    assert counts(table) == {"CR": 1, "PR": 2, "SD": 1, "PD": 1, "NE": 1, "not done": 3}
    assert counts(table, "a") == {"CR": 0, "PR": 1, "SD": 1, "PD": 1, "NE": 1, "not done": 0}
    assert group(table)["why_not_done"] == {"no scan in the window": 2, "dead, counted as not assessed": 1}


def test_two_denominators_with_exact_intervals() -> None:
    found = group(section(confidence_fraction=0.9).value["windows"][0])
    for measure, count in (("objective_response", 3), ("disease_control", 4)):
        for name, of in (("treated", 9), ("evaluable", 5)):
            exact = exact_proportion(count=count, of=of, confidence_fraction=0.9)
            share = found[measure][name]
            assert (share["count"], share["of"], share["low"], share["high"]) == (count, of, exact.low, exact.high)
    assert found["objective_response"]["definition"] == "CR or PR, FU1"


def test_scans_outside_every_window_are_counted() -> None:
    assert section().value["outside"] == {"scans": 8, "outside": 1, "patients_outside": 1}


def test_the_rule_of_the_protocol_decides() -> None:
    windows = {"windows": [{"name": "FU1", "from_months": 0.5, "to_months": 2.5}], "several": "last", "deaths": "progression"}
    found = section(windows=windows).value
    assert counts(found["windows"][0]) == {"CR": 1, "PR": 1, "SD": 2, "PD": 2, "NE": 1, "not done": 2}
    assert "a death by the end of the window without a scan counts as PD" in found["rule"]


def test_best_response_against_counting() -> None:
    first, confirmed = section().value["best"]
    assert counts(first) == {"CR": 1, "PR": 2, "SD": 2, "PD": 1, "NE": 1, "not done": 2}
    assert counts(confirmed) == {"CR": 1, "PR": 0, "SD": 4, "PD": 1, "NE": 1, "not done": 2}
    assert "confirmed after at least" in confirmed["rule"]
    assert group(confirmed)["objective_response"]["evaluable"]["of"] == 6


def test_every_patient_has_one_call_in_every_table() -> None:
    found = section().value
    for table in (*found["windows"], *found["best"]):
        for one in table["groups"]:
            assert sum(share["count"] for share in one["calls"].values()) == one["treated"]


def test_undated_and_faulty_readings_are_not_evaluable_and_told() -> None:
    tables = small()
    undated = tables.responses.with_columns(date=pl.when(pl.col("patient") != "p01").then("date"))
    tables = replace(tables, responses=undated, left_out=(("p09", "responses", "a fault"),))
    found = section(tables)
    assert found.value["set_aside"] == 2
    assert counts(found.value["windows"][0]) == {"CR": 1, "PR": 1, "SD": 1, "PD": 1, "NE": 3, "not done": 2}
    assert counts(found.value["best"][0])["NE"] == 3
    assert [finding.code for finding in found.findings] == ["responses-set-aside"]


def test_without_windows_best_response_stands() -> None:
    found = section(windows=None)
    assert found.value["windows"] == []
    assert len(found.value["best"]) == 2
    assert "no-windows" in [finding.code for finding in found.findings]


@pytest.mark.parametrize(
    ("change", "says"), [({"reader": None}, "several readers"), ({"responses": small().responses.clear()}, "no response")]
)
def test_without_a_reader_or_a_reading_it_cannot_be_said(change: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        response_table(replace(small(), **change), protocol())


def test_calls_of_irecist_are_counted_under_their_names() -> None:
    tables = small()
    calls = pl.col("overall").replace({"PR": "iPR", "CR": "iCR", "SD": "iSD", "PD": "iUPD"})
    responses = tables.responses.filter(pl.col("criterion") == "RECIST 1.1").with_columns(
        overall=calls, criterion=pl.lit("iRECIST")
    )
    tables = replace(tables, responses=responses, course=replace(tables.course, called="iRECIST by investigator"))
    table = section(tables).value["windows"][0]
    assert {call: n for call, n in counts(table).items() if n} == {
        "iCR": 1,
        "iPR": 2,
        "iSD": 1,
        "iUPD": 1,
        "NE": 1,
        "not done": 3,
    }
    assert group(table)["disease_control"]["evaluable"]["count"] == 4
