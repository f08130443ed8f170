"""Engines beside each other: slabs against the reference, real patients, the simulated patient. Writes docs/validation/engines.md."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.accuracy import judged
from benchmarks.pages import Page, percent
from benchmarks.patients import PATIENTS, Patient
from numpy.typing import NDArray

from benchmarks import oracle, ours, plots
from glisson.dose.batches import Stop
from glisson.dose.certainty import Criterion
from glisson.dose.compare import compare_structures, standard_error_of_mean_Gy
from glisson.dose.electrons.tables import STEPS
from glisson.dose.engine import AbsorbedDose, Engine
from glisson.dose.gamma import Criteria, gamma_index
from glisson.dose.kernel import KernelConvolution
from glisson.dose.local import LocalDeposition
from glisson.dose.montecarlo import MonteCarlo
from glisson.voxels import Image

HISTORIES = 40_000_000
SURE = 0.01
"""Relative standard error up to which a voxel of the Monte Carlo judges others by the gamma index."""
Float = NDArray[np.float64]

HEAD = """
What each engine gives where another answer is known, and where none is. *Uniform*: one density everywhere. *Own density*: energy
divided
by each voxel's own mass; for the kernel this is density scaling. ± is one standard error. **Bold**: more than 2 % and three standard
errors off.
"""


def main() -> None:
    page = Page("engines", "Engines side by side", "engines")
    page.say(HEAD)
    slabs(page)
    for patient in PATIENTS:
        real_patient(page, patient)
    simulated_patient(page)
    page.write()


def slabs(page: Page) -> None:
    titles = {"homogeneous": "A slab source in soft tissue", "lung": "Liver beside lung"}
    for which, title in titles.items():
        known = oracle.slab(which)
        activity, density, z = ours.slab(which)
        at = [int(np.argmin(np.abs(z - depth))) for depth in known.z_mm]
        found: dict[str, tuple[Float, Float]] = {}
        for name, (engine, medium) in slab_engines(which, density).items():
            share, error = ours.slab_share(engine(activity, density=medium, constant=ours.CONSTANT))
            found[name] = (share[at], error[at])
        page.head(title)
        lung = "; lung of 0.26 g/mL at z > 0" if which == "lung" else ""
        page.say(
            f"Y-90 in −21 < z < 0 mm of soft tissue (1.04 g/mL), infinite to the sides{lung}; bins of 3 mm, dose as a share of that "
            f"deep "
            "inside. Tolerance: 2 % or three standard errors in bins above 1 %; below, differences stand in parentheses. The "
            "reference's own "
            "errors are widened by √3, as its description asks."
        )
        if which == "homogeneous":
            page.say(
                "Below 1 % of the plateau only photons deposit energy. The engine follows them 40 mm from the activity, and the "
                "grid ends 225 mm to the "
                "sides, while the reference has no end: what would scatter back is missing there, some 1e-4 of the plateau."
            )
        rows = []
        for n, depth in enumerate(known.z_mm):
            cells = [_off(share[n], error[n], known, n) for share, error in found.values()]
            rows.append([f"{depth:g}", f"{known.share[n]:.4g} ± {100 * known.relative_error[n]:.1f} %", *cells])
        page.table(["z (mm)", "reference", *found], rows)
        page.figure(
            f"slab-{which}", f"{title}: dose by depth and the difference of each engine from the reference",
            lambda path, known=known, found=found: plots.slab(path, known.z_mm, (known.share, known.relative_error), found),
        )  # fmt: skip
        columns = ["z_mm", "reference", "reference_relative_error", *(f"{n} {w}" for n in found for w in ("share", "error"))]
        page.data(f"slab-{which}", columns, [
            [float(v[n]) for v in (known.z_mm, known.share, known.relative_error, *(v for pair in found.values() for v in pair))]
            for n in range(known.z_mm.size)
        ])  # fmt: skip


def slab_engines(which: str, density: Image) -> dict[str, tuple[Engine, Image | float]]:
    kernel = KernelConvolution(reference_density_g_per_mL=1.04)
    found: dict[str, tuple[Engine, Image | float]] = {
        "local, uniform": (LocalDeposition(), 1.04),
        "kernel, uniform": (kernel, 1.04),
    }
    if which == "lung":
        found |= {"local, own density": (LocalDeposition(), density), "kernel, own density": (kernel, density)}
    return found | {f"Monte Carlo, {name}": (ours.monte_carlo(HISTORIES, steps), density) for name, steps in STEPS.items()}


def _off(share: float, error: float, known: oracle.Slab, n: int) -> str:
    """Difference from the reference; below 1 % of the plateau in parentheses."""
    wanted = known.share[n]
    off, both = share / wanted - 1, float(np.hypot(error / wanted, known.relative_error[n]))
    if wanted < 0.01:
        return f"({100 * off:+.0f} %)"
    return judged(off, both, 0.02)


def real_patient(page: Page, patient: Patient) -> None:
    page.head(patient.title)
    if not patient.here:
        page.say("Not here: the images do not lie in `../shared/data`.")
        return
    page.say(patient.words)
    stop = Stop(uncertainty=patient.uncertainty, criterion=Criterion.RMS)
    engines: dict[str, Engine] = {
        "Monte Carlo": MonteCarlo(stop=stop, threads=ours.THREADS, regions=patient.tumours),
        "local": LocalDeposition(),
        "kernel": KernelConvolution(workers=ours.THREADS),
    }
    doses = {name: engine(patient.activity, density=patient.density, constant=ours.CONSTANT) for name, engine in engines.items()}
    side_by_side(page, patient.name, doses, patient.masks)


def side_by_side(page: Page, name: str, doses: Mapping[str, AbsorbedDose], masks: Mapping[str, Image]) -> None:
    """Differences of means and DVH points from the Monte Carlo, and the gamma index."""
    known = doses["Monte Carlo"]
    assert known.standard_error is not None
    rows, data, picture = [], [], {other: [] for other in doses if other != "Monte Carlo"}
    found = {other: {d.site: d for d in compare_structures(known.dose, doses[other].dose, masks)} for other in picture}
    shown = [site for site in masks if all(site in one for one in found.values())]
    for site in shown:
        mean = next(iter(found.values()))[site].reference["mean_Gy"]
        error = standard_error_of_mean_Gy(known.standard_error, masks[site])
        cells, numbers = [], []
        for other, by_site in found.items():
            one = by_site[site]
            relative = [one.relative(key) for key in ("mean_Gy", "D95_Gy", "D70_Gy", "D2_Gy")]
            over = 100 * (one.other["V100Gy_fraction"] - one.reference["V100Gy_fraction"])
            cells.append(
                " / ".join("–" if share is None else percent(share, 1).removesuffix(" %") for share in relative)
                + f" / {over:+.1f}"
            )
            picture[other].append((relative[0] or 0.0, error / mean if mean else 0.0))
            numbers += [*(r if r is not None else "" for r in relative), over / 100, one.volume_gap_fraction]
        rows.append([site, f"{masks[site].volume_mL:.2f}", f"{mean:.2f} ± {error:.2f}", *cells])
        data.append([site, float(masks[site].volume_mL), mean, error, *numbers])
    columns = ["contour", "mL", "Monte Carlo, mean (Gy)", *(f"{other}: mean / D95 / D70 / D2 / V100" for other in found)]
    page.table(columns, rows, "Differences from the Monte Carlo: of doses in percent of it, of V100 in percentage points.")
    page.figure(
        f"patient-{name}", "Difference of mean doses from the Monte Carlo, by contour and engine",
        lambda path: plots.dots(path, shown, picture, "difference of the mean dose from Monte Carlo (%)"),
    )  # fmt: skip
    keys = ("mean", "D95", "D70", "D2", "V100", "volume_gap")
    page.data(
        f"patient-{name}", ["contour", "mL", "mean_Gy", "standard_error_Gy", *(f"{o} {k}" for o in found for k in keys)], data
    )
    gamma_table(page, doses)


def gamma_table(page: Page, doses: Mapping[str, AbsorbedDose]) -> None:
    known = doses["Monte Carlo"]
    assert known.standard_error is not None
    criteria = Criteria()
    above = known.dose.array >= criteria.threshold_fraction * known.dose.array.max()
    sure = above & (known.standard_error.array <= SURE * known.dose.array)
    rows = []
    for name, done in doses.items():
        if name == "Monte Carlo":
            continue
        gamma = gamma_index(known.dose, done.dose, criteria, judged=sure, threads=ours.THREADS)
        rows.append([name, f"{100 * gamma.pass_fraction:.1f} %", f"{gamma.mean:.2f}"])
    share = 100 * np.count_nonzero(sure) / np.count_nonzero(above)
    page.table(
        ["engine", "gamma of 1 or less", "mean gamma"], rows,
        f"Gamma index against the Monte Carlo, {criteria.words}, in the {share:.0f} % of those voxels that it knows to 1 % "
        f"({known.parameters['histories']:,} histories). 2 mm is nearly a voxel: in a noisy image a dose that fits is always near, "
        "so that gamma passes what the table above does not.",
    )  # fmt: skip


def simulated_patient(page: Page) -> None:
    """The demo's patient, whose lungs are in the field."""
    from glisson.actions.demo import make_simulated_case
    from glisson.actions.side_by_side import compare_case
    from glisson.actions.ways import Wanted

    page.head("The simulated patient, lungs included")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "case"
        make_simulated_case(folder, seed=1)
        value = compare_case(folder, wanted=Wanted(uncertainty=0.02)).result.value
    names = {engine["engine"]: engine["name"] for engine in value["engines"]}
    page.say(
        f"Y-90 PET of the patient that `glisson demo` makes, densities from its CT; Monte Carlo with "
        f"{value['monte_carlo']['histories']:,} histories. "
        "What sets the engines apart is told in the report of the demo, page *Engines side by side*, and it shows the profile "
        "through the dome."
    )
    rows, data = [], []
    for row in value["structures"]:
        by = {one["engine"]: one for one in row["engines"]}
        mean, error = by["monte-carlo"]["mean_Gy"], row["standard_error_Gy"]
        cells = [percent(by[engine]["mean_relative_difference"], 1) for engine in names if engine != "monte-carlo"]
        rows.append([row["name"], f"{row['volume_mL']:.1f}", f"{mean:.2f} ± {error:.2f}", *cells])
        data.append(
            [row["name"], row["volume_mL"], mean, error, *(by[engine]["mean_Gy"] for engine in names if engine != "monte-carlo")]
        )
    others = [name for engine, name in names.items() if engine != "monte-carlo"]
    page.table(["structure", "mL", "Monte Carlo, mean (Gy)", *others], rows, "Differences of the mean from the Monte Carlo.")
    page.data(
        "simulated-patient",
        ["structure", "mL", "Monte Carlo mean_Gy", "standard_error_Gy", *(f"{n} mean_Gy" for n in others)],
        data,
    )
    rows = [
        [engine["name"], f"{100 * engine['gamma']['pass_fraction']:.1f} %", f"{engine['gamma']['mean']:.2f}"]
        for engine in value["engines"]
        if engine.get("gamma")
    ]
    if rows:
        page.table(
            ["engine", "gamma of 1 or less", "mean gamma"],
            rows,
            f"Gamma index, {_criteria(value)}, of voxels that the Monte Carlo knows to 1 %.",
        )


def _criteria(value: Mapping[str, Any]) -> str:
    return next(engine["gamma"]["criteria"] for engine in value["engines"] if engine.get("gamma"))


if __name__ == "__main__":
    main()
