"""Density and composition of a case's voxels, against hand values."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from glisson.actions.open_case import OpenCase
from glisson.actions.tissues import fill
from glisson.case import Case, ImageReference, Level, Site, Structure
from glisson.case.site import FileContour
from glisson.dose.composition import composition
from glisson.voxels import Grid, Image, Quantity

GRID = Grid.aligned((1, 1, 6), (10.0, 10.0, 10.0))
HU = (-1024.0, -700.0, -100.0, 40.0, 115.0, 900.0)
ACTIVITY = Image(GRID, np.ones((1, 1, 6)), Quantity.ACTIVITY, "Y-90")


def opened(*values: float, grid: Grid = GRID) -> OpenCase:
    reference = ImageReference(id="ct", file="ct.nii", kind="CT", purpose="anatomy", unit="HU")
    found = OpenCase(Path("nowhere"), Case(id="p", images=(reference,) if values else ()))
    if values:
        found._read["ct"] = Image(grid, np.array([[values]], dtype=np.float32), Quantity.HU)
    return found


def structure(name: str, mask: list[float], organ: str = "bone", **told: object) -> Structure:
    site = Site(id=name, kind="organ", organ=organ, contour=FileContour(file="m.nii"), **told)
    return Structure(site, Image(GRID, np.array([[mask]]), Quantity.MASK), "drawn on this grid", sum(mask))


def densities(found: object) -> list[float]:
    return [round(float(value), 4) for value in found.medium.density.array.ravel()]  # type: ignore[attr-defined]


def media(found: object) -> list[str]:
    filled = composition(ACTIVITY, found.medium.density, found.overlay)  # type: ignore[attr-defined]
    return [filled.media[n] for n in filled.number.ravel()]


def test_a_monte_carlo_takes_the_ct_by_the_table_of_schneider() -> None:
    found = fill(opened(*HU), (), None, method="montecarlo", grid=GRID)
    # 0.00121 + 300/902 x 0.92879; 0.00121 + 900/902 x 0.92879; 1.031 + 17/77 x 0.0889; 1.0762 + 14/1499 x 0.888; … 799/1499
    assert densities(found) == pytest.approx([0.0012, 0.3101, 0.9279, 1.0506, 1.0845, 1.5495], abs=2e-4)
    assert media(found) == ["air", "lung", "adipose", "soft-tissue", "soft-tissue", "bone"]
    assert found.medium.sources == ("schneider-2000",) and "Schneider 2000" in found.medium.words


def test_other_methods_keep_one_density_and_so_does_what_was_entered() -> None:
    for method, asked, density in (("kernel", None, 1.05), ("local", None, 1.05), ("montecarlo", "1.03", 1.03)):
        found = fill(opened(*HU), (), asked, method=method, grid=GRID)
        assert found.medium.density == density and found.overlay is None
    assert fill(opened(), (), None, method="montecarlo", grid=GRID).medium.density == 1.05


def test_a_ct_in_another_frame_is_not_used_and_that_is_said() -> None:
    elsewhere = Grid.aligned((1, 1, 6), (10.0, 10.0, 10.0), frame_of_reference="1.2.3")
    case = opened(*HU, grid=elsewhere)
    here = Grid.aligned((1, 1, 6), (10.0, 10.0, 10.0), frame_of_reference="4.5.6")
    found = fill(case, (), None, method="montecarlo", grid=here)
    assert found.medium.density == 1.05
    assert [(f.code, f.level) for f in case.findings] == [("dose.ct-not-used", Level.WARNING)]


def test_what_a_site_says_of_itself_holds_against_the_rest() -> None:
    told = (
        structure("spine", [0, 0, 0, 0, 0.5, 1.0], tissue="bone"),
        structure("lungs", [0, 1.0, 0, 0, 0, 0], organ="lung"),
        structure("fat", [0, 0, 1.0, 0, 0, 0], tissue="adipose", density_g_per_mL=0.95),
    )
    found = fill(opened(), told, None, method="montecarlo", grid=GRID)
    assert densities(found) == [1.05, 0.3, 0.95, 1.05, 1.45, 1.85]
    assert media(found) == ["soft-tissue", "lung", "adipose", "soft-tissue", "bone", "bone"]
    assert found.medium.words.endswith("1.85 g/mL in spine; 0.95 g/mL in fat")
    kernel = fill(opened(), told, None, method="kernel", grid=GRID)
    assert densities(kernel) == densities(found)


def test_a_tissue_changes_the_composition_and_leaves_the_density_to_the_ct() -> None:
    told = (
        structure("stone", [0, 0, 0, 1.0, 1.0, 0], tissue="bone"),
        structure("gas", [0, 0, 0, 0, 1.0, 0], density_g_per_mL=0.5),
    )
    found = fill(opened(*HU), told, None, method="montecarlo", grid=GRID)
    assert densities(found)[3:5] == pytest.approx([1.0506, 0.5], abs=2e-4)
    assert media(found) == ["air", "lung", "adipose", "bone", "bone", "bone"]
    filled = composition(ACTIVITY, found.medium.density, found.overlay)
    assert filled.words.endswith("; bone in stone")


def test_later_sites_hold_against_earlier_ones() -> None:
    told = (structure("a", [1.0] * 6, tissue="bone"), structure("b", [0, 0, 0, 0, 0, 1.0], tissue="lung"))
    found = fill(opened(), told, None, method="montecarlo", grid=GRID)
    assert media(found) == ["bone"] * 5 + ["lung"]
    assert densities(found) == [1.85] * 5 + [0.3]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"tissue": "cheese"}, "allowed: water, soft-tissue"),
        ({"density_g_per_mL": 0.0}, "greater than 0"),
        ({"density_g_per_mL": 21}, "20"),
    ],
)
def test_an_unknown_tissue_and_an_impossible_density_are_refused(told: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Site(id="s", kind="organ", organ="liver", contour=FileContour(file="m.nii"), **told)
