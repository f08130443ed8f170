"""The registry report against a second derivation from the entries themselves, written without the program's own steps."""

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from registry_tables import START, day, protocol, small

from glisson.actions.cohort.gather import DIED_BEFORE, gathered
from glisson.actions.cohort.protocol_file import read_protocol
from glisson.errors import BadInput
from glisson.follow.adam import adtte_like
from glisson.follow.course import ORIGINS
from glisson.follow.endpoints import endpoints
from glisson.follow.sources import DATED
from glisson.learn.cohort.registry.dose_section import dose_section
from glisson.learn.cohort.registry.endpoint_times import times_of
from glisson.learn.cohort.registry.limits import limits
from glisson.learn.cohort.registry.many_tests import many_tests
from glisson.learn.cohort.registry.methods import methods
from glisson.learn.cohort.registry.model_section import model_section
from glisson.learn.cohort.registry.new_variables import of_population, with_new_variables
from glisson.learn.cohort.registry.next_study import next_study
from glisson.learn.cohort.registry.protocol import DoseResponse, NextStudy, Protocol
from glisson.learn.cohort.registry.response_effect import first_response_months, response_effect
from glisson.learn.cohort.registry.response_table import response_table
from glisson.learn.cohort.registry.study import registry_study
from glisson.learn.cohort.registry.survival_section import survival_section
from glisson.learn.cohort.registry.tables import RegistryTables
from glisson.records.forms import FormEntry
from glisson.simulate.registry import cirel, simulate_registry

MONTH = 30.4375
KINDS = {"os": ("any", False), "pfs": ("any", True), "hpfs": ("liver", True), "hepatic-progression": ("liver", True)}


def _day(text: Any) -> date:
    return date.fromisoformat(str(text)[:10])


@dataclass(frozen=True)
class Patient:
    """What a reader of the forms writes down about one patient."""

    first: date
    last: date
    death: date | None
    calls: dict[str, dict[date, str]]


def _recist(forms: list[FormEntry], first: date, organ: str | None) -> dict[date, str]:
    """RECIST 1.1 of targets by longest diameter, non-targets and new lesions, from the last scan before the first session."""
    scans: dict[date, list[FormEntry]] = defaultdict(list)
    for form in forms:
        scans[_day(form.values["scanned_on"])].append(form)
    found: dict[date, str] = {}
    baseline = smallest = math.nan
    for when, lesions in sorted(scans.items()):
        mine = [one for one in lesions if organ is None or one.values["organ"] == organ]
        total = sum(float(one.values["longest_diameter_mm"]) for one in mine if one.values["role"] == "target")
        if when <= first:
            baseline = smallest = total
            continue
        grown = total - smallest >= 5 - 1e-9 and total / smallest >= 1.2 - 1e-12
        other = any(one.values["role"] == "new" or one.values["state"] == "unequivocal progression" for one in mine)
        shrunk = total / baseline <= 0.7 + 1e-12
        found[when] = "PD" if grown or other else "PR" if shrunk else "SD"
        smallest = min(smallest, total)
    return found


def _patient(forms: list[FormEntry]) -> Patient:
    by_form: dict[str, list[FormEntry]] = defaultdict(list)
    for form in forms:
        by_form[form.form].append(form)
    first = min(_day(form.values["session_on"]) for form in by_form["tace_session"])
    died = [_day(form.values["died_on"]) for form in by_form["death"]]
    names = ("contacted_on", "scanned_on", "session_on", "sampled_on", "completed_on", "enrolled_on", "board_on", "started_on")
    seen = [
        _day(form.values[name])
        for kind, mine in by_form.items()
        if kind != "history_line"
        for form in mine
        for name in names
        if form.values.get(name) and len(str(form.values[name])) >= 10
    ]
    calls = {what: _recist(by_form["lesion"], first, organ) for what, organ in (("any", None), ("liver", "liver"))}
    return Patient(first, max(seen), died[0] if died else None, calls)


def _time(patient: Patient, endpoint: str) -> tuple[int, int]:
    """Days and code, as the endpoint's definition says."""
    what, by_scan = KINDS[endpoint]
    competing = 2 if endpoint == "hepatic-progression" else 1
    events = [(patient.death, competing)] if patient.death else []
    if by_scan:
        events += [(when, 1) for when, call in patient.calls[what].items() if call == "PD"]
    last = max(patient.calls[what], default=patient.first) if by_scan else patient.last
    ended, code = min(events, default=(last, 0))
    return (ended - patient.first).days, code


