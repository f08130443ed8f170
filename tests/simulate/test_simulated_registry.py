"""The simulated registry: its truth against closed forms, its margins against what is published, its forms against the checks."""

from collections import Counter
from dataclasses import replace
from datetime import date
from statistics import median

import numpy as np
import polars as pl
import pytest
from scipy.integrate import quad

from glisson.errors import BadInput
from glisson.follow.measurements import MEASUREMENTS
from glisson.follow.recist import recist11
from glisson.records.forms import check_values, form
from glisson.simulate.registry import SimulatedRegistry, cirel, draw_course, draw_people, simulate_registry, truth_of
from glisson.simulate.registry.design import INTENTIONS

MONTHS = (3.0, 6.0, 12.0, 24.0)


@pytest.fixture(scope="module")
def registry() -> SimulatedRegistry:
    return simulate_registry(cirel(), patients=152, seed=1)


@pytest.fixture(scope="module")
def entries(registry: SimulatedRegistry) -> list:
    return list(registry.entries())


@pytest.fixture(scope="module")
def many() -> SimulatedRegistry:
    return simulate_registry(cirel(), patients=200_000, seed=7)


def close(found: float, expected: float, count: int, ses: float = 4.0) -> bool:
    return abs(found - expected) < ses * np.sqrt(expected * (1 - expected) / count)


def test_truth_of_one_pattern_against_integrals_done_by_hand() -> None:
    only = replace(
        cirel(), intentions=tuple(float(name == "intensification") for name in INTENTIONS), extrahepatic_fraction=0.0,
        ecog_1_fraction=0.0, lesion_classes=(1.0, 0.0, 0.0, 0.0), extrahepatic_progression=1e-12,
    )  # fmt: skip
    truth = truth_of(only, MONTHS, detected_patients=10)
    liver, death, factor = only.liver_progression, only.death, only.after_liver
    for place, t in enumerate(MONTHS):
        well = np.exp(-(liver + death) * t)
        after, _ = quad(lambda u, t=t: liver * np.exp(-(liver + death) * u) * np.exp(-factor * death * (t - u)), 0.0, t)
        assert truth.survival[place] == pytest.approx(well + after, abs=1e-9)
        assert truth.liver_free[place] == pytest.approx(well, abs=1e-9)
        assert truth.liver_incidence[place] == pytest.approx(liver / (liver + death) * (1 - well), abs=1e-9)
    assert truth.medians["liver_free"] == pytest.approx(np.log(2) / (liver + death), abs=1e-4)


def test_curves_of_many_patients_against_the_truth(many: SimulatedRegistry) -> None:
    truth, course = truth_of(cirel(), MONTHS, detected_patients=10), many.course
    for place, month in enumerate(MONTHS):
        assert close(np.mean(course.death > month), truth.survival[place], len(many))
        assert close(np.mean(np.minimum(course.liver, course.death) > month), truth.liver_free[place], len(many))
        first = np.minimum(np.minimum(course.liver, course.extrahepatic), course.death)
        assert close(np.mean(first > month), truth.progression_free[place], len(many))
        assert close(np.mean(course.liver <= month), truth.liver_incidence[place], len(many))
    for place, name in enumerate(INTENTIONS):
        mine = course.death[many.people.intention == place]
        assert close(np.mean(mine > 12), truth.survival_by_intention[name][MONTHS.index(12.0)], len(mine))


def test_detected_progression_is_later_than_progression_and_repeats() -> None:
    truth, again = truth_of(cirel(), MONTHS, detected_patients=40_000), truth_of(cirel(), MONTHS, detected_patients=40_000)
    assert truth == again
    assert all(seen < happened for seen, happened in zip(truth.detected["liver_incidence"], truth.liver_incidence, strict=True))
    assert truth.detected["liver_free_median"] > truth.medians["liver_free"]


def test_hazard_ratio_of_response_is_one_at_a_landmark_and_below_one_from_day_zero(many: SimulatedRegistry) -> None:
    course = many.course
    responder = course.responds & (np.minimum(course.liver_seen, course.extrahepatic_seen) > 6) & np.isfinite(course.scans[:, 0])
    well = np.minimum(np.minimum(course.liver, course.extrahepatic), course.death) > 6
    assert rate(course, well & course.responds, 6.0) == pytest.approx(rate(course, well & ~course.responds, 6.0), rel=0.03)
    assert rate(course, responder, 0.0) < 0.9 * rate(course, ~responder, 0.0)


def rate(course: object, chosen: np.ndarray, since: float) -> float:
    """Deaths per month at risk after ``since``."""
    last = course.last[chosen]  # type: ignore[attr-defined]
    died = (course.death <= course.end)[chosen] & (last > since)  # type: ignore[attr-defined]
    return float(died.sum() / np.clip(last - since, 0, None).sum())


def test_margins_against_what_cirel_publishes(many: SimulatedRegistry) -> None:
    people, design = many.people, cirel()
    assert close(people.male.mean(), 0.612, len(many))
    assert np.median(people.age_years) == 66 and people.age_years.min() == 37 and people.age_years.max() == 90
    assert close(np.mean(people.intention == INTENTIONS.index("salvage")), 0.572, len(many))
    for place, share in enumerate((0.158, 0.303, 0.349, 0.191)):
        assert np.mean(people.lesion_class == place) == pytest.approx(share / 1.001, abs=0.005)
    follow_up = np.sort(many.course.end[:5000])
    assert median(follow_up) == pytest.approx(22.8, abs=1.0)
    assert (design.last_day - design.first_day).days == 942


