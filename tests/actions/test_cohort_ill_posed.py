"""Registries in which little or nothing can be said: every section says why, and nothing falls over."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from registry_reports import MADE_AT, entries, of_cases, simple, with_values, without

from glisson.actions.cohort.gather import gathered
from glisson.actions.cohort.protocol_file import read_protocol
from glisson.actions.cohort.report import numbered, result_of
from glisson.case import Result
from glisson.learn.cohort.registry.protocol import Protocol
from glisson.learn.cohort.registry.study import registry_study
from glisson.records.forms import FormEntry
from glisson.report.cohort_pages import Pictures, build_registry_document
from glisson.report.html import to_html


@pytest.fixture(scope="session")
def found(registries: dict[str, Path]) -> list[FormEntry]:
    """Entries of the 40 simulated patients."""
    return entries(registries["cirel"])


def report(some: Sequence[FormEntry], asked: Protocol, folder: Path) -> Result:
    """The analysis, its page and its pictures' data; whatever can fall over does so here."""
    tables = gathered(some, asked)
    study = registry_study(tables.tables, asked)
    result = result_of(tables, asked, study, digest="0" * 64, withheld=0)
    text = result.to_json()
    assert not re.search(r"\b(NaN|Infinity)\b", text)
    numbered(tables, asked, study)
    page = to_html(build_registry_document(result, Pictures(), made_at=MADE_AT, simulated=True), folder)
    assert "Limits" in page and "Methods" in page and not re.search(r"\bnan\b", page)
    return result


def cirel(**more: Any) -> Protocol:
    """The example, without imputation to be fast."""
    asked, _ = read_protocol("cirel")
    return Protocol.model_validate(asked.model_dump(by_alias=True) | {"missing": {"strategy": "complete cases"}} | more)


def deaths_and_progressions_removed(found: Sequence[FormEntry]) -> list[FormEntry]:
    return without(found, "death", "lesion", "response", "imaging")


def test_a_registry_without_events_says_so(found: list[FormEntry], tmp_path: Path) -> None:
    value = report(deaths_and_progressions_removed(found), cirel(), tmp_path).value
    os = next(one for one in value["survival"] if one["id"] == "os")
    assert os["events"] == 0 and os["groups"][0]["median"]["time"] is None
    model = next(one for one in value["models"] if one["id"] == "os")
    assert "cannot_say" in model or all(term["together"]["ratio"] is None for term in model["cox"]["terms"])
    assert "cannot_say" in value["response"]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_very_few_patients_make_a_report(number: int, found: list[FormEntry], tmp_path: Path) -> None:
    few = sorted({entry.case for entry in found})[:number]
    result = report(of_cases(found, *few), cirel(), tmp_path)
    assert result.value["flow"]["treated"] == number
    assert "few-patients" in {one.code for one in result.findings}
    assert all(one["patients"] == number and len(one["groups"]) == 1 for one in result.value["survival"])
    terms = [term for model in result.value["models"] for term in model.get("cox", {}).get("terms", [])]
    assert all(term["together"]["ratio"] is None or term["together"]["low"] is not None for term in terms)


def test_a_registry_without_lesions_has_no_response_and_the_rest_stands(found: list[FormEntry], tmp_path: Path) -> None:
    value = report(without(found, "lesion", "response", "imaging"), cirel(), tmp_path).value
    assert "cannot_say" in value["response"]
    assert next(one for one in value["survival"] if one["id"] == "os")["groups"][0]["patients"] == 40


def test_a_registry_without_sessions_treated_nobody(found: list[FormEntry], tmp_path: Path) -> None:
    value = report(without(found, "tace_session"), cirel(), tmp_path).value
    assert value["flow"]["treated"] == 0 and "cannot_say" in value["sessions"]
    assert all("cannot_say" in one or one["patients"] == 0 for one in value["survival"])


def test_forms_of_nothing_but_the_patient(found: list[FormEntry], tmp_path: Path) -> None:
    value = report([entry for entry in found if entry.form == "patient"], cirel(), tmp_path).value
    assert value["flow"]["entered"] == 40 and value["flow"]["treated"] == 0


def test_a_group_that_nobody_is_in_is_left_out(found: list[FormEntry], tmp_path: Path) -> None:
    salvage = [with_values(entry, intention="salvage") if entry.form == "decision" else entry for entry in found]
    value = report(salvage, cirel(), tmp_path).value
    os = next(one for one in value["survival"] if one["id"] == "os")
    assert {one["group"] for one in os["groups"]} <= {"all", "salvage"}
    assert os["tests"] == []


def test_separation_gives_no_number_and_a_finding(found: list[FormEntry], tmp_path: Path) -> None:
    dead = {entry.case for entry in found if entry.form == "death"}
    split = [
        with_values(entry, sex="female" if entry.case in dead else "male") if entry.form == "patient" else entry
        for entry in found
    ]
    asked = simple(models=[{"id": "os", "endpoint": "os", "covariates": ["patient.sex"], "centre": "nothing"}])
    result = report(split, asked, tmp_path)
    term = result.value["models"][0]["cox"]["terms"][0]
    assert term["together"]["ratio"] is None and term["together"]["high"] is None
    assert [one for one in result.findings if re.search("separat|monoton|infinite|no estimate", one.text)]


def test_more_covariates_than_events_is_told(found: list[FormEntry], tmp_path: Path) -> None:
    few = sorted({entry.case for entry in found})[:8]
    names = ["patient.age_years", "patient.sex", "patient.ecog", "disease.timing", "disease.liver_lesions_class", "score.nlr"]
    asked = simple(models=[{"id": "os", "endpoint": "os", "covariates": names, "centre": "nothing"}])
    result = report(of_cases(found, *few), asked, tmp_path)
    assert [one for one in result.findings if "model os" in one.text]


def test_a_protocol_with_one_endpoint_and_nothing_else(found: list[FormEntry], tmp_path: Path) -> None:
    result = report(found, simple(), tmp_path)
    assert [one["id"] for one in result.value["survival"]] == ["os"] and result.value["models"] == []
    assert json.loads(result.to_json())["value"]["protocol"]["endpoints"][0]["name"] == "OS"


def test_a_cut_off_before_everything_treated_nobody(found: list[FormEntry], tmp_path: Path) -> None:
    value = report(found, cirel(cut_off="1990-01-01"), tmp_path).value
    assert value["flow"]["treated"] == 0


def test_a_population_of_nobody_says_whom_it_left_out(found: list[FormEntry], tmp_path: Path) -> None:
    rule = {"keep": {"variable": "patient.age_years", "at_least": 200}, "reason": "younger than 200 years"}
    value = report(found, cirel(population=[rule]), tmp_path).value
    assert value["flow"]["treated"] == 0
    assert "younger than 200 years" in json.dumps(value["flow"]["steps"])
