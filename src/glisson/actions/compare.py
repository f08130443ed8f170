"""``compare``: two dose images of one grid beside each other: gamma index, means and DVH points by contour."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glisson.actions.cache import cache_folder
from glisson.case import Result
from glisson.dose.compare import Difference, compare_structures
from glisson.dose.engine import Progress, silent
from glisson.dose.gamma import Criteria, Gamma, gamma_index
from glisson.dose.sample import COVERAGE_FLOOR
from glisson.errors import BadInput
from glisson.voxels import Image, Quantity, require_quantity, require_same_grid
from glisson.voxels.regions import inside_of
from glisson.voxels.resample import covered_fraction

KIND = "dose comparison"
SOURCES = ("low-1998", "ju-2008")
JUDGED = "voxels from the threshold"


@dataclass(frozen=True)
class CompareDone:
    """What was found; files only where something was written. ``interrupted``: the user stopped the Monte Carlo of a case."""

    result: Result
    files: tuple[Path, ...] = ()
    interrupted: bool = False


def compare_doses(
    reference: Path,
    evaluated: Path,
    *,
    masks: Sequence[Path] = (),
    criteria: Criteria | None = None,
    progress: Progress = silent,
) -> CompareDone:
    """Two dose images on one grid, Gy: the gamma index of every voxel of the first, and what changes in every contour.

    Args:
        reference: the dose that is taken as true.
        evaluated: the dose that is judged.
        masks: contours, one to a file; named by their files. Those drawn on another grid are covered fractions of this one.
        criteria: of the gamma index; local 2 %/2 mm from 10 % of the highest dose if ``None``.
        progress: called with the share done.

    Raises:
        GlissonError: a file cannot be used, or the two doses do not lie on one grid.
    """
    from glisson.imaging.read import read_image

    criteria = criteria or Criteria()
    progress(0.0, "reading")
    known, held = (read_image(path, unit="Gy").image for path in (reference, evaluated))
    require_quantity(known, Quantity.DOSE)
    require_quantity(held, Quantity.DOSE)
    require_same_grid(known, held)
    regions = {_name(path): _mask(path, known) for path in masks}
    if len(regions) < len(masks):
        raise BadInput("two contours of one name", do="rename one of the files")
    progress(0.3, "gamma index")
    gamma = gamma_index(known, held, criteria, threads=os.cpu_count() or 1, cache=cache_folder())
    progress(0.8, "contours")
    everywhere = {JUDGED: Image(known.grid, gamma.judged, Quantity.MASK)}
    rows = [
        row(found, gamma, (everywhere | regions)[found.site]) for found in compare_structures(known, held, everywhere | regions)
    ]
    result = Result(
        kind=KIND,
        method="gamma index and differences",
        parameters=criteria_value(criteria),
        inputs={"reference": known.sha256(), "evaluated": held.sha256(), **{f"mask {n}": m.sha256() for n, m in regions.items()}},
        value={"reference": reference.name, "evaluated": evaluated.name, "gamma": gamma_value(gamma), "structures": rows},
        sources=SOURCES,
    )
    return CompareDone(result)


def row(found: Difference, gamma: Gamma, mask: Image) -> dict[str, Any]:
    """One contour in JSON values; fractions 0 to 1."""
    inside = mask.array > COVERAGE_FLOOR if mask.volume_mL < mask.grid.voxel_volume_mL else inside_of(mask)
    return {
        "site": found.site,
        "reference": dict(found.reference),
        "evaluated": dict(found.other),
        "relative_difference": relative(found),
        "volume_gap_fraction": found.volume_gap_fraction,
        "gamma_pass_fraction": gamma.pass_fraction_in(inside),
    }


def relative(found: Difference) -> dict[str, float | None]:
    """(evaluated - reference) / reference of every dose; V is compared by difference, not by ratio."""
    return {name: found.relative(name) for name in found.reference if name.endswith("_Gy")}


def gamma_value(gamma: Gamma) -> Mapping[str, Any]:
    """What a Result says of a gamma index."""
    return {
        "criteria": gamma.criteria.words,
        "pass_fraction": gamma.pass_fraction,
        "mean": gamma.mean,
        "voxels": int(gamma.index.size),
    }


def criteria_value(criteria: Criteria) -> dict[str, Any]:
    """Parameters of a Result."""
    return {
        "gamma_dose_fraction": criteria.dose_fraction,
        "gamma_distance_mm": criteria.distance_mm,
        "gamma_threshold_fraction": criteria.threshold_fraction,
        "gamma_largest": criteria.largest,
        "gamma_normalisation": "local",
    }


def _name(path: Path) -> str:
    return path.name.split(".")[0]


def _mask(path: Path, dose: Image) -> Image:
    """A contour on the grid of the dose."""
    from glisson.imaging.contours import read_mask

    mask = read_mask(path).mask
    if not mask.grid.differences(dose.grid):
        return mask
    return covered_fraction(mask, dose.grid)
