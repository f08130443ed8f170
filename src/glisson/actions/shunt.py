"""Lung shunt and lung mass of a case: entered, measured on planar images or on SPECT/CT, or by convention."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glisson.actions.activity import Delivery
from glisson.actions.contours import Contours
from glisson.actions.open_case import OpenCase, open_case
from glisson.case import ImageKind, Purpose, Result, SiteKind, Structure, Treatment
from glisson.dose.engine import Progress, silent
from glisson.errors import BadInput, MissingFact
from glisson.plan.shunt import LungMass, Shunt, conventional_lung_mass, ct_lung_mass, planar_shunt, spect_shunt
from glisson.voxels import Image
from glisson.voxels.regions import union

Rectangle = tuple[int, int, int, int]
"""First row, last row, first column, last column of a planar region; counted from 0, both ends inside."""


@dataclass(frozen=True)
class ShuntDone:
    """A measured shunt, stamped."""

    shunt: Shunt
    result: Result


def shunt_of(opened: OpenCase, delivery: Delivery, plan: Result | None = None) -> Shunt | None:
    """The shunt of a delivery: its injections' own, activity-weighted, else the observation, else the plan's; ``None``: not known."""
    weights = delivery.by_injection_GBq
    own = [injection.lung_shunt_fraction for injection in delivery.session.injections]
    if own and all(fraction is not None for fraction in own):
        mean = sum(w * (f or 0.0) for w, f in zip(weights, own, strict=True)) / sum(weights)
        return Shunt(mean, "entered", "injections of the session")
    seen = opened.case.observed("lung_shunt_fraction")
    if seen is not None:
        return Shunt(seen.number, "entered", "observation lung_shunt_fraction")
    planned = (plan.value["mapping"]["lung_shunt"] if plan is not None else None) or {}
    if planned.get("fraction") is None:
        return None
    return Shunt(float(planned["fraction"]), str(planned["method"]), "the plan")


def lung_mass_of(opened: OpenCase, treatment: Treatment) -> LungMass:
    """Lung mass: entered for the plan, observed, else the convention of 1 kg."""
    if treatment.planning is not None and treatment.planning.lung_mass_g is not None:
        return LungMass(treatment.planning.lung_mass_g, "entered", "entered")
    seen = opened.case.observed("lung_mass_g")
    return LungMass(seen.number, "entered", "observation lung_mass_g") if seen else conventional_lung_mass()


def ct_lung_mass_of(opened: OpenCase, treatment: Treatment, contours: Contours) -> LungMass | None:
    """Lung mass from the CT where the plan asks for it; ``None`` where it does not, or where a mass was entered."""
    planning = treatment.planning
    if planning is None or not planning.lung_mass_from_ct or planning.lung_mass_g is not None:
        return None
    ct = next((image for image in opened.case.images if image.kind is ImageKind.CT), None)
    lungs = [site for site in opened.case.sites_of(SiteKind.ORGAN) if site.organ == "lung"]
    if ct is None or not lungs:
        raise MissingFact(
            "a lung mass from CT", missing=["an image of kind CT and an organ 'lung'"], do="give them, or enter lung_mass_g"
        )
    image = opened.image(ct.id)
    on_ct = Contours(opened, image.grid, contours.rule)
    return ct_lung_mass(ct=image, lung=union(*(on_ct.structure(site).mask for site in lungs)))


def measured_shunt(opened: OpenCase, treatment: Treatment, mapping: Image, structures: Sequence[Structure]) -> Shunt | None:
    """The shunt on the mapping SPECT, where none was entered and the lungs are contoured in its field; else ``None``."""
    planning = treatment.planning
    entered = opened.case.observed("lung_shunt_fraction") is not None
    by_injection = (
        planning is not None and planning.injections and all(p.lung_shunt_fraction is not None for p in planning.injections)
    )
    lungs = [s.mask for s in structures if s.site.organ == "lung" and s.volume_mL > 0]
    liver = [s.mask for s in structures if s.site.kind is SiteKind.ORGAN and s.site.organ == "liver"]
    if entered or by_injection or not lungs or not liver:
        return None
    shunt = spect_shunt(spect=mapping, lung=union(*lungs), liver=union(*liver), source="mapping SPECT")
    opened.note(
        "shunt-from-spect",
        f"no lung shunt was entered: {100 * shunt.fraction:.2f} % was measured on the mapping SPECT (counts in the lung contour over "
        "lung and liver); the lungs must lie wholly in its field and the image be corrected for attenuation",
    )
    return shunt


def shunt_case(
    folder: Path,
    *,
    image: str | None = None,
    lung: Rectangle | None = None,
    liver: Rectangle | None = None,
    background: Rectangle | None = None,
    progress: Progress = silent,
) -> ShuntDone:
    """Measures the lung shunt of a case: on planar views with a rectangle for each organ, or on a SPECT with the case's contours.

    Args:
        folder: the case folder.
        image: id of a planar or SPECT image; needed only if there are several for the lung shunt or mapping.
        lung: rectangle on the anterior view, for planar images; the posterior view is mirrored onto it.
        liver: as ``lung``.
        background: rectangle whose mean counts per pixel are taken off both.
        progress: called with the share done.

    Raises:
        GlissonError: the input cannot be used.
    """
    opened = open_case(folder)
    purpose = Purpose.LUNG_SHUNT if opened.case.images_for(Purpose.LUNG_SHUNT) else Purpose.MAPPING
    reference = opened.only_image(purpose, image)
    progress(0.2, "reading")
    if reference.kind is ImageKind.PLANAR:
        shunt = _planar(opened, reference.file, lung, liver, background)
        inputs = {f"regions {name}": str(box) for name, box in (("lung", lung), ("liver", liver), ("background", background))}
        inputs |= {f"image {reference.id}": _sha256(opened.path(reference.file))}
    else:
        shunt = _spect(opened, opened.image(reference.id))
        inputs = {f"image {reference.id}": opened.image(reference.id).sha256()}
    progress(1.0, "done")
    result = Result(
        kind="lung shunt",
        method=shunt.method,
        parameters={"image": reference.id},
        inputs=inputs,
        value={"fraction": shunt.fraction, "method": shunt.method, "source": shunt.source},
        findings=tuple(opened.findings),
        sources=("van-roekel-thesis",),
    )
    return ShuntDone(shunt, result)


def _spect(opened: OpenCase, spect: Image) -> Shunt:
    sites = [s for s in opened.case.sites_of(SiteKind.ORGAN) if s.organ in ("lung", "liver")]
    structures = Contours(opened, spect.grid).structures(sites)
    masks = {organ: [s.mask for s in structures if s.site.organ == organ] for organ in ("lung", "liver")}
    missing = [f"a contour of the {organ}" for organ, found in masks.items() if not found]
    if missing:
        raise MissingFact("a lung shunt on SPECT", missing=missing)
    return spect_shunt(spect=spect, lung=union(*masks["lung"]), liver=union(*masks["liver"]))


def _sha256(path: Path) -> str:
    """Of a file, or of every file of a folder by name."""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _planar(opened: OpenCase, file: str, lung: Rectangle | None, liver: Rectangle | None, background: Rectangle | None) -> Shunt:
    from glisson.imaging.planar import read_planar

    if lung is None or liver is None:
        missing = [f"a rectangle for the {name}" for name, box in (("lungs", lung), ("liver", liver)) if box is None]
        raise MissingFact("a planar lung shunt", missing=missing, do="give rows and columns, as --lung 20:60,10:110")
    planar = read_planar(opened.path(file))
    for finding in planar.findings:
        opened.note(finding.code, finding.text, finding.level)
    views = (planar.anterior, planar.posterior)
    behind = tuple(float(_inside(view, background, "background").mean()) if background else 0.0 for view in views)
    counts = {
        name: tuple(float(_inside(view, box, name).sum()) for view in views) for name, box in (("lung", lung), ("liver", liver))
    }
    return planar_shunt(
        lung=(counts["lung"][0], counts["lung"][1]),
        liver=(counts["liver"][0], counts["liver"][1]),
        background_per_pixel=(behind[0], behind[1]),
        lung_pixels=_inside(views[0], lung, "lung").size,
        liver_pixels=_inside(views[0], liver, "liver").size,
        source="planar geometric mean",
    )


def _inside(view: NDArray[np.float64], box: Rectangle, name: str) -> NDArray[np.float64]:
    first_row, last_row, first_column, last_column = box
    rows, columns = view.shape
    if not (0 <= first_row <= last_row < rows and 0 <= first_column <= last_column < columns):
        raise BadInput(f"the {name} rectangle {box} on a view of {rows} x {columns} pixels", allowed="first:last within the view")
    return view[first_row : last_row + 1, first_column : last_column + 1]
