"""The Monte Carlo engine against EGSnrc, and its speed. Rewrites docs/validation/monte_carlo.md: python -m benchmarks.montecarlo.

Accuracy is the same on every machine (same seed, same bits). Speed is measured on one thread by processor time, and on two by
the clock; the page says on what. The phantom is built like the one on which EGSnrc was timed (tests/reference/egs_y90 has its
figures in words): 40 x 40 x 40 voxels of 4 mm, a liver with background, a tumour of 24 mL at five times the background with a
cold core, one of 4 mL at eight times, lung above the dome, bone, air around.
"""

import csv
import os
import platform
import time
from itertools import permutations, product
from pathlib import Path

import numpy as np
from benchmarks.scenes import real_pet

from glisson.dose.batches import Stop
from glisson.dose.constant import dose_constant
from glisson.dose.electrons import shells, voxels
from glisson.dose.electrons.histories import empty_stack, energy_quantiles, shell_batch, voxel_batch
from glisson.dose.electrons.stream import DIRECTIONS, EMITTED, empty_ledger
from glisson.dose.electrons.tables import FINE, QUICK, STEPS, Steps, tables
from glisson.dose.kernel import KernelConvolution
from glisson.dose.local import LocalDeposition
from glisson.dose.montecarlo import MonteCarlo
from glisson.knowledge.spectra import beta_spectra
from glisson.voxels import Grid, Image, Quantity

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "tests" / "reference" / "egs_y90"
PAGE = ROOT / "docs" / "validation" / "monte_carlo.md"
QUANTILES = energy_quantiles(beta_spectra()["Y-90"])
CONSTANT = dose_constant("Y-90")
MEAN_MeV = 0.93357
HISTORIES = 4_000_000
EGS = ((32_000, 21, "detailed, its default"), (146_000, 97, "fastest acceptable"))


def rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open() as file:
        return list(csv.DictReader(file))


def in_shells(radius_mm: float, shell_mm: float, number: int, steps: Steps = FINE) -> np.ndarray:
    geometry = shells.Shells(np.ones(1, np.float32), np.zeros(1, np.uint8), (1, 1, 1), shell_mm)
    score, ledger = np.zeros(number), empty_ledger()
    source = shells.Ball(radius_mm, QUANTILES)
    shell_batch()(
        geometry, tables(("water",), steps), DIRECTIONS, source, score, ledger, empty_stack(), np.uint64(1), 0, HISTORIES // 2
    )
    return score / ledger[EMITTED]


def in_cubes(medium: str, density: float, edge: float, steps: Steps) -> np.ndarray:
    n, c = 13, 6
    geometry = voxels.Voxels(np.full(n**3, density, np.float32), np.zeros(n**3, np.uint8), (n, n, n), (edge, edge, edge))
    emission = voxels.Emission(np.array([(c * n + c) * n + c]), np.array([1.0 + 1e-12]), QUANTILES)
    score, ledger = np.zeros(n**3), empty_ledger()
    voxel_batch()(
        geometry, tables((medium,), steps), DIRECTIONS, emission, score, ledger, empty_stack(), np.uint64(1), 0, HISTORIES
    )
    return score.reshape(n, n, n) / ledger[EMITTED]


def point_kernel() -> list[str]:
    known = rows("point_kernel.csv")
    radius = np.array([float(row["outer_radius_mm"]) for row in known])
    wanted = np.array([float(row["energy_fraction"]) for row in known])
    found = {name: in_shells(0.0, 0.25, 60, steps)[: len(radius)] for name, steps in STEPS.items()}
    lines = ["| | EGSnrc | " + " | ".join(found) + " |", "|---|---|" + "---|" * len(found)]
    for share in (0.5, 0.9, 0.99):
        known_mm = float(np.interp(share, np.cumsum(wanted), radius))
        off = [float(np.interp(share, np.cumsum(values), radius)) - known_mm for values in found.values()]
        lines.append(f"| R{100 * share:.0f} (mm) | {known_mm:.3f} | " + " | ".join(f"{mm:+.3f}" for mm in off) + " |")
    worst = [100 * float(np.abs(values - wanted).max() / wanted.max()) for values in found.values()]
    inner = [100 * float(np.abs(values - wanted)[1:].max() / wanted.max()) for values in found.values()]
    lines.append(
        "| largest difference of a 0.25 mm shell, share of the highest | | " + " | ".join(f"{x:.2f} %" for x in worst) + " |"
    )
    lines.append("| the same without the innermost shell | | " + " | ".join(f"{x:.2f} %" for x in inner) + " |")
    return lines


