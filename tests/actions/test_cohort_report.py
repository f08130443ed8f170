"""The registry report against what was simulated, against the tools that it is made of, and against what it must not say."""

import csv
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from registry_reports import MADE_AT, PASSWORD, USER, door, entries

from glisson.actions.cohort.gather import gathered
from glisson.actions.cohort.protocol_file import read_protocol
from glisson.actions.cohort.report import require_folder
from glisson.errors import BadInput
from glisson.follow.endpoints import endpoints
from glisson.learn.cohort.screen import Columns, screened
from glisson.learn.cohort.study import Options, survival_study


def value(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))["value"]
    return found


def calls(found: dict[str, Any], window: str) -> dict[str, int]:
    section = next(one for one in found["response"]["windows"] if one["window"] == window)
    return {name: cell["count"] for name, cell in section["groups"][0]["calls"].items() if cell["count"]}


def test_the_36_against_the_published_counts(reports: dict[str, Path]) -> None:
    found = value(reports["cohort36"])
    assert calls(found, "6 months") == {"PR": 1, "SD": 29, "PD": 6}
    assert calls(found, "12 months") == {"SD": 21, "PD": 15}
    os = next(one for one in found["survival"] if one["id"] == "os")["groups"][0]
    year = next(row for row in os["at_times"] if row["time"] == 12)
    assert year["survival"] == pytest.approx(30 / 36) and round(os["median"]["time"], 1) == 22.0
    assert (os["patients"], os["events"]) == (36, 21)


def test_survival_of_the_report_against_learn_survival_of_the_same_table(
    registries: dict[str, Path], reports: dict[str, Path]
) -> None:
    asked, _ = read_protocol("cirel")
    tables = gathered(entries(registries["cirel"]), asked).tables
    times = endpoints(tables.course, names=["OS"]).join(tables.patients, on="patient")
    table = pl.read_csv(times.select("months", "event", arm="intention.two_classes").write_csv().encode())
    study = survival_study(screened(table, Columns("months", "event", group="arm")), Options(times=asked.times_months)).value
    section = next(one for one in value(reports["cirel"])["survival"] if one["id"] == "os")
    mine = {one["group"]: one["median"] for one in section["groups"] if one["group"] != "all"}
    other = {one["group"]: one["median"] for one in study["groups"]}
    assert set(mine) == set(other) and len(mine) == 2
    for name, median in mine.items():
        for key in ("time", "low", "high"):
            assert (
                median[key] == pytest.approx(other[name][key], rel=1e-12) if median[key] is not None else other[name][key] is None
            )
    assert section["tests"][0]["p"] == pytest.approx(study["log_rank"]["p"], rel=1e-12)


def test_truth_of_the_simulated_registry_lies_within_wide_intervals(
    registries: dict[str, Path], reports: dict[str, Path]
) -> None:
    truth = json.loads(registries["cirel"].with_suffix(".truth.json").read_text(encoding="utf-8"))["truth"]
    found = value(reports["cirel"])
    os = next(one for one in found["survival"] if one["id"] == "os")["groups"][0]
    for row in os["at_times"]:
        true = truth["survival"][truth["months"].index(row["time"])]
        assert abs(row["survival"] - true) < 4 * row["standard_error"]
    liver = next(one for one in found["survival"] if one["id"] == "hepatic-progression")["groups"][0]["incidence"][0]
    for row in liver["at_times"]:
        true = truth["detected"]["liver_incidence"][truth["months"].index(row["time"])]
        assert row["low"] - 0.12 < true < row["high"] + 0.12


def test_counts_of_flow_and_tables_reconcile(reports: dict[str, Path]) -> None:
    found = value(reports["cirel"])
    steps = found["flow"]["steps"]
    assert all(one["after"] == one["before"] - sum(out["patients"] for out in one["left_out"]) for one in steps)
    assert found["flow"]["treated"] == steps[-1]["after"] == 40
    for section in found["survival"]:
        everyone, *groups = section["groups"]
        assert everyone["patients"] == 40 and everyone["events"] == sum(one["events"] for one in groups)
    for window in found["response"]["windows"]:
        assert all(sum(cell["count"] for cell in one["calls"].values()) == one["treated"] for one in window["groups"])


@pytest.mark.parametrize("name", ["report.json", "report.html"])
def test_same_content_under_other_keys_gives_the_same_bytes(name: str, reports: dict[str, Path]) -> None:
    assert (reports["cohort36"] / name).read_bytes() == (reports["other keys"] / name).read_bytes()


def test_figures_and_tables_of_other_keys_are_the_same_files(reports: dict[str, Path]) -> None:
    one, other = reports["cohort36"], reports["other keys"]
    files = sorted(file.relative_to(one) for file in one.rglob("*") if file.is_file())
    assert files == sorted(file.relative_to(other) for file in other.rglob("*") if file.is_file())
    assert [file for file in files if (one / file).read_bytes() != (other / file).read_bytes()] == []


