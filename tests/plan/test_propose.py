"""The procedure on a small liver whose numbers can be worked by hand."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from glisson.case import DoseLimit, ImageReference, Level, Observation, PlannedInjection, Planning, Result, Session, Treatment
from glisson.dose.constant import DoseConstant, dose_constant
from glisson.dose.engine import AbsorbedDose, Energy
from glisson.dose.kernel import KernelConvolution
from glisson.dose.local import LocalDeposition
from glisson.errors import BadInput, GridMismatch, MissingFact
from glisson.plan.field import Assignment
from glisson.plan.propose import propose_activity
from glisson.plan.shunt import LungMass, Shunt
from glisson.voxels import Grid, Image, Quantity

K = 49.67
RIGHT = (PlannedInjection(id="i1", territory="right"),)
RESIN = DoseLimit(on="perfused normal liver", mean_dose_Gy=40, product="sir-spheres")
# right territory: 256 mL at 10 counts, of which the lesion's 8 mL at 40: 2800 counts in all
RIGHT_COUNTS, DENSITY = 2480.0 + 320.0, 1.05


def plan(patient: Any, planning: Planning | None = None, **more: Any) -> Result:
    planning = planning or Planning(products=("sir-spheres",), injections=RIGHT, limits=(RESIN,))
    arguments: dict[str, Any] = {"lung_shunt": Shunt(0.05, "entered")} | more
    return propose_activity(patient.case(planning), "sirt", mapping=patient.mapping, structures=patient.structures, **arguments)


def method(result: Result, name: str, product: int = 0) -> dict[str, Any]:
    return next(m for m in result.value["candidates"][product]["methods"] if m["method"] == name)


def codes(result: Result) -> set[str]:
    return {f.code for f in result.findings}


def per_GBq(result: Result) -> dict[str, float]:
    return {row["site"]: row["mean_Gy_per_GBq"] for row in result.value["dose_per_GBq"]}


def test_doses_per_GBq_against_hand_calculation(patient: Any) -> None:
    found = per_GBq(plan(patient))
    voxel = K * 0.95 / RIGHT_COUNTS / (DENSITY / 1000)
    assert found["one"] == pytest.approx(40 * voxel, rel=1e-4)
    assert found["right"] == pytest.approx(K * 0.95 / (256 * DENSITY / 1000), rel=1e-4)
    assert found["two"] == 0.0
    assert found["liver"] == pytest.approx(RIGHT_COUNTS / 512 * voxel, rel=1e-4)


def test_the_binding_limit_and_the_margins(patient: Any) -> None:
    found = method(plan(patient), "voxel")
    normal = 10 * K * 0.95 / RIGHT_COUNTS / (DENSITY / 1000)
    assert found["activity_GBq"] == pytest.approx(40 / normal, rel=1e-4)
    assert found["binding"] == "perfused normal liver (right less lesions and other organs) 40 Gy"
    states = {(row["on"], row["name"]): row["state"] for row in found["limits"]}
    assert states[("lung", "lungs")] == "within" and states[("lung", "lungs, all treatments")] == "within"
    lung = next(row for row in found["limits"] if row["name"] == "lungs")
    assert lung["dose_Gy"] == pytest.approx(K * 0.05 * found["activity_GBq"], rel=1e-4)
    assert lung["margin_GBq"] == pytest.approx(30 / (K * 0.05) - found["activity_GBq"], rel=1e-4)


def test_partition_equals_the_voxel_method_where_uptake_is_even(patient: Any) -> None:
    result = plan(patient)
    assert method(result, "partition")["tumour_to_normal"] == {"i1": pytest.approx(4.0)}
    assert method(result, "partition")["activity_GBq"] == pytest.approx(method(result, "voxel")["activity_GBq"], rel=1e-5)


def test_the_ledger_prints_every_compartment_and_balances(patient: Any) -> None:
    for name in ("voxel", "partition", "mird"):
        found = method(plan(patient), name)
        roles = [row["role"] for row in found["energy"]]
        assert roles == [
            "tumour", "tumour", "perfused normal liver", "perfused normal liver", "normal liver, not perfused", "remainder", "lung",
        ]  # fmt: skip
        assert abs(found["energy_balance"]["imbalance"]) < 1e-6
        assert sum(row["fraction"] for row in found["energy"]) == pytest.approx(1.0, abs=1e-6)
        lungs = found["energy"][-1]
        assert lungs["fraction"] == pytest.approx(0.05, abs=1e-9)


@pytest.mark.parametrize("engine", [LocalDeposition(), KernelConvolution()])
def test_the_ledger_balances_with_any_engine(patient: Any, engine: Any) -> None:
    found = method(plan(patient, engine=engine), "voxel")
    assert found["how"] == engine.method
    assert abs(found["energy_balance"]["imbalance"]) < 1e-3
    assert found["feasible"]


def test_sources_of_the_engine_are_named(patient: Any) -> None:
    assert set(plan(patient, engine=KernelConvolution()).sources) > set(plan(patient).sources)


def test_local_engine_agrees_with_no_engine(patient: Any) -> None:
    patient.counts[0, 0, 0] = 50.0  # outside every contour
    alone, engine = per_GBq(plan(patient)), per_GBq(plan(patient, engine=LocalDeposition()))
    assert engine == {site: pytest.approx(mean, rel=1e-5) for site, mean in alone.items()}


def leaking(activity: Image, *, density: Any, constant: DoseConstant, progress: Any = None) -> AbsorbedDose:
    whole = LocalDeposition()(activity, density=density, constant=constant)
    lost = whole.dose.with_array(whole.dose.array * 0.99)
    return AbsorbedDose(lost, Energy(whole.energy.emitted_J, whole.energy.deposited_J, 0.0), "leaking")


def test_an_engine_that_loses_energy_is_caught_and_proposes_nothing(patient: Any) -> None:
    result = plan(patient, engine=leaking)
    found = method(result, "voxel")
    assert found["activity_GBq"] is None and not found["feasible"]
    assert "energy is not conserved" in found["reason"]
    assert result.stopped and "energy-not-conserved" in codes(result)
    assert found["energy_balance"]["imbalance"] == pytest.approx(-0.0095, abs=1e-4)


def test_an_engine_without_a_kernel_for_holmium_is_replaced_and_said(patient: Any) -> None:
    asked = Planning(products=("quiremspheres",), injections=RIGHT)
    result = plan(patient, asked, engine=KernelConvolution())
    assert "engine-out-of-scope" in codes(result)
    found = method(result, "voxel")
    assert found["how"] == "local deposition"
    assert found["activity_GBq"] == pytest.approx(60 * 256 * DENSITY / 1000 / (15.87 * 0.95), rel=1e-3)
    assert result.value["candidates"][0]["limits_from"] == "holmium activity formula"


def test_mird_gives_the_wanted_dose(patient: Any) -> None:
    asked = Planning(products=("therasphere",), injections=RIGHT, target_dose_Gy=120.0)
    found = method(plan(patient, asked), "mird")
    assert found["activity_GBq"] == pytest.approx(120 * 256 * DENSITY / 1000 / (K * 0.95), rel=1e-4)
    assert next(row for row in found["structures"] if row["site"] == "right")["mean_Gy"] == pytest.approx(120.0)


def test_a_plan_of_one_compartment_alone_leads_and_can_stop(patient: Any) -> None:
    asked = Planning(products=("therasphere",), injections=RIGHT, target_dose_Gy=400.0)
    result = plan(patient, asked)
    candidate = result.value["candidates"][0]
    assert candidate["proposed_by"] == "mird" and not result.stopped
    assert candidate["injections"][0]["activity_GBq"] == pytest.approx(method(result, "mird")["activity_GBq"])
    stopped = plan(patient, asked, lung_shunt=Shunt(0.4, "entered"))
    assert stopped.stopped and "lung" in method(stopped, "mird")["reason"]


def test_limits_entered_for_one_volume_leave_the_others_to_the_table(patient: Any) -> None:
    patient.disease = "colorectal liver metastases"
    lungs = DoseLimit(on="lung", mean_dose_Gy=20)
    asked = Planning(products=("sir-spheres",), approach="unilobar", injections=RIGHT, limits=(lungs,))
    result = plan(patient, asked)
    assert result.value["candidates"][0]["limits_from"] == "entered; otherwise EANM 2022 Table 3"
    assert method(result, "voxel")["binding"].startswith("perfused normal liver")


def test_residue_is_made_up_for(patient: Any) -> None:
    with_residue = (PlannedInjection(id="i1", territory="right", residual_fraction=0.1),)
    planning = Planning(products=("sir-spheres",), injections=with_residue, limits=(RESIN,))
    found, without = method(plan(patient, planning), "voxel"), method(plan(patient), "voxel")
    assert found["activity_GBq"] == pytest.approx(without["activity_GBq"] / 0.9)
    assert found["delivered_GBq"] == pytest.approx(without["activity_GBq"])


def test_a_target_out_of_reach_stops_with_the_full_result(patient: Any) -> None:
    asked = Planning(
        products=("sir-spheres",),
        injections=RIGHT,
        limits=(RESIN, DoseLimit(on="tumour", mean_dose_Gy=300, aim="target", site="one")),
    )
    result = plan(patient, asked)
    found = method(result, "voxel")
    assert result.stopped
    stop = next(f for f in result.findings if f.level is Level.STOP)
    assert stop.code == "no-activity-satisfies" and "needs" in stop.text and "allows" in stop.text
    assert not found["feasible"] and found["activity_GBq"] > 0
    assert next(row for row in found["limits"] if row["aim"] == "target")["state"] == "not met"
    assert found["structures"] and result.value["candidates"][0]["what_if"]
    assert found["floor_GBq"] > found["ceiling_GBq"]


def test_one_product_that_can_is_no_stop(patient: Any) -> None:
    goal = DoseLimit(on="tumour", mean_dose_Gy=300, aim="target", site="one")
    whole = DoseLimit(on="whole normal liver", mean_dose_Gy=75, product="therasphere")
    asked = Planning(products=("sir-spheres", "therasphere"), injections=RIGHT, limits=(RESIN, whole, goal))
    result = plan(patient, asked)
    assert not result.stopped and "out-of-reach" in codes(result)
    assert method(result, "voxel", 1)["feasible"]


def test_unknown_disease_says_it_cannot_say_and_plans_with_what_is_entered(patient: Any) -> None:
    result = plan(patient)
    said = next(f for f in result.findings if f.code == "limits-unknown")
    assert "cannot say which table of limits holds" in said.text and "disease unknown" in said.text
    assert result.value["candidates"][0]["limits_from"] == "entered"
    assert method(result, "voxel")["activity_GBq"] is not None


def test_without_any_liver_limit_nothing_is_proposed(patient: Any) -> None:
    result = plan(patient, Planning(products=("sir-spheres",), injections=RIGHT))
    found = method(result, "voxel")
    assert found["activity_GBq"] is None and "cannot say" in found["reason"]
    assert "no-limit-known" in codes(result) and not result.stopped
    assert result.value["candidates"][0]["vial"] is None
    assert found["energy"] and found["energy_at_GBq"] == 1.0
    assert result.to_json()


def test_table_limits_by_disease_and_approach(patient: Any) -> None:
    patient.disease = "colorectal liver metastases"
    asked = Planning(products=("sir-spheres", "therasphere"), approach="unilobar", injections=RIGHT)
    result = plan(patient, asked)
    resin, glass = result.value["candidates"]
    assert resin["limits_from"] == "EANM 2022 Table 3" and glass["limits_from"] == "EANM 2022 Table 2"
    limits = {(r["on"], r["limit_Gy"]) for r in method(result, "voxel", 0)["limits"] if r["decides"]}
    assert {("perfused normal liver", 40.0), ("tumour", 100.0)} <= limits
    whole = next(r for r in method(result, "voxel", 1)["limits"] if r["on"] == "whole normal liver")
    assert whole["limit_Gy"] == 75 and whole["source"] == "eanm-2022" and whole["evidence"] == "D"
    assert not any("hepatocellular" in str(r["note"]) for r in method(result, "voxel", 1)["limits"])
    assert "eanm-2022" in result.sources


def test_reserve_is_computed_from_contours_or_entered(patient: Any) -> None:
    assert plan(patient).value["reserve_fraction"] == pytest.approx(0.5)


def test_body_surface_is_for_resin_and_says_what_is_missing(patient: Any) -> None:
    missing = method(plan(patient), "bsa")
    assert missing["activity_GBq"] is None and "weight_kg, height_cm" in missing["reason"]
    patient.observations = (Observation(what="weight_kg", value=70), Observation(what="height_cm", value=170))
    found = method(plan(patient), "bsa")
    assert found["activity_GBq"] == pytest.approx((1.8097 - 0.2 + 16 / 512) * 0.5, abs=1e-4)
    assert not found["feasible"] and "exceeds" in found["reason"]
    asked = Planning(products=("sir-spheres",), injections=RIGHT, limits=(RESIN,), bsa_reduction_fraction=0.2)
    reduced = method(plan(patient, asked), "bsa")
    assert reduced["activity_GBq"] == pytest.approx(0.8 * found["activity_GBq"])
    assert "20% as entered" in reduced["how"]
    glass = plan(patient, Planning(products=("therasphere",), injections=RIGHT))
    assert not [m for m in glass.value["candidates"][0]["methods"] if m["method"] == "bsa"]


@pytest.mark.parametrize("shunt", [0.15, 0.25])
def test_shunt_above_the_resin_label_is_said(patient: Any, shunt: float) -> None:
    patient.observations = (Observation(what="weight_kg", value=70), Observation(what="height_cm", value=170))
    result = plan(patient, lung_shunt=Shunt(shunt, "entered"))
    assert ("label" in codes(result)) is (shunt > 0.2)
    assert ("above the label's 20%" in (method(result, "bsa")["reason"] or "")) is (shunt > 0.2)


def test_glass_label_activity_to_the_lungs_is_said(patient: Any) -> None:
    high = DoseLimit(on="perfused volume", mean_dose_Gy=150)
    lungs = DoseLimit(on="lung", mean_dose_Gy=100)
    both = DoseLimit(on="lung", mean_dose_Gy=100, cumulative=True)
    asked = Planning(products=("therasphere",), injections=RIGHT, limits=(high, lungs, both))
    result = plan(patient, asked, lung_shunt=Shunt(0.5, "entered"))
    assert "0.61 GBq" in next(f.text for f in result.findings if f.code == "label")


def test_several_injections_share_out_the_activity(patient: Any) -> None:
    patient.counts[2:10, 2:10, 6:10] = 5.0
    injections = (
        PlannedInjection(id="r", territory="right", lung_shunt_fraction=0.10),
        PlannedInjection(id="l", territory="left", lung_shunt_fraction=0.02, residual_fraction=0.01),
    )
    limit = DoseLimit(on="perfused volume", mean_dose_Gy=80)
    result = plan(patient, Planning(products=("therasphere",), injections=injections, limits=(limit,)), lung_shunt=None)
    means = {row["site"]: row["mean_Gy"] for row in method(result, "mird")["structures"]}
    assert means["right"] == pytest.approx(80.0, rel=1e-6) and means["left"] == pytest.approx(80.0, rel=1e-6)
    found = result.value["candidates"][0]["injections"]
    assert sum(i["share"] for i in found) == pytest.approx(1.0)
    lung = next(r for r in method(result, "mird")["limits"] if r["name"] == "lungs")
    activity = method(result, "mird")["activity_GBq"]
    shunted = activity * (found[0]["share"] * 0.10 + found[1]["share"] * 0.99 * 0.02)
    assert lung["dose_Gy"] == pytest.approx(K * shunted, rel=1e-4)
    assert result.value["mapping"]["lung_shunt"]["method"] == "by injection"


def test_entered_shares_stand(patient: Any) -> None:
    injections = (PlannedInjection(id="a", territory="right", share=0.25), PlannedInjection(id="b", territory="right"))
    found = plan(patient, Planning(products=("therasphere",), injections=injections)).value["candidates"][0]["injections"]
    assert [i["share"] for i in found] == [0.25, 0.75]
    assert found[0]["share_rule"] == "entered"
    wrong = (PlannedInjection(id="a", territory="right", share=0.5), PlannedInjection(id="b", territory="right", share=0.4))
    with pytest.raises(BadInput, match=r"add up to 0\.9"):
        plan(patient, Planning(products=("therasphere",), injections=wrong))


def test_a_wanted_activity_is_planned_forward(patient: Any) -> None:
    asked = Planning(products=("sir-spheres",), injections=RIGHT, limits=(RESIN,), activity_GBq=3.0)
    result = plan(patient, asked)
    forward = result.value["candidates"][0]["forward"]
    assert forward["delivered_GBq"] == pytest.approx(3.0)
    assert not forward["feasible"] and "exceeds perfused normal liver" in forward["reason"]
    assert "wanted-activity-exceeds" in codes(result)
    assert 3.0 in [row["activity_GBq"] for row in result.value["candidates"][0]["what_if"]]


def test_what_if_is_linear_and_says_which_limit_is_tightest(patient: Any) -> None:
    rows = plan(patient, activities_GBq=[0.1, 1.0, 9.0]).value["candidates"][0]["what_if"]
    assert rows[1]["doses"]["one"] == pytest.approx(10 * rows[0]["doses"]["one"])
    assert rows[0]["within"] and not rows[2]["within"]
    assert "40 Gy" in rows[2]["binding"]


def test_repeat_treatment_counts_the_lungs_and_flags_what_is_unknown(patient: Any) -> None:
    earlier = Treatment(
        id="first",
        kind="radioembolization",
        sessions=(Session(id="d1", kind="delivery", lung_dose_Gy=25.0, normal_liver_dose_Gy=30.0),),
    )
    unknown = Treatment(id="second", kind="radioembolization")
    patient.treatments = [earlier, unknown]
    result = plan(patient)
    cumulative = next(r for r in method(result, "voxel")["limits"] if r["name"] == "lungs, all treatments")
    assert cumulative["earlier_Gy"] == 25.0 and "lower bound" in cumulative["note"]
    assert {"earlier-lung-dose-unknown", "earlier-liver-dose", "earlier-liver-dose-unknown"} <= codes(result)
    assert result.value["earlier"]["lung_unknown"] == ["second"]


def test_lungs_full_from_before_leave_no_activity(patient: Any) -> None:
    patient.treatments = [
        Treatment(id="first", kind="radioembolization", sessions=(Session(id="d1", kind="delivery", lung_dose_Gy=51.0),))
    ]
    result = plan(patient)
    assert result.stopped and method(result, "voxel")["activity_GBq"] == 0.0
    assert "no activity is left" in method(result, "voxel")["reason"]


def test_vial_page_of_the_proposed_activity(patient: Any) -> None:
    asked = Planning(
        products=("sir-spheres",),
        injections=RIGHT,
        limits=(RESIN,),
        calibration_at=datetime(2026, 3, 2, 6, tzinfo=UTC),
        injection_at=datetime(2026, 3, 2, 12, tzinfo=UTC),
    )
    page = plan(patient, asked).value["candidates"][0]["vial"]
    assert page["decay_factor"] == pytest.approx(0.9372, abs=5e-5)
    assert page["options"][0]["at_injection_GBq"] == pytest.approx(3 * 0.9372, abs=2e-4)


# --- findings about the image and the contours


def test_negative_counts_are_clipped_and_said(patient: Any) -> None:
    patient.counts[0, 0, 0] = -3.0
    result = plan(patient)
    assert "negative-counts-clipped" in codes(result)
    assert result.value["mapping"]["negative_voxels"] == 1
    assert per_GBq(result)["right"] == pytest.approx(K * 0.95 / (256 * DENSITY / 1000), rel=1e-4)


def test_an_empty_structure_is_cannot_say_and_not_zero(patient: Any, make_structure: Any) -> None:
    patient.structures.append(make_structure("gone", "lesion", np.zeros((12, 12, 12)), parent="liver"))
    result = plan(patient)
    assert "empty-on-grid" in codes(result)
    assert per_GBq(result)["gone"] is None


def test_a_lesion_partly_outside_the_liver_is_said_in_mL(patient: Any, make_structure: Any, make_block: Any) -> None:
    patient.structures.append(make_structure("edge", "lesion", make_block((1, 4), (4, 6), (3, 5)), parent="liver"))
    text = next(f.text for f in plan(patient).findings if f.code == "lesion-outside-liver")
    assert "4.00 of 12.00 mL" in text


def test_small_cold_and_unperfused_lesions_are_said(patient: Any) -> None:
    patient.counts[4:6, 4:6, 3:5] = 2.0
    result = plan(patient)
    assert {"small-lesion", "tumour-to-normal-below-1", "lesion-not-perfused"} <= codes(result)
    assert "(ratio 0.20)" in next(f.text for f in result.findings if f.code == "tumour-to-normal-below-1")


def test_uptake_in_another_organ_is_found(patient: Any, make_structure: Any, make_block: Any) -> None:
    gallbladder = make_block((7, 9), (7, 9), (3, 5))
    patient.counts[gallbladder > 0] = 30.0
    patient.structures.append(make_structure("gallbladder", "organ", gallbladder, organ="gallbladder"))
    result = plan(patient)
    found = next(f for f in result.findings if f.code == "non-target-uptake")
    assert found.level is Level.WARNING and "3 times the perfused normal liver" in found.text
    assert "Gy per GBq" in found.text
    row = next(row for row in method(result, "voxel")["energy"] if row["role"] == "other organ")
    assert row["fraction"] == pytest.approx(0.95 * 240 / (2800 + 8 * 20), rel=1e-4)


def test_hot_counts_outside_every_contour_are_found(patient: Any) -> None:
    patient.counts[10:12, 10:12, 0:1] = 100.0
    patient.counts[0, 0, 11] = 100.0  # 1 mL: too small to report
    result = plan(patient)
    texts = [f.text for f in result.findings if f.code == "hot-remainder"]
    assert len(texts) == 1
    assert texts[0].startswith("4.0 mL") and "x 0, y 105, z 105 mm" in texts[0]
    assert "counts-outside-perfused" in codes(result)


def test_counts_outside_the_territory_are_read_but_are_no_activity(patient: Any) -> None:
    patient.counts[2:10, 2:10, 6:10] = 5.0
    result = plan(patient)
    inside = plan(patient, assignment=Assignment.FIELD)
    whole = next(r for r in result.value["reference_volumes"] if r["on"] == "whole normal liver")
    assert whole["mean_Gy_per_GBq"] > whole["mean_Gy_per_GBq_of_perfused_activity"]
    assert result.value["mapping"]["outside_perfused_GBq_per_GBq"] == pytest.approx(0.95 * 1280 / 2800)
    assert method(result, "voxel")["energy_balance"]["read_beyond_perfused_J"] > 0
    assert per_GBq(inside)["right"] < per_GBq(result)["right"]
    assert inside.value["mapping"]["assignment"] == "activity distributed over the whole field"
    assert abs(method(inside, "voxel")["energy_balance"]["imbalance"]) < 1e-6


# --- what is refused


def test_refusals(patient: Any) -> None:
    with pytest.raises(MissingFact, match="lung_shunt_fraction"):
        plan(patient, lung_shunt=None)
    with pytest.raises(MissingFact, match="planning"):
        propose_activity(patient.case(None), "sirt", mapping=patient.mapping, structures=patient.structures)
    with pytest.raises(BadInput, match="unknown product"):
        plan(patient, Planning(products=("theraspheres",), injections=RIGHT))
    with pytest.raises(BadInput, match="g/mL"):
        plan(patient, density_g_per_mL=1050.0)
    with pytest.raises(MissingFact, match="a CT with a lung contour"):
        plan(patient, Planning(products=("sir-spheres",), injections=RIGHT, lung_mass_from_ct=True))
    with pytest.raises(BadInput, match="no counts of"):
        plan(patient, Planning(products=("sir-spheres",), injections=(PlannedInjection(id="l", territory="left"),)))


def test_an_injection_may_have_its_own_mapping_image(patient: Any) -> None:
    patient.images = tuple(ImageReference(id=n, file=f"{n}.nii", kind="SPECT", purpose="mapping") for n in ("first", "second"))
    own = (PlannedInjection(id="i1", territory="right"), PlannedInjection(id="i2", territory="left", mapping_image="second"))
    asked = Planning(products=("sir-spheres",), injections=own, limits=(RESIN,))
    with pytest.raises(MissingFact, match="mapping image 'second'"):
        plan(patient, asked)
    counts = np.zeros((12, 12, 12))
    counts[2:10, 2:10, 6:10] = 7.0
    result = plan(patient, asked, mappings={"second": patient.mapping.with_array(counts)})
    assert [i["mapping_image"] for i in result.value["candidates"][0]["injections"]] == ["first", "second"]
    assert per_GBq(result)["two"] == pytest.approx(K * 0.95 * 0.5 / (256 * DENSITY / 1000), rel=1e-4)
    assert "mapping:second" in result.inputs


def test_masks_and_density_on_another_grid_are_refused(patient: Any) -> None:
    other = Grid.aligned((12, 12, 12), (10.0, 10.0, 5.0))
    with pytest.raises(GridMismatch):
        plan(patient, density_g_per_mL=Image(other, np.ones((12, 12, 12)), Quantity.DENSITY))
    with pytest.raises(GridMismatch):
        propose_activity(
            patient.case(Planning(injections=RIGHT)),
            "sirt",
            mapping=Image(other, patient.counts, Quantity.COUNTS),
            structures=patient.structures,
            lung_shunt=Shunt(0.0, "entered"),
        )


def test_an_empty_image_is_refused(patient: Any) -> None:
    patient.counts[:] = 0
    with pytest.raises(BadInput, match="no counts above 0"):
        plan(patient)


# --- the result as a record


def test_the_same_inputs_give_the_same_bytes(patient: Any) -> None:
    first, second = plan(patient), plan(patient)
    assert first.to_json() == second.to_json()
    assert first.kind == "activity plan"
    assert set(first.inputs) == {"mapping:mapping", *(f"structure:{s.id}" for s in patient.structures)}
    patient.counts[5, 5, 5] += 1
    assert plan(patient).sha256() != first.sha256()


def test_constants_and_lung_mass_are_stamped(patient: Any) -> None:
    result = plan(patient, constants={"Y-90": dose_constant("Y-90", "50")}, lung_mass=LungMass(840.0, "from CT", "kao-2014"))
    assert result.value["constant"]["preset"] == "50"
    assert result.parameters["lung_mass_g"] == 840.0 and result.parameters["constants"] == {"Y-90": "50"}
    assert per_GBq(result)["right"] == pytest.approx(49.963 * 0.95 / (256 * DENSITY / 1000), rel=1e-4)


def test_progress_is_told(patient: Any) -> None:
    told: list[float] = []
    plan(patient, progress=lambda share, words: told.append(share))
    assert told[0] == 0.0 and told[-1] == 1.0


def test_lung_dose_in_an_entered_mass_against_hand_value(patient: Any) -> None:
    result = plan(patient, lung_mass=LungMass(800.0, "entered", "entered"))
    found = method(result, "voxel")
    assert found["lung_Gy"] == pytest.approx(K * 0.05 / 0.8 * found["activity_GBq"], rel=1e-4)
    assert next(row for row in found["energy"] if row["role"] == "lung")["mean_Gy"] == pytest.approx(found["lung_Gy"])


def test_body_surface_reads_the_height_in_cm(patient: Any) -> None:
    """85 kg and 1.80 m: 2.0485 m2."""
    patient.observations = (Observation(what="weight_kg", value=85), Observation(what="height_cm", value=180))
    found = method(plan(patient), "bsa")
    assert found["activity_GBq"] == pytest.approx((2.0485 - 0.2 + 16 / 512) * 0.5, abs=1e-4)


def test_a_wanted_activity_is_after_the_residue(patient: Any) -> None:
    injections = (PlannedInjection(id="i1", territory="right", residual_fraction=0.2),)
    page = plan(patient, Planning(products=("sir-spheres",), injections=injections, limits=(RESIN,), activity_GBq=1.2))
    candidate = page.value["candidates"][0]
    assert candidate["forward"]["delivered_GBq"] == pytest.approx(1.2)
    assert candidate["forward"]["activity_GBq"] == pytest.approx(1.5)
    assert 1.5 in [row["activity_GBq"] for row in candidate["what_if"]]


def test_an_engine_is_given_activity_per_mL(patient: Any) -> None:
    """On voxels that are not 1 mL: local deposition as an engine against energy over mass."""
    small = Grid.aligned((12, 12, 12), (4.0, 5.0, 8.0))
    patient.structures = [replace(s, mask=Image(small, s.mask.array, Quantity.MASK)) for s in patient.structures]
    planning = Planning(products=("sir-spheres",), injections=RIGHT, limits=(RESIN,))
    found = propose_activity(
        patient.case(planning),
        "sirt",
        mapping=Image(small, patient.counts, Quantity.COUNTS, "Tc-99m"),
        structures=patient.structures,
        lung_shunt=Shunt(0.05, "entered"),
        engine=LocalDeposition(),
    )
    assert per_GBq(found)["one"] == pytest.approx(40 * K * 0.95 / RIGHT_COUNTS / (DENSITY * 0.16 / 1000), rel=1e-4)


@pytest.mark.parametrize(("cumulative", "earlier_Gy"), [(False, 0.0), (True, 20.0)])
def test_earlier_lung_dose_counts_against_a_cumulative_limit_alone(patient: Any, cumulative: bool, earlier_Gy: float) -> None:
    session = Session(id="d1", kind="delivery", lung_dose_Gy=20.0)
    patient.treatments = [Treatment(id="first", kind="radioembolization", sessions=(session,))]
    limits = (RESIN, DoseLimit(on="lung", mean_dose_Gy=25, cumulative=cumulative))
    found = method(plan(patient, Planning(products=("sir-spheres",), injections=RIGHT, limits=limits)), "voxel")
    row = next(row for row in found["limits"] if row["on"] == "lung" and row["entered"])
    assert row["earlier_Gy"] == earlier_Gy
    assert row["dose_Gy"] == pytest.approx(earlier_Gy + found["lung_Gy"])


def test_a_target_for_tumours_leaves_out_the_one_that_is_not_treated(patient: Any) -> None:
    """Lesion two lies in the other territory: it takes nothing, and the target for tumours is not held against it."""
    limits = (RESIN, DoseLimit(on="tumour", mean_dose_Gy=100, aim="target"))
    result = plan(patient, Planning(products=("sir-spheres",), injections=RIGHT, limits=limits))
    found = method(result, "voxel")
    assert [row["site"] for row in found["limits"] if row["on"] == "tumour"] == ["one"]
    assert found["feasible"] and not result.stopped
    assert "lesion-not-perfused" in codes(result)


def test_a_limit_that_cannot_be_read_is_said(patient: Any) -> None:
    """The liver's contour misses the grid."""
    liver, *others = patient.structures
    patient.structures = [replace(liver, mask=liver.mask.with_array(np.zeros((12, 12, 12)))), *others]
    whole = DoseLimit(on="whole normal liver", mean_dose_Gy=75)
    result = plan(patient, Planning(products=("sir-spheres",), injections=RIGHT, limits=(RESIN, whole)))
    said = [f.text for f in result.findings if f.code == "limit-not-read"]
    assert len(said) == 1 and "75 Gy could not be held" in said[0] and "found without it" in said[0]
    rows = result.value["candidates"][0]["what_if"]
    assert rows[0]["within"] is None and rows[-1]["within"] is False
    assert "targets_met" not in rows[0], "no target was asked for"


