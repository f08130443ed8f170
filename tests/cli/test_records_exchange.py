"""``glisson records import`` and ``export``: who may, what comes back, what is labelled, and that planted identifiers are nowhere."""

import csv
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PASSWORDS = {
    "u-planted-admin": "correct horse battery",
    "u-planted-nurse": "staple of the nurses",
    "u-planted-inv": "investigate all this",
    "u-planted-stat": "tables and numbers only",
}
IDENTIFIER, NOTE = "Plantagenet 4711", "born 03.05.1951"
MAPPING = """\
glisson_mapping: 1
site: site-01
case: {identifier: hospital number}
ignored: {note: free text}
entries:
  - form: patient
    visit: baseline
    items:
      enrolled_on: {column: day}
      age_years: {column: age}
      sex: {column: sex, codes: {m: male, f: female}}
      ecog: {reason: unknown}
  - form: adverse_event
    visit: fu1
    when: {column: term, empty: false}
    items:
      term: {column: term}
      ctcae: {constant: "5"}
      grade: {constant: 2}
      started_on: {reason: unknown}
      ongoing: {reason: unknown}
      phase: {reason: unknown}
      relation: {reason: unknown}
      treatment: {constant: none}
      outcome: {reason: unknown}
      serious: {constant: "no"}
"""
TABLE = f"""\
hospital number,day,age,sex,term,note
{IDENTIFIER},2026-01-05,66,m,Fatigue,{NOTE}
Plantagenet 4712,2026-01-06,70,f,,
Plantagenet 4713,Plantagenet,70,x,,{NOTE}
"""


