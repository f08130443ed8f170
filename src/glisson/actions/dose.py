"""``dose``: the absorbed dose of a case's verification image, or of a plain image of activity."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from glisson.actions.activity import Delivery, measured_activity
from glisson.actions.contours import Contours, mask_rule
from glisson.actions.engines import NO_HISTORIES, Histories, constant_for, engine, medium, number, with_lungs
from glisson.actions.materials import read_materials
from glisson.actions.open_case import OpenCase, open_case
from glisson.actions.shunt import lung_mass_of, shunt_of
from glisson.case import FileContour, Purpose, Result, Structure
from glisson.dose.absorbed import Measured, Medium, Quality, absorbed_dose
from glisson.dose.biology import Biology
from glisson.dose.engine import Progress, silent
from glisson.dose.uncertainty import Emission, Outline
from glisson.errors import BadInput
from glisson.knowledge.products import product
from glisson.plan.delivered import Given, judge_delivered
from glisson.records.results import FOLDER, read_results, store_result
from glisson.voxels import Image, Quantity, require_quantity

DOSE_IMAGE = "dose.nii.gz"
WRITABLE = (".nii.gz", ".nii", ".nrrd")


@dataclass(frozen=True)
class DoseDone:
    """What was computed and written."""

    result: Result
    dose: Image
    files: tuple[Path, ...]


def dose_case(
    folder: Path,
    *,
    image: str | None = None,
    method: str = "kernel",
    masks: str = "covered",
    constant: str | None = None,
    density: str | None = None,
    to_delivered: bool = False,
    histories: Histories = NO_HISTORIES,
    sigma: Path | None = None,
    progress: Progress = silent,
) -> DoseDone:
    """Absorbed dose after delivery; writes ``results/dose.json`` and ``results/dose.nii.gz`` into the case.

    Args:
        folder: the case folder.
        image: id of the verification image; needed only if there are several.
        method: "kernel", "local" or "montecarlo".
        masks: "covered" or "nearest".
        constant: preset of the dose constant; the nuclide's default if ``None``.
        density: g/mL as text, "ct", or ``None`` for the liver's.
        to_delivered: scale the image to the delivered activity on record.
        histories: when a Monte Carlo stops, its seed and threads.
        sigma: file for the standard error of each voxel, Gy; Monte Carlo only.
        progress: called with the share done.

    Raises:
        GlissonError: the input cannot be used; nothing was written.
    """
    chosen, rule = engine(method, histories), mask_rule(masks)
    _require_sigma(sigma, method)
    opened = open_case(folder)
    reference = opened.only_image(Purpose.VERIFICATION, image)
    progress(0.02, "reading images")
    measured, delivery = measured_activity(opened, reference, to_delivered=to_delivered)
    grid = measured.activity.grid
    tissue = medium(opened, density, grid)
    energy = constant_for(str(measured.activity.nuclide), constant)
    progress(0.1, "contours")
    structures = Contours(opened, grid, rule).structures(opened.case.sites)
    tissue = with_lungs(tissue, structures)
    progress(0.25, f"{method} dose")
    device = product(delivery.treatment.product) if delivery and delivery.treatment.product else None
    done = absorbed_dose(
        opened.case,
        measured=measured,
        structures=structures,
        medium=tissue,
        engine=chosen,
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
    stored = _store(opened.folder, result, dose)
    return DoseDone(result, dose, stored + _write_sigma(done.absorbed.standard_error, sigma))


def dose_image(
    activity: Path,
    *,
    unit: str,
    nuclide: str,
    method: str = "kernel",
    density: str | None = None,
    constant: str | None = None,
    histories: Histories = NO_HISTORIES,
    materials: Path | None = None,
    legend: Path | None = None,
    sigma: Path | None = None,
    out: Path | None,
    progress: Progress = silent,
) -> DoseDone:
    """Dose of a plain image of activity at time zero, for complete decay; no case is needed.

    Raises:
        GlissonError: the input cannot be used; nothing was written.
    """
    from glisson.imaging.read import read_image

    _require_out(out)
    assert out is not None
    if materials is not None or legend is not None:
        histories = replace(histories, materials=read_materials(materials, legend))
    chosen, energy = engine(method, histories), constant_for(nuclide, constant)
    _require_sigma(sigma, method)
    if unit not in ("Bq/mL", "Bq"):
        given = f"unit '{unit}'" if unit else "no unit of the activity"
        raise BadInput(given, allowed="--unit Bq/mL, or --unit Bq for activity per voxel")
    progress(0.05, "reading")
    read = read_image(activity, unit=unit, nuclide=nuclide)
    require_quantity(read.image, Quantity.ACTIVITY)
    tissue = _plain_medium(density)
    done = chosen(read.image, density=tissue.density, constant=energy, progress=lambda s, w: progress(0.1 + 0.8 * s, w))
    dose = done.dose
    result = Result(
        kind="absorbed dose",
        method=done.method,
        parameters=done.parameters | {"unit": unit, "nuclide": nuclide, "density": tissue.words},
        inputs={"activity": read.image.sha256()}
        | ({"density": tissue.density.sha256()} if isinstance(tissue.density, Image) else {}),
        value={
            "nuclide": nuclide,
            "engine": done.method,
            "activity": {"in_field_GBq": read.image.total * 1e-9, "residence": "activity at time zero, complete physical decay"},
            "energy_total_J": done.energy.emitted_J,
            "energy_deposited_J": done.energy.deposited_J,
            "energy_escaped_J": done.energy.escaped_J,
            "energy_balance": done.energy.imbalance,
            "maximum_Gy": float(dose.array.max()),
            "mean_Gy": float(dose.array.mean(dtype="float64")),
            "image": {"file": out.name, "sha256": dose.sha256()},
        },
        findings=(*read.findings, *done.findings),
        sources=(*done.sources, *tissue.sources),
    )
    _write_image(dose, out)
    return DoseDone(result, dose, (out, *_write_sigma(done.standard_error, sigma)))


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


def _plain_medium(density: str | None) -> Medium:
    """A number, an image of g/mL, or the liver's density."""
    from glisson.imaging.read import read_image
    from glisson.knowledge.tissues import density as known_density

    if density is None:
        known = known_density("liver")
        return Medium(float(known.value), f"uniform {known.value:g} g/mL ({known.holds_for})", (known.source,))
    path = Path(density)
    if path.exists():
        image = read_image(path, unit="g/mL").image
        return Medium(image, f"image {path.name}, g/mL")
    if any(density.endswith(suffix) for suffix in WRITABLE):
        raise BadInput(f"no density image '{path.name}'")
    return Medium(number(density), f"uniform {number(density):g} g/mL, entered")


