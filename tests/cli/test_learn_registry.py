"""``glisson learn report`` and ``protocol`` as a person uses them, on the 36 constructed patients."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

Run = Callable[..., Any]
PASSWORD = "nobody-guesses-this-9"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The constructed 36."""
    from glisson.actions.registry.door import Door
    from glisson.actions.registry.simulated import simulate_study

    place = tmp_path_factory.mktemp("registry") / "r.db"
    simulate_study(Door(str(place), "lead", PASSWORD), study="cohort36")
    return place


@pytest.fixture(autouse=True)
def signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLISSON_USER", "lead")
    monkeypatch.setenv("GLISSON_PASSWORD", PASSWORD)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A protocol with one endpoint."""
    file = tmp_path_factory.mktemp("protocol") / "short.yaml"
    file.write_text(
        "protocol: short\ntitle: Short\ntreatments: [HAI, TACE]\nendpoints: [{id: os, name: OS}]\ntable_one: [patient.sex]\n",
        encoding="utf-8",
    )
    return file


def test_report_writes_its_files_and_shows_the_median(run: Run, registry: Path, short: Path, tmp_path: Path) -> None:
    done = run("learn", "report", registry, "--protocol", short, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    shown = done.out + done.err
    assert "36 patients treated, of 36 entered" in shown and "22.0" in shown and "report.pdf" in shown
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "report.html", "report.pdf", "report.json", "figures", "tables",
    }  # fmt: skip


def test_json_on_standard_output_is_the_result_that_is_written(run: Run, registry: Path, short: Path, tmp_path: Path) -> None:
    done = run("learn", "report", registry, "--protocol", short, "--out", tmp_path / "out", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out) == json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))


def test_a_wrong_password_writes_nothing(
    run: Run, registry: Path, short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLISSON_PASSWORD", "something-else-entirely-7")
    done = run("learn", "report", registry, "--protocol", short, "--out", tmp_path / "out")
    assert done.code != 0 and "Traceback" not in done.err and not (tmp_path / "out").exists()


def test_a_folder_of_something_else_is_refused_before_the_registry_is_read(run: Run, tmp_path: Path, short: Path) -> None:
    (tmp_path / "letter.txt").write_text("x", encoding="utf-8")
    done = run("learn", "report", tmp_path / "absent.db", "--protocol", short, "--out", tmp_path)
    assert done.code != 0 and "no earlier report" in done.err


@pytest.mark.parametrize("name", ["cirel", "regional36", "sirt"])
def test_protocol_prints_an_example_that_can_be_checked(name: str, run: Run, tmp_path: Path) -> None:
    printed = run("learn", "protocol", name)
    assert printed.code == 0 and YAML(typ="safe").load(printed.out)["protocol"] == name
    file = tmp_path / "mine.yaml"
    file.write_text(printed.out, encoding="utf-8")
    checked = run("learn", "protocol", file)
    assert checked.code == 0 and f"protocol {name}, edition 1" in checked.out + checked.err


def test_a_mistake_in_a_protocol_is_shown_with_its_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("protocol: mine\ntitle: Mine\nendpoint: [{id: os, name: OS}]\n", encoding="utf-8")
    done = run("learn", "protocol", file)
    assert done.code != 0 and "line 3" in done.err and "did you mean 'endpoints'" in done.err