def secrets(place: Path) -> list[bytes]:
    keys = json.loads(place.with_suffix(".keys").read_text(encoding="utf-8"))
    pseudonyms = {entry.case for entry in entries(place)}
    return [word.encode() for word in (*pseudonyms, keys["master_key"], keys["pseudonym_key"], keys["registry"], PASSWORD)]


@pytest.mark.parametrize("name", ["cirel", "cohort36"])
def test_no_pseudonym_key_or_password_is_in_any_file(name: str, registries: dict[str, Path], reports: dict[str, Path]) -> None:
    hidden = secrets(registries[name])
    assert len(hidden) > 36
    files = [file for file in reports[name].rglob("*") if file.is_file()]
    assert len(files) > 40
    words = [file.read_bytes() for file in files] + [str(file.relative_to(reports[name])).encode() for file in files]
    assert not [secret for secret in hidden for text in words if secret in text]


def test_no_code_of_a_centre_and_no_day_of_a_patient_is_in_any_text(
    registries: dict[str, Path], reports: dict[str, Path]
) -> None:
    sites = {entry.site for entry in entries(registries["cirel"])}
    days = {str(entry.at) for entry in entries(registries["cirel"]) if entry.at is not None}
    assert len(sites) > 5 and len(days) > 100
    files = [file for file in reports["cirel"].rglob("*") if file.suffix in (".html", ".json", ".csv", ".svg")]
    found = {file.name: file.read_text(encoding="utf-8") for file in files}
    assert not [(name, word) for name, text in found.items() for word in sites if word in text]
    assert not [(name, day) for name, text in found.items() for day in re.findall(r"\d{4}-\d\d-\d\d", text) if day in days]


@pytest.mark.poppler
def test_pages_of_the_pdf_hold_the_key_texts_and_no_pseudonym(registries: dict[str, Path], reports: dict[str, Path]) -> None:
    done = subprocess.run(["pdftotext", "-layout", reports["cirel"] / "report.pdf", "-"], capture_output=True, check=True)
    text = re.sub(r"\s+", " ", done.stdout.decode())
    for words in (
        "SIMULATED", "40 patients · protocol cirel, edition 1", "Flow of patients", "Patients by group", "Overall survival by group",
        "Median follow-up (reverse Kaplan-Meier)", "log-log", "Subdistribution hazard ratios (Fine and Gray)", "Tests of interaction",
        "Adverse events by worst grade of every patient", "Beside published figures", "Limits", "von Elm et al.", "Input: protocol",
    ):  # fmt: skip
        assert words in text, words
    assert not [secret for secret in secrets(registries["cirel"]) if secret.decode() in text]


def test_patients_of_pictures_have_running_numbers(reports: dict[str, Path]) -> None:
    rows = list(csv.DictReader((reports["cirel"] / "figures" / "waterfall.csv").read_text(encoding="utf-8").splitlines()))
    numbers = {row["patient"] for row in rows}
    assert rows and numbers <= {str(number) for number in range(1, 41)}


def plain(node: Any) -> bool:
    if isinstance(node, dict):
        return all(isinstance(key, str) and plain(one) for key, one in node.items())
    if isinstance(node, list):
        return all(plain(one) for one in node)
    return node is None or isinstance(node, (str, int)) or (isinstance(node, float) and abs(node) < float("inf"))


@pytest.mark.parametrize("name", ["cirel", "cohort36"])
def test_json_holds_no_nan_and_no_infinity(name: str, reports: dict[str, Path]) -> None:
    text = (reports[name] / "report.json").read_text(encoding="utf-8")
    assert not re.search(r"\b(NaN|Infinity)\b", text) and plain(json.loads(text))


def test_values_below_a_spline_are_sorted_so_that_they_tell_no_order_of_patients(reports: dict[str, Path]) -> None:
    splines = [one for model in value(reports["cirel"])["models"] for one in model.get("splines", []) if "values" in one]
    assert splines and all(one["values"] == sorted(one["values"]) for one in splines)


def test_imputed_models_have_the_references_of_the_protocol(reports: dict[str, Path]) -> None:
    for model in value(reports["cirel"])["models"]:
        asked = {(term["column"], term["level"]): term["reference"] for term in model["cox"]["terms"]}
        terms = model.get("imputed", {}).get("terms", [])
        assert all(asked[term["column"], term["level"]] == term["reference"] for term in terms)
    assert any(model.get("imputed", {}).get("terms") for model in value(reports["cirel"])["models"])


def test_cells_of_every_csv_are_harmless_in_a_spreadsheet(reports: dict[str, Path]) -> None:
    files = sorted((reports["cirel"] / "tables").glob("*.csv"))
    assert len(files) > 30
    for file in files:
        head, *rows = csv.reader(file.read_text(encoding="utf-8").splitlines())
        assert all(len(row) == len(head) for row in rows)
        assert not [cell for row in rows for cell in row if cell[:1] in ("=", "@", "\t") or re.match(r"[+-]\D", cell)]


