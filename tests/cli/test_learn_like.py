"""``glisson learn like``: from a folder and from a pseudonym, who may ask, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PASSWORDS = {
    "u-all": "correct horse battery", "u-stat": "tables are my trade", "u-mon": "monitors are awake",
}  # fmt: skip
CASE = """\
glisson: 1
id: board-7
disease: colorectal liver metastases
observations:
  - {what: age_years, value: 63}
  - {what: ecog, value: 1}
  - {what: extrahepatic_disease, answer: "no"}
"""


class Registry:
    """A simulated registry, and a way to ask it as somebody."""

    def __init__(self, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.run, self.monkeypatch, self.file = run, monkeypatch, folder / "study.db"

    def by(self, who: str, *arguments: object) -> Any:
        self.monkeypatch.setenv("GLISSON_USER", who)
        self.monkeypatch.setenv("GLISSON_PASSWORD", PASSWORDS[who])
        return self.run(*arguments)

    def like(self, who: str, case: object, *arguments: object) -> Any:
        return self.by(who, "learn", "like", case, "--registry", self.file, *arguments)


@pytest.fixture
def registry(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Registry:
    from argon2 import PasswordHasher

    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("glisson.records.access.people.People._hash", lambda self: quick)
    made = Registry(run, monkeypatch, tmp_path)
    done = made.by("u-all", "simulate", "--out", made.file, "--patients", "60", "--seed", "5")
    assert done.code == 0, done.err
    for code, role in (("u-stat", "statistician"), ("u-mon", "monitor")):
        monkeypatch.setenv("GLISSON_NEW_PASSWORD", PASSWORDS[code])
        done = made.by("u-all", "records", "users", made.file, "--add", code, "--role", role, "--site", "all")
        assert done.code == 0, done.err
    return made


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "case.yaml").write_text(CASE, encoding="utf-8")
    return folder


def test_a_case_folder_is_shown_stored_and_printed(registry: Registry, case: Path, tmp_path: Path) -> None:
    arguments = ("--exact", "disease.extrahepatic_disease", "--by", "patient.ecog", "--within", "patient.age_years=15")
    done = registry.like("u-stat", case, *arguments, "--nearest", "20", "--store", "--out", tmp_path / "page")
    assert done.code == 0, done.err
    for words in ("patients are like this one", "confounding by indication", "median, months", "log-log", "% the same"):
        assert words in done.err, words
    assert {path.name for path in (tmp_path / "page").iterdir()} >= {"like.html", "like.pdf"}
    stored = json.loads((case / "results" / "like.json").read_text(encoding="utf-8"))
    assert stored["kind"] == "patients like this one" and set(stored["inputs"]) == {"case.yaml", "registry", "protocol"}
    again = registry.like("u-stat", case, *arguments, "--nearest", "20", "--json")
    assert again.err == "" and json.loads(again.out) == stored
    audit = registry.by("u-all", "records", "audit", registry.file, "--json").out
    assert "matched on disease.extrahepatic_disease, patient.age_years, patient.ecog" in audit


def test_a_pseudonym_asks_for_the_right_to_see_the_case(registry: Registry, case: Path) -> None:
    name = registry.by("u-all", "records", "show", registry.file).out.split()[0]
    done = registry.like("u-all", name, "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert "own-left-out" in {one["code"] for one in found["findings"]} and name not in done.out
    for who, subject, words in (("u-stat", name, "show a case"), ("u-mon", case, "query the cohort")):
        refused = registry.like(who, subject)
        assert refused.code != 0 and words in refused.err and "bug" not in refused.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--within", "patient.age_years"], "NAME=REACH"),
        (["--by", "patient.hair"], "no variable 'patient.hair'"),
        (["--protocol", "nosuch"], "no protocol file"),
        (["--nearest", "-2"], "nearest"),
    ],
)
def test_requests_that_cannot_be_are_refused_in_words(registry: Registry, case: Path, arguments: list[str], words: str) -> None:
    done = registry.like("u-all", case, *arguments)
    assert done.code == 2 and words in done.err and "bug" not in done.err


def test_below_the_minimum_nothing_is_shown(registry: Registry, case: Path) -> None:
    done = registry.like("u-all", case, "--minimum", "50")
    assert done.code == 0 and "cannot say: fewer than 50" in done.err and "median" not in done.err


def test_a_result_is_stored_only_into_a_case_folder(registry: Registry) -> None:
    done = registry.like("u-all", "site-01-abc", "--store")
    assert done.code == 2 and "case folder" in done.err


def test_what_is_stored_is_a_section_of_the_page_of_options_and_changes_none_of_its_answers(
    registry: Registry, case: Path
) -> None:
    without = json.loads(registry.run("weigh", case, "--json").out)
    done = registry.like("u-stat", case, "--exact", "disease.extrahepatic_disease", "--store")
    assert done.code == 0, done.err
    told = registry.run("weigh", case)
    assert told.code == 0 and "Patients like this one:" in told.err and "(protocol cirel)" in told.err
    assert json.loads(registry.run("weigh", case, "--json").out) == without
    page = next((case / "results").glob("weigh-*.html")).read_text(encoding="utf-8")
    stored = json.loads((case / "results" / "like.json").read_text(encoding="utf-8"))["value"]
    assert page.index("<h2>At a glance") < page.index("<h2>Patients like this one") < page.index("<h2>Resection:")
    assert f"like this one, of {stored['cohort']}" in page and "confounding by indication" in page
    assert stored["protocol"]["title"] in page and stored["responses"][0]["response"] in page
