"""Which figures a report has: drawn from the images and results that are there, and said where one is not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.case import Case, Result, SiteKind
from glisson.report.document import Figure
from glisson.report.dose_tables import structures_in_order
from glisson.report.engine_pages import engine_names
from glisson.report.figures.curves import curves_of, draw_histograms
from glisson.report.figures.planes import Box, centroid_mm, world_box
from glisson.report.figures.profile import crossing_of, draw_crossing
from glisson.report.figures.projection import draw_projections
from glisson.report.figures.slices import Scene, draw_axial_row, draw_lesion, isodose_levels
from glisson.report.figures.style import drawing
from glisson.report.figures.window import draw_window, ladder_of
from glisson.report.inputs import ReportImages
from glisson.report.names import site_name
from glisson.report.pages import DOSE, ENGINES, PLAN, Figures
from glisson.report.plan_pages import preferred_method
from glisson.report.words import at, listed
from glisson.voxels import Image

MOST_LESIONS = 12
"""Lesions that get figures of their own; the tables hold all."""
MARGIN_mm = 28.0
AXIAL_IN_A_ROW = 3


@dataclass
class Drawn:
    """Figures so far, and the sentences about those that could not be drawn."""

    plan: list[Figure] = field(default_factory=list)
    dose: list[Figure] = field(default_factory=list)
    curves: list[Figure] = field(default_factory=list)
    engines: list[Figure] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def figures(self) -> Figures:
        """As the pages take them."""
        return Figures(tuple(self.plan), tuple(self.dose), tuple(self.curves), tuple(self.engines))


def draw_all(folder: Path, *, case: Case, results: Sequence[Result], images: ReportImages) -> Drawn:
    """Every figure that can be drawn, as files in ``folder``."""
    drawn = Drawn()
    plan = next((r for r in reversed(results) if r.kind == PLAN), None)
    dose = next((r for r in reversed(results) if r.kind == DOSE), None)
    with drawing():
        if plan is not None:
            _window_figure(folder, plan, case, drawn)
            _mapping_slices(folder, case, images, drawn)
        if dose is not None:
            _dose_slices(folder, case, images, drawn)
            _projections(folder, case, images, drawn)
            _histograms(folder, dose, case, drawn)
        for engines in (r for r in results if r.kind == ENGINES):
            _crossing(folder, engines, drawn)
    return drawn


def _window_figure(folder: Path, plan: Result, case: Case, drawn: Drawn) -> None:
    names = {site.id: site.label for site in case.sites}
    ladders = [ladder_of(candidate, preferred_method(candidate), names) for candidate in listed(plan.value, "candidates")]
    found = [ladder for ladder in ladders if ladder is not None]
    if not found:
        drawn.missing.append("No figure of the window of activities: no limit or target with an activity is in the plan.")
        return
    draw_window(folder / "activity-window.svg", found)
    drawn.plan.append(
        Figure(
            "activity-window.svg",
            "Activity at which each limit is reached and each target met, by product, with the proposed activity",
            "Window of activities. A limit leaves what lies left of its bar, a target asks for what lies right of its arrow; "
            "the proposed activity stands at the tightest limit (bold). An arrow at the number: beyond the axis.",
        )
    )


def _anatomy(images: ReportImages, colour: Image, drawn: Drawn) -> Image | None:
    """The anatomy where it lies in the same frame of reference; said where it does not."""
    if images.anatomy is None:
        _say(drawn, "Slices without anatomy: the case has no CT or MR for it.")
        return None
    if images.anatomy.grid.frame_of_reference != colour.grid.frame_of_reference:
        _say(drawn, "Slices without anatomy: it lies in another frame of reference than the emission image.")
        return None
    return images.anatomy


def _say(drawn: Drawn, words: str) -> None:
    if words not in drawn.missing:
        drawn.missing.append(words)


def _masks(case: Case, images: ReportImages, colour: Image, kinds: Sequence[SiteKind]) -> dict[str, Image]:
    """Masks of sites of these kinds that share the image's frame of reference, in the order of the case."""
    frame = colour.grid.frame_of_reference
    found = {}
    for site in case.sites:
        mask = images.structures.get(site.id)
        if site.kind in kinds and mask is not None and mask.grid.frame_of_reference == frame:
            found[site.id] = mask
    return found