def test_numbers_of_the_forms_against_the_margins() -> None:
    made = simulate_registry(cirel(), patients=1500, seed=3)
    forms = list(made.entries())
    sessions = sum(entry.form == "tace_session" for entry in forms) / 1500
    assert sessions == pytest.approx(2.58, abs=0.12)
    severe: dict[str, set[str]] = {"during the procedure": set(), "within 30 days": set()}
    for entry in forms:
        if entry.form == "adverse_event" and entry.values["grade"] >= 3:
            severe[entry.values["phase"]].add(entry.case)
    assert close(len(severe["during the procedure"]) / 1500, 0.04, 1500)
    assert close(len(severe["within 30 days"]) / 1500, 0.10, 1500)
    assert close(_worse(forms), 0.38, 800)


def _worse(forms: list) -> float:
    health: dict[str, dict[str, float]] = {}
    for entry in forms:
        if entry.form == "qlq_c30" and isinstance(entry.values["q29"], int) and isinstance(entry.values["q30"], int):
            health.setdefault(entry.case, {})[entry.visit] = (entry.values["q29"] + entry.values["q30"] - 2) / 12 * 100
    both = [seen["fu1"] - seen["baseline"] for seen in health.values() if len(seen) == 2]
    return sum(change <= -10 for change in both) / len(both)


def test_every_form_passes_its_own_checks(entries: list) -> None:
    problems = Counter(
        (entry.form, problem.item, problem.code)
        for entry in entries
        for problem in check_values(form(entry.form, entry.edition), entry.values)
        if problem.level == "refuse"
    )
    assert not problems


def test_every_patient_is_labelled_simulated_and_nothing_follows_death(entries: list) -> None:
    deaths = {entry.case: entry.at for entry in entries if entry.form == "death"}
    assert len(deaths) > 50
    assert all(entry.at <= deaths.get(entry.case, date.max) for entry in entries)
    labelled = {entry.case for entry in entries if entry.form == "patient" and entry.values["simulated"] == "yes"}
    assert labelled == {entry.case for entry in entries}


def test_same_seed_same_registry_and_a_patient_does_not_depend_on_the_others(entries: list) -> None:
    again = list(simulate_registry(cirel(), patients=152, seed=1).entries())
    assert again == entries
    assert list(simulate_registry(cirel(), patients=152, seed=2).entries()) != entries


def test_progression_by_recist_against_the_truth(registry: SimulatedRegistry, entries: list) -> None:
    """Responses computed from the lesions progress at the scan at which the truth says that it is first seen."""
    rows, calls = [], {}
    for entry in entries:
        if entry.form == "response":
            calls[entry.case, entry.at] = entry.values["overall"]
        if entry.form == "lesion":
            rows.append(_row(entry))
    columns = {name: [row.get(name) for row in rows] for name in MEASUREMENTS}
    computed = recist11(pl.DataFrame(columns, schema=MEASUREMENTS))
    first = {}
    for row in computed.filter(pl.col("visit_number") > 0).sort("visit_number").iter_rows(named=True):
        assert row["overall"] == calls[row["patient"], row["date"]], row["words"]
        if row["overall"] == "PD":
            first.setdefault(row["patient"], row["date"])
    course = registry.course
    seen = np.minimum(course.liver_seen, course.extrahepatic_seen)
    truth = {registry.patient(i).case: registry.patient(i).day(seen[i]) for i in range(len(registry)) if seen[i] < course.last[i]}
    assert first == truth


def _row(entry: object) -> dict:
    values, number = entry.values, int(entry.visit.removeprefix("scan-"))  # type: ignore[attr-defined]
    return {
        "patient": entry.case, "reader": values["reader"], "visit": entry.visit, "visit_number": float(number),  # type: ignore[attr-defined]
        "date": entry.at, "baseline": number == 0, "lesion": values["lesion"], "role": values["role"],  # type: ignore[attr-defined]
        "organ": values["organ"], "node": False, "state": values["state"], "diameter_mm": values.get("longest_diameter_mm"),
    }  # fmt: skip


def test_draws_that_cannot_be_are_refused() -> None:
    with pytest.raises(BadInput, match="0 patients"):
        simulate_registry(cirel(), patients=0, seed=1)
    with pytest.raises(BadInput, match="seed -1"):
        simulate_registry(cirel(), patients=1, seed=-1)


def test_deaths_by_a_jumping_hazard_against_its_integral() -> None:
    """The cumulative hazard at each death is an exponential variable: mean and variance 1."""
    random = np.random.Generator(np.random.PCG64(5))
    people = draw_people(cirel(), 100_000, random)
    from glisson.simulate.registry.course import hazards

    course = draw_course(cirel(), people, random)
    base, death = hazards(cirel(), people)[2], course.death
    after_liver = np.clip(death - course.liver, 0, None) * (cirel().after_liver - 1)
    after_other = np.clip(death - course.extrahepatic, 0, None) * (cirel().after_extrahepatic - 1)
    both = np.clip(death - np.maximum(course.liver, course.extrahepatic), 0, None)
    extra = both * (cirel().after_liver * cirel().after_extrahepatic - cirel().after_liver - cirel().after_extrahepatic + 1)
    cumulative = base * (death + after_liver + after_other + extra)
    assert cumulative.mean() == pytest.approx(1.0, abs=0.015)
    assert cumulative.var() == pytest.approx(1.0, abs=0.04)
