"""Absorbed doses of a simulated radioembolization, and the chance of a response that follows from them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glisson.errors import BadInput

Floats = NDArray[np.float64]
Spread = tuple[float, float]
"""Median, and the standard deviation of the logarithm."""
MOST_SHUNT = 0.2
"""Nobody with more is treated."""


@dataclass(frozen=True)
class Radioembolization:
    """What a simulated study of radioembolization has beside hazards. Sources: ``knowledge/simulation/sirt.yaml``.

    Attributes:
        product: of every session; one device, since doses of two do not mean the same.
        earlier_lines: shares of 0, 1, 2, … earlier lines of systemic therapy.
        tumour_dose_Gy, normal_liver_dose_Gy, lung_shunt_fraction: log-normal.
        d50_Gy: mean tumour dose at which half respond.
        gamma50: normalised slope there.
        log_hr_liver_responder: log hazard ratio of liver progression of those who respond.
        scans_months, jitter_months: middle of each planned scan, and how far it may lie off.
        windows_months: of the first and the second follow-up.
        mild_events: share of patients with each adverse event of grade 1 or 2.
    """

    product: str
    earlier_lines: tuple[float, ...]
    tumour_dose_Gy: Spread
    normal_liver_dose_Gy: Spread
    lung_shunt_fraction: Spread
    d50_Gy: float
    gamma50: float
    log_hr_liver_responder: float
    scans_months: tuple[float, ...]
    jitter_months: tuple[float, ...]
    windows_months: tuple[tuple[float, float], tuple[float, float]]
    mild_events: dict[str, float]


@dataclass(frozen=True, eq=False)
class Doses:
    """Columns, one value for each patient; they do not depend on who the patient is."""

    tumour_dose_Gy: Floats
    normal_liver_dose_Gy: Floats
    lung_shunt_fraction: Floats


def draw_doses(given: Radioembolization, patients: int, random: np.random.Generator) -> Doses:
    """Doses of so many patients, rounded as they are entered."""

    def column(spread: Spread, decimals: int) -> Floats:
        drawn = spread[0] * np.exp(spread[1] * random.normal(size=patients))
        return np.asarray(np.round(drawn, decimals), dtype=np.float64)

    tumour, liver, shunt = (
        column(given.tumour_dose_Gy, 1),
        column(given.normal_liver_dose_Gy, 1),
        column(given.lung_shunt_fraction, 3),
    )
    return Doses(tumour, liver, np.minimum(shunt, MOST_SHUNT))


def response_probability(*, dose_Gy: Floats, d50_Gy: float, gamma50: float) -> Floats:
    """Chance of a response at a mean tumour dose: 1 / (1 + (D50 / D)^(4 γ50)), the log-logistic form of tumour control.

    >>> response_probability(dose_Gy=np.array([0.0, 70.0, 140.0]), d50_Gy=70.0, gamma50=0.5).round(3).tolist()  # 0, 1/2, 1/(1 + 1/4)
    [0.0, 0.5, 0.8]

    Raises:
        BadInput: a D50 or a slope that is not above 0.
    """
    if not (d50_Gy > 0 and gamma50 > 0):
        raise BadInput(f"a D50 of {d50_Gy:g} Gy with a slope of {gamma50:g}", allowed="both more than 0")
    share = (np.asarray(dose_Gy, dtype=np.float64) / d50_Gy) ** (4 * gamma50)
    return np.asarray(share / (1 + share), dtype=np.float64)


def responding_share(given: Radioembolization) -> float:
    """Share of all who respond: the chance averaged over the doses (Gauss-Hermite)."""
    place, weight = np.polynomial.hermite_e.hermegauss(80)
    median, spread = given.tumour_dose_Gy
    chance = response_probability(dose_Gy=median * np.exp(spread * place), d50_Gy=given.d50_Gy, gamma50=given.gamma50)
    return float(weight @ chance / weight.sum())