def _require_out(out: Path | None) -> None:
    """Refuse an output that cannot be written before anything is computed."""
    if out is None:
        raise BadInput("no file to write the dose to", do="give --out DOSE.nii.gz")
    if not out.name.endswith(WRITABLE):
        raise BadInput(f"cannot write '{out.name}'", allowed=", ".join(WRITABLE))
    if not out.parent.is_dir():
        raise BadInput(f"cannot write '{out.name}': its folder does not exist", do="make the folder first")


def _require_sigma(sigma: Path | None, method: str) -> None:
    """Refuse a file for the standard error where there is none, or that cannot be written, before anything is computed."""
    if sigma is None:
        return
    if method != "montecarlo":
        raise BadInput(f"a standard error of the method '{method}'", allowed="only with the method montecarlo")
    _require_out(sigma)


def _write_sigma(standard_error: Image | None, sigma: Path | None) -> tuple[Path, ...]:
    if sigma is None or standard_error is None:
        return ()
    _write_image(standard_error, sigma)
    return (sigma,)


def _write_image(image: Image, path: Path) -> None:
    if path.name.endswith(".nrrd"):
        from glisson.imaging.write_nrrd import write_nrrd

        write_nrrd(image, path)
    else:
        from glisson.imaging.write_nifti import write_nifti

        write_nifti(image, path)


def _store(folder: Path, result: Result, dose: Image) -> tuple[Path, ...]:
    from glisson.imaging.write_nifti import write_nifti

    (folder / FOLDER).mkdir(exist_ok=True)
    path = folder / FOLDER / DOSE_IMAGE
    write_nifti(dose, path)
    return store_result(folder, result, "dose"), path