def spheres() -> list[str]:
    lines = ["| radius (mm) | EGSnrc | " + " | ".join(STEPS) + " |", "|---|---|" + "---|" * len(STEPS)]
    for row in rows("spheres.csv"):
        radius, wanted = float(row["radius_mm"]), float(row["absorbed_fraction"])
        found = [float(in_shells(radius, radius / 10, 40, steps)[:10].sum()) for steps in STEPS.values()]
        off = " | ".join(f"{100 * (value / wanted - 1):+.2f} %" for value in found)
        lines.append(f"| {radius:g} | {wanted:.4f} ± {float(row['uncertainty']):.4f} | {off} |")
    return lines


def voxel_s() -> list[str]:
    lines = ["| medium, edge | voxel | EGSnrc (mGy/MBq s) | " + " | ".join(STEPS) + " |", "|---|---|---|" + "---|" * len(STEPS)]
    found: dict[tuple[str, float, float], list[np.ndarray]] = {}
    for row in rows("voxel_s.csv"):
        key = tuple(int(row[axis]) for axis in ("i", "j", "k"))
        if sum(k * k for k in key) > 5:
            continue
        case = (row["medium"].replace(" ", "-"), float(row["density_g_per_mL"]), float(row["edge_mm"]))
        if case not in found:
            found[case] = [in_cubes(*case, steps) for steps in STEPS.values()]
        places = {
            tuple(6 + a * s for a, s in zip(x, y, strict=True)) for x in permutations(key) for y in product((-1, 1), repeat=3)
        }
        per_share = MEAN_MeV * 1.602176634e-13 / (case[1] * case[2] ** 3 * 1e-6) * 1e9
        wanted = float(row["S_mGy_per_MBq_s"])
        off = [100 * (float(np.mean([cubes[place] for place in places])) * per_share / wanted - 1) for cubes in found[case]]
        known = f"{wanted:.5g} ± {100 * float(row['relative_uncertainty']):.2f} %"
        lines.append(f"| {row['medium']}, {case[2]:g} mm | {key} | {known} | " + " | ".join(f"{x:+.2f} %" for x in off) + " |")
    return lines


def slab() -> list[str]:
    """Through the engines themselves, in voxels of 50 mm to the sides; the outermost are left out."""
    size, n = 3.0, 60
    z = -60.0 + size * (np.arange(n) + 0.5)
    grid = Grid.aligned((n, 5, 5), (size, 50.0, 50.0))
    lung = np.broadcast_to((z > 0)[:, None, None], grid.shape)
    activity = np.where(np.broadcast_to(((z > -21) & (z < 0))[:, None, None], grid.shape), 1e6, 0.0)
    image = Image(grid, activity, Quantity.ACTIVITY, "Y-90")
    density = Image(grid, np.where(lung, 0.26, 1.04).astype(np.float32), Quantity.DENSITY)
    whole = CONSTANT.K_Gy_kg_per_GBq / 1.04  # 1e6 Bq/mL: 1e-3 GBq in 1.04e-3 kg
    profile = {}
    for name, engine in (
        ("local", LocalDeposition()),
        ("kernel", KernelConvolution()),
        ("Monte Carlo", MonteCarlo(stop=Stop(histories=12_000_000), threads=os.cpu_count() or 1)),
    ):
        profile[name] = engine(image, density=density, constant=CONSTANT).dose.array[:, 1:4, 1:4].mean(axis=(1, 2)) / whole
    lines = ["| z (mm) | EGSnrc, share of the plateau | local | kernel, density-scaled | Monte Carlo |", "|---|---|---|---|---|"]
    for row in rows("lung_slab.csv"):
        at, wanted = int(np.argmin(np.abs(z - float(row["z_mm"])))), float(row["lung"])
        parts = " | ".join(f"{100 * (profile[name][at] / wanted - 1):+.1f} %" for name in profile)
        lines.append(f"| {row['z_mm']} | {wanted:.4f} ± {100 * float(row['lung_relative_uncertainty']):.1f} % | {parts} |")
    return lines


def phantom() -> tuple[Image, Image, np.ndarray, np.ndarray]:
    """Activity, density, tumour voxels, liver voxels; built like the phantom that EGSnrc was timed on."""
    grid = Grid.aligned((40, 40, 40), (4.0, 4.0, 4.0))
    z, y, x = (np.mgrid[:40, :40, :40] - 19.5) * 4.0
    body = (x / 74) ** 2 + (y / 66) ** 2 < 1
    liver = (((x + 8) / 62) ** 2 + (y / 50) ** 2 + ((z + 24) / 41) ** 2 < 1) & body
    lung = body & (z > 0) & ~liver & ((x / 62) ** 2 + (y / 54) ** 2 < 1)
    bone = body & (x**2 + (y - 54) ** 2 < 9**2)
    large = (x + 18) ** 2 + y**2 + (z + 22) ** 2 < 18.2**2
    core = (x + 18) ** 2 + y**2 + (z + 22) ** 2 < 6.3**2
    small = (x - 20) ** 2 + (y + 8) ** 2 + (z + 20) ** 2 < 9.9**2
    density = np.full(grid.shape, 0.0012, np.float32)
    for part, value in ((body, 1.04), (lung, 0.26), (bone, 1.85), (liver, 1.06)):
        density[part] = value
    activity = np.where(liver, 1e5, 0.0)
    activity[small] = 8e5
    activity[large] = 5e5
    activity[core] = 0.0
    tumour = (large & ~core) | small
    return Image(grid, activity, Quantity.ACTIVITY, "Y-90"), Image(grid, density, Quantity.DENSITY), tumour, liver