@cache
def _entries() -> list[FormEntry]:
    return [
        FormEntry("", one.case, one.site, one.form, one.edition, one.visit, one.instance, at=one.at, values=one.values)
        for one in simulate_registry(cirel(), patients=60, seed=5).entries()
    ]


@cache
def audited() -> tuple[Protocol, RegistryTables, dict[str, Patient]]:
    """Sixty simulated patients: as the program has them, and as they are written down here."""
    asked, _ = read_protocol("cirel")
    entries = _entries()
    chosen, _ = of_population(with_new_variables(gathered(entries, asked).tables, asked), asked)
    by_case: dict[str, list[FormEntry]] = defaultdict(list)
    for entry in entries:
        by_case[entry.case].append(entry)
    return asked, chosen, {case: _patient(forms) for case, forms in by_case.items()}


@pytest.mark.parametrize("endpoint", list(KINDS))
def test_every_time_against_a_second_derivation(endpoint: str) -> None:
    asked, tables, patients = audited()
    times = times_of(tables, asked, asked.endpoint(endpoint))
    mine = [_time(patients[name], endpoint) for name in times.patients]
    assert len(mine) == 60 and len({code for _, code in mine}) >= 2
    assert times.data.event.tolist() == [code for _, code in mine]
    assert times.data.time.tolist() == pytest.approx([days / MONTH for days, _ in mine], rel=1e-12)


def test_survival_at_a_year_against_products_by_hand() -> None:
    asked, tables, patients = audited()
    mine = [_time(one, "os") for one in patients.values()]
    expected, variance = 1.0, 0.0
    for when in sorted({days for days, code in mine if code == 1 and days <= 12 * MONTH}):
        at_risk = sum(days >= when for days, _ in mine)
        died = sum(days == when and code == 1 for days, code in mine)
        expected *= 1 - died / at_risk
        variance += died / (at_risk * (at_risk - died))
    everyone = survival_section(tables, asked, asked.endpoint("os")).value["groups"][0]
    found = next(row for row in everyone["at_times"] if row["time"] == 12)
    reach = 1.959963984540054 * math.sqrt(variance) / abs(math.log(expected))
    assert found["survival"] == pytest.approx(expected, rel=1e-12)
    assert found["low"] == pytest.approx(expected ** math.exp(reach), rel=1e-9)
    assert found["high"] == pytest.approx(expected ** math.exp(-reach), rel=1e-9)


def test_calls_in_windows_against_a_second_derivation() -> None:
    asked, tables, patients = audited()
    for window in response_table(tables, asked).value["windows"]:
        low, high = window["from_months"], window["to_months"]
        calls = []
        for one in patients.values():
            inside = {when: (when - one.first).days / MONTH for when in one.calls["any"]}
            near = [(abs(months - (low + high) / 2), when) for when, months in inside.items() if low <= months <= high]
            calls.append(one.calls["any"][min(near)[1]] if near else "not done")
        found = {call: share["count"] for call, share in window["groups"][0]["calls"].items() if share["count"]}
        assert found == {call: calls.count(call) for call in set(calls)}


def test_counts_beside_a_hazard_ratio_are_of_the_rows_that_made_it() -> None:
    asked, tables, _ = audited()
    few = replace(tables, patients=tables.patients.with_columns(
        pl.when(pl.int_range(pl.len()) % 3 == 0).then(None).otherwise("score.nlr").alias("score.nlr")))  # fmt: skip
    complete = asked.model_copy(update={"missing": asked.missing.model_copy(update={"strategy": "complete cases"})})
    model = complete.models[0].model_copy(update={"interactions": (), "splines": {}, "centre": "nothing"})
    found = model_section(few, complete, model).value["cox"]
    assert found["rows"] == 60 - few.patients["score.nlr"].null_count() < 60
    for term in found["terms"]:
        assert term["patients"] + term.get("reference_patients", 0) == found["rows"]
        assert term["events"] + term.get("reference_events", 0) == found["events"]
        assert term["level_rows"] in (None, term["patients"])


def test_centres_of_a_model_carry_no_name_and_small_ones_are_only_counted() -> None:
    asked, tables, _ = audited()
    model = asked.models[1].model_copy(update={"centre": "frailty"})
    found = model_section(tables, asked, model).value["centre_effect"]
    counts = tables.patients["centre"].value_counts()
    large = counts.filter(pl.col("count") >= asked.minimum_cell)
    assert 0 < large.height < counts.height
    assert [one["rows"] for one in found["centres"]] == large.sort("centre")["count"].to_list()
    assert found["small"] == counts.height - large.height
    assert not {one["centre"] for one in found["centres"]} & set(counts["centre"])


