"""The pages about forms against the program: tables of forms and checks, and every example."""

import re
from pathlib import Path

import pytest

from glisson.records.checks import RULES
from glisson.records.forms import forms

DOCS = Path(__file__).parents[2] / "docs"
CONCEPTS = (DOCS / "concepts" / "forms.md").read_text(encoding="utf-8")
HOW_TO = (DOCS / "how-to" / "registry-forms.md").read_text(encoding="utf-8")


def test_table_of_forms_against_the_forms() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (case|visit|repeating) \| (\d+) \|$", CONCEPTS, re.MULTILINE)
    assert rows == [(name, one.title, one.per, str(len(one.items))) for name, one in forms().items()]


def test_table_of_checks_against_the_rules() -> None:
    rows = re.findall(r"^\| `([\w.-]+)` \| (refuse|warn) \| (.+) \|$", CONCEPTS, re.MULTILINE)
    assert rows == [(code, rule.level, rule.words) for code, rule in RULES.items()]


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", HOW_TO, re.DOTALL))
def test_examples_run(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "registry-forms.md", "exec"), {})
    if "codebook_csv" in block:
        assert (tmp_path / "codebook.csv").read_text(encoding="utf-8").startswith("form,edition,item")
        assert "TACE session" in capsys.readouterr().out
