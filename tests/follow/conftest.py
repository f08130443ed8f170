"""Tables of measurements written as they are spoken: each lesion with its sizes from the baseline on."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from glisson.follow.measurements import STATES

Cell = float | str | None
Table = Callable[..., pl.DataFrame]
WEEKS = 8


def _cells(cell: float | str, column: str) -> dict[str, Any]:
    if isinstance(cell, str):
        assert cell in STATES
        return {"state": cell}
    return {"state": "measured" if cell else "absent", column: float(cell) if cell or column != "diameter_mm" else None}


def write_table(
    lesions: Mapping[str, Sequence[Cell]],
    *,
    roles: Mapping[str, str] = {},
    nodes: Sequence[str] = (),
    patient: str = "p",
    reader: str = "r",
    organ: str | Mapping[str, str] = "liver",
    column: str = "diameter_mm",
    every_days: int = 7 * WEEKS,
    **more: Mapping[str, Any],
) -> pl.DataFrame:
    """Rows of lesions; a number is a size, a word a state, None no row. Names that start with N are non-targets, with X new."""
    rows = []
    for lesion, cells in lesions.items():
        for visit, cell in enumerate(cells):
            if cell is None:
                continue
            guess = {"N": "non-target", "X": "new"}.get(lesion[0], "target")
            rows.append(
                {
                    "patient": patient, "reader": reader, "visit": f"v{visit}", "visit_number": float(visit),
                    "date": date(2026, 1, 5) + timedelta(days=visit * every_days), "baseline": visit == 0, "lesion": lesion,
                    "role": roles.get(lesion, guess), "organ": organ if isinstance(organ, str) else organ.get(lesion, "liver"),
                    "node": lesion in nodes, **_cells(cell, column), **{name: of.get(lesion) for name, of in more.items()},
                }
            )  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(row=pl.int_range(1, pl.len() + 1))


@pytest.fixture
def table() -> Table:
    return write_table
