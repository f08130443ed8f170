"""Follow-up end to end: a case and small tables by hand, the CDISC set against its analysis data."""

import csv
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from glisson.actions import follow_case, follow_cases, follow_tables
from glisson.actions.follow import Asked, FollowDone, Output, TumourFiles
from glisson.case import Case
from glisson.errors import BadInput, MissingFact
from glisson.spreadsheet import FORMULA

sys.path.insert(0, str(Path(__file__).parent))

from follow_payloads import CASE, TR, case_folder, table_files

MADE_AT = datetime.fromisoformat("2026-06-02T10:00:00+02:00")


def one(folder: Path, text: str = CASE, **asked: Any) -> FollowDone:
    return follow_case(case_folder(folder, text), asked=Asked(**asked), made_at=MADE_AT)


def tables(folder: Path, output: Output | None = None, asked: Asked | None = None, **changed: str) -> FollowDone:
    files = table_files(folder, **changed)
    named = TumourFiles(files["tu"], files["tr"], files["rs"], files["dm"])
    return follow_tables(named, asked=asked, output=output, made_at=MADE_AT)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> FollowDone:
    return follow_case(case_folder(tmp_path_factory.mktemp("follow") / "case"), output=Output(check=True), made_at=MADE_AT)


def test_calls_of_a_case_by_hand(done: FollowDone) -> None:
    visits = [v for v in done.result.value["visits"] if v["criterion"] == "RECIST 1.1"]
    assert [(v["visit"], v["sum_mm"], v["overall"]) for v in visits] == [
        ("month-2", 70.0, "PR"), ("month-5", None, "NE"), ("month-8", 70.0, "PD"),
    ]  # fmt: skip
    assert visits[0]["change_from_baseline_fraction"] == pytest.approx(-0.30, abs=1e-12)
    assert visits[2]["rule"] == "recist11.new-lesion.pd"
    best = {(b["criterion"], b["confirmed"]): b["best"] for b in done.result.value["best"]}
    assert best["RECIST 1.1", False] == "PR"
    assert best["RECIST 1.1", True] == "SD"


def test_endpoints_count_from_the_first_session_not_from_an_earlier_line(done: FollowDone) -> None:
    found = {row["endpoint"]: row for row in done.result.value["endpoints"]}
    assert {row["origin"] for name, row in found.items() if row["origin_name"] == "first session"} == {"2025-09-10"}
    assert (found["OS"]["event"], found["OS"]["days"]) == (0, (date(2026, 6, 1) - date(2025, 9, 10)).days)
    assert (found["PFS"]["event"], found["PFS"]["date"], found["PFS"]["source"]) == (1, "2026-05-02", "progression")
    liver = found["hepatic PFS (liver progression or death)"]
    assert (liver["event"], liver["source"]) == (1, "liver progression")
    assert found["duration of response"]["days"] == (date(2026, 5, 2) - date(2025, 11, 20)).days
    assert all(row["definition"] for row in found.values())


def test_harm_and_quality_of_life_by_hand(done: FollowDone) -> None:
    harm, quality = done.result.value["harm"], done.result.value["quality_of_life"]
    entered = {e["term"]: (e["phase"], e["session"], e["day"]) for e in harm["events"] if e["from"] == "entered"}
    assert entered == {"fever": ("periprocedural", "tace-1", 1), "cholecystitis": ("early", "tace-2", 12)}
    worst = {row["laboratory"]: (row["grade"], row["reason"]) for row in harm["laboratory"]}
    assert worst["bilirubin_umol_per_L"][0] == 2  # 38 of 21: more than 1.5 and up to 3 times the limit
    assert worst["platelets_1e9_per_L"] == (None, "lower limit of normal missing")
    assert harm["albi"]["shift"]["shift"] == 1
    assert [s["postembolization"]["said"] for s in harm["liver"]] == ["yes", "no"]
    scores = {q["visit"]: q["QL"] for q in quality["questionnaires"]}
    assert scores["baseline"] == pytest.approx(100 * 5 / 6)
    assert scores["month-2"] == pytest.approx(100 * 3.5 / 6)
    assert next(c["called"] for c in quality["changes"] if c["scale"] == "QL") == "worse"


def test_a_visit_before_the_first_session_counts_towards_nothing_and_is_said(tmp_path: Path) -> None:
    text = CASE.replace("procedure, at: 2025-09-10", "procedure, at: 2025-12-01").replace("at: 2025-10-08", "at: 2025-12-15")
    found = one(tmp_path / "case", text)
    best = {(b["criterion"], b["confirmed"]): b["best"] for b in found.result.value["best"]}
    assert best["RECIST 1.1", False] == "PD"
    (said,) = [finding for finding in found.result.findings if finding.code == "before-reference"]
    assert "1 visits from before the reference date" in said.text
    rows = {row["endpoint"]: row for row in found.result.value["endpoints"]}
    assert "duration of response" not in rows


