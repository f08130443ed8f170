"""``glisson simulate`` with each study: a registry on disk whose cases are what was simulated, with the truth beside it."""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from glisson.actions import simulate_study
from glisson.actions.registry.door import Door, at_registry
from glisson.actions.registry.exchange import standing
from glisson.errors import BadInput
from glisson.follow.endpoints import endpoints
from glisson.follow.from_cases import course_of
from glisson.learn.cohort.kaplan_meier import kaplan_meier
from glisson.learn.cohort.reading import survival_at, survival_quantile
from glisson.learn.cohort.table import survival_data
from glisson.records.projection import case_of, entries_of
from glisson.simulate.cohort36 import cohort36


def door(folder: Path, name: str = "sim.sqlite") -> Door:
    return Door(str(folder / name), "u-1", "correct horse battery")


def cases_in(place: Door) -> dict:
    found = defaultdict(list)
    with at_registry(place) as session:
        for entry in standing(session, "test"):
            found[entry.case].append(entry)
    return {name: case_of(name, entries) for name, entries in found.items()}


def test_the_constructed_36_in_a_registry_against_the_published_margins(tmp_path: Path) -> None:
    made = simulate_study(door(tmp_path), study="cohort36")
    assert made.patients == 36
    cases = cases_in(door(tmp_path))
    assert len(cases) == 36 and all(case.simulated for case in cases.values())
    table = endpoints(course_of(list(cases.values())), names=["OS"])
    data = survival_data(table["months"].to_numpy(), table["event"].to_numpy())
    curve = kaplan_meier(data)
    assert survival_at(curve, [12.0])["survival"][0] == pytest.approx(30 / 36)
    assert survival_quantile(curve).time == pytest.approx(22.0, abs=0.05)
    truth = json.loads(made.truth.read_text())
    assert truth["simulated"] is True and sorted(truth["patients"]) == sorted(cases)
    assert truth["truth"]["survival_at_12_months"] == pytest.approx(survival_at(curve, [12.0])["survival"][0])
    deaths = {name: next((e for e in case.events if e.kind == "death"), None) for name, case in cases.items()}
    assert {name for name, one in truth["patients"].items() if one["death_day"] is not None} == {
        n for n, e in deaths.items() if e
    }


def test_the_constructed_36_has_its_own_number(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="40 patients"):
        simulate_study(door(tmp_path), study="cohort36", patients=40)
    assert list(tmp_path.iterdir()) == []


def test_a_simulated_case_keeps_its_label_in_forms() -> None:
    case = cohort36().cases[0]
    entries = entries_of(case)
    assert [entry.get("simulated") for entry in entries if entry.form == "patient"] == ["yes"]
    assert case_of(case.id, entries).simulated
    real = case.model_copy(update={"simulated": False})
    assert not any(entry.form == "patient" for entry in entries_of(real))


def test_a_sirt_registry_holds_the_doses_and_the_truth_of_the_relation(tmp_path: Path) -> None:
    made = simulate_study(door(tmp_path), study="sirt", patients=12, seed=3)
    written = json.loads(made.truth.read_text())
    assert (written["dose_response"]["d50_Gy"], written["dose_response"]["gamma50"]) == (70.0, 1.2)
    assert written["study"] == "sirt" and len(written["patients"]) == 12
    cases = cases_in(door(tmp_path))
    assert {one.kind for case in cases.values() for one in case.treatments} >= {"radioembolization"}
    assert all(case.simulated for case in cases.values())


def test_a_study_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cirel, sirt, cohort36"):
        simulate_study(door(tmp_path), study="other")
