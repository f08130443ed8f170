"""Stopping powers against NIST ESTAR, and what must hold between whole, restricted and hard collisions."""

import csv
from pathlib import Path

import numpy as np
import pytest

from glisson.dose.electrons.moller import hard_rate, shape, soft_variance
from glisson.dose.electrons.stopping import COLLISION_MeV_cm2_per_mol, beta_squared, collision, density_effect, radiative
from glisson.errors import BadInput
from glisson.knowledge.media import media, medium

REFERENCE = Path(__file__).parents[1] / "reference" / "estar" / "water_air.csv"


def estar(name: str) -> dict[str, np.ndarray]:
    with REFERENCE.open() as file:
        rows = [row for row in csv.DictReader(file) if row["medium"] == name]
    return {key: np.array([float(row[key]) for row in rows]) for key in rows[0] if key != "medium"}


@pytest.mark.parametrize("name", ["water", "air"])
def test_stopping_powers_against_estar(name: str) -> None:
    known = estar(name)
    energy = known["energy_MeV"]
    assert collision(energy_MeV=energy, medium=medium(name)) == pytest.approx(known["collision"], rel=5e-4)
    assert radiative(energy_MeV=energy, medium=medium(name)) == pytest.approx(known["radiative"], rel=5e-4)
    assert density_effect(energy_MeV=energy, medium=medium(name)) == pytest.approx(known["density_effect"], abs=5e-4)


@pytest.mark.parametrize(
    ("symbol", "density", "excitation"), [("N", 1.165e-3, 82.0), ("O", 1.332e-3, 95.0), ("Ar", 1.662e-3, 188.0)]
)
def test_stopping_powers_of_gases_against_estar(symbol: str, density: float, excitation: float) -> None:
    """Elements from light to as heavy as those of bone, mean excitation energies of ICRU 37."""
    gas = medium("air").model_copy(
        update={"weights": {symbol: 1.0}, "nominal_density_g_per_mL": density, "mean_excitation_eV": excitation}
    )
    with (REFERENCE.parent / "gases.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["element"] == symbol]
    assert len(rows) == 7
    for row in rows:
        energy = np.array([float(row["energy_MeV"])])
        assert collision(energy_MeV=energy, medium=gas) == pytest.approx(float(row["collision"]), rel=4e-4)
        assert radiative(energy_MeV=energy, medium=gas) == pytest.approx(float(row["radiative"]), rel=1e-3)
        assert density_effect(energy_MeV=energy, medium=gas) == pytest.approx(float(row["density_effect"]), abs=1e-3)


@pytest.mark.parametrize("name", ["water", "air"])
def test_range_and_radiation_yield_against_estar(name: str) -> None:
    known = estar(name)
    grid = np.geomspace(0.02, 2.5, 4000)
    total = collision(energy_MeV=grid, medium=medium(name)) + radiative(energy_MeV=grid, medium=medium(name))
    lost = radiative(energy_MeV=grid, medium=medium(name)) / total
    step = np.diff(grid)
    way = np.concatenate([[0.0], np.cumsum(step * (1 / total[1:] + 1 / total[:-1]) / 2)])
    photons = np.concatenate([[0.0], np.cumsum(step * (lost[1:] + lost[:-1]) / 2)])
    for at in range(1, len(known["energy_MeV"])):
        energy = known["energy_MeV"][at]
        length = known["csda_range_g_per_cm2"][0] + np.interp(energy, grid, way)
        radiated = known["radiation_yield"][0] * 0.02 + np.interp(energy, grid, photons)
        assert length == pytest.approx(known["csda_range_g_per_cm2"][at], rel=1.5e-3)
        assert radiated / energy == pytest.approx(
            known["radiation_yield"][at], rel=0.01
        )  # twelve energies, straight lines in logarithms


@pytest.mark.parametrize("name", list(media()))
@pytest.mark.parametrize("cut_MeV", [0.02, 0.1, 0.3])
def test_restricted_and_hard_collisions_make_up_the_whole(name: str, cut_MeV: float) -> None:
    for energy in (0.7, 1.0, 2.2):
        at = np.array([energy])
        whole = float(collision(energy_MeV=at, medium=medium(name))[0])
        soft = float(collision(energy_MeV=at, medium=medium(name), cut_MeV=cut_MeV)[0])
        loss = np.geomspace(cut_MeV, energy / 2, 20001)
        scale = COLLISION_MeV_cm2_per_mol * medium(name).electrons_per_weight / float(beta_squared(energy_MeV=at)[0])
        hard = scale * np.trapezoid(loss * shape(loss_MeV=loss, energy_MeV=np.array(energy)), loss)
        rate = scale * np.trapezoid(shape(loss_MeV=loss, energy_MeV=np.array(energy)), loss)
        assert soft + hard == pytest.approx(whole, rel=1e-5)
        assert float(hard_rate(energy_MeV=at, medium=medium(name), cut_MeV=cut_MeV)[0]) == pytest.approx(rate, rel=1e-5)


def test_no_hard_collision_below_twice_the_cut() -> None:
    assert float(hard_rate(energy_MeV=np.array([0.19]), medium=medium("water"), cut_MeV=0.1)[0]) == 0.0


def test_the_spread_of_soft_losses_against_a_plain_integral() -> None:
    loss = np.linspace(1e-6, 0.1, 200_001)
    scale = COLLISION_MeV_cm2_per_mol * medium("water").electrons_per_weight / float(beta_squared(energy_MeV=np.array(1.0)))
    plain = scale * np.trapezoid(loss**2 * shape(loss_MeV=loss, energy_MeV=np.array(1.0)), loss)
    found = float(soft_variance(energy_MeV=np.array([1.0]), medium=medium("water"), cut_MeV=0.1)[0])
    assert found == pytest.approx(plain, rel=1e-4)


def test_an_unknown_material_is_refused_with_the_list() -> None:
    with pytest.raises(BadInput, match=r"unknown material 'cheese'.*water, soft-tissue, lung, adipose, bone, air"):
        medium("cheese")