def test_landmarks_count_from_the_origin_of_the_endpoint() -> None:
    tables = small()
    earlier = pl.DataFrame(
        [(f"p{n:02d}", "decision", START - timedelta(days=60)) for n in range(1, 10)], schema=ORIGINS, orient="row"
    )
    tables = replace(tables, course=replace(tables.course, origins=pl.concat([tables.course.origins, earlier])))
    asked = protocol(endpoints=[{"id": "os", "name": "OS", "origin": "decision", "landmark_months": [3]}])
    times = times_of(tables, asked, asked.endpoints[0])
    since = dict(zip(times.patients, first_response_months(tables, times, "decision"), strict=True))
    assert since["p01"] == pytest.approx((50 + 60) / MONTH)
    found = response_effect(tables, asked, asked.endpoints[0]).value["landmarks"][0]
    assert [one["patients"] for one in found["groups"]] == [1, 7]  # at day 91 of the decision only p05 (day 90) had responded


def test_next_study_against_both_groups_by_hand() -> None:
    asked, tables, patients = audited()
    found = next_study(tables, asked, NextStudy(hazard_ratio=0.7)).value
    came = np.array([one.first.toordinal() for one in patients.values()]) / MONTH
    ended = max(one.first.toordinal() + _time(one, "os")[0] for one in patients.values()) / MONTH
    assert found["accrual_months"] == pytest.approx(np.ptp(came)) and found["follow_up_months"] == pytest.approx(
        ended - came.max()
    )
    watched = found["follow_up_months"] + found["accrual_months"] * (np.arange(20000) + 0.5) / 20000
    rate = math.log(2) / found["median_months"]
    share = np.mean([1 - np.exp(-rate * watched), 1 - np.exp(-0.7 * rate * watched)])
    assert found["events"] == 247 and found["event_fraction"] == pytest.approx(share, rel=1e-6)
    assert found["patients"] == math.ceil(247 / share)


def test_tests_of_one_family_are_adjusted_together() -> None:
    value = {
        "variables": {"x": {"label": "The x"}},
        "survival": [{"name": "OS", "tests": [{"test": "log-rank", "p": 0.01}]}, {"name": "PFS", "tests": []}],
        "models": [{"id": "m", "cox": {"terms": [{"column": "x", "level": None, "together": {"p": 0.02}}]}}],
        "subgroups": {"variables": [{"variable": "x", "interaction_p": 0.04}]},
    }
    model = [{"id": "m", "endpoint": "os", "covariates": ["age_years"]}]
    asked = protocol(models=model, multiplicity={"method": "holm", "family": ["log-rank", "m", "subgroups"]})
    found = many_tests(asked, value)
    assert found is not None
    assert [(one["p"], round(one["adjusted"], 12)) for one in found["tests"]] == [(0.01, 0.03), (0.02, 0.04), (0.04, 0.04)]
    assert "log-rank, OS" in found["tests"][0]["test"] and "The x" in found["tests"][1]["test"]
    assert many_tests(protocol(), value) is None


def test_a_family_beyond_the_subgroups_stands_in_the_report() -> None:
    asked = protocol(multiplicity={"method": "bonferroni", "family": ["log-rank"]})
    value = registry_study(_sequences(small()), asked).value
    test = value["survival"][0]["tests"][0]
    assert value["multiplicity"]["tests"] == [{"test": "log-rank, OS", "p": test["p"], "adjusted": test["p"]}]
    assert any("over the log-rank tests" in one["text"] for one in value["methods"])


def _sequences(tables: RegistryTables) -> RegistryTables:
    kinds: dict[str, Any] = {"patient": pl.String, "start": pl.Date, "phase": pl.String, "what": pl.String}
    return replace(tables, therapies=pl.DataFrame(schema=kinds))


COMPETING = [{"id": "os", "name": "hepatic PFS (liver progression, death competing)"}]
NOBODY = {"endpoint": "os", "exposure": {"variable": "arm", "is": "c"}, "label": "c", "covariates": ["age_years"]}


