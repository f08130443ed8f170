"""``glisson learn ask``, ``rules``, ``answer``, ``pool`` and ``requests``, as four sites and one asker use them."""

import json
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from glisson.records.tables import write_table

ENDINGS = (".csv", ".parquet", ".xpt", ".csv")
Run = Callable[..., Any]


def _table(rows: int = 400) -> pl.DataFrame:
    random = np.random.default_rng(3)
    sex, age = random.integers(0, 2, rows), random.normal(64, 9, rows).round(1)
    end = random.exponential(18 * np.exp(-0.5 * sex - 0.02 * (age - 64)))
    last = random.uniform(3, 48, rows)
    return pl.DataFrame(
        {"ID": np.arange(rows), "OS": np.minimum(end, last).round(2), "DEAD": (end <= last).astype(int), "SEX": sex, "AGE": age}
    )


@pytest.fixture
def sites(tmp_path: Path, run: Run) -> Path:
    """Four sites' tables, of every kind, with the careful rules."""
    table = _table()
    for site, ending in enumerate(ENDINGS):
        write_table(tmp_path / f"site{site}{ending}", table[site::4])
        rules = tmp_path / f"rules{site}.yaml"
        done = run("learn", "rules", "--site", f"S{site}", "--patient", "ID", "--allow", "OS,DEAD,SEX,AGE", "--out", rules)
        assert done.code == 0 and "make it the site's own" in done.err
    return tmp_path


def _ask(run: Run, folder: Path, *options: str) -> Path:
    request = folder / "request.json"
    follows = () if "table" in options else ("--time", "OS", "--event", "DEAD")
    done = run("learn", "ask", "--asker", "lead", *follows, *options, "--out", request)
    assert done.code == 0, done.err
    assert "Next: send" in done.err
    return request


def _answers(run: Run, folder: Path, request: Path) -> list[Path]:
    found = []
    for site, ending in enumerate(ENDINGS):
        out = folder / f"answer{site}.json"
        done = run(
            "learn", "answer", request, folder / f"site{site}{ending}", "--rules", folder / f"rules{site}.yaml",
            "--log", folder / f"log{site}.jsonl", "--out", out,
        )  # fmt: skip
        assert done.code == 0, done.err
        assert "the log stays here" in done.err and "100 rows behind it" in done.err
        found.append(out)
    return found


