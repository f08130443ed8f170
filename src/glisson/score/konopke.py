"""Konopke's score of colorectal liver metastases."""

from glisson.knowledge.scores import score_number, score_numbers, score_sources
from glisson.score.answer import Score
from glisson.score.bounds import require
from glisson.score.points import at_least, sum_of, yes_or_no


def konopke(*, metastases: int | None, cea_ug_per_L: float | None, synchronous: bool | None) -> Score:
    """Konopke score, 0 to 3 points; ``None``: unknown.

    One each: four or more metastases, CEA 200 µg/L or more, synchronous. 0 low, 1 intermediate, 2 or more high.

    >>> konopke(metastases=4, cea_ug_per_L=200, synchronous=False).text
    'Konopke 2 (high)'

    References: UpToDate graphic 116620.
    """
    require("liver_lesions", metastases)
    require("cea_ug_per_L", cea_ug_per_L)
    items = (
        at_least("number of metastases", metastases, score_number("konopke-number"), ""),
        at_least("CEA", cea_ug_per_L, score_number("konopke-cea"), "µg/L"),
        yes_or_no("synchronous metastases", synchronous),
    )
    groups = ("low", "intermediate", "high")
    return sum_of("Konopke", items, bounds=score_numbers("konopke-groups"), groups=groups, sources=score_sources("konopke-"))
