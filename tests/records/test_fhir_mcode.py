"""Exported bundles against FHIR R4 (fhir.resources, R4B) and against mCODE's mandatory and must-support elements."""

import csv
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fhir_cases import NAME, SITE, by_hand, simulated

from glisson.records.fhir import bundle_text, write_bundle
from glisson.records.fhir.carrier import read_part
from glisson.records.fhir.names import HL7, LOINC, MCODE
from glisson.records.forms import FormEntry

TABLE = Path(__file__).parents[1] / "reference" / "mcode" / "must_support.csv"
Held = Callable[["Seen"], bool]


class Seen:
    """A resource, the entry it came from if it came from one, and all entries of its case."""

    def __init__(self, resource: dict[str, Any], entries: list[FormEntry]) -> None:
        self.resource, self.entries = resource, entries
        part = read_part(resource) or {}
        place = f"{part.get('form')}/{part.get('visit') or ''}/{part.get('instance')}"
        self.part = str(part.get("part"))
        self.entry = next((one for one in entries if one.place == place), None)

    def says(self, item: str) -> bool:
        return self.entry is not None and self.entry.get(item) is not None

    def has(self, form: str) -> bool:
        return any(one.form == form for one in self.entries)


def says(item: str) -> Held:
    return lambda seen: seen.says(item)


def has(form: str) -> Held:
    return lambda seen: seen.has(form)


def always(_: Seen) -> bool:
    return True


def curative(seen: Seen) -> bool:
    first = next((one for one in seen.entries if one.form == "decision"), None)
    return first is not None and bool(first.yes("curative_intent")) and (seen.entry is None or seen.entry.form == "tace_session")


def stopped(seen: Seen) -> bool:
    return seen.entry is not None and seen.entry.get("reason_stopped") not in (None, "completed", "pause")


def own_value(seen: Seen) -> bool:
    return seen.says(seen.part)


def missing(seen: Seen) -> bool:
    return seen.entry is not None and seen.entry.reason(seen.part) is not None


def protein(seen: Seen) -> bool:
    return seen.part == "kras_g12c" or (seen.entry is not None and seen.entry.get("braf") == "V600E" and seen.part == "braf")


def scanned(seen: Seen) -> bool:
    assert seen.entry is not None
    here = [one for one in seen.entries if one.form == "imaging" and one.visit == seen.entry.visit]
    return len(here) == 1 and here[0].get("modality") is not None


def first_said(seen: Seen) -> FormEntry | None:
    return next((one for one in seen.entries if one.form == "lesion" and f"lesion {one.get('lesion')}" == seen.part), None)


def in_liver(seen: Seen) -> bool:
    found = first_said(seen)
    return found is not None and found.get("organ") == "liver" and seen.has("disease")


def deaths(seen: Seen) -> bool:
    return seen.has("death")


def recorded(seen: Seen) -> bool:
    return seen.entry is not None and seen.entry.recorded_at is not None


def overall(seen: Seen) -> bool:
    return seen.part == "hepatic_progression" or seen.says("overall")


def by(seen: Seen) -> bool:
    return seen.part == MAIN or seen.says("hepatic_progression_by")


MAIN = "main"
DOSES = ("tumour_dose_Gy", "normal_liver_dose_Gy", "lung_dose_Gy")


def dosed(seen: Seen) -> bool:
    return any(one.get(dose) is not None for one in seen.entries if one.form == "sirt_session" for dose in DOSES)


def lobe(seen: Seen) -> bool:
    return seen.says("lobe") and "lung" not in seen.part


