"""Calls of three readers after chemoembolization of hepatocellular carcinoma (TCIA HCC-TACE-Seg), reproduced from their diameters."""

from pathlib import Path

import polars as pl
import pytest

from glisson.follow.easl import easl
from glisson.follow.mrecist import mrecist
from glisson.follow.recist import recist11


@pytest.fixture(scope="module")
def calls(real_data: Path) -> pl.DataFrame:
    return pl.read_csv(real_data / "tace_readers" / "reader_calls.csv", schema_overrides={"reader": pl.String})


def two_visits(calls: pl.DataFrame, criterion: str, **columns: pl.Expr) -> pl.DataFrame:
    """Baseline and one follow-up of each patient and reader."""
    chosen = calls.filter(pl.col("criterion") == criterion)
    visits = [
        chosen.select("patient", "reader", size=size, visit_number=pl.lit(float(number)), baseline=pl.lit(number == 0))
        for number, size in enumerate(("bl_mm", "fu_mm"))
    ]
    return pl.concat(visits).with_columns(
        lesion=pl.lit("T1"), role=pl.lit("target"), organ=pl.lit("liver"), state=pl.lit("measured"), **columns
    )  # fmt: skip


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("criterion", "column", "call"), [("RECIST", "diameter_mm", recist11), ("mRECIST", "viable_mm", mrecist)]
)
def test_calls_against_three_readers(calls, criterion, column, call) -> None:
    found = call(two_visits(calls, criterion, **{column: pl.col("size")}))
    both = calls.filter(pl.col("criterion") == criterion).join(found, on=["patient", "reader"])
    assert both.height == found.height > 100
    assert both.filter(pl.col("response") != pl.col("overall")).select("patient", "reader").rows() == []


@pytest.mark.real_data
def test_enhancing_areas_against_shares_by_hand(calls) -> None:
    areas = two_visits(calls, "EASL_area", viable_mm=pl.col("size"), viable_perpendicular_mm=pl.lit(1.0))
    found = easl(areas).join(calls.filter(pl.col("criterion") == "EASL_area"), on=["patient", "reader"])
    share = found["fu_mm"] / found["bl_mm"]
    expected = ["CR" if s == 0 else "PR" if s <= 0.5 else "PD" if s >= 1.25 else "SD" for s in share]
    assert found["overall"].to_list() == expected
    assert set(expected) == {"CR", "PR", "SD", "PD"}
