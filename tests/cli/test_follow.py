"""``glisson follow`` as a user runs it: what it says, and one message with exit code 2 for every broken input, nothing written."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "actions"))

from follow_payloads import CASE, RS, TR, TU, case_folder, table_files


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return case_folder(tmp_path / "case")


def test_a_case_on_the_screen(run, case: Path) -> None:
    ran = run("follow", case, "--check")
    assert (ran.code, ran.out) == (0, "")
    for words in (
        "RECIST 1.1, investigator",
        "best response, RECIST 1.1",
        "OS",
        "worst grade 3",
        "stated SD, computed PD",
        "Rows 11, 12, 13, 14",
    ):
        assert words in ran.err
    assert (case / "follow" / "follow.html").exists()
    assert (case / "results" / "response.json").exists()


def test_json_is_the_result_and_nothing_else(run, case: Path) -> None:
    ran = run("follow", case, "--json", "--criteria", "irecist,recist11")
    assert (ran.code, ran.err) == (0, "")
    result = json.loads(ran.out)
    assert result["kind"] == "response" and result["value"]["criteria"] == ["iRECIST", "RECIST 1.1"]
    assert ran.out == (case / "results" / "response.json").read_text(encoding="utf-8")


def test_tables_on_the_screen(run, tmp_path: Path) -> None:
    files = table_files(tmp_path / "in")
    ran = run("follow", "--tu", files["tu"], "--tr", files["tr"], "--rs", files["rs"], "--check")
    assert ran.code == 0
    for words in (
        "3 patients, 3 visits",
        "1/3",
        "stated responses: 2 of 3 agree",
        "p-1, investigator, week 16: stated SD, computed PR",
        "Rows 4",
    ):
        assert words in ran.err
    assert not (tmp_path / "follow").exists()


def test_every_option_is_listed_with_default_and_source(run) -> None:
    from glisson.follow.rules import Rules

    ran = run("follow", "--options")
    assert ran.code == 0
    for option in Rules().chosen():
        assert f"\n{option['option']}: " in f"\n{ran.out}"
        assert f"  {option['choice']} (default): " in ran.out
    assert ran.out.count("  source: ") == len(Rules().chosen())


def test_an_option_changes_the_call(run, case: Path) -> None:
    text = CASE.replace(
        "what: longest_diameter_mm, site: new-1, value: 14", "what: longest_diameter_mm, site: new-1, state: not evaluable"
    )
    case_folder(case, text)
    assert run("follow", case, "--set", "partial_response_holds=no").code == 0
    stored = json.loads((case / "results" / "response.json").read_text(encoding="utf-8"))
    assert stored["parameters"]["options"] == {"partial_response_holds": "no"}
    rule = next(r for r in stored["value"]["rules"] if r["option"] == "partial_response_holds")
    assert (rule["choice"], rule["default"]) == ("no", False)


def test_patients_left_out_end_with_code_3(run, tmp_path: Path) -> None:
    files = table_files(tmp_path / "in", tr=TR + "p-2,T1,LDIAM,55,mm,2,WEEK 8,2025-03-01\n")
    ran = run("follow", "--tu", files["tu"], "--tr", files["tr"], "--out", tmp_path / "out")
    assert ran.code == 3
    assert "p-2" in ran.err
    assert (tmp_path / "out" / "cohort.html").exists()


CASES: dict[str, tuple[Callable[[str], str], list[str], list[str]]] = {
    "unknown criterion": (str, ["--criteria", "recist12"], ["no criterion 'recist12'", "recist11"]),
    "a criterion twice": (str, ["--criteria", "recist11,recist11"], ["one twice"]),
    "unknown option": (str, ["--set", "colour=red"], ["no option 'colour'", "reappearing_lesion"]),
    "unknown choice": (str, ["--set", "after_progression=maybe"], ["no choice 'maybe'", "stays PD"]),
    "option without =": (str, ["--set", "after_progression"], ["without '='", "--options"]),
    "unknown origin": (str, ["--origin", "birth"], ["no time origin 'birth'", "first session"]),
    "cut-off is no day": (str, ["--cut-off", "soon"], ["--cut-off is no day", "2026-06-30"]),
    "unknown CTCAE": (str, ["--ctcae", "3"], ["no version '3'"]),
    "unknown progression": (str, ["--progression", "felt"], ["progression 'felt'", "computed"]),
    "unknown format": (str, ["--format", "xlsx"], ["no format 'xlsx'", "parquet"]),
    "a reader who is not there": (str, ["--reader", "B"], ["reader asked for is not in the table", "investigator"]),
    "nothing to follow": (lambda _: "glisson: 1\nid: empty\n", [], ["nothing to follow", "measurements of lesions with a role"]),
    "death without its day": (lambda t: t + "  - {kind: death}\n", [], ["day of death"]),
    "one lesion twice": (
        lambda t: t.replace("events:", "  - {what: longest_diameter_mm, site: seg-7, value: 9, at: 2025-11-20, visit: month-2}\nevents:"),
        [], ["a second longest_diameter_mm of 'seg-7'", "replaces"],
    ),
    "absent with a size": (lambda t: t.replace("value: 30, at: 2026-05-02", "value: 30, state: absent, at: 2026-05-02"), [], ["absent"]),
    "a case that does not hold together": (
        lambda t: t.replace("{id: lung, kind: organ, organ: lung}", "{id: lung, kind: territory, contour: {file: a.nii.gz}}"),
        ["--criteria", "recist11-liver"], ["parent"],
    ),
    "in cm": (lambda t: t.replace("value: 60,", "value: -6,"), [], ["longest_diameter_mm -6 is outside 0 to 400"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_broken_case_gives_one_message(run, tmp_path: Path, name: str) -> None:
    change, arguments, words = CASES[name]
    folder = case_folder(tmp_path / "case", change(CASE))
    _require_refused(run("follow", folder, *arguments), words)
    assert [file.name for file in folder.iterdir()] == ["case.yaml"]


def _require_refused(ran, words: list[str]) -> None:
    assert ran.code == 2, ran.err
    assert ran.out == ""
    assert ran.err.count("glisson: ") == 1 and "Traceback" not in ran.err
    for word in words:
        assert word in ran.err


TABLES: dict[str, tuple[dict[str, str], list[str], list[str]]] = {
    "no column": ({"tr": TR.replace("TRLNKID", "LESION")}, [], ["TR: no column TRLNKID"]),
    "unknown unit": ({"tr": TR.replace("70,mm,2", "70,inch,2")}, [], ["unit", "rows 3"]),
    "unknown role": ({"tu": TU.replace("p-2,T1,LIVER,TUMIDENT,TARGET", "p-2,T1,LIVER,TUMIDENT,GREEN")}, [], ["TU: no role", "rows 3"]),
    "a statement twice": ({"rs": RS + "p-2,OVRLRESP,SD,2,WEEK 8,2025-03-01\n"}, [], ["stands twice"]),
    "everybody faulty": (
        {"tr": TR.replace("70,mm,2,WEEK 8,2025", "70,mm,2,WEEK 8,2024").replace(",60,mm", ",-60,mm").replace(",30,mm", ",-30,mm")},
        [], ["negative", "correct these rows"],
    ),
    "a page of nobody": ({}, ["--page", "nobody"], ["pages of 1 patients who are not in the tables"]),
    "unknown partial dates": ({}, ["--partial-dates", "middle"], ["partial dates 'middle'", "first"]),
    "unknown format": ({}, ["--format", "sas"], ["no format 'sas'"]),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_broken_tables_give_one_message(run, tmp_path: Path, name: str) -> None:
    changed, arguments, words = TABLES[name]
    files = table_files(tmp_path / "in", **changed)
    ran = run("follow", "--tu", files["tu"], "--tr", files["tr"], "--rs", files["rs"], "--out", tmp_path / "out", *arguments)
    _require_refused(ran, words)
    assert not (tmp_path / "out").exists()


def test_what_to_follow_must_be_clear(run, tmp_path: Path, case: Path) -> None:
    files = table_files(tmp_path / "in")
    for arguments in ([], ["--tu", files["tu"]], [case, "--tu", files["tu"], "--tr", files["tr"]]):
        _require_refused(run("follow", *arguments), ["what to follow is not clear"])
    _require_refused(run("follow", "--tu", files["tu"], "--tr", tmp_path / "no.csv"), ["no file 'no.csv'"])
    (tmp_path / "a.txt").write_text("x")
    _require_refused(run("follow", "--tu", files["tu"], "--tr", tmp_path / "a.txt"), ["'a.txt' is no table"])
