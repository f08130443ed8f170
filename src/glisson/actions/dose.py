"""``dose``: the absorbed dose of a case's verification image."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from glisson.actions.activity import Delivery, measured_activity
from glisson.actions.contours import Contours, mask_rule
from glisson.actions.dose_files import require_sigma, write_map, write_run, write_sigma
from glisson.actions.engines import NO_HISTORIES, Histories, constant_for, engine, made_of, watching
from glisson.actions.open_case import OpenCase, open_case
from glisson.actions.regions import lesion_regions
from glisson.actions.run import Timed, record_of
from glisson.actions.shunt import lung_mass_of, shunt_of
from glisson.actions.tissues import fill
from glisson.case import FileContour, Purpose, Result, Run, Structure
from glisson.dose.absorbed import Measured, Quality, absorbed_dose
from glisson.dose.biology import Biology
from glisson.dose.engine import Progress, silent
from glisson.dose.uncertainty import Emission, Outline
from glisson.knowledge.products import product
from glisson.plan.delivered import Given, judge_delivered
from glisson.records.results import FOLDER, read_results, store_result
from glisson.voxels import Image

DOSE_IMAGE = "dose.nii.gz"


@dataclass(frozen=True)
class DoseDone:
    """What was computed and written."""

    result: Result
    run: Run
    dose: Image
    files: tuple[Path, ...]

    @property
    def interrupted(self) -> bool:
        """True when the user stopped the histories; what was computed until then is kept."""
        return bool(self.result.value.get("statistics", {}).get("interrupted"))


def dose_case(
    folder: Path,
    *,
    image: str | None = None,
    method: str = "kernel",
    kernel: str | None = None,
    masks: str = "covered",
    constant: str | None = None,
    density: str | None = None,
    to_delivered: bool = False,
    histories: Histories = NO_HISTORIES,
    sigma: Path | None = None,
    progress: Progress = silent,
) -> DoseDone:
    """Absorbed dose after delivery; writes ``dose.json``, ``dose.nii.gz`` and ``dose.run.json`` into ``results/`` of the case.

    Args:
        folder: the case folder.
        image: id of the verification image; needed only if there are several.
        method: "kernel", "local" or "montecarlo".
        kernel: "published" or "transport" (the program's own); published if ``None``; kernel only.
        masks: "covered" or "nearest".
        constant: preset of the dose constant; the nuclide's default if ``None``.
        density: g/mL as text, "ct", "ct-schneider", or ``None``: see ``glisson.actions.tissues.fill``.
        to_delivered: scale the image to the delivered activity on record.
        histories: when a Monte Carlo stops, its seed and threads.
        sigma: file for the standard error of each voxel, Gy; Monte Carlo only.
        progress: called with the share done.

    Raises:
        GlissonError: the input cannot be used; nothing was written.
    """
    chosen, rule = engine(method, histories, kernel), mask_rule(masks)
    require_sigma(sigma, method)
    opened = open_case(folder)
    reference = opened.only_image(Purpose.VERIFICATION, image)
    progress(0.02, "reading images")
    measured, delivery = measured_activity(opened, reference, to_delivered=to_delivered)
    grid = measured.activity.grid
    energy = constant_for(str(measured.activity.nuclide), constant)
    progress(0.1, "contours")
    structures = Contours(opened, grid, rule).structures(opened.case.sites)
    filled = fill(opened, structures, density, method=method, grid=grid)
    if method == "montecarlo":
        chosen = made_of(watching(chosen, lesion_regions(structures)), filled.overlay)
    timed = Timed(chosen)
    progress(0.25, f"{method} dose")
    device = product(delivery.treatment.product) if delivery and delivery.treatment.product else None
    done = absorbed_dose(
        opened.case,
        measured=measured,
        structures=structures,
        medium=filled.medium,
        engine=timed,
        constant=energy,
        biology=Biology(energy.nuclide, energy.half_life_h, device.device_class if device else None, opened.case.disease.value),
        quality=_quality(opened, reference.id, measured, structures),
        findings=opened.findings,
        progress=lambda share, words: progress(0.25 + 0.6 * share, words),
    )
    result = done.result
    if delivery is not None:
        plan = _plan_of(opened, delivery)
        result = judge_delivered(
            opened.case,
            result,
            dose=done.absorbed.dose,
            structures=structures,
            given=_given(opened, delivery, plan),
            constant=energy,
            plan=plan,
        )
    progress(0.92, "writing")
    dose = done.absorbed.dose
    result = result.model_copy(update={"value": result.value | {"image": {"file": DOSE_IMAGE, "sha256": dose.sha256()}}})
    path = opened.folder / FOLDER / DOSE_IMAGE
    run = record_of(timed, done.absorbed, result)
    path.parent.mkdir(exist_ok=True)
    files = (store_result(opened.folder, result, "dose"), write_map(dose, path), write_run(run, path))
    return DoseDone(result, run, dose, files + write_sigma(done.absorbed.standard_error, sigma))


def _given(opened: OpenCase, delivery: Delivery, plan: Result | None) -> Given:
    return Given(
        treatment=delivery.treatment,
        delivered_GBq=delivery.delivered_GBq,
        shunt=shunt_of(opened, delivery, plan),
        lung_mass=lung_mass_of(opened, delivery.treatment),
        territories=tuple(injection.territory for injection in delivery.session.injections),
        session=delivery.session,
    )


def _plan_of(opened: OpenCase, delivery: Delivery) -> Result | None:
    """The plan of the treatment that was delivered; one of another treatment foresaw nothing of this one."""
    plan = read_results(opened.folder).get("plan")
    return plan if plan is not None and plan.parameters.get("treatment") == delivery.treatment.id else None


def _quality(opened: OpenCase, image: str, measured: Measured, structures: tuple[Structure, ...]) -> Quality:
    reference = opened.case.image(image)
    elapsed = measured.facts.get("elapsed_h")
    emission = Emission(
        voxel_volume_mL=measured.activity.grid.voxel_volume_mL,
        fwhm_mm=reference.resolution_fwhm_mm,
        voxel_noise_fraction=reference.voxel_noise_fraction,
        calibration_fraction=reference.calibration_fraction,
        elapsed_h=elapsed if isinstance(elapsed, float) else None,
    )
    return Quality(emission, _outlines(opened, structures))


def _outlines(opened: OpenCase, structures: tuple[Structure, ...]) -> Mapping[str, Outline]:
    found = {}
    for structure in structures:
        contour = structure.site.contour
        drawn_on = opened.case.image(contour.drawn_on) if isinstance(contour, FileContour) and contour.drawn_on else None
        found[structure.id] = Outline(
            voxel_mm=structure.drawn_spacing_mm or structure.mask.grid.spacing_mm,
            fwhm_mm=drawn_on.resolution_fwhm_mm if drawn_on else None,
            observer_sd_mm=structure.site.observer_sd_mm,
        )
    return found