def test_every_figure_has_its_numbers_beside_it(reports: dict[str, Path]) -> None:
    figures = reports["cirel"] / "figures"
    drawn = {file.stem for file in figures.glob("*.svg")}
    assert drawn >= {
        "flow",
        "survival-os",
        "survival-os-groups",
        "forest-os",
        "swimmer",
        "waterfall",
        "spider",
        "sequences",
        "balance",
    }
    assert drawn <= {file.stem for file in figures.glob("*.csv")}
    assert drawn == {file.stem for file in figures.glob("*.png")}
    page = (reports["cirel"] / "report.html").read_text(encoding="utf-8")
    assert all(f"Numbers: {stem}.csv" in page for stem in drawn)


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path, reports: dict[str, Path]) -> None:
    require_folder(tmp_path / "new")
    require_folder(tmp_path)
    require_folder(reports["cirel"])
    (tmp_path / "thesis.docx").write_text("x", encoding="utf-8")
    with pytest.raises(BadInput, match="no earlier report"):
        require_folder(tmp_path)
    with pytest.raises(BadInput, match="no earlier report"):
        require_folder(tmp_path / "thesis.docx")


def test_a_report_is_stamped_with_protocol_seed_and_entries(reports: dict[str, Path]) -> None:
    found = json.loads((reports["cirel"] / "report.json").read_text(encoding="utf-8"))
    _, digest = read_protocol("cirel")
    assert found["kind"] == "registry report" and found["inputs"]["protocol"] == digest and len(found["inputs"]["entries"]) == 64
    assert found["seed"] == 1 and found["parameters"]["protocol"] == "cirel" and found["version"] and found["editions"]
    assert found["value"]["protocol"]["minimum_cell"] == 5


def test_statistician_gets_the_same_analysis_and_data_entry_gets_none(
    registries: dict[str, Path], reports: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from glisson.actions.cohort import report
    from glisson.actions.registry.keep import add_registry_user
    from glisson.errors import NotAllowed
    from glisson.records.access import Grant, Role

    place = registries["other keys"]
    for user, role in (("stat", Role.STATISTICIAN), ("entry", Role.DATA_ENTRY)):
        add_registry_user(door(place), user, (Grant(role, "all"),), PASSWORD)
    monkeypatch.setattr("glisson.report.cohort_write.write_registry_report", lambda *given, **more: ())
    done = report.report_registry(door(place, "stat"), "regional36", tmp_path / "a", made_at=MADE_AT)
    assert done.result.to_json() + "\n" == (reports["cohort36"] / "report.json").read_text(encoding="utf-8")
    with pytest.raises(NotAllowed):
        report.report_registry(door(place, "entry"), "regional36", tmp_path / "b", made_at=MADE_AT)
    assert not (tmp_path / "b").exists()
    assert USER != "stat"


def test_endpoints_of_the_registry_are_in_months_of_the_library(registries: dict[str, Path]) -> None:
    asked, _ = read_protocol("regional36")
    times = endpoints(gathered(entries(registries["cohort36"]), asked).tables.course, names=["OS"])
    assert times.select((pl.col("days") / pl.col("months")).alias("d"))["d"].to_numpy() == pytest.approx(30.4375)


def test_sentences_of_method_name_things_as_papers_do(reports: dict[str, Path]) -> None:
    said = " ".join(one["text"] for one in value(reports["cirel"])["methods"])
    for words in (
        "RECIST 1.1 and RECIST 1.1 liver",
        "percentiles 1 and 99",
        "Holm",
        "Neutrophil-to-lymphocyte ratio with 3 knots",
    ):
        assert words in said, words
    assert not re.search(r"recist11|score\.nlr|\b1th\b|\bOS: overall|HPFS:", said)


def test_who_may_query_the_cohort_is_not_held_to_the_cases_of_the_own_site(registries: dict[str, Path]) -> None:
    from glisson.actions.registry.door import at_registry
    from glisson.actions.registry.exchange import standing
    from glisson.actions.registry.keep import add_registry_user
    from glisson.records.access import Grant, Role

    place = registries["cirel"]
    site = sorted({entry.site for entry in entries(place)})[0]
    add_registry_user(door(place), "both", (Grant(Role.INVESTIGATOR, (site,)), Grant(Role.STATISTICIAN, "all")), PASSWORD)
    with at_registry(door(place, "both")) as session:
        own, cohort = standing(session, "a test"), standing(session, "a test", cohort_first=True)
    assert {entry.site for entry in own} == {site}
    assert {entry.case for entry in cohort} == {entry.case for entry in entries(place)}


def test_sessions_harm_and_questionnaires_under_other_keys_to_the_last_digit(
    reports: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from glisson.actions.cohort import report
    from glisson.actions.registry.simulated import simulate_study

    simulate_study(door(tmp_path / "again.db"), study="cirel", patients=40)
    monkeypatch.setattr("glisson.report.cohort_write.write_registry_report", lambda *given, **more: ())
    done = report.report_registry(door(tmp_path / "again.db"), "cirel", tmp_path / "a", made_at=MADE_AT)
    assert done.result.to_json() + "\n" == (reports["cirel"] / "report.json").read_text(encoding="utf-8")
