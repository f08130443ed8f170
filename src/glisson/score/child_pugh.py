"""Child-Pugh: bilirubin, albumin, INR, ascites, encephalopathy."""

from typing import Literal

from glisson.errors import BadInput
from glisson.knowledge.scores import score_fact, score_numbers
from glisson.score.answer import Score
from glisson.score.bounds import bilirubin_mg_per_dL, require
from glisson.score.points import Item, sum_of

ASCITES = ("none", "mild", "moderate or severe")
ENCEPHALOPATHY = ("none", "grade 1 or 2", "grade 3 or 4")
EQUAL_TO = 1e-9
"""So that 34.208 µmol/L, which is 2 mg/dL, lies on the border and not a rounding beside it."""


def child_pugh(
    *,
    bilirubin_umol_per_L: float | None,
    albumin_g_per_L: float | None,
    inr: float | None,
    ascites: str | None,
    encephalopathy: str | None,
    albumin_cut: Literal["2.8", "3.0"] = "2.8",
) -> Score:
    """Child-Pugh points, 5 to 15, and class A to C; ``None``: unknown.

    Args:
        bilirubin_umol_per_L: 1 point below 2 mg/dL, 2 to 3 mg/dL, 3 above.
        albumin_g_per_L: 1 point above 3.5 g/dL, 2 down to the cut, 3 below.
        inr: 1 point below 1.7, 2 to 2.3, 3 above.
        ascites: "none", "mild", "moderate or severe".
        encephalopathy: "none", "grade 1 or 2", "grade 3 or 4".
        albumin_cut: lower cut in g/dL; 3.0 is a published variant.

    >>> child_pugh(bilirubin_umol_per_L=20.0, albumin_g_per_L=32.0, inr=1.2, ascites="none", encephalopathy="none").text
    'Child-Pugh 6 (class A)'

    Raises:
        BadInput: a value outside its bounds or a word that is not allowed.

    References: Cleveland Clinic Journal of Medicine, table 1; PMC3017746 (variant).
    """
    for name, value in (("bilirubin_umol_per_L", bilirubin_umol_per_L), ("albumin_g_per_L", albumin_g_per_L), ("inr", inr)):
        require(name, value)
    albumin_fact = "child-pugh-albumin" if albumin_cut == "2.8" else "child-pugh-albumin-variant"
    bilirubin = None if bilirubin_umol_per_L is None else bilirubin_mg_per_dL(bilirubin_umol_per_L)
    first, cut = score_numbers(albumin_fact)
    items = (
        _rising("bilirubin", bilirubin_umol_per_L, "µmol/L", bilirubin, score_numbers("child-pugh-bilirubin")),
        _rising(
            "albumin", albumin_g_per_L, "g/L", None if albumin_g_per_L is None else -albumin_g_per_L, (-10 * first, -10 * cut)
        ),
        _rising("INR", inr, "", inr, score_numbers("child-pugh-inr")),
        _word("ascites", ascites, ASCITES),
        _word("encephalopathy", encephalopathy, ENCEPHALOPATHY),
    )
    return sum_of(
        "Child-Pugh", items, bounds=score_numbers("child-pugh-classes"), groups=("class A", "class B", "class C"),
        sources=dict.fromkeys((score_fact("child-pugh-classes").source, score_fact(albumin_fact).source)),
        notes=("albumin cut 3.0 g/dL, a variant",) if albumin_cut == "3.0" else (),
    )  # fmt: skip


def _rising(name: str, shown: float | None, unit: str, value: float | None, cuts: tuple[float, ...]) -> Item:
    """1 point below the first cut, 2 from it to the second, 3 above; of albumin (negated) 1 only where strictly above 3.5."""
    if value is None:
        return Item(name, None, unit, 1, 3)
    first, second = cuts
    points = 1 + (value >= first - EQUAL_TO) + (value > second + EQUAL_TO)
    return Item(name, shown, unit, points, points)


def _word(name: str, answer: str | None, allowed: tuple[str, ...]) -> Item:
    if answer is None:
        return Item(name, None, "", 1, 3)
    if answer not in allowed:
        raise BadInput(f"{name}: this answer is not known", allowed=", ".join(allowed))
    points = 1 + allowed.index(answer)
    return Item(name, answer, "", points, points)
