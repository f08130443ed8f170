"""Facts from stored Results: used where nobody entered them, shown beside what was entered, against answers by hand."""

import math
from typing import Any

import pytest
from bank import BOARD, build

from glisson.case import Result
from glisson.errors import BadInput
from glisson.weigh.computed import computed_facts
from glisson.weigh.options import weigh_case


def remnant(sflr: float | None = 0.284, growth: float | None = None) -> Result:
    value = {
        "standard": [{"formula": "Vauthey", "sflr_fraction": sflr}, {"formula": "Urata", "sflr_fraction": 0.9}],
        "per_surface_mL_per_m2": 300.0, "growth": None if growth is None else {"kinetic_growth_fraction_per_week": growth},
    }  # fmt: skip
    return Result(kind="remnant volume", method="masks", value=value)


def candidate(name: str, activity: float | None, lung_Gy: float | None, shunt: float = 0.05) -> dict[str, Any]:
    other, leading = (
        {"method": "mird", "activity_GBq": 9.0, "lung_Gy": 99.0},
        {"method": "voxel", "activity_GBq": activity, "lung_Gy": lung_Gy},
    )
    return {
        "name": name, "proposed_by": "voxel", "methods": [other, leading],
        "injections": [{"delivered_GBq": activity, "lung_shunt_fraction": shunt}],
    }  # fmt: skip


def plan(*candidates: dict[str, Any], earlier: float = 0.0, unknown: tuple[str, ...] = ()) -> Result:
    value = {
        "mapping": {"lung_shunt": {"fraction": 0.05}}, "candidates": list(candidates),
        "earlier": {"lung_Gy": earlier, "lung_unknown": list(unknown)},
    }  # fmt: skip
    return Result(kind="activity plan", method="voxel", value=value)


def dose(lung_Gy: float | None) -> Result:
    return Result(kind="absorbed dose", method="kernel", value={} if lung_Gy is None else {"lung": {"mean_Gy": lung_Gy}})


def weighed(results: dict[str, Result], base: str = "small-and-few", **entry: Any) -> tuple[Result, dict[str, str]]:
    result = weigh_case(build({"case": "computed", "base": base, **entry}), day=BOARD, results=results)
    return result, {row["option"]: row["answer"] for row in result.value["options"]}


def test_remnant_settles_what_nobody_entered() -> None:
    _, before = weighed({}, without=["future_liver_remnant_fraction"])
    result, after = weighed({"remnant": remnant(0.284)}, without=["future_liver_remnant_fraction"])
    assert (before["resection"], after["resection"]) == ("cannot say", "closed")
    fact = result.value["facts"]["future_liver_remnant_fraction"]
    assert fact["value"] == 0.284 and fact["how"] == "results/remnant.json, standardised by Vauthey"
    row = next(row for row in result.value["computed"] if row["fact"] == "future_liver_remnant_fraction")
    assert row["used"] and row["entered"] is None and not row["disagrees"] and row["would_change"] == []
    assert result.inputs["results/remnant.json"] == row["result"] == remnant(0.284).sha256()


def test_what_was_entered_is_used_and_the_disagreement_is_said() -> None:
    result, answers = weighed({"remnant": remnant(0.284)}, facts={"future_liver_remnant_fraction": 0.35})
    assert answers["resection"] == "open"
    row = next(row for row in result.value["computed"] if row["fact"] == "future_liver_remnant_fraction")
    assert (row["used"], row["entered"], row["text"], row["disagrees"]) == (False, "0.35", "0.284", True)
    assert {"option": "resection", "answer": "closed"} in row["would_change"]
    (finding,) = [f for f in result.findings if f.code == "computed-differs"]
    assert "entered 0.35 on 2026-11-15, computed 0.284" in finding.text and "Resection: closed" in finding.text


def test_agreement_to_the_entered_digits_is_no_disagreement() -> None:
    result, _ = weighed({"remnant": remnant(0.3549)}, facts={"future_liver_remnant_fraction": 0.35})
    assert not any(row["disagrees"] for row in result.value["computed"])
    assert "computed-differs" not in {f.code for f in result.findings}


def test_nothing_computed_leaves_the_page_as_it_was() -> None:
    with_none, _ = weighed({})
    assert with_none.value["computed"] == [] and set(with_none.inputs) == {"case"}
    assert weighed({"follow": remnant()})[0].value["computed"] == []


