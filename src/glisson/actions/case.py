"""``case new`` and ``case check``: from a folder of scans to a case, and what a case still lacks."""

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from glisson.actions.contours import Contours
from glisson.actions.open_case import OpenCase, open_case
from glisson.case import Case, FileContour, Finding, ImageReference, Level, Purpose, Site
from glisson.dose.engine import Progress, silent
from glisson.errors import BadInput, GlissonError
from glisson.records.case_folder import NAME, new_case

if TYPE_CHECKING:
    from glisson.imaging.recognised import LeftOut


TO_FILL_IN = """\
What no image can say. Take the '#' off the lines you need and correct them; glisson case check tells what is missing.

treatments:
  - id: sirt
    kind: radioembolization
    product: sir-spheres              # sir-spheres, therasphere, quiremspheres
    planning:                         # for glisson plan
      products: [sir-spheres, therasphere]
      approach: unilobar              # segmentectomy, lobectomy, unilobar, bilobar
      limits:                         # yours stand before the published tables
        - {on: perfused normal liver, mean_dose_Gy: 40}
        - {on: lung, mean_dose_Gy: 30}
    sessions:                         # for glisson dose
      - id: delivery
        kind: delivery
        injections:
          - {territory: SITE, activity_GBq: 1.5, at: 2026-03-02T09:30:00+01:00, residual_fraction: 0.02}
observations:
  - {what: lung_shunt_fraction, value: 0.05}   # or: glisson shunt
  - {what: bilirubin_umol_per_L, value: 12}
  - {what: weight_kg, value: 70}
  - {what: height_cm, value: 170}
"""
"""Commented lines at the end of a new case.yaml; the numbers are examples of form, not of dose."""


@dataclass(frozen=True)
class CaseMade:
    """A new case, and what was said while it was made."""

    file: Path
    recognised: tuple[str, ...]
    left_out: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class CaseChecked:
    """What a case holds, what was noticed, and what to do next."""

    present: tuple[str, ...]
    findings: tuple[Finding, ...]
    next_steps: tuple[str, ...]


def new_case_from_scans(
    scans: Path, out: Path, *, case_id: str | None = None, copy: bool = False, progress: Progress = silent
) -> CaseMade:
    """Writes ``case.yaml`` from a folder of DICOM, NIfTI or NRRD, for a person to correct.

    Args:
        scans: searched with its subfolders.
        out: folder of the case; made if need be.
        case_id: pseudonym; made from the folder's name if ``None``.
        copy: copy the scans into the case instead of pointing to them.
        progress: called with what is being read.

    Raises:
        BadInput: nothing to recognise, different patients, or a case is there already.
    """
    from glisson.imaging.recognise import recognise

    if (out / NAME).exists():
        raise BadInput(f"'{out.name}' already holds a {NAME}", do="choose another folder, or edit that file")
    found = recognise(scans, progress=lambda name: progress(0.5, f"reading {name}"))
    if not found.images and not found.contours:
        raise BadInput(
            f"no image in '{scans.name}' can be used: {_reasons(found.left_out)}", do="give other scans of this patient"
        )
    prefix = "scans" if copy else os.path.relpath(scans.resolve(), out.resolve())
    images = tuple(_placed(image.reference, prefix) for image in found.images)
    sites = tuple(_placed_site(site, prefix) for site in found.sites)
    case = Case(id=case_id or _pseudonym(out.name), images=images, sites=sites)
    remarks = [f"left out: {left.file}: {left.why}" for left in found.left_out]
    if copy:
        shutil.copytree(scans, out / "scans", dirs_exist_ok=False)
    out.mkdir(parents=True, exist_ok=True)
    file = new_case(out, case, tuple(remarks[:50]), to_fill_in=TO_FILL_IN)
    return CaseMade(
        file,
        tuple(_image_line(image.reference, image.what) for image in found.images)
        + tuple(f"{c.site}: contour '{c.name}' in {c.file}" for c in found.contours if c.site),
        tuple(f"{left.file}: {left.why}" for left in found.left_out),
        (*found.findings, *(finding for image in found.images for finding in image.findings)),
    )