def test_text_that_a_spreadsheet_would_run_is_harmless_in_every_csv(tmp_path: Path) -> None:
    """A foreign subject, visit and reader: '=cmd' must stand in no cell of any CSV file, pictures' numbers included."""
    evil = "=HYPERLINK(1)"
    files = table_files(tmp_path)
    subject = pl.read_csv(files["tu"], infer_schema=False)["USUBJID"][0]
    for path in files.values():
        path.write_text(path.read_text(encoding="utf-8").replace(subject, evil), encoding="utf-8")
    named = TumourFiles(files["tu"], files["tr"], files["rs"], files["dm"])
    done = follow_tables(named, output=Output(out=tmp_path / "out", check=True), made_at=MADE_AT)
    written = list((tmp_path / "out").rglob("*.csv"))
    cells = [cell for path in written for row in csv.reader(path.read_text(encoding="utf-8").splitlines()) for cell in row]
    assert "'" + evil in cells and evil not in cells
    assert not [cell for cell in cells if FORMULA.match(cell) and not _is_number(cell)]
    assert any(evil in str(row) for row in done.result.value.values())


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_stated_responses_are_compared_with_reason_and_rows(done: FollowDone) -> None:
    check = {row["visit"]: row for row in done.result.value["check"]}
    assert check["month-2"]["agrees"] is True
    assert check["month-8"]["agrees"] is False
    assert "new lesion" in check["month-8"]["reason"]
    assert check["month-8"]["rows"] == [11, 12, 13, 14]
    assert check["month-5"]["agrees"] is None and check["month-5"]["reason"] == "nothing stated"


def test_files_of_a_case(done: FollowDone) -> None:
    names = {file.name for file in done.files}
    assert names == {
        "follow.html", "follow.pdf", "rs.csv", "adrs.csv", "adtte.csv", "responses.csv", "best.csv", "endpoints.csv", "findings.csv",
        "check.csv", "response.json",
    }  # fmt: skip
    assert all(file.stat().st_size for file in done.files)
    rs = pl.read_csv(next(file for file in done.files if file.name == "rs.csv"))
    overall = rs.filter(pl.col("RSTESTCD") == "OVRLRESP", pl.col("RSCAT") == "RECIST 1.1")
    assert overall["RSSTRESC"].to_list() == ["PR", "NE", "PD"]
    assert rs.filter(pl.col("RSTESTCD") == "NEWLIND", pl.col("VISIT") == "month-8")["RSSTRESC"].unique().to_list() == ["Y"]


def test_the_same_case_gives_the_same_bytes(tmp_path: Path, done: FollowDone) -> None:
    again = follow_case(case_folder(tmp_path / "case"), output=Output(check=True), made_at=MADE_AT)
    assert again.result.to_json() == done.result.to_json()
    for first, second in zip(done.files, again.files, strict=True):
        assert first.read_bytes() == second.read_bytes(), first.name


def test_a_reader_who_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="reader asked for is not in the table"):
        one(tmp_path / "case", reader="reader-9")
    assert not (tmp_path / "case" / "follow").exists()


def test_nothing_to_follow_is_said_with_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingFact, match="measurements of lesions with a role"):
        one(tmp_path / "case", "glisson: 1\nid: empty\n")


def test_a_case_without_measurements_still_has_endpoints_and_harm(tmp_path: Path) -> None:
    head, _, tail = CASE.partition("observations:")
    text = head + tail[tail.index("events:") :]
    found = one(tmp_path / "case", text, progression="called")
    endpoints = {row["endpoint"]: row for row in found.result.value["endpoints"]}
    assert endpoints["OS"]["event"] == 0
    assert found.result.value["visits"] == []
    assert len(found.result.value["harm"]["events"]) == 2


def test_progression_needs_a_call_or_a_criterion(tmp_path: Path) -> None:
    head, _, tail = CASE.partition("observations:")
    text = head + tail[tail.index("events:") :]
    endpoints = {row["endpoint"]: row for row in one(tmp_path / "case", text).result.value["endpoints"]}
    assert endpoints["PFS"]["event"] is None and endpoints["PFS"]["months"] is None