def test_growth_reaches_the_sequence() -> None:
    slow, answers = weighed({"remnant": remnant(0.284, growth=0.014)}, without=["future_liver_remnant_fraction"])
    assert answers["pve-resection"] == "caution"
    assert slow.value["facts"]["kinetic_growth_fraction_per_week"]["value"] == 0.014


LUNGS = ["expected_lung_dose_Gy", "cumulative_lung_dose_Gy", "expected_lung_activity_GBq", "lung_shunt_fraction"]


@pytest.mark.parametrize(("lung_Gy", "answer"), [(12.0, "open"), (31.0, "closed")])
def test_lung_dose_of_a_plan_settles_radioembolization(lung_Gy: float, answer: str) -> None:
    result, answers = weighed({"plan": plan(candidate("QuiremSpheres", 2.0, lung_Gy))}, "pretreated", without=LUNGS)
    assert answers["sirt-quiremspheres"] == answer
    row = next(row for row in result.value["computed"] if row["fact"] == "expected_lung_dose_Gy")
    assert (
        row["used"] and row["text"] == f"{lung_Gy:g}" and row["how"] == "results/plan.json, activity proposed for QuiremSpheres"
    )


def test_several_products_give_a_range_and_a_limit_inside_it_cannot_be_told() -> None:
    products = candidate("SIR-Spheres", 1.0, 20.0), candidate("TheraSphere", 3.0, 36.0)
    facts = computed_facts({"plan": plan(*products)})
    assert (facts["expected_lung_dose_Gy"].low, facts["expected_lung_dose_Gy"].high) == (20.0, 36.0)
    assert facts["expected_lung_activity_GBq"].high == pytest.approx(0.15)
    _, answers = weighed({"plan": plan(*products)}, "pretreated", without=LUNGS)
    assert answers["sirt-sir-spheres"] == "cannot say"


def test_lung_dose_over_all_treatments_against_sums_by_hand() -> None:
    known = computed_facts({"plan": plan(candidate("A", 2.0, 12.0), earlier=30.0)})["cumulative_lung_dose_Gy"]
    assert known.value == 42.0
    bound = computed_facts({"plan": plan(candidate("A", 2.0, 12.0), earlier=30.0, unknown=("first",))})
    assert (bound["cumulative_lung_dose_Gy"].low, bound["cumulative_lung_dose_Gy"].high) == (42.0, math.inf)
    given = computed_facts({"dose": dose(51.0)})["cumulative_lung_dose_Gy"]
    assert (given.low, given.high) == (51.0, math.inf)
    both = computed_facts({"plan": plan(candidate("A", 2.0, 12.0), earlier=30.0, unknown=("x",)), "dose": dose(51.0)})
    assert both["cumulative_lung_dose_Gy"].low == 51.0


def test_delivered_lung_dose_above_the_limit_closes() -> None:
    _, answers = weighed({"dose": dose(51.0)}, "pretreated", without=["cumulative_lung_dose_Gy"])
    assert answers["sirt-quiremspheres"] == "closed"


def test_a_plan_that_proposes_nothing_says_nothing_of_the_lungs() -> None:
    facts = computed_facts({"plan": plan(candidate("A", None, None)), "dose": dose(None)})
    assert set(facts) == {"lung_shunt_fraction"}
    assert set(computed_facts({"plan": plan(candidate("A", 1.0, 9.0), candidate("B", None, None))})) == {"lung_shunt_fraction"}


def test_computed_lung_dose_against_an_entered_sum_is_said_and_not_refused() -> None:
    """Two entered facts that exclude each other are refused; an entered and a computed one are shown."""
    result, _ = weighed(
        {"plan": plan(candidate("A", 2.0, 45.0))},
        "pretreated",
        facts={"cumulative_lung_dose_Gy": 40},
        without=["expected_lung_dose_Gy"],
    )
    assert {row["fact"] for row in result.value["computed"] if row["disagrees"]} == {"cumulative_lung_dose_Gy"}


def test_result_of_another_kind_under_the_name_is_refused() -> None:
    with pytest.raises(BadInput, match=r"remnant\.json holds 'absorbed dose'"):
        weighed({"remnant": dose(1.0)})