def test_sources_name_the_bound_of_the_shunt_and_the_lung_mass(patient: Any) -> None:
    whole = DoseLimit(on="whole normal liver", mean_dose_Gy=75)
    asked = Planning(products=("sir-spheres",), injections=RIGHT, limits=(whole,))
    assert {"thomas-2026", "van-roekel-thesis"} <= set(plan(patient, asked).sources)
    assert "thomas-2026" not in plan(patient).sources
    assert "kao-2014" in plan(patient, lung_mass=LungMass(840.0, "from CT", "kao-2014")).sources
    assert "kao-2014" not in plan(patient).sources


def test_reserve_is_the_untreated_share(patient: Any, make_structure: Any, make_block: Any) -> None:
    """A quarter of the liver is perfused: three quarters are in reserve."""
    patient.structures[1] = make_structure("right", "territory", make_block((2, 10), (2, 10), (2, 4)), parent="liver")
    assert plan(patient).value["reserve_fraction"] == pytest.approx(0.75)


def test_what_if_says_from_where_on_targets_are_met(patient: Any) -> None:
    limits = (RESIN, DoseLimit(on="tumour", mean_dose_Gy=100, aim="target", site="one"))
    asked = Planning(products=("sir-spheres",), injections=RIGHT, limits=limits)
    per_activity = per_GBq(plan(patient))["one"]
    rows = plan(patient, asked, activities_GBq=[99 / per_activity, 101 / per_activity, 50.0]).value["candidates"][0]["what_if"]
    assert [row["targets_met"] for row in rows] == [False, True, True]
    assert [row["within"] for row in rows] == [True, True, False]


