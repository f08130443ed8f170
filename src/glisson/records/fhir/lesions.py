"""Lesions: one Tumor for each, followed over time, and one TumorSize for each measurement."""

from typing import Any

from glisson.records.fhir import codes as c
from glisson.records.fhir.element import Element
from glisson.records.fhir.links import Links, part_extension
from glisson.records.fhir.names import LESION, MCODE, absent, local
from glisson.records.fhir.piece import MAIN, Piece
from glisson.records.forms import FormEntry

NODE_AXIS = local("short_axis_mm", "Short axis of the node")


def _sized(entry: FormEntry) -> bool:
    return entry.number("longest_diameter_mm") is not None


def measurement() -> Piece:
    """A lesion on a scan; without a longest diameter (a node, a lesion that is gone) it claims no profile."""

    def base(entry: FormEntry, links: Links) -> dict[str, Any]:
        focus = {"focus": [links.to("", f"lesion {entry.get('lesion')}")]} if entry.get("lesion") else {}
        code = c.TUMOUR_SIZE if _sized(entry) else local("lesion", "Lesion on a scan")
        return {"status": "final", "code": code, "subject": links.patient, **focus, **_method(entry, links)}

    elements = (
        Element("scanned_on", ("effectiveDateTime",)),
        Element("longest_diameter_mm", ("component", {"code": c.LONGEST}, "valueQuantity"), unit="mm"),
        Element("perpendicular_diameter_mm", ("component", {"code": c.OTHER_DIMENSION}, "valueQuantity"), unit="mm"),
        Element("short_axis_mm", ("component", {"code": NODE_AXIS}, "valueQuantity"), unit="mm"),
        *(Element(item, ("component", {"code": local(item, text)}, "valueQuantity"), unit=unit) for item, text, unit in _OWN),
    )
    return Piece(MAIN, "Observation", base, elements, lambda entry: "tumor-size" if _sized(entry) else None)


_OWN = (
    ("viable_diameter_mm", "Longest viable diameter", "mm"),
    ("viable_perpendicular_diameter_mm", "Perpendicular of the viable part", "mm"),
    ("lesion_volume_mL", "Volume", "mL"),
)


def _method(entry: FormEntry, links: Links) -> dict[str, Any]:
    """How the scan of that visit, day and reader was made; silent where two scans disagree."""
    scans = {
        str(scan.get("modality"))
        for scan in links.of("imaging")
        if scan.visit == entry.visit and all(scan.get(item) == entry.get(item) for item in ("scanned_on", "reader"))
    }
    return {"method": c.METHOD[scans.pop()]} if len(scans) == 1 and scans <= set(c.METHOD) else {}


def tumours(links: Links) -> list[tuple[str, dict[str, Any]]]:
    """One Tumor for each lesion: its name, and where it lies as it was said first."""
    first: dict[str, FormEntry] = {}
    for entry in links.of("lesion"):
        if entry.get("lesion"):
            first.setdefault(str(entry.get("lesion")), entry)
    return [(f"lesion {name}", _tumour(name, entry, links)) for name, entry in sorted(first.items())]


def _tumour(name: str, entry: FormEntry, links: Links) -> dict[str, Any]:
    organ = entry.get("organ")
    where = c.ORGAN.get(str(organ), {"text": str(organ)}) if organ else absent("unknown")
    kind = {"coding": [{"system": "http://hl7.org/fhir/resource-types", "code": "BodyStructure"}]}
    part = part_extension(f"lesion {name}", None)
    related = [{"url": f"{MCODE}related-condition", "valueReference": one} for one in links.metastases if organ == "liver"]
    return {
        "resourceType": "BodyStructure",
        **links.meta("tumor"),
        "extension": [*related, part],
        "identifier": [{"use": "usual", "type": kind, "system": LESION, "value": name}],
        "morphology": c.MALIGNANT,
        "location": where,
        "patient": links.patient,
    }