def speed() -> list[str]:
    image, density, tumour, liver = phantom()
    MonteCarlo(stop=Stop(histories=64_000))(image, density=density, constant=CONSTANT)  # compile
    lines = ["| code | histories per second and core | figure of merit per core |", "|---|---|---|"]
    lines += [f"| EGSnrc, {words} (another machine) | {rate:,} | {merit} |" for rate, merit, words in EGS]
    for name, steps in (("fine", FINE), ("quick", QUICK)):
        engine = MonteCarlo(stop=Stop(histories=HISTORIES), threads=1, steps=steps)
        started = time.process_time()
        run = engine(image, density=density, constant=CONSTANT)
        seconds = time.process_time() - started
        relative = run.parameters["relative_standard_error_rms_above_half_maximum"]
        rate = run.parameters["histories"] / seconds
        lines.append(f"| this engine, {name} steps | {rate:,.0f} | {1 / (relative**2 * seconds):,.0f} |")
    lines += ["", "| wanted, two threads | histories | seconds by the clock |", "|---|---|---|"]
    assert run.standard_error is not None
    sure = run.standard_error.array / np.maximum(run.dose.array, 1e-9)
    half = tumour & (run.dose.array > 0.5 * run.dose.array[tumour].max())
    everywhere = liver & (run.dose.array > 0.5 * run.dose.array[liver].mean())
    regions = {
        "tumour voxels above half of their maximum to 1 % (rms)": half,
        "liver voxels above half of the mean to 1 % (rms)": everywhere,
    }
    for words, region in regions.items():
        wanted = int(run.parameters["histories"] * float(np.mean(sure[region] ** 2)) / 0.01**2)
        started = time.perf_counter()
        MonteCarlo(stop=Stop(histories=wanted), threads=2)(image, density=density, constant=CONSTANT)
        lines.append(f"| {words} | {wanted:,} | {time.perf_counter() - started:.1f} |")
    return lines


def patient() -> list[str]:
    image = real_pet()
    if image is None:
        return ["The real patient is not here (`../shared/data`)."]
    image = image.with_array(np.maximum(image.array, 0))
    started = time.perf_counter()
    run = MonteCarlo(stop=Stop(seconds=40.0), threads=2)(image, density=1.05, constant=CONSTANT)
    seconds = time.perf_counter() - started
    relative = 100 * run.parameters["relative_standard_error_rms_above_half_maximum"]
    return [
        f"Real Y-90 PET, 256 x 256 x 89 voxels of 2.3 x 2.3 x 2.8 mm, uniform soft tissue: {run.parameters['histories']:,} "
        f"histories in {seconds:.0f} s on two threads, {relative:.1f} % rms standard error over voxels above half of the maximum."
    ]


HEAD = """# Monte Carlo against EGSnrc

<!-- written by benchmarks/montecarlo.py; do not edit -->

Y-90. EGSnrc followed electrons and photons to 10 keV; this engine follows electrons to 50 keV (fine steps) or 80 keV (quick
steps, the default) and no bremsstrahlung photons: their energy (0.45 % of what is emitted) is said to have escaped. In tissue
they give about 0.04 % of the plateau's dose a centimetre away from a source, which is why doses below 2 % of the maximum come
out low, and those beyond the range of the electrons are missing. What the engine does is told in the theory section.
"""


def main() -> None:
    parts = [
        ("Point source in water", point_kernel()),
        ("Uniform spheres in water: absorbed fraction", spheres()),
        (f"Voxel S values, {HISTORIES:,} histories", voxel_s()),
        ("Liver beside lung: source in -21 to 0 mm of soft tissue, lung of 0.26 g/mL above, difference of each engine", slab()),
        (
            f"Speed ({platform.machine()}, {os.cpu_count()} cores shared with other work, Python {platform.python_version()})",
            speed(),
        ),
        ("A real patient", patient()),
    ]
    text = HEAD + "".join(f"\n## {title}\n\n" + "\n".join(lines) + "\n" for title, lines in parts)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