_CONDITION: dict[str, Held] = {
    "extension:assertedDate": says("assessed_on"),
    "clinicalStatus": always,
    "recordedDate": recorded,
}
HELD: dict[str, dict[str, Held]] = {
    "patient-bundle": {
        "timestamp": lambda seen: any(one.recorded_at for one in seen.entries),
        "entry:cancerPatient.resource": always,
        "entry:mcodeObservations": has("laboratory"),
        "entry:mcodeConditions": has("disease"),
        "entry:mcodeMedicationAdministrations": has("tace_session"),
        "entry:mcodeProcedures": has("tace_session"),
        "entry:mcodeBodyStructures": has("lesion"),
    },
    "cancer-patient": {"birthDate": says("birth_year"), "deceased[x]": deaths},
    "primary-cancer-condition": _CONDITION | {
        "extension:histologyMorphologyBehavior": lambda seen: bool(seen.entry and seen.entry.yes("histology_confirmed")),
        "verificationStatus": lambda seen: bool(seen.entry and seen.entry.yes("histology_confirmed")),
        "bodySite": says("primary_side"),
        "onset[x]": says("primary_on"),
    },
    "secondary-cancer-condition": _CONDITION | {
        "extension": always,
        "extension:relatedPrimaryCancerCondition": always,
        "bodySite": always,
        "onset[x]": says("metastases_on"),
    },
    "cancer-disease-status": {
        "extension:evidenceType": by,
        "focus": has("disease"),
        "effective[x]": lambda seen: seen.says("scanned_on") or seen.says("hepatic_progression_on"),
        "value[x]": overall,
    },
    "ecog-performance-status": {
        "effective[x]": lambda seen: seen.says("sampled_on") or seen.says("enrolled_on"),
        "value[x]": own_value,
        "dataAbsentReason": missing,
        "interpretation": own_value,
    },
    "cancer-related-medication-administration": {
        "extension:treatmentIntent": curative,
        "reasonReference": has("disease"),
        "statusReason": stopped,
    },
    "cancer-related-surgical-procedure": {"performed[x]": says("started_on"), "reasonReference": has("disease")},
    "radiotherapy-course-summary": {
        "extension:treatmentIntent": curative,
        "extension:modalityAndTechnique": always,
        "extension:modalityAndTechnique.extension:technique": always,
        "extension:actualNumberOfSessions": always,
        "extension:doseDeliveredToVolume": dosed,
        "extension:doseDeliveredToVolume.extension:totalDoseDelivered": dosed,
        "extension:doseDeliveredToVolume.extension:fractionsDelivered": dosed,
        "performed[x]": always,
        "reasonReference": has("disease"),
        "bodySite": always,
    },
    "radiotherapy-volume": {
        "identifier": always, "identifier:displayName": always, "morphology": always, "location": always,
        "locationQualifier": lobe, "description": always,
    },
    "tumor-marker-test": {"extension:relatedCondition": has("disease"), "effective[x]": always},
    "tumor": {"extension": always, "extension:relatedCondition": in_liver, "morphology": always},
    "tumor-size": {
        "focus": says("lesion"), "effective[x]": says("scanned_on"), "method": scanned,
        "component:tumorLongestDimension.value[x]": always,
        "component:tumorOtherDimension": says("perpendicular_diameter_mm"),
        "component:tumorOtherDimension.value[x]": says("perpendicular_diameter_mm"),
    },
    "genomic-variant": {
        "subject": always, "effective[x]:effectiveDateTime": says("assessed_on"), "value[x]": own_value, "dataAbsentReason": missing,
        "component": always,
    },
}  # fmt: skip
NOT_HELD: dict[str, dict[str, str]] = {
    "patient-bundle": {
        "entry:mcodeMedicationRequests": "the registry holds what was given, no prescriptions",
        "entry:mcodeDiagnosticReports": "no reports, only their findings",
        "entry:mcodeSpecimens": "no specimens",
    },
    "cancer-patient": dict.fromkeys(
        (
            "name.family",
            "name.given",
            "telecom.use",
            "address",
            "address.line",
            "address.city",
            "address.state",
            "address.postalCode",
            "address.period",
        ),
        "direct identifiers never enter the registry",
    ),
    "primary-cancer-condition": {
        "bodySite.extension:locationQualifier": "not asked",
        "bodySite.extension:lateralityQualifier": "a colon has a right and a left side in the form's word, not as a paired organ",
        "abatement[x]": "not asked",
        "stage": "the staging edition is not asked",
        "stage.assessment": "the staging edition is not asked",
    },
    "secondary-cancer-condition": {
        "extension:histologyMorphologyBehavior": "histology is asked of the adenocarcinoma, not of the metastasis",
        "verificationStatus": "not asked of the metastasis",
        "bodySite.extension:locationQualifier": "not asked",
        "bodySite.extension:lateralityQualifier": "asked as unilobar or bilobar only",
        "abatement[x]": "not asked",
    },
    "cancer-related-medication-administration": {"reasonCode": "the reason is a reference"},
    "cancer-related-surgical-procedure": {
        "extension:treatmentIntent": "not asked of earlier therapy",
        "reasonCode": "the reason is a reference",
        "bodySite": "not asked of earlier therapy",
        "bodySite.extension:locationQualifier": "not asked",
        "bodySite.extension:lateralityQualifier": "not asked",
    },
    "radiotherapy-course-summary": {"reasonCode": "the reason is a reference", "statusReason": "not asked of SIRT"},
    "tumor-marker-test": {
        "dataAbsentReason": "mCODE asks for a value; a missing one stands with the form",
        "specimen": "no specimens",
    },
    "tumor": {"locationQualifier": "Couinaud segments have no code here; they stand with the form"},
    "tumor-size": {"specimen": "a tumour in the body"},
    "genomic-variant": dict.fromkeys(
        (
            "method",
            "specimen",
            "component:cytogenetic-location",
            "component:cytogenomic-nomenclature",
            "component:sample-allelic-frequency",
            "component:sample-allelic-frequency.value[x]",
            "component:variation-code",
            "component:copy-number",
            "component:copy-number.value[x]",
        ),
        "not asked",
    ),
}
COMPONENT = {
    "tumorLongestDimension": "33728-7",
    "tumorOtherDimension": "33729-5",
    "gene-studied": "48018-6",
    "protein-hgvs": "48005-3",
}
EXTENSION = {
    "assertedDate": "http://hl7.org/fhir/StructureDefinition/condition-assertedDate",
    "relatedPrimaryCancerCondition": "http://hl7.org/fhir/StructureDefinition/condition-related",
    "histologyMorphologyBehavior": f"{MCODE}histology-morphology-behavior",
    "evidenceType": f"{MCODE}cancer-disease-status-evidence-type",
    "treatmentIntent": f"{MCODE}procedure-intent",
    "modalityAndTechnique": f"{MCODE}radiotherapy-modality-and-technique",
    "modality": f"{MCODE}radiotherapy-modality",
    "technique": f"{MCODE}radiotherapy-technique",
    "actualNumberOfSessions": f"{MCODE}radiotherapy-sessions",
    "doseDeliveredToVolume": f"{MCODE}radiotherapy-dose-delivered-to-volume",
    "relatedCondition": f"{MCODE}related-condition",
    "volume": "volume",
    "totalDoseDelivered": "totalDoseDelivered",
    "fractionsDelivered": "fractionsDelivered",
}
SLICE = {"mcodeObservations": "Observation", "mcodeConditions": "Condition", "mcodeProcedures": "Procedure", "cancerPatient": "Patient",
         "mcodeMedicationAdministrations": "MedicationAdministration", "mcodeBodyStructures": "BodyStructure"}  # fmt: skip