def test_several_readers_none_named(tmp_path: Path) -> None:
    text = CASE.replace("visit: month-2}", "visit: month-2, by: reader-1}")
    for visit in ("baseline", "month-5", "month-8"):
        text = text.replace(f"visit: {visit}}}", f"visit: {visit}, by: reader-1}}")
    second = [line.replace("reader-1", "reader-2") for line in text.splitlines() if "longest_diameter_mm" in line]
    text = text.replace("events:", "\n".join(second) + "\nevents:")
    found = one(tmp_path / "case", text)
    assert "reader-open" in {finding.code for finding in found.result.findings}
    assert {row["event"] for row in found.result.value["endpoints"] if row["endpoint"] == "PFS"} == {None}
    named = one(tmp_path / "case-2", text, reader="reader-2")
    assert next(row for row in named.result.value["endpoints"] if row["endpoint"] == "PFS")["event"] == 1


def test_rates_and_endpoints_of_tables_by_hand(tmp_path: Path) -> None:
    found = tables(tmp_path)
    rates = {r["measure"]: (r["count"], r["of"]) for r in found.result.value["rates"] if not r["confirmed"]}
    assert rates["PR"] == rates["PD"] == rates["MISSING"] == (1, 3)
    assert rates["objective response"] == (1, 3)
    confirmed = {r["measure"]: r["count"] for r in found.result.value["rates"] if r["confirmed"]}
    assert confirmed["PR"] == 1  # 61 days later it is still PR
    survival = next(e for e in found.result.value["endpoints"] if e["endpoint"] == "OS")
    assert (survival["patients"], survival["events"], survival["censored"]) == (3, 1, 2)
    assert found.result.value["check"]["agree"] == 2
    assert found.result.value["check"]["disagreements"][0]["rows"] == [4]
    assert found.files == ()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["dm.csv", "rs.csv", "tr.csv", "tu.csv"]


def test_subjects_without_tumours_and_deaths_without_a_day_are_told(tmp_path: Path) -> None:
    said = [f.text for f in tables(tmp_path).result.findings if f.code == "subjects-without-tumours"]
    assert said == ["1 of 4 subjects have no row in TU and TR: they are in no rate and no endpoint"]
    with pytest.raises(BadInput, match="death without its whole day: rows 2"):
        tables(tmp_path / "a", dm="USUBJID,DTHDTC,DTHFL\np-1,2025-03,Y\np-2,,\np-3,,\n")
    with pytest.raises(BadInput, match="a subject stands twice: rows 2, 3"):
        tables(tmp_path / "b", dm="USUBJID,DTHDTC\np-1,\np-1,\n")
    with pytest.raises(BadInput, match="2 patients of TU and TR are not among the subjects"):
        tables(tmp_path / "c", dm="USUBJID,DTHDTC\np-1,\n")


def test_a_faulty_patient_is_left_out_by_name_and_by_row(tmp_path: Path) -> None:
    wrong = TR + "p-2,T1,LDIAM,55,mm,2,WEEK 8,2025-03-01\n"
    found = tables(tmp_path, tr=wrong)
    assert found.result.stopped
    assert found.result.value["left_out"] == ["p-2"]
    said = " ".join(f.text for f in found.result.findings)
    assert "no response is computed of 1 patients, whose rows hold a fault: p-2" in said
    assert "rows 6, 8" in said
    assert found.result.value["patients"] == 2


def test_written_of_many(tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = tables(tmp_path / "in", Output(out=out, check=True, pages=("p-1",), format="xpt"))
    assert {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()} == {
        "cohort.html", "cohort.pdf", "response.json", "rs.xpt", "adrs.xpt", "adtte.xpt", "responses.csv", "best.csv", "endpoints.csv",
        "findings.csv", "check.csv", "patients/p-1/follow.html", "patients/p-1/follow.pdf", "patients/p-1/figures/lesions.svg",
        "patients/p-1/figures/lesions.csv",
        *(f"figures/{plot}.{kind}" for plot in ("waterfall", "spider", "swimmer") for kind in ("svg", "png", "pdf", "csv")),
    }  # fmt: skip
    from glisson.records.tables import read_table

    assert read_table(out / "adtte.xpt").filter(pl.col("PARAMCD") == "OS")["CNSR"].to_list() == [1.0, 0.0, 1.0]
    assert (out / "response.json").read_text() == found.result.to_json() + "\n"


def test_a_page_of_nobody_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="pages of 1 patients who are not in the tables"):
        tables(tmp_path / "in", Output(out=tmp_path / "out", pages=("nobody",)))
    assert not (tmp_path / "out").exists()


