"""Patients like this one on the page of options: a section of its own against the Result that it prints."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "weigh"))

from bank import BOARD, build

from glisson.case import Result
from glisson.learn.cohort.like_this import CONFOUNDING, Match, patients_like_this
from glisson.learn.cohort.table import SurvivalData
from glisson.report.document import Document, Findings, Headlines, Paragraph, Section, Table
from glisson.report.weigh_like import APART, CHANGED, EARLIER, TITLE, LikeShown
from glisson.report.weigh_pages import build_weigh_document
from glisson.weigh.options import weigh_case

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
OPTIONS = weigh_case(build({"case": "page", "base": "pretreated"}), day=BOARD)


def like(minimum: int = 5, cut_off: str | None = "2026-06-30") -> Result:
    rng = np.random.default_rng(3)
    cohort = pl.DataFrame({"age": rng.integers(45, 80, 60).astype(float), "outside": ["no", "yes", "no"] * 20})
    data = SurvivalData(rng.exponential(18.0, 60), np.arange(60) % 4 != 0)
    found = patients_like_this(
        cohort, data, {"age": 63.0, "outside": "no"}, Match(exact=("outside",), within={"age": 12.0}, minimum=minimum),
        times=(6.0, 12.0), responses={"CR or PR at first": [bool(row % 3) for row in range(60)]},
    )  # fmt: skip
    value: dict[str, Any] = found.value | {
        "endpoint": {"id": "os", "name": "OS", "definition": "Death from any cause.", "unit": "months", "origin": "first session"},
        "protocol": {"protocol": "study-1", "edition": 2, "title": "A study", "cut_off": cut_off},
        "variables": {name: {"label": name, "unit": "", "labels": {}} for name in ("age", "outside")},
        "simulated": False, "nearest": None,
    }  # fmt: skip
    return Result(
        kind="patients like this one", method="matched", value=value, findings=found.findings, sources=(),
        inputs={"registry": "a" * 64, "case.yaml": "b" * 64},
    )  # fmt: skip


def document(shown: LikeShown | None) -> Document:
    return build_weigh_document(OPTIONS, made_at=NOW, simulated=False, like=shown)


def section(shown: LikeShown) -> Section:
    return next(one for one in document(shown).sections if one.title == TITLE)


def test_everything_else_on_the_page_is_the_same_against_a_page_without() -> None:
    whole, bare = document(LikeShown(like())), document(None)
    assert TITLE not in {one.title for one in bare.sections}
    left = [one for one in whole.sections if one.title not in (TITLE, "Provenance")]
    assert left == [one for one in bare.sections if one.title != "Provenance"]


def test_how_many_median_survival_and_response_stand_in_the_section() -> None:
    result = like()
    found = section(LikeShown(result))
    headlines = next(block for block in found.blocks if isinstance(block, Headlines))
    value, median = result.value, result.value["survival"]["median"]
    assert headlines.items[0].value == str(value["matched"]) and headlines.items[0].label.endswith(f"of {value['cohort']}")
    assert headlines.items[1].value == f"{median['time']:.1f}" and f"{median['low']:.1f}" in headlines.items[1].note
    survival, response, alike = (block for block in found.blocks if isinstance(block, Table))
    assert [row[0].text for row in survival.rows] == ["median, months", "at 6 months, %", "at 12 months, %"]
    assert response.rows[0][1].text == f"{value['responses'][0]['count']} of {value['responses'][0]['of']}"
    assert [row[0].text for row in alike.rows] == ["outside", "age"]
    words = [block.text for block in found.blocks if isinstance(block, Paragraph)]
    assert any("A study (protocol study-1, edition 2; data until 2026-06-30)" in text for text in words)
    assert any("the registry sha256 aaaaaaaaaaaa" in text for text in words)


@pytest.mark.parametrize("minimum", [5, 60])
def test_the_warning_of_confounding_stands_first_whatever_is_shown(minimum: int) -> None:
    found = section(LikeShown(like(minimum)))
    assert found.blocks[0] == Paragraph(APART) and "confounding by indication" in APART
    findings = next(block for block in found.blocks if isinstance(block, Findings))
    assert CONFOUNDING in [line.text for line in findings.lines]
    assert any(isinstance(block, Table) for block in found.blocks) == (minimum == 5)


def test_a_case_file_that_has_changed_and_a_page_of_an_earlier_day_are_told() -> None:
    assert Paragraph(CHANGED) in section(LikeShown(like(), case_changed=True)).blocks
    assert Paragraph(CHANGED) not in section(LikeShown(like())).blocks
    earlier = LikeShown(like(), in_time=False)
    assert section(earlier).blocks == (Paragraph(EARLIER),)
    assert document(earlier).sections[-1] == document(None).sections[-1]


def test_a_protocol_without_a_last_day_of_data_says_so() -> None:
    words = [block.text for block in section(LikeShown(like(cut_off=None))).blocks if isinstance(block, Paragraph)]
    assert any("no last day of data)" in text for text in words)
