"""Cells of a CSV that a spreadsheet would run."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.spreadsheet import FORMULA, harmless, harmless_table


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", " =1", "\t=1", "\r=1", "\n@x", "-", "＝1", "-1e", "+1 2"])
def test_formulas_get_an_apostrophe(text: str) -> None:
    assert harmless(text) == "'" + text
    assert FORMULA.match(harmless(text)) is None


@pytest.mark.parametrize("value", ["-1", "+2.5", "-.5e-3", " -4 ", "PR", "", "a=b", "2026-01-02", -3, 2.5, None, True])
def test_numbers_and_plain_text_stay(value: object) -> None:
    assert harmless(value) is value


@given(st.lists(st.text(alphabet="=+-@ 1.e\tax'", max_size=6)))
def test_a_table_is_made_harmless_as_its_cells_are(cells: list[str]) -> None:
    table = pl.DataFrame({"a": cells, "n": range(len(cells))}, schema={"a": pl.String, "n": pl.Int64})
    assert harmless_table(table)["a"].to_list() == [harmless(cell) for cell in cells]


def test_a_table_without_text_stays_as_it_is() -> None:
    table = pl.DataFrame({"n": [-1, 2]})
    assert harmless_table(table) is table