def check_case(folder: Path, *, progress: Progress = silent) -> CaseChecked:
    """Reads every file the case names, and says what is there and what a plan or a dose still lacks.

    A file that cannot be read is a finding here, so that all of them are told at once.

    Raises:
        BadInput: mistakes in case.yaml itself.
    """
    opened = open_case(folder)
    case = opened.case
    present = [f"case {case.id}, disease: {case.disease.value}"]
    for number, reference in enumerate(case.images):
        progress(number / (len(case.images) + len(case.sites) + 1), f"reading {reference.id}")
        present += _checked_image(opened, reference)
    for number, site in enumerate(case.sites):
        progress((len(case.images) + number) / (len(case.images) + len(case.sites) + 1), f"reading {site.id}")
        present += _checked_site(opened, site)
    progress(1.0, "done")
    return CaseChecked(tuple(present), tuple(opened.findings), tuple(_next_steps(case, folder)))


def _checked_image(opened: OpenCase, reference: ImageReference) -> list[str]:
    if reference.kind.value == "planar":
        return [f"{reference.id}: planar views, {reference.purpose.value}"]
    try:
        image = opened.image(reference.id)
    except GlissonError as error:
        opened.note("unreadable", f"{reference.id}: {error}", Level.WARNING)
        return []
    grid = image.grid
    size = " x ".join(str(n) for n in grid.shape)
    step = " x ".join(f"{mm:.3g}" for mm in grid.spacing_mm)
    total = f", {image.total * 1e-9:.4g} GBq in the field" if image.quantity.value == "Bq/mL" else ""
    return [
        f"{reference.id}: {reference.kind.value}, {reference.purpose.value}, {image.quantity.value}, {size} at {step} mm{total}"
    ]


def _checked_site(opened: OpenCase, site: Site) -> list[str]:
    if not site.is_drawn:
        return [f"{site.id}: {site.kind.value} {site.label}, measured only, not drawn"]
    if not opened.images_read:
        return []
    try:
        mask = Contours(opened, opened.images_read[0].grid).mask(site.id)
    except GlissonError as error:
        opened.note("unreadable", f"{site.id}: {error}", Level.WARNING)
        return []
    if mask.grid.frame_of_reference not in {image.grid.frame_of_reference for image in opened.images_read}:
        opened.note(
            "contour-without-frame",
            f"{site.id}: its file does not state the frame of reference of any image of this case; say on which image it was drawn "
            "(contour: {file: ..., drawn_on: IMAGE})",
            Level.WARNING,
        )
    return [f"{site.id}: {site.kind.value} {site.label}, {mask.volume_mL:.2f} mL as drawn"]


def _next_steps(case: Case, folder: Path) -> list[str]:
    steps = []
    if case.images_for(Purpose.MAPPING):
        if any(t.planning for t in case.treatments):
            steps.append(f"glisson plan {folder}")
        else:
            steps.append(
                "to plan, add to case.yaml: treatments: [{id: sirt, kind: radioembolization, planning: {products: [...]}}]"
            )
    if case.images_for(Purpose.VERIFICATION):
        steps.append(f"glisson dose {folder}")
    return steps or ["set the purpose of an image in case.yaml to mapping (to plan) or verification (to compute a dose)"]


MOST_REASONS = 3


def _reasons(left_out: Sequence["LeftOut"]) -> str:
    """Why the first few were left out, images before other files."""
    from glisson.imaging.recognise import NO_FORMAT

    told = sorted(left_out, key=lambda left: left.why == NO_FORMAT)
    words = "; ".join(f"{Path(left.file).name}: {left.why.rstrip('.')}" for left in told[:MOST_REASONS])
    return words + (f"; and {len(told) - MOST_REASONS} more" if len(told) > MOST_REASONS else "")


def _placed(reference: ImageReference, prefix: str) -> ImageReference:
    return reference.model_copy(update={"file": f"{prefix}/{reference.file}"})


def _placed_site(site: Site, prefix: str) -> Site:
    if not isinstance(site.contour, FileContour):
        return site
    return site.model_copy(update={"contour": site.contour.model_copy(update={"file": f"{prefix}/{site.contour.file}"})})


def _image_line(reference: ImageReference, what: str) -> str:
    return f"{reference.id}: {what}, taken as {reference.kind.value}, {reference.purpose.value}"


def _pseudonym(name: str) -> str:
    """A lower-case identifier from a folder's name."""
    slug = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._")
    return slug[:64] or "case"
