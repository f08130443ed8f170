"""The pages on many centres against what the program makes: every rule, every key, every test they name."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from documentation import ROOT, named

sys.path.insert(0, str(Path(__file__).parents[1] / "learn"))

from sites_tables import OPEN, asked, cohort, split

from glisson.learn.cohort.sites.rules import MEANING, Rules
from glisson.learn.cohort.sites.together import over_sites

PAGE = ROOT / "docs" / "how-to" / "many-centres.md"
THEORY = ROOT / "docs" / "theory" / "sites.md"
OTHERS = (ROOT / "docs" / "concepts" / "results-survival.md",)


def _keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from _keys(value)
    elif isinstance(node, list):
        for value in node:
            yield from _keys(value)


def test_page_names_every_key_of_a_result() -> None:
    said = named(PAGE.read_text(encoding="utf-8"))
    for page in OTHERS:
        said |= named(page.read_text(encoding="utf-8"))
    table = cohort(800)
    wanted = (
        asked(group="sex", event="event"), asked("table", variables=("age", "stage"), group="sex"),
        asked("cox", covariates=("age", "stage"), by_site=True),
    )  # fmt: skip
    for one in wanted:
        found = set(_keys(json.loads(json.dumps(over_sites(one, split(table)).value)))) - {"1", "2"}
        missing = found - said
        assert not missing, f"many-centres.md lacks {sorted(missing)}"
    assert over_sites(asked(), split(table, **OPEN)).value["exact"]


def test_page_names_every_rule_with_its_value_and_the_file_explains_it() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert set(Rules.model_fields) <= named(text) and set(Rules.model_fields) == set(MEANING)
    for name, field in Rules.model_fields.items():
        if isinstance(field.default, int | float) and not isinstance(field.default, bool):
            assert re.search(rf"^\| `{name}` \| {field.default:g} \|", text, re.MULTILINE), name


def test_tests_that_the_theory_names_exist() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests" / "learn").glob("test_sites*.py"))
    found = re.findall(r"`(test_\w+)`", THEORY.read_text(encoding="utf-8"))
    assert len(found) > 20
    for test in found:
        assert f"def {test}(" in code, test
