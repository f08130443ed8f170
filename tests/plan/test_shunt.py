"""Lung shunt, lung mass and lung dose against numbers worked by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.dose.constant import DoseConstant, dose_constant
from glisson.errors import BadInput, GridMismatch
from glisson.plan.shunt import (
    LungDeposit,
    LungMass,
    Shunt,
    conventional_lung_mass,
    ct_lung_mass,
    geometric_mean_counts,
    lung_dose_Gy,
    planar_shunt,
    planar_shunt_fraction,
    shunt_bound,
    spect_shunt,
)
from glisson.voxels import Grid, Image, Quantity

GRID = Grid.aligned((2, 2, 2), (10.0, 10.0, 10.0))


def exactly(K: float) -> DoseConstant:
    """A constant with just this K, to check the printed examples."""
    one = dose_constant("Y-90")
    return replace(one, energy_MeV=one.energy_MeV * K / one.K_Gy_kg_per_GBq)


def test_planar_shunt_against_worked_example() -> None:
    assert planar_shunt(lung=(50, 50), liver=(950, 950)).fraction == 0.05


def test_geometric_mean_against_hand_calculation() -> None:
    assert geometric_mean_counts(anterior=1000, posterior=500, background_per_pixel=(1.0, 1.0), pixels=100) == pytest.approx(
        600.0
    )
    shunt = planar_shunt(
        lung=(150, 150),
        liver=(1050, 1050),
        background_per_pixel=(1.0, 1.0),
        lung_pixels=100,
        liver_pixels=100,
        source="planar.dcm",
    )
    assert shunt == Shunt(0.05, "planar geometric mean, background subtracted", "planar.dcm")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"anterior": -1, "posterior": 1}, "negative"),
        ({"anterior": 10, "posterior": 10, "background_per_pixel": (1.0, 0.0)}, "number of pixels"),
        ({"anterior": 10, "posterior": 10, "background_per_pixel": (1.0, 0.0), "pixels": 20}, "larger than the counts"),
    ],
)
def test_geometric_mean_refuses(arguments: dict, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        geometric_mean_counts(**arguments)


@given(lung=st.floats(0, 1e6), liver=st.floats(1, 1e6))
def test_shunt_is_a_fraction_of_what_is_seen(lung: float, liver: float) -> None:
    fraction = planar_shunt_fraction(lung_counts=lung, liver_counts=liver)
    assert 0 <= fraction < 1
    assert fraction * (lung + liver) == pytest.approx(lung, abs=1e-6)


def test_a_liver_without_counts_is_refused() -> None:
    with pytest.raises(BadInput, match="liver counts 0"):
        planar_shunt_fraction(lung_counts=5, liver_counts=0)


def test_shunt_in_percent_is_refused() -> None:
    with pytest.raises(BadInput, match="not percent"):
        Shunt(5.0, "entered")


def test_spect_shunt_counts_an_overlap_once_and_negatives_as_zero() -> None:
    counts = np.array([[[10, 10], [10, 10]], [[90, 90], [-5, 90]]], dtype=float)
    lung, liver = np.zeros((2, 2, 2)), np.zeros((2, 2, 2))
    lung[0], liver[1] = 1.0, 1.0
    lung[1, 0, 0] = 1.0  # also liver: stays liver
    found = spect_shunt(
        spect=Image(GRID, counts, Quantity.COUNTS), lung=Image(GRID, lung, Quantity.MASK), liver=Image(GRID, liver, Quantity.MASK)
    )
    assert found.fraction == pytest.approx(40 / (40 + 270))
    assert found.method == "SPECT/CT"


def test_spect_shunt_refuses_a_mask_on_another_grid() -> None:
    other = Grid.aligned((2, 2, 2), (5.0, 10.0, 10.0))
    ones = np.ones((2, 2, 2), dtype=bool)
    with pytest.raises(GridMismatch):
        spect_shunt(
            spect=Image(GRID, np.ones((2, 2, 2)), Quantity.COUNTS),
            lung=Image(other, ones, Quantity.MASK),
            liver=Image(GRID, ones, Quantity.MASK),
        )


def test_ct_lung_mass_against_hand_calculation() -> None:
    grid = Grid.aligned((2, 2, 2), (50.0, 50.0, 100.0))  # voxels of 250 mL
    hu = np.full((2, 2, 2), -700.0)
    hu[0, 0, 0], hu[0, 0, 1] = -3024.0, 900.0  # padding weighs nothing, metal is held at 1.1 g/mL
    lung = np.ones((2, 2, 2))
    lung[1, 1, 1] = 0.5
    found = ct_lung_mass(ct=Image(grid, hu, Quantity.HU), lung=Image(grid, lung, Quantity.MASK))
    assert found.mass_g == pytest.approx(250 * (0.0 + 1.1 + 5.5 * 0.3))
    assert "1.1 g/mL" in found.rule


def test_lung_mass_outside_reason_is_refused() -> None:
    with pytest.raises(BadInput, match="check the unit"):
        LungMass(1.0, "entered", "entered")


@pytest.mark.parametrize(("K", "dose_Gy"), [(49.67, 4.967), (50.0, 5.0)])
def test_lung_dose_against_worked_example(K: float, dose_Gy: float) -> None:
    assert lung_dose_Gy(deposits=[LungDeposit(2.0, 0.05)], lung_mass_g=1000, constant=exactly(K)) == pytest.approx(
        dose_Gy, rel=1e-9
    )


def test_lung_dose_of_several_injections_adds() -> None:
    several = [LungDeposit(1.0, 0.10, 0.02), LungDeposit(2.0, 0.05)]
    assert lung_dose_Gy(deposits=several, lung_mass_g=800, constant=exactly(50.0)) == pytest.approx(50 * (0.098 + 0.1) / 0.8)


@pytest.mark.parametrize(("K", "cap_GBq"), [(49.38, 0.6075), (49.67, 0.6040), (50.0, 0.6000)])
def test_activity_to_the_lungs_at_30_Gy_against_worked_example(K: float, cap_GBq: float) -> None:
    per_GBq = lung_dose_Gy(deposits=[LungDeposit(2.0, 0.5)], lung_mass_g=1000, constant=exactly(K))
    assert round(30 / per_GBq, 4) == cap_GBq


def test_convention_is_one_kilogram() -> None:
    assert conventional_lung_mass().mass_g == 1000.0
    assert "convention" in conventional_lung_mass().rule


@given(
    lung=st.floats(1, 50),
    lung_mass=st.floats(300, 3000),
    liver=st.floats(10, 200),
    liver_mass=st.floats(500, 4000),
    K=st.floats(10, 60),
)
def test_at_the_bound_lungs_and_liver_reach_their_limits_together(
    lung: float, lung_mass: float, liver: float, liver_mass: float, K: float
) -> None:
    bound = shunt_bound(lung_limit_Gy=lung, lung_mass_g=lung_mass, liver_limit_Gy=liver, liver_mass_g=liver_mass)
    by_lung = lung * lung_mass / (K * bound)
    by_liver = liver * liver_mass / (K * (1 - bound))
    assert by_lung == pytest.approx(by_liver, rel=1e-9)


def test_background_is_taken_off_by_its_own_view_and_its_own_region() -> None:
    """Front 1 and back 2 per pixel; 100 pixels of lung, 200 of liver: lung 50 by 50, liver 950 by 950."""
    shunt = planar_shunt(lung=(150, 250), liver=(1150, 1350), background_per_pixel=(1.0, 2.0), lung_pixels=100, liver_pixels=200)
    assert shunt.fraction == pytest.approx(0.05)
