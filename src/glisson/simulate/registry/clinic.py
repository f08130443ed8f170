"""Sessions, blood, harm, questionnaires and contacts of a simulated patient."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from glisson.simulate.registry.entries import NOT_DONE, Patient, SimulatedEntry, yes_no

SESSIONS = {1: 0.14, 2: 0.36, 3: 0.22, 4: 0.20, 5: 0.05, 6: 0.03}
"""Shares of planned sessions, 2.75 on average; death and progression stop some, which leaves the published 2.58."""
MILD = {"Abdominal pain": 0.38, "Nausea": 0.25, "Fatigue": 0.22, "Fever": 0.15, "Vomiting": 0.12}
SEVERE_EARLY = {"Abdominal pain": 0.7, "Hypertension": 0.3}
SEVERE_LATER = {"Abdominal pain": 0.35, "Cholecystitis": 0.2, "Pancreatitis": 0.15, "Hepatic infection": 0.15, "Fever": 0.15}
SEVERE_LATER_SIRT = {
    "Abdominal pain": 0.35,
    "Fatigue": 0.25,
    "Gastric ulcer": 0.15,
    "Hepatic failure": 0.15,
    "Hepatic infection": 0.1,
}
BLOOD: dict[str, tuple[float, float, float, float]] = {
    "bilirubin_umol_per_L": (10.0, 0.40, 1.25, 1.0),
    "albumin_g_per_L": (40.0, 0.09, 0.96, 1.0),
    "ast_U_per_L": (32.0, 0.45, 3.5, 0.0),
    "alt_U_per_L": (28.0, 0.50, 3.2, 0.0),
    "alp_U_per_L": (120.0, 0.45, 1.15, 0.0),
    "inr": (1.05, 0.07, 1.02, 2.0),
    "platelets_1e9_per_L": (205.0, 0.32, 0.93, 0.0),
    "neutrophils_1e9_per_L": (4.1, 0.38, 1.35, 1.0),
    "lymphocytes_1e9_per_L": (1.4, 0.38, 0.85, 2.0),
    "haemoglobin_g_per_L": (124.0, 0.11, 0.97, 0.0),
    "creatinine_umol_per_L": (76.0, 0.24, 1.02, 0.0),
}
"""Median, spread (of the logarithm), factor on the day after a session, decimals."""
LIMITS = {
    "bilirubin_upper_normal_umol_per_L": 21.0, "albumin_lower_normal_g_per_L": 35.0, "ast_upper_normal_U_per_L": 40.0,
    "alt_upper_normal_U_per_L": 45.0, "alp_upper_normal_U_per_L": 120.0, "platelets_lower_normal_1e9_per_L": 150.0,
    "neutrophils_lower_normal_1e9_per_L": 1.8, "lymphocytes_lower_normal_1e9_per_L": 1.0,
    "leukocytes_lower_normal_1e9_per_L": 4.0, "haemoglobin_lower_normal_g_per_L": 120.0,
    "creatinine_upper_normal_umol_per_L": 104.0,
}  # fmt: skip


def session_months(patient: Patient) -> tuple[float, ...]:
    """Months of the sessions: the first is 0, the next follow after three to five weeks, while alive and without progression."""
    planned = int(patient.random.choice(list(SESSIONS), p=list(SESSIONS.values())))
    gaps = patient.random.integers(21, 36, planned - 1) / 30.4375
    months = (0.0, *np.cumsum(gaps).tolist())
    stop = min(patient.last, patient.liver_seen, patient.extrahepatic_seen)
    return tuple(month for month in months if month < stop or month == 0.0)


def sessions(patient: Patient, months: tuple[float, ...]) -> Iterator[SimulatedEntry]:
    """TACE forms and the blood before and after each session."""
    bilobar = patient.lesion_class != "1"
    person = {name: float(patient.random.normal()) for name in BLOOD}
    for number, month in enumerate(months, start=1):
        day = patient.day(month)
        visit = f"session-{number}"
        lobe = ("right" if number % 2 else "left") if bilobar else "right"
        yield patient.entry("tace_session", day, _tace(patient, number, day, lobe), visit=visit)
        yield from blood(patient, person, day, visit)


def blood(patient: Patient, person: dict[str, float], day: date, visit: str) -> Iterator[SimulatedEntry]:
    """Samples of the day of a session and of the day after, if the patient lives to see it."""
    yield patient.entry("laboratory", day, _blood(patient, person, day, after=False), visit=visit)
    if day + timedelta(days=1) <= patient.day(patient.last):
        after = day + timedelta(days=1)
        yield patient.entry("laboratory", after, _blood(patient, person, after, after=True), visit=visit, instance=2)


def _tace(patient: Patient, number: int, day: date, lobe: str) -> dict[str, Any]:
    small = patient.chance(0.7)
    loaded = 100.0
    full = patient.chance(0.78)
    delivered = loaded if full else round(float(patient.random.uniform(50, 95)))
    return {
        "session_on": day.isoformat(), "session": number, "course": 1, "access": "radial" if patient.chance(0.2) else "femoral",
        "beads": "lifepearl", "size_low_um": 75 if small else 150, "size_high_um": 125 if small else 250, "volume_mL": 2.0,
        "drug": "irinotecan", "drug_loaded_mg": loaded, "drug_delivered_mg": delivered,
        "position": patient.pick({"lobar": 0.55, "segmental": 0.35, "subsegmental": 0.1}), "lobe": lobe,
        "endpoint": "dose delivered" if full else patient.pick({"near stasis": 0.7, "stasis": 0.3}),
        "technical_success": "yes", "cone_beam_ct": yes_no(patient.chance(0.4)),
        "medication": ["opioid", "antiemetic", *(["antibiotic"] if patient.chance(0.6) else []),
                       *(["intra-arterial lidocaine"] if patient.chance(0.4) else [])],
        "hospital_nights": int(patient.random.integers(1, 4)),
    }  # fmt: skip


def _blood(patient: Patient, person: dict[str, float], day: date, *, after: bool) -> dict[str, Any]:
    """One sample; some values are not done. A person keeps high or low values (half of the spread is the person's own)."""
    values: dict[str, Any] = {"sampled_on": day.isoformat()}
    for name, (median, spread, factor, decimals) in BLOOD.items():
        draw = np.sqrt(0.5) * (person[name] + float(patient.random.normal()))
        value = median * np.exp(spread * draw) * (factor if after else 1.0)
        values[name] = NOT_DONE if patient.chance(patient.design.missing_item) else round(float(value), int(decimals))
    return {**values, **_leukocytes(patient, values), **LIMITS, "ascites": "none", "encephalopathy": "none"}


def _leukocytes(patient: Patient, values: dict[str, Any]) -> dict[str, Any]:
    """Neutrophils and lymphocytes, and the other cells."""
    parts = [values["neutrophils_1e9_per_L"], values["lymphocytes_1e9_per_L"]]
    others = float(patient.random.uniform(0.4, 0.9))
    if not all(isinstance(part, float) for part in parts):
        return {"leukocytes_1e9_per_L": NOT_DONE}
    return {"leukocytes_1e9_per_L": round(sum(parts) + others, 2)}


def harm(patient: Patient, months: tuple[float, ...], *, first: int = 1) -> Iterator[SimulatedEntry]:
    """Adverse events after the sessions of these months, the first of which has the number ``first``.

    Mild ones after each session; severe ones as often as published.
    """
    instance, sirt = 0, patient.design.sirt
    mild, later = (MILD, SEVERE_LATER) if sirt is None else (sirt.mild_events, SEVERE_LATER_SIRT)
    for number, month in enumerate(months, start=first):
        for term, share in mild.items():
            if patient.chance(share):
                instance += 1
                grade = 2 if patient.chance(0.35) else 1
                delay = int(patient.random.integers(0, 4))
                yield _event(patient, instance, number, month, term=term, grade=grade, delay_days=delay)
    for share, terms, delay in (
        (patient.design.severe_during_procedure, SEVERE_EARLY, 0),
        (patient.design.severe_within_30_days, later, int(patient.random.integers(1, 29))),
    ):
        if patient.chance(share):
            instance += 1
            number = int(patient.random.integers(1, len(months) + 1))
            term = patient.pick(terms)
            month = months[number - 1]
            yield _event(patient, instance, number + first - 1, month, term=term, grade=3, delay_days=delay)


def _event(
    patient: Patient, instance: int, session: int, month: float, *, term: str, grade: int, delay_days: int
) -> SimulatedEntry:
    last = patient.day(patient.last)
    started = min(patient.day(month) + timedelta(days=delay_days), last)
    over = started + timedelta(days=int(patient.random.integers(1, 10)))
    ended = over <= last
    values: dict[str, Any] = {
        "term": term, "ctcae": "5", "grade": grade, "started_on": started.isoformat(), "ongoing": yes_no(not ended),
        "phase": "during the procedure" if delay_days == 0 and grade > 2 else "within 30 days",
        "relation": ["drug" if patient.design.sirt is None else "device", "procedure"],
        "treatment": patient.design.treatment, "session": session, "action": "medication",
        "outcome": "recovered" if ended else "recovering", "serious": yes_no(grade > 2),
    }  # fmt: skip
    if ended:
        values["ended_on"] = over.isoformat()
    if grade > 2:
        aware = datetime(started.year, started.month, started.day, 15, tzinfo=UTC)
        values |= {"serious_criteria": ["hospital stay"], "hospital_days": int(patient.random.integers(1, 9)),
                   "aware_at": aware.isoformat(), "reported_at": (aware + timedelta(hours=20)).isoformat(), "expected": "yes"}  # fmt: skip
    return patient.entry("adverse_event", started, values, visit="events", instance=instance)


def questionnaires(patient: Patient) -> Iterator[SimulatedEntry]:
    """QLQ-C30 at baseline and at the first follow-up, answered by most; items by number."""
    level = float(patient.random.normal(0.0, 0.8))
    worse = patient.chance(patient.design.quality_worse_fraction)
    later = level - float(patient.random.uniform(1.0, 2.0)) if worse else level + float(patient.random.uniform(0.0, 0.8))
    for number, (month, health) in enumerate(((-0.1, level), (1.6, later))):
        if month < patient.last and patient.chance(patient.design.questionnaires[number]):
            day = patient.day(month)
            visit = "baseline" if number == 0 else "fu1"
            yield patient.entry("qlq_c30", day, {"completed_on": day.isoformat(), **_answers(patient, health)}, visit=visit)


def _answers(patient: Patient, health: float) -> dict[str, Any]:
    """Thirty answers from one level of health; a few are left out."""
    answers: dict[str, Any] = {}
    for item in range(1, 31):
        if patient.chance(0.01):
            answers[f"q{item}"] = NOT_DONE
        elif item >= 29:
            answers[f"q{item}"] = int(np.clip(round(4.6 + 1.1 * health), 1, 7))
        else:
            answers[f"q{item}"] = int(np.clip(round(1.7 - 0.5 * health + float(patient.random.normal(0, 0.45))), 1, 4))
    return answers


def contacts(patient: Patient, scan_months: tuple[float, ...]) -> Iterator[SimulatedEntry]:
    """Follow-up at each scan and at the end, later therapy, and the death."""
    seen = sorted({*scan_months, patient.last} if patient.death > patient.end else {*scan_months})
    therapy = _later_therapy(patient)
    for instance, month in enumerate(seen, start=1):
        day = patient.day(month)
        values: dict[str, Any] = {
            "contacted_on": day.isoformat(), "contact": "visit" if month in scan_months else "telephone", "alive": "yes",
            "lost_to_follow_up": yes_no(patient.lost and month == patient.last),
            **_progression(patient, "hepatic", patient.liver_seen, month),
            **_progression(patient, "extrahepatic", patient.extrahepatic_seen, month),
            "new_therapy": yes_no(therapy <= month),
        }  # fmt: skip
        if therapy <= month:
            values |= {"new_therapy_kind": "systemic", "new_therapy_on": patient.day(therapy).isoformat()}
        yield patient.entry("follow_up", day, values, visit=f"follow-up-{instance}")
    if patient.death <= patient.end:
        day = patient.day(patient.death)
        cause = "cancer" if patient.chance(0.93) else "other"
        yield patient.entry("death", day, {"died_on": day.isoformat(), "cause": cause, "source": "hospital"}, visit="end")


def _progression(patient: Patient, where: str, seen: float, month: float) -> dict[str, Any]:
    if seen > month:
        return {f"{where}_progression": "no"}
    on = patient.day(seen).isoformat()
    return {f"{where}_progression": "yes", f"{where}_progression_on": on, f"{where}_progression_by": "imaging"}


def _later_therapy(patient: Patient) -> float:
    """Month of the next therapy: three weeks after a progression was seen, in three of five."""
    month = min(patient.liver_seen, patient.extrahepatic_seen) + 0.7
    return month if patient.chance(0.6) and month < patient.last else float("inf")