def _liver(case: Case, images: ReportImages, colour: Image) -> Image | None:
    """The mask of the first organ that is a liver."""
    organs = {site.id: site.organ for site in case.sites}
    masks = _masks(case, images, colour, [SiteKind.ORGAN])
    return next((mask for name, mask in masks.items() if organs[name] == "liver"), None)


def _box(liver: Image | None, colour: Image) -> Box:
    """What the slices show: the liver, else all that is hot, else the whole image."""
    box = world_box(liver, MARGIN_mm) if liver is not None else None
    if box is not None:
        return box
    hot = colour.with_array((colour.array > 0.05 * colour.array.max()).astype(np.float32))
    corners = colour.grid.to_world(np.array(list(product(*((0, n - 1) for n in colour.grid.shape)))))
    return world_box(hot, MARGIN_mm) or (corners.min(axis=0), corners.max(axis=0))


def _targets(case: Case, images: ReportImages, colour: Image, drawn: Drawn) -> list[tuple[str, NDArray[np.float64], float]]:
    """Name, centre and extent in mm of every lesion with voxels; without any, the hottest voxel."""
    found = []
    lesions = _masks(case, images, colour, [SiteKind.LESION])
    for name, mask in lesions.items():
        centre, box = centroid_mm(mask), world_box(mask, 0.0)
        if centre is None or box is None:
            _say(drawn, f"No slices through {site_name(case, name)}: its contour is empty.")
        else:
            found.append((site_name(case, name), centre, float((box[1] - box[0]).max())))
    if len(found) > MOST_LESIONS:
        _say(drawn, f"Slices through the first {MOST_LESIONS} of {len(found)} lesions; the tables hold all of them.")
    if not found:
        hottest = np.unravel_index(int(np.argmax(colour.array)), colour.grid.shape)
        found.append(("Hottest voxel", colour.grid.to_world(hottest), 0.0))
    return found[:MOST_LESIONS]


def _mapping_slices(folder: Path, case: Case, images: ReportImages, drawn: Drawn) -> None:
    if images.mapping is None:
        _say(drawn, "No slices of the test injection: its image was not given.")
        return
    colour = images.mapping
    liver = _liver(case, images, colour)
    lesions = _masks(case, images, colour, [SiteKind.LESION])
    scene = Scene(colour, _top(colour), _anatomy(images, colour, drawn), tuple(lesions.values()), liver)
    targets = _targets(case, images, colour, drawn)
    for start in range(0, len(targets), AXIAL_IN_A_ROW):
        row = targets[start : start + AXIAL_IN_A_ROW]
        file = f"mapping-slices-{start // AXIAL_IN_A_ROW + 1}.png"
        draw_axial_row(folder / file, scene, [centre for _, centre, _ in row], [name for name, _, _ in row], _box(liver, colour))
        words = ", ".join(name for name, _, _ in row)
        drawn.plan.append(
            Figure(
                file,
                f"Axial slices of the test injection through {words}",
                f"Test injection through {words}. Lesions: solid lines; liver: dashed.",
            )
        )


def _projections(folder: Path, case: Case, images: ReportImages, drawn: Drawn) -> None:
    shown = [(n, i) for n, i in (("Test injection", images.mapping), ("After treatment", images.emission)) if i is not None]
    if not shown:
        _say(drawn, "No projection: no emission image was given.")
        return
    frames = {image.grid.frame_of_reference for _, image in shown}
    if len(frames) > 1:
        _say(drawn, "The projection shows the treatment only: the test injection lies in another frame of reference.")
        shown = shown[-1:]
    draw_projections(folder / "projection.png", shown, _outline(_liver(case, images, shown[-1][1])))
    names = " and ".join(name.lower() for name, _ in shown)
    drawn.dose.append(
        Figure("projection.png", f"Coronal maximum intensity projection, {names}",
               f"Highest value from front to back, {names}. Grey follows the square root of the value. Line: liver.")
    )  # fmt: skip