@cache
def table() -> tuple[dict[str, str], ...]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def found(value: Any, path: str) -> list[Any]:
    """Everything at a path of the table."""
    here = [value]
    for step in re.split(r"\.", path) if path else []:
        here = [inner for one in here for inner in _step(one, step)]
    return here


def _step(value: dict[str, Any], step: str) -> Iterator[Any]:
    name, _, piece = step.partition(":")
    if name.endswith("[x]"):
        stem = name[: -len("[x]")]
        yield from (inner for key, inner in value.items() if re.fullmatch(rf"{stem}[A-Z]\w*", key))
        return
    inner = value.get(name)
    for one in inner if isinstance(inner, list) else [] if inner is None else [inner]:
        if not piece or _is(one, name, piece):
            yield one


def _is(one: dict[str, Any], name: str, piece: str) -> bool:
    if name == "extension":
        return bool(one.get("url") == EXTENSION[piece])
    if name == "component":
        return COMPONENT.get(piece) in {coding["code"] for coding in one["code"]["coding"] if coding["system"] == LOINC}
    if name == "entry":
        return bool(one["resource"]["resourceType"] == SLICE[piece])
    if name == "identifier":
        return bool(one.get("use") == "usual")
    return bool(name == "category" and one["coding"][0]["system"] == f"{HL7}condition-category")


@cache
def cases() -> tuple[tuple[dict[str, Any], list[FormEntry]], ...]:
    every = [(NAME, SITE, by_hand()), *((case, found[0].site, list(found)) for case, found in simulated().items())]
    return tuple((write_bundle(case, site, entries).bundle, entries) for case, site, entries in every)


