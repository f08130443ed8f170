"""Densities that a command can name, against hand values."""

from pathlib import Path

import numpy as np
import pytest

from glisson.actions.engines import engine, medium, number, with_lungs
from glisson.actions.open_case import OpenCase
from glisson.case import Case, ImageReference, Site, Structure
from glisson.case.site import FileContour
from glisson.dose.absorbed import Medium
from glisson.errors import BadInput, MissingFact
from glisson.voxels import Grid, Image, Quantity

GRID = Grid.aligned((1, 1, 5), (10.0, 10.0, 10.0))


def opened(*HU: float) -> OpenCase:
    reference = ImageReference(id="ct", file="ct.nii", kind="CT", purpose="anatomy", unit="HU")
    found = OpenCase(Path("nowhere"), Case(id="p", images=(reference,) if HU else ()))
    if HU:
        found._read["ct"] = Image(GRID, np.array([[HU]], dtype=np.float32), Quantity.HU)
    return found


def test_density_from_ct_against_the_rule() -> None:
    """(HU + 1000)/1000, not below air (0.0012 g/mL) and not above 1.1 g/mL."""
    found = medium(opened(-1024.0, -700.0, 0.0, 50.0, 900.0), "ct", GRID)
    assert isinstance(found.density, Image)
    assert found.density.array.ravel() == pytest.approx([0.0012, 0.3, 1.0, 1.05, 1.1])
    assert found.sources == ("taranis",)
    with pytest.raises(MissingFact, match="kind CT"):
        medium(opened(), "ct", GRID)


def test_density_by_default_and_as_entered() -> None:
    known = medium(opened(), None, GRID)
    assert (known.density, known.sources) == (1.05, ("taranis",))
    entered = medium(opened(), "1.03", GRID)
    assert (entered.density, entered.sources) == (1.03, ())
    for text in ("0", "-1", "26", "liver", "nan"):
        with pytest.raises(BadInput):
            number(text)


def test_lungs_are_given_their_own_density() -> None:
    mask = Image(GRID, np.array([[[0.0, 0.5, 1.0, 0.0, 0.0]]]), Quantity.MASK)
    site = Site(id="lung", kind="organ", organ="lung", contour=FileContour(file="l.nii"))
    found = with_lungs(Medium(1.05, "uniform", ("taranis",)), [Structure(site, mask, "drawn on this grid", 1.5)])
    assert isinstance(found.density, Image)
    assert found.density.array.ravel() == pytest.approx([1.05, 0.675, 0.3, 1.05, 1.05])
    ct = Medium(found.density, "from CT")
    assert with_lungs(ct, [Structure(site, mask, "drawn on this grid", 1.5)]) is ct


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(BadInput, match="unknown method"):
        engine("magic")
