"""What weigh reads from the Results that plans make, against the same numbers where the plan prints them."""

from datetime import date
from typing import Any

import pytest

from glisson.case import Case, DoseLimit, Observation, PlannedInjection, Planning
from glisson.plan.propose import propose_activity
from glisson.plan.remnant import RemnantVolumes
from glisson.plan.remnant_of_case import remnant_result
from glisson.plan.shunt import Shunt
from glisson.weigh.computed import computed_facts


def test_lung_facts_of_a_plan_against_its_leading_method(patient: Any) -> None:
    limits = tuple(
        DoseLimit(on="perfused normal liver", mean_dose_Gy=40, product=name) for name in ("sir-spheres", "therasphere")
    )
    injections = (PlannedInjection(id="i1", territory="right"),)
    planning = Planning(products=("sir-spheres", "therasphere"), injections=injections, limits=limits)
    result = propose_activity(
        patient.case(planning), "sirt", mapping=patient.mapping, structures=patient.structures, lung_shunt=Shunt(0.08, "entered")
    )
    facts = computed_facts({"plan": result})
    doses, activities = [], []
    for page in result.value["candidates"]:
        method = next(row for row in page["methods"] if row["method"] == page["proposed_by"])
        doses.append(method["lung_Gy"])
        activities.append(0.08 * method["delivered_GBq"])
    assert facts["lung_shunt_fraction"].value == 0.08
    assert (facts["expected_lung_dose_Gy"].low, facts["expected_lung_dose_Gy"].high) == (min(doses), max(doses))
    assert facts["expected_lung_activity_GBq"].low == pytest.approx(min(activities))
    assert facts["cumulative_lung_dose_Gy"].low == pytest.approx(min(doses)), "nothing was given before"


def test_remnant_facts_against_the_volumes() -> None:
    body = [Observation(what=what, value=value, at=date(2026, 11, 1)) for what, value in (("weight_kg", 70), ("height_cm", 175))]
    result = remnant_result(
        Case(id="a", observations=tuple(body)),
        RemnantVolumes(1800.0, 100.0, 1700.0, 400.0, 20.0, 0.0, 0.0),
        parameters={},
        inputs={},
    )
    facts = computed_facts({"remnant": result})
    surface = result.value["body"]["surface_m2"]
    assert facts["future_liver_remnant_fraction"].value == pytest.approx(400.0 / (1267.28 * surface - 794.0))
    assert facts["future_liver_remnant_mL_per_m2"].value == pytest.approx(400.0 / surface)
    assert "kinetic_growth_fraction_per_week" not in facts


def test_remnant_without_a_body_says_nothing() -> None:
    result = remnant_result(Case(id="a"), RemnantVolumes(1800.0, 100.0, 1700.0, 400.0, 20.0, 0.0, 0.0), parameters={}, inputs={})
    assert computed_facts({"remnant": result}) == {}
