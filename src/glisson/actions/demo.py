"""``demo``: the main job on a simulated patient, from nothing to the report; then a simulated registry and its report."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glisson.actions.cohort.report import ReportDone, report_registry
from glisson.actions.dose import dose_case
from glisson.actions.export import export_case
from glisson.actions.follow import follow_case
from glisson.actions.plan import plan_case
from glisson.actions.registry.door import Door
from glisson.actions.registry.simulated import simulate_study
from glisson.actions.report import report_case
from glisson.actions.side_by_side import compare_case
from glisson.actions.ways import Wanted
from glisson.case import Finding, Level, Result, SiteKind
from glisson.dose.constant import dose_constant
from glisson.dose.engine import Progress, silent
from glisson.errors import BadInput
from glisson.knowledge.tissues import density
from glisson.records.case_folder import NAME, new_case, read_case

if TYPE_CHECKING:
    from glisson.simulate import SimulatedPatient

QUICK_UNCERTAINTY = 0.05
"""Of the demo's Monte Carlo, in a voxel; the mean of a lesion is then known to better than 1.5 %."""
DEMO_USER, DEMO_PASSWORD = "demo", "nobody is in this registry"
"""Of the simulated registry: a door without a secret, since nobody is behind it."""
MARK = ".glisson-demo"
"""A file that says a folder was made by the demo, and may be made anew by it."""


@dataclass(frozen=True)
class DemoDone:
    """What came out."""

    words: tuple[str, ...]
    findings: tuple[Finding, ...]
    files: tuple[Path, ...]


def run_demo(out: Path, *, seed: int = 1, made_at: datetime, progress: Progress = silent) -> DemoDone:
    """Makes a simulated patient, plans, computes the dose, sets the engines side by side, writes report and DICOM files.

    Then a simulated registry of 152 patients and its report.

    Args:
        out: folder of the demo case; an earlier demo there is replaced, anything else is not touched.
        seed: of the simulated patient.
        made_at: printed on the report, with its zone.
        progress: called with the share done.

    Raises:
        BadInput: the folder holds something that is not a demo.
    """
    truth = make_simulated_case(out, seed=seed, progress=_part(progress, 0.0, 0.12))
    plan = plan_case(out, progress=_part(progress, 0.12, 0.18))
    dose = dose_case(out, progress=_part(progress, 0.18, 0.24))
    engines = compare_case(out, wanted=Wanted(uncertainty=QUICK_UNCERTAINTY), progress=_part(progress, 0.24, 0.45))
    report = report_case(out, made_at=made_at, progress=_part(progress, 0.45, 0.52))
    export = export_case(out, dicom=out / "dicom", made_at=made_at, progress=_part(progress, 0.52, 0.56))
    follow = follow_case(out, made_at=made_at, progress=_part(progress, 0.56, 0.6))
    registry = make_registry_report(out / "registry", seed=seed, made_at=made_at, progress=_part(progress, 0.6, 1.0))
    loud = [f for f in report.findings if f.level is not Level.NOTE]
    files = (*report.files, out / NAME, *plan.files, *dose.files, *engines.files, export.files[0].parent, *follow.files[:2],
             *registry.files[:2])  # fmt: skip
    words = (
        *_plan_words(plan.result),
        *_dose_words(dose.result, truth),
        *_lung_words(engines.result),
        *_follow_words(follow.result),
        *_registry_words(registry.result),
    )
    return DemoDone(words, tuple(loud), files)


def make_registry_report(folder: Path, *, seed: int, made_at: datetime, progress: Progress = silent) -> ReportDone:
    """A simulated registry of 152 patients in ``folder`` and its report by the protocol "cirel" in ``folder/report``."""
    progress(0.0, "simulating a registry")
    folder.mkdir(parents=True, exist_ok=True)
    door = Door(str(folder / "registry.db"), DEMO_USER, DEMO_PASSWORD)
    simulate_study(door, study="cirel", seed=seed)
    return report_registry(door, "cirel", folder / "report", made_at=made_at, progress=_part(progress, 0.2, 1.0))


