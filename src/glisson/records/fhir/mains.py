"""The one resource that every entry becomes, form by form."""

from typing import Any

from glisson.records.fhir import codes as c
from glisson.records.fhir.element import Element, Step
from glisson.records.fhir.links import Links
from glisson.records.fhir.names import (
    ABSENT_EXTENSION,
    ASSERTED,
    HL7,
    LOINC,
    MASKED,
    MCODE,
    PSEUDONYM,
    QUESTIONNAIRE,
    RELATED,
    concept,
    local,
    word,
)
from glisson.records.fhir.piece import MAIN, Piece, reasons, words_of
from glisson.records.forms import FormEntry
from glisson.records.forms import form as form_of

DAY = ("effectiveDateTime",)


def _observation(entry: FormEntry, links: Links) -> dict[str, Any]:
    title = form_of(entry.form, entry.edition).title
    return {"status": "final", "code": local(entry.form, title), "subject": links.patient}


def observation(form: str, item: str) -> Piece:
    """A form that FHIR has no resource for: an Observation of this project's own code on its day."""
    return Piece(MAIN, "Observation", _observation, (Element(item, DAY),))


def patient_base(links: Links) -> dict[str, Any]:
    """A patient without a name: pseudonym, site, and the day of death where it is known."""
    masked = {"extension": [{"url": ABSENT_EXTENSION, "valueCode": MASKED}]}
    death = links.first("death")
    died = death.get("died_on") if death else None
    return {
        "identifier": [{"use": "secondary", "system": PSEUDONYM, "value": links.case}],
        "name": [masked],
        "gender": "unknown",
        "managingOrganization": links.to("", "site"),
    } | ({"deceasedDateTime": died} if isinstance(died, str) else {})


def _patient() -> Piece:
    sex = Element("sex", ("gender",), words={"female": "female", "male": "male"})
    year = Element("birth_year", ("birthDate",), year=True)
    return Piece(MAIN, "Patient", lambda entry, links: patient_base(links), (sex, year), lambda _: "cancer-patient")


def _consent() -> Piece:
    def base(entry: FormEntry, links: Links) -> dict[str, Any]:
        return {
            "status": "draft",
            "scope": concept(f"{HL7}consentscope", "research"),
            "category": [concept(LOINC, "59284-0", "Consent Document")],
            "patient": links.patient,
            "policyRule": {"text": "consent to the registry, as its information sheet says"},
        }

    said = Element("withdrawn", ("status",), words={"yes": "inactive", "no": "active"})
    return Piece(MAIN, "Consent", base, (said, Element("consented_on", ("dateTime",))))


def _condition(links: Links) -> dict[str, Any]:
    return {
        "clinicalStatus": concept(f"{HL7}condition-clinical", "active"),
        "category": [concept(f"{HL7}condition-category", "problem-list-item")],
        "subject": links.patient,
    }


def _histology(entry: FormEntry) -> dict[str, Any]:
    if not entry.yes("histology_confirmed"):
        return {}
    return {
        "verificationStatus": concept(f"{HL7}condition-ver-status", "confirmed"),
        "evidence": [{"code": [c.HISTOLOGY]}],
        "extension": [{"url": f"{MCODE}histology-morphology-behavior", "valueCodeableConcept": c.ADENOCARCINOMA}],
    }


def _recorded(entry: FormEntry) -> dict[str, str]:
    return {"recordedDate": entry.recorded_at.isoformat(timespec="seconds")} if entry.recorded_at else {}


def _primary() -> Piece:
    sides = {
        "right colon": {"coding": [c.COLON, word("disease", "primary_side", "right colon")], "text": "right colon"},
        "left colon": {"coding": [c.COLON, word("disease", "primary_side", "left colon")], "text": "left colon"},
        "rectum": {"coding": [c.RECTUM, word("disease", "primary_side", "rectum")], "text": "rectum"},
    }
    cancers = {"right colon": c.COLON_CANCER, "left colon": c.COLON_CANCER, "rectum": c.RECTUM_CANCER}

    def base(entry: FormEntry, links: Links) -> dict[str, Any]:
        code = cancers.get(str(entry.get("primary_side")), {"text": "colorectal cancer"})
        return {**_condition(links), **_histology(entry), **_recorded(entry), "code": code}

    elements = (
        Element("assessed_on", ("extension", {"url": ASSERTED}, "valueDateTime")),
        Element("primary_on", ("onsetDateTime",)),
        Element("primary_side", ("bodySite",), words={name: [site] for name, site in sides.items()}),
    )
    return Piece(MAIN, "Condition", base, elements, lambda _: "primary-cancer-condition")


def metastases() -> Piece:
    """The liver metastases that every patient of the registry has."""

    def base(entry: FormEntry, links: Links) -> dict[str, Any]:
        related = {"url": RELATED, "valueReference": links.to(entry.place, MAIN)}
        assessed = entry.get("assessed_on")
        asserted = [{"url": ASSERTED, "valueDateTime": assessed}] if isinstance(assessed, str) else []
        more = {"code": c.LIVER_METASTASES, "bodySite": [c.LIVER], "extension": [*asserted, related]}
        return {**_condition(links), **_recorded(entry), **more}

    onset = Element("metastases_on", ("onsetDateTime",))
    return Piece("metastases", "Condition", base, (onset,), lambda _: "secondary-cancer-condition", when=lambda _: True)


