"""Equations against the closed-form examples, and their inverses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.errors import BadInput, OutOfScope
from glisson.plan.bsa import body_surface_area_m2, bsa_activity_GBq
from glisson.plan.sirt import (
    partition_activity_GBq,
    partition_dose,
    tumour_to_normal_ratio,
)

FRACTION = st.floats(0, 0.5)
MASS = st.floats(1, 3000)


def test_body_surface_against_worked_examples() -> None:
    assert round(body_surface_area_m2(weight_kg=70, height_m=1.70), 4) == 1.8097
    assert round(body_surface_area_m2(weight_kg=85, height_m=1.80), 4) == 2.0485


@pytest.mark.parametrize(("tumour", "normal", "activity"), [(0, 1500, 1.6097), (300, 1500, 1.7764)])
def test_bsa_activity_against_worked_examples(tumour: float, normal: float, activity: float) -> None:
    surface = body_surface_area_m2(weight_kg=70, height_m=1.70)
    assert round(bsa_activity_GBq(surface_m2=surface, tumour_volume_mL=tumour, normal_volume_mL=normal), 4) == activity


def test_bsa_reduces_only_by_what_a_person_entered() -> None:
    common = {"surface_m2": 1.8, "tumour_volume_mL": 100.0, "normal_volume_mL": 900.0}
    assert bsa_activity_GBq(**common, reduction_fraction=0.2) == pytest.approx(0.8 * bsa_activity_GBq(**common))
    assert bsa_activity_GBq(**common, treated_fraction=0.6) == pytest.approx(0.6 * bsa_activity_GBq(**common))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"surface_m2": 1.8, "tumour_volume_mL": -1, "normal_volume_mL": 10}, BadInput),
        ({"surface_m2": 1.8, "tumour_volume_mL": 0, "normal_volume_mL": 0}, BadInput),
        ({"surface_m2": 1.8, "tumour_volume_mL": 1, "normal_volume_mL": 10, "treated_fraction": 0}, BadInput),
        ({"surface_m2": 1.8, "tumour_volume_mL": 1, "normal_volume_mL": 10, "reduction_fraction": 20}, BadInput),
        ({"surface_m2": 0.15, "tumour_volume_mL": 0, "normal_volume_mL": 10}, OutOfScope),
    ],
)
def test_bsa_refuses(arguments: dict, error: type[Exception]) -> None:
    with pytest.raises(error):
        bsa_activity_GBq(**arguments)


@pytest.mark.parametrize("arguments", [{"weight_kg": 70, "height_m": 170}, {"weight_kg": 7, "height_m": 1.7}])
def test_body_surface_refuses_a_slip_of_unit(arguments: dict) -> None:
    with pytest.raises(BadInput):
        body_surface_area_m2(**arguments)


def test_partition_against_worked_example() -> None:
    found = partition_dose(
        activity_GBq=1.5,
        tumour_mass_g=250,
        normal_mass_g=1250,
        tumour_to_normal=5,
        K_Gy_kg_per_GBq=49.67,
        lung_shunt_fraction=0.05,
        lung_mass_g=1000,
    )
    assert found.normal_Gy == pytest.approx(28.3119, abs=5e-5)
    assert found.tumour_Gy == pytest.approx(141.5595, abs=5e-5)
    assert found.lung_Gy == pytest.approx(3.7253, abs=5.1e-5)
    liver_J = 0.25 * found.tumour_Gy + 1.25 * found.normal_Gy
    assert liver_J == pytest.approx(70.77975, abs=5e-6)
    assert liver_J == pytest.approx(49.67 * 1.5 * 0.95, rel=1e-12)


@pytest.mark.parametrize(
    ("shunt", "tumour_Gy", "normal_Gy", "lung_Gy"), [(0.0, 108.8, 26.6, 0.0), (0.05, 103.3, 25.3, 2.48), (0.10, 97.9, 23.9, 4.97)]
)
def test_partition_against_the_real_case_of_the_facts(shunt: float, tumour_Gy: float, normal_Gy: float, lung_Gy: float) -> None:
    found = partition_dose(
        activity_GBq=1.0,
        tumour_mass_g=251.8,
        normal_mass_g=838.0,
        tumour_to_normal=4.091,
        K_Gy_kg_per_GBq=49.67,
        lung_shunt_fraction=shunt,
        lung_mass_g=1000,
    )
    assert found.tumour_Gy == pytest.approx(tumour_Gy, abs=0.06)
    assert found.normal_Gy == pytest.approx(normal_Gy, abs=0.06)
    assert found.lung_Gy == pytest.approx(lung_Gy, abs=0.006)


@given(
    dose=st.floats(1, 200), tumour=st.floats(0, 2000), normal=MASS, ratio=st.floats(0.1, 50), shunt=FRACTION, residual=FRACTION
)
def test_partition_is_its_own_inverse_and_conserves(
    dose: float, tumour: float, normal: float, ratio: float, shunt: float, residual: float
) -> None:
    common = {
        "tumour_mass_g": tumour,
        "normal_mass_g": normal,
        "tumour_to_normal": ratio,
        "K_Gy_kg_per_GBq": 49.67,
        "lung_shunt_fraction": shunt,
        "residual_fraction": residual,
    }
    activity = partition_activity_GBq(normal_dose_Gy=dose, **common)
    found = partition_dose(activity_GBq=activity, lung_mass_g=900, **common)
    assert found.normal_Gy == pytest.approx(dose, rel=1e-12)
    energy = (tumour * found.tumour_Gy + normal * found.normal_Gy + 900 * found.lung_Gy) / 1000
    assert energy == pytest.approx(49.67 * activity * (1 - residual), rel=1e-12)


def test_ratio_needs_counts_in_the_normal_liver() -> None:
    with pytest.raises(BadInput, match="no counts"):
        tumour_to_normal_ratio(tumour_counts=1, tumour_mass_g=1, normal_counts=0, normal_mass_g=1)
    with pytest.raises(BadInput, match="ratio 0"):
        partition_activity_GBq(normal_dose_Gy=40, tumour_mass_g=1, normal_mass_g=1, tumour_to_normal=0, K_Gy_kg_per_GBq=49.67)
