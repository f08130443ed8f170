"""After delivery, on a small liver: lung dose, limits and plan against delivery, by hand."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from glisson.case import DoseLimit, PlannedInjection, Planning, Result, Session, Treatment
from glisson.dose.constant import dose_constant
from glisson.plan.delivered import Given, judge_delivered
from glisson.plan.propose import propose_activity
from glisson.plan.shunt import LungMass, Shunt, conventional_lung_mass
from glisson.voxels import Image, Quantity

K = 49.6693
Y90 = dose_constant("Y-90")
LIMITS = (
    DoseLimit(on="perfused normal liver", mean_dose_Gy=40),
    DoseLimit(on="tumour", mean_dose_Gy=100, aim="target"),
    DoseLimit(on="lung", mean_dose_Gy=5),
)


def treatment(**more: Any) -> Treatment:
    arguments: dict[str, Any] = {"planning": Planning(limits=LIMITS, products=("sir-spheres",)), "product": "sir-spheres"}
    return Treatment(id="sirt", kind="radioembolization", **arguments | more)


def given(**more: Any) -> Given:
    arguments: dict[str, Any] = {
        "treatment": treatment(),
        "delivered_GBq": 2.0,
        "shunt": Shunt(0.05, "entered"),
        "lung_mass": LungMass(800.0, "entered", "entered"),
        "territories": ("right",),
    }
    return Given(**arguments | more)


def judged(patient: Any, one_Gy: float = 120.0, normal_Gy: float = 30.0, plan: Result | None = None, **more: Any) -> Result:
    """The right territory at one mean dose and its lesion at another; the left side at 0 Gy."""
    one, right = (next(s.mask.array for s in patient.structures if s.id == name) for name in ("one", "right"))
    uneven = np.where(np.indices(one.shape).sum(axis=0) % 2, 0.8, 1.2)  # voxel by voxel, the same mean
    dose = Image(patient.mapping.grid, (normal_Gy * right + (one_Gy - normal_Gy) * one) * uneven, Quantity.DOSE)
    rows = [
        {"site": s.id, "name": s.id, "mean_Gy": float(np.sum(dose.array * s.mask.array) / s.mask.array.sum())}
        for s in patient.structures
    ]
    who = more.pop("given", None) or given(**more)
    case = patient.case(who.treatment.planning, product=who.treatment.product, sessions=who.treatment.sessions)
    result = Result(kind="absorbed dose", method="local", value={"structures": rows}, sources=("eanm-2022",))
    return judge_delivered(case, result, dose=dose, structures=patient.structures, given=who, constant=Y90, plan=plan)


def limit(result: Result, on: str, site: str | None = None) -> dict[str, Any]:
    return next(row for row in result.value["limits"] if row["on"] == on and row["entered"] and site in (None, row["site"]))


def test_lung_dose_against_hand_value(patient: Any) -> None:
    """What was delivered less nothing: the shunt is of all that left the catheter. K x 2 GBq x 0.05 / 0.8 kg."""
    lung = judged(patient).value["lung"]
    assert lung["mean_Gy"] == pytest.approx(K * 2.0 * 0.05 / 0.8, rel=1e-5)
    assert limit(judged(patient), "lung")["state"] == "over"
    assert limit(judged(patient, delivered_GBq=1.6), "lung")["state"] == "within"


def test_a_lung_dose_without_a_shunt_is_not_said(patient: Any) -> None:
    found = judged(patient, shunt=None)
    assert found.value["lung"]["mean_Gy"] is None and "cannot say" in found.value["lung"]["how"]
    assert not [row for row in found.value["limits"] if row["on"] == "lung"]


def test_limits_are_read_on_the_mean_of_their_own_volume(patient: Any) -> None:
    found = judged(patient)
    normal = limit(found, "perfused normal liver")
    assert (normal["dose_Gy"], normal["state"]) == (pytest.approx(30.0), "within")
    one = limit(found, "tumour", "one")
    assert (one["dose_Gy"], one["state"]) == (pytest.approx(120.0), "reached")
    assert [r["limit_Gy"] for row in found.value["structures"] if row["site"] == "one" for r in row["limits"]] == [100.0]


def test_only_limits_that_decide_are_warned_of(patient: Any) -> None:
    """At 45 Gy the entered 40 Gy and the table's 40 Gy are both exceeded: one warning, in the entered one's name."""
    patient.disease = "colorectal liver metastases"
    planning = Planning(limits=LIMITS, products=("sir-spheres",), approach="unilobar")
    found = judged(patient, one_Gy=90.0, normal_Gy=45.0, treatment=treatment(planning=planning), delivered_GBq=1.0)
    said = [f.text for f in found.findings]
    assert [row["source"] for row in found.value["limits"] if row["on"] == "perfused normal liver"] == [None, "eanm-2022"]
    assert len(said) == 2, "the lesion that was not treated is not held against the target"
    assert said[0].endswith("45.0 Gy is above the limit of 40 Gy on perfused normal liver (entered)")
    assert said[1] == "one: 90.0 Gy is below the target of 100 Gy (entered)"


def test_sources_name_the_lung_mass(patient: Any) -> None:
    own = treatment(product=None)
    assert "van-roekel-thesis" in judged(patient, treatment=own, lung_mass=conventional_lung_mass()).sources
    assert judged(patient, treatment=own).sources == ("eanm-2022",)


def test_its_own_delivery_is_not_counted_as_earlier_lung_dose(patient: Any) -> None:
    """Given before the planned time, as most are."""
    session = Session(id="d1", kind="delivery", at=datetime(2026, 6, 1, 8, tzinfo=UTC), lung_dose_Gy=6.0)
    planning = Planning(limits=LIMITS, products=("sir-spheres",), injection_at=datetime(2026, 6, 1, 9, tzinfo=UTC))
    own = treatment(planning=planning, sessions=(session,))
    found = judged(patient, treatment=own, session=session)
    every = next(row for row in found.value["limits"] if row["name"] == "lungs, all treatments")
    assert every["dose_Gy"] == pytest.approx(K * 2.0 * 0.05 / 0.8, rel=1e-5)


def planned(patient: Any, residual: float, product: str = "sir-spheres") -> Result:
    injections = (PlannedInjection(id="i", territory="right", residual_fraction=residual),)
    planning = Planning(products=(product,), limits=LIMITS, injections=injections)
    return propose_activity(
        patient.case(planning), "sirt", mapping=patient.mapping, structures=patient.structures, lung_shunt=Shunt(0.05, "entered")
    )


@pytest.mark.parametrize("residual", [0.0, 0.2])
def test_plan_against_delivery_at_the_delivered_activity(patient: Any, residual: float) -> None:
    """2 GBq left the vial: whatever the residue, the plan foresaw K x 2 x 0.95 / M for the territory of 256 mL at 1.05 g/mL."""
    rows = {row["site"]: row for row in judged(patient, plan=planned(patient, residual)).value["plan_against_delivery"]}
    foreseen = K * 2.0 * 0.95 / (256 * 1.05 / 1000)
    assert rows["right"]["planned_Gy"] == pytest.approx(foreseen, rel=1e-4)
    assert rows["right"]["ratio"] == pytest.approx(rows["right"]["delivered_Gy"] / foreseen, rel=1e-4)


def test_a_plan_for_another_nuclide_foresaw_nothing(patient: Any) -> None:
    assert judged(patient, plan=planned(patient, 0.0, "quiremspheres")).value["plan_against_delivery"] == []
