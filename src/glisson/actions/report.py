"""``report``: the pages to show, from the case's plan and dose."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from glisson.actions.changes import changes_since
from glisson.actions.contours import Contours
from glisson.actions.open_case import OpenCase, open_case
from glisson.actions.stored_dose import stored_dose
from glisson.case import Finding, ImageKind, Purpose, Result, Run
from glisson.dose.engine import Progress, silent
from glisson.errors import GlissonError, MissingFact
from glisson.records.results import read_results, read_run
from glisson.report import ReportImages, write_report
from glisson.voxels import Image


@dataclass(frozen=True)
class ReportDone:
    """What was written, from which results. ``changes``: what no longer belongs to the case; among the findings too."""

    results: tuple[Result, ...]
    files: tuple[Path, ...]
    findings: tuple[Finding, ...]
    changes: tuple[Finding, ...] = ()


def report_case(folder: Path, *, out: Path | None = None, made_at: datetime, progress: Progress = silent) -> ReportDone:
    """Writes the report as HTML and PDF, both self-contained; figures beside them.

    Args:
        folder: the case folder.
        out: folder of the report; ``report/`` in the case if ``None``.
        made_at: printed on the report, with its zone.
        progress: called with the share done.

    Raises:
        MissingFact: neither a plan nor a dose is there to report.
    """
    opened = open_case(folder)
    stored = read_results(opened.folder)
    results = [stored[name] for name in ("plan", "dose", "engines") if name in stored]
    if not results:
        raise MissingFact(
            "nothing to report", missing=["a plan or a dose"], do="run glisson plan CASE or glisson dose CASE first"
        )
    progress(0.05, "reading images")
    images = _images(opened, stored)
    progress(0.3, "comparing the results with the case")
    changes = tuple(finding for result in results for finding in changes_since(opened, result, images.dose))
    progress(0.4, "drawing")
    written = write_report(
        out or opened.folder / "report",
        case=opened.case,
        results=results,
        images=images,
        made_at=made_at,
        findings=changes,
        runs=_runs(opened, stored),
    )
    findings = tuple(dict.fromkeys((*changes, *(finding for result in results for finding in result.findings))))
    return ReportDone(tuple(results), (written.html, written.pdf), findings, changes)


def _runs(opened: OpenCase, stored: dict[str, Result]) -> tuple[Run, ...]:
    """What a Monte Carlo took. Other doses take seconds anywhere, and their report has the same bytes everywhere."""
    if "dose" not in stored or "statistics" not in stored["dose"].value:
        return ()
    run = read_run(opened.folder, "dose")
    return () if run is None else (run,)


def _images(opened: OpenCase, stored: dict[str, Result]) -> ReportImages:
    case = opened.case
    anatomy = next((i.id for i in case.images if i.purpose is Purpose.ANATOMY and i.kind is not ImageKind.PLANAR), None)
    emission = (stored["dose"].value.get("activity") or {}).get("image") if "dose" in stored else None
    mapping = (stored["plan"].value.get("mapping") or {}).get("image") if "plan" in stored else None
    dose = stored_dose(opened, stored["dose"]) if "dose" in stored else None
    target = dose or (opened.image(mapping) if mapping else None)
    masks: dict[str, Image] = {}
    if target is not None:
        contours = Contours(opened, target.grid)
        masks = {site.id: contours.mask(site.id) for site in case.sites if site.is_drawn}
    return ReportImages(
        anatomy=_in_frame(opened, anatomy, target),
        mapping=_in_frame(opened, mapping, target),
        emission=_in_frame(opened, emission, target),
        dose=dose,
        structures={name: mask for name, mask in masks.items() if _same_frame(mask, target)},
    )


def _in_frame(opened: OpenCase, name: str | None, target: Image | None) -> Image | None:
    """An image that can be drawn with the others; one in another frame of reference is left out."""
    if name is None:
        return None
    try:
        image = opened.image(name)
    except GlissonError:
        return None
    return image if target is None or _same_frame(image, target) else None


def _same_frame(image: Image, target: Image | None) -> bool:
    return target is None or image.grid.frame_of_reference == target.grid.frame_of_reference
