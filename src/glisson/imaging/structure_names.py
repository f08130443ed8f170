"""What a contour's name probably means. A guess for a person to correct, never a fact."""

import re
from dataclasses import dataclass

from glisson.case.site import SiteKind

ORGANS: dict[str, str] = {
    "gallbladder": r"gall ?bladder",
    "liver": r"liver|hepar",
    "lung": r"lungs?|pulmo",
    "stomach": r"stomach|gaster",
    "duodenum": r"duodenum",
    "pancreas": r"pancreas",
    "spleen": r"spleen",
    "kidney": r"kidneys?|renal",
    "bowel": r"(small |large )?bowel|colon|intestine",
    "heart": r"heart",
    "spinal cord": r"spinal (cord|canal)",
    "oesophagus": r"o?esophagus",
    "aorta": r"aorta",
    "body": r"body|external|skin|patient outline",
}
"""Organ in the field's plain word, and what files call it. The first match counts: "gallbladder" before anything else."""

_NORMAL = re.compile(r"\b(normal|healthy|(non|without|minus|excl\w*) ?(tumou?r\w*|lesions?)|nontumou?r\w*|parenchyma)\b")
_LESION = re.compile(
    r"\b(tumou?rs?|lesions?|mets?|metastas[ie]s|gtv|hcc|nodules?|cancer|crlm)\b ?\w*|\b(tumou?r|lesion|met|gtv)\d+\b"
)
_TERRITORY = re.compile(
    r"\b(perfus\w*|territor\w+|treated|treatment volume|lobar|(right|left) (liver )?lobe|angiosome|watershed)\b"
)
_NOISE = re.compile(r"[_\-./]+")


@dataclass(frozen=True)
class Guess:
    """What a name probably means.

    Attributes:
        kind: of site.
        organ: the organ itself, for an organ; "liver" where the name speaks of a tumour, territory or normal tissue.
        perfused: it is about what is perfused, so a normal tissue belongs to the territory.
    """

    kind: SiteKind
    organ: str | None
    perfused: bool = False


def guess(name: str) -> Guess | None:
    """What a contour's name probably means; ``None`` when it says nothing known.

    >>> [(g.kind.value, g.organ) for n in ("Liver", "Tumor 1", "perfused volume", "Lt Lung") if (g := guess(n))]
    [('organ', 'liver'), ('lesion', 'liver'), ('territory', 'liver'), ('organ', 'lung')]
    >>> guess("Areola") is None
    True
    """
    words = _NOISE.sub(" ", name.lower()).strip()
    perfused = "perfus" in words or "territor" in words
    elsewhere = _organ(words) not in (None, "liver")
    if _NORMAL.search(words) and not elsewhere:
        return Guess(SiteKind.NORMAL, "liver", perfused)
    if _LESION.search(words) and not elsewhere and "bed" not in words.split():
        return Guess(SiteKind.LESION, "liver")
    if _TERRITORY.search(words) and not elsewhere:
        return Guess(SiteKind.TERRITORY, "liver", perfused=True)
    organ = _organ(words)
    return None if organ is None else Guess(SiteKind.ORGAN, organ)


def slug(text: str) -> str:
    """A site or image id from a name.

    >>> slug("Tumor 1 (right)")
    'tumor-1-right'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "site"


def _organ(words: str) -> str | None:
    for organ, pattern in ORGANS.items():
        if re.search(rf"\b({pattern})\b", words):
            return organ
    return None
