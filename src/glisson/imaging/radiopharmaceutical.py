"""Which nuclide a DICOM file says was given, and how that agrees with what the case and the knowledge tables say."""

import re
from datetime import datetime, tzinfo
from functools import cache
from typing import Any

from glisson.case.result import Finding
from glisson.errors import BadInput
from glisson.imaging.dicom_file import Header
from glisson.imaging.dicom_time import date_time
from glisson.imaging.readout import warning
from glisson.knowledge import nuclides

SYMBOLS = {
    "yttrium": "Y", "technetium": "Tc", "holmium": "Ho", "lutetium": "Lu", "rhenium": "Re", "fluorine": "F", "gallium": "Ga",
    "iodine": "I", "zirconium": "Zr", "germanium": "Ge", "sodium": "Na", "indium": "In", "copper": "Cu", "carbon": "C",
    "nitrogen": "N", "oxygen": "O", "rubidium": "Rb", "scandium": "Sc", "terbium": "Tb", "samarium": "Sm", "actinium": "Ac",
    "thallium": "Tl", "krypton": "Kr", "xenon": "Xe", "strontium": "Sr", "phosphorus": "P", "gold": "Au", "radium": "Ra",
    "lead": "Pb", "bismuth": "Bi", "bromine": "Br", "chromium": "Cr", "cobalt": "Co", "iridium": "Ir", "potassium": "K",
    "selenium": "Se", "gadolinium": "Gd", "ytterbium": "Yb", "manganese": "Mn", "niobium": "Nb", "arsenic": "As",
}  # fmt: skip
NUCLIDE_GROUPS = (18, 4020)
"""DICOM context groups of nuclides (PS3.16): for nuclear medicine and for PET."""
HALF_LIFE_TOLERANCE = 0.01

_NAMES = "|".join([*SYMBOLS, *sorted(set(SYMBOLS.values()), key=len, reverse=True)])
_ELEMENT_FIRST = re.compile(rf"(?<![A-Za-z])({_NAMES})[\s\-^\[]*(\d{{2,3}})\s?(m?)(?![A-Za-z0-9])", re.IGNORECASE)
_NUMBER_FIRST = re.compile(rf"(?<![A-Za-z0-9])(\d{{2,3}})(m?)[\s\-^]*({_NAMES})(?![a-z])", re.IGNORECASE)


def nuclide_in(text: str) -> str | None:
    """The nuclide that a text names, as "Y-90"; ``None`` when it names none.

    >>> [nuclide_in(t) for t in ("^90^Yttrium", "Technetium Tc^99m^ aggregated albumin", "Y90 microspheres", "99mTc", "Solution")]
    ['Y-90', 'Tc-99m', 'Y-90', 'Tc-99m', None]
    """
    if match := _ELEMENT_FIRST.search(text):
        element, mass, metastable = match.groups()
    elif match := _NUMBER_FIRST.search(text):
        mass, metastable, element = match.groups()
    else:
        return None
    symbol = SYMBOLS.get(element.lower(), element.capitalize())
    return f"{symbol}-{int(mass)}{metastable.lower()}"


def radiopharmaceutical(header: Header) -> Header | None:
    """The item of RadiopharmaceuticalInformationSequence."""
    return header.item("RadiopharmaceuticalInformationSequence")


def stated_nuclide(header: Header) -> str | None:
    """The nuclide as the file codes it (else as it names it); ``None`` when it says nothing that can be read."""
    item = radiopharmaceutical(header)
    if item is None:
        return None
    code = item.item("RadionuclideCodeSequence")
    if code is not None:
        meaning = _meanings().get((code.text("CodingSchemeDesignator"), code.text("CodeValue")))
        for text in (meaning, code.text("CodeMeaning")):
            if text and (found := nuclide_in(text)) is not None:
                return found
    return nuclide_in(item.text("Radiopharmaceutical"))


def stated_half_life_s(header: Header) -> float | None:
    """Half-life in s as stated.

    Raises:
        BadInput: zero or negative.
    """
    item = radiopharmaceutical(header)
    half_life_s = item.number("RadionuclideHalfLife") if item is not None else None
    if half_life_s is not None and half_life_s <= 0:
        raise BadInput(f"{header.name}: a half-life of zero or less", do="export the image again")
    return half_life_s


def given_at(header: Header, zone: tzinfo | None) -> datetime | None:
    """Clock reading of the administration; ``None`` where no date comes with it.

    A bare time of day is not enough: the scan may be on the next day, which for Y-90 is 23 % of the activity.
    """
    item = radiopharmaceutical(header)
    return None if item is None else date_time(item, "RadiopharmaceuticalStartDateTime", zone)


def agreed_nuclide(header: Header, asked: str | None) -> str | None:
    """The nuclide that file and case agree on.

    Raises:
        BadInput: they differ.
    """
    stated = stated_nuclide(header)
    if stated is not None and asked is not None and stated != asked:
        raise BadInput(
            f"{header.name} says {stated}, the case says {asked}",
            do="correct the nuclide in case.yaml, or take the right series; a scan made with another nuclide's setting "
            "has another calibration",
        )
    return stated or asked


def half_life_findings(nuclide: str | None, half_life_s: float | None) -> list[Finding]:
    """A warning where the half-life in the file does not belong to the nuclide."""
    if nuclide is None or half_life_s is None or nuclide not in nuclides():
        return []
    known_h = float(nuclides()[nuclide].half_life_h.value)
    if abs(half_life_s / 3600.0 / known_h - 1.0) <= HALF_LIFE_TOLERANCE:
        return []
    text = (
        f"the file decays {nuclide} with a half-life of {half_life_s / 3600.0:.4g} h, the knowledge tables say {known_h:g} h: "
        "was the scan made with another nuclide's setting?"
    )
    return [warning("nuclide.half-life", text)]


def half_life_h(nuclide: str | None, stated_s: float | None) -> float | None:
    """Half-life to undo the file's own decay correction: the stated one, else that of the knowledge tables."""
    if stated_s is not None:
        return stated_s / 3600.0
    if nuclide is not None and nuclide in nuclides():
        return float(nuclides()[nuclide].half_life_h.value)
    return None


@cache
def _meanings() -> dict[tuple[str, str], str]:
    """Meaning of every nuclide code, in SNOMED CT and in the older SRT."""
    from pydicom.sr._cid_dict import cid_concepts
    from pydicom.sr._concepts_dict import concepts
    from pydicom.sr._snomed_dict import mapping

    schemes: Any = concepts  # three shapes of one table; the one with codes is used
    found: dict[tuple[str, str], str] = {}
    for group in NUCLIDE_GROUPS:
        for scheme, keywords in cid_concepts[group].items():
            for keyword in keywords:
                for code, (meaning, *_) in schemes[scheme][keyword].items():
                    found[scheme, code] = meaning
    for old, new in mapping["SRT"].items():
        if ("SCT", new) in found:
            found["SRT", old] = found["SCT", new]
    return found
