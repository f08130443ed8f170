"""Dose-point kernels from the program's own transport: against EGSnrc as voxel S values, in the engine, on disk."""

import csv
from pathlib import Path

import numpy as np
import pytest

from glisson.dose.constant import dose_constant
from glisson.dose.electrons.tables import QUICK
from glisson.dose.kernel import KernelConvolution
from glisson.dose.point_kernel import radius_holding_mm
from glisson.dose.transport_kernel import TransportKernel
from glisson.dose.voxel_kernel import voxel_kernel
from glisson.errors import BadInput, OutOfScope
from glisson.knowledge.media import media
from glisson.knowledge.spectra import beta_spectra
from glisson.voxels import Grid, Image, Quantity

REFERENCE = Path(__file__).parents[1] / "reference" / "egs_y90"
FEW = TransportKernel("water", histories=64_000, steps=QUICK)


def voxel_s() -> list[dict[str, str]]:
    with (REFERENCE / "voxel_s.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("name", "edge", "density"), [("water", 3.0, 1.0), ("water", 4.0, 1.0), ("soft-tissue", 3.0, 1.04)])
def test_voxel_s_from_transport_against_egs(name: str, edge: float, density: float) -> None:
    """Water and ICRU tissue with their own transport: self 0.5 %, face 0.7, edge 1, corner 2 %, plus the oracle's statistics."""
    table = TransportKernel(name, histories=1_600_000).table("Y-90", threads=2)
    kernel = voxel_kernel(table, (edge, edge, edge), density_g_per_mL=density)
    limits = {(0, 0, 0): 0.005, (0, 0, 1): 0.007, (0, 1, 1): 0.010, (1, 1, 1): 0.020, (0, 0, 2): 0.02}
    checked = 0
    for row in voxel_s():
        key = (int(row["i"]), int(row["j"]), int(row["k"]))
        if row["medium"].replace(" ", "-") == name and float(row["edge_mm"]) == edge and key in limits:
            found = kernel.s_value_mGy_per_MBq_s(key, energy_MeV=0.93357)
            limit = limits[key] + 2 * float(row["relative_uncertainty"])
            assert found == pytest.approx(float(row["S_mGy_per_MBq_s"]), rel=limit), key
            checked += 1
    assert checked == len(limits)


def test_the_table_says_how_sure_it_is_and_where_the_rest_went() -> None:
    table = FEW.table("Y-90")
    assert 0.995 < table.absorbed_fraction < 0.997
    assert table.mean_energy_MeV.value == pytest.approx(beta_spectra()["Y-90"].mean_MeV)
    shares, errors = np.array([s[1] for s in table.shells]), np.array([s[2] for s in table.shells])
    assert np.all(errors[:80] > 0) and np.all(errors[:60] < 0.02 * shares[:60])


@pytest.mark.parametrize("name", list(media()))
def test_every_medium_has_a_kernel_that_scales_with_its_stopping(name: str) -> None:
    """The radius that holds 90 %, in g/cm²: within a tenth of water's for tissues, less far where hydrogen is rich."""
    table = TransportKernel(name, histories=64_000, steps=QUICK).table("Y-90")
    assert radius_holding_mm(kernel=table, share=0.9) == pytest.approx(5.43, rel=0.16 if name in {"air", "bone"} else 0.06)


def test_holmium_by_the_kernel_engine() -> None:
    array = np.zeros((9, 9, 9))
    array[4, 4, 4] = 1e6
    image = Image(Grid.aligned(array.shape, (3.0, 3.0, 3.0)), array, Quantity.ACTIVITY, "Ho-166")
    constant = dose_constant("Ho-166")
    with pytest.raises(OutOfScope, match="no dose-point kernel for Ho-166"):
        KernelConvolution()(image, density=1.05, constant=constant)
    engine = KernelConvolution(transport=TransportKernel(histories=64_000))
    result = engine(image, density=1.05, constant=constant)
    assert abs(result.energy.imbalance) < 1e-6
    assert result.parameters["kernel_table"] == "transport-Ho-166-soft-tissue"
    assert 0.35 < result.parameters["kernel_self_fraction"] < 0.45


def test_a_nuclide_without_a_spectrum_is_out_of_scope() -> None:
    with pytest.raises(OutOfScope, match="no beta spectrum of Tc-99m"):
        FEW.table("Tc-99m")


def test_threads_change_no_bit_and_a_file_is_read_again(tmp_path: Path) -> None:
    one = FEW.table("Y-90", folder=tmp_path / "kernels")
    assert FEW.table("Y-90", threads=2) == one
    (file,) = (tmp_path / "kernels").iterdir()
    before = file.stat().st_mtime_ns
    assert FEW.table("Y-90", folder=tmp_path / "kernels") == one
    assert file.stat().st_mtime_ns == before
    file.write_text("{}")
    assert FEW.table("Y-90", folder=tmp_path / "kernels") == one


def test_the_file_name_depends_on_all_that_the_table_depends_on() -> None:
    y90 = beta_spectra()["Y-90"]
    others = [TransportKernel("bone", 64_000, steps=QUICK), TransportKernel("water", 64_032, steps=QUICK)]
    others += [TransportKernel("water", 64_000, seed=2, steps=QUICK), TransportKernel("water", 64_000)]
    assert len({FEW.key(y90), *(other.key(y90) for other in others)}) == 5


@pytest.mark.parametrize(
    ("given", "words"),
    [({"histories": 10}, "10 histories"), ({"seed": -1}, "seed -1"), ({"medium": "butter"}, "unknown material 'butter'")],
)
def test_a_kernel_that_cannot_be_is_refused(given: dict[str, int], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        TransportKernel(**given)  # type: ignore[arg-type]
