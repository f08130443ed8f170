"""Another Monte Carlo code on the same phantom: its input is written, it is run, its dose and its time are put beside ours.

    python -m benchmarks other --command "my-code --in {folder}" [--out FOLDER] [--histories N] [--threads N]

``{folder}`` in the command is replaced by the folder of the phantom; without it the folder is the last argument. In it lie:

    activity.nii.gz    Bq/mL of Y-90 at time zero
    density.nii.gz     g/mL
    materials.nii.gz   whole numbers, named in legend.csv (label,material)
    spectrum.csv       energy_MeV, relative_probability: of the beta particle
    ask.json           what is asked: grid, half-life, mean energy, histories, threads, and how to answer

The command leaves ``dose.nii.gz`` in the folder: absorbed dose in Gy for complete decay, on the same grid. It may leave
``sigma.nii.gz`` (standard error, Gy) and ``answer.json`` with any of ``name``, ``cpu_seconds``, ``histories``. Without
``cpu_seconds`` the processor time of the command and its children is taken. How to build a code, or what it is, is no matter of this.
"""

import argparse
import csv
import json
import os
import resource
import shlex
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.hardware import Log, described
from benchmarks.oracle import Float
from benchmarks.ours import CONSTANT, THREADS, monte_carlo
from benchmarks.pages import Page, percent, write_json
from benchmarks.phantom import LEGEND, Phantom, phantom

from glisson.dose.compare import compare_structures
from glisson.dose.electrons.tables import STEPS
from glisson.dose.gamma import Criteria, gamma_index
from glisson.errors import BadInput
from glisson.imaging.read import read_image
from glisson.imaging.write_nifti import write_nifti
from glisson.knowledge import nuclide
from glisson.knowledge.spectra import beta_spectra
from glisson.voxels import Image, Quantity, require_same_grid

HISTORIES = 4_000_000
OUT = Path("bench-other")


@dataclass(frozen=True, eq=False)
class Answer:
    """What a code gave.

    Attributes:
        name: as it calls itself.
        dose: Gy.
        standard_error: Gy; ``None`` where it gave none.
        seconds: by the clock.
        cpu_seconds: of the processor.
        histories: ``None`` where it did not say.
    """

    name: str
    dose: Image
    standard_error: Image | None
    seconds: float
    cpu_seconds: float
    histories: int | None

    @property
    def merit(self) -> float | None:
        """Figure of merit as in the page of speed; ``None`` without standard errors."""
        if self.standard_error is None:
            return None
        high = self.dose.array > 0.5 * self.dose.array.max()
        relative: Float = self.standard_error.array[high].astype(np.float64) / self.dose.array[high]
        return 1.0 / (float(np.mean(relative**2)) * self.cpu_seconds)


def main(arguments: list[str]) -> None:
    asked = argparse.ArgumentParser(prog="python -m benchmarks other", description="Another Monte Carlo code beside ours.")
    asked.add_argument("--command", required=True, help="run with the folder of the phantom; {folder} is replaced by it")
    asked.add_argument("--out", type=Path, default=OUT, help="folder for the phantom, the answer and the page")
    asked.add_argument("--histories", type=int, default=HISTORIES)
    asked.add_argument("--threads", type=int, default=THREADS)
    chosen = asked.parse_args(arguments)
    log, page = Log(), Page("other", "Another code beside ours", "other", folder=chosen.out)
    page.table(["", ""], [[name, value] for name, value in described().items()])
    beside(page, chosen.command, log, out=chosen.out, histories=chosen.histories, threads=chosen.threads)
    log.write(chosen.out / "other.log")
    page.write()


def beside(
    page: Page, command: str, log: Log, *, out: Path = OUT, histories: int = HISTORIES, threads: int = THREADS
) -> dict[str, Any]:
    """Runs the command and ours on the phantom; a table of speed and one of differences onto the page."""
    given = phantom()
    folder = out / "phantom"
    write_input(folder, given, histories=histories, threads=threads)
    log("phantom written")
    theirs = run_command(command, folder)
    log(f"{theirs.name}: {theirs.seconds:.1f} s")
    answers = [theirs]
    for name, steps in STEPS.items():
        started = time.perf_counter()
        engine = monte_carlo(histories, steps, threads=threads)
        done = engine(given.activity, density=given.density, constant=CONSTANT)
        assert done.transport is not None
        seconds = time.perf_counter() - started
        answers.append(
            Answer(
                f"glisson, {name}", done.dose, done.standard_error, seconds, done.transport.cpu_seconds, done.transport.histories
            )
        )
        log(f"glisson, {name}: {seconds:.1f} s")
    page.head("Another code on the same phantom")
    page.say(
        f"Run here with `{Path(shlex.split(command)[0]).name}`; {threads} threads asked for. Ours with compiler and cross sections "
        f"at its first row."
    )
    page.table(
        ["code", "seconds", "processor seconds", "histories per processor second", "figure of merit"],
        [_speed(one) for one in answers],
    )
    rows = differences(answers[-1], answers[:-1], given)
    regions = list(given.masks)
    page.table(
        ["against glisson, fine", *(f"mean, {name}" for name in regions), "gamma of 1 or less"],
        rows,
        f"Gamma: {Criteria().words}.",
    )
    found = {
        one.name: {"seconds": one.seconds, "cpu_seconds": one.cpu_seconds, "histories": one.histories, "merit": one.merit}
        for one in answers
    }
    write_json(out / "other.json", {"hardware": described(), "threads": threads, "codes": found, "differences": rows})
    return found


