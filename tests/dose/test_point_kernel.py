"""The dose-point kernel against direct simulation of spheres and against another kernel."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.dose.point_kernel import energy_inside, point_kernel, radius_holding_mm, sphere_absorbed_fraction
from glisson.errors import BadInput, OutOfScope

Y90 = point_kernel("Y-90")
REFERENCE = Path(__file__).parents[1] / "reference"


def rows(oracle: str, name: str) -> list[dict[str, str]]:
    """Rows of ``tests/reference/<oracle>/<name>``."""
    with (REFERENCE / oracle / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", rows("egs_y90", "spheres.csv"), ids=lambda r: f"R{r['radius_mm']}")
def test_sphere_absorbed_fraction_against_egs_same_transport_code(row: dict[str, str]) -> None:
    found = sphere_absorbed_fraction(kernel=Y90, radius_mm=float(row["radius_mm"]))
    assert found == pytest.approx(float(row["absorbed_fraction"]), abs=3 * float(row["uncertainty"]))


@pytest.mark.parametrize("row", rows("graves_2019", "spheres.csv"), ids=lambda r: f"d{r['diameter_mm']}")
def test_sphere_absorbed_fraction_against_graves(row: dict[str, str]) -> None:
    found = sphere_absorbed_fraction(kernel=Y90, radius_mm=float(row["diameter_mm"]) / 2)
    assert found == pytest.approx(float(row["absorbed_fraction"]), rel=0.006)


@pytest.mark.parametrize("row", rows("graves_2019", "radii.csv"), ids=lambda r: f"R{r['share']}")
def test_radius_holding_energy_against_graves(row: dict[str, str]) -> None:
    assert radius_holding_mm(kernel=Y90, share=float(row["share"])) == pytest.approx(float(row["radius_mm"]), rel=0.012)


def test_energy_at_shell_radii_is_the_table() -> None:
    total = 0.0
    for radius, share, _ in Y90.shells:
        total += share
        assert float(energy_inside(kernel=Y90, radius_mm=radius)) == pytest.approx(total, abs=1e-12)


@given(st.lists(st.floats(0, 400), min_size=2, max_size=20), st.floats(0.1, 3))
def test_energy_inside_grows_and_stays_below_one(radii: list[float], density: float) -> None:
    inside = energy_inside(kernel=Y90, radius_mm=np.sort(radii), density_g_per_mL=density)
    assert np.all(np.diff(inside) >= 0)
    assert inside[0] >= 0
    assert inside[-1] <= 1


@given(st.floats(0.01, 20), st.floats(0.1, 3))
def test_radii_scale_with_one_over_density(radius: float, density: float) -> None:
    scaled = energy_inside(kernel=Y90, radius_mm=radius / density, density_g_per_mL=density)
    assert float(scaled) == pytest.approx(float(energy_inside(kernel=Y90, radius_mm=radius)), abs=1e-12)


def test_holmium_has_no_kernel_and_is_told_what_to_use() -> None:
    with pytest.raises(OutOfScope, match=r"Ho-166.*local deposition"):
        point_kernel("Ho-166")


@pytest.mark.parametrize(
    "call",
    [
        lambda: energy_inside(kernel=Y90, radius_mm=-1.0),
        lambda: energy_inside(kernel=Y90, radius_mm=1.0, density_g_per_mL=0.0),
        lambda: radius_holding_mm(kernel=Y90, share=1.0),
        lambda: radius_holding_mm(kernel=Y90, share=0.0),
        lambda: sphere_absorbed_fraction(kernel=Y90, radius_mm=0.0),
    ],
)
def test_impossible_radii_are_refused(call) -> None:
    with pytest.raises(BadInput):
        call()
