"""Masks by name, a site of the case or a file, on one grid."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glisson.actions.contours import Contours
from glisson.actions.open_case import OpenCase
from glisson.case import Case, Combined, FileContour, Grown, Level, Margin, Site, SiteKind, Threshold
from glisson.errors import BadInput
from glisson.voxels import Grid, Image
from glisson.voxels.resample import covered_fraction

NOWHERE = Grid.aligned((1, 1, 1), (1.0, 1.0, 1.0))


def masks_on_one_grid(opened: OpenCase, names: Mapping[str, str], reference: str, *, resample: bool) -> dict[str, Image]:
    """Every mask, by what it is.

    Args:
        opened: the case.
        names: what a mask is, and its name: the id of a site, else a file beside case.yaml or in the current folder.
        reference: which of them gives the grid.
        resample: bring the others onto that grid as covered fractions, and say so; else they stay where they were drawn.

    Raises:
        BadInput: neither a site nor a file of that name.
        GridMismatch: with ``resample``, frames of reference that differ.
    """
    first = _mask(opened, names[reference], None)
    contours = Contours(opened, first.grid)
    found = {what: first if what == reference else _mask(opened, name, contours) for what, name in names.items()}
    if not resample:
        return found
    for what, mask in found.items():
        if mask.grid.differences(first.grid):
            found[what] = covered_fraction(mask, first.grid)
            text = f"{what}: brought from its own grid onto that of the {reference} as covered fractions; one half and more count as inside"
            opened.note("mask-resampled", text, Level.WARNING)
    return found


def stamp(names: Mapping[str, str], masks: Mapping[str, Image], *, resample: bool) -> tuple[dict[str, Any], dict[str, str]]:
    """What a Result made from masks is stamped with: which were named, whether they were brought onto one grid; and their hashes."""
    named = {what: file_name(name) for what, name in names.items()}
    return {**named, "resampled": resample}, {what: mask.sha256() for what, mask in masks.items()}


def file_name(name: str | None) -> str | None:
    """A site's id, or the base name of a file."""
    return None if name is None else Path(name).name


def liver_of(opened: OpenCase, given: str | None) -> str | None:
    """The name given, else the case's liver where it is drawn; ``None``: there is none."""
    if given is not None:
        return given
    return next((s.id for s in opened.case.sites_of(SiteKind.ORGAN) if s.organ == "liver" and s.is_drawn), None)


def lesions_of(case: Case, liver: str) -> tuple[str, ...]:
    """Ids of the drawn lesions in the liver; of all, where the liver is a file."""
    parent = liver if any(site.id == liver for site in case.sites) else None
    return tuple(site.id for site in case.sites_of(SiteKind.LESION, parent=parent) if site.is_drawn)


def _mask(opened: OpenCase, name: str, contours: Contours | None) -> Image:
    if any(site.id == name for site in opened.case.sites):
        made = contours or Contours(opened, _grid_of(opened, opened.case.site(name)))
        return made.mask(name)
    from glisson.imaging.contours import read_mask

    path = next((p for p in (opened.folder / name, Path(name)) if p.is_file()), None)
    if path is None:
        drawn = ", ".join(site.id for site in opened.case.sites if site.is_drawn) or "the case has no drawn site"
        raise BadInput(
            f"'{Path(name).name}' is neither a site of the case nor a file", allowed=f"a file of one mask, or one of: {drawn}"
        )
    read = read_mask(path)
    for finding in read.findings:
        opened.note(finding.code, f"{path.name}: {finding.text}", finding.level)
    return read.mask


def _grid_of(opened: OpenCase, site: Site) -> Grid:
    """The grid on which a site was drawn: its own file's or image's, else that of the first site it is made from."""
    match site.contour:
        case FileContour():
            return Contours(opened, NOWHERE).mask(site.id).grid
        case Combined():
            return _grid_of(opened, opened.case.site(site.contour.sites[0]))
        case Margin():
            return _grid_of(opened, opened.case.site(site.contour.site))
        case Threshold() | Grown():
            return opened.image(site.contour.image).grid
        case None:
            if site.parent is None:
                raise BadInput(f"site '{site.id}' has no contour", do="give it one in case.yaml")
            return _grid_of(opened, opened.case.site(site.parent))