def write_input(folder: Path, given: Phantom, *, histories: int, threads: int) -> None:
    """The phantom and what is asked, as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in ("dose.nii.gz", "sigma.nii.gz", "answer.json"):
        (folder / old).unlink(missing_ok=True)
    write_nifti(given.activity, folder / "activity.nii.gz")
    write_nifti(given.density, folder / "density.nii.gz")
    write_nifti(given.labels, folder / "materials.nii.gz")
    spectrum = beta_spectra()["Y-90"]
    _table(folder / "legend.csv", ["label", "material"], sorted(LEGEND.items()))
    _table(folder / "spectrum.csv", ["energy_MeV", "relative_probability"], spectrum.points)
    write_json(folder / "ask.json", {
        "nuclide": "Y-90",
        "half_life_h": float(nuclide("Y-90").half_life_h.value),
        "energy_MeV_per_decay_of_the_dose_constant": CONSTANT.energy_MeV,
        "K_Gy_kg_per_GBq": CONSTANT.K_Gy_kg_per_GBq,
        "shape_slice_row_column": given.activity.grid.shape,
        "spacing_mm_slice_row_column": given.activity.grid.spacing_mm,
        "histories": histories,
        "threads": threads,
        "wanted": "dose.nii.gz: absorbed dose in Gy for complete decay, each voxel's own mass; sigma.nii.gz (Gy) and answer.json if "
        "you can",
    })  # fmt: skip


def run_command(command: str, folder: Path) -> Answer:
    """Runs it and reads its answer.

    Raises:
        BadInput: it failed, left no dose, or one on another grid.
    """
    words = shlex.split(command)
    words = [word.replace("{folder}", str(folder)) for word in words] if "{folder}" in command else [*words, str(folder)]
    cpu, started = _children_s(), time.perf_counter()
    done = subprocess.run(words, check=False)
    seconds, used = time.perf_counter() - started, _children_s() - cpu
    if done.returncode != 0:
        raise BadInput(f"the command ended with {done.returncode}", do="run it by hand on the folder of the phantom")
    if not (folder / "dose.nii.gz").is_file():
        raise BadInput("the command left no 'dose.nii.gz' in the folder of the phantom")
    known = read_image(folder / "activity.nii.gz", unit="Bq/mL", nuclide="Y-90").image
    dose = read_image(folder / "dose.nii.gz", unit="Gy").image
    require_same_grid(known, dose)
    sigma = read_image(folder / "sigma.nii.gz", unit="Gy").image if (folder / "sigma.nii.gz").is_file() else None
    if sigma is not None:
        require_same_grid(known, sigma)
    said = json.loads((folder / "answer.json").read_text(encoding="utf-8")) if (folder / "answer.json").is_file() else {}
    histories = said.get("histories")
    return Answer(
        str(said.get("name", Path(words[0]).name)), dose, sigma, seconds, float(said.get("cpu_seconds", used)),
        None if histories is None else int(histories),
    )  # fmt: skip


def differences(known: Answer, others: list[Answer], given: Phantom) -> list[list[str]]:
    """Means by region and gamma of every other answer against one of ours."""
    grid = known.dose.grid
    regions = {name: Image(grid, mask, Quantity.MASK) for name, mask in given.masks.items()}
    rows = []
    for one in others:
        there = Image(grid, one.dose.array, Quantity.DOSE)
        found = {d.site: d.relative("mean_Gy") for d in compare_structures(known.dose, there, regions)}
        gamma = gamma_index(known.dose, there, threads=os.cpu_count() or 1)
        rows.append(
            [
                one.name,
                *("–" if (v := found[name]) is None else percent(v, 1) for name in regions),
                f"{100 * gamma.pass_fraction:.1f} %",
            ]
        )
    return rows


def _speed(one: Answer) -> list[str]:
    rate = "–" if one.histories is None else f"{one.histories / max(one.cpu_seconds, 1e-9):,.0f}"
    merit = "–" if one.merit is None else f"{one.merit:,.0f}"
    return [one.name, f"{one.seconds:.1f}", f"{one.cpu_seconds:.1f}", rate, merit]


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _table(path: Path, head: list[str], rows: Any) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)
