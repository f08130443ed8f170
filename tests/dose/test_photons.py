"""Photons: cross sections against NIST, collisions and angles against integrals, the far field against EGSnrc, and the energy."""

import csv
from pathlib import Path

import numpy as np
import pytest

from glisson.dose.electrons import shells, voxels
from glisson.dose.electrons.histories import empty_stack, energy_quantiles, shell_batch, voxel_batch
from glisson.dose.electrons.stopping import ELECTRON_MeV, radiative
from glisson.dose.electrons.stream import BREMSSTRAHLUNG, DIRECTIONS, EMITTED, OVER_EDGE, empty_ledger
from glisson.dose.electrons.tables import QUICK, tables
from glisson.dose.photons.attenuation import incoherent, kept_fraction, make_light, photoelectric
from glisson.dose.photons.bremsstrahlung import NODES, elwert_factor, energy_per_photon_energy, photon_quantiles, radiation
from glisson.dose.photons.walk import dipole, remaining
from glisson.knowledge.media import elements, media, medium
from glisson.knowledge.photons import photon_table
from glisson.knowledge.spectra import beta_spectra

REFERENCE = Path(__file__).parents[1] / "reference"
QUANTILES = energy_quantiles(beta_spectra()["Y-90"])


def rows(folder: str, name: str) -> list[dict[str, str]]:
    with (REFERENCE / folder / name).open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["water", "air", "soft-tissue"])
def test_energy_absorption_against_nist(name: str) -> None:
    """Photoelectric energy and the recoil of free electrons make up the energy-absorption coefficient, to 2 %."""
    known = [row for row in rows("nist_xaamdi", "media.csv") if row["medium"] == name]
    for row in known:
        energy = float(row["energy_MeV"])
        if energy > 2.0:
            continue
        at = np.array(energy)
        kept = kept_fraction(energy_MeV=energy)
        found = float(photoelectric(energy_MeV=at, medium=medium(name)) + kept * incoherent(energy_MeV=at, medium=medium(name)))
        assert found == pytest.approx(float(row["energy_absorption_cm2_per_g"]), rel=0.02), energy
    assert len(known) > 15


@pytest.mark.parametrize("name", ["water", "air", "soft-tissue"])
def test_attenuation_against_nist_where_coherent_scattering_is_rare(name: str) -> None:
    for row in rows("nist_xaamdi", "media.csv"):
        energy = float(row["energy_MeV"])
        if row["medium"] == name and 0.3 <= energy <= 1.0:
            at = np.array(energy)
            found = float(photoelectric(energy_MeV=at, medium=medium(name)) + incoherent(energy_MeV=at, medium=medium(name)))
            assert found == pytest.approx(float(row["attenuation_cm2_per_g"]), rel=0.01)


@pytest.mark.parametrize("energy", [0.02, 0.1, 0.5, 2.0])
def test_compton_collisions_against_the_klein_nishina_integral(energy: float) -> None:
    random = np.random.default_rng(4)
    drawn = np.array([remaining(energy, *random.random(3)) for _ in range(60_000)])
    taken = drawn[drawn > 0]
    assert float(np.mean(1 - taken / energy)) == pytest.approx(kept_fraction(energy_MeV=energy), rel=0.015)
    assert energy / (1 + 2 * energy / ELECTRON_MeV) * (1 - 1e-12) <= taken.min() and taken.max() <= energy


@pytest.mark.parametrize("energy", [0.05, 0.5, 2.0])
def test_the_angle_of_radiation_against_the_dipole_integral(energy: float) -> None:
    random = np.random.default_rng(5)
    mean = float(np.mean([dipole(energy, *random.random(3)) for _ in range(60_000)]))
    cosine, weight = np.polynomial.legendre.leggauss(200)
    speed = np.sqrt(1 - (energy / ELECTRON_MeV + 1) ** -2)
    exact = 1 - float(np.sum(weight * 0.375 * (1 + cosine**2) * (cosine + speed) / (1 + speed * cosine)))
    assert mean == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("name", ["water", "bone"])
