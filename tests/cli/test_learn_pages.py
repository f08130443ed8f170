"""Pages of ``learn meta``, ``survival`` and ``combination``: figures with the numbers behind them, against the numbers printed."""

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from glisson.actions import write_learn_page
from glisson.case import Result
from glisson.errors import BadInput

R = Path(__file__).parents[1] / "reference" / "r"
SMALL = R / "survival_small.csv"
MADE_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RR = ["--measure", "rr", "--column", "events=tpos", "--column", "control_events=cpos", "--label", "trial"]


@pytest.fixture
def bcg(tmp_path: Path) -> Path:
    table = pl.read_csv(R / "literature_bcg.csv").with_columns(
        of=pl.col("tpos") + pl.col("tneg"), control_of=pl.col("cpos") + pl.col("cneg")
    )
    table.write_csv(tmp_path / "bcg.csv")
    return tmp_path / "bcg.csv"


@pytest.fixture
def shares(tmp_path: Path) -> Path:
    rows = {
        "study": list("abcde"),
        "count": [3, 20, 11, 9, 41],
        "of": [20, 60, 25, 44, 90],
        "year": [2010, 2008, 2012, 2009, 2011],
    }
    pl.DataFrame(rows).write_csv(tmp_path / "shares.csv")
    return tmp_path / "shares.csv"


