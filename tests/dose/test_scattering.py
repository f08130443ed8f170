"""Angles: the series against numpy, tables against their moments, the spin factor where it must be 1."""

import numpy as np
import pytest

from glisson.dose.electrons import scattering
from glisson.dose.electrons.histories import energy_quantiles, mean_of
from glisson.dose.electrons.scattering import Target, quantiles_of_angle, transport_moments
from glisson.dose.electrons.tables import BINS, FIRST, LATER, GRID_MeV, Steps, make_tables, moments_per_loss, step_moments
from glisson.knowledge.media import elements, medium
from glisson.knowledge.spectra import beta_spectra


def test_one_minus_legendre_against_numpy() -> None:
    t = np.array([1e-4, 0.3, 1.0, 1.7, 2.0])
    found = scattering._one_minus_legendre(t, 40)
    for order in (1, 2, 7, 40):
        assert found[order] == pytest.approx(1.0 - np.polynomial.legendre.legval(1.0 - t, [0] * order + [1]), rel=1e-7, abs=1e-9)


def test_small_angles_keep_their_digits() -> None:
    found = scattering._one_minus_legendre(np.array([1e-12]), 10)[:, 0]
    assert found == pytest.approx([1e-12 * order * (order + 1) / 2 for order in range(11)], rel=1e-9)


@pytest.mark.parametrize("symbol", list(elements().elements))
def test_form_factor_runs_from_every_electron_to_none(symbol: str) -> None:
    target = Target.of(elements().elements[symbol], 1.0)
    assert float(target.form_factor(np.array([0.0]))[0]) == pytest.approx(1.0)
    assert float(target.form_factor(np.array([2.0]))[0]) < 1e-3


def test_hydrogen_form_factor_against_the_exact_one() -> None:
    """The 1s state: f = 1 / (1 + (q/2)²)²."""
    target = Target.of(elements().elements["H"], 0.5)
    t = np.geomspace(1e-7, 1e-3, 20)
    assert target.form_factor(t) == pytest.approx((1.0 + target.reach * t / 4.0) ** -2, abs=0.003)


def test_the_mott_factor_against_mckinley_and_feshbach_by_hand() -> None:
    """Backward scattering of a fast electron on a light nucleus all but vanishes: 1 - beta²."""
    target = Target(1, 0.99, 1.0, ())
    assert float(target.mott(np.array([2.0]))[0]) == pytest.approx(0.01)
    assert float(target.mott(np.array([0.0]))[0]) == 1.0


def test_quantiles_against_a_small_angle_gaussian() -> None:
    """K_l = s l(l+1)/2 with small s is diffusion on the sphere: 1 - cosine is exponential with mean s."""
    s = 0.01
    orders = np.arange(81)
    shares = np.array([0.1, 0.5, 0.9])
    assert quantiles_of_angle(s * orders * (orders + 1) / 2, shares) == pytest.approx(-s * np.log(1 - shares), rel=0.01)


@pytest.mark.parametrize("kind", [LATER, FIRST])
@pytest.mark.parametrize("name", ["water", "bone"])
def test_tables_carry_the_first_two_moments_of_the_angle(name: str, kind: int) -> None:
    steps = Steps()
    tables = make_tables([medium(name)], steps)
    energy = np.arange(tables.stopping.shape[1]) * GRID_MeV
    per_loss = moments_per_loss(np.maximum(energy, 0.02), tables.stopping[0], medium(name), steps)
    u = (np.arange(4000) + 0.5) / 4000
    for index in (10, 50, 100, 200):
        moments = step_moments(energy[index], float(tables.step_MeV[kind, index]), np.maximum(energy, 0.02), per_loss)
        shares = np.linspace(0, 1, BINS + 1)
        body = np.interp(u * (1 - 1 / BINS), shares, tables.angle[kind, 0, index])
        tail = np.interp(u, shares, tables.tail[kind, 0, index])
        t = [body, tail]
        weights = [1 - 1 / BINS, 1 / BINS]
        first = sum(w * float(np.mean(1 - x)) for w, x in zip(weights, t, strict=True))
        second = sum(w * float(np.mean((1 - x) ** 2)) for w, x in zip(weights, t, strict=True))
        assert first == pytest.approx(np.exp(-moments[1]), abs=1e-4)
        assert second == pytest.approx((1 + 2 * np.exp(-moments[2])) / 3, abs=2e-3)


def test_scattering_falls_with_energy_and_grows_with_charge() -> None:
    at = [transport_moments(energy_MeV=e, medium=medium("water"), orders=2, cut_MeV=0.05)[1] for e in (0.1, 0.5, 2.0)]
    assert at == sorted(at, reverse=True)
    bone = transport_moments(energy_MeV=1.0, medium=medium("bone"), orders=2, cut_MeV=0.05)[1]
    water = transport_moments(energy_MeV=1.0, medium=medium("water"), orders=2, cut_MeV=0.05)[1]
    assert 1.1 < bone / water < 1.5


def test_energies_of_the_bins_have_the_mean_of_the_spectrum() -> None:
    edges = energy_quantiles(beta_spectra()["Y-90"])
    assert mean_of(edges) == pytest.approx(beta_spectra()["Y-90"].mean_MeV, rel=1e-4)
    assert beta_spectra()["Y-90"].mean_MeV == pytest.approx(0.9336, rel=5e-4)
