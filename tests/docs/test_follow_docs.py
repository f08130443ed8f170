"""The page of follow-up Results against what the program makes: every key, and only those."""

import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from documentation import ROOT, named

sys.path.insert(0, str(Path(__file__).parents[1] / "actions"))

from follow_payloads import case_folder, table_files

PAGE = ROOT / "docs" / "concepts" / "results-follow.md"
SCALES = {"PF", "RF", "EF", "CF", "SF", "QL", "FA", "NV", "PA", "DY", "SL", "AP", "CO", "DI", "FI"}
TABLES = {"rs", "adrs", "adtte", "responses", "best", "endpoints", "findings", "check"}


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    from glisson.actions import TumourFiles, follow_case, follow_tables
    from glisson.actions.follow import Output

    base = tmp_path_factory.mktemp("follow-docs")
    made_at = datetime.fromisoformat("2026-06-02T10:00:00+02:00")
    files = table_files(base / "in")
    many = follow_tables(
        TumourFiles(files["tu"], files["tr"], files["rs"], files["dm"]),
        output=Output(out=base / "out", check=True),
        made_at=made_at,
    )
    one = follow_case(case_folder(base / "case"), made_at=made_at)
    return [json.loads(done.result.to_json())["value"] for done in (one, many)]


def keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from keys(value)
    elif isinstance(node, list):
        for value in node:
            yield from keys(value)


def test_follow_page_explains_every_key(values: list[dict[str, Any]]) -> None:
    found = {key for value in values for key in keys(value)} - SCALES - TABLES
    assert len(found) > 120
    assert not found - named(PAGE.read_text(encoding="utf-8"))


def test_follow_page_explains_no_key_that_is_gone(values: list[dict[str, Any]]) -> None:
    first = {
        key
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
        for key in named(line.split("|")[1])
    }
    agreement = {"observed_fraction", "expected_fraction", "subjects", "agreed", "kappa", "method", "readers"}
    assert not first - {key for value in values for key in keys(value)} - agreement


def test_how_to_names_every_option_of_the_command() -> None:
    import typer

    from glisson.cli.main import app

    command: Any = typer.main.get_command(app)
    options = {name for parameter in command.commands["follow"].params for name in parameter.opts if name.startswith("--")}
    text = (ROOT / "docs" / "how-to" / "follow.md").read_text(encoding="utf-8")
    assert not {name for name in options if not re.search(rf"{name}\b", text)} - {"--json"}
