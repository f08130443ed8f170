"""Bounds on every clinical input: outside them a value is taken for a slip of unit and refused."""

import math

from glisson.case.observation import BOUNDS
from glisson.errors import BadInput
from glisson.knowledge.limits import fact
from glisson.knowledge.scores import score_number

HINTS = {
    "albumin_g_per_L": "a value in g/dL is multiplied by 10",
    "haemoglobin_g_per_L": "a value in g/dL is multiplied by 10",
    "bilirubin_umol_per_L": "a value in mg/dL is multiplied by 17.1",
    "creatinine_umol_per_L": "a value in mg/dL is multiplied by 88.4",
    "platelets_1e9_per_L": "a count per µL is divided by 1000",
    "neutrophils_1e9_per_L": "a count per µL is divided by 1000",
    "lymphocytes_1e9_per_L": "a count per µL is divided by 1000",
    "largest_metastasis_mm": "a size in cm is multiplied by 10",
    "viable_tumour_fraction": "30 % is written 0.3",
}


def require(name: str, value: float | None) -> None:
    """Refuses a value outside the bounds of its name; unknown passes.

    Raises:
        BadInput: says the bounds and the most likely slip.
    """
    if value is None:
        return
    low, high = BOUNDS[name]
    if not (math.isfinite(value) and low <= value <= high):
        raise BadInput(
            f"{name} {value:g}", allowed=f"{low:g} to {high:g}", do=HINTS.get(name, "check the unit, which is part of the name")
        )


def require_upper_limit(name: str, value: float | None) -> None:
    """Refuses an upper limit of normal outside its plausible range; unknown passes.

    Raises:
        BadInput: says the range.
    """
    from glisson.knowledge.toxicity import laboratories

    bounds = laboratories()[name].upper_normal
    if value is not None and bounds is not None and not bounds[0] <= value <= bounds[1]:
        raise BadInput(f"upper limit of normal of {name} {value:g}", allowed=f"{bounds[0]:g} to {bounds[1]:g}")


def bilirubin_mg_per_dL(bilirubin_umol_per_L: float) -> float:
    """Bilirubin in mg/dL.

    >>> round(bilirubin_mg_per_dL(34.208), 3)
    2.0
    """
    return bilirubin_umol_per_L / float(fact("bilirubin-conversion").value)


def creatinine_mg_per_dL(creatinine_umol_per_L: float) -> float:
    """Creatinine in mg/dL.

    >>> round(creatinine_mg_per_dL(176.8), 3)
    2.0
    """
    return creatinine_umol_per_L / score_number("creatinine-conversion")
