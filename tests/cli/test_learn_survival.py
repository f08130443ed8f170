"""``glisson learn survival`` on tables of every kind."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from glisson.records.tables import write_table

SMALL = Path(__file__).parents[1] / "reference" / "r" / "survival_small.csv"


def test_what_is_printed_for_people(run: Callable[..., Any]) -> None:
    done = run("learn", "survival", SMALL, "--time", "time", "--event", "cause", "--group", "group", "--covariates", "x1,x2")
    assert done.code == 0
    for words in ("log-log", "8.0", "6.0 to 12.0", "at risk", "log-rank", "Gray, cause 1", "Cox", "Fine-Gray", "concordance"):
        assert words in done.err, words


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".xpt"])
def test_every_kind_of_table_gives_the_same_numbers(run: Callable[..., Any], tmp_path: Path, ending: str) -> None:
    table = pl.read_csv(SMALL).with_columns(event=(pl.col("cause") > 0).cast(int)).rename(str.upper)
    file = write_table(tmp_path / f"small{ending}", table)
    done = run(
        "learn", "survival", file, "--time", "TIME", "--event", "EVENT", "--entry", "ENTRY", "--covariates", "X1,X2", "--json"
    )
    assert done.code == 0 and done.err == ""
    value = json.loads(done.out)["value"]
    assert value["used"] == 90 and value["events"] == {"1": 69}
    with (SMALL.parent / "survival_small_r.csv").open(encoding="utf-8") as lines:
        wanted = next(float(line.split(",")[3]) for line in lines if line.startswith("cox.efron.entry,coef,1"))
    assert value["cox"]["terms"][0]["together"]["coefficient"] == pytest.approx(wanted, rel=1e-6)


@pytest.mark.real_data
def test_a_sas_data_set_against_its_published_numbers(run: Callable[..., Any], real_data: Path) -> None:
    file = real_data / "survival" / "whas500.sas7bdat"
    done = run("learn", "survival", file, "--time", "LENFOL", "--event", "FSTAT", "--group", "GENDER", "--json")
    value = json.loads(done.out)["value"]
    assert value["used"] == 500 and value["overall"]["events"] == 215
    assert value["overall"]["median"]["time"] == pytest.approx(1627.0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--time", "days", "--event", "cause"], "no column days"),
        (["--time", "time", "--event", "group"], "--happened"),
        (["--time", "time", "--event", "cause", "--at", "six"], "--at"),
        (["--time", "time", "--event", "cause", "--at", "-6"], "before the origin"),
        (["--time", "time", "--event", "cause", "--interval", "wald"], "log-log, log, plain"),
        (["--time", "time", "--event", "cause", "--ties", "exact"], "efron, breslow"),
    ],
)
def test_requests_that_cannot_be_are_refused_in_words(run: Callable[..., Any], arguments: list[str], words: str) -> None:
    done = run("learn", "survival", SMALL, *arguments)
    assert done.code == 2 and words in done.err and "bug" not in done.err


def test_findings_are_said(run: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("t,e,x\n1,1,1\n2,1,1\n3,0,0\n4,0,0\n-1,0,0\n", encoding="utf-8")
    done = run("learn", "survival", file, "--time", "t", "--event", "e", "--covariates", "x")
    assert done.code == 0 and "separates" in done.err and "cannot say" in done.err and "row 6" in done.err