def test_curves_from_the_question_to_the_figures(run: Run, sites: Path) -> None:
    request = _ask(run, sites, "--kind", "curves", "--group", "SEX", "--at", "6,12,24")
    answers = _answers(run, sites, request)
    done = run("learn", "pool", request, *answers)
    assert done.code == 0
    for words in (
        "S3",
        "400 of 400 rows used",
        "log-rank",
        "What coarse times leave open",
        "times left the sites in intervals",
        "95 %",
    ):
        assert words in done.err, words
    result = json.loads(run("learn", "pool", request, *answers, "--json").out)
    value, log = result["value"], (sites / "log2.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(log[1])["answer"] == result["inputs"]["S2"]  # what was pooled is what the site logged
    assert value["log_rank"]["p"] < 0.01 and not value["exact"]


def test_a_cox_model_round_by_round_against_one_table(run: Run, sites: Path) -> None:
    request = _ask(run, sites, "--kind", "cox", "--covariates", "AGE,SEX")
    for number in range(1, 12):
        answers = _answers(run, sites, request)
        done = run("learn", "pool", request, *answers)
        assert done.code == 0, done.err
        following = sites / f"request-round-{number}.json"
        if not following.exists():
            break
        assert f"send '{following.name}'" in done.err
        request = following
    assert number < 9 and "one for each site" in done.err
    whole = write_table(sites / "whole.csv", _table().with_columns(SITE=pl.Series(np.arange(400) % 4)))
    central = run(
        "learn", "survival", whole, "--time", "OS", "--event", "DEAD", "--covariates", "AGE,SEX", "--strata", "SITE", "--json"
    )
    wanted = [term["together"] for term in json.loads(central.out)["value"]["cox"]["terms"]]
    found = [
        term["together"] for term in json.loads(run("learn", "pool", request, *answers, "--json").out)["value"]["cox"]["terms"]
    ]
    for mine, theirs in zip(found, wanted, strict=True):
        assert mine["coefficient"] == pytest.approx(theirs["coefficient"], rel=1e-8)
        assert mine["standard_error"] == pytest.approx(theirs["standard_error"], rel=1e-8)
    log = (sites / "log0.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["round"] for line in log[1:]] == list(range(number))


def test_a_table_by_group(run: Run, sites: Path) -> None:
    request = _ask(run, sites, "--kind", "table", "--variables", "AGE", "--group", "SEX")
    done = run("learn", "pool", request, *_answers(run, sites, request))
    table = _table()
    for sex in (0, 1):
        age = table.filter(SEX=sex)["AGE"]
        assert f"{sex}: {len(age)} rows" in done.err and f"{age.mean():.1f} ({age.std():.1f})" in done.err


def test_a_preview_writes_nothing_and_logs_nothing(run: Run, sites: Path) -> None:
    request = _ask(run, sites, "--kind", "curves")
    before = sorted(sites.iterdir())
    done = run(
        "learn",
        "answer",
        request,
        sites / "site0.csv",
        "--rules",
        sites / "rules0.yaml",
        "--log",
        sites / "log0.jsonl",
        "--preview",
    )
    assert done.code == 0 and "counts by interval of time" in done.err and "nothing entered" in done.err
    assert sorted(sites.iterdir()) == before


def test_a_refusal_is_on_record_and_nothing_leaves(run: Run, sites: Path) -> None:
    request = _ask(run, sites, "--kind", "curves", "--group", "AGE")
    out, log = sites / "answer0.json", sites / "log0.jsonl"
    done = run("learn", "answer", request, sites / "site0.csv", "--rules", sites / "rules0.yaml", "--log", log, "--out", out)
    assert done.code == 2 and "fewer than 5 rows" in done.err and not out.exists()
    listed = run("learn", "requests", log)
    assert listed.code == 0 and "refused" in listed.err and "OS, DEAD, AGE" in listed.err
    assert stat.S_IMODE(log.stat().st_mode) & 0o077 == 0


def test_a_log_that_was_changed_stops_the_site(run: Run, sites: Path) -> None:
    request = _ask(run, sites, "--kind", "curves")
    _answers(run, sites, request)
    log = sites / "log0.jsonl"
    log.write_text(re.sub('"asker":"lead"', '"asker":"other"', log.read_text(encoding="utf-8")), encoding="utf-8")
    done = run(
        "learn", "answer", request, sites / "site0.csv", "--rules", sites / "rules0.yaml", "--log", log, "--out", sites / "x.json"
    )
    assert done.code == 2 and "broken at line 2" in done.err and not (sites / "x.json").exists()
    assert run("learn", "requests", log).code == 2
    assert not list(sites.glob(".*lock"))


def test_two_answers_at_once_wait_for_each_other(run: Run, sites: Path) -> None:
    request = _ask(run, sites, "--kind", "curves")
    (sites / ".log0.jsonl.lock").touch()
    done = run(
        "learn", "answer", request, sites / "site0.csv", "--rules", sites / "rules0.yaml", "--log", sites / "log0.jsonl",
        "--out", sites / "x.json",
    )  # fmt: skip
    assert done.code == 2 and "in use" in done.err and not (sites / "log0.jsonl").exists()


def test_a_changed_answer_is_refused(run: Run, sites: Path) -> None:
    request = _ask(run, sites, "--kind", "curves")
    answers = _answers(run, sites, request)
    answers[2].write_text(answers[2].read_text(encoding="utf-8").replace('"rows": 100', '"rows": 99'), encoding="utf-8")
    done = run("learn", "pool", request, *answers)
    assert done.code == 2 and "answer2.json" in done.err and "changed" in done.err


def test_rules_of_a_site_are_not_replaced(run: Run, sites: Path) -> None:
    done = run("learn", "rules", "--site", "S0", "--patient", "ID", "--allow", "OS", "--out", sites / "rules0.yaml")
    assert done.code == 2 and "is the site's" in done.err
    done = run("learn", "rules", "--site", "S0", "--patient", "ID", "--allow", "OS,ID", "--out", sites / "new.yaml")
    assert done.code == 2 and not (sites / "new.yaml").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("min_cell: 5\nmin_cell: 1\n", "a key stands twice"),
        ("site: [\n", "not YAML"),
        ("min_cel: 5\n", "min_cel"),
        ("just words", "rules0.yaml"),
    ],
)
def test_rules_that_cannot_be_read_are_refused(run: Run, sites: Path, change: str, words: str) -> None:
    rules = sites / "rules0.yaml"
    rules.write_text(change if words != "min_cel" else rules.read_text(encoding="utf-8") + change, encoding="utf-8")
    request = _ask(run, sites, "--kind", "curves")
    done = run(
        "learn", "answer", request, sites / "site0.csv", "--rules", rules, "--log", sites / "l.jsonl", "--out", sites / "x.json"
    )
    assert done.code == 2 and words in done.err and "bug" not in done.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--kind", "copy", "--time", "OS", "--event", "DEAD"), "kind"),
        (("--kind", "cox", "--time", "OS", "--event", "DEAD"), "cox needs covariates"),
        (("--kind", "curves", "--time", "OS"), "curves needs event"),
        (("--kind", "table", "--variables", "AGE", "--strata", "SEX"), "table has no strata"),
        (("--kind", "curves", "--time", "OS", "--event", "DEAD", "--at", "soon"), "--at"),
    ],
)
def test_analyses_that_cannot_be_asked_are_refused(run: Run, tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    done = run("learn", "ask", "--asker", "lead", *options, "--out", tmp_path / "r.json")
    assert done.code == 2 and words in done.err and not (tmp_path / "r.json").exists()


def test_files_of_the_wrong_kind_are_refused(run: Run, sites: Path) -> None:
    request = _ask(run, sites, "--kind", "curves")
    answer = _answers(run, sites, request)[0]
    for arguments in (
        ("learn", "pool", answer, answer), ("learn", "pool", request, request), ("learn", "pool", sites / "none.json", answer),
        ("learn", "pool", request, sites / "rules0.yaml"), ("learn", "requests", sites / "none.jsonl"),
        ("learn", "answer", answer, sites / "site0.csv", "--rules", sites / "rules0.yaml", "--log", sites / "l", "--out", sites / "x.json"),
        ("learn", "answer", request, sites / "site0.csv", "--rules", sites / "rules0.yaml", "--log", sites / "l"),
        ("learn", "answer", request, sites / "site0.csv", "--rules", sites / "rules0.yaml", "--log", sites / "l", "--out", sites / "x"),
        ("learn", "answer", request, sites / "site0.csv", "--rules", sites / "rules0.yaml", "--log", sites / "no" / "l", "--out",
         sites / "x.json"),
    ):  # fmt: skip
        done = run(*arguments)
        assert done.code == 2 and "bug" not in done.err, (arguments, done.err)
