"""Gamma index: how far one dose map is from another, in dose and in distance at once.

Every voxel of the reference is a point in four dimensions: three of space, in units of the distance criterion, and one of dose,
in units of the dose criterion. Gamma is its distance to the other dose map, taken as continuous: linear inside each of the six
tetrahedra of every cell between voxel centres. The distance to a tetrahedron is found exactly, so nothing hangs on a step
of sampling, which would be too coarse in the steep edges of beta doses.

References:
    Low et al. 1998, doi:10.1118/1.598248 (the index); Ju et al. 2008, doi:10.1118/1.2836952 (distance to simplices).
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.dose.compiled_code import keep_code
from glisson.dose.simplices import Jit, build_distance
from glisson.errors import BadInput, OutOfScope
from glisson.voxels import Image, Quantity, require_quantity, require_same_grid

Float = NDArray[np.float64]

TETRAHEDRA = np.array(
    [
        [[0, 0, 0], one, one + two, [1, 1, 1]]
        for one, two in ((np.eye(3, dtype=int)[a], np.eye(3, dtype=int)[b]) for a, b, _ in permutations(range(3)))
    ]
)
"""(6, 4, 3): corners of the tetrahedra that fill a cell, as steps along (slice, row, column)."""


@dataclass(frozen=True)
class Criteria:
    """What counts as near.

    Attributes:
        dose_fraction: dose criterion, a share of the reference dose at the voxel (local).
        distance_mm: distance criterion.
        threshold_fraction: voxels below this share of the reference's highest dose are not judged.
        largest: the search ends here; larger indices are given as this.
    """

    dose_fraction: float = 0.02
    distance_mm: float = 2.0
    threshold_fraction: float = 0.10
    largest: float = 2.0

    def __post_init__(self) -> None:
        if not (0 < self.dose_fraction < 1 and 0 < self.distance_mm < 100):
            raise BadInput(
                f"gamma criteria {100 * self.dose_fraction:g} %, {self.distance_mm:g} mm",
                allowed="above 0, below 100 % and 100 mm",
            )
        if not 0 < self.threshold_fraction < 1:
            raise BadInput(f"a dose threshold of {self.threshold_fraction:g}", allowed="a fraction between 0 and 1, as 0.1")
        if not 1 <= self.largest <= 10:
            raise BadInput(f"a search up to gamma {self.largest:g}", allowed="1 to 10")

    @property
    def words(self) -> str:
        """As printed beside a passing rate.

        >>> Criteria().words
        'local 2 %/2 mm, from 10 % of the highest dose'
        """
        return (
            f"local {100 * self.dose_fraction:g} %/{self.distance_mm:g} mm, "
            f"from {100 * self.threshold_fraction:g} % of the highest dose"
        )


@dataclass(frozen=True, eq=False)
class Gamma:
    """The index of every voxel that was judged.

    Attributes:
        index: gamma of each, at most ``criteria.largest``; in the order of ``np.nonzero(judged)``.
        judged: which voxels, shape of the grid.
        criteria: by which.
    """

    index: Float
    judged: NDArray[np.bool_]
    criteria: Criteria

    @property
    def pass_fraction(self) -> float:
        """Share of the judged voxels with gamma of 1 or less, 0 to 1."""
        return float(np.count_nonzero(self.index <= 1.0) / self.index.size)

    @property
    def mean(self) -> float:
        """Mean index of the judged voxels, those beyond the search counted as ``criteria.largest``."""
        return float(self.index.mean())

    def pass_fraction_in(self, inside: NDArray[np.bool_]) -> float | None:
        """Share of the judged voxels inside a region that pass; ``None`` where none was judged."""
        chosen = self.index[inside[self.judged]]
        return float(np.count_nonzero(chosen <= 1.0) / chosen.size) if chosen.size else None


def gamma_index(
    reference: Image,
    evaluated: Image,
    criteria: Criteria | None = None,
    *,
    judged: NDArray[np.bool_] | None = None,
    threads: int = 1,
    cache: Path | None = None,
) -> Gamma:
    """Gamma of every voxel of ``reference`` from the threshold up, searched in ``evaluated``.

    The two doses do not change places: noise in the evaluated dose lowers gamma, noise in the reference raises it. Nothing is
    known of ``evaluated`` beyond the outermost voxel centres.

    Args:
        reference: Gy.
        evaluated: Gy, on the same grid.
        criteria: 2 %/2 mm, local, from 10 % of the highest dose if ``None``.
        judged: only these voxels, of those above the threshold.
        threads: that share the work; they change the speed only.
        cache: folder that keeps the compiled search for the next process.

    Raises:
        GridMismatch: two grids.
        BadInput: not two doses, or a reference without dose.
        OutOfScope: a grid whose axes are not at right angles, or no voxel to judge.

    >>> from glisson.voxels import Grid
    >>> grid = Grid.aligned((3, 3, 3), (2.0, 2.0, 2.0))
    >>> flat = Image(grid, np.full((3, 3, 3), 100.0), Quantity.DOSE)
    >>> float(gamma_index(flat, flat.with_array(flat.array * 1.01)).mean.__round__(6))  # 1 % off with 2 % allowed
    0.5
    """
    criteria = criteria or Criteria()
    require_quantity(reference, Quantity.DOSE)
    require_quantity(evaluated, Quantity.DOSE)
    require_same_grid(reference, evaluated)
    if not reference.grid.is_orthogonal:
        raise OutOfScope("a gamma index on a grid whose axes are not at right angles", do="resample both doses onto another grid")
    highest = float(reference.array.max())
    if not highest > 0:
        raise BadInput("the reference dose is 0 Gy everywhere")
    chosen = reference.array >= criteria.threshold_fraction * highest
    if judged is not None:
        chosen &= judged
    if not chosen.any():
        raise OutOfScope("no voxel of the region reaches the dose threshold", do="lower the threshold")
    places = np.argwhere(chosen)
    keep_code(_search(), cache)
    return Gamma(_in_parts(reference, evaluated, places, criteria, threads), chosen, criteria)


def _in_parts(reference: Image, evaluated: Image, places: NDArray[np.int64], criteria: Criteria, threads: int) -> Float:
    size = np.array(reference.grid.spacing_mm) / criteria.distance_mm
    doses = np.ascontiguousarray(evaluated.array, dtype=np.float64)
    for axis, length in enumerate(doses.shape):
        if length == 1:  # a single plane holds on both sides of itself
            doses = np.repeat(doses, 2, axis=axis)
    wanted = reference.array[tuple(places.T)].astype(np.float64)
    cells, near = _cells(size, criteria.largest)
    search = _search()
    given = (doses, size, TETRAHEDRA, criteria.dose_fraction, criteria.largest)

    def part(chunk: NDArray[np.int64]) -> Float:
        out = np.empty(len(chunk))
        search(given, places[chunk], wanted[chunk], (cells, near), out)
        return out

    chunks = np.array_split(np.arange(len(places)), max(1, 4 * threads))
    if threads == 1:
        return np.concatenate([part(chunk) for chunk in chunks])
    with ThreadPoolExecutor(threads) as pool:
        return np.concatenate(list(pool.map(part, chunks)))


def _cells(size: Float, largest: float) -> tuple[NDArray[np.int64], Float]:
    """Lower corners of the cells within reach of a voxel, nearest first, and their squared distances in units of the criterion."""
    reach = np.ceil(largest / size).astype(int)
    corner = np.stack(np.meshgrid(*(np.arange(-n, n) for n in reach), indexing="ij"), axis=-1).reshape(-1, 3)
    away = np.where(corner >= 0, corner, np.maximum(-corner - 1, 0)) * size
    squared = np.sum(away**2, axis=1)
    order = np.argsort(squared, kind="stable")
    order = order[squared[order] < largest**2]
    return corner[order].astype(np.int64), squared[order]


@cache
def _search() -> Any:
    """The search, compiled for the processor at the first call."""
    from numba import njit

    return build_search(njit(nogil=True, error_model="numpy"))


def build_search(jit: Jit) -> Any:
    """The function that searches the nearest point of the evaluated dose for a list of voxels; ``jit`` compiles."""
    closer = build_cell(jit)

    def search(given: Any, places: Any, wanted: Any, reach: Any, out: Any) -> None:
        doses, size, corners, dose_fraction, largest = given
        cells, near = reach
        v = np.empty((4, 4))
        for n in range(len(places)):
            s, r, c = places[n, 0], places[n, 1], places[n, 2]
            unit = 1.0 / (dose_fraction * wanted[n])
            here = (doses[s, r, c] - wanted[n]) * unit
            best = min(here * here, largest * largest)
            for m in range(len(cells)):
                if near[m] >= best:
                    break
                i, j, k = s + cells[m, 0], r + cells[m, 1], c + cells[m, 2]
                if min(i, j, k) >= 0 and i + 1 < doses.shape[0] and j + 1 < doses.shape[1] and k + 1 < doses.shape[2]:
                    best = closer(v, (doses, size, corners), (i, j, k), (s, r, c), (wanted[n], unit, near[m], best))
            out[n] = np.sqrt(best)

    return jit(search)


def build_cell(jit: Jit) -> Any:
    """The function that looks for a nearer point inside one cell, by its lowest corner."""
    distance2 = build_distance(jit)

    def closer(v: Any, given: Any, cell: Any, voxel: Any, state: Any) -> float:
        doses, size, corners = given
        wanted, unit, near, best = state
        i, j, k = cell
        low, high = 1e300, -1e300
        for a in range(8):
            value = (doses[i + (a >> 2), j + ((a >> 1) & 1), k + (a & 1)] - wanted) * unit
            low, high = min(low, value), max(high, value)
        gap = max(low, -high, 0.0)
        if near + gap * gap >= best:
            return float(best)
        for t in range(len(corners)):
            for a in range(4):
                p, q, r = i + corners[t, a, 0], j + corners[t, a, 1], k + corners[t, a, 2]
                v[a, 0] = (p - voxel[0]) * size[0]
                v[a, 1] = (q - voxel[1]) * size[1]
                v[a, 2] = (r - voxel[2]) * size[2]
                v[a, 3] = (doses[p, q, r] - wanted) * unit
            best = min(best, distance2(v))
        return float(best)

    return jit(closer)
