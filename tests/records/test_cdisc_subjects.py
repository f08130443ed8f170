"""A table of subjects, DM or ADSL: which column speaks, and what is refused."""

from datetime import date

import polars as pl
import pytest

from glisson.errors import BadInput
from glisson.records.cdisc.subjects import read_subjects


def test_the_first_column_that_a_row_fills_speaks() -> None:
    table = pl.DataFrame(
        {
            "USUBJID": ["a", "b"],
            "TRTSDT": ["2025-01-05", None],
            "RFSTDTC": ["2025-01-01", "2025-02-01T08:30"],
            "DTHDTC": [None, "2025-09-01"],
            "LSTALVDT": ["2025-12-01", ""],
        }
    )
    found = read_subjects(table)
    assert found["first_session"].to_list() == [date(2025, 1, 5), date(2025, 2, 1)]
    assert found["death"].to_list() == [None, date(2025, 9, 1)]
    assert found["last_alive"].to_list() == [date(2025, 12, 1), None]
    assert found["randomisation"].to_list() == [None, None]


@pytest.mark.parametrize(
    ("table", "match"),
    [
        ({"SUBJID": ["a"]}, "no column USUBJID"),
        ({"USUBJID": ["a", None]}, "no USUBJID: rows 3"),
        ({"USUBJID": ["a", "a"]}, "stands twice: rows 2, 3"),
        ({"USUBJID": ["a"], "DTHDTC": ["2025-03"]}, "death without its whole day: rows 2"),
        ({"USUBJID": ["a"], "DTHFL": ["Y"]}, "death without its whole day: rows 2"),
    ],
)
def test_what_is_refused(table: dict[str, list[str | None]], match: str) -> None:
    with pytest.raises(BadInput, match=match):
        read_subjects(pl.DataFrame(table))
