"""The dose-point kernel table: what it holds, and that a damaged one cannot be loaded."""

import numpy as np
import pytest
from pydantic import ValidationError

from glisson.errors import BadKnowledge
from glisson.knowledge import radial_kernel as module
from glisson.knowledge import source
from glisson.knowledge.known_errors import known_errors
from glisson.knowledge.radial_kernel import RadialKernel, radial_kernels

Y90 = radial_kernels()["Y-90"]


def test_the_table_holds_the_energy_it_says() -> None:
    within_12_mm = sum(share for radius, share, _ in Y90.shells if radius <= 12)
    assert within_12_mm == pytest.approx(0.9961, abs=5e-5)
    assert Y90.absorbed_fraction == pytest.approx(1 - 0.000716, abs=4e-5)  # what left 300 mm in both runs
    assert Y90.mean_energy_MeV.value == 0.93357


@pytest.mark.real_data
def test_the_table_against_its_origin(reference_data) -> None:
    held = np.load(reference_data / "dpk_water.npz")
    near = held["r_edges_mm"][1:] <= 11
    far = held["B_r_edges_mm"][1:] > 11
    radii = np.concatenate([held["r_edges_mm"][1:][near], held["B_r_edges_mm"][1:][far]])
    shares = np.concatenate([held["energy_fraction"][near], held["B_energy_fraction"][far]])
    shells = np.array(Y90.shells)
    assert np.array_equal(shells[:, 0], radii)
    assert np.allclose(shells[:, 1], shares, rtol=1e-6)


@pytest.mark.parametrize(
    ("shells", "words"),
    [
        (((1.0, 0.5, 0.0), (1.0, 0.5, 0.0)), "grow outwards"),
        (((1.0, 1.5, 0.0), (2.0, -0.5, 0.0)), "negative share"),
        (((1.0, 0.5, 0.0), (2.0, 0.2, 0.0)), "add up to 0.7"),
        (((1.0, 0.6, 0.0), (2.0, 0.6, 0.0)), "add up to 1.2"),
    ],
)
def test_a_damaged_table_is_refused(shells, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        RadialKernel.model_validate({**Y90.model_dump(), "shells": shells})


def test_two_kernels_for_one_nuclide_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FILES", module.FILES * 2)
    with pytest.raises(BadKnowledge, match="a second dose-point kernel"):
        radial_kernels.__wrapped__()


def test_the_hash_follows_the_numbers() -> None:
    other = RadialKernel.model_validate({**Y90.model_dump(), "shells": (*Y90.shells[:-1], (300.0, 0.0005, 3e-6))})
    assert other.sha256() != Y90.sha256()
    assert RadialKernel.model_validate(Y90.model_dump()).sha256() == Y90.sha256()


def test_known_errors_cite_a_source() -> None:
    assert source(known_errors()["local-lung"].relative_error.source).doi == "10.1186/s40658-015-0119-y"
