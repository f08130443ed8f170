"""ALBI: liver function from albumin and bilirubin."""

import math

from glisson.knowledge.scores import score_numbers, score_sources
from glisson.score.answer import Component, Score, cannot_say, known
from glisson.score.bounds import require


def albi_value(*, bilirubin_umol_per_L: float, albumin_g_per_L: float) -> float:
    """ALBI: 0.66 log10(bilirubin in µmol/L) - 0.085 albumin in g/L.

    >>> round(albi_value(bilirubin_umol_per_L=10.0, albumin_g_per_L=40.0), 3)
    -2.74

    Raises:
        BadInput: a value outside its bounds, most often in another unit (3.5 g/dL is 35 g/L).

    References: as written in several public implementations; one of them feeds g/dL.
    """
    require("bilirubin_umol_per_L", bilirubin_umol_per_L)
    require("albumin_g_per_L", albumin_g_per_L)
    a, b = score_numbers("albi-coefficients")
    return a * math.log10(bilirubin_umol_per_L) + b * albumin_g_per_L


def albi_grade(value: float) -> int:
    """ALBI grade 1 to 3.

    >>> albi_grade(-2.60), albi_grade(-2.59), albi_grade(-1.39), albi_grade(-1.38)
    (1, 2, 2, 3)
    """
    first, second = score_numbers("albi-grades")
    if value <= first:
        return 1
    return 2 if value <= second else 3


def albi(*, bilirubin_umol_per_L: float | None, albumin_g_per_L: float | None) -> Score:
    """ALBI with its grade; ``None``: unknown.

    >>> albi(bilirubin_umol_per_L=20.52, albumin_g_per_L=35.0).text
    'ALBI -2.109 (grade 2)'
    """
    require("bilirubin_umol_per_L", bilirubin_umol_per_L)
    require("albumin_g_per_L", albumin_g_per_L)
    components = (
        Component("bilirubin", bilirubin_umol_per_L, "µmol/L"),
        Component("albumin", albumin_g_per_L, "g/L"),
    )
    sources = score_sources("albi-")
    if bilirubin_umol_per_L is None or albumin_g_per_L is None:
        return cannot_say("ALBI", components=components, sources=sources)
    value = albi_value(bilirubin_umol_per_L=bilirubin_umol_per_L, albumin_g_per_L=albumin_g_per_L)
    return known("ALBI", value, group=f"grade {albi_grade(value)}", components=components, sources=sources)