@pytest.mark.parametrize(
    ("word", "more"),
    [
        ("log-rank", {"groups": None}),
        ("imputations by chained", {"missing": {"strategy": "multiple imputation"}}),
        ("Schoenfeld's formula", {"next_study": {"hazard_ratio": 0.7}, "endpoints": COMPETING}),
        ("inverse probability", {"weighting": NOBODY}),
    ],
)
def test_methods_are_silent_about_what_was_not_done(word: str, more: dict[str, Any]) -> None:
    asked = protocol(**more)
    value = registry_study(_sequences(small()), asked).value
    assert word not in " ".join(one["text"] for one in methods(asked, value))


def test_methods_do_not_say_that_a_protocol_came_before_the_data() -> None:
    first = methods(protocol(), {})[0]["text"]
    assert "the program cannot know" in first


def test_dose_of_a_later_session_takes_no_part() -> None:
    tables = small()
    late = tables.doses.with_columns(date=pl.when(pl.col("patient") == "p02").then(pl.lit(day(40))).otherwise("date"))
    found = dose_section(replace(tables, doses=late), protocol(), DoseResponse(endpoint="os"))
    assert found.value["with_dose"] == 1 and found.value["later_dose"] == 1
    assert "dose-of-later-session" in {one.code for one in found.findings}
    only = dose_section(replace(tables, doses=late.filter(pl.col("patient") == "p02")), protocol(), DoseResponse())
    assert "first session" in only.value["cannot_say"]


def test_decisions_after_the_treatment_are_told() -> None:
    tables = small()
    decided = pl.DataFrame([("p01", "decision", day(5)), ("p02", "decision", day(0))], schema=ORIGINS, orient="row")
    late = replace(tables, course=replace(tables.course, origins=pl.concat([tables.course.origins, decided])))
    assert any("decision of 1 of 10 patients" in text for text in limits(late, protocol(), {}))
    assert not any("decision of" in text for text in limits(tables, protocol(), {}))


def test_a_sensitivity_that_cannot_be_worked_out_leaves_the_endpoint() -> None:
    tables = small()
    late = pl.DataFrame([("p01", "decision", day(300))], schema=ORIGINS, orient="row")  # p01 had died on day 100
    late_too = replace(tables, course=replace(tables.course, origins=pl.concat([tables.course.origins, late])))
    again = [{"id": "d", "endpoint": "os", "says": "from the decision", "change": {"origin": "decision"}}]
    asked = protocol(sensitivity=again)
    value = survival_section(late_too, asked, asked.endpoints[0]).value
    assert value["events"] == 2 and "died before decision" in value["sensitivity"][0]["cannot_say"]


def test_a_progression_before_the_origin_sets_nobody_aside_at_a_landmark() -> None:
    tables = small()
    before = pl.DataFrame(
        [("p02", "progression", day(-30), None), ("p03", "progression", day(60), None)], schema=DATED, orient="row"
    )
    told = replace(tables, course=tables.course.with_dated(before))
    asked = protocol(endpoints=[{"id": "os", "name": "OS", "landmark_months": [3]}])
    found = response_effect(told, asked, asked.endpoints[0]).value["landmarks"][0]
    assert found["progressed_before"] == 1 and sum(one["patients"] for one in found["groups"]) == 7


def test_definition_of_an_exported_time_says_how_its_days_are_counted() -> None:
    found = adtte_like(endpoints(small().course, names=["OS"]))
    assert found.filter(pl.col("USUBJID") == "p01")["AVAL"].to_list() == [101]
    assert all("day of origin is day 1" in words for words in found["DEFN"])


def test_a_death_before_the_treatment_leaves_out_one_patient_and_not_the_report() -> None:
    asked, _, patients = audited()
    name = next(case for case, one in patients.items() if one.death)
    mine = [entry for entry in _entries() if entry.case in list(patients)[:6] or entry.case == name]
    wrong = str(patients[name].first - timedelta(days=3))
    mine = [
        replace(one, at=None, values={**one.values, "died_on": wrong}) if (one.case, one.form) == (name, "death") else one
        for one in mine
    ]
    tables = gathered(mine, asked).tables
    assert [(one[0], one[2]) for one in tables.left_out] == [(name, DIED_BEFORE)]
    assert name not in tables.patients["patient"].to_list()
    assert len(times_of(tables, asked, asked.endpoint("os")).patients) == tables.patients.height > 4


def test_landmarks_without_a_deciding_reader_are_refused() -> None:
    """Nobody's progressions are known then, so that nobody can be said to be without one."""
    asked = protocol(endpoints=[{"id": "os", "name": "OS", "landmark_months": [3]}])
    with pytest.raises(BadInput, match="several readers"):
        response_effect(replace(small(), reader=None), asked, asked.endpoints[0])