def test_bound_of_the_shunt_with_lungs_treated_before(patient: Any) -> None:
    """45 of 50 Gy are used up: 5 Gy in 1 kg against 75 Gy in the 496 g of normal liver at 1.05 g/mL."""
    session = Session(id="d1", kind="delivery", lung_dose_Gy=45.0)
    patient.treatments = [Treatment(id="first", kind="radioembolization", sessions=(session,))]
    whole = DoseLimit(on="whole normal liver", mean_dose_Gy=75)
    bound = plan(patient, Planning(products=("sir-spheres",), injections=RIGHT, limits=(whole,)))
    found = bound.value["candidates"][0]["lung_shunt_bound"]
    ratio = 5.0 / (75.0 * 0.496 * 1.05)
    assert found["lung_limit_Gy"] == pytest.approx(5.0)
    assert found["fraction"] == pytest.approx(ratio / (1 + ratio), rel=1e-4)


def test_partition_against_hand_value_at_another_ratio(patient: Any) -> None:
    """Tumour 8 mL at 7 times the counts of 248 mL of normal liver: D_N = K 0.95 / (7 m_T + m_N)."""
    patient.counts[4:6, 4:6, 3:5] = 70.0
    found = method(plan(patient), "partition")
    normal = K * 0.95 / ((7 * 8 + 248) * DENSITY / 1000)
    assert found["tumour_to_normal"] == {"i1": pytest.approx(7.0)}
    doses = {row["site"]: row["mean_Gy"] / found["activity_GBq"] for row in found["structures"]}
    assert doses["one"] == pytest.approx(7 * normal, rel=1e-4)
    assert found["activity_GBq"] == pytest.approx(40 / normal, rel=1e-4)
