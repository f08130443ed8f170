"""What mCODE asks for and several items or entries say together. It goes out; on the way in it is compared, never read."""

from collections.abc import Iterable, Iterator
from typing import Any

from glisson.records.fhir import codes as c
from glisson.records.fhir.lesions import tumours
from glisson.records.fhir.links import Links, part_extension
from glisson.records.fhir.names import MCODE, SITE, UCUM, absent, concept
from glisson.records.fhir.piece import MAIN, reasons
from glisson.records.forms import FormEntry

Part = tuple[FormEntry | None, str, dict[str, Any]]
"""Entry (none for the case as a whole), name of the part, resource without its id."""
GIVEN = "cancer-related-medication-administration"
VOLUMES = (("tumour_dose_Gy", "tumour", c.TUMOUR_VOLUME, c.LIVER), ("normal_liver_dose_Gy", "normal liver", c.ORGAN_AT_RISK, c.LIVER),
           ("lung_dose_Gy", "lungs", c.ORGAN_AT_RISK, c.ORGAN["lung"]))  # fmt: skip


def derived(links: Links) -> Iterator[Part]:
    """Every derived resource of a case, in order."""
    yield None, "site", _site(links)
    yield from ((None, name, tumour) for name, tumour in tumours(links))
    for entry in links.entries:
        if entry.form in ("history_line", "hai_course"):
            yield from _regimen(entry, entry.words("drugs"), links)
        elif entry.form == "tace_session":
            yield from _loaded(entry, links)
        elif entry.form == "follow_up":
            yield from _progression(entry, links)
    yield from _radiotherapy(links)


def _site(links: Links) -> dict[str, Any]:
    return {
        "resourceType": "Organization",
        **links.meta(None),
        "extension": [part_extension("site", None)],
        "identifier": [{"system": SITE, "value": links.site}],
        "active": True,
    }


def _administration(entry: FormEntry, part: str, drug: str, links: Links) -> dict[str, Any]:
    extensions = [part_extension(part, entry)]
    if _curative(links) and entry.form == "tace_session":
        extensions.insert(0, {"url": f"{MCODE}procedure-intent", "valueCodeableConcept": c.CURATIVE})
    return {
        "resourceType": "MedicationAdministration",
        **links.meta(GIVEN),
        "extension": extensions,
        **_standing(entry),
        "medicationCodeableConcept": c.drug(drug),
        "subject": links.patient,
        **reasons(links),
    }


def _curative(links: Links) -> bool:
    """Whether the first decision of the board was made with curative intent."""
    decision = links.first("decision")
    return decision is not None and bool(decision.yes("curative_intent"))


def _standing(entry: FormEntry) -> dict[str, Any]:
    """Status of a medication, and why it was stopped where the reason means so."""
    why = entry.get("reason_stopped")
    if why in c.STOPPED:
        return {"status": "stopped", "statusReason": [c.STOPPED[why]]}
    if why == "pause":
        return {"status": "on-hold"}
    if entry.yes("ongoing"):
        return {"status": "in-progress"}
    over = why == "completed" or entry.form == "tace_session" or entry.day("ended_on") is not None
    return {"status": "completed" if over else "unknown"}


def _regimen(entry: FormEntry, drugs: Iterable[str], links: Links) -> Iterator[Part]:
    start, end = entry.get("started_on"), entry.get("ended_on")
    period = {name: value for name, value in (("start", start), ("end", end)) if isinstance(value, str)}
    for drug in drugs:
        part = f"drug {drug}"
        given = _administration(entry, part, drug, links)
        yield entry, part, {**given, "effectivePeriod": period or absent("unknown")}


def _loaded(entry: FormEntry, links: Links) -> Iterator[Part]:
    drug, dose = entry.get("drug"), entry.number("drug_delivered_mg")
    if not isinstance(drug, str):
        return
    given = _administration(entry, "drug", drug, links)
    when = entry.get("session_on")
    given |= {"effectiveDateTime": when} if isinstance(when, str) else {"effectivePeriod": absent("unknown")}
    given["partOf"] = [links.to(entry.place, MAIN)]
    if dose is not None:
        amount = {"value": entry.get("drug_delivered_mg"), "unit": "mg", "system": UCUM, "code": "mg"}
        given["dosage"] = {"text": "into the hepatic artery, on beads", "dose": amount}
    yield entry, "drug", given


