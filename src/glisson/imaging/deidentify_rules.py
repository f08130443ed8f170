"""What the de-identification does with each DICOM attribute: the profile's table, what is kept, what is looked for.

References:
    NEMA PS3.15 2026c, annex E: table E.1-1, E.3.7 (characteristics), E.3.10 (safe private).
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag

from glisson.imaging.structure_names import guess

TABLE = "dicomfields_2026c"
EDITION = "PS3.15 2026c"
METHODS = {
    "113100": "Basic Application Confidentiality Profile",
    "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
    "113108": "Retain Patient Characteristics Option",
    "113111": "Retain Safe Private Option",
}
KEPT = ("PatientWeight", "PatientSize", "PatientSex", "TimezoneOffsetFromUTC")
"""Weight and size for the activity by body surface, sex for the tables, the offset so that clock times stay instants."""
NAMES = ("ROIName", "StructureSetLabel", "SegmentLabel", "RTPlanLabel")
"""Kept where they name anatomy, else replaced by a number."""
SAFE_PRIVATE = {("Philips PET Private Group", 0x00), ("Philips PET Private Group", 0x09)}
"""Creator and last byte of the element in group 7053: scale factors (PS3.15 table E.3.10-1)."""
TEXT = frozenset({"LO", "SH", "LT", "ST", "UT", "UC", "PN", "AE", "UR"})
FREE_TEXT = frozenset({"LT", "ST", "UT", "UC", "PN", "UR"})
IDENTIFYING = (
    "PatientName", "PatientID", "OtherPatientIDs", "OtherPatientNames", "PatientBirthDate", "PatientBirthName", "PatientAddress",
    "PatientTelephoneNumbers", "PatientMotherBirthName", "AccessionNumber", "ReferringPhysicianName", "PerformingPhysicianName",
    "OperatorsName", "NameOfPhysiciansReadingStudy", "RequestingPhysician", "InstitutionName", "InstitutionAddress", "StudyID",
    "PhysiciansOfRecord", "IssuerOfPatientID", "MedicalRecordLocator",
)  # fmt: skip
"""Their values must be found nowhere in what is written."""
SHORTEST_NAME = 4
"""Parts of a name below this many letters are not searched for: they would match anything."""
LONGEST_SHIFT_days = 3650
NOT_IMAGES = frozenset({"SC", "OT", "DOC", "SR", "KO", "PR"})


@cache
def actions() -> dict[BaseTag, str]:
    """What the profile does with each attribute: "uid", "date", "empty" or "remove"."""
    from dicomanonymizer.dicomfields_selector import dicom_anonymization_database_selector
    from pydicom.datadict import dictionary_VR

    table = dicom_anonymization_database_selector(TABLE)
    found: dict[BaseTag, str] = {}
    for name, tags in table.items():
        if name == "ALL_TAGS":
            continue
        for numbers in tags:
            if len(numbers) != 2:
                continue
            tag = Tag(*numbers)
            found[tag] = {"U_TAGS": "uid", "X_Z_U_STAR_TAGS": "uid", "X_TAGS": "remove"}.get(name, "empty")
            try:
                vr = dictionary_VR(tag)
            except KeyError:
                continue
            if vr in ("DA", "DT", "TM"):
                found[tag] = "date"
    for keyword in (*KEPT, *NAMES):
        found.pop(Tag(keyword), None)
    for keyword in ("PatientBirthDate", "PatientBirthTime"):
        found[Tag(keyword)] = "empty"
    return found


_ANATOMY = re.compile(
    r"\d+[a-z]?|mm|cm|right|left|rt|lt|r|l|upper|lower|anterior|posterior|lobes?|segments?|seg|volume|vol|whole|normal|perfused|"
    r"treated|healthy|non|minus|without|cold|hot|margin|plus|gtv|ctv|ptv|body|external|hepatic|liver|livers|lungs?|total|all|"
    r"tumou?rs?|tumorous|lesions?|mets?|metastas[ie]s|hcc|nodules?|crlm|territor(y|ies)|lobar|angiosome|gall|bladder|gallbladder|"
    r"stomach|duodenum|pancreas|spleen|kidneys?|bowel|small|large|colon|heart|spinal|cord|canal|o?esophagus|aorta|skin|"
    r"parenchyma|necros[ie]s|necrotic|viable|bed|of|the|and|in|for"
)


def is_anatomy(name: str) -> bool:
    """True where the name says something known and every word is one of a fixed list; a surname is not.

    >>> [is_anatomy(name) for name in ("Liver right lobe", "Tumor 1", "Liver Miller", "Miller")]
    [True, True, False, False]
    """
    if guess(name) is None:
        return False
    words = re.findall(r"[^\W_]+", name.lower())
    return all(_ANATOMY.fullmatch(word) for word in words)


def is_plane_of_graphics(tag: BaseTag) -> bool:
    """Curve data (50xx), and the data and comments of overlays (60xx): pictures that may hold text."""
    return 0x5000 <= tag.group <= 0x501E or 0x6000 <= tag.group <= 0x601E


def identifying_words(dataset: Dataset) -> frozenset[str]:
    """What would betray the person: the values of identifying attributes and the parts of names, in lower case and without accents."""
    words: set[str] = set()
    for keyword in IDENTIFYING:
        for value in _values(dataset.get(keyword)):
            words.add(_plain(value))
            words.update(_plain(part) for part in re.split(r"[\^=\s,]+", value) if len(part) >= SHORTEST_NAME)
    return frozenset(word for word in words if len(word) >= SHORTEST_NAME)


def _plain(text: str) -> str:
    """Lower case, without accents: a surname is written with and without them."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))


def _values(value: Any) -> Iterator[str]:
    if value is None:
        return
    many = [value] if isinstance(value, str) or not hasattr(value, "__iter__") or hasattr(value, "family_name") else value
    yield from (str(one).strip() for one in many if str(one).strip())


def remove_words(dataset: Dataset, words: frozenset[str], *, keep: str) -> int:
    """Empties every remaining text that holds one of ``words`` as a whole word; returns how many."""
    if not words:
        return 0
    search = re.compile(r"(?<![a-z0-9])(" + "|".join(re.escape(word) for word in sorted(words)) + r")(?![a-z0-9])")
    removed = 0
    for element in dataset:
        if element.VR == "SQ":
            removed += sum(remove_words(item, words, keep=keep) for item in element.value or [])
        elif element.VR in TEXT:
            values = [value for value in _values(element.value) if value != keep]
            if any(search.search(_plain(value)) for value in values):
                element.value = None
                removed += 1
    return removed
