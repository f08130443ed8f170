"""How fast the Monte Carlo is. Writes docs/validation/speed.md, its figure, its numbers and its log; takes some minutes.

    python -m benchmarks speed
    python -m benchmarks speed --command "path/to/other-code {folder}"     another code's row beside ours, see benchmarks/other.py

Run it on a machine that does nothing else: the log says how loaded it was. Nothing here is timed cold except where that is
said: the walk is compiled and the tables are made before.
"""

import argparse
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.hardware import Log, described
from benchmarks.ours import CONSTANT, THREADS
from benchmarks.pages import FOLDER, Page, write_json
from benchmarks.patients import PET
from benchmarks.phantom import Phantom, phantom

from benchmarks import other, plots
from glisson.dose.batches import Stop
from glisson.dose.certainty import Criterion, Region
from glisson.dose.electrons.tables import FINE, QUICK, STEPS, Steps
from glisson.dose.engine import AbsorbedDose
from glisson.dose.kernel import KernelConvolution
from glisson.dose.montecarlo import MonteCarlo
from glisson.dose.point_kernel import point_kernel
from glisson.dose.voxel_kernel import voxel_kernel
from glisson.voxels import Image


@dataclass(frozen=True)
class Effort:
    """How long to measure: histories of a round on one core, rounds, and how sure voxels and a patient's tumours are to be."""

    histories: int
    rounds: int
    voxel: float
    patient: float


FULL, TRIAL = Effort(4_000_000, 3, 0.01, 0.02), Effort(64_000, 1, 0.1, 0.5)
QUOTED = (
    ("EGSnrc, detailed, its default", 32_000, 21),
    ("EGSnrc, range rejection at all energies", 48_000, 32),
    ("EGSnrc, electrons cut at 189 keV", 56_000, 37),
    ("EGSnrc, that with photons cut at 50 keV and the simple boundary", 146_000, 97),
)
"""Histories per second and figure of merit of one core, as given with the reference doses; another machine, not run here."""
SHOWN = {0: "EGSnrc, its default", -1: "EGSnrc, its fastest"}
PATHS = {"quick (the default path)": QUICK, "fine (the reference path)": FINE}
THIRTY_THREE = "tumour of 33 mL at 5:1"

HEAD = """
Measured in one run on the machine below; [its log](data/speed.log) has every step with the load of the machine, [its
numbers](data/speed.json) are kept.
Seconds belong to the machine, ratios hold better. All figures are with photons followed, at the accuracy of [the page of
accuracy](monte_carlo.md).
"""
MERIT = """
Figure of merit: 1 / (mean over the voxels above half of the highest dose of σ² × processor seconds), σ relative. It does not hang on
how long a run
was. Rows in *italics* are quoted, not run here: EGSnrc on one core of another machine, on a phantom of the same description.
"""


def main(arguments: list[str]) -> None:
    asked = argparse.ArgumentParser(prog="python -m benchmarks speed")
    asked.add_argument("--command", help="another code to put beside ours: run with the folder of the phantom")
    asked.add_argument("--trial", type=Path, help="a short run into this folder, to see that it works; its numbers mean nothing")
    chosen = asked.parse_args(arguments)
    effort = FULL if chosen.trial is None else TRIAL
    log, page = Log(), Page("speed", "Speed", "speed", folder=chosen.trial or FOLDER)
    found: dict[str, object] = {"hardware": described(), "threads": THREADS}
    page.say(HEAD)
    page.table(["", ""], [[name, value] for name, value in described().items()])
    given = phantom()
    for steps in STEPS.values():
        run(given, steps, Stop(histories=64_000), THREADS)
    log("compiled")
    found["one core"] = merits = one_core(page, given, effort, log)
    page.figure(
        "speed", "Relative standard error against processor seconds, ours and quoted",
        lambda path: plots.merit(path, {name: m["merit"] for name, m in merits.items()}, {n: QUOTED[k][2] for k, n in SHOWN.items()}),
    )  # fmt: skip
    found["to one per cent"] = to_one_per_cent(page, effort, log)
    found["patient"] = real_patient(page, effort, log)
    found["scipy"] = beside_scipy(page, given, effort, log)
    found["cold"] = cold(page, log)
    if chosen.command:
        found["other"] = other.beside(page, chosen.command, log)
    write_json(page.folder / "data" / "speed.json", found)
    log("done")
    log.write(page.folder / "data" / "speed.log")
    page.write()


def run(given: Phantom, steps: Steps, stop: Stop, threads: int, regions: tuple[Region, ...] = ()) -> AbsorbedDose:
    engine = MonteCarlo(stop=stop, threads=threads, steps=steps, regions=regions)
    return engine(given.activity, density=given.density, constant=CONSTANT)


def figure_of_merit(dose: Image, standard_error: Image, cpu_seconds: float) -> float:
    """1 / (mean of the squared relative standard errors above half of the highest dose x processor seconds)."""
    high = dose.array > 0.5 * dose.array.max()
    relative2 = (standard_error.array[high].astype(np.float64) / dose.array[high]) ** 2
    return 1.0 / (float(relative2.mean()) * cpu_seconds)