def claims() -> Iterator[tuple[str, Seen]]:
    for made, entries in cases():
        for resource in (made, *(one["resource"] for one in made["entry"])):
            for profile in resource.get("meta", {}).get("profile", []):
                assert profile.startswith(MCODE)
                yield profile.removeprefix(MCODE), Seen(resource, entries)


def test_every_bundle_validates_against_fhir_resources_R4B() -> None:
    from fhir.resources.R4B.bundle import Bundle

    for made, _ in cases():
        Bundle.model_validate_json(bundle_text(made))
        again = Bundle.model_validate_json(Bundle.model_validate(made).model_dump_json())
        assert len(again.entry) == len(made["entry"])


def test_every_profile_of_the_table_is_claimed_by_some_resource_and_no_other() -> None:
    assert {profile for profile, _ in claims()} == {row["profile"] for row in table()}


def element(row: dict[str, str]) -> str:
    return row["element"].partition(".")[2]


def test_every_must_support_element_is_written_or_said_to_be_unknown() -> None:
    """No element of the table is forgotten: the registry holds it, or the reason why it cannot."""
    for profile in {row["profile"] for row in table()}:
        asked = {element(row) for row in table() if row["profile"] == profile and row["required"].startswith("Required if known")}
        held, not_held = set(HELD.get(profile, {})), set(NOT_HELD.get(profile, {}))
        assert held | not_held == asked, profile
        assert not held & not_held, profile


def test_mandatory_elements_are_there_against_mcode() -> None:
    seen_rows = set()
    for profile, seen in claims():
        for row in table():
            if row["profile"] != profile or row["required"].startswith("Required if known"):
                continue
            path = element(row)
            if "conditional" in row["required"]:
                parent, _, last = path.rpartition(".")
                for one in found(seen.resource, parent):
                    assert found(one, last), (profile, path)
                    seen_rows.add((profile, path))
            else:
                assert found(seen.resource, path), (profile, path)
                seen_rows.add((profile, path))
    asked = {(row["profile"], element(row)) for row in table() if row["required"] == "Required"}
    assert asked <= seen_rows


def test_must_support_elements_are_there_when_the_registry_holds_the_fact_against_mcode() -> None:
    populated: dict[tuple[str, str], int] = {}
    for profile, seen in claims():
        for path, held in HELD.get(profile, {}).items():
            if held(seen):
                assert found(seen.resource, re.sub(r"\[x\]:\w+", "[x]", path)), (profile, path, seen.part)
                populated[profile, path] = populated.get((profile, path), 0) + 1
    assert set(populated) == {(profile, path) for profile, paths in HELD.items() for path in paths}


def test_a_tumour_size_has_a_tumour_and_not_a_specimen_against_the_invariant() -> None:
    sizes = [seen.resource for profile, seen in claims() if profile == "tumor-size"]
    assert sizes
    assert all("focus" in one and "specimen" not in one and "valueQuantity" not in one for one in sizes)


STOPPED_ONLY = {"266721009", "407563006", "160932005", "105480006", "184081006", "309846006", "399307001", "419620001", "7058009",
                "443729008", "77386006", "182992009"}  # fmt: skip


def test_reasons_to_stop_stand_only_with_stopped_treatments_against_the_invariant() -> None:
    given = [seen.resource for profile, seen in claims() if profile == "cancer-related-medication-administration"]
    for one in given:
        codes = {coding["code"] for reason in one.get("statusReason", []) for coding in reason.get("coding", [])}
        assert not codes or one["status"] == "stopped"
        assert codes <= STOPPED_ONLY
    assert any("statusReason" in one for one in given)


@pytest.mark.parametrize(("profile", "units"), [("tumor-size", {"mm"}), ("tumor-marker-test", {"ug/L"})])
def test_units_are_ucum_codes_of_the_profile(profile: str, units: set[str]) -> None:
    quantities = [q for name, seen in claims() if name == profile
                  for q in [*found(seen.resource, "component.valueQuantity"), *found(seen.resource, "valueQuantity")]]  # fmt: skip
    assert {q["code"] for q in quantities if q["code"] != "mL"} == units
    assert {q["system"] for q in quantities} == {"http://unitsofmeasure.org"}
