"""``dose --activity``: the absorbed dose of a plain image of activity; no case is needed."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from glisson.actions.dose import DoseDone
from glisson.actions.dose_files import WRITABLE, require_out, require_sigma, write_map, write_run, write_sigma
from glisson.actions.engines import NO_HISTORIES, Histories, constant_for, engine, number, watching
from glisson.actions.materials import read_materials
from glisson.actions.regions import read_regions
from glisson.actions.run import Timed, record_of
from glisson.case import Result
from glisson.dose.absorbed import Medium
from glisson.dose.engine import AbsorbedDose, Progress, silent
from glisson.errors import BadInput
from glisson.voxels import Image, Quantity, require_quantity

if TYPE_CHECKING:
    from glisson.imaging.readout import ReadImage


def dose_image(
    activity: Path,
    *,
    unit: str,
    nuclide: str,
    method: str = "kernel",
    kernel: str | None = None,
    density: str | None = None,
    constant: str | None = None,
    histories: Histories = NO_HISTORIES,
    materials: Path | None = None,
    legend: Path | None = None,
    regions: Path | None = None,
    sigma: Path | None = None,
    out: Path | None,
    progress: Progress = silent,
) -> DoseDone:
    """Dose of a plain image of activity at time zero, for complete decay; writes the map and the record of the run beside it.

    Args:
        activity: file of the image.
        unit: "Bq/mL", or "Bq" per voxel.
        nuclide: as "Y-90".
        method: "kernel", "local" or "montecarlo".
        kernel: "published" or "transport" (the program's own); published if ``None``; kernel only.
        density: g/mL as text, a file, or ``None`` for the liver's.
        constant: preset of the dose constant; the nuclide's default if ``None``.
        histories: when a Monte Carlo stops, its seed and threads.
        materials: image of labels; Monte Carlo only.
        legend: table of their media.
        regions: labels of the regions whose uncertainty counts; the whole image if ``None``; Monte Carlo only.
        sigma: file for the standard error, Gy; Monte Carlo only.
        out: file for the dose, Gy.
        progress: called with the share done.

    Raises:
        GlissonError: the input cannot be used; nothing was written.
    """
    from glisson.imaging.read import read_image

    target = require_out(out)
    if materials is not None or legend is not None:
        histories = replace(histories, materials=read_materials(materials, legend))
    if regions is not None and method != "montecarlo":
        raise BadInput(f"regions with the method '{method}'", allowed="only with the method montecarlo")
    chosen, energy = engine(method, histories, kernel), constant_for(nuclide, constant)
    require_sigma(sigma, method, target)
    if unit not in ("Bq/mL", "Bq"):
        given = f"unit '{unit}'" if unit else "no unit of the activity"
        raise BadInput(given, allowed="--unit Bq/mL, or --unit Bq for activity per voxel")
    progress(0.05, "reading")
    read = read_image(activity, unit=unit, nuclide=nuclide)
    require_quantity(read.image, Quantity.ACTIVITY)
    if not read.image.array.any():
        raise BadInput("no activity in the image: every voxel is 0", do="check the image and its unit")
    tissue = _plain_medium(density)
    timed = Timed(chosen if regions is None else watching(chosen, read_regions(regions, read.image)))
    done = timed(read.image, density=tissue.density, constant=energy, progress=lambda s, w: progress(0.1 + 0.8 * s, w))
    result = _result(read, done, tissue, unit=unit, nuclide=nuclide, file=target.name)
    run = record_of(timed, done, result)
    files = (write_map(done.dose, target), write_run(run, target), *write_sigma(done.standard_error, sigma))
    return DoseDone(result, run, done.dose, files)


def _result(read: "ReadImage", done: AbsorbedDose, tissue: Medium, *, unit: str, nuclide: str, file: str) -> Result:
    dose = done.dose
    value = {
        "nuclide": nuclide,
        "engine": done.method,
        "activity": {"in_field_GBq": read.image.total * 1e-9, "residence": "activity at time zero, complete physical decay"},
        "energy_total_J": done.energy.emitted_J,
        "energy_deposited_J": done.energy.deposited_J,
        "energy_escaped_J": done.energy.escaped_J,
        "energy_balance": done.energy.imbalance,
        "maximum_Gy": float(dose.array.max()),
        "mean_Gy": float(dose.array.mean(dtype="float64")),
        "image": {"file": file, "sha256": dose.sha256()},
    }
    return Result(
        kind="absorbed dose",
        method=done.method,
        parameters=done.parameters | {"unit": unit, "nuclide": nuclide, "density": tissue.words},
        inputs={"activity": read.image.sha256()}
        | ({"density": tissue.density.sha256()} if isinstance(tissue.density, Image) else {}),
        value=value if done.statistics is None else value | {"statistics": dict(done.statistics)},
        findings=(*read.findings, *done.findings),
        sources=tuple(dict.fromkeys((*done.sources, *tissue.sources))),
        seed=done.parameters.get("seed"),
    )


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