@dataclass(frozen=True)
class Timed:
    """A run with its clocks."""

    done: AbsorbedDose
    seconds: float

    @property
    def cpu_seconds(self) -> float:
        assert self.done.transport is not None
        return self.done.transport.cpu_seconds


def one_core(page: Page, given: Phantom, effort: Effort, log: Log) -> dict[str, dict[str, float]]:
    page.head("One core")
    page.say(MERIT)
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in PATHS}
    for number in range(effort.rounds):
        for name, steps in PATHS.items():
            done = run(given, steps, Stop(histories=effort.histories), 1)
            assert done.transport is not None and done.standard_error is not None
            rate = done.transport.histories / done.transport.cpu_seconds
            merit = figure_of_merit(done.dose, done.standard_error, done.transport.cpu_seconds)
            taken[name].append({"rate": rate, "merit": merit})
            log(f"one core, {name}, round {number + 1}: {rate:,.0f} histories/s, figure of merit {merit:,.0f}")
    found = {
        name: {key: statistics.median(one[key] for one in runs) for key in ("rate", "merit")} for name, runs in taken.items()
    }
    rows = [[f"*{name}*", f"*{rate:,}*", f"*{merit}*", "", ""] for name, rate, merit in QUOTED]
    for name, one in found.items():
        against = f"{one['rate'] / QUOTED[0][1]:.0f} / {one['rate'] / QUOTED[-1][1]:.1f}"
        rows.append([name, f"{one['rate']:,.0f}", f"{one['merit']:,.0f}", against, f"{one['merit'] / QUOTED[-1][2]:.0f}"])
    columns = [
        "code",
        "histories per second",
        "figure of merit",
        "times the rate of the first / last",
        "times the merit of the last",
    ]
    page.table(columns, rows, f"Median of {effort.rounds} rounds in turns, {effort.histories:,} histories each.")
    return found


def to_one_per_cent(page: Page, effort: Effort, log: Log) -> list[dict[str, object]]:
    page.head(f"Seconds to 1 %, {THREADS} threads")
    page.say(
        "Every voxel: until the largest standard error of the voxels counted is 1 % (a little surer than asked, since it is the "
        "largest of many "
        "noisy estimates). Rms: until their root mean square is. Tumour: voxels above half of the tumour's maximum. Liver: voxels "
        "above half of "
        "the liver's mean. By the clock, all of the call counted, on a warm process."
    )
    scenes = {
        "tumour of 24 mL, cold core, and one of 4 mL at 8:1": phantom(),
        THIRTY_THREE: phantom(33.0, cold_core=False),
    }
    rows, found = [], []
    for scene, given in scenes.items():
        regions = {"tumour": Region("tumour", given.mask("tumour")), "liver": Region("liver", given.mask("liver"), "mean")}
        for region, watched in regions.items():
            cells = []
            for name, steps in PATHS.items():
                for criterion in (Criterion.RMS, Criterion.EVERY):
                    one = _timed(given, steps, Stop(uncertainty=effort.voxel, criterion=criterion), watched)
                    assert one.done.transport is not None
                    cells.append(f"{one.seconds:.1f}")
                    log(
                        f"{scene}, {region}, {name}, {criterion.value} to 1 %: {one.seconds:.1f} s, "
                        f"{one.done.transport.histories:,} histories"
                    )
                    found.append({"scene": scene, "region": region, "path": name, "criterion": criterion.value, "seconds": one.seconds,
                                  "cpu_seconds": one.cpu_seconds, "histories": one.done.transport.histories})  # fmt: skip
            rows.append([scene, region, *cells])
    columns = ["phantom", "region", *(f"{name.split()[0]}, {what}" for name in PATHS for what in ("rms", "every voxel"))]
    page.table(columns, rows)
    return found


def _timed(given: Phantom, steps: Steps, stop: Stop, region: Region) -> Timed:
    started = time.perf_counter()
    done = run(given, steps, stop, THREADS, (region,))
    return Timed(done, time.perf_counter() - started)


def real_patient(page: Page, effort: Effort, log: Log) -> dict[str, object]:
    page.head("A real patient")
    if not PET.here:
        page.say("Not here: the images do not lie in `../shared/data`.")
        return {}
    started = time.perf_counter()
    stop = Stop(uncertainty=effort.patient, criterion=Criterion.RMS)
    done = MonteCarlo(stop=stop, threads=THREADS, regions=PET.tumours)(PET.activity, density=PET.density, constant=CONSTANT)
    seconds = time.perf_counter() - started
    assert done.transport is not None and done.statistics is not None
    log(f"real PET, every tumour to 2 % rms: {seconds:.1f} s, {done.transport.histories:,} histories")
    page.say(
        f"Y-90 PET of 256 × 256 × 89 voxels of 15 µL, uniform soft tissue: until the rms standard error over the voxels above half "
        f"of its own maximum is 2 % "
        f"in **every** tumour: **{seconds:.0f} s**, {done.transport.histories:,} histories, {THREADS} threads."
    )
    regions = [dict(region) for region in done.statistics["regions"]]
    rows = [[str(r["region"]), str(r["voxels"]), *(_sure(r[key]) for key in SURE)] for r in regions]
    page.table(
        ["tumour", "voxels counted", "rms", "largest"], rows, "The coldest tumour decides; in the others the run is surer."
    )
    return {"seconds": seconds, "histories": done.transport.histories, "regions": regions}