def _progression(entry: FormEntry, links: Links) -> Iterator[Part]:
    """Progression in the liver as mCODE's disease status; outside the liver it concerns no condition of the bundle."""
    if not entry.yes("hepatic_progression"):
        return
    on, by = entry.get("hepatic_progression_on"), entry.get("hepatic_progression_by")
    kinds = {"imaging": c.IMAGING, "clinical": c.EXAMINATION}
    evidence = [{"url": f"{MCODE}cancer-disease-status-evidence-type", "valueCodeableConcept": kinds[by]}] if by in kinds else []
    yield (
        entry,
        "hepatic_progression",
        {
            "resourceType": "Observation",
            **links.meta("cancer-disease-status"),
            "extension": [*evidence, part_extension("hepatic_progression", entry)],
            "status": "final",
            "code": c.DISEASE_STATUS,
            "subject": links.patient,
            **({"focus": links.metastases} if links.metastases else {}),
            **({"effectiveDateTime": on} if isinstance(on, str) else {}),
            "valueCodeableConcept": {"coding": [c.WORSENED]},
        },
    )


def _radiotherapy(links: Links) -> Iterator[Part]:
    """One course of SIRT for each course number, with the dose to each volume of each delivery."""
    courses: dict[int, list[FormEntry]] = {}
    for entry in links.of("sirt_session"):
        if entry.get("step") == "delivery" and isinstance(entry.get("course"), int):
            courses.setdefault(entry.get("course"), []).append(entry)
    for number, entries in sorted(courses.items()):
        doses = [dose for entry in entries for dose in _doses(entry, links)]
        yield from ((entry, part, volume) for entry, part, volume, _ in doses)
        yield None, f"sirt course {number}", _course(f"sirt course {number}", entries, [one for *_, one in doses], links)


def _doses(entry: FormEntry, links: Links) -> Iterator[tuple[FormEntry, str, dict[str, Any], dict[str, Any]]]:
    for item, name, kind, where in VOLUMES:
        dose = entry.number(item)
        if dose is None:
            continue
        lobe = str(entry.get("lobe")) if entry.get("lobe") in c.LATERALITY and where is c.LIVER else ""
        volume = {
            "resourceType": "BodyStructure",
            **links.meta("radiotherapy-volume"),
            "extension": [part_extension(f"volume {item}", entry)],
            "identifier": [
                {"use": "usual", "value": f"{name}, session {entry.get('session')}" + (f", lobe {lobe}" if lobe else "")}
            ],
            "morphology": kind,
            "location": where,
            **({"locationQualifier": [c.LATERALITY[lobe]]} if lobe else {}),
            "description": f"{name}; mean absorbed dose as the centre reports it",
            "patient": links.patient,
        }
        total = {"value": round(100 * dose, 6), "unit": "cGy", "system": UCUM, "code": "cGy"}
        inner = [
            {"url": "volume", "valueReference": links.to(entry.place, f"volume {item}")},
            {"url": "totalDoseDelivered", "valueQuantity": total},
            {"url": "fractionsDelivered", "valueUnsignedInt": 1},
        ]
        yield entry, f"volume {item}", volume, {"url": f"{MCODE}radiotherapy-dose-delivered-to-volume", "extension": inner}


def _course(part: str, entries: list[FormEntry], doses: list[dict[str, Any]], links: Links) -> dict[str, Any]:
    days = sorted(str(entry.get("session_on")) for entry in entries if entry.get("session_on"))
    sessions = len({entry.get("session") for entry in entries})
    how = [{"url": f"{MCODE}radiotherapy-modality", "valueCodeableConcept": c.RADIOPHARMACEUTICAL},
           {"url": f"{MCODE}radiotherapy-technique", "valueCodeableConcept": c.INTRAVASCULAR}]  # fmt: skip
    intent = [{"url": f"{MCODE}procedure-intent", "valueCodeableConcept": c.CURATIVE}] if _curative(links) else []
    return {
        "resourceType": "Procedure",
        **links.meta("radiotherapy-course-summary"),
        "extension": [
            *intent,
            {"url": f"{MCODE}radiotherapy-modality-and-technique", "extension": how},
            {"url": f"{MCODE}radiotherapy-sessions", "valueUnsignedInt": sessions},
            *doses,
            part_extension(part, None),
        ],
        "status": "completed",
        "category": concept("http://snomed.info/sct", "108290001", "Radiation oncology AND/OR radiotherapy (procedure)"),
        "code": c.RADIOTHERAPY,
        "subject": links.patient,
        "performedPeriod": {"start": days[0], "end": days[-1]} if days else absent("unknown"),
        **reasons(links),
        "bodySite": [c.LIVER],
    }
