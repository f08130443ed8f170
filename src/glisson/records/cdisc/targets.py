"""Where each item of a form stands in SDTM: its own target, with the few that SDTM wants elsewhere, and the words there."""

from functools import cache

from glisson.records.forms import Form, Item, ItemType
from glisson.records.forms.definition import CdiscTarget

FINDINGS = ("LB", "QS", "RS", "TR", "VS")
"""Domains with one record for each test of an entry; the others have one record for each entry, DM one for each case."""
SUPP = "SUPP"

_ELSEWHERE: dict[tuple[str, str], str] = {
    ("patient", "enrolled_on"): "SUPPDM.QVAL ENROLDTC",  # RFICDTC is the consent's
    ("imaging", "scanned_on"): "PR.PRSTDTC",  # a scan is a procedure; TR holds results of lesions only
    ("imaging", "timepoint"): "SUPPPR.QVAL TIMEPT",
    ("imaging", "reader"): "SUPPPR.QVAL READER",
    ("imaging", "modality"): "PR.PRTRT",
    ("imaging", "slice_thickness_mm"): "SUPPPR.QVAL SLICEMM",
    ("imaging", "arterial_phase"): "SUPPPR.QVAL ARTPHASE",
    ("imaging", "body_regions"): "SUPPPR.QVAL REGIONS",
    ("imaging", "quality"): "SUPPPR.QVAL QUALITY",
    ("lesion", "short_axis_mm"): "TR.TRSTRESN SAXIS",  # LPERP is the perpendicular of what is no node
    ("lesion", "viable_diameter_mm"): "TR.TRSTRESN LDIAMV",
    ("follow_up", "hepatic_progression_on"): "SUPPDS.QVAL HEPPDDTC",  # RS holds readers' calls only
    ("follow_up", "extrahepatic_progression_on"): "SUPPDS.QVAL EXTPDDTC",
}

FIXED: dict[tuple[str, str], dict[str, str]] = {
    ("tace_session", "PR"): {"PRTRT": "TRANSARTERIAL CHEMOEMBOLIZATION", "PRCAT": "TACE"},
    ("tace_session", "EX"): {"EXDOSU": "mg", "EXVOLU": "mL", "EXROUTE": "INTRA-ARTERIAL", "EXCAT": "TACE"},
    ("sirt_session", "PR"): {"PRCAT": "RADIOEMBOLIZATION"},
    ("sirt_session", "EX"): {"EXDOSU": "GBq", "EXROUTE": "INTRA-ARTERIAL", "EXCAT": "RADIOEMBOLIZATION"},
    ("hai_course", "PR"): {"PRTRT": "HEPATIC ARTERIAL INFUSION", "PRCAT": "HAI"},
    ("hai_course", "EX"): {"EXDOSU": "mg", "EXCAT": "HAI"},
    ("ablation_session", "PR"): {"PRCAT": "ABLATION"},
    ("imaging", "PR"): {"PRCAT": "IMAGING"},
    ("decision", "DS"): {"DSCAT": "OTHER EVENT", "DSDECOD": "TREATMENT DECISION"},
    ("decision", "CM"): {"CMCAT": "CONCOMITANT"},
    ("follow_up", "DS"): {"DSCAT": "OTHER EVENT", "DSTERM": "FOLLOW-UP CONTACT"},
    ("death", "DS"): {"DSCAT": "DISPOSITION EVENT", "DSDECOD": "DEATH"},
    ("consent", "DS"): {"DSCAT": "PROTOCOL MILESTONE", "DSTERM": "INFORMED CONSENT"},
    ("patient", "QS"): {"QSCAT": "ECOG"},
    ("laboratory", "QS"): {"QSCAT": "ECOG"},
    ("qlq_c30", "QS"): {"QSCAT": "EORTC QLQ-C30"},
    ("lesion", "TU"): {"TUTESTCD": "TUMIDENT", "TUTEST": "Tumor Identification"},
}
"""What a record says because of the form that it comes from."""

_TERMS: dict[tuple[str, str], dict[str, str]] = {
    ("patient", "sex"): {"female": "F", "male": "M"},
    ("adverse_event", "ongoing"): {"yes": "ONGOING", "no": "BEFORE"},
    ("history_line", "ongoing"): {"yes": "ONGOING", "no": "BEFORE"},
    ("adverse_event", "outcome"): {
        "recovered": "RECOVERED/RESOLVED",
        "recovering": "RECOVERING/RESOLVING",
        "recovered with sequelae": "RECOVERED/RESOLVED WITH SEQUELAE",
        "not recovered": "NOT RECOVERED/NOT RESOLVED",
        "fatal": "FATAL",
    },
    ("lesion", "role"): {"target": "TARGET", "non-target": "NON-TARGET", "new": "NEW"},
    ("lesion", "state"): {
        "measured": "MEASURED",
        "absent": "ABSENT",
        "too small": "TOO SMALL TO MEASURE",
        "present": "PRESENT",
        "not evaluable": "NOT EVALUABLE",
        "unequivocal progression": "UNEQUIVOCAL PROGRESSION",
    },
    ("response", "overall"): {"non-CR/non-PD": "NON-CR/NON-PD"},
    ("response", "non_target"): {"non-CR/non-PD": "NON-CR/NON-PD"},
    ("follow_up", "lost_to_follow_up"): {"yes": "LOST TO FOLLOW-UP", "no": "FOLLOW-UP"},
    ("consent", "withdrawn"): {"yes": "WITHDRAWAL BY SUBJECT", "no": "INFORMED CONSENT OBTAINED"},
}
"""Words of CDISC's controlled terminology where a form has its own."""


@cache
def target(form: str, item: Item) -> CdiscTarget | None:
    """Where an item of a form stands."""
    elsewhere = _ELSEWHERE.get((form, item.name))
    if elsewhere is None:
        return item.cdisc
    where, _, code = elsewhere.partition(" ")
    domain, _, variable = where.partition(".")
    return CdiscTarget(domain=domain, variable=variable, testcode=code or None)


def parent(domain: str) -> str:
    """The domain that a supplemental one belongs to; any other is its own.

    >>> parent("SUPPAE"), parent("AE")
    ('AE', 'AE')
    """
    return domain.removeprefix(SUPP)


def term(form: str, item: Item, word: str) -> str:
    """A word of a form as SDTM has it."""
    known = _TERMS.get((form, item.name), {})
    if not known and item.type is ItemType.YES_NO:
        known = {"yes": "Y", "no": "N"}
    return known.get(word, word)


def word(form: str, item: Item, said: str) -> str:
    """The inverse of :func:`term`."""
    return next((own for own in item.words if term(form, item, own) == said), said)


def domains(form: Form) -> list[str]:
    """Domains to which a form goes, supplemental ones by their parents."""
    found = (target(form.form, item) for item in form.items)
    return list(dict.fromkeys(parent(one.domain) for one in found if one is not None))
