"""Mapping and delivery of a simulated radioembolization: an activity that gives the doses that were drawn (partition model)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from glisson.decay import decay_factor
from glisson.simulate.registry.clinic import BLOOD, blood
from glisson.simulate.registry.doses import Radioembolization
from glisson.simulate.registry.entries import Patient, PatientDoses, SimulatedEntry, yes_no
from glisson.simulate.registry.lesions import Tumours

MAPPING, FIRST_DELIVERY = 1, 2
"""Numbers of the two sessions of every patient."""
DOSE_CONSTANT_Gy_kg_per_GBq, HALF_LIFE_h = 49.67, 64.1
PERFUSED_LIVER_kg, LUNG_kg = 1.4, 1.0
WAITING_h = 3


def sirt_sessions(patient: Patient, given: Radioembolization, tumours: Tumours) -> Iterator[SimulatedEntry]:
    """Forms of the mapping and of the delivery, and the blood around it."""
    assert patient.doses is not None
    day = patient.first_session
    mapped = day - timedelta(days=int(patient.random.integers(3, 7)))
    lobe = "both" if patient.lesion_class != "1" else "right"
    shared = {"course": 1, "product": given.product, "access": "radial" if patient.chance(0.3) else "femoral", "lobe": lobe}
    head = {"session_on": mapped.isoformat(), "session": MAPPING, "step": "mapping"}
    yield patient.entry("sirt_session", mapped, {**head, **shared, **_mapping(patient, patient.doses)}, visit="session-1")
    head = {"session_on": day.isoformat(), "session": FIRST_DELIVERY, "step": "delivery"}
    delivery = _delivery(patient, patient.doses, _tumour_kg(tumours))
    yield patient.entry("sirt_session", day, {**head, **shared, **delivery}, visit="session-2")
    person = {name: float(patient.random.normal()) for name in BLOOD}
    yield from blood(patient, person, day, "session-2")


def _mapping(patient: Patient, doses: PatientDoses) -> dict[str, Any]:
    return {
        "lung_shunt_fraction": doses.lung_shunt_fraction, "coil_embolisation": yes_no(patient.chance(0.3)),
        "extrahepatic_deposition": "no", "technical_success": "yes", "hospital_nights": int(patient.random.integers(0, 2)),
    }  # fmt: skip


def _delivery(patient: Patient, doses: PatientDoses, tumour_kg: float) -> dict[str, Any]:
    residual = round(float(patient.random.uniform(0.01, 0.04)), 3)
    injected = datetime(patient.first_session.year, patient.first_session.month, patient.first_session.day, 11, tzinfo=UTC)
    delivered_GBq = _activity_GBq(doses, tumour_kg)
    vial_GBq = delivered_GBq / (1 - residual) / decay_factor(elapsed_h=WAITING_h, half_life_h=HALF_LIFE_h)
    lung_Gy = DOSE_CONSTANT_Gy_kg_per_GBq * delivered_GBq * doses.lung_shunt_fraction / LUNG_kg
    return {
        "lung_shunt_fraction": doses.lung_shunt_fraction, "dosimetry": "partition",
        "approach": "bilobar" if patient.lesion_class != "1" else "unilobar",
        "activity_GBq": round(vial_GBq, 2), "measured_at": (injected - timedelta(hours=WAITING_h)).isoformat(),
        "injected_at": injected.isoformat(), "residual_fraction": residual, "tumour_dose_Gy": doses.tumour_dose_Gy,
        "normal_liver_dose_Gy": doses.normal_liver_dose_Gy, "lung_dose_Gy": round(lung_Gy, 1), "lung_mass_g": 1000 * LUNG_kg,
        "verification": "PET", "endpoint": "dose delivered", "technical_success": "yes",
        "hospital_nights": int(patient.random.integers(1, 4)),
    }  # fmt: skip


def _tumour_kg(tumours: Tumours) -> float:
    """Mass of the tumour: balls of the size of the targets, the others of a third of it in diameter; a third of the liver at most."""
    balls_mL = sum(_ball_mL(mm) for mm in tumours.targets_mm)
    others_mL = (tumours.count - len(tumours.targets_mm)) * _ball_mL(tumours.targets_mm[-1] / 3)
    return min(max((balls_mL + others_mL) / 1000, 0.005), PERFUSED_LIVER_kg / 3)


def _ball_mL(diameter_mm: float) -> float:
    return float(0.5236e-3 * diameter_mm**3)


def _activity_GBq(doses: PatientDoses, tumour_kg: float) -> float:
    """Activity that leaves these doses in tumour and normal liver, and the shunted share in the lungs."""
    energy = doses.tumour_dose_Gy * tumour_kg + doses.normal_liver_dose_Gy * (PERFUSED_LIVER_kg - tumour_kg)
    return energy / DOSE_CONSTANT_Gy_kg_per_GBq / (1 - doses.lung_shunt_fraction)
