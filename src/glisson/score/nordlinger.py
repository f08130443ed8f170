"""Nordlinger's score of resected colorectal liver metastases, in its form with six items."""

from glisson.knowledge.scores import score_number, score_numbers, score_sources
from glisson.score.answer import Score
from glisson.score.bounds import require
from glisson.score.points import above, below, sum_of, yes_or_no
from glisson.score.primary import deeper_than


def nordlinger(
    *,
    age_years: float | None,
    primary_t: str | None,
    primary_nodes_positive: bool | None,
    disease_free_interval_months: float | None,
    metastases: int | None,
    largest_metastasis_mm: float | None,
) -> Score:
    """Nordlinger score, 0 to 6 points; ``None``: unknown.

    One each: age above 60, primary deeper than pT3, positive nodes, interval below 24 months, more than three metastases,
    largest above 5 cm. 0 to 2 low, 3 to 4 intermediate, 5 to 6 high.

    >>> nordlinger(age_years=61, primary_t="T4", primary_nodes_positive=False, disease_free_interval_months=30, metastases=4,
    ...            largest_metastasis_mm=20).text
    'Nordlinger 3 (intermediate)'

    References: UpToDate graphic 116620.
    """
    require("age_years", age_years)
    require("disease_free_interval_months", disease_free_interval_months)
    require("liver_lesions", metastases)
    require("largest_metastasis_mm", largest_metastasis_mm)
    items = (
        above("age", age_years, score_number("nordlinger-age"), "years"),
        deeper_than(primary_t, score_number("nordlinger-t")),
        yes_or_no("positive nodes of the primary", primary_nodes_positive),
        below("disease-free interval", disease_free_interval_months, score_number("nordlinger-interval"), "months"),
        above("number of metastases", metastases, score_number("nordlinger-number"), ""),
        above("largest metastasis", largest_metastasis_mm, score_number("nordlinger-size"), "mm"),
    )
    groups = ("low", "intermediate", "high")
    return sum_of(
        "Nordlinger", items, bounds=score_numbers("nordlinger-groups"), groups=groups, sources=score_sources("nordlinger-")
    )
