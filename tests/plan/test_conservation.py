"""The energy balance: it holds for every model, and fires on the published calculator that multiplies where it must divide."""

import pytest

from glisson.dose.compartments import (
    COMPARTMENT_TOLERANCE,
    EnergyNotConserved,
    Row,
    imbalance,
    require_conservation,
)
from glisson.dose.constant import dose_constant
from glisson.dose.mird import activity_for_dose_GBq

Y90 = dose_constant("Y-90")
K = Y90.K_Gy_kg_per_GBq


def rows_as_the_calculator_says(*, activity_GBq: float, dose_Gy: float, mass_g: float, shunt: float) -> list[Row]:
    lung_Gy = K * activity_GBq * shunt / 1.0
    return [
        Row.of_dose("perfused volume", "perfused", mass_g=mass_g, mean_Gy=dose_Gy),
        Row.of_dose("lungs (shunt)", "lung", mass_g=1000.0, mean_Gy=lung_Gy),
    ]


@pytest.mark.parametrize("shunt", [0.0, 0.05, 0.20])
def test_the_right_formula_conserves(shunt: float) -> None:
    activity = activity_for_dose_GBq(dose_Gy=400, mass_g=150, constant=Y90, lung_shunt_fraction=shunt)
    rows = rows_as_the_calculator_says(activity_GBq=activity, dose_Gy=400, mass_g=150, shunt=shunt)
    require_conservation(rows, emitted_J=K * activity, tolerance=COMPARTMENT_TOLERANCE)


@pytest.mark.parametrize(("shunt", "too_low"), [(0.05, 0.0975), (0.20, 0.36)])
def test_the_calculator_that_multiplies_by_the_shunt_is_caught(shunt: float, too_low: float) -> None:
    right = activity_for_dose_GBq(dose_Gy=400, mass_g=150, constant=Y90, lung_shunt_fraction=shunt)
    wrong = 400 * 0.150 / K * (1 - shunt)  # multiplies where it must divide
    assert 1 - wrong / right == pytest.approx(too_low, abs=1e-9)
    rows = rows_as_the_calculator_says(activity_GBq=wrong, dose_Gy=400, mass_g=150, shunt=shunt)
    with pytest.raises(EnergyNotConserved, match=r"the compartments hold \+"):
        require_conservation(rows, emitted_J=K * wrong, tolerance=1e-3)


def test_a_forgotten_compartment_is_caught() -> None:
    rows = [Row.of_dose("liver", "liver", mass_g=1500, mean_Gy=40.0)]
    with pytest.raises(EnergyNotConserved, match=r"-3\.8"):
        require_conservation(rows, emitted_J=60.0 / 0.962, tolerance=1e-3)


def test_the_guard_holds_to_its_tolerance() -> None:
    rows = [Row.of_dose("liver", "liver", mass_g=1000, mean_Gy=100.0)]
    require_conservation(rows, emitted_J=100.0 * (1 + 0.9e-6), tolerance=1e-6)
    with pytest.raises(EnergyNotConserved):
        require_conservation(rows, emitted_J=100.0 * (1 + 1.2e-6), tolerance=1e-6)


def test_energy_from_nowhere_is_caught() -> None:
    assert imbalance([], emitted_J=0.0) == 0.0
    rows = [Row.of_dose("liver", "liver", mass_g=1000, mean_Gy=1.0)]
    with pytest.raises(EnergyNotConserved):
        require_conservation(rows, emitted_J=0.0, tolerance=1e-3)
    nan = [Row.of_dose("liver", "liver", mass_g=1000, mean_Gy=float("nan"))]
    with pytest.raises(EnergyNotConserved):
        require_conservation(nan, emitted_J=1.0, tolerance=1e-3)
