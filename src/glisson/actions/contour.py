"""``contour``: the voxels of one site, as case.yaml describes them, written as a mask."""

from dataclasses import dataclass
from pathlib import Path

from glisson.actions.contours import Contours
from glisson.actions.open_case import open_case
from glisson.case import FileContour, Finding
from glisson.errors import BadInput


@dataclass(frozen=True)
class ContourDone:
    """A mask that was written."""

    volume_mL: float
    how: str
    findings: tuple[Finding, ...]


def write_contour(folder: Path, *, site: str, out: Path) -> ContourDone:
    """Makes the contour of a site (file, union, margin, threshold, region growing) and writes it on its own grid.

    Raises:
        BadInput: no such site, a contour that cannot be made, or a file that cannot be written.
    """
    from glisson.imaging.write_nifti import write_nifti

    opened = open_case(folder)
    wanted = opened.case.site(site)
    if not out.name.endswith((".nii", ".nii.gz")):
        raise BadInput(f"cannot write '{out.name}'", allowed=".nii.gz, .nii")
    if not opened.case.images:
        raise BadInput("the case has no image to make contours on", do="add one to case.yaml")
    target = opened.image(opened.case.images[0].id).grid
    mask = Contours(opened, target).mask(site)
    write_nifti(mask, out)
    how = "read from its file" if isinstance(wanted.contour, FileContour) else _operation(wanted.contour)
    return ContourDone(mask.volume_mL, how, tuple(opened.findings))


def _operation(contour: object) -> str:
    words = {"grow": "assisted contouring (seeded region growing)", "threshold": "uptake threshold"}
    operation = str(getattr(contour, "operation", "parent without its lesions"))
    return words.get(operation, operation)