def numbers(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(folder / "figures" / f"{name}.csv")


def test_figures_of_a_meta_analysis_against_metafor(run: Callable[..., Any], bcg: Path, tmp_path: Path) -> None:
    out = tmp_path / "page"
    done = run("learn", "meta", bcg, *RR, "--order", "year", "--out", out, "--json")
    assert done.code == 0 and done.err == ""
    value = json.loads(done.out)["value"]
    made = {path.name for path in (out / "figures").iterdir()}
    assert made == {
        f"{name}.{end}" for name in ("forest", "funnel", "cumulative", "leave-one-out") for end in ("svg", "png", "pdf", "csv")
    }
    frozen = pl.read_csv(R / "literature_meta_r.csv").filter(analysis="bcg.RR.leave1out", item="estimate")
    wanted = [math.exp(float(number)) for number in frozen["value"]]
    assert len(wanted) == 13 and numbers(out, "leave-one-out")["estimate"].to_list() == pytest.approx(wanted, rel=1e-5)
    assert numbers(out, "cumulative")["estimate"].to_list()[-1] == pytest.approx(value["mean"]["estimate"])
    funnel = numbers(out, "funnel")
    assert (funnel["filled"] == "yes").sum() == value["trim_and_fill"]["missing"] == 1
    page = (out / "meta.html").read_text(encoding="utf-8")
    for words in ("0.49", "0.13 to 1.78", "tau² 0.313", "I² 92 %", "P &lt; 0.001"):
        assert words in page, words


def test_means_without_a_study_against_pooling_the_others(run: Callable[..., Any], shares: Path, tmp_path: Path) -> None:
    asked = ("--measure", "proportion", "--transform", "double arcsine", "--json")
    whole = json.loads(run("learn", "meta", shares, *asked, "--order", "year").out)["value"]
    table = pl.read_csv(shares)
    for place, row in enumerate(whole["leave_one_out"]):
        fewer = tmp_path / "fewer.csv"
        table.filter(pl.col("study") != row["left_out"]).write_csv(fewer)
        other = json.loads(run("learn", "meta", fewer, *asked).out)["value"]["mean"]
        assert [row[name] for name in ("shown", "shown_low", "shown_high")] == pytest.approx(
            [other[name] for name in ("estimate", "low", "high")]
        ), place
    first_three = tmp_path / "three.csv"
    table.sort("year").head(3).write_csv(first_three)
    mean = json.loads(run("learn", "meta", first_three, *asked).out)["value"]["mean"]
    assert whole["cumulative"][2]["shown"] == pytest.approx(mean["estimate"])


def test_shares_medians_and_regressions_have_pages_too(run: Callable[..., Any], shares: Path, bcg: Path, tmp_path: Path) -> None:
    assert run("learn", "meta", shares, "--measure", "proportion", "--out", tmp_path / "a").code == 0
    assert "Logit mixed model" in (tmp_path / "a" / "meta.html").read_text(encoding="utf-8")
    medians = tmp_path / "medians.csv"
    pl.DataFrame({"study": ["a", "b"], "median": [12.0, 17.0], "low": [9.0, 13.0], "high": [16.0, 22.5]}).write_csv(medians)
    assert run("learn", "meta", medians, "--measure", "median", "--out", tmp_path / "b").code == 0
    assert not (tmp_path / "b" / "figures" / "leave-one-out.svg").exists()
    assert run("learn", "meta", bcg, *RR, "--moderators", "ablat", "--out", tmp_path / "c").code == 0
    page = (tmp_path / "c" / "meta.html").read_text(encoding="utf-8")
    assert "Meta-regression" in page and "ablat" in page and not list((tmp_path / "c").glob("figures/*"))


def test_published_hazard_ratios_are_drawn_with_their_sources(run: Callable[..., Any], tmp_path: Path) -> None:
    done = run("learn", "meta", "--arms", "hendlisz-arm-os", "--method", "fixed", "--out", tmp_path / "page")
    assert done.code == 0, done.err
    page = (tmp_path / "page" / "meta.html").read_text(encoding="utf-8")
    assert "Hendlisz" in page and "Sources" in page


def test_curves_of_a_table_against_what_is_printed(run: Callable[..., Any], tmp_path: Path) -> None:
    asked = (
        "learn",
        "survival",
        SMALL,
        "--time",
        "time",
        "--event",
        "cause",
        "--group",
        "group",
        "--covariates",
        "x1,x2",
        "--at",
        "6,12",
    )
    done = run(*asked, "--out", tmp_path / "page", "--unit", "months", "--since", "diagnosis", "--json")
    assert done.code == 0, done.err
    value = json.loads(done.out)["value"]
    curve = numbers(tmp_path / "page", "survival").filter(pl.col("part") == "curve")
    for row in value["overall"]["at_times"]:
        shown = curve.filter(pl.col("time") <= row["time"])["fraction"].to_list()[-1]
        assert shown == pytest.approx(row["survival"])
    parts = numbers(tmp_path / "page", "incidence-groups").filter(pl.col("part") == "curve")
    for group in value["groups"]:
        steps = parts.filter((pl.col("group") == group["group"]) & (pl.col("time") <= 12))["fraction"].to_list()
        assert steps[-1] == pytest.approx(group["incidence"][0]["at_times"][1]["incidence"])
    page = (tmp_path / "page" / "survival.html").read_text(encoding="utf-8")
    for words in ("Gray", "Cox model", "Fine-Gray model", "Medians", "log-log"):
        assert words in page, words
    assert "curves" not in json.loads(run(*asked, "--json").out)["value"]


def test_a_table_without_events_and_one_without_usable_rows_still_have_a_page(run: Callable[..., Any], tmp_path: Path) -> None:
    pl.DataFrame({"t": [1.0, 2.0, 3.0], "e": [0, 0, 0]}).write_csv(tmp_path / "none.csv")
    pl.DataFrame({"t": [-1.0, -2.0], "e": [1, 0]}).write_csv(tmp_path / "bad.csv")
    for name in ("none", "bad"):
        done = run("learn", "survival", tmp_path / f"{name}.csv", "--time", "t", "--event", "e", "--out", tmp_path / name)
        assert done.code == 0 and (tmp_path / name / "survival.pdf").is_file(), done.err


def test_the_band_of_a_combination_holds_every_expectation(run: Callable[..., Any], tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    alone = [rng.exponential(scale, 60) for scale in (8.0, 9.0)]
    times = np.concatenate([*alone, 2 * np.maximum(*alone)])
    table = {"time": np.minimum(times, 20), "event": (times < 20).astype(int), "group": ["a"] * 60 + ["b"] * 60 + ["ab"] * 60}
    pl.DataFrame(table).write_csv(tmp_path / "trial.csv")
    names = ["--first", "a", "--second", "b", "--both", "ab", "--draws", "100"]
    done = run("learn", "combination", tmp_path / "trial.csv", *names, "--out", tmp_path / "page", "--json")
    value = json.loads(done.out)["value"]
    rows = numbers(tmp_path / "page", "combination")
    expected = [name for name in rows.columns if name.startswith("expected_") and name[9:] not in ("low", "high")]
    assert len(expected) == len(value["expected"]) == 5
    assert rows["combination"].to_list() == pytest.approx(value["curves"]["combination"])
    for name in expected:
        assert (rows["expected_low"] <= rows[name]).all() and (rows[name] <= rows["expected_high"]).all()
    page = (tmp_path / "page" / "combination.html").read_text(encoding="utf-8")
    assert value["answer"] in page and "independent action" in page and "Gaussian copula" in page


def test_the_same_result_gives_the_same_bytes(run: Callable[..., Any], bcg: Path, tmp_path: Path) -> None:
    result = Result.model_validate(json.loads(run("learn", "meta", bcg, *RR, "--json").out))
    one, two = (write_learn_page(result, tmp_path / name, made_at=MADE_AT) for name in ("a", "b"))
    assert [file.read_bytes() for file in one] == [file.read_bytes() for file in two]


def test_what_has_no_page_is_refused(run: Callable[..., Any], tmp_path: Path) -> None:
    figures = Result.model_validate(json.loads(run("learn", "arms", "--line", "1", "--json").out))
    with pytest.raises(BadInput, match="no page"):
        write_learn_page(figures, tmp_path / "page", made_at=MADE_AT)
    bare = Result.model_validate(json.loads(run("learn", "survival", SMALL, "--time", "time", "--event", "cause", "--json").out))
    with pytest.raises(BadInput, match="without its curves"):
        write_learn_page(bare, tmp_path / "page", made_at=MADE_AT)
    done = run("learn", "survival", SMALL, "--time", "time", "--event", "cause", "--out", SMALL)
    assert done.code == 2 and "is a file" in done.err
