"""The simulated radioembolization registry: dose and response against their closed form, its truth, its margins, its forms."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import lognorm

from glisson.errors import BadInput
from glisson.records.checks import cross_checks
from glisson.records.forms import FormEntry, check_values, form
from glisson.records.projection import case_of
from glisson.simulate.registry import SimulatedRegistry, cirel, dose_truth_of, simulate_registry, sirt, truth_of
from glisson.simulate.registry.dose_truth import responses_in_first_window
from glisson.simulate.registry.doses import responding_share, response_probability
from glisson.simulate.registry.people import SEVERAL_LINES

MONTHS = (3.0, 6.0, 12.0, 24.0)


@pytest.fixture(scope="module")
def many() -> SimulatedRegistry:
    return simulate_registry(sirt(), patients=200_000, seed=7)


@pytest.fixture(scope="module")
def forms() -> list:
    return list(simulate_registry(sirt(), patients=237, seed=1).entries())


def close(found: float, expected: float, count: int, ses: float = 4.0) -> bool:
    return abs(found - expected) < ses * np.sqrt(expected * (1 - expected) / count)


def test_responding_share_against_an_integral() -> None:
    given = sirt().sirt
    assert given is not None
    median, spread = given.tumour_dose_Gy
    dose = lognorm(spread, scale=median)
    whole, _ = quad(
        lambda d: dose.pdf(d) / (1 + (given.d50_Gy / d) ** (4 * given.gamma50)),
        0.01,
        5000,
        points=(median, given.d50_Gy),
        limit=500,
    )
    assert responding_share(given) == pytest.approx(whole, abs=1e-6)


def test_slope_of_the_response_at_the_d50_against_its_definition() -> None:
    """γ50 is the rise of the chance per relative rise of the dose: D50 dP/dD."""
    ends = response_probability(dose_Gy=np.array([70 * 0.9999, 70 * 1.0001]), d50_Gy=70.0, gamma50=1.2)
    assert (ends[1] - ends[0]) / 0.0002 == pytest.approx(1.2, rel=1e-6)


def test_responses_drawn_against_the_dose_response_curve(many: SimulatedRegistry) -> None:
    given, doses = sirt().sirt, many.people.doses
    assert given is not None and doses is not None
    assert close(many.course.responds.mean(), responding_share(given), len(many))
    chance = response_probability(dose_Gy=doses.tumour_dose_Gy, d50_Gy=given.d50_Gy, gamma50=given.gamma50)
    for low, high in ((0, 30), (30, 50), (50, 70), (70, 100), (100, 1000)):
        inside = (doses.tumour_dose_Gy >= low) & (doses.tumour_dose_Gy < high)
        assert close(many.course.responds[inside].mean(), chance[inside].mean(), int(inside.sum()))


def test_curves_of_many_patients_against_the_truth(many: SimulatedRegistry) -> None:
    truth, course = truth_of(sirt(), MONTHS, detected_patients=10), many.course
    by_response = dose_truth_of(sirt(), MONTHS, patients=5_000).survival_by_response
    for place, month in enumerate(MONTHS):
        assert close(np.mean(course.death > month), truth.survival[place], len(many))
        assert close(np.mean(np.minimum(course.liver, course.death) > month), truth.liver_free[place], len(many))
        assert close(np.mean(course.liver <= month), truth.liver_incidence[place], len(many))
        for word, who in (("responders", course.responds), ("others", ~course.responds)):
            assert close(np.mean(course.death[who] > month), by_response[word][place], int(who.sum()))
    assert truth.survival_by_intention == {}
    assert "tumour dose" in truth.response


def test_medians_against_what_cirt_publishes() -> None:
    medians = truth_of(sirt(), (12.0,), detected_patients=10).medians
    assert medians["survival"] == pytest.approx(9.8, abs=0.05)
    assert medians["progression_free"] == pytest.approx(3.4, abs=0.05)
    assert medians["liver_free"] == pytest.approx(4.2, abs=0.05)


def test_margins_against_what_cirt_and_resin_publish(many: SimulatedRegistry) -> None:
    lines = many.people.lines
    assert lines is not None
    for found, patients in ((lines == 0, 74), (lines == 1, 180), (lines >= 2, 188)):
        assert close(found.mean(), patients / 442, len(many))
    some = simulate_registry(sirt(), patients=1500, seed=4)
    events = [entry for entry in some.entries() if entry.form == "adverse_event"]
    assert close(len({entry.case for entry in events}) / 1500, 0.401, 1500)
    assert close(len({entry.case for entry in events if entry.values["grade"] >= 3}) / 1500, 0.118, 1500)


def test_what_the_first_window_shows_against_the_chance_by_hand(many: SimulatedRegistry) -> None:
    """A response counts if nothing has progressed by the scan, so that the dose at which half show one is higher than the D50."""
    truth, given, doses = dose_truth_of(sirt(), patients=100_000), sirt().sirt, many.people.doses
    assert given is not None and doses is not None
    assert truth.first_window["d50_Gy"] > truth.d50_Gy == 70.0
    scanned, responded = responses_in_first_window(many.course, given)
    assert truth.first_window["responding_fraction"] == pytest.approx(responded[scanned].mean(), abs=0.006)
    fitted = response_probability(
        dose_Gy=doses.tumour_dose_Gy[scanned], d50_Gy=truth.first_window["d50_Gy"], gamma50=truth.first_window["gamma50"]
    )
    assert fitted.mean() == pytest.approx(responded[scanned].mean(), abs=0.006)
    calls = {}
    for entry in simulate_registry(sirt(), patients=237, seed=1).entries():
        if entry.form == "response":
            calls.setdefault((entry.case, entry.at), entry.values["overall"])
    registry = simulate_registry(sirt(), patients=237, seed=1)
    seen, response = responses_in_first_window(registry.course, given)
    for number in np.flatnonzero(seen):
        patient = registry.patient(int(number))
        scan = next(month for month in patient.scans if 1.5 <= month <= 4.5)
        assert (calls[patient.case, patient.day(scan)] == "PR") == bool(response[number])


def test_a_study_without_doses_has_no_dose_truth() -> None:
    with pytest.raises(BadInput, match="no doses"):
        dose_truth_of(cirel())
    with pytest.raises(BadInput, match="D50 of 0 Gy"):
        response_probability(dose_Gy=np.array([1.0]), d50_Gy=0.0, gamma50=1.0)


def test_without_an_effect_of_the_response_the_dose_changes_no_survival() -> None:
    given = sirt().sirt
    assert given is not None
    null = replace(sirt(), sirt=replace(given, log_hr_liver_responder=0.0))
    curves = dose_truth_of(null, MONTHS, patients=2_000).survival_by_response
    assert curves["responders"] == pytest.approx(curves["others"], abs=1e-12)


def test_every_form_passes_its_own_checks_and_the_checks_across(forms: list) -> None:
    grouped = defaultdict(list)
    for number, one in enumerate(forms):
        assert [p for p in check_values(form(one.form), one.values) if p.level == "refuse"] == []
        grouped[one.case].append(
            FormEntry(
                f"e{number}", one.case, one.site, one.form, one.edition, one.visit, one.instance, at=one.at, values=one.values
            )
        )
    assert {problem.code for entries in grouped.values() for problem in cross_checks(entries)} <= {
        "values.unusual",
        "adverse.twice",
    }
    case = case_of(forms[0].case, grouped[forms[0].case])
    assert case.simulated
    sirt_course = next(one for one in case.treatments if one.kind == "radioembolization")
    assert [session.kind for session in sirt_course.sessions] == ["mapping", "delivery"]


def test_activity_and_doses_of_a_form_agree(forms: list) -> None:
    """Energy in the lungs is the shunted share of the activity that was delivered: 49.67 Gy kg per GBq, 1 kg."""
    deliveries = [entry.values for entry in forms if entry.form == "sirt_session" and entry.values["step"] == "delivery"]
    assert len(deliveries) == 237
    for values in deliveries:
        assert "tumour_dose_Gy" in values and values["product"] == "sir-spheres"
        delivered = values["activity_GBq"] * (1 - values["residual_fraction"]) * 2 ** (-3 / 64.1)
        shunted = 49.67 * delivered * values["lung_shunt_fraction"]
        assert values["lung_dose_Gy"] == pytest.approx(shunted, abs=0.051 + 0.25 * values["lung_shunt_fraction"])
        energy = delivered * (1 - values["lung_shunt_fraction"]) * 49.67
        doses = sorted((values["tumour_dose_Gy"], values["normal_liver_dose_Gy"]))
        assert 1.4 * doses[0] - 0.5 <= energy <= 1.4 * doses[1] + 0.5


def test_covariates_of_the_lines() -> None:
    people = simulate_registry(sirt(), patients=50, seed=1).people
    assert people.lines is not None
    assert people.covariate(SEVERAL_LINES).tolist() == [float(lines >= 2) for lines in people.lines]
    with pytest.raises(KeyError):
        simulate_registry(cirel(), patients=5, seed=1).people.covariate(SEVERAL_LINES)
