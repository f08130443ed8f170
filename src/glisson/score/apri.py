"""APRI: AST, in multiples of its upper limit of normal, over platelets."""

from glisson.knowledge.scores import score_number, score_sources
from glisson.score.answer import Component, Score, cannot_say, known
from glisson.score.bounds import require, require_upper_limit


def apri_value(*, ast_U_per_L: float, ast_upper_normal_U_per_L: float, platelets_1e9_per_L: float) -> float:
    """APRI: 100 (AST / its upper limit of normal) / platelets in 1e9/L.

    >>> round(apri_value(ast_U_per_L=80, ast_upper_normal_U_per_L=40, platelets_1e9_per_L=150), 2)
    1.33

    Raises:
        BadInput: a value outside its bounds.

    References: PMC3286137, table 1, after Wai 2003.
    """
    require("ast_U_per_L", ast_U_per_L)
    require_upper_limit("ast_U_per_L", ast_upper_normal_U_per_L)
    require("platelets_1e9_per_L", platelets_1e9_per_L)
    return score_number("apri-factor") * ast_U_per_L / ast_upper_normal_U_per_L / platelets_1e9_per_L


def apri(*, ast_U_per_L: float | None, ast_upper_normal_U_per_L: float | None, platelets_1e9_per_L: float | None) -> Score:
    """APRI; ``None``: unknown. The limit of normal is the laboratory's own and never assumed."""
    require("ast_U_per_L", ast_U_per_L)
    require_upper_limit("ast_U_per_L", ast_upper_normal_U_per_L)
    require("platelets_1e9_per_L", platelets_1e9_per_L)
    components = (
        Component("AST", ast_U_per_L, "U/L"),
        Component("upper limit of normal of AST", ast_upper_normal_U_per_L, "U/L"),
        Component("platelets", platelets_1e9_per_L, "1e9/L"),
    )
    sources = score_sources("apri-")
    if ast_U_per_L is None or ast_upper_normal_U_per_L is None or platelets_1e9_per_L is None:
        return cannot_say("APRI", components=components, sources=sources)
    value = apri_value(
        ast_U_per_L=ast_U_per_L, ast_upper_normal_U_per_L=ast_upper_normal_U_per_L, platelets_1e9_per_L=platelets_1e9_per_L
    )
    return known("APRI", value, components=components, sources=sources)
