"""Mean dose and its inverse against worked closed forms."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.dose.constant import DoseConstant, JOULE_PER_MeV, dose_constant
from glisson.dose.mird import activity_for_dose_GBq, density_g_per_mL, energy_J, lung_dose_Gy, mass_g, mean_dose_Gy
from glisson.errors import BadInput


def exactly(K_Gy_kg_per_GBq: float) -> DoseConstant:
    """A constant with exactly this K, as older plans print it."""
    energy_MeV = K_Gy_kg_per_GBq * math.log(2) / (64.1 * 3600 * 1e9 * JOULE_PER_MeV)
    return DoseConstant("Y-90", f"{K_Gy_kg_per_GBq:g}", energy_MeV, 64.1, "glisson-derivation")


@pytest.mark.parametrize(("K", "activity_GBq"), [(49.38, 3.1006), (49.67, 3.0825), (50.0, 3.0622)])
def test_activity_for_dose_against_worked_example(K: float, activity_GBq: float) -> None:
    given_ = {"dose_Gy": 120.0, "mass_g": 1200.0, "lung_shunt_fraction": 0.05, "residual_fraction": 0.01}
    assert activity_for_dose_GBq(constant=exactly(K), **given_) == pytest.approx(activity_GBq, abs=5.1e-5)


@pytest.mark.parametrize(
    ("preset", "activity_GBq"), [("49.38", 3.10046), ("49.67", 3.08259), ("50", 3.06449), ("icrp-107", 3.07697)]
)
def test_activity_for_dose_with_stored_presets(preset: str, activity_GBq: float) -> None:
    """The stored (energy, half-life) pairs give K = 49.383, 49.669, 49.963, 49.760: up to 0.08 % from the names."""
    found = activity_for_dose_GBq(
        dose_Gy=120.0, mass_g=1200.0, constant=dose_constant("Y-90", preset), lung_shunt_fraction=0.05, residual_fraction=0.01
    )
    assert found == pytest.approx(activity_GBq, abs=5e-6)


@pytest.mark.parametrize(("K", "dose_Gy"), [(49.67, 4.967), (50.0, 5.0)])
def test_lung_dose_against_worked_example(K: float, dose_Gy: float) -> None:
    found = lung_dose_Gy(activity_GBq=2.0, lung_shunt_fraction=0.05, lung_mass_g=1000.0, constant=exactly(K))
    assert found == pytest.approx(dose_Gy, abs=5e-6)


@pytest.mark.parametrize(("K", "shunted_GBq"), [(49.38, 0.6075), (49.67, 0.6040), (50.0, 0.6000)])
def test_lung_cap_against_worked_example(K: float, shunted_GBq: float) -> None:
    dose_Gy = lung_dose_Gy(activity_GBq=shunted_GBq / 0.1, lung_shunt_fraction=0.1, lung_mass_g=1000.0, constant=exactly(K))
    assert dose_Gy == pytest.approx(30.0, abs=0.003)


def test_holmium_against_published_60_Gy_rule() -> None:
    """A(MBq) = 3780 x mass(kg) for 60 Gy."""
    activity_GBq = activity_for_dose_GBq(dose_Gy=60.0, mass_g=1000.0, constant=dose_constant("Ho-166"))
    assert activity_GBq == pytest.approx(3.780, abs=0.002)


fractions = st.floats(0, 0.9)


@given(st.floats(0.01, 50), st.floats(1, 3000), fractions, fractions)
def test_the_inverse_undoes_the_dose(activity_GBq: float, mass: float, shunt: float, residual: float) -> None:
    shared = {"constant": dose_constant("Y-90"), "lung_shunt_fraction": shunt, "residual_fraction": residual}
    dose_Gy = mean_dose_Gy(activity_GBq=activity_GBq, mass_g=mass, **shared)
    assert activity_for_dose_GBq(dose_Gy=dose_Gy, mass_g=mass, **shared) == pytest.approx(activity_GBq, rel=1e-12)


@given(st.floats(0.01, 50), st.floats(1, 3000), st.floats(100, 2000), fractions, fractions)
def test_liver_and_lung_energy_is_all_energy(A: float, liver_g: float, lung_g: float, shunt: float, residual: float) -> None:
    """Sum of mass times dose = K A (1 - R); a shunt that multiplies instead of divides breaks this."""
    constant = dose_constant("Y-90")
    shared = {"activity_GBq": A, "constant": constant, "lung_shunt_fraction": shunt, "residual_fraction": residual}
    energy = mean_dose_Gy(mass_g=liver_g, **shared) * liver_g / 1000 + lung_dose_Gy(lung_mass_g=lung_g, **shared) * lung_g / 1000
    assert energy == pytest.approx(energy_J(activity_GBq=A * (1 - residual), constant=constant), rel=1e-12)


def test_mass_and_density_undo_each_other() -> None:
    assert density_g_per_mL(mass_g=mass_g(volume_mL=208.7, density_g_per_mL=1.05), volume_mL=208.7) == pytest.approx(1.05)


@pytest.mark.parametrize(
    "call",
    [
        lambda c: mean_dose_Gy(activity_GBq=-1.0, mass_g=1000.0, constant=c),
        lambda c: mean_dose_Gy(activity_GBq=1.0, mass_g=0.0, constant=c),
        lambda c: mean_dose_Gy(activity_GBq=1.0, mass_g=1000.0, constant=c, lung_shunt_fraction=5.0),
        lambda c: mean_dose_Gy(activity_GBq=1.0, mass_g=1000.0, constant=c, residual_fraction=1.0),
        lambda c: mean_dose_Gy(activity_GBq=math.nan, mass_g=1000.0, constant=c),
        lambda c: activity_for_dose_GBq(dose_Gy=-1.0, mass_g=1000.0, constant=c),
        lambda c: activity_for_dose_GBq(dose_Gy=1.0, mass_g=math.nan, constant=c),
        lambda c: lung_dose_Gy(activity_GBq=1.0, lung_shunt_fraction=-0.1, lung_mass_g=1000.0, constant=c),
        lambda c: mass_g(volume_mL=-1.0, density_g_per_mL=1.05),
        lambda c: mass_g(volume_mL=1.0, density_g_per_mL=0.0),
        lambda c: density_g_per_mL(mass_g=1.0, volume_mL=0.0),
    ],
)
def test_bad_numbers_are_refused(call) -> None:
    with pytest.raises(BadInput, match="Allowed"):
        call(dose_constant("Y-90"))
