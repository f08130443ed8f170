"""What a structure is, in SNOMED CT and DICOM codes, for SEG and structured reports."""

from glisson.case import Site, SiteKind

Code = tuple[str, str, str]
"""(value, scheme, meaning)."""

ANATOMICAL_STRUCTURE: Code = ("91723000", "SCT", "Anatomical Structure")
ABNORMAL_STRUCTURE: Code = ("49755003", "SCT", "Morphologically Abnormal Structure")
TISSUE: Code = ("85756007", "SCT", "Tissue")
ORGAN: Code = ("91772007", "SCT", "Organ")
LESION: Code = ("52988006", "SCT", "Lesion")
SPATIAL_CONCEPT: Code = ("309825002", "SCT", "Spatial and Relational Concept")
REGION: Code = ("C85402", "NCIt", "Imaging Region of Interest")

ORGANS: dict[str, Code] = {
    "bone": ("272673000", "SCT", "Bone"),
    "colon": ("71854001", "SCT", "Colon"),
    "duodenum": ("38848004", "SCT", "Duodenum"),
    "esophagus": ("32849002", "SCT", "Esophagus"),
    "gallbladder": ("28231008", "SCT", "Gallbladder"),
    "heart": ("80891009", "SCT", "Heart"),
    "kidney": ("64033007", "SCT", "Kidney"),
    "liver": ("10200004", "SCT", "Liver"),
    "lung": ("39607008", "SCT", "Lung"),
    "pancreas": ("15776009", "SCT", "Pancreas"),
    "small intestine": ("30315005", "SCT", "Small intestine"),
    "spinal cord": ("2748008", "SCT", "Spinal cord"),
    "spleen": ("78961009", "SCT", "Spleen"),
    "stomach": ("69695003", "SCT", "Stomach"),
    "vertebra": ("51282000", "SCT", "Vertebra"),
}
"""Organ words of a case with a code (DICOM CID 7151, CID 4); plurals are taken as the singular."""


def category_and_type(site: Site) -> tuple[Code, Code]:
    """Segmented property category and type; an organ without a code of its own is coded as "Organ", its name in the label.

    >>> category_and_type(Site(id="liver", kind="organ", organ="liver", contour={"file": "l.nrrd"}))[1]
    ('10200004', 'SCT', 'Liver')
    """
    if site.kind is SiteKind.LESION:
        return ABNORMAL_STRUCTURE, LESION
    if site.kind is SiteKind.TERRITORY:
        return SPATIAL_CONCEPT, REGION
    if site.kind is SiteKind.NORMAL:
        return TISSUE, organ_code(site) or TISSUE
    return ANATOMICAL_STRUCTURE, organ_code(site) or ORGAN


def organ_code(site: Site) -> Code | None:
    """Code of the organ the site names; ``None`` when it names none, or one without a code here."""
    word = (site.organ or "").strip().lower()
    return ORGANS.get(word) or ORGANS.get(word.removesuffix("s"))