def _outline(mask: Image | None) -> tuple[Image, ...]:
    return () if mask is None else (mask,)


def _dose_slices(folder: Path, case: Case, images: ReportImages, drawn: Drawn) -> None:
    if images.dose is None:
        _say(drawn, "No slices of the dose: its image was not given.")
        return
    colour = images.dose
    liver = _liver(case, images, colour)
    lesions = _masks(case, images, colour, [SiteKind.LESION])
    top = _top(colour)
    scene = Scene(colour, top, _anatomy(images, colour, drawn), tuple(lesions.values()), liver, isodose_levels(top))
    box = _box(liver, colour)
    for number, (name, centre, size) in enumerate(_targets(case, images, colour, drawn), start=1):
        file = f"dose-slices-{number}.png"
        draw_lesion(folder / file, scene, centre, box, _detail_mm(size))
        drawn.dose.append(
            Figure(
                file,
                f"Absorbed dose with isodose lines, axial plane of the liver and three enlarged planes through {name}",
                f"{name}: absorbed dose with isodose lines (Gy). The white frame on the first plane is what the others enlarge. "
                "Solid white: lesions; dashed: liver.",
            )
        )


def _detail_mm(extent_mm: float) -> float:
    """Side of the enlarged square: 90 mm, or more where the lesion needs it."""
    return max(90.0, 1.8 * extent_mm)


def _top(colour: Image) -> float:
    """Upper end of the colours: what 0.2 % of the voxels around the hottest exceed, so that one noisy voxel does not set it."""
    array = colour.array
    hot = array[array > 0.1 * float(array.max())] if array.size else array
    return float(np.quantile(hot, 0.998)) if hot.size else 1.0


def _crossing(folder: Path, engines: Result, drawn: Drawn) -> None:
    profile = at(engines.value, "profile")
    crossing = crossing_of(profile, engine_names(engines.value))
    if crossing is None:
        _say(drawn, "No profile through the dome: no contoured lung lies above the contoured liver.")
        return
    draw_crossing(folder / "dome.svg", crossing)
    drawn.engines.append(
        Figure("dome.svg", "Absorbed dose through the dome of the liver into the lung, by engine",
               f"Through the dome: mean over {at(profile, 'columns')} columns of voxels that cross the upper surface of the liver into "
               "the lung. Bars: one standard error of the Monte Carlo. Below: density.")
    )  # fmt: skip


def _histograms(folder: Path, dose: Result, case: Case, drawn: Drawn) -> None:
    chosen = _worth_a_curve(structures_in_order(dose.value))
    names = {str(s.get("site")): str(s.get("name") or s.get("site")) for s in chosen}
    if not chosen:
        names = {str(site): site_name(case, site) for site in at(dose.value, "dvh") or {}}
    curves = curves_of(at(dose.value, "dvh"), names)
    if not curves:
        _say(drawn, "No dose-volume histogram: the result holds none.")
        return
    draw_histograms(folder / "dose-volume.svg", curves)
    drawn.curves.append(
        Figure("dose-volume.svg", "Cumulative dose-volume histograms of " + ", ".join(c.name for c in curves),
               "Cumulative dose-volume histograms: the part of each structure that receives at least the dose.")
    )  # fmt: skip


def _worth_a_curve(structures: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Lesions, normal tissue and other organs; the liver and its territories only where no normal tissue stands for them."""
    if any(s.get("kind") == "normal" for s in structures):
        return [
            s for s in structures if s.get("kind") != "territory" and not (s.get("kind") == "organ" and s.get("organ") == "liver")
        ]
    return list(structures)
