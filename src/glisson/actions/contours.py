"""From the contours that case.yaml describes to structures on one grid."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from glisson.actions.open_case import OpenCase
from glisson.case import Combined, FileContour, Grown, Level, Margin, Site, SiteKind, Structure, Threshold
from glisson.errors import BadInput, GridMismatch
from glisson.voxels import Grid, Image, regions
from glisson.voxels.resample import covered_fraction, nearest

MaskRule = Literal["covered", "nearest", "contour"]
WORDS: dict[str, str] = {"covered": "covered fraction", "nearest": "nearest neighbour", "contour": "contour voxels"}


def mask_rule(name: str) -> MaskRule:
    """The rule of that name.

    Raises:
        BadInput: none of "covered", "nearest", "contour".
    """
    if name == "contour":
        return "contour"
    if name == "covered":
        return "covered"
    if name == "nearest":
        return "nearest"
    raise BadInput(f"unknown mask rule '{name}'", allowed="covered, nearest, contour")


@dataclass
class Contours:
    """Masks of a case's sites, each made once on the grid it was drawn on.

    ``target`` is where they are wanted in the end: contours made of others that lie on different grids are combined there.
    """

    opened: OpenCase
    target: Grid
    rule: MaskRule = "covered"
    _made: dict[str, Image] = field(default_factory=dict, repr=False)

    def structures(self, sites: Sequence[Site]) -> tuple[Structure, ...]:
        """Each drawn site on the target grid, with the volume it has where it was drawn; what is only named is left out."""
        lesions = (site for site in sites if site.kind is SiteKind.LESION and not site.is_drawn)
        measured = [site.label for site in lesions if site.role != "new"]  # a new lesion came after the treatment
        if measured:
            self.opened.note(
                "lesion-not-drawn",
                f"{', '.join(measured)}: measured but without a contour; no dose is computed there, and normal tissue includes it",
                Level.WARNING,
            )
        return tuple(self.structure(site) for site in sites if site.is_drawn)

    def structure(self, site: Site) -> Structure:
        """One site on the target grid; an empty one is a structure of 0 mL and a warning."""
        drawn = self.mask(site.id)
        on_grid = self._on_target(drawn)
        rule = WORDS[self.rule] if drawn.grid.differences(self.target) else "drawn on this grid"
        if on_grid.volume_mL == 0:
            self.opened.note(
                "empty-structure",
                f"{site.label}: {drawn.volume_mL:.2f} mL as drawn, but empty on the emission grid"
                + (" (it lies outside the field of view, or between voxel centres)" if drawn.volume_mL else ""),
                Level.WARNING,
            )
        return Structure(site, on_grid, rule, drawn.volume_mL, drawn.grid.spacing_mm, drawn)

    def mask(self, name: str) -> Image:
        """The mask of a site on the grid it was drawn on (or the target's, for one combined across grids)."""
        if name not in self._made:
            self._made[name] = self._make(self.opened.case.site(name))
        return self._made[name]

    def _make(self, site: Site) -> Image:
        match site.contour:
            case None:
                return self._normal(site)
            case FileContour():
                return self._from_file(site, site.contour)
            case Combined():
                return _combine(site.contour.operation, self._together([self.mask(name) for name in site.contour.sites]))
            case Margin():
                return regions.margin(self.mask(site.contour.site), site.contour.margin_mm)
            case Threshold():
                return self._threshold(site, site.contour)
            case Grown():
                return self._grown(site, site.contour)

    def _normal(self, site: Site) -> Image:
        """The parent without every lesion of its organ (a lesion may lie across two territories)."""
        if site.parent is None or site.kind is not SiteKind.NORMAL:
            raise BadInput(
                f"site '{site.id}' has no contour", do="give it one in case.yaml: a file, or how it is made from others"
            )
        organ = self.opened.case.ancestors(site.id)[-1]
        lesions = [site for site in self.opened.case.sites_of(SiteKind.LESION, parent=organ) if site.is_drawn]
        if not lesions:
            return self.mask(site.parent)
        first, *others = self._together([self.mask(site.parent), *(self.mask(lesion.id) for lesion in lesions)])
        return regions.normal_tissue(first, *others)

    def _from_file(self, site: Site, contour: FileContour) -> Image:
        """The mask where its file puts it; with ``drawn_on`` it goes wherever case.yaml and a registration put that image."""
        from glisson.imaging.contours import read_mask

        drawn_on = self.opened.as_acquired(contour.drawn_on) if contour.drawn_on else None
        filled_on = drawn_on if contour.roi is not None else None
        read = read_mask(self.opened.path(contour.file), segment=contour.segment, roi=contour.roi, grid=filled_on)
        for finding in read.findings:
            self.opened.note(finding.code, f"{site.label}: {finding.text}", finding.level)
        mask = read.mask
        if contour.drawn_on is None or drawn_on is None:
            return mask
        if mask.grid.frame_of_reference not in (None, drawn_on.frame_of_reference):
            raise BadInput(
                f"site '{site.id}': its file names another frame of reference than image '{contour.drawn_on}'",
                do="correct 'drawn_on' in case.yaml, or register the two images",
            )
        return self.opened.placed_with(contour.drawn_on, mask.in_frame(drawn_on.frame_of_reference))

    def _threshold(self, site: Site, contour: Threshold) -> Image:
        uptake = self.opened.image(contour.image)
        within = self._bring(self.mask(contour.within), uptake.grid)
        self.opened.note(
            "threshold-contour",
            f"{site.label}: uptake threshold at {100 * contour.fraction:g} % of the maximum inside {contour.within}; it moves "
            "with the hottest voxel",
        )
        return regions.perfused_territory(uptake, within, contour.fraction)

    def _grown(self, site: Site, contour: Grown) -> Image:
        image = self.opened.image(contour.image)
        within = self._bring(self.mask(contour.within), image.grid) if contour.within else None
        self.opened.note("assisted-contour", f"{site.label}: assisted contouring (seeded region growing), to be checked by eye")
        return regions.grow_region(image, contour.seed_mm, contour.low, contour.high, within)

    def _together(self, masks: list[Image]) -> list[Image]:
        """Masks on one grid: as they are if they share it, else all on the target."""
        if all(not masks[0].grid.differences(mask.grid) for mask in masks[1:]):
            return masks
        return [self._on_target(mask) for mask in masks]

    def _on_target(self, mask: Image) -> Image:
        return self._bring(mask, self.target)

    def _bring(self, mask: Image, grid: Grid) -> Image:
        if not mask.grid.differences(grid):
            return mask
        try:
            return nearest(mask, grid) if self.rule == "nearest" else covered_fraction(mask, grid)
        except GridMismatch as error:
            raise BadInput(
                f"a contour and the image do not share a frame of reference ({'; '.join(error.differences)})",
                do="say in case.yaml on which image it was drawn (contour: {file: ..., drawn_on: IMAGE}), give images that are "
                "aligned one 'frame_of_reference', or register them: glisson register",
            ) from None


def _combine(operation: str, masks: Sequence[Image]) -> Image:
    """Union or intersection of all, or the first without the others."""
    if operation == "union":
        return regions.union(*masks)
    if operation == "intersect":
        return regions.intersect(*masks)
    return regions.subtract(*masks)
