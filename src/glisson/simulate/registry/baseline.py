"""Forms of a simulated patient up to the first session: person, consent, disease, history, decision."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from glisson.simulate.registry.entries import NOT_DONE, UNKNOWN, Patient, SimulatedEntry, yes_no

COUNTS = {"1": (1, 1), "2-3": (2, 3), "4-10": (4, 10), ">10": (11, 25)}
REGIMENS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("FOLFOX + bevacizumab", ("fluorouracil", "oxaliplatin", "bevacizumab")),
    ("FOLFIRI + cetuximab", ("fluorouracil", "irinotecan", "cetuximab")),
    ("FOLFIRI + aflibercept", ("fluorouracil", "irinotecan", "aflibercept")),
    ("trifluridine/tipiracil", ("trifluridine/tipiracil",)),
    ("regorafenib", ("regorafenib",)),
)


def baseline(patient: Patient, lesions: int, largest_mm: float) -> Iterator[SimulatedEntry]:
    """Forms of everything that was known before treatment."""
    board = patient.first_session - timedelta(days=int(patient.random.integers(7, 29)))
    lines, last_response, curative = _history(patient)
    yield patient.entry("patient", board, _person(patient, board.isoformat()))
    yield patient.entry(
        "consent",
        board,
        {"consented_on": board.isoformat(), "covers": ["registry", "images", "contact for follow-up"], "withdrawn": "no"},
    )
    yield patient.entry("disease", board, _disease(patient, board.isoformat(), lesions, largest_mm))
    for line in range(1, lines + 1):
        yield _line(patient, line, lines, last_response)
    yield patient.entry("decision", board, _decision(patient, board.isoformat(), lines, last_response, curative=curative))


def _person(patient: Patient, board: str) -> dict[str, Any]:
    ecog = (2 if patient.chance(0.2) else 1) if patient.ecog else 0
    tall = patient.random.normal(177 if patient.male else 164, 7)
    return {
        "enrolled_on": board,
        "age_years": patient.age_years,
        "sex": "male" if patient.male else "female",
        "country": patient.country,
        "ecog": ecog,
        "height_cm": round(float(tall)),
        "weight_kg": round(float(patient.random.normal(26, 3.5) * (tall / 100) ** 2), 1),
        "comorbidities": ["cardiovascular"] if patient.chance(0.35) else [],
        "simulated": "yes",
    }


def _disease(patient: Patient, board: str, lesions: int, largest_mm: float) -> dict[str, Any]:
    share = min(0.75, 0.04 * lesions**0.7 * (largest_mm / 30) ** 1.3)
    involvement = "<=25" if share <= 0.25 else ">25-50" if share <= 0.5 else ">50"
    synchronous = patient.chance(0.7)
    values: dict[str, Any] = {
        "assessed_on": board,
        "histology_confirmed": "yes",
        "primary_side": patient.pick({"right colon": 0.27, "left colon": 0.43, "rectum": 0.30}),
        "primary_resected": yes_no(patient.chance(0.75)),
        "timing": "synchronous" if synchronous else "metachronous",
        "liver_lesions_class": patient.lesion_class,
        "liver_lesions": lesions,
        "largest_metastasis_mm": round(largest_mm, 1),
        "liver_involvement_class": involvement,
        "liver_involvement_fraction": round(share, 2),
        "distribution": "bilobar" if lesions > 1 and patient.chance(0.7) else "unilobar",
        "extrahepatic_disease": yes_no(patient.extrahepatic),
        "braf": UNKNOWN if patient.chance(0.25) else patient.pick({"wild type": 0.92, "V600E": 0.07, "other mutation": 0.01}),
        "microsatellites": UNKNOWN if patient.chance(0.2) else patient.pick({"stable": 0.96, "instable": 0.04}),
        "cea_ug_per_L": round(float(patient.random.lognormal(3.3, 1.5)), 1),
    }
    if patient.extrahepatic:
        values["extrahepatic_site"] = [patient.pick({"lung": 0.7, "lymph nodes": 0.3})]
    values["ras"] = NOT_DONE if patient.chance(0.06) else patient.pick({"wild type": 0.52, "mutated": 0.48})
    return values


def _history(patient: Patient) -> tuple[int, str, bool]:
    """Earlier lines, last response, curative intent: what the definitions of the intention ask for."""
    if patient.lines is not None:
        return patient.lines, "PD" if patient.lines and patient.chance(0.85) else "SD" if patient.lines else "", False
    match patient.intention:
        case "salvage":
            return int(patient.random.choice([3, 4, 5], p=[0.7, 0.2, 0.1])), "PD", False
        case "intensification":
            return int(patient.random.integers(1, 3)), "PD", False
        case "consolidation":
            return int(patient.random.integers(1, 4)), "SD", False
        case "first-line":
            return 0, "", False
    return int(patient.random.integers(0, 3)), "SD", True


def _line(patient: Patient, line: int, lines: int, last_response: str) -> SimulatedEntry:
    """One line of systemic therapy; each took five months, and the last ended five weeks before the first session."""
    ended = patient.first_session - timedelta(days=35 + 152 * (lines - line))
    started = ended - timedelta(days=int(patient.random.integers(90, 150)))
    final = last_response if line == lines else "PD"
    regimen, drugs = REGIMENS[min(line, len(REGIMENS)) - 1]
    best = "PR" if line == 1 and patient.chance(0.5) else "SD"
    values = {
        "therapy": "systemic", "line": line, "regimen": regimen, "drugs": list(drugs), "started_on": started.isoformat(),
        "ongoing": "no", "ended_on": ended.isoformat(), "best_response": best, "last_response": final,
        "reason_stopped": "progression" if final == "PD" else "completed",
    }  # fmt: skip
    return patient.entry("history_line", started, values, visit="history", instance=line)


def _decision(patient: Patient, board: str, lines: int, last_response: str, *, curative: bool) -> dict[str, Any]:
    values: dict[str, Any] = {
        "board_on": board,
        "treatment": patient.design.treatment,
        **({"intention": patient.intention} if patient.design.sirt is None else {}),
        "systemic_lines": lines,
        "last_response": last_response or {"missing": "not applicable"},
        "ablation_planned": yes_no(curative),
        "curative_intent": yes_no(curative),
        "planned_sessions": 2 if patient.design.sirt is None else 1,
        "concomitant_therapy": yes_no(patient.chance(0.3)),
    }
    if values["concomitant_therapy"] == "yes":
        values["concomitant_drugs"] = ["fluorouracil", "oxaliplatin"] if lines < 2 else ["capecitabine"]
    return values