def _questionnaire() -> Piece:
    def base(entry: FormEntry, links: Links) -> dict[str, Any]:
        return {"status": "completed", "questionnaire": QUESTIONNAIRE, "subject": links.patient}

    def path(item: str) -> tuple[Step, ...]:
        return ("item", {"linkId": item}, "answer", {}, "valueInteger")

    answers = (Element(f"q{number}", path(f"q{number}")) for number in range(1, 31))
    return Piece(MAIN, "QuestionnaireResponse", base, (Element("completed_on", ("authored",)), *answers))


def _adverse_event() -> Piece:
    serious = {name: concept(f"{HL7}adverse-event-seriousness", code) for name, code in _SERIOUS.items()}
    outcome = {name: concept(f"{HL7}adverse-event-outcome", code) for name, code in _OUTCOME.items()}

    def base(entry: FormEntry, links: Links) -> dict[str, Any]:
        return {"actuality": "actual", "subject": links.patient}

    elements = (
        Element("term", ("event", "text")),
        Element("started_on", ("date",)),
        Element("serious", ("seriousness",), words=serious),
        Element("outcome", ("outcome",), words=outcome),
    )
    return Piece(MAIN, "AdverseEvent", base, elements)


_SERIOUS = {"yes": "serious", "no": "non-serious"}
_OUTCOME = {
    "recovered": "resolved", "recovering": "recovering", "recovered with sequelae": "resolvedWithSequelae",
    "not recovered": "ongoing", "fatal": "fatal",
}  # fmt: skip


def _response() -> Piece:
    """The reader's overall response as mCODE's disease status, and in the words of the criterion."""
    words = words_of("response", "overall")
    both = {name: {"coding": [*([c.TREND[name]] if name in c.TREND else []), *one["coding"]]} for name, one in words.items()}

    def base(entry: FormEntry, links: Links) -> dict[str, Any]:
        evidence = {"url": f"{MCODE}cancer-disease-status-evidence-type", "valueCodeableConcept": c.IMAGING}
        focus = {"focus": links.metastases} if links.metastases else {}
        return {"status": "final", "code": c.DISEASE_STATUS, "subject": links.patient, "extension": [evidence], **focus}

    overall = Element("overall", ("valueCodeableConcept",), words=both, absent=("dataAbsentReason",))
    return Piece(MAIN, "Observation", base, (Element("scanned_on", DAY), overall), _status_profile)


def _status_profile(entry: FormEntry) -> str | None:
    overall = entry.get("overall")
    return "cancer-disease-status" if overall is None or overall in c.TREND else None


def treatment(form: str) -> Piece:
    """A session or a course."""

    def base(entry: FormEntry, links: Links) -> dict[str, Any]:
        code = local(entry.form, form_of(entry.form, entry.edition).title)
        return {"status": "completed", "code": code, "subject": links.patient, **reasons(links)}

    outcome = Element("technical_success", ("outcome",), words=words_of(form, "technical_success"))
    if form == "hai_course":
        return Piece(MAIN, "Procedure", base, (*PERIOD, outcome))
    return Piece(MAIN, "Procedure", base, (Element("session_on", ("performedDateTime",)), outcome))


PERIOD = (Element("started_on", ("performedPeriod", "start")), Element("ended_on", ("performedPeriod", "end")))


def _history() -> Piece:
    def base(entry: FormEntry, links: Links) -> dict[str, Any]:
        ongoing, over = entry.yes("ongoing"), entry.day("ended_on") is not None
        surgery = entry.get("therapy") in ("resection", "ablation")
        status = "in-progress" if ongoing else "completed" if over or surgery or ongoing is False else "unknown"
        text = f"{entry.get('therapy') or 'earlier therapy'}"
        return {"status": status, "code": local("history_line", text), "subject": links.patient, **reasons(links)}

    return Piece(MAIN, "Procedure", base, PERIOD, lambda e: "cancer-related-surgical-procedure" if _resection(e) else None)


def _resection(entry: FormEntry) -> bool:
    return bool(entry.get("therapy") == "resection")


def mains() -> dict[str, Piece]:
    """Form to its main part; lesions have their own module."""
    days = {
        "laboratory": "sampled_on", "decision": "board_on", "imaging": "scanned_on", "follow_up": "contacted_on",
        "death": "died_on",
    }  # fmt: skip
    return {
        "patient": _patient(),
        "consent": _consent(),
        "disease": _primary(),
        "history_line": _history(),
        "qlq_c30": _questionnaire(),
        "adverse_event": _adverse_event(),
        "response": _response(),
        **{form: treatment(form) for form in ("tace_session", "sirt_session", "ablation_session", "hai_course")},
        **{form: observation(form, item) for form, item in days.items()},
    }
