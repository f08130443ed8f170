"""NLR: neutrophils over lymphocytes."""

from glisson.errors import BadInput
from glisson.knowledge.scores import score_number, score_sources
from glisson.score.answer import Component, Score, cannot_say, known
from glisson.score.bounds import require


def nlr_value(*, neutrophils_1e9_per_L: float, lymphocytes_1e9_per_L: float) -> float:
    """Neutrophils over lymphocytes.

    >>> nlr_value(neutrophils_1e9_per_L=5.0, lymphocytes_1e9_per_L=2.0)
    2.5

    Raises:
        BadInput: a value outside its bounds, or no lymphocytes at all.
    """
    require("neutrophils_1e9_per_L", neutrophils_1e9_per_L)
    require("lymphocytes_1e9_per_L", lymphocytes_1e9_per_L)
    if lymphocytes_1e9_per_L == 0:
        raise BadInput("lymphocytes 0: the ratio has no value", allowed="more than 0")
    return neutrophils_1e9_per_L / lymphocytes_1e9_per_L


def nlr(*, neutrophils_1e9_per_L: float | None, lymphocytes_1e9_per_L: float | None) -> Score:
    """NLR, with the group of the study that is cited; ``None``: unknown.

    >>> nlr(neutrophils_1e9_per_L=6.0, lymphocytes_1e9_per_L=1.0).text
    'NLR 6 (5 or more)'
    """
    require("neutrophils_1e9_per_L", neutrophils_1e9_per_L)
    require("lymphocytes_1e9_per_L", lymphocytes_1e9_per_L)
    components = (
        Component("neutrophils", neutrophils_1e9_per_L, "1e9/L"),
        Component("lymphocytes", lymphocytes_1e9_per_L, "1e9/L"),
    )
    sources = score_sources("nlr-")
    if neutrophils_1e9_per_L is None or lymphocytes_1e9_per_L is None:
        return cannot_say("NLR", components=components, sources=sources)
    value = nlr_value(neutrophils_1e9_per_L=neutrophils_1e9_per_L, lymphocytes_1e9_per_L=lymphocytes_1e9_per_L)
    limit = score_number("nlr-high")
    group = f"{limit:g} or more" if value >= limit else f"below {limit:g}"
    return known("NLR", value, group=group, components=components, sources=sources)
