"""Nagashima's score of colorectal liver metastases."""

from glisson.knowledge.scores import score_number, score_numbers, score_sources
from glisson.score.answer import Score
from glisson.score.bounds import require
from glisson.score.points import above, at_least, sum_of, yes_or_no
from glisson.score.primary import deeper_than


def nagashima(
    *,
    primary_t: str | None,
    primary_nodes_positive: bool | None,
    metastases: int | None,
    largest_metastasis_mm: float | None,
    resectable_extrahepatic: bool | None,
) -> Score:
    """Nagashima score, 0 to 5 points; ``None``: unknown.

    One each: primary deeper than pT3, positive nodes, two or more metastases, largest above 5 cm, resectable disease outside
    the liver. 0 to 1 low, 2 to 3 intermediate, 4 or more high.

    >>> nagashima(primary_t="T3", primary_nodes_positive=True, metastases=2, largest_metastasis_mm=51,
    ...           resectable_extrahepatic=True).text
    'Nagashima 4 (high)'

    References: UpToDate graphic 116620.
    """
    require("liver_lesions", metastases)
    require("largest_metastasis_mm", largest_metastasis_mm)
    items = (
        deeper_than(primary_t, score_number("nagashima-t")),
        yes_or_no("positive nodes of the primary", primary_nodes_positive),
        at_least("number of metastases", metastases, score_number("nagashima-number"), ""),
        above("largest metastasis", largest_metastasis_mm, score_number("nagashima-size"), "mm"),
        yes_or_no("resectable disease outside the liver", resectable_extrahepatic),
    )
    groups = ("low", "intermediate", "high")
    return sum_of(
        "Nagashima", items, bounds=score_numbers("nagashima-groups"), groups=groups, sources=score_sources("nagashima-")
    )