def test_many_cases_of_a_registry(tmp_path: Path) -> None:
    cases = [Case.model_validate({"id": f"case-{n}", **_small(n)}) for n in (1, 2, 3)]
    found = follow_cases(cases, output=Output(out=tmp_path / "out"), made_at=MADE_AT)
    rates = {
        r["measure"]: r["count"] for r in found.result.value["rates"] if not r["confirmed"] and r["criterion"] == "RECIST 1.1"
    }
    assert (rates["PR"], rates["SD"], rates["PD"]) == (1, 1, 1)
    assert found.result.value["patients"] == 3
    swimmer = pl.read_csv(tmp_path / "out" / "figures" / "swimmer.csv")
    assert swimmer["ongoing"].to_list() == [True, True, True]
    with pytest.raises(MissingFact, match="nothing to follow"):
        follow_cases([], made_at=MADE_AT)
    with pytest.raises(BadInput, match="two cases have one id"):
        follow_cases([cases[0], cases[0]], made_at=MADE_AT)


def _small(number: int) -> dict[str, Any]:
    size = {1: 60.0, 2: 95.0, 3: 130.0}[number]
    seen = [("baseline", 100.0, "2025-01-01"), ("month-3", size, "2025-04-01")]
    return {
        "sites": [{"id": "liver", "kind": "organ", "organ": "liver"}, {"id": "a", "kind": "lesion", "parent": "liver", "role": "target"}],
        "treatments": [{"id": "tace", "kind": "TACE", "sessions": [{"id": "s", "kind": "procedure", "at": "2025-01-05"}]}],
        "observations": [
            {"what": "longest_diameter_mm", "site": "a", "value": value, "at": at, "visit": visit} for visit, value, at in seen
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ({"criteria": ("recist12",)}, "no criterion 'recist12'"),
        ({"criteria": ()}, "none, or one twice"),
        ({"choices": {"reappearing_lesion": "never"}}, "no choice 'never'"),
        ({"choices": {"colour": "red"}}, "no option 'colour'"),
        ({"origin": "birth"}, "no time origin 'birth'"),
        ({"ctcae": "4"}, "no version '4'"),
        ({"progression": "guessed"}, "progression 'guessed'"),
    ],
)
def test_questions_that_cannot_be_asked(asked: dict[str, Any], match: str) -> None:
    with pytest.raises(BadInput, match=match):
        Asked(**asked)


@pytest.fixture
def cdisc(real_data: Path) -> TumourFiles:
    folder = real_data / "response_cdisc"
    tumour = (folder / f"sdtm_{name}_onco_recist.csv" for name in ("tu", "tr", "rs"))
    return TumourFiles(*tumour, subjects=folder / "adam_adsl.csv", partial_dates="last")


@pytest.mark.real_data
def test_every_stated_call_of_the_cdisc_set(cdisc: TumourFiles) -> None:
    check = follow_tables(cdisc, made_at=MADE_AT).result.value["check"]
    assert (check["compared"], check["agree"]) == (66, 66)
    stricter = Asked(criteria=("recist11",), choices={"reappearing_lesion": "progression after CR"})
    differs = follow_tables(cdisc, asked=stricter, made_at=MADE_AT).result.value["check"]
    assert differs["agree"] == 65
    row = differs["disagreements"][0]
    assert (row["patient"], row["reader"], row["visit"]) == ("01-701-1133", "radiologist 2", "week 9")
    assert "reappearing_lesion" in row["reason"] and row["rows"]


@pytest.mark.real_data
def test_survival_times_against_adam_adtte(cdisc: TumourFiles, real_data: Path, tmp_path: Path) -> None:
    asked = Asked(criteria=("recist11",), origin="randomisation", reader="investigator")
    follow_tables(cdisc, asked=asked, output=Output(out=tmp_path), made_at=MADE_AT)
    ours = pl.read_csv(tmp_path / "adtte.csv").filter(pl.col("PARAMCD") == "OS").select("USUBJID", "AVAL", "CNSR", "EVNTDESC")
    theirs = pl.read_csv(real_data / "response_cdisc" / "adam_adtte_onco.csv", infer_schema_length=None)
    both = ours.join(theirs.filter(pl.col("PARAMCD") == "OS"), on="USUBJID", suffix="_theirs")
    differs = both.filter(pl.col("AVAL").cast(pl.Float64) != pl.col("AVAL_theirs"))
    assert both.height == 8
    assert both["CNSR"].to_list() == both["CNSR_theirs"].to_list()
    # the last scan of this patient is later than the day last known alive in ADSL: a scan is a day on which a patient is alive
    assert differs.select("USUBJID", "AVAL", "AVAL_theirs").rows() == [("01-701-1115", 64, 55.0)]
    assert differs["EVNTDESC"].to_list() == ["known alive"]
