"""Where a voxel method is known to fail, and by how much it was found to."""

from functools import cache

from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited, Strict


class KnownError(Strict):
    """Mean relative error of a method against Monte Carlo in one tissue."""

    id: str
    method: str
    tissue: str
    relative_error: Cited


@cache
def known_errors() -> dict[str, KnownError]:
    """Every known error by id.

    >>> known_errors()["kernel-lung"].relative_error.value
    0.2
    """
    return {entry.id: entry for entry in read_entries("kernels/known_errors.yaml", KnownError)}
