"""A small liver with two territories and three lesions, made on a grid where every number can be checked by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from glisson.case import Case, ImageReference, Planning, Site, Structure, Treatment
from glisson.case.site import FileContour
from glisson.voxels import Grid, Image, Quantity

SHAPE = (12, 12, 12)
GRID = Grid.aligned(SHAPE, (10.0, 10.0, 10.0))  # voxels of 1 mL


def site(name: str, kind: str, **more: Any) -> Site:
    return Site(id=name, kind=kind, contour=FileContour(file=f"{name}.nii.gz"), **more)


def block(*ranges: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=np.float32)
    mask[tuple(slice(*r) for r in ranges)] = 1.0
    return mask


def structure(name: str, kind: str, mask: np.ndarray, **more: Any) -> Structure:
    image = Image(GRID, mask.astype(np.float32), Quantity.MASK)
    return Structure(site(name, kind, **more), image, "drawn on this grid", image.volume_mL)


@dataclass
class Patient:
    """Masks and counts that a test may change before it makes the case."""

    counts: np.ndarray
    structures: list[Structure]
    observations: tuple[Any, ...] = ()
    disease: str = "unknown"
    treatments: list[Treatment] = field(default_factory=list)
    images: tuple[ImageReference, ...] = ()

    @property
    def mapping(self) -> Image:
        return Image(GRID, self.counts, Quantity.COUNTS, "Tc-99m")

    def case(self, planning: Planning | None, **more: Any) -> Case:
        planned = Treatment(id="sirt", kind="radioembolization", planning=planning, **more)
        return Case(
            id="patient",
            disease=self.disease,
            sites=tuple(s.site for s in self.structures),
            treatments=(planned, *self.treatments),
            observations=self.observations,
            images=self.images,
        )


@pytest.fixture
def make_structure() -> Callable[..., Structure]:
    return structure


@pytest.fixture
def make_block() -> Callable[..., np.ndarray]:
    return block


@pytest.fixture
def patient() -> Patient:
    """Liver 512 mL; right territory 256 mL with a lesion of 8 mL at four times its counts; left territory 256 mL with 8 mL."""
    liver = block((2, 10), (2, 10), (2, 10))
    right, left = block((2, 10), (2, 10), (2, 6)), block((2, 10), (2, 10), (6, 10))
    one, two = block((4, 6), (4, 6), (3, 5)), block((4, 6), (4, 6), (7, 9))
    counts = 10.0 * right + 30.0 * one
    return Patient(
        counts,
        [
            structure("liver", "organ", liver, organ="liver"),
            structure("right", "territory", right, parent="liver"),
            structure("left", "territory", left, parent="liver"),
            structure("one", "lesion", one, parent="liver"),
            structure("two", "lesion", two, parent="liver"),
        ],
    )
