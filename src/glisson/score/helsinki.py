"""Helsinki score of resected colorectal liver metastases, after pathology."""

from glisson.knowledge.scores import score_number, score_sources
from glisson.score.answer import Score
from glisson.score.bounds import require
from glisson.score.points import above, below, sum_of, yes_or_no
from glisson.score.primary import deeper_than


def helsinki(
    *,
    primary_t: str | None,
    primary_nodes_positive: bool | None,
    vascular_invasion: bool | None,
    biliary_invasion: bool | None,
    metastases: int | None,
    largest_metastasis_mm: float | None,
    resection_margin_mm: float | None,
    viable_tumour_fraction: float | None,
) -> Score:
    """Helsinki score, 0 to 8 points; ``None``: unknown.

    One each: positive nodes, vascular invasion, biliary invasion, primary deeper than pT2, more than one metastasis, margin
    below 5 mm, viable tumour above 30 %, largest above 50 mm. The source names no groups.

    >>> helsinki(primary_t="T3", primary_nodes_positive=True, vascular_invasion=False, biliary_invasion=False, metastases=1,
    ...          largest_metastasis_mm=50, resection_margin_mm=4, viable_tumour_fraction=0.5).text
    'Helsinki 4'

    References: code of the PLATO app, doi:10.1111/apm.13305.
    """
    require("liver_lesions", metastases)
    require("largest_metastasis_mm", largest_metastasis_mm)
    require("resection_margin_mm", resection_margin_mm)
    require("viable_tumour_fraction", viable_tumour_fraction)
    items = (
        yes_or_no("positive nodes of the primary", primary_nodes_positive),
        yes_or_no("vascular invasion", vascular_invasion),
        yes_or_no("biliary invasion", biliary_invasion),
        deeper_than(primary_t, score_number("helsinki-t")),
        above("number of metastases", metastases, score_number("helsinki-number"), ""),
        below("resection margin", resection_margin_mm, score_number("helsinki-margin"), "mm"),
        above("viable tumour", viable_tumour_fraction, score_number("helsinki-viable"), ""),
        above("largest metastasis", largest_metastasis_mm, score_number("helsinki-size"), "mm"),
    )
    return sum_of("Helsinki", items, sources=score_sources("helsinki-"))
