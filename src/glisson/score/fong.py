"""Fong's clinical risk score of resected colorectal liver metastases."""

from glisson.knowledge.scores import score_number, score_numbers, score_sources
from glisson.score.answer import Score
from glisson.score.bounds import require
from glisson.score.points import above, below, sum_of, yes_or_no


def fong(
    *,
    primary_nodes_positive: bool | None,
    disease_free_interval_months: float | None,
    metastases: int | None,
    cea_ug_per_L: float | None,
    largest_metastasis_mm: float | None,
) -> Score:
    """Clinical risk score, 0 to 5 points; ``None``: unknown.

    One each: node-positive primary, interval below 12 months, more than one metastasis, CEA above 200 µg/L, largest above
    5 cm. 0 to 2 low, 3 to 5 high.

    >>> fong(primary_nodes_positive=True, disease_free_interval_months=0, metastases=3, cea_ug_per_L=None,
    ...      largest_metastasis_mm=50).text
    'Fong: cannot say: CEA missing (3 to 4 points) (high)'

    Raises:
        BadInput: a value outside its bounds, as a size in cm.

    References: UpToDate graphic 116620, citing Fong 1999, Ann Surg 230:309.
    """
    require("disease_free_interval_months", disease_free_interval_months)
    require("liver_lesions", metastases)
    require("cea_ug_per_L", cea_ug_per_L)
    require("largest_metastasis_mm", largest_metastasis_mm)
    items = (
        yes_or_no("positive nodes of the primary", primary_nodes_positive),
        below("disease-free interval", disease_free_interval_months, score_number("fong-interval"), "months"),
        above("number of metastases", metastases, score_number("fong-number"), ""),
        above("CEA", cea_ug_per_L, score_number("fong-cea"), "µg/L"),
        above("largest metastasis", largest_metastasis_mm, score_number("fong-size"), "mm"),
    )
    return sum_of("Fong", items, bounds=score_numbers("fong-groups"), groups=("low", "high"), sources=score_sources("fong-"))
