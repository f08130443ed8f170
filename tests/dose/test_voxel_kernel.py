"""The voxel kernel against published voxel S values, against direct simulation and against plain random sampling."""

import csv
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.dose.kernel_cache import cached_voxel_kernel, kernel_key
from glisson.dose.point_kernel import energy_inside, point_kernel
from glisson.dose.voxel_kernel import voxel_kernel
from glisson.errors import BadInput

Y90 = point_kernel("Y-90")
REFERENCE = Path(__file__).parents[1] / "reference"


def rows(oracle: str, name: str) -> list[dict[str, str]]:
    """Rows of ``tests/reference/<oracle>/<name>``."""
    with (REFERENCE / oracle / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ENERGY_MeV = Y90.mean_energy_MeV.value


@pytest.mark.parametrize("row", rows("lanconelli_2012", "voxel_s.csv"), ids=lambda r: f"{r['edge_mm']}mm")
def test_voxel_s_against_lanconelli_2012(row: dict[str, str]) -> None:
    """Soft tissue 1.04 g/mL there, water of that density here; the energy per decay is the kernel table's own."""
    edge = float(row["edge_mm"])
    kernel = voxel_kernel(Y90, (edge, edge, edge), density_g_per_mL=1.04)
    fine = edge <= 4.8
    for steps, name, tolerance in (
        ((0, 0, 0), "self", 0.015),
        ((0, 0, 1), "face", 0.01 if fine else 0.015),
        ((1, 1, 1), "corner", 0.04 if fine else 0.06),
    ):
        found = kernel.s_value_mGy_per_MBq_s(steps, energy_MeV=ENERGY_MeV)
        assert found == pytest.approx(float(row[name]), rel=tolerance), name
    assert float(kernel.octant[0, 0, 0]) == pytest.approx(float(row["self_fraction"]), abs=0.002)


NEAR = [r for r in rows("egs_y90", "voxel_s.csv") if r["medium"] == "water"]


@pytest.mark.parametrize("row", NEAR, ids=lambda r: f"{r['edge_mm']}mm-{r['i']}{r['j']}{r['k']}")
def test_voxel_s_against_egs_same_transport_code(row: dict[str, str]) -> None:
    """Every pair that shares a face, edge or corner within 1 %; all within 3 standard errors, 0.1 % and 5e-6 of the self value.

    The last is the bremsstrahlung beyond the cut, of which far voxels hold nothing else.
    """
    edge = float(row["edge_mm"])
    steps = (int(row["i"]), int(row["j"]), int(row["k"]))
    kernel = voxel_kernel(Y90, (edge, edge, edge), density_g_per_mL=1.0)
    found, to_itself = (kernel.s_value_mGy_per_MBq_s(n, energy_MeV=ENERGY_MeV) for n in (steps, (0, 0, 0)))
    expected = float(row["S_mGy_per_MBq_s"])
    assert abs(found - expected) < (3 * float(row["relative_uncertainty"]) + 0.001) * expected + 5e-6 * to_itself
    if max(steps) <= 1:
        assert found == pytest.approx(expected, rel=0.01)


def test_soft_tissue_differs_from_scaled_water_by_one_per_cent() -> None:
    """Composition is not modelled: pins the known error so that it cannot grow unseen."""
    tissue = [r for r in rows("egs_y90", "voxel_s.csv") if r["medium"] == "soft tissue"]
    kernel = voxel_kernel(Y90, (3.0, 3.0, 3.0), density_g_per_mL=1.04)
    ratio = {
        (r["i"], r["j"], r["k"]): kernel.s_value_mGy_per_MBq_s((int(r["i"]), int(r["j"]), int(r["k"])), energy_MeV=ENERGY_MeV)
        / float(r["S_mGy_per_MBq_s"])
        for r in tissue
    }
    assert ratio["0", "0", "0"] == pytest.approx(1.010, abs=0.003)
    assert ratio["0", "0", "1"] == pytest.approx(1.006, abs=0.005)
    assert ratio["1", "1", "1"] == pytest.approx(0.987, abs=0.009)


spacings = st.tuples(st.floats(1.5, 12), st.floats(1.5, 12), st.floats(1.5, 12))


@settings(max_examples=15, deadline=None)
@given(spacings, st.floats(0.9, 2.0))
def test_any_voxel_shape_keeps_the_energy_inside_the_cut(spacing: tuple[float, float, float], density: float) -> None:
    kernel = voxel_kernel(Y90, spacing, density_g_per_mL=density)
    assert kernel.total == pytest.approx(float(energy_inside(kernel=Y90, radius_mm=12.0)), abs=1e-12)
    assert kernel.octant.min() >= 0
    assert float(kernel.full.sum()) == pytest.approx(kernel.total, abs=1e-12)


def test_permuted_axes_give_the_permuted_kernel() -> None:
    spacing = (5.0, 2.0, 3.0)
    straight = voxel_kernel(Y90, spacing, density_g_per_mL=1.0).octant
    for order in permutations(range(3)):
        turned = voxel_kernel(Y90, (spacing[order[0]], spacing[order[1]], spacing[order[2]]), density_g_per_mL=1.0).octant
        assert np.abs(turned - straight.transpose(order)).max() < 2e-5


def test_anisotropic_kernel_against_random_sampling() -> None:
    """Two million histories: a point in the voxel, a direction, a distance; then count."""
    spacing = np.array([2.78, 2.344, 4.0])
    random = np.random.default_rng(20260101)
    histories = 2_000_000
    edges = np.linspace(0, 12, 1201)
    cumulative = energy_inside(kernel=Y90, radius_mm=edges)
    distance = np.interp(random.random(histories) * cumulative[-1], cumulative, edges)
    direction = random.normal(size=(3, histories))
    direction /= np.linalg.norm(direction, axis=0)
    end = random.random((3, histories)) + distance * direction / spacing[:, None]
    steps = np.abs(np.floor(end).astype(int))
    kernel = voxel_kernel(Y90, (2.78, 2.344, 4.0), density_g_per_mL=1.0)
    for wanted, times in (
        ((0, 0, 0), 1),
        ((1, 0, 0), 2),
        ((0, 1, 0), 2),
        ((0, 0, 1), 2),
        ((1, 1, 1), 8),
        ((2, 1, 0), 4),
        ((3, 0, 0), 2),
    ):
        share = np.all(steps == np.array(wanted)[:, None], axis=0).mean()
        error = np.sqrt(share / histories)
        expected = times * kernel.octant[wanted] / kernel.total
        assert expected == pytest.approx(share, abs=4 * error), wanted


def test_finer_quadrature_changes_nothing_that_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    from glisson.dose import voxel_kernel as module

    coarse = voxel_kernel(Y90, (2.78, 2.344, 2.344), density_g_per_mL=1.05)
    monkeypatch.setattr(module, "RADIAL_STEP_mm", 0.00625)
    monkeypatch.setattr(module, "_directions", lambda reach, finest: 128)
    module._build.cache_clear()
    fine = voxel_kernel(Y90, (2.78, 2.344, 2.344), density_g_per_mL=1.05)
    module._build.cache_clear()
    assert np.abs(coarse.octant - fine.octant).max() < 5e-6
    assert coarse.octant[0, 0, 0] == pytest.approx(fine.octant[0, 0, 0], rel=3e-5)


def test_renormalised_kernel_sums_to_one_and_says_so() -> None:
    kernel = voxel_kernel(Y90, (3.0, 3.0, 3.0), density_g_per_mL=1.0, renormalise=True)
    assert kernel.total == pytest.approx(1.0, abs=1e-12)
    assert kernel.renormalised
    assert kernel.retained_fraction == pytest.approx(0.9961, abs=1e-4)


def test_density_scales_the_reach() -> None:
    lung = voxel_kernel(Y90, (10.0, 10.0, 10.0), density_g_per_mL=0.25)
    water = voxel_kernel(Y90, (2.5, 2.5, 2.5), density_g_per_mL=1.0)
    assert np.abs(lung.octant - water.octant).max() < 1e-9


@pytest.mark.parametrize(
    ("spacing", "density", "cut", "words"),
    [
        ((0.1, 2.0, 2.0), 1.0, 12.0, "voxel spacing"),
        ((2.0, 2.0, 80.0), 1.0, 12.0, "voxel spacing"),
        ((2.0, 2.0, 2.0), 0.001, 12.0, "kernel density"),
        ((2.0, 2.0, 2.0), float("nan"), 12.0, "kernel density"),
        ((2.0, 2.0, 2.0), 1.0, 0.5, "cut radius"),
        ((2.0, 2.0, 2.0), 1.0, 300.0, "cut radius"),
    ],
)
def test_a_kernel_outside_its_ranges_is_refused(spacing, density: float, cut: float, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        voxel_kernel(Y90, spacing, density_g_per_mL=density, cut_mm=cut)


CHOICE = {"density_g_per_mL": 1.05, "cut_mm": 12.0, "renormalise": False}


def test_cache_folder_gives_the_same_kernel(tmp_path: Path) -> None:
    first = cached_voxel_kernel(Y90, (3.0, 2.0, 2.0), **CHOICE, folder=tmp_path / "kernels")
    again = cached_voxel_kernel(Y90, (3.0, 2.0, 2.0), **CHOICE, folder=tmp_path / "kernels")
    assert first is not again
    assert np.array_equal(first.octant, again.octant)
    assert (again.spacing_mm, again.cut_mm, again.retained_fraction) == (first.spacing_mm, first.cut_mm, first.retained_fraction)
    assert [p.name for p in (tmp_path / "kernels").iterdir()] == [
        f"voxel-kernel-{kernel_key(Y90, (3.0, 2.0, 2.0), **CHOICE)}.npz"
    ]


def test_a_damaged_cache_file_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / f"voxel-kernel-{kernel_key(Y90, (3.0, 2.0, 2.0), **CHOICE)}.npz"
    path.write_bytes(b"PK\x03\x04 broken")
    kernel = cached_voxel_kernel(Y90, (3.0, 2.0, 2.0), **CHOICE, folder=tmp_path)
    assert kernel.total == pytest.approx(0.9961, abs=1e-4)
    np.savez(path, octant=kernel.octant * 0.5, numbers=np.array([3.0, 2.0, 2.0, 1.05, 11.4, kernel.retained_fraction, 0.0]))
    assert cached_voxel_kernel(Y90, (3.0, 2.0, 2.0), **CHOICE, folder=tmp_path).total == pytest.approx(kernel.total)


def test_every_choice_has_its_own_cache_key() -> None:
    keys = {
        kernel_key(Y90, (3.0, 2.0, 2.0), **CHOICE),
        kernel_key(Y90, (2.0, 3.0, 2.0), **CHOICE),
        kernel_key(Y90, (3.0, 2.0, 2.0), **{**CHOICE, "density_g_per_mL": 1.0}),
        kernel_key(Y90, (3.0, 2.0, 2.0), **{**CHOICE, "cut_mm": 11.0}),
        kernel_key(Y90, (3.0, 2.0, 2.0), **{**CHOICE, "renormalise": True}),
    }
    assert len(keys) == 5
