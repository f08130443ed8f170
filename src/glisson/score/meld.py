"""MELD, MELD-Na and MELD 3.0."""

import math
from collections.abc import Mapping

from glisson.knowledge.scores import score_number, score_numbers, score_sources
from glisson.score.answer import Component, Score, cannot_say, known
from glisson.score.bounds import bilirubin_mg_per_dL, creatinine_mg_per_dL, require

NO_DIALYSIS = "dialysis not on record: computed as without two dialyses in the week before"


def meld_value(*, bilirubin_umol_per_L: float, inr: float, creatinine_umol_per_L: float, dialysis: bool = False) -> int:
    """MELD(i), whole points, at most 40: 10 (0.957 ln creatinine + 0.378 ln bilirubin + 1.120 ln INR + 0.643).

    Creatinine and bilirubin in mg/dL; none of the three below 1; creatinine at most 4, and 4 with dialysis. The bracket is
    rounded to one decimal before it is multiplied.

    >>> meld_value(bilirubin_umol_per_L=10, inr=1.0, creatinine_umol_per_L=70)
    6

    References: OPTN policy 9.1.D (2016), as quoted in MIT-LCP mimic-code, meld.sql.
    """
    floor, cap = score_number("meld-floor"), score_number("meld-creatinine-cap")
    creatinine = cap if dialysis else min(max(creatinine_mg_per_dL(creatinine_umol_per_L), floor), cap)
    bilirubin = max(bilirubin_mg_per_dL(bilirubin_umol_per_L), floor)
    a, b, c, d = score_numbers("meld-coefficients")
    bracket = a * math.log(creatinine) + b * math.log(bilirubin) + c * math.log(max(inr, floor)) + d
    return min(_whole(10 * bracket), int(score_number("meld-most")))


def meld_na_value(*, meld: int, sodium_mmol_per_L: float) -> int:
    """MELD-Na, whole points: above 11, MELD + 1.32 (137 - Na) - 0.033 MELD (137 - Na); Na held between 125 and 137; at most 40.

    >>> meld_na_value(meld=20, sodium_mmol_per_L=130)
    25

    References: OPTN policy 9.1.D (2016), as quoted in MIT-LCP mimic-code, meld.sql.
    """
    if meld <= score_number("meld-na-from"):
        return meld
    low, high = score_numbers("meld-na-sodium")
    short = high - min(max(sodium_mmol_per_L, low), high)
    a, b = score_numbers("meld-na-coefficients")
    return min(_whole(meld + a * short - b * meld * short), int(score_number("meld-most")))


def meld3_value(
    *,
    bilirubin_umol_per_L: float,
    inr: float,
    creatinine_umol_per_L: float,
    albumin_g_per_L: float,
    sodium_mmol_per_L: float,
    female: bool,
    dialysis: bool = False,
) -> int:
    """MELD 3.0 of an adult, whole points, 6 to 40.

    1.33 female + 4.56 ln bilirubin + 0.82 (137 - Na) - 0.24 (137 - Na) ln bilirubin + 9.09 ln INR + 11.14 ln creatinine
    + 1.85 (3.5 - albumin) - 1.83 (3.5 - albumin) ln creatinine + 6; bilirubin and creatinine in mg/dL, albumin in g/dL;
    bilirubin, INR and creatinine at least 1, creatinine at most 3, albumin 1.5 to 3.5, Na 125 to 137.

    >>> meld3_value(bilirubin_umol_per_L=10, inr=1.0, creatinine_umol_per_L=70, albumin_g_per_L=40, sodium_mmol_per_L=140,
    ...             female=True)
    7

    References: Kim 2021, Gastroenterology 161:1887.
    """
    floor, cap = score_numbers("meld3-creatinine")
    creatinine = math.log(cap if dialysis else min(max(creatinine_mg_per_dL(creatinine_umol_per_L), floor), cap))
    bilirubin = math.log(max(bilirubin_mg_per_dL(bilirubin_umol_per_L), floor))
    poor, good = score_numbers("meld3-albumin")
    albumin = good - min(max(albumin_g_per_L / 10, poor), good)
    low, high = score_numbers("meld3-sodium")
    sodium = high - min(max(sodium_mmol_per_L, low), high)
    k = score_numbers("meld3-coefficients")
    terms = (
        k[0] * female, k[1] * bilirubin, k[2] * sodium, k[3] * sodium * bilirubin, k[4] * math.log(max(inr, floor)),
        k[5] * creatinine, k[6] * albumin, k[7] * albumin * creatinine, k[8],
    )  # fmt: skip
    least, most = score_numbers("meld3-range")
    return int(min(max(_whole(sum(terms)), least), most))


