"""Beta spectra by Fermi's theory against tabulated ones and published means."""

import csv
from pathlib import Path

import numpy as np
import pytest

from glisson.dose.constant import dose_constant
from glisson.dose.electrons.fermi import branch_density, branch_mean_MeV, local_MeV, spectrum_of
from glisson.knowledge.spectra import beta_spectra, decays

REFERENCE = Path(__file__).parents[1] / "reference" / "icrp_107" / "beta.csv"


def icrp(nuclide: str) -> np.ndarray:
    with REFERENCE.open() as file:
        return np.array([(float(r["energy_MeV"]), float(r["per_MeV"])) for r in csv.DictReader(file) if r["nuclide"] == nuclide])


def y90(energy: np.ndarray, endpoint: float) -> np.ndarray:
    return branch_density(energy_MeV=energy, endpoint_MeV=endpoint, Z=40, A=90, shape="unique-first-forbidden")


def test_y90_against_the_tabulated_spectrum() -> None:
    """The spectrum behind the EGSnrc reference doses, which is the one in use: within 0.5 % of its maximum, the mean to 0.1 %."""
    points = np.array(beta_spectra()["Y-90"].points)
    found = y90(points[:, 0], 2.2787)
    scale = np.trapezoid(points[:, 1], points[:, 0]) / np.trapezoid(found, points[:, 0])
    assert np.abs(found * scale - points[:, 1]).max() < 0.005 * points[:, 1].max()
    mean = branch_mean_MeV(endpoint_MeV=2.2787, Z=40, A=90, shape="unique-first-forbidden")
    assert mean == pytest.approx(beta_spectra()["Y-90"].mean_MeV, rel=1e-3)


def test_y90_against_icrp() -> None:
    known = icrp("Y-90")
    energy = np.linspace(0, 2.2801, 4001)
    scale = 1.0 / np.trapezoid(y90(energy, 2.2801), energy)
    assert y90(known[:, 0], 2.2801) * scale == pytest.approx(known[:, 1], rel=0.01, abs=1e-3)


def test_ho166_against_icrp() -> None:
    """Every tabulated energy from 20 keV to 1.8 MeV within 1 %."""
    known, spectrum = icrp("Ho-166"), spectrum_of("Ho-166")
    assert spectrum is not None
    points = np.array(spectrum.points)
    found = np.interp(known[:, 0], points[:, 0], points[:, 1])
    assert found == pytest.approx(known[:, 1], rel=0.01)
    assert len(known) >= 15


@pytest.mark.parametrize("nuclide", ["Y-90", "Ho-166"])
def test_means_of_branches_against_the_published_ones(nuclide: str) -> None:
    decay = decays()[nuclide]
    for branch in decay.branches:
        mean = branch_mean_MeV(endpoint_MeV=branch.endpoint_MeV, Z=decay.daughter_Z, A=decay.mass_number, shape=branch.shape)
        assert mean == pytest.approx(branch.mean_MeV, rel=0.007)


def test_the_mean_of_ho166_against_icrp() -> None:
    """Electrons of all kinds: 0.6963 MeV per decay, the energy of the dose constant 15.54."""
    spectrum, decay = spectrum_of("Ho-166"), decays()["Ho-166"]
    assert spectrum is not None
    betas = sum(branch.per_decay for branch in decay.branches)
    assert spectrum.mean_MeV * betas + decay.line_electrons_MeV == pytest.approx(
        dose_constant("Ho-166", "15.54").energy_MeV, rel=2e-3
    )
    assert local_MeV("Ho-166") == pytest.approx(decay.line_electrons_MeV, rel=2e-4)


def test_a_spectrum_that_is_tabulated_is_taken_as_it_is_and_an_unknown_one_is_none() -> None:
    assert spectrum_of("Y-90") is beta_spectra()["Y-90"]
    assert spectrum_of("F-18") is None
