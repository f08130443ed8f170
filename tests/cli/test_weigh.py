"""``glisson weigh`` and ``decide`` from a folder to the kept page."""

import hashlib
import html
import json
import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "weigh"))

from bank import build

from glisson.actions import decide_case, weigh_case
from glisson.case import Case, Result
from glisson.cli import main as program
from glisson.errors import BadInput, MissingFact
from glisson.records import new_case, read_case, store_result

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "board"
    home.mkdir()
    new_case(home, build({"case": "board-01", "base": "pretreated"}))
    return home


def run(*arguments: object, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["glisson", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        program.main()
    return int(stop.value.code or 0)


def test_weigh_writes_the_result_and_the_page(folder: Path) -> None:
    done = weigh_case(folder, now=NOW)
    assert [file.name for file in done.files] == [f"weigh-2026-11-22.{end}" for end in ("json", "html", "pdf")]
    stored = json.loads(done.files[0].read_text(encoding="utf-8"))
    assert stored["kind"] == "options" and stored == json.loads(done.result.to_json())
    page = done.files[1].read_text(encoding="utf-8")
    assert "SIRT, SIR-Spheres" in page and "As known on" not in page and "as known on 2026-11-22" in page
    assert done.files[2].read_bytes().startswith(b"%PDF")


def test_page_links_every_statement_to_its_source(folder: Path) -> None:
    done = weigh_case(folder, now=NOW)
    page = html.unescape(done.files[1].read_text(encoding="utf-8"))
    anchors = set(re.findall(r'href="#(source-\d+)"', page))
    assert anchors and all(f'id="{anchor}"' in page for anchor in anchors)
    assert 'href="https://doi.org/10.21037/jgo.2017.09.10"' in page
    assert "not ranked and not compared" in page
    assert all(guide["says"][1:] in page for guide in done.result.value["guidance"])


def _remnant(fraction: float) -> Result:
    value = {"standard": [{"formula": "Vauthey", "sflr_fraction": fraction}], "per_surface_mL_per_m2": None, "growth": None}
    return Result(kind="remnant volume", method="masks", value=value)


def test_stored_results_are_read_and_shown_and_left_out_of_an_earlier_page(folder: Path) -> None:
    store_result(folder, _remnant(0.25), "remnant")
    done = weigh_case(folder, now=NOW)
    assert done.result.inputs["results/remnant.json"] == _remnant(0.25).sha256()
    page = html.unescape(done.files[1].read_text(encoding="utf-8"))
    assert "From stored results" in page and "results/remnant.json, standardised by Vauthey" in page
    earlier = weigh_case(folder, now=NOW, as_of=date(2026, 11, 20)).result
    assert earlier.value["computed"] == [] and "results-left-out" in {f.code for f in earlier.findings}


def test_decision_says_that_a_stored_result_has_changed(folder: Path) -> None:
    store_result(folder, _remnant(0.25), "remnant")
    weigh_case(folder, now=NOW)
    same = decide_case(folder, option="resection", by="A. Chair", at=NOW, reasons=("agreed",))
    assert same.remarks == ()
    store_result(folder, _remnant(0.35), "remnant")
    later = decide_case(folder, option="resection", by="A. Chair", at=NOW, reasons=("agreed",))
    assert "have changed since the page was made" in later.remarks[0]


def test_decision_keeps_the_page_as_it_was_shown(folder: Path) -> None:
    shown = weigh_case(folder, now=NOW)
    done = decide_case(
        folder, option="irinotecan-tace", by="A. Chair", at=NOW, reasons=("liver-only, refractory",), dissent=("one for SIRT",)
    )
    assert done.answer == "open" and done.remarks == ()
    assert done.kept[0].read_bytes() == shown.files[0].read_bytes()
    event = read_case(folder).events[-1]
    assert (event.kind, event.option, event.reasons, event.dissent) == (
        "decision", "irinotecan-tace", ("liver-only, refractory",), ("one for SIRT",),
    )  # fmt: skip
    assert event.result == shown.result.sha256()
    again = weigh_case(folder, now=NOW)
    assert again.result.value["decisions"][0]["option"] == "irinotecan-tace"
    assert done.kept[0].read_bytes() != again.files[0].read_bytes()
    assert "A. Chair" in again.files[1].read_text(encoding="utf-8")


def test_decision_on_a_page_that_has_aged_says_what_changed(folder: Path) -> None:
    weigh_case(folder, now=NOW)
    text = (folder / "case.yaml").read_text(encoding="utf-8")
    assert "what: technical_impediment" in text
    before, after = text.split("what: technical_impediment")
    (folder / "case.yaml").write_text(
        before
        + "what: technical_impediment"
        + after.replace("answer: no", "answer: yes", 1).replace("answer: 'no'", "answer: 'yes'", 1),
        encoding="utf-8",
    )
    done = decide_case(folder, option="irinotecan-tace", by="A. Chair", at=NOW, reasons=("as shown",))
    assert len(done.remarks) == 1 and "Irinotecan-TACE" in done.remarks[0]


def test_what_a_decision_lacks_is_refused(folder: Path) -> None:
    asked: dict[str, Any] = {"option": "irinotecan-tace", "by": "A", "at": NOW, "reasons": ("x",)}
    with pytest.raises(MissingFact, match="a page of options"):
        decide_case(folder, **asked)
    weigh_case(folder, now=NOW)
    for changed, words in (
        ({"option": "irinotecan-tase"}, "is not on the page"), ({"by": " "}, "without a name"), ({"reasons": ()}, "without a reason"),
        ({"at": datetime(2026, 11, 22)}, "without a time zone"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=words):
            decide_case(folder, **(asked | changed))
    assert read_case(folder).events == ()


def test_page_of_a_day_to_come_is_refused(folder: Path) -> None:
    with pytest.raises(BadInput, match="has not come yet"):
        weigh_case(folder, now=NOW, as_of=datetime(2027, 1, 1, tzinfo=UTC).date())


def test_command_line_prints_the_result_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case = Case.model_validate({"id": "p-1", "disease": "colorectal liver metastases"})
    new_case(tmp_path, case)
    assert run("weigh", tmp_path, "--json", monkeypatch=monkeypatch) == 0
    out = capsys.readouterr().out
    assert {row["answer"] for row in json.loads(out)["value"]["options"]} == {"cannot say", "closed"}


def test_command_line_from_page_to_decision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    new_case(tmp_path, Case.model_validate({"id": "p-1", "disease": "hepatocellular carcinoma"}))
    assert run("weigh", tmp_path, monkeypatch=monkeypatch) == 0
    assert "Ask first for" in capsys.readouterr().err
    assert (
        run(
            "decide",
            tmp_path,
            "--option",
            "tace",
            "--by",
            "A",
            "--reason",
            "why",
            "--dissent",
            "why not",
            monkeypatch=monkeypatch,
        )
        == 0
    )
    assert "decided: tace (cannot say on the page)" in capsys.readouterr().err
    assert run("weigh", tmp_path, "--as-of", "22.11.2026", monkeypatch=monkeypatch) == 2
    assert "is not a day" in capsys.readouterr().err


def _like(digest: str) -> Result:
    value = {
        "protocol": {"protocol": "study-1", "edition": 1, "title": "A study", "cut_off": None}, "endpoint": {"name": "OS"},
        "variables": {}, "minimum": 5, "nearest": None, "matched_on": [], "not_matched_on": [], "suppressed": "too few are like it",
    }  # fmt: skip
    return Result(kind="patients like this one", method="matched", value=value, inputs={"case.yaml": digest})


def test_patients_like_this_one_are_on_the_page_and_not_in_the_result(folder: Path) -> None:
    bare = weigh_case(folder, now=NOW)
    digest = hashlib.sha256((folder / "case.yaml").read_bytes()).hexdigest()
    store_result(folder, _like(digest), "like")
    done = weigh_case(folder, now=NOW)
    assert done.result.to_json() == bare.result.to_json() and done.like is not None and not done.like.case_changed
    page = done.files[1].read_text(encoding="utf-8")
    assert "<h2>Patients like this one</h2>" in page and "too few are like it" in page and "has changed since" not in page
    kept = decide_case(folder, option="irinotecan-tace", by="A. Chair", at=NOW, reasons=("agreed",)).kept
    assert "too few are like it" in kept[1].read_text(encoding="utf-8")
    assert "The case file has changed since" in weigh_case(folder, now=NOW).files[1].read_text(encoding="utf-8")
    earlier = weigh_case(folder, now=NOW, as_of=date(2026, 11, 20))
    assert "too few are like it" not in earlier.files[1].read_text(encoding="utf-8")


def test_another_result_in_place_of_patients_like_this_one_is_refused(folder: Path) -> None:
    store_result(folder, _remnant(0.25), "like")
    with pytest.raises(BadInput, match=r"results/like\.json holds 'remnant volume'"):
        weigh_case(folder, now=NOW)
    assert not list((folder / "results").glob("weigh-*"))


def test_a_kept_page_is_never_written_over(folder: Path) -> None:
    """The same answers, another section of patients like this one: two pages are kept."""
    weigh_case(folder, now=NOW)
    asked: dict[str, Any] = {"option": "irinotecan-tace", "by": "A. Chair", "reasons": ("agreed",)}
    first = decide_case(folder, at=NOW, **asked).kept
    content = first[1].read_bytes()
    page = folder / "results" / "weigh-2026-11-22.html"
    assert decide_case(folder, at=NOW, **asked).kept == first
    page.write_bytes(content + b"<!-- another -->")
    second = decide_case(folder, at=NOW, **asked).kept
    assert first[1].read_bytes() == content and second[1].read_bytes() == page.read_bytes()
    assert [path.stem for path in second] == [f"{first[0].stem}-2"] * 3