def make_simulated_case(out: Path, *, seed: int, progress: Progress = silent) -> dict[str, float]:
    """Writes the case folder of a simulated patient; returns K times the true activity over the mass of every lesion, Gy.

    Raises:
        BadInput: the folder holds something that is not a demo.
    """
    from glisson.imaging.write_nifti import write_nifti
    from glisson.simulate import simulated_patient

    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        raise BadInput(f"'{out.name}' holds something that the demo did not make", do="give another folder with --out")
    if out.exists():
        shutil.rmtree(out)
    progress(0.0, "simulating a patient")
    patient = simulated_patient(seed)
    out.mkdir(parents=True)
    (out / MARK).write_text("made by glisson demo; it may be deleted\n", encoding="utf-8")
    for number, (file, image) in enumerate(patient.files.items()):
        progress(0.6 + 0.4 * number / len(patient.files), f"writing {file}")
        (out / file).parent.mkdir(parents=True, exist_ok=True)
        write_nifti(image, out / file)
    new_case(out, patient.case, ("SIMULATED patient: no person is behind these images and numbers.",))
    read_case(out)
    return _true_doses(patient)


def _true_doses(patient: "SimulatedPatient") -> dict[str, float]:
    """What a camera without blur or noise and local deposition would find."""
    K = dose_constant("Y-90").K_Gy_kg_per_GBq
    grams_per_mL = float(density("liver").value)
    truth = patient.truth
    return {
        site.id: K * truth.activity_GBq[site.id] / (truth.masks[site.id].volume_mL * grams_per_mL / 1000.0)
        for site in patient.case.sites_of(SiteKind.LESION)
        if site.is_drawn
    }


def _part(progress: Progress, start: float, end: float) -> Progress:
    return lambda share, words: progress(start + (end - start) * share, words)


def _plan_words(plan: Result) -> list[str]:
    words = []
    for candidate in plan.value["candidates"]:
        voxel = next(m for m in candidate["methods"] if m["method"] == "voxel")
        activity = voxel["activity_GBq"]
        said = f"{activity:.2f} GBq, {voxel['binding']} binds" if activity is not None else f"cannot say: {voxel['reason']}"
        words.append(f"plan, {candidate['name']}: {said}")
    return words


def _dose_words(dose: Result, truth: dict[str, float]) -> list[str]:
    rows: list[dict[str, Any]] = [row for row in dose.value["structures"] if row["kind"] in ("lesion", "normal")]
    words = []
    for row in rows:
        known = f" (true activity over mass: {truth[row['site']]:.1f} Gy)" if row["site"] in truth else ""
        words.append(f"dose, {row['name']}: mean {row['mean_Gy']:.1f} Gy{known}")
    return words


def _follow_words(follow: Result) -> list[str]:
    """Best response, what was called last, and progression-free survival."""
    value = follow.value
    criterion = value["criteria"][0]
    best = next(row for row in value["best"] if row["criterion"] == criterion and not row["confirmed"])
    last = [row for row in value["visits"] if row["criterion"] == criterion][-1]
    months = next(row["months"] for row in value["endpoints"] if row["endpoint"] == "PFS")
    said = f"PFS {months:.1f} months" if months is not None else "PFS: cannot say"
    return [f"follow, {criterion}: best response {best['best']}, {last['overall']} at {last['visit']}, {said}"]


def _registry_words(result: Result) -> list[str]:
    """Median survival of the simulated registry, and how to open it."""
    value = result.value
    section = next(one for one in value["survival"] if one["id"] == "os")
    median = section["groups"][0]["median"]["time"]
    said = f"median survival {median:.1f} months" if median is not None else "median survival not reached"
    return [
        f"registry, {value['flow']['treated']} simulated patients: {said} ({section['events']} deaths)",
        f"registry: GLISSON_USER={DEMO_USER} GLISSON_PASSWORD='{DEMO_PASSWORD}' opens it",
    ]


def _lung_words(engines: Result) -> list[str]:
    """Mean dose of the lungs by every engine."""
    names = {engine["engine"]: engine["name"] for engine in engines.value["engines"]}
    words = []
    for row in engines.value["structures"]:
        if row["organ"] == "lung":
            said = ", ".join(f"{one['mean_Gy']:.2f} Gy ({names[one['engine']]})" for one in row["engines"])
            words.append(f"engines, {row['name']}: {said}")
    return words