SURE = ("relative_standard_error_rms", "relative_standard_error_largest")


def _sure(share: float | None) -> str:
    return "no dose" if share is None else f"{100 * share:.2f} %"


def beside_scipy(page: Page, given: Phantom, effort: Effort, log: Log) -> list[dict[str, object]]:
    """A convolution in the same run: what a voxel kernel costs."""
    page.head("Beside a convolution")
    page.say(
        "`scipy.signal.fftconvolve` of the whole grid with the voxel kernel, float64, one thread (it has no other); this program's "
        "kernel engine; and the "
        f"Monte Carlo, quick, {THREADS} threads, to 1 % rms in the tumour (phantom) or 2 % rms in every tumour (PET). Best of three "
        f"for the first two."
    )
    rows, found = [], []
    scenes = {"phantom, 40³ voxels of 4 mm": (given.activity, 1.06)} | (
        {"real PET, 256 × 256 × 89": (PET.activity, PET.density)} if PET.here else {}
    )
    for scene, (activity, density) in scenes.items():
        scipy_s = _best(lambda a=activity, d=density: _scipy(a, d))
        kernel_s = _best(lambda a=activity, d=density: KernelConvolution(workers=THREADS)(a, density=d, constant=CONSTANT))
        monte_carlo_s = _monte_carlo_seconds(given, scene, effort)
        rows.append([scene, f"{1e3 * scipy_s:.0f} ms", f"{scipy_s / kernel_s:.1f}", f"{monte_carlo_s / scipy_s:,.0f}"])
        found.append({"scene": scene, "scipy_s": scipy_s, "kernel_s": kernel_s, "monte_carlo_s": monte_carlo_s})
        log(f"{scene}: scipy {scipy_s:.3f} s, kernel {kernel_s:.3f} s, Monte Carlo {monte_carlo_s:.1f} s")
    page.table(["image", "SciPy", "kernel engine: times as fast", "Monte Carlo: times as long"], rows)
    return found


def _scipy(activity: Image, density: float) -> np.ndarray:
    from scipy.signal import fftconvolve

    kernel = voxel_kernel(point_kernel("Y-90"), activity.grid.spacing_mm, density_g_per_mL=density).full
    return np.asarray(fftconvolve(activity.array.astype(np.float64), kernel, mode="same"))


def _best(call) -> float:  # type: ignore[no-untyped-def]
    taken = []
    for _ in range(4):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return min(taken[1:])


def _monte_carlo_seconds(given: Phantom, scene: str, effort: Effort) -> float:
    started = time.perf_counter()
    if scene.startswith("phantom"):
        run(
            given,
            QUICK,
            Stop(uncertainty=effort.voxel, criterion=Criterion.RMS),
            THREADS,
            (Region("tumour", given.mask("tumour")),),
        )
    else:
        stop = Stop(uncertainty=effort.patient, criterion=Criterion.RMS)
        MonteCarlo(stop=stop, threads=THREADS, regions=PET.tumours)(PET.activity, density=PET.density, constant=CONSTANT)
    return time.perf_counter() - started


def cold(page: Page, log: Log) -> dict[str, float]:
    """A fresh process: imports, cross sections, compiler."""
    page.head("A cold start")
    code = (
        "import time; s = time.perf_counter()\n"
        "from benchmarks.speed import run; from benchmarks.phantom import phantom\n"
        "from glisson.dose.batches import Stop; from glisson.dose.electrons.tables import QUICK\n"
        "g = phantom(); a = time.perf_counter(); run(g, QUICK, Stop(histories=64000), 1); b = time.perf_counter()\n"
        "run(g, QUICK, Stop(histories=64000), 1); c = time.perf_counter()\n"
        "print(a - s, b - a, c - b)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    imports, first, second = (float(word) for word in done.stdout.split())
    page.say(
        f"A fresh process takes {imports:.1f} s for imports and the phantom; its first 64,000 histories take {first:.1f} s, of "
        f"which {first - second:.1f} s are "
        "the compiler and the cross sections of its media. They come once in a process that keeps no code; "
        "[a folder for it](../how-to/monte-carlo.md#a-first-run-and-the-next) spares the next process the compiler."
    )
    log(f"cold: imports {imports:.1f} s, first run {first:.1f} s, second {second:.2f} s")
    return {"imports_s": imports, "first_s": first, "second_s": second}


if __name__ == "__main__":
    main(sys.argv[1:])
