"""``glisson learn meta``, ``arms``, ``guyot`` and ``combination``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from glisson.actions import beside_published
from glisson.learn.literature.figure import figure

R = Path(__file__).parents[1] / "reference" / "r"


@pytest.fixture
def bcg(tmp_path: Path) -> Path:
    table = pl.read_csv(R / "literature_bcg.csv").with_columns(
        of=pl.col("tpos") + pl.col("tneg"), control_of=pl.col("cpos") + pl.col("cneg")
    )
    table.write_csv(tmp_path / "bcg.csv")
    return tmp_path / "bcg.csv"


NAMES = ["--column", "events=tpos", "--column", "control_events=cpos", "--label", "trial"]


def test_bcg_against_the_printed_digits(run: Callable[..., Any], bcg: Path) -> None:
    done = run("learn", "meta", bcg, "--measure", "rr", *NAMES, "--order", "year", "--json")
    value = json.loads(done.out)["value"]
    term = value["terms"][0]
    assert [f"{number:.4f}" for number in (term["estimate"], term["standard_error"], value["heterogeneity"]["tau2"])] == [
        "-0.7145", "0.1798", "0.3132",
    ]  # fmt: skip
    assert value["mean"]["estimate"] == pytest.approx(np.exp(term["estimate"]))
    assert len(value["forest"]) == 14
    assert len(value["cumulative"]) == len(value["leave_one_out"]) == 13
    assert done.out == run("learn", "meta", bcg, "--measure", "rr", *NAMES, "--order", "year", "--json").out


def test_what_is_printed_of_a_meta_analysis(run: Callable[..., Any], bcg: Path) -> None:
    done = run("learn", "meta", bcg, "--measure", "rr", "--test", "hk", *NAMES)
    for words in (
        "13 studies",
        "0.489",
        "weight, %",
        "tau² 0.3132",
        "I² 92.2 %",
        "prediction interval",
        "Egger",
        "trim and fill",
        "Hartung-Knapp",
    ):
        assert words in done.err, words
    done = run("learn", "meta", bcg, "--measure", "rr", *NAMES, "--moderators", "ablat")
    assert "-0.0291" in done.err and "Meta-regression" in done.err


def test_shares_come_with_the_mixed_model(run: Callable[..., Any]) -> None:
    arguments = ["--measure", "proportion", "--column", "count=xi", "--column", "of=ni"]
    done = run("learn", "meta", R / "literature_pritz.csv", *arguments)
    assert "logit mixed model: 79.8 %" in done.err
    done = run("learn", "meta", R / "literature_pritz.csv", *arguments, "--transform", "double arcsine")
    assert "0.803" in done.err and "mislead" in done.err


def test_every_measure(run: Callable[..., Any], tmp_path: Path) -> None:
    ratios = tmp_path / "ratios.csv"
    ratios.write_text("study,ratio,low,high,median\na,0.69,0.54,0.88,9\nb,0.59,0.46,0.77,10\n")
    for measure in ("hr", "ratio"):
        done = run("learn", "meta", ratios, "--measure", measure, "--method", "fixed", "--json")
        assert json.loads(done.out)["value"]["mean"]["estimate"] == pytest.approx(0.64072, abs=0.00001)
    medians = tmp_path / "medians.csv"
    medians.write_text("study,median,low,high\na,10,8,12.5\nb,12,9,16\nc,9,7,11\n")
    assert "log median time" in run("learn", "meta", medians, "--measure", "median").err
    peto = ["--column", "observed_minus_expected=OmE", "--column", "variance=V", "--label", "id"]
    assert "65 studies" in run("learn", "meta", R / "literature_pignon.csv", "--measure", "peto", *peto).err
    generic = ["--column", "estimate=yi", "--column", "variance=vi"]
    assert "37 studies" in run("learn", "meta", R / "literature_hackshaw.csv", "--measure", "generic", *generic).err


def test_published_ratios_are_pooled_only_where_they_may_be(run: Callable[..., Any]) -> None:
    done = run("learn", "meta", "--arms", "epoch-arm-hepatic-pfs,sirflox-arm-liver-pfs-competing-risk")
    assert done.code == 2 and "two types" in done.err
    done = run("learn", "meta", "--arms", "resin-arm-os,nhs-arm-os")
    assert done.code == 2 and "no hazard ratio" in done.err
    done = run("learn", "meta", "--arms", "hendlisz-arm-os", "--method", "fixed", "--json")
    result = json.loads(done.out)
    assert result["sources"] == ["hendlisz-2010"]
    assert any("crossed over" in finding["text"] for finding in result["findings"])


def test_arms_are_listed_with_definitions_and_compared(run: Callable[..., Any]) -> None:
    done = run("learn", "arms", "--endpoint", "liver progression")
    for words in ("SIRFLOX", "death competing", "death an event", "0.59", "not ranked"):
        assert words in done.err, words
    done = run("learn", "arms", "--compare", "cirt-arm-os,cirt-arm-os-5")
    assert "side by side: no" in done.err and "same patients twice" in done.err
    done = run("learn", "arms", "--json")
    assert len(json.loads(done.out)["value"]["figures"]) == 135
    assert run("learn", "arms", "--compare", "cirt-arm-os").code == 2


def test_our_figure_beside_published_ones() -> None:
    result = beside_published(figure("resin-arm-os-4"))
    assert result.value["rows"][0]["comparable"] == "ours"
    assert "never ranked" in result.findings[0].text


@pytest.fixture
def curve(tmp_path: Path) -> tuple[Path, Path]:
    time = np.linspace(0.1, 24, 240)
    pl.DataFrame({"time": time, "survival": 100 * np.exp(-time / 15)}).write_csv(tmp_path / "points.csv")
    pl.DataFrame({"time": [0, 6, 12, 18], "at_risk": [200, 130, 80, 45]}).write_csv(tmp_path / "risk.csv")
    return tmp_path / "points.csv", tmp_path / "risk.csv"


def test_guyot_shows_its_error_and_writes_rows(run: Callable[..., Any], curve: tuple[Path, Path], tmp_path: Path) -> None:
    points, risk = curve
    done = run("learn", "guyot", points, "--risk", risk, "--percent", "--out", tmp_path / "rows.csv")
    assert done.code == 0
    for words in ("200 patients", "log-log", "distance from the points", "reconstructed", "no patient's data", "rows.csv"):
        assert words in done.err, words
    rows = pl.read_csv(tmp_path / "rows.csv")
    assert rows.height == 200
    done = run("learn", "guyot", points, "--risk", risk, "--percent", "--json")
    value = json.loads(done.out)["value"]
    assert value["median"]["time"] == pytest.approx(15 * np.log(2), rel=0.02)
    assert value["events"] == rows["event"].sum()
    assert run("learn", "guyot", points, "--risk", risk).code == 2  # percent taken for fractions
    assert run("learn", "guyot", points, "--risk", risk, "--percent", "--out", tmp_path / "rows.txt").code == 2


def test_combination_prints_answer_and_assumptions(run: Callable[..., Any], tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    alone = [rng.exponential(scale, 150) for scale in (8.0, 9.0)]
    both = 2 * np.maximum(rng.exponential(8.0, 150), rng.exponential(9.0, 150))
    times = np.concatenate([*alone, both])
    table = {"time": np.minimum(times, 20), "event": (times < 20).astype(int), "group": ["a"] * 150 + ["b"] * 150 + ["ab"] * 150}
    pl.DataFrame(table).write_csv(tmp_path / "trial.csv")
    names = ["--first", "a", "--second", "b", "--both", "ab", "--draws", "200"]
    done = run("learn", "combination", tmp_path / "trial.csv", *names)
    assert "beyond" in done.err and "assumed:" in done.err and "against the better treatment alone" in done.err
    done = run("learn", "combination", tmp_path / "trial.csv", *names, "--correlations", "0,0.5", "--json")
    result = json.loads(done.out)
    assert result["seed"] == 1 and len(result["value"]["expected"]) == 2
    for wrong in (["--horizon", "90"], ["--correlations", "x"], ["--group", "arm"]):
        assert run("learn", "combination", tmp_path / "trial.csv", *names, *wrong).code == 2
    assert run("learn", "combination", tmp_path / "trial.csv", "--first", "c", *names[2:]).code == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "what to pool is not clear"),
        (["--measure", "nnt"], "measure 'nnt'"),
        (["--test", "t"], "test 't'"),
        (["--column", "events"], "without '='"),
        (["--measure", "rr"], "no column 'events'"),
        (["--measure", "rr", *NAMES, "--moderators", "weather"], "no column 'weather'"),
        (["--measure", "rr", *NAMES, "--method", "SJ"], "method 'SJ'"),
    ],
)
def test_what_cannot_be_asked(run: Callable[..., Any], bcg: Path, arguments: list[str], words: str) -> None:
    done = run("learn", "meta", *([bcg] if arguments else []), *arguments)
    assert done.code == 2
    assert words in done.err


def test_a_cell_that_is_no_number_is_named_by_row_only(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("study,ratio,low,high\nx,0.5,0.4,0.6\ny,secret,0.4,0.6\n")
    done = run("learn", "meta", tmp_path / "t.csv")
    assert done.code == 2 and "row 3" in done.err and "secret" not in done.err


def test_two_studies_say_what_is_missing(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("study,ratio,low,high\nx,0.5,0.4,0.6\ny,0.55,0.4,0.75\n")
    done = run("learn", "meta", tmp_path / "t.csv", "--json")
    result = json.loads(done.out)
    assert result["value"]["prediction"] is None and result["value"]["egger"] is None
    assert any(finding["code"] == "too-few" for finding in result["findings"])


def test_requests_that_ask_for_nothing_are_refused(run, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("study,ratio,low,high\nA,0.7,0.5,0.9\nB,0.8,0.6,1.1\n")
    for asked, words in (
        (("meta", "--arms", ","), "no published figure is named"),
        (("meta", table, "--column", "foo=bar"), "no 'foo' in hazard ratio"),
    ):
        done = run("learn", *asked)
        assert done.code == 2 and words in done.err


def test_curves_in_percent_and_risk_tables_beyond_measure_are_refused(run, tmp_path):
    points, risk = tmp_path / "points.csv", tmp_path / "risk.csv"
    points.write_text("time,survival\n0,1\n5,0.8\n10,0.5\n")
    for rows, more, words in (
        ("0,100\n", ("--percent",), "leave --percent away"),
        ("0,1000000000000\n", (), "1e+12 patients at risk"),
    ):
        risk.write_text("time,at_risk\n" + rows)
        done = run("learn", "guyot", points, "--risk", risk, *more)
        assert done.code == 2 and words in done.err


@pytest.mark.parametrize(("more", "words"), [(("--both", "a"), "named twice"), (("--both", "c", "--seed", "-1"), "seed -1")])
def test_a_combination_of_one_group_or_a_negative_seed_is_refused(run, tmp_path, more, words):
    table = tmp_path / "t.csv"
    table.write_text("time,event,group\n1,1,a\n2,1,b\n3,1,c\n")
    done = run("learn", "combination", table, "--first", "a", "--second", "b", *more)
    assert done.code == 2 and words in done.err
