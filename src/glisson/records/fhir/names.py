"""Names that a bundle uses: published addresses, and this project's own, which name things and do not resolve."""

from typing import Any

BASE = "https://glisson.readthedocs.io/fhir"
"""The documentation's address; ``docs/how-to/fhir.md`` lists every name below it."""
ENTRY = f"{BASE}/form-entry"
ITEM = f"{BASE}/form-item"
PSEUDONYM = f"{BASE}/pseudonym"
SITE = f"{BASE}/site"
LESION = f"{BASE}/lesion"
ITEMS = f"{BASE}/items"
WORDS = f"{BASE}/words"
TAGS = f"{BASE}/tags"
QUESTIONNAIRE = f"{BASE}/qlq-c30"

MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
"""mCODE STU4 (4.0.0)."""
HL7 = "http://terminology.hl7.org/CodeSystem/"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ATC = "http://www.whocc.no/atc"
HGNC = "http://www.genenames.org"
HGVS = "http://varnomen.hgvs.org"
ABSENT_EXTENSION = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
ASSERTED = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"
RELATED = "http://hl7.org/fhir/StructureDefinition/condition-related"

ABSENT = {"not done": "not-performed", "unknown": "unknown", "not applicable": "not-applicable"}
"""Reason of a form to code of HL7's data-absent-reason."""
REASON = {code: reason for reason, code in ABSENT.items()}
MASKED = "masked"


def concept(system: str, code: str, display: str = "", text: str = "") -> dict[str, Any]:
    """A CodeableConcept of one coding.

    >>> concept("http://loinc.org", "2039-6")
    {'coding': [{'system': 'http://loinc.org', 'code': '2039-6'}]}
    """
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]} | ({"text": text} if text else {})


def word(form: str, item: str, value: str) -> dict[str, str]:
    """Coding of a word of one of the forms' own lists."""
    return {"system": f"{WORDS}/{form}.{item}", "code": value}


def local(code: str, text: str) -> dict[str, Any]:
    """A CodeableConcept of this project: the name of a form or of an item."""
    return {"coding": [{"system": ITEMS, "code": code}], "text": text}


def absent(reason: str) -> dict[str, Any]:
    """Extension that says why an element has no value, by code of data-absent-reason."""
    return {"extension": [{"url": ABSENT_EXTENSION, "valueCode": reason}]}
