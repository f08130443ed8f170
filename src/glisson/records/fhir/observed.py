"""Observations of single items: laboratory, body, performance status, tumour markers, gene variants."""

from collections.abc import Iterable
from typing import Any

from glisson.records.fhir import codes as c
from glisson.records.fhir.element import Element
from glisson.records.fhir.links import Links
from glisson.records.fhir.names import HGVS, HL7, LOINC, concept, word
from glisson.records.fhir.piece import Base, Piece, day, words_of
from glisson.records.forms import FormEntry
from glisson.records.forms import form as form_of

REASON_PATH = ("dataAbsentReason",)
TUMOUR_MARKER = "tumor-marker-test"


def _base(category: str, code: dict[str, Any], more: Base | None = None) -> Base:
    def made(entry: FormEntry, links: Links) -> dict[str, Any]:
        kind = [concept(f"{HL7}observation-category", category)]
        found = {"status": "final", "category": kind, "code": code, "subject": links.patient, **day(entry)}
        return found | (more(entry, links) if more else {})

    return made


def quantity(form: str, item: str, code: tuple[str, str, str], category: str) -> Piece:
    """A number with its unit, and the laboratory's limits of normal."""
    loinc, name, unit = code
    value = Element(item, ("valueQuantity",), unit=unit, absent=REASON_PATH)
    return Piece(item, "Observation", _base(category, concept(LOINC, loinc, name)), (value, *_limits(form, item, unit)))


def _limits(form: str, item: str, unit: str) -> Iterable[Element]:
    for one in form_of(form).items:
        if one.noun is not None and one.noun.noun == "observation" and one.noun.field == item and one.noun.part != "value":
            side = "high" if one.noun.part == "upper_normal" else "low"
            yield Element(one.name, ("referenceRange", {}, side), unit=unit)


def ecog(form: str) -> Piece:
    """The performance status of a form."""

    def interpretation(entry: FormEntry, links: Links) -> dict[str, Any]:
        score = entry.get("ecog")
        known = isinstance(score, int) and 0 <= score < len(c.ECOG_ANSWERS)
        return {"interpretation": [concept(LOINC, c.ECOG_ANSWERS[score])]} if known else {}

    element = Element("ecog", ("valueInteger",), absent=REASON_PATH)
    base = _base("survey", c.ECOG, interpretation)
    return Piece("ecog", "Observation", base, (element,), lambda _: "ecog-performance-status")


def _related(entry: FormEntry, links: Links) -> dict[str, Any]:
    if not links.metastases:
        return {}
    from glisson.records.fhir.names import MCODE

    return {"extension": [{"url": f"{MCODE}related-condition", "valueReference": links.metastases[0]}]}


def cea() -> Piece:
    """The tumour marker; mCODE asks for a value, so that a missing one stands with the form."""
    loinc, name, unit = c.CEA
    element = Element("cea_ug_per_L", ("valueQuantity",), unit=unit)
    base = _base("laboratory", concept(LOINC, loinc, name), _related)
    return Piece("cea_ug_per_L", "Observation", base, (element,), lambda _: TUMOUR_MARKER)


def marker(item: str, code: dict[str, Any]) -> Piece:
    """A marker of the tumour in the words of the form."""
    element = Element(item, ("valueCodeableConcept",), words=words_of("disease", item))
    return Piece(item, "Observation", _base("laboratory", code, _related), (element,), lambda _: TUMOUR_MARKER)


def category(item: str, code: dict[str, Any]) -> Piece:
    """A category of the primary; without its staging system, which the registry does not ask, it is no TNM of mCODE."""
    element = Element(item, ("valueCodeableConcept",), words=words_of("disease", item), absent=REASON_PATH)
    return Piece(item, "Observation", _base("exam", code), (element,))


def variant(item: str, genes: tuple[dict[str, Any], ...], present: dict[str, str | None], not_present: str) -> Piece:
    """A gene variant: ``present`` maps words of the form to the change of the protein, where the word says which."""

    def components(entry: FormEntry, links: Links) -> dict[str, Any]:
        found = [{"code": c.GENE, "valueCodeableConcept": gene} for gene in genes]
        protein = _protein.get(str(entry.get(item)))
        if protein:
            found.append({"code": c.PROTEIN, "valueCodeableConcept": concept(HGVS, protein)})
        return {"component": found}

    _protein = {**present, not_present: next((p for p in present.values() if p and len(present) == 1), None)}
    answers = dict.fromkeys(present, c.PRESENT) | {not_present: c.NOT_PRESENT}
    words = {name: {"coding": [answer, word("disease", item, name)]} for name, answer in answers.items()}
    element = Element(item, ("valueCodeableConcept",), words=words, absent=REASON_PATH)
    base = _base("laboratory", c.VARIANT, components)
    return Piece(item, "Observation", base, (element,), lambda _: "genomic-variant")


def laboratory_parts() -> tuple[Piece, ...]:
    """Parts of the form 'laboratory'."""
    found = [quantity("laboratory", item, code, "laboratory") for item, code in c.LABORATORY.items()]
    return (*found, cea(), ecog("laboratory"), quantity("laboratory", "weight_kg", c.BODY["weight_kg"], "vital-signs"))


def patient_parts() -> tuple[Piece, ...]:
    """Parts of the form 'patient'."""
    return (ecog("patient"), *(quantity("patient", item, code, "vital-signs") for item, code in c.BODY.items()))


def disease_parts() -> tuple[Piece, ...]:
    """Parts of the form 'disease' that are observations."""
    return (
        cea(),
        marker("microsatellites", c.MICROSATELLITES),
        marker("her2", c.HER2),
        category("primary_t", c.T_CATEGORY),
        category("primary_nodes", c.N_CATEGORY),
        variant("ras", (c.KRAS, c.NRAS), {"mutated": None}, "wild type"),
        variant("kras_g12c", (c.KRAS,), {"yes": "p.Gly12Cys"}, "no"),
        variant("braf", (c.BRAF,), {"V600E": "p.Val600Glu", "other mutation": None}, "wild type"),
    )