@pytest.mark.parametrize("energy", [0.3, 1.0, 2.0])
def test_the_formula_against_the_radiative_stopping_power_of_nist(name: str, energy: float) -> None:
    """Atomic electrons counted as Z + 1 instead of Z: within a tenth. Only the shape is used."""
    share = np.minimum(NODES, 1 - 1e-9)
    density = energy_per_photon_energy(photon_MeV=share * energy, energy_MeV=energy, medium=medium(name))
    known, weights = elements().elements, medium(name).weights
    squares = sum(w * known[s].Z ** 2 / known[s].atomic_weight for s, w in weights.items())
    more = sum(w * known[s].Z * (known[s].Z + 1) / known[s].atomic_weight for s, w in weights.items())
    total = float(np.trapezoid(density, share)) * energy * more / squares
    assert 0.93 < total / float(radiative(energy_MeV=np.array(energy), medium=medium(name))) < 1.10


@pytest.mark.parametrize("name", list(media()))
def test_soft_and_hard_radiation_make_up_the_stopping_power_of_nist(name: str) -> None:
    energy = np.array([0.005, 0.3, 0.9, 2.2])
    parts = radiation(energy_MeV=energy, medium=medium(name))
    assert parts.photons_per_g_cm2[0] == 0.0
    for at in range(1, 4):
        edges = photon_quantiles(energy_MeV=float(energy[at]), medium=medium(name))
        assert np.all(np.diff(edges) > 0)
        assert edges[0] * energy[at] == pytest.approx(0.01) and edges[-1] == pytest.approx(1.0)
        mean = float(np.mean((edges[1:] + edges[:-1]) / 2)) * energy[at]
        whole = float(radiative(energy_MeV=energy[at], medium=medium(name)))
        assert parts.soft_MeV_cm2_per_g[at] + parts.photons_per_g_cm2[at] * mean == pytest.approx(whole, rel=1e-9)
        assert parts.soft_MeV_cm2_per_g[at] < 0.2 * whole


def test_the_factor_of_elwert_keeps_the_end_of_the_spectrum_finite() -> None:
    near = elwert_factor(photon_MeV=np.array([0.5, 0.999999]), energy_MeV=1.0, Z=8)
    assert 1.0 < near[0] < 1.1 < near[1] < 300


def test_every_element_has_cross_sections() -> None:
    assert set(photon_table().elements) == set(elements().elements)
    light = make_light([medium(name) for name in media()], 2.4, followed=True)
    assert np.all(light.attenuation > 0) and np.all((light.absorbed > 0) & (light.absorbed < 1))


def in_shells(histories: int) -> tuple[np.ndarray, np.ndarray]:
    geometry = shells.Shells(np.ones(1, np.float32), np.zeros(1, np.uint8), (1, 1, 1), 1.0)
    score, ledger = np.zeros(301), empty_ledger()
    batch, looked_up = shell_batch(), tables(("water",), QUICK)
    source = shells.Ball(0.0, QUANTILES)
    batch(geometry, looked_up, DIRECTIONS, source, score, ledger, empty_stack(), np.uint64(3), 0, histories)
    return score / ledger[EMITTED], ledger / ledger[EMITTED]


def test_the_far_field_of_a_point_source_against_egs() -> None:
    found, ledger = in_shells(2_000_000)
    assert found.sum() + ledger[BREMSSTRAHLUNG] == pytest.approx(1.0, abs=1e-9)
    known = rows("egs_y90", "point_kernel_far.csv")
    for inner, outer in ((12, 20), (20, 30), (30, 60), (60, 150)):
        inside = [row for row in known if inner <= float(row["inner_radius_mm"]) and float(row["outer_radius_mm"]) <= outer]
        energy = sum(float(row["energy_fraction"]) for row in inside)
        assert found[inner:outer].sum() == pytest.approx(energy, rel=0.07), inner


def test_photons_only_add_and_the_energy_closes() -> None:
    n = 21
    geometry = voxels.Voxels(np.full(n**3, 1.05, np.float32), np.zeros(n**3, np.uint8), (n, n, n), (4.0, 4.0, 4.0))
    emission = voxels.Emission(np.array([(n**3) // 2]), np.array([1.0 + 1e-12]), QUANTILES)
    scores = []
    for steps in (QUICK, QUICK.without_photons()):
        score, ledger = np.zeros(n**3), empty_ledger()
        looked_up = tables(("soft-tissue",), steps)
        voxel_batch()(geometry, looked_up, DIRECTIONS, emission, score, ledger, empty_stack(), np.uint64(3), 0, 50_000)
        assert score.sum() + ledger[BREMSSTRAHLUNG] + ledger[OVER_EDGE] == pytest.approx(ledger[EMITTED], rel=1e-10)
        scores.append(score)
    added = scores[0] - scores[1]
    assert added.min() > -1e-6 and 0 < added.sum() < 0.003 * scores[1].sum()
