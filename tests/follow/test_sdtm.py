"""Responses with the names of CDISC: one row per test that applies, the rule beside the overall response."""

from datetime import date

import polars as pl

from glisson.follow.measurements import RESPONSES
from glisson.follow.sdtm import rs_like


def test_rows_of_a_visit() -> None:
    row = {
        "patient": "a", "reader": "r", "criterion": "RECIST 1.1", "visit": "week 8", "visit_number": 2.0, "date": date(2026, 1, 2),
        "target": None, "non_target": "non-CR/non-PD", "new_lesion": False, "overall": "non-CR/non-PD", "rule": "x.y", "words": "why.",
    }  # fmt: skip
    table = pl.DataFrame([{name: row.get(name) for name in RESPONSES}], schema=RESPONSES)
    found = rs_like(table)
    assert found.select("RSTESTCD", "RSSTRESC", "RSRULE", "RSREASON").rows() == [
        ("NTRGRESP", "NON-CR/NON-PD", None, None), ("NEWLIND", "N", None, None), ("OVRLRESP", "NON-CR/NON-PD", "x.y", "why."),
    ]  # fmt: skip
    assert found["RSDTC"].unique().to_list() == ["2026-01-02"]
    assert all(len(name) <= 8 for name in found.columns)
