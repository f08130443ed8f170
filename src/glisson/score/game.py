"""GAME: genetic and morphological evaluation of colorectal liver metastases.

The formula of the tumour burden score is not confirmed here, so that score is an entered value. The printed bands of it leave
values between 8 and 9 open: such a value gives 1 or 2 points, and the range says so.
"""

from glisson.knowledge.scores import score_number, score_numbers, score_sources
from glisson.score.answer import Score
from glisson.score.bounds import require
from glisson.score.points import Item, at_least, sum_of, yes_or_no

OPEN_BAND = "tumour burden scores between 8 and 9 lie between the printed bands"
NOT_COMPUTED = "the tumour burden score is not computed: its formula is not confirmed; enter tumour_burden_score"


def game(
    *,
    kras_mutated: bool | None,
    cea_ug_per_L: float | None,
    primary_nodes_positive: bool | None,
    tumour_burden_score: float | None,
    extrahepatic_disease: bool | None,
) -> Score:
    """GAME score, 0 to 7 points; ``None``: unknown.

    KRAS mutated 1, CEA 20 µg/L or more 1, node-positive primary 1, tumour burden 0 to 2, disease outside the liver 2. 0 to 1
    low, 2 to 3 medium, 4 or more high.

    >>> game(kras_mutated=True, cea_ug_per_L=25, primary_nodes_positive=True, tumour_burden_score=None,
    ...      extrahepatic_disease=False).text
    'GAME: cannot say: tumour burden score missing (3 to 5 points)'

    References: Margonis 2018, doi:10.1002/bjs.10838.
    """
    require("cea_ug_per_L", cea_ug_per_L)
    require("tumour_burden_score", tumour_burden_score)
    burden = _burden(tumour_burden_score)
    items = (
        yes_or_no("KRAS", kras_mutated),
        at_least("CEA", cea_ug_per_L, score_number("game-cea"), "µg/L"),
        yes_or_no("positive nodes of the primary", primary_nodes_positive),
        burden,
        yes_or_no("disease outside the liver", extrahepatic_disease, score_number("game-extrahepatic")),
    )
    notes = (NOT_COMPUTED,) if tumour_burden_score is None else () if burden.known else (OPEN_BAND,)
    groups = ("low", "medium", "high")
    return sum_of("GAME", items, bounds=score_numbers("game-groups"), groups=groups, sources=score_sources("game-"), notes=notes)


def _burden(value: float | None) -> Item:
    name = "tumour burden score"
    if value is None:
        return Item(name, None, "", 0, 2)
    low, middle, high = score_numbers("game-burden")
    if middle < value < high:
        return Item(name, value, "", 1, 2)
    points = 0 if value < low else 1 if value <= middle else 2
    return Item(name, value, "", points, points)