class Study:
    def __init__(self, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.run, self.monkeypatch, self.folder = run, monkeypatch, folder
        self.file = folder / "study.sqlite"
        self.said: list[str] = []

    def by(self, who: str, command: str, *arguments: object) -> Any:
        self.monkeypatch.setenv("GLISSON_USER", who)
        self.monkeypatch.setenv("GLISSON_PASSWORD", PASSWORDS[who])
        done = self.run("records", command, self.file, *arguments)
        self.said += [done.out, done.err]
        return done


@pytest.fixture
def study(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Study:
    from argon2 import PasswordHasher

    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("glisson.records.access.people.People._hash", lambda self: quick)
    made = Study(run, monkeypatch, tmp_path)
    assert made.by("u-planted-admin", "init").code == 0
    for code, role in (("nurse", "data entry"), ("inv", "investigator"), ("stat", "statistician")):
        monkeypatch.setenv("GLISSON_NEW_PASSWORD", PASSWORDS[f"u-planted-{code}"])
        arguments = ("--add", f"u-planted-{code}", "--role", role, "--site", "site-01")
        assert made.by("u-planted-admin", "users", *arguments).code == 0
    (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "table.csv").write_text(TABLE, encoding="utf-8")
    made.said.clear()
    return made


def imported(study: Study, *more: object) -> Any:
    return study.by("u-planted-nurse", "import", study.folder / "table.csv", "--mapping", study.folder / "mapping.yaml", *more)


def test_import_reports_what_it_did_not_take(study: Study) -> None:
    report = study.folder / "report.csv"
    done = imported(study, "--json", "--report", report)
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["rows"], told["stored"], told["cases"], told["rejected_rows"]) == (3, 3, 2, 1)
    rows = list(csv.DictReader(report.read_text(encoding="utf-8").splitlines()))
    rejected = [(row["row"], row["column"], row["value"]) for row in rows if row["level"] == "rejected"]
    assert rejected == [("4", "sex", "text of 1 character")]
    assert {"level": "unmapped", "file": "", "row": "", "column": "note", "value": "", "reason": "free text"} in rows
    again = json.loads(imported(study, "--json").out)
    assert (again["stored"], again["already"]) == (0, 3)


@pytest.mark.parametrize("format", ["redcap", "cdisc", "csv", "parquet", "jsonl", "redcap-dictionary"])
def test_planted_identifiers_are_in_no_export_log_or_message(study: Study, format: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert imported(study).code == 0
    who = "u-planted-admin" if format == "jsonl" else "u-planted-inv"
    out = study.folder / "out"
    assert study.by(who, "export", "--format", format, "--out", out).code == 0
    assert study.by(who, "export", "--format", format, "--out", out).code != 0  # not over what is there
    wrong = study.folder / "wrong.csv"
    wrong.write_text(f"record_id,pat_sex,patient_complete\n{IDENTIFIER},7,2\n", encoding="utf-8")
    study.by("u-planted-nurse", "import", wrong, "--redcap")
    written = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    assert len(written) > 200
    for planted in ("Plantagenet", "1951", IDENTIFIER, NOTE):
        assert planted.encode() not in written
        assert planted not in "".join(study.said) + caplog.text
    if format != "jsonl":  # the whole log holds who wrote what; its payloads are encrypted
        assert b"u-planted" not in written


@pytest.mark.parametrize("format", ["redcap", "cdisc", "csv", "parquet"])
def test_free_text_that_may_betray_a_person_is_withheld(study: Study, format: str) -> None:
    table = study.folder / "table.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("Fatigue", "Herr Plantagenet fell"), encoding="utf-8")
    done = imported(study, "--json")
    assert json.loads(done.out)["queries"] >= 1
    out = study.folder / "out"
    done = study.by("u-planted-inv", "export", "--format", format, "--out", out)
    assert done.code == 0 and "withheld" in done.err
    assert b"Plantagenet" not in b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    (place,) = json.loads((out / "export.json").read_text(encoding="utf-8"))["withheld"]
    assert place.endswith("adverse_event/fu1/1 term")


@pytest.mark.parametrize("format", ["redcap", "cdisc", "csv", "parquet"])
def test_what_was_exported_comes_back_into_another_registry(study: Study, format: str) -> None:
    assert imported(study).code == 0
    out = study.folder / "out"
    assert study.by("u-planted-inv", "export", "--format", format, "--out", out).code == 0
    study.file = study.folder / "second.sqlite"
    monkey = study.monkeypatch
    assert study.by("u-planted-admin", "init").code == 0
    monkey.setenv("GLISSON_NEW_PASSWORD", PASSWORDS["u-planted-nurse"])
    study.by("u-planted-admin", "users", "--add", "u-planted-nurse", "--role", "data entry", "--site", "site-01")
    kind, place = {"redcap": ("--redcap", out), "cdisc": ("--cdisc", out / "sdtm" / "xpt")}.get(format, ("--flat", out))
    done = study.by("u-planted-nurse", "import", place, kind, "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["stored"], told["rejected_rows"], told["unmapped"]) == (3, 0, [])


def test_roles_decide_who_imports_and_who_exports(study: Study) -> None:
    assert imported(study).code == 0
    mapping = ("--mapping", study.folder / "mapping.yaml")
    for who in ("u-planted-stat", "u-planted-admin"):
        assert "not among the rights" in study.by(who, "import", study.folder / "table.csv", *mapping).err
    for who in ("u-planted-nurse", "u-planted-admin"):
        done = study.by(who, "export", "--format", "csv", "--out", study.folder / who)
        assert done.code != 0 and not (study.folder / who).exists()
    assert study.by("u-planted-inv", "export", "--format", "jsonl", "--out", study.folder / "j").code != 0
    for who in ("u-planted-stat", "u-planted-inv"):
        assert study.by(who, "export", "--format", "csv", "--out", study.folder / who).code == 0
    tables = [(study.folder / who / "patient.1.csv").read_text(encoding="utf-8") for who in ("u-planted-stat", "u-planted-inv")]
    assert tables[0] == tables[1]
    done = study.by("u-planted-admin", "audit", "--json")
    said = [row.get("query", "") for row in json.loads(done.out)]
    assert any(one.startswith("mapping file ") and one.endswith(": 3 entries") for one in said)
    assert any("export as csv" in one for one in said)


def test_every_export_of_simulated_cases_says_so(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GLISSON_USER", "u-1")
    monkeypatch.setenv("GLISSON_PASSWORD", "correct horse battery")
    place = tmp_path / "sim.sqlite"
    assert run("simulate", "--out", place, "--patients", "4").code == 0
    for format in ("redcap", "cdisc", "csv", "parquet", "jsonl"):
        out = tmp_path / format
        done = run("records", "export", place, "--format", format, "--out", out)
        assert done.code == 0 and "SIMULATED" in done.err
        assert "never were" in (out / "SIMULATED.txt").read_text(encoding="utf-8")
        manifest = json.loads((out / "export.json").read_text(encoding="utf-8"))
        assert manifest["simulated"] == "all" and manifest["cases"] == 4
    assert "SIMULATED" in (tmp_path / "cdisc" / "sdtm" / "xpt" / "define.xml").read_text(encoding="utf-8")
    for name in ("sdtm/csv/lb.csv", "adam/csv/adtte.csv"):
        rows = list(csv.DictReader((tmp_path / "cdisc" / name).read_text(encoding="utf-8").splitlines()))
        assert {row["STUDYID"] for row in rows} == {"GLISSON-SIMULATED"}
    rows = list(csv.DictReader((tmp_path / "csv" / "laboratory.1.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["simulated"] for row in rows} == {"yes"}


def test_dictionary_of_a_project_beside_the_forms(study: Study) -> None:
    out = study.folder / "d"
    assert study.by("u-planted-inv", "export", "--format", "redcap-dictionary", "--out", out).code == 0
    file = out / "data_dictionary.csv"
    assert "fits the forms" in study.by("u-planted-inv", "export", "--format", "redcap-dictionary", "--compare", file).err
    file.write_text(file.read_text(encoding="utf-8").replace("dth_source", "dth_known"), encoding="utf-8")
    done = study.by("u-planted-inv", "export", "--format", "redcap-dictionary", "--compare", file, "--json")
    assert {one["field"] for one in json.loads(done.out)} == {"dth_source", "dth_known"}


def test_a_case_folder_comes_in_under_a_pseudonym(study: Study) -> None:
    folder = study.folder / "case"
    folder.mkdir()
    case = """\
glisson: 1
id: plantagenet-4711
disease: colorectal liver metastases
observations:
  - {what: age_years, value: 66, at: 2026-01-05}
  - {what: sex, answer: female, at: 2026-01-05}
  - {what: ecog, value: 1, at: 2026-01-05}
events:
  - {kind: death, at: 2026-02-01, cause: cancer}
"""
    (folder / "case.yaml").write_text(case, encoding="utf-8")
    assert "--site" in study.by("u-planted-nurse", "import", folder, "--case").err
    done = study.by("u-planted-nurse", "import", folder, "--case", "--site", "site-01", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["stored"], told["cases"], told["rejected_rows"]) == (2, 1, 0)
    assert "plantagenet" not in done.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("table.csv",), "say one of --mapping"),
        (("table.csv", "--redcap", "--cdisc"), "say one of --mapping"),
        (("none.csv", "--redcap"), "no file 'none.csv'"),
        (("--flat",), "no file to import"),
        (("table.csv", "--flat"), "does not name its form"),
        (("table.csv", "--redcap"), "no column record_id"),
        (("table.csv", "--cdisc"), "without DM"),
    ],
)
def test_files_of_another_kind_are_refused(study: Study, arguments: tuple[str, ...], words: str) -> None:
    given = [study.folder / one if one.endswith(".csv") else one for one in arguments]
    done = study.by("u-planted-nurse", "import", *given)
    assert done.code != 0 and words in done.err
    assert "Plantagenet" not in done.err
