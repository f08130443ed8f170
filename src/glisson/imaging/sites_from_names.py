"""Drafts of sites from the names of contours."""

from collections.abc import Sequence
from dataclasses import replace

from glisson.case.result import Finding
from glisson.case.site import FileContour, Site, SiteKind
from glisson.imaging.readout import warning
from glisson.imaging.recognised import LeftOut, RecognisedContour
from glisson.imaging.structure_names import Guess, guess, slug

ORDER = (SiteKind.ORGAN, SiteKind.TERRITORY, SiteKind.NORMAL, SiteKind.LESION)
Sites = tuple[tuple[RecognisedContour, ...], tuple[Site, ...], tuple[LeftOut, ...], tuple[Finding, ...]]


def sites_from_names(contours: Sequence[RecognisedContour]) -> Sites:
    """Contours with their site ids, the sites, the contours left out, and what a person must decide.

    Organs come first, so that lesions, territories and normal tissue find the liver they lie in. A name that is there
    twice makes one site, from the first file.
    """
    sites: list[Site] = []
    left_out: list[LeftOut] = []
    named: dict[int, str] = {}
    taken: dict[str, str] = {}
    guesses = [(at, contour, found) for at, contour in enumerate(contours) if (found := guess(contour.name)) is not None]
    for at, contour, found in sorted(guesses, key=lambda entry: ORDER.index(entry[2].kind)):
        name = slug(contour.name)
        if name in taken:
            left_out.append(LeftOut(contour.file, f"'{contour.name}' is there twice; the one in {taken[name]} was taken"))
            continue
        parent = _parent(found, sites)
        if parent is None and found.kind is not SiteKind.ORGAN:
            left_out.append(
                LeftOut(contour.file, f"'{contour.name}' is a {found.kind.value}, but no contour of the liver was found")
            )
            continue
        taken[name], named[at] = contour.file, name
        sites.append(_site(name, contour, found, parent))
    for contour in contours:
        if guess(contour.name) is None:
            left_out.append(
                LeftOut(contour.file, f"'{contour.name}' is no name of a site that is known; add it by hand if it is wanted")
            )
    marked = tuple(replace(contour, site=named.get(at)) for at, contour in enumerate(contours))
    return marked, tuple(sites), tuple(left_out), _findings(sites)


def _site(name: str, contour: RecognisedContour, found: Guess, parent: str | None) -> Site:
    return Site(
        id=name,
        kind=found.kind,
        name=contour.name,
        organ=found.organ,
        parent=parent,
        contour=FileContour(file=contour.file, segment=contour.segment, roi=contour.roi),
    )


def _parent(found: Guess, sites: Sequence[Site]) -> str | None:
    if found.kind is SiteKind.ORGAN:
        return None
    territories = [site.id for site in sites if site.kind is SiteKind.TERRITORY]
    if found.kind is SiteKind.NORMAL and found.perfused and territories:
        return territories[0]
    return next((site.id for site in sites if site.kind is SiteKind.ORGAN and site.organ == "liver"), None)


def _findings(sites: Sequence[Site]) -> tuple[Finding, ...]:
    livers = [site.id for site in sites if site.kind is SiteKind.ORGAN and site.organ == "liver"]
    if len(livers) < 2:
        return ()
    text = f"{len(livers)} contours are named as the liver ({', '.join(livers)}); the first is taken as the parent of the others"
    return (warning("case.two-livers", text),)
