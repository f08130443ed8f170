"""The page of Result keys against the program."""

import re
from pathlib import Path
from typing import Any

from bank import BOARD, build

from glisson.case import Result
from glisson.weigh.options import weigh_case

PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "results-weigh.md"
BY_NAME = {"facts", "rules", "components"}
"""Keys whose value is a table by name."""


def keys(value: Any, name: str = "") -> set[str]:
    if isinstance(value, list):
        return {key for inner in value for key in keys(inner, name)}
    if not isinstance(value, dict):
        return set()
    inner = {key for key, each in value.items() for key in keys(each, key)}
    return inner if name in BY_NAME else inner | set(value)


def test_page_names_every_key_of_the_result() -> None:
    case = build({"case": "keys", "base": "pretreated", "lines": [{"line": 1, "regimen": "capecitabine", "from": "2026-09-01"}]})
    said = set(re.findall(r"`([^`]+)`", PAGE.read_text(encoding="utf-8")))
    value = {"standard": [{"formula": "Vauthey", "sflr_fraction": 0.2}], "per_surface_mL_per_m2": None, "growth": None}
    stored = {"remnant": Result(kind="remnant volume", method="masks", value=value)}
    assert keys(weigh_case(case, day=BOARD, results=stored).value) <= said