def _whole(value: float) -> int:
    """Rounded half up, as tables of points are; a rounding error below 1e-9 does not move a half."""
    return math.floor(value + 0.5 + 1e-9)


def meld(
    *, bilirubin_umol_per_L: float | None, inr: float | None, creatinine_umol_per_L: float | None, dialysis: bool | None = None
) -> Score:
    """MELD(i); ``None``: unknown. An unknown dialysis is computed as none, and says so."""
    numbers = {"bilirubin_umol_per_L": bilirubin_umol_per_L, "inr": inr, "creatinine_umol_per_L": creatinine_umol_per_L}
    components = _components(numbers, dialysis)
    if bilirubin_umol_per_L is None or inr is None or creatinine_umol_per_L is None:
        return cannot_say("MELD", components=components, sources=score_sources("meld-"))
    value = meld_value(
        bilirubin_umol_per_L=bilirubin_umol_per_L, inr=inr, creatinine_umol_per_L=creatinine_umol_per_L, dialysis=bool(dialysis)
    )
    return known("MELD", value, components=components, sources=score_sources("meld-"), notes=_notes(dialysis))


def meld_na(
    *,
    bilirubin_umol_per_L: float | None,
    inr: float | None,
    creatinine_umol_per_L: float | None,
    sodium_mmol_per_L: float | None,
    dialysis: bool | None = None,
) -> Score:
    """MELD-Na; ``None``: unknown."""
    without = meld(
        bilirubin_umol_per_L=bilirubin_umol_per_L, inr=inr, creatinine_umol_per_L=creatinine_umol_per_L, dialysis=dialysis
    )
    components = (*without.components, *_components({"sodium_mmol_per_L": sodium_mmol_per_L}))
    if without.value is None or sodium_mmol_per_L is None:
        return cannot_say("MELD-Na", components=components, sources=without.sources)
    value = meld_na_value(meld=int(without.value), sodium_mmol_per_L=sodium_mmol_per_L)
    return known("MELD-Na", value, components=components, sources=without.sources, notes=without.notes)


def meld3(
    *,
    bilirubin_umol_per_L: float | None,
    inr: float | None,
    creatinine_umol_per_L: float | None,
    albumin_g_per_L: float | None,
    sodium_mmol_per_L: float | None,
    female: bool | None,
    dialysis: bool | None = None,
) -> Score:
    """MELD 3.0; ``None``: unknown."""
    numbers = {
        "bilirubin_umol_per_L": bilirubin_umol_per_L, "inr": inr, "creatinine_umol_per_L": creatinine_umol_per_L,
        "albumin_g_per_L": albumin_g_per_L, "sodium_mmol_per_L": sodium_mmol_per_L,
    }  # fmt: skip
    components = (*_components(numbers, dialysis), Component("sex", None if female is None else ("female" if female else "male")))
    given = {name: value for name, value in numbers.items() if value is not None}
    if len(given) < len(numbers) or female is None:
        return cannot_say("MELD 3.0", components=components, sources=score_sources("meld3-"))
    value = meld3_value(**given, female=female, dialysis=bool(dialysis))
    return known("MELD 3.0", value, components=components, sources=score_sources("meld3-"), notes=_notes(dialysis))


UNITS = {
    "bilirubin_umol_per_L": ("bilirubin", "µmol/L"), "inr": ("INR", ""), "creatinine_umol_per_L": ("creatinine", "µmol/L"),
    "albumin_g_per_L": ("albumin", "g/L"), "sodium_mmol_per_L": ("sodium", "mmol/L"),
}  # fmt: skip


def _components(numbers: Mapping[str, float | None], dialysis: bool | None = None) -> tuple[Component, ...]:
    """The inputs, each inside its bounds; dialysis only where it is known, since it is not asked for."""
    for name, value in numbers.items():
        require(name, value)
    found = tuple(Component(UNITS[name][0], value, UNITS[name][1]) for name, value in numbers.items())
    return found if dialysis is None else (*found, Component("dialysis", dialysis))


def _notes(dialysis: bool | None) -> tuple[str, ...]:
    return (NO_DIALYSIS,) if dialysis is None else ()
